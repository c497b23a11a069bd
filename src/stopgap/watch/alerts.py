"""Alerts in a round of a watch: test what arrived, and retest registered claims."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.base.errors import MissingDataError
from stopgap.claims.testing.run import ClaimTestOptions
from stopgap.claims.testing.verdict_log import retest
from stopgap.measures.alerts.cases import AlertCase, cases_of
from stopgap.measures.alerts.log import read_events
from stopgap.measures.alerts.request import AlertOptions
from stopgap.measures.alerts.run import run_alerts
from stopgap.panel.episodes import load_episode


@dataclass(frozen=True)
class AlertNews:
    """What the alerts of a round say.

    Attributes:
        lines: What was tested and raised, in lines.
        raised: Alerts not reported before, as JSON.
        position: Events of the log that are reported with this.
    """

    lines: tuple[str, ...]
    raised: tuple[dict[str, Any], ...]
    position: int


def alert_news(lake: Path, episode_name: str, goods: str | None, position: int) -> AlertNews:
    """Test the months that arrived, and tell the alerts that no report has told yet.

    What a killed round had raised and not reported is told by the next one; so is what
    ``stopgap alerts run`` raised in between.

    Args:
        lake: Folder of the lake.
        episode_name: Built-in name or path of an episode file.
        goods: Goods list.
        position: Events of the log that were reported before.
    """
    lines: list[str] = []
    name = load_episode(episode_name).name
    try:
        run = run_alerts(lake, episode_name, AlertOptions(goods=goods))
        months = sorted({each.result.month for each in run.tested})
        tested = sum(each.result.counts.tested for each in run.tested)
        lines.append(f"{tested} cells of {', '.join(months) or 'no month'} tested as first released")
    except MissingDataError as error:
        lines.append(f"not run, for {error.what}")
    claims = retest(lake, None, ClaimTestOptions(routes=False), only_episode=name)
    if claims:
        changed = sum(each.changed for each in claims)
        count = "1 registered claim" if len(claims) == 1 else f"{len(claims)} registered claims"
        lines.append(f"{count} tested, {changed} with another verdict than before")
    elif lines[0].startswith("not run"):
        return AlertNews((f"alerts: {lines[0]}",), (), position)
    events = read_events(lake)
    new = {event["id"] for event in events[position:] if event["event"] == "raised"}
    cases = [case for case in cases_of(events).values() if case.id in new]
    raised = [case for case in cases if case.alert["episode"] == name]
    raised.sort(key=_rank)
    count = "1 new alert" if len(raised) == 1 else f"{len(raised)} new alerts"
    case_lines = [f"{case.id}: {case.alert['explanation']}" for case in raised]
    head = f"alerts: {count}; {'; '.join(lines)}"
    return AlertNews((head, *case_lines), tuple(case.as_dict() for case in raised), len(events))


def _rank(case: AlertCase) -> tuple[float, str]:
    return (-float(case.as_dict()["value_at_stake_usd"]), case.id)
