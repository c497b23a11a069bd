"""Detect files already imported with the same parser settings, and rows that several files of one import share.

The same bytes count as already imported if they are read with the same mapping,
parser, encoding and rates. Read with other settings they are imported again, and
replace their earlier import.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from stopgap.base.errors import InputError, NotFoundError
from stopgap.lake.history import Commit, loads
from stopgap.lake.receipts import Receipt
from stopgap.lake.schema import TRADE, Table

if TYPE_CHECKING:
    import pyarrow as pa

    from stopgap.lake.importing.options import ImportOptions
    from stopgap.lake.supersession import Load
    from stopgap.sources.base import Told
    from stopgap.sources.files.byte_validation import ByteCheck


def reading_of(check: ByteCheck, rates: pa.Table | None, told: Told | None) -> str:
    """Return the parser settings beside the mapping, as text for a receipt: encoding, user's rates and stated facts."""
    from stopgap.sources.files.byte_validation import normal_encoding

    parts = [normal_encoding(check.encoding or "utf-8")]
    if rates is not None:
        rows = sorted(map(repr, rates.select(["currency", "month", "usd_per_unit"]).to_pylist()))
        digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        parts.append(f"rates {digest[:16]}")
    return ", ".join([*parts, *(f"{name} {value}" for name, value in (told.as_dict() if told else {}).items())])


def loads_by_hash(commits: Sequence[Commit]) -> dict[str, list[tuple[Receipt, str]]]:
    """Return receipt and vintage of the files that are in force, by the SHA-256 of their bytes, oldest first."""
    found: dict[str, list[tuple[Receipt, str]]] = {}
    for (_, vintage), (receipt, _) in loads(commits).items():
        found.setdefault(receipt.sha256, []).append((receipt, vintage))
    return found


def find_loaded(
    loaded: Sequence[tuple[Receipt, str]], copy: Path, check: ByteCheck, options: ImportOptions, *, name: str = ""
) -> tuple[Receipt, str] | None:
    """Return the receipt and vintage of a file already imported with the same settings; ``None`` if there is none.

    ``loaded`` are the imports of the same bytes that are in force, oldest first; ``copy`` is the file, and ``name`` its name as given by the user, from which some lists take their name.
    """
    if not loaded:
        return None
    from stopgap.sources.lists.kinds import same_list

    is_named = options.told is not None and options.told.list is not None
    mapping = options.mapping.sha256 if options.mapping else None
    same = [
        (receipt, vintage)
        for receipt, vintage in loaded
        if receipt.mapping == mapping and (is_named or same_list(receipt.source, receipt.file_name, name))
    ]
    if not same:
        return None
    reader = None if options.mapping else _reader(copy, check, options)
    reading = reading_of(check, options.rates, options.told)
    is_told = any(given is not None for given in (options.encoding, options.rates, options.told))
    for receipt, vintage in reversed(same):
        # A receipt of before readings were kept tells nothing of encoding and rates.
        alike = receipt.reading == reading if receipt.reading is not None else not is_told
        if alike and (options.mapping or _name(receipt.parser) == reader):
            return receipt, vintage
    return None


def _reader(copy: Path, check: ByteCheck, options: ImportOptions) -> str | None:
    """Return the name of the parser that would read a file; ``None`` if none recognises it."""
    from stopgap.sources.registry import get_source, recognise

    if options.source is not None:
        return _name(get_source(options.source).parser)
    try:
        return _name(recognise(copy, check.encoding).parser)
    except InputError:  # what is wrong is said when it is read
        return None


def _name(parser: str) -> str:
    return parser.split("/")[0]


def replaced_loads(
    commits: Sequence[Commit], table: Table, hashes: Sequence[str], options: ImportOptions
) -> list[Load]:
    """Return the loads that an import replaces whole: those in ``options.replaces``, and earlier ones of its own bytes.

    Which earlier editions of a list are replaced whole, :func:`stopgap.lake.lists.list_validation.loads_of_same_lists`
    decides. Refuses (NotFoundError) to replace a receipt that is not in force in this table.
    """
    mapping = options.mapping.sha256 if options.mapping else None
    own = {load: receipt for load, (receipt, commit) in loads(commits).items() if commit.table == table.name}
    for named in options.replaces:
        if all(receipt != named for receipt, _ in own):
            raise NotFoundError(
                f"no file with the receipt {named} is in force",
                where=f"--replaces, table {table.name}",
                fix='stopgap query "SELECT receipt, file_name, vintage, withdrawn FROM receipts" lists them',
            )
    return [
        load
        for load, receipt in own.items()
        if load[0] in options.replaces or (receipt.sha256 in hashes and receipt.mapping == mapping)
    ]


def drop_overlaps(con: duckdb.DuckDBPyConnection, table: Table, *, relation: str = "gathered") -> dict[str, int]:
    """Remove rows of a table that an earlier file of the import also holds; the first file's receipt stays.

    The column ``number`` says in which order the files are given.

    Returns receipt -> number of rows removed. Refuses (InputError) two files
    that hold the same key with different values.
    """
    key = ", ".join(table.key)
    keyed = " AND ".join(f"{name} IS NOT NULL" for name in table.key)
    # Only rows whose hash occurs twice are looked at closely; they may still differ.
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE suspects AS
        SELECT rowid AS id, * FROM {relation} WHERE {keyed} AND hash({key}) IN (
            SELECT h FROM (SELECT hash({key}) AS h FROM {relation} WHERE {keyed}) GROUP BY h HAVING count(*) > 1
        )
        """
    )
    columns = ", ".join(table.staged_columns)
    found = con.execute(
        f"""
        SELECT {key} FROM (SELECT DISTINCT {columns} FROM suspects) GROUP BY ALL HAVING count(*) > 1
        ORDER BY ALL LIMIT 1
        """
    ).fetchall()
    if found:
        what = "figure" if table is TRADE else "line"
        raise InputError(
            f"two of the files report the same {what} with different values",
            where=", ".join(f"{name} {value}" for name, value in zip(table.key, found[0], strict=True)),
            fix="import them one after the other (each becomes a vintage), or leave one out; nothing was imported",
        )
    repeated = f"SELECT id, receipt FROM suspects WHERE id NOT IN (SELECT arg_min(id, (number, id)) FROM suspects GROUP BY {key})"
    dropped = con.execute(f"SELECT receipt, count(*) FROM ({repeated}) GROUP BY 1").fetchall()
    if dropped:
        con.execute(f"DELETE FROM {relation} WHERE rowid IN (SELECT id FROM ({repeated}))")
    return dict(dropped)
