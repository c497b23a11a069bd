"""Text columns as numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Index = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Coded:
    """A text column as numbers: the names, sorted, and each row's position among them."""

    names: tuple[str, ...]
    at: Index

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> Coded:
        """Number the texts of a column."""
        encoded = (
            pa.concat_arrays(column.chunks).dictionary_encode()
            if column.num_chunks
            else pa.array([], pa.string()).dictionary_encode()
        )
        names = encoded.dictionary.to_pylist()
        order = sorted(range(len(names)), key=names.__getitem__)
        place = np.empty(max(len(names), 1), dtype=np.int64)
        place[order] = np.arange(len(names))
        return cls(tuple(names[row] for row in order), place[encoded.indices.to_numpy(zero_copy_only=False)])

    @classmethod
    def of_codes(cls, codes: npt.NDArray[np.integer[Any]], texts: Sequence[str]) -> Coded:
        """Take a column of numbers of texts that are in their order, some of which may not occur."""
        is_there = np.zeros(max(len(texts), 1), dtype=bool)
        is_there[codes] = True
        place = np.cumsum(is_there) - 1
        return cls(tuple(texts[at] for at in np.flatnonzero(is_there).tolist()), place[codes])

    def is_in(self, wanted: Collection[str]) -> Mask:
        """Return whether each row has one of the names."""
        named = np.array([name in wanted for name in self.names], dtype=bool)
        return named[self.at] if named.size else np.zeros(self.at.size, dtype=bool)

    def texts(self, at: Index) -> pa.Array:
        """Return the names at some positions as a text column."""
        return pa.array(self.names, pa.string()).take(pa.array(at))

    def dictionary(self, at: Index) -> pa.Array:
        """Return the names at some positions as a column of a dictionary, which a long one is read from at once."""
        return pa.DictionaryArray.from_arrays(pa.array(at, pa.int32()), pa.array(self.names, pa.string()))
