"""Log why a list import was refused."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from stopgap.base.errors import InputError, StopgapError
from stopgap.base.paths import is_regular_file
from stopgap.lake.import_options import ImportOptions
from stopgap.lake.lists.refusal_log import ListRefusal, keep_refusals
from stopgap.lake.store import now


def note_refusal(lake: Path, files: Sequence[Path], options: ImportOptions, error: InputError) -> None:
    """Put a refused import into the log of lists, where its files are lists; nothing where they are not.

    What was refused is the answer to the user: a log that cannot be written does not hide it.
    """
    with contextlib.suppress(StopgapError, OSError):
        refusals = [
            ListRefusal(now(), family, path.name, error.what, error.where)
            for path in files
            if is_regular_file(path) and (family := _family(path, options)) is not None
        ]
        if refusals:
            keep_refusals(lake, refusals)


def _family(path: Path, options: ImportOptions) -> str | None:
    """The family that a file would have been an edition of; ``None`` where it is no list."""
    from stopgap.sources.base import Told
    from stopgap.sources.files.file_head import read_head
    from stopgap.sources.lists.base import AnyList
    from stopgap.sources.registry import get_source, recognise_head

    head = read_head(path, options.encoding)
    told = options.told or Told()
    if options.mapping is not None:
        return told.list or options.mapping.spec.source if options.mapping.table == "listed" else None
    source = get_source(options.source) if options.source is not None else recognise_head(head)
    return source.edition(head, told).family if isinstance(source, AnyList) else None
