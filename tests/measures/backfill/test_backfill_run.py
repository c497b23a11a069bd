"""Measures on the bundled figures, against sums done by hand over the official extract."""

import csv
from collections import defaultdict
from dataclasses import replace

import pytest
from demo_lake import PAIRS, SHARED
from examples import some
from lake_rows import put, trade_row

from stopgap.base.errors import EpisodeError, MissingDataError, NotFoundError, UsageError
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.lake.engines.engine_options import EngineOptions
from stopgap.lake.query.statement import run_query
from stopgap.measures.backfill.run import measure
from stopgap.panel.prepare import measure_options

HEADLINE = {"goods": "machinery-electronics", "baseline": "2021-01:2021-12", "after": "2023-01:2023-12"}
TO_THE_DOLLAR = 0.5


@pytest.fixture(scope="module")
def headline(demo_lake):
    return measure(demo_lake, "russia-2022", measure_options(**HEADLINE))


@pytest.fixture(scope="module")
def by_hand():
    """Exporter -> (exports to Russia 2021, 2023), of exporters that reported both years; and the silent ones."""
    if not PAIRS.exists():
        pytest.skip("../shared/data is not here")
    reported = defaultdict(lambda: [0.0, 0.0])
    to_russia = {}
    with PAIRS.open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            exporter = {"S19": "TWN"}.get(row["exporterISO"].strip(), row["exporterISO"].strip())
            values = [float(row["exp_2021"]), float(row["exp_2023"])]
            for position, value in enumerate(values):
                reported[exporter][position] += value
            if row["importerISO"] == "RUS":
                to_russia[exporter] = values
    aggregates = {"W00", "A59", "A79", "E19", "F19", "O19", "X1", "X2", "XX", "_X"}
    both = {name for name, sums in reported.items() if all(sums)} - aggregates
    figures = {name: values for name, values in to_russia.items() if name in both and any(values)}
    silent = {name for name, values in to_russia.items() if any(values) and name not in both} - aggregates
    return figures, silent


def test_every_supplier_and_member_matches_the_official_extract_to_the_dollar(headline, by_hand):
    figures, _ = by_hand
    shown = {row.supplier: (row.baseline_usd, row.after_usd) for row in (*headline.suppliers, *headline.members)}
    assert set(shown) == set(figures)
    for name, (before, after) in figures.items():
        assert shown[name] == pytest.approx((before, after), abs=TO_THE_DOLLAR), name


def test_silent_exporters_are_named_and_in_neither_window(headline, by_hand):
    _, silent = by_hand
    assert silent <= set(headline.coverage.missing_reporters)
    assert not silent & {row.supplier for row in (*headline.suppliers, *headline.members)}


def test_ratios_match_the_sum_done_by_hand(headline, by_hand):
    figures, _ = by_hand
    members = {row.supplier for row in headline.members}
    loss = sum(before - after for name, (before, after) in figures.items() if name in members)
    gain = sum(after - before for name, (before, after) in figures.items() if name not in members)
    assert headline.suspended.loss_usd == pytest.approx(loss, abs=TO_THE_DOLLAR)
    assert headline.backfill.gross_ratio == pytest.approx(gain / loss, rel=1e-12)


def test_the_known_shape_of_the_headline(headline):
    [eu27] = headline.member_groups
    assert (round(eu27.baseline_usd / 1e6), round(eu27.after_usd / 1e6)) == (31_096, 6_381)
    china = headline.suppliers[0]
    assert (china.supplier, round(china.baseline_usd / 1e6), round(china.after_usd / 1e6)) == ("CHN", 28_713, 42_293)


def test_each_figure_is_followed_to_its_rows(demo_lake, headline):
    sums = defaultdict(float)
    for row in run_query(demo_lake, headline.queries[0])[0].to_pylist():
        sums[row["supplier"], row["period"].year] += row["value_usd"]
    for row in (*headline.suppliers, *headline.members):
        assert sums[row.supplier, 2021] == pytest.approx(row.baseline_usd, abs=TO_THE_DOLLAR)
        assert sums[row.supplier, 2023] == pytest.approx(row.after_usd, abs=TO_THE_DOLLAR)
    receipts = {row["receipt"] for row in run_query(demo_lake, headline.queries[1])[0].to_pylist()}
    known = {row["receipt"] for row in run_query(demo_lake, "SELECT receipt FROM receipts")[0].to_pylist()}
    assert receipts
    assert receipts <= known


@pytest.mark.in_parts
def test_the_identity_holds_on_every_list_of_every_episode(demo_lake):
    from stopgap.panel.episodes import episode_names, load_episode

    measured = 0
    lists = [(name, goods) for name in episode_names() for goods in load_episode(name).goods]
    for name, goods in some(lists, every=2):
        try:
            identity = measure(demo_lake, name, measure_options(goods=goods)).identity
        except MissingDataError:
            continue
        parts = identity.filled_same_good_usd + identity.filled_same_heading_usd + identity.unfilled_usd
        assert parts == pytest.approx(identity.loss_usd, rel=1e-9)
        measured += 1
    assert measured >= 3


def test_a_reporter_silent_in_one_year_counts_with_the_years_it_reported(demo_lake):
    finding = measure(demo_lake, "russia-2022", measure_options(goods="machinery-electronics"))
    emirates = next(row for row in finding.suppliers if row.supplier == "ARE")
    [row] = run_query(
        demo_lake,
        "SELECT value_usd FROM trade WHERE reporter = 'ARE' AND partner = 'RUS' AND flow = 'X' AND year(period) = 2023 AND good = '84+85'",
    )[0].to_pylist()
    assert emirates.after_usd == pytest.approx(row["value_usd"], abs=TO_THE_DOLLAR)
    assert "ARE 2024-01" in finding.coverage.missing_periods
    assert {"BLR"} <= set(finding.coverage.missing_reporters)


def test_the_mirror_says_that_russia_stopped_reporting(headline):
    assert headline.mirror is not None
    assert headline.mirror.valuation == "CIF"
    assert headline.mirror.target_silent == ("2023-01",)
    assert headline.mirror.after_usd is None


def test_the_mirror_report_can_be_measured_where_both_windows_have_it(demo_lake):
    options = measure_options(goods="machinery-electronics", baseline="2020:2020", after="2021:2021", report="mirror")
    finding = measure(demo_lake, "russia-2022", options)
    assert (finding.report, finding.valuation) == ("importer", "CIF")
    assert finding.mirror.valuation == "FOB"
    assert finding.mirror.baseline_usd == pytest.approx(38e9, rel=0.2)


@pytest.mark.prove_only
def test_monthly_figures_measure_the_loss_of_the_union_and_the_gain_of_india_alone(demo_lake):
    options = measure_options(goods="chpl-2024-02", after="2022-04:2022-11", frequency="M")
    finding = measure(demo_lake, "russia-2022", options)
    assert (finding.frequency, finding.coverage.level, finding.coverage.revision) == ("M", "HS6", "HS2017")
    assert finding.suspended.loss_share > 0.9
    assert [row.supplier for row in finding.suppliers] == ["IND"]
    assert finding.backfill.gross_ratio == pytest.approx(0.0151, abs=5e-4)
    assert finding.backfill.net_ratio is None
    assert {"USA", "JPN", "TWN"} <= set(finding.coverage.missing_reporters)
    assert finding.coverage.goods_found < finding.coverage.goods_listed == 50
    assert {row.good for row in finding.by_group} >= {"1", "2"}


def test_an_episode_without_data_says_which_data_it_needs(demo_lake):
    with pytest.raises(MissingDataError) as caught:
        measure(demo_lake, "russia-2022-energy", measure_options())
    assert "imports from RUS" in caught.value.what
    assert "HS 27" in caught.value.fix


def test_errors_name_the_mend(demo_lake, tmp_path):
    with pytest.raises(NotFoundError, match="no episode"):
        measure(demo_lake, "atlantis-1999", measure_options())
    with pytest.raises(EpisodeError, match="holds no whole year"):
        measure(demo_lake, "russia-2022", measure_options(goods="machinery-electronics", baseline="2021-02:2021-11"))
    with pytest.raises(EpisodeError, match="starts within the baseline"):
        measure(demo_lake, "russia-2022", measure_options(goods="machinery-electronics", after="2021-06:2022-06"))
    with pytest.raises(EpisodeError, match="is not a window"):
        measure_options(baseline="2021-13")
    with pytest.raises(UsageError, match="no engine"):
        measure(demo_lake, "russia-2022", measure_options(), engine=EngineOptions("excel"))
    with pytest.raises(MissingDataError, match="holds no trade yet"):
        measure(tmp_path, "russia-2022", measure_options())


def test_findings_are_kept_by_their_content(demo_lake, headline):
    again = measure(demo_lake, "russia-2022", measure_options(**HEADLINE))
    assert again.finding_id == headline.finding_id
    rows = run_query(demo_lake, "SELECT finding_id, loss_usd FROM findings")[0].to_pylist()
    assert [row["loss_usd"] for row in rows if row["finding_id"] == headline.finding_id] == [
        headline.suspended.loss_usd
    ]


def test_buyers_backfill_where_imports_were_suspended(tmp_path):
    """Wood: the coalition's buyers stopped; TUR, outside it, bought more."""
    rows = []
    for year in (2018, 2019, 2020, 2021, 2023):
        common = {"period": f"{year}-01-01", "flow": "M", "good": "44", "revision": "HS2017", "valuation": "CIF"}
        rows.append(trade_row(**common, reporter="DEU", value_usd=5.0e6 if year == 2023 else 100.0e6))
        rows.append(trade_row(**common, reporter="TUR", value_usd=60.0e6 if year == 2023 else 20.0e6))
    put(tmp_path, rows)
    finding = measure(tmp_path, "eu-wood-2022", measure_options())
    assert (finding.direction, finding.report, finding.valuation) == ("imports-from-target", "importer", "CIF")
    assert finding.suspended.loss_usd == pytest.approx(95e6)
    assert finding.backfill.gross_ratio == pytest.approx(40 / 95)


def test_levels_are_never_added(tmp_path):
    """A chapter beside its own headings and subheadings: the finest complete level counts once."""
    rows = []
    for year, value in ((2020, 100.0), (2021, 100.0), (2023, 10.0)):
        for reporter in ("DEU", "CHN"):
            for good, share in (("84", 1.0), ("8471", 1.0), ("847150", 0.6), ("847180", 0.4)):
                rows.append(trade_row(period=f"{year}-01-01", reporter=reporter, good=good, value_usd=value * share))
    put(tmp_path, rows)
    finding = measure(tmp_path, "russia-2022", measure_options(goods="machinery-electronics"))
    assert finding.coverage.level == "HS6"
    assert finding.suspended.baseline_usd == pytest.approx(100.0)


@pytest.mark.prove_only
def test_an_incomplete_finer_level_is_not_taken(tmp_path):
    rows = []
    for year in (2020, 2021, 2023):
        rows.append(trade_row(period=f"{year}-01-01", reporter="DEU", good="84", value_usd=100.0))
        rows.append(trade_row(period=f"{year}-01-01", reporter="DEU", good="847150", value_usd=30.0))
    put(tmp_path, rows)
    finding = measure(tmp_path, "russia-2022", measure_options(goods="machinery-electronics"))
    assert finding.coverage.level == "HS2"
    assert finding.suspended.baseline_usd == pytest.approx(100.0)


@pytest.mark.prove_only
def test_two_revisions_meet_in_the_older_one(tmp_path):
    """HS2022 split smartphones (851713) and other phones (851714) out of 851712: they join again."""
    goods = tmp_path / "phones.csv"
    goods.write_text("code,description\n8517,telephones\n", encoding="utf-8")
    old = {"reporter": "DEU", "good": "851712", "revision": "HS2017", "value_usd": 100.0}
    rows = [trade_row(period=f"{year}-01-01", **old) for year in (2020, 2021)]
    rows.append(trade_row(period="2023-01-01", reporter="DEU", good="851713", revision="HS2022", value_usd=30.0))
    rows.append(trade_row(period="2023-01-01", reporter="DEU", good="851714", revision="HS2022", value_usd=10.0))
    put(tmp_path / "lake", rows)
    finding = measure(tmp_path / "lake", "russia-2022", measure_options(goods=str(goods)))
    assert finding.coverage.revision == "HS2017"
    assert {row.good: (row.baseline_usd, row.after_usd) for row in finding.by_good} == {"851712": (100.0, 40.0)}


@pytest.mark.skipif(not PAIRS.exists(), reason="../shared/data is not here")
def test_the_bundled_figures_are_those_of_the_official_extract(tmp_path, headline):
    """The whole extract, imported through its mapping, measures the same."""
    lake = tmp_path / "lake"
    import_paths(lake, [PAIRS], ImportRequest(mapping="comtrade-pairs-84-85"))
    finding = measure(lake, "russia-2022", measure_options(**HEADLINE))
    gross = ("supplier", "baseline_usd", "after_usd", "gain_usd", "share_of_loss", "kind")
    assert [[getattr(row, name) for name in gross] for row in finding.suppliers] == [
        [getattr(row, name) for name in gross] for row in headline.suppliers
    ]
    # The package holds forty destinations of some two hundred: the growth elsewhere is near, and not the same.
    assert finding.backfill.net_ratio == pytest.approx(headline.backfill.net_ratio, abs=0.05)
    bare = [[replace(row, counterfactual_loss_usd=None) for row in each.members] for each in (finding, headline)]
    assert bare[0] == bare[1]
    ratios = finding.backfill.symmetric_ratio, headline.backfill.symmetric_ratio
    assert ratios[0] == pytest.approx(ratios[1], abs=0.05)
    assert finding.coverage.missing_reporters == headline.coverage.missing_reporters


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not here")
def test_chips_collapse_as_their_source_says(demo_lake):
    """Atlas totals, US$ bn: coalition 1.12 in 2021 and 0.02 in 2023 (its list counts SGP in; ours does not)."""
    finding = measure(demo_lake, "russia-2022", measure_options(goods="chips", baseline="2021:2021", after="2023:2023"))
    assert finding.suspended.baseline_usd == pytest.approx(1.12e9, rel=0.05)
    assert finding.suspended.after_usd == pytest.approx(0.023e9, rel=0.10)
