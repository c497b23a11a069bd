"""Linear models over named features, fitted on labelled texts.

The weights are in ``weights.csv``; ``tools/fit_draft_weights.py`` fits them (docs/figures.md). ``relation``, ``claim``,
``actor``, ``target`` and ``source`` are logistic regressions, ``action`` and ``stance`` multinomial ones with weights for each answer.
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from itertools import islice

LEAST = 0.57
"""Likelihood from which rules are sure of a relation."""

LEAST_ECHO = 0.4
"""The same for a few words that take up the claim before: what they may say is narrow enough."""
SLACK = 0.3
"""How far below it another relation of the same actor may be, where one is above."""

LEAST_ODDS = -2.0
"""Log odds of a claim at first look from which a second is worth while."""

GLOSSED = " glossed"
"""After the name of a model: what it adds for sentences read through a gloss."""
CONSTANT = ""
"""The signal that is always there."""


def odds(model: str, signals: Iterable[str], answer: str = "", *, is_glossed: bool = False) -> float:
    """Log odds of an answer; signals without a weight count nothing.

    Signals come in sets, whose order differs from run to run: the exact sum does not hang on it.

    Args:
        model: Its name.
        signals: What is there.
        answer: Of a multinomial model.
        is_glossed: Whether the sentence is read through a gloss, to which each model adds weights of its own.
    """
    names = [CONSTANT, *signals]
    tables = _tables(model, answer, is_glossed=is_glossed)
    return math.fsum(weight for weights in tables for weight in filter(None, map(weights.get, names)))


def _tables(model: str, answer: str, *, is_glossed: bool) -> list[dict[str, float]]:
    """Weights that add up: of the model, and what it adds for a gloss."""
    names = (model, model + GLOSSED) if is_glossed else (model,)
    return [coefficients()[name][answer] for name in names]


def likelihood(signals: Iterable[str], model: str = "relation") -> float:
    """Likelihood by a logistic regression, 0 to 1."""
    return logistic(odds(model, signals))


def logistic(value: float) -> float:
    """The likelihood of log odds, 0 to 1."""
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, value))))


def chances(model: str, signals: Iterable[str], *, is_glossed: bool = False) -> dict[str, float]:
    """Likelihood of each answer by a multinomial model; they sum to 1."""
    names = list(signals)
    each = {answer: odds(model, names, answer, is_glossed=is_glossed) for answer in coefficients()[model]}
    most = max(each.values())
    raised = {answer: math.exp(value - most) for answer, value in each.items()}
    return {answer: value / sum(raised.values()) for answer, value in raised.items()}


def carried_by(
    signals: Iterable[str], model: str, *, is_glossed: bool = False, most: int = 5
) -> tuple[tuple[str, float], ...]:
    """The signals that weigh most for or against, heaviest first, with their weights in log odds."""
    tables = _tables(model, "", is_glossed=is_glossed)
    weights = {name: math.fsum(table.get(name, 0.0) for table in tables) for name in signals}
    known = sorted(weights, key=lambda name: (-abs(weights[name]), name))
    return tuple((name, weights[name]) for name in known[:most] if weights[name])


@cache
def coefficients() -> dict[str, dict[str, dict[str, float]]]:
    """Weight of each signal in log odds, by model and answer; ``CONSTANT`` is the signal that is always there."""
    text = (files("stopgap_drafting") / "data" / "weights.csv").read_text("utf-8")
    out: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for model, answer, signal, weight in islice(csv.reader(text.splitlines()), 1, None):
        out[model][answer][signal] = float(weight)
    return out
