"""Figures held against a statement: layer by layer, with charts, tables, basis and queries."""

from __future__ import annotations

from dataclasses import dataclass

from stopgap.api import Lake
from stopgap.base.marking import CLEAR, strictest
from stopgap.briefs.claims.ladder import ladder_parts
from stopgap.briefs.claims.page import sheet_of
from stopgap.briefs.claims.parts import PartSheet
from stopgap.briefs.claims.story import tell_claims
from stopgap.claims.testing.request import ClaimTestRequest
from stopgap.claims.testing.results import TestedClaim, Verdict
from stopgap.claims.testing.verdict_log import last_test
from stopgap.pages.brief_tables import brief_table_view
from stopgap.pages.claims.charts import interval_charts, months_chart, year_charts
from stopgap.pages.claims.listing import VERDICT_TAGS
from stopgap.pages.site import path_of
from stopgap.pages.views import ChartView, PageContent, TableView


@dataclass(frozen=True)
class NotedTable:
    """A table, and how it is read."""

    table: TableView
    note: str


@dataclass(frozen=True)
class PartFiguresView:
    """Figures of one part of a statement."""

    title: str
    answer: str
    charts: tuple[ChartView, ...]
    paragraphs: tuple[str, ...]
    tables: tuple[NotedTable, ...]
    limits: tuple[str, ...]


def claim_figures(lake: Lake, id: str, *, as_of: str | None = None, by_month: bool = False) -> PageContent:
    """Return the figures of a statement, of the newest vintage or of `as_of`; nothing is written to the register.

    Args:
        lake: The lake.
        id: Id of the statement, or its beginning.
        as_of: Vintage or day.
        by_month: Whether the verdict is also worked out month by month.

    Raises:
        NotFoundError: There is no such statement or vintage.
        MissingDataError: The lake holds no trade.
    """
    entry = lake.claims.show(id).entry
    tested = lake.claims.test(entry.id, ClaimTestRequest(as_of=as_of or newest_vintage(lake), by_month=by_month))
    given = sheet_of(lake.path, tested, {})
    document = tell_claims([given], title=tested.claim.title, made_with="")
    [sheet] = document.sheets
    parts = tuple(_part(tested, each, place) for place, each in enumerate(sheet.parts))
    months = months_chart(tested) if sheet.months is not None else None
    charts = [*(chart for part in parts for chart in part.charts), *([months] if months else [])]
    event = last_test(entry)
    return PageContent(
        "claims/figures.html",
        "Figures",
        {
            "sheet": sheet,
            "tag": VERDICT_TAGS[tested.verdict],
            "tags": {str(verdict): tag for verdict, tag in VERDICT_TAGS.items()},
            "ladders": sheet.ladders,
            "parts": parts,
            "is_compound": len(tested.parts) > 1,
            "months": months,
            "by_month": by_month,
            "months_page": "" if by_month or not sheet.ladders else f"{path_of('claims', entry.id)}/figures",
            "rests_on": None if sheet.rests_on is None else NotedTable(brief_table_view(sheet.rests_on, "rests-on"), sheet.rests_on.note),
            "queries": document.queries,
            "as_of": tested.as_of,
            "differs": _differs(tested, None if event is None else (event["as_of"], Verdict.read(event["verdict"]))),
        },
        marking=strictest([tested.marking or CLEAR, given.marking]),
        charts=tuple(charts),
        nav="/claims",
    )  # fmt: skip


def newest_vintage(lake: Lake) -> str | None:
    """Return the newest vintage that the person sees; ``None`` for a lake without any."""
    names = lake.vintages().arrow["vintage"].to_pylist()
    return str(names[-1]) if names else None


def _differs(tested: TestedClaim, last: tuple[str, Verdict] | None) -> str:
    """Return what the figures of today say where the register does not have it; empty where it has."""
    if last is None or (last[1] is tested.verdict and last[0] == tested.as_of):
        return ""
    if last[1] is tested.verdict:
        return f"With the figures of {tested.as_of} the verdict is the same as with those of {last[0]}."
    return (
        f"With the figures of {tested.as_of} the verdict is {tested.verdict}; the register has {last[1]}, of {last[0]}."
    )


def _part(tested: TestedClaim, part: PartSheet, place: int) -> PartFiguresView:
    own = [each for each in ladder_parts(tested) if each.part.name.casefold() == part.title.casefold()]
    hypotheses = own[0] if own else None
    charts: list[ChartView] = []
    if hypotheses is not None:
        charts += year_charts(hypotheses, part, f"p{place + 1}", tested.as_of)
        charts += interval_charts(hypotheses, part, f"p{place + 1}", tested.as_of)
    tables = [
        NotedTable(brief_table_view(table, f"p{place + 1}-{table.key}-{number}"), table.note)
        for number, table in enumerate((*part.tables, *part.interval_tables))
    ]
    return PartFiguresView(part.title, part.answer, tuple(charts), part.paragraphs, tuple(tables), part.limits)
