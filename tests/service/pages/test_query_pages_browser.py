"""The page for SQL in a browser: nothing runs by an address, Ctrl+Enter runs, downloads hold what REST gives."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from urllib.parse import quote

import pytest
from page_browser import BrowserPages, axe_faults, settle
from service_app import service_client, someone

from stopgap.api import Lake
from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.markings.changes import set_marking
from stopgap.service.principal import PersonRole

HTML = {"Accept": "text/html", "Origin": "http://localhost:8765"}
SQL = "SELECT reporter, sum(value_usd) AS value_usd, '<img src=x onerror=alert(1)>' AS hostile, NULL AS none FROM trade WHERE partner = 'RUS' GROUP BY 1 ORDER BY 1"


def test_an_address_shows_a_statement_and_ctrl_enter_runs_it(demo_pages: BrowserPages, demo_lake: Path) -> None:
    page = demo_pages.open(f"/query?sql={quote(SQL)}")
    assert page.input_value("#sql") == SQL
    assert page.locator("#result table").count() == 0
    page.focus("#sql")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#result table")
    settle(page)
    rows = Lake(demo_lake).query(SQL).to_pylist()
    assert page.inner_text("#result h2") == f"{len(rows)} rows"
    first = page.locator("#result tbody tr").first.locator("th, td").all_inner_texts()
    assert first == [rows[0]["reporter"], first[1], "<img src=x onerror=alert(1)>", "NULL"]
    assert float(first[1].replace(",", "")) == pytest.approx(rows[0]["value_usd"], abs=0.005)
    assert page.get_by_text("Fractions are rounded here; downloads hold every digit.").count() == 1
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    name, text = download.value.suggested_filename, Path(download.value.path()).read_text("utf-8")
    assert name == "TLP-CLEAR_query.csv"
    written = list(csv.DictReader(io.StringIO(text)))
    assert [row["reporter"] for row in written] == [row["reporter"] for row in rows]
    assert float(written[0]["value_usd"]) == pytest.approx(rows[0]["value_usd"], rel=1e-12)
    assert f"sql={quote('SELECT', safe='')}" in page.url
    assert demo_pages.faults == []
    assert axe_faults(page) == []


def test_an_error_is_told_beside_the_statement(demo_pages: BrowserPages) -> None:
    page = demo_pages.open("/query")
    page.fill("#sql", "SELECT valu FROM trade")
    page.click("#run")
    page.wait_for_selector("#result .error")
    said = page.inner_text("#result")
    assert "There is no column valu in trade" in said
    assert "Did you mean value_usd" in said
    assert page.input_value("#sql") == "SELECT valu FROM trade"
    page.get_by_role("button", name="period", exact=True).first.click()
    assert page.input_value("#sql").endswith("period")
    assert demo_pages.faults == []


@pytest.mark.prove_only
def test_statements_are_kept_by_name_and_removed(demo_pages: BrowserPages) -> None:
    page = demo_pages.open("/query")
    page.fill("#sql", "SELECT 'ä & \"q\"' AS a\nFROM range(2)")
    page.fill("input[name=name]", '<b>chips</b> "a"')
    page.get_by_role("button", name="Save").click()
    kept = page.locator("#saved a")
    kept.wait_for()
    assert kept.inner_text() == '<b>chips</b> "a"'
    kept.click()
    settle(page)
    assert page.input_value("#sql") == "SELECT 'ä & \"q\"' AS a\nFROM range(2)"
    page.locator("#saved button").click()
    page.get_by_text("None yet.").wait_for()
    assert demo_pages.faults == []


def test_a_viewer_queries_within_the_clearance_and_nothing_writes(demo_lake: Path, tmp_path: Path) -> None:
    import shutil

    path = Path(shutil.copytree(demo_lake, tmp_path / "lake"))
    receipt = Lake(path).query("SELECT receipt FROM receipts ORDER BY receipt LIMIT 1").to_pylist()[0]["receipt"]
    set_marking(path, f"receipt:{receipt}", Marking(Tlp.RED), who="Jane Roe", when="2026-12-02T00:00:00Z", why="a test")
    sql = "SELECT count(*) AS n FROM receipts"
    with service_client(path, someone(PersonRole.VIEWER, Marking(Tlp.GREEN))) as client:
        headers = {**HTML, "HX-Request": "true"}
        some = client.post("/query", data={"sql": sql}, headers=headers)
        refused = client.post("/query", data={"sql": "COPY trade TO 'x.csv'"}, headers=headers)
        empty = client.post("/query", data={"sql": "  "}, headers=headers)
        assert client.app.state.service.state.audit.page(after=0, limit=10, who=None, what=None).entries == ()
    every = Lake(path).query(sql).to_pylist()[0]["n"]
    assert f">{every - 1}<" in some.text.replace("\n", "")
    assert 'role="alert"' in refused.text
    assert "There is no statement" in empty.text
