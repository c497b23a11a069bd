"""Run one round of a watch: take in, measure, report changes."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from stopgap.base.atomic_files import write_whole
from stopgap.base.errors import InputError, NotFoundError, StopgapError
from stopgap.base.markdown import code, escape, paragraph
from stopgap.base.marking import CLEAR, Marking
from stopgap.base.visible_text import json_escaped
from stopgap.base.vocab import Report
from stopgap.briefs.markings import marked_name
from stopgap.evidence.markings.reads import marking_of_all, with_reads
from stopgap.lake.history import history_to
from stopgap.lake.importer import Progress
from stopgap.lake.schema import TRADE
from stopgap.lake.snapshot import take_snapshot
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.run import measure
from stopgap.measures.backfill.tables import summary_lines
from stopgap.measures.revisions.run import goods_measured
from stopgap.panel.episodes import Episode, load_episode
from stopgap.panel.prepare import MeasureOptions
from stopgap.watch.alerts import AlertNews, alert_news
from stopgap.watch.changes import changes_between
from stopgap.watch.events import Event, event_id, grouped
from stopgap.watch.intake import Taken, WatchIntake, WatchSubject
from stopgap.watch.notify import Channel
from stopgap.watch.state import FOLDER, WatchState, load_state, only_one, save_state, state_path, watch_name

AlertStep = Callable[[Path, str, str | None, int], AlertNews]
"""Follows each new measure: lake, episode, goods list, and how far the log of alerts was reported."""


@dataclass(frozen=True)
class WatchOptions:
    """How to watch.

    Attributes:
        measure: Options of the measure; ``as_of`` is not used.
        output: Folder for the reports; in the lake when ``None``.
        missing_after: Periods behind its habit from which on a reporter is told to be missing; 3
            months or 1 year when ``None``.
    """

    measure: MeasureOptions
    output: Path | None = None
    missing_after: int | None = None


@dataclass
class Round:
    """What one round did.

    Attributes:
        watch: Name of the watch.
        episode: Name of the episode.
        asked: Episode and options as the command line takes them.
        goods: Goods list measured.
        run: Number of the report.
        earlier: Vintage seen last; ``None`` in the first round.
        later: Vintage seen now; ``None`` where nothing could be measured.
        finding: The measure of it.
        events: What changed.
        intake: What was taken in, in lines.
        steps: What was done after the measure, in lines.
        alerts: Alerts that no report has told before.
        alert_position: How far the log of alerts is reported with this; ``None`` where it was not looked at.
        failures: What went wrong; the round went on where it could.
        files: The report, as JSON and Markdown.
        marking: Who may see it: the strictest of all that the lake holds.
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
        """The round in a line."""
        if self.finding is None:
            return f"{self.watch}, report {self.run}: not measured"
        span = self.later if self.earlier is None else f"{self.earlier} to {self.later}"
        count = len(self.events)
        what = "nothing changed" if not count else "1 event" if count == 1 else f"{count} events"
        alerts = f", {len(self.alerts)} new alert{'s' * (len(self.alerts) > 1)}" if self.alerts else ""
        return f"{self.watch}, report {self.run}, {span}: {what}{alerts}"

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        finding = self.finding
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
            "headline": {
                "baseline_usd": finding.suspended.baseline_usd,
                "after_usd": finding.suspended.after_usd,
                "loss_usd": finding.suspended.loss_usd,
                "loss_share": finding.suspended.loss_share,
                "gross_ratio": finding.backfill.gross_ratio,
            }
            if finding
            else None,
            "intake": self.intake,
            "steps": self.steps,
            "failures": [failure.as_dict() for failure in self.failures],
            "follow": self.follow(),
            "marking": self.marking.as_dict(),
        }

    def follow(self) -> list[str]:
        """Commands that show the figures and rows behind the events."""
        if self.later is None:
            return []
        found = [f"stopgap measure {self.asked} --as-of {self.later}"]
        if self.earlier not in (None, self.later):
            found.append(f"stopgap diff {self.asked} --from {self.earlier} --to {self.later} --by row")
        found += [f"stopgap alerts show {alert['id']}" for alert in self.alerts]
        return found

    def markdown(self) -> str:
        """The report for people."""
        lines = [escape(self.marking.label), "", f"# {escape(self.title)}", ""]
        if self.finding is not None:
            lines += [paragraph(summary_lines(self.finding)[0]), ""]
        for title, entries in (
            ("What changed", [event.text for event in grouped(self.events)] or ["nothing"]),
            ("What was taken in", self.intake),
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
    """Take in, measure, compare with the vintage seen last, report, tell.

    The report is written before the state says so: a kill in between writes the same report
    again. A notice is kept in the state until its receiver has it.

    Args:
        lake: Folder of the lake.
        episode_name: Built-in name or path of an episode file.
        options: How to watch.
        intake: Brings new figures into the lake.
        channels: Who is told when something changed.
        alerts: Runs the alerts after a new measure; none are run when ``None``.
        progress: Called with what is being done.

    Returns:
        The round; what went wrong is in ``failures``.

    Raises:
        NotFoundError: Unknown episode or goods list.
        RefusedError: The same watch is running, or the lake cannot be written.
        InputError: The state cannot be read, or the report cannot be written.
    """
    episode = load_episode(episode_name)
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
        taken = _taken(intake, wanted)
        this = Round(
            watch,
            episode.name,
            "",
            measured.goods,
            state.runs + 1,
            state.last_vintage,
            intake=taken.lines,
            failures=list(taken.failures),
        )
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


def _taken(intake: WatchIntake, wanted: WatchSubject) -> Taken:
    try:
        return intake(wanted)
    except StopgapError as error:
        return Taken([f"nothing was taken in: {error.what}"], [error])


def _require_known(lake: Path, state: WatchState) -> None:
    """Refuse a state that belongs to another lake."""
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
    """Measure the newest vintage and find what changed since the one seen last."""
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
    """The episode and the options of a measure as words of the command line."""
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
    """Put into the state what the report says."""
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
    """Send every notice that waits for one of the channels, oldest first; what could not be sent waits on."""
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
