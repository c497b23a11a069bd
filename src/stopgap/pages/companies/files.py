"""Answers to a small file of names, as a table; each name leads to its own page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stopgap.api import Lake
from stopgap.pages.companies.hits import listed_where, probability
from stopgap.pages.companies.query import CompanyQuery
from stopgap.pages.views import Cell, PageContent, TableColumn, TableView
from stopgap.pages.words import as_sentence
from stopgap.screening.matching.request import ScreenRequest
from stopgap.screening.matching.rows import AskedRow

if TYPE_CHECKING:
    from stopgap.screening.matching.match_selection import ScreenAnswer
    from stopgap.screening.matching.run import ScreenedNames

MOST_AT_ONCE = 200
"""Rows of a file that are answered at once; a longer file is screened by a job."""

_COLUMNS = (
    TableColumn("Row", "number"), TableColumn("Name"), TableColumn("Alert"), TableColumn("Nearest entry"),
    TableColumn("Probability", "number"), TableColumn("Listed"), TableColumn("Decided"),
)  # fmt: skip


def file_answers(
    lake: Lake, file: str, rows: Sequence[AskedRow], warnings: Sequence[str]
) -> tuple[PageContent, ScreenedNames]:
    """Look the names of a file up, and return the answers as a part of a page, with what was found, for the log.

    Args:
        lake: The lake.
        file: Name of the file.
        rows: Its rows.
        warnings: What to know of the file.
    """
    asked = [row for row in rows if row.query is not None]
    found = lake.screen([row.query for row in asked if row.query is not None], ScreenRequest())
    answers = {row.number: answer for row, answer in zip(asked, found, strict=True)}
    order = sorted(rows, key=lambda row: _place(answers.get(row.number), row.number))
    table = TableView(
        "file",
        f"Names of {file}, those that alert first",
        _COLUMNS,
        tuple(_row(row, answers.get(row.number)) for row in order),
    )
    alerting = sum(answer.alerts for answer in found)
    rejected = len(rows) - len(asked)
    head = f"{alerting:,} of {len(asked):,} names of {file} alert"
    left_out = f"; {rejected:,} row{'s' * (rejected != 1)} could not be looked up" if rejected else ""
    values = {
        "head": f"{head}{left_out}.",
        "table": table,
        "asked": found.lists.says(),
        "unknown": tuple(map(as_sentence, (*warnings, *found.lists.warnings()))),
    }
    return PageContent("companies/file.html", "Screened file", values, nav="/companies"), found


def _place(answer: ScreenAnswer | None, number: int) -> tuple[bool, float, int]:
    best = max((each.match.score for each in answer.matches), default=0.0) if answer is not None else 0.0
    return answer is None or not answer.alerts, -best, number


def _row(row: AskedRow, answer: ScreenAnswer | None) -> tuple[Cell, ...]:
    number = Cell(str(row.number))
    if answer is None or row.query is None:
        reason = f"not looked up: {row.rejected}"
        return number, Cell(row.name), Cell("", missing=reason), *(Cell("", missing="–"),) * 4
    query = CompanyQuery(row.query.name, country=next(iter(row.query.countries), None), identifier=_number(row))
    name = Cell(row.name, "/companies", query.options)
    unknown = f"country {row.unknown_country!r} is not known" if row.unknown_country else ""
    if not answer.matches:
        return (
            number,
            name,
            Cell("no"),
            Cell("", missing="nothing is like it"),
            *(Cell("", missing=unknown or "–"),) * 3,
        )
    best = next((each for each in answer.matches if each.match.alerts), answer.matches[0])
    return (
        number,
        name,
        Cell("alert", tag="bad") if answer.alerts else Cell("no"),
        Cell(best.match.name),
        Cell(probability(best.match.score)),
        Cell(listed_where(best.listings)),
        Cell(best.standing.decision.decided.value) if best.standing else Cell("", missing="not decided"),
    )


def _number(row: AskedRow) -> str | None:
    first = next(iter(row.query.identifiers), None) if row.query is not None else None
    return f"{first.kind}:{first.value}" if first is not None else None
