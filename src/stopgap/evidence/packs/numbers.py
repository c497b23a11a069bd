"""Numbers of a finding, each with the SQL that gives it from the pack's rows.

The gross measure needs no model: every figure of it is a sum over the table ``cells`` (supplier × good, US dollars
a year in both windows), which one statement makes from the rows. Net figures, intervals and ranks come from
models; their ``sql`` is ``None``, and verifying a pack measures them again.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stopgap.base.errors import InputError
from stopgap.base.sql import listed, quoted
from stopgap.evidence.packs.documents import NumberEntry
from stopgap.lake.engine import Scalar
from stopgap.measures.backfill.results import Finding, MemberResult, SupplierResult

RELATIVE_TOLERANCE = 1e-9
"""Sums of doubles may differ in their last digits from one machine to the next."""

ABSOLUTE_TOLERANCE_USD = 0.005


@dataclass(frozen=True)
class PackNumber:
    """One number of a finding.

    Attributes:
        name: Where it stands: ``suspended.loss_usd``, ``suppliers.CHN.gain_usd``.
        value: ``None`` where the finding has none.
        unit: ``USD per year``, ``ratio`` or ``rank``.
        denominator: What a ratio is of; ``None`` for sums.
        sql: One SELECT over ``cells`` with one row and one column; ``None`` where a model gives it.
    """

    name: str
    value: float | None
    unit: str
    denominator: str | None
    sql: str | None

    def as_dict(self) -> NumberEntry:
        """The number as JSON."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "denominator": self.denominator,
            "sql": self.sql,
        }


def agrees(value: float | None, again: float | None) -> bool:
    """Whether two makings of a number are the same within tolerance; missing agrees with missing alone."""
    if value is None or again is None:
        return value is again
    if not (math.isfinite(value) and math.isfinite(again)):
        return False
    return math.isclose(value, again, rel_tol=RELATIVE_TOLERANCE, abs_tol=RELATIVE_TOLERANCE)


def agrees_usd(value: float | None, again: float | None) -> bool:
    """As :func:`agrees`, half a cent apart at most for sums that cancel."""
    if value is None or again is None:
        return value is again
    return agrees(value, again) or abs(value - again) <= ABSOLUTE_TOLERANCE_USD


def figures_of(finding: Finding) -> list[PackNumber]:
    """All numbers of a finding, the headline first."""
    return [*_headline(finding), *_suppliers(finding), *_members(finding), *_modelled(finding)]


def _total(economies: Iterable[str], column: str) -> str:
    names = sorted(economies)
    where = f"supplier IN ({listed(names)})" if names else "false"
    return f"SELECT coalesce(sum({column}), 0) FROM cells WHERE {where}"


def _difference(economies: Iterable[str], first: str, second: str) -> str:
    return _total(economies, f"{first} - {second}")


def _ratio(above: str, below: str) -> str:
    return f"SELECT ({above}) / nullif(({below}), 0)"


def _headline(finding: Finding) -> Iterator[PackNumber]:
    members = [row.supplier for row in finding.members]
    others = [row.supplier for row in finding.suppliers]
    unit, lost = finding.unit, finding.suspended
    loss = _difference(members, "baseline_usd", "after_usd")
    base = _total(members, "baseline_usd")
    gain = _difference(others, "after_usd", "baseline_usd")
    yield PackNumber("suspended.baseline_usd", lost.baseline_usd, unit, None, base)
    yield PackNumber("suspended.after_usd", lost.after_usd, unit, None, _total(members, "after_usd"))
    yield PackNumber("suspended.loss_usd", lost.loss_usd, unit, None, loss)
    yield PackNumber("suspended.loss_share", lost.loss_share, "ratio", "suspended.baseline_usd", _ratio(loss, base))
    ratio = finding.backfill.gross_ratio
    yield PackNumber(
        "backfill.gross_ratio", ratio, "ratio", "suspended.loss_usd", None if ratio is None else _ratio(gain, loss)
    )


def _suppliers(finding: Finding) -> Iterator[PackNumber]:
    loss = _difference([row.supplier for row in finding.members], "baseline_usd", "after_usd")
    for row in finding.suppliers:
        name, own = f"suppliers.{row.supplier}", [row.supplier]
        gain = _difference(own, "after_usd", "baseline_usd")
        yield from _windows(name, row, finding.unit)
        yield PackNumber(f"{name}.gain_usd", row.gain_usd, finding.unit, None, gain)
        share = row.share_of_loss
        sql = None if share is None else _ratio(gain, loss)
        yield PackNumber(f"{name}.share_of_loss", share, "ratio", "suspended.loss_usd", sql)


def _members(finding: Finding) -> Iterator[PackNumber]:
    for row in finding.members:
        name, own = f"members.{row.supplier}", [row.supplier]
        change = _difference(own, "after_usd", "baseline_usd")
        yield from _windows(name, row, finding.unit)
        yield PackNumber(f"{name}.change_usd", row.change_usd, finding.unit, None, change)


def _windows(name: str, row: SupplierResult | MemberResult, unit: str) -> Iterator[PackNumber]:
    """What one economy sold in both windows."""
    own = [row.supplier]
    yield PackNumber(f"{name}.baseline_usd", row.baseline_usd, unit, None, _total(own, "baseline_usd"))
    yield PackNumber(f"{name}.after_usd", row.after_usd, unit, None, _total(own, "after_usd"))


def _modelled(finding: Finding) -> Iterator[PackNumber]:
    document = finding.as_dict()
    gross = {"suppliers", "members", "queries", "warnings", "windows", "coverage"}
    for path, number, unit in _leaves({key: each for key, each in document.items() if key not in gross}):
        yield PackNumber(path, number, unit, None, None)
    for row in finding.suppliers:
        name = f"suppliers.{row.supplier}"
        yield PackNumber(f"{name}.net_gain_usd", row.net_gain_usd, finding.unit, None, None)
        for end, value in zip(("low", "high"), row.ci95 or (None, None), strict=True):
            yield PackNumber(f"{name}.ci95.{end}", value, finding.unit, None, None)
        yield PackNumber(f"{name}.q_value", row.q_value, "probability", None, None)


_SAID = re.compile(r"^(suspended\.(baseline|after|loss)_usd|suspended\.loss_share|backfill\.gross_ratio)$")


def _leaves(document: Mapping[str, Any]) -> Iterator[tuple[str, float, str]]:
    """Every number in a document by its path; those that the gross measure gave are left out."""
    for name, value in leaves(document):
        if not _SAID.match(name):
            unit = "USD per year" if name.endswith("_usd") else "rank" if "rank" in name else "ratio"
            yield name, value, unit


def leaves(document: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number in a JSON document with its path (``counterfactual.spread.0``); truth values are none."""
    if isinstance(document, Mapping):
        for name, value in document.items():
            yield from leaves(value, f"{path}.{name}" if path else str(name))
    elif isinstance(document, list | tuple):
        for number, value in enumerate(document):
            yield from leaves(value, f"{path}.{number}")
    elif isinstance(document, int | float) and not isinstance(document, bool):
        yield path, float(document)


def literal(sql: str, params: Mapping[str, Scalar]) -> str:
    """A statement with its scalars written in.

    Raises:
        InputError: A scalar is of a type that SQL cannot write.
    """

    def written(name: str) -> str:
        value = params[name]
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int):
            return str(value)
        if isinstance(value, float):
            return f"CAST({value!r} AS DOUBLE)"
        if isinstance(value, str):
            return quoted(value)
        raise InputError(f"the scalar {name} cannot be written", where=name, fix="use numbers, text or nothing")

    names = sorted(params, key=len, reverse=True)
    if not names:
        return sql
    return re.sub(r"\$(" + "|".join(map(re.escape, names)) + r")\b", lambda found: written(found[1]), sql)


def script(*, title: str, marking: str, views: Mapping[str, str], cells: str, figures: Iterable[PackNumber]) -> str:
    """A file that DuckDB runs alone, in the pack's folder ``data``: it makes ``cells`` and prints every number.

    Args:
        title: What the finding is, one line.
        marking: Label of its marking.
        views: Relation -> Parquet file, relative to ``data``.
        cells: Statement that makes ``cells``.
        figures: Numbers; those of models are named and not given.
    """
    lines = [f"-- {marking}", f"-- {title}", "-- run in the folder data of the pack: duckdb < sql/THIS_FILE", ""]
    lines += [f"CREATE VIEW {name} AS SELECT * FROM read_parquet({quoted(file)});" for name, file in views.items()]
    lines += ["", f"CREATE TABLE cells AS\n{cells};", ""]
    parts, models = [], []
    for figure in figures:
        if figure.sql is None:
            models.append(figure.name)
        else:
            parts.append(f"SELECT {quoted(figure.name)} AS name, ({figure.sql}) AS value")
    lines += ["\nUNION ALL ".join(parts) + ";", ""] if parts else []
    lines += [f"-- from a model, measured again by stopgap pack verify: {name}" for name in models]
    return "\n".join(lines) + f"\n-- {marking}\n"
