"""Feed of changes of a published site, in Atom (RFC 4287): one entry for each vintage that changed its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from stopgap.api import Lake
from stopgap.base.errors import StopgapError
from stopgap.base.visible_text import one_line
from stopgap.briefs.formats.text import percent, usd
from stopgap.measures.revisions.request import DiffRequest
from stopgap.measures.revisions.results import FigureChange
from stopgap.pages.episode.query import EpisodeQuery

MOST = 12
"""Vintages with trade figures that the feed looks back at."""


@dataclass(frozen=True)
class FeedEntry:
    """One vintage.

    Attributes:
        vintage: Its name.
        moment: When it was imported, UTC.
        title: What it brought.
        summary: Which headline figures changed, from what to what.
    """

    vintage: str
    moment: str
    title: str
    summary: str


def feed_entries(lake: Lake, query: EpisodeQuery) -> list[FeedEntry]:
    """Return the vintages that changed the headline figures of an episode, the newest first."""
    listed = lake.vintages().to_pylist()
    with_trade = [place for place, each in enumerate(listed) if str(each["table"]).startswith("trade")]
    entries = []
    for place in with_trade[-MOST:][::-1]:
        each = listed[place]
        title = f"Vintage {each['vintage']}: {each['change']} of {each['source'] or 'figures'}"
        if place == 0:
            entries.append(FeedEntry(str(each["vintage"]), str(each["committed"]), title, "The first figures."))
            continue
        said = _changes(lake, query, str(listed[place - 1]["vintage"]), str(each["vintage"]))
        if said:
            entries.append(FeedEntry(str(each["vintage"]), str(each["committed"]), title, said))
    return entries


def _changes(lake: Lake, query: EpisodeQuery, earlier: str, later: str) -> str:
    try:
        found = lake.diff(query.episode, DiffRequest(goods=query.goods, earlier=earlier, later=later))
    except StopgapError as error:
        return f"Not comparable with {earlier}: {error.what}."
    changed = [row for row in found.headline if row.is_changed]
    return "; ".join(
        f"{row.subject} {row.figure.replace('_', ' ')}: {_said(row, row.from_value)} to {_said(row, row.to_value)}"
        for row in changed
    )


def _said(row: FigureChange, value: float | None) -> str:
    if value is None:
        return "undefined"
    return usd(value) if row.figure.endswith("_usd") else percent(value)


def feed(title: str, episode: str, entries: Sequence[FeedEntry]) -> str:
    """Return the feed; its ids are of the episode and the vintage, so that a reader shows each once."""
    updated = entries[0].moment if entries else "1970-01-01T00:00:00Z"
    root = f"urn:stopgap:{episode}"
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<title>{escape(one_line(title))}</title>",
        f"<id>{escape(root)}</id>",
        f"<updated>{escape(updated)}</updated>",
        "<author><name>Stopgap</name></author>",
        f"<link rel={quoteattr('alternate')} href={quoteattr('index.html')}/>",
    ]
    for each in entries:
        lines += [
            "<entry>",
            f"<title>{escape(one_line(each.title))}</title>",
            f"<id>{escape(root)}:{escape(each.vintage)}</id>",
            f"<updated>{escape(each.moment)}</updated>",
            f"<link rel={quoteattr('alternate')} href={quoteattr('index.html')}/>",
            f"<summary>{escape(one_line(each.summary))}</summary>",
            "</entry>",
        ]
    return "\n".join([*lines, "</feed>", ""])
