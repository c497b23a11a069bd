"""Walks through docs/how-to/real-files.md: every shared file, its command, and its sums against pandas."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from stopgap.base.errors import StopgapError
from stopgap.sources.mapping import load_mapping
from stopgap.sources.mappings.areas import area_code
from stopgap.sources.registry import read_file

ROOT = Path(__file__).resolve().parents[3]
TRADE = ROOT.parent / "shared" / "data" / "trade"
PAGE = ROOT / "docs" / "how-to" / "real-files.md"
pytestmark = pytest.mark.skipif(not TRADE.exists(), reason="../shared/data is not here")

MOST_FILES = 8
"""Files of one pattern that are read here; the rest are alike and read by the tests of their source."""


@dataclass(frozen=True)
class Row:
    """A row of the page."""

    pattern: str
    mapping: str | None
    allows_rejects: bool
    outcome: str

    @property
    def files(self) -> list[Path]:
        return sorted(TRADE.glob(self.pattern))


def _rows() -> list[Row]:
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = re.fullmatch(r"\| `([^`]+)` \| `([^`]+)` \| (.+) \|", line)
        if cells:
            words = shlex.split(cells[2])
            assert words[:3] == ["stopgap", "import", "FILE"]
            mapping = words[words.index("--map") + 1] if "--map" in words else None
            found.append(Row(cells[1], mapping, "--allow-rejects" in words, cells[3]))
    return found


ROWS = _rows()


def test_every_file_is_in_the_table() -> None:
    told = {file for row in ROWS for file in row.files}
    notes = re.compile(r"PROVENANCE\.md|LICEN[SC]E(\.md)?")
    there = {file for file in TRADE.rglob("*") if file.is_file() and not notes.fullmatch(file.name)}
    assert sorted(str(file) for file in there - told) == []


@pytest.mark.one_in(3)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.pattern} {row.mapping or ''}".strip())
def test_each_command_does_what_the_table_says(row: Row) -> None:
    files = row.files
    assert files
    for file in files[:: max(1, len(files) // MOST_FILES)]:
        with duckdb.connect() as con:
            mapping = load_mapping(row.mapping) if row.mapping else None
            if row.outcome.startswith("refused: "):
                reason = re.split(r"\. |\.$", row.outcome.removeprefix("refused: "))[0]
                with pytest.raises(StopgapError, match=reason):
                    read_file(con, file, mapping=mapping)
                continue
            staging = read_file(con, file, mapping=mapping)
            assert (staging.rows_rejected > 0) == row.allows_rejects
            assert con.execute("SELECT count(*) > 0 FROM staged").fetchall() == [(True,)]


Sums = dict[tuple[str, str, str], float]


def _sums(frame: Any) -> Sums:
    """Dollars by reporter, flow and period of a frame with these columns and ``usd``."""
    grouped = frame.groupby(["reporter", "flow", "period"]).usd.sum()
    return {key: float(usd) for key, usd in grouped.items()}


def _coded(texts: Any, scheme: Any) -> Any:
    return texts.map({text: area_code(str(text), scheme) for text in texts.unique()})


def _atlas(path: Path) -> Any:
    import pandas as pd

    frame = pd.read_csv(path)
    frame = frame[frame.basket.isin(["chips", "ai"])]
    return frame.assign(
        reporter=frame.origin_iso3.replace("ROW", "_X"), flow="X", period=frame.year, usd=frame.value_usd_bn * 1e9
    )


def _atlas_json(path: Path) -> Any:
    import pandas as pd

    content = json.loads(path.read_text(encoding="utf-8"))
    rows = [
        {"reporter": "_X" if origin == "ROW" else origin, "flow": "X", "period": year, "usd": billions * 1e9}
        for basket in ("chips", "ai")
        for origin, years in content[basket].items()
        for year, billions in years.items()
    ]
    return pd.DataFrame(rows)


def _baci_2024(path: Path) -> Any:
    import pandas as pd

    frame = pd.read_csv(path)
    return frame.assign(reporter=frame.i.replace("S19", "TWN"), flow="X", period=2024, usd=frame.value)


def _baci_flows(path: Path) -> Any:
    import pandas as pd

    content = json.loads(path.read_text(encoding="utf-8"))
    rows = [
        {"from": flow["from"], "usd": flow["value"]}
        for material, flows in content["materials"].items()
        if material not in ("germanium", "hafnium")
        for flow in flows
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(reporter=_coded(frame["from"], "iso2"), flow="X", period=content["year"])


def _comtrade_materials(path: Path) -> Any:
    import pandas as pd

    frame = pd.read_csv(path).drop_duplicates()
    frame = frame[~frame.duplicated(["reporter", "partner", "cmd", "flow"], keep=False)]
    return frame.assign(reporter=_coded(frame.reporter, "comtrade"), period=2024, usd=frame.value)


def _baci(path: Path) -> Any:
    import pandas as pd

    frame = pd.read_csv(path, skipinitialspace=True)
    return frame.assign(reporter=_coded(frame.i, "comtrade"), flow="X", period=frame.t, usd=frame.v * 1000)


def _imf(path: Path) -> Any:
    import pandas as pd

    frame = pd.read_csv(path, encoding="utf-8-sig")
    years = [column for column in frame if column.isdigit()]
    long = frame.melt(["COUNTRY.ID", "TRADE_FLOW.ID", "SCALE.ID"], years, "period", "millions").dropna()
    assert set(long["SCALE.ID"]) == {6}
    return long.assign(reporter=long["COUNTRY.ID"], flow=long["TRADE_FLOW.ID"].str[0], usd=long.millions * 1e6)


def _pairs(path: Path) -> Any:
    import pandas as pd

    frame = pd.read_csv(path, keep_default_na=False)
    parts = []
    for column in [name for name in frame if name[:4] in ("exp_", "imp_")]:
        side, flow = ("exporterISO", "X") if column.startswith("exp_") else ("importerISO", "M")
        part = frame[frame[column] > 0]
        parts.append(part.assign(reporter=_coded(part[side], "iso3"), flow=flow, period=column[4:], usd=part[column]))
    return pd.concat(parts)


def _tvyal(path: Path) -> Any:
    import pandas as pd

    frame = pd.read_csv(path, encoding="latin-1")
    frame = frame.rename(columns=lambda name: name.lstrip("\u00ef\u00bb\u00bf").strip('"'))
    months = frame.period_desc.astype(str)
    return frame.assign(
        reporter=_coded(frame.reporter_code, "comtrade"), flow=frame.trade_code, period=months.str[:4] + "-" + months.str[4:], usd=frame.trade_value_us
    )  # fmt: skip


def _main_reexports(path: Path) -> Any:
    import pandas as pd

    frame = pd.read_csv(path)
    return frame.assign(
        reporter="ARM", flow=frame.trade_flow.map({"Export": "X", "Import": "M"}), period=frame.period.str[:7], usd=frame.trade_value_us
    )  # fmt: skip


def _estimated(path: Path) -> Any:
    import pandas as pd

    frame = pd.read_csv(path)
    frame = frame[frame.year != 2024]
    return frame.assign(reporter="ARM", flow="RX", period=frame.year, usd=frame.reexports)


def _totals(column: str, flow: str) -> Callable[[Path], Any]:
    def frame_of(path: Path) -> Any:
        import pandas as pd

        frame = pd.read_csv(path, encoding="utf-8-sig")
        months = frame.year.astype(str) + "-" + frame.month.astype(str).str.zfill(2)
        return frame.assign(reporter="ARM", flow=flow, period=months, usd=frame[column] * 1000)

    return frame_of


FRAMES: dict[str | None, Callable[[Path], Any]] = {
    "atlas-corridors": _atlas,
    "atlas-corridors-json": _atlas_json,
    "critical-materials-2024": _baci_2024,
    "critical-materials-flows": _baci_flows,
    "comtrade-materials-2024": _comtrade_materials,
    "comtrade-pairs-84-85": _pairs,
    "comtrade-pairs-26": _pairs,
    "armenia-cars": _tvyal,
    "armenia-phones": _tvyal,
    "armenia-main-reexports": _main_reexports,
    "armenia-reexports-estimated": _estimated,
    "armenia-totals-exports": _totals("export", "X"),
    "armenia-totals-imports": _totals("import_origin", "M"),
}
OWN: dict[str, Callable[[Path], Any]] = {"BACI_HS22": _baci, "RU_trade": _imf}

COMPARED = [
    (file, row.mapping, frame)
    for row in ROWS
    for file in row.files
    for frame in [FRAMES.get(row.mapping) or next((f for start, f in OWN.items() if file.name.startswith(start)), None)]
    if frame is not None
]


@pytest.mark.one_in(8)
@pytest.mark.parametrize(
    ("file", "mapping", "frame"), COMPARED, ids=[f"{c[0].name} {c[1] or ''}".strip() for c in COMPARED]
)
def test_sums_by_reporter_flow_and_period_agree_with_pandas(
    con: duckdb.DuckDBPyConnection, file: Path, mapping: str | None, frame: Callable[[Path], Any]
) -> None:
    read_file(con, file, mapping=load_mapping(mapping) if mapping else None)
    dated = "left(period::VARCHAR, CASE frequency WHEN 'A' THEN 4 ELSE 7 END)"
    got = con.execute(f"SELECT reporter, flow, {dated}, fsum(value_reported) FROM staged GROUP BY ALL").fetchall()
    table = frame(file)
    wanted = _sums(table.assign(period=table.period.astype(str)))
    found = {(reporter, flow, period): usd for reporter, flow, period, usd in got}
    # To the cent; the largest sums are of 1e13 dollars, of which a double keeps a hundredth.
    assert found == pytest.approx(wanted, abs=0.01, rel=1e-15)


def test_every_mapping_of_the_package_is_used_by_a_row_or_for_declarations() -> None:
    from stopgap.sources.mapping import mapping_names

    unused = set(mapping_names()) - {row.mapping for row in ROWS}
    told = ("declaration", "bill", "list-")  # those of lists are tried in tests/sources/lists
    assert [name for name in unused if not any(part in name for part in told)] == []
