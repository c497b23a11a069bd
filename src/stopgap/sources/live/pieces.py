"""A query over periods, codes, partners, flows and reporters, and its division into pieces (single requests)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

from stopgap.base.vocab import Flow, Frequency

Axis = Literal["periods", "codes", "partners", "flows", "reporters"]
ORDER: tuple[Axis, ...] = ("periods", "codes", "partners", "flows", "reporters")


@dataclass(frozen=True)
class Query:
    """A user's query in Stopgap's codes: ISO3 or aggregates, months ``YYYY-MM``; no reporters or partners mean all."""

    reporters: tuple[str, ...]
    partners: tuple[str, ...]
    codes: tuple[str, ...]  # goods, digits with leading zeros, or TOTAL
    first: str
    last: str
    flows: tuple[Flow, ...]
    frequency: Frequency

    def periods(self) -> tuple[str, ...]:
        """Return every period from first to last, as ``YYYY-MM`` or ``YYYY``."""
        if self.frequency is Frequency.ANNUAL:
            return tuple(str(year) for year in range(int(self.first[:4]), int(self.last[:4]) + 1))
        start, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (self.first, self.last))
        return tuple(f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(start, end + 1))


@dataclass(frozen=True)
class Piece:
    """The part of a query that one request fetches; an empty axis stands for all."""

    periods: tuple[str, ...]
    codes: tuple[str, ...]
    partners: tuple[str, ...]
    flows: tuple[str, ...]
    reporters: tuple[str, ...]

    @property
    def id(self) -> str:
        """Twelve hex digits of a hash of the piece's content."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]

    @property
    def label(self) -> str:
        """The piece in a few words, for messages and the journal."""
        parts = (self.periods, self.reporters, self.flows, self.partners, self.codes)
        return " ".join("…".join(dict.fromkeys((part[0], part[-1]))) if part else "all" for part in parts)

    def having(self, axis: Axis, steps: Sequence[str]) -> Piece:
        """Return the piece with the values of one axis replaced."""
        return replace(self, **{axis: tuple(steps)})


def whole(query: Query) -> Piece:
    """Return the query as one piece."""
    flows = tuple(flow.value for flow in query.flows)
    return Piece(query.periods(), query.codes, query.partners, flows, query.reporters)


def divided(piece: Piece, order: Sequence[Axis] = ORDER) -> tuple[Piece, ...]:
    """Split a piece in two along the first axis with more than one value; empty where there is none."""
    for axis in order:
        steps: tuple[str, ...] = getattr(piece, axis)
        if len(steps) > 1:
            middle = (len(steps) + 1) // 2
            return piece.having(axis, steps[:middle]), piece.having(axis, steps[middle:])
    return ()


def chunks(piece: Piece, axis: Axis, most: int) -> list[Piece]:
    """Split a piece along an axis into parts of at most ``most`` values."""
    steps: tuple[str, ...] = getattr(piece, axis)
    if len(steps) <= most:
        return [piece]
    return [piece.having(axis, steps[start : start + most]) for start in range(0, len(steps), most)]


def fitted(pieces: Sequence[Piece], fits: Callable[[Piece], bool], order: Sequence[Axis] = ORDER) -> list[Piece]:
    """Divide pieces until each fits or cannot be divided further; their order is kept."""
    found: list[Piece] = []
    waiting = list(reversed(pieces))
    while waiting:
        piece = waiting.pop()
        parts = () if fits(piece) else divided(piece, order)
        if parts:
            waiting.extend(reversed(parts))
        else:
            found.append(piece)
    return found
