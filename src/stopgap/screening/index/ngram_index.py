"""Character 4-gram index that tolerates spacing and typos."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float32]

SIZE = 4
"""Length of the character n-grams; few names share an n-gram of this length, which keeps the search cheap."""

_DIMENSIONS = 1 << 19


def rarest(groups: sparse.csr_matrix, counts: npt.NDArray[np.int64], *, least: int, most: int) -> sparse.csr_matrix:
    """Keep in each row the groups that fewer than ``most`` listed rows have, and always the ``least`` rarest ones.

    Groups that nearly every name has carry no information and cost the most time. ``groups`` is (queries, groups),
    ``counts`` (groups,) the number of listed rows with each group; the returned rows are scaled to norm 1.
    """
    row = np.repeat(np.arange(groups.shape[0]), np.diff(groups.indptr))
    count = counts[groups.indices]
    order = np.lexsort((count, row))
    place = np.empty(len(row), dtype=np.int64)
    place[order] = np.arange(len(row)) - groups.indptr[:-1][row]
    kept = (count < most) | (place < least)
    row, values = row[kept], groups.data[kept]
    length = np.sqrt(np.maximum(np.bincount(row, values**2, groups.shape[0]), 1e-9))
    starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=groups.shape[0]))]).astype(np.int32)
    return sparse.csr_matrix(
        ((values / length[row]).astype(np.float32), groups.indices[kept], starts), shape=groups.shape
    )


def listed_groups(joined: Sequence[str]) -> tuple[sparse.csr_matrix, Floats]:
    """Return the n-gram matrix of listed names (groups, names), columns of norm 1, and the rarity of each group."""
    counts = _groups(joined)
    names = np.bincount(counts.indices, minlength=_DIMENSIONS)
    weight = np.log((1 + len(joined)) / (1 + names)).astype(np.float32)
    return _weighted(counts, weight).T.tocsr(), weight


def asked_groups(joined: Sequence[str], weight: Floats) -> sparse.csr_matrix:
    """Sparse matrix (queries, groups) of n-gram weights, rows scaled to unit length."""
    return _weighted(_groups(joined), weight)


def shared_rarity(first: str, second: str, weight: Floats) -> float:
    """Return the sum of the rarities of the groups that two names without spaces share; 0 if they share none.

    ``weight`` (groups,) is the rarity of each group.
    """
    shared = np.asarray(sorted(_numbers(first) & _numbers(second)), dtype=np.int64)
    return float(weight[shared].sum(dtype=np.float64))


def _weighted(counts: sparse.csr_matrix, weight: Floats) -> sparse.csr_matrix:
    """Weight each group by its rarity, and scale the rows to norm 1."""
    values = weight[counts.indices]
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    length = np.sqrt(np.maximum(np.bincount(rows, values**2, counts.shape[0]), 1e-9))
    return sparse.csr_matrix(
        ((values / length[rows]).astype(np.float32), counts.indices, counts.indptr), shape=counts.shape
    )


def _groups(joined: Sequence[str]) -> sparse.csr_matrix:
    indices: list[int] = []
    starts = [0]
    for text in joined:
        indices += sorted(_numbers(text))
        starts.append(len(indices))
    return sparse.csr_matrix(
        (
            np.ones(len(indices), dtype=np.float32),
            np.asarray(indices, dtype=np.int32),
            np.asarray(starts, dtype=np.int32),
        ),
        shape=(len(joined), _DIMENSIONS),
    )


def _numbers(text: str) -> set[int]:
    """Return the numbers of the groups of a name, which are the same in every process."""
    padded = f"^{text[:60]}$"
    found = {padded[place : place + SIZE] for place in range(len(padded) - SIZE + 1)}
    return {zlib.crc32(group.encode()) & (_DIMENSIONS - 1) for group in found}
