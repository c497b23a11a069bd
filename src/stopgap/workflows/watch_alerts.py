"""Alerts in a round of a watch: what arrived is tested, and what was raised since the last report is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.errors import MissingDataError
from stopgap.findings.alert_cases import Case, cases_of
from stopgap.workflows.alert_log import read_events
from stopgap.workflows.alerting import AlertOptions, run_alerts


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
    try:
        run = run_alerts(lake, episode_name, AlertOptions(goods=goods))
    except MissingDataError as error:
        return AlertNews((f"alerts: not run, for {error.what}",), (), position)
    events = read_events(lake)
    new = {event["id"] for event in events[position:] if event["event"] == "raised"}
    cases = [case for case in cases_of(events).values() if case.id in new]
    raised = [case for case in cases if case.alert["episode"] == run.episode.name]
    raised.sort(key=_rank)
    months = sorted({each.result.month for each in run.tested})
    tested = sum(each.result.counts.tested for each in run.tested)
    count = "1 new alert" if len(raised) == 1 else f"{len(raised)} new alerts"
    head = f"alerts: {count}; {tested} cells of {', '.join(months) or 'no month'} tested as first released"
    lines = [head, *(f"{case.id}: {case.alert['explanation']}" for case in raised)]
    return AlertNews(tuple(lines), tuple(case.as_dict() for case in raised), len(events))


def _rank(case: Case) -> tuple[float, str]:
    return (-float(case.as_dict()["value_at_stake_usd"]), case.id)
