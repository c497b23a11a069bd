"""Rarity of words among company names."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

PRIOR = 3000
"""Names in general count as so many names of the lists."""

LEAST, MOST = 0.3, 9.0
"""Bounds of a word's weight, the logarithm of how seldom it is."""


@cache
def background() -> Mapping[str, float]:
    """Word -> share of company names that have it (``data/rarity.csv``); words that are not there are rarer."""
    text = (files("stopgap.screening") / "data" / "rarity.csv").read_text(encoding="utf-8")
    return {row["word"]: float(row["share"]) for row in csv.DictReader(text.splitlines())}


def weights(
    keys: Sequence[str], names: Sequence[Sequence[int]], size: int, shares: Mapping[str, float]
) -> npt.NDArray[np.float32]:
    """(words,) weight of each word: minus the logarithm of the share of names that have it.

    Args:
        keys: Words.
        names: Numbers of the words of each name.
        size: How many words there are.
        shares: Word -> share among names in general.
    """
    counts = np.zeros(size)
    for words in names:
        counts[list(set(words))] += 1
    general = np.fromiter((shares.get(key, 0.0) for key in keys), np.float64, size)
    rate = (np.maximum(counts, 1) + PRIOR * general) / (len(names) + PRIOR)
    return np.clip(-np.log(np.minimum(rate, 1.0)), LEAST, MOST).astype(np.float32)
