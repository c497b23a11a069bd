"""Exact sums of dollars in arrays: the same figures as :func:`stopgap.panel.stages.dollars_sum` in SQL.

Each term is rounded to a millionth of a dollar, halves away from zero, and added as a whole number, so that the sum
does not depend on the order of its terms.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Dollars = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Micros = npt.NDArray[np.int64]
MOST = 4e18
"""Millionths of a dollar up to which sums fit into 64 bits with room to spare (USD 4,000 billion)."""
EXACT = 2.0**53
"""Whole numbers up to which doubles, and their sums, have no rest."""
_LOW_BITS = 26
"""Bits of a sum below its part in units of 2^26: 134 million rows of such rests add up below :data:`EXACT`."""
SAME_AGAIN = 1 << 50
"""Whole millionths below which :func:`micros` of :func:`dollars` gives them again: both round by a quarter at most."""
_HALF = float(np.nextafter(0.5, 0.0))
"""Added before a number is cut to a whole one: the double below a half, since 0.5 less its last bit must stay below 1."""


class SumTooLargeError(Exception):
    """A sum does not fit; the caller adds in SQL instead."""


def micros(dollars: Dollars) -> Micros:
    """Round dollars to whole millionths, halves away from zero; NaN (no figure) becomes 0. Changes its input.

    Raises:
        SumTooLargeError: All terms together exceed 64 bits.
    """
    return _integers(whole_millionths(dollars))


def whole_millionths(dollars: Dollars) -> Dollars:
    """Round dollars as :func:`micros` does, to whole numbers that are still doubles, in the place of its input."""
    dollars *= 1e6
    if np.fmin.reduce(dollars, axis=None, initial=0.0) < 0:
        dollars[np.isnan(dollars)] = 0.0
        dollars += np.copysign(_HALF, dollars)
        return np.trunc(dollars, out=dollars)
    np.fmax(dollars, 0.0, out=dollars)  # no NaN
    dollars += _HALF
    return np.floor(dollars, out=dollars)


def window_sums(whole: Dollars, windows: Sequence[Mask]) -> Micros:
    """Add whole millionths, (rows, periods) of :func:`whole_millionths`, over each window, (periods,): (rows, windows).

    Raises:
        SumTooLargeError: The terms of a row exceed 64 bits.
    """
    sums = np.stack([_over(whole, window) for window in windows], axis=1)
    if whole.min(initial=0.0) < 0 or not sums.max(initial=0.0) < EXACT:
        _need_room(float(np.abs(whole).sum(axis=1).max(initial=0.0)))
        terms = whole.astype(np.int64)
        return np.stack([terms[:, window].sum(axis=1) for window in windows], axis=1)
    return sums.astype(np.int64)


def _over(whole: Dollars, window: Mask) -> Dollars:
    """Return the sums of rows over a window, (rows,), in any order."""
    at = np.flatnonzero(window)
    if at.size and at[-1] - at[0] + 1 == at.size:
        return np.asarray(np.einsum("ij->i", whole[:, at[0] : at[-1] + 1]))
    return np.asarray(np.einsum("ij,j->i", whole, window.astype(np.float64)))


def _integers(whole: Dollars) -> Micros:
    _need_room(float(np.abs(whole).sum() if whole.min(initial=0.0) < 0 else whole.sum()))
    return whole.astype(np.int64)


def _need_room(total: float) -> None:
    if not total < MOST:
        raise SumTooLargeError


def dollars(sums: Micros) -> Dollars:
    """Return sums of millionths as dollars, each the nearest double."""
    found: Dollars = sums / 1e6
    if max(int(sums.max(initial=0)), -int(sums.min(initial=0))) >= 1 << 53:  # some are no doubles themselves
        large = np.abs(sums) >= 1 << 53
        whole, rest = np.divmod(np.abs(sums[large]), 1_000_000)
        found[large] = np.copysign(whole + rest / 1e6, sums[large])
    return found


def any_of(group: npt.NDArray[np.int64], is_so: Mask, size: int) -> Mask:
    """Return whether it is so of any row, (rows, columns), of each group, (rows,) of numbers below ``size``."""
    found = np.zeros((size, *is_so.shape[1:]), dtype=bool)
    if group.size and int(np.bincount(group).max()) > 1:
        order = np.argsort(group, kind="stable")
        groups, starts = np.unique(group[order], return_index=True)
        found[groups] = np.logical_or.reduceat(is_so[order], starts, axis=0)
    else:
        found[group] = is_so
    return found


def grouped(group: npt.NDArray[np.int64], sums: Micros, size: int) -> Micros:
    """Add whole sums, (rows,) or (rows, columns), by group, (rows,) of numbers below ``size``.

    Raises:
        SumTooLargeError: A sum could exceed 64 bits.
    """
    found = np.zeros((size, *sums.shape[1:]), dtype=np.int64)
    if group.size == 0:
        return found
    if int(np.bincount(group, minlength=1).max()) == 1:
        found[group] = sums
        return found
    columns, added = sums.reshape(group.size, -1), found.reshape(size, -1)
    for column in range(columns.shape[1]):
        own = np.ascontiguousarray(columns[:, column])
        if own.any():
            added[:, column] = _added(group, own, size)
    return found


def _added(group: npt.NDArray[np.int64], sums: Micros, size: int) -> Micros:
    """Add whole sums by group, (rows,): in two parts, each of which adds up as doubles without a rest."""
    high, low = sums >> _LOW_BITS, sums & ((1 << _LOW_BITS) - 1)
    if not float(np.abs(high).sum() + sums.size) < MOST / (1 << _LOW_BITS):
        biggest = np.bincount(group, np.abs(sums.astype(np.float64)), minlength=size)
        if not biggest.max(initial=0.0) < MOST:
            raise SumTooLargeError
    found = np.bincount(group, low, minlength=size).astype(np.int64)
    if high.any():
        found += np.bincount(group, high, minlength=size).astype(np.int64) << _LOW_BITS
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
