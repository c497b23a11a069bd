"""What the page of levers shows: the what-if in its address, and which levers are ranked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stopgap.base.errors import UsageError
from stopgap.measures.levers.request import LeverKind
from stopgap.pages.site import QueryValue

MOST_TEXT = 300
EVERY = ""
"""Choice of every supplier, or of every good."""


@dataclass(frozen=True)
class LeverQuery:
    """Options of the page.

    Attributes:
        who: Supplier, ``hubs`` or ``members`` whose trade is stopped; empty for every one.
        good: Code or group of goods; empty for every good of the list.
        share: Per cent of it that is stopped, 1 to 100.
        words: The what-if in words instead, such as ``stop KGZ,ARM 8542``; empty where it is chosen.
        by: Which levers are ranked.

    Raises:
        UsageError: The share is not a per cent from 1 to 100, the words are too long, or the kind of lever is none.
    """

    who: str = EVERY
    good: str = EVERY
    share: int = 100
    words: str = ""
    by: str = LeverKind.ALL

    def __post_init__(self) -> None:
        if not 1 <= self.share <= 100:
            raise UsageError(f"a share of {self.share} % is none", where="query: share", fix="give 1 to 100")
        if self.by not in list(LeverKind):
            raise UsageError(f"no levers by {self.by[:40]!r}", where="query: by", fix=f"use {', '.join(LeverKind)}")
        if max(map(len, (self.who, self.good, self.words))) > MOST_TEXT:
            raise UsageError("the what-if is too long", where="address", fix=f"use at most {MOST_TEXT} letters")

    @property
    def asks(self) -> bool:
        """Whether a what-if is asked."""
        return bool(self.who or self.good or self.words)

    @property
    def text(self) -> str:
        """The what-if in the words that ``stopgap levers --if`` takes; empty where none is asked."""
        if self.words:
            return self.words
        if not self.asks:
            return ""
        what = " ".join(part for part in (self.who, self.good) if part)
        return f"stop {what}" if self.share == 100 else f"cut {what} by {self.share}%"

    @property
    def options(self) -> Mapping[str, QueryValue]:
        """The options as they stand in the permanent address; those that need not be given are left out."""
        if self.words:
            asked: dict[str, QueryValue] = {"words": self.words}
        else:
            asked = {"who": self.who or None, "good": self.good or None, "share": self.share if self.asks else None}
        kinds = {"by": self.by if self.by != LeverKind.ALL else None}
        return {name: value for name, value in {**asked, **kinds}.items() if value is not None}
