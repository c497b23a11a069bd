"""Screening of the Python API: look names up in the lists in the lake."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.api.asked import asked_of
from stopgap.api.reader import LakeReader
from stopgap.api.results import MarkedDict, marked
from stopgap.base.progress import Progress
from stopgap.screening.matching.request import LookUpRequest, ScreenFileRequest, ScreenRequest, ScreenRowsRequest
from stopgap.screening.matching.results import ScreenQuery
from stopgap.screening.matching.yente_request import MatchRequest

if TYPE_CHECKING:
    from stopgap.api.matching import Matching
    from stopgap.screening.matching.file_run import FileRun, FileSummary, ScreenedRows
    from stopgap.screening.matching.run import ScreenedNames
    from stopgap.screening.matching.screeners import OpenLists, Screeners

_ONE_OPENS = threading.Lock()


class Screening(LakeReader):
    """Names looked up in lists. The lists stay open between calls, as long as they and the decisions do not change."""

    def __init__(self, path: Path, progress: Progress | None = None) -> None:
        super().__init__(path, progress)
        self._open_screeners: Screeners | None = None

    @asked_of(ScreenRequest)
    def screen(self, names: str | ScreenQuery | Sequence[str | ScreenQuery], request: ScreenRequest) -> ScreenedNames:
        """Look names of firms and vessels up in the lists that the lake holds.

        Args:
            names: A name in any script, or a query with countries and numbers, or several of them. The options say what is
                known of names that are text.

        Raises:
            MissingDataError: The lake holds no lists.
            InputError: A name is empty, too long, no Unicode text, or without a letter or digit; a number cannot be read.
            NotFoundError: No such list, or no such country.
            UsageError: A query is for a person; the threshold is no probability, or the limit below 1.
        """
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.screening.matching.run import screened, wanted_of
        from stopgap.screening.matching.yente_answers import rests_on

        asked = [names] if isinstance(names, str | ScreenQuery) else names
        with self._reading():
            wanted = wanted_of(request)
            opened = self._opened(request)
            wanted = opened.screener.restricted(wanted, request.lists)
            found = screened(opened.screener, asked, request, wanted)
            return marked(found, with_reads(), rests_on=rests_on(opened, wanted.lists))

    @asked_of(ScreenFileRequest)
    def screen_file(self, file: str | Path, request: ScreenFileRequest) -> FileSummary:
        """Screen a file of names into a file of answers, which is there whole or not at all.

        Called again after an interruption with the same file, options, lists and decisions, it goes on.

        Args:
            file: CSV, JSON lines or Parquet.

        Raises:
            MissingDataError: The lake holds no lists.
            InputError: The file cannot be read as a table of names, or the output cannot be written.
            NotFoundError: No such list.
            RefusedError: An interrupted run was begun with something else, or another process writes the file.
            UsageError: The schema is a person's; another format; the threshold is no probability, or the limit below 1.
        """
        from stopgap.screening.matching.file_run import screen_to_file
        from stopgap.screening.matching.output import form_named
        from stopgap.screening.matching.yente_answers import rests_on

        output = Path(request.output)
        with self._reading():
            opened, run = self._file_run(file, request)
            form = form_named(request.format, output)
            done = screen_to_file(opened.screener, run, output, form, restart=request.restart)
            return marked(done, run.marking, rests_on=rests_on(opened, run.wanted.lists))

    @asked_of(ScreenRowsRequest)
    def screen_rows(self, file: str | Path, request: ScreenRowsRequest) -> ScreenedRows:
        """Screen a file of names row by row: answers come in its order while it is looked up, none is kept.

        Args:
            file: CSV, JSON lines or Parquet.

        Raises:
            MissingDataError: The lake holds no lists.
            InputError: The file cannot be read as a table of names; nothing was looked up then.
            NotFoundError: No such list.
            UsageError: The schema is a person's; the threshold is no probability, or the limit below 1.
        """
        from stopgap.screening.matching.file_run import ScreenedRows

        with self._reading():
            opened, run = self._file_run(file, request)
            return ScreenedRows(opened.screener, run)

    @asked_of(MatchRequest)
    def match(self, queries: dict[str, Any], request: MatchRequest) -> MarkedDict:
        """Answer a request in the shape of yente's ``POST /match/{dataset}``; see docs/reference/screening.md.

        Args:
            queries: Body of the request: ``{"queries": {id: {"schema", "properties"}}}``.

        Raises:
            MissingDataError: The lake holds no lists.
            InputError: The request is not of that shape, or a query names nothing that can be looked up.
            NotFoundError: No such list or scope.
            UsageError: A query is for a person, or the request asks for what cannot be honoured.
        """
        return self.matching.match(queries, request)

    @cached_property
    def matching(self) -> Matching:
        """Matching in the shapes of yente's API: match, search, entities, catalogue."""
        from stopgap.api.matching import Matching

        return Matching(self.path, self.progress, self._screeners)

    def _opened(self, request: LookUpRequest) -> OpenLists:
        return self._screeners.opened(
            as_of=request.as_of, on=request.on, decisions=not request.no_decisions, progress=self.progress
        )

    def _file_run(self, file: str | Path, request: ScreenRowsRequest) -> tuple[OpenLists, FileRun]:
        from stopgap.evidence.markings.reads import marking_of_own, with_reads
        from stopgap.screening.matching.file_run import file_run
        from stopgap.screening.matching.run import wanted_of

        wanted = wanted_of(request)
        opened = self._opened(request)
        wanted = opened.screener.restricted(wanted, request.lists)
        # before the first row: a file of answers begins with its marking
        marking = with_reads(marking_of_own(self.path, Path(file)))
        run = file_run(Path(file), request, wanted, progress=self._say, marking=marking)
        return opened, run

    @property
    def _screeners(self) -> Screeners:
        from stopgap.screening.matching.screeners import Screeners

        with _ONE_OPENS:  # many threads ask one lake of a service
            if self._open_screeners is None:
                self._open_screeners = Screeners(self.path)
            return self._open_screeners
