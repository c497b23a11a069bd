"""The companies in a brief: nothing without declarations, sober words with them, in every format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import brief_fixture as fixture
import openpyxl
import pypdf
import pytest
from exposure_made import company, exposed

from stopgap.briefs.charts.glyphs import REPLACEMENT
from stopgap.briefs.exposure_section import COMPANIES_SHOWN, exposure_section, exposure_table, readable_name
from stopgap.briefs.formats.text import NBSP
from stopgap.briefs.render import render
from stopgap.briefs.story import tell
from stopgap.screening.exposure.results import ExposureFinding, Official, SearchedLists, Spelled


def words(finding: ExposureFinding) -> str:
    section = exposure_section(fixture.model(exposure=finding))
    assert section is not None
    return " ".join((*section.paragraphs, *section.items)).replace(NBSP, " ")


def test_without_declarations_the_brief_says_nothing_new() -> None:
    assert exposure_section(fixture.model()) is None
    told = tell(fixture.model())
    assert "exposure" not in {section.key for section in told.sections}


def test_what_is_said_and_what_is_not() -> None:
    text = words(exposed())
    assert "hold USD 300 m of these goods" in text
    assert "30 % of what official figures say" in text
    assert "consistent with routing, and no proof of it" in text
    assert "2 exporters and 1 importer (and USD 10.0 m that name none)" in text
    assert "1 of 3 companies have a possible match on 1 list" in text
    assert "Of those shown 2 were founded after the event" in text
    assert "nothing of what it knew or meant" in text
    assert "3 of 25 lines state no value" in text
    assert not {"evad", "smuggl", "guilty", "illegal"} & set(text.lower().split())


def test_what_was_not_searched_or_compared_is_said() -> None:
    finding = exposed(screened=SearchedLists((), 0, 0, 0, "the lake holds no list"))
    coverage = replace(finding.coverage, official=Official(None, None, None, 0, 0, None, "none"))
    text = words(replace(finding, coverage=coverage))
    assert "No list was searched" in text
    assert "no official figures stand beside them" in text


def test_the_table_has_the_first_of_each_party() -> None:
    many = tuple(company(number, party) for party in ("exporter", "importer") for number in range(1, 30))
    model = fixture.model()
    table = exposure_table(model, exposed(companies=many))
    assert len(table.rows) == 2 * COMPANIES_SHOWN
    row = exposure_table(model, exposed()).rows[1]
    assert row[0] == "2. Lobahari Trading"
    assert str(row[1]).startswith("intermediary, ")
    assert row[7] == "2023-02-01*"
    assert row[8] == "VAGADOTE ELECTRONICS, made-up-list of 2024-03-01, score 0.97, not decided"
    assert exposure_table(model, exposed(companies=(company(1, hits=None),))).rows[0][8] == "not searched"
    assert exposure_table(model, exposed(companies=(company(1, hits=()),))).rows[0][8] == "none near"


def test_a_name_that_cannot_be_set_stands_behind_one_that_can() -> None:
    row = company(1, name="瓦加多特电子")
    assert readable_name(row) == "Vagadote Electronics Ltd (瓦加多特电子)"
    assert readable_name(company(1, name="АО «Пример»")) == "АО «Пример»"
    alone = company(1, name="瓦加多特电子", spellings=(Spelled("瓦加多特电子", "itself", None, 1),))
    assert readable_name(alone) == "wa jia duo te dian zi (transcribed; 瓦加多特电子)"


@pytest.mark.one_in(2)
@pytest.mark.parametrize("form", ["html", "md", "pdf", "xlsx"])
def test_every_format_names_the_companies(form: str, tmp_path: Path) -> None:
    finding = exposed(companies=(company(1, name="=cmd|'/c calc'!A1"), *exposed().companies))
    path = render(fixture.model(exposure=finding), tmp_path / f"brief.{form}")
    if form == "pdf":
        text = "".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    elif form == "xlsx":
        book = openpyxl.load_workbook(path)
        cells = [cell for line in book["Companies"].iter_rows() for cell in line if cell.value is not None]
        assert all(cell.data_type != "f" for cell in cells if "calc" in str(cell.value))
        text = "\n".join(str(cell.value) for cell in cells)
    else:
        text = path.read_text("utf-8")
    assert "Lobahari" in text
    assert "Лоримена" in text
    assert finding.finding_id[:20] in text.replace("\n", "")
    assert "consistent with routing" in text.replace("\n", " ") or form == "xlsx"


@pytest.mark.prove_only
def test_a_pdf_has_boxes_for_letters_that_its_type_lacks(tmp_path: Path) -> None:
    finding = exposed(companies=(company(1, name="瓦加多特电子"),))
    path = render(fixture.model(exposure=finding), tmp_path / "brief.pdf")
    text = "".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    assert REPLACEMENT in text
    assert "Vagadote" in text
