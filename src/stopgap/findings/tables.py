"""Findings as tables and lines of text."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pyarrow as pa

from stopgap.errors import UsageError
from stopgap.findings.results import Finding, GoodResult, MemberResult, SupplierResult

_ARROW = {"str": pa.string(), "float": pa.float64(), "bool": pa.bool_(), "int": pa.int64()}


def _schema(of: type) -> pa.Schema:
    fields = []
    for name, annotation in of.__annotations__.items():
        text = str(annotation)
        if text == "Interval":
            fields.append((name, pa.list_(pa.float64())))
        else:
            fields.append((name, _ARROW[text.split(" ")[0]]))
    return pa.schema(fields)


def records_table(rows: tuple[Any, ...], of: type) -> pa.Table:
    """Frozen dataclasses as a table, one column a field."""
    return pa.Table.from_pylist([asdict(row) for row in rows], schema=_schema(of))


def suppliers_table(finding: Finding) -> pa.Table:
    """One row per supplier outside the coalition, largest gain first; fields of :class:`SupplierResult`."""
    return records_table(finding.suppliers, SupplierResult)


def members_table(finding: Finding) -> pa.Table:
    """One row per member of the coalition, largest fall first; fields of :class:`MemberResult`."""
    return records_table(finding.members, MemberResult)


def goods_table(finding: Finding) -> pa.Table:
    """One row per good, largest loss first; fields of :class:`GoodResult`."""
    return records_table(finding.by_good, GoodResult)


def groups_table(finding: Finding) -> pa.Table:
    """One row per group of the goods list; fields of :class:`GoodResult`."""
    return records_table(finding.by_group, GoodResult)


def finding_table(finding: Finding, *, by: str) -> pa.Table:
    """The finding's table by supplier, good or group.

    Raises:
        UsageError: Another ``by``.
    """
    tables = {"supplier": suppliers_table, "good": goods_table, "group": groups_table}
    if by not in tables:
        raise UsageError(f"no table by {by!r}", where="--by", mend=f"use {', '.join(tables)}")
    return tables[by](finding)


def _share(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.1%}"


def summary_lines(finding: Finding) -> list[str]:
    """The finding in lines of text, the headline first; every figure with its basis."""
    suspended, identity = finding.suspended, finding.identity
    base, after = finding.windows.baseline, finding.windows.after
    coverage = finding.coverage
    return [
        f"{finding.episode}, {finding.goods}: suspended {_share(suspended.loss_share)} "
        f"(USD {suspended.baseline_usd:,.0f} to {suspended.after_usd:,.0f} a year), "
        f"gross backfill {_share(finding.backfill.gross_ratio)} of the loss",
        f"loss of goods that fell: USD {identity.loss_usd:,.0f} = same good {identity.filled_same_good_usd:,.0f} "
        f"+ same heading {identity.filled_same_heading_usd:,.0f} + unfilled {identity.unfilled_usd:,.0f}; overfill {identity.overfill_usd:,.0f}",
        f"baseline {base[0]} to {base[1]}, after {after[0]} to {after[1]}, means per year; {finding.frequency} figures, "
        f"{finding.report}'s report, {finding.valuation}, route {finding.route}, level {coverage.level} {coverage.revision}, "
        f"goods {finding.goods_version}, vintage {finding.as_of}",
        f"coverage: {_share(coverage.share_of_baseline_reported)} of baseline trade reported in both windows; "
        f"{coverage.goods_found} of {coverage.goods_listed} listed codes; sources {', '.join(coverage.sources)}",
        *(f"note: {warning}" for warning in finding.warnings),
        f"finding {finding.finding_id}",
    ]
