"""Chart of who reported when: one row per reporter, one cell per period."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from stopgap.briefs.charts.canvas import Canvas
from stopgap.briefs.charts.glyphs import REGULAR, SEMIBOLD, face
from stopgap.briefs.charts.lines import event_place
from stopgap.briefs.charts.theme import ACCENT, FAINT, HUB, LOST, MUTED, PAPER, SMALL, WIDE
from stopgap.briefs.formats.text import NOT_REPORTED, listing, month_name, one_line
from stopgap.briefs.model import BriefModel, ReportState

FILLS: dict[ReportState, str] = {"traded": ACCENT, "partial": HUB, "zero": "#dcebf1", "silent": PAPER}
"""Fill of each state. Lightness (CIE L*): 44, 69, 92, 100; silence is white with a dark dash, legible in grey."""

LEGEND: dict[ReportState, str] = {
    "traded": "reported, with trade",
    "partial": "reported in part",
    "zero": "reported, no such trade: 0",
    "silent": "not reported",
}
WORDS: dict[ReportState, str] = {"traded": "traded", "partial": "partial", "zero": "zero", "silent": NOT_REPORTED}
"""Word for each state in the table."""

GROUPS = {"member": "Coalition", "hub": "Hubs", "other": "Others"}
ALL_UP_TO = 40
"""Up to this many reporters are all drawn; of more, those without a gap are only counted in the text."""
DRAWN = {True: 150, False: 60}
"""Maximum number of rows drawn: where several columns fit (at most 24 periods), and where one does."""

NAMED = 8
"""Maximum number of reporters named in a sentence."""

_ROW, _TALL, _TYPE = 13.0, 10.0, 10.5


@dataclass(frozen=True)
class ReporterLine:
    """One reporter with its reporting state in every period of the map, in order."""

    code: str
    name: str
    role: str
    states: tuple[ReportState, ...]

    @property
    def has_gap(self) -> bool:
        return "silent" in self.states or "partial" in self.states

    @property
    def silent(self) -> int:
        return self.states.count("silent")


def reporter_lines(model: BriefModel) -> tuple[list[str], list[ReporterLine]]:
    """Return the periods in order and one line per reporter: coalition, hubs, others, each by longest silence first.

    A period without an entry for a reporter counts as silent.
    """
    periods = sorted({entry.period for entry in model.reported})
    place = {period: i for i, period in enumerate(periods)}
    states: dict[str, list[ReportState]] = {}
    heads: dict[str, tuple[str, str]] = {}
    for entry in model.reported:
        states.setdefault(entry.reporter, ["silent"] * len(periods))[place[entry.period]] = entry.state
        heads.setdefault(entry.reporter, (one_line(entry.name), entry.role))
    order = list(GROUPS)
    lines = [ReporterLine(code, *heads[code], tuple(row)) for code, row in states.items()]
    return periods, sorted(
        lines,
        key=lambda line: (order.index(line.role), -line.silent, -line.states.count("partial"), line.name, line.code),
    )  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """Lines that the chart draws; numbers not drawn: without gaps by role (`complete`), and with gaps (`cut`)."""

    lines: tuple[ReporterLine, ...]
    complete: dict[str, int]
    cut: int


def drawn_lines(lines: Sequence[ReporterLine], periods: int) -> Drawn:
    """Select the lines to draw: all if the chart has room, else only those with gaps, the longest silences first."""
    if len(lines) <= ALL_UP_TO:
        return Drawn(tuple(lines), {}, 0)
    open_lines = [line for line in lines if line.has_gap]
    complete = {role: sum(line.role == role and not line.has_gap for line in lines) for role in GROUPS}
    most = DRAWN[periods <= 24]
    # The longest silences of every group stay; each group gives up its shortest.
    kept = {line.code for line in sorted(open_lines, key=lambda line: (-line.silent, line.code))[:most]}
    shown = tuple(line for line in open_lines if line.code in kept)
    return Drawn(shown, {role: n for role, n in complete.items() if n}, len(open_lines) - len(shown))


@dataclass(frozen=True)
class _Frame:
    """Layout of one column of rows: label and cell width in pixels, periods, and event."""

    label: float
    cell: float
    periods: tuple[str, ...]
    event: str

    @property
    def width(self) -> float:
        return self.label + self.cell * len(self.periods)

    @property
    def is_monthly(self) -> bool:
        return len(self.periods[0]) > 4

    def years(self) -> list[tuple[int, str]]:
        """Return the index and period at which each year begins."""
        return [
            (i, period) for i, period in enumerate(self.periods) if not self.is_monthly or period.endswith("-01")
        ]  # fmt: skip


def _column(canvas: Canvas, entries: Sequence[ReporterLine | str], frame: _Frame, left: float, top: float) -> None:
    start = left + frame.label
    for i, period in frame.years():
        room = frame.cell * (12 if frame.is_monthly else 1)
        if not frame.is_monthly or i + 5 < len(frame.periods):
            words = period[:4] if room >= 26 else f"’{period[2:4]}"
            canvas.text(start + i * frame.cell + 1, top + 9, words, size=_TYPE, colour=MUTED)
    y = top + 14
    regular, strong = face(REGULAR), face(SEMIBOLD)
    first_row, headings = y, [y - _ROW]
    for entry in entries:
        if isinstance(entry, str):
            headings.append(y)
            words = strong.shorten(entry, _TYPE, frame.width - 4)
            canvas.text(left, y + _TALL, words, size=_TYPE, weight=600)
            y += _ROW
            continue
        words = regular.shorten(entry.name, _TYPE, frame.label - 6)
        canvas.text(left, y + _TALL - 1, words, size=_TYPE)
        i = 0
        for state, run in itertools.groupby(entry.states):
            n = len(list(run))
            x, wide = start + i * frame.cell, n * frame.cell
            if state == "silent":
                canvas.line([(x + 2, y + _TALL / 2), (x + wide - 2, y + _TALL / 2)], stroke=LOST, width=1.4)
            else:
                canvas.rect(x, y, wide, _TALL, fill=FILLS[state])
            i += n
        y += _ROW
    for i, _ in frame.years():
        canvas.line([(start + i * frame.cell, first_row), (start + i * frame.cell, y - 3)], stroke=PAPER, width=1)
    place = event_place(frame.event, frame.periods[0], monthly=frame.is_monthly)
    if place is not None and 0 < place + 0.5 < len(frame.periods):
        x = start + (place + 0.5) * frame.cell
        # Beside the rows only: headings run across the cells.
        for above, below in itertools.pairwise([*headings, y]):
            if below > above + _ROW:
                canvas.line([(x, above + _ROW - 2), (x, below - 2)], stroke=MUTED, width=0.9, dash=(2, 2))


def _legend(canvas: Canvas, width: float, event: str) -> float:
    """Draw the legend of states and event; return its height in pixels."""
    x = y = 0.0
    regular = face(REGULAR)
    for state, words in LEGEND.items():
        need = 22 + regular.width(words, SMALL) + 16
        if x and x + need > width:
            x, y = 0.0, y + 17
        if state == "silent":
            canvas.line([(x + 1, y + 7), (x + 15, y + 7)], stroke=LOST, width=1.4)
        else:
            canvas.rect(x, y + 2, 16, _TALL, fill=FILLS[state])
        canvas.text(x + 21, y + 11, words, size=SMALL, colour=MUTED)
        x += need
    words = month_name(event)
    if x + 34 + regular.width(words, SMALL) > width:
        x, y = 0.0, y + 17
    canvas.line([(x + 8, y), (x + 8, y + 14)], stroke=MUTED, width=0.9, dash=(2, 2))
    canvas.text(x + 14, y + 11, words, size=SMALL, colour=MUTED)
    return y + 24


def _columns_of(entries: list[ReporterLine | str], count: int) -> list[list[ReporterLine | str]]:
    """Split entries into columns of similar length; a heading never ends a column."""
    height = -(-len(entries) // count)
    columns: list[list[ReporterLine | str]] = []
    at = 0
    while at < len(entries):
        end = min(at + height, len(entries))
        if end < len(entries) and isinstance(entries[end - 1], str):
            end -= 1
        columns.append(entries[at : max(end, at + 1)])
        at = max(end, at + 1)
    return columns


def coverage_map(model: BriefModel, *, width: int = WIDE) -> Canvas:
    """Draw who reported which period: a row per reporter, the longest silence first in each group."""
    periods, lines = reporter_lines(model)
    if not periods:
        canvas = Canvas(width, 20)
        canvas.text(0, 14, "No period of a reporter is known.", colour=MUTED)
        return canvas
    drawn = drawn_lines(lines, len(periods))
    entries: list[ReporterLine | str] = []
    for role, title in GROUPS.items():
        group = [line for line in drawn.lines if line.role == role]
        complete = drawn.complete.get(role, 0)
        if group or complete:
            entries.append(f"{title} ({complete} more reported all)" if complete else title)
            entries += group
    wide = width > 500
    label = 108.0 if wide else 92.0
    fitting = (3 if wide else 2) if len(periods) <= 6 else (2 if wide and len(periods) <= 24 else 1)
    count = min(fitting, max(1, len(entries) // 6))
    gap = 20.0
    room = (width - gap * (fitting - 1)) / fitting
    frame = _Frame(label, min((room - label) / len(periods), 26.0), tuple(periods), model.event)
    columns = _columns_of(entries, count)
    canvas = Canvas(width, 24 * (1 if wide else 2) + 34 + max(map(len, columns)) * _ROW)
    top = _legend(canvas, width, model.event)
    canvas.height = top + 14 + max(map(len, columns)) * _ROW
    canvas.line([(0, top - 6), (width, top - 6)], stroke=FAINT, width=0.6)
    for i, column in enumerate(columns):
        _column(canvas, column, frame, i * (room + gap), top)
    return canvas


def map_reading(model: BriefModel) -> str:
    periods, lines = reporter_lines(model)
    text = (
        "A row for each reporter, a cell for each period, the longest silence first. Where there are many, those that "
        "reported every period in full are counted beside the heading."
    )
    cut = drawn_lines(lines, len(periods)).cut
    return f"{text} {cut} more with gaps stand in the table alone." if cut else text


def silence_sentence(model: BriefModel) -> str:
    """Return a sentence on how many reporters have a silent period, naming those of the coalition and the hubs."""
    periods, lines = reporter_lines(model)
    silent = [line for line in lines if line.silent]
    if not silent:
        who = f"The only reporter, {lines[0].name}," if len(lines) == 1 else f"Each of the {len(lines)} reporters"
        return f"{who} reported every one of the {len(periods)} periods."
    near = [line for line in silent if line.role != "other"]
    text = f"{len(silent)} of {len(lines)} reporters left out some of the {len(periods)} periods"
    if not near:
        return f"{text}; none of them is of the coalition or a hub."
    named = [f"{line.name} ({line.silent})" for line in near[:NAMED]]
    if len(near) > NAMED:
        named.append(f"{len(near) - NAMED} more")
    rest = len(silent) - len(near)
    also = f"; the other {rest} are neither" if rest else ""
    return f"{text}. Of the coalition and the hubs, with how many: {listing(named)}{also}."


def alt_coverage(model: BriefModel) -> str:
    """Return the alternative text of the map: how many reporters reported in full, and every gap that is drawn."""
    periods, lines = reporter_lines(model)
    if not periods:
        return ""
    drawn = drawn_lines(lines, len(periods))
    full = sum(not line.has_gap for line in lines)
    parts = []
    for line in drawn.lines:
        found = [
            f"{words} {', '.join(p for p, s in zip(periods, line.states, strict=True) if s == state)}"
            for state, words in (("silent", "not reported"), ("partial", "in part"))
            if state in line.states
        ]
        if found:
            parts.append(f"{line.name}: {'; '.join(found)}")
    text = f"Cells by reporter and period, {periods[0]} to {periods[-1]}. {full} of {len(lines)} reporters reported every period in full."
    if parts:
        text += f" {'. '.join(parts)}."
    if drawn.cut:
        text += f" {drawn.cut} more have gaps; the table holds them."
    return text
