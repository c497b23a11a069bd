"""First page of an episode: headline, range, waterfall, suppliers, map, what changed and what cannot be told."""

from __future__ import annotations

from dataclasses import replace

from stopgap.api import Lake
from stopgap.briefs.charts.waterfall import no_loss_words
from stopgap.briefs.first_page.sentences import range_note, range_sentence, sentences
from stopgap.briefs.first_page.strip import known, questions
from stopgap.briefs.first_page.title import title
from stopgap.briefs.vocabulary import coalition_of, told
from stopgap.codes.goods_search import packaged_lists
from stopgap.pages.episode.basis import basis_facts, basis_line
from stopgap.pages.episode.numbers import number_views
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.episode.suppliers_table import suppliers_table
from stopgap.pages.episode.waterfall import waterfall_chart
from stopgap.pages.views import PageContent
from stopgap.pages.words import as_sentence
from stopgap.panel.coalition_stages import COALITION
from stopgap.panel.episodes import Episode

LATER = ("over-time", "map", "changes")
"""Parts of the page that are loaded when it is open."""


def interval_part(lake: Lake, query: EpisodeQuery) -> PageContent:
    """Return the part with headline, range and net figures, for a page that showed gross figures first."""
    return replace(overview(lake, query, gross=False), template="episode/range.html")


def overview(lake: Lake, query: EpisodeQuery, *, gross: bool = False) -> PageContent:
    """Return the first page of an episode.

    Args:
        lake: The lake.
        query: What is shown.
        gross: Whether intervals are left to a later part.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
        MissingDataError: The lake lacks the figures.
    """
    episode = query.load()
    measured = query.measure(lake, gross=gross)
    finding, members = measured.finding, episode.members()
    names = dict(economy_names())
    names[COALITION] = coalition_of(finding, names, members).head
    titles = query.titles(finding)
    line = basis_line(finding)
    waterfall = waterfall_chart(finding, names, members, basis=line, source=query.data("measure"))
    open_questions = questions(finding, names)
    return PageContent(
        template="episode/overview.html",
        title=title(finding, names, titles, members),
        kicker=f"{episode.title} · since {episode.event}",
        marking=measured.marking,
        charts=(waterfall,) if waterfall else (),
        tabs=query.tabs(""),
        values={
            "query": query,
            "sentences": sentences(finding, names, titles, members),
            "range_sentence": range_sentence(finding),
            "range_note": range_note(finding),
            "is_gross": gross,
            "numbers": number_views(finding, query),
            "waterfall": waterfall,
            "suppliers": suppliers_table(finding, names, query),
            "known": known(finding, names, titles, members),
            "questions": open_questions,
            "warnings": tuple(as_sentence(told(text, finding, names)) for text in finding.warnings),
            "facts": basis_facts(finding, titles, names, members, measured.marking),
            "basis": line,
            "goods_choices": goods_choices(episode, query.goods),
            "goods": query.goods or finding.goods,
            "no_chart": no_loss_words(finding, names, members),
            "later": LATER,
            "later_charts": True,
        },
    )


def goods_choices(episode: Episode, chosen: str | None) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return the goods lists that can be chosen, under headings: those of the episode, those chosen as codes, all others."""
    own = tuple((name, episode.goods_list(name).title) for name in episode.goods)
    others = tuple((name, goods.title) for name, goods in sorted(packaged_lists().items()) if name not in episode.goods)
    known = {name for name, _ in (*own, *others)}
    codes = ((chosen, f"Codes {chosen}"),) if chosen and chosen not in known else ()
    return tuple(each for each in (("Lists of the episode", own), ("Codes", codes), ("Other lists", others)) if each[1])
