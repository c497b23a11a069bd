"""Addresses of screening: lists, names, decisions on matches, ownership."""

from __future__ import annotations

from dataclasses import MISSING, replace
from typing import Any

from stopgap.answers.decisions import decisions_table
from stopgap.answers.lists import changes_table, entities_table, facts_table, states_table
from stopgap.answers.ownership import covered_table, holders_table
from stopgap.answers.rows import check_table, rows_table
from stopgap.base.errors import UsageError
from stopgap.base.request import Option, RequestField
from stopgap.screening.decisions.request import DecisionsRequest, MatchDecisionRequest
from stopgap.screening.lists.request import ChangesRequest, EntityRequest, ListDayRequest
from stopgap.screening.matching.request import ScreenRequest
from stopgap.screening.ownership.request import CoveredRequest, OwnershipRequest
from stopgap.service.principal import PersonRole
from stopgap.service.rest.operation import Asked, RestOperation, RestsOn, Shaped, Upload
from stopgap.service.rest.shapes import result

_LISTS = (RestsOn.FIGURES, RestsOn.LISTS, RestsOn.DAY)
_DECISIONS = (RestsOn.DECISIONS, RestsOn.FIGURES)
_DECISION_HELP = {"decision": "Id of a decided pair, or its beginning (4 characters at least)."}
_NAMES = (
    RequestField("name", str | None, Option("A name in any script.", metavar="NAME"), None),
    RequestField("names", tuple[str, ...], Option("Several names, in place of one.", metavar="NAME"), ()),
)
_PARTY = RequestField("party", str, Option("Id or name of an entity of the table.", metavar="NAME_OR_ID"), MISSING)
_HEAD = RequestField(
    "head", str | None, Option("A head that the log is known to have had: shows what was cut off its end.", metavar="HASH"), None
)  # fmt: skip
_OWNERS = (
    Upload("ownership", "Who owns what: CSV, or FollowTheMoney entities.", most=20),
    Upload("listed", "Ids of the table that count as listed, one a line.", is_needed=False),
)


def _screen(lake: Any, asked: Asked) -> Any:
    name, names = asked.extra.get("name"), asked.extra.get("names", ())
    if (name is None) == (not names):
        raise UsageError("one name or several are screened", where="body: name, names", fix="give one of the two")
    request = replace(asked.request, explain=True)
    return lake.screen(name, request) if name is not None else lake.screen(list(names), request)


def _screened(found: Any, asked: Asked) -> Shaped:
    shaped = Shaped(found.as_dict(), found.table(), found.marking, screened=found)
    return replace(shaped, rows_at="matches") if len(found) == 1 else replace(shaped, cut=_answers_of_page)


def _answers_of_page(document: dict[str, Any], first: int, end: int) -> dict[str, Any]:
    """Return the answers to several names, each with the matches of a page; one without matches comes once."""
    answers, at = [], 0
    total = sum(len(each["matches"]) for each in document["answers"])
    for each in document["answers"]:
        count = len(each["matches"])
        matches = each["matches"][max(first - at, 0) : max(end - at, 0)]
        if matches or (count == 0 and (first <= at < end or (at == total and first < total <= end))):
            answers.append({**each, "matches": matches})
        at += count
    return {**document, "answers": answers}


def _covered(found: Any, asked: Asked) -> Shaped:
    return Shaped(found.as_dict(), covered_table(found, found.run), found.marking)


def _rules(lake: Any, asked: Asked) -> Any:
    from stopgap.screening.ownership.rule import RULES

    return [
        {
            "rule": rule.name,
            "threshold": rule.threshold,
            "inclusive": rule.inclusive,
            "aggregate": rule.aggregate,
            "method": str(rule.method),
            "says": rule.says,
        }
        for rule in RULES.values()
    ]


def _shown_rules(found: Any, asked: Asked) -> Shaped:
    table = rows_table(found, text=("rule", "method", "says"), numbers=("threshold",), flags=("inclusive", "aggregate"))
    return Shaped({"rules": found}, table, rows_at="rules")


def _decision_log(found: Any, asked: Asked) -> Shaped:
    document = found.as_dict()
    return Shaped(document, check_table(document, "torn_bytes"), found.marking)


SCREENING = (
    RestOperation(
        method="GET", path="/lists", summary="Lists of companies, vessels and organisations: which, how old, how many.",
        api="lists.list", request=ListDayRequest, shape=result(states_table, "lists"), rests_on=_LISTS, is_kept=True,
    ),
    RestOperation(
        method="GET", path="/lists/changes", summary="Entries that were added, changed or removed between two states of the lists.",
        api="lists.changes", request=ChangesRequest, shape=result(changes_table, "changes"), rests_on=_LISTS,
        example={"since": "2020-01-01"},
    ),
    RestOperation(
        method="GET", path="/lists/{list}", summary="Who is on a list.", api="lists.show", subject=("list",),
        request=ListDayRequest, shape=result(entities_table, "entities"), rests_on=_LISTS,
        path_help={"list": "A list, or all of one act (eu-833-2014)."},
    ),
    RestOperation(
        method="GET", path="/listed/{entity}", summary="One entry: whether it was on a list on a day and why, and each edition.",
        api="lists.entity", is_list=False, subject=("entity",), request=EntityRequest, shape=result(facts_table), rests_on=_LISTS,
        path_help={"entity": "Id of an entry, as its list prints it; it may hold slashes."},
    ),
    RestOperation(
        method="POST", path="/screen", summary="Look a name up in the lists; a score is the probability that both are the same.",
        api="screen", request=ScreenRequest, shape=_screened, ask=_screen, extra=_NAMES, is_paged=True,
        rests_on=(*_LISTS, RestsOn.DECISIONS), is_screening=True, leaves_out=frozenset({"explain"}),
        example={"name": "Example Trading LLC", "countries": ["RUS"]},
    ),
    RestOperation(
        method="GET", path="/decisions", summary="Decisions on matches in force, the latest first.", api="decisions.list",
        request=DecisionsRequest, shape=result(decisions_table, "decisions"), rests_on=_DECISIONS,
    ),
    RestOperation(
        method="GET", path="/decisions/verify", summary="Whether the log of decisions is as it was written; its head and count.",
        api="decisions.verify", is_list=False, shape=_decision_log, extra=(_HEAD,), keywords=("head",), rests_on=_DECISIONS,
    ),
    RestOperation(
        method="GET", path="/decisions/{decision}", summary="All decisions on a pair, and what changed of the entity since.",
        api="decisions.show", is_list=False, subject=("decision",), shape=result(lambda found: decisions_table([found])),
        rests_on=_DECISIONS, path_help=_DECISION_HELP,
    ),
    RestOperation(
        method="POST", path="/decisions", summary="Decide on a match; decisions are kept for ever.", api="decisions.decide",
        request=MatchDecisionRequest, shape=result(lambda found: decisions_table([found])), role=PersonRole.ANALYST,
        what="decide on matches",
        example={"query": "Example Trading", "list": "my-list", "entity": "E1", "decided": "false", "why": "other number"},
    ),
    RestOperation(
        method="GET", path="/ownership", summary="Rules of ownership by which tables are read: threshold, and whose shares are added up.",
        api="ownership.covered", ask=_rules, shape=_shown_rules,
    ),
    RestOperation(
        method="POST", path="/ownership", summary="All entities of a table that count as owned by those who are listed.",
        api="ownership.covered", request=CoveredRequest, shape=_covered, uploads=_OWNERS,
    ),
    RestOperation(
        method="POST", path="/ownership/check", summary="Whether one entity of a table counts as owned by those who are listed.",
        api="ownership.check", request=OwnershipRequest, uploads=_OWNERS, extra=(_PARTY,),
        shape=result(lambda found: holders_table(found.found)),
        ask=lambda lake, asked: lake.ownership.check(asked.extra["party"], asked.request),
    ),
)  # fmt: skip
