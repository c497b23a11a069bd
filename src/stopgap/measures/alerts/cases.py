"""Manage alert cases, one per cause: find, list and show them with later signals, and record decisions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, cast

from stopgap.base.errors import NotFoundError, UsageError
from stopgap.base.marking import Markable
from stopgap.lake.query.statement import run_query
from stopgap.lake.store import now
from stopgap.measures.alerts.log import read_events, writing_log
from stopgap.measures.alerts.request import AlertDecision
from stopgap.measures.alerts.results import SignalDocument
from stopgap.panel.episodes import load_episode

if TYPE_CHECKING:
    import pyarrow as pa

GAP_MONTHS = 1  # months apart at which two signals of a cell are still one cause


class AlertDocument(SignalDocument):
    """An alert as stored in the log: signal, episode, goods, and queries for the rows behind it."""

    episode: str | None
    target: str
    goods: str
    role: str
    route: str
    good_description: str
    unit: str
    vintage: str
    queries: list[str]
    goods_version: NotRequired[str]
    revision: NotRequired[str]
    claim_id: NotRequired[str]
    claim_version: NotRequired[int]
    verdict: NotRequired[str]
    verdict_before: NotRequired[str]
    finding_ids: NotRequired[list[str]]


class SeenSignal(TypedDict):
    """Fields stored each time that a cause is seen."""

    kind: str
    month: str
    began: str
    value_usd: float | None
    expected_usd: float | None
    band_usd: list[float] | None
    ratio: float | None
    p_value: float | None
    q_value: float | None
    value_at_stake_usd: float
    vintage: str


CaseDecision = TypedDict("CaseDecision", {"as": str, "who": str, "when": str, "why": str})
"""Decision on an alert: outcome, author, time and reason."""

OPEN = "open"


@dataclass
class AlertCase(Markable):
    """One alert with its signals and decisions, oldest first.

    Attributes:
        id: Hash of the cause: episode, kind, cell and first month.
        alert: Document of the signal that raised it.
        signals: All signals of the cause, the raising one first.
    """

    id: str
    alert: AlertDocument
    signals: list[SeenSignal] = field(default_factory=list)
    decisions: list[CaseDecision] = field(default_factory=list)

    @property
    def status(self) -> str:
        """Return the last decision, or ``open``."""
        return str(self.decisions[-1]["as"]) if self.decisions else OPEN

    @property
    def first_month(self) -> str:
        """Return the earliest first month in any of its signals."""
        return str(min(signal["began"] for signal in self.signals))

    @property
    def last_month(self) -> str:
        """Return the last month in which it was seen."""
        return str(max(signal["month"] for signal in self.signals))

    def as_dict(self) -> dict[str, Any]:
        """Return the alert as JSON; dollars and p-values are from the month in which it was raised."""
        return {
            "id": self.id,
            **self.alert,
            "value_at_stake_usd": max(signal["value_at_stake_usd"] for signal in self.signals),
            "kinds": sorted({signal["kind"] for signal in self.signals}),
            "last_month": self.last_month,
            "status": self.status,
            "decisions": self.decisions,
            "signals": self.signals,
        }


def _cell(alert: AlertDocument) -> tuple[str | None, str, str, str]:
    """Return the cell of an alert: episode, supplier, destination and good."""
    return alert["episode"], alert["supplier"], alert["destination"], alert["good"]


def case_id(alert: AlertDocument) -> str:
    """Return the id of a cause: a hash that does not depend on the run or the lake."""
    parts = [str(part) for part in (*_cell(alert), alert["kind"], alert["began"])]
    return "a-" + hashlib.sha256("\t".join(parts).encode()).hexdigest()[:10]


def cases_of(events: Iterable[Mapping[str, Any]]) -> dict[str, AlertCase]:
    """Build the cases from the log's events, in the order in which they were raised."""
    cases: dict[str, AlertCase] = {}
    for event in events:
        kind, signal = event["event"], cast("SeenSignal", dict(event.get("signal", {})))
        if kind == "raised":
            cases.setdefault(event["id"], AlertCase(event["id"], cast("AlertDocument", dict(event["alert"])), [signal]))
        elif kind == "updated" and event["id"] in cases:
            cases[event["id"]].signals.append(signal)
        elif kind == "decided" and event["id"] in cases:
            cases[event["id"]].decisions.append(decision_of(event))
    return cases


def decision_of(event: Mapping[str, Any]) -> CaseDecision:
    """Return the decision recorded in a log event."""
    return {"as": event["as"], "who": event["who"], "when": event["when"], "why": event["why"]}


def month_number(month: str) -> int:
    """Return the number of months since year 0."""
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def same_cause(case: AlertCase, alert: AlertDocument) -> bool:
    """Return whether a signal belongs to a case: same cell, and overlapping or adjacent months.

    A one-month alert covers its month; a persistent rise covers the months from its start to the one in which
    it was seen. Months need not be tested in order.
    """
    if _cell(case.alert) != _cell(alert):
        return False
    first, last = month_number(alert["began"]) - GAP_MONTHS, month_number(alert["month"]) + GAP_MONTHS
    return any(
        month_number(signal["began"]) <= last and month_number(signal["month"]) >= first for signal in case.signals
    )


@dataclass
class LoggedRun:
    """Log events that a run adds, its new cases, and known cases that were seen again."""

    events: list[dict[str, Any]]
    raised: list[AlertCase]
    known: list[AlertCase]
    dismissed: list[AlertCase]  # cases seen again that a person dismissed: nothing of them is kept or shown


def settle(cases: dict[str, AlertCase], found: Iterable[AlertDocument], *, when: str) -> LoggedRun:
    """Match signals to cases: return new cases and updates; a known cause is never raised again.

    New alerts are added to ``cases``; ``when`` is the time of the run.
    """
    settled = LoggedRun([], [], [], [])
    by_cell: dict[tuple[str | None, str, str, str], list[AlertCase]] = {}
    for case in cases.values():
        by_cell.setdefault(_cell(case.alert), []).append(case)
    for alert in sorted(found, key=lambda each: (each["month"], each["kind"])):
        cell = by_cell.setdefault(_cell(alert), [])
        signal = seen_signal(alert)
        own = case_id(alert)
        known = [each for each in cell if same_cause(each, alert) or each.id == own]
        if not known:
            case = AlertCase(own, {**alert}, [signal])
            cell.append(case)
            cases[case.id] = case
            settled.raised.append(case)
            settled.events.append(
                {"event": "raised", "id": case.id, "when": when, "alert": dict(alert), "signal": signal}
            )
            continue
        case = known[0]
        group = settled.dismissed if case.status == AlertDecision.DISMISSED else settled.known
        if case not in settled.raised and case not in group:
            group.append(case)
        seen = {(each["kind"], each["month"]) for each in case.signals}
        if case.status != AlertDecision.DISMISSED and (signal["kind"], signal["month"]) not in seen:
            case.signals.append(signal)
            settled.events.append({"event": "updated", "id": case.id, "when": when, "signal": signal})
    for group in (settled.raised, settled.known):
        group.sort(key=lambda each: (-each.as_dict()["value_at_stake_usd"], each.id))
    return settled


def seen_signal(alert: Mapping[str, object]) -> SeenSignal:
    """Return the fields of an alert that are stored each time its cause is seen."""
    return cast("SeenSignal", {name: alert[name] for name in SeenSignal.__annotations__})


@dataclass(frozen=True)
class ShownAlert(Markable):
    """An alert with its rows (``rows``) at the current vintage (``as_of``) of the lake."""

    case: AlertCase
    rows: pa.Table
    as_of: str

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON document of ``alerts show --format json``."""
        return {**self.case.as_dict(), "as_of": self.as_of, "rows": self.rows.to_pylist()}


def decide(lake: Path, case: str, *, decision: str, why: str, who: str) -> AlertCase:
    """Append a decision on an alert to the log.

    Raises:
        NotFoundError: The alert is unknown.
        UsageError: No reason is given.
    """
    if not why.strip():
        raise UsageError("a decision needs its reason", where="--why", fix="say in a sentence why")
    with writing_log(lake) as log:
        cases = cases_of(log.events_seen())
        found = find_case(cases, case)
        event = {"event": "decided", "id": found.id, "as": decision, "who": who, "when": now(), "why": why.strip()}
        log.append([event])
        found.decisions.append(decision_of(event))
    return found


def find_case(cases: dict[str, AlertCase], wanted: str) -> AlertCase:
    """Find a case by id, or by a prefix of at least four characters.

    Raises:
        NotFoundError: No case or several cases match.
    """
    found = [case for name, case in cases.items() if name == wanted] or [
        case for name, case in cases.items() if len(wanted) >= 4 and name.startswith(wanted)
    ]
    if len(found) == 1:
        return found[0]
    raise NotFoundError(
        f"no alert {wanted!r}" if not found else f"{len(found)} alerts begin with {wanted!r}",
        where="stopgap alerts",
        fix="stopgap alerts list --status all shows the ids",
    )


def list_alerts(lake: Path, episode: str | None, *, status: str) -> list[AlertCase]:
    """List the alerts of an episode (``None``: all) with a status of :class:`Listed`, most dollars at stake first."""
    name = load_episode(episode).name if episode is not None else None
    found = [
        case
        for case in cases_of(read_events(lake)).values()
        if name in (None, case.alert["episode"])
        and (status in ("all", case.status) or (status == "decided" and case.status != OPEN))
    ]
    return sorted(found, key=lambda case: (-case.as_dict()["value_at_stake_usd"], case.id))


def show_alert(lake: Path, wanted: str) -> ShownAlert:
    """Return an alert with its rows at the newest vintage.

    Raises:
        NotFoundError: The alert is unknown.
    """
    found = find_case(cases_of(read_events(lake)), wanted)
    rows, as_of = run_query(lake, found.alert["queries"][0])
    return ShownAlert(found, rows, as_of)
