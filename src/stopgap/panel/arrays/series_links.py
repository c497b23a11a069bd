"""Which series of the native copy count towards which goods, from their texts as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stopgap.lake.engines.series_codes import SeriesCodes
from stopgap.panel.arrays.coded import Coded, Index, Mask

Array = npt.NDArray[np.float64]

_CODE = ("source", "revision", "good")


@dataclass(frozen=True)
class Links:
    """Series that count towards a wanted good, once for each, in the order of their numbers.

    Attributes:
        place: Place of the series among those of :class:`SeriesCodes`, (links,).
        series: Their numbers, (links,).
        wanted: Row of the table of wanted goods, (links,).
        good: Good of the panel, (links,).
        weight: Share of the series that counts towards it, (links,).
    """

    place: Index
    series: Index
    wanted: Index
    good: Coded
    weight: Array


def coded(known: SeriesCodes, name: str, place: Index | None = None) -> Coded:
    """Return a column of the series at some places, or of all."""
    codes = known.codes[name]
    return Coded.of_codes(codes if place is None else codes[place], known.texts[name])


def are_among(known: SeriesCodes, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Mask:
    """Return which series have the texts of any of the rows in some columns, (series,)."""
    sizes = [max(len(known.texts[name]), 1) for name in columns]
    numbers = [_numbers(known, name) for name in columns]
    is_wanted = np.zeros(sizes, dtype=bool)
    for row in rows:
        if all(text in own for own, text in zip(numbers, row, strict=True)):
            is_wanted[tuple(own[text] for own, text in zip(numbers, row, strict=True))] = True
    return np.asarray(is_wanted[tuple(known.codes[name] for name in columns)])


def links(known: SeriesCodes, taken: Mask, wanted: pa.Table) -> Links:
    """Link the taken series with the rows of ``wanted``, by ``source``, ``revision`` and ``good``.

    ``wanted`` also has ``panel_good`` and ``weight``.
    """
    goods = {good: at for at, good in enumerate(sorted(set(wanted["good"].to_pylist())), 1)}  # 0 for all others
    place_of = np.array([goods.get(text, 0) for text in known.texts["good"]] or [0], dtype=np.int64)
    revisions, others = max(len(known.texts["revision"]), 1), len(goods) + 1
    source_at, revision_at = _numbers(known, "source"), _numbers(known, "revision")
    by_code: dict[int, list[int]] = {}
    for row, (source, revision, good) in enumerate(zip(*(wanted[name].to_pylist() for name in _CODE), strict=True)):
        if source in source_at and revision in revision_at:
            code = (source_at[source] * revisions + revision_at[revision]) * others + goods[good]
            by_code.setdefault(code, []).append(row)
    counts = np.zeros(max(len(known.texts["source"]), 1) * revisions * others, dtype=np.int64)
    first = np.zeros(counts.size, dtype=np.int64)
    rows: list[int] = []
    for code, own in by_code.items():
        counts[code], first[code] = len(own), len(rows)
        rows += own
    heads = known.codes["source"].astype(np.int64) * revisions + known.codes["revision"]
    codes = heads * others + place_of[known.codes["good"]]
    places = np.flatnonzero(taken & (counts[codes] > 0))
    codes = codes[places]
    place = np.repeat(places, counts[codes])
    begin = np.cumsum(counts[codes]) - counts[codes]
    inside = np.arange(place.size) - np.repeat(begin, counts[codes])
    row_of = np.array(rows, dtype=np.int64)[np.repeat(first[codes], counts[codes]) + inside]
    named = Coded.of(wanted["panel_good"])
    return Links(
        place,
        known.series[place].astype(np.int64),
        row_of,
        Coded.of_codes(named.at[row_of], named.names),
        wanted["weight"].to_numpy()[row_of],
    )


def _numbers(known: SeriesCodes, name: str) -> dict[str, int]:
    return {text: at for at, text in enumerate(known.texts[name])}
