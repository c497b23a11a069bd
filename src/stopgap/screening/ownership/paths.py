"""Explain why an entity is covered: its direct owners, and the ownership chains from listed owners."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from stopgap.screening.ownership.request import OwnershipMethod
from stopgap.screening.ownership.rule import OwnershipCoverage, Status
from stopgap.screening.ownership.shares import WHOLE
from stopgap.screening.ownership.table import Stated

CHAINS = 20
"""Maximum number of chains reported per entity, shortest first."""
LOOKED_AT = 5_000
"""Maximum number of steps of the search for chains; chains not found by then are omitted."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One owner's share (ratio, ``low`` to ``high``) in one asset; names are ``None`` if unknown.

    Attributes:
        stated: Sources of the share.
    """

    owner: str
    owner_name: str | None
    asset: str
    asset_name: str | None
    low: float
    high: float
    stated: tuple[Stated, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "owner": self.owner,
            "owner_name": self.owner_name,
            "asset": self.asset,
            "asset_name": self.asset_name,
            "share": [self.low, self.high],
            "stated": [asdict(each) for each in self.stated],
        }

    @property
    def says(self) -> str:
        """Return the holding as text: ``Owner 60 % (register, 2024-01-01)``."""
        sources = "; ".join(
            dict.fromkeys(", ".join(part for part in (each.source, each.as_of) if part) for each in self.stated)
        )
        share = (
            f"{self.low * 100:.6g} %" if self.low == self.high else f"{self.low * 100:.6g} to {self.high * 100:.6g} %"
        )
        return f"{self.owner_name or self.owner} {share}{f' ({sources})' if sources else ''}"


Chain = tuple[Holding, ...]
"""Holdings from a listed owner down to the entity."""


@dataclass(frozen=True, slots=True)
class Explained:
    """An entity's coverage status, with the shares, owners and chains that explain it.

    Attributes:
        name: Name of the entity; ``None`` if unknown.
        low: Lower bound of the share (ratio) of the entity that counts as held by listed owners.
        high: Upper bound of that share.
        owners: Ids of the listed owners at the start of the chains, sorted.
        holders: Holdings of direct owners that are listed or on a chain, largest first.
        chains: Chains from listed owners, shortest first.
        has_more: Whether chains were omitted.
    """

    id: str
    name: str | None
    status: Status
    low: float
    high: float
    owners: tuple[str, ...]
    holders: tuple[Holding, ...]
    chains: tuple[Chain, ...]
    has_more: bool

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status.value,
            "share": [self.low, self.high],
            "owners": list(self.owners),
            "holders": [each.as_dict() for each in self.holders],
            "chains": [[each.as_dict() for each in chain] for chain in self.chains],
            "has_more": self.has_more,
        }

    @property
    def says(self) -> tuple[str, ...]:
        return tuple(chain_text(chain) for chain in self.chains)


def explain(coverage: OwnershipCoverage, party: int, *, limit: int = CHAINS) -> Explained:
    """Explain why a party is covered or not.

    ``limit`` is the maximum number of chains. With the cascade method, chains go through owners covered at an earlier
    step; with effective shares, through any owner in whom listed parties hold a share. They end at the first listed
    owner.
    """
    table = coverage.table
    counts = _counts(coverage, party)
    found, has_more = _chains(coverage, party, counts, limit)
    owners = sorted(
        {table.ids[int(table.owner[chain[-1]])] for chain in found} | _listed_above(coverage, party, counts)
    )
    holders = sorted(filter(counts, _into(coverage, party)), key=lambda share: (-table.low[share], -table.high[share]))
    return Explained(
        id=table.ids[party],
        name=table.names.get(table.ids[party]),
        status=coverage.status(party),
        low=1.0 if coverage.listed[party] else float(coverage.low[party]),
        high=1.0 if coverage.listed[party] else float(coverage.high[party]),
        owners=tuple(owners),
        holders=tuple(_holding(coverage, share) for share in holders),
        chains=tuple(tuple(_holding(coverage, share) for share in reversed(chain)) for chain in found),
        has_more=has_more,
    )


def chain_text(chain: Chain) -> str:
    """Format a chain as text: ``A 60 % > B 100 % > C``."""
    last = chain[-1]
    return " > ".join([*(holding.says for holding in chain), last.asset_name or last.asset])


def _counts(coverage: OwnershipCoverage, party: int) -> Callable[[int], bool]:
    """Return a function that tells whether a share is on a chain from a listed owner."""
    table = coverage.table
    depth = coverage.sure_depth if coverage.status(party) in (Status.COVERED, Status.LISTED) else coverage.depth

    def counts(share: int) -> bool:
        owner = table.owner[share]
        if coverage.rule.method is OwnershipMethod.EFFECTIVE:
            return bool(table.high[share] > 0 and (coverage.listed[owner] or coverage.high[owner] > 0))
        above, below = int(depth[owner]), int(depth[table.asset[share]])
        return bool(table.high[share] > 0 and above >= 0 and (below < 0 or above < below))

    return counts


def _into(coverage: OwnershipCoverage, party: int) -> range:
    return range(int(coverage.table.into[party]), int(coverage.table.into[party + 1]))


def _chains(
    coverage: OwnershipCoverage, party: int, counts: Callable[[int], bool], limit: int
) -> tuple[list[tuple[int, ...]], bool]:
    """Return the shares of each chain, from the entity upwards, and whether chains were omitted."""
    table = coverage.table
    found: list[tuple[int, ...]] = []
    waiting: deque[tuple[int, ...]] = deque((share,) for share in _into(coverage, party) if counts(share))
    for _ in range(LOOKED_AT):
        if not waiting or len(found) >= limit:
            break
        chain = waiting.popleft()
        top = int(table.owner[chain[-1]])
        if coverage.listed[top]:
            found.append(chain)
            continue
        passed = {party, *(int(table.owner[share]) for share in chain)}
        waiting.extend(
            (*chain, share) for share in _into(coverage, top) if counts(share) and int(table.owner[share]) not in passed
        )
    return found, bool(waiting)


def _listed_above(coverage: OwnershipCoverage, party: int, counts: Callable[[int], bool]) -> set[str]:
    """Return the ids of all listed owners at which a chain starts."""
    table = coverage.table
    seen, waiting, found = {party}, [party], set()
    while waiting:
        for share in _into(coverage, waiting.pop()):
            owner = int(table.owner[share])
            if owner in seen or not counts(share):
                continue
            seen.add(owner)
            if coverage.listed[owner]:
                found.add(table.ids[owner])
            else:
                waiting.append(owner)
    return found


def _holding(coverage: OwnershipCoverage, share: int) -> Holding:
    table = coverage.table
    owner, asset = table.ids[int(table.owner[share])], table.ids[int(table.asset[share])]
    return Holding(
        owner, table.names.get(owner), asset, table.names.get(asset), int(table.low[share]) / WHOLE,
        int(table.high[share]) / WHOLE, table.stated(share),
    )  # fmt: skip
