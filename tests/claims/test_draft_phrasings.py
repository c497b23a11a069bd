"""Sentences in the ways that briefings put things: what is drafted of each, who says so, and what is no claim.

Made up, of ordinary words; `phrasings.csv` has a row each. Rules were made with them at hand, so the shares say that a
way of putting it stays understood, and nothing of texts that nobody has read.
"""

from __future__ import annotations

import csv
from pathlib import Path

from stopgap.claims.drafting.propose import propose
from stopgap.claims.drafting.record import Draft

ROWS = list(
    csv.DictReader((Path(__file__).parent / "phrasings.csv").read_text(encoding="utf-8").splitlines())
)
COLD = "MR. KORBY:  Good morning. We are watching Russia closely.\n\nQ    On Russia and China.  Thanks.\n\nMR. KORBY:  Sure.\n\n"
HOT = (
    "Q    Is China helping Russia?\n\nMR. KORBY:  China is providing machine tools to Russia’s defense industry.\n\n"
    "Q    Thanks.\n\nMR. KORBY:  We spoke of it.\n\n"
)
TAGS = {"A": "MR. KORBY:  ", "Q": "Q    "}


def drafted(row: dict[str, str], before: str = COLD) -> list[Draft]:
    text = before + TAGS[row["who"]] + row["sentence"] + "\n\nMR. KORBY:  Thank you.\n"
    place = text.index(row["sentence"])
    return [d for d in propose(text, "x.md", {}) if place <= d.start < place + len(row["sentence"])]


def of_kind(kind: str) -> list[dict[str, str]]:
    return [row for row in ROWS if row["kind"] == kind]


def fields(draft: Draft) -> str:
    return f"{draft.stance.value} {draft.actor} {draft.action.value} {draft.target}"


def test_who_does_what_to_whom_is_drafted() -> None:
    rows = of_kind("fields")
    wrong = [
        (row["sentence"], row["expected"])
        for row in rows
        if row["expected"] not in {fields(d) for d in drafted(row)}
    ]
    assert len(rows) > 80
    assert len(wrong) <= 0.15 * len(rows), wrong


def test_who_says_so_is_found() -> None:
    rows = of_kind("speaker")
    tags = {"A": "MR. KORBY", "Q": "Q"}
    wrong = []
    for row in rows:
        expected = tags.get(row["expected"], row["expected"]).lower()
        speakers = [(d.speaker or "").lower() for d in drafted(row)]
        if not any(expected in one or (one and one in expected) for one in speakers):
            wrong.append((row["sentence"], expected, speakers))
    assert len(rows) > 40
    assert len(wrong) <= 0.08 * len(rows), wrong


def test_other_matters_stay_undrafted_even_after_a_claim() -> None:
    rows = of_kind("none")
    cold = [row["sentence"] for row in rows if drafted(row)]
    hot = [row["sentence"] for row in rows if drafted(row, HOT)]
    assert len(rows) > 50
    assert len(cold) <= 0.02 * len(rows), cold
    assert len(hot) <= 0.1 * len(rows), hot
