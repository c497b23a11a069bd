"""Fetch all pieces of a request; pieces that are there are not asked for again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from stopgap.base.errors import InputError
from stopgap.sources.live.clock import Clock
from stopgap.sources.live.journal import Journal, SettledPiece
from stopgap.sources.live.pieces import Piece, Query
from stopgap.sources.live.retry import Asker
from stopgap.sources.live.service import LiveService

Progress = Callable[[str, float | None], None]


@dataclass
class Collected:
    """What a fetch has.

    Attributes:
        replies: Pieces with figures, in the order of the request.
        empty: Pieces for which the service says that it has none.
        reused: Pieces that an earlier run had settled.
        cut: Pieces that the service cut and that were divided.
        rows: Rows of the replies that came in this run.
    """

    replies: list[SettledPiece] = field(default_factory=list)
    empty: list[Piece] = field(default_factory=list)
    reused: int = 0
    cut: int = 0
    rows: int = 0

    @property
    def pieces(self) -> int:
        """Pieces that make up the answer."""
        return len(self.replies) + len(self.empty)


class Collector:
    """Works through the pieces of one request."""

    def __init__(
        self, service: LiveService, query: Query, journal: Journal, asker: Asker, *, clock: Clock, say: Progress
    ) -> None:
        self._service = service
        self._query = query
        self._journal = journal
        self._asker = asker
        self._clock = clock
        self._say = say
        self._asked_for = 0
        self._started = clock.monotonic()

    def collect(self, pieces: Sequence[Piece]) -> Collected:
        """Every piece settled.

        Raises:
            InputError: A piece is cut by the service and cannot be divided further.
            StopgapError: As :meth:`Asker.ask`.
        """
        found = Collected()
        waiting = list(reversed(pieces))
        while waiting:
            piece = waiting.pop()
            settled = self._journal.settled(piece)
            if settled is not None:
                found.reused += settled.state != "cut"
            else:
                self._progress(found, len(waiting) + 1)
                settled = self._ask(piece, found)
            match settled.state:
                case "reply":
                    found.replies.append(settled)
                case "empty":
                    found.empty.append(piece)
                case "cut":
                    found.cut += 1
                    waiting.extend(reversed(self._parts(piece)))
        self._progress(found, 0)
        return found

    def _ask(self, piece: Piece, found: Collected) -> SettledPiece:
        asked = self._asker.ask(piece, self._journal.part)
        self._asked_for += 1
        verdict = asked.verdict
        if verdict.is_cut:
            self._parts(piece)  # raises where it cannot be divided, before that is settled
        found.rows += 0 if verdict.is_cut else verdict.rows
        request = self._service.request(piece, self._query, has_key=self._asker.has_key)
        line = {
            "piece": piece.id,
            "asked": piece.label,
            "path": request.path,
            "params": [list(pair) for pair in request.params],
            "at": self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "attempts": asked.attempts,
            "rows": verdict.rows,
            "bytes": asked.answer.size,
            "sha256": asked.answer.sha256,
        }
        state = "cut" if verdict.is_cut else "reply" if verdict.rows else "empty"
        return self._journal.settle(piece, state, line | {"state": state})  # type: ignore[arg-type]

    def _parts(self, piece: Piece) -> tuple[Piece, ...]:
        parts = self._service.parts(piece)
        if not parts:
            raise InputError(
                f"{self._service.name} cuts its reply, and the request cannot be divided further",
                where=piece.label,
                fix="name partners, reporters or longer codes, so that each reply is below the limit of rows; "
                "nothing was loaded",
            )
        return parts

    def _progress(self, found: Collected, left: int) -> None:
        done = found.pieces
        parts = [f"{self._service.name}: {done:,} of {done + left:,} pieces", f"{found.rows:,} rows"]
        if self._asker.quota.left is not None:
            parts.append(f"{self._asker.quota.left:,} requests left")
        if self._asked_for and left:
            each_s = (self._clock.monotonic() - self._started) / self._asked_for
            parts.append(f"about {_span(each_s * left)} left")
        self._say(", ".join(parts), done / (done + left) if done + left else 1.0)


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
