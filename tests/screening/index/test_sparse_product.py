"""The product of a few queries with a large matrix is that of the whole matrix, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

from stopgap.screening.index.sparse_product import SMALL_PART, top_products


def made(rows: int, columns: int, density: float, seed: int) -> sparse.csr_matrix:
    return sparse.random(
        rows, columns, density, format="csr", dtype=np.float32, random_state=np.random.default_rng(seed)
    )


@pytest.mark.parametrize("sort", [True, False])
@pytest.mark.parametrize(("queries", "density"), [(1, 0.01), (3, 0.02), (40, 0.2), (0, 0.1)])
def test_it_is_the_product_of_the_whole(queries, density, sort):
    listed = made(400, 900, 0.05, 1)
    asked = made(queries, 400, density, 2)
    needed = np.diff(listed.indptr)[np.unique(asked.indices)].sum()
    assert (needed < SMALL_PART * listed.nnz) == (queries < 40), "both ways are tried"
    mine = top_products(asked, listed, most=7, threshold=0.05, sort=sort)
    whole = sp_matmul_topn(asked, listed, top_n=7, threshold=0.05, sort=sort).tocoo()
    for name in ("row", "col", "data"):
        np.testing.assert_array_equal(getattr(mine, name), getattr(whole, name))
    assert mine.shape == (queries, 900)
