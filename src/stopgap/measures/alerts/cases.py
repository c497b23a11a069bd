"""Alerts as cases: one cause, raised once, with what followed and what was decided."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from stopgap.base.marking import Markable

GAP_MONTHS = 1
"""Months apart at which two signals of a cell are still one cause."""


class Decision(StrEnum):
    """What a person made of an alert."""

    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    WATCH = "watch"


OPEN = "open"
_CELL = ("episode", "supplier", "destination", "good")


@dataclass
class Case(Markable):
    """One alert.

    Attributes:
        id: Of the cause: episode, kind, cell and first month.
        alert: What was raised.
        signals: What was seen of it, the raising one first.
        decisions: Who decided what, when and why, oldest first.
    """

    id: str
    alert: dict[str, Any]
    signals: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def status(self) -> str:
        """``open``, or the last decision."""
        return str(self.decisions[-1]["as"]) if self.decisions else OPEN

    @property
    def first_month(self) -> str:
        """First month of the cause, as far as any signal places it."""
        return str(min(signal["began"] for signal in self.signals))

    @property
    def last_month(self) -> str:
        """Last month in which it was seen."""
        return str(max(signal["month"] for signal in self.signals))

    def as_dict(self) -> dict[str, Any]:
        """The alert as JSON; money and chances are those of the month in which it was raised."""
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


def case_id(alert: Mapping[str, Any]) -> str:
    """Id of a cause: the same wherever and whenever it is found."""
    parts = [str(alert[name]) for name in (*_CELL, "kind", "began")]
    return "a-" + hashlib.sha256("\t".join(parts).encode()).hexdigest()[:10]


def cases_of(events: Iterable[Mapping[str, Any]]) -> dict[str, Case]:
    """Cases from the log's events, in the order in which they were raised."""
    cases: dict[str, Case] = {}
    for event in events:
        kind = event["event"]
        if kind == "raised":
            cases.setdefault(event["id"], Case(event["id"], dict(event["alert"]), [dict(event["signal"])]))
        elif kind == "updated" and event["id"] in cases:
            cases[event["id"]].signals.append(dict(event["signal"]))
        elif kind == "decided" and event["id"] in cases:
            names = ("as", "who", "when", "why")
            cases[event["id"]].decisions.append({name: event[name] for name in names})
    return cases


def month_number(month: str) -> int:
    """Months since year 0."""
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def same_cause(case: Case, alert: Mapping[str, Any]) -> bool:
    """Whether a signal belongs to a case: the same cell, and months that touch.

    A high month spans itself, a lasting rise the months from its beginning to the one in which it
    was seen; months need not be tested in their order.
    """
    if any(case.alert[name] != alert[name] for name in _CELL):
        return False
    first, last = month_number(alert["began"]) - GAP_MONTHS, month_number(alert["month"]) + GAP_MONTHS
    return any(
        month_number(signal["began"]) <= last and month_number(signal["month"]) >= first
        for signal in case.signals
    )


@dataclass
class Settled:
    """What a run adds to the log, and what it found there already.

    Attributes:
        events: To be appended.
        raised: Cases that are new.
        known: Cases that were there and were seen again.
        dismissed: Cases seen again that a person dismissed: nothing of them is kept or shown.
    """

    events: list[dict[str, Any]]
    raised: list[Case]
    known: list[Case]
    dismissed: list[Case]


def settle(cases: dict[str, Case], found: Iterable[Mapping[str, Any]], *, when: str) -> Settled:
    """New cases and updates from signals; a cause that is known is never raised again.

    Args:
        cases: Known cases; those raised are added.
        found: Alerts as they would be raised, each with all fields of its signal.
        when: Moment of the run.
    """
    settled = Settled([], [], [], [])
    by_cell: dict[tuple[Any, ...], list[Case]] = {}
    for case in cases.values():
        by_cell.setdefault(tuple(case.alert[name] for name in _CELL), []).append(case)
    for alert in sorted(found, key=lambda each: (each["month"], each["kind"])):
        cell = by_cell.setdefault(tuple(alert[name] for name in _CELL), [])
        signal = {name: alert[name] for name in SIGNAL_FIELDS}
        own = case_id(alert)
        known = [each for each in cell if same_cause(each, alert) or each.id == own]
        if not known:
            case = Case(own, dict(alert), [signal])
            cell.append(case)
            cases[case.id] = case
            settled.raised.append(case)
            settled.events.append(
                {"event": "raised", "id": case.id, "when": when, "alert": dict(alert), "signal": signal}
            )
            continue
        case = known[0]
        group = settled.dismissed if case.status == Decision.DISMISSED else settled.known
        if case not in settled.raised and case not in group:
            group.append(case)
        seen = {(each["kind"], each["month"]) for each in case.signals}
        if case.status != Decision.DISMISSED and (signal["kind"], signal["month"]) not in seen:
            case.signals.append(signal)
            settled.events.append({"event": "updated", "id": case.id, "when": when, "signal": signal})
    for group in (settled.raised, settled.known):
        group.sort(key=lambda each: (-each.as_dict()["value_at_stake_usd"], each.id))
    return settled


SIGNAL_FIELDS = (
    "kind", "month", "began", "value_usd", "expected_usd", "band_usd", "ratio", "p_value", "q_value",
    "value_at_stake_usd", "vintage",
)  # fmt: skip
