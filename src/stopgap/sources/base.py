"""Interface of a source, the parser of one file format: recognise, parse and finish a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stopgap.base.errors import IdentityError
from stopgap.sources.files.file_head import FileHead

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from stopgap.sources.live.service import LiveService
    from stopgap.sources.mapping import Mapping

Progress = Callable[[str], None]

STAGED_COLUMNS: dict[str, str] = {
    "period": "DATE",
    "frequency": "VARCHAR",
    "reporter": "VARCHAR",
    "partner": "VARCHAR",
    "flow": "VARCHAR",
    "good": "VARCHAR",
    "revision": "VARCHAR",
    "value_usd": "DOUBLE",
    "net_kg": "DOUBLE",
    "quantity": "DOUBLE",
    "quantity_unit": "VARCHAR",
    "valuation": "VARCHAR",
    "is_estimated": "BOOLEAN",
    "source": "VARCHAR",
    "kind": "VARCHAR",
    "currency": "VARCHAR",
    "value_reported": "DOUBLE",
    "usd_per_unit": "DOUBLE",
}
"""Columns of the table ``staged`` -> DuckDB type, in order: the lake's trade table without vintage and receipt."""

KEY_COLUMNS = ("kind", "period", "frequency", "reporter", "partner", "flow", "good", "revision", "source")
"""Columns that form the key of ``staged``: it has one row for each combination of their values."""

CONTENT_LIMIT = 500
"""Maximum length of the row text stored in ``rejects``, in characters."""


@dataclass(frozen=True, slots=True)
class Staging:
    """Row counts, warnings and metadata of one file parsed into ``staged`` and ``rejects`` of the connection.

    ``rows_read`` counts the data rows of the file (for unpivoted wide files: the
    cells); every one of them is staged, merged into a staged row, missing, a
    duplicate or rejected.

    Attributes:
        source: Value of ``trade.source``.
        rows_missing: Rows that the source's rule reads as "not reported".
        rows_duplicate: Exact repetitions, dropped.
        rows_rejected: Rows of the table ``rejects``.
        warnings: Messages for the user, one line each, with counts.
        parser: Name and version of the parser, such as ``comtrade/1``.
        terms: Terms of use of the figures.
        published: Date of publication, if the file states one.
        mapping: SHA-256 of the mapping that was used.
        rows_merged: Rows added into another row of the same key.
        table: Table of the lake that the rows are imported into.
    """

    source: str
    rows_read: int
    rows_missing: int
    rows_duplicate: int
    rows_rejected: int
    warnings: tuple[str, ...]
    parser: str
    terms: str
    published: str | None = None
    mapping: str | None = None
    rows_merged: int = 0
    table: str = "trade"

    @property
    def rows_staged(self) -> int:
        """Number of rows of ``staged``: rows read less those merged, missing, duplicate or rejected."""
        return self.rows_read - self.rows_merged - self.rows_missing - self.rows_duplicate - self.rows_rejected


@dataclass(frozen=True, slots=True)
class Told:
    """Facts about a file that the user states because the file does not.

    Attributes:
        flow: ``X``, ``M``, ``RX`` or ``RM``.
        period: A month (``2024-01``) or a year.
        revision: ``HS2022`` or the like.
        list: Name of a list.
        list_date: Date of the list's edition (``2024-06-01``).
    """

    flow: str | None = None
    period: str | None = None
    revision: str | None = None
    list: str | None = None
    list_date: str | None = None

    def as_dict(self) -> dict[str, str]:
        """Return the fields that the user stated, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Reading:
    """One file to be parsed, with the options given for it.

    Attributes:
        path: A path that DuckDB can read: UTF-8, no glob characters.
        name: The user's name for the file, for messages.
        head: The beginning of the file.
        rates: The user's monthly exchange rates; None for the package's.
        careful: Keep numbers as text until they are checked: some are written with underscores.
        told: Facts about the file that the user states.
    """

    path: Path
    name: str
    head: FileHead
    mapping: Mapping | None
    rates: pa.Table | None
    progress: Progress
    careful: bool = False
    told: Told = Told()


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files parsed in one pass: one source, one layout, one mapping, one set of stated facts."""

    readings: tuple[Reading, ...]

    def __len__(self) -> int:
        return len(self.readings)

    @property
    def first(self) -> Reading:
        """The first file, which in all but its rows and name stands for the others."""
        return self.readings[0]

    @property
    def only(self) -> Reading:
        """The file of a bundle of one; raises ValueError for more."""
        [reading] = self.readings
        return reading


class Source(ABC):
    """Base class of a parser for one file format, with three hooks: ``request``, ``parse`` and ``finish``.

    Attributes:
        name: Short name on the command line; also ``trade.source`` unless the file states another.
        title: One-line description for a list of sources.
        how: Where to obtain such a file.
        terms: Terms of use of the figures.
        parser: Name and version of the parser.
        encodings: Encodings other than UTF-8 that its files may have, tried if a file is not UTF-8.
        takes: Fields of ``Told`` that the user may state, because the files do not contain them.
        counted: The relation whose rows ``finish`` counts: it has as many as ``staged``, which may be a view.
    """

    name: str
    title: str
    how: str
    terms: str
    parser: str
    encodings: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    counted: str = "staged"

    @abstractmethod
    def recognises(self, head: FileHead) -> bool:
        """Return whether the file's beginning has the format of this source."""

    def request(self) -> LiveService | None:
        """Return the live service whose replies have this format; None if there is none."""
        return None

    @abstractmethod
    def parse(self, con: duckdb.DuckDBPyConnection, reading: Reading) -> Staging:
        """Parse the file into the tables ``staged`` and ``rejects``.

        Raises:
            InputError: The file as a whole cannot be read.
        """

    def bundle_key(self, reading: Reading) -> Hashable | None:
        """Return what files must have in common to be parsed in one pass; None if each is parsed by itself."""
        return None

    def parse_bundle(self, con: duckdb.DuckDBPyConnection, files: Bundle) -> list[Staging]:
        """Parse files of one ``bundle_key`` as ``parse`` would each of them; return their counts, in order.

        ``staged`` has the column ``file``, the position of the row's file, where there are several; rows of ``rejects``
        are numbered as in :mod:`stopgap.sources.bundle`.

        Raises:
            InputError: One of the files as a whole cannot be read; which, only ``parse`` can say.
        """
        return [self.parse(con, files.only)]

    def finish(self, con: duckdb.DuckDBPyConnection, staging: Staging) -> Staging:
        """Check that ``staged`` and ``rejects`` hold as many rows as ``staging`` states, and return ``staging``.

        Raises:
            IdentityError: The counts do not add up.
        """
        self.check_counts(staging, count(con, self.counted), count(con, "rejects"))
        return staging

    def check_counts(self, staging: Staging, staged: int, rejected: int) -> None:
        """Raise IdentityError if a file does not have as many staged and rejected rows as ``staging`` states."""
        if staged != staging.rows_staged or rejected != staging.rows_rejected:
            raise IdentityError(
                f"{staging.rows_read} rows were read but {staging.rows_read - staging.rows_staged + staged} are accounted for",
                where=f"source {self.name}",
                fix="report this with the file's header and first rows",
            )


def count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    """Return the number of rows of a table or view."""
    return int(con.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0])


def make_rejects(con: duckdb.DuckDBPyConnection) -> None:
    """Create an empty table ``rejects``: row number in the file (the header is 1), reason, content."""
    con.execute("CREATE OR REPLACE TABLE rejects (row BIGINT, reason VARCHAR, content VARCHAR)")
