"""Stopgap as a system of a name benchmark: ``python bench/names_system.py QUERIES.csv INDEX.csv|PAIRS RESULTS.csv``.

QUERIES has ``id,name`` and INDEX ``entity_id,name``; RESULTS gets ``query_id,entity_id,score,rank``, ten a query at most.
With ``PAIRS`` in place of INDEX, QUERIES has ``id,name1,name2`` and RESULTS gets ``id,score``.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from stopgap.screening.entities import ListedEntity, ListedName
from stopgap.screening.index.candidates import ask, side_by_side
from stopgap.screening.index.name_index import NameIndex
from stopgap.screening.index.name_table import make_table, strings_of
from stopgap.screening.index.vocabulary import background
from stopgap.screening.matching.features import compute
from stopgap.screening.matching.ranker import probability, ranker
from stopgap.screening.matching.results import ScreenQuery
from stopgap.screening.names.company_name import read_name

MOST = 10
CHUNK = 5000


def rows_of(path: str) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def scores_of_pairs(lefts: list[str], rights: list[str]) -> list[float]:
    """The probability that each pair of names is one company's, without any list to judge rarity by.

    A pair has no query and no listed name: the log odds are the mean of both ways of asking.
    """
    both = (_log_odds(lefts, rights) + _log_odds(rights, lefts)) / 2
    return [float(score) for score in probability(both)]


def _log_odds(lefts: list[str], rights: list[str]) -> np.ndarray:
    table = make_table(rights, range(len(rights)), background())
    asked = ask(table, [read_name(left) for left in lefts])
    pairs = side_by_side(table, asked)
    features, kept = compute(table, asked, pairs, strings_of(asked.names))
    found = np.full(len(lefts), -20.0)
    found[pairs.query[kept]] = ranker().log_odds(features)
    return found


def entities_of(path: str) -> list[ListedEntity]:
    """The index as entities."""
    names: dict[str, list[ListedName]] = defaultdict(list)
    for row in rows_of(path):
        names[row["entity_id"]].append(ListedName(row["name"]))
    return [ListedEntity(entity, "bench", None, "Organization", tuple(several)) for entity, several in names.items()]


def main(queries: str, index: str, results: str) -> None:
    """Answer all queries."""
    with Path(results).open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        rows = rows_of(queries)
        if index == "PAIRS":
            out.writerow(["id", "score"])
            scores = scores_of_pairs([row["name1"] for row in rows], [row["name2"] for row in rows])
            out.writerows([row["id"], f"{score:.6f}"] for row, score in zip(rows, scores, strict=True))
            return
        names = NameIndex.build(entities_of(index))
        out.writerow(["query_id", "entity_id", "score", "rank"])
        for start in range(0, len(rows), CHUNK):
            some = rows[start : start + CHUNK]
            for row, matches in zip(
                some, names.search([ScreenQuery(row["name"]) for row in some], limit=MOST), strict=True
            ):
                out.writerows([row["id"], match.entity_id, f"{match.score:.6f}", match.rank] for match in matches)


if __name__ == "__main__":
    main(*sys.argv[1:4])
