"""Base class of sources whose files are tables that a mapping describes.

A subclass defines how its files are recognised, and the mapping (``spec``) for a file. If its files are not plain
tables, it also defines how they are turned into one (``given``). All other steps are shared.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Hashable

import duckdb

from stopgap.base.errors import InputError, UsageError
from stopgap.sources.base import Bundle, Reading, Source, Staging, count, make_rejects
from stopgap.sources.bundle import FileNote, counted_notes, counts_by_file, notes_of
from stopgap.sources.files.csv_file import csv_shape
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.files.workbooks import is_error
from stopgap.sources.mappings.areas import date_reused, make_area_lookup
from stopgap.sources.mappings.periods import is_period
from stopgap.sources.mappings.raw_table import Given, load_files, load_given, reject_errors
from stopgap.sources.mappings.row_sql import Block, block_sql
from stopgap.sources.mappings.spec import Spec, TableSpec
from stopgap.sources.mappings.unlisted_aggregates import has_unlisted, learn_aggregates
from stopgap.sources.mappings.values import convert, doubtful_points
from stopgap.sources.trade.staging import settle_files


class Tabular(Source):
    """A source whose files are tables that a mapping can describe.

    Attributes:
        bundles: Whether several CSV files of one layout are parsed in one pass. ``given_of`` then loads them, instead
            of ``given``, with the number of a row as in :mod:`stopgap.sources.bundle`.
    """

    bundles: bool = False

    @abstractmethod
    def spec(self, reading: Reading) -> Spec:
        """Return the mapping for the columns of this file; raise InputError if the header is not the expected one."""

    def spec_of(self, **fields: object) -> Spec:
        """Build a mapping from fields, with the source's name and terms as defaults."""
        return Spec.model_validate({"source": self.name, "terms": self.terms} | fields)

    def given(self, con: duckdb.DuckDBPyConnection, reading: Reading, spec: Spec) -> Given:
        """Load the file into ``given`` (``row``, and ``c0``, ``c1`` … as text); InputError if damaged or empty."""
        return load_given(con, reading, spec)

    def given_of(self, con: duckdb.DuckDBPyConnection, files: Bundle, spec: Spec) -> Given:
        """Load the files of a bundle into ``given``; several files only where ``bundles`` is set."""
        return load_files(con, files, spec) if self.bundles else self.given(con, files.only, spec)

    def bundle_key(self, reading: Reading) -> Hashable | None:
        """Return header, layout and mapping of a CSV file; None for other files, and where ``bundles`` is not set."""
        head = reading.head
        if not self.bundles or head.container != "text" or head.is_json or head.is_markup:
            return None
        spec = self.spec(reading)
        if spec.format not in (None, "csv"):
            return None
        shape = csv_shape(head, delimiter=spec.delimiter, skip=spec.header_row - 1)
        return (shape, spec.model_dump_json())

    def parse(self, con: duckdb.DuckDBPyConnection, reading: Reading) -> Staging:
        """Parse the rows, or the cells of a wide file; InputError if a column or an exchange rate is missing."""
        [staging] = self.parse_bundle(con, Bundle((reading,)))
        return staging

    def parse_bundle(self, con: duckdb.DuckDBPyConnection, files: Bundle) -> list[Staging]:
        """Parse the rows, or the cells of wide files; InputError if a column or an exchange rate is missing."""
        reading = files.first
        spec = self.spec(reading)
        make_rejects(con)
        given = self.given_of(con, files, spec)
        warnings = list(given.warnings)
        blocks = _blocks(spec, given, reading.name, warnings)
        notes = [*given.notes, *(FileNote(text) for text in warnings)]
        before = counts_by_file(con, "given", len(files)) if spec.where else []
        if apply_where(con, spec, given):
            left = counts_by_file(con, "given", len(files))
            gone = [rows - kept for rows, kept in zip(before, left, strict=True)]
            notes += counted_notes(gone, "rows were left out, as the mapping's where says")
        make_area_lookup(con, spec, given)
        _load(con, spec, given, blocks)
        if len(files) > 1 and has_unlisted(con):
            # What shows an aggregate is in its own file.
            raise InputError("a file names areas that no table lists", where=reading.name, fix="read it by itself")
        if told := learn_aggregates(con, spec, given):
            _load(con, spec, given, blocks)
            notes += [FileNote(text) for text in told]
        reject_errors(con, given, spec.missing)
        date_reused(con, spec)
        convert(con, spec.value.currency, reading)
        con.execute("DROP TABLE given; DROP TABLE area_lookup")
        if reading.mapping is not None and "decimal" not in spec.model_fields_set:
            notes += doubtful_points(con, "value_text", files=len(files))
        zeros = "reason IS NULL AND (net_number = 0 OR quantity_number = 0)"
        zero = counts_by_file(con, "loaded", len(files), zeros)
        notes += counted_notes(zero, "rows have a weight or quantity of 0, which is read as not reported")
        settled = settle_files(con, len(files), duplicates=spec.duplicates, dimensions=len(spec.totals))
        terms = "; ".join(part for part in (spec.terms, spec.url) if part)
        mapping = reading.mapping.sha256 if reading.mapping is not None else None
        return [
            counts.staging(spec.source, notes_of(notes, number), parser=self.parser, terms=terms, mapping=mapping)
            for number, counts in enumerate(settled)
        ]


def _load(con: duckdb.DuckDBPyConnection, spec: Spec, given: Given, blocks: list[Block]) -> None:
    """Make ``loaded`` from ``given`` and ``area_lookup``: the rows of all blocks."""
    con.execute("DROP TABLE IF EXISTS loaded")
    for number, block in enumerate(blocks):
        start = "CREATE TABLE loaded AS" if number == 0 else "INSERT INTO loaded"
        con.execute(f"{start} {block_sql(spec, given, block)}")


def _blocks(spec: Spec, given: Given, name: str, warnings: list[str]) -> list[Block]:
    """Return one block for a long file, or one for each period column of a wide file.

    Columns that match the pattern but name no period are listed in ``warnings``; InputError if no column matches.
    """
    if not spec.wide:
        return [Block()]
    blocks: list[Block] = []
    for wide in spec.wide:
        pattern = re.compile(re.escape(wide.columns).replace(re.escape("{period}"), "(.+)"))
        found = [(column, match[1]) for column in given.columns if (match := pattern.fullmatch(column))]
        others = [column for column, period in found if not is_period(period)]
        if others:
            warnings.append(f"columns left out, since they name no period: {', '.join(others)[:300]}")
        found = [(column, period) for column, period in found if is_period(period)]
        if not found:
            raise InputError(
                f"no column of the file matches {wide.columns!r}",
                where=f"{name}: {', '.join(given.columns)[:200]}",
                fix="fix wide.columns in the mapping",
            )
        # What the block leaves open is said by the mapping as a whole.
        sides = {"reporter": wide.reporter or spec.reporter, "partner": wide.partner or spec.partner}
        blocks += [Block(column, period, wide.model_copy(update=sides)) for column, period in found]
    return blocks


def apply_where(con: duckdb.DuckDBPyConnection, spec: TableSpec, given: Given) -> int:
    """Delete the rows of ``given`` that the mapping's ``where`` excludes; return their number."""
    before = count(con, "given")
    for condition in spec.where:
        column = given.column(condition.column, "where")
        texts = [condition.equals] if condition.equals is not None else condition.in_ or condition.not_in or []
        test = f"coalesce(list_contains(?, trim({column})), false)"
        taken = f"NOT {test}" if condition.not_in is not None else test
        # A cell that could not be computed does not say whether its row is meant; it is rejected later.
        con.execute(f"DELETE FROM given WHERE NOT ({taken} OR {is_error(column)})", [texts])
    return before - count(con, "given")


class Mapped(Tabular):
    """Source for tables of any layout, read through the user's mapping or one of the package."""

    name = "mapping"
    title = "any CSV, JSON, Excel or Parquet table, read through a mapping file (--map MAPPING.yml)"
    how = "a mapping file says which column holds what (docs/reference/mapping.md)"
    terms = "as the mapping says"
    parser = "mapping/1"
    bundles = True

    def recognises(self, head: FileHead) -> bool:
        """Return False for every file: the user has to name the mapping."""
        return False

    def spec(self, reading: Reading) -> Spec:
        """Return the mapping that the user named; raise UsageError if there is none for the table ``trade``."""
        if reading.mapping is None or not isinstance(reading.mapping.spec, Spec):
            raise UsageError(
                "source mapping needs a mapping for trade",
                where=reading.name,
                fix="add --map MAPPING.yml, or the name of a saved mapping",
            )
        return reading.mapping.spec
