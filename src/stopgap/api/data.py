"""Data of the Python API: import, query, vintages, upkeep; the demo and simulated worlds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stopgap.api.asked import asked_of
from stopgap.api.reader import LakeReader
from stopgap.api.results import Checks, MarkedDict, ResultTable, marked
from stopgap.intake.request import ImportRequest, SourceRowsRequest
from stopgap.lake.query.request import QueryRequest
from stopgap.simulate.request import SimulationRequest

if TYPE_CHECKING:
    from stopgap.demo.run import DemoResult
    from stopgap.example.write import WrittenExample
    from stopgap.intake.source_rows import SourceRows
    from stopgap.intake.vintage_summary import DescribedImport
    from stopgap.lake.withdraw import Withdrawn
    from stopgap.simulate.writing import WrittenWorld


class Data(LakeReader):
    """What is in the lake."""

    @asked_of(ImportRequest)
    def import_files(self, files: Sequence[str | Path], request: ImportRequest) -> DescribedImport:
        """Import official figures, or lists of companies, as one vintage: all of the files, or none.

        Args:
            files: The files; of a folder, those in it and below that are of known formats.

        Raises:
            InputError: A file cannot be read as a whole.
            NotFoundError: A folder holds no file that can be imported.
            UsageError: What is given is no marking, no day, or no name.
            RefusedError: A file is marked already, and the marking given would lower it; or the lake cannot be written.
        """
        from stopgap.evidence.markings.provenance import marking_of_receipts
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.intake.importing import import_paths

        with self._reading():
            done = import_paths(self.path, [Path(file) for file in files], request, progress=self.progress)
            return marked(done, with_reads(marking_of_receipts(self.path, done.receipts)))

    @asked_of(QueryRequest)
    def query(self, sql: str, request: QueryRequest) -> ResultTable:
        """Run read-only SQL over the lake's views.

        Args:
            sql: One SELECT.

        Raises:
            InputError: The statement cannot be run.
            RefusedError: It reads what it may not, or takes more than its limits.
        """
        from stopgap.evidence.markings.reads import QUERIED, with_reads
        from stopgap.intake.querying import query_lake
        from stopgap.lake.query.limits import query_limits

        limits = query_limits(
            timeout=request.timeout, memory_limit=request.memory_limit, result_limit=request.result_limit
        )
        with self._reading():
            found = query_lake(self.path, sql, as_of=request.as_of, limits=limits)
            return ResultTable(found.table, with_reads(found.marking, covers=QUERIED), as_of=found.vintage)

    @asked_of(SourceRowsRequest)
    def source_rows(self, receipt: str, request: SourceRowsRequest) -> SourceRows:
        """Find the rows of an imported file that a figure comes from: the file that the lake keeps is searched.

        Args:
            receipt: Receipt of the file, as the rows of the lake have it.

        Raises:
            NotFoundError: No such file is in the lake.
            MissingDataError: The lake keeps no copy of it, or it is of a kind whose rows cannot be searched.
            InputError: A period that cannot be read.
            UsageError: An amount that is no number.
        """
        from dataclasses import replace

        from stopgap.base.errors import StopgapError
        from stopgap.evidence.markings.provenance import marking_of_receipts
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.intake.source_rows import find_receipt, reported_amounts, source_rows, ways_to_write

        economies = [code for code in (request.reporter, request.partner) if code]
        wanted = ways_to_write(good=request.good, period=request.period, economies=economies)
        amounts = request.amounts()
        with self._reading():
            found = find_receipt(self.path, receipt)
            marking = with_reads(marking_of_receipts(self.path, [receipt]))
            try:
                amounts += reported_amounts(self.path, receipt, request)
                return replace(source_rows(self.path, found, wanted, amounts), marking=marking)
            except StopgapError as error:
                error.marking = marking
                raise

    def vintages(self) -> ResultTable:
        """One row an import or a withdrawal, the oldest first."""
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.maintenance.upkeep import list_vintages

        with self._reading():
            return ResultTable(list_vintages(self.path), with_reads())

    def check(self) -> Checks:
        """Check the lake: the hash of each receipt, row counts, unique figures, stray files.

        Raises:
            MissingDataError: There is no lake.
        """
        from stopgap.evidence.markings.reads import with_reads_or_strictest
        from stopgap.maintenance.upkeep import check_lake

        with self._reading():
            return Checks(check_lake(self.path), with_reads_or_strictest())

    def doctor(self) -> Checks:
        """Tell versions, the lake's state, and what is missing and how to fix it."""
        from stopgap.base.settings import load_settings
        from stopgap.evidence.markings.reads import with_reads_or_strictest
        from stopgap.maintenance.doctor import examine

        with self._reading():
            return Checks(examine(load_settings(lake=self.path)), with_reads_or_strictest())

    def compact(self) -> MarkedDict:
        """Rewrite many files as sorted ones that do not overlap and remove what no vintage needs; figures and vintages stay.

        Returns:
            Files before and after, rows, orphans removed, bytes freed.

        Raises:
            RefusedError: The lake cannot be written.
        """
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.lake.compacting import compact

        with self._reading():
            return MarkedDict(dict(compact(self.path)), with_reads())

    def withdraw(self, receipt: str, *, why: str, vintage: str | None = None, who: str | None = None) -> Withdrawn:
        """Take a file back: a new vintage as if it had never been imported; earlier vintages stay readable.

        Args:
            receipt: Receipt of the file.
            why: The reason, kept in the log.
            vintage: Vintage that the file came with, where it was imported more than once.
            who: Who does it; the user of the system when ``None``.

        Raises:
            NotFoundError: No such file is in force.
            UsageError: No reason was given, or the file was imported more than once.
            RefusedError: The lake cannot be written.
        """
        from stopgap.evidence.markings.provenance import marking_of_receipts
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.lake.withdraw import withdraw

        with self._reading():
            done = withdraw(self.path, receipt, why, vintage=vintage, who=who)
            return marked(done, with_reads(marking_of_receipts(self.path, [done.receipt])))

    def export(self, directory: str | Path, *, as_of: str | None = None) -> ResultTable:
        """Write the lake's views as plain Parquet files; one row a file.

        Args:
            directory: Folder to write to; must be empty or new.
            as_of: Vintage or day; the newest vintage when ``None``.

        Raises:
            InputError: The folder holds files already, or cannot be written.
        """
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.maintenance.upkeep import export_lake

        with self._reading():
            return ResultTable(export_lake(self.path, Path(directory), as_of=as_of), with_reads())

    @asked_of(SimulationRequest)
    def simulate(self, output: str | Path, request: SimulationRequest) -> WrittenWorld:
        """Write a simulated world with planted truth, in UN Comtrade's layout; the lake is not touched.

        Args:
            output: New or empty folder for the world.

        Raises:
            UsageError: Sizes that no world can have.
            RefusedError: The folder is not empty, or cannot be written.
        """
        from stopgap.simulate.spec import asked_spec
        from stopgap.simulate.writing import write_world

        return write_world(asked_spec(request), Path(output), declarations=request.declarations, progress=self._say)

    def init(self, directory: str | Path) -> WrittenExample:
        """Write an example to start from, with invented figures and the commands to run next; the lake is not touched.

        Args:
            directory: New or empty folder for the example.

        Raises:
            UsageError: The folder is not empty.
            RefusedError: The folder cannot be written.
        """
        from stopgap.example.write import write_example

        return write_example(Path(directory))

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
            return run_demo(Path(output), self.path, text=None if text is None else Path(text), progress=self.progress)
