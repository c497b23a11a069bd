"""Pages: contents that reach every section, no word or number broken inside, no half-empty sheet of paper."""

from __future__ import annotations

import html
import re
from pathlib import Path

import brief_fixture as fixture
import pypdf
import pytest

from stopgap.briefs.formats.html import TEMPLATES, shown
from stopgap.briefs.model import BriefModel
from stopgap.briefs.render import render
from stopgap.briefs.story import tell


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return render(fixture.model(), tmp_path_factory.mktemp("layout") / "a.html").read_text(encoding="utf-8")


def test_contents_name_and_reach_every_section_in_order(page: str) -> None:
    story = tell(fixture.model())
    wanted = [(section.key, section.title) for section in story.sections]
    found = re.findall(r'<nav class="contents (\w+)" aria-label="Contents">(.*?)</nav>', page, flags=re.S)
    assert [place for place, _ in found] == ["side", "top"]
    for _, inside in found:
        links = [
            (key, html.unescape(title)) for key, title in re.findall(r'<li><a href="#([^"]+)">([^<]*)</a>', inside)
        ]
        assert links == wanted
    for key, _ in wanted:
        assert page.count(f'<section id="{key}"') == 1


def test_contents_need_no_script_and_only_one_is_seen(page: str) -> None:
    css = (TEMPLATES / "contents.css").read_text()
    wide = css[css.index("@media (min-width") : css.index("@media print")]
    assert ".contents.side { display: none; }" in css[: css.index("@media")]
    assert ".contents.top { display: none; }" in wide
    assert ".contents.side { display: block; position: sticky" in wide
    assert "<details><summary>Contents</summary>" in page
    assert "<script" not in page


def test_no_style_breaks_words_or_numbers_but_in_code_and_hashes() -> None:
    for name in ("brief.css", "contents.css"):
        for rule in re.findall(r"[^{}]+\{[^{}]*\}", (TEMPLATES / name).read_text()):
            if "anywhere" in rule or "break-all" in rule:
                assert re.match(r"\s*(pre|\.hash) \{", rule), rule


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("from 2020–21 to 2023–24", ["2020–21", "2023–24"]),
        ("version 2026-11+46e509b97553]", ["2026-11+46e509b97553"]),
        ("vintage 2026-11-20.3.", ["2026-11-20.3."]),
        ("a well-known c-0123456789-1 hub", []),
    ],
)
def test_numbers_joined_by_a_dash_stay_on_one_line(text: str, whole: list[str]) -> None:
    made = str(shown(text))
    assert re.findall(r'<span class="nb">([^<]*)</span>', made) == whole
    assert re.sub(r"</?span[^>]*>", "", made) == text


def lowest(page: pypdf.PageObject) -> float:
    """Height of the lowest text above the footer, as a share of the sheet."""
    tall = float(page.mediabox.height)
    found: list[float] = []

    def visit(text: str, matrix: list[float], *_: object) -> None:
        if text.strip() and matrix[5] > 0.06 * tall:
            found.append(matrix[5] / tall)

    page.extract_text(visitor_text=visit)
    return min(found, default=1.0)


VARIANTS = {
    "full": fixture.model,
    "imports": fixture.imports,
    "goods": lambda: fixture.model(headline=fixture.by_goods()),
    "bare": fixture.bare,
}


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", VARIANTS)
def test_no_sheet_but_the_first_and_the_last_is_half_empty(tmp_path: Path, name: str) -> None:
    model: BriefModel = VARIANTS[name]()
    pages = pypdf.PdfReader(render(model, tmp_path / "a.pdf")).pages
    for i, sheet in enumerate(pages[1:-1], 2):
        assert lowest(sheet) < 0.42, f"page {i} of {len(pages)}"


@pytest.mark.prove_only
def test_every_picture_is_on_the_page_of_its_title_in_order(tmp_path: Path) -> None:
    text = "\n".join(
        sheet.extract_text() for sheet in pypdf.PdfReader(render(fixture.model(), tmp_path / "a.pdf")).pages
    )
    numbers = [int(found) for found in re.findall(r"Figure (\d+)\.", text)]
    assert sorted(numbers) == list(range(1, 9))
