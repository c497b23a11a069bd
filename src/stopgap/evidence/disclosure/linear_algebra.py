"""Linear inference: which protected figures, and which cells too small to show, published figures reveal.

Pure. The rules, their sources and the proof that nothing protected can be computed from what is published:
docs/methods/disclosure.md.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from stopgap.evidence.disclosure.graph import Atom
from stopgap.evidence.disclosure.modular_rank import (
    PRIME,
    Echelon,
    RankChange,
    Residues,
    combinations_within,
    fraction_of,
    is_sum,
    reduced_modulo,
    without_column,
)

MOST_SUBSETS = 20_000
"""Maximum number of sets of contributors to check; with more, only pairs of contributors are checked."""

MOST_RATIOS = 16
"""Maximum number of weight ratios of two figures to check; with more, only their difference and sum are checked."""

_SLACK = 1e-9

_LOOKED_AT = 64


@dataclass(frozen=True)
class CellRule:
    """Rule for cells too small to show: too few contributors with a part other than 0, or a dominant one.

    ``min_contributors`` is the smallest number of contributors allowed, ``dominance`` the largest share of one of them
    in the sum of all contributors' absolute parts.
    """

    min_contributors: int = 3
    dominance: Fraction = Fraction(17, 20)

    def is_small(self, nets: Iterable[int]) -> bool:
        """Return whether a sum of contributors' parts is too small a cell. Parts of 0 hide nothing and do not count."""
        sizes = [abs(net) for net in nets if net]
        if len(sizes) < max(self.min_contributors, 1):
            return True
        return max(sizes) > self.dominance * sum(sizes)

    def is_dominated(self, nets: NDArray[np.float64]) -> bool:
        """Return whether one contributor's share is too large; the limit is slightly lower, as floats are rounded."""
        sizes = np.abs(nets)
        limit = float(self.dominance) * float(sizes.sum()) * (1 - _SLACK)
        return bool(sizes.size) and float(sizes.max()) > limit


@dataclass(frozen=True)
class LinearFigure:
    """A linear figure that may be published; ``place`` is its index among all figures.

    ``weights`` (column to weight) are integers without a common divisor. ``vector`` holds them as residues, followed by
    each contributor's part, and by one column for each figure, with 1 in its own. ``plain`` is the array of weights,
    ``None`` where one does not fit into 31 bits; ``distinct`` is the set of weights.
    """

    place: int
    weights: dict[int, int]
    vector: Residues
    plain: Residues | None
    distinct: frozenset[int]


@dataclass(frozen=True)
class Trial:
    """Outcome of publishing one more figure: what a reader could then compute.

    ``change`` is the change of the echelon form, ``None`` if the figure follows from those published; ``protected`` are
    the protected figures, reduced by the new figure too; ``reveals`` states whether the reader could compute something
    protected; ``small`` are the small cells that could be computed.
    """

    change: RankChange | None
    protected: Residues
    reveals: bool = False
    small: tuple[Residues, ...] = ()

    @property
    def adds_nothing(self) -> bool:
        """Whether the figure can be computed from those already published."""
        return self.change is None and not self.reveals


class Intruder:
    """Model of a reader who has all published figures, and computes all their linear combinations.

    Rows of the evidence with the same weight in every figure share one column: no figure distinguishes them.
    """

    def __init__(
        self, atoms: Sequence[Atom], hidden: frozenset[str], figures: Mapping[str, Mapping[str, int]], rule: CellRule
    ) -> None:
        """Create a reader without any published figure, who does not know the values of ``atoms``.

        ``hidden`` are the ids of atoms that must not be revealed, to which the rule for small cells applies.
        ``figures`` are all figures that may be published or protected, by id: integer weights by atom, on any scale.
        """
        self._rule = rule
        groups = _grouped(atoms, figures)
        inside = [[atom for atom in group if atom.id in hidden] for group in groups.values()]
        self._hidden = np.array([bool(group) for group in inside], dtype=bool)
        units = [bool(group) and len(all_of) == 1 for group, all_of in zip(inside, groups.values(), strict=True)]
        self._units = np.array(units, dtype=bool)
        self._owners, parts = _contributions(inside)
        self._columns, self._contributors = len(inside), 1 + max(map(max, filter(None, self._owners)), default=-1)
        self._parts = np.zeros((self._columns, self._contributors))
        for column, nets in enumerate(parts):
            for owner, net in nets.items():
                self._parts[column, owner] = net
        vectors: dict[str, dict[int, int]] = {name: {} for name in figures}
        for column, signature in enumerate(groups):
            for name, weight in signature:
                vectors[name][column] = weight
        self._width = self._columns + self._contributors + len(vectors)
        self.figures = {
            name: self._figure(place, vector, parts) for place, (name, vector) in enumerate(vectors.items())
        }
        self._by_place = list(self.figures.values())
        present = np.array([figure.vector[: self._columns] != 0 for figure in self._by_place], dtype=bool)
        present = present.reshape(len(self._by_place), self._columns)
        present = (present & self._hidden).astype(np.float32)
        self._shared = present @ present.T  # float32 counts exactly up to 2**24 rows
        self.forget()

    def _figure(self, place: int, vector: Mapping[int, int], parts: Sequence[Mapping[int, int]]) -> LinearFigure:
        divisor = math.gcd(*vector.values()) or 1
        weights = {column: weight // divisor for column, weight in vector.items()}
        nets: dict[int, int] = {}
        for column, weight in weights.items():
            for owner, net in parts[column].items():
                nets[owner] = nets.get(owner, 0) + weight * net
        residues = np.zeros(self._width, dtype=np.int64)
        for column, weight in weights.items():
            residues[column] = weight % PRIME
        for owner, net in nets.items():
            residues[self._columns + owner] = net % PRIME
        residues[self._columns + self._contributors + place] = 1
        plain = None
        if all(abs(weight) < PRIME for weight in weights.values()):
            plain = np.zeros(self._columns, dtype=np.int64)
            plain[list(weights)] = list(weights.values())
        return LinearFigure(place, weights, residues, plain, frozenset(weights.values()))

    def forget(self, protected: Iterable[Residues] = ()) -> None:
        """Reset to nothing published; each hidden row and the figures in ``protected`` must not be computable."""
        self._echelon = Echelon(self._columns, self._width, len(self.figures))
        self._published: list[LinearFigure] = []
        kept = [vector for vector in protected if vector[: self._columns].any()]
        self._protected = np.array(kept, dtype=np.int64).reshape(len(kept), self._width)

    def protect(self, vectors: Iterable[Residues]) -> None:
        """Protect further figures from being computed. None may already be computable from the published ones."""
        new = [self._echelon.residual(vector)[None] for vector in vectors]
        self._protected = np.concatenate([self._protected, *new])

    def state(self) -> tuple[Echelon, list[LinearFigure], Residues]:
        """Return a copy of the current state, for :meth:`restore`."""
        return self._echelon.copy(), list(self._published), self._protected

    def restore(self, state: tuple[Echelon, list[LinearFigure], Residues]) -> None:
        """Reset to a state that :meth:`state` returned."""
        self._echelon, self._published, self._protected = state

    def trial(self, name: str) -> Trial:
        """Determine what publishing a figure would let this reader compute, without publishing it."""
        figure = self.figures[name]
        residual = self._echelon.residual(figure.vector)
        differences = self._small_differences(figure)
        if not residual[: self._columns].any():
            return Trial(None, self._protected, reveals=not self._follows(figure, residual), small=differences)
        change = self._echelon.change(residual)
        rows = change.rows[:, : self._columns]
        single = rows[np.count_nonzero(rows, axis=1) == 1]
        protected = self._protected
        if touched := protected[:, change.pivot].any():
            protected = without_column(protected, change.rows[-1], change.pivot)
        reveals = (single[:, self._units] != 0).any() or (
            touched and not protected[:, : self._columns].any(axis=1).all()
        )
        return Trial(change, protected, bool(reveals), differences + self._small_rows(change.rows))

    def publish(self, name: str, trial: Trial) -> None:
        """Publish a figure; ``trial`` is the result of its :meth:`trial`."""
        self._published.append(self.figures[name])
        self._protected = trial.protected
        if trial.change is not None:
            self._echelon.add(trial.change)

    def small_cells(self) -> list[Residues]:
        """Return cells with too few contributors that are linear combinations of the published figures."""
        size = self._rule.min_contributors - 1
        own = np.array([len(owners) <= size for owners in self._owners], dtype=bool) & self._hidden
        pivots = [(row, self._owners[column]) for row, column in enumerate(self._echelon.pivots) if own[column]]
        found: list[Residues] = []
        for some in self._subsets(range(self._contributors), size):
            rows = [row for row, owners in pivots if owners <= some]
            if rows:
                outside = np.array([not owners <= some for owners in self._owners], dtype=bool) | ~self._hidden
                found.extend(combinations_within(self._echelon.rows[rows], outside))
        return found

    def _subsets(self, names: Sequence[int], size: int) -> Iterator[frozenset[int]]:
        if size < 1:
            return iter(())
        size = min(size, len(names))
        if math.comb(len(names), size) > MOST_SUBSETS:
            size = min(size, 2)
        return map(frozenset, combinations(names, size))

    def _follows(self, figure: LinearFigure, residual: Residues) -> bool:
        """Return whether a figure that reduces to 0 modulo the prime is an exact combination of published figures."""
        combination = residual[self._columns + self._contributors :]
        factors: list[tuple[Fraction, dict[int, int]]] = []
        for place in map(int, np.flatnonzero(combination)):
            if place != figure.place:
                factor = fraction_of(PRIME - int(combination[place]))
                if factor is None:
                    return False
                factors.append((factor, self._by_place[place].weights))
        return is_sum(figure.weights, factors)

    def _small_rows(self, rows: Residues) -> tuple[Residues, ...]:
        """Return the rows of the echelon form that are small cells."""
        weights = rows[:, : self._columns]
        counts = np.count_nonzero(self._nets(rows), axis=1)
        return tuple(
            row
            for row, count, told in zip(rows, counts, weights * self._hidden, strict=True)
            if (count < self._rule.min_contributors and told.any()) or self._is_dominated_sum(told)
        )

    def _is_dominated_sum(self, weights: Residues) -> bool:
        """Return whether few distinct weights of one sign sum hidden rows, and one contributor dominates the sum."""
        present = weights[weights != 0]
        if not present.size or len(set(present[:_LOOKED_AT].tolist())) > MOST_RATIOS:
            return False
        distinct = np.unique(present)
        fractions = [fraction_of(int(weight)) for weight in distinct[: MOST_RATIOS + 1]]
        told = [float(fraction) for fraction in fractions if fraction is not None]
        if len(distinct) > MOST_RATIOS or len(told) < len(fractions) or min(told) * max(told) < 0:
            return False
        cell = np.zeros(self._columns)
        for weight, value in zip(distinct, told, strict=True):
            cell[weights == weight] = value
        return self._rule.is_dominated(cell @ self._parts)

    def _nets(self, rows: Residues) -> Residues:
        return rows[..., self._columns : self._columns + self._contributors]

    def _small_differences(self, figure: LinearFigure) -> tuple[Residues, ...]:
        """Return small cells among differences of a figure and multiples of published ones that share hidden rows."""
        found = []
        sizes = self._shared.diagonal()
        for other in self._published:
            shared = self._shared[figure.place, other.place]
            if not shared:
                continue
            nested = shared in (sizes[figure.place], sizes[other.place])
            for mine, theirs in _ratios(figure, other):
                nets = _difference(self._nets(figure.vector), self._nets(other.vector), mine, theirs)
                few = np.count_nonzero(nets) < self._rule.min_contributors
                if few or (nested and self._is_dominated_difference(figure, other, mine, theirs)):
                    row = _difference(figure.vector, other.vector, mine, theirs)
                    if row[: self._columns][self._hidden].any():
                        found.append(row)
        return tuple(found)

    def _is_dominated_difference(self, figure: LinearFigure, other: LinearFigure, mine: int, theirs: int) -> bool:
        """Return whether a difference sums hidden rows with weights of one sign, and one contributor dominates it."""
        if figure.plain is None or other.plain is None:
            return False
        weights = (theirs * figure.plain - mine * other.plain) * self._hidden
        if weights.min() < 0 < weights.max():
            return False
        return self._rule.is_dominated(weights.astype(float) @ self._parts)


def _difference(one: Residues, other: Residues, mine: int, theirs: int) -> Residues:
    """Return ``theirs * one - mine * other``, modulo the prime."""
    return reduced_modulo(reduced_modulo(one * (theirs % PRIME)) + other * (-mine % PRIME))


def _grouped(
    atoms: Sequence[Atom], figures: Mapping[str, Mapping[str, int]]
) -> dict[tuple[tuple[str, int], ...], list[Atom]]:
    """Group atoms by their weights in all figures; atoms in no figure are omitted."""
    signatures: dict[str, list[tuple[str, int]]] = {atom.id: [] for atom in atoms}
    for name, parts in figures.items():
        for atom_id, weight in parts.items():
            if weight and atom_id in signatures:
                signatures[atom_id].append((name, weight))
    groups: dict[tuple[tuple[str, int], ...], list[Atom]] = {}
    for atom in atoms:
        if signatures[atom.id]:
            groups.setdefault(tuple(signatures[atom.id]), []).append(atom)
    # Contributors take turns, so that pivots, which are the first columns that are free, are spread over all of them.
    turns: Counter[str] = Counter()
    keyed: list[tuple[int, int, tuple[tuple[str, int], ...]]] = []
    for signature, group in groups.items():
        turns[group[0].contributor] += 1
        keyed.append((turns[group[0].contributor], len(keyed), signature))
    return {signature: groups[signature] for _, _, signature in sorted(keyed)}


def _contributions(groups: Sequence[Sequence[Atom]]) -> tuple[list[frozenset[int]], list[dict[int, int]]]:
    """Return, for each group, the contributors with values other than 0, and each contributor's sum.

    Contributors are numbered; sums are integers on one common scale.
    """
    names = sorted({atom.contributor for group in groups for atom in group if atom.value})
    place = {name: number for number, name in enumerate(names)}
    ratios = {atom.id: atom.value.as_integer_ratio() for group in groups for atom in group if atom.value}
    scale = math.lcm(1, *(bottom for _, bottom in ratios.values()))
    parts: list[dict[int, int]] = []
    for group in groups:
        nets: dict[int, int] = {}
        for atom in group:
            if atom.id in ratios:
                top, bottom = ratios[atom.id]
                owner = place[atom.contributor]
                nets[owner] = nets.get(owner, 0) + top * (scale // bottom)
        parts.append(nets)
    return [frozenset(nets) for nets in parts], parts


def _ratios(one: LinearFigure, other: LinearFigure) -> Iterable[tuple[int, int]]:
    """Return the pairs of factors with which subtracting one figure from another may cancel a row."""
    if len(one.distinct) * len(other.distinct) > MOST_RATIOS:
        return ((1, 1), (-1, 1))
    ratios = {Fraction(mine, theirs) for mine in one.distinct for theirs in other.distinct}
    return [ratio.as_integer_ratio() for ratio in sorted(ratios)]
