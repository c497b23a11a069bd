"""Reranker: rescores each sentence of a text from its own first score and those of its neighbours.

Boosted trees over 26 numbers of a sentence and its neighbours. LightGBM fits them (``tools/fit_draft_weights.py``) and is not
asked at run time: to load it takes as long as to draft a text. ``trees.csv`` has a row a node.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from stopgap_drafting.models.linear_model import logistic

LEAST_CLAIM = 0.5
"""Least likelihood of a draft; chosen on texts left out in turn (docs/figures.md)."""

FEWEST = 8
"""Sentences of a text below which there is too little around one for a second look."""
_FAR = -5.0
"""Log odds where there is no sentence."""
_THERE = (
    "asked", "no target near", "refusal", "statement", "same turn", "rule takes up", "rule open", "class @RUS", "class @SANCTIONED",
    "cue denial", "cue question",
)  # fmt: skip
FEATURES = (
    "odds", "rule", "odds 1 before", "odds 2 before", "odds 3 before", "odds 1 after", "odds 2 after", "most odds of 6 before",
    "rule 1 before", "rule 1 after", "share of the text", "share of 10 around", "classes", "length", "answer", *_THERE,
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """A sentence at first look.

    Attributes:
        odds: Log odds of a claim by its wording and what stands before.
        rule: Likelihood of the relation that rules are surest of.
        signals: Names of what is there.
    """

    odds: float
    rule: float
    signals: frozenset[str]


@dataclass(frozen=True)
class _Node:
    feature: int
    threshold: float
    below: int
    above: int
    value: float


def features_of(looks: Sequence[Look], places: Sequence[int] | None = None) -> list[list[float]]:
    """The numbers of :data:`FEATURES` for sentences of a text.

    Args:
        looks: All sentences of the text, in order.
        places: Numbers of those asked for; all where it is ``None``.
    """
    likely = [logistic(look.odds) for look in looks]
    share = sum(likely) / max(1, len(likely))
    out = []
    for at in range(len(looks)) if places is None else places:
        look, near = looks[at], likely[max(0, at - 10) : at + 11]
        length = next((int(name[7:]) for name in look.signals if name.startswith("length ")), 0)
        out.append(
            [
                look.odds, look.rule, *(_odds(looks, at + step) for step in (-1, -2, -3, 1, 2)),
                max((each.odds for each in looks[max(0, at - 6) : at]), default=_FAR),
                looks[at - 1].rule if at else 0.0, looks[at + 1].rule if at + 1 < len(looks) else 0.0,
                share, sum(near) / len(near), float(sum(name.startswith("class @") for name in look.signals)), float(length),
                float(any(name.startswith("answer") for name in look.signals)), *(float(name in look.signals) for name in _THERE),
            ]
        )  # fmt: skip
    return out


def _odds(looks: Sequence[Look], at: int) -> float:
    return looks[at].odds if 0 <= at < len(looks) else _FAR


def likelihoods(looks: Sequence[Look], places: Sequence[int] | None = None) -> list[float]:
    """Likelihood of a claim for sentences of a text, 0 to 1; that of the first look in a text of a few sentences.

    Args:
        looks: All sentences of the text, in order.
        places: Numbers of those asked for; all where it is ``None``.
    """
    if len(looks) < FEWEST:
        return [logistic(looks[at].odds) for at in (range(len(looks)) if places is None else places)]
    out = []
    for numbers in features_of(looks, places):
        total = 0.0
        for tree in trees():
            node = tree[0]
            while node.below >= 0:
                node = tree[node.below if numbers[node.feature] <= node.threshold else node.above]
            total += node.value
        out.append(logistic(total))
    return out


@cache
def trees() -> list[list[_Node]]:
    """The trees of the package, each a list of nodes with its root first."""
    text = (files("stopgap_drafting") / "data" / "trees.csv").read_text("utf-8")
    out: list[list[_Node]] = []
    for row in csv.DictReader(text.splitlines()):
        if int(row["tree"]) == len(out):
            out.append([])
        feature = FEATURES.index(row["feature"]) if row["feature"] else -1
        out[-1].append(
            _Node(
                feature,
                float(row["threshold"] or 0),
                int(row["below"] or -1),
                int(row["above"] or -1),
                float(row["value"] or 0),
            )
        )
    return out
