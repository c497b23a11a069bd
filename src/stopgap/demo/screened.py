"""Screen a sample of names against the bundled lists: organisations and a vessel written otherwise, and some unlisted."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow as pa

from stopgap.base.atomic_files import write_whole
from stopgap.base.marking import Marking
from stopgap.base.read_ledger import open_ledger
from stopgap.base.spreadsheets import csv_text
from stopgap.briefs.markings import marked_name
from stopgap.evidence.markings.reads import marking_of_reads
from stopgap.screening.entities import Identifier
from stopgap.screening.lists.listings import ListingInForce, listings
from stopgap.screening.lists.run import choose_lists, list_states
from stopgap.screening.matching.match_selection import ScreenAnswer
from stopgap.screening.matching.results import Match, ScreenQuery
from stopgap.screening.matching.run import open_screener, screen_wanted

SAMPLE = "screening-sample.csv"
MATCHES = 3
"""Most matches of a name."""
_IMO = ", IMO "


@dataclass(frozen=True)
class SampleName:
    """A name of the sample.

    Attributes:
        how: How it differs from the list's name; "not listed" where no list has it.
        list: List that has it; empty where none has.
        entity_id: Its entry there; empty where several entries are right, or none.
    """

    name: str
    how: str
    list: str
    entity_id: str


@dataclass(frozen=True)
class SampleMatch:
    """An entry that may be a name of the sample; the fields from ``listed_name`` on are ``None`` where none is near.

    Attributes:
        alerts: Whether the score reaches the documented threshold; below it the entry is the nearest, for a person to see.
        score: Probability that name and entry are the same, 0 to 1.
        economies: ISO3 codes, joined by ``; ``.
        listed_on: First day of listing, ``YYYY-MM-DD``; ``None`` also where the list states none.
    """

    name: str
    how: str
    alerts: bool
    listed_name: str | None = None
    score: float | None = None
    list: str | None = None
    entity_id: str | None = None
    annex: str | None = None
    programme: str | None = None
    economies: str | None = None
    listed_on: str | None = None

    def line(self) -> str:
        """Return a line on the match."""
        if self.listed_name is None:
            return f"{self.name} ({self.how}): no entry is near"
        known = [self.list, self.economies, self.listed_on and f"listed on {self.listed_on}"]
        below = "" if self.alerts else "below the threshold: "
        return f"{self.name} ({self.how}): {below}{self.listed_name} ({', '.join(each for each in known if each)})"


@dataclass(frozen=True)
class ScreenedSample:
    """The sample's matches in its order, best first for each name, and the file that holds them."""

    matches: tuple[SampleMatch, ...]
    path: Path
    marking: Marking

    def lines(self) -> list[str]:
        """Return a line on the sample, and one for each name."""
        names = {match.name for match in self.matches}
        hits = {match.name for match in self.matches if match.alerts}
        head = f"names screened against the bundled EU lists: {len(hits)} of {len(names)} alert; a person decides on each match"
        return [head, *(f"  {match.line()}" for match in self.matches)]

    def as_dicts(self) -> list[dict[str, Any]]:
        """Return the matches as ``demo --format json`` prints them."""
        return [asdict(match) for match in self.matches]


def sample_names() -> tuple[SampleName, ...]:
    """Return the names of the bundled sample."""
    path = Path(str(resources.files("stopgap.demo") / "data" / SAMPLE))
    with path.open(encoding="utf-8", newline="") as stream:
        return tuple(SampleName(**row) for row in csv.DictReader(stream))


def screen_sample(lake: Path, directory: Path, families: Iterable[str]) -> ScreenedSample:
    """Screen the sample against the lists of some families, and write the matches as ``screened.csv`` to a folder.

    Raises:
        MissingDataError: The lake holds no lists.
        NotFoundError: The lake lacks one of the families.
    """
    with open_ledger(lake) as ledger:
        lists = choose_lists(list_states(lake), sorted(families))
        wanted = replace(screen_wanted(limit=MATCHES), lists=frozenset(lists or ()))
        sample = sample_names()
        found = open_screener(lake).screen([_query(each.name) for each in sample], wanted)
        entries = {(each.list, each.entity_id): each for each in listings(lake, lists=lists)}
        matches = tuple(
            row for each, answer in zip(sample, found, strict=True) for row in _matches(each, answer, entries)
        )
    marking = marking_of_reads(ledger.reads, lake)
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / marked_name("screened.csv", marking)
    table = pa.Table.from_pylist([asdict(match) for match in matches], schema=_SCHEMA)
    write_whole(path, csv_text(table))
    return ScreenedSample(matches, path, marking)


_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("name", "how")),
        ("alerts", pa.bool_()),
        ("listed_name", pa.string()),
        ("score", pa.float64()),
        *((name, pa.string()) for name in ("list", "entity_id", "annex", "programme", "economies", "listed_on")),
    ]
)


def _query(name: str) -> ScreenQuery:
    """Return the query of a name; a vessel's number may stand behind it (``ANGARA, IMO 9179842``)."""
    words, _, number = name.partition(_IMO)
    return (
        ScreenQuery(words, identifiers=(Identifier("imo", number),), schema="Vessel") if number else ScreenQuery(words)
    )


def _matches(
    asked: SampleName, answer: ScreenAnswer, entries: Mapping[tuple[str, str], ListingInForce]
) -> list[SampleMatch]:
    """Return the listings of the entries that alert, else of the nearest one, else a row without an entry."""
    shown = [found for found in answer.matches if found.match.alerts] or answer.matches[:1]
    if not shown:
        return [SampleMatch(asked.name, asked.how, alerts=False)]
    return [
        _match(asked, found.match, entries[listing.list, listing.entity_id])
        for found in shown
        for listing in found.listings
    ]


def _match(asked: SampleName, match: Match, entry: ListingInForce) -> SampleMatch:
    return SampleMatch(
        asked.name,
        asked.how,
        alerts=match.alerts,
        listed_name=entry.name,
        score=round(match.score, 4),
        list=entry.list,
        entity_id=entry.entity_id,
        annex=entry.annex,
        programme=entry.programme,
        economies="; ".join(entry.economies),
        listed_on=entry.listed_on,
    )
