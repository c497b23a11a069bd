"""A brief and a claim's page show their marking on every page, sheet and picture, and in file properties."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import brief_fixture
import claim_fixture
import openpyxl
import pypdf
import pytest

from stopgap.base.marking import CLEAR, Marking, Tlp, parse_marking
from stopgap.briefs.claims.page import render_claims
from stopgap.briefs.formats.tlp import ink, marked_svg
from stopgap.briefs.render import render_all

LABEL = "TLP:AMBER+STRICT REL DEU, FRA"
COLOURS = {  # FIRST, Traffic Light Protocol 2.0, "TLP colors in RGB, CMYK and Hex"
    Tlp.RED: "#FF2B2B",
    Tlp.AMBER: "#FFC000",
    Tlp.AMBER_STRICT: "#FFC000",
    Tlp.GREEN: "#33FF00",
    Tlp.CLEAR: "#FFFFFF",
}


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    marking = parse_marking("AMBER+STRICT", "DEU,FRA")
    return render_all(brief_fixture.model(marking=marking), tmp_path_factory.mktemp("marked"), "brief")


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two claims, one of them restricted: the page is as strict as it."""
    first, second = list(claim_fixture.sheets().values())[:2]
    folder = tmp_path_factory.mktemp("claims")
    paths = [folder / "claims.html", folder / "claims.pdf"]
    render_claims([first, replace(second, marking=Marking(Tlp.RED))], paths, title="Two")
    return paths


@pytest.mark.parametrize("level", Tlp)
def test_colours_are_those_of_the_standard_and_read_in_grey(level: Tlp) -> None:
    colour = ink(Marking(level))
    assert colour.upper() == COLOURS[level]
    assert (luminance(colour) + 0.05) / 0.05 > 5  # contrast on black; luminance is what grey print keeps


def test_every_pdf_page_has_it_in_head_and_foot(made: dict[str, Path]) -> None:
    pages = pypdf.PdfReader(made["pdf"]).pages
    assert len(pages) > 3
    for page in pages:
        found: list[float] = []

        def note(text: str, user: list[float], matrix: list[float], *_: object, found: list[float] = found) -> None:
            if "TLP:AMBER" in text:
                found.append(user[5] + user[3] * matrix[5])

        page.extract_text(visitor_text=note)
        assert page.extract_text().count(LABEL) >= 2
        height = float(page.mediabox.height)
        assert any(place > height * 0.92 for place in found), "head"
        assert any(place < height * 0.08 for place in found), "foot"


def test_pdf_properties_have_it(made: dict[str, Path]) -> None:
    about = pypdf.PdfReader(made["pdf"]).metadata
    assert about is not None
    assert (about.subject, about["/Keywords"]) == (LABEL, LABEL)


def test_the_page_has_a_banner_above_and_below_and_on_each_print(made: dict[str, Path]) -> None:
    text = made["html"].read_text("utf-8")
    banners = [
        found.start()
        for found in re.finditer(r'<p class="marked [^>]*style="color: #FFC000">' + re.escape(LABEL), text)
    ]
    assert len(banners) == 2
    assert banners[0] < text.index("<header>") < text.index("</footer>") < banners[1]
    assert f'<meta name="marking" content="{LABEL}">' in text
    assert text.count(f'content: "{LABEL}"') == 2


def test_every_picture_has_it(made: dict[str, Path]) -> None:
    pictures = re.findall(r"<svg .*?</svg>", made["html"].read_text("utf-8"), re.S)
    assert len(pictures) > 4
    for picture in pictures:
        assert re.search(r'<text [^>]*fill="#FFC000">TLP:AMBER\+STRICT', picture)


def test_a_picture_grows_for_it_and_hides_nothing() -> None:
    bare = '<svg xmlns="x" viewBox="0 0 200 80" width="200" height="80"><rect width="200" height="80"/></svg>'
    marked = marked_svg(bare, Marking(Tlp.RED))
    assert 'viewBox="0 0 200 99" width="200" height="99"' in marked
    assert float(re.findall(r'<rect x="[^"]+" y="([^"]+)"', marked)[0]) > 80
    assert marked.endswith(">TLP:RED</text></g></svg>")


def test_a_long_list_of_economies_keeps_the_level_within_the_picture() -> None:
    bare = '<svg viewBox="0 0 200 80" width="200" height="80"></svg>'
    marking = parse_marking("AMBER+STRICT", ["AUT", "BEL", "DEU", "FRA", "ITA", "NLD"])
    marked = marked_svg(bare, marking)
    assert ">TLP:AMBER+STRICT REL AUT …</text>" in marked
    assert float(re.findall(r'<rect x="([^"]+)"', marked)[0]) >= 0


def test_every_sheet_has_it_on_screen_and_in_print(made: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(made["xlsx"])
    assert len(book.sheetnames) > 5
    for sheet in book:
        cells = [cell for row in sheet.iter_rows(min_row=1, max_row=3) for cell in row if cell.value == LABEL]
        assert len(cells) == 1, sheet.title
        assert (cells[0].font.color.rgb, cells[0].fill.fgColor.rgb) == ("FFFFC000", "FF000000")
        assert LABEL in sheet.oddHeader.center.text
        assert LABEL in sheet.oddFooter.center.text
    assert (book.properties.keywords, book.properties.category) == (LABEL, "TLP:AMBER+STRICT")


def test_markdown_begins_and_ends_with_it(made: dict[str, Path]) -> None:
    lines = made["md"].read_text("utf-8").splitlines()
    assert lines[0] == lines[-1] == LABEL


def test_a_page_of_claims_is_as_strict_as_its_strictest(claims: list[Path]) -> None:
    html = claims[0].read_text("utf-8")
    assert html.count('style="color: #FF2B2B">TLP:RED') == 2
    for page in pypdf.PdfReader(claims[1]).pages:
        assert page.extract_text().count("TLP:RED") >= 2


def test_what_nobody_marked_is_clear(tmp_path: Path) -> None:
    assert brief_fixture.model().marking == CLEAR
    made = render_all(brief_fixture.bare(), tmp_path, "bare")
    assert made["md"].read_text("utf-8").startswith("TLP:CLEAR\n")
    assert all("TLP:CLEAR" in page.extract_text() for page in pypdf.PdfReader(made["pdf"]).pages)
