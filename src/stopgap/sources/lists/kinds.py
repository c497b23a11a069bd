"""The formats of lists there are, in the order in which files are offered to them."""

from __future__ import annotations

from stopgap.sources.lists.base import ListSource
from stopgap.sources.lists.eu_journal import EuJournal
from stopgap.sources.lists.plain import PlainList

LIST_SOURCES: tuple[type[ListSource], ...] = (EuJournal, PlainList)
