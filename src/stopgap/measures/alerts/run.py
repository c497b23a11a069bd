"""Run alerts on a lake: test each month as first released, and log the alerts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from stopgap.base.errors import MissingDataError
from stopgap.base.marking import Markable
from stopgap.base.notes import Effect, Note, Summarised, Summary
from stopgap.base.progress import counted
from stopgap.base.sql import listed, quoted
from stopgap.base.vocab import Report
from stopgap.codes.code_text import joined_codes
from stopgap.codes.goods import GoodsList, describe
from stopgap.lake.store import now
from stopgap.measures.alerts.cases import AlertCase, AlertDocument, cases_of, settle
from stopgap.measures.alerts.cases import list_alerts as list_alerts  # for callers that run and list
from stopgap.measures.alerts.log import Event, read_events, writing_log
from stopgap.measures.alerts.releases import FirstRelease, Releases
from stopgap.measures.alerts.request import AlertOptions
from stopgap.measures.alerts.results import MonthResult
from stopgap.panel.episodes import Episode, add_months, load_episode, needs_target_side
from stopgap.panel.prepare import first_measurable

UNIT = "USD per month"
LATE_MONTHS = 12  # months behind the newest one up to which a late release is news, and no history


@dataclass(frozen=True)
class TestedRelease:
    """A release of one month with its test result."""

    release: FirstRelease
    result: MonthResult


@dataclass(frozen=True)
class AlertRun(Markable, Summarised):
    """Releases tested in one alert run, with new and known alerts.

    Attributes:
        fdr: False discovery rate requested.
        raised: New alerts, most dollars at stake first.
        known: Alerts raised in earlier runs and seen again.
        dismissed: Number of dismissed alerts seen again.
    """

    episode: Episode
    goods: GoodsList
    as_of: str
    fdr: float
    tested: tuple[TestedRelease, ...]
    raised: tuple[AlertCase, ...]
    known: tuple[AlertCase, ...]
    dismissed: int
    warnings: tuple[str, ...]
    queries: tuple[str, ...]

    def summary(self) -> Summary:
        """Return the run in lines of text: what was tested, and what limits it."""
        counts = [each.result.counts for each in self.tested]
        tested = sum(count.tested for count in counts)
        months = ", ".join(sorted({each.result.month for each in self.tested})) or "no month"
        refused = sum(
            count.too_short + count.without_history + count.not_reported + count.uncalibrated for count in counts
        )
        return Summary(
            title=f"{self.episode.name}, {self.goods.name}, {months} as first released: {len(self.raised)} new alerts, "
            f"{len(self.known)} known; {tested} cells tested, false discovery rate {self.fdr:.0%}",
            measured=(
                f"{UNIT}, monthly figures as first released, "
                f"{self.episode.direction.flow(Report.REPORTED).reporter}'s report, "
                f"{self.episode.direction.valuation(Report.REPORTED)}, direct trade and to hubs; "
                f"goods {self.goods.name} {self.goods.version_id}",
                f"{tested} of {tested + refused} cells with trade tested; vintage {self.as_of}",
            ),
            notes=self.warnings,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the run as JSON."""
        months = sorted({each.result.month for each in self.tested})
        histories = [each.result.history for each in self.tested if each.result.history[0]]
        counts = [each.result.counts for each in self.tested]
        names = (
            "tested", "watched", "too_short", "without_history", "without_history_usd", "not_reported", "uncalibrated",
        )  # fmt: skip
        return {
            "episode": self.episode.name,
            "target": self.episode.target,
            "direction": str(self.episode.direction),
            "goods": self.goods.name,
            "goods_version": self.goods.version_id,
            "as_of": self.as_of,
            "route": "direct, and members to hubs",
            "valuation": str(self.episode.direction.valuation(Report.REPORTED)),
            "frequency": "M",
            "unit": UNIT,
            "fdr": self.fdr,
            "windows": {
                "tested": months,
                "history": [min(first for first, _ in histories), max(last for _, last in histories)]
                if histories
                else None,
            },
            "coverage": {
                **{name: sum(getattr(count, name) for count in counts) for name in names},
                "releases": [
                    {
                        "month": each.result.month,
                        "vintage": each.release.vintage,
                        "suppliers": sorted(each.release.suppliers),
                        "tested": each.result.counts.tested,
                        "calibration_scores": each.result.counts.calibration_scores,
                        "calibration_months": each.result.counts.calibration_months,
                    }
                    for each in self.tested
                ],
            },
            "alerts": [case.as_dict() for case in self.raised],
            "known": [case.as_dict() for case in self.known],
            "dismissed_again": self.dismissed,
            "warnings": list(self.warnings),
            "queries": list(self.queries),
        }


def run_alerts(lake: Path, episode_name: str, options: AlertOptions) -> AlertRun:
    """Test months as first released, log new alerts, and return new and known ones.

    Raises:
        NotFoundError: The episode, goods list or vintage is unknown.
        MissingDataError: The lake has no monthly figures, or no supplier reported the month.
        RefusedError: The lake cannot be written.
    """
    episode = load_episode(episode_name)
    needs_target_side(episode, "stopgap alerts")
    engine = options.engine_options()
    with first_measurable(
        episode,
        joined_codes(options.goods),
        lambda goods, _: Releases(lake, episode, goods, as_of=options.as_of, engine=engine),
    ) as releases:
        tested = tuple(_tested(releases, options, _last_run(read_events(lake), episode, releases.goods)))
        found = [alert for each in tested for alert in _alerts(releases, each)]
        with writing_log(lake) as log:
            settled = settle(cases_of(log.events()), found, when=now())
            ran: Event = {
                "event": "ran",
                "episode": episode.name,
                "goods": releases.goods.name,
                "goods_version": releases.goods.version_id,
                "vintage": releases.snapshot.vintage,
                "months": sorted({each.result.month for each in tested}),
                "all_arrivals": options.month is None,
                "fdr": options.fdr,
                "when": now(),
            }
            log.append([*settled.events, ran])
        return AlertRun(
            episode=episode,
            goods=releases.goods,
            as_of=releases.snapshot.vintage,
            fdr=options.fdr,
            tested=tested,
            raised=tuple(settled.raised),
            known=tuple(settled.known),
            dismissed=len(settled.dismissed),
            warnings=tuple(_warnings(releases, tested)),
            queries=tuple(_month_query(releases, month) for month in ran["months"]),
        )


def _last_run(events: Sequence[Event], episode: Episode, goods: GoodsList) -> int | None:
    """Return the last vintage whose arrivals were tested for this episode and list; ``None`` before the first run."""
    ran = [event for event in events if event["event"] == "ran" and event["all_arrivals"]]
    here = [event for event in ran if (event["episode"], event["goods"]) == (episode.name, goods.name)]
    return max((int(event["vintage"][1:]) for event in here), default=None)


def _tested(releases: Releases, options: AlertOptions, last: int | None) -> Iterator[TestedRelease]:
    months = [options.month] if options.month else releases.due_months(last, behind=LATE_MONTHS)
    for month in counted(months, "month"):
        found = releases.of(month)
        if not found and options.month:
            raise MissingDataError(
                f"nobody whose trade counts reported {month}",
                where=f"episode {releases.episode.name}, goods {releases.goods.name}, vintage {releases.snapshot.vintage}; "
                f"newest month: {releases.newest}",
                fix="choose a month that the lake holds (--month), or import it",
            )
        for release in found:
            is_old = last is not None and release.numbers[-1] <= last
            if is_old and options.month is None and month != releases.newest:
                continue
            result = releases.signals(release, fdr=options.fdr)
            if result is not None:
                yield TestedRelease(release, result)


def _alerts(releases: Releases, tested: TestedRelease) -> Iterator[AlertDocument]:
    """Build the alert documents of a release, as stored in the log."""
    episode, members, basis = releases.episode, releases.world.members, releases.world.prepared.basis
    for signal in tested.result.signals:
        item = basis.items.get(signal.good)
        alert = {
            "episode": episode.name,
            "target": episode.target,
            "goods": releases.goods.name,
            "goods_version": releases.goods.version_id,
            "revision": basis.revision,
            "role": "member" if signal.supplier in members else "hub" if signal.supplier in episode.hubs else "other",
            "route": "direct" if signal.destination == episode.target else "to a hub",
            "good_description": describe(signal.good, basis.revision) or (item.description if item else ""),
            **signal.as_dict(),
            "unit": UNIT,
            "vintage": tested.release.vintage,
            "queries": [_cell_query(releases, signal.supplier, signal.destination, signal.good, signal.month)],
        }
        yield cast("AlertDocument", alert)


def _cell_query(releases: Releases, supplier: str, destination: str, good: str, month: str) -> str:
    """Return the SELECT statement for the rows behind one cell: its history and the month."""
    world = releases.world
    source = world.chosen.get(supplier, "")
    codes = sorted({m.good for m in world.prepared.basis.matches if m.panel_good == good and m.source == source})
    return (
        "SELECT period, reporter, partner, good, revision, value_usd, net_kg, source, vintage, receipt FROM trade "
        f"WHERE reporter = {quoted(supplier)} AND partner = {quoted(destination)} AND flow = {quoted(world.params['flow'])} "
        f"AND frequency = 'M' AND source = {quoted(source)} AND good IN ({listed(codes or [good])}) "
        f"AND period BETWEEN DATE {quoted(add_months(month, -48) + '-01')} AND DATE {quoted(month + '-01')} ORDER BY period"
    )


def _month_query(releases: Releases, month: str) -> str:
    world, episode = releases.world, releases.episode
    sources = sorted(set(world.chosen.values()))
    codes = sorted({match.good for match in world.prepared.basis.matches})
    return (
        "SELECT reporter, partner, good, value_usd, source, vintage, receipt FROM trade "
        f"WHERE flow = {quoted(world.params['flow'])} AND frequency = 'M' AND period = DATE {quoted(month + '-01')} "
        f"AND partner IN ({listed([episode.target, *sorted(episode.hubs)])}) AND source IN ({listed(sources)}) "
        f"AND good IN ({listed(codes)}) ORDER BY value_usd DESC"
    )


def _warnings(releases: Releases, tested: Sequence[TestedRelease]) -> Iterator[str]:
    """Return warnings about the limits of the result."""
    counts = [each.result.counts for each in tested]
    if short := sum(count.too_short for count in counts):
        yield Note(
            f"{short} cells refused: their supplier reported fewer than 24 months before",
            Effect.MISSING,
            share=short / (short + sum(count.tested for count in counts)),
        )
    if new := sum(count.without_history for count in counts):
        usd = sum(count.without_history_usd for count in counts)
        yield Note(
            f"{new} cells have trade (USD {usd:,.0f}) and none in the 36 months before: "
            "no expectation, so not tested; the query of the month shows them",
            Effect.MISSING,
            share=new / (new + sum(count.tested for count in counts)),
        )
    if bare := sum(count.uncalibrated for count in counts):
        text = f"{bare} cells not tested: fewer than 6 past months have 24 months before them to compare with"
        yield Note(text, Effect.MISSING, share=bare / (bare + sum(count.tested for count in counts)))
    few = [count for count in counts if count.tested and count.lone_p_value > count.lone_limit]
    if few:
        yield Note(
            f"{min(count.calibration_months for count in few)} past months to compare with: a single alert cannot be told "
            "from chance, only several at once; earlier months would help",
            Effect.CANNOT_TELL,
        )
    if not any(count.tested for count in counts):
        yield Note("no cell could be tested: nothing is said of these months", Effect.CANNOT_TELL)
    elif not any(count.watched for count in counts):
        yield Note("lasting rises not watched: that needs 36 months before", Effect.MODEL)
    yield from releases.skipped
    yield from releases.world.prepared.notes
