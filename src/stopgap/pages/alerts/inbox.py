"""Inbox of alerts: what stands out, most dollars at stake first, to be decided on by mouse or by key."""

from __future__ import annotations

import re
from dataclasses import replace

from stopgap.api import Lake
from stopgap.base.errors import UsageError
from stopgap.measures.alerts.request import AlertDecisionRequest, AlertFilter, Listed
from stopgap.pages.alerts.cards import alert_block, alert_card
from stopgap.pages.alerts.query import STATUSES, InboxQuery, alert_tabs
from stopgap.pages.episode.query import economy_names
from stopgap.pages.views import DataSource, PageContent
from stopgap.panel.episodes import episode_names, load_episode

SHOWN = 20
"""Alerts on one page of the inbox."""


def inbox(lake: Lake, query: InboxQuery) -> PageContent:
    """Return the inbox.

    Args:
        lake: The lake.
        query: Which alerts.

    Raises:
        UsageError: An unknown status, or a month that is none.
    """
    if query.month is not None and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", query.month):
        raise UsageError(f"{query.month[:20]!r} is no month", where="query: month", fix="write it as 2024-05")
    every = lake.alerts.list(AlertFilter(status=str(Listed.ALL)))
    wanted = lake.alerts.list(AlertFilter(status=query.status))
    found = [
        case
        for case in wanted
        if query.episode in (None, case.alert["episode"])
        if query.month is None or query.month in {each["month"] for each in case.signals}
    ]
    shown = found[query.start : query.start + SHOWN]
    names = economy_names()
    months = sorted({each["month"] for case in every for each in case.signals}, reverse=True)
    episodes = sorted({*episode_names(), *(str(case.alert["episode"]) for case in every if case.alert["episode"])})
    titles = {name: load_episode(name).title for name in episode_names()}
    rest = len(found) - query.start - len(shown)
    return PageContent(
        template="alerts/inbox.html",
        title="Alerts",
        nav="/alerts",
        tabs=alert_tabs("/alerts"),
        marking=wanted.marking,
        values={
            "query": query,
            "cards": tuple(alert_card(case, names) for case in shown),
            "total": len(found),
            "every": len(every),
            "open": sum(case.status == "open" for case in every),
            "statuses": STATUSES,
            "months": months,
            "episodes": tuple((name, titles.get(name, name)) for name in episodes),
            "runnable": tuple(titles.items()),
            "earlier": replace(query, start=max(query.start - SHOWN, 0)).options if query.start else None,
            "later": replace(query, start=query.start + SHOWN).options if rest > 0 else None,
            "first": query.start + 1,
            "last": query.start + len(shown),
            "source": DataSource("/alerts", {"status": query.status}),
            "later_charts": True,
        },
    )


def decided_alert(lake: Lake, id: str, decision: str, why: str) -> PageContent:
    """Decide on an alert, and return its block of decisions as it is now.

    Raises:
        NotFoundError: No such alert.
        UsageError: An unknown decision, or no reason.
        RefusedError: The lake cannot be written.
    """
    case = lake.alerts.decide(id, AlertDecisionRequest(decision=decision, why=why))
    return PageContent("decided.html", "Decision", {"block": alert_block(case)}, marking=case.marking, nav="/alerts")
