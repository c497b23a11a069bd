"""Import files with the options of a user, such as mappings and exchange rates by name."""

from __future__ import annotations

import datetime as dt
import re
import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from stopgap.base.errors import InputError, StopgapError, UsageError
from stopgap.base.marking import Marking
from stopgap.base.paths import need_writable
from stopgap.base.person import named_person
from stopgap.base.progress import Progress
from stopgap.evidence.markings.changes import asked_marking
from stopgap.intake.folders import files_in
from stopgap.intake.request import ImportRequest
from stopgap.lake.importing.importer import import_files
from stopgap.lake.importing.options import ImportOptions
from stopgap.lake.marking_log import ReceiptMark
from stopgap.lake.store import now

if TYPE_CHECKING:
    from stopgap.intake.vintage_summary import DescribedImport
    from stopgap.sources.base import Told


TERMS_LIMIT = 10_000


def import_paths(
    lake: Path, files: Sequence[Path], request: ImportRequest | None = None, *, progress: Progress | None = None
) -> DescribedImport:
    """Import files, and those in folders, into the lake as one vintage; see :func:`stopgap.lake.importing.importer.import_files`.

    Of a folder the files of known formats are taken (:func:`stopgap.intake.folders.files_in`). The result also describes the quality of the vintage. The marking of the files is in the log of markings before any
    of their rows is in the lake.

    Raises:
        UsageError: An option is invalid, such as a marking, a date or a name.
        RefusedError: A file is already marked, and the given marking would lower it; or a folder is a lake or a pack.
        NotFoundError: A folder holds no file that can be imported.
    """
    asked = request or ImportRequest()
    from stopgap.codes.fx import load_rates
    from stopgap.sources.mapping import load_mapping

    for option, text in (
        ("--lake", str(lake)), ("--source", asked.source), ("--map", asked.mapping), ("--encoding", asked.encoding), ("--rates", str(asked.rates or "")),
        ("--retrieved", asked.retrieved), ("--published", asked.published), ("--terms", asked.terms), ("marked_by", asked.marked_by),
        *(("--replaces", receipt) for receipt in asked.replaces),
    ):  # fmt: skip
        need_writable(text, option)
    if asked.terms is not None and len(asked.terms) > TERMS_LIMIT:
        raise UsageError(
            f"the terms have {len(asked.terms):,} characters; {TERMS_LIMIT:,} are the most that a receipt keeps",
            where="--terms",
            fix="name the licence, and the address at which its text stands",
        )
    options = ImportOptions(
        source=asked.source,
        mapping=load_mapping(asked.mapping) if asked.mapping else None,
        encoding=asked.encoding,
        rates=load_rates(asked.rates) if asked.rates else None,
        complete=asked.complete,
        allow_rejects=asked.allow_rejects,
        retrieved=_day(asked.retrieved, "--retrieved"),
        published=_day(asked.published, "--published"),
        terms=asked.terms,
        replaces=tuple(asked.replaces),
        allow_shrink=asked.allow_shrink,
        told=_told(asked),
        engine=asked.engine_options(),
    )
    if progress is not None:
        progress("looking at the files", None)
    found = files_in(
        files,
        source=asked.source,
        encoding=options.encoding or (options.mapping.encoding if options.mapping else None),
        is_mapped=options.mapping is not None,
    )
    files = found.files
    options = replace(options, mark=_mark(asked, files))
    try:
        imported = import_files(lake, files, options, progress=progress, meanwhile=partial(_load, files, options))
        from stopgap.intake.vintage_summary import described

        done = described(lake, imported)
        return replace(done, warnings=(*found.warnings, *done.warnings))
    except InputError as error:
        from stopgap.screening.lists.imports import note_refusal

        note_refusal(lake, files, options, error)
        if asked.mapping is None and asked.source is None:
            _offer_mapping(error, files)
        raise


def _load(files: Sequence[Path], options: ImportOptions) -> None:
    """Load what the import needs when the files are copied: the reader of the first, the log, the quality of a vintage.

    Not pyarrow, which is loaded by then: it can crash where the thread that loads it first ends.
    """
    import deltalake.transaction  # noqa: F401

    import stopgap.intake.vintage_summary  # noqa: F401
    from stopgap.sources.registry import recognise

    if options.source is None and options.mapping is None and files:
        with suppress(StopgapError, OSError):  # what is wrong with a file is said when it is read
            recognise(files[0], options.encoding)


def _offer_mapping(error: InputError, files: Sequence[Path]) -> None:
    """Put the mappings of the package that fit a refused file before the fix, with the command that imports it."""
    from stopgap.sources.files.file_head import read_head
    from stopgap.sources.mappings.fitting import mapping_fix
    from stopgap.sources.registry import UNKNOWN_FORMAT

    is_unknown = error.what == UNKNOWN_FORMAT
    if not is_unknown and "rows_rejected" not in error.details:
        return

    named = [path for path in files if path.name in error.where] or list(files)
    with suppress(StopgapError):
        offer = mapping_fix(read_head(named[0]), shlex.quote(str(named[0])), whole=not is_unknown)
        if offer:
            error.fix = offer if is_unknown else f"{offer}; or {error.fix}"


def _mark(asked: ImportRequest, files: Sequence[Path]) -> ReceiptMark | None:
    """Return the marking that the user gives to the files; ``None`` if there is none."""
    marking = asked.marking
    if not isinstance(marking, Marking):
        marking = asked_marking(marking, asked.releasable_to)
    if marking is None:
        return None
    names = ", ".join(path.name for path in files)[:200]
    return ReceiptMark(marking, named_person(asked.marked_by), now(), f"given with the import of {names}")


def _told(asked: ImportRequest) -> Told | None:
    """Return the facts stated by the user about the files, validated (UsageError); ``None`` if there are none."""
    from stopgap.base.vocab import Flow
    from stopgap.sources.base import Told

    list_date = _day(asked.list_date, "--list-date")
    wanted = (
        ("--flow", asked.flow, "|".join(Flow), "X for exports, M for imports, RX or RM for what comes back"),
        ("--period", asked.period, r"\d{4}(-(0[1-9]|1[0-2]))?", "YYYY-MM, or YYYY for a year"),
        ("--revision", asked.revision, r"HS(19|20)\d{2}", "the nomenclature's year, such as HS2022"),
        ("--list", asked.list_name, r"[\w][\w.-]{0,79}", "letters, digits, hyphens and dots, 80 at most"),
    )
    for option, value, pattern, form in wanted:
        if value is not None and not re.fullmatch(pattern, value):
            raise UsageError(f"{value!r} is not what {option} takes", where=option, fix=f"give {form}")
    told = Told(asked.flow, asked.period, asked.revision, asked.list_name, list_date)
    return told if told.as_dict() else None


def _day(text: str | None, option: str) -> str | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise UsageError(f"{text!r} is not a day", where=option, fix="give it as YYYY-MM-DD") from error
