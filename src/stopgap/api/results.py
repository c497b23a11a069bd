"""Result types of the Python API: tables, lists and documents that carry a marking."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from stopgap.base.marking import CLEAR, Markable, Marking
from stopgap.base.notes import Summarised, Summary
from stopgap.base.visible_text import one_line
from stopgap.measures.backfill import tables
from stopgap.measures.backfill.results import Finding

if TYPE_CHECKING:
    from stopgap.briefs.model import BriefModel

_Item = TypeVar("_Item")
_Result = TypeVar("_Result", bound=Markable)


class MarkedList(list[_Item]):
    """A list of results, and who may see it."""

    def __init__(self, items: Iterable[_Item], marking: Marking) -> None:
        super().__init__(items)
        self.marking = marking


class MarkedDict(dict[str, Any]):
    """A document, and who may see it."""

    def __init__(self, document: dict[str, Any], marking: Marking) -> None:
        super().__init__(document)
        self.marking = marking


def marked(result: _Result, marking: Marking, **beside: Any) -> _Result:
    """The result with its marking.

    Args:
        result: A frozen result.
        marking: Who may see it.
        beside: What else is said beside the result, and is no part of it.
    """
    made = copy(result)
    for name, value in {"marking": marking, **beside}.items():
        object.__setattr__(made, name, value)  # no field: the result itself stays frozen
    return made


class ResultTable:
    """An Arrow table with its ways out; other libraries read it through the Arrow interface.

    Attributes:
        arrow: The table.
        marking: Who may see it.
        as_of: Vintage that was read, where it is of one.
    """

    def __init__(self, table: pa.Table, marking: Marking = CLEAR, *, as_of: str | None = None) -> None:
        self.arrow = table
        self.marking = marking
        self.as_of = as_of

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.arrow.__arrow_c_stream__(requested_schema)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.arrow, name)

    def __len__(self) -> int:
        return int(self.arrow.num_rows)

    def __repr__(self) -> str:
        return repr(self.arrow)

    def to_pandas(self) -> Any:
        """The table as a pandas data frame (pandas is the user's)."""
        return self.arrow.to_pandas()

    def to_polars(self) -> Any:
        """The table as a Polars data frame (Polars is the user's)."""
        import polars  # type: ignore[import-not-found, unused-ignore]

        return polars.from_arrow(self.arrow)


@dataclass(frozen=True)
class MeasuredFinding(Summarised):
    """A finding with its tables and its picture.

    Attributes:
        finding: The frozen result; every other attribute of it can be read here too.
        marking: Who may see it.
    """

    finding: Finding
    marking: Marking = CLEAR

    def summary(self) -> Summary:
        """The finding in lines of text."""
        return tables.finding_summary(self.finding)

    @property
    def suppliers(self) -> ResultTable:
        """One row per supplier outside the coalition."""
        return ResultTable(tables.suppliers_table(self.finding), self.marking)

    @property
    def members(self) -> ResultTable:
        """One row per member of the coalition."""
        return ResultTable(tables.members_table(self.finding), self.marking)

    @property
    def goods(self) -> ResultTable:
        """One row per good."""
        return ResultTable(tables.goods_table(self.finding), self.marking)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.finding, name)

    def as_dict(self) -> dict[str, Any]:
        """The finding as ``stopgap measure --format json`` prints it."""
        return {**self.finding.as_dict(), "marking": self.marking.as_dict()}

    @property
    def placebos(self) -> ResultTable:
        """One row per placebo destination and the target, in the order of the rank; empty without one."""
        return ResultTable(tables.placebos_table(self.finding), self.marking)

    def chart(self, kind: str = "gross") -> Any:
        """One picture of the finding, an Altair chart.

        Args:
            kind: ``gross``: the waterfall of lost, filled by each supplier, unfilled. ``net``: net gain of
                each supplier with its 95 % interval. ``placebos``: the target among placebo destinations.

        Raises:
            UsageError: Another kind.
            MissingDataError: The finding has no net gains, or no placebo rank, to draw.
        """
        from stopgap.briefs.charts.finding_charts import finding_chart
        from stopgap.briefs.formats.tlp import marked_chart
        from stopgap.codes.areas import areas

        names = {code: area.name for code, area in areas().items()}
        return marked_chart(finding_chart(self.finding, names, kind), self.marking)

    def _repr_html_(self) -> str:
        from html import escape

        return "<br>".join(escape(one_line(line)) for line in (self.marking.label, *tables.summary_lines(self.finding)))


class Checks(ResultTable):
    """Checks and what each found, one a row."""

    @property
    def passed(self) -> bool:
        """Whether all hold."""
        return all(self.arrow["passed"].to_pylist())

    def as_dict(self) -> dict[str, Any]:
        """The checks, and whether all hold."""
        return {"checks": self.arrow.to_pylist(), "passed": self.passed}


@dataclass(frozen=True)
class WrittenBrief:
    """A brief as it was written.

    Attributes:
        path: The file.
        model: What it says.
    """

    path: Path
    model: BriefModel

    @property
    def marking(self) -> Marking:
        """Who may see it."""
        return self.model.marking

    def as_dict(self) -> dict[str, Any]:
        """The file, and the finding that it shows."""
        headline = self.model.headline
        return {"file": str(self.path), "finding_id": headline.finding_id, "as_of": headline.as_of}
