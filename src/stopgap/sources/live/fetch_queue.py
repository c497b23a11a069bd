"""Fetch all pieces of a request; pieces that an earlier run fetched are not requested again.

Each answered piece is written atomically: it is settled when a file with its id exists,
which is the reply with its figures, an ``.empty`` file where the service has none, or a
``.cut`` file where the piece was divided. The journal beside them records what was requested
and when; only the dates are read from it, so a kill between the two writes loses nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from stopgap.base.atomic_files import sync_folder, write_whole
from stopgap.base.errors import InputError
from stopgap.sources.live.clock import Clock
from stopgap.sources.live.pieces import Piece, Query
from stopgap.sources.live.retry import Asker
from stopgap.sources.live.service import LiveService

State = Literal["reply", "empty", "cut"]
STATES: tuple[State, ...] = ("reply", "empty", "cut")
PART = "asking.part"
LINES = "journal.jsonl"
TARGET = "request.json"


@dataclass(frozen=True, slots=True)
class SettledPiece:
    """A piece that needs no further request, and the file that records it."""

    piece: Piece
    state: State
    path: Path


class Journal:
    """The folder of one fetch: its replies, its state files and its journal."""

    def __init__(self, folder: Path, *, prefix: str, suffix: str) -> None:
        self.folder = folder
        self.part = folder / PART
        self._prefix = prefix
        self._suffix = suffix

    def open(self, about: dict[str, Any]) -> None:
        """Create the folder, and delete a half-written reply that a killed run left."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.part.unlink(missing_ok=True)
        place = self.folder / TARGET
        if not place.exists():
            write_whole(place, json.dumps(about, indent=1, ensure_ascii=False))

    def settled(self, piece: Piece) -> SettledPiece | None:
        """Return the state and file of a piece that was answered; ``None`` where it is still to be requested."""
        for state in STATES:
            path = self._path(piece, state)
            if path.exists():
                return SettledPiece(piece, state, path)
        return None

    def settle(self, piece: Piece, state: State, line: dict[str, Any]) -> SettledPiece:
        """Move the reply that just arrived to its final name, then append ``line`` to the journal."""
        path = self._path(piece, state)
        if state != "reply":  # of a reply that is not kept nothing is needed but the fact
            self.part.write_bytes(b"")
        os.replace(self.part, path)
        sync_folder(self.folder)
        with (self.folder / LINES).open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(line, ensure_ascii=False) + "\n")
            journal.flush()
            os.fsync(journal.fileno())
        return SettledPiece(piece, state, path)

    def lines(self) -> list[dict[str, Any]]:
        """Return the journal's lines; one that a killed run left incomplete is skipped."""
        path = self.folder / LINES
        found = []
        for text in path.read_text("utf-8").splitlines() if path.exists() else []:
            try:
                found.append(json.loads(text))
            except ValueError:
                continue
        return found

    def first_day(self, settled: Sequence[SettledPiece]) -> str:
        """Return the day on which the oldest of the given replies arrived (``YYYY-MM-DD``)."""
        noted = {line["piece"]: str(line["at"])[:10] for line in self.lines()}

        def written(path: Path) -> str:
            return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).date().isoformat()

        return min(noted.get(item.piece.id) or written(item.path) for item in settled)

    def _path(self, piece: Piece, state: State) -> Path:
        if state == "reply":
            return self.folder / f"{self._prefix}-{piece.periods[0]}-{piece.id}{self._suffix}"
        return self.folder / f"{piece.id}.{state}"

    def drop(self) -> None:
        """Delete the folder and all its files, the replies first."""
        for path in sorted(self.folder.glob("*"), key=lambda path: path.name in (LINES, TARGET)):
            path.unlink()
        self.folder.rmdir()


Progress = Callable[[str, float | None], None]


@dataclass
class Collected:
    """Result of a fetch: its replies, and counts of pieces and rows."""

    replies: list[SettledPiece] = field(default_factory=list)  # in the order of the request
    empty: list[Piece] = field(default_factory=list)  # for which the service says that it has no figures
    reused: int = 0  # pieces that an earlier run had settled
    cut: int = 0  # pieces that the service cut and that were divided
    rows: int = 0  # of the replies that came in this run

    @property
    def pieces(self) -> int:
        """Number of settled pieces, with figures or empty."""
        return len(self.replies) + len(self.empty)


class Collector:
    """Fetches the pieces of one request, dividing those that the service cuts."""

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
        """Fetch every piece that is not settled yet.

        Raises:
            InputError: The service cuts a piece that cannot be divided further.
            StopgapError: As :meth:`Asker.ask` raises.
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
                "nothing was imported",
            )
        return parts

    def _progress(self, found: Collected, left: int) -> None:
        done = found.pieces
        parts = [f"{self._service.name}: {done:,} of {done + left:,} pieces", f"{found.rows:,} rows"]
        if self._asker.quota.left is not None:
            parts.append(f"{self._asker.quota.left:,} requests left")
        if self._asked_for and left:
            each_s = (self._clock.monotonic() - self._started) / self._asked_for
            left_s = each_s * left
            span = f"{left_s:.0f} s" if left_s < 100 else f"{left_s / 60:.0f} min"
            parts.append(f"about {span} left")
        self._say(", ".join(parts), done / (done + left) if done + left else 1.0)
