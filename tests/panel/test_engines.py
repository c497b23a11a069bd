"""Every stage of the panel on both engines, with equal results."""

import datetime as dt

import pyarrow as pa
import pytest
from lake_rows import put, trade_row

from stopgap.base.vocab import Report
from stopgap.briefs.series import HUB_GOODS, HUB_MONTHS
from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.lake.engines.spark import spark_sql
from stopgap.lake.snapshot import connect, take_snapshot
from stopgap.lake.stage import Stage
from stopgap.measures.mirror.stages import (
    MIRROR_CODES,
    MIRROR_FLOWS,
    MIRROR_PARTNERS,
    MIRROR_REPORTED,
    MIRROR_REPORTERS,
    MIRROR_ROWS,
)
from stopgap.measures.prices.stages import COUNTED_SALES, UNIT_VALUES
from stopgap.measures.routes.stages import MEMBER_LEG, ROUTE_ELSEWHERE, TARGET_LEG, route_stages
from stopgap.measures.second_opinion.stages import (
    OPINION_COUNT,
    OPINION_FLOW_COUNT,
    OPINION_FLOWS,
    OPINION_PARTNERS,
    OPINION_ROWS,
)
from stopgap.measures.series.stages import SERIES_STAGES
from stopgap.panel.quantities import GoodUnit, unit_tables
from stopgap.panel.quantity_stages import quantity_cells, unit_coverage
from stopgap.panel.stages import panel
from stopgap.panel.unstable_stages import ALL as MOVES
from stopgap.panel.world_stages import (
    WORLD_CELLS,
    WORLD_CODES,
    WORLD_FACTORS,
    WORLD_FLOWS,
    WORLD_PERIODS,
    WORLD_REPORTERS,
)

RTOL = 1e-12  # sums of doubles in another order

TABLES = {
    "periods": pa.table(
        {
            "period": pa.array(
                [dt.date(2021, month, 1) for month in (1, 2)] + [dt.date(2023, month, 1) for month in (1, 2)]
            ),
            "part": ["baseline", "baseline", "after", "after"],
            "season": pa.array([1, 2, 1, 2], pa.int32()),
        }
    ),
    "wanted": pa.table(
        {
            "source": ["comtrade"] * 3,
            "revision": ["HS2017", "HS2022", "HS2022"],
            "good": ["854231", "854231", "854232"],
            "panel_good": ["854231", "854231", "854231"],
            "weight": [1.0, 0.75, 0.5],
            "is_estimated": [False, True, True],
        }
    ),
    "chapters": pa.table({"chapter": ["85"]}),
    "chosen": pa.table(
        {"supplier": ["CHN", "DEU", "TUR"], "source": ["comtrade"] * 3, "reporter": ["CHN", "DEU", "TUR"]}
    ),
}
MIRRORED_TABLES = TABLES | {"chosen": pa.table({"supplier": ["CHN"], "source": ["comtrade"], "reporter": ["RUS"]})}
WORLD_TABLES = TABLES | {
    "world_wanted": TABLES["wanted"].append_column("is_sanctioned", pa.array([True, True, False])),
    "world_chosen": TABLES["chosen"].drop_columns(["reporter"]),
}


def numbered(table: pa.Table) -> pa.Table:
    """The table with a number of each row."""
    return table.append_column("number", pa.array(range(len(table)), pa.int32()))


MIRROR_TABLES = {
    "mirror_wanted": numbered(TABLES["wanted"]),
    "mirror_chosen": numbered(
        pa.table({"flow": ["X", "X", "M"], "reporter": ["CHN", "DEU", "TUR"], "source": ["comtrade"] * 3})
    ),
    "mirror_economies": numbered(pa.table({"economy": ["CHN", "DEU", "KAZ", "RUS", "TUR"]})),
    "chapters": TABLES["chapters"],
}
PRICE_TABLES = (
    WORLD_TABLES
    | unit_tables([GoodUnit("854231", "pieces", None, None, None)])
    | {
        "price_sellers": pa.table({"supplier": ["CHN", "TUR"], "number": [0, 1]}),
        "price_goods": pa.table({"good": ["854231"], "number": [0]}),
        "price_hubs": pa.table({"destination": ["TUR"]}),
    }
)
PRICES = (unit_coverage(), quantity_cells(), UNIT_VALUES, COUNTED_SALES)
MIRROR = (MIRROR_CODES, MIRROR_REPORTERS, MIRROR_PARTNERS, MIRROR_ROWS, MIRROR_FLOWS, MIRROR_REPORTED)
OPINION_TABLES = WORLD_TABLES | {
    "opinion_suppliers": numbered(WORLD_TABLES["world_chosen"]),
    "opinion_destinations": numbered(pa.table({"destination": ["KAZ", "RUS", "TUR"]})),
    "opinion_goods": numbered(TABLES["wanted"]),
}
OPINIONS = (OPINION_PARTNERS, OPINION_ROWS, OPINION_FLOWS, OPINION_COUNT, OPINION_FLOW_COUNT)
ROUTE_TABLES = WORLD_TABLES | {
    "route_pairs": pa.table(
        {
            "leg": pa.array([MEMBER_LEG, MEMBER_LEG, TARGET_LEG], pa.int32()),
            "hub": pa.array([0] * 3, pa.int32()),
            "supplier": ["CHN", "DEU", "TUR"],
            "destination": ["TUR", "TUR", "RUS"],
        }
    ),
    "route_hubs": pa.table({"hub": ["TUR"]}),
    "route_steps": pa.table(
        {"period": pa.array([dt.date(2023, month, 1) for month in (1, 2)]), "step": pa.array([0, 1], pa.int32())}
    ),
    "route_goods": pa.table({"good": ["854231"], "number": pa.array([7], pa.int32())}),
    "route_kinds": pa.table(
        {"leg": pa.array([MEMBER_LEG, MEMBER_LEG, TARGET_LEG], pa.int32()), "step": pa.array([0, 1, 0], pa.int32())}
    ),
    "route_growth": pa.table({"supplier": ["CHN", "TUR"], "good": pa.array([7, 7], pa.int32()), "factor": [1.5, 1.25]}),
    "route_sources": pa.table({"reporter": ["TUR"], "source": ["comtrade"]}),
}
ROUTES = (
    ROUTE_ELSEWHERE,
    *route_stages(Report.REPORTED, Report.REPORTED).all(),
    *route_stages(Report.MIRROR, Report.REPORTED).all(),
)
WORLD = (WORLD_CODES, WORLD_REPORTERS, WORLD_PERIODS, WORLD_FACTORS, WORLD_FLOWS, WORLD_CELLS)
MOVES_TABLES = {
    "moves_chosen": TABLES["chosen"].drop_columns(["reporter"]),
    "moves_left_out": pa.table({"partner": ["RUS"]}),
    "changes": pa.table(
        {
            "change": pa.array([0], pa.int32()),
            "until": pa.array([dt.date(2022, 1, 1)]),
            "since": pa.array([dt.date(2022, 1, 1)]),
        }
    ),
}
SERIES_TABLES = {
    "series_reporters": pa.table({"reporter": ["CHN", "DEU", "TUR"]}),
    "series_partners": pa.table({"partner": ["RUS", "KAZ"]}),
    "series_chapters": pa.table({"chapter": ["85"], "way": ["codes"]}),
    "series_wanted": TABLES["wanted"]
    .append_column("frequency", pa.array(["M"] * 3))
    .append_column("way", pa.array(["codes"] * 3)),
}
PARAMS = {
    "currency": "USD",
    "target": "RUS",
    "flow": "X",
    "frequency": "M",
    "periods_per_year": 12,
    "active_usd": 10_000.0,
    "first": "2020-01-01",
    "last": "2023-12-28",
    "first_period": "2021-01-01",
    "last_period": "2023-02-01",
    "hub": "TUR",
    "good": "854231",
    "revision": "HS2017",
    "source": "comtrade",
    "mirror_flow": "M",
}


def lake_with_gaps(folder):
    """Three reporters; TUR is silent in one month, and DEU sells nothing in another: missing and zero."""
    rows = []
    for period, revision in (
        ("2021-01-01", "HS2017"),
        ("2021-02-01", "HS2017"),
        ("2023-01-01", "HS2022"),
        ("2023-02-01", "HS2022"),
    ):
        month = {"period": period, "frequency": "M", "revision": revision}
        rows.append(trade_row(**month, reporter="CHN", value_usd=20_000.0 if revision == "HS2022" else 7_000.0))
        rows.append(trade_row(**month, reporter="CHN", good="854232", value_usd=1_000.5))
        rows.append(trade_row(**month, reporter="DEU", partner="KAZ", value_usd=1.0))
        if period != "2023-02-01":
            rows.append(trade_row(**month, reporter="DEU", value_usd=90_000.0))
        if period != "2021-02-01":
            rows.append(
                trade_row(**month, reporter="TUR", value_usd=3_000.0, net_kg=5.0, quantity=2.0, quantity_unit="2u")
            )
        # The hub's purchases, and the target's own report of the same trade.
        rows.append(trade_row(**month, reporter="TUR", partner="CHN", flow="M", valuation="CIF", value_usd=50.0))
        rows.append(trade_row(**month, reporter="RUS", partner="CHN", value_usd=30_000.0))
    # The same month in a second revision: taken once, never summed.
    rows.append(trade_row(period="2023-01-01", frequency="M", revision="HS2017", reporter="CHN", value_usd=999.0))
    put(folder, rows)
    return take_snapshot(folder)


@pytest.fixture
def duck(tmp_path):
    con = connect(lake_with_gaps(tmp_path))
    yield DuckDBEngine(con)
    con.close()


STAGES: list[tuple[Stage, dict[str, pa.Table]]] = [
    *((stage, TABLES) for stage in (*panel().all(), HUB_GOODS, HUB_MONTHS)),
    *((stage, MIRRORED_TABLES) for stage in panel(Report.MIRROR).all()),
    *((stage, WORLD_TABLES) for stage in WORLD),
    *((stage, MIRROR_TABLES) for stage in MIRROR),
    *((stage, OPINION_TABLES) for stage in OPINIONS),
    *((stage, ROUTE_TABLES) for stage in ROUTES),
    *((stage, MOVES_TABLES) for stage in MOVES),
    *((stage, PRICE_TABLES) for stage in PRICES),
    *((stage, SERIES_TABLES) for stage in SERIES_STAGES),
]
NAMES = [stage.name + ("-mirrored" if tables is MIRRORED_TABLES else "") for stage, tables in STAGES]


@pytest.mark.parametrize("stage", [stage for stage, _ in STAGES], ids=NAMES)
def test_every_stage_renders_for_spark(stage):
    text = spark_sql(stage.compiled())
    assert "$" not in text
    assert text.startswith("WITH ")


def test_cells_match_the_sum_done_by_hand(duck):
    cells = {row["supplier"]: row for row in duck.run(panel().cells, tables=TABLES, params=PARAMS).to_pylist()}
    # CHN: baseline HS2017 7,000 in both months; after HS2022 20,000 * 0.75 + 1,000.5 * 0.5, twice; per year.
    assert cells["CHN"]["baseline_usd"] == pytest.approx(12 * 7_000.0)
    assert cells["CHN"]["after_usd"] == pytest.approx(12 * (20_000 * 0.75 + 1_000.5 * 0.5))
    assert cells["CHN"]["estimated_usd"] == pytest.approx(cells["CHN"]["after_usd"])
    # DEU reported 2023-02 (to KAZ) and sold nothing to RUS: a zero, not a gap. Its HS2022 code counts 0.75.
    assert cells["DEU"]["baseline_usd"] == pytest.approx(12 * 90_000.0)
    assert cells["DEU"]["after_usd"] == pytest.approx(12 * 90_000.0 * 0.75 / 2)
    # TUR is silent in 2021-02, so only January of both windows counts.
    assert cells["TUR"]["baseline_usd"] == pytest.approx(12 * 3_000.0)
    assert cells["TUR"]["after_usd"] == pytest.approx(12 * 3_000.0 * 0.75)


def test_the_world_has_the_cells_of_the_target_and_those_elsewhere(duck):
    target = duck.run(panel().cells, tables=TABLES, params=PARAMS).to_pylist()
    world = duck.run(WORLD_CELLS, tables=WORLD_TABLES, params=PARAMS).to_pylist()
    ours = {row["supplier"]: (row["baseline_usd"], row["after_usd"]) for row in target}
    theirs: dict[str, tuple[float, float]] = {}
    for row in world:
        if row["destination"] == "RUS":
            before, after = theirs.get(row["supplier"], (0.0, 0.0))
            theirs[row["supplier"]] = (before + row["baseline_usd"], after + row["after_usd"])
    assert theirs.keys() == ours.keys()
    for supplier, cell in ours.items():
        assert theirs[supplier] == pytest.approx(cell)
    # DEU sold 1 USD a month to KAZ in all four months; its HS2022 code counts 0.75.
    [elsewhere] = [row for row in world if row["destination"] == "KAZ"]
    assert (elsewhere["baseline_usd"], elsewhere["after_usd"]) == pytest.approx((12.0, 9.0))


def test_a_month_that_a_supplier_did_not_report_is_in_no_mean(duck):
    factors = duck.run(WORLD_FACTORS, tables=WORLD_TABLES, params=PARAMS).to_pylist()
    months = {str(row["period"]): row["factor"] for row in factors if row["supplier"] == "TUR"}
    # Silent in 2021-02: February has no baseline, so January alone stands for the year.
    assert months == {"2021-01-01": 12.0, "2023-01-01": 12.0}


def test_both_legs_match_the_sums_done_by_hand(duck):
    stages = route_stages(Report.MIRROR, Report.REPORTED)
    traded, expected = (
        {
            (row["leg"], row["hub"], row["good"], row["step"]): row
            for row in duck.run(stage, tables=ROUTE_TABLES, params=PARAMS).to_pylist()
        }
        for stage in (stages.traded, stages.expected)
    )
    # TUR reports 50 a month from CHN; its HS2022 code counts 0.75. Growth of CHN elsewhere: 1.5. Its imports
    # show that it reported in February 2021, when it exported nothing.
    january = expected[MEMBER_LEG, 0, 7, 0]
    assert traded[MEMBER_LEG, 0, 7, 0]["value_usd"] == 37.5
    assert (january["expected_usd"], january["base_usd"]) == (75.0, 50.0)
    assert expected[MEMBER_LEG, 0, 7, 1]["expected_usd"] == 75.0
    # TUR to RUS: 3,000 in January 2021, nothing reported in February: there is no February to compare with.
    sales, baseline = (
        {step: row for (leg, _, _, step), row in rows.items() if leg == TARGET_LEG} for rows in (traded, expected)
    )
    assert sales.keys() == baseline.keys() == {0}
    assert (sales[0]["value_usd"], baseline[0]["expected_usd"]) == (2_250.0, 3_750.0)
