"""Answers in the shapes of yente's API from the lists that are open, with what they rest on beside."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import Any

from stopgap.screening.index.build import model_version
from stopgap.screening.index.name_index import THRESHOLD
from stopgap.screening.matching import yente
from stopgap.screening.matching.results import Match, ScreenQuery
from stopgap.screening.matching.screeners import OpenLists
from stopgap.screening.matching.yente_request import ALGORITHM, DEFAULT, MatchRequest
from stopgap.screening.matching.yente_scopes import lists_of, scopes

Document = dict[str, Any]

BODY = ("queries", "weights", "config")
"""Members of the body of a request."""


def match_answer(opened: OpenLists, asked: Mapping[str, Any], request: MatchRequest) -> Document:
    """Answer ``POST /match/{dataset}``.

    Beside yente's fields stand ``stopgap`` (what the answer rests on) and, at each result, ``stopgap`` (its list and
    edition, the decision on it with its history, and why it ties with another).

    Raises:
        InputError: The request or a query is not of yente's shape, or a number is out of its bounds.
        UsageError: A query is for a person, or the request asks for what cannot be honoured.
        NotFoundError: A list or scope is not known.
    """
    request.refuse_unheld()
    screener = opened.screener
    lists = lists_of(scopes(screener.lists.states, screener.ready.formats), request)
    threshold = THRESHOLD if request.threshold is None else request.threshold
    wanted = yente.YenteOptions(
        limit=request.limit,
        threshold=threshold,
        cutoff=None if request.cutoff is None else min(request.cutoff, threshold),
        lists=lists,
        without_schemas=frozenset(request.exclude_schema),
        without_ids=frozenset(request.exclude_entity_ids),
    )
    found = yente.match(
        asked,
        screener.ready.index.searched,
        find_entity=screener.entity,
        beside=lambda query, match: beside(opened, query, match),
        wanted=wanted,
    )
    found["stopgap"] = {**rests_on(opened, lists), "threshold": threshold, "cutoff": wanted.cutoff}
    return found


def beside(opened: OpenLists, query: ScreenQuery, match: Match) -> Document:
    """Return what stands beside a result: list, edition, name that matched, and the decision with its history."""
    screener = opened.screener
    entity = screener.entity(match.list, match.entity_id)
    standing = screener.known.of(query, match) if screener.known is not None else None
    return {
        "list": match.list,
        "list_date": match.list_date,
        "receipt": entity.receipt if entity is not None else None,
        "matched_name": match.matched_name,
        "matched_kind": match.matched_kind.value,
        "is_other_kind": match.is_other_kind,
        "order": round(screener.ready.index.in_common(query.name, match.matched_name), 6),
        "decision": standing.as_dict() if standing is not None else None,
    }


_RESTS_ON: weakref.WeakKeyDictionary[OpenLists, dict[frozenset[str] | None, Document]] = weakref.WeakKeyDictionary()


def rests_on(opened: OpenLists, lists: frozenset[str] | None) -> Document:
    """Return what an answer rests on: editions, index, model and vintage; with them it can be given again."""
    known = _RESTS_ON.setdefault(opened, {})
    if lists not in known:
        known[lists] = _rests_on(opened, lists)
    return known[lists]


def _rests_on(opened: OpenLists, lists: frozenset[str] | None) -> Document:
    return {
        "model": model_version(),
        "index": opened.screener.ready.fingerprint,
        "vintage": opened.vintage,
        "editions": [each for each in opened.editions if lists is None or each["list"] in lists],
        "warnings": opened.screener.lists.only(lists).warnings(),
    }


def algorithms() -> Document:
    """Answer ``GET /algorithms``."""
    features = yente.feature_docs()
    said = (
        "Names of firms and vessels in any script, by words, spelling, sound and initials; then numbers of registers, "
        "countries, addresses and kind. The score is the probability that both are the same; docs/methods/names.md."
    )
    docs = {"name": ALGORITHM, "description": said, "config": {}, "features": features}
    one = {"name": ALGORITHM, "description": said, "features": features, "docs": docs}
    return {"algorithms": [one], "default": ALGORITHM, "best": ALGORITHM}


def catalogue(opened: OpenLists) -> Document:
    """Answer ``GET /catalog``: each scope and list as a dataset, of the edition in force."""
    screener = opened.screener
    known = scopes(screener.lists.states, screener.ready.formats)
    states = {state.list: state for state in screener.lists.states}
    datasets = []
    for name, lists in known.items():
        state = states.get(name)
        days = [str(states[each].list_date or states[each].imported_on) for each in lists]
        version = max(days, default="").replace("-", "")
        datasets.append(
            {
                "name": name,
                "title": _title(name, lists, state is not None),
                "summary": None,
                "description": None,
                "url": None,
                "load": state is not None,
                "entities_url": None,
                "version": version,
                "index_version": version,
                "index_current": True,
                "children": [] if state is not None else list(lists),
                "entity_count": sum(states[each].entities for each in lists),
                "last_export": f"{max(days)}T00:00:00" if days else None,
            }
        )
    return {
        "datasets": datasets,
        "current": [each["name"] for each in datasets],
        "outdated": [],
        "index_stale": False,
        "stopgap": rests_on(opened, None),
    }


def _title(name: str, lists: tuple[str, ...], is_list: bool) -> str:
    if is_list:
        return name
    count = "1 list" if len(lists) == 1 else f"{len(lists)} lists"
    return f"All lists ({count})" if name == DEFAULT else f"{name} ({count})"
