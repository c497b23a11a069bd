"""Linear models over named signals and the trees of the reranker: fitted, left out in turn, written as rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from draft_cases import Case, Seen
from lightgbm import LGBMClassifier
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from stopgap_drafting.models import linear_model, reranker

NOT_WEIGHED = -3.0
"""Log odds at first look of a sentence that is ambiguous."""
LEAVES, RATE, COUNT, FEWEST_IN_LEAF = 7, 0.05, 150, 40
"""Of the trees that take a second look."""
FEWEST = {"relation": 10, "claim": 6, "action": 6, "stance": 6}
"""A signal is weighed if it is there as often; elsewhere four times."""
FEWEST_TEXTS = 3
FOLDS = 8
"""Of groups that are left out together."""
RIDGES = {
    "relation": 4.0,
    "claim": 4.0,
    "action": 2.0,
    "stance": 2.0,
    "actor": 1.0,
    "target": 1.0,
    "source": 1.0,
    "goods": 1.0,
}
"""Of the squared weights, in the sum of log losses."""
GLOSSED_RIDGE = 0.25
"""Share of it for what a gloss adds."""
LEAST_WEIGHTS = {
    "claim": 0.1,
    "action": 0.12,
    "stance": 0.18,
    "actor": 0.08,
    "target": 0.08,
    "source": 0.08,
    "goods": 0.08,
}
"""Signals with no weight as large are left out, and the others weighed anew."""
ROUNDED_AWAY = 0.005

Floats = np.ndarray


class Fitted:
    """A linear model with the signals that it weighs.

    Args:
        model: Its name.
        given: What it learns from.
        is_glossed: Whether it learns what a gloss adds to the model that is there, for which the cases are all glossed.
    """

    def __init__(self, model: str, given: Sequence[Case], *, is_glossed: bool = False) -> None:
        self.model, self.is_glossed = model, is_glossed
        times: Counter[str] = Counter()
        texts: dict[str, set[str]] = defaultdict(set)
        for case in given:
            for name in case.signals:
                times[name] += 1
                texts[name].add(case.row.file)
        fewest = FEWEST.get(model, 4)
        self.names = sorted(n for n in times if times[n] >= fewest and len(texts[n]) >= FEWEST_TEXTS)
        self.places = {name: place for place, name in enumerate(self.names)}
        self.answers = sorted({answer for case in given for answer in case.right})
        if is_glossed:
            self.answers = sorted(linear_model.coefficients()[model])
        right = np.array([[case.right.get(answer, 0.0) for answer in self.answers] for case in given])
        counts = np.array([case.counts for case in given])
        ridge = RIDGES[model] * (GLOSSED_RIDGE if is_glossed else 1)
        known = self.known(given)
        whole = fit(self.there(given), right, counts, ridge, known)
        chosen = np.abs(whole[:-1]).max(axis=1) >= LEAST_WEIGHTS.get(model, 0.0)
        self.names = [name for name, is_chosen in zip(self.names, chosen, strict=True) if is_chosen]
        self.places = {name: place for place, name in enumerate(self.names)}
        start = np.vstack([whole[:-1][chosen], whole[-1:]])
        self.weights = fit(self.there(given), right, counts, ridge, known, start)

    def known(self, given: Sequence[Case]) -> Floats:
        """Log odds of each answer by the model that is there, a row a case; nought where it learns anew."""
        out = np.zeros((len(given), len(self.answers)))
        for row, case in enumerate(given if self.is_glossed else ()):
            names = list(case.signals)
            out[row] = [linear_model.odds(self.model, names, answer) for answer in self.answers]
        return out

    def there(self, given: Sequence[Case]) -> csr_matrix:
        """Which signals are there, a row a case; the last column is always there."""
        columns: list[int] = []
        ends = [0]
        for case in given:
            columns += sorted(self.places[name] for name in case.signals if name in self.places)
            columns.append(len(self.names))
            ends.append(len(columns))
        return csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(given), len(self.names) + 1))

    def odds(self, given: Sequence[Case]) -> Floats:
        """Log odds of each answer, a row a case."""
        return self.there(given) @ self.weights + self.known(given)

    def rows(self) -> Iterator[tuple[str, str, str, str]]:
        """As the file has them."""
        model = self.model + linear_model.GLOSSED * self.is_glossed
        for column, answer in enumerate(self.answers):
            yield model, answer, linear_model.CONSTANT, f"{self.weights[-1, column]:.2f}"
            for name, weight in zip(self.names, self.weights[:-1, column], strict=True):
                if abs(weight) >= ROUNDED_AWAY:
                    yield model, answer, name, f"{weight:.2f}"


def fit(
    there: csr_matrix, right: Floats, counts: Floats, ridge: float, known: Floats, start: Floats | None = None
) -> Floats:
    """Weights that make the counted log loss plus the ridge least; the constants have no ridge.

    Args:
        there: Which signals are there, a row a case; the last column is always there.
        right: Share of each answer, a row a case.
        counts: Each case's part in the loss.
        ridge: Of the squared weights.
        known: Log odds by a model beside which the weights stand; 0 where there is none.
        start: Weights to begin with.

    Returns:
        A row a signal, a column an answer.
    """
    if known.any():
        return _fit_beside(there, right, counts, ridge, known, start)
    # A case of which several answers share is one case of each, counted by its share.
    shares = np.hstack([1 - right, right]) if right.shape[1] == 1 else right
    rows, answers = np.nonzero(shares)
    model = LogisticRegression(C=1 / (2 * ridge), max_iter=2000, tol=1e-7)
    model.fit(there[rows][:, :-1], answers, sample_weight=counts[rows] * shares[rows, answers])
    weights = np.zeros((there.shape[1], right.shape[1]))
    columns = [0] if right.shape[1] == 1 else model.classes_
    weights[:-1, columns], weights[-1, columns] = model.coef_.T, model.intercept_
    return weights


def _fit_beside(
    there: csr_matrix, right: Floats, counts: Floats, ridge: float, known: Floats, start: Floats | None
) -> Floats:
    """As :func:`fit`, beside known log odds: an offset, which scikit-learn's regression does not take."""
    size, answers = there.shape[1], right.shape[1]
    total = right.sum(axis=1) if answers > 1 else np.ones(len(right))
    transposed = there.T.tocsr()

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(size, answers)
        odds = there @ weights + known
        if answers == 1:
            value = counts @ (np.logaddexp(0, odds[:, 0]) - right[:, 0] * odds[:, 0])
            off = 1 / (1 + np.exp(-odds)) - right
        else:
            odds = odds - odds.max(axis=1, keepdims=True)
            logs = odds - np.log(np.exp(odds).sum(axis=1, keepdims=True))
            value = -(counts @ (right * logs).sum(axis=1))
            off = np.exp(logs) * total[:, None] - right
        slope = transposed @ (counts[:, None] * off)
        value += ridge * (weights[:-1] ** 2).sum()
        slope[:-1] += 2 * ridge * weights[:-1]
        return float(value), np.asarray(slope).ravel()

    found = minimize(
        loss,
        np.zeros(size * answers) if start is None else start.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 400},
    )
    return found.x.reshape(size, answers)


def held_out(given: Sequence[Case]) -> Iterator[Floats]:
    """Which cases are left out together, fold by fold: those of whole groups."""
    names = sorted({case.row.group for case in given})
    folds = np.array([names.index(case.row.group) % FOLDS for case in given])
    for fold in range(FOLDS):
        yield folds == fold


def left_out(model: str, given: Sequence[Case], *, is_glossed: bool = False) -> tuple[Floats, list[str]]:
    """Log odds of each case by a model that did not see its group, and the answers they are of."""
    answers = sorted({answer for case in given for answer in case.right})
    if is_glossed:
        answers = sorted(linear_model.coefficients()[model])
    out = np.zeros((len(given), len(answers)))
    for mine in held_out(given):
        others = Fitted(
            model, [case for case, is_mine in zip(given, mine, strict=True) if not is_mine], is_glossed=is_glossed
        )
        found = others.odds([case for case, is_mine in zip(given, mine, strict=True) if is_mine])
        for column, answer in enumerate(others.answers):
            out[mine, answers.index(answer)] = found[:, column]
    return out, answers


def look_again(given: Sequence[Case], odds: Floats, rows: Sequence[Seen]) -> Floats:
    """Numbers of each case for the second look, from first looks by models that did not see its group."""
    first = {id(case.row): float(value) for case, value in zip(given, odds[:, 0], strict=True)}
    texts: dict[str, list[Seen]] = defaultdict(list)
    for row in rows:
        texts[row.file].append(row)
    numbers: dict[int, list[float]] = {}
    for found in texts.values():
        looks = []
        for row in found:
            look = row.considered.look if row.considered else reranker.Look(NOT_WEIGHED, 0.0, frozenset())
            looks.append(replace(look, odds=first.get(id(row), NOT_WEIGHED)))
        numbers |= {id(row): each for row, each in zip(found, reranker.features_of(looks), strict=True)}
    return np.array([numbers[id(case.row)] for case in given])


def grow(numbers: Floats, given: Sequence[Case]) -> LGBMClassifier:
    """Trees for the second look."""
    model = LGBMClassifier(
        num_leaves=LEAVES, learning_rate=RATE, n_estimators=COUNT, min_child_samples=FEWEST_IN_LEAF,
        verbose=-1, n_jobs=2, deterministic=True, force_row_wise=True, random_state=1,
    )  # fmt: skip
    counts = [case.counts for case in given]
    return model.fit(numbers, [case.right[""] > 0 for case in given], sample_weight=counts)


def grown_without(numbers: Floats, given: Sequence[Case]) -> Floats:
    """Log odds of each case at second look, by trees that did not see its group."""
    out = np.zeros((len(given), 1))
    for mine in held_out(given):
        trees = grow(numbers[~mine], [case for case, m in zip(given, mine, strict=True) if not m])
        out[mine, 0] = trees.predict(numbers[mine], raw_score=True)
    return out


def nodes_of(trees: LGBMClassifier) -> Iterator[tuple[object, ...]]:
    """Trees as the file has them: a row a node, each tree's first node its root."""
    for number, tree in enumerate(trees.booster_.dump_model()["tree_info"]):
        nodes: list[list[object]] = []
        _add_node(tree["tree_structure"], nodes)
        for at, node in enumerate(nodes):
            yield (number, at, *node)


def _add_node(node: dict[str, Any], nodes: list[list[object]]) -> int:
    at = len(nodes)
    nodes.append([])
    if "leaf_value" in node:
        nodes[at] = ["", "", "", "", f"{node['leaf_value']:.5f}"]
    else:
        below, above = (_add_node(node[side], nodes) for side in ("left_child", "right_child"))
        feature = reranker.FEATURES[node["split_feature"]]
        nodes[at] = [feature, f"{node['threshold']:.6g}", below, above, ""]
    return at
