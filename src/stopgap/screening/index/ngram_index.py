"""Character 4-gram index that tolerates spacing and typos."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float32]

SIZE = 4
"""Letters of a group: few enough names share one for this to cost little."""

_DIMENSIONS = 1 << 19


def rarest(groups: sparse.csr_matrix, counts: npt.NDArray[np.int64], *, least: int, most: int) -> sparse.csr_matrix:
    """Rows with those of their groups that fewer than ``most`` rows of the lists have, but the ``least`` rarest always.

    What nearly every name has tells nothing and costs most. ``groups`` is (queries, groups), ``counts`` (groups,) how
    many rows of the lists have each; rows come out scaled to length 1.
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
    """(groups, names) with columns of length 1, and (groups,) the rarity of each group."""
    counts = _groups(joined)
    names = np.bincount(counts.indices, minlength=_DIMENSIONS)
    weight = np.log((1 + len(joined)) / (1 + names)).astype(np.float32)
    return _weighted(counts, weight).T.tocsr(), weight


def asked_groups(joined: Sequence[str], weight: Floats) -> sparse.csr_matrix:
    """Sparse matrix (queries, groups) of n-gram weights, rows scaled to unit length."""
    return _weighted(_groups(joined), weight)


def _weighted(counts: sparse.csr_matrix, weight: Floats) -> sparse.csr_matrix:
    """Rows of groups, each by its rarity, scaled to length 1."""
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
        padded = f"^{text[:60]}$"
        found = {padded[place : place + SIZE] for place in range(len(padded) - SIZE + 1)}
        # The same number for a group in every process.
        indices += sorted({zlib.crc32(group.encode()) & (_DIMENSIONS - 1) for group in found})
        starts.append(len(indices))
    return sparse.csr_matrix(
        (
            np.ones(len(indices), dtype=np.float32),
            np.asarray(indices, dtype=np.int32),
            np.asarray(starts, dtype=np.int32),
        ),
        shape=(len(joined), _DIMENSIONS),
    )
