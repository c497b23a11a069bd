"""What of a lake a person with a clearance may see: the one mechanism behind every request to the service.

A file, statement, alert, decision, finding or received pack is seen if its marking fits the clearance
(:meth:`stopgap.base.marking.Marking.fits`). A lake is seen as if files above the clearance had never been imported, as
packs are made; where that state cannot be told from the log, files that depend on them are left out too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stopgap.base.clearance import StatedView, viewed_by, whole_lake
from stopgap.base.marking import Marking, marking_of, strictest
from stopgap.base.read_ledger import bookkeeping
from stopgap.claims.register.texts import read_register
from stopgap.evidence.markings.effective import DEFAULTS, LakeMarkings, inputs_of_finding, open_markings
from stopgap.evidence.markings.provenance import alert_behind, inputs_of_verdict
from stopgap.evidence.markings.reads import marking_of_all
from stopgap.lake.history import Commit, vintages
from stopgap.lake.partner_evidence import read_received
from stopgap.lake.replay import entangled
from stopgap.lake.schema import TABLES
from stopgap.lake.snapshot import findings_table


@contextlib.contextmanager
def seen_with(lake: Path, clearance: Marking | None) -> Iterator[None]:
    """Within the block, the lake holds only what fits a clearance; ``None`` for all of it.

    Raises:
        RefusedError: The chain of a log is broken, so that nothing can be told of markings.
        InputError: A log is damaged.
    """
    with viewed_by(None if clearance is None else ClearedView(lake, clearance)):
        yield


@dataclass
class ClearedView:
    """A lake with the eyes of someone who has a clearance; other lakes that a question names are seen whole by nobody.

    Attributes:
        lake: Folder of the lake.
        clearance: The person's clearance, as an audience.
    """

    lake: Path
    clearance: Marking
    _seen: dict[Path, _Seen] = field(default_factory=dict)

    def hidden_receipts(self, lake: Path) -> frozenset[str]:
        """See :class:`stopgap.base.clearance.Viewer`."""
        return self._of(lake).receipts

    def sees_event(self, lake: Path, folder: str, event: Mapping[str, Any]) -> bool:
        """See :class:`stopgap.base.clearance.Viewer`."""
        return folder in _WITHOUT_EVIDENCE or self._of(lake).sees(folder, event)

    def sees_log(self, lake: Path, folder: str) -> bool:
        """See :class:`stopgap.base.clearance.Viewer`."""
        if folder == "trust":
            return True
        with whole_lake(), bookkeeping():
            strictest_of_all = marking_of_all(lake)
        return strictest([strictest_of_all, DEFAULTS["decision"]]).fits(self.clearance)

    def sees_finding(self, lake: Path, finding: Mapping[str, Any]) -> bool:
        """See :class:`stopgap.base.clearance.Viewer`."""
        return self._of(lake).fits(self._of(lake).of_finding(finding))

    def admits(self, marking: Marking) -> bool:
        """See :class:`stopgap.base.clearance.Viewer`."""
        return marking.fits(self.clearance)

    def stated(self, lake: Path, *, findings: bool, packs: bool) -> StatedView:
        """See :class:`stopgap.base.clearance.Viewer`."""
        with viewed_by(self), bookkeeping():
            seen = findings_table(lake)["finding_id"].to_pylist() if findings else []
            received = [pack.sha256 for pack in read_received(lake)] if packs else []
        return StatedView(str(lake), tuple(sorted(self.hidden_receipts(lake))), tuple(seen), tuple(received))

    def _of(self, lake: Path) -> _Seen:
        if lake not in self._seen:
            with whole_lake(), bookkeeping():
                self._seen[lake] = _Seen(self.clearance, open_markings(lake))
        return self._seen[lake]


_WITHOUT_EVIDENCE = ("markings", "trust")
"""Folders of logs from which markings are worked out; what is shown of them is marked by itself."""


@dataclass
class _Seen:
    """What of one lake fits a clearance, as the lake is now."""

    clearance: Marking
    opened: LakeMarkings
    _texts: dict[str, bool] | None = None
    _subjects: dict[tuple[str, str], bool] = field(default_factory=dict)
    _receipts: frozenset[str] | None = None

    def fits(self, marking: Marking) -> bool:
        return marking.fits(self.clearance)

    @property
    def receipts(self) -> frozenset[str]:
        """Receipts of files that are hidden."""
        if self._receipts is None:
            above = {
                receipt.receipt
                for commit in self.opened.commits
                for receipt in commit.receipts
                if not self.fits(self.opened.markings.of_receipt(receipt))
            }
            self._receipts = frozenset(_tellable(self.opened.commits, above))
        return self._receipts

    def of_finding(self, finding: Mapping[str, Any]) -> Marking:
        with whole_lake(), bookkeeping():
            inputs = inputs_of_finding(self.opened, finding)
        return self.opened.markings.released(f"finding:{finding['finding_id']}", inputs)

    def sees(self, folder: str, event: Mapping[str, Any]) -> bool:
        """Whether an event of a log fits; a log that nobody told us of is seen by those who may see everything alone."""
        match folder:
            case "alerts":
                return self._sees_of_alerts(event)
            case "claims":
                return self._sees_of_claims(event)
            case "decisions":
                return self._sees_decision(event)
            case "received":
                return self._sees_pack(event)
            case "lists":  # refused states of lists that are published
                return self.fits(self.opened.markings.default("table:listed"))
        return False

    def _sees_of_alerts(self, event: Mapping[str, Any]) -> bool:
        if "id" not in event:  # a run, over all figures
            return not self.receipts
        id = str(event["id"])
        if not self._known("alert", id):
            return False
        return event["event"] != "decided" or self.fits(self.opened.markings.of_decision(id))

    def _sees_decision(self, event: Mapping[str, Any]) -> bool:
        from stopgap.screening.decisions.decision import decision_from

        if event.get("receipt") in self.receipts:  # it repeats what the list says of the entity
            return False
        markings = self.opened.markings
        if not any(subject.startswith("decision:d-") for subject in markings.book.in_force):
            return self.fits(markings.default("decision"))
        return self.fits(markings.of_decision(decision_from(dict(event)).id))

    def _sees_of_claims(self, event: Mapping[str, Any]) -> bool:
        id = str(event["id"])
        if event["event"] == "text":
            return self._sees_text(id)
        return self._known("claim", id) and (event["event"] != "tested" or self._known("verdict", id))

    def _sees_pack(self, event: Mapping[str, Any]) -> bool:
        return self.fits(marking_of(event["marking"], where="log of received packs"))

    def _known(self, kind: str, id: str) -> bool:
        key = (kind, id)
        if key not in self._subjects:
            with whole_lake(), bookkeeping():
                self._subjects[key] = self._fits_subject(kind, id)
        return self._subjects[key]

    def _fits_subject(self, kind: str, id: str) -> bool:
        if kind == "alert":
            return all(self.fits(marking) for _, marking in alert_behind(self.opened, id))
        entry = read_register(self.opened.lake).claims.get(id)
        if entry is None:
            return False
        if kind == "claim":
            return self.fits(self.opened.markings.of_claim(entry))
        return self.fits(self.opened.markings.released(f"verdict:{id}", inputs_of_verdict(self.opened, entry)))

    def _sees_text(self, sha256: str) -> bool:
        """Whether a stored text fits: with every statement that quotes it; one that none quotes, as an attachment."""
        if self._texts is None:
            self._texts = {}
            with whole_lake(), bookkeeping():
                claims = read_register(self.opened.lake).claims.values()
            for entry in claims:
                quoted = entry.claim.words.sha256
                if quoted is not None:
                    self._texts[quoted] = self._texts.get(quoted, True) and self._known("claim", entry.id)
        own = self.opened.markings.own(f"attachment:sha256:{sha256}")
        if own is not None and not self.fits(own):
            return False
        return self._texts.get(sha256, self.fits(self.opened.markings.of_subject(f"attachment:sha256:{sha256}")))


def _tellable(commits: Sequence[Commit], hidden: set[str]) -> set[str]:
    """Return the hidden receipts, and as many more as it takes for the lake without them to be told from its log.

    First the files imported together with them, then all files of the same table from the first of these on.
    """
    if not hidden or not _tangled(commits, hidden):
        return hidden
    touched = [commit for commit in vintages(commits) if hidden & {each.receipt for each in commit.receipts}]
    together = hidden | {each.receipt for commit in touched for each in commit.receipts}
    if not _tangled(commits, together):
        return together
    first = {name: min((each.number for each in touched if each.table == name), default=None) for name in TABLES}
    return together | {
        each.receipt
        for commit in vintages(commits)
        for each in commit.receipts
        if (start := first[commit.table]) is not None and commit.number >= start
    }


def _tangled(commits: Sequence[Commit], hidden: set[str]) -> bool:
    return bool(entangled(commits, {load for commit in commits for load in commit.loads if load[0] in hidden}))
