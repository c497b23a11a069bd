"""Detect files that were already imported with the same parser settings.

The same bytes are the same load while they are read alike: with the same
mapping, reader, encoding and rates. Read in another way they load again, and
take the place of their earlier reading.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stopgap.base.errors import InputError, NotFoundError
from stopgap.lake.history import Commit, loads
from stopgap.lake.receipts import Receipt
from stopgap.lake.schema import LISTED, Table

if TYPE_CHECKING:
    import pyarrow as pa

    from stopgap.lake.import_options import ImportOptions
    from stopgap.lake.supersession import Load
    from stopgap.sources.base import Told
    from stopgap.sources.files.byte_validation import ByteCheck


def reading_of(check: ByteCheck, rates: pa.Table | None, told: Told | None) -> str:
    """How bytes are read beside the mapping, as it stands in a receipt: encoding, the user's rates, what was told."""
    from stopgap.sources.files.byte_validation import normal_encoding

    encoding = normal_encoding(check.encoding or "utf-8")
    parts = [encoding]
    if rates is not None:
        parts.append(f"rates {_rates_hash(rates)}")
    return ", ".join([*parts, *(f"{name} {value}" for name, value in (told.as_dict() if told else {}).items())])


def _rates_hash(rates: pa.Table) -> str:
    rows = sorted(map(repr, rates.select(["currency", "month", "usd_per_unit"]).to_pylist()))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]


def find_loaded(
    commits: Sequence[Commit], sha256: str, copy: Path, check: ByteCheck, options: ImportOptions, *, name: str = ""
) -> tuple[Receipt, str] | None:
    """The receipt under which the lake holds a file read in this way, and its vintage.

    Args:
        commits: The lake's log.
        sha256: Hash of the file's bytes.
        copy: The file.
        check: What is known of its bytes.
        options: How it is to be read.
        name: What the user calls it, which names some lists.
    """
    from stopgap.sources.lists.kinds import same_list

    is_named = options.told is not None and options.told.list is not None
    mapping = options.mapping.sha256 if options.mapping else None
    same = [
        (receipt, vintage)
        for (_, vintage), (receipt, _) in loads(list(commits)).items()
        if receipt.sha256 == sha256
        and receipt.mapping == mapping
        and (is_named or same_list(receipt.source, receipt.file_name, name))
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
    """Name of the parser that would read a file; None where none would."""
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
    """Loads that an import replaces whole: those it is told to, and earlier readings of its own bytes.

    Args:
        commits: The lake's log.
        table: Table that the import goes to. Of lists, an earlier edition goes only where all of its files
            are among those of the import: yesterday's edition may share a file with today's.
        hashes: Hashes of the files that are new.
        options: The import's options; ``replaces`` names receipts.

    Raises:
        NotFoundError: A receipt to be replaced is not in force in this table.
    """
    mapping = options.mapping.sha256 if options.mapping else None
    own = {load: receipt for load, (receipt, commit) in loads(list(commits)).items() if commit.table == table.name}
    for named in options.replaces:
        if all(receipt != named for receipt, _ in own):
            raise NotFoundError(
                f"no file with the receipt {named} is in force",
                where=f"--replaces, table {table.name}",
                fix='stopgap query "SELECT receipt, file_name, vintage, withdrawn FROM receipts" lists them',
            )
    whole = _whole_loads(commits, hashes) if table is LISTED else None
    return [
        load
        for load, receipt in own.items()
        if load[0] in options.replaces
        or (receipt.sha256 in hashes and receipt.mapping == mapping and (whole is None or load[1] in whole))
    ]


def _whole_loads(commits: Sequence[Commit], hashes: Sequence[str]) -> set[str]:
    """Vintages whose files are all among some hashes."""
    return {
        str(commit.vintage)
        for commit in commits
        if commit.receipts and all(receipt.sha256 in hashes for receipt in commit.receipts)
    }
