"""How often the right company is found: the small version of ``bench/prove_names.py``.

The sets are built from real lists that are not in this repository; without them the test is left out. Floors lie two
standard errors or more below what was measured (docs/methods/names.md).
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import prove_names
import pytest
from names_system import entities_of, scores_of_pairs

from stopgap.screening.index.name_index import THRESHOLD, NameIndex
from stopgap.screening.matching.results import ScreenQuery

pytestmark = pytest.mark.skipif(
    not prove_names.BENCH.exists() or not prove_names.LISTS.exists(),
    reason="../shared/tools/names and ../shared/data/lists are not here",
)


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("names") / "set"
    prove_names.build(folder, [], seed=11)
    return folder


@pytest.fixture(scope="module")
def index(sets: Path) -> NameIndex:
    return NameIndex.build(entities_of(str(sets / "index.csv")))


def found(index: NameIndex, names: pd.Series, golds: pd.Series, most: int) -> pd.Series:
    """Rank of the right entity among the best few; 99 where it is not there."""
    answers = index.search([ScreenQuery(name) for name in names], limit=most)
    ranks = [
        next((match.rank for match in matches if match.entity_id in gold.split("|")), 99)
        for matches, gold in zip(answers, golds, strict=True)
    ]
    return pd.Series(ranks, index=names.index)


@pytest.mark.prove_only
def test_aliases_of_the_held_half_are_found(sets: Path, index: NameIndex) -> None:
    gold = pd.read_csv(sets / "gold_alias.csv")
    held = gold[gold.half == "held"].iloc[::2]
    rank = found(index, held.name, held.gold, 5)
    for pair, first, fifth in (("lat-lat", 0.59, 0.71), ("lat-cyr", 0.75, 0.84), ("lat-cjk", 0.43, 0.56)):
        some = rank[held.pair == pair]
        assert (some <= 1).mean() >= first, pair
        assert (some <= 5).mean() >= fifth, pair


@pytest.mark.prove_only
def test_altered_names_are_found_and_other_companies_left_alone(sets: Path, index: NameIndex) -> None:
    noise = pd.read_csv(sets / "gold_noise.csv").iloc[::8]
    assert (found(index, noise.name, noise.gold, 1) <= 1).mean() >= 0.955
    clean = pd.read_csv(sets / "gold_clean.csv")
    easy = clean[clean.kind == "easy"].name[:1000]
    alerts = [
        bool(matches) and matches[0].alerts for matches in index.search([ScreenQuery(name) for name in easy], limit=1)
    ]
    assert sum(alerts) / len(alerts) <= 0.02
    told = noise[noise.kind != "drop_word"]
    best = index.search([ScreenQuery(name) for name in told.name], limit=1)
    assert sum(bool(matches) and matches[0].score >= THRESHOLD for matches in best) / len(told) >= 0.9


@pytest.mark.prove_only
def test_labelled_pairs_are_told_apart(sets: Path) -> None:
    pairs = pd.read_csv(sets / "pairs.csv")
    score = pd.Series(scores_of_pairs(list(pairs.name1), list(pairs.name2)))
    right, wrong = score[pairs.label == 1], score[pairs.label == 0]
    above = (right.to_numpy()[:, None] > wrong.to_numpy()[None, :]).mean()
    assert above >= 0.88
