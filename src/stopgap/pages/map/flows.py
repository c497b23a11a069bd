"""Flows of an episode as they are drawn on the map: from where to where, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stopgap.briefs.vocabulary import is_purchase, is_substitution, name_of
from stopgap.measures.backfill.results import Finding

MEMBER = "member of the coalition"


@dataclass(frozen=True)
class MapFlow:
    """Trade of one economy with the target, or with the coalition that turned to others; US dollars a year.

    Attributes:
        economy: Its code.
        name: Its name; of a member that bought from the target, both ends.
        role: ``member of the coalition``, ``hub`` or ``other``.
        start: Code of the economy that the goods leave.
        end: Code of the economy that they go to.
        baseline_usd: In the baseline.
        after_usd: In the after-window.
    """

    economy: str
    name: str
    role: str
    start: str
    end: str
    baseline_usd: float
    after_usd: float

    @property
    def change_usd(self) -> float:
        """After less baseline."""
        return self.after_usd - self.baseline_usd


def map_flows(finding: Finding, names: Mapping[str, str]) -> tuple[MapFlow, ...]:
    """Return the flows of members and others with figures in both windows, the largest change first.

    Goods go from suppliers to the target, or from the target to its buyers. Where others sell to the coalition instead
    of the target, their flows end at the coalition's :func:`largest_member`.
    """
    target = finding.target
    silent = set(finding.coverage.missing_reporters)
    members = [row for row in finding.members if row.supplier not in silent]
    is_bought = is_purchase(finding) or is_substitution(finding)
    is_turned = is_substitution(finding)
    found = []
    for row in members:
        name = name_of(row.supplier, names)
        said = f"{name_of(target, names)} to {name}" if is_turned else name
        ends = _ends(row.supplier, target, is_bought)
        found.append(MapFlow(row.supplier, said, MEMBER, *ends, row.baseline_usd, row.after_usd))
    market, turned = target, is_purchase(finding)
    if is_turned:
        market, turned = largest_member(finding) or target, False
    for row in finding.suppliers:
        role, ends = "hub" if row.is_hub else "other", _ends(row.supplier, market, turned)
        found.append(MapFlow(row.supplier, name_of(row.supplier, names), role, *ends, row.baseline_usd, row.after_usd))
    return tuple(sorted(found, key=lambda flow: (-abs(flow.change_usd), flow.economy)))


def largest_member(finding: Finding) -> str | None:
    """Return the member of the coalition with the most trade in the baseline; ``None`` without any."""
    ranked = sorted(finding.members, key=lambda row: (-row.baseline_usd, row.supplier))
    return ranked[0].supplier if ranked else None


def _ends(economy: str, market: str, is_bought: bool) -> tuple[str, str]:
    return (market, economy) if is_bought else (economy, market)
