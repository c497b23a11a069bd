"""The pages on companies: a name and a file are screened, hits are decided on, all of it is logged; by mouse and by key."""

from __future__ import annotations

import csv
import io
import tempfile
import time
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from page_browser import NARROW, WIDE, BrowserPages, axe_faults, settle
from party_lake import HOSTILE, SCRIPT
from service_app import service_client, someone
from whole_lake import mark

import stopgap
from stopgap.base.clearance import whole_lake
from stopgap.base.marking import Marking, Tlp
from stopgap.briefs.formats.text import usd
from stopgap.service.principal import PersonRole

NORTHWIND = "/companies?name=Northwind+Trading&country=RUS"
PAGE = {"accept": "text/html"}
GREEN = Marking(Tlp.GREEN)


def _decision(**changes: Any) -> dict[str, Any]:
    return {
        "key": "hit-1", "query": "Northwind Trading", "list": ["made-up"], "entity": ["E1"], "decided": "false",
        "why": "another number", "country": ["RUS"], **changes,
    }  # fmt: skip


def test_the_first_sentence_says_whether_it_is_listed_since_when_and_the_numbers_are_those_of_the_api(
    party_lake: Path,
) -> None:
    with service_client(party_lake) as client:
        page = client.get(NORTHWIND, headers=PAGE).text
        answer = client.post("/api/v1/screen", json={"name": "Northwind Trading", "countries": ["RUS"]}).json()
    [match] = answer["matches"]
    assert match["score"] > 0.99
    assert "“Northwind Trading” may be Northwind Trading OOO, which is listed on made-up" in page
    assert "edition of 2024-06-01; since when, the list does not state" in page
    assert "probability over 0.99" in page
    assert "<mark>Northwind</mark> <mark>Trading</mark> OOO" in page
    assert "Nobody has confirmed it yet" in page
    assert "days old; see whether there is a newer one" in page
    for each in match["features"]:
        assert f"{each['weight']:+.2f}" in page


def test_a_page_that_screens_is_in_the_log_with_its_outcome_and_can_be_given_again(party_lake: Path) -> None:
    with service_client(party_lake) as client:
        client.get(NORTHWIND, headers=PAGE)
        [event] = client.get("/api/v1/screenings").json()["screenings"]
        log = client.get("/companies/log", headers=PAGE).text
        one = client.get(f"/companies/log/{event['id']}", headers=PAGE).text
        again = client.post(f"/companies/log/{event['id']}/replay", headers={**PAGE, "hx-request": "true"}).text
        events = client.get("/api/v1/screenings").json()["screenings"]
    assert (event["who"], event["address"]) == ("ann", "/companies")
    assert event["outcome"]["q0"]["results"][0]["entity_id"] == "E1"
    assert "Northwind Trading" in log
    assert event["id"] in log
    assert event["index"] in one
    assert "2024-06-01" in one
    assert "list, entry and score of every match are the same" in again
    assert [each["event"] for each in events] == ["asked", "replayed"]


def test_names_found_by_the_search_from_anywhere_are_in_the_log(party_lake: Path) -> None:
    with service_client(party_lake) as client:
        part = client.get("/find/companies?q=northwind+trading", headers={**PAGE, "hx-request": "true"}).text
        client.get("/find/companies?q=%3F", headers=PAGE)
        [event] = client.get("/api/v1/screenings").json()["screenings"]
    assert "Northwind Trading OOO" in part
    assert (event["address"], event["outcome"]["q0"]["results"][0]["entity_id"]) == ("/find/companies", "E1")


@pytest.mark.prove_only
def test_a_decision_takes_the_alert_away_and_its_history_stays(party_lake: Path) -> None:
    with service_client(party_lake, someone(PersonRole.ANALYST, name="eve")) as client:
        block = client.post("/companies/decisions", data=_decision(), headers={**PAGE, "hx-request": "true"})
        page = client.get(NORTHWIND, headers=PAGE).text
        client.post("/companies/decisions", data=_decision(decided="undecided", why="seen again"), headers=PAGE)
        later = client.get(NORTHWIND, headers=PAGE).text
        listed = client.get("/companies/decisions?status=open", headers=PAGE).text
    assert block.status_code == 200, block.text
    assert "Decided: another company, eve" in block.text
    assert "another number" in block.text
    assert "<html" not in block.text
    assert "No match of “Northwind Trading” alerts" in page
    assert "Matches that reach it were decided to be other companies" in page
    assert "History of decisions (2)" in later
    assert "cannot be told yet" in listed
    with whole_lake():
        [standing] = stopgap.open(party_lake).decisions.list()
    assert [each.decided.value for each in standing.history] == ["false", "undecided"]
    assert {each.who for each in standing.history} == {"eve"}


@pytest.mark.one_in(4)
@pytest.mark.parametrize("changes", [{"why": " "}, {"decided": "maybe"}, {"entity": ["E9"]}, {"entity": ["E1", "E2"]}])
def test_a_decision_without_a_reason_or_on_nothing_is_refused(party_lake: Path, changes: dict[str, Any]) -> None:
    with service_client(party_lake) as client:
        answer = client.post("/companies/decisions", data=_decision(**changes), headers=PAGE)
    assert answer.status_code in (400, 404, 422)
    with whole_lake():
        assert not stopgap.open(party_lake).decisions.list()


def test_a_viewer_screens_and_sees_no_button_and_may_not_decide(party_lake: Path) -> None:
    with service_client(party_lake, someone(PersonRole.VIEWER)) as client:
        page = client.get(NORTHWIND, headers=PAGE).text
        refused = client.post("/companies/decisions", data=_decision(), headers=PAGE)
        file = client.post("/companies/file", files={"files": ("n.csv", "name\n" + "Northwind\n" * 201)}, headers=PAGE)
    assert "Northwind Trading OOO" in page
    assert "data-decides" not in page
    assert refused.status_code == 403
    assert "may not decide on matches" in refused.text
    assert file.status_code == 403, "a long file is a job, which takes an analyst"


def test_someone_cleared_for_green_finds_nothing_of_an_amber_list(party_lake: Path) -> None:
    with whole_lake():
        mark(party_lake, ("table:listed", Marking(Tlp.AMBER)))
    with service_client(party_lake) as client:
        client.post("/companies/decisions", data=_decision(), headers=PAGE)
        client.get(NORTHWIND, headers=PAGE)
        shown = client.get("/episodes/russia-2022/exposure", headers=PAGE).text
    with service_client(party_lake, someone(PersonRole.ANALYST, GREEN, name="gus")) as client:
        answers = [
            client.get(path, headers=PAGE)
            for path in (
                "/companies", NORTHWIND, "/companies/decisions", "/companies/log", "/companies/E1?list=made-up",
                "/episodes/russia-2022/exposure", "/alerts/watch",
            )
        ]  # fmt: skip
        answers.append(client.post("/companies/decisions", data=_decision(), headers=PAGE))
        answers.append(
            client.post("/companies/file", files={"files": ("n.csv", "name\nNorthwind Trading\n")}, headers=PAGE)
        )
        unknown = client.get("/companies/E999?list=made-up", headers=PAGE)
    assert "made-up" in shown
    for answer in answers:
        assert "Northwind Trading OOO" not in answer.text, answer.url
        assert "2024-06-01" not in answer.text, answer.url
    assert (answers[4].status_code, unknown.status_code) == (404, 404)


def test_a_small_file_is_answered_at_once_and_its_names_are_logged(party_lake: Path) -> None:
    names = f"name,land\nNorthwind Trading,RUS\n{SCRIPT},\nQuiet Orchard Bakery,XQ\n,\n"
    with service_client(party_lake, someone(PersonRole.VIEWER)) as client:
        data = {"name_column": "name", "country_column": "land"}
        answer = client.post(
            "/companies/file", files={"files": ("names.csv", names)}, data=data, headers={**PAGE, "hx-request": "true"}
        )
        [event] = client.get("/api/v1/screenings").json()["screenings"]
        wrong = client.post(
            "/companies/file", files={"files": ("names.csv", names)}, data={"name_column": "firm"}, headers=PAGE
        )
    assert answer.status_code == 200, answer.text
    assert "2 of 3 names of names.csv alert; 1 row could not be looked up" in answer.text
    assert "not looked up: the name is empty" in answer.text
    assert SCRIPT not in answer.text
    assert len(event["queries"]) == 3
    assert event["upload"]["name"] == "names.csv"
    assert wrong.status_code == 422
    assert "header: name, land" in wrong.text
    assert str(party_lake.parent) not in wrong.text
    assert tempfile.gettempdir() not in wrong.text


@pytest.mark.prove_only
def test_a_workbook_is_screened_by_its_first_sheet(party_lake: Path) -> None:
    import xlsxwriter

    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        book.add_worksheet("Kunden").write_column(0, 0, ["name", "Northwind Trading", "Quiet Orchard Bakery"])
        book.add_worksheet("Other").write(0, 0, "x")
    with service_client(party_lake) as client:
        answer = client.post("/companies/file", files={"files": ("names.xlsx", made.getvalue())}, headers=PAGE)
    assert "1 of 2 names of names.xlsx alert" in answer.text
    assert "1 other sheets of the workbook are not read" in answer.text


@pytest.mark.prove_only
def test_a_long_file_becomes_a_job_whose_answers_are_a_file(party_lake: Path) -> None:
    names = "name\nNorthwind Trading\n" + "".join(f"Quiet Orchard Bakery {number}\n" for number in range(250))
    with service_client(party_lake, someone(PersonRole.ANALYST), workers=1) as client:
        part = client.post(
            "/companies/file", files={"files": ("long.csv", names)}, headers={**PAGE, "hx-request": "true"}
        ).text
        id = part.split('id="job-')[1].split('"')[0]
        until = time.monotonic() + 60
        while "is screened" not in part and time.monotonic() < until:
            time.sleep(0.2)
            part = client.get(f"/companies/file/{id}", headers={**PAGE, "hx-request": "true"}).text
        address = part.split('href="/api/v1/jobs/')[1].split('"')[0]
        rows = list(csv.DictReader(io.StringIO(client.get(f"/api/v1/jobs/{address}").text)))
        [event] = client.get("/api/v1/screenings").json()["screenings"]
    assert "251 rows read, 0 could not be looked up" in part
    assert rows[0]["query"] == "Northwind Trading"
    assert (event["event"], event["counts"]["rows"]) == ("file", 251)


def test_ownership_is_told_by_the_shortest_path_with_its_shares(party_lake: Path) -> None:
    owners = (
        "owner_id,owner_name,asset_id,asset_name,share_pct,source\n"
        f"E1,Northwind Trading OOO,M1,Middle Ltd,60,register\nM1,Middle Ltd,D1,{HOSTILE},55,register\n"
        f"E1,Northwind Trading OOO,D1,{HOSTILE},10,register\n"
    )
    with service_client(party_lake) as client:
        answer = client.post(
            "/companies/ownership",
            files={"files": ("o.csv", owners)},
            data={"party": "D1"},
            headers={**PAGE, "hx-request": "true"},
        )
        wrong = client.post(
            "/companies/ownership", files={"files": ("o.csv", owners)}, data={"party": "D9"}, headers=PAGE
        )
    assert answer.status_code == 200, answer.text
    assert "counts as owned by those who are listed." in answer.text
    assert "The shortest path to a listed party: Northwind Trading OOO holds 10 % of" in answer.text
    assert "Listed parties hold 65 % of it" in answer.text
    assert 'href="/companies/E1"' in answer.text
    assert "60 % (register)" in answer.text
    assert SCRIPT not in answer.text
    assert wrong.status_code == 404
    assert tempfile.gettempdir() not in wrong.text


@pytest.mark.prove_only
def test_an_ownership_drawing_has_an_address_as_a_file_for_the_one_who_drew_it(party_lake: Path) -> None:
    owners = "owner_id,owner_name,asset_id,asset_name,share_pct\n"
    owners += f"E1,Northwind Trading OOO,D0,=HYPERLINK(0),60\nD0,=HYPERLINK(0),D1,{HOSTILE},60\n"
    with service_client(party_lake, someone(PersonRole.VIEWER)) as client:
        part = client.post(
            "/companies/ownership", files={"files": ("o.csv", owners)}, data={"party": "D1"}, headers={**PAGE, "hx-request": "true"}
        )  # fmt: skip
        links = [unescape(each.split('"')[0]) for each in part.text.split('href="')[1:] if "chart=ownership" in each]
        files = {each.rpartition("form=")[2]: client.get(each) for each in links}
        other = client.get(links[0].replace("drawn=", "drawn=x"), headers=PAGE)
        form = client.get("/companies/ownership", params={"drawn": "x"}, headers=PAGE)
    with whole_lake():
        mark(party_lake, ("table:listed", Marking(Tlp.AMBER)))
    with service_client(party_lake, someone(PersonRole.VIEWER, name="bea")) as client:
        stranger = client.get(links[0], headers=PAGE)
    assert {form: each.status_code for form, each in files.items()} == dict.fromkeys(
        ("csv", "parquet", "json", "png", "svg", "pdf"), 200
    )
    assert files["png"].content.startswith(b"\x89PNG")
    assert "Northwind Trading OOO" in files["svg"].text
    assert "60 %" in files["svg"].text.replace("\u00a0", " ")
    assert "Northwind Trading OOO" in files["csv"].text
    assert ",'=HYPERLINK(0)," in files["csv"].text
    assert SCRIPT not in files["svg"].text
    assert (other.status_code, stranger.status_code, form.status_code) == (404, 404, 200)


def test_the_exposure_page_has_the_figures_of_the_api_and_leads_to_the_screen(party_lake: Path) -> None:
    with service_client(party_lake) as client:
        page = client.get("/episodes/russia-2022/exposure", headers=PAGE).text
        found = client.get("/api/v1/episodes/russia-2022/exposure.json?limit=0").json()
        empty = client.get("/episodes/russia-2022/exposure?goods=propellants", headers=PAGE)
    first = next(each for each in found["companies"] if each["party"] == "exporter")
    assert (first["name"], first["value_usd"]) == ("Northwind Trading LLC", 900_000)
    assert 'href="/companies?name=Northwind+Trading+LLC&amp;country=TUR"' in page
    assert 'href="/companies/E1?list=made-up"' in page
    assert usd(900_000) in page
    assert "not declared" in page
    assert "none near" in page
    assert SCRIPT not in page
    assert found["finding_id"] in page
    assert empty.status_code == 200
    assert "No companies to show" in empty.text


def test_names_of_others_stay_text_on_every_page(party_lake: Path) -> None:
    with service_client(party_lake) as client:
        asked = client.get("/companies", params={"name": HOSTILE}, headers=PAGE).text
        entity = client.get("/companies/H1?list=made-up", headers=PAGE).text
        log = client.get("/companies/log", headers=PAGE).text
    for page in (asked, entity, log):
        assert SCRIPT not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page
        assert "\u202e" not in page


@pytest.mark.prove_only
def test_hits_are_decided_on_by_keys_alone(party_pages: BrowserPages) -> None:
    page = party_pages.open(NORTHWIND, width=WIDE)
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.id") == "hit-1"
    page.keyboard.press("d")
    assert page.evaluate("document.activeElement.name") == "why"
    assert page.locator("#hit-1 [aria-pressed=true]").inner_text().startswith("Dismiss")
    page.keyboard.press("Enter")
    assert page.locator("#hit-1 .tag", has_text="Not decided").count() == 1, "without a reason nothing is recorded"
    page.keyboard.type("another number")
    page.keyboard.press("Enter")
    page.locator("#hit-1", has_text="Decided: another company, ann").wait_for()
    assert page.evaluate("document.activeElement.id") == "hit-1"
    assert party_pages.faults == []
    assert axe_faults(page) == []


def test_hits_are_decided_on_by_mouse_and_a_file_is_sent(party_pages: BrowserPages) -> None:
    page = party_pages.open("/companies?name=Blue+Harbour+Shipping", width=NARROW, theme="dark")
    page.locator("#hit-1 button[data-decides=true]").click()
    page.locator("#hit-1 input[name=why]").fill("the same number")
    page.locator("#hit-1 [data-records]").click()
    page.locator("#hit-1", has_text="Decided: the same company").wait_for()
    page.locator("input[type=file]").set_input_files(
        {"name": "n.csv", "mimeType": "text/csv", "buffer": b"name\nSea Falcon\n"}
    )
    page.locator("form.upload button").click()
    page.locator("#file-answers", has_text="1 of 1 names of n.csv alert").wait_for()
    settle(page)
    assert party_pages.faults == []
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW


@pytest.mark.one_in(5)
@pytest.mark.parametrize("path", ["/companies/E1?list=made-up", "/companies/log", "/companies/decisions", "/companies/ownership", "/episodes/russia-2022/exposure"])  # fmt: skip
def test_pages_with_content_have_no_faults(party_pages: BrowserPages, path: str) -> None:
    page = party_pages.open(path, width=NARROW, theme="dark")
    assert party_pages.faults == []
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    party_pages.close_pages()


@pytest.mark.prove_only
def test_an_ownership_drawing_breaks_no_rule(party_pages: BrowserPages, tmp_path: Path) -> None:
    page = party_pages.open("/companies/ownership?party=D1", width=WIDE)
    table = "owner_id,asset_id,share_pct\nE1,M1,60\nM1,D1,55\nE5,D1,10\n"
    page.locator("input[type=file]").set_input_files(
        {"name": "o.csv", "mimeType": "text/csv", "buffer": table.encode()}
    )
    page.locator("form.upload button.main").click()
    page.locator("#owned svg").wait_for()
    settle(page)
    assert party_pages.faults == []
    assert axe_faults(page) == []
