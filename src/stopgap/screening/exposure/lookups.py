"""Look-ups of an exposure: the index that merges declared names, and the lists that its companies may be on."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stopgap.base.errors import MissingDataError
from stopgap.screening.decisions.states import DecisionState, StandingDecision, Standings
from stopgap.screening.entities import Identifier
from stopgap.screening.exposure.parties import BuildIndex, DeclaredCompany, Searcher
from stopgap.screening.exposure.results import ListHit, SearchedLists
from stopgap.screening.index.name_index import NameIndex
from stopgap.screening.matching.match_selection import name_fault
from stopgap.screening.matching.results import Match, ScreenQuery
from stopgap.screening.matching.run import open_screener

MOST_ASKED = 30_000
"""Names that are looked up: every company's commonest, then others of those with the most dollars."""

HITS_KEPT = 3
ANOTHER = "false"
"""A decision that the entry is another company: it is shown last, and is no hit."""

BATCH = 2_000

Decided = Callable[[ScreenQuery, Match], str | None]
"""(what was asked, a match) -> what was decided on the pair, if anything."""

Shows = Callable[[StandingDecision], bool]
"""Whether a decision on a match is shown beside it."""


@dataclass(frozen=True)
class ListSearch:
    """Lists that can be searched: names with the days of their editions, and what was decided on a pair."""

    index: Searcher
    lists: tuple[tuple[str, str | None], ...]
    decided: Decided = lambda query, match: None


@dataclass(frozen=True)
class Helpers:
    """What looks names up.

    Without ``build`` names are merged by number and when equal alone; without ``search`` no list is searched, and
    ``because`` says why. ``notes`` are what a reader must know of the lists today, their age first of all: they are
    shown beside a finding and are no part of it, for they change with the day.
    """

    build: BuildIndex | None = None
    search: ListSearch | None = None
    because: str = "no list was searched"
    notes: tuple[str, ...] = ()


def every_decision(standing: StandingDecision) -> bool:
    return True


def exposure_helpers(
    lake: Path,
    *,
    as_of: str | None,
    screen: bool,
    decisions: Shows | None = every_decision,
    withheld: frozenset[str] = frozenset(),
) -> Helpers:
    """What the lake offers to look names up with; the lists, where ``screen``, as of a vintage or day.

    ``decisions`` says which decisions on matches are shown, none where ``None``; files whose receipts are ``withheld``
    are taken as if they had never been imported. A log of decisions that was changed is refused (RefusedError).
    """
    if not screen:
        return Helpers(build=NameIndex.build, because="not asked for (--no-screen)")
    try:
        screener = open_screener(lake, as_of=as_of, decisions=decisions is not None, withheld=withheld)
    except MissingDataError as error:
        return Helpers(build=NameIndex.build, because=error.what)
    lists = tuple((state.list, state.list_date) for state in screener.lists.states)
    search = ListSearch(screener.ready.index, lists, _decided_by(screener.known, decisions))
    return Helpers(build=NameIndex.build, search=search, notes=tuple(screener.lists.warnings()))


def _decided_by(known: Standings | None, shows: Shows | None) -> Decided:
    """What was decided on a match: asked for as it was looked up, else without numbers, else by name alone."""

    def decided(query: ScreenQuery, match: Match) -> str | None:
        if known is None or shows is None:
            return None
        for asked in (query, replace(query, identifiers=()), ScreenQuery(query.name)):
            standing = known.of(asked, match)
            if standing is not None and shows(standing):
                reopened = ", reopened" if standing.state is DecisionState.REOPENED else ""
                return f"{standing.decision.decided.value}{reopened}"
        return None

    return decided


def screen_companies(
    companies: Iterable[DeclaredCompany], search: ListSearch | None, *, because: str, most: int = MOST_ASKED
) -> tuple[dict[str, tuple[ListHit, ...]] | None, SearchedLists]:
    """Entries of lists that may be each company; ``None``, which is not "no hit", where nothing was searched.

    The companies come with the most dollars first; up to ``most`` names are looked up, each company's commonest at
    least. ``because`` says why there are no lists to search, where there are none.
    """
    if search is None:
        return None, SearchedLists((), 0, 0, 0, because)
    found: dict[str, tuple[ListHit, ...]] = {}
    asked, shortened = _names_of(list(companies), most)
    hits: dict[str, list[ListHit]] = defaultdict(list)
    for start in range(0, len(asked), BATCH):
        part = asked[start : start + BATCH]
        queries = [_query(company, name) for company, name in part]
        answers = search.index.search(queries, limit=HITS_KEPT)
        for (company, _), query, matches in zip(part, queries, answers, strict=True):
            for match in matches:
                if match.alerts:
                    hits[company.company].append(_hit(query, match, search.decided))
    for code, several in hits.items():
        best: dict[tuple[str, str], ListHit] = {}
        for hit in sorted(several, key=lambda hit: -hit.score):
            best.setdefault((hit.list, hit.entity_id), hit)  # the surest spelling of each entry
        ordered = sorted(best.values(), key=lambda hit: (hit.decision == ANOTHER, -hit.score, hit.list, hit.entity_id))
        found[code] = tuple(ordered[:HITS_KEPT])
    counted = sum(1 for kept in found.values() if kept[0].decision != ANOTHER)
    return found, SearchedLists(search.lists, len({company.company for company, _ in asked}), counted, shortened)


def _query(company: DeclaredCompany, name: str) -> ScreenQuery:
    """What the lists are asked about a company under one of its spellings."""
    return ScreenQuery(
        name,
        company.economies[:3],
        tuple(Identifier("id", number) for number in company.identifiers[:5]),
        schema="Company",
    )


def _hit(query: ScreenQuery, match: Match, decided: Decided) -> ListHit:
    return ListHit(
        entity_id=match.entity_id,
        list=match.list,
        list_date=match.list_date,
        name=match.name,
        matched_name=match.matched_name,
        declared_name=query.name,
        score=match.score,
        decision=decided(query, match),
    )


def _names_of(companies: Sequence[DeclaredCompany], most: int) -> tuple[list[tuple[DeclaredCompany, str]], int]:
    """Names to look up, and how many companies have more in other scripts than could be asked about."""
    usable = [
        (company, names)
        for company in companies
        if (names := [name for name in company.names if name_fault(name.name) is None])
    ]
    asked = [(company, names[0].name) for company, names in usable]
    shortened = 0
    for company, names in usable:
        seen = {script_of(names[0].name)}
        for name in names[1:]:
            if (script := script_of(name.name)) not in seen:
                seen.add(script)
                if len(asked) >= most:
                    shortened += 1
                    break
                asked.append((company, name.name))
    return asked, shortened


def script_of(name: str) -> str:
    """The script of a name's first letter, as Unicode calls it (``LATIN``, ``CYRILLIC``, ``CJK``); empty without one."""
    letter = next((letter for letter in name if letter.isalpha()), "")
    return unicodedata.name(letter, "").split(" ")[0] if letter else ""
