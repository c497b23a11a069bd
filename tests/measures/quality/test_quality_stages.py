"""The stages of the quality report against sums done by hand, and rendered for Spark."""

from __future__ import annotations

import math
import re
import shutil
import warnings

import pytest
from examples import examples, some
from hypothesis import given, settings
from hypothesis import strategies as st
from quality_rows_of import connection, month, row

from stopgap.codes.areas import areas
from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.lake.engines.spark import spark_sql
from stopgap.measures.quality.scope import REMAINDERS, Scope, Thresholds, aggregates
from stopgap.measures.quality.stages import quality_stages, runnable

PARAMS = {**Thresholds().params(), "limit": 50}


def run(name, rows, scope=None, **changes):
    con = connection(rows)
    try:
        stage = quality_stages(scope).all()[name]
        return DuckDBEngine(con).run(stage, params={**PARAMS, **changes}).to_pylist()
    finally:
        con.close()


def states(rows, scope=None):
    found: dict[str, str] = {}
    for cell in run("coverage", rows, scope):
        letter = {"reported": "R", "partial": "P", "silent": "-"}[cell["state"]]
        found[cell["reporter"]] = found.get(cell["reporter"], "") + letter
    return found


def test_a_gap_and_an_end_are_silent_and_no_zero():
    rows = [row(period=month(i), reporter="CHN") for i in range(6)]
    rows += [row(period=month(i), reporter="DEU") for i in (0, 1, 3)]
    assert states(rows) == {"CHN": "RRRRRR", "DEU": "RR-R--"}


def test_a_reported_zero_is_a_report():
    rows = [row(period=month(i), value_usd=0.0) for i in range(2)] + [row(period=month(2), reporter="DEU")]
    assert states(rows) == {"CHN": "RR-", "DEU": "--R"}


def test_a_period_that_nobody_has_is_not_in_the_grid():
    rows = [row(period=month(i)) for i in (0, 5)]
    assert states(rows) == {"CHN": "RR"}


def yearly(years, chapters, **changes):
    return [
        row(period=f"{year}-01-01", frequency="A", good=f"{chapter}0101", **changes)
        for year in years
        for chapter in chapters
    ]


def test_a_chapter_missing_after_three_years_is_partial_while_others_have_it():
    rows = yearly(range(2018, 2023), ("84", "85"), reporter="CHN")
    rows += yearly((2018, 2019, 2020, 2022), ("84", "85"), reporter="DEU") + yearly((2021,), ("84",), reporter="DEU")
    assert states(rows) == {"CHN": "RRRRR", "DEU": "RRRPR"}


def test_a_chapter_that_no_reporter_has_was_not_kept_back():
    rows = yearly(range(2018, 2021), ("84", "85"), reporter="CHN") + yearly((2021,), ("84",), reporter="CHN")
    # One of two codes is not under half of two.
    assert states(rows) == {"CHN": "RRRR"}


def test_under_half_of_the_usual_codes_is_partial():
    rows = [
        row(period=f"{year}-01-01", frequency="A", good=f"8501{i:02d}")
        for year in range(2018, 2022)
        for i in range(10)
        if year < 2021 or i < 4
    ]
    assert states(rows) == {"CHN": "RRRP"}


def test_totals_count_one_level_and_keep_remainders_apart():
    rows = [
        row(good="85", value_usd=100.0),
        row(good="854231", value_usd=60.0, is_estimated=True, net_kg=2.0),
        row(good="854232", value_usd=40.0),
        row(good="999999", value_usd=5.0),
        row(good="854231", partner="_X", value_usd=20.0),
        row(good="854231", partner="QX", value_usd=10.0),
        row(good="854231", partner="W00", value_usd=1_000.0),
    ]
    found = {(r["partner_kind"], r["good_kind"]): r for r in run("totals", rows)}
    named = found["economy", "specified"]
    # The heading holds less than its codes with the remainders: its 100 are the same trade and left out.
    assert (named["rows_held"], named["value_usd"], named["estimated_usd"]) == (2, 100.0, 60.0)
    assert (named["rows_unweighed"], named["unweighed_usd"]) == (1, 40.0)
    assert found["economy", "unspecified"]["value_usd"] == 5.0
    assert found["not specified", "specified"]["value_usd"] == 20.0
    assert found["confidential", "specified"]["value_usd"] == 10.0
    assert sum(r["value_usd"] for r in found.values()) == 135.0


def test_a_coarser_level_is_taken_where_the_finer_is_incomplete():
    rows = [row(good="85", value_usd=100.0), row(good="854231", value_usd=60.0)]
    assert [r["value_usd"] for r in run("totals", rows)] == [100.0]


def test_mirror_by_hand():
    rows = [
        row(reporter="CHN", partner="RUS", value_usd=100.0),
        row(reporter="RUS", partner="CHN", flow="M", value_usd=110.0),  # CIF, within 0 to 20 %
        row(reporter="DEU", partner="RUS", value_usd=100.0),
        row(reporter="RUS", partner="DEU", flow="M", value_usd=150.0),  # above
        row(reporter="FRA", partner="RUS", value_usd=100.0),
        row(reporter="RUS", partner="FRA", flow="M", value_usd=95.0, valuation="FOB"),  # within 10 %
        row(reporter="TUR", partner="RUS", value_usd=7.0),  # RUS has the chapter, and no such row
        row(reporter="TUR", partner="KAZ", value_usd=9.0),  # KAZ reported nothing
        row(reporter="TUR", partner="RUS", good="854232", revision="HS2022", value_usd=3.0),
        row(reporter="TUR", partner="TUR", value_usd=1e6),  # no mirror of itself
    ]
    pairs = {(r["exporter"], r["importer"]): r for r in run("mirror", rows)}
    assert ("TUR", "TUR") not in pairs
    china, germany, france = (pairs[name, "RUS"] for name in ("CHN", "DEU", "FRA"))
    assert (china["rows_compared"], china["exports_compared_usd"], china["imports_compared_usd"]) == (1, 100.0, 110.0)
    assert china["within_usd"] == china["mean_usd"] == 105.0
    assert china["weighted_log_usd"] == pytest.approx(105 * math.log(1.1), abs=1e-5)
    assert (germany["above_usd"], germany["within_usd"]) == (125.0, 0.0)
    assert (france["within_usd"], france["below_usd"]) == (97.5, 0.0)
    turkey = pairs["TUR", "RUS"]
    assert (turkey["rows_compared"], turkey["exports_no_row_usd"], turkey["exports_other_revision_usd"]) == (
        0,
        7.0,
        3.0,
    )
    assert pairs["TUR", "KAZ"]["exports_silent_usd"] == 9.0


PRICES = [10 * 1.05 ** (i - 10) for i in range(21)]


def priced(prices, **changes):
    return [row(period=month(i), value_usd=price * 2, net_kg=2.0, **changes) for i, price in enumerate(prices)]


def test_a_unit_value_unlike_others_by_hand():
    rows = [*priced(PRICES), row(period=month(30), value_usd=9_000.0, net_kg=3.0), row(period=month(31))]
    [found] = run("unit_values", rows)
    logs = sorted([*(math.log(price) for price in PRICES), math.log(3_000.0)])
    middle = (logs[10] + logs[11]) / 2
    gaps = sorted(abs(value - middle) for value in logs)
    z = (math.log(3_000.0) - middle) / (1.4826 * (gaps[10] + gaps[11]) / 2)
    assert (found["period"].isoformat(), found["price_usd_per_kg"]) == (month(30), 3_000.0)
    assert found["z"] == pytest.approx(z)
    assert found["median_usd_per_kg"] == pytest.approx(math.exp(middle))
    [sums] = run("unit_value_sums", rows)
    # The row without a weight is not judged: an absent weight is no 0.
    assert (sums["rows_judged"], sums["rows_outlying"], sums["outlying_usd"]) == (22, 1, 9_000.0)


def test_small_groups_and_groups_of_one_price_are_not_judged():
    assert run("unit_value_sums", priced(PRICES[:19])) == []
    assert run("unit_value_sums", [*priced([10.0] * 21), row(period=month(30), value_usd=9e3, net_kg=3.0)]) == []


def test_far_in_z_and_near_in_price_is_not_listed():
    rows = [*priced([10 * 1.001 ** (i - 10) for i in range(21)]), row(period=month(30), value_usd=40.0, net_kg=2.0)]
    assert run("unit_values", rows) == []


def test_one_reporter_is_judged_among_all():
    rows = [*priced(PRICES), row(reporter="DEU", value_usd=9_000.0, net_kg=3.0)]
    assert len(run("unit_values", rows, Scope(reporter="DEU"))) == 1
    assert run("unit_values", rows, Scope(reporter="CHN")) == []


def regular(months, **changes):
    return [row(period=month(i), **changes) for i in months]


def test_a_series_that_ends_while_its_reporter_reports_is_a_stop():
    rows = regular(range(12), partner="RUS", value_usd=50.0) + regular(range(15), partner="KAZ")
    [found] = run("stops", rows)
    assert (found["partner"], found["first_missing"].isoformat(), found["form"]) == ("RUS", month(12), "no row")
    assert (found["periods_missing"], found["has_resumed"]) == (3, False)
    assert (found["periods_with_trade"], found["mean_usd"]) == (12, 50.0)
    [sums] = run("stop_sums", rows)
    assert (sums["series"], sums["regular_series"], sums["stopped"], sums["resumed"]) == (2, 2, 1, 0)


def test_a_zero_is_told_from_an_absent_row():
    rows = regular(range(12)) + regular([12], value_usd=0.0) + regular([13]) + regular(range(14), partner="KAZ")
    [found] = run("stops", rows)
    assert (found["form"], found["periods_missing"], found["has_resumed"]) == ("zero", 1, True)


def test_a_reporter_that_stops_as_a_whole_is_no_stop_of_its_series():
    rows = regular(range(12)) + regular(range(15), reporter="DEU")
    assert run("stops", rows) == []
    assert states(rows) == {"CHN": "R" * 12 + "---", "DEU": "R" * 15}


def test_nine_of_twelve_months_are_not_regular():
    rows = regular([0, 1, 2, 4, 5, 6, 8, 9, 10]) + regular(range(15), partner="KAZ")
    assert run("stops", rows) == []
    assert len(run("stops", rows, regular_months=9)) == 1


def test_a_code_that_ends_with_its_revision_is_no_stop():
    old = regular(range(12), good="854231") + regular(range(12), good="854290", partner="KAZ")
    new = regular(range(12, 14), good="854290", partner="KAZ", revision="HS2022")
    assert run("stops", old + new) == []
    # Where another reporter still uses the code, the series did stop.
    alive = regular(range(14), good="854231", reporter="DEU", revision="HS2022")
    assert [found["good"] for found in run("stops", old + new + alive)] == ["854231"]


def test_rounding_is_read_off_twenty_figures():
    rows = [row(period=month(i), value_usd=1_000.0 * (i + 1)) for i in range(20)]
    [found] = run("rounding", rows)
    assert (found["figures"], found["multiples_1000"], found["multiples_10000"]) == (20, 20, 2)
    assert run("rounding", rows[:19]) == []


def test_a_scope_narrows_rows_and_reports():
    rows = [
        row(partner="RUS"),
        row(partner="KAZ"),
        row(partner="RUS", good="260300"),
        row(partner="RUS", source="eurostat"),
    ]
    scope = Scope(source="comtrade", economies=("RUS",), chapters=("85",))
    assert sum(r["rows_held"] for r in run("totals", rows, scope)) == 1
    assert len(run("coverage", rows, scope)) == 1


def test_quotes_in_a_scope_stay_text():
    assert run("totals", [row()], Scope(source="x' OR '1'='1")) == []


def test_every_area_named_for_nobody_is_a_remainder():
    known = {code: area.name for code, area in areas().items() if area.kind == "aggregate"}
    remainders = {code for codes in REMAINDERS.values() for code in codes}
    assert remainders < set(known) == set(aggregates())
    nobody = {code for code, name in known.items() if re.search(r", nes$|[Nn]ot specified", name)}
    assert nobody <= remainders
    assert not remainders & {"W00", "EU27_2020", "EA20", "XI", "XC"}


SMALL = st.lists(
    st.builds(
        row,
        reporter=st.sampled_from(["CHN", "RUS", "KAZ"]),
        partner=st.sampled_from(["CHN", "RUS", "KAZ", "_X", "W00"]),
        flow=st.sampled_from(["X", "M"]),
        good=st.sampled_from(["85", "854231", "260300", "84+85"]),
        period=st.integers(0, 3).map(month),
        value_usd=st.sampled_from([0.0, 1.0, 2.5, 1_000.0]),
        is_estimated=st.booleans(),
        net_kg=st.sampled_from([None, 1.0]),
    ),
    max_size=40,
    unique_by=lambda made: tuple(made[name] for name in ("reporter", "partner", "flow", "good", "period")),
)


@pytest.mark.in_parts
@settings(max_examples=examples(40), deadline=None)
@given(SMALL)
def test_parts_add_up_to_their_wholes(rows):
    totals = run("totals", rows)
    for found in totals:
        assert 0 <= found["rows_estimated"] <= found["rows_held"]
        assert found["estimated_usd"] <= found["value_usd"] + 1e-6
    named = {
        flow: math.fsum(r["value_usd"] for r in totals if r["flow"] == flow and r["partner_kind"] == "economy")
        for flow in "XM"
    }
    pairs = run("mirror", rows)
    parts = ("compared", "no_row", "other_revision", "silent")
    for flow, side in (("X", "exports"), ("M", "imports")):
        whole = math.fsum(pair[f"{side}_{part}_usd"] for pair in pairs for part in parts)
        assert whole <= named[flow] + 1e-6
        if not any(made["reporter"] == made["partner"] for made in rows):
            assert whole == pytest.approx(named[flow])
    for pair in pairs:
        assert pair["mean_usd"] == pytest.approx(pair["within_usd"] + pair["above_usd"] + pair["below_usd"])
    reporters = {r["reporter"] for r in rows}
    grid = run("coverage", rows)
    for flow in "XM":
        who = {made["reporter"] for made in rows if made["flow"] == flow}
        when = {made["period"] for made in rows if made["flow"] == flow}
        cells = [cell for cell in grid if cell["flow"] == flow]
        assert len(cells) == len(who) * len(when)
        told = {(made["reporter"], made["period"]) for made in rows if made["flow"] == flow}
        assert {(cell["reporter"], cell["period"].isoformat()) for cell in cells if cell["state"] != "silent"} == told
    assert {cell["reporter"] for cell in grid} == reporters


@pytest.mark.parametrize("name", list(quality_stages().all()))
def test_each_stage_renders_for_spark_and_runs_with_its_scalars_written_in(name):
    stage = quality_stages(Scope("comtrade", "CHN", ("RUS",), ("85",))).all()[name]
    assert not re.search(r"\$\w", spark_sql(stage.compiled()))
    con = connection([row()])
    con.execute(runnable(stage, PARAMS)).fetchall()
    con.close()


@pytest.mark.in_parts
@pytest.mark.prove_only
@pytest.mark.spark
@pytest.mark.filterwarnings("ignore")
def test_spark_gives_what_duckdb_gives(tmp_path):
    if shutil.which("java") is None:
        pytest.skip("no Java runtime on this machine")
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed (extra stopgap[spark])")
    from stopgap.lake.engines.spark import spark_engine

    rows = [*priced(PRICES), row(period=month(30), value_usd=9_000.0, net_kg=3.0)]
    rows += regular(range(12), partner="KAZ", value_usd=50.0)
    rows += [row(reporter="RUS", partner="CHN", flow="M", period=month(i), value_usd=30.0) for i in range(4)]
    rows += yearly(range(2018, 2023), ("84", "85"), reporter="DEU")
    con = connection(rows)
    path = tmp_path / "rows.parquet"
    con.execute(f"COPY trade_rows TO '{path}' (FORMAT parquet)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        session = (
            sql.SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.sql.session.timeZone", "UTC")
            .getOrCreate()
        )
        engine = spark_engine(session, [path])
        for name, stage in some(list(quality_stages().all().items()), every=6):
            ours = DuckDBEngine(con).run(stage, params=PARAMS).to_pylist()
            theirs = engine.run(stage, params=PARAMS).to_pylist()
            assert ours, name
            assert len(ours) == len(theirs), name
            for one, other in zip(ours, theirs, strict=True):
                for key, value in one.items():
                    if isinstance(value, float):
                        assert float(other[key]) == pytest.approx(value, rel=1e-9, abs=1e-6), (name, key)
                    else:
                        assert other[key] == value, (name, key)
        session.stop()
    con.close()
