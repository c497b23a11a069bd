"""An exposure held against the truth of simulated declarations: names, dollars, routes, lists, registers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from stopgap.screening.exposure.results import CompanyExposure, ExposureFinding

Truth = Mapping[str, Any]


@dataclass(frozen=True)
class Rate:
    """Hits among what was found, and among what was there."""

    found: int
    right: int
    there: int

    @property
    def precision(self) -> float | None:
        """Of what was found, how much is right."""
        return self.right / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """Of what was there, how much was found."""
        return self.right / self.there if self.there else None

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.found + other.found, self.right + other.right, self.there + other.there)


@dataclass(frozen=True)
class Scores:
    """One exposure against the truth.

    Attributes:
        names: Pairs of spellings taken for one company.
        values: By party and planted company, dollars of the row that is it by those planted; 0 where there is none.
        route_errors: Of exporters, share through hubs less the planted one.
        lists: Rows with the right entry of the list.
        new: Companies founded after the event.
        sharing: Pairs of intermediaries that share an address and customers.
    """

    names: Rate
    values: tuple[float, ...]
    route_errors: tuple[float, ...]
    lists: Rate
    new: Rate
    sharing: Rate


def score(finding: ExposureFinding, truth: Truth) -> Scores:
    """Everything of a finding that shows all its companies (``limit=0``)."""
    owner = {alias["name"]: company["company"] for company in truth["companies"] for alias in company["aliases"]}
    meant = {row.company: _owner(row, owner) for row in finding.companies}
    return Scores(
        names=_names(finding, owner),
        values=tuple(_values(finding, truth, meant)),
        route_errors=tuple(_route_errors(finding, truth, meant)),
        lists=_lists(finding, truth, meant),
        new=_new(finding, truth, meant),
        sharing=_sharing(finding, truth, meant),
    )


def _owner(row: CompanyExposure, owner: Mapping[str, str]) -> str:
    """The planted company that most lines of a row are of."""
    lines: Counter[str] = Counter()
    for spelling in row.spellings:
        lines[owner[spelling.name]] += spelling.lines
    return max(sorted(lines), key=lambda code: lines[code])


def _names(finding: ExposureFinding, owner: Mapping[str, str]) -> Rate:
    spelled = {
        (row.company, spelling.name): owner[spelling.name] for row in finding.companies for spelling in row.spellings
    }
    merged: Counter[str] = Counter(company for company, _ in spelled)
    true: Counter[str] = Counter(spelled.values())
    both: Counter[tuple[str, str]] = Counter((company, code) for (company, _), code in spelled.items())
    pairs = [sum(n * (n - 1) // 2 for n in counts.values()) for counts in (merged, both, true)]
    return Rate(*pairs)


def _values(finding: ExposureFinding, truth: Truth, meant: Mapping[str, str]) -> list[float]:
    best: dict[tuple[str, str], float] = defaultdict(float)
    for row in finding.companies:
        key = (row.party, meant[row.company])
        best[key] = max(best[key], row.value_usd)
    return [
        best[(party, company["company"])] / figures["value_usd"]
        for company in truth["companies"]
        for party, figures in company["parties"].items()
        if figures["value_usd"] > 0
    ]


def _largest(finding: ExposureFinding, meant: Mapping[str, str], party: str) -> dict[str, CompanyExposure]:
    """By planted company, its row with the most dollars."""
    found: dict[str, CompanyExposure] = {}
    for row in finding.companies:
        code = meant[row.company]
        if row.party == party and (code not in found or row.value_usd > found[code].value_usd):
            found[code] = row
    return found


def _route_errors(finding: ExposureFinding, truth: Truth, meant: Mapping[str, str]) -> list[float]:
    rows = _largest(finding, meant, "exporter")
    errors = []
    for company in truth["companies"]:
        planted = company["parties"].get("exporter")
        row = rows.get(company["company"])
        if planted is None or row is None or row.routed.share_through_hubs is None:
            continue
        known = planted["value_usd"] - planted["route_unknown_usd"]
        if known > 0:
            errors.append(row.routed.share_through_hubs - planted["through_hubs_usd"] / known)
    return errors


def _lists(finding: ExposureFinding, truth: Truth, meant: Mapping[str, str]) -> Rate:
    """Rows with the right entry, of rows that are a listed company's, and of entries shown."""
    entry = {company["company"]: company["listed_as"] for company in truth["companies"]}
    shown = [(hit.entity_id, entry[meant[row.company]]) for row in finding.companies for hit in row.hits or ()]
    right = sum(1 for found, wanted in shown if found == wanted)
    return Rate(len(shown), right, sum(1 for row in finding.companies if entry[meant[row.company]]))


def _new(finding: ExposureFinding, truth: Truth, meant: Mapping[str, str]) -> Rate:
    """Of companies that the register has."""
    event = f"{finding.event}-01"
    new = {
        company["company"]
        for company in truth["companies"]
        if company["in_register"] and company["founded_on"] >= event
    }
    seen = {meant[row.company] for row in finding.companies}
    found = {meant[row.company] for row in finding.companies if row.newly_founded}
    return Rate(len(found), len(found & new), len(new & seen))


def _sharing(finding: ExposureFinding, truth: Truth, meant: Mapping[str, str]) -> Rate:
    """Of planted groups, pairs whose members both sold in the window; found are those that share an address."""
    sold = {meant[row.company] for row in finding.companies if row.party == "exporter"}
    planted = {
        frozenset(pair)
        for cluster in truth["clusters"]
        for pair in combinations(sorted(cluster), 2)
        if set(pair) <= sold
    }
    found = {
        frozenset((meant[row.company], meant[other.company]))
        for row in finding.companies
        for other in row.co_shippers
        if other.addresses and meant[row.company] != meant[other.company]
    }
    return Rate(len(found), len(found & planted), len(planted))


def median(values: Sequence[float]) -> float:
    """The middle value."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]
