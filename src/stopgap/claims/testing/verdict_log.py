"""Log each verdict of a registered claim, and raise an alert when it changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.base.clearance import sees_all_files
from stopgap.base.event_log import Event
from stopgap.base.progress import counted
from stopgap.claims.claim import Claim
from stopgap.claims.claim_file import read_claim
from stopgap.claims.register.events import ACTIVE, RegisteredClaim
from stopgap.claims.register.register import find_claim
from stopgap.claims.register.texts import LOG, read_register
from stopgap.claims.testing.results import TestedClaim, Verdict
from stopgap.lake.schema import TRADE
from stopgap.lake.store import now
from stopgap.measures.alerts.cases import AlertCase, AlertDocument, cases_of, seen_signal
from stopgap.measures.alerts.log import writing_log
from stopgap.measures.alerts.results import AlertKind
from stopgap.panel.engine import engine_on

if TYPE_CHECKING:
    from stopgap.claims.testing.run import ClaimTestOptions

_KEPT = (
    "id", "layer", "measure", "estimate", "ci95", "gross", "threshold", "verdict", "goods", "goods_version", "coverage",
    "finding_id", "decides",
)  # fmt: skip
FILES = (".yml", ".yaml")
"""Suffixes that distinguish a claim file from an id."""

RECEIPTS = "SELECT * FROM receipts"
"""Query shown in an alert whose verdict has no rows behind it."""


@dataclass(frozen=True, kw_only=True)
class Retest(TestedClaim):
    """A registered claim with its verdict, and with the previous test.

    Attributes:
        before: Event of the previous test of the same version; ``None`` without one.
        alert: Alert raised by a changed verdict; ``None`` where nothing changed, or the alert was already logged.
    """

    entry: RegisteredClaim
    before: Event | None
    alert: AlertCase | None

    @property
    def tested(self) -> TestedClaim:
        return TestedClaim(**_fields_of(self))

    @property
    def changed(self) -> bool:
        """Whether the verdict differs from that of the previous test."""
        return self.before is not None and Verdict.read(self.before["verdict"]) is not self.verdict

    def as_dict(self) -> dict[str, Any]:
        return {
            **super().as_dict(),
            "version": self.entry.current.number,
            "before": None
            if self.before is None
            else {name: self.before[name] for name in ("as_of", "verdict", "when", "software")},
            "changed": self.changed,
            "alert": self.alert.id if self.alert else None,
        }


def _fields_of(tested: TestedClaim) -> dict[str, Any]:
    return {field.name: getattr(tested, field.name) for field in fields(TestedClaim)}


def retest(
    lake: Path, wanted: Sequence[str] | None, options: ClaimTestOptions, *, only_episode: str | None = None
) -> list[Retest]:
    """Test registered claims by id or id prefix; all active ones where ``wanted`` is ``None``.

    A test of the newest vintage on the claim's own episode is logged in the register; where its verdict
    differs from that of the previous test of the same version of the claim, an alert is raised, once.
    ``options.kept`` is taken from the register; ``only_episode`` excludes claims that are tested on another.
    """
    from stopgap.claims.testing.cases import Findings, episode_of
    from stopgap.claims.testing.run import verdict_on

    register = read_register(lake)
    entries = (
        [each for each in register.claims.values() if each.status == ACTIVE]
        if wanted is None
        else [find_claim(register, each) for each in wanted]
    )
    if only_episode is not None:
        episodes = [episode_of(each.claim, None)[0] for each in entries]
        entries = [each for each, on in zip(entries, episodes, strict=True) if on and on.name == only_episode]
    if not entries:
        return []
    found = []
    with engine_on(lake, as_of=options.as_of, only=[TRADE.name]) as (engine, snapshot):
        findings = Findings(engine, snapshot, lake)
        for entry in counted(entries, "testing statement"):
            chosen = replace(options, kept=entry.current.goods)
            found.append((entry, verdict_on(findings, entry.claim, chosen)))
    is_kept = options.as_of is None and options.episode is None and sees_all_files(lake)
    return [
        _kept(lake, entry, tested) if is_kept else Retest(**_fields_of(tested), entry=entry, before=None, alert=None)
        for entry, tested in found
    ]


def verdict_for(lake: Path, claim: Claim | str | Path, options: ClaimTestOptions) -> TestedClaim:
    """Test a claim, a claim file, or a registered claim by its id (then a :class:`Retest`)."""
    if isinstance(claim, str) and not claim.lower().endswith(FILES):
        return retest(lake, [claim], options)[0]
    from stopgap.claims.testing.run import test_claim

    return test_claim(lake, claim if isinstance(claim, Claim) else read_claim(Path(claim)), options)


def last_test(entry: RegisteredClaim) -> Event | None:
    """Last test of a claim's current version; ``None`` without one."""
    return next((event for event in reversed(entry.tests) if event["version"] == entry.current.number), None)


def _kept(lake: Path, entry: RegisteredClaim, tested: TestedClaim) -> Retest:
    """Raise an alert first, then log the test: if killed between, the alert is raised again and recognised as known."""
    before = last_test(entry)
    event = _event(entry, tested)
    alert = None
    if before is not None and Verdict.read(before["verdict"]) is not tested.verdict:
        alert = _raised(lake, entry, tested, before)
    if before is None or _gist(before) != _gist(event):
        with LOG.writing(lake) as log:
            log.append([event])
    return Retest(**_fields_of(tested), entry=entry, before=before, alert=alert)


def _gist(event: Event) -> tuple[Any, ...]:
    """Fields of a test; a change in any of them is worth logging."""
    names = ("version", "as_of", "episode", "verdict", "coverage", "software")
    deciding = [each for each in event["hypotheses"] if each["decides"]]
    return (*(event.get(name) for name in names), deciding)


def _event(entry: RegisteredClaim, tested: TestedClaim) -> Event:
    document = tested.as_dict()
    same = ("as_of", "episode", "verdict", "asserted", "reached", "parts", "because", "coverage", "finding_ids")
    return {
        "event": "tested",
        "id": entry.id,
        "version": entry.current.number,
        **{name: document[name] for name in same},
        "hypotheses": [{name: each[name] for name in _KEPT} for each in document["hypotheses"]],
        "software": version("stopgap"),
        "when": now(),
    }


def _raised(lake: Path, entry: RegisteredClaim, tested: TestedClaim, before: Event) -> AlertCase | None:
    """Log the alert of a changed verdict once; ``None`` if the log already has it."""
    case, alert = verdict_alert(entry, tested, before)
    signal = seen_signal(alert)
    with writing_log(lake) as log:
        if case in cases_of(log.events()):
            return None
        log.append([{"event": "raised", "id": case, "when": now(), "alert": alert, "signal": signal}])
    return AlertCase(case, alert, [signal])


def verdict_alert(entry: RegisteredClaim, tested: TestedClaim, before: Event) -> tuple[str, AlertDocument]:
    """Id and alert of a changed verdict, in the fields of other alerts; those that do not apply are ``None``.

    ``good`` is the claim's id, ``month`` the last month of the figures, ``value_at_stake_usd`` the
    actor's largest net gain a year, 0 where it is not known.
    """
    claim = entry.claim
    first = next((each for each in tested.hypotheses if each.decides), None)
    month = first.windows["after"][1] if first and first.windows else claim.said_on[:7]
    parts = [entry.id, entry.current.number, before["as_of"], tested.as_of, before["verdict"], str(tested.verdict)]
    text = (
        f"{entry.id} ({claim.title}): {Verdict.read(before['verdict'])} with {before['as_of']}, {tested.verdict} with "
        f"{tested.as_of}. {tested.because}"
    )
    gains = [
        each.estimate
        for each in tested.hypotheses
        if each.measure == "net_gain_usd" and each.estimate is not None and each.verdict != Verdict.NOT_TESTABLE
    ]
    id = "a-" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:10]
    return id, {
        "kind": str(AlertKind.VERDICT),
        "claim_id": entry.id,
        "claim_version": entry.current.number,
        "verdict": str(tested.verdict),
        "verdict_before": before["verdict"],
        "episode": tested.episode or before.get("episode"),
        "target": claim.target,
        "role": "claim",
        "supplier": claim.actor,
        "destination": claim.target,
        "good": entry.id,
        "good_description": claim.title,
        "goods": ", ".join(each.name for each in claim.goods),
        "route": first.route if first else "direct",
        "month": month,
        "began": month,
        "broke": None,
        "value_usd": None,
        "expected_usd": None,
        "band_usd": None,
        "ratio": None,
        "common_factor": None,
        "p_value": None,
        "q_value": None,
        "value_at_stake_usd": max([0.0, *gains]),
        "explanation": text,
        "unit": "USD per year",
        "vintage": tested.as_of,
        "finding_ids": list(tested.finding_ids),
        "queries": list(first.queries) if first and first.queries else [RECEIPTS],
    }
