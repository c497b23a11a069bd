"""Which codes of the lake count towards the goods of a series: published totals, or codes at one level of each source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from stopgap.base.vocab import Frequency
from stopgap.codes.commodities import TOTAL, is_composite
from stopgap.codes.goods import AS_REPORTED, GoodsList, load_goods
from stopgap.measures.series.holdings import FigureSource
from stopgap.panel.basis import Basis, Code, choose_basis, codes_of, hs_revision

EVERYTHING = "all-goods"
"""Goods list whose codes are summed where no total is published."""

CODES_WAY, TOTAL_WAY = "codes", "total"

_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("source", "frequency", "revision", "good", "way")),
        ("weight", pa.float64()),
        ("is_estimated", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class WantedCodes:
    """Codes that count, by the place where they stand.

    Attributes:
        goods: Goods list; that of every chapter for all goods.
        bases: Level, revision and matched codes of each place with codes.
        totals: Revisions under which each place publishes a total.
    """

    goods: GoodsList
    is_total: bool
    bases: Mapping[FigureSource, Basis]
    totals: Mapping[FigureSource, tuple[str, ...]]

    @property
    def places(self) -> list[FigureSource]:
        """Places that hold any of the goods, sorted."""
        return sorted({*self.bases, *self.totals})

    def table(self) -> pa.Table:
        """Return the table ``series_wanted`` that the stages read."""
        rows: list[dict[str, object]] = [
            {
                "source": place.source, "frequency": place.frequency, "way": place.way, "revision": match.revision,
                "good": match.good, "weight": match.weight, "is_estimated": match.is_estimated,
            }
            for place, basis in self.bases.items()
            for match in basis.matches
        ]  # fmt: skip
        rows += [
            {
                "source": place.source, "frequency": place.frequency, "way": place.way, "revision": revision,
                "good": TOTAL, "weight": 1.0, "is_estimated": False,
            }
            for place, revisions in self.totals.items()
            for revision in revisions
        ]  # fmt: skip
        return pa.Table.from_pylist(rows, schema=_SCHEMA)

    def chapters(self) -> pa.Table:
        """Return the table ``series_chapters``: chapters and composites of the goods, and ``TOTAL``."""
        found = {
            (good if is_composite(good) else good[:2], CODES_WAY)
            for basis in self.bases.values()
            for good in basis.items
        }
        if self.totals:
            found.add((TOTAL, TOTAL_WAY))
        rows = sorted(found)
        return pa.table(
            {
                "chapter": pa.array([chapter for chapter, _ in rows], pa.string()),
                "way": pa.array([way for _, way in rows], pa.string()),
            }
        )


def wanted_codes(rows: pa.Table, goods: str | None) -> WantedCodes:
    """Match the codes that the reporters traded to a goods list; to published totals and every chapter where ``None``.

    ``rows`` are those of the stage ``series_codes``. Raises NotFoundError or GoodsError for a list that cannot be read.
    """
    listed = load_goods(EVERYTHING if goods is None else goods)
    by_place: dict[tuple[str, str], list[Code]] = {}
    totals: dict[FigureSource, list[str]] = {}
    for code in codes_of(rows):
        if code.good == TOTAL:
            totals.setdefault(FigureSource(code.source, code.frequency, TOTAL_WAY), []).append(code.revision)
        else:
            by_place.setdefault((code.source, code.frequency), []).append(code)
    bases = {}
    for (source, frequency), codes in sorted(by_place.items()):
        choose = by_number if all(len(item.code) <= len("8542") for item in listed.items) else choose_basis
        basis = choose(codes, listed, frequency=Frequency(frequency))
        if basis is not None:
            bases[FigureSource(source, frequency, CODES_WAY)] = basis
    found = {place: tuple(sorted(revisions)) for place, revisions in totals.items()} if goods is None else {}
    return WantedCodes(listed, goods is None, bases, found)


def by_number(codes: list[Code], goods: GoodsList, *, frequency: Frequency) -> Basis | None:
    """Choose the figures of chapters and headings by their numbers in every revision, so that they are those published.

    Codes of six digits are not converted: part of a code would leave a heading, and its sum would be nobody's figure.
    """
    basis = choose_basis([replace(code, revision=AS_REPORTED) for code in codes], goods, frequency=frequency)
    if basis is None:
        return None
    counted = {match.good: match for match in basis.matches}
    matches = tuple(replace(counted[code.good], revision=code.revision) for code in codes if code.good in counted)
    revisions = sorted({hs_revision(match.revision) for match in matches})
    notes = basis.notes
    if len(revisions) > 1:
        notes += (f"chapters and headings by their numbers in {', '.join(revisions)}: what one holds may have changed",)
    return replace(basis, matches=matches, revision="+".join(revisions), notes=notes)


def without_figures(wanted: WantedCodes, used: Iterable[FigureSource]) -> tuple[str, ...]:
    """Return the entries of the list of which none of the places used has a figure; empty for all goods."""
    bases = [wanted.bases[place] for place in used if place in wanted.bases]
    if wanted.is_total or not bases:
        return ()
    lacking = set(bases[0].unmatched).intersection(*(basis.unmatched for basis in bases[1:]))
    return tuple(sorted(lacking))


def notes_of(wanted: WantedCodes, used: Sequence[FigureSource]) -> tuple[str, ...]:
    """Return what the choice of codes passed over, in words, each once."""
    return tuple(dict.fromkeys(note for place in used if place in wanted.bases for note in wanted.bases[place].notes))


def goods_words(wanted: WantedCodes, place: FigureSource) -> str:
    """Return how a place's figures make up the goods: ``published total``, or ``codes at HS6, HS2017``."""
    if place.way == TOTAL_WAY:
        return "published total"
    basis: Any = wanted.bases[place]
    return f"{'sum of ' if wanted.is_total else ''}codes at {basis.level}, {basis.revision}"
