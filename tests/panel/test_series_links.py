"""Which series count towards which goods: the pairs of a join, also where there is nothing to join."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from stopgap.lake.engines.series_codes import SeriesCodes
from stopgap.panel.arrays.series_links import are_among, links

TEXTS = {
    "source": ("comtrade", "eurostat"),
    "revision": ("HS2017", "HS2022"),
    "good": ("851712", "854231", "854232"),
    "reporter": ("CHN", "DEU", "TUR"),
    "partner": ("KAZ", "RUS"),
    "quantity_unit": ("", "kg"),
}


def known(chance: random.Random, size: int) -> SeriesCodes:
    codes = {
        name: np.array([chance.randrange(len(texts)) for _ in range(size)], dtype=np.int32)
        for name, texts in TEXTS.items()
    }
    return SeriesCodes(np.arange(1, size + 1, dtype=np.int32), codes, TEXTS)


def text(series: SeriesCodes, name: str, at: int) -> str:
    return series.texts[name][int(series.codes[name][at])]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", [0, 1, 60])
def test_links_are_the_pairs_of_a_join(seed: int, size: int) -> None:
    chance = random.Random(seed)
    series = known(chance, size)
    rows = [
        (chance.choice(("comtrade", "eurostat", "unknown")), chance.choice(("HS2017", "HS1996")), chance.choice(("854231", "854232", "999999")))
        for _ in range(chance.choice((0, 1, 9)))
    ]  # fmt: skip
    wanted = pa.table(
        {
            name: pa.array([row[at] for row in rows], pa.string())
            for at, name in enumerate(("source", "revision", "good"))
        }
    )
    wanted = wanted.append_column("panel_good", wanted["good"]).append_column("weight", pa.array([1.0] * len(rows)))
    pairs = [("comtrade", "CHN"), ("eurostat", "DEU"), ("unknown", "TUR")][: chance.randrange(4)]
    taken = are_among(series, ("source", "reporter"), pairs)
    assert taken.tolist() == [(text(series, "source", at), text(series, "reporter", at)) in pairs for at in range(size)]
    found = links(series, taken, wanted)
    want = [
        (at, row)
        for at in range(size)
        for row, codes in enumerate(rows)
        if taken[at] and codes == tuple(text(series, name, at) for name in ("source", "revision", "good"))
    ]
    assert list(zip(found.place.tolist(), found.wanted.tolist(), strict=True)) == want
