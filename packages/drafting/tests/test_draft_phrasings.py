"""Sentences in the ways that briefings put things: what is drafted of each, who says so, and what is no claim.

Rules and weights were made with them at hand, so the shares say that a way of putting it stays understood, and nothing of
texts that nobody has read.
"""

from __future__ import annotations

from claim_phrasings import COLD, HOT, Phrasing, phrasings

from stopgap.claims.drafting.draft import Draft
from stopgap_drafting.propose import propose


def drafted(row: Phrasing, before: str = COLD) -> list[Draft]:
    text, place = row.in_briefing(before)
    return [d for d in propose(text, "x.md", {}) if place <= d.start < place + len(row.sentence)]


def of_kind(kind: str) -> list[Phrasing]:
    return [row for row in phrasings() if row.kind == kind]


def fields(draft: Draft) -> str:
    return f"{draft.stance.value} {draft.actor} {draft.action.value} {draft.target}"


def test_who_does_what_to_whom_is_drafted() -> None:
    rows = of_kind("fields")
    wrong = [(row.sentence, row.expected) for row in rows if row.expected not in {fields(d) for d in drafted(row)}]
    assert len(rows) > 80
    assert len(wrong) <= 0.07 * len(rows), wrong


def test_who_says_so_is_found() -> None:
    rows = of_kind("speaker")
    wrong = []
    for row in rows:
        expected = row.speaker.lower()
        speakers = [(d.speaker or "").lower() for d in drafted(row)]
        if not any(expected in one or (one and one in expected) for one in speakers):
            wrong.append((row.sentence, expected, speakers))
    assert len(rows) > 40
    assert len(wrong) <= 0.06 * len(rows), wrong


def test_other_matters_stay_undrafted_even_after_a_claim() -> None:
    rows = of_kind("none")
    cold = [row.sentence for row in rows if drafted(row)]
    hot = [row.sentence for row in rows if drafted(row, HOT)]
    assert len(rows) > 50
    assert len(cold) <= 0.02 * len(rows), cold
    assert len(hot) <= 0.1 * len(rows), hot
