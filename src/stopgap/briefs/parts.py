"""Building blocks of a brief, printed by every format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stopgap.base.marking import CLEAR, Marking
from stopgap.briefs.charts.canvas import Chart
from stopgap.briefs.formats.cells import BriefTable


@dataclass(frozen=True)
class ChartPart:
    """One picture: `draw` gives its chart at a width in pixels."""

    key: str
    number: int
    title: str
    reading: str
    caption: str
    alt: str
    draw: Callable[[int], Chart]


@dataclass(frozen=True)
class Section:
    """A heading with its sentences, and what stands below them."""

    key: str
    title: str
    paragraphs: tuple[str, ...] = ()
    figure: ChartPart | None = None
    tables: tuple[BriefTable, ...] = ()
    items: tuple[str, ...] = ()
    commands: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class KeyFigure:
    """One of the four figures beside the headline."""

    value: str
    label: str


@dataclass(frozen=True)
class Story:
    """All that a brief says, in order."""

    title: str
    kicker: str
    sentence: str
    deck: tuple[str, ...]
    key_figures: tuple[KeyFigure, ...]
    lead: Section
    sections: tuple[Section, ...]
    facts: tuple[tuple[str, str], ...]
    as_of: str
    made_with: str
    finding_ids: tuple[str, ...]
    marking: Marking = CLEAR
