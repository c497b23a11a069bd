"""Probability of a match from its features.

Two ensembles of monotone trees (LightGBM) over the declared features: one is fitted to rank candidates, the other to
separate right candidates from names that are not listed. A logistic curve converts their weighted sum to a probability.
Fitted by ``tools/train_screening.py``.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from stopgap.screening.matching.features import FEATURES

Floats = npt.NDArray[np.float64]

ORDER_SCALE = 1.2
"""Factor that converts the ranking score to log odds."""

FIRST_TREES, KEPT = 30, 14
"""Number of trees used to preselect candidates of a query for the full ranker, and number of candidates kept."""


class Ranker:
    """The fitted ranker that the package ships."""

    def __init__(self) -> None:
        import lightgbm

        data = files("stopgap.screening") / "data"
        self._order = lightgbm.Booster(model_str=(data / "order.txt").read_text())
        self._chance = lightgbm.Booster(model_str=(data / "chance.txt").read_text())
        fitted = json.loads((data / "ranker.json").read_text())
        self._share = float(fitted["share_of_chance"])
        self._slope = float(fitted["slope"])
        self._intercept = float(fitted["intercept"])

    def nearest(self, query: npt.NDArray[np.int64], features: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
        """Preselect rows for the full ranker: the ``KEPT`` best of each query by the first trees; in ascending order.

        ``query`` (pairs,) is the number of the query of each pair, ascending; ``features`` (pairs, features).
        """
        if not len(features):
            return np.zeros(0, dtype=np.int64)
        score = self._array(self._order.predict(features, num_iteration=FIRST_TREES, num_threads=1))
        order = np.lexsort((-score, query))
        place = np.arange(len(order)) - np.searchsorted(query[order], query[order])
        return np.sort(order[place < KEPT])

    def log_odds(self, features: npt.NDArray[np.float32]) -> Floats:
        """Return the log odds of "the same company" for each pair; shape (pairs,)."""
        if not len(features):
            return np.zeros(0)
        chance = self._array(self._chance.predict(features, raw_score=True, num_threads=1))
        order = self._array(self._order.predict(features, num_threads=1))
        return self._slope * self._blend(chance, order) + self._intercept

    def _blend(self, chance: Floats, order: Floats) -> Floats:
        return self._share * chance + (1 - self._share) * ORDER_SCALE * order

    @staticmethod
    def _array(found: object) -> Floats:
        return np.asarray(found, dtype=np.float64)

    def contributions(self, features: npt.NDArray[np.float32]) -> Floats:
        """Return each feature's contribution to the log odds (TreeSHAP), and the base value: (pairs, features + 1)."""
        chance = self._array(self._chance.predict(features, pred_contrib=True, num_threads=1))
        order = self._array(self._order.predict(features, pred_contrib=True, num_threads=1))
        found = self._slope * self._blend(chance, order)
        found[:, len(FEATURES)] += self._intercept
        return found


@cache
def ranker() -> Ranker:
    return Ranker()


def probability(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-log_odds)))
