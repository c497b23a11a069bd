"""The formats of lists there are, in the order in which files are offered to them."""

from __future__ import annotations

from stopgap.sources.lists.base import ListSource
from stopgap.sources.lists.eu_journal import EuJournal
from stopgap.sources.lists.plain import PlainList

LIST_SOURCES: tuple[type[ListSource], ...] = (EuJournal, PlainList)
"""Every format of a list."""


def ends_itself(source: str) -> bool:
    """Whether files of a source tell by themselves that they are cut: all but tables of a user's own."""
    return source in {kind.name for kind in LIST_SOURCES if kind.ends_itself}
