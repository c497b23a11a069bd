"""Tab of suppliers and hubs: every supplier, sorted as asked, and the parts on hubs, both reports and prices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from stopgap.api import Lake
from stopgap.base.errors import UsageError
from stopgap.base.near_names import did_you_mean
from stopgap.base.vocab import EpisodeRole
from stopgap.briefs.first_page.sentences import window_words
from stopgap.briefs.formats.text import sentence_case
from stopgap.briefs.vocabulary import market_of, words_of
from stopgap.briefs.wording import missing_sentence, rise_clause
from stopgap.measures.backfill.results import SupplierResult
from stopgap.pages.episode.basis import basis_line
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.episode.suppliers_table import suppliers_table
from stopgap.pages.views import PageContent

FIRST = 15
"""Suppliers that the page shows until all are asked for."""
PARTS = ("hubs", "mirror", "prices")
"""Parts that are loaded when the page is open."""

Key = Callable[[SupplierResult], tuple[float, str]]


def _largest(of: Callable[[SupplierResult], float | None]) -> Key:
    """Order by a figure, the largest first; those without it last."""
    return lambda row: (float("inf") if (value := of(row)) is None else -value, row.supplier)


SORTS: Mapping[str, tuple[str, Key]] = {
    "change": ("Size of the change", _largest(lambda row: abs(row.gain_usd))),
    "rise": ("Rise, largest first", _largest(lambda row: row.gain_usd)),
    "fall": ("Fall, largest first", _largest(lambda row: -row.gain_usd)),
    "after": ("Trade after", _largest(lambda row: row.after_usd)),
    "baseline": ("Trade in the baseline", _largest(lambda row: row.baseline_usd)),
    "net": ("Net change", _largest(lambda row: row.net_gain_usd if row.is_told is not False else None)),
    "hubs": ("Hubs first", lambda row: (0.0 if row.is_hub else 1.0 + 1 / (1 + row.after_usd), row.supplier)),
}  # fmt: skip
"""Orders of the table of suppliers by name: what the page calls each, and its key."""


def suppliers_page(lake: Lake, query: EpisodeQuery, *, sort: str = "change", shown: int | None = None) -> PageContent:
    """Return the tab of suppliers and hubs.

    Args:
        lake: The lake.
        query: The episode and its options.
        sort: Order of the table: one of :data:`SORTS`, or ``name``.
        shown: Suppliers in the table; ``None`` for all.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
        MissingDataError: The lake lacks the figures.
        UsageError: An order that is none.
    """
    if sort not in SORTS and sort != "name":
        known = [*SORTS, "name"]
        fix = did_you_mean(sort, known) or f"use {', '.join(known)}"
        raise UsageError(f"suppliers are not sorted by {sort[:40]!r}", where="query: sort", fix=fix)
    episode = query.load()
    measured = query.measure(lake, gross=False)
    finding, names = measured.finding, economy_names()
    here = replace(query, goods=query.goods or finding.goods)
    words = words_of(finding)
    order: Key = SORTS[sort][1] if sort in SORTS else lambda row: (0.0, names.get(row.supplier, row.supplier))
    table = replace(suppliers_table(finding, names, here, shown=shown, order=order), more="")
    missing = missing_sentence(finding, names)
    return PageContent(
        "hubs/suppliers.html",
        f"{sentence_case(words.actors)} and hubs",
        {
            "query": here,
            "lead": f"{sentence_case(rise_clause(finding, names))}, {window_words(finding.windows.after)} against {window_words(finding.windows.baseline)}.",
            "missing": missing,
            "market": market_of(finding, names, episode.members()),
            "table": table,
            "sort": sort,
            "sorts": (*((name, said) for name, (said, _) in SORTS.items()), ("name", "Name")),
            "basis": basis_line(finding),
            "parts": PARTS[:1] if episode.role is EpisodeRole.SUPPLIERS_TO_COALITION else PARTS,
            "actor": words.actor,
            "actors": words.actors,
            "later_charts": True,
        },
        measured.marking,
        tabs=here.tabs("/suppliers"),
        kicker=episode.title,
    )  # fmt: skip
