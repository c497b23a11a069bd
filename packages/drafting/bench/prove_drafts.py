"""How good drafts of claims are: against labels, by rules and with the network, beside the plain baseline.

    python packages/drafting/bench/prove_drafts.py --runs 3

Statements are read where ../shared/data/statements is beside the checkout; made-up texts always. Rules
were tuned on the halves named "tuned on"; the others say what to expect of a text nobody has read yet.
Intervals: 95 %, percentiles of a bootstrap over texts and, within each, over its claims or drafts; where
the exact one of a binomial (Clopper and Pearson) reaches further, that: a bootstrap of 3 of 3 has no width.
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from bench_drafts import READERS
from claim_baseline import baseline_drafts
from claim_labels import PACKAGE, LabelledSet, drafts_of, made_up, made_up_parts, statements, transcripts
from claim_scores import Scores, total
from measured import PYTHON, environment, heading, table

if TYPE_CHECKING:
    from stopgap.claims.drafting.reader import ReaderName

PROMISED = {
    "is a claim, precision (judged)": 0.85, "is a claim, recall (spans)": 0.70, "stance": 0.85, "actor": 0.90,
    "action": 0.90, "target": 0.90, "speaker": 0.90, "speaker where passed on": 0.60, "chain, whole": 0.80,
    "goods group, precision": 0.85, "goods group, recall": 0.90,
}  # fmt: skip
HALVES = {"tune": "tuned on", "report": "reported"}
DRAWS = 2000
Drafter = Callable[[Path], list[dict[str, Any]]]


def drafted(path: Path, reader: ReaderName) -> list[dict[str, Any]]:
    """Drafts of one file, as ``claims draft --format json`` prints them."""
    return [draft.as_dict() for draft in drafts_of(path, reader)]


def drafters() -> dict[str, Drafter]:
    """The baseline, and the drafter with each reader; a text is drafted once by each."""
    out: dict[str, Drafter] = {"baseline": lambda path: baseline_drafts(path.read_text("utf-8"), path.name)}
    for reader, name in READERS.items():
        out[name] = cache(partial(drafted, reader=reader))
    return out


def interval(counts: list[tuple[int, int]], *, seed: int = 1) -> tuple[float, float] | None:
    """95 % interval of a share whose counts come by text; ``None`` where nothing was counted.

    Args:
        counts: What is right, and of how many, for each text.
        seed: Of the draws.
    """
    from scipy.stats import beta

    right, of = np.array([each for each in counts if each[1]] or np.empty((0, 2)), dtype=int).T
    if not of.size:
        return None
    draws = np.random.default_rng(seed)
    texts = draws.integers(of.size, size=(DRAWS, of.size))
    again = draws.binomial(of[texts], (right / of)[texts]).sum(axis=1) / of[texts].sum(axis=1)
    low, high = np.quantile(again, [0.025, 0.975])
    hits, wrong = int(right.sum()), int((of - right).sum())
    exact_low = beta.ppf(0.025, hits, wrong + 1) if hits else 0.0
    exact_high = beta.ppf(0.975, hits + 1, wrong) if wrong else 1.0
    return float(min(low, exact_low)), float(max(high, exact_high))


def cell(name: str, by_text: Mapping[str, Scores]) -> str:
    """A share with its interval and what it is of."""
    counts = [each.shares()[name] for each in by_text.values()]
    right, of = (sum(column) for column in zip(*counts, strict=True))
    found = interval(counts)
    return f"{right / of:.2f} ({found[0]:.2f}–{found[1]:.2f}) of {of}" if found else "–"


def print_quality(labels: LabelledSet, using: Mapping[str, Drafter]) -> None:
    """The table of one set: each figure by each drafter."""
    by_drafter = {name: labels.scores(drafter) for name, drafter in using.items()}
    print(
        f"**{labels.name}, {HALVES[labels.half or '']}**: {len(labels.texts)} texts, {len(labels.claims)} claims, "
        f"{len(labels.nonclaims)} hard sentences that are none, {len(labels.ambiguous)} ambiguous\n"
    )
    rows = [
        [
            name,
            *(cell(name, by_text) for by_text in by_drafter.values()),
            f"{PROMISED[name]:.2f}" if name in PROMISED else "–",
        ]
        for name in Scores().shares()
    ]
    sums = [total(by_text.values()) for by_text in by_drafter.values()]
    counted = {
        "drafts": ("paired", "extra", "nonclaim", "too long", "ambiguous", "unjudged"),
        "drafts on a sentence that is none": ("nonclaim",),
        "drafts that nobody judged": ("unjudged",),
        "drafts on ambiguous words (not counted)": ("ambiguous",),
    }
    for name, kinds in counted.items():
        rows.append([name, *(str(sum(each.kinds[kind] for kind in kinds)) for each in sums), "–"])
    table(["", *by_drafter, "promise"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="of each timing; 0: none")
    parser.add_argument(
        "--sets", nargs="+", metavar="SET",
        help="only these of the halves tuned on (statements, own7 …): what was fitted without them does on them",
    )  # fmt: skip
    given = parser.parse_args()
    heading("Drafts of claims against labels", "onnxruntime", "tokenizers")
    using = drafters()
    if given.sets:
        real = statements("tune") if "statements" in given.sets else None
        for labels in filter(None, (real, made_up("tune").only(given.sets, ", ".join(given.sets)))):
            print_quality(labels, using)
        return
    for half in HALVES:
        labels = statements(half)
        if labels is None:
            print(f"statements, {HALVES[half]}: left out, as ../shared/data/statements is not here\n")
        else:
            print_quality(labels, using)
    for half in HALVES:
        for labels in made_up_parts(half):
            print_quality(labels, using)
    print_quality(transcripts("report"), using)
    if given.runs:
        # In a process of its own: memory of a child is never less than what its parent holds.
        command = [PYTHON, str(PACKAGE / "bench" / "bench_drafts.py"), "--runs", str(given.runs)]
        subprocess.run(command, check=True, env=environment())


if __name__ == "__main__":
    main()
