"""Journal of a fetch: one file for each answered piece, written atomically.

A piece is settled when a file with its id is there: the reply with its figures,
an ``.empty`` one where the service has none, a ``.cut`` one where it was divided.
The journal beside them says what was asked and when; nothing is read off it but
the days, so a kill between the two loses nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from stopgap.base.atomic_files import sync_folder, write_whole
from stopgap.sources.live.pieces import Piece

State = Literal["reply", "empty", "cut"]
STATES: tuple[State, ...] = ("reply", "empty", "cut")
PART = "asking.part"
LINES = "journal.jsonl"
TARGET = "request.json"


@dataclass(frozen=True, slots=True)
class SettledPiece:
    """A piece that needs no further request."""

    piece: Piece
    state: State
    path: Path


class Journal:
    """The folder of one fetch."""

    def __init__(self, folder: Path, *, prefix: str, suffix: str) -> None:
        self.folder = folder
        self._prefix = prefix
        self._suffix = suffix

    @property
    def part(self) -> Path:
        """Where a reply is written while it arrives."""
        return self.folder / PART

    def open(self, about: dict[str, Any]) -> None:
        """Make the folder, and drop what a kill left half written."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.part.unlink(missing_ok=True)
        place = self.folder / TARGET
        if not place.exists():
            write_whole(place, json.dumps(about, indent=1, ensure_ascii=False))

    def settled(self, piece: Piece) -> SettledPiece | None:
        """What is known of a piece; None where it is still to be asked for."""
        for state in STATES:
            path = self._path(piece, state)
            if path.exists():
                return SettledPiece(piece, state, path)
        return None

    def settle(self, piece: Piece, state: State, line: dict[str, Any]) -> SettledPiece:
        """Put the reply that just arrived in its place; the journal follows."""
        path = self._path(piece, state)
        if state == "reply":
            os.replace(self.part, path)
        else:
            # Of a reply that is not kept nothing is needed but the fact.
            self.part.write_bytes(b"")
            os.replace(self.part, path)
        sync_folder(self.folder)
        with (self.folder / LINES).open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(line, ensure_ascii=False) + "\n")
            journal.flush()
            os.fsync(journal.fileno())
        return SettledPiece(piece, state, path)

    def lines(self) -> list[dict[str, Any]]:
        """The journal; a line that a kill cut short is left out."""
        path = self.folder / LINES
        found = []
        for text in path.read_text("utf-8").splitlines() if path.exists() else []:
            try:
                found.append(json.loads(text))
            except ValueError:
                continue
        return found

    def first_day(self, settled: Sequence[SettledPiece]) -> str:
        """The day on which the oldest of some replies came (``YYYY-MM-DD``)."""
        noted = {line["piece"]: str(line["at"])[:10] for line in self.lines()}
        return min(noted.get(item.piece.id) or _day_of(item.path) for item in settled)

    def _path(self, piece: Piece, state: State) -> Path:
        if state == "reply":
            return self.folder / f"{self._prefix}-{piece.periods[0]}-{piece.id}{self._suffix}"
        return self.folder / f"{piece.id}.{state}"

    def drop(self) -> None:
        """Remove the folder with all that is in it, the replies first."""
        for path in sorted(self.folder.glob("*"), key=lambda path: path.name in (LINES, TARGET)):
            path.unlink()
        self.folder.rmdir()


def _day_of(path: Path) -> str:
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).date().isoformat()
