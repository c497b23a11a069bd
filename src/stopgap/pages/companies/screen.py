"""Page on which a name or a file of names is screened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stopgap.api import Lake
from stopgap.codes.areas import areas
from stopgap.pages.companies.hits import Hit, hit_of, probability
from stopgap.pages.companies.query import CompanyQuery, company_tabs
from stopgap.pages.episode.query import economy_names
from stopgap.pages.views import PageContent
from stopgap.pages.words import as_sentence
from stopgap.screening.entities import KINDS
from stopgap.screening.lists.request import ListDayRequest
from stopgap.screening.lists.titles import list_title
from stopgap.screening.matching.request import MATCHES

if TYPE_CHECKING:
    from stopgap.screening.lists.results import ListStates
    from stopgap.screening.matching.match_selection import ScreenAnswer
    from stopgap.screening.matching.run import ScreenedNames

NO_LISTS = (
    "The lake holds no lists: import one, such as the EU’s consolidated list or the US Consolidated Screening List."
)


def start_page(lake: Lake, query: CompanyQuery, problem: Mapping[str, str] | None = None) -> PageContent:
    """Return the page before a name was looked up.

    Args:
        lake: The lake.
        query: What the form holds.
        problem: ``what``, ``where`` and ``fix`` of a look-up that was refused.
    """
    states = lake.lists.list(ListDayRequest())
    return _page(query, states, {"problem": problem, "answer": None, "hits": (), "sentence": ""})


def screen_page(lake: Lake, query: CompanyQuery) -> tuple[PageContent, ScreenedNames]:
    """Look a name up, and return the page with the names that were found, for the log.

    Raises:
        MissingDataError: The lake holds no lists.
        InputError: The name or the number cannot be read.
        NotFoundError: No such list or country.
        UsageError: The threshold is no probability, or the limit is below 1.
    """
    found = lake.screen(query.name, query.request())
    [answer] = found
    names = economy_names()
    hits = tuple(hit_of(answer.query, each, names, str(found.about["model"])) for each in answer.matches)
    states = lake.lists.list(ListDayRequest())
    values = {
        "problem": None,
        "answer": answer,
        "hits": hits,
        "sentence": sentence(answer, found, hits),
        "asked": found.lists.says(),
        "unknown": tuple(map(as_sentence, (*answer.warnings, *found.lists.warnings(), *_always(answer)))),
        "shown_threshold": f"{found.about['threshold']:.2f}",
    }
    return _page(query, states, values, title=f"Is {query.name} listed?"), found


def _page(query: CompanyQuery, states: ListStates, values: Mapping[str, Any], title: str = "Companies") -> PageContent:
    from stopgap.screening.index.name_index import THRESHOLD

    families = sorted({state.family for state in states} | {state.list for state in states})
    economies = sorted((area.name, code) for code, area in areas().items() if area.kind == "economy")
    return PageContent(
        template="companies/screen.html",
        title=title,
        nav="/companies",
        tabs=company_tabs("/companies"),
        values={
            "query": query,
            "lists": tuple((name, list_title(name)) for name in families),
            "economies": economies,
            "kinds": KINDS,
            "threshold": THRESHOLD,
            "most": MATCHES,
            "has_lists": bool(len(states)),
            "no_lists": NO_LISTS,
            "asked": "",
            "unknown": (),
            "shown_threshold": "",
            **values,
        },
    )


def sentence(answer: ScreenAnswer, found: ScreenedNames, hits: tuple[Hit, ...]) -> str:
    """Return whether a firm is listed, and since when, in one or two sentences."""
    name = answer.query.name
    if not hits:
        return f"Nothing like “{name}” stands on the {_count(found)} asked. That says nothing of other lists or other names."
    first = next((place for place, each in enumerate(answer.matches) if each.match.alerts), None)
    if first is None:
        said = "the nearest" if len(hits) == 1 else f"the nearest of {len(hits)}"
        decided = " Matches that reach it were decided to be other companies." if _all_dismissed(answer, found) else ""
        best = answer.matches[0].match
        return (
            f"No match of “{name}” alerts on the {_count(found)} asked; {said}, {best.name}, {hits[0].said}, "
            f"has a probability of {probability(best.score)} to be the same.{decided}"
        )
    match, hit = answer.matches[first], hits[first]
    standing = match.standing
    if standing is not None and standing.decision.decided.value == "true" and standing.state.value == "standing":
        decision = standing.decision
        return f"“{name}” is {match.match.name}, as {decision.who} decided on {decision.when[:10]}: it is listed {hit.said}."
    return (
        f"“{name}” may be {match.match.name}, which is listed {hit.said}: the probability that both are the same is "
        f"{hit.score}. Nobody has confirmed it yet."
    )


def _count(found: ScreenedNames) -> str:
    number = len(found.lists.states)
    return "list" if number == 1 else f"{number} lists"


def _all_dismissed(answer: ScreenAnswer, found: ScreenedNames) -> bool:
    near = [each for each in answer.matches if each.match.score >= found.about["threshold"]]
    return bool(near) and all(
        each.standing is not None and each.standing.decision.decided.value == "false" for each in near
    )


def _always(answer: ScreenAnswer) -> tuple[str, ...]:
    undated = any(not each.listed_on for found in answer.matches for each in found.listings)
    said = ["Owners are not looked up here: a firm that is owned by a listed one may stand on no list"]
    if undated:
        said.append("A list that states no day of listing does not tell since when")
    return tuple(said)
