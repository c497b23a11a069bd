"""Summarise the quality of the vintage that an import made, at little cost."""

from __future__ import annotations

import contextlib
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import duckdb

from stopgap.base.sql import listed, quoted
from stopgap.lake.engine_bars import without_bar
from stopgap.lake.engines.engine import DuckDBEngine, Scalar
from stopgap.lake.history import Commit, files_at, read_log, table_path, vintages
from stopgap.lake.importing.importer import ImportResult
from stopgap.lake.schema import TRADE
from stopgap.lake.views import REPORTED_SQL, TRADE_VIEWS
from stopgap.measures.quality.report import share
from stopgap.measures.quality.results import VintageQuality
from stopgap.measures.quality.scope import Thresholds
from stopgap.measures.quality.stages import quality_stages
from stopgap.panel.stages import dollars_sum
from stopgap.screening.lists.imports import ListImport, imported_lists

UNIT_VALUES_UP_TO = 400_000
"""Maximum number of rows of a vintage whose unit values are compared during the import."""
SERIES_UP_TO = 100_000
"""Maximum number of rows of the lake for which series are checked for sudden zeros during the import."""
_ALL = (1 << 31) - 1  # the most that every engine takes as a limit


@dataclass(frozen=True)
class DescribedImport(ImportResult):
    """Result of an import, with the quality of its vintage, and the lists that it changed.

    Attributes:
        quality: Quality of the trade rows; ``None`` if there are none or nothing was new, or it cannot be computed.
        lists: Lists that the import created or changed.
    """

    quality: VintageQuality | None = None
    lists: tuple[ListImport, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Return the fields that ``import --format json`` prints."""
        return {
            **super().as_dict(),
            "quality": self.quality.as_dict() if self.quality else None,
            "lists": [asdict(one) for one in self.lists],
        }


def described(lake: Path, result: ImportResult) -> DescribedImport:
    """Add the quality of the vintage and the changed lists to the result of an import."""
    lists = imported_lists(lake, result)
    quality = None if result.already_loaded or lists else vintage_quality(lake, result.vintage)
    return DescribedImport(
        **{field.name: getattr(result, field.name) for field in fields(result)}, quality=quality, lists=lists
    )


SUMS_SQL = f"""
    SELECT count(*) AS n, count(DISTINCT reporter) AS reporters, count(DISTINCT period) AS periods,
        min(period) AS first, max(period) AS last, count(CASE WHEN is_estimated THEN 1 END) AS estimated,
        {dollars_sum("value_usd")} AS value_usd,
        {dollars_sum("CASE WHEN is_estimated THEN value_usd END")} AS estimated_usd,
        count(net_kg) AS weighed, count(CASE WHEN value_usd = 0 THEN 1 END) AS zeros
    FROM trade_rows WHERE kind <> 'breakdown'
"""


def vintage_quality(lake: Path, vintage: str) -> VintageQuality | None:
    """Return counts and shares of the rows that a vintage added; ``None`` if they can no longer be read."""
    commits = read_log(lake, shows=[TRADE.name])
    commit = next((found for found in vintages(commits) if found.vintage == vintage), None)
    if commit is None:
        return None
    try:
        return _quality(lake, commits, commit)
    except duckdb.Error:  # the import is done and stands, whatever becomes of its description
        return None


def _quality(lake: Path, commits: list[Commit], commit: Commit) -> VintageQuality:
    folder = table_path(lake)
    warnings = []
    params: dict[str, Scalar] = {**Thresholds().params(), "limit": _ALL}
    judged: int | None = None
    unlike: int | None = None
    with contextlib.closing(
        _rows_of([folder / name for name in commit.added], f"vintage = {quoted(commit.vintage)}")
    ) as con:
        [(n, reporters, periods, first, last, estimated, value_usd, estimated_usd, weighed, zeros)] = con.execute(
            SUMS_SQL
        ).fetchall()
        if n <= UNIT_VALUES_UP_TO:
            rows = DuckDBEngine(con).run(quality_stages().unit_value_sums, params=params).to_pylist()
            judged, unlike = (sum(row["rows_judged"] for row in rows), sum(row["rows_outlying"] for row in rows))
        else:
            warnings.append(
                f"unit values of more than {UNIT_VALUES_UP_TO:,} rows are compared by stopgap lake quality alone"
            )
        fresh = set(
            con.execute(
                "SELECT DISTINCT source, frequency, flow, reporter, period FROM trade_rows"
            ).fetchall()
        ) if n <= SERIES_UP_TO else set()  # fmt: skip
    held = sum(found.rows_added - found.rows_replaced for found in vintages(commits))
    sudden: int | None = None
    if held <= SERIES_UP_TO:
        current = [folder / name for name in files_at(commits, commit.version)]
        with contextlib.closing(_rows_of(current, "true")) as con:
            gaps = DuckDBEngine(con).run(quality_stages().stops, params=params).to_pylist()
        key = ("source", "frequency", "flow", "reporter", "first_missing")
        sudden = sum(tuple(gap[name] for name in key) in fresh for gap in gaps)
    else:
        warnings.append(
            f"sudden zeros in a lake of more than {SERIES_UP_TO:,} rows are looked for by stopgap lake quality alone"
        )
    return VintageQuality(
        vintage=str(commit.vintage),
        rows=n,
        reporters=reporters,
        periods=periods,
        first=first.isoformat() if first else None,
        last=last.isoformat() if last else None,
        estimated_share=share(estimated, n),
        estimated_value_share=share(estimated_usd or 0.0, value_usd or 0.0),
        unweighed_share=share(n - weighed, n),
        zero_share=share(zeros, n),
        judged_unit_values=judged,
        unlike_unit_values=unlike,
        sudden_zeros=sudden,
        warnings=tuple(warnings),
    )


def _rows_of(files: list[Path], condition: str) -> duckdb.DuckDBPyConnection:
    """Open a connection whose views hold only the rows of some files that meet a condition."""
    con = duckdb.connect(":memory:")
    without_bar(con)
    con.execute(f"CREATE VIEW trade_rows AS SELECT * FROM read_parquet([{listed(files)}]) WHERE {condition}")
    for name, sql in (TRADE_VIEWS | {"reported": REPORTED_SQL}).items():
        con.execute(f"CREATE VIEW {name} AS {sql}")
    return con
