"""Fits the weights by which drafting tells what is a claim and what it says, and how they do on texts left out.

Run by a maintainer, from the checkout, with ../shared/data/statements beside it:

    python packages/drafting/tools/fit_draft_weights.py

Reads the halves of the labels that may be tuned on and the table of phrasings, lets the drafter consider every sentence, and fits, with a ridge (scipy's
L-BFGS): whether a relation of the rules is a claim, whether a sentence is, which actor and target it means, by which source (logistic
regressions), which action and stance (multinomial). Writes ``src/stopgap_drafting/data/weights.csv`` and prints what each
does on texts left out in turn: whole sets of made-up texts, each by one hand, and each statement. What was a claim before a sentence
is itself a signal, so all is fitted again with the weights just found. The same labels give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

PACKAGE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PACKAGE / "bench"), str(PACKAGE / "src")]

from claim_labels import LabelledSet, made_up, statements  # noqa: E402
from claim_names import may_be_named, same_name  # noqa: E402
from claim_phrasings import phrasings  # noqa: E402
from claim_scores import touch  # noqa: E402
from prove_drafts import drafted  # noqa: E402

from stopgap_drafting import propose  # noqa: E402
from stopgap_drafting.clause import Role, Scene  # noqa: E402
from stopgap_drafting.decode import Considered  # noqa: E402
from stopgap_drafting.lexicon.economies import codes_in  # noqa: E402
from stopgap_drafting.lexicon.patterns import has_han  # noqa: E402
from stopgap_drafting.models import linear_model, reranker  # noqa: E402
from stopgap_drafting.rules import roles  # noqa: E402
from stopgap_drafting.sources.attribution_resolver import Source, Sourcing  # noqa: E402
from stopgap_drafting.text.aligned_gloss import Glossed  # noqa: E402

NOT_WEIGHED = -3.0
"""Log odds at first look of a sentence that is ambiguous."""
LONG = {f"own{number}" for number in (*range(15, 25), *range(31, 49))}
"""Sets of long texts with few claims."""
TREES = PACKAGE / "src" / "stopgap_drafting" / "data" / "trees.csv"
LEAVES, RATE, COUNT, FEWEST_IN_LEAF = 7, 0.05, 150, 40
"""Of the trees that take a second look."""
WEIGHTS = PACKAGE / "src" / "stopgap_drafting" / "data" / "weights.csv"
ROUNDS = 2
STATEMENTS_COUNT = 2.5
"""How much more a sentence of a statement counts than one of a made-up text."""
UNJUDGED_COUNTS = 0.7
"""How much words that nobody labelled count as none."""
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
GLOSSED = [model for model in RIDGES if model != "relation"]
"""Models to which a gloss adds."""
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
LEFT_OUT = "fit without these sets (statements: all of them), to measure with bench/prove_drafts.py --sets in a copy of the checkout"
PHRASED = "phrasings"
"""What the phrasings are left out together as."""
LABEL_OF = {"source": "speaker"}
"""Field of a label that a model learns, where its name is another."""

Floats = np.ndarray
Row = Mapping[str, Any]


@dataclass
class Seen:
    """A sentence as the drafter saw it, with its labels.

    Attributes:
        group: What is left out together.
        file: Name of its text.
        start: First character.
        end: One past the last.
        counts: Its part in the sum of losses.
        claims: Labels of claims on it.
        label: 1: a claim, 0: none, ``None``: ambiguous; -1: nobody labelled it.
        relations: Signals of each relation that rules put forward.
        considered: What was weighed.
        sources: Who may have said it, where it was drafted.
        goods: Families of goods that may be meant, likewise.
    """

    group: str
    file: str
    start: int
    end: int
    counts: float
    claims: list[Row] = field(default_factory=list)
    label: int | None = -1
    relations: list[frozenset[str]] = field(default_factory=list)
    considered: Considered | None = None
    sources: dict[str, tuple[Source, set[str]]] = field(default_factory=dict)
    goods: dict[str, set[str]] = field(default_factory=dict)

    @property
    def is_real(self) -> bool:
        """Whether its text is a statement, which is a group of its own."""
        return self.group == self.file

    def is_among(self, sets: Collection[str]) -> bool:
        """Whether it is of one of some sets, ``statements`` being all of those."""
        return self.group in sets or (self.is_real and "statements" in sets)


def seen_in(labels: LabelledSet, group_of: Callable[[str], str], counts: float) -> Iterator[Seen]:
    """Every sentence of a set that the drafter considers."""
    rows: list[Seen] = []
    glossed: list[Glossed] = []
    sources, goods = Sourcing.candidates, propose.goods_candidates
    likely, consider, sentence = roles.likely, propose.consider, propose._Drafter._sentence

    def noted(scene: Scene, found: list[Role]):  # type: ignore[no-untyped-def]
        rows[-1].relations.extend(roles.signals_of(scene, role) for role in found)
        return likely(scene, found)

    def kept(*given, **named):  # type: ignore[no-untyped-def]
        found = consider(*given, **named)
        # Who may be meant is kept with the sentence when first asked for; later, something else is on the table.
        for name in ("actors", "targets"):
            getattr(found, name)
        rows[-1].considered = found
        return found

    def said(*given):  # type: ignore[no-untyped-def]
        found = sources(*given)
        rows[-1].sources = {
            name: (_as_written(each, glossed[-1]), names) for name, (each, names) in found.items()
        }
        return found

    def of_goods(*given):  # type: ignore[no-untyped-def]
        rows[-1].goods = goods(*given)
        return rows[-1].goods

    def placed(self, number, read):  # type: ignore[no-untyped-def]
        glossed[:] = [self.glossed]
        start, end = self.glossed.span(read.sentence.start, read.sentence.end)
        rows.append(Seen(group_of(self.file), self.file, start, end, counts))
        return sentence(self, number, read)

    roles.likely = propose.likely = noted
    propose.consider = kept
    Sourcing.candidates = said  # type: ignore[method-assign]
    propose.goods_candidates = of_goods
    propose._Drafter._sentence = placed  # type: ignore[method-assign]
    try:
        for name, path in labels.texts.items():
            rows.clear()
            drafted(path, "rules")
            kinds = {
                kind: [row for row in getattr(labels, kind) if row["file"] == name]
                for kind in ("claims", "nonclaims", "ambiguous")
            }
            for row in rows:
                span = {"start": row.start, "end": row.end}
                met = {kind: [each for each in given if touch(each, span)] for kind, given in kinds.items()}
                row.file = name
                row.claims = met["claims"]
                row.label = (
                    1 if met["claims"] else 0 if met["nonclaims"] else None if met["ambiguous"] else -1
                )
                yield row
    finally:
        roles.likely = propose.likely = likely
        propose.consider = consider
        Sourcing.candidates = sources  # type: ignore[method-assign]
        propose.goods_candidates = goods
        propose._Drafter._sentence = sentence  # type: ignore[method-assign]


def _as_written(source: Source, glossed: Glossed) -> Source:
    """A source by the name that the text gives it, as labels have it."""
    return replace(
        source, speaker=glossed.as_written(source.speaker, len(glossed.text), source.evidence.start)
    )


@dataclass(frozen=True)
class Case:
    """What a model learns from: signals, what is right, how much it counts.

    Attributes:
        row: The sentence.
        signals: What is there.
        right: Share of each answer; of a logistic model that of ``""``.
        counts: Its part in the sum of losses.
        answer: What it stands for (the code of a candidate).
    """

    row: Seen
    signals: Iterable[str]
    right: Mapping[str, float]
    counts: float
    answer: str = ""


def cases(model: str, rows: Sequence[Seen]) -> list[Case]:
    """What a model learns from the sentences."""
    out: list[Case] = []
    for row in rows:
        found, seen = row.considered, row.counts * (UNJUDGED_COUNTS if row.label == -1 else 1)
        if row.label is None or found is None:
            continue
        is_claim = float(row.label == 1)
        if model == "relation":
            share = seen / max(1, len(row.relations)) ** 0.5
            out += [Case(row, signals, {"": is_claim}, share) for signals in row.relations]
        elif model == "claim":
            out.append(Case(row, found.signals, {"": is_claim}, seen))
        elif not all(LABEL_OF.get(model, model) in claim for claim in row.claims):
            continue
        elif row.claims and model in ("action", "stance"):
            shares = Counter(str(claim[model]) for claim in row.claims)
            right = {name: number / len(row.claims) for name, number in shares.items()}
            out.append(Case(row, found.signals, right, row.counts))
        elif row.claims and model in ("actor", "target"):
            meant = {claim[model] for claim in row.claims}
            among = found.actors if model == "actor" else found.targets
            out += [
                Case(row, signals, {"": float(code in meant)}, row.counts, code)
                for code, signals in among.items()
            ]
        elif row.claims and model == "goods":
            meant = {str(each["group"]) for claim in row.claims for each in claim["goods"]}
            out += [
                Case(row, signals, {"": float(group in meant)}, row.counts, group)
                for group, signals in row.goods.items()
            ]
        elif row.claims and model == "source":
            out += [
                Case(
                    row,
                    signals,
                    {"": float(any(is_meant(claim["speaker"], source.speaker) for claim in row.claims))},
                    row.counts,
                    name,
                )
                for name, (source, signals) in row.sources.items()
            ]
    return out


def is_meant(speaker: object, name: str | None) -> bool:
    """Whether a name is that of a speaker by a label; ``the President`` is ours, not one of another land."""
    if same_name(speaker, name):
        return True
    return name is not None and may_be_named(speaker, name) and codes_in(name) <= {"USA"}


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
    """Weights that make the counted log loss plus the ridge least, beside log odds that are known; the constants have no ridge."""
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
            model,
            [case for case, is_mine in zip(given, mine, strict=True) if not is_mine],
            is_glossed=is_glossed,
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


def print_claims(given: Sequence[Case], odds: Floats) -> None:
    """Precision and recall of sentences at several thresholds."""
    chance = 1 / (1 + np.exp(-odds[:, 0]))
    kinds = {
        "statements": np.array([case.row.is_real for case in given]),
        "none": np.array([case.row.group.startswith("none") for case in given]),
    }
    kinds["long"] = np.array([case.row.group in LONG for case in given])
    kinds["made-up"] = ~kinds["statements"] & ~kinds["none"] & ~kinds["long"]
    label = np.array([case.row.label for case in given])
    for name, mine in kinds.items():
        if not mine.any():
            continue
        print(f"  {name}: {mine.sum()} sentences, {(label[mine] == 1).sum()} with a claim")
        for least in (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7):
            chosen = mine & (chance >= least)
            right, wrong = (chosen & (label == 1)).sum(), (chosen & (label == 0)).sum()
            print(
                f"    from {least:.2f}: {chosen.sum():5}, precision {right / max(1, right + wrong):.3f} judged, "
                f"{right / max(1, chosen.sum()):.3f} strict, recall {right / max(1, (mine & (label == 1)).sum()):.3f}"
            )


def print_choices(model: str, given: Sequence[Case], odds: Floats, answers: Sequence[str]) -> None:
    """How often the likeliest answer, or candidate, is right, by set."""
    hits: dict[str, list[bool]] = defaultdict(list)
    real: set[str] = {case.row.group for case in given if case.row.is_real}
    if answers == [""]:
        best: dict[int, tuple[float, Case]] = {}
        for case, value in zip(given, odds[:, 0], strict=True):
            if id(case.row) not in best or value > best[id(case.row)][0]:
                best[id(case.row)] = (value, case)
        for _, case in best.values():
            hits[case.row.group].append(case.right[""] > 0)
    else:
        for case, values in zip(given, odds, strict=True):
            hits[case.row.group].append(case.right.get(answers[int(values.argmax())], 0) > 0)
    made = {group: found for group, found in hits.items() if group not in real}
    print(
        f"  {model}: statements {np.mean([hit for group in real for hit in hits[group]]):.3f}, "
        + ", ".join(f"{group} {np.mean(found):.3f}" for group, found in sorted(made.items()))
    )


def print_goods(given: Sequence[Case], odds: Floats) -> None:
    """How often a family is rightly taken as meant, and how many that are meant are."""
    meant, taken = np.array([case.right[""] > 0 for case in given]), odds[:, 0] >= 0
    right = (meant & taken).sum()
    print(f"  goods: precision {right / taken.sum():.3f}, of candidates {right / meant.sum():.3f}")


def print_fields(model: str, given: Sequence[Case], odds: Floats, answers: Sequence[str]) -> None:
    """How a model of a field does."""
    if model == "goods":
        print_goods(given, odds)
    else:
        print_choices(model, given, odds, answers)


def tuned_on() -> Iterator[tuple[LabelledSet, Callable[[str], str], float]]:
    """Sets that may be tuned on, what is left out together in each, and how much it counts."""
    labels = made_up("tune")
    sets = {row["file"]: str(row["set"]) for row in labels.described}
    early = {"own", "own2", "own3", "own5"}
    yield labels, lambda file: "own" if sets[file] in early else sets[file], 1.0
    real = statements("tune")
    if real is None:
        sys.exit("the statements are not beside the checkout")
    yield real, lambda file: file, STATEMENTS_COUNT


def phrased() -> Iterator[Seen]:
    """Sentences of the table of phrasings; what stands around them is left out, since it is the same each time."""
    with tempfile.TemporaryDirectory() as folder:
        for number, row in enumerate(phrasings()):
            text, start = row.in_briefing()
            path = Path(folder) / f"phrasing {number}.txt"
            path.write_text(text, "utf-8")
            label: dict[str, Any] = {"file": path.name, "start": start, "end": start + len(row.sentence)}
            if row.kind == "fields":
                label |= zip(("stance", "actor", "action", "target"), row.expected.split(), strict=True)
            elif row.kind == "speaker":
                label["speaker"] = row.speaker
            given = {"claims": (), "nonclaims": (), "ambiguous": ()} | {
                "nonclaims" if row.kind == "none" else "claims": (label,)
            }
            labels = LabelledSet(PHRASED, "tune", {path.name: path}, (), **given)
            yield from (seen for seen in seen_in(labels, lambda _: PHRASED, 1.0) if touch(label, vars(seen)))


def fit_glossed(rounds: int, left_out_sets: Collection[str]) -> None:
    """Fits what the models add for Chinese, which is read through a gloss; all else stays as it is.

    Args:
        rounds: As for the others.
        left_out_sets: Sets that are not learned from.
    """
    kept = [row for row in _written() if not row[0].endswith(linear_model.GLOSSED)]
    for number in range(rounds):
        rows = [
            row
            for labels, group, counts in tuned_on()
            for row in seen_in(_chinese_of(labels), group, counts)
            if row.considered is not None and row.considered.is_glossed and not row.is_among(left_out_sets)
        ]
        print(f"round {number + 1}: {len(rows)} sentences, {sum(bool(r.claims) for r in rows)} with a claim")
        added: list[tuple[str, str, str, str]] = []
        for model in GLOSSED:
            of = cases(model, rows)
            if number == rounds - 1:
                odds, answers = left_out(model, of, is_glossed=True)
                if model == "claim":
                    print_claims(of, odds)
                else:
                    print_fields(model, of, odds, answers)
            added += Fitted(model, of, is_glossed=True).rows()
        _write([*kept, *added])


def _chinese_of(labels: LabelledSet) -> LabelledSet:
    """The texts of a set that have Chinese in them."""
    texts = {name: path for name, path in labels.texts.items() if has_han(path.read_text("utf-8"))}
    return replace(labels, texts=texts)


def _written() -> list[tuple[str, str, str, str]]:
    """The weights as the file has them."""
    with WEIGHTS.open(encoding="utf-8", newline="") as file:
        return [(model, answer, signal, weight) for model, answer, signal, weight in csv.reader(file)][1:]


def _write(rows: Sequence[tuple[str, str, str, str]]) -> None:
    """Weights into the file, and into use."""
    with WEIGHTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["model", "answer", "signal", "weight"])
        writer.writerows(rows)
    print(f"  {len(rows)} weights, {WEIGHTS.stat().st_size / 1e3:.0f} kB", flush=True)
    linear_model.coefficients.cache_clear()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--rules-first", action="store_true", help="begin with what rules alone draft")
    parser.add_argument("--fast", action="store_true", help="leave nothing out")
    parser.add_argument("--leave-out", nargs="+", default=(), metavar="SET", help=LEFT_OUT)
    parser.add_argument(
        "--only", nargs="+", choices=RIDGES, help="fit these models; the others and the trees stay"
    )
    parser.add_argument(
        "--glossed", action="store_true", help="fit what the models add for Chinese; all else stays"
    )
    given = parser.parse_args()
    if given.glossed:
        fit_glossed(given.rounds, given.leave_out)
        return
    chosen = given.only or list(RIDGES)
    kept = _written()
    for number in range(given.rounds):
        decided = propose.odds, propose._Drafter._chosen
        if given.rules_first and not number:
            propose.odds = lambda _, signals: 9.0 if any(" sure" in name for name in signals) else -9.0
            propose._Drafter._chosen = lambda self, number, read, proposals, considered: proposals  # type: ignore[method-assign]
        rows = [
            row
            for labels, group, counts in tuned_on()
            for row in seen_in(labels, group, counts)
            if not row.is_among(given.leave_out)
        ]
        rows += phrased()
        propose.odds, propose._Drafter._chosen = decided  # type: ignore[method-assign]
        print(f"round {number + 1}: {len(rows)} sentences, {sum(bool(r.claims) for r in rows)} with a claim")
        written: list[tuple[str, str, str, str]] = []
        for model in RIDGES:
            if model not in chosen:
                written += [row for row in kept if row[0] == model]
                continue
            of = cases(model, rows)
            if not of:
                continue
            is_last = number == given.rounds - 1
            if model == "claim" and is_last:
                odds, _ = left_out(model, of)
                # A phrasing stands alone: a second look has nothing around it to see.
                around = np.array([case.row.group != PHRASED for case in of])
                among, odds = [case for case in of if case.row.group != PHRASED], odds[around]
                numbers = look_again(among, odds, rows)
                if not given.fast:
                    print_claims(among, odds)
                    print("  at second look:")
                    print_claims(among, grown_without(numbers, among))
                with TREES.open("w", encoding="utf-8", newline="") as file:
                    writer = csv.writer(file, lineterminator="\n")
                    writer.writerow(["tree", "node", "feature", "threshold", "below", "above", "value"])
                    writer.writerows(nodes_of(grow(numbers, among)))
                reranker.trees.cache_clear()
            elif model != "relation" and is_last and not given.fast:
                print_fields(model, of, *left_out(model, of))
            written += Fitted(model, of).rows()
        written += [row for row in kept if row[0].endswith(linear_model.GLOSSED)]
        _write(written)


if __name__ == "__main__":
    main()
