"""Note screenings of names and files in the log, in the shape in which the program itself answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from stopgap.api import Lake
from stopgap.base.errors import StopgapError
from stopgap.base.event_log import Event
from stopgap.base.marking import CLEAR, Marking
from stopgap.screening.matching.request import ScreenRequest
from stopgap.service.context import ServiceContext
from stopgap.service.matching.records import event_of, kept_query, refused_event
from stopgap.service.matching.screening_log import screening_log
from stopgap.service.principal import Principal
from stopgap.service.settings import ServiceSettings

if TYPE_CHECKING:
    from stopgap.screening.matching.match_selection import ScreenAnswer, ScreenedMatch
    from stopgap.screening.matching.results import ScreenQuery
    from stopgap.screening.matching.run import ScreenedNames

Answer = TypeVar("Answer")

EDITION = ("index", "model", "vintage", "editions")
"""Fields of what an answer rests on that the log keeps once an edition."""

_OF_QUERY = ("countries", "identifiers", "address", "explain")
"""Options of a request that stand in its queries, or change nothing of what is found."""


def noted_screening(
    service: ServiceContext,
    person: Principal,
    address: str,
    work: Callable[[Lake], Answer],
    *,
    found_in: Callable[[Answer], tuple[ScreenedNames, ScreenRequest, Marking | None]],
    more: Mapping[str, Any] | None = None,
) -> tuple[Answer, str]:
    """Look names up and note it in the log, which is on the disk before this returns.

    Args:
        service: The service.
        person: Who asks.
        address: Address that was asked.
        work: Function that answers.
        found_in: Takes from the answer what was found, the request, and the marking of the answer.
        more: Further fields of the event, such as the file that the names came from.

    Returns:
        The answer, and the id of the screening.

    Raises:
        StopgapError: What the work raises, after the refusal was noted.
        RefusedError: The log cannot be written; then there is no answer.
    """
    try:
        answer = service.ask(person, work)
    except StopgapError as error:
        note_refused(service.settings, person, address, error)
        raise
    found, request, marking = found_in(answer)
    return answer, note_screening(service, person, address, found, request, marking, more)


def note_screening(
    service: ServiceContext,
    person: Principal,
    address: str,
    found: ScreenedNames,
    request: ScreenRequest,
    marking: Marking | None,
    more: Mapping[str, Any] | None = None,
) -> str:
    """Note in the log that names were looked up, and return the id of the screening; it is on the disk then.

    Raises:
        RefusedError: The log cannot be written.
    """
    log = screening_log(service.settings.home)
    kept = log if service.settings.hashes_names else None
    options = {name: value for name, value in asdict(request).items() if name not in _OF_QUERY}
    event = {
        **event_of(person, "asked", address),
        "options": {**options, "threshold": found.about["threshold"], "asked_threshold": request.threshold},
        **_rests(found.rests_on),
        "queries": {f"q{place}": kept_query(_query(each.query), kept) for place, each in enumerate(found)},
        "outcome": {f"q{place}": _outcome(each) for place, each in enumerate(found)},
        "hashed": service.settings.hashes_names,
        "marking": (marking or CLEAR).as_dict(),
        **(more or {}),
    }
    log.add(event, {name: found.rests_on[name] for name in EDITION})
    return str(event["id"])


def note_file(
    settings: ServiceSettings,
    person: Principal,
    address: str,
    *,
    job: str,
    is_retry: bool = False,
    file: Mapping[str, Any],
    summary: Any,
    answers: Iterable[Mapping[str, Any]],
) -> None:
    """Note in the log that a file of names was screened: its hash, the edition, how many alert, and the hash of the answers.

    Args:
        settings: Settings of the service.
        person: Who asked.
        address: Address at which the file was sent.
        job: Id of the job.
        is_retry: Whether an earlier attempt may have noted it.
        file: ``name``, ``bytes`` and ``sha256`` of the file.
        summary: What ``Lake.screen_file`` returned.
        answers: ``name``, ``bytes`` and ``sha256`` of the files of answers.

    Raises:
        RefusedError: The log cannot be written.
    """
    log = screening_log(settings.home)
    if is_retry and any(each.get("job") == job for each in log.events() if each["event"] == "file"):
        return
    counts = {
        "rows": summary.rows, "rejected": summary.rejected, "matched": summary.matched, "alerting": summary.alerting,
        "matches": summary.matches,
    }  # fmt: skip
    event = {
        **event_of(person, "file", address),
        "job": job,
        "options": {"threshold": summary.about["threshold"]},
        **_rests(summary.rests_on),
        "file": dict(file),
        "counts": counts,
        "answers": list(map(dict, answers)),
        "marking": (summary.marking or CLEAR).as_dict(),
    }
    log.add(event, {name: summary.rests_on[name] for name in EDITION})


def note_refused(settings: ServiceSettings, person: Principal, address: str, error: StopgapError) -> None:
    """Note in the log that a screening was refused: nothing was looked up, and no name is kept."""
    screening_log(settings.home).add(refused_event(person, address, error))


def replayed_event(person: Principal, address: str, document: Mapping[str, Any], marking: Marking) -> Event:
    """Return the event of a screening that was given again."""
    names = ("screening", "same", "different_queries", "index", "vintage", "model")
    return {
        **event_of(person, "replayed", address),
        **{name: document[name] for name in names},
        "marking": marking.as_dict(),
    }


def _rests(rests_on: Mapping[str, Any]) -> dict[str, Any]:
    return {name: rests_on[name] for name in ("index", "vintage", "model")}


def _query(query: ScreenQuery) -> dict[str, Any]:
    properties: dict[str, Sequence[str]] = {
        "name": [query.name],
        "country": list(query.countries),
        "identifier": [f"{each.kind}:{each.value}" for each in query.identifiers],
        "address": [query.address] if query.address else [],
    }
    return {"schema": query.schema or "", "properties": {name: texts for name, texts in properties.items() if texts}}


def _outcome(answer: ScreenAnswer) -> dict[str, Any]:
    return {"total": len(answer.matches), "results": list(map(_result, answer.matches))}


def _result(found: ScreenedMatch) -> dict[str, Any]:
    match = found.match
    return {
        "list": match.list,
        "entity_id": match.entity_id,
        "score": match.score,
        "match": match.alerts,
        "list_date": match.list_date,
        "receipt": found.listings[0].receipt if found.listings else None,
        "decision": found.standing.decision.id if found.standing is not None else None,
    }
