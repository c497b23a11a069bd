"""Run placebo tests of named alternative explanations.

The literature names them: a revision of the nomenclature, confidential codes,
currencies, price caps, reporters of part of a year, hubs, and coalition re-exports can all
look like backfill. Each is tested if the figures allow it, and listed as untested if not.

Method: docs/methods/second-opinion.md.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from stopgap.measures.second_opinion.estimates import Variant
from stopgap.measures.second_opinion.period_flows import PeriodFlows
from stopgap.measures.statistics.window_model import WindowCells

LEAST_WEIGHED = 0.5
"""Smallest share of the target's sanctioned dollars with a weight for a test in kilograms."""

LEAST_REPORTED = 0.9
"""Share of a window's periods below which a supplier counts as a partial reporter."""

LEAST_LEFT = 0.5
"""Smallest share of the target's sanctioned trade that the remaining suppliers must have."""


@dataclass(frozen=True)
class Surroundings:
    """Inputs of the named tests other than the flows.

    ``target`` is its code, and ``allowed`` are the codes of destinations that may be placebos; ``revisions`` are the
    nomenclature revisions among the codes counted, ``moved_goods`` the goods that one of them moved, split or joined.
    """

    target: int
    members: Collection[str]
    hubs: Collection[str]
    level: str
    revisions: tuple[str, ...]
    moved_goods: Collection[str]
    allowed: Collection[int] | None = None


def named_variants(flows: PeriodFlows, about: Surroundings) -> tuple[Variant, ...]:
    """Return every named test, run or not; the flows include the coalition's members among the destinations."""
    cells = flows.between(flows.in_part("baseline"), flows.in_part("after"))
    return (
        _revision(flows, cells, about),
        _partial_reporters(flows, cells, about),
        _without(flows, cells, about, "hubs", "coalition goods passed through hubs", about.hubs, "hub", "supplier"),
        _without(
            flows,
            cells,
            about,
            "coalition-destinations",
            "the coalition bought more, or less, because it no longer sold to the target",
            about.members,
            "member",
            "destination",
        ),
        _kilograms(flows, about),
        _currency(flows),
        _demand(flows),
        Variant(
            "confidential-codes",
            "trade that a reporter hides under another code came into the open, or left it",
            "the lake does not say which codes a reporter hides, nor from when",
        ),
    )


def _revision(flows: PeriodFlows, cells: WindowCells, about: Surroundings) -> Variant:
    name, asks = ("nomenclature", "codes moved between the windows as the nomenclature was revised (HS 2017 to 2022)")
    if about.level != "HS6":
        why = f"figures are of level {about.level}: subheadings that moved within it are not seen, nor needed"
        return Variant(name, asks, why)
    if len(about.revisions) < 2:
        return Variant(
            name, asks, f"all codes are of {' '.join(about.revisions) or 'one revision'}", status="not at issue"
        )
    moved = np.isin(np.array(flows.goods), list(about.moved_goods))
    if not moved.any():
        return Variant(name, asks, "no good measured was moved, split or joined", status="not at issue")
    why = f"without the {int(moved.sum())} of {len(flows.goods)} goods that a revision moved, split or joined"
    return Variant(name, asks, why, cells.take(~moved[cells.good]), about.target, allowed=about.allowed)


def _partial_reporters(flows: PeriodFlows, cells: WindowCells, about: Surroundings) -> Variant:
    name, asks = "partial-reporters", "suppliers that reported part of a window came and went"
    shares = [flows.reported[:, flows.in_part(part)].mean(axis=1) for part in ("baseline", "after")]
    taken = np.unique(cells.supplier)
    whole = np.minimum(*shares) >= LEAST_REPORTED
    if np.minimum(*shares)[taken].min(initial=1.0) >= 1.0:
        return Variant(name, asks, "every supplier reported every period of both windows", status="not at issue")
    at = (cells.destination == about.target) & cells.is_sanctioned
    sold, left = cells.after_usd[at].sum(), cells.after_usd[at & whole[cells.supplier]].sum()
    why = (
        f"with the {int(whole[taken].sum())} of {len(taken)} suppliers that reported {LEAST_REPORTED:.0%} of the periods of "
        "each window"
    )
    if left < LEAST_LEFT * sold:
        why = f"{why}, under half of the target's sanctioned trade would be left"
        return Variant(name, asks, why)
    return Variant(name, asks, why, cells.take(whole[cells.supplier]), about.target, allowed=about.allowed)


def _without(
    flows: PeriodFlows,
    cells: WindowCells,
    about: Surroundings,
    name: str,
    asks: str,
    left_out: Collection[str],
    who: str,
    side: str,
) -> Variant:
    """Build the variant that excludes some suppliers or some destinations (``side``)."""
    gone = np.isin(np.array(getattr(flows, f"{side}s")), list(left_out))[getattr(cells, side)]
    if not gone.any():
        return Variant(name, asks, f"no {who} is among the {side}s", status="not at issue")
    count = len(set(left_out) & set(getattr(flows, f"{side}s")))
    why = f"without the {count} {who}s among the {side}s"
    return Variant(name, asks, why, cells.take(~gone), about.target, allowed=about.allowed)


def _kilograms(flows: PeriodFlows, about: Surroundings) -> Variant:
    name, asks = "prices", "prices moved, a price cap among them, and not quantities"
    weights, share = flows.in_kilograms(about.target)
    if share is None or share < LEAST_WEIGHED:
        why = f"{share or 0.0:.0%} of the target's sanctioned dollars are in cells with weights, needs {LEAST_WEIGHED:.0%}"
        return Variant(name, asks, why)
    cells = weights.between(weights.in_part("baseline"), weights.in_part("after"))
    why = (
        f"in kilograms, for the {share:.0%} of the target's sanctioned dollars in cells with weights; what lacks one is "
        "taken at the unit value of its cell and window"
    )
    return Variant(name, asks, why, cells, about.target, allowed=about.allowed)


def _currency(flows: PeriodFlows) -> Variant:
    name, asks = "currency", "a currency moved, and dollars with it"
    if flows.has_pair_effects:
        why = (
            "the effects of supplier-good-period and supplier-destination-period take up every move that is common to "
            "sanctioned and ordinary goods of a pair; one that differs between goods stays"
        )
        return Variant(name, asks, why, status="absorbed")
    why = (
        "the effects of supplier-good-period take up the supplier's own; a move of the target's is in the estimate, "
        "for want of ordinary goods to tell it by"
    )
    return Variant(name, asks, why)


def _demand(flows: PeriodFlows) -> Variant:
    name, asks = "demand", "the target bought more, or less, of everything"
    if flows.has_pair_effects:
        why = "the effects of supplier-destination-period take it up, as ordinary goods show it"
        return Variant(name, asks, why, status="absorbed")
    return Variant(name, asks, "no ordinary goods are known to tell it by")
