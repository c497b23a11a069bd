"""Product of the sparse matrix of a few queries with that of all listed names, of which few rows are needed."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

SMALL_PART = 0.5
"""Share of the listed matrix up to which the rows that are needed are taken out of it first."""


def top_products(
    asked: sparse.csr_matrix, listed: sparse.csr_matrix, *, most: int, threshold: float, sort: bool = False
) -> sparse.coo_matrix:
    """Return the largest entries of each row of a product, as ``sp_matmul_topn`` does, to the last bit.

    That function copies the whole listed matrix at each call, which takes longer than the product for a few queries.

    Args:
        asked: (queries, features).
        listed: (features, names).
        most: Most entries of a row.
        threshold: Least entry.
        sort: Whether the largest entry of a row comes first.
    """
    used, place = np.unique(asked.indices, return_inverse=True)
    first = listed.indptr[used].astype(np.int64)
    lengths = listed.indptr[used + 1] - first
    total = int(lengths.sum())
    if total < SMALL_PART * len(listed.indices):
        starts = np.concatenate([[0], np.cumsum(lengths)])
        at = np.arange(total) + np.repeat(first - starts[:-1], lengths)
        listed = sparse.csr_matrix(
            (listed.data[at], listed.indices[at], starts.astype(np.int32)), shape=(len(used), listed.shape[1])
        )
        asked = sparse.csr_matrix((asked.data, place.astype(np.int32), asked.indptr), shape=(asked.shape[0], len(used)))
    return sp_matmul_topn(asked, listed, top_n=most, threshold=threshold, sort=sort).tocoo()
