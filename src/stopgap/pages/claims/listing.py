"""The register of statements, filtered by episode, speaker, verdict and month, and the statements of an episode."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stopgap.api import Lake
from stopgap.base.marking import Marking
from stopgap.briefs.claims import words as say
from stopgap.briefs.claims.story import chain_of
from stopgap.briefs.formats.text import month_name, one_line
from stopgap.claims.register.events import ACTIVE, RegisteredClaim
from stopgap.claims.register.request import ClaimFilter
from stopgap.claims.testing.results import Verdict
from stopgap.claims.testing.verdict_log import last_test
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.site import QueryValue, path_of
from stopgap.pages.views import DataSource, PageContent
from stopgap.panel.episodes import load_episode

NOT_TESTED = "not tested"
"""Value of the filter for statements without a test of their newest version."""

VERDICT_TAGS = {
    Verdict.SUPPORTED: "good",
    Verdict.PARTLY: "warn",
    Verdict.NOT_SUPPORTED: "bad",
    Verdict.NOT_TESTABLE: "plain",
}
"""Kind of the label of each verdict; the label says the verdict in words."""


@dataclass(frozen=True)
class ClaimsQuery:
    """Which statements of the register are shown.

    Attributes:
        episode: Episode that a statement names, or that it was tested on.
        speaker: Part of the speaker's name or office.
        verdict: Last verdict, or :data:`NOT_TESTED`.
        month: Month in which it was said, ``YYYY-MM``.
        withdrawn: Whether withdrawn statements are shown too.
    """

    episode: str | None = None
    speaker: str | None = None
    verdict: str | None = None
    month: str | None = None
    withdrawn: bool = False

    @property
    def options(self) -> Mapping[str, QueryValue]:
        """The options as they stand in addresses."""
        given = {"episode": self.episode, "speaker": self.speaker, "verdict": self.verdict, "month": self.month}
        return {
            **{name: value for name, value in given.items() if value},
            **({"withdrawn": True} if self.withdrawn else {}),
        }

    def holds(self, row: ClaimRow) -> bool:
        """Whether a statement is shown."""
        return (
            (self.episode is None or self.episode in row.episodes)
            and (self.verdict is None or self.verdict == row.verdict)
            and (self.month is None or row.month == self.month)
        )


@dataclass(frozen=True)
class ClaimRow:
    """One statement of the register as a list shows it.

    Attributes:
        id: Its id.
        title: Title.
        said: Speaker with office, and the day.
        to: Audience, in words; empty where none is known.
        chain: Sources by which it was passed on, nearest first, with the form of each.
        verdict: Last verdict, or :data:`NOT_TESTED`.
        verdict_words: The same in words, with what it is of.
        tag: Kind of the label.
        because: Reason of the verdict, with its figure.
        basis: Vintage and coverage of the test.
        episodes: Episodes that it names, or was tested on.
        month: Month in which it was said.
        is_withdrawn: Whether it was withdrawn.
    """

    id: str
    title: str
    said: str
    to: str
    chain: tuple[tuple[str, str], ...]
    verdict: str
    verdict_words: str
    tag: str
    because: str
    basis: str
    episodes: frozenset[str]
    month: str
    is_withdrawn: bool

    @property
    def page(self) -> str:
        """Path of its page."""
        return path_of("claims", self.id)


def claims_page(lake: Lake, query: ClaimsQuery) -> PageContent:
    """Return the register of statements.

    Raises:
        InputError: The register is damaged.
    """
    every, marking = _rows(lake, query)
    rows = [row for row in every if query.holds(row)]
    values = _list_values(rows, every)
    values["query"] = query
    values["choices"] = _choices(every)
    values["source"] = _source(query)
    return PageContent("claims/list.html", "Claims", values, marking=marking, nav="/claims")


def episode_claims(lake: Lake, query: EpisodeQuery) -> PageContent:
    """Return the statements that name an episode, or were tested on it.

    Raises:
        NotFoundError: There is no episode of that name.
        InputError: The register is damaged.
    """
    episode = query.load()
    every, marking = _rows(lake, ClaimsQuery())
    rows = [row for row in every if query.episode in row.episodes]
    return PageContent(
        "claims/episode.html",
        f"Claims: {episode.title}",
        {**_list_values(rows, every), "query": query, "source": query.data("claims") if rows else None},
        marking=marking,
        nav="/",
        tabs=query.tabs("/claims"),
        kicker=f"{episode.title} · since {episode.event}",
    )


def claim_row(entry: RegisteredClaim) -> ClaimRow:
    """Return a statement as a list shows it."""
    claim, event = entry.claim, last_test(entry)
    office = f", {one_line(claim.said_by.office)}" if claim.said_by.office else ""
    verdict = None if event is None else Verdict.read(event["verdict"])
    return ClaimRow(
        id=entry.id,
        title=say.title_of(claim),
        said=f"{one_line(claim.said_by.name)}{office}, {say.day_name(claim.said_on)}",
        to=say.audience_words(claim),
        chain=chain_of(claim),
        verdict=NOT_TESTED if verdict is None else str(verdict),
        verdict_words="Not tested yet" if verdict is None else say.verdict_words(claim.stance, verdict),
        tag="plain" if verdict is None else VERDICT_TAGS[verdict],
        because="" if event is None else one_line(str(event["because"])),
        basis="" if event is None else test_basis(event),
        episodes=entry.episodes,
        month=claim.said_on[:7],
        is_withdrawn=entry.status != ACTIVE,
    )


def test_basis(event: Mapping[str, object]) -> str:
    """Return what a logged test rests on: episode, vintage, coverage, and the day of the test."""
    from stopgap.briefs.formats.text import percent

    coverage = event.get("coverage")
    parts = [
        f"Tested on {one_line(str(event['episode']))}" if event.get("episode") else "Tested on no episode",
        f"vintage {one_line(str(event['as_of']))}",
        f"coverage {percent(coverage)}" if isinstance(coverage, float) else "",
        str(event["when"])[:10],
    ]
    return "; ".join(part for part in parts if part)


test_basis.__test__ = False  # type: ignore[attr-defined]  # no test of pytest's


def _rows(lake: Lake, query: ClaimsQuery) -> tuple[list[ClaimRow], Marking]:
    found = lake.claims.list(ClaimFilter(speaker=query.speaker, withdrawn=query.withdrawn))
    return [claim_row(entry) for entry in found], found.marking


def _list_values(rows: Sequence[ClaimRow], every: Sequence[ClaimRow]) -> dict[str, object]:
    counts = Counter(row.verdict for row in rows)
    order = (*map(str, Verdict), NOT_TESTED)
    return {
        "rows": tuple(rows),
        "total": len(every),
        "counts": tuple((name, counts[name]) for name in order if counts[name]),
    }


def _choices(rows: Sequence[ClaimRow]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the values of each filter that some statement has, with their texts."""
    episodes = sorted({name for row in rows for name in row.episodes})
    verdicts = {row.verdict for row in rows}
    months = sorted({row.month for row in rows}, reverse=True)
    return {
        "episode": tuple((name, _episode_title(name)) for name in episodes),
        "verdict": tuple((name, name.capitalize()) for name in (*map(str, Verdict), NOT_TESTED) if name in verdicts),
        "month": tuple((month, month_name(month)) for month in months),
    }


def _episode_title(name: str) -> str:
    from stopgap.panel.episodes import episode_names

    return load_episode(name).title if name in episode_names() else one_line(name)


def _source(query: ClaimsQuery) -> DataSource | None:
    """Return where the data of the list are; ``None`` where the list is cut by what the address of the data cannot say."""
    if query.verdict or query.month:
        return None
    options: dict[str, QueryValue] = {"speaker": query.speaker, "withdrawn": True if query.withdrawn else None}
    return DataSource("/claims" if query.episode is None else f"{path_of('episodes', query.episode)}/claims", options)
