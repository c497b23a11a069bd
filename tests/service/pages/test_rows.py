"""Rows behind a figure: pages and places over HTTP, what a clearance hides, and the table in the browser."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_browser import BrowserPages, settle
from service_app import service_client, someone
from starlette.testclient import TestClient
from whole_lake import mark

from stopgap.api.lake import open_lake
from stopgap.base.marking import Marking, Tlp
from stopgap.pages.explore.query import ExploreQuery
from stopgap.pages.rows.query import RowsQuery
from stopgap.service.pages.kept_rows import KEPT_S, KeptRows
from stopgap.service.principal import PersonRole

FINDING = {"behind": "finding", "episode": "russia-2022", "goods": "machinery-electronics"}
SERIES = {"behind": "series", "reporters": "EU27", "partners": "RUS", "goods": "8542", "by": "month"}
SERIES_PAGE = "/rows?behind=series&reporters=EU27&partners=RUS&goods=8542&by=month"


@pytest.fixture(scope="module")
def client(demo_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A viewer of the demo."""
    with service_client(demo_lake, someone(PersonRole.VIEWER), home=tmp_path_factory.mktemp("home")) as client:
        yield client


def _page(client: TestClient, **asked: Any) -> Any:
    return client.get("/rows/page", params=asked).json()


@pytest.mark.prove_only
def test_pages_hold_the_rows_of_the_statement(client: TestClient, demo_lake: Path) -> None:
    first, second = _page(client, **FINDING, offset=0, limit=300), _page(client, **FINDING, offset=300, limit=300)
    rows = first["rows"] + second["rows"]
    sql = open_lake(demo_lake).measure("russia-2022", goods="machinery-electronics", gross=True).finding.queries[1]
    found = open_lake(demo_lake).query(sql).arrow
    assert first["total"] == len(rows) == found.num_rows
    assert sorted(row[4] for row in rows) == sorted(f"{value:,.0f}" for value in found["value_usd"].to_pylist())
    assert client.get(rows and first["links"][0], headers={"Accept": "text/html"}).status_code == 200


def test_the_rows_of_one_supplier_and_good_are_those_alone(client: TestClient) -> None:
    found = _page(client, **FINDING, supplier="CHN", good="84+85")
    assert {row[0] for row in found["rows"]} == {"China"}
    assert [row[1] for row in found["rows"]] == ["2020", "2021", "2023", "2024"]


def test_a_name_is_found_at_its_first_row(client: TestClient) -> None:
    row = client.get("/rows/place", params={**FINDING, "text": "kaz"}).json()["row"]
    assert _page(client, **FINDING, offset=row, limit=1)["rows"][0][0] == "Kazakhstan"
    assert _page(client, **FINDING, offset=row - 1, limit=1)["rows"][0][0] < "Kazakhstan"
    said = client.get("/rows/place", params={**FINDING, "text": "<b>zz"}).json()
    assert said["row"] is None
    assert "first letters of a supplier" in said["said"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({**FINDING, "goods": "/etc/passwd"}, 404), ({**FINDING, "episode": "../x.yml"}, 404), ({"behind": "sql"}, 404),
        ({**FINDING, "supplier": "' OR 1=1 --"}, 404), ({**FINDING, "good": "x'); DROP"}, 404), ({**SERIES, "goods": "a.csv"}, 404),
        ({**FINDING, "offset": -1}, 422), ({**FINDING, "limit": 100_000}, 422),
    ],
)  # fmt: skip
def test_what_is_no_figure_is_refused(client: TestClient, asked: dict[str, Any], status: int) -> None:
    assert client.get("/rows/page", params=asked).status_code in (status, 400)


def test_rows_above_a_clearance_are_not_there(demo_lake: Path, tmp_path: Path) -> None:
    lake = Path(shutil.copytree(demo_lake, tmp_path / "lake"))
    mark(lake, ("source:comtrade-pairs", Marking(Tlp.RED)))
    green = someone(PersonRole.VIEWER, Marking(Tlp.GREEN))
    with (
        service_client(lake, green, home=tmp_path / "green") as client,
        service_client(lake, home=tmp_path / "all") as other,
    ):
        seen = other.get("/rows/page", params=FINDING)
        assert seen.json()["total"] > 300
        assert seen.headers["X-Stopgap-Marking"] == "TLP:RED"
        hidden = client.get("/rows/page", params=FINDING)
        assert {row[-3] for row in seen.json()["rows"]} == {"comtrade-pairs"}
        assert "comtrade-pairs" not in hidden.text
        page = client.get("/explore?reporters=CHN&partners=RUS&goods=84,85", headers={"Accept": "text/html"})
        assert "comtrade-pairs" not in page.text
        assert "43.24" not in page.text
        examples = client.get("/explore/examples", headers={"HX-Request": "true"})
        assert examples.status_code == 200
        assert "HS 84 and 85" not in examples.text


def test_rows_are_read_once_for_a_state_and_a_clearance(demo_lake: Path, tmp_path: Path) -> None:
    now = [0.0]
    kept = KeptRows(clock=lambda: now[0])
    lake, query = open_lake(demo_lake), RowsQuery(series=ExploreQuery("CHN", "RUS", "84,85"))
    first = kept.get(lake, query, None)
    assert kept.get(lake, query, None) is first
    assert kept.get(lake, query, Marking(Tlp.GREEN)) is not first
    now[0] = KEPT_S + 1
    kept.get(lake, RowsQuery(series=ExploreQuery("TUR", "RUS", "84,85")), None)
    assert kept.get(lake, query, None) is not first


def test_tables_beyond_the_memory_go_the_one_used_longest_ago_first(demo_lake: Path) -> None:
    kept = KeptRows(most_bytes=1)
    lake = open_lake(demo_lake)
    queries = [RowsQuery(series=ExploreQuery(code, "RUS", "84,85")) for code in ("CHN", "TUR")]
    first = kept.get(lake, queries[0], None)
    second = kept.get(lake, queries[1], None)
    assert kept.get(lake, queries[1], None) is second
    assert kept.get(lake, queries[0], None) is not first


def until(page: Any, expression: str) -> None:
    """Wait until an expression is true; the policy of pages forbids the browser to poll it itself."""
    end = time.monotonic() + 30
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(50)


@pytest.mark.prove_only
def test_the_table_scrolls_and_jumps_by_keyboard_and_leads_to_the_file(demo_pages: BrowserPages) -> None:
    page = demo_pages.open(SERIES_PAGE)
    table = page.locator("regular-table table")
    table.locator("td").first.wait_for()
    total = int(table.get_attribute("aria-rowcount")) - 1
    assert total > 2000
    page.keyboard.press("n")
    page.keyboard.type("Germ")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('regular-table td')?.textContent === 'Germany'")
    until(page, "document.activeElement.tagName === 'REGULAR-TABLE'")
    before = int(table.locator("tbody tr").first.get_attribute("aria-rowindex"))
    page.keyboard.press("PageDown")
    until(page, f"Number(document.querySelector('regular-table tbody tr').getAttribute('aria-rowindex')) > {before}")
    page.keyboard.press("End")
    until(
        page,
        f"[...document.querySelectorAll('regular-table tbody tr:not([hidden])')].at(-1).getAttribute('aria-rowindex') == '{total + 1}'",
    )
    page.keyboard.press("Home")
    until(page, "document.querySelector('regular-table tbody tr').getAttribute('aria-rowindex') === '2'")
    page.locator("regular-table td a").first.click()
    page.wait_for_url("**/files/**")
    settle(page)
    assert page.locator("#table-file-rows tbody tr").count() >= 1
    assert demo_pages.faults == []
