"""Log of refused list imports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from stopgap.base.event_log import JsonLog


@dataclass(frozen=True, slots=True)
class ListRefusal:
    """Refused import of a list: the fault (``what``), and its place in the file (``where``); ``when`` is UTC.

    ``family`` is the list, or family of lists, of which the file would have become an edition.
    """

    when: str
    family: str
    file: str
    what: str
    where: str


_FIELDS = tuple(field.name for field in fields(ListRefusal))

LIST_LOG = JsonLog(folder="lists", title="log of lists", fields={"refused": _FIELDS})


def keep_refusals(lake: Path, refusals: Sequence[ListRefusal]) -> None:
    """Append refused imports to the log; refuses (RefusedError) a lake that cannot be written."""
    with LIST_LOG.writing(lake) as log:
        log.append([{"event": "refused", **asdict(one)} for one in refusals])


def read_refusals(lake: Path) -> list[ListRefusal]:
    """Read all refused imports, oldest first; refuses (InputError) a damaged log."""
    return [ListRefusal(*(str(event[name]) for name in _FIELDS)) for event in LIST_LOG.read(lake)]
