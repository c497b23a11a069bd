"""What is planted in simulated declarations, as it stands in their lines: who is who, and what each carried."""

from __future__ import annotations

from typing import Any

import numpy as np

from stopgap.simulate.declarations import COVER, Selling, SimulatedCompany
from stopgap.simulate.declarations_lines import Lines
from stopgap.simulate.plan import Plan

VERSION = 1
"""Raised whenever the same options would give other declarations."""

EXPORTER, IMPORTER, CONSIGNEE = "exporter", "importer", "consignee"
PARTIES = (EXPORTER, IMPORTER, CONSIGNEE)
_SUMS = ("value_usd", "through_hubs_usd", "coalition_made_usd", "route_unknown_usd", "lines", "lines_without_value")
_NEVER = 10**9


class Planted:
    """Sums over the lines of the list's goods bound for the target in the after-window, by company and party."""

    def __init__(self, plan: Plan, companies: list[SimulatedCompany]) -> None:
        self.plan, self.companies = plan, companies
        self.sums = {name: np.zeros((len(PARTIES), len(companies))) for name in _SUMS}
        # Days of all lines of the list's goods bound for the target, the after-window's or not.
        self.first = np.full((len(PARTIES), len(companies)), _NEVER, dtype=np.int64)
        self.last = np.full((len(PARTIES), len(companies)), -1, dtype=np.int64)
        self.too_short = 0

    def add(self, company: SimulatedCompany, selling: Selling, lines: Lines) -> None:
        """Count the lines of one seller."""
        plan = self.plan
        is_wanted = (lines.good < plan.spec.sanctioned_goods) & (selling.destination == 0)
        in_window = lines.period >= plan.after.start
        self.too_short += int((is_wanted & in_window & (lines.digits < 6)).sum())
        is_wanted &= lines.digits >= 6
        starts = np.array([day.year * 372 + (day.month - 1) * 31 for day in plan.names.periods])
        day = starts[lines.period] + lines.month * 31 + lines.day - 1
        is_hub = np.zeros(plan.spec.economies + 1, dtype=bool)
        is_hub[plan.roles.hubs] = True
        is_member = np.zeros(plan.spec.economies + 1, dtype=bool)
        is_member[plan.roles.members] = True
        hub = np.where(is_hub[lines.shipped_from], lines.shipped_from, company.economy)
        past_hub = is_hub[hub]
        unknown = past_hub & (lines.made_in < 0)
        through = past_hub & ~unknown & (lines.made_in != hub)
        value = np.nan_to_num(lines.value_usd)
        figures = {
            "value_usd": value,
            "through_hubs_usd": value * through,
            "coalition_made_usd": value * (through & is_member[lines.made_in]),
            "route_unknown_usd": value * unknown,
            "lines": np.ones(len(lines)),
            "lines_without_value": np.isnan(lines.value_usd).astype(float),
        }
        seller = np.full(len(lines), company.number, dtype=np.intp)
        for party, numbers in enumerate((seller, lines.importer, lines.consignee)):
            named = is_wanted & (numbers >= 0)
            np.minimum.at(self.first[party], numbers[named], day[named])
            np.maximum.at(self.last[party], numbers[named], day[named])
            counted = named & in_window
            for name, figure in figures.items():
                np.add.at(self.sums[name][party], numbers[counted], figure[counted])

    def truth(self, asked: int, written: int) -> dict[str, Any]:
        """What ``truth.json`` says of the declarations."""
        whole = {name: float(np.round(sums[0].sum(), 2)) for name, sums in self.sums.items()}
        window = self.plan.after
        periods = self.plan.names.periods
        last = periods[window.stop - 1]
        end = f"{last.year}-12" if self.plan.spec.annual else f"{last:%Y-%m}"
        clusters: dict[int, list[str]] = {}
        for company in self.companies:
            if company.cluster is not None:
                clusters.setdefault(company.cluster, []).append(company.code)
        return {
            "version": VERSION,
            "asked_lines": asked,
            "lines": written,
            "window": [f"{periods[window.start]:%Y-%m}", end],
            "cover_share": COVER,
            "totals": {
                **{name: value for name, value in whole.items() if name.endswith("_usd")},
                "lines": int(whole["lines"]),
                "lines_without_value": int(whole["lines_without_value"]),
                "lines_with_short_codes": self.too_short,
            },
            "companies": [self._company(company) for company in self.companies],
            "clusters": list(clusters.values()),
        }

    def _company(self, company: SimulatedCompany) -> dict[str, Any]:
        return {
            "company": company.code,
            "part": company.part,
            "economy": self.plan.names.economies[company.economy],
            "name": company.spellings[0].text,
            "identifier": company.identifier,
            "aliases": [
                {"name": spelling.text, "script": spelling.script, "noise": list(spelling.noises)}
                for spelling in company.spellings
            ],
            "listed_as": company.listed_as,
            "founded_on": company.founded_on.isoformat(),
            "in_register": company.in_register,
            "parties": {
                name: found for place, name in enumerate(PARTIES) if (found := self._party(place, company.number))
            },
        }

    def _party(self, party: int, number: int) -> dict[str, Any] | None:
        if self.last[party, number] < 0:
            return None
        sums = {name: figure[party, number] for name, figure in self.sums.items()}
        return {
            **{name: float(np.round(value, 2)) for name, value in sums.items() if name.endswith("_usd")},
            "lines": int(sums["lines"]),
            "lines_without_value": int(sums["lines_without_value"]),
            "first_seen": _day(int(self.first[party, number])),
            "last_seen": _day(int(self.last[party, number])),
        }


def _day(number: int) -> str:
    """The day of a number of days in which every month has 31."""
    return f"{number // 372}-{number % 372 // 31 + 1:02d}-{number % 31 + 1:02d}"
