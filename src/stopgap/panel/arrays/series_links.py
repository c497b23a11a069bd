"""Which series of the native copy count towards which goods, from their texts as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stopgap.lake.engines.series_codes import SeriesCodes
from stopgap.panel.arrays.coded import Index, Mask

_CODE = ("source", "revision", "good")


@dataclass(frozen=True)
class Links:
    """Series that count towards a wanted good, once for each, in the order of their numbers.

    Attributes:
        place: Place of the series among those of :class:`SeriesCodes`, (links,).
        wanted: Row of the table of wanted goods, (links,).
    """

    place: Index
    wanted: Index


def are_among(known: SeriesCodes, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Mask:
    """Return which series have the texts of any of the rows in some columns, (series,)."""
    sizes = [max(len(known.texts[name]), 1) for name in columns]
    numbers = {at: _numbers(known, name) for at, name in enumerate(columns)}
    listed = [
        [numbers[at][text] for at, text in enumerate(row)]
        for row in rows
        if all(text in numbers[at] for at, text in enumerate(row))
    ]
    keys = np.ravel_multi_index(tuple(np.array(listed, dtype=np.int64).reshape(-1, len(columns)).T), tuple(sizes))
    is_wanted = np.zeros(int(np.prod(sizes)), dtype=bool)
    is_wanted[keys] = True
    return np.asarray(is_wanted[_keys(known, columns, sizes)])


def links(known: SeriesCodes, taken: Mask, wanted: pa.Table) -> Links:
    """Link the taken series with the rows of ``wanted``, by ``source``, ``revision`` and ``good``."""
    sizes = [max(len(known.texts[name]), 1) for name in _CODE]
    numbers = [_numbers(known, name) for name in _CODE]
    by_code: dict[int, list[int]] = {}
    for row, texts in enumerate(zip(*(wanted[name].to_pylist() for name in _CODE), strict=True)):
        at = [each.get(text, -1) for each, text in zip(numbers, texts, strict=True)]
        if min(at) >= 0:
            by_code.setdefault((at[0] * sizes[1] + at[1]) * sizes[2] + at[2], []).append(row)
    counts = np.zeros(int(np.prod(sizes)), dtype=np.int64)
    first = np.zeros(counts.size, dtype=np.int64)
    rows: list[int] = []
    for code, own in by_code.items():
        counts[code], first[code] = len(own), len(rows)
        rows += own
    places = np.flatnonzero(taken)
    codes = _keys(known, _CODE, sizes)[places]
    places, codes = places[counts[codes] > 0], codes[counts[codes] > 0]
    place = np.repeat(places, counts[codes])
    begin = np.cumsum(counts[codes]) - counts[codes]
    inside = np.arange(place.size) - np.repeat(begin, counts[codes])
    return Links(place, np.array(rows, dtype=np.int64)[np.repeat(first[codes], counts[codes]) + inside])


def _numbers(known: SeriesCodes, name: str) -> dict[str, int]:
    return {text: at for at, text in enumerate(known.texts[name])}


def _keys(known: SeriesCodes, columns: Sequence[str], sizes: Sequence[int]) -> npt.NDArray[np.int64]:
    """Return one number for the texts of several columns, (series,)."""
    keys = np.zeros(known.series.size, dtype=np.int64)
    for name, size in zip(columns, sizes, strict=True):
        keys = keys * size + known.codes[name]
    return keys
