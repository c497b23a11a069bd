"""The data of the map of who reported, as a table."""

from __future__ import annotations

from stopgap.briefs.charts.coverage_map import GROUPS, WORDS, reporter_lines
from stopgap.briefs.formats.cells import BriefTable, Column, Value
from stopgap.briefs.model import BriefModel


def reported_table(model: BriefModel) -> BriefTable | None:
    """The data of the map of who reported."""
    periods, lines = reporter_lines(model)
    if not lines:
        return None
    columns = (
        Column("Reporter"),
        Column("Code", "code"),
        Column("Group"),
        Column("Not reported", "count"),
        *(Column(period) for period in periods),
    )
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (line.name, line.code, GROUPS[line.role], line.silent, *(WORDS[state] for state in line.states))
        for line in lines
    )
    note = (
        "traded: reported, with trade in these goods; zero: reported, without; partial: reported, with under half of the "
        "codes that are usual for it, or without a tenth of its usual chapters; n/r: not reported, which is missing and not 0."
    )
    return BriefTable("reported", "Reporters by period", columns, rows, None, note, data_of="reported")
