"""Compare the trade rows from which two findings were computed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import duckdb
import pyarrow as pa

from stopgap.evidence.compare.effects import CODES, PERIODS, ROWS, SOURCES
from stopgap.evidence.compare.inputs import Behind
from stopgap.evidence.packs.numbers import ABSOLUTE_TOLERANCE_USD, RELATIVE_TOLERANCE

LARGEST = 20
"""Maximum number of rows that are listed individually."""

_KEY = ("period", "frequency", "reporter", "partner", "flow", "good", "revision", "source")


@dataclass(frozen=True)
class SupplierRows:
    """Rows of one supplier that differ. Amounts are sums of the rows' values in US dollars, not annual means.

    Attributes:
        only_one: Number of rows in the first pack only.
        only_other: Number of rows in the second pack only.
        changed: Number of rows in both packs with different values.
        changed_usd: Their differences, second minus first, summed.
        baseline_usd: Second minus first, summed over all differing rows of the baseline.
        after_usd: The same for the after-window.
    """

    supplier: str
    only_one: int
    only_one_usd: float
    only_other: int
    only_other_usd: float
    changed: int
    changed_usd: float
    baseline_usd: float
    after_usd: float


@dataclass(frozen=True)
class RowDifference:
    """One trade row that differs, in US dollars; a value is ``None`` where that side has no such row, or no value."""

    period: str
    reporter: str
    partner: str
    flow: str
    good: str
    revision: str
    source: str
    one_usd: float | None
    other_usd: float | None
    one_receipt: str | None
    other_receipt: str | None
    because: str

    @property
    def difference_usd(self) -> float:
        """Second minus first value; missing rows and values count as 0."""
        return (self.other_usd or 0.0) - (self.one_usd or 0.0)

    @property
    def key(self) -> tuple[str, ...]:
        """Fields that identify the row."""
        return (self.period, self.reporter, self.partner, self.flow, self.good, self.revision, self.source)


@dataclass(frozen=True)
class RowsCompared:
    """Comparison of the trade rows of two paired findings.

    Attributes:
        same: Number of rows that both have with the same value, within tolerance.
        changed: Number of rows that both have with different values.
        only_one: Cause -> number of rows used on the first side only: ``rows`` where the other finding selects the row
            but its pack lacks it; ``goods list``, ``windows`` or ``sources`` where it does not select it.
        only_other: The same for the second side.
        by_supplier: Differing rows with the cause ``rows`` by supplier, the largest sums first.
        largest: Individual rows with the cause ``rows``, the largest differences first.
    """

    same: int
    changed: int
    only_one: Mapping[str, int]
    only_other: Mapping[str, int]
    by_supplier: tuple[SupplierRows, ...]
    largest: tuple[RowDifference, ...]

    @property
    def differ(self) -> bool:
        """Whether any row differs."""
        return bool(self.changed or self.only_one or self.only_other)

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as a JSON object."""
        largest = [{**asdict(each), "difference_usd": each.difference_usd} for each in self.largest]
        return {**asdict(self), "by_supplier": [asdict(each) for each in self.by_supplier], "largest": largest}


def compare_rows(one: Behind, other: Behind) -> RowsCompared | str:
    """Compare the rows from which two findings were computed; if they are not comparable, return why, in words."""
    supplier = _supplier_column(one)
    if supplier is None or supplier != _supplier_column(other):
        return "the figures are of different reports"
    with duckdb.connect(":memory:") as con:
        con.register("one_rows", _counting(one, supplier))
        con.register("other_rows", _counting(other, supplier))
        con.execute(_JOINED)
        [(same,)] = con.execute("SELECT count(*) FROM joined WHERE same").fetchall()
        rows = con.sql("SELECT * EXCLUDE (same) FROM joined WHERE NOT same ORDER BY ALL").to_arrow_table().to_pylist()
    found = [(row, _difference(row, one, other)) for row in rows]
    named = [(row, each) for row, each in found if each.because == ROWS]
    largest = sorted((each for _, each in named), key=lambda each: (-abs(each.difference_usd), each.key))
    return RowsCompared(
        same=int(same),
        changed=sum(row["in_one"] and row["in_other"] for row in rows),
        only_one=_counts(each for row, each in found if not row["in_other"]),
        only_other=_counts(each for row, each in found if not row["in_one"]),
        by_supplier=tuple(_by_supplier(named)),
        largest=tuple(largest[:LARGEST]),
    )


_JOINED = f"""
CREATE TABLE joined AS
SELECT {", ".join(f"coalesce(a.{name}, b.{name}) AS {name}" for name in _KEY)},
    coalesce(a.supplier, b.supplier) AS supplier, coalesce(a.part, b.part) AS part,
    a.value_usd AS one_usd, b.value_usd AS other_usd, a.receipt AS one_receipt, b.receipt AS other_receipt,
    a.period IS NOT NULL AS in_one, b.period IS NOT NULL AS in_other,
    a.period IS NOT NULL AND b.period IS NOT NULL AND (
        a.value_usd IS NOT DISTINCT FROM b.value_usd
        OR coalesce(abs(a.value_usd - b.value_usd)
            <= greatest({ABSOLUTE_TOLERANCE_USD}, {RELATIVE_TOLERANCE} * abs(a.value_usd)), false)
    ) AS same
FROM one_rows AS a
FULL JOIN other_rows AS b ON {" AND ".join(f"a.{name} = b.{name}" for name in _KEY)}
"""


def _supplier_column(side: Behind) -> str | None:
    """Return the column that holds the suppliers; ``None`` where the SQL statement does not show it."""
    found = re.search(r"\bt\.(partner|reporter) = \$target\b", side.run.sql)
    return None if found is None else {"partner": "reporter", "reporter": "partner"}[found[1]]


def _counting(side: Behind, supplier: str) -> pa.Table:
    """Return the rows of a side's pack that its finding selects."""
    cursor = side.rows.con.cursor()
    try:
        for name in ("wanted", "periods", "chosen"):
            cursor.register(name, side.tables[name])
        names = ("target", "frequency", "flow")
        return cursor.sql(
            f"""
            SELECT {", ".join(f"t.{name}" for name in _KEY)}, t.{supplier} AS supplier, p.part, t.value_usd, t.receipt
            FROM trade AS t
            JOIN periods AS p ON t.period = p.period
            JOIN chosen AS s ON t.source = s.source AND t.{supplier} = s.supplier
            SEMI JOIN wanted AS w ON t.source = w.source AND t.revision = w.revision AND t.good = w.good
            WHERE t.{"partner" if supplier == "reporter" else "reporter"} = $target
                AND t.frequency = $frequency AND t.flow = $flow
            """,
            params={name: side.run.params[name] for name in names},
        ).to_arrow_table()
    finally:
        cursor.close()


def _difference(row: Mapping[str, Any], one: Behind, other: Behind) -> RowDifference:
    because = ROWS
    if not row["in_other"]:
        because = _why_not(row, one, other)
    elif not row["in_one"]:
        because = _why_not(row, other, one)
    names = (
        "reporter", "partner", "flow", "good", "revision", "source", "one_usd", "other_usd", "one_receipt", "other_receipt",
    )  # fmt: skip
    return RowDifference(period=row["period"].isoformat()[:7], because=because, **{name: row[name] for name in names})


def _why_not(row: Mapping[str, Any], has: Behind, lacks: Behind) -> str:
    """Return the cause why one side lacks a row: its finding does not select it, or its lake has no such row."""
    key = (row["source"], row["revision"], row["good"])
    if key not in lacks.wanted and not lacks.codes.has({row["good"], *has.wanted.get(key, ())}):
        return CODES
    if row["period"] not in lacks.periods:
        return PERIODS
    if lacks.sources.get(row["supplier"], row["source"]) != row["source"]:
        return SOURCES
    return ROWS


def _counts(rows: Iterator[RowDifference]) -> dict[str, int]:
    return dict(sorted(Counter(row.because for row in rows).items()))


def _by_supplier(named: list[tuple[dict[str, Any], RowDifference]]) -> list[SupplierRows]:
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row, _ in named:
        grouped.setdefault(row["supplier"], []).append(row)
    found = [_of_supplier(supplier, rows) for supplier, rows in grouped.items()]
    return sorted(found, key=lambda each: (-abs(each.baseline_usd) - abs(each.after_usd), each.supplier))


def _of_supplier(supplier: str, rows: list[dict[str, Any]]) -> SupplierRows:
    one = [row for row in rows if not row["in_other"]]
    other = [row for row in rows if not row["in_one"]]
    both = [row for row in rows if row["in_one"] and row["in_other"]]

    def net(chosen: list[dict[str, Any]]) -> float:
        return sum((row["other_usd"] or 0.0) - (row["one_usd"] or 0.0) for row in chosen)

    return SupplierRows(
        supplier,
        len(one), -net(one), len(other), net(other), len(both), net(both),
        net([row for row in rows if row["part"] == "baseline"]), net([row for row in rows if row["part"] == "after"]),
    )  # fmt: skip
