"""Choose the figures for a measure: frequency, code level, HS revision and one source per supplier.

A measure works at one level and never sums across levels. Rules, in order:
the frequency whose figures hold most of the trade (monthly if both hold it within
5 %); then the finest level that holds at least 95 % of it; then the oldest
revision present, because newer codes mostly merge into it without splitting.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TypedDict

import pyarrow as pa

from stopgap.base.notes import Effect, Note
from stopgap.base.vocab import Frequency
from stopgap.codes.commodities import BENEATH_HS6, REVISIONS, is_composite, level_of, revision_in_force
from stopgap.codes.concordance import CodeShare, links
from stopgap.codes.goods import (
    AS_WRITTEN,
    GoodsItem,
    GoodsList,
    composite_codes,
    goods_in_revision,
    is_broader_in,
    item_among,
)
from stopgap.lake.engines.answers import content_key

COMPLETE_SHARE = 0.95
LEVELS = ("HS6", "HS4", "HS2", "composite")  # finest first
_ORDER = ("HS1992", "HS1996", "HS2002", "HS2007", "HS2012", "HS2017", "HS2022")


@dataclass(frozen=True)
class Code:
    """One goods code in the lake, with its number of periods and its trade in dollars over the span examined."""

    frequency: str
    source: str
    revision: str
    good: str
    periods: int
    value_usd: float


@dataclass(frozen=True)
class CodeMatch:
    """How much of a code in the lake counts towards a good of the panel, as a weight."""

    source: str
    revision: str
    good: str
    panel_good: str
    weight: float
    is_estimated: bool


@dataclass(frozen=True)
class Basis:
    """Figures chosen for a measure: frequency, code level, revision and matched codes."""

    frequency: Frequency
    level: str  # HS6, HS4, HS2 or composite
    revision: str  # of the panel's goods
    matches: tuple[CodeMatch, ...]  # codes of the lake that count
    items: Mapping[str, GoodsItem]  # panel good -> entry of the goods list it belongs to
    unmatched: tuple[str, ...]  # entries of the list without any figure or counterpart
    notes: tuple[str, ...]  # what was passed over, in words
    passed_over: tuple[CodeMatch, ...]  # codes of other levels that hold the same goods and are not counted

    def wanted_table(self) -> pa.Table:
        """Return ``matches`` as the table ``wanted(source, revision, good, panel_good, weight, is_estimated)``."""
        return self._wanted

    @cached_property
    def _wanted(self) -> pa.Table:
        return _matches_table(self.matches)

    @cached_property
    def _without(self) -> dict[frozenset[str], Basis]:
        """What :func:`basis_without` made of it."""
        return {}

    def passed_over_table(self) -> pa.Table:
        """Return ``passed_over`` as a table with the columns of :meth:`wanted_table`."""
        return _matches_table(self.passed_over)

    def chapters_table(self) -> pa.Table:
        """Return the table ``chapters(chapter)``: two-digit chapters of the panel's goods, and composites by name."""
        chapters = sorted({good if is_composite(good) else good[:2] for good in self.items})
        return pa.table({"chapter": pa.array(chapters, pa.string())})

    def headings_table(self) -> pa.Table:
        """Return the table ``headings(heading)``: codes of up to four digits, and composites by name."""
        headings = sorted({good if is_composite(good) else good[:4] for good in self.items})
        return pa.table({"heading": pa.array(headings, pa.string())})


_TEXTS = [(name, pa.string()) for name in ("source", "revision", "good", "panel_good")]
MATCH_SCHEMA = pa.schema([*_TEXTS, ("weight", pa.float64()), ("is_estimated", pa.bool_())])
"""Columns of a table of :class:`CodeMatch`."""


def _matches_table(matches: Iterable[CodeMatch]) -> pa.Table:
    return pa.Table.from_pylist([vars(match) for match in matches], schema=MATCH_SCHEMA)


def basis_without(basis: Basis, goods: Collection[str]) -> Basis:
    """Return the basis without some of its goods; itself where it has none of them."""
    left_out = frozenset(good for good in goods if good in basis.items)
    if not left_out:
        return basis
    known = basis._without.get(left_out)
    if known is None:
        matches = tuple(match for match in basis.matches if match.panel_good not in left_out)
        items = {good: item for good, item in basis.items.items() if good not in left_out}
        known = basis._without[left_out] = replace(basis, matches=matches, items=items)
    return known


def basis_with(basis: Basis, codes: Iterable[Code], goods: GoodsList, entries: Mapping[str, GoodsItem]) -> Basis:
    """Return a basis at HS6 with the goods of further entries, which are in its revision."""
    matcher = Matcher(goods, basis.revision)
    matcher.entries = entries
    matches, items = _matches_at([code for code in codes if code.frequency == basis.frequency], "HS6", goods, matcher)
    return replace(basis, matches=(*basis.matches, *matches), items={**basis.items, **items})


@dataclass(frozen=True)
class PresentCodes:
    """Rows of the stage ``present_codes``; equal where their content is."""

    key: bytes
    rows: pa.Table = field(compare=False, repr=False)

    @classmethod
    def of(cls, rows: pa.Table) -> PresentCodes:
        """Tell rows apart by their content."""
        return cls(content_key(rows), rows)


def codes_of(table: pa.Table) -> list[Code]:
    """Parse rows of the stage ``present_codes``; rows without a dollar value are skipped."""
    return list(_parsed(PresentCodes.of(table)))


@lru_cache(maxsize=16)
def _parsed(codes: PresentCodes) -> tuple[Code, ...]:
    """Parse codes once in a process: lists of one run ask for the same again and again."""
    fields = ("frequency", "source", "revision", "good", "periods", "value_usd")
    columns = (codes.rows[name].to_pylist() for name in fields)
    return tuple(Code(*row) for row in zip(*columns, strict=True) if row[-1] is not None)


def hs_revision(revision: str) -> str:
    """Return the HS revision that a code's first six digits belong to (``CN2021`` -> ``HS2017``)."""
    if revision.startswith("CN") and revision[2:].isdigit():
        return revision_in_force(int(revision[2:]))
    return revision


class Matcher:
    """Matches codes to entries of a goods list, in one revision."""

    def __init__(self, goods: GoodsList, revision: str) -> None:
        self.revision = revision
        self.lost: tuple[str, ...] = ()
        self.is_converted = revision in REVISIONS and goods.revision in REVISIONS
        if self.is_converted:
            self.entries, self.lost = goods_in_revision(goods, revision)
        else:
            self.entries = {item.code: item for item in goods.items}
        self.unconverted: set[str] = set()

    def entry(self, code: str) -> GoodsItem | None:
        """Return the list entry that covers a code; ``None`` if there is none."""
        return item_among(self.entries, code)

    def convert(self, code: str, revision: str) -> list[CodeShare]:
        """Convert a six-digit code to this matcher's revision; empty if it has no counterpart."""
        own = hs_revision(revision)
        if own == self.revision or own not in REVISIONS or self.revision not in REVISIONS:
            return [CodeShare(code, 1.0, "same")]
        found = links(own, self.revision).get(code)
        if found is None:
            if self.entry(code):
                self.unconverted.add(code)
            return []
        return [link for link in found if link.weight > 0]


def _level(code: Code) -> str:
    level = level_of(code.good)
    return "HS6" if level in BENEATH_HS6 else level


def _matches_at(
    codes: Iterable[Code], level: str, goods: GoodsList, matcher: Matcher
) -> tuple[list[CodeMatch], dict[str, GoodsItem]]:
    """Match the codes of one level to the goods list; return the matches and the list entry of each panel good."""
    listed = {item.code for item in goods.items}
    matches: dict[tuple[str, str, str, str], CodeMatch] = {}
    items: dict[str, GoodsItem] = {}
    # Where a source publishes six digits, its rows of eight or ten are parts of them.
    six_digit = {code.source for code in codes if level_of(code.good) == "HS6"}
    for code in codes:
        if _level(code) != level or (level_of(code.good) in BENEATH_HS6 and code.source in six_digit):
            continue
        if level == "composite":
            if set(composite_codes(code.good)) != listed:
                continue
            targets = [CodeShare(code.good, 1.0, "same")]
            items[code.good] = GoodsItem(code=code.good, description=goods.title, group="")
        elif level == "HS6":
            entry8 = matcher.entry(code.good) if len(code.good) == 8 else None
            if entry8 is not None and len(entry8.code) == 8:
                targets = [CodeShare(code.good[:6], 1.0, "same")]
                items[code.good[:6]] = entry8
            else:
                targets = [link for link in matcher.convert(code.good[:6], code.revision) if matcher.entry(link.good)]
                items.update({link.good: item for link in targets if (item := matcher.entry(link.good))})
        else:
            entry = matcher.entry(code.good)
            if entry is None:
                continue
            targets = [CodeShare(code.good, 1.0, "same")]
            items[code.good] = entry
        for link in targets:
            key = (code.source, code.revision, code.good, link.good)
            matches[key] = CodeMatch(*key, link.weight, link.is_estimated)
    return list(matches.values()), items


def _value(codes: Iterable[Code], matches: Iterable[CodeMatch]) -> float:
    weights: dict[tuple[str, str, str], float] = {}
    for match in matches:
        key = (match.source, match.revision, match.good)
        weights[key] = weights.get(key, 0.0) + match.weight
    return sum(code.value_usd * weights.get((code.source, code.revision, code.good), 0.0) for code in codes)


def _basis_for(frequency: str, codes: list[Code], goods: GoodsList) -> tuple[Basis, float] | None:
    """Return the basis that one frequency offers, and its trade per year; ``None`` if no code matches."""
    # Only codes of the same chapters, and composites, can have to do with the list.
    chapters = {item.code[:2] for item in goods.items}
    relevant = [code for code in codes if is_composite(code.good) or code.good[:2] in chapters]
    # Oldest HS revision among the codes of six digits and more, else the list's own.
    present = {hs_revision(code.revision) for code in relevant if _level(code) == "HS6"} & set(_ORDER)
    matcher = Matcher(goods, min(present, key=_ORDER.index) if present else goods.revision)
    offers = []
    for level in LEVELS:
        matches, items = _matches_at(relevant, level, goods, matcher)
        if matches:
            offers.append((level, matches, items, _value(relevant, matches)))
    if not offers:
        return None
    most = max(value for *_, value in offers)
    level, matches, items, value = next(offer for offer in offers if offer[3] >= COMPLETE_SHARE * most)
    found = {item.code for item in items.values()}
    listed = {item.code for item in (goods.items if level != "HS6" else matcher.entries.values())}
    unmatched = [*sorted(listed - found), *(code for code in matcher.lost if code not in listed)]
    years = max((code.periods for code in relevant), default=1) / Frequency(frequency).periods_per_year
    revisions = sorted({match.revision for match in matches}) if level != "HS6" else [matcher.revision]
    passed_over = tuple(match for other, found_there, _, _ in offers if other != level for match in found_there)
    basis = Basis(
        Frequency(frequency),
        level,
        "+".join(revisions),
        tuple(matches),
        items,
        tuple(unmatched) if level != "composite" else (),
        tuple(_notes(level, matcher, goods)),
        passed_over,
    )
    return basis, value / max(years, 1e-9)


def _notes(level: str, matcher: Matcher, goods: GoodsList) -> Iterator[str]:
    if goods.version == AS_WRITTEN and goods.note:
        yield goods.note
    if level == "HS6" and matcher.is_converted and is_broader_in(goods, matcher.revision):
        yield Note(
            f"the list {goods.name} is in {goods.revision} and the figures in {matcher.revision}: "
            "some of its codes are only part of the older code that is measured",
            Effect.MODEL,
        )
    if matcher.unconverted:
        text = f"{len(matcher.unconverted)} codes have no counterpart in {matcher.revision} and are not counted"
        yield Note(
            f"{text}: {', '.join(sorted(matcher.unconverted)[:8])}", share=len(matcher.unconverted) / len(goods.items)
        )
    if matcher.lost:
        text = f"{len(matcher.lost)} codes of the list have no counterpart in {matcher.revision}"
        yield Note(f"{text}: {', '.join(matcher.lost[:8])}", share=len(matcher.lost) / len(goods.items))


def choose_basis(codes: list[Code], goods: GoodsList, *, frequency: Frequency | None = None) -> Basis | None:
    """Choose the figures to measure with; ``None`` if the lake has none for the list.

    ``codes`` is the lake's trade with the target in the span of both windows. A given ``frequency``
    replaces the one with most trade.
    """
    offers = []
    for offered in (Frequency.MONTHLY, Frequency.ANNUAL):
        if frequency in (None, offered):
            found = _basis_for(offered, [code for code in codes if code.frequency == offered], goods)
            if found:
                offers.append(found)
    if not offers:
        return None
    most = max(value for _, value in offers)
    return next(basis for basis, value in offers if value >= COMPLETE_SHARE * most)


class ReportedCount(TypedDict):
    """A row of the stage ``reported_counts``: number of periods of a window that a reporter reported in a source."""

    reporter: str
    source: str
    part: str
    periods: int


def choose_sources(counts: Iterable[ReportedCount], suppliers: Mapping[str, set[str]]) -> dict[str, str]:
    """Choose one source per supplier: most periods reported in its shorter window, then most in both windows.

    ``suppliers`` maps each supplier to the sources that hold its trade with the target.
    """
    per: dict[tuple[str, str], dict[str, int]] = {}
    if any(len(held) > 1 for held in suppliers.values()):  # else there is nothing to rank
        for row in counts:
            per.setdefault((row["reporter"], row["source"]), {})[row["part"]] = row["periods"]

    def rank(supplier: str, source: str) -> tuple[int, int]:
        parts = per.get((supplier, source), {})
        both = (parts.get("baseline", 0), parts.get("after", 0))
        return min(both), sum(both)

    return {
        name: max(sorted(held), key=lambda source: rank(name, source)) if len(held) > 1 else next(iter(held))
        for name, held in suppliers.items()
    }
