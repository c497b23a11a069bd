"""Load the reader that proposes claims: a separate package, found through the entry point ``stopgap.drafting``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Literal, Protocol, cast

from stopgap.base.errors import NotFoundError
from stopgap.claims.drafting.draft import Draft

GROUP = "stopgap.drafting"
"""Entry-point group, which has one entry: a :class:`DraftReader`."""
ReaderName = Literal["rules", "network"]
"""Models that read a text: ``rules`` for rules and linear models only, ``network`` adds the encoder network."""
_FIX = "install the reader: pip install 'stopgap[drafting]' (or pip install stopgap-drafting)"


class DraftReader(Protocol):
    """A function that proposes the claims in one text."""

    def __call__(
        self,
        text: str,
        file: str,
        meta: Mapping[str, str] | None = None,
        *,
        body_start: int = 0,
        reader: ReaderName = "rules",
    ) -> list[Draft]:
        """Return drafts of the claims in a text, in order of position; several may share a span.

        Offsets count the characters of ``text`` as stored, whose body begins at ``body_start``; ``meta`` is the
        metadata of the file (``title``, ``date``, ``source_url`` …).
        """
        ...


@cache
def load_reader() -> DraftReader:
    """Load the installed reader; NotFoundError if no package offers one, several do, or it cannot be imported."""
    found = sorted(entry_points(group=GROUP), key=lambda entry: entry.value)
    if not found:
        raise NotFoundError("drafting needs a reader, and none is installed", where=f"entry points {GROUP}", fix=_FIX)
    if len(found) > 1:
        raise NotFoundError(
            "several readers are installed, and drafting takes one",
            where=f"entry points {GROUP}: {', '.join(entry.value for entry in found)}",
            fix="uninstall the packages that are not wanted",
        )
    try:
        return cast(DraftReader, found[0].load())
    except (ImportError, AttributeError) as error:
        raise NotFoundError(
            f"the reader cannot be imported: {error}", where=f"entry point {found[0].value}", fix=_FIX
        ) from error
