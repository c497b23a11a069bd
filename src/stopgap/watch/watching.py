"""Run one round of a watch: import new figures, measure, and report changes."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from stopgap.base.atomic_files import write_whole
from stopgap.base.errors import InputError, MissingDataError, NotFoundError, StopgapError
from stopgap.base.markdown import code, escape, paragraph
from stopgap.base.marking import CLEAR, Marking
from stopgap.base.progress import Progress
from stopgap.base.visible_text import json_escaped
from stopgap.base.vocab import Report
from stopgap.briefs.markings import marked_name
from stopgap.claims.testing.run import ClaimTestOptions
from stopgap.claims.testing.verdict_log import retest
from stopgap.evidence.markings.reads import marking_of_all, with_reads
from stopgap.lake.history import history_to
from stopgap.lake.schema import TRADE
from stopgap.lake.snapshot import take_snapshot
from stopgap.measures.alerts.cases import cases_of
from stopgap.measures.alerts.log import read_events
from stopgap.measures.alerts.request import AlertOptions
from stopgap.measures.alerts.run import run_alerts
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.run import measure
from stopgap.measures.backfill.tables import summary_lines
from stopgap.measures.revisions.run import goods_measured
from stopgap.panel.episodes import Episode, load_episode, needs_target_side
from stopgap.panel.prepare import MeasureOptions
from stopgap.watch.changes import changes_between
from stopgap.watch.events import Event, event_id, grouped
from stopgap.watch.intake import Taken, WatchIntake, WatchSubject
from stopgap.watch.notify import Channel
from stopgap.watch.state import FOLDER, WatchState, load_state, only_one, save_state, state_path, watch_name


@dataclass(frozen=True)
class AlertNews:
    """Result of the alert step: report lines, alerts not reported before (JSON), and new position in the alert log."""

    lines: tuple[str, ...]
    raised: tuple[dict[str, Any], ...]
    position: int


def alert_news(lake: Path, episode_name: str, goods: str | None, position: int) -> AlertNews:
    """Test the newly imported months, retest claims, and return the alerts that no report contains yet.

    These include alerts raised by a killed round, or by ``stopgap alerts run`` since the last one.
    ``position`` is the number of events in the alert log that were reported before.
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
    raised.sort(key=lambda case: (-float(case.as_dict()["value_at_stake_usd"]), case.id))
    count = "1 new alert" if len(raised) == 1 else f"{len(raised)} new alerts"
    case_lines = [f"{case.id}: {case.alert['explanation']}" for case in raised]
    head = f"alerts: {count}; {'; '.join(lines)}"
    return AlertNews((head, *case_lines), tuple(case.as_dict() for case in raised), len(events))


AlertStep = Callable[[Path, str, str | None, int], AlertNews]
"""Function run after each new measure; arguments: lake, episode, goods list, and position in the alert log."""


@dataclass(frozen=True)
class WatchOptions:
    """Options of a watch: how to measure, where to write reports, and when a reporter is missing."""

    measure: MeasureOptions  # as_of is not used
    output: Path | None = None  # folder for the reports; in the lake when None
    missing_after: int | None = None  # periods behind a reporter's habit; 3 months or 1 year when None


@dataclass
class Round:
    """Result of one round of a watch.

    Attributes:
        watch: Name of the watch.
        episode: Name of the episode.
        asked: Episode and options in command-line syntax.
        goods: Goods list measured.
        run: Number of the report.
        earlier: Last vintage of the previous rounds; ``None`` in the first round.
        later: Vintage measured in this round; ``None`` if nothing could be measured.
        finding: Finding measured at that vintage.
        events: Changes since ``earlier``.
        intake: Imports and fetches, one line each.
        steps: Steps after the measure, one line each.
        alerts: Alerts that no earlier report contains.
        alert_position: Number of events in the alert log reported up to now; ``None`` if it was not read.
        failures: Errors; the round continued where it could.
        files: The report, as JSON and Markdown.
        marking: Marking of the report: the strictest of all that the lake holds.
    """

    watch: str
    episode: str
    asked: str
    goods: str | None
    run: int
    earlier: str | None = None
    later: str | None = None
    finding: Finding | None = None
    events: tuple[Event, ...] = ()
    intake: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    alerts: tuple[dict[str, Any], ...] = ()
    alert_position: int | None = None
    failures: list[StopgapError] = field(default_factory=list)
    files: tuple[Path, ...] = ()
    marking: Marking = CLEAR

    @property
    def title(self) -> str:
        if self.finding is None:
            return f"{self.watch}, report {self.run}: not measured"
        span = self.later if self.earlier is None else f"{self.earlier} to {self.later}"
        count = len(self.events)
        what = "nothing changed" if not count else "1 event" if count == 1 else f"{count} events"
        alerts = f", {len(self.alerts)} new alert{'s' * (len(self.alerts) > 1)}" if self.alerts else ""
        return f"{self.watch}, report {self.run}, {span}: {what}{alerts}"

    def as_dict(self) -> dict[str, Any]:
        finding, headline = self.finding, None
        if finding is not None:
            names = ("baseline_usd", "after_usd", "loss_usd", "loss_share")
            headline = {name: getattr(finding.suspended, name) for name in names}
            headline["gross_ratio"] = finding.backfill.gross_ratio
        return {
            "watch": self.watch,
            "episode": self.episode,
            "goods": self.goods,
            "run": self.run,
            "from": self.earlier,
            "to": self.later,
            "changed": bool(self.events),
            "events": [event.as_dict() for event in self.events],
            "alerts": list(self.alerts),
            "finding_id": finding.finding_id if finding else None,
            "headline": headline,
            "intake": self.intake,
            "steps": self.steps,
            "failures": [failure.as_dict() for failure in self.failures],
            "follow": self.follow(),
            "marking": self.marking.as_dict(),
        }

    def follow(self) -> list[str]:
        """Return commands that show the figures and rows behind the events."""
        if self.later is None:
            return []
        found = [f"stopgap measure {self.asked} --as-of {self.later}"]
        if self.earlier not in (None, self.later):
            found.append(f"stopgap diff {self.asked} --from {self.earlier} --to {self.later} --by row")
        found += [f"stopgap alerts show {alert['id']}" for alert in self.alerts]
        return found

    def markdown(self) -> str:
        """Return the report as Markdown."""
        lines = [escape(self.marking.label), "", f"# {escape(self.title)}", ""]
        if self.finding is not None:
            lines += [paragraph(summary_lines(self.finding)[0]), ""]
        for title, entries in (
            ("What changed", [event.text for event in grouped(self.events)] or ["nothing"]),
            ("What was imported", self.intake),
            ("What went wrong", [f"{failure.what} ({failure.where}): {failure.fix}" for failure in self.failures]),
            ("After the measure", self.steps),
        ):
            if entries:
                lines += [f"## {title}", "", *(f"- {paragraph(entry)}" for entry in entries), ""]
        if commands := self.follow():
            lines += ["## To follow it", "", *(f"- {code(command)}" for command in commands), ""]
        return "\n".join([*lines, escape(self.marking.label), ""])


def watch_round(
    lake: Path,
    episode_name: str,
    options: WatchOptions,
    *,
    intake: WatchIntake,
    channels: Sequence[Channel] = (),
    alerts: AlertStep | None = alert_news,
    progress: Progress | None = None,
) -> Round:
    """Import new figures, measure, compare with the last vintage, write the report, and send notices.

    The report is written before the state is updated: after a kill in between, the next round writes
    the same report again. A notice stays in the state until it is delivered. Alerts are run after a new
    measure. Errors during the round are in its ``failures``.

    Raises:
        NotFoundError: The episode or goods list is unknown.
        RefusedError: The same watch is running, or the lake cannot be written.
        InputError: The state cannot be read, or the report cannot be written.
    """
    episode = load_episode(episode_name)
    needs_target_side(episode, "stopgap watch")
    watch = watch_name(episode.name, options.measure.goods)
    with only_one(lake, watch):
        state = load_state(lake, watch)
        _require_known(lake, state)
        measured = replace(options.measure, goods=options.measure.goods or state.goods, as_of=None)
        wanted = WatchSubject(
            lake=lake,
            episode=episode,
            goods=measured.goods or episode.goods[0],
            options=measured,
            files=state.files,
            remember=lambda: save_state(lake, state),
            progress=progress or (lambda text, share: None),
        )
        try:
            taken = intake(wanted)
        except StopgapError as error:
            taken = Taken([f"nothing was imported: {error.what}"], [error])
        this = Round(watch, episode.name, "", measured.goods, state.runs + 1, state.last_vintage)
        this.intake, this.failures = taken.lines, list(taken.failures)
        try:
            _look(lake, episode_name, episode, replace(options, measure=measured), this)
            if alerts is not None and this.finding is not None and this.earlier != this.later:
                news = alerts(lake, episode_name, this.goods, state.alerts_reported)
                this.steps, this.alerts, this.alert_position = list(news.lines), news.raised, news.position
        except StopgapError as error:  # what was taken in is reported all the same
            this.failures.append(error)
        this.marking = with_reads(marking_of_all(lake))
        this.files = _write_report(options.output or lake / FOLDER / watch, this)
        _advance(state, this, channels)
        save_state(lake, state)
        this.failures += _send_unsent(lake, state, channels)
    return this


def _require_known(lake: Path, state: WatchState) -> None:
    """Refuse (InputError) a state whose last vintage the lake does not have."""
    if state.last_vintage is None:
        return
    try:
        history_to(lake, state.last_vintage)
    except NotFoundError as error:
        raise InputError(
            f"the watch saw {state.last_vintage} last, which the lake does not have",
            where=str(state_path(lake, state.watch)),
            fix="the lake was replaced: remove this file, and the watch starts anew",
        ) from error


def _look(lake: Path, episode_name: str, episode: Episode, options: WatchOptions, this: Round) -> None:
    """Measure the newest vintage and find the changes since the last one; results are stored in ``this``."""
    later = take_snapshot(lake, only=[TRADE.name]).vintage
    finding = measure(lake, episode_name, replace(options.measure, as_of=later))
    this.goods = goods_measured(episode, options.measure, finding)
    this.asked = _as_asked(episode_name, replace(options.measure, goods=this.goods))
    if this.earlier != later:
        fixed = replace(options.measure, goods=this.goods)
        this.events = changes_between(
            lake, episode_name, fixed, finding, earlier=this.earlier, missing_after=options.missing_after
        )
    this.later, this.finding = later, finding


def _as_asked(episode_name: str, options: MeasureOptions) -> str:
    """Return the episode and the options of a measure in command-line syntax."""
    words = [episode_name, "--goods", str(options.goods)]
    for name, window in (("--baseline", options.baseline), ("--after", options.after)):
        if window is not None:
            words += [name, f"{window.first}:{window.last}"]
    if options.frequency is not None:
        words += ["--frequency", str(options.frequency)]
    if options.report is not Report.REPORTED:
        words += ["--report", str(options.report)]
    return shlex.join(words)


def _write_report(folder: Path, this: Round) -> tuple[Path, ...]:
    from json import dumps

    texts = {
        ".json": json_escaped(dumps(this.as_dict(), ensure_ascii=False, indent=2, allow_nan=False)) + "\n",
        ".md": this.markdown(),
    }
    written = []
    for ending, text in texts.items():
        target = folder / marked_name(f"{this.watch}-{this.run:04d}{ending}", this.marking)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(target, text)
        except OSError as error:
            raise InputError(
                f"the report cannot be written: {error.strerror or error}",
                where=str(target),
                fix="choose another --output; the next round reports the same changes again",
            ) from error
        written.append(target)
    return tuple(written)


def _advance(state: WatchState, this: Round, channels: Sequence[Channel]) -> None:
    """Update the state with the reported vintage and alerts, and queue a notice for each channel."""
    state.runs = this.run
    if this.later is not None:
        state.last_vintage, state.goods = this.later, this.goods
    if this.alert_position is not None:
        state.alerts_reported = this.alert_position
    if this.events or this.alerts:
        notice = {
            "id": event_id(this.watch, this.earlier, this.later),
            "title": f"{this.marking.label} {this.title}",
            "document": this.as_dict(),
            "text": this.markdown(),
        }
        state.unsent += [{"channel": channel.name, **notice} for channel in channels]


def _send_unsent(lake: Path, state: WatchState, channels: Sequence[Channel]) -> list[StopgapError]:
    """Send all queued notices of the channels, oldest first; undelivered ones stay queued. Returns the errors."""
    failures: list[StopgapError] = []
    for channel in channels:
        for notice in [notice for notice in state.unsent if notice["channel"] == channel.name]:
            try:
                channel.send(notice)
            except StopgapError as error:
                failures.append(error)
                break
            state.unsent.remove(notice)
            save_state(lake, state)
    return failures
