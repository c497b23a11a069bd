"""Events of the log of screenings made from questions and answers, chosen by a reader's filters, and written as rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from stopgap.base.errors import InputError, StopgapError
from stopgap.base.event_log import Event
from stopgap.base.marking import Marking, marking_of
from stopgap.screening.matching.yente_request import ScopeRequest
from stopgap.service.matching.log_index import EventGroup
from stopgap.service.matching.screening_log import ScreeningLog, new_id
from stopgap.service.principal import PersonRole, Principal

Document = Mapping[str, Any]

COLUMNS = (
    "id", "when", "who", "via", "address", "dataset", "query", "schema", "name", "countries", "total", "matches",
    "best_score", "best_list", "best_entity_id", "best_list_date", "best_receipt", "best_decision", "threshold", "index",
    "vintage", "model", "marking",
)  # fmt: skip
"""Columns of the log as CSV: a row a query."""


@dataclass(frozen=True)
class Noted:
    """What is noted of one request.

    Attributes:
        person: Who asks.
        address: Address that was asked.
        options: Options of the request.
        queries: Query by its key: ``schema`` and ``properties``.
    """

    person: Principal
    address: str
    options: ScopeRequest
    queries: Mapping[str, Any]


def asked_event(noted: Noted, answer: Document, marking: Marking, log: ScreeningLog, *, hashes: bool) -> Event:
    """Return the event of a request that was answered.

    Args:
        noted: The request.
        answer: The answer in yente's shape: with ``responses``, or with ``results`` of a search.
        marking: Marking of the answer.
        log: Log whose key hashes names.
        hashes: Whether texts are kept as hashes alone.
    """
    rests = answer["stopgap"]
    outcome = {_whole(key): _outcome(each) for key, each in _responses(answer).items()}
    kept = {key: each["query"] for key, each in _responses(answer).items() if "query" in each} or noted.queries
    queries = {_whole(key): kept_query(each, log if hashes else None) for key, each in kept.items()}
    return {
        **event_of(noted.person, "asked", noted.address),
        "options": {**asdict(noted.options), "threshold": rests.get("threshold"), "cutoff": rests.get("cutoff")},
        "index": rests["index"],
        "vintage": rests["vintage"],
        "model": rests["model"],
        "queries": queries,
        "outcome": outcome,
        "hashed": hashes,
        "marking": marking.as_dict(),
    }


def refused_event(person: Principal, address: str, error: StopgapError) -> Event:
    """Return the event of a request that was refused: nothing was looked up, and no name is kept."""
    return {**event_of(person, "refused", address), "what": error.what, "status": error.http_status}


def event_of(person: Principal, event: str, address: str) -> Event:
    """Return the beginning of an event: id, moment, who, and the address that was asked."""
    now = dt.datetime.now(dt.UTC)
    return {
        "event": event,
        "id": new_id(now),
        "when": now.isoformat(timespec="milliseconds"),
        "who": person.name,
        "role": person.role.value,
        "via": person.via,
        "session": person.session,
        "address": address,
    }


def _responses(answer: Document) -> dict[str, Document]:
    found: dict[str, Document] = answer.get("responses", {"q": answer})
    return found


def _outcome(response: Document) -> Event:
    results = []
    for each in response["results"]:
        said = each.get("stopgap") or {}
        results.append(
            {
                "list": each["datasets"][0],
                "entity_id": each["id"],
                "score": each.get("score"),
                "match": each.get("match"),
                "list_date": (each["last_seen"] or "")[:10] or None,
                "receipt": said.get("receipt"),
                "decision": (said.get("decision") or {}).get("id"),
            }
        )
    return {"total": response["total"]["value"], "results": results}


def kept_query(query: Any, log: ScreeningLog | None) -> Event:
    """Return a query as it was read: lists of texts by property, or their hashes."""
    written = log.hashed if log is not None else _whole
    properties = {_whole(name): [written(one) for one in values] for name, values in query["properties"].items()}
    return {"schema": _whole(query["schema"]), "properties": properties}


def _whole(text: str) -> str:
    """Return a text without what is no Unicode, which the log cannot hold."""
    return text.encode("utf-8", "replace").decode()


@dataclass(frozen=True)
class ScreeningFilter:
    """Which screenings a reader asks for; days are UTC, inclusive. ``None`` for any.

    Attributes:
        who: Name of the person or program.
        since: First day or moment.
        until: Last day or moment.
        query: Name that was asked for, as it was written; of hashed names it finds the same hash.
    """

    who: str | None = None
    since: str | None = None
    until: str | None = None
    query: str | None = None


def readable(log: ScreeningLog, person: Principal, wanted: ScreeningFilter) -> Iterator[Event]:
    """Iterate over the screenings that a person may read: an admin those of all, others their own.

    An event is left out whose answer was marked above the person's clearance.

    Raises:
        RefusedError: The log is not as it was written.
        InputError: A day is none.
    """
    first, last = _moment(wanted.since, "from", is_end=False), _moment(wanted.until, "to", is_end=True)
    is_admin = _is_admin(person)
    needles = {" ".join(wanted.query.casefold().split()), log.hashed(wanted.query)} if wanted.query else None
    for event in log.events():
        if event["event"] == "edition" or not (is_admin or event["who"] == person.name):
            continue
        if wanted.who is not None and event["who"] != wanted.who:
            continue
        if not first <= dt.datetime.fromisoformat(event["when"]) <= last:
            continue
        if needles is not None and not _asks_for(event, needles):
            continue
        marking = event.get("marking")
        if _may_see(person, None if marking is None else marking_of(marking, where="log of screenings")):
            yield event


def _is_admin(person: Principal) -> bool:
    return person.role.rank >= PersonRole.ADMIN.rank


def _may_see(person: Principal, marking: Marking | None) -> bool:
    return person.clearance is None or marking is None or marking.fits(person.clearance)


def latest_readable(
    log: ScreeningLog, person: Principal, wanted: ScreeningFilter, start: int, most: int
) -> tuple[list[Event], int]:
    """Return some of the screenings of :func:`readable`, the latest first, and the number of all of them.

    Only those that are returned are read, unless they are chosen by a name, which no index holds.

    Args:
        log: The log.
        person: Who reads.
        wanted: Which are chosen.
        start: Screenings that are passed over.
        most: Screenings that are returned at most.

    Raises:
        RefusedError: The log is not as it was written.
        InputError: A day is none.
    """
    if wanted.query:
        found = list(readable(log, person, wanted))
        return found[::-1][start : start + most], len(found)
    first, last = _moment(wanted.since, "from", is_end=False), _moment(wanted.until, "to", is_end=True)

    def admits(group: EventGroup) -> bool:
        is_own = _is_admin(person) or group.who == person.name
        is_wanted = wanted.who is None or group.who == wanted.who
        return is_own and is_wanted and _may_see(person, group.marking)

    return log.index.latest(admits, first, last, start, most)


def edition_of(log: ScreeningLog, event: Event) -> Event | None:
    """Return the edition that an event names; ``None`` if it names none."""
    for each in log.events():
        if each["event"] == "edition" and (each["index"], each["vintage"]) == (
            event.get("index"),
            event.get("vintage"),
        ):
            return each
    return None


def _asks_for(event: Event, needles: set[str]) -> bool:
    return any(
        " ".join(str(text).casefold().split()) in needles
        for query in event.get("queries", {}).values()
        for values in query["properties"].values()
        for text in (values if isinstance(values, list) else [values])
    )


def _moment(text: str | None, name: str, *, is_end: bool) -> dt.datetime:
    if not text:
        return dt.datetime.max.replace(tzinfo=dt.UTC) if is_end else dt.datetime.min.replace(tzinfo=dt.UTC)
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{text[:40]!r} is no day", where=name, fix="write it as 2026-01-31") from error
    if is_end and len(text) == len("2026-01-31"):
        found += dt.timedelta(days=1, microseconds=-1)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def rows_of(event: Event) -> Iterator[list[object]]:
    """Iterate over the rows of an event, a row a query, in the order of :data:`COLUMNS`."""
    fixed = {name: event.get(name) for name in ("id", "when", "who", "via", "address", "index", "vintage", "model")}
    options = event.get("options") or {}
    marking = event.get("marking")
    shared = {
        **fixed,
        "dataset": options.get("dataset"),
        "threshold": options.get("threshold"),
        "marking": marking_of(marking, where="log of screenings").label if marking else None,
    }
    if "file" in event:
        counts = event["counts"]
        row = {
            **shared,
            "query": "file",
            "name": event["file"]["name"],
            "total": counts["rows"],
            "matches": counts["alerting"],
        }
        yield [row.get(name) for name in COLUMNS]
        return
    for key, query in event.get("queries", {event.get("screening", ""): {"schema": None, "properties": {}}}).items():
        outcome = event.get("outcome", {}).get(key) or {"total": None, "results": []}
        best = outcome["results"][0] if outcome["results"] else {}
        properties = query["properties"]
        row = {
            **shared,
            "query": key,
            "schema": query["schema"],
            "name": _texts(properties.get("name")),
            "countries": _texts(properties.get("country") or properties.get("jurisdiction")),
            "total": outcome["total"],
            "matches": sum(bool(each["match"]) for each in outcome["results"]),
            **{f"best_{name}": best.get(name) for name in ("score", "list", "entity_id", "list_date", "receipt", "decision")},
        }  # fmt: skip
        yield [row[name] for name in COLUMNS]


def _texts(value: Any) -> str:
    values = value if isinstance(value, list) else [] if value is None else [value]
    return "; ".join(map(str, values))
