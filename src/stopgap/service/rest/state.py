"""ETags: what of a lake an answer rests on, as the one who asks may see it, without working anything out."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from stopgap.base.clearance import Viewer, current_viewer
from stopgap.base.event_log import Event, JsonLog
from stopgap.base.marking import Marking, marking_of
from stopgap.base.read_ledger import bookkeeping
from stopgap.claims.register.texts import LOG as CLAIMS_LOG
from stopgap.lake.history import current_version, read_log, vintages
from stopgap.lake.lists.refusal_log import LIST_LOG
from stopgap.lake.marking_log import LOG as MARKINGS_LOG
from stopgap.lake.partner_evidence import LOG as RECEIVED_LOG
from stopgap.lake.schema import TABLES
from stopgap.measures.alerts.log import LOG as ALERTS_LOG
from stopgap.screening.decisions.log import LOG as DECISIONS_LOG
from stopgap.service.rest.operation import RestsOn

_LOGS: dict[str, JsonLog] = {
    RestsOn.ALERTS: ALERTS_LOG,
    RestsOn.CLAIMS: CLAIMS_LOG,
    RestsOn.DECISIONS: DECISIONS_LOG,
    RestsOn.RECEIVED: RECEIVED_LOG,
    RestsOn.LISTS: LIST_LOG,
}


_HIDING = frozenset({"receipt", "source", "table", "claim", "alert", "decision"})
"""Kinds of subjects that are not there for those who may not see them."""


def state_of(lake: Path, rests_on: Sequence[str], *, clearance: Marking | None) -> str:
    """Return a hash that stays the same as long as what an answer rests on does, as the viewer may see it.

    What the viewer may not see does not change it: neither the number of a hidden import, nor an event of a log.

    Args:
        lake: Folder of the lake.
        rests_on: Names of :class:`RestsOn`.
        clearance: Clearance of the viewer; ``None`` for all.

    Raises:
        RefusedError: The chain of a log is broken.
        InputError: A log is damaged.
    """
    parts: list[Any] = [_of_markings(lake)]
    for name in rests_on:
        if name == RestsOn.FIGURES:
            parts.append(_of_figures(lake, clearance))
        elif name == RestsOn.DAY:
            parts.append(dt.datetime.now(dt.UTC).date().isoformat())
        else:
            parts.append(_of_log(lake, _LOGS[name]))
    return _hash([*rests_on, *parts])


def _of_figures(lake: Path, clearance: Marking | None) -> str:
    """Hash the history of the tables; it is read anew only when a table, or the log of markings, has changed."""
    versions = tuple(current_version(lake, table) for table in TABLES.values())
    if current_viewer() is None:
        return _hash(versions)
    known = (lake, versions, _stamp(lake, MARKINGS_LOG), clearance)
    return _visible_figures(known)


@lru_cache(maxsize=256)
def _visible_figures(known: tuple[Path, Any, Any, Marking | None]) -> str:
    with bookkeeping():
        seen = vintages(read_log(known[0], shows=()))
    return _hash(
        [
            [
                each.table,
                each.vintage,
                each.committed,
                [receipt.receipt for receipt in each.receipts],
                each.withdrawn is None,
            ]
            for each in seen
        ]
    )


def _of_markings(lake: Path) -> Any:
    """Hash the events of the log of markings that can change what the viewer is answered.

    A mark above the viewer's clearance on a file, statement, alert or decision is left out: it hides its subject, which
    the other hashes show. A mark on what is never hidden, such as an episode, can make an answer refused.
    """
    viewer = current_viewer()
    if viewer is None:
        return _stamp(lake, MARKINGS_LOG)
    with bookkeeping():
        events = MARKINGS_LOG.read(lake)
    return _hash([each for each in events if _matters(each, viewer)])


def _matters(event: Event, viewer: Viewer) -> bool:
    kind = str(event.get("subject", "")).partition(":")[0]
    return kind not in _HIDING or viewer.admits(marking_of(event["marking"], where="log of markings"))


def _of_log(lake: Path, log: JsonLog) -> Any:
    """Hash the events of a log that the viewer may see; of one who sees all, its size and time alone."""
    if current_viewer() is None:
        return _stamp(lake, log)
    with bookkeeping():
        return _hash(log.read(lake))


def _stamp(lake: Path, log: JsonLog) -> Any:
    try:
        found = log.path(lake).stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:32]


def etag_of(*parts: Any) -> str:
    """Return the ETag of an answer. It is weak: forms of later versions of a library may differ in bytes."""
    return f'W/"{_hash(list(parts))}"'


def is_known(etag: str, if_none_match: str | None) -> bool:
    """Return whether a client has the answer with an ETag already."""
    if if_none_match is None:
        return False
    known = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return "*" in known or etag.removeprefix("W/") in known
