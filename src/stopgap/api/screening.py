"""Names looked up in the lists that the lake holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.api.reader import Progress, Reader
from stopgap.api.results import MarkedDict, MarkedList
from stopgap.screening.matching.match_selection import MATCHES, ScreenAnswer
from stopgap.screening.matching.results import ScreenQuery

if TYPE_CHECKING:
    from stopgap.screening.matching.run import Screeners


class Screening(Reader):
    """Names looked up in lists."""

    def __init__(self, path: Path, progress: Progress | None = None) -> None:
        super().__init__(path, progress)
        self._open_screeners: Screeners | None = None

    def screen(
        self,
        names: str | ScreenQuery | Sequence[str | ScreenQuery],
        *,
        lists: Sequence[str] | None = None,
        limit: int = MATCHES,
        threshold: float | None = None,
        explain: bool = False,
        decisions: bool = True,
        as_of: str | None = None,
        on: str | None = None,
    ) -> MarkedList[ScreenAnswer]:
        """What the lists in the lake say to names of firms and vessels; see ``stopgap screen --help``.

        The lists stay open between calls, as long as they do not change.

        Args:
            names: A name, or a query with countries and numbers, or several of them.
            lists: Names of lists, or of families of lists; all where ``None``.
            limit: Matches of a name, at most.
            threshold: Show matches of at least this probability alone; 0 shows all.
            explain: Whether each match brings its features.
            decisions: Whether decisions on matches are looked up.
            as_of: A vintage (``v3``), or a day.
            on: A day: entries that were in force on it.

        Raises:
            MissingDataError: The lake holds no lists.
            InputError: A name is empty, too long, no Unicode text, or without a letter or digit.
        """
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.screening.matching.run import screen_wanted

        asked = [names] if isinstance(names, str | ScreenQuery) else names
        with self._reading():
            screener = self._screeners.get(as_of=as_of, on=on, decisions=decisions)
            wanted = screen_wanted(threshold=threshold, limit=limit, explain=explain)
            queries = [ScreenQuery(each) if isinstance(each, str) else each for each in asked]
            answers = screener.screen(queries, screener.restricted(wanted, lists))
            return MarkedList(answers, with_reads())

    def match(
        self, request: dict[str, Any], *, limit: int = MATCHES, threshold: float | None = None
    ) -> MarkedDict:
        """Answer a request in the shape of yente's ``POST /match/{dataset}``; see docs/reference/screening.md.

        Raises:
            MissingDataError: The lake holds no lists.
            InputError: The request is not of that shape, or a query names nothing that can be looked up.
            UsageError: A query is for a person, or gives weights.
        """
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.screening.matching.run import yente_match

        with self._reading():
            found = yente_match(self._screeners.get(), request, limit=limit, threshold=threshold)
            return MarkedDict(found, with_reads())

    @property
    def _screeners(self) -> Screeners:
        from stopgap.screening.matching.run import Screeners

        if self._open_screeners is None:
            self._open_screeners = Screeners(self.path)
        return self._open_screeners
