"""How likely a relation is a claim: a logistic regression over named signals, fitted on labelled texts.

The coefficients are in ``weights.csv``; ``tools/fit_draft_weights.py`` fits them.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

LEAST = 0.57
"""Least likelihood of a draft; chosen by leaving out texts in turn (docs/methods/drafting.md)."""

LEAST_ECHO = 0.4
"""Least likelihood of a few words that take up the claim before: what they may say is narrow enough."""
SLACK = 0.3
"""How far below it another relation of the same actor may be, where one is above."""


def likelihood(signals: Iterable[str]) -> float:
    """Likelihood that a relation with these signals is a claim, 0 to 1; signals without a weight count nothing."""
    weights = coefficients()
    total = weights[""] + sum(weights.get(name, 0.0) for name in signals)
    return 1 / (1 + math.exp(-total))


def carried_by(signals: Iterable[str], most: int = 5) -> tuple[tuple[str, float], ...]:
    """The signals that weigh most for or against a claim, heaviest first, with their weights in log odds."""
    weights = coefficients()
    known = sorted(
        (name for name in signals if name in weights), key=lambda name: (-abs(weights[name]), name)
    )
    return tuple((name, weights[name]) for name in known[:most])


@cache
def coefficients() -> dict[str, float]:
    """Weight of each signal in log odds; that of no name is the constant."""
    text = (files("stopgap.claims.drafting") / "weights.csv").read_text("utf-8")
    return {row["signal"]: float(row["weight"]) for row in csv.DictReader(text.splitlines())}
