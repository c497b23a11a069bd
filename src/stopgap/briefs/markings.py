"""Markings of briefs, claim pages and watch reports, and file names that begin with the marking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from stopgap.base.marking import CLEAR, Marking, strictest
from stopgap.base.read_ledger import bookkeeping
from stopgap.briefs.model import BriefModel
from stopgap.claims.register.texts import read_register
from stopgap.claims.testing.results import TestedClaim
from stopgap.evidence.markings.effective import open_markings
from stopgap.evidence.markings.provenance import (
    inputs_of_verdict,
    marking_of_alerts,
    marking_of_claims,
    marking_of_exposure,
    marking_of_verdict,
)
from stopgap.measures.alerts.cases import AlertCase


@bookkeeping()
def marking_of_brief(lake: Path, model: BriefModel, alerts: Sequence[AlertCase] = ()) -> Marking:
    """Strictest marking of a brief's contents: files in force that it names, findings, companies, alerts, claims."""
    opened = open_markings(lake)
    named = {note.receipt for note in model.sources}
    claims, told = read_register(lake).claims, [note.claim_id for note in model.statements]
    findings = (model.headline, *model.others)
    subjects = {
        f"episode:{model.episode_name}",
        *(f"goods:{finding.goods}" for finding in findings),
        *(f"finding:{finding.finding_id}" for finding in findings),
    }
    return strictest(
        [
            *(
                opened.markings.of_receipt(receipt)
                for commit in opened.commits
                for receipt in commit.receipts
                if receipt.receipt in named
            ),
            *(opened.markings.of_subject(subject) for subject in sorted(subjects)),
            CLEAR if model.exposure is None else marking_of_exposure(lake, model.exposure),
            *(inputs_of_verdict(opened, claims[id]) for id in told if id in claims),  # the brief repeats the last one
            marking_of_alerts(lake, alerts, opened=opened),
        ]
    )


@bookkeeping()
def marking_of_page(lake: Path, tested: TestedClaim, linked: Iterable[str]) -> Marking:
    """Strictest marking of a claim's page: of its verdict, and of every linked statement (by id)."""
    register = read_register(lake)
    entries = [register.claims[id] for id in linked if id in register.claims]
    return strictest([marking_of_verdict(lake, tested), marking_of_claims(lake, entries)])


def marked_name(name: str, marking: Marking) -> str:
    """Prefix the marking level to a file name that Stopgap chooses itself (``TLP-AMBER_claims.html``)."""
    return f"{marking.tlp.slug}_{name}"
