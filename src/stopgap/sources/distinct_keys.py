"""Count rows and distinct keys of a relation by sorting hashes of the keys, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np

HASHES_AT_ONCE = 1 << 24
"""Expected number of hashes held in memory at once, 8 bytes each."""


def count_keys(con: duckdb.DuckDBPyConnection, relation: str, key: Sequence[str]) -> tuple[int, int]:
    """Return the number of rows of a relation, and of the distinct 64-bit hashes of their keys.

    The second number is at most that of distinct keys; two keys have one hash in about one of 2^64 pairs. Sorting
    takes a tenth of the time of ``count(DISTINCT ...)``. Rows are taken in parts, by the first bits of the hash.
    """
    rows = int(con.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0])
    bits = max(0, (rows - 1) // HASHES_AT_ONCE).bit_length()
    hashed = f"SELECT hash({', '.join(key)}) AS h FROM {relation}"
    return rows, sum(
        _distinct(con, f"{hashed} WHERE h >> {64 - bits} = {part}" if bits else hashed) for part in range(1 << bits)
    )


def _distinct(con: duckdb.DuckDBPyConnection, query: str) -> int:
    hashes = con.execute(query).fetchnumpy()["h"]
    hashes.sort()
    return int(np.count_nonzero(hashes[1:] != hashes[:-1])) + bool(len(hashes))
