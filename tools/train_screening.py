"""Fit the ranker of company names: ``src/stopgap/screening/data/{rarity.csv,order.txt,chance.txt,ranker.json}``.

It needs a benchmark set (a folder with ``index.csv``, ``gold_alias.csv``, ``gold_clean.csv``) and the script that made
it, whose alterations of names are used with seeds of our own. Aliases of the held half, and names of their entities,
are not looked at. Run with LightGBM, pandas and scikit-learn at hand::

    python tools/train_screening.py names_bench.py SET --data LISTS --names FILE.csv:column
"""

from __future__ import annotations

import argparse
import collections
import importlib.util
import json
import random
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd

from stopgap.screening.index.candidates import ask, candidates
from stopgap.screening.index.name_table import make_table, strings_of
from stopgap.screening.matching.features import COLUMN, FEATURES, compute
from stopgap.screening.names.company_name import read_name

OUT = Path(__file__).parents[1] / "src" / "stopgap" / "screening" / "data"
PARAMETERS = {
    "learning_rate": 0.07,
    "num_leaves": 24,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "num_threads": 2,
    "monotone_constraints": [feature.direction for feature in FEATURES],
    "monotone_constraints_method": "intermediate",
    "seed": 3,
    "deterministic": True,
    "verbose": -1,
}
ROUNDS = 160
ALTERED, PARTS = 1200, 3
SHARE_OF_CHANCE = 0.74


def features_of(table, names):
    """(query, name, features) of all candidate pairs, in batches."""
    found = []
    for start in range(0, len(names), 1000):
        asked = ask(table, [read_name(name) for name in names[start : start + 1000]])
        pairs = candidates(table, asked)
        values, kept = compute(table, asked, pairs, strings_of(asked.names))
        found.append((pairs.query[kept] + start, pairs.name[kept], values))
    return tuple(np.concatenate(part) for part in zip(*found, strict=True))


def labelled(table, names, golds):
    """Candidate pairs with labels; of a right entity only the nearest name, of wrong ones the nearest sixteen."""
    query, name, values = features_of(table, names)
    entity = table.entities[name]
    is_right = np.asarray([one in golds[q] for q, one in zip(query, entity, strict=True)], dtype=bool)
    nearness = sum(values[:, COLUMN[column]] for column in ("query_covered", "name_covered", "spelling", "initials"))
    frame = pd.DataFrame({"query": query, "entity": entity, "nearness": nearness})
    best = frame.groupby(["query", "entity"]).nearness.transform("max").to_numpy()
    rank = (-frame.nearness).groupby(frame["query"]).rank(method="first").to_numpy()
    kept = np.where(is_right, nearness >= best - 1e-9, rank <= (16 if any(golds) else 8))
    order = np.argsort(query[kept], kind="stable")
    return query[kept][order], values[kept][order], is_right[kept][order]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path)
    parser.add_argument("set", type=Path)
    parser.add_argument("--data", required=True)
    parser.add_argument("--names", action="append", default=[], help="CSV:column of company names that are not listed")
    parser.add_argument("--fold", type=int, help="leave out this fold of the given half (0 or 1), write to --out")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    spec = importlib.util.spec_from_file_location("bench", options.bench)
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    bench.load_forms(options.data)

    index = pd.read_csv(options.set / "index.csv")
    numbers, entities = pd.factorize(index.entity_id)
    number = {entity: place for place, entity in enumerate(entities)}
    alias = pd.read_csv(options.set / "gold_alias.csv")
    held = {entity for gold in alias[alias.half == "held"].gold for entity in gold.split("|")}
    seen = index[~index.entity_id.isin(held)]
    alias = alias[alias.half == "given"]
    if options.fold is not None:
        alias = alias[[hash_of(gold) % 2 != options.fold for gold in alias.gold]]

    counts = collections.Counter(key for name in seen.name for key in {token.key for token in read_name(name).tokens})
    shares = {key: count / len(seen) for key, count in sorted(counts.items()) if count >= 3}
    options.out.mkdir(parents=True, exist_ok=True)
    rows = [f'"{key}",{share:.6f}' for key, share in shares.items()]
    (options.out / "rarity.csv").write_text("word,share\n" + "\n".join(rows) + "\n", encoding="utf-8")
    table = make_table(list(index.name), numbers, shares)

    rng = random.Random(101)
    twins = collections.defaultdict(set)
    for entity, name in zip(index.entity_id, index.name, strict=True):
        twins[bench.twin(name)].add(number[entity])
    pool = [
        row
        for row in zip(seen.entity_id, seen.name, strict=True)
        if bench.script(row[1]) == "lat" and len(bench.core(row[1])) > 1
    ]
    altered = []
    for kind in bench.NOISE:
        for entity, name in rng.sample(pool, ALTERED):
            text = bench.noise(name, kind, rng)
            if text != name and len(text) > 3:
                altered.append((text, twins[bench.twin(name)] | {number[entity]}))

    listed = {bench.twin(name) for name in index.name}
    used = set(pd.read_csv(options.set / "gold_clean.csv").name)
    free = set()
    for spec_text in options.names:
        file, column = spec_text.rsplit(":", 1)
        free |= set(pd.read_csv(file, low_memory=False)[column].dropna().astype(str))
    free = sorted(name for name in free if len(name) > 3 and bench.twin(name) not in listed)
    unused = [name for name in free if name not in used]
    latin = sorted({name for name in index.name if bench.script(name) == "lat"})
    clean = rng.sample(unused, min(4000, len(unused)))
    clean += bench.recombine(free, 2500, rng, listed) + bench.recombine(latin, 4500, rng, listed, True)

    clean += changed([name for name in latin if len(bench.core(name)) > 1], listed, bench.twin, rng)
    golds = [{number[entity] for entity in gold.split("|")} for gold in alias.gold]
    sets = [
        (*labelled(table, list(alias.name), golds), 2.0),
        (*labelled(table, [text for text, _ in altered], [gold for _, gold in altered]), 1.0),
        (*labelled(table, clean, [set()] * len(clean)), 1.0),
    ]
    values, right = np.concatenate([one[1] for one in sets]), np.concatenate([one[2] for one in sets])
    weight = np.concatenate([np.full(len(one[2]), one[3]) for one in sets])
    names = [feature.name for feature in FEATURES]
    chance = lgb.train(
        {**PARAMETERS, "objective": "binary"}, lgb.Dataset(values, right, weight=weight, feature_name=names), ROUNDS
    )
    ranked = sets[:2]
    order = lgb.train(
        {**PARAMETERS, "objective": "lambdarank", "lambdarank_truncation_level": 8},
        lgb.Dataset(
            np.concatenate([one[1] for one in ranked]),
            np.concatenate([one[2] for one in ranked]).astype(int),
            group=np.concatenate([np.unique(one[0], return_counts=True)[1] for one in ranked]),
            feature_name=names,
        ),
        ROUNDS,
    )
    chance.save_model(options.out / "chance.txt")
    order.save_model(options.out / "order.txt")
    raw = [blend(chance, order, one[1]) for one in sets]
    fitted = calibrate(sets, raw)
    (options.out / "ranker.json").write_text(
        json.dumps({"share_of_chance": SHARE_OF_CHANCE, "features": names, **fitted}, indent=1) + "\n"
    )
    print(fitted)


def changed(names, listed, twin, rng):
    """Names of other companies that are near to listed ones: a word or a number changed, a country added."""
    places = [
        "Chile",
        "Mexico",
        "Japan",
        "Nederland",
        "France",
        "India",
        "Turkey",
        "Canada",
        "Singapore",
        "Deutschland",
    ]
    words = [word for name in names for word in name.split() if len(word) > 3]
    found = []
    for name in rng.sample(names, min(4500, len(names))):
        parts = name.split()
        kind = rng.randrange(5)
        if kind <= 1:
            parts.insert(rng.randint(1, len(parts)), rng.choice(places))
        elif kind == 2:
            if any(part.isdigit() for part in parts):
                parts = [str(int(part) + rng.randint(1, 3)) if part.isdigit() else part for part in parts]
            else:
                parts.insert(rng.randint(1, len(parts)), str(rng.randint(2, 9)))
        else:
            long = [place for place, part in enumerate(parts) if len(part) > 3]
            if not long:
                continue
            parts[rng.choice(long)] = rng.choice(words)
        text = " ".join(parts)
        if twin(text) not in listed:
            found.append(text)
    return found


def hash_of(text: str) -> int:
    """A number for a text, the same in every process."""
    import hashlib

    return int(hashlib.md5(("f" + text).encode()).hexdigest(), 16)


def blend(chance, order, values):
    """The raw score: log odds of the one, rank score of the other."""
    return SHARE_OF_CHANCE * chance.predict(values, raw_score=True) + (1 - SHARE_OF_CHANCE) * 1.2 * order.predict(
        values
    )


def calibrate(sets, raw):
    """Slope and intercept from the best candidate of each query to the probability that it is right."""
    from sklearn.linear_model import LogisticRegression

    best, right, weight = [], [], []
    for (query, _, is_right, _), score, share in zip(sets, raw, (1.0, 1.0, 1.0), strict=True):
        frame = pd.DataFrame({"query": query, "score": score, "right": is_right}).sort_values("score", ascending=False)
        top = frame.drop_duplicates("query")
        best += list(top.score)
        right += list(top.right)
        weight += [share] * len(top)
    model = LogisticRegression(C=1e6).fit(np.asarray(best)[:, None], right, sample_weight=weight)
    return {"slope": round(float(model.coef_[0, 0]), 4), "intercept": round(float(model.intercept_[0]), 4)}


if __name__ == "__main__":
    main()
