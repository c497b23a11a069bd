"""Who reported which period: a heat map of reporters and periods, with the state in each cell as a sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from stopgap.api import Lake
from stopgap.base.errors import NotFoundError
from stopgap.measures.quality.report import LETTERS, PeriodList, ReporterCoverage
from stopgap.measures.quality.request import QualityRequest
from stopgap.measures.quality.results import QualityReport
from stopgap.pages.episode.query import economy_names
from stopgap.pages.views import DataSource, PageContent, Tab

SIGNS = {"R": "●", "P": "◐", "-": "–"}
"""Letter of a state -> sign in the cell."""

FLOWS = {"X": "exports", "M": "imports", "RX": "re-exports", "RM": "re-imports"}
FREQUENCIES = {"A": "annual", "M": "monthly", "Q": "quarterly"}


@dataclass(frozen=True)
class CoverageRow:
    """Periods of one reporter: name, code, letters, how many of them were reported, and what stands beside."""

    name: str
    code: str
    states: str
    reported: int
    note: str


@dataclass(frozen=True)
class PeriodHead:
    """Periods of one year: the year, and what each of its columns is headed."""

    year: str
    periods: tuple[str, ...]


def coverage_frame(lake: Lake, *, tabs: tuple[Tab, ...], scope: str | None) -> PageContent:
    """Return the page of coverage; its grid is loaded when it is open.

    Args:
        lake: The lake.
        tabs: Further pages on data.
        scope: ``SOURCE.FREQUENCY.FLOW`` that is shown; ``None`` for the first.
    """
    del lake
    return PageContent(
        template="data/coverage.html",
        title="Coverage",
        kicker="Who reported which period, by source, frequency and flow. Missing is not zero",
        nav="/data",
        tabs=tabs,
        values={"scope": scope},
    )


def coverage_grid(lake: Lake, *, scope: str | None) -> PageContent:
    """Return the heat map of reporters and periods.

    Args:
        lake: The lake.
        scope: ``SOURCE.FREQUENCY.FLOW``; ``None`` for the one with most reporters and periods.

    Raises:
        MissingDataError: The lake is empty.
        NotFoundError: The lake holds nothing of this scope that the viewer may see.
    """
    report = lake.quality(QualityRequest())
    lists = {_key(each): each for each in report.periods}
    counts = {key: _states_of(report, key) for key in lists}
    if scope is None:
        scope = max(lists, key=lambda key: (len(counts[key]) * len(lists[key].periods), key), default=None)
    if scope is None or scope not in lists:
        raise NotFoundError(
            f"the lake holds no figures of {str(scope)[:60]!r}", where="scope", fix="choose one of the list on /data/coverage"
        )  # fmt: skip
    rows = counts[scope]
    periods = lists[scope].periods
    cells = len(rows) * len(periods)
    reported, partial = (sum(row.states.count(LETTERS[state]) for row in rows) for state in ("reported", "partial"))
    silent = cells - reported - partial
    return PageContent(
        template="data/coverage_grid.html",
        title=f"Coverage: {_said(scope)}",
        marking=report.marking,
        nav="/data",
        values={
            "scope": scope,
            "choices": tuple((key, f"{_said(key)} ({len(counts[key])} reporters, {len(lists[key].periods)} periods)") for key in sorted(lists)),
            "said": _said(scope),
            "rows": rows,
            "heads": _heads(periods),
            "periods": len(periods),
            "signs": SIGNS,
            "sentence": (
                f"{len(rows)} reporters and {len(periods)} periods from {periods[0]} to {periods[-1]}: {reported:,} of {cells:,} "
                f"reports are whole, {partial:,} partial, {silent:,} are silent. Vintage {report.as_of}."
            ),
            "source": DataSource("/quality", {"table": "reporters", "source": lists[scope].source}),
        },
    )  # fmt: skip


def _key(each: PeriodList | ReporterCoverage) -> str:
    return f"{each.source}.{each.frequency}.{each.flow}"


def _said(key: str) -> str:
    source, frequency, flow = key.rsplit(".", 2)
    return f"{source}, {FREQUENCIES.get(frequency, frequency)} {FLOWS.get(flow, flow)}"


def _states_of(report: QualityReport, key: str) -> tuple[CoverageRow, ...]:
    names = economy_names()
    found = [
        CoverageRow(names.get(each.reporter, each.reporter), each.reporter, each.states, each.reported, _note(each))
        for each in report.reporters
        if _key(each) == key
    ]
    return tuple(sorted(found, key=lambda row: (row.name, row.code)))


def _note(each: ReporterCoverage) -> str:
    if each.has_stopped:
        return f"silent since {each.last}"
    return f"{len(each.gaps)} gaps" if each.gaps else ""


def _heads(periods: Sequence[str]) -> tuple[PeriodHead, ...]:
    return tuple(
        PeriodHead(year, tuple(each[5:] or each for each in group)) for year, group in groupby(periods, key=lambda text: text[:4])
    )  # fmt: skip
