"""List alerts, show one, and decide on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.base.errors import NotFoundError, UsageError
from stopgap.base.marking import Markable
from stopgap.lake.query.statement import run_query
from stopgap.lake.store import now
from stopgap.measures.alerts.cases import OPEN, AlertCase, cases_of, decision_of
from stopgap.measures.alerts.log import read_events, writing_log
from stopgap.panel.episodes import load_episode

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class ShownAlert(Markable):
    """An alert with its rows.

    Attributes:
        case: The alert.
        rows: Its months as the lake has them now.
        as_of: Vintage of the rows.
    """

    case: AlertCase
    rows: pa.Table
    as_of: str

    def as_dict(self) -> dict[str, Any]:
        """The alert as ``alerts show --format json`` prints it."""
        return {**self.case.as_dict(), "as_of": self.as_of, "rows": self.rows.to_pylist()}


def decide(lake: Path, case: str, *, decision: str, why: str, who: str) -> AlertCase:
    """Keep a decision on an alert, for ever.

    Raises:
        NotFoundError: No such alert.
        UsageError: No reason is given.
    """
    if not why.strip():
        raise UsageError("a decision needs its reason", where="--why", fix="say in a sentence why")
    with writing_log(lake) as log:
        cases = cases_of(log.events())
        found = find_case(cases, case)
        event = {"event": "decided", "id": found.id, "as": decision, "who": who, "when": now(), "why": why.strip()}
        log.append([event])
        found.decisions.append(decision_of(event))
    return found


def find_case(cases: dict[str, AlertCase], wanted: str) -> AlertCase:
    """The case of an id, or of the beginning of one.

    Raises:
        NotFoundError: None, or several.
    """
    found = [case for name, case in cases.items() if name == wanted] or [
        case for name, case in cases.items() if len(wanted) >= 4 and name.startswith(wanted)
    ]
    if len(found) == 1:
        return found[0]
    raise NotFoundError(
        f"no alert {wanted!r}" if not found else f"{len(found)} alerts begin with {wanted!r}",
        where="stopgap alerts",
        fix="stopgap alerts list --status all shows the ids",
    )


def list_alerts(lake: Path, episode: str | None, *, status: str) -> list[AlertCase]:
    """Alerts of the log, most dollars at stake first.

    Args:
        lake: Folder of the lake.
        episode: Name, or path of an episode file; all episodes when ``None``.
        status: ``open``, ``decided``, ``all``, or one decision.
    """
    name = load_episode(episode).name if episode is not None else None
    found = [
        case
        for case in cases_of(read_events(lake)).values()
        if name in (None, case.alert["episode"])
        and (status in ("all", case.status) or (status == "decided" and case.status != OPEN))
    ]
    return sorted(found, key=lambda case: (-case.as_dict()["value_at_stake_usd"], case.id))


def show_alert(lake: Path, wanted: str) -> ShownAlert:
    """An alert, and its rows as the newest vintage has them.

    Raises:
        NotFoundError: No such alert.
    """
    found = find_case(cases_of(read_events(lake)), wanted)
    rows, as_of = run_query(lake, found.alert["queries"][0])
    return ShownAlert(found, rows, as_of)
