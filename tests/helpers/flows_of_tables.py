"""Flows by period from the rows of the stages of the panel, which have names in place of numbers."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from stopgap.measures.second_opinion.period_flows import FlowNames, PeriodFlows, period_flows
from stopgap.measures.statistics.arrays import positions


def flows_of_tables(flows: pa.Table, reported: list[dict[str, Any]]) -> PeriodFlows:
    """The flows of ``world_flows`` in both windows; ``reported`` are rows of ``supplier``, ``period`` and ``part``."""
    flows = flows.filter(pa.compute.is_valid(flows["part"]))
    names, numbers = zip(*(positions(flows[name]) for name in ("supplier", "destination", "good")), strict=True)
    listed = dict(zip(flows["good"].to_pylist(), flows["is_sanctioned"].to_pylist(), strict=True))
    rows = pa.table(dict(zip(("supplier", "destination", "good"), numbers, strict=True)))
    for name in ("period", "value_usd"):
        rows = rows.append_column(name, flows[name])
    rows = rows.append_column("net_kg", pa.nulls(len(rows), pa.float64()))
    told = pa.Table.from_pylist([{**row, "season": row["period"].month} for row in reported])
    sanctioned = tuple(listed[name] for name in names[2])
    return period_flows(rows, FlowNames(*names, sanctioned), told, periods_per_year=12)
