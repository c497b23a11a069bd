"""Loading files, with mappings and rates by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from stopgap.errors import UsageError
from stopgap.lake.importer import ImportOptions, ImportResult, Progress, import_files


def import_paths(
    lake: Path,
    files: Sequence[Path],
    *,
    source: str | None = None,
    mapping: str | None = None,
    encoding: str | None = None,
    rates: Path | None = None,
    complete: bool = False,
    allow_rejects: bool = False,
    retrieved: str | None = None,
    published: str | None = None,
    terms: str | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Load files into the lake as one vintage; see :func:`stopgap.lake.importer.import_files`."""
    from stopgap.codes.fx import load_rates
    from stopgap.sources.mapping import load_mapping

    options = ImportOptions(
        source=source,
        mapping=load_mapping(mapping) if mapping else None,
        encoding=encoding,
        rates=load_rates(rates) if rates else None,
        complete=complete,
        allow_rejects=allow_rejects,
        retrieved=_day(retrieved, "--retrieved"),
        published=_day(published, "--published"),
        terms=terms,
    )
    return import_files(lake, files, options, progress=progress)


def _day(text: str | None, option: str) -> str | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise UsageError(f"{text!r} is not a day", where=option, mend="give it as YYYY-MM-DD") from error
