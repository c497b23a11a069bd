"""Lines of Explore: what is shown of each pair by period, and why a period is blank."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from stopgap.briefs.charts.series_chart import unit_of
from stopgap.briefs.formats.text import NBSP, one_line
from stopgap.measures.series.calendar import start_of
from stopgap.measures.series.results import SeriesFinding, SeriesLine, SeriesRow
from stopgap.measures.series.words import share_words
from stopgap.pages.explore.query import SeriesShows


@dataclass(frozen=True)
class ShownPoint:
    """One period of a line.

    Attributes:
        period: Its label, such as ``2024Q1``.
        start: Its first day, ``YYYY-MM-DD``.
        value: What is shown, in the unit of the figures; a share for growth. ``None`` where there is none.
        is_part: Whether it is reported in part only.
        reason: Why it is blank, or in part.
    """

    period: str
    start: str
    value: float | None
    is_part: bool
    reason: str


@dataclass(frozen=True)
class ShownLine:
    """One line.

    Attributes:
        name: Name of the pair, as short as tells it from the others.
        reporter: Code of the economy or group under ``from``.
        partner: Code of the one under ``to``.
        report: Whose report it is, ``exporter`` or ``importer``.
        points: One for each period.
    """

    name: str
    reporter: str
    partner: str
    report: str
    points: tuple[ShownPoint, ...]

    @property
    def whole(self) -> list[float]:
        """Values of whole periods."""
        return [each.value for each in self.points if each.value is not None and not each.is_part]

    @property
    def peak(self) -> float:
        """Largest value by size; 0 without any."""
        return max((abs(each.value) for each in self.points if each.value is not None), default=0.0)

    @property
    def last(self) -> int | None:
        """Place of the last whole period."""
        places = [at for at, each in enumerate(self.points) if each.value is not None and not each.is_part]
        return places[-1] if places else None


def shown_lines(finding: SeriesFinding, shows: str, *, with_report: bool = False) -> tuple[ShownLine, ...]:
    """Return one line for each pair; with `with_report` its name says whose report it is."""
    name_of = _names(finding.series)
    is_alone = len(finding.series) == 1

    def named(line: SeriesLine) -> str:
        if not with_report:
            return name_of(line)
        return f"{finding.report.capitalize()}’s report" if is_alone else f"{name_of(line)} ({finding.report})"

    return tuple(
        ShownLine(
            named(line),
            line.reporter, line.partner, finding.report,
            tuple(_point(finding, row, shows) for row in finding.rows_of(line)),
        )
        for line in finding.series
    )  # fmt: skip


def _names(lines: Sequence[SeriesLine]) -> Callable[[SeriesLine], str]:
    reporters, partners = {line.reporter for line in lines}, {line.partner for line in lines}
    if len(reporters) == 1 and len(partners) > 1:
        return lambda line: one_line(line.partner_name)
    if len(partners) == 1 and len(reporters) > 1:
        return lambda line: one_line(line.reporter_name)
    return lambda line: f"{one_line(line.reporter_name)} – {one_line(line.partner_name)}"


def value_shown(finding: SeriesFinding, row: SeriesRow, shows: str) -> float | None:
    """Return what is shown of a row; ``None`` where there is none."""
    if shows == SeriesShows.GROWTH:
        return row.growth
    return row.index if shows == SeriesShows.INDEX else finding.drawn(row)


def _point(finding: SeriesFinding, row: SeriesRow, shows: str) -> ShownPoint:
    value = value_shown(finding, row, shows)
    reason = row.reason if value is not None else why_blank(finding, row, shows)
    is_part = value is not None and not row.is_complete
    return ShownPoint(row.period, start_of(row.period).isoformat(), value, is_part, reason)


def why_blank(finding: SeriesFinding, row: SeriesRow, shows: str) -> str:
    """Return why a row has no figure of what is shown; never empty."""
    level = finding.drawn(row)
    if level is None:
        if row.value_usd is None or finding.of == "value":
            return row.reason or "not reported"
        return {"weight": "no weight for all of the value", "quantity": "no quantity in one unit for all of the value"}.get(
            finding.of, "no weight reported"
        )  # fmt: skip
    if not row.is_complete:
        return f"in part: {row.reason}" if row.reason else "in part"
    if shows == SeriesShows.GROWTH:
        return "no comparable whole period a year before"
    return f"not comparable with {finding.base}" if finding.base else "no base period"


def first_whole(lines: Iterable[ShownLine]) -> str | None:
    """Return the first period that all lines with any whole period have whole; ``None`` where there is none."""
    held = [{each.period for each in line.points if each.value and not each.is_part} for line in lines]
    common = set.intersection(*(each for each in held if each)) if any(held) else set()
    return min(common, default=None)


@dataclass(frozen=True)
class ShownUnit:
    """Unit of an axis and of a table: figures are divided by ``divisor``."""

    divisor: float
    words: str
    shows: str

    def said(self, value: float | None) -> str:
        """Return a figure as text, without its unit; empty for none."""
        if value is None:
            return ""
        if self.shows == SeriesShows.GROWTH:
            return share_words(value).replace("-", "−").replace(" ", NBSP)
        scaled = value / self.divisor
        places = 0 if abs(scaled) >= 1000 else 1 if abs(scaled) >= 100 else 2 if abs(scaled) >= 0.1 or not scaled else 4
        return f"{scaled:,.{places}f}".replace("-", "−")


def unit_shown(finding: SeriesFinding, lines: Sequence[ShownLine], shows: str) -> ShownUnit:
    """Return the unit in which lines are drawn and tabled."""
    if shows == SeriesShows.GROWTH:
        return ShownUnit(0.01, f"growth against the same {finding.by} of the year before, %", shows)
    divisor, words = unit_of(finding, max((line.peak for line in lines), default=0.0))
    return ShownUnit(divisor, words, shows)
