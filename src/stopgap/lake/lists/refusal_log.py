"""Log of refused list imports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.base.event_log import JsonLog

LIST_LOG = JsonLog(
    folder="lists", title="log of lists", fields={"refused": ("when", "family", "file", "what", "where")}
)


@dataclass(frozen=True, slots=True)
class ListRefusal:
    """An import of a list that was refused.

    Attributes:
        when: Moment (UTC).
        family: The list, or the family of lists, that the file would have been an edition of.
        file: Name of the file.
        what: Why.
        where: Where in the file.
    """

    when: str
    family: str
    file: str
    what: str
    where: str


def keep_refusals(lake: Path, refusals: Sequence[ListRefusal]) -> None:
    """Add refusals to the log.

    Raises:
        RefusedError: The lake cannot be written.
    """
    with LIST_LOG.writing(lake) as log:
        log.append(
            [
                {
                    "event": "refused",
                    "when": one.when,
                    "family": one.family,
                    "file": one.file,
                    "what": one.what,
                    "where": one.where,
                }
                for one in refusals
            ]
        )


def read_refusals(lake: Path) -> list[ListRefusal]:
    """All refusals, oldest first.

    Raises:
        InputError: The log is damaged.
    """

    def text(event: dict[str, Any], name: str) -> str:
        return str(event[name])

    return [
        ListRefusal(*(text(event, name) for name in ("when", "family", "file", "what", "where")))
        for event in LIST_LOG.read(lake)
    ]
