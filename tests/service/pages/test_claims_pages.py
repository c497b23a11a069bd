"""Pages of statements in a browser: from a pasted text to a tested statement, by roles, and with hostile texts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from claims_demo import HOSTILE, claims_demo
from examples import some
from page_browser import MIDDLE, NARROW, WIDE, BrowserPages, axe_faults, pages_of, settle
from service_app import service_client, someone

from stopgap.api import Lake
from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.markings.changes import set_marking
from stopgap.service.principal import PersonRole

HTML = {"Accept": "text/html", "Origin": "http://localhost:8765"}
ARTICLE = f"""---
date: 2024-04-08
---
Washington. "China has made up for the trade in machine tools that Europe suspended with Russia," spokesman Matthew Miller said.

{HOSTILE} <b>Not bold</b>
"""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return claims_demo(tmp_path_factory.mktemp("claims-pages") / "lake")


@pytest.fixture(scope="module")
def pages(lake: Path) -> Iterator[BrowserPages]:
    with pages_of(lake, someone()) as browser:
        yield browser


@pytest.fixture(autouse=True)
def _close(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "pages" in request.fixturenames:
        request.getfixturevalue("pages").close_pages()


def id_of(lake: Path, words: str) -> str:
    [entry] = [entry for entry in Lake(lake).claims.list() if words in entry.claim.title]
    return entry.id


@pytest.mark.prove_only
@pytest.mark.parametrize(("width", "theme"), [(NARROW, "dark"), (MIDDLE, "light"), (WIDE, "dark")])
def test_a_statement_of_three_parts_has_no_faults(pages: BrowserPages, lake: Path, width: int, theme: str) -> None:
    page = pages.open(f"/claims/{id_of(lake, 'optics')}", width=width, theme=theme)
    assert page.locator(".ladder tbody tr").count() == 5
    page.locator("summary", has_text="tables of figures").first.click()
    assert pages.faults == []
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").count() == 1


@pytest.mark.in_parts
def test_hostile_texts_stay_text_on_every_page_of_statements(pages: BrowserPages, lake: Path) -> None:
    id = id_of(lake, "<script>")
    paths = (
        f"/claims/{id}",
        "/claims",
        "/episodes/russia-2022/claims",
        "/find?q=%3Cscript%3Ealert",
        f"/claims/{id}/text",
    )
    for path in some(paths, every=4):
        page = pages.open(path)
        assert pages.faults == [], path
        assert page.locator("main img, main b, main i, main u, main em").count() == 0
        assert (
            page.evaluate(
                "[...document.scripts].filter((each) => !each.src && each.type !== 'application/json').length"
            )
            == 0
        )
        if path != "/episodes/russia-2022/claims":
            assert "<script>alert(1)</script>" in page.inner_text("main"), path
    page = pages.open(f"/claims/{id}/text")
    assert page.inner_text("mark") == "China sells to Russia."
    assert "{{ 7*7 }}" in page.inner_text(".source")


@pytest.mark.prove_only
def test_the_register_is_walked_by_keyboard(pages: BrowserPages) -> None:
    page = pages.open("/claims")
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator(".claims > li").nth(1)
    title = second.locator("h2").inner_text()
    assert second.evaluate("row => row === document.activeElement")
    page.keyboard.press("Enter")
    page.wait_for_url("**/claims/c-*")
    assert page.inner_text("h1") == title


def test_from_a_pasted_text_to_a_tested_statement_by_keyboard(pages: BrowserPages, lake: Path) -> None:
    page = pages.open("/claims/draft")
    page.fill("textarea[name=text]", ARTICLE)
    page.get_by_role("button", name="Find the statements").click()
    page.wait_for_selector("#draft-1")
    assert "<b>Not bold</b>" in page.inner_text(".source")
    page.focus("#f-1-6")
    marked = page.locator(".source .on")
    assert marked.all_inner_texts() == ["China"]
    assert marked.first.get_attribute("data-number") == "6"
    page.locator("#draft-1 button").click()
    page.wait_for_selector("#answer-1 .error")
    assert "Not confirmed yet: Speaker, Office" in page.inner_text("#answer-1")
    before = {entry.id for entry in Lake(lake).claims.list()}
    assert axe_faults(page) == []
    page.focus("#f-1-1")
    for _ in range(10):
        page.keyboard.press("Enter")
    page.keyboard.type("0.3")
    assert page.inner_text("#draft-1 [data-count]") == "All fields are confirmed"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_url("**/claims/c-*", timeout=60_000)
    settle(page)
    assert pages.faults == []
    [made] = [entry for entry in Lake(lake).claims.list() if entry.id not in before]
    assert made.claim.threshold == 0.3
    assert made.claim.said_on == "2024-04-08"
    assert made.current.yes == "ann"
    assert made.current.is_checked
    assert made.current.draft is not None
    assert len(made.tests) == 1
    assert page.locator("p.lead .tag").inner_text().lower().startswith(made.tests[0]["verdict"])


def test_a_viewer_looks_and_changes_nothing(lake: Path) -> None:
    id = id_of(lake, "optics")
    log = (lake / "claims" / "log.jsonl").read_bytes()
    with service_client(lake, someone(PersonRole.VIEWER)) as client:
        page = client.get(f"/claims/{id}", headers=HTML)
        assert page.status_code == 200
        assert "hx-post" not in page.text
        assert client.post(f"/claims/{id}/test", headers=HTML).status_code == 403
        assert client.post("/claims", data={"draft": "{}"}, headers=HTML).status_code == 403
    assert (lake / "claims" / "log.jsonl").read_bytes() == log


@pytest.mark.prove_only
def test_a_test_again_leads_to_the_page_and_is_in_the_audit_log(lake: Path) -> None:
    id = id_of(lake, "optics")
    with service_client(lake, someone(PersonRole.ANALYST, name="bea")) as client:
        answer = client.post(f"/claims/{id[:6]}/test", headers=HTML)
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, f"/claims/{id}")
        client.post("/claims/draft", data={"text": "China sells chips to Russia."}, headers=HTML)
        entries = client.app.state.service.state.audit.page(after=0, limit=100, who="bea", what=None)
    assert [entry["what"] for entry in entries.entries if "claims" in entry["what"]] == ["POST /claims/{id}/test"]


@pytest.mark.parametrize("id", ["c-zz", "..%2F..%2Fetc", "c-0123456789abc", "c-0000000000"])
def test_what_is_no_statement_is_not_found(lake: Path, id: str) -> None:
    with service_client(lake) as client:
        answer = client.get(f"/claims/{id}", headers=HTML)
    assert answer.status_code == 404
    assert "<h1>" in answer.text


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"draft": "no json"}, "The draft is damaged"),
        ({"draft": "[]"}, "The draft is damaged"),
        ({"draft": "{}", "file": "%%%", "file_name": "a.txt"}, "The text is damaged"),
        ({"draft": "{}", "file": "", "file_name": ""}, "A file has no name"),
        ({"draft": "{}", "file": "eA==", "file_name": "../../etc/passwd"}, "Not confirmed yet"),
    ],
)
def test_a_damaged_form_is_told_and_registers_nothing(lake: Path, form: dict[str, str], said: str) -> None:
    log = (lake / "claims" / "log.jsonl").read_bytes()
    with service_client(lake) as client:
        answer = client.post("/claims", data=form, headers={**HTML, "HX-Request": "true"})
    assert said in answer.text
    assert (lake / "claims" / "log.jsonl").read_bytes() == log


def test_without_a_reader_the_page_says_how_to_get_one(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from stopgap.claims.drafting import reader

    reader.load_reader.cache_clear()
    monkeypatch.setattr(reader, "entry_points", lambda group: [])
    try:
        with service_client(lake) as client:
            page = client.get("/claims/draft", headers=HTML)
    finally:
        reader.load_reader.cache_clear()
    assert page.status_code == 200
    assert "pip install" in page.text
    assert "textarea" not in page.text


def test_a_statement_above_the_clearance_is_not_there(lake: Path, tmp_path: Path) -> None:
    path = claims_demo(tmp_path / "lake")
    id = id_of(path, "optics")
    shown = Lake(path).claims.show(id)
    set_marking(path, f"claim:{id}", Marking(Tlp.RED), who="Jane Roe", when="2026-12-02T00:00:00Z", why="a test")
    with service_client(path, someone(PersonRole.ANALYST, Marking(Tlp.GREEN))) as client:
        listed = client.get("/claims", headers=HTML)
        assert listed.status_code == 200
        assert "optics" not in listed.text
        for end in ("", "/figures", "/text"):
            assert client.get(f"/claims/{id}{end}", headers=HTML).status_code == 404
        assert client.post(f"/claims/{id}/test", headers=HTML).status_code == 404
        linked = [other.id for _, other in (*shown.links_from, *shown.links_to)]
        assert linked
        for other in linked:
            for address, accept in ((f"/claims/{other}", "text/html"), (f"/api/v1/claims/{other}", "application/json")):
                answer = client.get(address, headers={"Accept": accept})
                assert answer.status_code == 200
                assert id not in answer.text
