"""The bundled figures by HS6: sums done by hand over their rows, and two sources of one reporter in one lake."""

from __future__ import annotations

import duckdb
import pytest
from demo_lake import make_demo_lake

from stopgap.codes.goods import load_goods
from stopgap.demo.run import demo_files
from stopgap.lake.query.statement import run_query
from stopgap.measures.backfill.run import measure
from stopgap.panel.prepare import measure_options

TIER_4B = ("845710", "845811", "845891", "845961", "846693")


@pytest.fixture(scope="module")
def demo_lake(tmp_path_factory):
    return make_demo_lake(tmp_path_factory.mktemp("by-hs6") / "lake")


def rows(name: str, sql: str):
    path = str(next(demo.path for demo in demo_files() if demo.path.name.startswith(name)))
    with duckdb.connect() as con:
        con.execute("CREATE TABLE t AS SELECT *, value_reported * usd_per_unit AS usd FROM read_parquet(?)", [path])
        return con.execute(sql).fetchall()


def china(condition: str) -> dict[int, float]:
    """China's exports to Russia of some codes, USD m by year."""
    return dict(rows("china", f"SELECT year(period), sum(usd) / 1e6 FROM t WHERE {condition} GROUP BY ALL"))


def test_china_s_figures_are_one_pair_one_flow_and_estimates():
    sql = "SELECT DISTINCT reporter, partner, flow, frequency, revision, valuation, is_estimated, source, kind FROM t"
    assert rows("china", sql) == [("CHN", "RUS", "X", "A", "HS2017", "FOB", True, "baci", "economy")]
    assert rows("china", "SELECT count(*), count(DISTINCT (period, good)) FROM t") == [(28726, 28726)]
    assert rows("china", "SELECT DISTINCT length(good) FROM t") == [(6,)]
    assert rows("china", "SELECT min(year(period)), max(year(period)) FROM t") == [(2017, 2023)]


def test_nitrocellulose_has_no_row_in_2021_and_grows():
    found = rows("china", "SELECT year(period), net_kg / 1000 FROM t WHERE good = '391220' ORDER BY 1")
    assert [year for year, _ in found] == [2019, 2022, 2023]  # 2021: no row, and China reported the year
    assert [round(tonnes) for _, tonnes in found] == [0, 704, 1365]
    assert rows("china", "SELECT count(*) > 4000 FROM t WHERE year(period) = 2021") == [(True,)]


def test_machine_tools_of_tier_4b():
    found = china(f"good IN {TIER_4B}")
    assert [round(found[year]) for year in (2020, 2021, 2022, 2023)] == [54, 83, 222, 813]
    assert found[2021] == pytest.approx(83.496, abs=1e-3)


def test_optics_without_the_code_that_moved():
    found = china("substr(good, 1, 4) BETWEEN '9001' AND '9015' AND good <> '901380'")
    assert [round(found[year]) for year in (2020, 2021, 2022, 2023)] == [168, 243, 307, 546]
    with_it = china("good = '901380'")
    assert with_it[2022] < 0.05 * with_it[2021]


def test_chips_of_china_s_own_did_not_rise():
    found = china("good LIKE '8542%'")
    assert [round(found[year]) for year in (2021, 2022, 2023)] == [216, 180, 178]


def test_machinery_and_electronics_stand_above_china_s_report_until_2021():
    found = china("substr(good, 1, 2) IN ('84', '85')")
    own = dict(
        rows(
            "machinery",
            "SELECT year(period), usd / 1e6 FROM t WHERE reporter = 'CHN' AND partner = 'RUS' AND flow = 'X' AND good = '84+85'",
        )
    )
    assert found[2020] / own[2020] == pytest.approx(1.20, abs=0.005)
    assert found[2021] / own[2021] == pytest.approx(1.16, abs=0.005)
    assert found[2022] / own[2022] == pytest.approx(1.00, abs=0.005)
    assert found[2023] / own[2023] == pytest.approx(1.00, abs=0.005)


def test_codes_that_the_revision_lacks():
    assert rows("china", "SELECT count(*) FROM t WHERE substr(good, 1, 4) IN ('8806', '8807')") == [(0,)]
    codes = tuple(item.code for item in load_goods("chpl-2024-02").items)
    assert len(codes) == 50
    [(held,)] = rows("china", f"SELECT count(DISTINCT good) FROM t WHERE good IN {codes}")
    assert held == 44


def test_propellant_powders_have_no_row_after_2019():
    found = rows("china", "SELECT year(period), good, round(net_kg / 1000) FROM t WHERE good[:4] = '3601' ORDER BY 1")
    assert found == [(2017, "360100", 166), (2018, "360100", 132), (2019, "360100", 66)]


def test_india_by_month_and_revision():
    codes = tuple(item.code for item in load_goods("chpl-2024-02").items)
    found = dict(rows("india", f"SELECT year(period), sum(usd) / 1e6 FROM t WHERE good IN {codes} GROUP BY ALL"))
    assert [round(found[year], 1) for year in (2019, 2021, 2022, 2023, 2024)] == [13.7, 55.9, 62.0, 185.9, 567.5]
    both = dict(rows("india", "SELECT year(period), sum(usd) / 1e6 FROM t WHERE good[:2] IN ('84', '85') GROUP BY ALL"))
    assert [round(both[year], 1) for year in (2020, 2021, 2022, 2023, 2024)] == [565.8, 779.2, 454.6, 844.2, 1562.8]
    aircraft = rows("india", "SELECT good[:4], revision, min(period)::VARCHAR, max(period)::VARCHAR FROM t WHERE good[:4] IN ('8803', '8807') GROUP BY ALL ORDER BY 1")  # fmt: skip
    assert aircraft == [("8803", "HS2017", "2017-01-01", "2022-03-01"), ("8807", "HS2022", "2022-04-01", "2025-01-01")]
    assert rows("india", "SELECT count(*) FROM t WHERE abs(usd - 10000 * round(usd / 10000)) > 1") == [(0,)]


def test_taiwan_s_chips_to_russia_and_to_everyone():
    found = dict(rows("taiwan", "SELECT year(period), sum(usd) / 1e6 FROM t WHERE partner = 'RUS' GROUP BY ALL"))
    assert [round(found[year], 1) for year in (2019, 2020, 2021, 2022, 2023, 2024)] == [
        27.4,
        25.3,
        21.6,
        10.6,
        3.5,
        0.6,
    ]
    world = dict(rows("taiwan", "SELECT year(period), round(sum(usd) / 1e9, 2) FROM t GROUP BY ALL"))
    assert [world[year] for year in (2021, 2022, 2023, 2024)] == [155.50, 184.14, 166.62, 165.04]
    assert sorted(world) == list(range(2013, 2025))
    assert rows("taiwan", "SELECT DISTINCT kind FROM t WHERE partner = '_X'") == [("aggregate",)]
    [(unnamed,)] = rows("taiwan", "SELECT sum(usd) / 1e6 FROM t WHERE partner = '_X'")
    assert 15 < unnamed < 17
    assert rows("taiwan", "SELECT count(DISTINCT partner) > 190 FROM t") == [(True,)]


@pytest.mark.prove_only
@pytest.mark.parametrize(
    ("reporter", "sources"), [("CHN", {"baci", "comtrade-pairs"}), ("IND", {"comtrade-pairs", "india-meidb"})]
)
def test_two_sources_of_one_reporter_are_never_added(demo_lake, reporter, sources):
    sql = f"SELECT DISTINCT source FROM trade WHERE reporter = '{reporter}' AND partner = 'RUS' AND flow = 'X' AND (good = '84+85' OR good[:2] = '84')"
    assert {row["source"] for row in run_query(demo_lake, sql)[0].to_pylist()} == sources
    options = measure_options(goods="machinery-electronics", baseline="2021:2021", after="2023:2023")
    finding = measure(demo_lake, "russia-2022", options, keep=False)
    row = next(row for row in finding.suppliers if row.supplier == reporter)
    official = "SELECT year(period) AS y, value_usd FROM trade WHERE reporter = '{}' AND partner = 'RUS' AND flow = 'X' AND good = '84+85' AND source = 'comtrade-pairs'"
    by_year = {each["y"]: each["value_usd"] for each in run_query(demo_lake, official.format(reporter))[0].to_pylist()}
    assert row.baseline_usd == pytest.approx(by_year[2021], abs=0.5)
    assert row.after_usd == pytest.approx(by_year[2023], abs=0.5)
    assert not any("made otherwise" in warning for warning in finding.warnings)


@pytest.mark.prove_only
def test_a_measure_across_the_break_of_baci_says_so(demo_lake):
    options = measure_options(goods="chpl-2024-02", frequency="A", baseline="2021:2021", after="2023:2023")
    finding = measure(demo_lake, "russia-2022", options, keep=False)
    [said] = [warning for warning in finding.warnings if "made otherwise" in warning]
    assert said.startswith("figures of baci are made otherwise from 2022-01")
    assert said.endswith(": CHN")
    assert "a rise across 2022 is understated" in said
    within = measure_options(goods="chpl-2024-02", frequency="A", baseline="2022:2022", after="2023:2023")
    assert not any(
        "made otherwise" in warning for warning in measure(demo_lake, "russia-2022", within, keep=False).warnings
    )


def test_codes_that_moved_are_out_of_both_windows(demo_lake):
    options = measure_options(goods="chpl-2024-02", frequency="A", baseline="2021:2021", after="2023:2023")
    finding = measure(demo_lake, "russia-2022", options, keep=False)
    assert {"901380", "852990", "854140"}.isdisjoint(row.good for row in finding.by_good)


@pytest.mark.prove_only
def test_taiwan_s_chips_say_nothing_of_its_machine_tools(demo_lake):
    options = measure_options(goods="machine-tools", frequency="A", baseline="2021:2021", after="2023:2023")
    finding = measure(demo_lake, "russia-2022", options, keep=False)
    assert finding.members == ()
    assert any(text.startswith("no member of the coalition has figures in both windows") for text in finding.warnings)


def test_a_list_of_one_member_is_not_what_is_measured_where_none_is_named(demo_lake):
    assert measure(demo_lake, "russia-2022", measure_options(), keep=False).goods == "machinery-electronics"
