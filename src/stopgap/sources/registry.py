"""Registry of all sources, and the functions that recognise and parse a file."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from stopgap.base.errors import InputError, NotFoundError, StopgapError, UsageError
from stopgap.base.near_names import did_you_mean
from stopgap.sources.base import Bundle, Reading, Source, Staging, Told
from stopgap.sources.bundle import counts_by_file
from stopgap.sources.files.byte_validation import ByteCheck, check_bytes
from stopgap.sources.files.csv_file import is_readable, readable
from stopgap.sources.files.file_head import FileHead, read_head
from stopgap.sources.files.limits import refuse_outside

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from stopgap.sources.mapping import Mapping


_Checked = TypeVar("_Checked")

UNKNOWN_FORMAT = "the format of the file is not known"
"""What the error of a file says that no source recognises."""

ENTRY_POINTS = "stopgap.sources"
"""Entry point group through which other packages add sources."""


BUILT_IN = {
    "comtrade": "trade.comtrade:Comtrade",
    "canonical": "trade.canonical:Canonical",
    "comext": "trade.comext:Comext",
    "eurostat": "trade.eurostat:Eurostat",
    "eurostat-workbook": "trade.eurostat_workbook:EurostatWorkbook",
    "easycomext": "trade.easycomext:EasyComext",
    "china-customs": "trade.china_customs:ChinaCustoms",
    "baci": "trade.baci:Baci",
    "wits": "trade.wits:Wits",
    "imf-imts": "trade.imf:Imf",
    "us-census": "trade.us_census:UsCensus",
    "hmrc": "trade.hmrc:Hmrc",
    "mapping": "mappings.tabular:Mapped",
    "declarations": "declarations.declarations:Declarations",
    "eu-journal": "lists.eu_journal:EuJournal",
    "us-csl": "lists.us_csl:UsCsl",
    "ofac-csv": "lists.ofac_csv:OfacCsv",
    "ofac-enhanced": "lists.ofac_enhanced:OfacEnhanced",
    "ofac-xml": "lists.ofac_xml:OfacXml",
    "un-xml": "lists.un_xml:UnXml",
    "uk-conlist": "lists.uk_conlist:UkConList",
    "us-dpl": "lists.bis_dpl:BisDpl",
    "jp-meti": "lists.jp_meti:JpMeti",
    "opensanctions-csv": "lists.opensanctions_csv:OpenSanctionsCsv",
    "ftm": "lists.ftm:Ftm",
    "list": "lists.plain:PlainList",
    "mapped-list": "lists.mapped:MappedList",
}
"""Built-in sources in the order in which they are tried on a file -> file of this folder and class; loaded when needed."""


@cache
def _built_in(name: str) -> Source:
    file, kind = BUILT_IN[name].split(":")
    source = getattr(import_module(f"stopgap.sources.{file}"), kind)()
    assert isinstance(source, Source)
    return source


def _in_order() -> Iterator[Source]:
    """Yield every source in the order in which they are tried on a file, each loaded when its turn comes."""
    yield from map(_built_in, BUILT_IN)
    yield from other_sources().loaded


def _names() -> list[str]:
    return [*BUILT_IN, *(source.name for source in other_sources().loaded)]


def is_list(name: str) -> bool:
    """Return whether a built-in source reads lists of companies, vessels or organisations."""
    return BUILT_IN.get(name, "").startswith("lists.")


@dataclass(frozen=True, slots=True)
class Others:
    """Sources from other packages: those that loaded, and one message for each that failed, with its package."""

    loaded: tuple[Source, ...]
    faults: tuple[str, ...]


@cache
def other_sources() -> Others:
    """Return the sources that other packages add through the entry point group ``stopgap.sources``."""
    from importlib.metadata import entry_points

    loaded: dict[str, Source] = {}
    faults = []
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        package = point.dist.name if point.dist is not None else point.value
        try:
            source = point.load()()
        except Exception as error:  # another's code may fail in any way; ours goes on without it
            faults.append(f"source {point.name} of {package}: {type(error).__name__}: {error}")
            continue
        fault = _unfit(source, point.name, BUILT_IN.keys() | loaded.keys())
        if fault:
            faults.append(f"source {point.name} of {package}: {fault}")
        else:
            loaded[source.name] = source
    return Others(tuple(loaded.values()), tuple(faults))


def _unfit(source: object, name: str, taken: Set[str]) -> str | None:
    """Return why another package's source cannot be used; None if it can."""
    if not isinstance(source, Source):
        return "it is not a stopgap.sources.Source"
    lacking = [field for field in ("name", "title", "how", "terms", "parser") if not getattr(source, field, "")]
    if lacking:
        return f"it lacks {', '.join(lacking)}"
    if source.name != name:
        return f"it calls itself {source.name!r}"
    return f"the name {name!r} is taken" if name in taken else None


def sources() -> list[Source]:
    """Return every source, in the order in which they are tried on a file: built-in sources first."""
    return list(_in_order())


def check_file(path: Path, encoding: str | None = None) -> ByteCheck:
    """Validate the bytes of a whole file in the given encoding, else UTF-8 or an encoding of a source's files."""
    return with_fallback(path, encoding, lambda tried: check_bytes(path, tried))


def with_fallback(path: Path, encoding: str | None, check: Callable[[str | None], _Checked]) -> _Checked:
    """Return ``check(encoding)``; without a named encoding, also try those of the source that recognises the file.

    Raises:
        InputError: The check fails in every encoding tried.
    """
    try:
        return check(encoding)
    except InputError as error:
        if encoding is None and "byte" in error.details:
            for source in _in_order():
                for other in source.encodings:
                    if source.recognises(read_head(path, other)):
                        return check(other)
        raise


def get_source(name: str) -> Source:
    """Return the source called ``name``; raise NotFoundError if there is none."""
    if name in BUILT_IN:
        return _built_in(name)
    found = next((source for source in other_sources().loaded if source.name == name), None)
    if found is None:
        raise NotFoundError(
            f"no source is called {name!r}",
            where="; ".join(("sources", *other_sources().faults)),
            fix=f"{did_you_mean(name, _names())} Sources: {', '.join(_names())}; other tables are imported "
            "with a mapping (--map MAPPING.yml)".strip(),
        )
    return found


def recognise(path: Path, encoding: str | None = None) -> Source:
    """Return the source that recognises the file; InputError for an empty file, a web page or an unknown format."""
    return _recognise(read_head(path, encoding))


@dataclass(frozen=True)
class CopiedFile:
    """A user's file that is read from a copy: its name for messages, and the byte check it already passed, if any."""

    name: str
    check: ByteCheck | None = None


def read_file(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    source: str | Source | None = None,
    mapping: Mapping | None = None,
    encoding: str | None = None,
    rates: pa.Table | None = None,
    told: Told | None = None,
    copied: CopiedFile | None = None,
) -> Staging:
    """Parse a file into ``staged`` (one row for each key) and ``rejects`` of the connection's schema.

    ``staged`` may be a view over other tables of that schema; a schema takes one file.

    Args:
        source: The source or its name; recognised by content when None.
        mapping: How to read a file of another layout.
        encoding: Encoding of the file; UTF-8 when None and the mapping names none.
        rates: Monthly exchange rates (currency, month, usd_per_unit) in place of the package's.
        told: Facts about the file that the user states because the file does not.
        copied: Name and byte check of the user's file, if ``path`` is a copy of it.

    Raises:
        InputError: The file as a whole cannot be read.
        NotFoundError: No such source.
        UsageError: ``told`` has a field that files of this source contain themselves.
    """
    prepared = prepare_file(
        path, source=source, mapping=mapping, encoding=encoding, rates=rates, told=told, copied=copied
    )
    return read_prepared(con, prepared)


@dataclass(frozen=True)
class PreparedFile:
    """A file whose source is known, ready to be parsed; ``note`` says in which encoding it is, if not the named one."""

    source: Source
    reading: Reading
    note: str | None

    def bundle_key(self) -> Hashable | None:
        """Return what files must have in common to be parsed in one pass; None if this one is parsed by itself."""
        reading = self.reading
        if not is_readable(reading.path, reading.head) or type(self.source).finish is not Source.finish:
            return None
        try:
            key = self.source.bundle_key(reading)
        except (StopgapError, ValueError):  # what is wrong is said when the file is parsed
            return None
        return None if key is None else (self.source.name, reading.head.is_gzip, reading.careful, key)


def prepare_file(
    path: Path,
    *,
    source: str | Source | None = None,
    mapping: Mapping | None = None,
    encoding: str | None = None,
    rates: pa.Table | None = None,
    told: Told | None = None,
    copied: CopiedFile | None = None,
) -> PreparedFile:
    """Find the source of a file, and check its bytes and what the user states; see :func:`read_file`."""
    named = encoding or (mapping.encoding if mapping is not None else None)
    name = copied.name if copied is not None else None
    head = read_head(path, named, name)
    _refuse(head)
    checked = copied.check if copied is not None and copied.check is not None else check_file(path, named)
    if checked.encoding != named:
        head = read_head(path, checked.encoding, name)
    if mapping is not None:
        readers = {"declarations": "declarations", "listed": "mapped-list"}
        chosen = get_source(readers.get(mapping.table, "mapping"))
    elif isinstance(source, Source):
        chosen = source
    else:
        chosen = get_source(source) if source is not None else _recognise(head)
    told = told or Told()
    needless = [f"--{field.replace('_', '-')}" for field in told.as_dict() if field not in chosen.takes]
    if needless:
        raise UsageError(
            f"{needless[0]} is not for files of the source {chosen.name}: they say it themselves",
            where=head.name,
            fix=f"leave {needless[0]} out, or name the source that the file is of (--source NAME)",
        )
    reading = Reading(
        path=path,
        name=head.name,
        head=head,
        mapping=mapping,
        rates=rates,
        progress=lambda _: None,
        careful=checked.has_digit_groups,
        told=told,
    )
    is_named = checked.encoding == named
    return PreparedFile(
        chosen, reading, None if is_named else f"the file is not UTF-8; it was read as {checked.encoding}"
    )


def read_prepared(con: duckdb.DuckDBPyConnection, prepared: PreparedFile) -> Staging:
    """Parse a prepared file; see :func:`read_file`."""
    chosen, reading = prepared.source, prepared.reading
    with readable(reading.path, reading.head) as ready:
        if ready != reading.path:
            reading = replace(reading, path=ready, head=read_head(ready, name=reading.name))
        staging = chosen.finish(con, chosen.parse(con, reading))
        if chosen.name not in BUILT_IN:
            refuse_outside(con, "staged", reading.name)
    return _noted(staging, prepared)


def read_bundle(con: duckdb.DuckDBPyConnection, prepared: Sequence[PreparedFile]) -> list[Staging]:
    """Parse prepared files of one ``bundle_key`` in one pass, each as :func:`read_prepared` would.

    ``staged`` has the column ``file`` where there are several; see :mod:`stopgap.sources.bundle` for the rows of
    ``rejects``.

    Raises:
        InputError: One of the files as a whole cannot be read; which, only ``read_prepared`` can say.
    """
    chosen = prepared[0].source
    files = len(prepared)
    stagings = chosen.parse_bundle(con, Bundle(tuple(each.reading for each in prepared)))
    staged = counts_by_file(con, chosen.counted, files, file="file")
    rejected = counts_by_file(con, "rejects", files)
    for number, staging in enumerate(stagings):
        chosen.check_counts(staging, staged[number], rejected[number])
    if chosen.name not in BUILT_IN:
        refuse_outside(con, "staged", prepared[0].reading.name)
    return [_noted(staging, each) for staging, each in zip(stagings, prepared, strict=True)]


def _noted(staging: Staging, prepared: PreparedFile) -> Staging:
    return replace(staging, warnings=(prepared.note, *staging.warnings)) if prepared.note else staging


def recognise_head(head: FileHead) -> Source | None:
    """Return the source that recognises a file by its beginning; None if no source does."""
    return next((source for source in _in_order() if source.recognises(head)), None)


def _recognise(head: FileHead) -> Source:
    _refuse(head)
    source = recognise_head(head)
    if source is not None:
        return source
    from stopgap.sources.mappings.fitting import mapping_fix

    shown = ", ".join(head.columns[:12]) or head.text[:80].strip() or head.container
    known = f"known are {', '.join(_names())}; import other tables with a mapping (--map MAPPING.yml)"
    raise InputError(UNKNOWN_FORMAT, where=f"{head.name}: {shown}", fix=mapping_fix(head) or known)


def _refuse(head: FileHead) -> None:
    """Reject (InputError) files that no source can read: UTF-16 without a named encoding, ZIP archives, web pages."""
    if head.container == "utf-16" and head.encoding is None:
        raise InputError(
            "the file is UTF-16 text, not UTF-8",
            where=head.name,
            fix="name the encoding (--encoding utf-16) or save the file as UTF-8",
        )
    if head.container == "zip":
        raise InputError("the file is a zip archive", where=head.name, fix="unpack it and import the files inside")
    if head.is_markup and recognise_head(head) is None:
        raise InputError(
            f"the file is a web page or XML, not a table: {' '.join(head.text.split())[:80]}",
            where=head.name,
            fix="open it to see what the site answered (often a sign-in or error page) and download again",
        )
