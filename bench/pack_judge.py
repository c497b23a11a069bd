"""What may leave by the markings, and what a receiver can find out, without the code that selects.

Markings are worked out by recursion, and systems of equations solved in floating point by singular values: another way than
the package's, so that both can be held against each other.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
from random_graphs import Case

from stopgap.base.marking import Marking
from stopgap.evidence.disclosure.complementary_suppression import Reason
from stopgap.evidence.disclosure.graph import Atom, Item, LinearNumber
from stopgap.evidence.disclosure.selection import Selection

MIN_CONTRIBUTORS, DOMINANCE = 3, 0.85
TOLERANCE = 1e-9


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
                    type(self.case.audience.tlp)(level), frozenset(set.intersection(*lists)) if lists else None
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

    def vector(self, number: LinearNumber) -> np.ndarray:
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
    def protected(self) -> list[LinearNumber]:
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
    def shares(self) -> list[tuple[str, list[LinearNumber]]]:
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

    def is_told_by_rows(self, number: LinearNumber) -> bool:
        """Whether a small cell holds nothing but missing values and 0: then the number says no more than open rows do."""
        return self.may(number.item) and not any(number.parts.get(atom.id) and atom.value for atom in self.hidden)

    def is_small(self, number: LinearNumber) -> bool:
        """Whether the hidden part of a number has too few contributors, or one that dominates."""
        parts: Counter[str] = Counter()
        hidden = [atom for atom in self.hidden if number.parts.get(atom.id)]
        for atom in hidden:
            parts[atom.contributor] += float(number.parts[atom.id]) * (atom.value or 0.0)
        sizes = sorted(abs(part) for part in parts.values() if abs(part) > 1e-7)
        return bool(hidden) and (len(sizes) < MIN_CONTRIBUTORS or sizes[-1] > DOMINANCE * sum(sizes) * (1 + 1e-12))


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
    widths: dict[str, list[float]] = field(default_factory=lambda: {"nobody's": [], "one contributor's": []})


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
    judge: Judge, space: np.ndarray, free: np.ndarray, open_rows: np.ndarray, empty: np.ndarray, found: Findings
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


def intervals(judge: Judge, pack: Unpacked, insider: str | None = None) -> Iterator[float]:
    """Width of what a hidden row can be, as a share of it, for one who knows that no value is negative.

    Args:
        judge: The graph.
        pack: What is published.
        insider: Contributor who knows its own rows besides; ``None`` for one who does not.
    """
    from scipy.optimize import linprog

    atoms = judge.case.graph.atoms
    if any((atom.value or 0.0) < 0 for atom in atoms):
        return
    values = np.array([atom.value or 0.0 for atom in atoms])
    free = np.array(
        [not judge.may(atom.item) and bool(atom.value) and atom.contributor != insider for atom in atoms], dtype=bool
    )
    rows = [judge.vector(judge.case.graph.number[name])[free] for name in pack.numbers]
    rows = [row for row in rows if row.any()]
    system = np.array(rows).reshape(len(rows), int(free.sum()))
    truth = values[free] / max(float(values.max(initial=0.0)), 1.0)
    for column in np.flatnonzero(system.any(axis=0)) if len(system) else ():
        aim, ends = _unit(column, len(truth)), []
        for sign in (1, -1):
            result = linprog(sign * aim, A_eq=system, b_eq=system @ truth, bounds=(0, None), method="highs")
            ends.append(sign * result.fun if result.status == 0 else -sign * np.inf)
        yield (ends[1] - ends[0]) / float(truth[column])
