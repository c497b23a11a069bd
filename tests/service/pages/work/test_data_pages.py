"""Pages of data: the numbers of the API, refused rows, files taken back, and the empty lake."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from comtrade_files import comtrade_row, csv_bytes
from job_calls import ended, upload
from whole_lake import Whole

from stopgap.api import Lake
from stopgap.base.clearance import viewed_by
from stopgap.service.principal import PersonRole

HTML = {"accept": "text/html"}


def page(client: Any, path: str) -> str:
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


@pytest.mark.prove_only
def test_the_grid_has_a_sign_for_every_report_that_the_quality_report_counts(client_of, served: Whole) -> None:
    client = client_of(served.lake)
    with viewed_by(None):
        report = Lake(served.lake).quality()
    for each in report.periods:
        rows = [
            row
            for row in report.reporters
            if (row.source, row.frequency, row.flow) == (each.source, each.frequency, each.flow)
        ]
        text = page(client, f"/data/coverage/grid?scope={each.source}.{each.frequency}.{each.flow}")
        table = text[text.index('<table class="coverage">') :]
        assert table.count(">●</td>") == sum(row.reported for row in rows)
        assert table.count(">◐</td>") == sum(row.partial for row in rows)
        assert table.count(">–</td>") == sum(row.silent for row in rows)
        assert len(re.findall(r'<th scope="row">', table)) == len(rows)
        cells = sum(len(row.states) for row in rows)
        assert f"of {cells:,} reports" in text
    assert client.get("/data/coverage/grid?scope=../x.M.X", headers=HTML).status_code == 404


@pytest.mark.prove_only
def test_the_page_of_a_file_says_what_its_receipt_says(client_of, served: Whole) -> None:
    client = client_of(served.lake)
    with viewed_by(None):
        rows = Lake(served.lake).query("SELECT * FROM receipts").arrow.to_pylist()
    assert len(rows) == 5
    for row in rows:
        text = unescape(page(client, f"/data/files/{row['receipt']}"))
        for name in ("sha256", "file_name", "source", "parser", "terms", "vintage"):
            assert str(row[name]) in text
        read = dict(re.findall(r"<dt>Rows (\w+)</dt><dd>([\d,]+)</dd>", text))
        assert (read["read"], read["loaded"], read["refused"]) == tuple(
            f"{row[name]:,}" for name in ("rows_read", "rows_loaded", "rows_rejected")
        )
        assert ("taken back in" in text) == bool(row["withdrawn"])
        assert row["file_name"] in page(client, f"/data/vintages/{row['vintage']}")


@pytest.mark.prove_only
def test_a_file_is_taken_back_by_a_releaser_with_a_reason(client_of, served: Whole, tmp_path: Path) -> None:
    lake = served.copied(tmp_path / "lake")
    path = f"/data/files/{served.receipts['late.csv']}/withdraw"
    refused = client_of(lake, PersonRole.ANALYST).post(path, data={"why": "wrong"}, headers=HTML)
    assert refused.status_code == 403
    client = client_of(lake, PersonRole.RELEASER, name="rita")
    done = client.post(path, data={"why": "<b>wrong</b>"}, headers=HTML)
    assert done.status_code == 204, done.text
    text = page(client, done.headers["hx-redirect"])
    assert "late.csv" in text
    assert "rita" in text
    assert "&lt;b&gt;wrong" in text
    [entry] = client.app.state.service.state.audit.latest(limit=1).entries
    assert (entry["who"], entry["what"], entry["outcome"]) == ("rita", "POST /data/files/{receipt}/withdraw", "204")


@pytest.mark.prove_only
def test_rows_that_an_import_refuses_are_shown_with_their_reasons(client_of, tmp_path: Path) -> None:
    client = client_of(tmp_path / "lake")
    good = comtrade_row(primaryValue=100.0)
    bad = csv_bytes([good, comtrade_row(primaryValue="<script>x</script>", cmdCode="854232")])
    job = ended(client, upload(client, ("bad.csv", bad)).headers["location"])
    assert job["state"] == "failed"
    text = page(client, f"/me/jobs/{job['id']}")
    assert "<script>x" not in text
    assert "&lt;script&gt;x" in text
    assert "1 of 2 rows cannot be imported" in text
    job = ended(client, upload(client, ("bad.csv", bad), allow_rejects="true").headers["location"])
    assert job["state"] == "done"
    text = page(client, f"/me/jobs/{job['id']}")
    assert "&lt;script&gt;x" in text
    assert "rejects.csv" in text
    assert "<dt>Rows loaded</dt><dd>1</dd>" in text
    again = ended(client, upload(client, ("bad.csv", bad), allow_rejects="true").headers["location"])
    assert "nothing was imported a second time" in page(client, f"/me/jobs/{again['id']}")


@pytest.mark.prove_only
def test_an_empty_lake_teaches_the_first_steps_by_role(client_of, tmp_path: Path) -> None:
    text = page(client_of(tmp_path / "lake"), "/data")
    assert "/data/import" in text
    assert "First steps" in text
    assert "comtrade" in text
    viewer = page(client_of(tmp_path / "lake", PersonRole.VIEWER), "/data")
    assert "/data/import" not in viewer
    for path in ("/packs", "/me", "/packs/compare"):
        assert page(client_of(tmp_path / "lake"), path)


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("method", "path", "least"),
    [
        ("GET", "/data/import", PersonRole.ANALYST),
        ("POST", "/data/fetches", PersonRole.ANALYST),
        ("GET", "/data/upkeep", PersonRole.ADMIN),
        ("POST", "/data/upkeep/check", PersonRole.ADMIN),
        ("POST", "/data/upkeep/compact", PersonRole.ADMIN),
    ],
)
def test_who_may_not_is_refused(client_of, served: Whole, method: str, path: str, least: PersonRole) -> None:
    data = {"service": "comtrade", "codes": "8542", "first": "2023", "last": "2023", "reporter": "DEU"}
    below = list(PersonRole)[least.rank - 1]
    sent = {"data": data} if method == "POST" else {}
    answer = client_of(served.lake, below).request(method, path, headers=HTML, **sent)
    assert answer.status_code == 403
    assert "may not" in answer.text


@pytest.mark.prove_only
def test_the_lake_is_checked_and_compacted(client_of, served: Whole, tmp_path: Path) -> None:
    client = client_of(served.copied(tmp_path / "lake"))
    checked = client.post("/data/upkeep/check", headers={**HTML, "hx-request": "true"}).text
    assert "Every check of the lake holds." in checked
    with viewed_by(None):
        assert checked.count(">holds<") == len(Lake(served.lake).check())
    assert "The lake is compact." in client.post("/data/upkeep/compact", headers={**HTML, "hx-request": "true"}).text


def test_a_fetch_asks_for_what_the_fields_say_and_refuses_what_cannot_be(client_of, served: Whole) -> None:
    client = client_of(served.lake)
    client.app.state.service.jobs.workers.stop(within_s=0)
    asked = {
        "service": "comtrade",
        "codes": "854231",
        "first": "2023-01",
        "last": "2023-02",
        "reporter": "DEU",
        "partner": "",
        "flow": "X",
    }
    done = client.post("/data/fetches", data=asked, headers=HTML)
    id = done.headers["hx-redirect"].rpartition("/")[2]
    request = client.get(f"/api/v1/jobs/{id}").json()["request"]
    assert request["service"] == "comtrade"
    assert {name: request["options"][name] for name in ("codes", "first", "last", "reporter", "flow")} == {
        name: asked[name] for name in ("codes", "first", "last", "reporter", "flow")
    }
    assert "partner" not in request["options"]
    client.app.state.service.jobs.cancel(client.app.state.service.jobs.queue.get(id))
    for name, value in (("service", "nowhere"), ("first", "soon"), ("codes", "/etc/passwd")):
        assert client.post("/data/fetches", data={**asked, name: value}, headers=HTML).status_code in (400, 404)
