"""Fits the curves that turn scores of sentences into the likelihood of a claim, and prints how they do on texts left out.

    python packages/drafting/tools/fit_calibration.py

Reads the halves of the labels that are reported, on which no model was fitted (with ../shared/data/statements beside the checkout; without
it the made-up texts alone), and fits a logistic curve over the log odds of the score (Platt scaling, scikit-learn, no
penalty): one for what linear models score, one for what the encoder scores too. A sentence is one with a claim if a label
of a claim touches it, and without one where none does; ambiguous ones are left out. Writes
``src/stopgap_drafting/data/calibration.csv``. The table that is printed is cross-fitted: each text by curves that were
fitted without it.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

PACKAGE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PACKAGE / "bench"), str(PACKAGE / "src")]

from claim_labels import LabelledSet, drafter_of_file, made_up, statements  # noqa: E402
from claim_scores import touch  # noqa: E402

from stopgap.claims.drafting.reader import ReaderName  # noqa: E402
from stopgap_drafting.models import calibration  # noqa: E402

WRITTEN = PACKAGE / "src" / "stopgap_drafting" / "data" / "calibration.csv"
CURVES: dict[str, ReaderName] = {"linear": "rules", "encoder": "network"}
"""Each curve, and the reader whose scores it is fitted on."""
FOLDS = 5
EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Of the bins of the table."""
LEAST = 0.02
"""Score from which a sentence is learned from: those far below are never drafted."""


@dataclass(frozen=True)
class Scored:
    """A sentence with its score.

    Attributes:
        file: Name of its text.
        score: Uncalibrated.
        is_claim: Whether a label of a claim touches it.
        is_drafted: Whether it is likely enough to be drafted.
    """

    file: str
    score: float
    is_claim: bool
    is_drafted: bool


def scored(labels: LabelledSet, curve: str) -> Iterator[Scored]:
    """Sentences of a set with the scores that a curve is for.

    Args:
        labels: The set.
        curve: One of ``CURVES``.
    """
    for name, path in labels.texts.items():
        claims = [row for row in labels.claims if row["file"] == name]
        unclear = [row for row in labels.ambiguous if row["file"] == name]
        for drafter in drafter_of_file(path, CURVES[curve]):
            for each in drafter.candidates():
                sentence = each.considered.read.sentence
                start, end = drafter.glossed.span(sentence.start, sentence.end)
                span = {"start": start, "end": end}
                is_claim = any(touch(row, span) for row in claims)
                if each.score < LEAST or each.is_encoded != (curve == "encoder"):
                    continue
                if is_claim or not any(touch(row, span) for row in unclear):
                    yield Scored(name, each.score, is_claim, each.is_drafted)


def fitted(odds: np.ndarray, is_claim: np.ndarray) -> LogisticRegression:
    """The curve over log odds; the penalty is too weak to matter."""
    return LogisticRegression(C=1e6).fit(odds[:, None], is_claim)


def cross_fitted(odds: np.ndarray, is_claim: np.ndarray, files: list[str]) -> np.ndarray:
    """Likelihood of each sentence by a curve that did not see its text."""
    out = np.zeros(len(odds))
    for others, mine in GroupKFold(FOLDS).split(odds, groups=files):
        out[mine] = fitted(odds[others], is_claim[others]).predict_proba(odds[mine, None])[:, 1]
    return out


def print_table(curve: str, rows: list[Scored], likely: np.ndarray) -> None:
    """How often there is a claim where so likely a one is told, of sentences that are drafted."""
    drafted = np.array([row.is_drafted for row in rows])
    is_claim = np.array([row.is_claim for row in rows])
    score = np.array([row.score for row in rows])
    print(f"\n{curve}: {drafted.sum()} drafted sentences of {len({row.file for row in rows})} texts\n")
    print("| likelihood told | sentences | mean told | with a claim |\n|---|---:|---:|---:|")
    for low, high in pairwise(EDGES):
        mine = drafted & (likely >= low) & ((likely < high) | (high == 1.0))
        if mine.any():
            print(
                f"| {low:.2f} to {high:.2f} | {mine.sum()} | {likely[mine].mean():.2f} | {is_claim[mine].mean():.2f} |"
            )
    brier = [((each[drafted] - is_claim[drafted]) ** 2).mean() for each in (score, likely)]
    print(f"\nmean squared error of drafted sentences: {brier[0]:.4f} before, {brier[1]:.4f} after")


def main() -> None:
    sets = [labels for labels in (made_up("report"), statements("report")) if labels is not None]
    written = []
    for curve in CURVES:
        rows = [row for labels in sets for row in scored(labels, curve)]
        odds = np.array([calibration.log_odds(row.score) for row in rows])
        is_claim = np.array([row.is_claim for row in rows])
        files = [row.file for row in rows]
        print_table(curve, rows, cross_fitted(odds, is_claim, files))
        model = fitted(odds, is_claim)
        slope, constant = float(model.coef_[0, 0]), float(model.intercept_[0])
        written.append([curve, f"{slope:.4f}", f"{constant:.4f}", len(rows), len(set(files))])
    with WRITTEN.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["scores", "slope", "constant", "sentences", "texts"])
        writer.writerows(written)
    print(f"\n{written}")


if __name__ == "__main__":
    main()
