"""Units of quantity: the rule by hand, one unit a good, and the stages on rows with pieces, pairs and weights."""

import datetime as dt

import pyarrow as pa
import pytest
from lake_rows import put, trade_row

from stopgap.base.vocab import Report
from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.lake.engines.spark import spark_sql
from stopgap.lake.snapshot import connect, take_snapshot
from stopgap.panel.quantities import GoodUnit, Units, choose_units, unit_tables
from stopgap.panel.quantity_stages import quantity_cells, unit_coverage

PLACES = [(part, place) for part in ("baseline", "after") for place in ("target", "elsewhere")]


def rows_of(good, shares, *, unit="u", weighed=1.0):
    """Rows of 100 dollars in each window and place, of which the share given has a quantity in the unit."""
    rows = []
    for (part, place), share in zip(PLACES, shares, strict=True):
        common = {"good": good, "part": part, "place": place}
        rows.append({**common, "unit": unit, "value_usd": 100.0 * share, "weighed_usd": 100.0 * share * weighed})
        rows.append(
            {**common, "unit": "", "value_usd": 100 - 100.0 * share, "weighed_usd": (100 - 100 * share) * weighed}
        )
    return rows


def unit_of(good, shares, **given):
    [found] = choose_units(rows_of(good, shares, **given), [good])
    return found


def test_pieces_are_taken_where_most_dollars_have_them_in_both_windows_and_places():
    assert unit_of("854231", (0.9, 0.6, 0.8, 0.7)) == GoodUnit("854231", "pieces", 0.6, 0.6, 1.0)
    assert unit_of("854231", (0.9, 0.9, 0.9, 0.5)).unit == "kilograms"  # half is not most
    assert unit_of("854231", (0.9, 0.9, 0.4, 0.9)).unit == "kilograms"
    assert unit_of("854231", (0.9,) * 4, unit="l").unit == "kilograms"  # litres are no pieces
    assert unit_of("8542", (1.0,) * 4).unit == "kilograms"  # a heading's pieces are of unlike goods
    assert unit_of("847130+851762", (1.0,) * 4).unit == "kilograms"


def test_energy_is_in_tonnes_and_another_unit_only_where_weight_is_lacking():
    assert unit_of("270900", (1.0,) * 4).unit == "tonnes"
    assert unit_of("270900", (1.0,) * 4, unit="bbl").unit == "tonnes"
    assert unit_of("271600", (1.0,) * 4, unit="1000 kwh", weighed=0.0).unit == "1000 kwh"
    assert unit_of("270900", (0.4,) * 4, unit="bbl", weighed=0.0).unit == "tonnes"
    assert GoodUnit("270900", "tonnes", 1.0, 0.0, 1.0).per_stage_unit == 0.001


def test_a_place_without_trade_does_not_bear_on_the_unit():
    rows = [row for row in rows_of("854231", (0.9, 0.0, 0.9, 0.0)) if row["place"] == "target"]
    assert choose_units(rows, ["854231"])[0].unit == "pieces"
    assert choose_units([], ["854231"]) == (GoodUnit("854231", "kilograms", None, None, None),)


def test_goods_are_counted_by_unit():
    units = Units(choose_units(rows_of("854231", (1.0,) * 4), ["854231", "848210", "848220"]), {})
    assert units.counts() == {"kilograms": 2, "pieces": 1}


MONTHS = [dt.date(2021, 1, 1), dt.date(2023, 1, 1)]
TABLES = {
    "periods": pa.table({"period": MONTHS, "part": ["baseline", "after"], "season": pa.array([1, 1], pa.int32())}),
    "wanted": pa.table(
        {
            "source": ["comtrade"] * 2, "revision": ["HS2017"] * 2, "good": ["640399", "270900"],
            "panel_good": ["640399", "270900"], "weight": [1.0, 1.0], "is_estimated": [False] * 2,
        }
    ),
    "chapters": pa.table({"chapter": ["64", "27"]}),
    "chosen": pa.table({"supplier": ["CHN"], "source": ["comtrade"], "reporter": ["CHN"]}),
}  # fmt: skip
PARAMS = {"target": "RUS", "flow": "X", "frequency": "A", "periods_per_year": 1}


@pytest.fixture
def engine(tmp_path):
    rows = []
    for month, pairs in zip(MONTHS, (10.0, 30.0), strict=True):
        row = {"period": month.isoformat(), "good": "640399"}
        rows.append(trade_row(**row, value_usd=100.0, net_kg=7.0, quantity=pairs, quantity_unit="2U"))
        rows.append(trade_row(**row, partner="KAZ", value_usd=40.0, quantity=pairs, quantity_unit="u"))
        rows.append(trade_row(**row | {"revision": "HS2012"}, value_usd=999.0))  # the older revision is not taken
        rows.append(
            trade_row(**row | {"good": "270900"}, value_usd=50.0, net_kg=1000.0, quantity=8.0, quantity_unit="bbl")
        )
    put(tmp_path, rows)
    con = connect(take_snapshot(tmp_path))
    yield DuckDBEngine(con)
    con.close()


def test_stages_count_dollars_by_unit_and_quantities_in_one(engine):
    found = engine.run(unit_coverage(), tables=TABLES, params=PARAMS).to_pylist()
    shoes = {(row["part"], row["place"], row["unit"]): row["value_usd"] for row in found if row["good"] == "640399"}
    assert shoes == {
        ("baseline", "target", "2u"): 100.0, ("after", "target", "2u"): 100.0,
        ("baseline", "elsewhere", "u"): 40.0, ("after", "elsewhere", "u"): 40.0,
    }  # fmt: skip
    units = choose_units(found, ["640399", "270900"])
    assert [row.unit for row in units] == ["tonnes", "pieces"]
    tables = TABLES | unit_tables(units)
    cells = {row["good"]: row for row in engine.run(quantity_cells(), tables=tables, params=PARAMS).to_pylist()}
    # A pair is two pieces; energy is read in kilograms and shown in tonnes.
    assert (cells["640399"]["baseline_quantity"], cells["640399"]["after_quantity"]) == (20.0, 60.0)
    assert cells["270900"]["after_quantity"] == 1000.0


@pytest.mark.parametrize("report", list(Report))
def test_stages_render_for_the_other_engine(report):
    for stage in (unit_coverage(report), quantity_cells(report)):
        assert ":frequency" in spark_sql(stage.compiled())
