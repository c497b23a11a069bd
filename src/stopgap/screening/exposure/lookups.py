"""Name look-ups for an exposure: the index used to merge declared names, and the lists searched for its companies."""

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
from stopgap.screening.exposure.results import ListedAs, ListHit, SearchedLists
from stopgap.screening.index.name_index import NameIndex
from stopgap.screening.matching.match_selection import name_fault
from stopgap.screening.matching.results import Match, ScreenQuery
from stopgap.screening.matching.run import Screener, open_screener

MOST_ASKED = 30_000
"""Maximum number of names looked up. The most common name of every company is looked up in any case; names in other
scripts follow, those of the companies with the most dollars first."""

HITS_KEPT = 3
ANOTHER = "false"
"""Decision that the entry is another company: such an entry is shown last and does not count as a hit."""

BATCH = 2_000

Decided = Callable[[ScreenQuery, Match], str | None]
"""Function (query, match) -> the decision on the pair as text, or ``None``."""

Listed = Callable[[Match], ListedAs | None]
"""Function that returns what the list says of a matched entry."""

Shows = Callable[[StandingDecision], bool]
"""Function that tells whether a decision on a match is shown with it."""


@dataclass(frozen=True)
class ListSearch:
    """Index of lists to search, with names and edition days of the lists, and the look-up of decisions on pairs."""

    index: Searcher
    lists: tuple[tuple[str, str | None], ...]
    decided: Decided = lambda query, match: None
    listed: Listed = lambda match: None


@dataclass(frozen=True)
class Helpers:
    """Name look-up functions for an exposure.

    Without ``build``, names are merged only by identifier and if equal; without ``search``, no list is searched, and
    ``because`` gives the reason. ``notes`` are warnings about the lists as of today, mainly their age: they are shown
    with a finding but are not part of it, because they change from day to day.
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
    """Return the name look-ups that a lake supports, with its lists as of a vintage or day if ``screen`` is set.

    ``decisions`` selects the decisions on matches to show, none if ``None``; files whose receipts are in ``withheld``
    are treated as never imported. A log of decisions that was altered raises RefusedError.
    """
    if not screen:
        return Helpers(build=NameIndex.build, because="not asked for (--no-screen)")
    try:
        screener = open_screener(lake, as_of=as_of, decisions=decisions is not None, withheld=withheld)
    except MissingDataError as error:
        return Helpers(build=NameIndex.build, because=error.what)
    lists = tuple((state.list, state.list_date) for state in screener.lists.states)
    search = ListSearch(screener.ready.index, lists, _decided_by(screener.known, decisions), _listed_by(screener))
    return Helpers(build=NameIndex.build, search=search, notes=tuple(screener.lists.warnings()))


def _listed_by(screener: Screener) -> Listed:
    """Return a look-up of what a list says of a matched entry."""

    def listed(match: Match) -> ListedAs | None:
        found = screener.listings_of(match, lists=frozenset({match.list}))
        if not found:
            return None
        names = ("list_name", "programme", "annex", "economies", "addresses", "listed_on", "reason", "receipt")
        numbers = tuple(f"{one.kind}:{one.value}" for one in found[0].identifiers)
        said = {name: getattr(found[0], name) for name in names}
        return ListedAs(kind=found[0].kind.value, identifiers=numbers, rows_query=found[0].rows_query, **said)

    return listed


def _decided_by(known: Standings | None, shows: Shows | None) -> Decided:
    """Return a look-up of decisions that tries the query as it is, then without identifiers, then by name alone."""

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
    """Search the lists for each company; return hits by company id, or ``None`` (not "no hit") if nothing was searched.

    The companies must be given largest first; up to ``most`` names are looked up, at least the most common one of each
    company. ``because`` is the reason reported if there are no lists to search.
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
                    hits[company.company].append(_hit(query, match, search))
    for code, several in hits.items():
        best: dict[tuple[str, str], ListHit] = {}
        for hit in sorted(several, key=lambda hit: -hit.score):
            best.setdefault((hit.list, hit.entity_id), hit)  # the surest spelling of each entry
        ordered = sorted(best.values(), key=lambda hit: (hit.decision == ANOTHER, -hit.score, hit.list, hit.entity_id))
        found[code] = tuple(ordered[:HITS_KEPT])
    counted = sum(1 for kept in found.values() if kept[0].decision != ANOTHER)
    return found, SearchedLists(search.lists, len({company.company for company, _ in asked}), counted, shortened)


def _query(company: DeclaredCompany, name: str) -> ScreenQuery:
    """Build the query for a company under one of its spellings."""
    return ScreenQuery(
        name,
        company.economies[:3],
        tuple(Identifier("id", number) for number in company.identifiers[:5]),
        schema="Company",
    )


def _hit(query: ScreenQuery, match: Match, search: ListSearch) -> ListHit:
    return ListHit(
        entity_id=match.entity_id,
        list=match.list,
        list_date=match.list_date,
        name=match.name,
        matched_name=match.matched_name,
        declared_name=query.name,
        score=match.score,
        decision=search.decided(query, match),
        listing=search.listed(match),
    )


def _names_of(companies: Sequence[DeclaredCompany], most: int) -> tuple[list[tuple[DeclaredCompany, str]], int]:
    """Return the names to look up, and the number of companies whose names in other scripts exceed the maximum."""
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
    """Return the Unicode script of a name's first letter (``LATIN``, ``CYRILLIC``, ``CJK``); empty if it has none."""
    letter = next((letter for letter in name if letter.isalpha()), "")
    return unicodedata.name(letter, "").split(" ")[0] if letter else ""
