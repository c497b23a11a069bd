"""Calibration: from scores of sentences to the likelihood that a sentence makes a claim.

Platt scaling (Platt 1999): a logistic curve over the log odds of the score, fitted by ``tools/fit_calibration.py`` on the labels that no
model was fitted on (docs/figures.md).
"""

from __future__ import annotations

import math
from functools import cache

from stopgap_drafting.lexicon.word_lists import table
from stopgap_drafting.models.linear_model import logistic

_LEAST = 1e-6
"""Scores nearer to 0 or 1 count as this far from it."""


def log_odds(score: float) -> float:
    """Log odds of a score."""
    kept = min(max(score, _LEAST), 1 - _LEAST)
    return math.log(kept / (1 - kept))


def likelihood(score: float, *, is_encoded: bool) -> float:
    """Likelihood that a sentence makes a claim, 0 to 1; rises with its score.

    Args:
        score: Uncalibrated, 0 to 1.
        is_encoded: Whether the encoder had a part in it.
    """
    slope, constant = curves()["encoder" if is_encoded else "linear"]
    return logistic(slope * log_odds(score) + constant)


@cache
def curves() -> dict[str, tuple[float, float]]:
    """Slope and constant of each curve of ``calibration.csv``."""
    return {row["scores"]: (float(row["slope"]), float(row["constant"])) for row in table("calibration")}
