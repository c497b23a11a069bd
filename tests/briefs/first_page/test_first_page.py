"""The first page: two sentences with three numbers, a plausible range, a strip, and one A4 page in every case."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import count, pairwise
from pathlib import Path

import brief_fixture as fixture
import openpyxl
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.base.errors import UsageError
from stopgap.base.marking import parse_marking
from stopgap.base.vocab import BriefForm
from stopgap.briefs.charts.replaced import replaced_bars
from stopgap.briefs.first_page.page import first_page
from stopgap.briefs.first_page.sentences import range_note, range_sentence, sentences, window_words
from stopgap.briefs.first_page.strip import known, questions
from stopgap.briefs.formats.text import NBSP
from stopgap.briefs.model import BriefModel
from stopgap.briefs.parts import FirstPage
from stopgap.briefs.render import render, render_all
from stopgap.briefs.request import BriefRequest
from stopgap.measures.backfill.results import ActorResult, Finding, UnstableCodeResult

TITLES = fixture.model().goods_titles
LONG = "Long" * 60
ARABIC = "جمهورية مصر العربية الشقيقة"


def symmetric(finding: Finding, ratio: float = 0.44, interval: tuple[float, float] = (-0.001, 1.09)) -> Finding:
    """The finding with a symmetric ratio on a counterfactual loss of USD 37.8 bn; rank 3 of 41."""
    backfill = replace(
        finding.backfill, symmetric_ratio=ratio, symmetric_ci95=interval, placebo_rank=(3, 41), symmetric_ranks=None
    )
    suspended = replace(finding.suspended, counterfactual_loss_usd=37.8e9, counterfactual_loss_ci95=(24.0e9, 57.7e9))
    return replace(finding, backfill=backfill, suspended=suspended)


def many_hubs() -> BriefModel:
    """Every supplier a hub with a long name, the target's name from right to left, long titles."""
    finding = symmetric(fixture.headline())
    suppliers = tuple(replace(row, is_hub=True) for row in finding.suppliers)
    names = {code: f"{LONG} {name}" for code, name in fixture.NAMES.items()} | {"RUS": ARABIC, "CHN": f"‮{ARABIC}"}
    finding = replace(finding, suppliers=suppliers, goods="long")
    return fixture.model(
        headline=finding,
        names=names,
        title=f"{LONG} {ARABIC}",
        episode_title="A long title of an episode that goes on and on " * 4,
        goods_titles={"long": "A list of goods " * 40},
    )


CASES: dict[str, Callable[[], BriefModel]] = {
    "net": fixture.model,
    "symmetric": lambda: fixture.model(headline=symmetric(fixture.headline())),
    "gross": fixture.bare,
    "imports": fixture.imports,
    "no-loss": lambda: fixture.model(headline=fixture.undefined(), others=()),
    "goods": lambda: fixture.model(headline=fixture.by_goods()),
    "nobody": lambda: fixture.model(headline=fixture.finding_of({}, {"DEU": (3.0, 1.0)})),
    "none-rose": lambda: fixture.model(headline=fixture.finding_of({"CHN": (2.0, 1.0)}, {"DEU": (3.0, 1.0)})),
    "unsure": lambda: fixture.model(
        headline=replace(fixture.gross(), suspended=replace(fixture.gross().suspended, ci95=(-0.1, 0.9)))
    ),
    "untold": lambda: fixture.model(headline=symmetric(fixture.headline(), 0.2, (-2.0, 9.0))),
    "negative": lambda: fixture.model(headline=symmetric(fixture.headline(), -0.2, (-0.4, -0.1))),
    "long": many_hubs,
}


def page_of(name: str) -> FirstPage:
    return first_page(CASES[name](), count(1))


def plain(text: str) -> str:
    return text.replace(NBSP, " ")


def numbers(text: str) -> list[str]:
    """Numbers of a sentence: amounts and shares; years and what a name holds are none."""
    return re.findall(r"USD [−\d.,]+(?: bn| m)?|[−+<>]*[\d.,]+ %", plain(text))


def test_the_two_sentences_of_the_headline_as_they_are_read() -> None:
    found = symmetric(fixture.headline())
    first, second = map(plain, sentences(found, fixture.NAMES, TITLES))
    assert first == "In 2023 the coalition sold Russia USD 30.8 bn less in machinery and electronics than in 2021."
    assert second == (
        "Allowing for what would have been sold anyway, the gap is USD 37.8 bn; other suppliers, mainly China, "
        "made up an estimated 44 % of it."
    )
    assert plain(range_sentence(found)) == "Plausible range: from none to 109 % of the gap."
    assert plain(range_note(found)) == (
        "95 % interval −0.1 to 109 %. An excess as large or larger, relative to usual swings, at 2 of 40 other destinations."
    )


def test_sentences_of_the_other_cases() -> None:
    def second(name: str) -> str:
        return plain(page_of(name).sentences[1])

    assert second("net") == (
        "Other suppliers, mainly China, made up an estimated 49 % of it, beyond what they would have sold anyway."
    )
    # USD 21.4 bn filled of 30.8, the allocation that the picture shows
    assert second("gross") == (
        "Other suppliers, China first, sold enough more to cover 70 % of that; how much they would have sold anyway is "
        "not known."
    )
    assert second("imports").startswith("Other buyers made up more than all of it, an estimated 136 %, beyond")
    assert second("no-loss") == "There is no loss to make up, so no share is given."
    assert second("nobody") == "No other supplier has figures for both periods, so who made it up is not known."
    assert second("unsure").startswith("That change may be chance: its plausible range runs from −90 % to +10 %")
    assert second("untold").endswith("how much of it other suppliers made up cannot be told.")
    assert second("negative").endswith("other suppliers made up none of it.")
    assert plain(page_of("untold").range_sentence) == "Plausible range: from none to more than twice the gap."
    assert plain(page_of("negative").range_sentence) == "Plausible range: none of the gap was made up."
    assert plain(page_of("imports").range_sentence) == "Plausible range: from 90 % to 170 % of that loss."
    assert page_of("gross").range_sentence.startswith("Plausible range: none can be given, because")
    assert page_of("gross").range_note == ""


@pytest.mark.parametrize("name", CASES)
def test_the_page_is_short(name: str) -> None:
    page = page_of(name)
    assert len(page.title.split()) <= 12
    assert len(page.sentences) == 2
    assert sum(len(numbers(text)) for text in page.sentences) <= 3, page.sentences
    # nothing but years is a number beside those
    for text in page.sentences:
        for found in numbers(text):
            text = plain(text).replace(found, "")
        assert set(re.findall(r"\d+", text)) <= {"2021", "2023"}, text
    said = [
        *page.sentences,
        page.range_sentence,
        *page.range_note.split(". "),
        *(i for _, items in page.strip for i in items),
    ]
    for text in said:
        assert len(text.split()) <= 30, text
    assert [heading for heading, _ in page.strip] == ["What we know", "What we do not know", "What would settle it"]
    for heading, items in page.strip:
        assert 1 <= len(items) <= 4, heading
        assert len(set(items)) == len(items)
    assert all(len(items) >= 2 for _, items in page.strip[1:])
    assert len([term for term, _ in page.basis]) == len({term for term, _ in page.basis}) == 14


@given(st.integers(1990, 2029), st.integers(0, 12), st.integers(1, 12), st.integers(1, 12))
def test_windows_are_named_in_the_units_of_the_data(year: int, more: int, first: int, last: int) -> None:
    whole = window_words((f"{year}-01", f"{year + more}-12"))
    assert whole == (f"{year}" if more == 0 else f"{year} and {year + 1}" if more == 1 else f"{year} to {year + more}")
    if (first, last) != (1, 12):
        words = window_words((f"{year}-{first:02d}", f"{year + more}-{last:02d}"))
        assert words.startswith(
            ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
        )  # fmt: skip


def test_what_is_known_adds_up_to_the_finding() -> None:
    told = [plain(text) for text in known(fixture.headline(), fixture.NAMES, TITLES)]
    assert told[0] == "China’s sales rose from USD 28.7 bn to USD 42.3 bn, as reported."
    before = sum(a for a, _ in (*fixture.SUPPLIERS.values(), *fixture.MEMBERS.values()))
    after = sum(b for _, b in (*fixture.SUPPLIERS.values(), *fixture.MEMBERS.values()))
    a, b = fixture.SUPPLIERS["CHN"]
    assert told[1] == f"China’s share of all reported sales rose from {a / before:.0%} to {b / after:.0%}.".replace(
        "%", " %"
    )
    hubs = sum(b - a for code, (a, b) in fixture.SUPPLIERS.items() if code in fixture.HUBS)
    assert told[2] == f"The 9 hubs sold USD {hubs / 1000:.1f} bn more, which is consistent with routing."
    assert told[-1] == "Economies with 96 % of the earlier trade reported the later period too."
    group = ActorResult("PRC", ("CHN", "HKG"), 1e9, 2e9, 1e9, 0.5, 0.39, 0.7)
    told = [plain(text) for text in known(replace(fixture.headline(), actors=(group,)), fixture.NAMES, TITLES)]
    assert told[1] == "The share of China with Hong Kong in all reported sales rose from 39 % to 70 %."


def test_each_gap_has_what_would_settle_it() -> None:
    finding = fixture.headline()
    asked = {question.unknown: question.settled_by for question in questions(finding, fixture.NAMES)}
    assert asked["Which goods were replaced: the figures are one published sum."].startswith("Six-digit (HS6) figures")
    assert asked["What Russia itself recorded: no figures of its own for 2022 to 2024."] == (
        "Russia’s own import reports for 2022 to 2024."
    )
    assert asked["Whether goods sold by hubs came from the coalition."].startswith("Customs declarations at the hubs")
    # low coverage: who is silent weighs more than routing
    thin = replace(finding, coverage=replace(finding.coverage, share_of_baseline_reported=0.6))
    assert "What Belarus, Iran and one other sold: they did not report both periods." in [
        question.unknown for question in questions(thin, fixture.NAMES)
    ]
    moved = UnstableCodeResult("901380", "HS2017", "HS2022", "split", None, "list", 1.0, 2.0)
    fine = replace(finding.coverage, level="HS6", unstable_codes=(moved, replace(moved, is_ordinary=True)))
    told = [question.unknown for question in questions(replace(finding, coverage=fine), fixture.NAMES)]
    assert "What happened in one code whose content changed between the periods (left out)." in told
    assert not any("published sum" in text for text in told)


def test_the_bars_are_as_long_as_the_loss_together() -> None:
    for name in ("net", "imports", "long"):
        model = CASES[name]()
        bars = replaced_bars(model)
        loss = model.headline.identity.loss_usd
        assert bars[0].value_usd == loss
        assert sum(bar.value_usd for bar in bars[1:]) == pytest.approx(loss)
        for before, after in pairwise(bars[1:]):
            assert after.start_usd == pytest.approx(before.end_usd)
    assert replaced_bars(fixture.model(headline=fixture.undefined())) == []
    assert page_of("nobody").figure is None
    assert page_of("no-loss").figure is None


def test_the_alternative_text_holds_the_figures_of_the_picture() -> None:
    figure = page_of("net").figure
    assert figure is not None
    assert plain(figure.alt) == (
        "Bars. The coalition sold less: USD 30.8 bn. Of that, China USD 13.6 bn (44 %); UAE (hub) USD 2.3 bn (8 %); "
        "Türkiye (hub) USD 2.1 bn (7 %); Kazakhstan (hub) USD 1.5 bn (5 %); 16 other suppliers USD 1.9 bn (6 %); "
        "Not filled USD 9.4 bn (30 %)."
    )


@pytest.mark.one_in(2)
@pytest.mark.parametrize("name", CASES)
def test_the_one_page_form_is_one_a4_page_and_the_full_form_begins_with_it(name: str, tmp_path: Path) -> None:
    model = CASES[name]()
    reader = pypdf.PdfReader(render(model, tmp_path / "one.pdf", form=BriefForm.ONE_PAGE))
    assert len(reader.pages) == 1
    width, height = reader.pages[0].mediabox.width, reader.pages[0].mediabox.height
    assert (round(float(width)), round(float(height))) == (595, 842)
    text = re.sub(r"\s+", " ", plain(reader.pages[0].extract_text()))
    if name != "long":
        assert plain(page_of(name).title) in text
    for heading in ("What we know", "What we do not know", "What would settle it", "Denominator:", "Marking:"):
        assert heading in text
    if name in ("net", "long"):
        full = pypdf.PdfReader(render(model, tmp_path / "full.pdf"))
        assert len(full.pages) > 3
        first = re.sub(r"\s+", " ", plain(full.pages[0].extract_text()))
        assert first.count("What would settle it") == 1
        assert "The figures in full" not in first
        assert "Basis of the figures" in plain(full.pages[1].extract_text())


@pytest.mark.one_in(2)
@pytest.mark.parametrize("form", list(BriefForm))
def test_every_format_holds_the_page_and_its_marking_with_the_same_bytes(form: BriefForm, tmp_path: Path) -> None:
    model = fixture.model(marking=parse_marking("AMBER+STRICT", "DEU,FRA"))
    page = first_page(model, count(1))
    made = render_all(model, tmp_path / "a", "brief", form=form)
    again = render_all(model, tmp_path / "b", "brief", form=form)
    for ending, path in made.items():
        assert path.read_bytes() == again[ending].read_bytes(), ending
    book = openpyxl.load_workbook(made["xlsx"])
    cells = "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell)
    paper = " ".join(sheet.extract_text() for sheet in pypdf.PdfReader(made["pdf"]).pages)
    texts = {
        "html": made["html"].read_text(encoding="utf-8"),
        "md": made["md"].read_text(encoding="utf-8").replace("\\", ""),
        "xlsx": cells,
        "pdf": paper,
    }
    for ending, text in texts.items():
        said = re.sub(r"\s+", " ", plain(text).replace("\u200b", ""))
        assert "TLP:AMBER+STRICT REL DEU, FRA" in said, ending
        for want in (
            page.title,
            *page.sentences,
            page.range_sentence,
            *(item for _, items in page.strip for item in items),
        ):
            assert plain(want) in said, (ending, want)
    if form is BriefForm.ONE_PAGE:
        assert book.sheetnames == ["First page", "Waterfall"]
        assert "Every supplier, every member" not in texts["html"] + texts["md"]


def test_the_page_has_one_title_and_its_headings_in_order(tmp_path: Path) -> None:
    page = render(fixture.model(), tmp_path / "a.html", form=BriefForm.ONE_PAGE).read_text(encoding="utf-8")
    assert page.count("<h1>") == 1
    assert re.findall(r"<h2>([^<]+)", page) == ["What we know", "What we do not know", "What would settle it"]
    assert 'class="one-page"' in page
    assert page.count('role="img"') == page.count("<desc") == 2


def test_another_form_is_refused_with_the_two_named() -> None:
    with pytest.raises(UsageError) as caught:
        BriefRequest(output="a.pdf", form="short").parsed_form()
    assert caught.value.fix == "use one-page or full"
    assert BriefRequest(output="a.pdf").parsed_form() is BriefForm.FULL
