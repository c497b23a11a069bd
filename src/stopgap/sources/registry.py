"""The sources there are, and the way in for a file."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from stopgap.errors import InputError, NotFoundError
from stopgap.sources.base import Progress, Reading, Source, Staging
from stopgap.sources.bytecheck import ByteCheck, check_bytes
from stopgap.sources.canonical import Canonical
from stopgap.sources.comtrade import Comtrade
from stopgap.sources.csvfile import readable
from stopgap.sources.filehead import FileHead, read_head
from stopgap.sources.mapped import Mapped

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from stopgap.sources.mapping import Mapping


@cache
def _by_name() -> dict[str, Source]:
    return {source.name: source for source in (Comtrade(), Canonical(), Mapped())}


def sources() -> list[Source]:
    """Every source, in the order in which files are offered to them."""
    return list(_by_name().values())


def get_source(name: str) -> Source:
    """The source called ``name``.

    Raises:
        NotFoundError: No such source.
    """
    found = _by_name().get(name)
    if found is None:
        raise NotFoundError(
            f"no source is called {name!r}",
            where="sources",
            mend=f"use one of {', '.join(_by_name())}, or load the file with a mapping (--map MAPPING.yml)",
        )
    return found


def recognise(path: Path, encoding: str | None = None) -> Source:
    """The source whose content the file has.

    Raises:
        InputError: The file is empty, a web page, or of no known format.
    """
    return _recognise(read_head(path, encoding))


def read_file(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    source: str | None = None,
    mapping: Mapping | None = None,
    encoding: str | None = None,
    rates: pa.Table | None = None,
    progress: Progress | None = None,
    checked: ByteCheck | None = None,
    name: str | None = None,
) -> Staging:
    """Reads a file into ``staged`` (one row for each key) and ``rejects`` of the connection's schema.

    ``staged`` may be a view over other tables of that schema; a schema takes one file.

    Args:
        source: Name of the source; recognised by content when None.
        mapping: How to read a file of another layout.
        encoding: Encoding of the file; UTF-8 when None and the mapping names none.
        rates: Monthly exchange rates (currency, month, usd_per_unit) in place of the package's.
        progress: Called with one line at each stage.
        checked: The ``ByteCheck`` that the caller has run over the file already.
        name: What to call the file in messages, where its path is not the user's.

    Raises:
        InputError: The file as a whole cannot be read.
        NotFoundError: No such source.
    """
    encoding = encoding or (mapping.encoding if mapping is not None else None)
    head = read_head(path, encoding, name)
    _refuse(head)
    checked = checked or check_bytes(path, encoding)
    if mapping is not None:
        chosen = get_source("mapping")
    else:
        chosen = get_source(source) if source is not None else _recognise(head)
    with readable(path, head) as ready:
        reading = Reading(
            path=ready,
            name=head.name,
            head=head if ready == path else read_head(ready, name=head.name),
            mapping=mapping,
            rates=rates,
            progress=progress or (lambda _: None),
            careful=checked.has_digit_groups,
        )
        return chosen.finish(con, chosen.parse(con, reading))


def _recognise(head: FileHead) -> Source:
    _refuse(head)
    for source in sources():
        if source.recognises(head):
            return source
    shown = ", ".join(head.columns[:12]) or head.text[:80].strip() or head.container
    raise InputError(
        "the format of the file is not known",
        where=f"{head.name}: {shown}",
        mend=f"known are {', '.join(_by_name())}; load other tables with a mapping (--map MAPPING.yml)",
    )


def _refuse(head: FileHead) -> None:
    """What no source can read, whatever the user says of it."""
    if head.container == "utf-16" and head.encoding is None:
        raise InputError(
            "the file is UTF-16 text, not UTF-8",
            where=head.name,
            mend="name the encoding (--encoding utf-16) or save the file as UTF-8",
        )
    if head.container == "zip":
        raise InputError(
            "the file is a zip archive", where=head.name, mend="unpack it and load the files inside"
        )
    if head.is_markup:
        raise InputError(
            f"the file is a web page or XML, not a table: {' '.join(head.text.split())[:80]}",
            where=head.name,
            mend="open it to see what the site answered (often a sign-in or error page) and download again",
        )
