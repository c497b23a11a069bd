"""One alert in the inbox: why it stands out, what was decided, and where to look next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stopgap.base.vocab import Direction
from stopgap.briefs.formats.text import shorten
from stopgap.measures.alerts.cases import OPEN
from stopgap.measures.alerts.results import AlertKind
from stopgap.pages.amounts import usd
from stopgap.pages.deciding import DecisionBlock, DecisionChoice, history_table, moment_words
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.site import QueryValue, path_of
from stopgap.panel.episodes import episode_names, load_episode

if TYPE_CHECKING:
    from stopgap.measures.alerts.cases import AlertCase

GOOD_LENGTH = 60
"""Characters of a good in the title of an alert; its page has all of it."""

CHOICES = (
    DecisionChoice("confirmed", "Confirm", "c", "it stands out and is followed up"),
    DecisionChoice("dismissed", "Dismiss", "d", "it is explained or of no interest; it is not raised again"),
    DecisionChoice("watch", "Watch", "w", "not decided yet; later months are kept with it"),
)

_TAGS = {OPEN: "plain", "confirmed": "bad", "dismissed": "good", "watch": "warn"}
_ROLES = {"member": "member of the coalition", "hub": "hub", "other": "neither member nor hub"}
_KINDS = {
    AlertKind.ONE_MONTH: "one month",
    AlertKind.PERSISTENT: "lasting rise",
    AlertKind.VERDICT: "verdict of a claim changed",
}


@dataclass(frozen=True)
class AlertLink:
    """Where to look next."""

    text: str
    page: str
    query: Mapping[str, QueryValue]


@dataclass(frozen=True)
class AlertCard:
    """An alert, as a page shows it.

    Attributes:
        id: Its id.
        page: Path of its own page.
        title: Who, what and when.
        kind: Kind of alert, in words.
        said: Why it stands out, in sentences.
        stake: Dollars at stake.
        facts: Terms and values.
        decision: What was decided, and the form for it.
        links: Where to look next.
        has_months: Whether it has a series of months.
    """

    id: str
    page: str
    title: str
    kind: str
    said: str
    stake: str
    facts: tuple[tuple[str, str], ...]
    decision: DecisionBlock
    links: tuple[AlertLink, ...]
    has_months: bool


def alert_card(case: AlertCase, names: Mapping[str, str]) -> AlertCard:
    """Return an alert as a page shows it.

    Args:
        case: The alert.
        names: Names of economies by code.
    """
    alert = case.alert
    kind = AlertKind(alert["kind"])
    who = f"{names.get(alert['supplier'], alert['supplier'])} → {names.get(alert['destination'], alert['destination'])}"
    good = shorten(f"{alert['good']} {alert['good_description']}".strip(), GOOD_LENGTH)
    title = alert["good_description"] if kind is AlertKind.VERDICT else f"{who}: {good}, {case.last_month}"
    return AlertCard(
        id=case.id,
        page=path_of("alerts", case.id),
        title=title,
        kind=_KINDS[kind],
        said=alert["explanation"],
        stake=usd(case.as_dict()["value_at_stake_usd"]),
        facts=_facts(case, names),
        decision=alert_block(case),
        links=_links(case),
        has_months=kind is not AlertKind.VERDICT,
    )


def _facts(case: AlertCase, names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    alert = case.alert
    p_value, q_value = alert["p_value"], alert["q_value"]
    facts = (
        ("Episode", alert["episode"] or "none"),
        (
            "Supplier",
            f"{names.get(alert['supplier'], alert['supplier'])} ({alert['supplier']}), {_ROLES.get(alert['role'], alert['role'])}",
        ),
        ("Route", alert["route"]),
        ("Good", f"{alert['good']} {alert['good_description']}"),
        ("Goods list", f"{alert['goods']} {alert.get('goods_version', '')} {alert.get('revision', '')}".strip()),
        ("At stake, reported minus expected", usd(case.as_dict()["value_at_stake_usd"])),
        ("Chance of such a month (p)", "" if p_value is None else f"{p_value:.2g}"),
        ("False discovery rate (q)", "" if q_value is None else f"{q_value:.2g}"),
        ("Seen", ", ".join(f"{each['month']} (vintage {each['vintage']})" for each in case.signals)),
        ("Unit", alert["unit"]),
    )
    return tuple((term, said) for term, said in facts if said)


def alert_block(case: AlertCase) -> DecisionBlock:
    """Return what was decided on an alert, and the form for a further decision."""
    rows = [(moment_words(each["when"]), each["who"], each["as"], each["why"]) for each in case.decisions]
    status = "Not decided"
    if case.decisions:
        last = case.decisions[-1]
        said = "on watch" if last["as"] == "watch" else last["as"]
        status = f"{said[:1].upper()}{said[1:]}, {last['who']}, {last['when'][:10]}"
    return DecisionBlock(
        key=case.id,
        action=path_of("alerts", case.id, "decisions"),
        subject=f"alert {case.id}",
        choices=CHOICES,
        hidden=(),
        status=status,
        tag=_TAGS[case.status],
        history=history_table(case.id, rows),
    )


def _links(case: AlertCase) -> tuple[AlertLink, ...]:
    alert = case.alert
    if alert["kind"] == AlertKind.VERDICT:
        return (AlertLink("The claim", path_of("claims", alert.get("claim_id", alert["good"])), {}),)
    episode = alert["episode"]
    known = episode in episode_names()
    is_export = not known or load_episode(str(episode)).direction is Direction.EXPORTS_TO_TARGET
    series = {
        "reporters": alert["supplier"], "partners": alert["destination"], "goods": alert["good"], "by": "month",
        "flow": "X" if is_export else "M",
    }  # fmt: skip
    links = [AlertLink("Explore this series", "/explore", series)]
    if known:
        query = EpisodeQuery(str(episode))
        page = query.page("suppliers", alert["supplier"])
        links += [AlertLink("The supplier in the episode", page, {}), AlertLink("The episode", query.path, {})]
    return tuple(links)
