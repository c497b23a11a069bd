"""Figures and lists in the lake: import them, ask for rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.api.reader import Reader
from stopgap.api.results import ResultTable, marked
from stopgap.lake.query.limits import MEMORY, RESULT, TIMEOUT_S, query_limits

if TYPE_CHECKING:
    from stopgap.demo.run import DemoResult
    from stopgap.lake.importer import ImportResult


class Data(Reader):
    """What is in the lake."""

    def query(
        self,
        sql: str,
        *,
        as_of: str | None = None,
        timeout: float = TIMEOUT_S,
        memory_limit: str = MEMORY,
        result_limit: str = RESULT,
    ) -> ResultTable:
        """Rows of one read-only statement over the lake's views.

        Args:
            sql: One SELECT.
            as_of: Vintage or day.
            timeout: Seconds that it may run.
            memory_limit: Memory that it may use, such as ``500MB``; at most half of the machine's.
            result_limit: Size of the answer as Arrow holds it.
        """
        from stopgap.intake.querying import query_lake

        limits = query_limits(timeout=timeout, memory_limit=memory_limit, result_limit=result_limit)
        with self._reading():
            found = query_lake(self.path, sql, as_of=as_of, limits=limits)
        return ResultTable(found.table, found.marking)

    def import_files(self, files: Sequence[str | Path], **options: Any) -> ImportResult:
        """Load files as one vintage; options as :func:`stopgap.intake.importing.import_paths` takes them."""
        from stopgap.evidence.markings.provenance import marking_of_receipts
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.intake.importing import import_paths

        with self._reading():
            done = import_paths(self.path, [Path(file) for file in files], **options)
            return marked(done, with_reads(marking_of_receipts(self.path, done.receipts)))

    def demo(self, output: str | Path, *, text: str | Path | None = None) -> DemoResult:
        """Do the main job on what is in the package: lake, measures, brief, statements tested.

        Args:
            output: Folder for the briefs, the claims' pages and the pack.
            text: The news report that the statements come from, where it is at hand.

        Raises:
            NotFoundError: The text is not there.
            InputError: The text is not the one that the statements' offsets count in.
            RefusedError: A folder cannot be written.
        """
        from stopgap.demo.run import run_demo

        with self._reading():
            return run_demo(
                Path(output), self.path, text=None if text is None else Path(text), progress=self.progress
            )
