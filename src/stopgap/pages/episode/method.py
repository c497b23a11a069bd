"""Method tab: how each figure is defined, what was measured, and the statements and commands that give it again."""

from __future__ import annotations

from stopgap.api import Lake
from stopgap.briefs.vocabulary import told
from stopgap.pages.episode.basis import basis_facts
from stopgap.pages.episode.numbers import FIGURES
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.views import PageContent
from stopgap.pages.words import as_sentence


def method_page(lake: Lake, query: EpisodeQuery) -> PageContent:
    """Return the page.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
        MissingDataError: The lake lacks the figures.
    """
    episode = query.load()
    measured = query.measure(lake, gross=False)
    finding, names, members = measured.finding, economy_names(), episode.members()
    titles = query.titles(finding)
    windows = finding.windows
    command = (
        f"stopgap measure {query.episode} --goods {query.goods or finding.goods} --baseline {windows.baseline[0]}:{windows.baseline[1]} "
        f"--after {windows.after[0]}:{windows.after[1]} --frequency {finding.frequency} --as-of {finding.as_of} --format json"
    )
    return PageContent(
        "episode/method.html",
        "How it is measured",
        {
            "figures": tuple(FIGURES.values()), "facts": basis_facts(finding, titles, names, members, measured.marking),
            "members": tuple((names.get(code, code), group or "named itself") for code, group in members.items()),
            "hubs": tuple(names.get(code, code) for code in episode.hubs), "note": episode.note, "command": command,
            "queries": finding.queries, "warnings": tuple(as_sentence(told(text, finding, names)) for text in finding.warnings),
            "goods": tuple((name, titles[name]) for name in episode.goods),
        },
        measured.marking, tabs=query.tabs("/method"), kicker=f"{episode.title} · since {episode.event}",
    )  # fmt: skip
