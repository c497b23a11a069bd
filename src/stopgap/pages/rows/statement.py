"""The statement of the rows behind a finding or a series, and what the figure is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stopgap.api import Lake
from stopgap.api.supplier_goods import supplier_goods_of
from stopgap.base.errors import MissingDataError, NotFoundError
from stopgap.base.marking import Marking, strictest
from stopgap.base.near_names import did_you_mean
from stopgap.base.sql import listed
from stopgap.briefs.charts.series_chart import title_of
from stopgap.pages.episode.basis import basis_line
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.explore.query import ExploreQuery
from stopgap.pages.rows.query import RowsQuery


@dataclass(frozen=True)
class RowsBehind:
    """Rows behind a figure, before they are read.

    Attributes:
        title: What they are behind.
        basis: What the figure rests on, in one line.
        statements: SQL of the rows; several where the figure is made of several sources.
        as_of: Vintage.
        marking: Marking of the figure.
        is_annual: Whether periods are years.
        back: Path of the page that shows the figure, with its options.
        target: Economy on the other side of a finding's trade; empty for a series.
        is_of_supplier: Whether a finding's suppliers report the trade, not those on the other side.
    """

    title: str
    basis: str
    statements: tuple[str, ...]
    as_of: str
    marking: Marking
    is_annual: bool
    back: tuple[str, dict[str, str | int | float | bool | None]]
    target: str = ""
    is_of_supplier: bool = True


def rows_behind(lake: Lake, query: RowsQuery) -> RowsBehind:
    """Return the statement of the rows that a query asks for.

    Raises:
        NotFoundError: The episode, goods list, vintage, supplier or good is unknown.
        MissingDataError: The lake lacks the figures, or no rows are told for them.
        UsageError: An option of a series cannot be read.
    """
    if query.episode is not None:
        return _of_finding(lake, query, query.episode)
    return _of_series(lake, query.series or ExploreQuery())


def _of_finding(lake: Lake, query: RowsQuery, asked: EpisodeQuery) -> RowsBehind:
    measured = asked.measure(lake, gross=True)
    finding, names = measured.finding, economy_names()
    sql = next((text for text in finding.queries if "receipt" in text.partition(" FROM ")[0]), None)
    if sql is None:
        raise MissingDataError(
            "the rows behind this figure are not told", where=finding.finding_id, fix="open SQL on the episode's pages"
        )
    conditions, said, marking = [], [], measured.marking
    if query.supplier:
        known = [*(row.supplier for row in finding.suppliers), *(row.supplier for row in finding.members)]
        _known(query.supplier, known, "supplier")
        conditions.append(f"supplier IN ({listed([query.supplier])})")
        said.append(names.get(query.supplier, query.supplier))
    if query.good:
        cells = supplier_goods_of(lake, measured, asked.request(gross=True))
        marking = strictest([marking, cells.marking])
        _known(query.good, list(cells.found.codes), "good")
        conditions.append(f"good IN ({listed(cells.found.codes[query.good])})")
        said.append(query.good)
    inner = sql.partition(" ORDER BY ")[0]
    statement = f"SELECT * FROM ({inner}) WHERE {' AND '.join(conditions)}" if conditions else inner
    title = f"Rows behind {load_title(asked)}, {finding.goods}" + (f": {', '.join(said)}" if said else "")
    return RowsBehind(
        title, basis_line(finding), (f"{statement} ORDER BY supplier, period, good",), finding.as_of, marking,
        finding.frequency == "A", (asked.path, dict(asked.options)), finding.target,
        "reporter AS supplier" in sql,
    )  # fmt: skip


def load_title(asked: EpisodeQuery) -> str:
    """Return the title of the episode, as it stands within a sentence."""
    return asked.load().title


def _known(given: str, known: Sequence[str], what: str) -> None:
    if given not in known:
        raise NotFoundError(
            f"no {what} of this finding is called {given[:40]!r}",
            where=what,
            fix=did_you_mean(given, known) or "take the link in the table",
        )


def _of_series(lake: Lake, asked: ExploreQuery) -> RowsBehind:
    found = lake.series(asked.request())
    finding = found.finding
    basis = finding.basis[:1].upper() + finding.basis[1:] + "."
    title = title_of(finding)
    is_annual = all(line.frequency in ("A", "") for line in finding.series)
    return RowsBehind(
        f"Rows behind {title[:1].lower()}{title[1:]}, {finding.first} to {finding.last}", basis, finding.queries, finding.as_of,
        found.marking, is_annual, ("/explore", dict(asked.options)),
    )  # fmt: skip
