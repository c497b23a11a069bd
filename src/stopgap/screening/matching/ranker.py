"""Probability of a match from its features.

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

from stopgap.screening.matching.features import FEATURES

Floats = npt.NDArray[np.float64]

ORDER_SCALE = 1.2
"""The unit of the ordering score in log odds."""

FIRST_TREES, KEPT = 30, 14
"""Trees that choose which candidates of a query the whole ranker looks at, and how many those are."""


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

    def nearest(self, query: npt.NDArray[np.int64], features: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
        """Rows worth the whole of the ranker: of each query the ``KEPT`` best by its first trees; ascending.

        ``query`` (pairs,) is the number of the query of each pair, ascending; ``features`` (pairs, features).
        """
        if not len(features):
            return np.zeros(0, dtype=np.int64)
        score = self._array(self._order.predict(features, num_iteration=FIRST_TREES, num_threads=1))
        order = np.lexsort((-score, query))
        place = np.arange(len(order)) - np.searchsorted(query[order], query[order])
        return np.sort(order[place < KEPT])

    def log_odds(self, features: npt.NDArray[np.float32]) -> Floats:
        """(pairs,) log odds of "the same company"."""
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
        """(pairs, features + 1) what each feature moves the log odds by, and the log odds before any (TreeSHAP)."""
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
