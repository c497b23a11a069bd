"""What is on watch: alerts, matches of names, and episodes, each with what changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stopgap.api import Lake
from stopgap.base.marking import CLEAR, strictest
from stopgap.measures.alerts.request import AlertFilter, Listed
from stopgap.pages.alerts.cards import AlertCard, alert_card
from stopgap.pages.alerts.query import alert_tabs
from stopgap.pages.companies.hits import DECIDED
from stopgap.pages.companies.query import CompanyQuery
from stopgap.pages.deciding import moment_words
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.site import path_of
from stopgap.pages.views import Cell, PageContent, TableColumn, TableView
from stopgap.panel.episodes import episode_names
from stopgap.screening.decisions.request import DecisionsRequest, DecisionStatus

if TYPE_CHECKING:
    from stopgap.measures.alerts.cases import AlertCase
    from stopgap.screening.decisions.states import StandingDecision
    from stopgap.watch.reports import ReportedWatch


@dataclass(frozen=True)
class WatchedAlert:
    """An alert on watch: the alert, and what was seen of it since it was put there."""

    card: AlertCard
    since: str
    is_new: bool


@dataclass(frozen=True)
class WatchedEpisode:
    """An episode that a watch measures again and again.

    Attributes:
        title: Name of the watch.
        page: Path of the episode; empty where it is not built in.
        said: Which report it is of.
        events: What changed.
        alerts: Alerts that were new then: id and text.
        failures: What went wrong.
    """

    title: str
    page: str
    said: str
    events: tuple[str, ...]
    alerts: tuple[tuple[str, str], ...]
    failures: tuple[str, ...]


def watch_page(lake: Lake) -> PageContent:
    """Return what is on watch and what changed since."""
    alerts = lake.alerts.list(AlertFilter(status=str(Listed.WATCH)))
    matches = lake.decisions.list(DecisionsRequest(status=DecisionStatus.OPEN))
    watches = lake.watches()
    imported = {row["vintage"]: str(row["committed"]) for row in lake.vintages().arrow.to_pylist()} if alerts else {}
    names = economy_names()
    watched = sorted((_alert(case, names, imported) for case in alerts), key=lambda each: not each.is_new)
    new = sum(each.is_new for each in watched) + sum(bool(each.changes) for each in matches)
    return PageContent(
        template="alerts/watch.html",
        title="On watch",
        nav="/alerts",
        tabs=alert_tabs("/alerts/watch"),
        marking=strictest(each.marking or CLEAR for each in (alerts, matches, watches)),
        values={
            "alerts": tuple(watched),
            "matches": _matches(matches),
            "watches": tuple(map(_watch, watches)),
            "new": new,
            "total": len(watched) + len(matches),
        },
    )


def _alert(case: AlertCase, names: Mapping[str, str], imported: Mapping[str, str]) -> WatchedAlert:
    """Return an alert on watch; a signal is since then whose vintage came after it was put on watch."""
    put = next(each["when"] for each in reversed(case.decisions) if each["as"] == Listed.WATCH)
    later = [each["month"] for each in case.signals if imported.get(each["vintage"], "") > put]
    begun = f"On watch since {put[:10]}"
    if not later:
        return WatchedAlert(alert_card(case, names), f"{begun}; no later month stood out.", False)
    return WatchedAlert(alert_card(case, names), f"{begun}; stood out again: {', '.join(sorted(later))}.", True)


def _matches(found: Sequence[StandingDecision]) -> TableView:
    rows = tuple(map(_match, sorted(found, key=lambda each: not each.changes)))
    columns = (
        TableColumn("Name"), TableColumn("Entry"), TableColumn("Decided"), TableColumn("Changed since"),
        TableColumn("Who"), TableColumn("When (UTC)"), TableColumn("Reason"),
    )  # fmt: skip
    empty = "No match is on watch. On Companies, choose Watch on a hit on which you cannot decide yet."
    caption = "Matches that are not told, and decisions that a change of the list reopened"
    return TableView("matches", caption, columns, rows, empty=empty)


def _match(each: StandingDecision) -> tuple[Cell, ...]:
    decision = each.decision
    number = next((f"{one.kind}:{one.value}" for one in decision.subject.identifiers), None)
    screen = CompanyQuery(decision.subject.name, next(iter(decision.subject.countries), None), number)
    changes = "; ".join(change.says for change in each.changes)
    return (
        Cell(decision.subject.name, "/companies", screen.options),
        Cell(
            f"{decision.entity_id} on {decision.list}",
            path_of("companies", decision.entity_id),
            {"list": decision.list},
        ),
        Cell(DECIDED[decision.decided.value]),
        Cell(changes, tag="warn") if changes else Cell("", missing="nothing"),
        Cell(decision.who),
        Cell(moment_words(decision.when)),
        Cell(decision.why),
    )


def _watch(each: ReportedWatch) -> WatchedEpisode:
    known = each.episode in episode_names()
    query = EpisodeQuery(each.episode, each.goods if known else None)
    span = f"from vintage {each.earlier} to {each.later}" if each.earlier else f"first measure, vintage {each.later}"
    return WatchedEpisode(
        title=f"{each.episode}, {each.goods or 'goods not fixed yet'}",
        page=query.path if known else "",
        said=f"Report {each.run}: {span if each.later else 'nothing could be measured'}",
        events=each.events,
        alerts=tuple((str(one["id"]), str(one["explanation"])) for one in each.alerts),
        failures=each.failures,
    )
