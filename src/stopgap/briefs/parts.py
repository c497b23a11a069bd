"""Building blocks of a brief, printed by every format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stopgap.base.marking import CLEAR, Marking
from stopgap.briefs.charts.canvas import Canvas
from stopgap.briefs.formats.cells import BriefTable


@dataclass(frozen=True)
class ChartPart:
    """One chart with its texts; `draw` returns it at a width in pixels."""

    key: str
    number: int
    title: str
    reading: str
    caption: str
    alt: str
    draw: Callable[[int], Canvas]


@dataclass(frozen=True)
class Section:
    """A heading with its sentences, and the figure, tables, list, facts and commands below them."""

    key: str
    title: str
    paragraphs: tuple[str, ...] = ()
    figure: ChartPart | None = None
    tables: tuple[BriefTable, ...] = ()
    items: tuple[str, ...] = ()
    commands: tuple[tuple[str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class FirstPage:
    """First page of a brief, which alone is its one-page form.

    Attributes:
        title: Who replaced whom, in at most twelve words.
        sentences: What was lost, and how much others made up.
        range_sentence: Plausible range of the share made up; `range_note` is the small print below it, or empty.
        figure: What was lost and who filled how much; ``None`` where there is nothing to draw.
        strip: Three headings with two to four sentences each.
        basis: Basis of every number, as pairs of term and value.
    """

    title: str
    sentences: tuple[str, str]
    range_sentence: str
    range_note: str
    figure: ChartPart | None
    strip: tuple[tuple[str, tuple[str, ...]], ...]
    basis: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Story:
    """All content of a brief, in order; the one-page form has no sections."""

    title: str
    kicker: str
    first: FirstPage
    sections: tuple[Section, ...]
    facts: tuple[tuple[str, str], ...]
    as_of: str
    made_with: str
    finding_ids: tuple[str, ...]
    marking: Marking = CLEAR
