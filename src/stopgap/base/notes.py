"""Notes on what limits an answer, ordered by how far each could move its headline."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

MOST_SHOWN = 4
"""Most lines shown below a table; the marking is a line of its own."""

WIDTH = 160
"""Longest line shown below a table, in characters: two rows of a terminal of 80."""

LARGE_SHARE = 0.25
"""Share of the headline from which what is missing is always shown."""

_BREAK = re.compile(r"[;:,](?= )| \(")


class Effect(Enum):
    """How far a note could move the headline, where no share of it can be computed; the value is its place among shares."""

    CANNOT_TELL = 1000.0
    """The figures cannot tell what was asked."""
    NO_INTERVAL = 100.0
    """A figure has no interval."""
    MISSING = 0.25
    """A large part may be missing."""
    MODEL = 0.1
    """Another choice of model or basis would give another figure."""
    TECHNICAL = 0.01
    """A detail of how the figure was made."""
    ALWAYS = 0.0
    """An assumption that every such answer rests on."""


class Note(str):
    """One sentence on what limits an answer; a ``str``, so documents hold its text.

    Attributes:
        effect: Its class.
        share: How far it could move the headline, as a share of it; ``None`` if that cannot be computed.
        short: The same in at most :data:`WIDTH` characters.
    """

    effect: Effect
    share: float | None
    short: str

    def __new__(
        cls, text: str, effect: Effect = Effect.TECHNICAL, *, share: float | None = None, short: str = ""
    ) -> Note:
        made = super().__new__(cls, text)
        made.effect = effect
        made.share = None if share is None else abs(share)
        made.short = short or shortened(text)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _remade, (str(self), self.effect, self.share, self.short)

    def __deepcopy__(self, memo: object) -> Note:
        return self

    @property
    def weight(self) -> float:
        """Its place in the order, the largest first: the share where there is one, else that of its class."""
        if self.share is None or self.effect in (Effect.CANNOT_TELL, Effect.NO_INTERVAL):
            return self.effect.value
        return self.share

    @property
    def is_crucial(self) -> bool:
        """Whether it is always shown: something cannot be told, an interval or a large share is missing."""
        return self.effect in (Effect.CANNOT_TELL, Effect.NO_INTERVAL) or (self.share or 0.0) >= LARGE_SHARE

    def changed(self, change: Callable[[str], str]) -> Note:
        """Return the note in other words, with its effect."""
        return Note(change(self), self.effect, share=self.share, short=change(self.short))


def _remade(text: str, effect: Effect, share: float | None, short: str) -> Note:
    return Note(text, effect, share=share, short=short)


def as_note(text: str, effect: Effect = Effect.TECHNICAL) -> Note:
    """Return a sentence as a note; one that is none, as in a finding read from a file, gets ``effect``."""
    return text if isinstance(text, Note) else Note(text, effect)


def of_another(notes: Iterable[str]) -> list[Note]:
    """Return the notes of a measure that another one rests on: what it cannot tell is a choice of model here."""
    found = []
    for note in map(as_note, notes):
        known = min(note.weight, Effect.MODEL.value)
        found.append(Note(note, Effect.MODEL, share=known, short=note.short))
    return found


def ordered(notes: Iterable[str]) -> list[Note]:
    """Return notes without repetitions, the largest effect first; equal ones keep their order."""
    found = {note: as_note(note) for note in notes}
    return sorted(found.values(), key=lambda note: -note.weight)


def shortened(text: str, width: int = WIDTH) -> str:
    """Return a sentence cut at the last stop that leaves at most ``width`` characters, with an ellipsis."""
    if len(text) <= width:
        return text
    stops = [found.start() for found in _BREAK.finditer(text) if width / 3 <= found.start() <= width - 2]
    return text[: stops[-1] if stops else text.rfind(" ", 0, width - 2)] + " …"


@dataclass(frozen=True)
class Summary:
    """An answer in lines of text: what stands above its table, below it, and in the rest.

    Attributes:
        title: The headline.
        answers: Further results that were asked for, above the table.
        measured: What was measured, in one or two short lines below it.
        notes: What limits the answer.
        assumptions: What every such answer assumes.
        details: Further results, in the rest.
    """

    title: str
    measured: Sequence[str] = ()
    notes: Sequence[str] = ()
    answers: Sequence[str] = ()
    assumptions: Sequence[str] = ()
    details: Sequence[str] = ()

    def shown(self) -> list[str]:
        """Return the lines below the table, at most :data:`MOST_SHOWN`: what was measured, then what limits it most.

        Crucial notes are never left out: where they are more than the lines left, several stand in one line.
        """
        room = max(MOST_SHOWN - len(self.measured), 1)
        return [*self.measured, *_fitted([note.short for note in self._first(room)], room)]

    def more(self) -> list[str]:
        """Return the other lines: details, then the notes that are not shown in full, the largest effect first."""
        shown = set(self.shown())
        return [line for line in (*self.details, *self._lines_of_notes()) if line not in shown]

    def lines(self) -> list[str]:
        """Return everything, the headline first."""
        return [self.title, *self.answers, *self.details, *self.measured, *self._lines_of_notes()]

    def _ordered(self) -> list[tuple[str, Note]]:
        of_notes = {note: ("note", note) for note in map(as_note, self.notes)}
        for text in self.assumptions:
            note = as_note(text, Effect.ALWAYS)
            of_notes.setdefault(note, ("assumes", note))
        return sorted(of_notes.values(), key=lambda pair: -pair[1].weight)

    def _first(self, room: int) -> list[Note]:
        crucial = [note for _, note in self._ordered() if note.is_crucial]
        return crucial if len(crucial) > room else [note for _, note in self._ordered()][:room]

    def _lines_of_notes(self) -> list[str]:
        return [f"{kind}: {note}" for kind, note in self._ordered()]


def _fitted(notes: Sequence[str], room: int) -> list[str]:
    """Return notes in at most ``room`` lines, several in one where they are more; the last line takes the rest."""
    if len(notes) <= room:
        return [f"note: {note}" for note in notes]
    lines = [f"note: {notes[0]}"]
    for place, note in enumerate(notes[1:], start=1):
        left = room - len(lines)
        fits = len(lines[-1]) + 2 + len(note) <= WIDTH
        if left == 0 or (fits and len(notes) - place > left):
            lines[-1] += f"; {note}"
        else:
            lines.append(f"note: {note}")
    return lines


class Summarised:
    """A result that gives its summary, and the lines of it."""

    def summary(self) -> Summary:
        """Return the result in lines of text."""
        raise NotImplementedError

    def lines(self) -> list[str]:
        """Return the result as lines of text, the headline first, then all notes, the largest effect first."""
        return self.summary().lines()

    def notes_shown(self) -> list[str]:
        """Return the lines shown below the table: what was measured, then what limits the answer most."""
        return self.summary().shown()

    def notes_more(self) -> list[str]:
        """Return the lines that are not shown at first."""
        return self.summary().more()
