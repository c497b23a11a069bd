"""First page: which episodes the lake can measure, with the headline of each, and what the others need."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stopgap.api import Lake
from stopgap.base.errors import StopgapError
from stopgap.base.marking import CLEAR, Marking, strictest
from stopgap.briefs.first_page.sentences import sentences
from stopgap.briefs.first_page.title import title
from stopgap.briefs.vocabulary import coalition_of
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.views import PageContent
from stopgap.panel.coalition_stages import COALITION
from stopgap.panel.episodes import Episode, episode_names


@dataclass(frozen=True)
class EpisodeEntry:
    """An episode in the list.

    Attributes:
        query: Its pages.
        title: Its title.
        target: Name of its target.
        event: Month of the event.
        headline: What the figures say, in one line; empty where they were not asked.
        sentence: What was lost and how much others made up.
        goods: Goods list that the headline is of.
        needs: What the lake lacks for it; empty where it was not asked, or has it.
    """

    query: EpisodeQuery
    title: str
    target: str
    event: str
    headline: str = ""
    sentence: str = ""
    goods: str = ""
    needs: str = ""


def home(lake: Lake) -> PageContent:
    """Return the first page: the episodes and the newest vintages; headlines come in a later part."""
    listed = lake.vintages()
    newest = listed.to_pylist()[-5:][::-1]
    return PageContent(
        "home/home.html",
        "Who fills the gap when trade is stopped",
        {"vintages": newest, "has_figures": len(listed) > 0},
        listed.marking,
    )


def headlines(lake: Lake) -> PageContent:
    """Return the part that lists the episodes: those that can be measured first, each with its headline."""
    measured: list[EpisodeEntry] = []
    lacking: list[EpisodeEntry] = []
    markings = [CLEAR]
    for name in episode_names():
        query = EpisodeQuery(name)
        episode = query.load()
        entry, marking = _entry(lake, query, episode)
        markings.append(marking)
        (lacking if entry.needs else measured).append(entry)
    return PageContent(
        "home/headlines.html", "Episodes", {"measured": measured, "lacking": lacking}, strictest(markings)
    )


def _entry(lake: Lake, query: EpisodeQuery, episode: Episode) -> tuple[EpisodeEntry, Marking]:
    names = dict(economy_names())
    plain = EpisodeEntry(query, episode.title, names.get(episode.target, episode.target), episode.event)
    try:
        found = query.measure(lake, gross=True)
    except StopgapError as error:
        marking = error.marking if isinstance(error.marking, Marking) else CLEAR
        return replace(plain, needs=f"{error.what[:1].upper()}{error.what[1:]}."), marking
    finding, members = found.finding, episode.members()
    names[COALITION] = coalition_of(finding, names, members).head
    titles = query.titles(finding)
    headline, said = title(finding, names, titles, members), sentences(finding, names, titles, members)
    return replace(plain, headline=headline, sentence=" ".join(said), goods=titles[finding.goods]), found.marking
