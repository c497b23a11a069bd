"""Pages of claims: complete, the same twice, safe with hostile text, open to readers, in any script."""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import claim_fixture as fixture
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stopgap.base.errors import RefusedError, UsageError
from stopgap.briefs.charts.draw import to_svg
from stopgap.briefs.claims.charts import (
    HypothesisGroup,
    HypothesisRow,
    alt_hypotheses,
    clipped_rows,
    group_scale,
    grouped,
    hypothesis_chart,
    month_chart,
    name_of_row,
    verdict_runs,
)
from stopgap.briefs.claims.page import render_claims, write_claim_page, write_claim_pages
from stopgap.briefs.claims.parts import ClaimSheet
from stopgap.briefs.claims.story import tell_claims
from stopgap.briefs.claims.words import claimed, day_name, denominators, scale_words, title_of
from stopgap.briefs.formats.text import NBSP
from stopgap.claims.claim import Action, ClaimWords, NamedGoods, SourceLink, Speaker, Stance
from stopgap.claims.testing.results import MonthVerdict, Verdict

HOSTILE = '<script>alert(1)</script>\u202e & "q" `x` #panic() $f$ =1+1 ' + "Long" * 80
NARROW, WIDE = 348, 680
LINK = re.compile(r"#[\w-]+")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    folder = tmp_path_factory.mktemp("claims")
    found = {}
    for name, sheet in fixture.sheets().items():
        files = folder / f"{name}.html", folder / f"{name}.pdf"
        render_claims([sheet], files, title=sheet.tested.claim.title)
        found[name] = files
    every = folder / "all.html", folder / "all.pdf"
    render_claims(list(fixture.sheets().values()), every, title="Eight claims")
    return {**found, "all": every}


def read(path: Path) -> str:
    """Text of a page or sheet, with ordinary blanks."""
    if path.suffix == ".pdf":
        text = " ".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    else:
        text = html.unescape(re.sub(r"<[^>]+>", " ", path.read_text("utf-8").partition("<body>")[2]))
    return " ".join(text.replace(NBSP, " ").split())


class Elements(HTMLParser):
    """Elements of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.prove_only
def test_the_same_claim_gives_the_same_bytes(tmp_path: Path, made: dict[str, tuple[Path, Path]]) -> None:
    sheet = fixture.sheets()["assertion"]
    for path in made["assertion"]:
        again = write_claim_page(
            sheet.tested,
            tmp_path / "deeper" / path.name,
            linked=sheet.linked,
            context=sheet.context,
            registered=sheet.registered,
        )
        assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("kind", [0, 1], ids=["html", "pdf"])
def test_figures_with_an_interval_stand_with_their_whole_basis(made: dict[str, tuple[Path, Path]], kind: int) -> None:
    text = read(made["assertion"][kind])
    for words in (
        "Supported",
        "48 % (30 to 66 %)",
        "58 %",
        "above 25 %",
        "USD 14.8 bn a year (USD 2.3 to 23.5 bn)",
        "97 %",
        "3rd of 41",
        "2023 and 2024 against 2020 and 2021",
        fixture.VERSION,
        "2026-11-25.1",
        "exporter's report, FOB",
        "Above 10 %",
        "for the 80 % of the trade that has quantities: USD 16.0 bn a year at current prices, USD 9.0 bn at those of the baseline",
        "stopgap claims test c-0123456789 --as-of 2026-11-25.1",
        'stopgap query "SELECT 1 AS sums"',
        "Share of what the coalition lost: what the coalition traded less with the target",
        "stopgap 0.",
        "Intent cannot be tested",
    ):
        assert words in text, words
    assert fixture.FINDING in text


@pytest.mark.parametrize("kind", [0, 1], ids=["html", "pdf"])
def test_the_page_goes_from_words_to_verdict_to_ladder_to_figures(
    made: dict[str, tuple[Path, Path]], kind: int
) -> None:
    text = read(made["assertion"][kind])
    order = [
        "What was said", "By which chain", "Verdict", "Judged at the layer", "Layer by layer", "The figures",
        "What each figure rests on", "Statements linked to it", "What would change the verdict",
    ]  # fmt: skip
    places = [text.index(words) for words in order]
    assert places == sorted(places)


@pytest.mark.parametrize("kind", [0, 1], ids=["html", "pdf"])
def test_no_word_of_the_former_rule_is_left(made: dict[str, tuple[Path, Path]], kind: int) -> None:
    for name in fixture.sheets():
        text = read(made[name][kind])
        assert not re.search(r"borne out|cannot be tested by|\bH[1-9]\b|[Hh]ypothes", text), name


@pytest.mark.parametrize("kind", [0, 1], ids=["html", "pdf"])
def test_words_speaker_chain_and_place_are_told(made: dict[str, tuple[Path, Path]], kind: int) -> None:
    text = read(made["assertion"][kind])
    for words in (
        "He said that since the spring China has been backfilling the trade of partners.",
        "Matthew Miller, Spokesperson, US Department of State",
        "8 April 2024, Washington",
        "partner states and press",
        "characters 10 to 37",
        "European Pravda report ← Matthew Miller briefing on record" if kind else "European Pravda report",
        "Answered, and denied or rejected, by",
        "not tested here",
    ):
        assert words in text, words


def test_statements_of_the_other_side_stand_in_the_same_form(made: dict[str, tuple[Path, Path]]) -> None:
    page = made["assertion"][0].read_text("utf-8")
    blocks = re.findall(r'<div class="statement">.*?</div>', page, flags=re.S)
    assert len(blocks) == 3
    for block in blocks:
        for part in ("<blockquote lang=", '<p class="by">', '<p class="place">'):
            assert part in block
    assert "<strong>Not supported</strong>" in blocks[1]
    assert 'lang="zh" dir="ltr"' in blocks[1]


def test_other_scripts_keep_language_and_direction(made: dict[str, tuple[Path, Path]]) -> None:
    page = made["question"][0].read_text("utf-8")
    assert '<blockquote lang="ar" dir="rtl">' in page
    assert fixture.QUESTION.words.text in page
    assert fixture.DENIAL.words.text in made["denial"][0].read_text("utf-8")
    paper = read(made["denial"][1])
    assert "32 characters of Chinese, a script that the typeface of this PDF lacks." in paper
    assert "characters that the typeface of this PDF lacks are set as □" in paper


def test_no_blank_is_put_between_chinese_words_and_what_surrounds_them() -> None:
    sheet = replace(fixture.sheets()["denial"], context=fixture.Context("毛宁表示：", "中方从未提供武器", "，她说。"))
    [told] = tell_claims([sheet], title="t", made_with="m").sheets
    assert told.said.before + told.said.text + told.said.after == "毛宁表示：中方从未提供武器，她说。"
    english = replace(sheet, context=fixture.Context("She said (", "none", ", she said."))
    english = replace(english, tested=fixture.outcome())
    [told] = tell_claims([english], title="t", made_with="m").sheets
    assert told.said.before + told.said.text + told.said.after == "She said (none, she said."


def test_denials_questions_and_warnings_say_what_the_verdict_is_of(made: dict[str, tuple[Path, Path]]) -> None:
    denial = read(made["denial"][0])
    assert "The layers state what is denied; the verdict is the denial's own." in denial
    assert "Denied is that China supplies Russia" in denial
    verdict = denial.partition("Verdict")[2]
    assert verdict.index("Not supported") < verdict.index("Layer by layer") < verdict.index("Supported")
    assert "Supported, of what is asked" in read(made["question"][0])
    warning = read(made["warning"][0])
    assert "Supported, of what the warning is about" in warning
    assert "“serious” is no number: the layers show what is known, and the scale is the reader's." in warning


def test_a_claim_that_figures_cannot_meet_says_so(made: dict[str, tuple[Path, Path]]) -> None:
    for path in made["nothing"]:
        text = read(path)
        assert "Not testable" in text
        assert "speaks neither for nor against the claim" in text
        assert "What is claimed is not trade." in text
        assert "In our own words" in text
        assert "No figure can be held against it" in text
        assert "Figure 1" not in text
        assert "Layer by layer" not in text


def test_parts_are_counted_and_each_is_told(made: dict[str, tuple[Path, Path]]) -> None:
    for path in made["families"]:
        text = read(path)
        assert "2 of 3 parts supported" in text
        assert "Space equipment: not testable. There are no figures." in text
        assert "“at a concerning scale” is no number" in text
        assert "The claim is that its actor supplies the target; none of its words asserts more." in text
    assert "0 of 1" not in read(made["denial"][0])


def test_what_limits_a_comparison_is_told_once(made: dict[str, tuple[Path, Path]]) -> None:
    text = read(made["families"][0])
    assert text.count(fixture.BREAK) == 1
    assert text.count("What limits a comparison") == 2
    assert text.count("A calendar year counts as a whole: 2022 holds its months before Mar 2022 too.") == 1


def test_tables_have_fifteen_rows_at_most(made: dict[str, tuple[Path, Path]]) -> None:
    for name, (path, _) in made.items():
        for body in re.findall(r"<tbody>(.*?)</tbody>", path.read_text("utf-8"), flags=re.S):
            assert body.count("<tr") <= 15, name


def test_html_needs_nothing_else(made: dict[str, tuple[Path, Path]]) -> None:
    for name, (path, _) in made.items():
        page = path.read_text("utf-8")
        elements = Elements(page).found
        assert not {tag for tag, _ in elements} & {"script", "link", "img", "iframe", "object", "form", "base"}
        ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
        assert len(ids) == len(set(ids)), name
        for _, attributes in elements:
            assert not [key for key in attributes if key.startswith("on") or key in ("src", "action")]
            href = attributes.get("href")
            assert href is None or (LINK.fullmatch(href) and href[1:] in ids)
            for target in (attributes.get("aria-labelledby") or "").split():
                assert target in ids, (name, target)
        assert not re.search(r"url\((?!data:font/woff2|#)|@import|https?://", page)
        levels = [int(tag[1]) for tag, _ in elements if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1
        assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_pictures_are_described(made: dict[str, tuple[Path, Path]]) -> None:
    page = made["assertion"][0].read_text("utf-8")
    # trade by year, share, net gain and months, each for wide and for narrow screens
    assert page.count('role="img"') == page.count("<desc") == 8
    described = html.unescape(page).replace(NBSP, " ")
    assert (
        "Share of the loss: 48 % (30 to 66 %), gross 58 %; supported. Threshold 25 %; dashed lines at 10 %, 50 %."
        in described
    )
    assert "Bars by year. Value, USD m: 2020 40, 2021 60, 2022 100, 2023 200." in described
    assert "Verdict by month, threshold 25 %: not testable with figures up to Mar 2022 to" in described
    for svg in re.findall(r"<svg.*?</svg>", page, flags=re.S):
        ElementTree.fromstring(svg)


def test_pdf_is_tagged_and_titled(made: dict[str, tuple[Path, Path]]) -> None:
    reader = pypdf.PdfReader(made["all"][1])
    assert reader.metadata is not None
    assert reader.metadata.title == "Eight claims"
    assert reader.metadata.creation_date is None
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert "/StructTreeRoot" in root


def test_one_file_holds_several_claims_and_each_query_once(made: dict[str, tuple[Path, Path]]) -> None:
    page = made["all"][0].read_text("utf-8")
    assert page.count("<article") == 8
    assert page.count("SELECT 1 AS sums") == 1
    assert page.count('<a href="#') == 8
    numbers = [int(number) for number in re.findall(r">Figure (\d+)\.", page)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    claim = fixture.claim(
        title=HOSTILE,
        said_by=Speaker(HOSTILE, HOSTILE),
        words=ClaimWords(HOSTILE, 0, 9, HOSTILE, None, 'en" onload="x'),
        goods=(NamedGoods("x", HOSTILE),),
        chain=(SourceLink(HOSTILE, "report"),),
        audience=(HOSTILE,),
        note=HOSTILE,
        said_at=HOSTILE,
    )
    hypotheses = (fixture.hypothesis(statement=HOSTILE, goods=HOSTILE, queries=(HOSTILE,), because=HOSTILE),)
    tested = fixture.outcome(
        claim, hypotheses, because=HOSTILE, claim_id=HOSTILE, cannot=(HOSTILE,), warnings=(HOSTILE,)
    )
    sheet = ClaimSheet(tested, (), None, HOSTILE, HOSTILE)
    files = tmp_path / "x.html", tmp_path / "x.pdf"
    render_claims([sheet], files, title=HOSTILE)
    page = files[0].read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert 'lang="und"' in page
    assert "\u202e" not in page
    assert "alert(1)" in read(files[1])


def test_another_suffix_and_no_claim_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        write_claim_page(fixture.outcome(), tmp_path / "claim.docx")
    assert ".html or .pdf" in caught.value.fix
    with pytest.raises(UsageError):
        write_claim_pages([], tmp_path / "claim.html", title="none")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(RefusedError) as caught:
        write_claim_page(fixture.sheets()["nothing"].tested, tmp_path / "file" / "claim.html")
    assert caught.value.where.endswith("claim.html")


def test_figures_with_an_interval_stand_in_one_picture_a_measure() -> None:
    narrow = fixture.hypothesis("share:optical-narrow", (0.1, 0.4), goods="optical-narrow", breadth="narrow")
    broad = fixture.hypothesis("share:optical-broad", (0.2, 0.4), goods="optical-broad", breadth="broad")
    hubs = fixture.hypothesis("through-hubs:optical", (0.0, 0.2), goods="optical", measure="routed_share", layer=None)
    groups = grouped((narrow, fixture.net(), fixture.shipped(), hubs, broad))
    assert [(group.measure, group.goods, [name_of_row(row) for row in group.rows]) for group in groups] == [
        ("share_of_loss", "optical", ["Share of the loss, narrow", "Through hubs", "Share of the loss, broad"]),
        ("net_gain_usd", "machinery-electronics", ["Beyond growth elsewhere"]),
    ]
    assert grouped(fixture.families().hypotheses) == []


FINITE = st.floats(-50, 50, allow_nan=False)


@settings(max_examples=60, deadline=None)
@given(
    estimate=st.none() | FINITE,
    ends=st.none() | st.tuples(FINITE, FINITE),
    gross=st.none() | FINITE,
    threshold=st.sampled_from([0.1, 0.25, 0.5, 0.9]),
)
def test_marks_and_thresholds_are_on_the_scale(
    estimate: float | None, ends: tuple[float, float] | None, gross: float | None, threshold: float
) -> None:
    interval = (min(ends), max(ends)) if ends else None
    made = fixture.hypothesis(ci95=interval, estimate=estimate, gross=gross, threshold=threshold)
    group = HypothesisGroup("share_of_loss", "x", (HypothesisRow("Share of the loss", made),))
    scale = group_scale(group, 0.0, 100.0)
    for value in (0.0, threshold, 0.1, 0.25, 0.5, estimate, gross):
        if value is not None:
            assert scale.low < value < scale.high
    assert clipped_rows(group) in (0, 1)
    assert alt_hypotheses(group).endswith(".")


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("name", ["assertion", "question"])
def test_pictures_draw_within_their_frame(name: str, width: int) -> None:
    tested = fixture.sheets()[name].tested
    charts = [hypothesis_chart(group, width=width) for group in grouped(tested.hypotheses)]
    if tested.months:
        charts.append(month_chart(tested.months, 0.25, "ratio", width=width))
    for chart in charts:
        root = ElementTree.fromstring(to_svg(chart, key="k", title="t", description="d"))
        assert root.attrib["viewBox"].split()[2] == str(width)


def test_a_year_of_months_without_an_estimate_draws() -> None:
    months = tuple(MonthVerdict(f"2022-{m:02d}", Verdict.NOT_TESTABLE, None, None) for m in range(1, 13))
    assert verdict_runs(months) == [(Verdict.NOT_TESTABLE, 0, 11)]
    to_svg(month_chart(months, 0.25, "ratio"), key="k", title="t", description="d")


def test_runs_of_a_verdict_cover_each_month_once() -> None:
    found = verdict_runs(fixture.MONTHS)
    covered = [i for _, first, last in found for i in range(first, last + 1)]
    assert covered == list(range(len(fixture.MONTHS)))
    assert all(one[0] != other[0] for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "China makes up for trade with Russia that others suspended: machinery."),
        ({"actor": "companies:CHN"}, "Companies of China make up for trade with Russia that others suspended: machinery."),
        ({"actor": "THIRD", "action": Action.SUPPLY, "goods": ()}, "Third countries supply Russia."),
        ({"action": Action.SUPPLY, "goods": ()}, "China supplies Russia."),
        ({"action": Action.FILL_COMPONENTS, "goods": (NamedGoods("components"),)}, "China provides Russia with components."),
        ({"actor": "TUR", "action": Action.ROUTE_THROUGH, "goods": (), "stance": Stance.QUESTION}, "Asked is whether goods of others reach Russia through Türkiye."),
        ({"actor": "EU", "action": Action.STOP, "goods": ()}, "The European Union stops trade with Russia."),
        ({"actor": "USA", "action": Action.STOP, "goods": ()}, "The United States stops trade with Russia."),
        ({"action": Action.SUPPLY, "goods": (NamedGoods("optical"),)}, "China supplies Russia: optical goods."),
        ({"action": Action.SUPPLY, "goods": (NamedGoods("unspecified"),)}, "China supplies Russia."),
    ],
)  # fmt: skip
def test_what_is_claimed_in_a_sentence(changes: dict[str, object], words: str) -> None:
    assert claimed(fixture.claim(**changes)) == words


def test_titles_made_from_fields_hold_no_codes() -> None:
    made = fixture.claim(action=Action.SUPPLY, goods=())
    codes = replace(made, title=f"{made.said_by.name}, assertion: CHN supply RUS (optics)")
    assert title_of(codes) == f"{made.said_by.name}: China supplies Russia"
    assert title_of(replace(made, title="Its own title")) == "Its own title"


def test_words_of_scale_with_a_number_are_not_called_none() -> None:
    assert "is no number" in scale_words(fixture.claim(degree="massive"))
    assert scale_words(fixture.claim(degree="something like 90 percent")) == ""


def test_days_and_denominators_in_words() -> None:
    assert day_name("2024-04-08") == "8 April 2024"
    assert day_name("2024-13-08") == "2024-13-08"
    routed = fixture.hypothesis(measure="routed_share")
    assert len(denominators([fixture.hypothesis(), routed])) == 1
    assert denominators([fixture.inflow()]) == [
        "Share of the whole inflow: what all economies with figures traded with the target in these goods"
    ]
