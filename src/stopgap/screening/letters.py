"""Names by groups of four letters, blanks left out: what finds a name whose blanks or several letters went astray."""

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


def listed_groups(joined: Sequence[str]) -> tuple[sparse.csr_matrix, Floats]:
    """(groups, names) with columns of length 1, and (groups,) the rarity of each group."""
    counts = _groups(joined)
    names = np.bincount(counts.indices, minlength=_DIMENSIONS)
    weight = np.log((1 + len(joined)) / (1 + names)).astype(np.float32)
    return weighted(counts, weight).T.tocsr(), weight


def asked_groups(joined: Sequence[str], weight: Floats) -> sparse.csr_matrix:
    """(queries, groups) with rows of length 1."""
    return weighted(_groups(joined), weight)


def weighted(counts: sparse.csr_matrix, weight: Floats) -> sparse.csr_matrix:
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
        indices += sorted({_number(group) for group in found})
        starts.append(len(indices))
    return sparse.csr_matrix(
        (
            np.ones(len(indices), dtype=np.float32),
            np.asarray(indices, dtype=np.int32),
            np.asarray(starts, dtype=np.int32),
        ),
        shape=(len(joined), _DIMENSIONS),
    )


def _number(group: str) -> int:
    """A number for a group, the same in every process."""
    return zlib.crc32(group.encode()) & (_DIMENSIONS - 1)
