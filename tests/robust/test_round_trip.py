"""Any table that goes in comes out of every export, and goes in again, with the same rows and the same bits."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import written

from stopgap.cli.main import run
from stopgap.intake.importing import import_paths
from stopgap.lake.schema import TRADE_COLUMNS
from stopgap.lake.snapshot import opened

COLUMNS = [name for name in TRADE_COLUMNS if name not in ("vintage", "receipt")]
KEY = ("kind", "period", "frequency", "reporter", "partner", "flow", "good", "revision", "source")
SQL = " UNION ALL ".join(
    f"SELECT *{own}, '{kind}' AS kind FROM {view}"
    for view, kind, own in (
        ("trade", "economy", ""),
        ("trade_aggregates", "aggregate", " EXCLUDE (kind)"),
        ("trade_breakdowns", "breakdown", ""),
    )
)  # fmt: skip
"""Every row; the views leave the kind of a row out, since each holds one."""

AREAS = ("CHN", "DEU", "RUS", "TWN", "KGZ", "ARE")
AGGREGATES = ("W00", "EU", "_X", "XX")
GOODS = ("010121", "01", "0101", "84", "854231", "85423190", "0101210000", "84+85", "010121+020110", "basket:chips", "TOTAL", "9999AA")  # fmt: skip
REVISIONS = ("HS", "HS2012", "HS2017", "HS2022", "CN2021")
SOURCES = ("made-up", "Ω-источник", "来源 1", "quo\"te, comma; semi", "pi|pe", "comtrade")  # fmt: skip
UNITS = ("m²", "u", "l alc 100%", "Stück, paarweise")

amounts = st.one_of(
    st.just(0.0),
    st.floats(min_value=1e-12, max_value=1e15),
    st.sampled_from((0.1 + 0.2, 1 / 3, 1e-12, 1e15, 123456789012345.67, 2**49 + 2.0, 0.0)),
)
weights = st.one_of(st.none(), st.floats(min_value=1e-9, max_value=1e15))


@st.composite
def trade_rows(draw) -> dict[str, Any]:
    """One row of the trade table."""
    is_annual = draw(st.booleans())
    reporter = draw(st.sampled_from(AREAS))
    partner = draw(st.sampled_from((*AREAS, *AGGREGATES)))
    good = draw(st.sampled_from(GOODS))
    is_aggregate = partner in AGGREGATES or good == "TOTAL"
    kind = draw(st.sampled_from(("aggregate" if is_aggregate else "economy",) * 3 + ("breakdown",)))
    rate = draw(st.sampled_from((1.0, 1.0, 1.1827, 0.0123456789)))
    reported = draw(amounts)
    while reported * rate > 1e15:  # the most that a figure can be
        reported /= 2
    quantity = draw(weights)
    return {
        "period": dt.date(draw(st.integers(1962, 2100)), 1 if is_annual else draw(st.integers(1, 12)), 1),
        "frequency": "A" if is_annual else "M",
        "reporter": reporter,
        "partner": partner,
        "flow": draw(st.sampled_from(("X", "M", "RX", "RM"))),
        "good": good,
        "revision": draw(st.sampled_from(REVISIONS)),
        "value_usd": reported * rate,
        "net_kg": draw(weights),
        "quantity": quantity,
        "quantity_unit": draw(st.sampled_from(UNITS)) if quantity is not None else None,
        "valuation": draw(st.sampled_from(("FOB", "CIF"))),
        "is_estimated": draw(st.booleans()),
        "source": draw(st.sampled_from(SOURCES)),
        "kind": kind,
        "currency": "USD" if rate == 1.0 else "EUR",
        "value_reported": reported,
        "usd_per_unit": rate,
    }


tables = st.lists(trade_rows(), min_size=1, max_size=25, unique_by=lambda row: tuple(row[name] for name in KEY))  # fmt: skip


def in_lake(lake: Path) -> list[tuple[Any, ...]]:
    """All rows, sorted, without the vintage and receipt that they came with."""
    with opened(lake) as (con, _):
        return sorted(con.execute(f"SELECT {', '.join(COLUMNS)} FROM trade_rows").fetchall(), key=repr)


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    """The rows as our own CSV, numbers with all their digits."""

    def text(value: object) -> str:
        if value is None:
            return ""
        return str(value).lower() if isinstance(value, bool) else str(value)

    return written([COLUMNS, *([text(row[name]) for name in COLUMNS] for row in rows)]).encode()


@pytest.mark.prove_only
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(rows=tables)
def test_every_export_holds_the_same_rows_to_the_bit(rows):
    wanted = sorted((tuple(row[name] for name in COLUMNS) for row in rows), key=repr)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lake = folder / "lake"
        first = folder / "first.csv.gz"
        first.write_bytes(gzip.compress(as_csv(rows)))
        import_paths(lake, [first])
        assert in_lake(lake) == wanted

        again = 0

        def comes_back(*files: Path) -> None:
            nonlocal again
            again += 1
            other = folder / f"again-{again}"
            import_paths(other, files)
            assert in_lake(other) == wanted

        for form in ("csv", "parquet", "json", "md"):
            answer = folder / f"answer.{form}"
            assert run(["query", SQL, "--lake", str(lake), "--format", form, "--output", str(answer)]) == 0
        comes_back(folder / "answer.csv")
        comes_back(folder / "answer.parquet")
        found = json.loads((folder / "answer.json").read_text("utf-8"))["rows"]
        assert sorted((tuple(row[name] for name in COLUMNS) for row in found), key=repr) == sorted(
            ((row[0].isoformat(), *row[1:]) for row in wanted), key=repr
        )
        table = (folder / "answer.md").read_text("utf-8").splitlines()
        assert len([line for line in table if line.startswith("|")]) == len(rows) + 2
        assert all(f"| {row['good']} |" in "\n".join(table) for row in rows)

        assert run(["lake", "export", str(folder / "out"), "--lake", str(lake)]) == 0
        parts = [folder / "out" / f"{view}.parquet" for view in ("trade", "trade_aggregates", "trade_breakdowns")]
        comes_back(*(part for part in parts if pq.read_metadata(part).num_rows))


def test_a_cell_that_a_spreadsheet_would_run_is_marked_in_csv_and_whole_elsewhere(tmp_path):
    row = {
        "period": dt.date(2021, 1, 1), "frequency": "A", "reporter": "CHN", "partner": "RUS", "flow": "X", "good": "010121",
        "revision": "HS2017", "value_usd": 5.0, "net_kg": None, "quantity": None, "quantity_unit": None, "valuation": "FOB",
        "is_estimated": False, "source": "=1+1", "kind": "economy", "currency": "USD", "value_reported": 5.0, "usd_per_unit": 1.0,
    }  # fmt: skip
    path = tmp_path / "first.csv"
    path.write_bytes(as_csv([row]))
    import_paths(tmp_path / "lake", [path])
    answers = {}
    for form in ("csv", "json"):
        answer = tmp_path / f"answer.{form}"
        assert run(["query", "SELECT source FROM trade", "--lake", str(tmp_path / "lake"), "--format", form, "--output", str(answer)]) == 0  # fmt: skip
        answers[form] = answer.read_text("utf-8")
    assert answers["csv"] == "source\n'=1+1\n"
    assert json.loads(answers["json"])["rows"] == [{"source": "=1+1"}]
