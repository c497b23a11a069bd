"""The pages on alerts: inbox, one alert, what is on watch; decided on by mouse and by key."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from page_browser import NARROW, WIDE, BrowserPages, axe_faults, settle
from party_lake import SCRIPT
from service_app import service_client, someone
from whole_lake import mark, said

import stopgap
from stopgap.base.clearance import whole_lake
from stopgap.base.marking import Marking, Tlp
from stopgap.service.principal import PersonRole

PAGE = {"accept": "text/html"}
PART = {**PAGE, "hx-request": "true"}
FIRST = "a-0000000000"


def test_the_inbox_has_the_alerts_of_the_api_in_their_order_and_filters_by_address(party_lake: Path) -> None:
    with service_client(party_lake) as client:
        found = client.get("/api/v1/alerts.json").json()["alerts"]
        page = client.get("/alerts", headers=PAGE).text
        month = client.get("/alerts?month=2024-10", headers=PAGE).text
        none = client.get("/alerts?status=dismissed&episode=russia-2022", headers=PAGE).text
        other = client.get("/alerts?episode=iran-2018", headers=PAGE).text
        wrong = client.get("/alerts?month=soon", headers=PAGE)
    places = [page.index(f'id="{each["id"]}"') for each in found]
    assert len(found) == 3
    assert places == sorted(places)
    assert "3 of 3 alerts are not decided yet" in page
    for each in found:
        assert each["explanation"].replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;") in page
    assert 'id="a-0000000002"' in month
    assert FIRST not in month
    assert "None of this choice" in none
    assert "None of this choice" in other
    assert wrong.status_code in (400, 422)
    assert SCRIPT not in page


@pytest.mark.prove_only
def test_an_alert_has_its_months_and_leads_to_series_supplier_and_rows(party_lake: Path) -> None:
    with service_client(party_lake) as client:
        page = client.get(f"/alerts/{FIRST}", headers=PAGE).text
        shown = client.get(f"/api/v1/alerts/{FIRST}.json").json()
        part = client.get(f"/alerts/{FIRST}/months", headers=PART).text
        picture = client.get(f"/alerts/{FIRST}/months?chart=months-{FIRST}&form=png", headers=PAGE)
        hostile = client.get("/alerts/a-0000000002", headers=PAGE).text
    last = shown["rows"][-1]
    assert f"{last['value_usd']:,.0f}" in page
    assert "/explore?reporters=CHN&amp;partners=RUS&amp;goods=854231&amp;by=month&amp;flow=X" in page
    assert 'href="/episodes/russia-2022/suppliers/CHN"' in page
    assert "reporter = &#39;CHN&#39;" in page
    assert "<html" not in part
    assert f'data-chart="months-{FIRST}"' in part
    assert picture.content.startswith(b"\x89PNG")
    assert SCRIPT not in hostile


def test_a_decision_is_kept_with_its_reason_and_puts_the_alert_on_watch(party_lake: Path) -> None:
    with service_client(party_lake, someone(PersonRole.ANALYST, name="eve")) as client:
        block = client.post(f"/alerts/{FIRST}/decisions", data={"decided": "watch", "why": SCRIPT}, headers=PART)
        inbox = client.get("/alerts?status=watch", headers=PAGE).text
        watched = client.get("/alerts/watch", headers=PAGE).text
        refused = [
            client.post(f"/alerts/{id}/decisions", data={"decided": decided, "why": why}, headers=PAGE).status_code
            for id, decided, why in ((FIRST, "maybe", "x"), (FIRST, "watch", " "), ("a-9999999999", "watch", "x"))
        ]
    assert "On watch, eve" in block.text
    assert SCRIPT not in block.text
    assert FIRST in inbox
    assert "a-0000000001" not in inbox
    assert "0 of 1 alerts and matches on watch changed since" in watched
    assert "no later month stood out" in watched
    assert refused == [400, 400, 404]
    with whole_lake():
        [case] = stopgap.open(party_lake).alerts.list(status="watch")
    assert [(each["as"], each["who"], each["why"]) for each in case.decisions] == [("watch", "eve", SCRIPT)]


@pytest.mark.prove_only
def test_what_changed_since_it_was_put_on_watch_is_told(party_lake: Path) -> None:
    with service_client(party_lake) as client:
        decision = {
            "key": "hit-1", "query": "Northwind Trading", "list": ["made-up"], "entity": ["E1"], "decided": "undecided", "why": "?",
        }  # fmt: skip
        assert client.post("/companies/decisions", data=decision, headers=PAGE).status_code == 200
        with whole_lake():
            from screen_lake import LISTED, load

            newer = (
                *LISTED[1:],
                "E1,Northwind Trading OOO,Северный ветер,Company,RUS,inn:7701234567;ogrn:1027700000000",
            )
            load(party_lake, party_lake.parent / "newer", newer, day="2024-09-01")
        said("watch", "russia-2022", "--once", "--no-fetch", "--lake", party_lake)
        page = client.get("/alerts/watch", headers=PAGE).text
    assert "1 of 1 alerts and matches on watch changed since" in page
    assert "1027700000000" in page
    assert "Report 1: first measure, vintage v4" in page
    assert f'href="/alerts/{FIRST}"' in page


def test_a_viewer_sees_no_button_and_may_not_decide_or_run(party_lake: Path) -> None:
    with service_client(party_lake, someone(PersonRole.VIEWER)) as client:
        page = client.get("/alerts", headers=PAGE).text
        decided = client.post(f"/alerts/{FIRST}/decisions", data={"decided": "watch", "why": "x"}, headers=PAGE)
        run = client.post("/alerts/runs", data={"episode": "russia-2022"}, headers=PAGE)
    assert FIRST in page
    assert "data-decides" not in page
    assert "/alerts/runs" not in page
    assert (decided.status_code, run.status_code) == (403, 403)


def test_someone_cleared_for_green_sees_no_sign_of_amber_alerts(party_lake: Path) -> None:
    with whole_lake():
        mark(
            party_lake,
            ("table:trade", Marking(Tlp.AMBER)),
            *((f"alert:a-000000000{n}", Marking(Tlp.AMBER)) for n in range(3)),
        )
        said("watch", "russia-2022", "--once", "--no-fetch", "--lake", party_lake)
    with service_client(party_lake, someone(PersonRole.ANALYST, Marking(Tlp.GREEN))) as client:
        inbox = client.get("/alerts?status=all", headers=PAGE)
        watched = client.get("/alerts/watch", headers=PAGE)
        one, missing = (client.get(f"/alerts/{id}", headers=PAGE) for id in (FIRST, "a-9999999999"))
        decided = client.post(f"/alerts/{FIRST}/decisions", data={"decided": "watch", "why": "x"}, headers=PAGE)
        run = client.post("/alerts/runs", data={"episode": "russia-2022"}, headers=PAGE)
    assert "No alerts yet" in inbox.text
    assert "2024-11" not in inbox.text
    assert "No watch has a report in this lake" in watched.text
    assert (one.status_code, missing.status_code, decided.status_code, run.status_code) == (404, 404, 404, 403)
    assert one.text.replace(FIRST, "") == missing.text.replace("a-9999999999", "") or "Processors" not in one.text


@pytest.mark.prove_only
def test_a_run_is_a_job_that_tells_what_it_found(party_lake: Path) -> None:
    with service_client(party_lake, workers=1) as client:
        part = client.post("/alerts/runs", data={"episode": "russia-2022", "month": "2024-11"}, headers=PART)
        assert part.status_code == 200, part.text
        id = part.text.split('id="job-')[1].split('"')[0]
        text, until = part.text, time.monotonic() + 90
        while "hx-get" in text and time.monotonic() < until:
            time.sleep(0.3)
            text = client.get(f"/alerts/runs/{id}", headers=PART).text
        wrong = client.post("/alerts/runs", data={"episode": "../x"}, headers=PAGE)
        month = client.post("/alerts/runs", data={"episode": "russia-2022", "month": "x"}, headers=PAGE)
    assert "new alerts" in text
    assert "cells of 2024-11 tested as first released" in text
    assert "/alerts?episode=russia-2022&amp;status=open" in text
    assert (wrong.status_code, month.status_code) == (404, 400)


def test_alerts_are_decided_on_by_keys_alone_and_charts_come_into_view(party_pages: BrowserPages) -> None:
    page = party_pages.open("/alerts", width=WIDE)
    page.locator(f"#{FIRST} svg").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.id") == "a-0000000001"
    page.keyboard.press("c")
    page.keyboard.type("a plant was delivered")
    page.keyboard.press("Enter")
    page.locator("#a-0000000001", has_text="Confirmed, ann").wait_for()
    assert page.evaluate("document.activeElement.id") == "a-0000000001"
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.id") == FIRST
    settle(page)
    assert party_pages.faults == []
    assert axe_faults(page) == []


@pytest.mark.prove_only
def test_an_alert_is_decided_on_by_mouse(party_pages: BrowserPages) -> None:
    page = party_pages.open("/alerts/a-0000000002", width=NARROW, theme="dark")
    page.locator("button[data-decides=dismissed]").click()
    page.locator("input[name=why]").fill("one aircraft")
    page.locator("[data-records]").click()
    page.locator("[data-decision]", has_text="Dismissed, ann").wait_for()
    assert party_pages.faults == []
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    assert page.title() != "run"
