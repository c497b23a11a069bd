"""Command that reads trade by period: series."""

from __future__ import annotations

import typer

from stopgap.cli.terminal.command import WrittenAnswer, command
from stopgap.cli.terminal.marked import note_name, summary_answer
from stopgap.cli.terminal.options import Answer, Format
from stopgap.cli.terminal.telling import tell
from stopgap.measures.series.request import SeriesRequest

commands = typer.Typer(rich_markup_mode=None)

CHARTS = (".svg", ".png")
"""Endings of ``--output`` for which the chart is written in place of the table."""


@command(commands, "series")
def series_command(request: SeriesRequest, shown: WrittenAnswer) -> Answer | None:
    """Show trade of reporters with partners by year, quarter or month.

    Example: stopgap series --from EU27 --to KGZ --goods 8542 --by year --growth
    """
    found = shown.measures().series(request)
    if shown.output is not None and shown.output.suffix.lower() in CHARTS and shown.format is Format.TABLE:
        path = found.save_chart(shown.output)
        for line in found.lines() if shown.with_notes else [found.summary().title, *found.notes_shown()]:
            tell(line)
        tell(f"chart written: {path}")
        tell(f"marking: {found.marking.label}")
        note_name(path, found.marking)
        return None
    return summary_answer(found, found.finding.table(), found.finding.shown_columns())
