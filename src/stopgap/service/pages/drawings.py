"""Drawings of tables that were sent and not kept: the last ones are held in memory, so that each has an address as a file."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from stopgap.base.errors import NotFoundError
from stopgap.base.marking import Marking
from stopgap.pages.views import PageContent
from stopgap.service.principal import Principal

MOST_HELD = 200
"""Drawings that are held; the oldest is dropped first, and all with the end of the service."""


@dataclass(frozen=True)
class HeldDrawing:
    """A page of which only the charts are held, for whom it was drawn, and its marking."""

    content: PageContent
    marking: Marking
    who: str


@dataclass
class Drawings:
    """The drawings of one service; many threads may use it."""

    _held: OrderedDict[str, HeldDrawing] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, content: PageContent, marking: Marking, person: Principal) -> str:
        """Hold the charts of a page for the person who asked for it; return the name of their address."""
        name = secrets.token_urlsafe(18)
        bare = replace(content, values={}, tabs=())
        with self._lock:
            self._held[name] = HeldDrawing(bare, marking, person.name)
            while len(self._held) > MOST_HELD:
                self._held.popitem(last=False)
        return name

    def find(self, name: str, person: Principal) -> HeldDrawing:
        """Return a drawing that was held for a person.

        Raises:
            NotFoundError: There is none of that name any more, or it is another person's, or above the clearance.
        """
        with self._lock:
            found = self._held.get(name)
        fits = found is not None and (person.clearance is None or found.marking.fits(person.clearance))
        if found is None or found.who != person.name or not fits:
            raise NotFoundError(
                "this drawing is not held any more",
                where="query: drawn",
                fix="send the table again: it is read and not kept, and the drawing is held for a while only",
            )
        return found


@cache
def drawings_of(home: Path) -> Drawings:
    """Return the drawings of the service with a folder."""
    del home
    return Drawings()
