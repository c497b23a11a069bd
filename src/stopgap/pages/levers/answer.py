"""Answer to a what-if: what the stop carries, what comes back, what it removes, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stopgap.briefs.formats.text import NBSP, listing, percent, sentence_case
from stopgap.briefs.vocabulary import in_sentence, name_of, told
from stopgap.measures.backfill.results import Finding
from stopgap.measures.levers.removal import Projection
from stopgap.measures.levers.results import LeverFinding, WhatIf
from stopgap.measures.levers.what_if_text import WhatIfStop
from stopgap.pages.amounts import usd, usd_range
from stopgap.pages.charts.vega import compiled, tooltip
from stopgap.pages.views import Cell, ChartView, DataSource, NumberView, TableColumn, TableView

SMALL = 0.05
"""Share of all trade below which the stopped part is drawn alone."""
NAMED = 10
"""Suppliers of a stop that are named one by one."""
_SPECIFICATION: dict[str, Any] = {
    "height": 44,
    "mark": {"type": "bar", "height": 28, "tooltip": True},
    "encoding": {
        "x": {"field": "from", "type": "quantitative", "axis": {"format": "~r", "title": "billion US dollars a year", "titleColor": "@muted", "tickCount": 6}, "scale": {"nice": False}},
        "x2": {"field": "to"},
        "y": {"value": 20},
        "tooltip": tooltip([("said", "part"), ("amount", "US dollars a year"), ("share", "of all trade")]),
    },
}  # fmt: skip


@dataclass(frozen=True)
class WhatIfAnswer:
    """Answer to a what-if.

    Attributes:
        sentence: The answer in one sentence.
        why: Why.
        numbers: Its figures.
        chart: The target's trade: not touched, coming back, removed.
        actions: The stops one by one, where there are several.
        error: What was wrong with the question; ``None`` where nothing was: what, where, how to put it right.
    """

    sentence: str = ""
    why: str = ""
    numbers: tuple[NumberView, ...] = ()
    chart: ChartView | None = None
    actions: TableView | None = None
    error: tuple[str, str, str] | None = None


def answer_of(
    levers: LeverFinding, finding: Finding, names: Mapping[str, str], *, basis: str, source: DataSource
) -> WhatIfAnswer | None:
    """Return the answer to the what-if of a finding; ``None`` where none was asked.

    Args:
        levers: The levers, with the what-if.
        finding: Finding whose words and names apply.
        names: Names by code.
        basis: What the figures rest on.
        source: Where its data are.
    """
    asked = levers.what_if
    if asked is None:
        return None
    shown = asked.combined
    stop = sentence_case(listing(stop_words(each.action, names) for each in asked.actions))
    return WhatIfAnswer(
        told(f"{stop}: {_effect(shown)}.", finding, names),
        f"{_spaced(sentence_case(told(asked.why, finding, names)))}.",
        _numbers(shown),
        _chart(levers, shown, stop, basis, source),
        _actions(asked, names) if len(asked.actions) > 1 else None,
    )


def _spaced(text: str) -> str:
    return re.sub(r"(?<=\d) ?%", f"{NBSP}%", text)


def stop_words(action: WhatIfStop, names: Mapping[str, str]) -> str:
    """Return a stop in words: ``50 % of the trade of Kyrgyzstan in 8542 stopped``."""
    whose = listing(in_sentence(name_of(code, names)) for code in action.suppliers[:NAMED])
    if len(action.suppliers) > NAMED:
        whose = f"{len(action.suppliers)} suppliers"
    whose = whose or "every supplier"
    if action.re_exports:
        whole, part = (
            f"all that passes through {whose} consistent with routing",
            f"what passes through {whose} consistent with routing",
        )
    else:
        whole, part = f"all trade of {whose}", f"the trade of {whose}"
    share = whole if action.cut_share >= 1 else f"{percent(action.cut_share)} of {part}"
    codes = listing(code.removeprefix("group:") for code in action.goods)
    return f"{share} in {codes or 'all goods of the list'} stopped"


def _effect(shown: Projection) -> str:
    carried = f"it carries {usd(shown.carried_usd)} a year"
    if shown.share_of_inflow is not None:
        carried += f", {percent(shown.share_of_inflow)} of the trade"
    low, high = shown.removed_range_usd
    if shown.removed_usd is None:
        return f"{carried}; what would come back cannot be told, so it removes {usd_range(low, high)}"
    interval = (
        f" (95 % interval {usd_range(*shown.removed_ci95)})"
        if shown.removed_ci95
        else f" (between {usd_range(low, high)})"
    )
    return f"{carried}, and removes {usd(shown.removed_usd)}{interval} after what comes back through others"


def _numbers(shown: Projection) -> tuple[NumberView, ...]:
    low, high = shown.removed_range_usd
    thinned, switch = shown.sensitivity.thinned_removed_usd, shown.sensitivity.hubs_switch_removed_usd
    share = (
        ""
        if shown.share_of_inflow is None
        else f"{percent(shown.share_of_inflow)} of the target’s trade in these goods"
    )
    found = [NumberView("Stopped, a year", usd(shown.carried_usd), "", share)]
    if shown.removed_usd is None or shown.reroute_share is None:
        found.append(NumberView("Removed, a year", "cannot be told", "", f"between {usd_range(low, high)}"))
    else:
        back = (
            "no interval"
            if shown.reroute_ci95 is None
            else f"95 % interval {percent(shown.reroute_ci95[0])} to {percent(shown.reroute_ci95[1])}"
        )
        removed = "no interval" if shown.removed_ci95 is None else f"95 % interval {usd_range(*shown.removed_ci95)}"
        found.append(NumberView("Comes back through others", percent(shown.reroute_share), "", back))
        found.append(NumberView("Removed, a year", usd(shown.removed_usd), "", removed))
    if thinned is not None:
        found.append(
            NumberView("Removed if the stop thins the alternatives", usd(thinned), "", "in proportion to those left")
        )
    if switch is not None and switch != shown.removed_usd:
        found.append(
            NumberView("Removed if routes move to another hub", usd(switch), "", "all that is consistent with routing")
        )
    return tuple(found)


def _chart(levers: LeverFinding, shown: Projection, stop: str, basis: str, source: DataSource) -> ChartView:
    total = levers.inflow.total_usd
    untouched = max(total - shown.carried_usd, 0.0)
    if shown.removed_usd is None:
        parts = [("not touched", untouched, "@hatch"), ("stopped; return cannot be told", shown.carried_usd, "@hub")]
    else:
        back = max(shown.carried_usd - shown.removed_usd, 0.0)
        parts = [
            ("not touched", untouched, "@hatch"),
            ("comes back", back, "@hub"),
            ("removed", shown.removed_usd, "@accent"),
        ]
    is_small = shown.carried_usd < SMALL * total
    drawn = parts[1:] if is_small else parts
    divisor, unit = (1e9, "billion") if (shown.carried_usd if is_small else total) >= 1e9 else (1e6, "million")
    rows: list[dict[str, Any]] = []
    start = 0.0
    for said, value, _ in drawn:
        rows.append(
            {
                "from": start / divisor, "to": (start + value) / divisor, "said": f"{said}: {usd(value)}", "amount": usd(value),
                "share": percent(value / total) if total > 0 else "",
            }
        )  # fmt: skip
        start += value
    domain = [row["said"] for row in rows]
    colour = {
        "field": "said", "type": "nominal", "scale": {"domain": domain, "range": [name for _, _, name in drawn]},
        "legend": {"columns": 1, "symbolType": "square", "labelLimit": 420},
    }  # fmt: skip
    across = {
        **_SPECIFICATION["encoding"]["x"],
        "axis": {**_SPECIFICATION["encoding"]["x"]["axis"], "title": f"{unit} US dollars a year"},
    }
    specification = {**_SPECIFICATION, "encoding": {**_SPECIFICATION["encoding"], "x": across, "color": colour}}
    told_parts = "; ".join(f"{said}: {usd(value)}" for said, value, _ in parts)
    description = f"{stop}. Of {usd(total)} a year of trade with the target: {told_parts}."
    return ChartView(
        key="what-if",
        title=f"Of {usd(shown.carried_usd)} a year that is stopped" if is_small else f"Of {usd(total)} a year",
        description=description,
        specification=compiled(specification, rows, description),
        table=TableView(
            "what-if", "Trade with the target, US dollars a year", (TableColumn("Part"), TableColumn("US dollars a year", "number"), TableColumn("Of all trade", "number")),
            tuple((Cell(said), Cell(usd(value)), Cell(percent(value / total) if total > 0 else "")) for said, value, _ in parts),
        ),
        basis=basis,
        height=8,
        source=source,
        subtitle=(
            f"The stopped part alone, {percent(shown.carried_usd / total)} of all trade with the target in these goods in the after-window."
            if is_small
            else "All trade with the target in these goods in the after-window: the part stopped is what comes back and what is removed."
        ),
    )  # fmt: skip


def _actions(asked: WhatIf, names: Mapping[str, str]) -> TableView:
    return TableView(
        "actions",
        f"Each stop on its own; {usd(asked.counted_once_usd)} are in several of them and count once",
        (TableColumn("Stop"), TableColumn("Stopped", "number"), TableColumn("Removed", "number"), TableColumn("Range", "number")),
        tuple(
            (
                Cell(sentence_case(stop_words(each.action, names))),
                Cell(usd(each.projection.carried_usd)),
                Cell("", missing="cannot be told") if each.projection.removed_usd is None else Cell(usd(each.projection.removed_usd)),
                Cell(usd_range(*each.projection.removed_range_usd)),
            )
            for each in asked.actions
        ),
    )  # fmt: skip
