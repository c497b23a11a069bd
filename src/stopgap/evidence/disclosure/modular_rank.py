"""Row echelon form of integer vectors modulo a prime: fast, and conservative where it errs.

It uses this lemma: if vectors are independent modulo p, every rational combination of them without p in its
denominators is also a combination of them modulo p. So a vector that is *not* in their span modulo p is not in their
rational span either. Proof: docs/methods/disclosure.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

PRIME = 2**31 - 1
"""Modulus, a Mersenne prime: products of residues fit into 64 bits, and are reduced without division."""

Residues: TypeAlias = NDArray[np.int64]

_LARGEST = math.isqrt(PRIME // 2)

_TRIED_PIVOTS = 64
_AT_A_TIME = 4
_LOOKED_AT = 8


def reduced_modulo(products: Residues) -> Residues:
    """Reduce numbers (0 up to a product of two residues plus a residue) modulo the prime. Overwrites its input."""
    high = products >> 31
    products &= PRIME
    products += high
    less = (products - PRIME).view(np.uint64)  # what was below the prime is huge there, and the other is taken
    unsigned = products.view(np.uint64)
    np.minimum(unsigned, less, out=unsigned)
    return products


def without_column(rows: Residues, row: Residues, column: int) -> Residues:
    """Eliminate a column from rows, by subtracting multiples of ``row``, which is 1 in that column."""
    result = np.empty_like(rows)
    factors = (PRIME - rows[:, column, None]) % PRIME
    for part in _parts(len(rows)):
        result[part] = reduced_modulo(rows[part] + factors[part] * row)
    return result


def _parts(rows: int) -> list[slice]:
    """Split a number of rows into slices of a few rows each, so that they stay in the processor's cache."""
    return [slice(start, start + _AT_A_TIME) for start in range(0, rows, _AT_A_TIME)]


def fraction_of(residue: int) -> Fraction | None:
    """Return the unique fraction with numerator and denominator below 2¹⁵ that a residue represents, else ``None``.

    Method: rational reconstruction (Wang 1981).
    """
    before, now, weight_before, weight = PRIME, residue % PRIME, 0, 1
    while now > _LARGEST:
        quotient = before // now
        before, now = now, before - quotient * now
        weight_before, weight = weight, weight_before - quotient * weight
    if abs(weight) > _LARGEST or math.gcd(now, weight) != 1:
        return None
    return Fraction(now, weight)


@dataclass(frozen=True)
class RankChange:
    """Change of an echelon form by one more vector: the rows at ``places`` become ``rows``.

    The last of ``rows`` is the additional new row, which is 1 in its ``pivot`` column.
    """

    pivot: int
    places: NDArray[np.intp]
    rows: Residues


class Echelon:
    """Reduced echelon form modulo the prime: each row is 1 in its own pivot column, where all other rows are 0.

    Pivots are in the first ``columns`` entries of the vectors; the entries after them only take part in row operations.
    ``width`` is the length of a vector, ``capacity`` the maximum number of vectors.
    """

    def __init__(self, columns: int, width: int, capacity: int) -> None:
        self._columns = columns
        self._matrix: Residues = np.zeros((min(columns, capacity), width), dtype=np.int64)
        self._taken = np.zeros(columns, dtype=bool)
        self.pivots: list[int] = []

    @property
    def rows(self) -> Residues:
        """The rows, in the order in which they were added."""
        return self._matrix[: len(self.pivots)]

    def copy(self) -> Echelon:
        """Return an independent copy."""
        twin = object.__new__(Echelon)
        twin._columns, twin._matrix = self._columns, self._matrix.copy()
        twin._taken, twin.pivots = self._taken.copy(), list(self.pivots)
        return twin

    def residual(self, vector: Residues) -> Residues:
        """Reduce a vector by the rows: the result is 0 in every pivot column."""
        factors = vector[self.pivots]
        used = np.flatnonzero(factors)
        if not used.size:
            return vector
        taken = np.zeros_like(vector)
        for part in _parts(len(used)):
            rows = used[part]
            taken += reduced_modulo(self._matrix[rows] * factors[rows, None]).sum(axis=0)
        return reduced_modulo(vector + PRIME * len(used) - taken)

    def change(self, residual: Residues) -> RankChange:
        """Return the change of the form by a residual, which must have a column that is not 0."""
        pivot = self._pivot(residual)
        row = reduced_modulo(residual * pow(int(residual[pivot]), -1, PRIME))
        places = np.flatnonzero(self.rows[:, pivot])
        return RankChange(pivot, places, np.concatenate([without_column(self._matrix[places], row, pivot), row[None]]))

    def add(self, change: RankChange) -> None:
        """Apply a change to the form."""
        self._matrix[change.places] = change.rows[:-1]
        self._matrix[len(self.pivots)] = change.rows[-1]
        self.pivots.append(change.pivot)

    def _pivot(self, residual: Residues) -> int:
        """Choose a pivot column: the first unused one, else one that is not 0 in few rows, so that few rows change."""
        usable = residual[: self._columns] != 0
        free = usable & ~self._taken
        self._taken |= usable
        if free.any():
            return int(np.argmax(free))
        some = np.flatnonzero(usable)[:_TRIED_PIVOTS]
        return int(some[np.argmin(np.count_nonzero(self.rows[:, some], axis=0))])


def combinations_within(rows: Residues, outside: NDArray[np.bool_]) -> list[Residues]:
    """Return a basis of all combinations of independent rows that are 0 in every column of ``outside``."""
    present = (rows[:, : len(outside)] != 0) & outside
    while len(rows):  # a row that is alone in having a column is in no such combination
        alone = present[:, present.sum(axis=0) == 1].any(axis=1)
        if not alone.any():
            break
        rows, present = rows[~alone], present[~alone]
    if not len(rows):
        return []
    columns = np.flatnonzero(outside)
    some = np.unique(np.concatenate([np.flatnonzero(row)[:: 1 + len(columns) // _LOOKED_AT] for row in present]))
    if not _dependent(rows, some):
        return []
    return _dependent(rows, columns)


def _dependent(rows: Residues, columns: NDArray[np.intp]) -> list[Residues]:
    """Return a basis of the combinations of independent rows that are 0 in the given columns."""
    form = Echelon(len(columns), len(columns) + len(rows), len(rows))
    found: list[Residues] = []
    for row, own in zip(rows, np.eye(len(rows), dtype=np.int64), strict=True):
        residual = form.residual(np.concatenate([row[columns], own]))
        if residual[: len(columns)].any():
            form.add(form.change(residual))
        else:
            parts = reduced_modulo(rows * residual[len(columns) :, None])
            found.append(parts.sum(axis=0) % PRIME)
    return found


def is_sum(figure: Mapping[int, int], factors: Sequence[tuple[Fraction, Mapping[int, int]]]) -> bool:
    """Return whether an integer vector (column to weight) exactly equals the sum of factor × vector in ``factors``."""
    scale = math.lcm(1, *(factor.denominator for factor, _ in factors))
    total: dict[int, int] = {column: -scale * weight for column, weight in figure.items()}
    for factor, other in factors:
        whole = int(factor * scale)
        for column, weight in other.items():
            total[column] = total.get(column, 0) + whole * weight
    return not any(total.values())
