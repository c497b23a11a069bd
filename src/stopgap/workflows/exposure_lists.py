"""Companies behind an episode's goods, looked up in the lists that the lake holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from stopgap.screening.exposure_parties import DeclaredCompany, Searcher, query_of
from stopgap.screening.exposure_results import ListHit, Screened
from stopgap.screening.results import Match

NAMES_ASKED = 3
"""Spellings of a company that are looked up, the commonest first."""

HITS_KEPT = 3
BATCH = 2_000

Decided = Callable[[str, Match], str | None]
"""(name as declared, match) -> what was decided on the pair, if anything."""


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
    decided: Decided = lambda name, match: None


def screen_companies(
    companies: Iterable[DeclaredCompany], search: ListSearch | None, *, because: str
) -> tuple[dict[str, tuple[ListHit, ...]] | None, Screened]:
    """Entries of lists that may be each company.

    Args:
        companies: Those of the finding.
        search: The lists; ``None`` where there are none to search.
        because: Why there are none.

    Returns:
        Hits that alert, by company; ``None``, which is not "no hit", where nothing was searched.
    """
    if search is None:
        return None, Screened((), 0, 0, because)
    found: dict[str, tuple[ListHit, ...]] = {}
    asked = [(company, name.name) for company in companies for name in company.names[:NAMES_ASKED]]
    best: dict[str, dict[tuple[str, str], ListHit]] = {}
    for start in range(0, len(asked), BATCH):
        part = asked[start : start + BATCH]
        answers = search.index.search([query_of(company, name) for company, name in part], limit=HITS_KEPT)
        for (company, name), matches in zip(part, answers, strict=True):
            for match in matches:
                if match.alerts:
                    _keep(best.setdefault(company.company, {}), _hit(name, match, search.decided))
    for code, hits in best.items():
        ordered = sorted(hits.values(), key=lambda hit: (-hit.score, hit.list, hit.entity_id))
        found[code] = tuple(ordered[:HITS_KEPT])
    looked_up = len({company.company for company, _ in asked})
    return found, Screened(search.lists, looked_up, len(found))


def _keep(hits: dict[tuple[str, str], ListHit], hit: ListHit) -> None:
    """The surest spelling of each entry."""
    key = (hit.list, hit.entity_id)
    if key not in hits or hit.score > hits[key].score:
        hits[key] = hit


def _hit(name: str, match: Match, decided: Decided) -> ListHit:
    return ListHit(
        entity_id=match.entity_id,
        list=match.list,
        list_date=match.list_date,
        name=match.name,
        matched_name=match.matched_name,
        declared_name=name,
        score=match.score,
        decision=decided(name, match),
    )
