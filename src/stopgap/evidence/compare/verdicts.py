"""Compare the verdicts and alerts of two packs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stopgap.evidence.compare.numbers import same_number
from stopgap.evidence.packs.view import PackView


@dataclass(frozen=True)
class VerdictDifference:
    """A statement on which two packs differ: the verdict of each and its reason, ``None`` where a pack has none.

    ``estimates`` holds the deciding hypotheses whose estimates differ: id -> estimate of each pack.
    """

    claim_id: str
    title: str
    one: str | None
    other: str | None
    one_because: str | None
    other_because: str | None
    estimates: Mapping[str, tuple[float | None, float | None]]

    def as_dict(self) -> dict[str, Any]:
        """Return the difference as a JSON object."""
        return {
            "claim_id": self.claim_id, "title": self.title, "one": self.one, "other": self.other,
            "one_because": self.one_because, "other_because": self.other_because,
            "estimates": {name: {"one": one, "other": other} for name, (one, other) in self.estimates.items()},
        }  # fmt: skip

    @property
    def says(self) -> str:
        """The difference in one sentence."""
        if self.one is None or self.other is None:
            side, verdict = ("ONE", self.one) if self.other is None else ("OTHER", self.other)
            return f"{self.title} ({self.claim_id}): {verdict}, in {side} alone"
        if self.one != self.other:
            return f"{self.title} ({self.claim_id}): {self.one} in ONE, {self.other} in OTHER"
        return f"{self.title} ({self.claim_id}): {self.one} in both, with other estimates"


@dataclass(frozen=True)
class AlertDifference:
    """An alert on which two packs differ.

    ``alert_id`` is derived from its cause. ``one`` and ``other`` hold the values of each pack: ``at_stake_usd`` (US
    dollars of the month), ``last_month``, ``decision``; ``None`` where a pack has no such alert.
    """

    alert_id: str
    title: str
    one: Mapping[str, Any] | None
    other: Mapping[str, Any] | None

    def as_dict(self) -> dict[str, Any]:
        """Return the difference as a JSON object."""
        one, other = (None if found is None else dict(found) for found in (self.one, self.other))
        return {"alert_id": self.alert_id, "title": self.title, "one": one, "other": other}

    @property
    def says(self) -> str:
        """The difference in one sentence."""
        if self.one is None or self.other is None:
            return f"{self.title} ({self.alert_id}): in {'ONE' if self.other is None else 'OTHER'} alone"
        parts = [
            f"{name.replace('_', ' ')} {_shown(self.one[name])} in ONE, {_shown(self.other[name])} in OTHER"
            for name in self.one
            if self.one[name] != self.other[name]
        ]
        return f"{self.title} ({self.alert_id}): {'; '.join(parts)}"


def _shown(value: Any) -> str:
    return f"{value:,.0f}" if isinstance(value, float) else str(value or "none")


def compare_verdicts(one: PackView, other: PackView) -> Iterator[VerdictDifference]:
    """Yield statements whose verdicts or deciding estimates differ, or that only one pack has tested, by id."""
    first, second = (_documents(view, "verdict", "claim_id") for view in (one, other))
    for name in sorted(first.keys() | second.keys()):
        documents = first.get(name), second.get(name)
        verdicts = [None if each is None else str(each["verdict"]) for each in documents]
        estimates = dict(_estimates(*documents))
        if verdicts[0] != verdicts[1] or estimates:
            because = [None if each is None else str(each["because"]) for each in documents]
            title = next(str(each["title"]) for each in documents if each is not None)
            yield VerdictDifference(name, title, verdicts[0], verdicts[1], because[0], because[1], estimates)


def _estimates(
    one: Mapping[str, Any] | None, other: Mapping[str, Any] | None
) -> Iterator[tuple[str, tuple[float | None, float | None]]]:
    if one is None or other is None:
        return
    first, second = (
        {each["id"]: each["estimate"] for each in document["hypotheses"] if each["decides"]}
        for document in (one, other)
    )
    for name in sorted(first.keys() | second.keys()):
        pair = first.get(name), second.get(name)
        if not same_number(name, *pair):
            yield name, pair


def compare_alerts(one: PackView, other: PackView) -> Iterator[AlertDifference]:
    """Yield alerts that differ in amount, last month or decision, or that only one pack has, by id.

    Decisions are compared only if both packs contain decisions.
    """
    first, second = (_documents(view, "alert", "id") for view in (one, other))
    decided = [_decisions(view) for view in (one, other)]
    for name in sorted(first.keys() | second.keys()):
        documents = first.get(name), second.get(name)
        sides = [
            None
            if document is None
            else {
                "at_stake_usd": round(float(document["value_at_stake_usd"]), 2),
                "last_month": document["last_month"],
                "decision": found.get(name) if all(decided) else None,
            }
            for document, found in zip(documents, decided, strict=True)
        ]
        if sides[0] != sides[1]:
            alert = next(each for each in documents if each is not None)
            title = f"{alert['supplier']} to {alert['destination']}, {alert['good']}, {alert['began']}"
            yield AlertDifference(name, title, sides[0], sides[1])


def _decisions(view: PackView) -> dict[str, str]:
    """Return alert id -> the last decision on it."""
    found: dict[str, tuple[str, str]] = {}
    for item in view.items("decision"):
        document = view.document(item)
        last = (str(document["when"]), str(document["as"]))
        found[document["alert"]] = max(found.get(document["alert"], last), last)
    return {alert: decision for alert, (_, decision) in found.items()}


def _documents(view: PackView, kind: str, key: str) -> dict[str, Mapping[str, Any]]:
    return {document[key]: document for document in map(view.document, view.items(kind))}
