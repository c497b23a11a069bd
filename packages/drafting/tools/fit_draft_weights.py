"""Fits the weights by which drafting tells what is a claim and what it says, and how they do on texts left out.

Run by a maintainer, from the checkout, with ../shared/data/statements beside it:

    python packages/drafting/tools/fit_draft_weights.py

Reads the halves of the labels that may be tuned on and the table of phrasings, lets the drafter consider every sentence, and fits, with a ridge (scikit-learn): whether a relation of the rules is a claim, whether a sentence is, which actor and target it means, by which source (logistic
regressions), which action and stance (multinomial). Writes ``src/stopgap_drafting/data/weights.csv`` and prints what each
does on texts left out in turn: whole sets of made-up texts, each by one hand, and each statement. What was a claim before a sentence
is itself a signal, so all is fitted again with the weights just found. The same labels give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from collections.abc import Collection, Sequence

import numpy as np
from draft_cases import LEFT_OUT, PACKAGE, PHRASED, Case, cases, chinese_of, phrased, seen_in, tuned_on
from draft_models import RIDGES, Fitted, Floats, grow, grown_without, left_out, look_again, nodes_of

from stopgap_drafting.models import linear_model, reranker

LONG = {f"own{number}" for number in (*range(15, 25), *range(31, 49))}
"""Sets of long texts with few claims."""
TREES = PACKAGE / "src" / "stopgap_drafting" / "data" / "trees.csv"
WEIGHTS = PACKAGE / "src" / "stopgap_drafting" / "data" / "weights.csv"
ROUNDS = 2
GLOSSED = [model for model in RIDGES if model != "relation"]
"""Models to which a gloss adds."""


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
            for row in seen_in(chinese_of(labels), group, counts)
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
    parser.add_argument("--fast", action="store_true", help="leave nothing out")
    parser.add_argument("--leave-out", nargs="+", default=(), metavar="SET", help=LEFT_OUT)
    parser.add_argument("--only", nargs="+", choices=RIDGES, help="fit these models; the others and the trees stay")
    parser.add_argument("--glossed", action="store_true", help="fit what the models add for Chinese; all else stays")
    given = parser.parse_args()
    if given.glossed:
        fit_glossed(given.rounds, given.leave_out)
        return
    chosen = given.only or list(RIDGES)
    kept = _written()
    for number in range(given.rounds):
        rows = [
            row
            for labels, group, counts in tuned_on()
            for row in seen_in(labels, group, counts)
            if not row.is_among(given.leave_out)
        ]
        rows += phrased()
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
