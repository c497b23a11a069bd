"""Fits the weights of the signals by which drafting tells what is a claim, and says how they do on texts left out.

Run by a maintainer, from the checkout, with ../shared/data/statements beside it:

    python tools/fit_draft_weights.py

Reads the halves of the labels that rules may be tuned on, lets the drafter put forward every relation it can think of,
and fits a logistic regression with a ridge (scipy's L-BFGS) to whether a relation stands on a claim. Writes
``src/stopgap/claims/drafting/weights.csv`` and prints what each threshold would do on texts that were left out in turn
(twelve folds, whole texts). What was a claim before a sentence is itself a signal, so the fit is made again with
the weights just found, until it hardly moves. The same labels give the same bytes.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "src")]

from claim_labels import LabelledSet, made_up, statements  # noqa: E402
from claim_scores import touch  # noqa: E402
from prove_drafts import drafted  # noqa: E402

from stopgap.claims.drafting import propose, roles, weighing  # noqa: E402
from stopgap.claims.drafting.scene import Role, Scene  # noqa: E402

WEIGHTS = ROOT / "src" / "stopgap" / "claims" / "drafting" / "weights.csv"
RIDGE = 4.0
"""Of the squared weights, in the sum of log losses."""
FOLDS = 12
ROUNDS = 3
STATEMENTS_COUNT = 2.5
"""How much more a relation in a statement counts than one in a made-up text."""
UNJUDGED_COUNTS = 0.7
"""How much a relation on words that nobody labelled counts as none."""
LEAST_RELATIONS, LEAST_TEXTS = 10, 4
"""A signal is weighed if it is there in as many relations, of as many texts."""

Floats = np.ndarray


@dataclass(frozen=True)
class Candidate:
    """A relation that the drafter put forward.

    Attributes:
        file: Name of its text.
        sentence: First character of its sentence.
        signals: Names of what is there.
        is_claim: Whether a labelled claim stands there.
        is_judged: Whether anything labelled does.
        counts: Its part in the sum of losses, before its sentence's others.
    """

    file: str
    sentence: int
    signals: frozenset[str]
    is_claim: bool
    is_judged: bool
    counts: float


def candidates(labels: LabelledSet, weight: float) -> Iterator[Candidate]:
    """Relations of every sentence of a set, but for ambiguous ones."""
    seen: list[tuple[int, int, frozenset[str]]] = []
    place = (0, 0)
    likely, sentence = roles.likely, propose._Drafter._sentence

    def noted(scene: Scene, found: list[Role]) -> list[Role]:
        seen.extend((*place, roles.signals_of(scene, role)) for role in found)
        return likely(scene, found)

    def placed(self, number, read):  # type: ignore[no-untyped-def]
        nonlocal place
        place = (read.sentence.start, read.sentence.end)
        return sentence(self, number, read)

    roles.likely = propose.likely = noted
    propose._Drafter._sentence = placed  # type: ignore[method-assign]
    try:
        for name, path in labels.texts.items():
            seen.clear()
            drafted(path, with_model=False)
            of = {
                kind: [row for row in getattr(labels, kind) if row["file"] == name]
                for kind in ("claims", "nonclaims", "ambiguous")
            }
            for start, end, signals in seen:
                span = {"start": start, "end": end}
                met = {kind: any(touch(row, span) for row in rows) for kind, rows in of.items()}
                if met["ambiguous"] and not met["claims"]:
                    continue
                is_judged = met["claims"] or met["nonclaims"]
                yield Candidate(
                    name,
                    start,
                    signals,
                    met["claims"],
                    is_judged,
                    weight * (1 if is_judged else UNJUDGED_COUNTS),
                )
    finally:
        roles.likely = propose.likely = likely
        propose._Drafter._sentence = sentence  # type: ignore[method-assign]


def fit(there: Floats, is_claim: Floats, counts: Floats) -> Floats:
    """Weights that make the counted log loss plus the ridge least; the last is the constant, which has no ridge."""

    def loss(weights: Floats) -> tuple[float, Floats]:
        odds = there @ weights[:-1] + weights[-1]
        value = counts @ (np.logaddexp(0, odds) - is_claim * odds) + RIDGE * weights[:-1] @ weights[:-1]
        off = counts * (1 / (1 + np.exp(-odds)) - is_claim)
        return value, np.append(there.T @ off + 2 * RIDGE * weights[:-1], off.sum())

    return minimize(
        loss, np.zeros(there.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 2000}
    ).x


def chances(there: Floats, weights: Floats) -> Floats:
    """Likelihood of each relation."""
    return 1 / (1 + np.exp(-(there @ weights[:-1] + weights[-1])))


def table(found: Sequence[Candidate], chance: Floats) -> None:
    """Precision and recall by sentences, for several thresholds."""
    claims = {(one.file, one.sentence) for one in found if one.is_claim}
    for least in (0.0, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65):
        chosen = {(one.file, one.sentence) for one, p in zip(found, chance, strict=True) if p >= least}
        judged = {(one.file, one.sentence) for one in found if one.is_judged} & chosen
        right = len(chosen & claims)
        print(
            f"  from {least:.2f}: {len(chosen):5} sentences, precision {right / len(judged):.3f} of those judged, "
            f"{right / len(chosen):.3f} of all, {right} of {len(claims)} sentences with a claim that has a candidate"
        )


def main() -> None:
    for number in range(ROUNDS):
        sets = [(made_up("tune"), 1.0)]
        real = statements("tune")
        if real is None:
            sys.exit("the statements are not beside the checkout")
        sets.append((real, STATEMENTS_COUNT))
        found = [one for labels, weight in sets for one in candidates(labels, weight)]
        texts: dict[str, set[str]] = defaultdict(set)
        times: dict[str, int] = defaultdict(int)
        alone: dict[tuple[str, int], int] = defaultdict(int)
        for one in found:
            alone[one.file, one.sentence] += 1
            for name in one.signals:
                texts[name].add(one.file)
                times[name] += 1
        names = sorted(n for n in texts if times[n] >= LEAST_RELATIONS and len(texts[n]) >= LEAST_TEXTS)
        there = np.array([[name in one.signals for name in names] for one in found], dtype=float)
        is_claim = np.array([one.is_claim for one in found], dtype=float)
        counts = np.array([one.counts / alone[one.file, one.sentence] ** 0.5 for one in found])
        files = sorted({one.file for one in found})
        order = np.random.default_rng(1).permutation(len(files))
        fold = {files[at]: place % FOLDS for place, at in enumerate(order)}
        folds = np.array([fold[one.file] for one in found])
        left_out = np.zeros(len(found))
        for k in range(FOLDS):
            kept = folds != k
            left_out[~kept] = chances(there[~kept], fit(there[kept], is_claim[kept], counts[kept]))
        print(f"round {number + 1}: {len(found)} relations, {len(names)} signals; on texts left out:")
        table(found, left_out)
        weights = fit(there, is_claim, counts)
        with WEIGHTS.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["signal", "weight"])
            writer.writerow(["", f"{weights[-1]:.3f}"])
            writer.writerows([name, f"{value:.3f}"] for name, value in zip(names, weights[:-1], strict=True))
        weighing.coefficients.cache_clear()


if __name__ == "__main__":
    main()
