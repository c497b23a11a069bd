"""Companies behind an episode's goods, looked up in the lists that the lake holds."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from stopgap.screening.exposure.parties import DeclaredCompany, Searcher, query_of
from stopgap.screening.exposure.results import ListHit, SearchedLists
from stopgap.screening.matching.match_selection import name_fault
from stopgap.screening.matching.results import Match, ScreenQuery

MOST_ASKED = 30_000
"""Names that are looked up: every company's commonest, then others of those with the most dollars."""

HITS_KEPT = 3
ANOTHER = "false"
"""A decision that the entry is another company: it is shown last, and is no hit."""

BATCH = 2_000

Decided = Callable[[ScreenQuery, Match], str | None]
"""(what was asked, a match) -> what was decided on the pair, if anything."""


@dataclass(frozen=True)
class ListSearch:
    """Lists that can be searched.

    Attributes:
        index: Searches them.
        lists: Names of the lists, with the days of their editions.
        decided: What was decided on a pair.
    """

    index: Searcher
    lists: tuple[tuple[str, str | None], ...]
    decided: Decided = lambda query, match: None


def screen_companies(
    companies: Iterable[DeclaredCompany], search: ListSearch | None, *, because: str, most: int = MOST_ASKED
) -> tuple[dict[str, tuple[ListHit, ...]] | None, SearchedLists]:
    """Entries of lists that may be each company.

    Args:
        companies: Those of the finding, the most dollars first.
        search: The lists; ``None`` where there are none to search.
        because: Why there are none.
        most: Names to look up; each company has one at least.

    Returns:
        Hits that alert, by company; ``None``, which is not "no hit", where nothing was searched.
    """
    if search is None:
        return None, SearchedLists((), 0, 0, 0, because)
    found: dict[str, tuple[ListHit, ...]] = {}
    known = list(companies)
    asked, shortened = _names_of(known, most)
    best: dict[str, dict[tuple[str, str], ListHit]] = {}
    for start in range(0, len(asked), BATCH):
        part = asked[start : start + BATCH]
        queries = [query_of(company, name) for company, name in part]
        answers = search.index.search(queries, limit=HITS_KEPT)
        for (company, _), query, matches in zip(part, queries, answers, strict=True):
            for match in matches:
                if match.alerts:
                    _keep(best.setdefault(company.company, {}), _hit(query, match, search.decided))
    for code, hits in best.items():
        ordered = sorted(hits.values(), key=lambda hit: (hit.decision == ANOTHER, -hit.score, hit.list, hit.entity_id))
        found[code] = tuple(ordered[:HITS_KEPT])
    counted = sum(1 for hits in found.values() if hits[0].decision != ANOTHER)
    return found, SearchedLists(search.lists, len({company.company for company, _ in asked}), counted, shortened)


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


def _keep(hits: dict[tuple[str, str], ListHit], hit: ListHit) -> None:
    """The surest spelling of each entry."""
    key = (hit.list, hit.entity_id)
    if key not in hits or hit.score > hits[key].score:
        hits[key] = hit


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
