"""What published figures give away: exact linear algebra over rows, and cells too small to be shown.

Pure and exact: whole numbers without limit, never floating point. The rules, their sources and the proof that nothing
protected can be computed from what is published: docs/methods/disclosure.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import combinations, islice

from stopgap.evidence.graph import Atom

MOST_SUBSETS = 20_000
"""With more sets of contributors than this, only pairs of them are looked at."""

MOST_RATIOS = 16
"""With more ratios between the weights of two figures than this, only their plain difference and sum are looked at."""

_TRIED_PIVOTS = 32


@dataclass(frozen=True)
class CellRule:
    """When a cell is too small to be shown.

    Attributes:
        min_contributors: Fewest contributors whose part is not 0.
        dominance: Largest share that one contributor may have in the sum of all contributors' absolute parts.
    """

    min_contributors: int = 3
    dominance: Fraction = Fraction(17, 20)

    def is_small(self, nets: Iterable[int], *, is_cell: bool) -> bool:
        """Whether what each contributor has in a figure makes it too small.

        Args:
            nets: Each contributor's part. A part of 0 hides nobody and does not count.
            is_cell: Whether the figure is a plain sum of rows; dominance is judged of nothing else.
        """
        sizes = [abs(net) for net in nets if net]
        if len(sizes) < max(self.min_contributors, 1):
            return True
        return is_cell and max(sizes) > self.dominance * sum(sizes)


@dataclass(frozen=True)
class Row:
    """A linear figure: its weights by column, without common divisor, and each contributor's part in it."""

    weights: Mapping[int, int]
    nets: tuple[int, ...]

    @cached_property
    def mask(self) -> int:
        """Its columns as bits."""
        bits = bytearray(max(self.weights, default=0) // 8 + 1)
        for column in self.weights:
            bits[column >> 3] |= 1 << (column & 7)
        return int.from_bytes(bits, "little")

    @cached_property
    def distinct(self) -> frozenset[int]:
        """Weights that occur in it."""
        return frozenset(self.weights.values())

    def minus(self, other: Row, mine: int, theirs: int) -> Row:
        """``theirs`` times this figure less ``mine`` times another."""
        weights = {column: theirs * weight for column, weight in self.weights.items()}
        for column, weight in other.weights.items():
            value = weights.get(column, 0) - mine * weight
            if value:
                weights[column] = value
            else:
                weights.pop(column, None)
        nets = [theirs * net - mine * taken for net, taken in zip(self.nets, other.nets, strict=True)]
        divisor = math.gcd(*weights.values())
        if divisor > 1:
            weights = {column: weight // divisor for column, weight in weights.items()}
            nets = [net // divisor for net in nets]
        return Row(weights, tuple(nets))

    def without(self, other: Row, column: int) -> Row:
        """This figure with as much of another taken off that a column vanishes."""
        mine, theirs = self.weights[column], other.weights[column]
        divisor = math.gcd(mine, theirs)
        return self.minus(other, mine // divisor, theirs // divisor)

    def is_multiple_of(self, other: Row) -> bool:
        """Whether both say the same up to a factor. Neither has a common divisor, so the factor is 1 or -1."""
        if self.weights.keys() != other.weights.keys():
            return False
        return self.weights == other.weights or all(
            weight == -other.weights[column] for column, weight in self.weights.items()
        )


@dataclass(frozen=True)
class Trial:
    """What publishing one more figure would let a reader compute.

    Attributes:
        residual: What it adds to what is published; without weights where it follows from that.
        pivot: Column that the new row of the echelon form is known by; ``None`` where nothing is added.
        changed: Rows of the echelon form that change, by pivot, the new one among them.
        reveals: Whether something protected could then be computed.
        small: Cells too small that could then be computed.
    """

    residual: Row
    pivot: int | None = None
    changed: Mapping[int, Row] = field(default_factory=dict)
    reveals: bool = False
    small: tuple[Row, ...] = ()


class Reader:
    """Somebody who has what is published, and all that follows from it by addition and subtraction.

    Rows of the evidence that have the same weight in every figure are one column: no figure tells them apart. What is
    published is held as a reduced row echelon form, so that a figure follows from it exactly if it reduces to nothing.
    """

    def __init__(
        self,
        atoms: Sequence[Atom],
        hidden: frozenset[str],
        figures: Mapping[str, Mapping[str, Fraction]],
        rule: CellRule,
    ) -> None:
        """A reader who has nothing yet.

        Args:
            atoms: Rows whose values the reader does not know.
            hidden: Ids of those that may not be revealed, and that the rule of small cells is about.
            figures: Every figure that may come up, by id: weights by atom.
            rule: When a cell is too small.
        """
        self._rule = rule
        groups = _grouped(atoms, figures)
        self._columns = [[atom for atom in group if atom.id in hidden] for group in groups.values()]
        self._name_contributors()
        self._hidden = sum(1 << column for column, group in enumerate(self._columns) if group)
        self._all_hidden = all(self._columns)
        self._units = {
            column
            for column, (group, inside) in enumerate(zip(groups.values(), self._columns, strict=True))
            if inside and len(group) == 1
        }
        vectors: dict[str, dict[int, Fraction]] = {name: {} for name in figures}
        for column, signature in enumerate(groups):
            for name, weight in signature:
                vectors[name][column] = weight
        self.figures = {name: self._figure(vector) for name, vector in vectors.items()}
        self.forget()

    def _name_contributors(self) -> None:
        names = sorted({atom.contributor for group in self._columns for atom in group})
        place = {name: number for number, name in enumerate(names)}
        values = [atom.value for group in self._columns for atom in group if atom.value]
        scale = math.lcm(1, *(value.as_integer_ratio()[1] for value in values))
        self._contributors = len(names)
        self._owners: list[frozenset[int]] = []
        self._nets: list[dict[int, int]] = []
        for group in self._columns:
            nets: dict[int, int] = {}
            for atom in group:
                if atom.value:
                    top, bottom = atom.value.as_integer_ratio()
                    owner = place[atom.contributor]
                    nets[owner] = nets.get(owner, 0) + top * (scale // bottom)
            self._nets.append(nets)
            self._owners.append(frozenset(nets))

    def _figure(self, vector: Mapping[int, Fraction]) -> Row:
        scale = math.lcm(1, *(weight.denominator for weight in vector.values()))
        whole = {column: int(weight * scale) for column, weight in vector.items()}
        divisor = math.gcd(*whole.values()) or 1
        weights = {column: weight // divisor for column, weight in whole.items()}
        nets = [0] * self._contributors
        for column, weight in weights.items():
            for owner, net in self._nets[column].items():
                nets[owner] += weight * net
        return Row(weights, tuple(nets))

    def forget(self, protected: Iterable[Row] = ()) -> None:
        """Begin anew: nothing is published.

        Args:
            protected: Figures that may not be computed, besides the rows themselves.
        """
        self._echelon: dict[int, Row] = {}
        self._published: list[Row] = []
        self._protected = [row for row in protected if row.weights]

    def protect(self, rows: Iterable[Row]) -> None:
        """Let figures not be computed from now on. None may follow from what is published already."""
        self._protected.extend(map(self.reduced, rows))

    def state(self) -> tuple[dict[int, Row], list[Row], list[Row]]:
        """What :meth:`restore` takes."""
        return dict(self._echelon), list(self._published), list(self._protected)

    def restore(self, state: tuple[dict[int, Row], list[Row], list[Row]]) -> None:
        """Be as at the time of :meth:`state`."""
        self._echelon, self._published, self._protected = state

    def reduced(self, row: Row) -> Row:
        """What is left of a figure when all that is published is taken off."""
        for column in sorted(row.weights.keys() & self._echelon.keys()):
            row = row.without(self._echelon[column], column)
        return row

    def trial(self, figure: Row) -> Trial:
        """What publishing a figure would let this reader compute. Nothing is published by this."""
        residual = self.reduced(figure)
        small = tuple(self._small_differences(figure))
        if not residual.weights:
            return Trial(residual, small=small)
        pivot = self._pivot(residual)
        changed = {
            column: row.without(residual, pivot)
            for column, row in self._echelon.items()
            if pivot in row.weights
        }
        changed[pivot] = residual
        reveals = any(
            len(row.weights) == 1 and not self._units.isdisjoint(row.weights) for row in changed.values()
        ) or any(row.is_multiple_of(residual) for row in self._protected)
        small += tuple(row for row in changed.values() if self._is_small(row))
        return Trial(residual, pivot, changed, reveals, small)

    def publish(self, figure: Row, trial: Trial) -> None:
        """Publish a figure, of which that was the trial."""
        self._published.append(figure)
        if trial.pivot is None:
            return
        pivot = trial.pivot
        self._echelon.update(trial.changed)
        self._protected = [
            row.without(trial.residual, pivot) if pivot in row.weights else row for row in self._protected
        ]

    def small_cells(self) -> list[Row]:
        """Cells with too few contributors that follow from what is published in any linear way."""
        size = self._rule.min_contributors - 1
        pivots: dict[frozenset[int], list[int]] = {}
        inside: dict[frozenset[int], int] = {}
        for column, owners in enumerate(self._owners):
            if self._columns[column] and len(owners) <= size:
                inside[owners] = inside.get(owners, 0) | 1 << column
                if column in self._echelon:
                    pivots.setdefault(owners, []).append(column)
        found: list[Row] = []
        for some in self._subsets(sorted(frozenset().union(*pivots)), size):
            parts = [owners for owners in pivots if owners <= some]
            rows = [self._echelon[column] for owners in parts for column in pivots[owners]]
            mask = sum(bits for owners, bits in inside.items() if owners <= some)
            found.extend(_within(rows, mask))
        return found

    def _subsets(self, names: Sequence[int], size: int) -> Iterator[frozenset[int]]:
        if size < 1:
            return iter(())
        size = min(size, len(names))
        if math.comb(len(names), size) > MOST_SUBSETS:
            size = min(size, 2)
        return map(frozenset, combinations(names, size))

    def _pivot(self, row: Row) -> int:
        """A column that few rows of the echelon form have, so that it stays sparse."""
        taken = 0
        for other in self._echelon.values():
            taken |= other.mask
        free = row.mask & ~taken
        if free:
            return (free & -free).bit_length() - 1
        rows = self._echelon.values()
        some = islice(sorted(row.weights), _TRIED_PIVOTS)
        return min(some, key=lambda column: (sum(column in other.weights for other in rows), column))

    def _is_small(self, row: Row) -> bool:
        if not row.mask & self._hidden:
            return False
        return self._rule.is_small(row.nets, is_cell=self._is_cell(row))

    def _is_cell(self, row: Row) -> bool:
        if self._all_hidden:
            return len({weight > 0 for weight in row.distinct}) == 1
        signs = {weight > 0 for column, weight in row.weights.items() if self._columns[column]}
        return len(signs) == 1

    def _small_differences(self, figure: Row) -> Iterator[Row]:
        for other in self._published:
            shared = figure.mask & other.mask
            if shared:
                for mine, theirs in _ratios(figure, other):
                    nets = [
                        theirs * net - mine * taken
                        for net, taken in zip(figure.nets, other.nets, strict=True)
                    ]
                    nested = shared in (figure.mask, other.mask)
                    if nested or self._rule.is_small(nets, is_cell=False):
                        row = figure.minus(other, mine, theirs)
                        if row.weights and self._is_small(row):
                            yield row


def _grouped(
    atoms: Sequence[Atom], figures: Mapping[str, Mapping[str, Fraction]]
) -> dict[tuple[tuple[str, Fraction], ...], list[Atom]]:
    """Atoms by their weights in every figure; those in none are left out."""
    signatures: dict[str, list[tuple[str, Fraction]]] = {atom.id: [] for atom in atoms}
    for name, parts in figures.items():
        for atom_id, weight in parts.items():
            if weight and atom_id in signatures:
                signatures[atom_id].append((name, weight))
    groups: dict[tuple[tuple[str, Fraction], ...], list[Atom]] = {}
    for atom in atoms:
        if signatures[atom.id]:
            groups.setdefault(tuple(signatures[atom.id]), []).append(atom)
    return groups


def _ratios(one: Row, other: Row) -> Iterable[tuple[int, int]]:
    """Factors by which two figures may be taken off each other so that a column may vanish."""
    if len(one.distinct) * len(other.distinct) > MOST_RATIOS:
        return ((1, 1), (-1, 1))
    ratios = {Fraction(mine, theirs) for mine in one.distinct for theirs in other.distinct}
    return [ratio.as_integer_ratio() for ratio in sorted(ratios)]


def _within(rows: Sequence[Row], inside: int) -> Iterator[Row]:
    """Combinations of independent rows that have no column outside a set."""
    rows = list(rows)
    while True:  # a row that alone has a column outside is in no such combination
        once = more = 0
        for row in rows:
            more |= once & row.mask
            once |= row.mask
        alone = once & ~more & ~inside
        kept = [row for row in rows if not row.mask & alone]
        if len(kept) == len(rows):
            break
        rows = kept
    echelon: dict[int, Row] = {}
    for row in rows:
        while outside := row.mask & ~inside:
            column = next((name for name in row.weights if outside >> name & 1 and name in echelon), None)
            if column is None:
                echelon[(outside & -outside).bit_length() - 1] = row
                break
            row = row.without(echelon[column], column)
        else:
            yield row
