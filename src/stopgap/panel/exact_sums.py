"""Exact sums of dollars in arrays: the same figures as :func:`stopgap.panel.stages.dollars_sum` in SQL.

Each term is rounded to a millionth of a dollar, halves away from zero, and added as a whole number, so that the sum
does not depend on the order of its terms.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Micros = npt.NDArray[np.int64]
MOST = 4e18
"""Millionths of a dollar up to which sums fit into 64 bits with room to spare (USD 4,000 billion)."""


class SumTooLargeError(Exception):
    """A sum does not fit; the caller adds in SQL instead."""


def micros(dollars: npt.NDArray[np.float64]) -> Micros:
    """Round dollars to whole millionths, halves away from zero; NaN (no figure) becomes 0. Changes its input.

    Raises:
        SumTooLargeError: All terms together exceed 64 bits.
    """
    dollars *= 1e6
    if np.fmin.reduce(dollars, axis=None, initial=0.0) < 0:
        dollars[np.isnan(dollars)] = 0.0
        size = np.abs(dollars)
        _need_room(float(size.sum()))
        whole = np.floor(size)
        whole += size - whole >= 0.5
        np.copysign(whole, dollars, out=whole)
        return whole.astype(np.int64)
    np.fmax(dollars, 0.0, out=dollars)  # no NaN
    _need_room(float(dollars.sum()))
    found: Micros = dollars.astype(np.int64)
    dollars -= found
    found += dollars >= 0.5
    return found


def _need_room(total: float) -> None:
    if not total < MOST:
        raise SumTooLargeError


def dollars(sums: Micros) -> npt.NDArray[np.float64]:
    """Return sums of millionths as dollars, each the nearest double."""
    found: npt.NDArray[np.float64] = sums / 1e6
    large = np.abs(sums) >= 1 << 53  # no double itself
    if large.any():
        whole, rest = np.divmod(np.abs(sums[large]), 1_000_000)
        found[large] = np.copysign(whole + rest / 1e6, sums[large])
    return found


def grouped(group: npt.NDArray[np.int64], sums: Micros, size: int) -> Micros:
    """Add whole sums, (rows,) or (rows, columns), by group, (rows,) of numbers below ``size``.

    Raises:
        SumTooLargeError: A sum could exceed 64 bits.
    """
    if not float(np.abs(sums).sum(dtype=np.float64)) < MOST:
        biggest = np.zeros((size, *sums.shape[1:]))
        np.add.at(biggest, group, np.abs(sums).astype(np.float64))
        if not biggest.max(initial=0.0) < MOST:
            raise SumTooLargeError
    found = np.zeros((size, *sums.shape[1:]), dtype=np.int64)
    if group.size == 0:
        return found
    if int(np.bincount(group, minlength=1).max()) == 1:
        found[group] = sums
        return found
    order = np.argsort(group, kind="stable")
    sorted_group = group[order]
    starts = np.flatnonzero(np.concatenate(([True], sorted_group[1:] != sorted_group[:-1])))
    found[sorted_group[starts]] = np.add.reduceat(sums[order], starts, axis=0)
    return found


def numbered(keys: npt.NDArray[np.int64], size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the different keys, ascending, and the place of each row's key among them: ``np.unique`` with its inverse.

    Keys lie below ``size``; where these are not many more than the rows, nothing is sorted.
    """
    if size > 4 * keys.size + 1024:
        found, place = np.unique(keys, return_inverse=True)
        return found, place.astype(np.int64, copy=False)
    is_there = np.zeros(size, dtype=bool)
    is_there[keys] = True
    place_of = np.cumsum(is_there) - 1
    return np.flatnonzero(is_there), place_of[keys]
