"""How well companies are found by name: the benchmark of ../shared/tools/names, beside its baselines.

    python bench/prove_names.py [--neg FILE.csv:column ...] [--baselines] [--set DIR]

Sets are built from the real lists in ../shared/data: aliases of listed organisations by script (the one asked for is kept
out of the index; the held half is reported, the given half was tuned on), altered names, labelled pairs, and names that
are not listed. ``--neg`` adds real names of companies that are not listed (tables of companies of PyPI's investpy and
edgartools, for instance); without it the real ones are the few hundred of the set itself.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
from measured import PYTHON, ROOT, heading, table

BENCH = ROOT.parent / "shared" / "tools" / "names" / "names_bench.py"
LISTS = ROOT.parent / "shared" / "data" / "lists"
BASELINES = ("base_rapidfuzz.py", "base_tfidf.py")
ASKED = {"lat-lat": (62, 74), "lat-cyr": (75, 86), "lat-cjk": (42, 56), "a similar token": (79, 91)}
"""Recall@1 and @5 that are asked for, in percent."""


def build(folder: Path, negatives: list[str], seed: int) -> None:
    """The sets of the benchmark."""
    more = [part for spec in negatives for part in ("--neg", spec)]
    subprocess.run(
        [PYTHON, BENCH, "build", LISTS, folder, "--seed", str(seed), *more], check=True, stdout=subprocess.DEVNULL
    )


def run(folder: Path, name: str, script: Path, sets: str) -> None:
    """The answers of one system."""
    command = [PYTHON, str(script), "{queries}", "{index}", "{results}"]
    subprocess.run([PYTHON, BENCH, "run", folder, name, "--sets", sets, "--", *command], check=True)


def ranks(folder: Path, name: str) -> pd.DataFrame:
    """The held half's queries with the rank of the best right answer; 99 where there is none."""
    gold = pd.read_csv(folder / "gold_alias.csv")
    found = pd.read_csv(folder / "results" / name / "alias.csv").merge(
        gold[["id", "gold"]], left_on="query_id", right_on="id"
    )
    right = found[[entity in gold.split("|") for entity, gold in zip(found.entity_id, found.gold, strict=True)]]
    gold["rank"] = gold.id.map(right.groupby("query_id")["rank"].min()).fillna(99)
    return gold[gold.half == "held"]


def recall(held: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """By script, and where a similar token exists: queries, recall@1 and @5, beside what is asked for."""
    groups = [(pair, held[held.pair == pair]) for pair in ("lat-lat", "lat-cyr", "lat-cjk")]
    groups.append(("a similar token", held[held.no_similar == 0]))
    return [
        (
            label,
            str(len(some)),
            f"{(some['rank'] <= 1).mean():.1%} / {(some['rank'] <= 5).mean():.1%}",
            "{} / {}".format(*ASKED[label]),
        )
        for label, some in groups
    ]


def missed(held: pd.DataFrame) -> list[tuple[str, str, str]]:
    """What is not first, by kind; each query counts once, under the first kind that fits."""
    rest = held[held["rank"] > 1]
    kinds = [
        ("the right one stands second to fifth", rest["rank"] <= 5),
        ("an acronym against a full name", rest.acronym == 1),
        ("Chinese or Japanese, no similar token", (rest.pair == "lat-cjk") & (rest.no_similar == 1)),
        ("no similar token: translated, or another name", rest.no_similar == 1),
        ("a similar token, ranked below fifth", rest.no_similar == 0),
    ]
    rows, left = [], pd.Series(True, index=rest.index)
    for label, fits in kinds:
        some = left & fits
        rows.append((label, str(int(some.sum())), f"{some.sum() / len(held):.1%}"))
        left &= ~fits
    return rows


def calibration(folder: Path) -> list[tuple[str, str, str]]:
    """Of first answers with a score in a range, how many are right: held aliases, altered names, and as many names
    that are not listed as both together (of those that are, no answer is right)."""
    results = folder / "results" / "stopgap"
    parts = []
    for name in ("alias", "noise"):
        gold = pd.read_csv(folder / f"gold_{name}.csv")
        gold = gold[gold.half == "held"] if "half" in gold else gold
        found = (
            pd.read_csv(results / f"{name}.csv")
            .query("rank == 1")
            .merge(gold[["id", "gold"]], left_on="query_id", right_on="id")
        )
        right = [entity in several.split("|") for entity, several in zip(found.entity_id, found.gold, strict=True)]
        parts.append(pd.DataFrame({"score": found.score, "right": right}))
    size = sum(map(len, parts))
    gold = pd.read_csv(folder / "gold_clean.csv")
    kinds = [some.sample(min(len(some), size // 3), random_state=1) for _, some in gold.groupby("kind")]
    clean = pd.read_csv(results / "clean.csv").query("rank == 1")
    clean = clean[clean.query_id.isin(set(pd.concat(kinds).id))]
    parts.append(pd.DataFrame({"score": clean.score, "right": False}))
    all_ = pd.concat(parts)
    edges = [0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.0]
    rows = []
    for low, high in itertools.pairwise(edges):
        some = all_[(all_.score > low) & (all_.score <= high)]
        share = f"{some.right.mean():.2f}" if len(some) else "–"
        rows.append((f"{low:g} to {high:g}", str(len(some)), share))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--neg", action="append", default=[])
    parser.add_argument("--baselines", action="store_true")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--sets", default="alias,noise,pairs,clean")
    parser.add_argument("--set", type=Path, help="where the sets are built, kept afterwards")
    options = parser.parse_args()
    if not BENCH.exists():
        print("left out: ../shared/tools/names is not here")
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.set or Path(scratch) / "set"
        if not (folder / "index.csv").exists():
            build(folder, options.neg, options.seed)
        systems = [("stopgap", ROOT / "bench" / "names_system.py")]
        if options.baselines:
            systems += [(Path(script).stem, BENCH.parent / script) for script in BASELINES]
        for name, script in systems:
            run(folder, name, script, options.sets)
        heading("Companies found by name", "rigour", "rapidfuzz", "sparse-dot-topn", "lightgbm")
        held = ranks(folder, "stopgap")
        table(("held half", "queries", "recall@1 / @5", "asked for, %"), recall(held))
        table(("what is not first", "queries", "share of all"), missed(held))
        if "clean" in options.sets:
            table(("score of the first answer", "answers", "share that is right"), calibration(folder))
        sys.stdout.flush()
        subprocess.run([PYTHON, BENCH, "score", folder, *(name for name, _ in systems)], check=True)


if __name__ == "__main__":
    main()
