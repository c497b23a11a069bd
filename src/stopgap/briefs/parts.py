"""Building blocks of a brief, printed by every format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stopgap.base.marking import CLEAR, Marking
from stopgap.briefs.charts.canvas import Chart
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
    draw: Callable[[int], Chart]


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
class KeyFigure:
    """One of the four key figures beside the headline."""

    value: str
    label: str


@dataclass(frozen=True)
class Story:
    """All content of a brief, in order."""

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
