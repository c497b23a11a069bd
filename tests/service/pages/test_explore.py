"""Explore: asked by form, by mouse and by keyboard; saved views; the numbers of REST; text of others stays text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from page_browser import BrowserPages, settle
from service_app import service_client, someone
from starlette.testclient import TestClient

from stopgap.service.principal import PersonRole

ADDRESS = "/explore?reporters=CHN%2CTUR&partners=RUS&goods=84%2C85"
HOSTILE = '"><img src=x onerror=alert(1)> \u0627\u0644 🙂'
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def client(demo_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A viewer of the demo."""
    home = tmp_path_factory.mktemp("home")
    with service_client(demo_lake, someone(PersonRole.VIEWER), home=home) as client:
        yield client


def test_the_page_says_the_numbers_of_rest(client: TestClient) -> None:
    rows = client.get("/api/v1/series", params={"reporters": "CHN,TUR", "partners": "RUS", "goods": "84,85"}).json()[
        "rows"
    ]
    page = client.get(ADDRESS, headers=HTML).text
    for row in rows:
        assert f">{row['value_usd'] / 1e9:,.2f}</a>" in page
    assert 'id="figure-series"' in page
    chart = client.get(f"{ADDRESS}&chart=series&form=svg")
    assert chart.status_code == 200
    assert "Türkiye" in chart.text


def test_an_empty_field_is_no_part_of_the_permanent_address(client: TestClient) -> None:
    answer = client.get(
        "/explore?reporters=CHN&partners=RUS&goods=84,85&index=&report=&by=year", follow_redirects=False
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/explore?reporters=CHN&partners=RUS&goods=84%2C85"


@pytest.mark.parametrize("goods", ["/etc/passwd", "../secrets.csv", "C:\\x.yml"])
def test_goods_are_never_the_path_of_a_file(client: TestClient, goods: str) -> None:
    answer = client.get("/explore", params={"reporters": "CHN", "partners": "RUS", "goods": goods}, headers=HTML)
    assert answer.status_code == 404
    assert "No goods list is called" in answer.text


@pytest.mark.parametrize(
    ("field", "given"),
    [("reporters", "XYZ"), ("partners", "Nowhere"), ("goods", "not-a-list"), ("period", "soon"), ("axis", "round")],
)
def test_an_error_leads_to_the_field_that_it_is_about(client: TestClient, field: str, given: str) -> None:
    asked = {"reporters": "CHN", "partners": "RUS", "goods": "84,85", field: given}
    page = client.get("/explore", params=asked, headers=HTML).text
    assert "<title>Error: Explore" in page
    assert page.index('id="problem"') < page.index('class="explore"')
    assert f'<a href="#field-{field}">' in page
    assert page.count('aria-invalid="true"') == 1
    marked = page[page.index(f'id="field-{field}"') :]
    assert marked[: marked.index(">")].count('aria-invalid="true" aria-describedby="problem"') == 1


def test_hostile_text_stays_text(client: TestClient) -> None:
    for field in ("reporters", "partners", "goods", "index", "period", "shows", "axis", "currency", "as_of"):
        asked = {"reporters": "CHN", "partners": "RUS", "goods": "84,85", "shows": "index", field: HOSTILE}
        answer = client.get("/explore", params=asked, headers=HTML)
        assert 400 <= answer.status_code < 500
        assert "<img src=x" not in answer.text
    saved = client.post("/explore/views", data={"name": HOSTILE, "address": ADDRESS}, headers={"HX-Request": "true"})
    assert saved.status_code == 200
    assert "<img src=x" not in saved.text
    assert "onerror" in saved.text
    gone = client.delete(client.get("/explore", headers=HTML).text.partition('hx-delete="')[2].partition('"')[0])
    assert "Nothing is saved yet" in gone.text


def test_a_view_is_an_address_of_this_service_alone(client: TestClient) -> None:
    answer = client.post("/explore/views", data={"name": "x", "address": "https://example.org/"})
    assert answer.status_code == 400
    assert "A view is an address of this service" in answer.text
    assert client.get("/api/v1/views").json() == {"views": []}


@pytest.mark.prove_only
def test_asked_drawn_saved_and_opened_again_by_keyboard(demo_pages: BrowserPages) -> None:
    page = demo_pages.open("/explore")
    assert page.locator("main ol a").count() == 3  # examples of what the lake holds
    page.keyboard.press("f")
    page.keyboard.type("TUR,KA")
    assert page.locator('#economies option[value="TUR,KAZ"]').count() == 1
    page.keyboard.type("Z")
    page.keyboard.press("Tab")
    page.keyboard.type("RUS")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("84,85")
    page.keyboard.press("Enter")
    page.wait_for_url("**goods=84%2C85")
    settle(page)
    assert page.locator("#table-figures thead th").all_inner_texts() == ["Period", "Türkiye", "Kazakhstan"]
    page.keyboard.press("s")
    page.keyboard.type("Türkiye and Kazakhstan")
    page.keyboard.press("Enter")
    page.locator("#views li a").wait_for()
    page.locator('select[name="shows"]').select_option("index")
    page.wait_for_url("**shows=index**")
    settle(page)
    assert page.locator("figcaption h2").inner_text() == "By year, exporter’s report"
    page.locator("#views li a", has_text="Türkiye and Kazakhstan").click()
    page.wait_for_url("**goods=84%2C85")
    page.locator('#views button[aria-label^="Delete"]').click()
    page.get_by_text("Nothing is saved yet").wait_for()
    assert demo_pages.faults == []
