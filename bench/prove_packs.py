"""Whether anything gets out of a pack that may not: random graphs of evidence, packed, unpacked, searched and solved.

    python bench/prove_packs.py [--graphs N] [--first SEED] [--intervals EVERY]

For each graph the selection for a random audience becomes a signed pack. Its bytes are unpacked again; they are searched for every
planted name, id, file name, text and value that may not leave; and the figures that are read from them are taken as a system
of equations, which is solved in floating point by singular values. None of this uses the code that selected: markings,
what is protected and what can be computed are worked out here once more, another way.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
from measured import ROOT, heading, table

sys.path.insert(0, str(ROOT / "tests" / "evidence"))

from random_graphs import Case, random_case

from stopgap.evidence.archive import write_archive
from stopgap.evidence.container import FORMAT, sealed_pack
from stopgap.evidence.graph import Atom, Item, Number
from stopgap.evidence.selection import Selection, select
from stopgap.evidence.withholding import Reason
from stopgap.marking import Marking

MIN_CONTRIBUTORS, DOMINANCE = 3, 0.85
TOLERANCE = 1e-9

Select = Callable[[Any, Marking], Selection]


class Key:
    """A key for packs that nobody receives."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self.name = "prover"
        self._key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        raw = self._key.public_key().public_bytes_raw()
        self.fingerprint = f"sha256:{hashlib.sha256(raw).hexdigest()}"

    def sign(self, message: bytes) -> bytes:
        """The signature of a message."""
        return self._key.sign(message)


def packed(case: Case, selection: Selection, key: Key) -> bytes:
    """The pack of a selection: each item with its text, its rows as CSV, its numbers."""
    graph, goes = case.graph, set(selection.items)
    payload: dict[str, bytes] = {"index.html": b"<!doctype html><title>Evidence</title>"}
    entries = []
    for name in selection.items:
        item, marking = graph.item[name], graph.effective[name]
        stem = f"{marking.tlp.slug}_{case.files[name]}"
        document = {"id": name, "title": item.title, "text": case.texts[name], "marking": marking.as_dict()}
        document["numbers"] = {
            each.id: each.value
            for each in graph.numbers
            if each.item == name and each.id in selection.numbers
        }
        document["derived"] = {
            each.id: _ratio([graph.number[part].value for part in each.of])
            for each in graph.derived
            if each.item == name and each.id in selection.derived
        }
        files = {f"items/{stem}": json.dumps(document, sort_keys=True).encode()}
        rows = [atom for atom in graph.atoms if atom.item == name and atom.id in selection.atoms]
        if rows:
            files[f"rows/{stem}.csv"] = _csv(rows, case.names)
        payload |= files
        entries.append(
            {
                "id": name,
                "kind": item.kind,
                "title": item.title,
                "marking": marking.as_dict(),
                "own_marking": item.own.as_dict() if item.own and item.own.fits(case.audience) else None,
                "inputs": [other for other in item.inputs if other in goes],
                "files": sorted(files),
                "release": None,
            }
        )
    evidence = {
        "format": FORMAT, "name": "random", "episode": "random", "as_of": "v1", "made_at": "2026-01-01T00:00:00Z",
        "marking": case.audience.as_dict(), "origin": {"name": key.name, "fingerprint": key.fingerprint},
        "software": {"name": "stopgap", "version": "0", "lock_sha256": "0" * 64},
        "items": entries, "left_out": selection.left_out_summary(), "releases": [],
    }  # fmt: skip
    return write_archive(sealed_pack(payload, evidence, signer=key))


def _csv(rows: Sequence[Atom], names: Mapping[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["row", "company", "contributor", "value"])
    for atom in rows:
        writer.writerow([atom.id, names[atom.id], atom.contributor, "" if atom.value is None else atom.value])
    return text.getvalue().encode()


def _ratio(values: Sequence[float | None]) -> float | None:
    above, below = values
    return above / below if above is not None and below else None


@dataclass(frozen=True)
class Unpacked:
    """What a receiver has.

    Attributes:
        content: All bytes: names of files and contents.
        rows: Ids of the rows in it.
        numbers: Id to value of the numbers in it.
    """

    content: bytes
    rows: frozenset[str]
    numbers: Mapping[str, float]

    @staticmethod
    def of(pack: bytes) -> Unpacked:
        """Unpack with Python's own zip, and read CSV and JSON as anybody would."""
        with zipfile.ZipFile(io.BytesIO(pack)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        rows: set[str] = set()
        numbers: dict[str, float] = {}
        for name, content in files.items():
            if name.startswith("data/rows/"):
                rows |= {row["row"] for row in csv.DictReader(io.StringIO(content.decode()))}
            if name.startswith("data/items/"):
                numbers |= json.loads(content)["numbers"]
        whole = b"\n".join([*(name.encode() for name in files), *files.values()])
        return Unpacked(whole, frozenset(rows), numbers)


@dataclass(frozen=True)
class Judge:
    """What may leave by the markings and the rules, worked out from the graph without the code that selects."""

    case: Case

    @cached_property
    def marking(self) -> dict[str, Marking]:
        """Marking of each item, by recursion."""
        known: dict[str, Marking] = {}

        def of(name: str) -> Marking:
            if name not in known:
                item = self.case.graph.item[name]
                level, lists = 0, []
                for each in [of(other) for other in item.inputs] + ([item.own] if item.own else []):
                    level = max(level, each.tlp)
                    if each.releasable_to is not None:
                        lists.append(set(each.releasable_to))
                plain = Marking(
                    type(self.case.audience.tlp)(level),
                    frozenset(set.intersection(*lists)) if lists else None,
                )
                known[name] = item.release.marking if _has_effect(item, plain) else plain
                if _has_effect(item, plain):
                    self.released.add(name)
            return known[name]

        for name in self.case.graph.item:
            of(name)
        return known

    @cached_property
    def released(self) -> set[str]:
        """Items that a release with effect is about."""
        return set()

    def may(self, name: str) -> bool:
        """Whether an item may go by its marking."""
        marking, audience = self.marking[name], self.case.audience
        if marking.tlp > audience.tlp:
            return False
        if marking.releasable_to is None:
            return True
        return audience.releasable_to is not None and not (audience.releasable_to - marking.releasable_to)

    @cached_property
    def hidden(self) -> list[Atom]:
        """Rows that may not go."""
        return [atom for atom in self.case.graph.atoms if not self.may(atom.item)]

    def vector(self, number: Number) -> np.ndarray:
        """Weights of a number in all rows."""
        weights = np.zeros(len(self.place))
        for name, weight in number.parts.items():
            weights[self.place[name]] = float(weight)
        return weights

    @cached_property
    def place(self) -> dict[str, int]:
        """Column of each row."""
        return {atom.id: column for column, atom in enumerate(self.case.graph.atoms)}

    @cached_property
    def protected(self) -> list[Number]:
        """Numbers that may not be computed: of items that may not go, but for what a release let go; and small cells."""
        return [
            each
            for each in self.case.graph.numbers
            if (not self.may(each.item) and (each.item, frozenset(each.parts.items())) not in self.let_go)
            or (self.may(each.item) and self.is_small(each))
        ]

    @cached_property
    def let_go(self) -> set[tuple[str, frozenset[Any]]]:
        """Items and figures of theirs that a release of something above them lets go."""
        graph = self.case.graph
        return {
            (below, frozenset(each.parts.items()))
            for each in graph.numbers
            if self.may(each.item) and each.item in self.released
            for below in _below(graph.item, each.item)
        }

    @cached_property
    def shares(self) -> list[tuple[str, list[Number]]]:
        """Derived figures that may not be computed: id, and the numbers that they would be computed from."""
        graph = self.case.graph
        found = []
        for each in graph.derived:
            of = [graph.number[name] for name in each.of]
            if not self.may(each.item) and any(
                (each.item, frozenset(number.parts.items())) not in self.let_go for number in of
            ):
                found.append((each.id, of))
        return found

    def is_told_by_rows(self, number: Number) -> bool:
        """Whether a small cell holds nothing but missing values and 0: then the number says no more than open rows do."""
        return self.may(number.item) and not any(
            number.parts.get(atom.id) and atom.value for atom in self.hidden
        )

    def is_small(self, number: Number) -> bool:
        """Whether the hidden part of a number has too few contributors, or one that dominates."""
        parts: Counter[str] = Counter()
        hidden = [atom for atom in self.hidden if number.parts.get(atom.id)]
        for atom in hidden:
            parts[atom.contributor] += float(number.parts[atom.id]) * (atom.value or 0.0)
        sizes = sorted(abs(part) for part in parts.values() if abs(part) > 1e-7)
        return bool(hidden) and (
            len(sizes) < MIN_CONTRIBUTORS or sizes[-1] > DOMINANCE * sum(sizes) * (1 + 1e-12)
        )


def _has_effect(item: Item, before: Marking) -> bool:
    release = item.release
    if release is None or release.item != item.id or not release.why.strip() or not item.is_aggregate:
        return False
    if item.kind not in {"finding", "extract", "verdict", "number"} or release.marking.tlp > before.tlp:
        return False
    after, was = release.marking.releasable_to, before.releasable_to
    if after is None:
        return True
    return release.marking.tlp < before.tlp if was is None else not (was - after)


def _below(items: Mapping[str, Item], name: str) -> Iterator[str]:
    yield name
    for other in items[name].inputs:
        yield from _below(items, other)


@dataclass
class Findings:
    """What was found, over all graphs."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    needless: list[str] = field(default_factory=list)
    seconds: Counter[str] = field(default_factory=Counter)
    widths: list[float] = field(default_factory=list)


def prove(case: Case, found: Findings, key: Key, choose: Select = select, *, label: str = "") -> Unpacked:
    """Pack, unpack, search and solve one graph."""
    started = time.perf_counter()
    selection = choose(case.graph, case.audience)
    found.seconds["selecting"] += time.perf_counter() - started
    started = time.perf_counter()
    pack = Unpacked.of(packed(case, selection, key))
    found.seconds["packing and unpacking"] += time.perf_counter() - started
    started = time.perf_counter()
    judge = Judge(case)
    for what in [*searched(case, judge, pack, found), *solved(judge, pack, found)]:
        found.faults.append(f"{label}: {what}")
    told = [each for each in selection.numbers_withheld.values() if each == Reason.SUBTRACTION]
    found.counts["withheld for what would follow"] += len(selection.atoms_withheld) + len(told)
    for what in needless(judge, selection, pack):
        found.counts["withheld though nothing would follow"] += 1
        found.needless.append(f"{label}: {what}")
    counted(judge, selection, pack, found)
    found.seconds["searching and solving"] += time.perf_counter() - started
    return pack


def searched(case: Case, judge: Judge, pack: Unpacked, found: Findings) -> Iterator[str]:
    """Planted strings in the bytes that may not be there."""
    graph = case.graph
    allowed = {item.id for item in graph.items if judge.may(item.id)}
    canaries: list[tuple[str, str]] = []
    for item in graph.items:
        if item.id not in allowed:
            canaries += [
                ("id", item.id),
                ("title", item.title),
                ("text", case.texts[item.id]),
                ("file name", case.files[item.id]),
            ]
    for atom in judge.hidden:
        canaries += [("row", atom.id), ("name", case.names[atom.id]), *_digits("value of a row", atom.value)]
    for number in judge.protected:
        if not judge.may(number.item):
            canaries.append(("number", number.id))
        if not judge.is_told_by_rows(number):
            canaries += _digits("value of a number", number.value)
    found.counts["canaries searched"] += len(canaries)
    for kind, text in canaries:
        if text.encode() in pack.content:
            found.counts["canaries found"] += 1
            yield f"{kind} {text} is in the pack"


def _digits(kind: str, value: float | None) -> list[tuple[str, str]]:
    """A value as it would be written; values without digits of their own are no canaries."""
    return [(kind, repr(abs(value)))] if value and len(repr(abs(value))) >= 8 else []


def solved(judge: Judge, pack: Unpacked, found: Findings) -> Iterator[str]:
    """Protected values that follow from what is in the pack."""
    atoms = judge.case.graph.atoms
    number = judge.case.graph.number
    equations = [judge.vector(number[name]) for name in pack.numbers]
    known = np.array([atom.id in pack.rows for atom in atoms], dtype=bool)
    empty = np.array([not atom.value for atom in atoms], dtype=bool)
    open_rows = np.array([judge.may(atom.item) for atom in atoms], dtype=bool)
    values = np.array([atom.value or 0.0 for atom in atoms])
    targets = [(f"row {atom.id}", _unit(judge.place[atom.id], len(atoms))) for atom in judge.hidden]
    targets += [(f"number {each.id}", judge.vector(each)) for each in judge.protected]
    for reader, free in (
        ("the pack alone", ~known),
        ("the pack, and where values are missing or 0", ~known & ~empty),
        ("the pack, all rows that may go, and where values are missing or 0", ~open_rows & ~empty),
    ):
        system = np.array([row[free] for row in equations]).reshape(len(equations), int(free.sum()))
        space = _row_space(system)
        for name, vector in targets:
            unknown = vector[free]
            if not unknown.any():
                continue
            found.counts["protected values solved for"] += 1
            unknown = unknown / np.linalg.norm(unknown)
            if np.linalg.norm(unknown - space.T @ (space @ unknown)) < 1e-7:
                found.counts["protected values found"] += 1
                yield f"{name} follows from {reader}: {vector @ values:.6f}"
        if reader == "the pack alone":
            for name, of in judge.shares:
                found.counts["protected values solved for"] += 1
                vectors = [judge.vector(each)[free] for each in of]
                if all(
                    np.linalg.norm(each - space.T @ (space @ each)) < 1e-7 * np.linalg.norm(each) + 1e-9
                    for each in vectors
                ):
                    found.counts["protected values found"] += 1
                    yield f"share {name} follows from {reader}"
        yield from _few(judge, space, free, open_rows, empty, found)
    for each in judge.protected:  # what rests on nothing unknown is known to whoever has the pack alone
        vector = judge.vector(each)
        if judge.is_told_by_rows(each):
            continue
        if vector[~empty].any() and not vector[~known & ~empty].any():
            found.counts["protected values found"] += 1
            yield f"number {each.id} is a sum of rows in the pack"


def needless(judge: Judge, selection: Selection, pack: Unpacked) -> Iterator[str]:
    """Rows and numbers that were said to reveal something, and with which nothing follows that may not."""
    number = judge.case.graph.number
    for name in selection.atoms_withheld:
        if not any(solved(judge, replace(pack, rows=pack.rows | {name}), Findings())):
            yield f"row {name}"
    for name, reason in selection.numbers_withheld.items():
        if reason == Reason.SUBTRACTION:
            more = {**pack.numbers, name: number[name].value or 0.0}
            if not any(solved(judge, replace(pack, numbers=more), Findings())):
                yield f"number {name}"


def _few(
    judge: Judge,
    space: np.ndarray,
    free: np.ndarray,
    open_rows: np.ndarray,
    empty: np.ndarray,
    found: Findings,
) -> Iterator[str]:
    """Hidden cells of one or two contributors that follow: combinations that vanish outside their rows."""
    who = np.array([atom.contributor for atom in judge.case.graph.atoms])[free]
    usable = (~open_rows & ~empty)[free]
    if not usable.any() or not len(space):
        return
    for some in combinations(sorted(set(who[usable])), min(2, len(set(who[usable])))):
        outside = ~(usable & np.isin(who, some))
        found.counts["pairs of contributors"] += 1
        rank = np.linalg.matrix_rank(space[:, outside], tol=1e-7) if outside.any() else 0
        if rank < len(space):
            found.counts["cells of two found"] += 1
            yield f"a cell of {some} follows"


def _unit(place: int, length: int) -> np.ndarray:
    vector = np.zeros(length)
    vector[place] = 1.0
    return vector


def _row_space(system: np.ndarray) -> np.ndarray:
    """An orthonormal basis of what is linear in equations."""
    if not system.size:
        return np.zeros((0, system.shape[1]))
    _, sizes, right = np.linalg.svd(system, full_matrices=False)
    return right[sizes > TOLERANCE * max(system.shape) * max(float(sizes[0]), 1.0)]


def counted(judge: Judge, selection: Selection, pack: Unpacked, found: Findings) -> None:
    """What went, what did not, and how much of what could have gone."""
    graph = judge.case.graph
    found.counts["graphs"] += 1
    found.counts["items"] += len(graph.items)
    found.counts["items kept"] += len(selection.items)
    found.counts["items that may go"] += sum(judge.may(item.id) for item in graph.items)
    found.counts["rows"] += len(graph.atoms)
    found.counts["rows kept"] += len(pack.rows)
    found.counts["rows that may go"] += sum(judge.may(atom.item) for atom in graph.atoms)
    found.counts["numbers"] += len(graph.numbers)
    found.counts["numbers kept"] += len(pack.numbers)
    found.counts["numbers that may go"] += sum(judge.may(each.item) for each in graph.numbers)
    for entry in selection.left_out_summary():
        found.reasons[f"{entry['kind']}: {entry['reason']}"] += int(str(entry["count"]))


def intervals(judge: Judge, pack: Unpacked) -> Iterator[float]:
    """Width of what a hidden row can be, as a share of it, for one who knows that no value is negative."""
    from scipy.optimize import linprog

    atoms = judge.case.graph.atoms
    if any((atom.value or 0.0) < 0 for atom in atoms):
        return
    values = np.array([atom.value or 0.0 for atom in atoms])
    free = np.array([not judge.may(atom.item) and bool(atom.value) for atom in atoms], dtype=bool)
    if not free.any():
        return
    rows = [judge.vector(judge.case.graph.number[name])[free] for name in pack.numbers]
    rows = [row for row in rows if row.any()]
    if not rows:
        return
    system = np.array(rows) * 1.0
    truth, scale = values[free], float(values[free].max())
    for column in range(len(truth)):
        if not system[:, column].any():
            continue
        aim = _unit(column, len(truth))
        ends = []
        for sign in (1, -1):
            result = linprog(
                sign * aim, A_eq=system, b_eq=system @ truth / scale, bounds=(0, None), method="highs"
            )
            ends.append(sign * result.fun if result.status == 0 else sign * -np.inf)
        yield (ends[1] - ends[0]) * scale / float(truth[column])


def run(seeds: Iterable[int], every: int) -> Findings:
    """Prove many graphs; every so many of them also get intervals."""
    found, key = Findings(), Key()
    for place, seed in enumerate(seeds):
        case = random_case(seed)
        pack = prove(case, found, key, label=f"seed {seed}")
        if every and place % every == 0:
            found.widths.extend(intervals(Judge(case), pack))
    return found


def report(found: Findings) -> None:
    """Print the tables."""
    counts = found.counts
    table(["", "all", "may go by marking", "went", "share of what may"], [
        [what, counts[what], counts[f"{what} that may go"], counts[f"{what} kept"],
         f"{counts[f'{what} kept'] / max(counts[f'{what} that may go'], 1):.1%}"]
        for what in ("items", "rows", "numbers")
    ])  # fmt: skip
    table(["proof", "count"], [[name, counts[name]] for name in (
        "graphs", "canaries searched", "canaries found", "protected values solved for", "protected values found",
        "pairs of contributors", "cells of two found", "withheld for what would follow",
        "withheld though nothing would follow",
    )])  # fmt: skip
    table(["left out", "count"], sorted(found.reasons.items()))
    table(["seconds", ""], [[name, f"{value:.0f}"] for name, value in found.seconds.items()])
    if found.widths:
        widths = np.array(found.widths)
        finite = widths[np.isfinite(widths)]
        table(["interval of a hidden row in a published sum, as a share of its value", "rows"], [
            ["looked at", len(widths)], ["below 10 %", int((finite < 0.1).sum())],
            ["10 % to 50 %", int(((finite >= 0.1) & (finite < 0.5)).sum())],
            ["50 % to 100 %", int(((finite >= 0.5) & (finite < 1)).sum())],
            ["100 % and above", int((finite >= 1).sum()) + len(widths) - len(finite)],
        ])  # fmt: skip
    for fault in found.faults[:20]:
        print(f"LEAK {fault}")


def main() -> None:
    """Read the arguments, prove, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--graphs", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--intervals", type=int, default=20, metavar="EVERY", help="0 for none")
    options = parser.parse_args()
    heading(f"What may leave: {options.graphs} random graphs", "numpy", "scipy")
    found = run(range(options.first, options.first + options.graphs), options.intervals)
    report(found)
    sys.exit(1 if found.faults else 0)


if __name__ == "__main__":
    main()
