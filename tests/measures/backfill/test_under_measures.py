"""Loss split by measures: a lake of two members and three codes with staged dates, against sums done by hand."""

import datetime as dt
import shutil

import pytest
from lake_rows import put, trade_row

from stopgap.base.vocab import Frequency, LossKind
from stopgap.lake.engines.engine_options import EngineOptions
from stopgap.lake.engines.spark import spark_sql
from stopgap.measures.backfill.in_force_stage import in_force_cells
from stopgap.measures.backfill.run import measure
from stopgap.panel.measures_in_force import in_force
from stopgap.panel.measures_table import read_measures
from stopgap.panel.prepare import measure_options
from stopgap.panel.stages import panel

EPISODE = """\
name: staged
title: Staged measures
target: RUS
direction: exports-to-target
event: 2022-02
coalition: [DEU, USA]
goods: [staged.csv]
baseline: {from: 2021-01, to: 2021-12}
after: {from: 2023-01, to: 2023-12}
measures: table.csv
"""
GOODS = "code,description\n854231,processors\n854232,memories\n854233,amplifiers\n"
HEADER = "member,code,from,until,source,covers\n"
STAGED = HEADER + "DEU,854231,2023-04-15,,act one,\nDEU,854232,2022-02-26,2023-06-30,act two,part\n"

# Dollars a month in 2021; in 2023 before and from the measure's first whole month.
DEU_31, DEU_32, DEU_33, USA_31 = 100.0, 50.0, 20.0, 10.0


def after_usd(reporter, good, month):
    if reporter == "USA":
        return 4.0
    return {
        "854231": 80.0 if month < 5 else 0.0,  # in force from 2023-04-15, so whole months from May
        "854232": 10.0 if month < 7 else 30.0,  # in force until June
        "854233": 15.0,
    }[good]


def baseline_usd(good, month):
    """December of the baseline is 12 dollars more in 854231, so that seasons must be matched."""
    return {"854231": DEU_31 + (12.0 if month == 12 else 0.0), "854232": DEU_32, "854233": DEU_33}[good]


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("staged")
    rows = []
    for month in range(1, 13):
        for good in ("854231", "854232", "854233"):
            for year in (2021, 2023):
                value = baseline_usd(good, month) if year == 2021 else after_usd("DEU", good, month)
                if value:
                    rows.append(
                        trade_row(
                            reporter="DEU", good=good, period=f"{year}-{month:02d}-01", frequency="M", value_usd=value
                        )
                    )
        for year, usd in ((2021, USA_31), (2023, after_usd("USA", "854231", month))):
            rows.append(trade_row(reporter="USA", period=f"{year}-{month:02d}-01", frequency="M", value_usd=usd))
            rows.append(trade_row(reporter="CHN", period=f"{year}-{month:02d}-01", frequency="M", value_usd=5.0))
    put(folder / "lake", rows)
    return folder / "lake"


def measured(lake, tmp_path, table, *, goods=GOODS, change=("", ""), **options):
    (tmp_path / "staged.csv").write_text(goods, encoding="utf-8")
    if table is not None:
        (tmp_path / "table.csv").write_text(table, encoding="utf-8")
    text = EPISODE if table is not None else EPISODE.replace("measures: table.csv\n", "")
    (tmp_path / "staged.yml").write_text(text.replace(*change), encoding="utf-8")
    return measure(lake, str(tmp_path / "staged.yml"), measure_options(**options), keep=False)


def test_the_loss_is_split_and_windows_start_with_each_measure(lake, tmp_path):
    finding = measured(lake, tmp_path, STAGED)
    split = finding.measures
    # The year 2023 whole: 854231 and 854232 of Germany are under a measure for a part of it.
    before, after = 12 * DEU_31 + 12 + 12 * DEU_32, 4 * 80.0 + 6 * 10.0 + 6 * 30.0
    under = split.under_measure
    assert (under.baseline_usd, under.after_usd, under.loss_usd) == (before, after, before - after)
    assert under.loss_share == pytest.approx((before - after) / before)
    # While in force, dollars a year: May to December of 854231 (December counts 112), January to June of 854232.
    whole_31 = ((8 * DEU_31 + 12) * 12 / 8, 0.0)
    whole_32 = (DEU_32 * 12, 10.0 * 12)
    assert under.in_force.baseline_usd == pytest.approx(whole_31[0] + whole_32[0])
    assert under.in_force.after_usd == pytest.approx(whole_31[1] + whole_32[1])
    assert (under.in_force.from_first, under.in_force.cells) == ("2023-01", 2)
    assert (split.in_part.baseline_usd, split.in_part.after_usd) == (12 * DEU_32, 6 * 10.0 + 6 * 30.0)
    assert split.in_part.in_force.loss_usd == pytest.approx(whole_32[0] - whole_32[1])
    assert (split.not_under_measure.baseline_usd, split.not_under_measure.after_usd) == (12 * DEU_33, 12 * 15.0)
    assert split.not_under_measure.in_force is None
    assert (split.no_table.baseline_usd, split.no_table.after_usd) == (12 * USA_31, 12 * 4.0)
    assert (split.no_table_members, split.goods_under, split.source) == (("USA",), 2, "act one; act two")
    assert finding.loss_kind == LossKind.TRADE_LOST
    assert "no table of measures, so trade lost by these is not told apart: USA" in finding.warnings


def test_parts_add_up_to_the_loss_of_the_fixed_window(lake, tmp_path):
    finding = measured(lake, tmp_path, STAGED)
    split = finding.measures
    parts = (split.under_measure, split.not_under_measure, split.no_table)
    for name in ("baseline_usd", "after_usd", "loss_usd"):
        assert sum(getattr(part, name) for part in parts) == pytest.approx(getattr(finding.suspended, name), rel=1e-12)
    [deu] = split.by_member
    assert (deu.supplier, deu.under_baseline_usd, deu.other_after_usd) == ("DEU", 12 * DEU_31 + 12 + 12 * DEU_32, 180.0)


@pytest.mark.parametrize(
    ("table", "kind", "under_goods", "none"),
    [
        (HEADER + "DEU,*,2022-03-01,,s,\nUSA,85,2022-03-01,,s,\n", LossKind.SUSPENDED, 3, ()),
        (HEADER + "DEU,8542,2022-03-01,,s,\nUSA,854231,2022-03-01,,s,\n", LossKind.SUSPENDED, 3, ()),
        (HEADER + "DEU,8542,2022-03-01,,s,part\nUSA,854231,2022-03-01,,s,\n", LossKind.TRADE_LOST, 3, ()),
        (HEADER + "DEU,8542,2022-03-01,,s,\nUSA,854233,2022-03-01,,s,\n", LossKind.TRADE_LOST, 3, ()),
        (HEADER + "DEU,8542,2024-01-01,,s,\nUSA,8542,2022-03-01,,s,\n", LossKind.TRADE_LOST, 1, ()),
        (HEADER + "DEU,8542,2022-03-01,,s,\nUSA,*,2022-02-24,,s,untold\n", LossKind.TRADE_LOST, 3, ("USA",)),
    ],
)  # fmt: skip
def test_a_loss_is_called_suspended_where_all_of_it_is_under_a_measure(lake, tmp_path, table, kind, under_goods, none):
    finding = measured(lake, tmp_path, table)
    assert finding.loss_kind == kind
    assert finding.measures.goods_under == under_goods
    assert finding.measures.no_table_members == none


def test_a_member_of_which_only_the_day_is_known_has_its_window_and_no_split(lake, tmp_path):
    table = HEADER + "DEU,854231,2022-02-26,,s,\nUSA,*,2023-07-01,,order,untold\n"
    split = measured(lake, tmp_path, table).measures
    assert split.no_table.in_force.from_first == "2023-07"
    assert (split.no_table.in_force.baseline_usd, split.no_table.in_force.after_usd) == (12 * USA_31, 12 * 4.0)
    assert split.source == "s"


def test_without_a_table_nothing_is_split(lake, tmp_path):
    finding = measured(lake, tmp_path, None)
    assert finding.measures is None
    assert finding.loss_kind == LossKind.SUSPENDED


def coarse_lake(tmp_path, good="84+85"):
    rows = [
        trade_row(reporter=reporter, good=good, revision="HS", period=f"{year}-01-01", value_usd=usd)
        for reporter, before, after in (("DEU", 90.0, 20.0), ("CHN", 30.0, 70.0))
        for year, usd in ((2021, before), (2023, after))
    ]
    put(tmp_path / "coarse", rows)
    return tmp_path / "coarse"


CHAPTERS = "code,description\n84,machinery\n85,electronics\n"


def test_a_fallback_to_coarse_figures_is_trade_lost(tmp_path):
    lake = coarse_lake(tmp_path)
    table = HEADER + "DEU,854231,2022-02-26,,s,\nUSA,*,2022-02-24,,s,untold\n"
    finding = measured(lake, tmp_path, table, goods=CHAPTERS)
    assert finding.coverage.level == "composite"
    assert finding.measures.under_measure is None
    assert "composite level" in finding.measures.reason
    assert finding.loss_kind == LossKind.TRADE_LOST
    assert any("cannot be told" in warning for warning in finding.warnings)
    without = measured(lake, tmp_path, None, goods=CHAPTERS)
    assert without.loss_kind == LossKind.TRADE_LOST
    assert any("trade lost, not suspended" in warning for warning in without.warnings)


def test_coarse_figures_are_told_where_the_measure_is_as_coarse(tmp_path):
    lake = coarse_lake(tmp_path)
    finding = measured(lake, tmp_path, HEADER + "DEU,84 85,2022-02-26,,s,\n", goods=CHAPTERS)
    assert finding.loss_kind == LossKind.SUSPENDED
    assert finding.measures.under_measure.in_force.loss_usd == 70.0
    none_of_it = measured(lake, tmp_path, HEADER + "DEU,27,2022-02-26,,s,\n", goods=CHAPTERS)
    assert none_of_it.measures.under_measure.baseline_usd == 0.0
    assert none_of_it.measures.not_under_measure.loss_usd == 70.0
    assert none_of_it.loss_kind == LossKind.TRADE_LOST


def test_codes_are_compared_in_the_revision_of_the_measure(tmp_path):
    # HS2012 285000 stays; 854140 of HS2017 became 854141, 854142, 854143 and 854149 in HS2022.
    rows = [
        trade_row(reporter="DEU", good="854140", revision="HS2017", period=f"{year}-01-01", value_usd=usd)
        for year, usd in ((2021, 90.0), (2023, 20.0))
    ]
    put(tmp_path / "moved", rows)
    goods = "code,description\n854141,a\n854142,b\n854143,c\n854149,d\n"
    some = measured(tmp_path / "moved", tmp_path, HEADER + "DEU,854141,2022-02-26,,s,\n", goods=goods).measures
    assert (some.under_measure.baseline_usd, some.in_part.baseline_usd) == (90.0, 90.0)
    every = HEADER + "DEU,854141 854142 854143 854149,2022-02-26,,s,\n"
    whole = measured(tmp_path / "moved", tmp_path, every, goods=goods).measures
    assert (whole.under_measure.baseline_usd, whole.in_part.baseline_usd) == (90.0, 0.0)


def test_a_period_counts_when_the_measure_was_in_force_on_all_of_its_days():
    [row] = read_measures("member,code,from,until,source\nUSA,27,2022-03-08,2023-12-30,s\n", label="t.csv")
    years = [dt.date(year, 1, 1) for year in (2022, 2023)]
    assert in_force(row, years, Frequency.ANNUAL) == frozenset()
    months = [dt.date(2022, 3, 1), dt.date(2022, 4, 1), dt.date(2023, 11, 1), dt.date(2023, 12, 1)]
    assert in_force(row, months, Frequency.MONTHLY) == {dt.date(2022, 4, 1), dt.date(2023, 11, 1)}


@pytest.mark.prove_only
@pytest.mark.spark
@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not here")
def test_the_stage_is_the_same_on_the_other_engine(lake, tmp_path):
    pytest.importorskip("pyspark", reason="pyspark is not installed (extra stopgap[spark])")
    finding = measured(lake, tmp_path, STAGED)
    other = measure(lake, str(tmp_path / "staged.yml"), measure_options(), engine=EngineOptions("spark"), keep=False)
    assert other.measures == finding.measures


def test_the_stage_renders_for_the_other_engine():
    assert ":frequency" in spark_sql(in_force_cells(panel()).compiled())
