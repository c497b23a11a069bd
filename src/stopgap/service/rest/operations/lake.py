"""Addresses of the lake: vintages, SQL, alerts, markings."""

from __future__ import annotations

from dataclasses import MISSING, replace
from typing import Any

from stopgap.answers.alerts import alerts_table
from stopgap.answers.documents import listed, query_document
from stopgap.answers.markings import markings_table
from stopgap.answers.rows import check_table
from stopgap.base.errors import UsageError
from stopgap.base.request import Completes, Option, RequestField
from stopgap.evidence.markings.request import MarkRequest, ReasonRequest
from stopgap.intake.request import SourceRowsRequest
from stopgap.lake.query.limits import RESULT, TIMEOUT_S, size_of
from stopgap.lake.query.request import QueryRequest
from stopgap.measures.alerts.request import AlertDecisionRequest, AlertFilter
from stopgap.service.principal import PersonRole
from stopgap.service.rest.operation import Asked, RestOperation, RestsOn, Shaped
from stopgap.service.rest.operations.measures import EPISODE_HELP
from stopgap.service.rest.shapes import one_row, own_table, result

QUERY_MEMORY = "1GB"
"""Memory that a statement may use; what does not fit is spilled to disk."""

_ALERT_HELP = {"alert": "Id of an alert, or its beginning, such as a-0123456789."}
_SUBJECT_HELP = {
    "subject": "receipt:ID, source:NAME, table:trade|declarations|listed, claim:ID, alert:ID, decision:ID, finding:ID, "
    "goods:NAME, episode:NAME, attachment:HASH or verdict:ID."
}
_HEAD = RequestField(
    "head", str | None, Option("A head that the log is known to have had: shows what was cut off its end.", metavar="HASH"), None
)  # fmt: skip
_SQL = RequestField("sql", str, Option("One SELECT over the views.", metavar="SQL"), MISSING)
_WITHDRAWN_WHY = RequestField("why", str, Option("The reason, kept in the log.", metavar="TEXT"), MISSING)
_VINTAGE = RequestField(
    "vintage",
    str | None,
    Option(
        "Vintage that the file came with, where it was imported more than once.",
        metavar="VINTAGE",
        completes=Completes.VINTAGE,
    ),
    None,
)


def _vintages(found: Any, asked: Asked) -> Shaped:
    return Shaped({"vintages": found.arrow.to_pylist()}, found.arrow, found.marking, rows_at="vintages")


def ask_query(lake: Any, asked: Asked) -> Any:
    """Run a statement with limits that are at most those of the command line: others ask at the same time."""
    request = asked.request
    if not 0 < request.timeout <= TIMEOUT_S:
        raise UsageError(
            f"a statement cannot take {request.timeout:g} seconds here",
            where="body: timeout",
            fix=f"give a number of seconds above 0, at most {TIMEOUT_S:g}",
        )
    if size_of(request.result_limit, "result_limit", least=1000) > size_of(RESULT, "result_limit", least=1000):
        raise UsageError(
            f"an answer cannot have {request.result_limit} here",
            where="body: result_limit",
            fix=f"give at most {RESULT}",
        )
    return lake.query(asked.extra["sql"], replace(request, memory_limit=QUERY_MEMORY))


def _query(found: Any, asked: Asked) -> Shaped:
    document = query_document(found.arrow.slice(0, 0), found.as_of)
    return Shaped(document, found.arrow, found.marking, rows_at="rows", has_rows=False)


def _alerts(found: Any, asked: Asked) -> Shaped:
    document = {"status": str(asked.request.status), **listed("alerts", found)}
    return Shaped(document, alerts_table(found), found.marking, rows_at="alerts")


def _alerts_of_episode(lake: Any, asked: Asked) -> Any:
    return lake.alerts.list(replace(asked.request, episode=asked.path["episode"]))


def _one_alert(found: Any, asked: Asked) -> Shaped:
    return Shaped(found.as_dict(), alerts_table([found]), found.marking)


def _markings(found: Any, asked: Asked) -> Shaped:
    document = listed("markings", found)
    return Shaped(
        document, markings_table([dict(row) for row in document["markings"]]), found.marking, rows_at="markings"
    )


def _shown_marking(found: Any, asked: Asked) -> Shaped:
    table = markings_table([{"subject": what, **marking.as_dict()} for what, marking in found.behind])
    return Shaped(found.as_dict(), table, found.marking)


def _marked(found: Any, asked: Asked) -> Shaped:
    mark = found.mark
    row = {"subject": mark.subject, **mark.marking.as_dict(), "who": mark.who, "when": mark.when, "why": mark.why}
    return Shaped(found.as_dict(), markings_table([row]), found.marking)


def _released(found: Any, asked: Asked) -> Shaped:
    release = found.release
    row = {
        "subject": release.item,
        **release.marking.as_dict(),
        **{name: getattr(release, name) for name in ("who", "when", "why", "id")},
    }
    return Shaped(found.as_dict(), markings_table([row]), found.marking)


def _marking_log(found: Any, asked: Asked) -> Shaped:
    return Shaped(found.as_dict(), check_table(found.as_dict()))


LAKE = (
    RestOperation(
        method="GET", path="/vintages", summary="The lake's vintages: one an import or a withdrawal.", api="vintages",
        shape=_vintages, rests_on=(RestsOn.FIGURES,),
    ),
    RestOperation(
        method="GET", path="/receipts/{receipt}/rows", summary="Rows of an imported file that a figure comes from.",
        api="source_rows", subject=("receipt",), request=SourceRowsRequest, shape=result(own_table, "rows"),
        rests_on=(RestsOn.FIGURES,), path_help={"receipt": "Receipt of the file, as rows of the lake have it."},
        example={"good": "854231", "period": "2023-01"},
    ),
    RestOperation(
        method="POST", path="/query", summary="Read-only SQL over the lake's views, with limits on time, memory and size.",
        api="query", request=QueryRequest, shape=_query, extra=(_SQL,),
        ask=ask_query,
        example={"sql": "SELECT reporter, sum(value_usd) AS value_usd FROM trade WHERE partner = 'RUS' GROUP BY 1"},
    ),
    RestOperation(
        method="POST", path="/receipts/{receipt}/withdraw",
        summary="Take an imported file back: a new vintage as if it had never been imported.", api="withdraw",
        shape=result(one_row), role=PersonRole.RELEASER, what="take files back", extra=(_WITHDRAWN_WHY, _VINTAGE),
        ask=lambda lake, asked: lake.withdraw(
            asked.path["receipt"], why=asked.extra["why"], vintage=asked.extra.get("vintage")
        ),
        path_help={"receipt": "Receipt of the file."}, example={"why": "sent by mistake"},
    ),
    RestOperation(
        method="GET", path="/alerts", summary="Alerts, most dollars at stake first.", api="alerts.list", request=AlertFilter,
        shape=_alerts, rests_on=(RestsOn.ALERTS, RestsOn.FIGURES, RestsOn.CLAIMS), example={"status": "all"},
    ),
    RestOperation(
        method="GET", path="/episodes/{episode}/alerts", summary="Alerts of the episode, most dollars at stake first.",
        api="alerts.list", request=AlertFilter, shape=_alerts, ask=_alerts_of_episode, leaves_out=frozenset({"episode"}),
        rests_on=(RestsOn.ALERTS, RestsOn.FIGURES, RestsOn.CLAIMS), path_help=EPISODE_HELP,
    ),
    RestOperation(
        method="GET", path="/alerts/{alert}", summary="One alert: its explanation, its months as the lake has them now, its decisions.",
        api="alerts.show", subject=("alert",), shape=result(lambda found: found.rows, "rows"),
        rests_on=(RestsOn.ALERTS, RestsOn.FIGURES, RestsOn.CLAIMS), path_help=_ALERT_HELP,
    ),
    RestOperation(
        method="POST", path="/alerts/{alert}/decide", summary="Decide on an alert; decisions are kept for ever.",
        api="alerts.decide", subject=("alert",), request=AlertDecisionRequest, shape=_one_alert, role=PersonRole.ANALYST,
        what="decide on alerts", path_help=_ALERT_HELP, example={"decision": "watch", "why": "to be seen next month"},
    ),
    RestOperation(
        method="GET", path="/markings", summary="The marks in force, the releases and the defaults.", api="markings.list",
        shape=_markings, rests_on=(RestsOn.FIGURES, RestsOn.CLAIMS, RestsOn.ALERTS, RestsOn.DECISIONS, RestsOn.RECEIVED),
    ),
    RestOperation(
        method="GET", path="/markings/check", summary="Whether the log of markings is as it was written.",
        api="markings.check", is_list=False, shape=_marking_log, extra=(_HEAD,), keywords=("head",),
    ),
    RestOperation(
        method="GET", path="/markings/{subject}", summary="What a subject is marked, and what brings it.",
        api="markings.show", is_list=False, subject=("subject",), shape=_shown_marking, path_help=_SUBJECT_HELP,
        rests_on=(RestsOn.FIGURES, RestsOn.CLAIMS, RestsOn.ALERTS, RestsOn.DECISIONS, RestsOn.RECEIVED),
    ),
    RestOperation(
        method="POST", path="/markings", summary="Mark a file, a source, a statement and so on; the mark before stays in the log.",
        api="markings.set", request=MarkRequest, shape=_marked, role=PersonRole.RELEASER, what="mark evidence",
        extra=(RequestField("subject", str, Option(_SUBJECT_HELP["subject"], metavar="SUBJECT"), MISSING),),
        ask=lambda lake, asked: lake.markings.set(asked.extra["subject"], asked.request),
        example={"subject": "source:comtrade", "marking": "TLP:GREEN", "why": "terms of the subscription"},
    ),
    RestOperation(
        method="POST", path="/markings/release", summary="Release a finding or a verdict below the marking of what it rests on.",
        api="markings.release", request=MarkRequest, shape=_released, role=PersonRole.RELEASER, what="release findings",
        extra=(RequestField("finding", str, Option("Id of a finding (8 digits at least), or verdict:ID.", metavar="FINDING"), MISSING),),
        ask=lambda lake, asked: lake.markings.release(asked.extra["finding"], asked.request),
        example={"finding": "sha256:1a2b3c4d5e6f", "marking": "TLP:GREEN", "why": "sums of many firms"},
    ),
    RestOperation(
        method="POST", path="/markings/{release}/withdraw", summary="Take a release back. What went out under it stays out.",
        api="markings.withdraw", subject=("release",), request=ReasonRequest, shape=_released, role=PersonRole.RELEASER,
        what="take releases back", path_help={"release": "Id of the release (GET markings)."},
        example={"why": "a file behind it was restricted since"},
    ),
)  # fmt: skip
