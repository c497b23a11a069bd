"""Groups of declared names, merged step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DeclaredParty:
    """A name as declared, with what stood beside it.

    Attributes:
        name: As it stands; ``None`` where the line has a number alone.
        identifier: Number of a register, as it stands.
        economy: ISO3.
        lines: Lines that have it.
        value_usd: Dollars of these lines, those without a value left out.
    """

    name: str | None
    identifier: str | None
    economy: str | None
    lines: int
    value_usd: float

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from others."""
        return self.name or "", self.identifier or "", self.economy or ""


@dataclass
class Group:
    """Parties that are one company so far."""

    members: list[int]
    number: str | None
    economies: set[str]
    lines: int
    value_usd: float
    by: dict[int, tuple[str, float | None]] = field(default_factory=dict)


class Groups:
    """Groups of parties that only ever grow together."""

    def __init__(self, parties: Sequence[DeclaredParty], numbers: Sequence[str | None]) -> None:
        self.parent = list(range(len(parties)))
        self.groups = {
            place: Group(
                [place], numbers[place], {party.economy} if party.economy else set(), party.lines, party.value_usd
            )
            for place, party in enumerate(parties)
        }

    def root(self, place: int) -> int:
        while self.parent[place] != place:
            self.parent[place] = self.parent[self.parent[place]]
            place = self.parent[place]
        return place

    def join(self, kept: int, other: int, by: str, score: float | None = None) -> None:
        """Put the group of ``other`` into that of ``kept``; those with a number keep it."""
        kept, other = self.root(kept), self.root(other)
        if kept == other:
            return
        a, b = self.groups[kept], self.groups[other]
        if a.number is None and b.number is not None:
            kept, other, a, b = other, kept, b, a
        self.parent[other] = kept
        for member in b.members:
            before = b.by.get(member)
            weaker = before if before is not None and WEAKNESS[before[0]] >= WEAKNESS[by] else (by, score)
            a.by[member] = weaker
        a.members += b.members
        a.economies |= b.economies
        a.lines += b.lines
        a.value_usd += b.value_usd
        del self.groups[other]

    def may_join(self, one: int, other: int) -> bool:
        """Whether nothing speaks against it: not two numbers, nor two economies."""
        a, b = self.groups[self.root(one)], self.groups[self.root(other)]
        if a.number is not None and b.number is not None and a.number != b.number:
            return False
        return not (a.economies and b.economies) or bool(a.economies & b.economies)


WEAKNESS = {"identifier": 0, "name": 1, "similar": 2}
