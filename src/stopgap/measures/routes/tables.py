"""Routes as tables and lines of text."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pyarrow as pa

from stopgap.base.errors import UsageError
from stopgap.measures.routes.results import HubGood, HubRoute, RouteFinding, RouteMonth

_ARROW = {"str": pa.string(), "float": pa.float64(), "bool": pa.bool_(), "int": pa.int64()}
_KINDS = {"hub": ("hubs", HubRoute), "good": ("by_good", HubGood), "month": ("months", RouteMonth)}

SHOWN = {
    "hub": ("hub", "match_usd", "threshold_usd", "counted", "net_usd", "share_of_loss", "re_export_share", "because"),
    "good": ("hub", "good", "match_usd", "net_usd"),
    "month": ("hub", "period", "coalition_usd", "coalition_expected_usd", "target_usd", "target_expected_usd", "matched_usd"),
}  # fmt: skip


def route_table(finding: RouteFinding, *, by: str = "hub") -> pa.Table:
    """One row per hub, per hub and good, or per hub and period.

    Raises:
        UsageError: Another ``by``.
    """
    if by not in _KINDS:
        raise UsageError(f"no table by {by!r}", where="--by", fix=f"use {', '.join(_KINDS)}")
    name, kind = _KINDS[by]
    columns = []
    for field, annotation in kind.__annotations__.items():
        text = str(annotation)
        is_list = text.startswith("tuple")
        columns.append((field, pa.list_(pa.string()) if is_list else _ARROW[text.split(" ")[0]]))
    rows: list[dict[str, Any]] = [asdict(row) for row in getattr(finding, name)]
    return pa.Table.from_pylist(rows, schema=pa.schema(columns))


def _share(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.1%}"


def _usd(value: float | None) -> str:
    return "not known" if value is None else f"USD {value:,.0f}"


def route_lines(finding: RouteFinding) -> list[str]:
    """The finding in lines of text, the headline first."""
    routing, coverage = finding.routing, finding.coverage
    base, after = finding.windows.baseline, finding.windows.after
    if routing.net_usd is None:
        head = f"routes through hubs not known: {routing.because}"
    elif not routing.hubs_counted:
        head = f"no hub counts as a route: {routing.because} ({routing.hubs_measured} hubs measured)"
    else:
        head = (
            f"consistent with routing through hubs: {_usd(routing.net_usd)} a year, "
            f"{_share(routing.net_share_of_loss)} of the loss ({routing.hubs_counted} of {routing.hubs_measured} hubs count)"
        )
    others = "; ".join(
        f"markup {row.markup:g}{'' if row.ordinary_adjusted else ', growth in ordinary goods left in'}: {_usd(row.net_usd)}"
        for row in finding.sensitivity[1:]
    )
    return [
        f"{finding.episode}, {finding.goods}: {head}",
        f"matched before gate and cap: {_usd(routing.raw_usd)} a year ({_share(routing.raw_share_of_loss)} of the loss), "
        f"high by chance alone; part of the hubs' excess trade with {finding.target} that counts: {_share(routing.re_export_share)}",
        f"net under other assumptions: {others}",
        f"baseline {base[0]} to {base[1]}, after {after[0]} to {after[1]}, means per year; {finding.frequency} figures, lags to "
        f"{finding.lags} periods, leg 1 as the {finding.leg1} reports it, leg 2 as the {finding.report} does, {finding.valuation}, "
        f"level {coverage.level} {coverage.revision}, goods {finding.goods_version}, vintage {finding.as_of}, seed {finding.seed}",
        f"coverage: {coverage.goods_measured} goods of the list, {coverage.ordinary_goods} ordinary goods; sources {', '.join(coverage.sources)}",
        *(f"note: {warning}" for warning in finding.warnings),
    ]
