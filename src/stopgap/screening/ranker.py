"""From features to the probability that two names are one company's.

Two ensembles of monotone trees (LightGBM) over the declared features: one fitted to order candidates, one to tell
right ones from names that are not listed; their weighted sum is turned into a probability by a logistic curve. Fitted by
``tools/train_screening.py``.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from stopgap.screening.features import FEATURES

Floats = npt.NDArray[np.float64]

ORDER_SCALE = 1.2
"""The unit of the ordering score in log odds."""


class Ranker:
    """The fitted ranker of the package."""

    def __init__(self) -> None:
        import lightgbm

        data = files("stopgap.screening") / "data"
        self._order = lightgbm.Booster(model_str=(data / "order.txt").read_text())
        self._chance = lightgbm.Booster(model_str=(data / "chance.txt").read_text())
        fitted = json.loads((data / "ranker.json").read_text())
        self._share = float(fitted["share_of_chance"])
        self._slope = float(fitted["slope"])
        self._intercept = float(fitted["intercept"])

    def log_odds(self, features: npt.NDArray[np.float32]) -> Floats:
        """(pairs,) log odds of "the same company"."""
        if not len(features):
            return np.zeros(0)
        raw = self._share * self._chance.predict(features, raw_score=True, num_threads=1) + (
            1 - self._share
        ) * ORDER_SCALE * self._order.predict(features, num_threads=1)
        return np.asarray(self._slope * raw + self._intercept)

    def contributions(self, features: npt.NDArray[np.float32]) -> Floats:
        """(pairs, features + 1) what each feature moves the log odds by, and the log odds before any (TreeSHAP)."""
        chance = self._chance.predict(features, pred_contrib=True, num_threads=1)
        order = self._order.predict(features, pred_contrib=True, num_threads=1)
        found = self._slope * (self._share * chance + (1 - self._share) * ORDER_SCALE * order)
        found[:, len(FEATURES)] += self._intercept
        return np.asarray(found)


@cache
def ranker() -> Ranker:
    """The ranker, loaded once."""
    return Ranker()


def probability(log_odds: Floats) -> Floats:
    """Log odds as a probability."""
    return np.asarray(1 / (1 + np.exp(-log_odds)))
