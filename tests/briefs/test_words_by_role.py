"""Labels are true to their figures: who the coalition is, which periods, buyers or suppliers, one name for each amount."""

from __future__ import annotations

import re
from dataclasses import replace

import brief_fixture as fixture
import pytest
from brief_worlds import energy_lake, tariff_lake

from stopgap.briefs.charts.alt_text import alt_net, alt_routes, alt_waterfall
from stopgap.briefs.charts.waterfall import waterfall_steps
from stopgap.briefs.formats import text
from stopgap.briefs.formats.markdown import markdown_text
from stopgap.briefs.net.story import net_table
from stopgap.briefs.routing import unmatched_sentence
from stopgap.briefs.run import build_model
from stopgap.briefs.story import tell
from stopgap.briefs.tables import coverage_table, suppliers_table
from stopgap.briefs.vocabulary import coalition_of, in_sentence, party_of, possessive, told, words_for
from stopgap.briefs.wording import codes_found, facts, group_sentence, headline_sentence
from stopgap.codes.groups import members
from stopgap.measures.backfill.results import ActorResult
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import load_episode, month_start
from stopgap.panel.prepare import MeasureOptions
from stopgap.panel.windows import Windows

ON = "2023-01"
EU = dict.fromkeys(members("eu27", on=month_start(ON)), "eu27")
ALL = {**EU, "USA": None, "JPN": None, "NOR": None}


def plain(words: str) -> str:
    return words.replace(text.NBSP, " ")


def brief_of(lake, episode: str, **options):
    with engine_on(lake, as_of=None) as (engine, snapshot):
        return build_model(engine, snapshot, load_episode(episode), MeasureOptions(**options))


@pytest.fixture(scope="module")
def energy(tmp_path_factory):
    return brief_of(energy_lake(tmp_path_factory.mktemp("energy")), "russia-2022-energy")


@pytest.fixture(scope="module")
def tariffs(tmp_path_factory):
    return brief_of(tariff_lake(tmp_path_factory.mktemp("tariffs")), "us-china-tariffs-2018")


@pytest.mark.parametrize(
    ("window", "frequency", "says"),
    [
        (("2020-01", "2021-12"), "A", "2020–21"),
        (("2022-03", "2023-12"), "A", "2023"),  # of the months given, 2023 alone is a whole year
        (("2021-01", "2021-12"), "M", "Jan 2021–Dec 2021"),  # monthly figures are of months, also over a whole year
        (("2022-03", "2022-11"), "M", "Mar 2022–Nov 2022"),
    ],
)
def test_a_window_is_named_in_the_periods_of_the_figures(window, frequency, says):
    assert plain(text.window_name(window, frequency)) == says


def test_periods_that_were_not_reported_are_in_the_unit_of_the_figures():
    finding = fixture.gross()
    coverage = replace(finding.coverage, missing_periods=("ARE 2024-01",))
    annual = replace(finding, coverage=coverage)
    shown = [
        dict(coverage_table(fixture.model(headline=each)).rows) for each in (annual, replace(annual, frequency="M"))
    ]
    assert [plain(str(rows["Periods not reported"])) for rows in shown] == ["UAE 2024", "UAE Jan 2024"]


@pytest.mark.parametrize(
    ("codes", "known", "subject", "noun", "counted"),
    [
        (("USA",), {"USA": None}, "The United States", "the United States", "United States alone"),
        (tuple(ALL), ALL, "Coalition members", "the coalition",
         "30 of 30 members with figures: EU27, Japan, Norway and United States"),
        (tuple(EU), ALL, "The EU27", "the EU27", "27 of 30 members with figures: EU27"),
        (("DEU", "FRA"), EU, "2 of 27 EU27 members", "the EU27 members with figures",
         "2 of 27 members with figures: EU27 (2 of 27)"),
        (("DEU", "FRA", "JPN"), ALL, "3 of 30 coalition members", "the members with figures",
         "3 of 30 members with figures: EU27 (2 of 27) and Japan"),
        (("JPN",), ALL, "Japan", "Japan", "1 of 30 members with figures: Japan"),
        (("JPN", "USA"), {"JPN": None, "USA": None}, "Japan and the United States", "Japan and the United States",
         "2 of 2 members with figures: Japan and United States"),
    ],
)  # fmt: skip
def test_the_coalition_is_who_has_figures(codes, known, subject, noun, counted):
    found = party_of(codes, fixture.NAMES, known, ON)
    assert (found.subject, found.noun, found.counted) == (subject, noun, counted)


def test_a_finding_of_one_group_alone_is_named_by_it_without_the_list_of_members():
    finding = fixture.finding_of(
        {"CHN": (1.0, 2.0)}, dict.fromkeys(EU, (5.0, 1.0)), windows=Windows(("2021-01", "2021-12"), (ON, "2023-12"))
    )
    assert coalition_of(finding, fixture.NAMES).noun == "the EU27"
    assert headline_sentence(finding, fixture.NAMES).startswith("The EU27 sold Russia")
    assert waterfall_steps(finding, fixture.NAMES)[0].label == "EU27 sold less"


def test_some_members_are_not_called_the_coalition_in_any_part_of_the_brief():
    finding = fixture.headline()
    some = replace(
        finding, members=tuple(row for row in finding.members if row.supplier in ("DEU", "JPN")), member_groups=()
    )
    story = tell(fixture.model(headline=some, members=ALL, legs=(), others=()))
    [lead] = [section for section in story.sections if section.key == "shares"]
    assert lead.paragraphs[0].startswith("2 of 30 coalition members sold Russia")
    assert dict(story.facts)["Coalition"] == "2 of 30 members with figures: EU27 (1 of 27) and Japan"
    assert story.first.title == "China may have replaced part of coalition members’ machinery sales to Russia"
    assert "the coalition sold" not in " ".join(story.first.sentences)
    assert "the lost trade of the members with figures" in dict(story.facts)["Denominator"]
    assert story.first.figure is not None
    assert "Coalition members sold less" in story.first.figure.alt


def test_monthly_figures_of_some_members_are_named_by_these():
    model = fixture.model(members={**ALL, **dict.fromkeys(fixture.NOT_EU)}, monthly_members=tuple(EU))
    [section] = [section for section in tell(model).sections if section.key == "monthly"]
    assert "Sales of the EU27 to Russia fell" in section.paragraphs[0]
    assert section.figure is not None
    assert section.figure.title.startswith("Sales of the EU27 by month")
    assert "coalition" not in section.paragraphs[0].lower()


def test_a_list_of_which_some_codes_have_figures_says_so():
    finding = fixture.by_goods()
    some = replace(finding, coverage=replace(finding.coverage, level="HS6", goods_listed=46, goods_found=35))
    assert codes_found(some) == "35 of 46 codes"
    assert "microelectronics (35 of 46 codes with figures)" in headline_sentence(some, fixture.NAMES)
    assert dict(facts(some, {}))["Goods list"].endswith("35 of 46 codes with figures")
    assert codes_found(replace(some, coverage=replace(some.coverage, goods_found=46))) == ""


def test_allocated_and_gross_amounts_have_one_name_each():
    model = fixture.model(headline=fixture.by_goods())
    finding = model.headline
    heads = [column.heading for column in suppliers_table(model).columns]
    assert heads[5:9] == ["Gross change", "Share of loss", "Filled", "Net change"]
    assert [column.heading for column in net_table(model, finding.suppliers).columns][2:4] == [
        "Gross change",
        "Net change",
    ]
    assert "by the allocation: China" in alt_waterfall(finding, fixture.NAMES)
    assert "gross change USD 380" in plain(alt_net(model))
    said = markdown_text(tell(model))
    assert not re.search(r"\b(gross|net|largest|change, gross) gains?\b", said.lower())


def test_text_and_table_of_hubs_agree(monkeypatch):
    class Hub:
        def __init__(self, hub: str, match_usd: float) -> None:
            self.hub, self.match_usd = hub, match_usd

    class Routing:
        hubs = (Hub("GEO", 0.0), Hub("ARM", 5e6), Hub("HKG", 0.0))

    model = replace(fixture.model(), routing=Routing())
    says = unmatched_sentence(model, ["Georgia", "Armenia"])
    assert says.startswith("At Georgia both legs rose no more than trade elsewhere")
    assert "Armenia" not in says  # it has a match
    assert "Hong Kong" not in says  # its legs did not rise
    assert unmatched_sentence(fixture.model(), ["Georgia"]) == ""


def test_a_group_taken_as_one_says_that_its_economies_are_parts_of_it():
    actor = ActorResult("PRC", ("CHN", "HKG", "MAC"), 10e9, 16e9, 6e9, 0.2, 0.39, 0.7)
    says = plain(group_sentence(replace(fixture.gross(), actors=(actor,)), {**fixture.NAMES, "MAC": "Macao"}))
    assert says == (
        "Taken as one supplier (PRC), China, Hong Kong and Macao sold USD 6.0 bn more (gross change), 39 % of Russia’s imports "
        "of these goods in 2021 and 70 % in 2023, of economies with figures in both; the rows below are parts of it."
    )
    assert group_sentence(replace(fixture.gross(), actors=(replace(actor, suppliers=("CHN",)),)), {}) == ""


def test_words_of_the_measure_are_those_of_buyers_where_the_target_sells():
    finding = fixture.imports().headline
    says = told("net gains of suppliers at other destinations than the target: CHN, TUR", finding, fixture.NAMES)
    assert says == "net changes of buyers at other origins than the target: China, Türkiye"
    assert "suppliers" in told("net gains of suppliers", fixture.gross())


def test_names_within_a_sentence():
    assert in_sentence("United Arab Emirates") == "the United Arab Emirates"
    assert in_sentence("China") == "China"
    assert (possessive("the United States"), possessive("China")) == ("the United States’", "China’s")
    assert words_for("imports-from-target").actor == "buyer"
    assert words_for("imports-from-target", "suppliers-to-coalition").actor == "supplier"


def test_a_brief_of_buyers_speaks_of_buyers_throughout(energy):
    said = markdown_text(tell(energy))
    said = re.sub(r"```.*?```|petroleum[^|]*", "", said, flags=re.S | re.I)
    assert not re.search(r"\b(supplier|sold|sales|filled|destination|demand)s?\b", said, re.I), re.findall(
        r".{40}\b(?:supplier|sold|sales|filled|destination|demand)s?\b.{20}", said, re.I
    )
    assert "Who buys from Russia instead" in said
    assert "5 of 36 coalition members bought" in said
    assert "Jan 2020–Dec 2021" in plain(said)  # monthly figures
    assert "2020–21" not in said
    assert "not who used the goods in the end" in said


def test_flow_pictures_name_the_end_by_who_has_figures(energy):
    assert alt_routes(energy).startswith(
        "Paired bars of both legs of each hub, Russia to hub and hub to Members with figures"
    )


def test_a_brief_of_importers_names_the_importer_and_the_supplier_that_lost(tariffs):
    story = tell(tariffs)
    said = plain(markdown_text(story))
    assert story.title == "Who replaced China in imports of the United States"
    headline = story.sections[1].paragraphs[0]
    assert headline.startswith("The United States bought USD")
    assert "from China in 2019 than in 2016–17" in plain(headline)
    # others sell what the one member no longer buys of the target
    assert story.first.title == "Vietnam may have replaced part of US machinery purchases from China"
    assert plain(story.first.sentences[0]).startswith("In 2019 the US bought USD 15.1 bn a year less in machinery")
    assert "other suppliers made up" in story.first.sentences[1]
    assert story.first.figure is not None
    assert story.first.figure.alt.startswith("Bars. The US bought less from China:")
    assert "an excess by which the United States ranks 1st of 15 destinations" in said
    assert "the growth of China’s sales elsewhere, the United States would have bought" in said
    assert "Every supplier other than China" in said
    assert "Figures show the origin that importers declared" in said
    assert "Coalition members" not in said
    assert "outside the coalition" not in said
    assert [section.key for section in story.sections] == [
        "basis", "shares", "net", "rests", "value-volume", "series", "who", "goods", "others", "care", "sources", "reproduce",
    ]  # fmt: skip
    assert "Hubs, trade by month and the map of who reported are left out" in said
    loss = sum(row.baseline_usd - row.after_usd for row in tariffs.headline.members)
    assert loss == pytest.approx(tariffs.headline.suspended.loss_usd)


def test_years_of_importers_are_those_of_the_windows(tariffs):
    assert {row.period for row in tariffs.series} == {"2016", "2017", "2019"}
    values = {(row.supplier, row.period): row.value_usd for row in tariffs.series}
    assert values["CHN", "2019"] == pytest.approx(tariffs.headline.suspended.after_usd)
    before = (values["CHN", "2016"] + values["CHN", "2017"]) / 2
    assert before == pytest.approx(tariffs.headline.suspended.baseline_usd)
    total = sum(value for (_, year), value in values.items() if year == "2019")
    others = sum(row.after_usd for row in tariffs.headline.suppliers)
    assert total == pytest.approx(tariffs.headline.suspended.after_usd + others)


def test_a_brief_of_importers_is_written_in_every_format(tariffs, tmp_path):
    from stopgap.briefs.render import render_all

    assert set(render_all(tariffs, tmp_path, "us")) == {"html", "pdf", "xlsx", "md"}
