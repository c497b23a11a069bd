"""Result of ``stopgap series``: figures by period, how each series is put together, and what limits it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

_TEXTS = ("period", "from", "to", "goods", "currency", "quantity_unit", "reason")


@dataclass(frozen=True)
class SeriesRow:
    """Trade of one pair in one period.

    Attributes:
        value_usd: Value in US dollars; ``None`` where nothing was reported. Partial unless ``is_complete``.
        value_reported: Value in ``currency``, where a currency other than the dollar was asked for.
        net_kg: Weight; ``None`` where part of the value has none.
        weighed_share: Share of the value that has a weight; the unit value is of that part.
        unit_value_per_kg: Unit value in ``currency``; ``None`` unless all of the value has a weight.
        growth: Against the same period of the year before, as a share; both are complete.
        index: 100 in the base period.
        parts_reported: Months (or the year) that all reporters reported, of ``parts``.
        estimated_share: Share of the value that its source estimated, or that comes from a code that was split.
        reason: Why the value is empty or partial; empty where it is complete.
    """

    period: str
    reporter: str
    partner: str
    goods: str
    value_usd: float | None
    value_reported: float | None
    currency: str | None
    net_kg: float | None
    weighed_share: float | None
    unit_value_usd_per_kg: float | None
    unit_value_per_kg: float | None
    quantity: float | None
    quantity_unit: str | None
    growth: float | None
    index: float | None
    is_complete: bool
    parts_reported: int
    parts: int
    estimated_share: float | None
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """Return the row with the names of the JSON document: ``from`` and ``to`` for the two sides."""
        return {{"reporter": "from", "partner": "to"}.get(name, name): value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class SeriesLine:
    """How the series of one pair is put together.

    Attributes:
        built: ``as reported``, ``sum of members``, ``published aggregate``; of several, joined by a comma.
        frequency: A or M.
        reporters: Economies or the aggregate whose reports are read.
        absent: Members of whom the lake holds nothing: not in the figures.
        left_out: Members that did not report every period, and are small: left out of all; their share where they did.
        partners: Economies or the aggregate that are counted as partner.
        partners_unseen: Members of a group of partners that the files never name: not in the figures.
        sources: Source -> reporters read from it.
        goods_from: Source -> how its figures make up the goods.
        reports_of: Side whose reports are read, as in ``reporter`` or ``partner``.
    """

    reporter: str
    partner: str
    reporter_name: str
    partner_name: str
    built: str
    frequency: str
    reporters: tuple[str, ...]
    absent: tuple[str, ...]
    left_out: dict[str, float]
    partners: tuple[str, ...]
    partners_unseen: tuple[str, ...]
    sources: dict[str, tuple[str, ...]]
    goods_from: dict[str, str]
    reports_of: str

    def as_dict(self) -> dict[str, Any]:
        """Return the line with the names of the JSON document."""
        names = {"reporter": "from", "partner": "to", "reporter_name": "from_name", "partner_name": "to_name"}
        return {names.get(name, name): _plain(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class SeriesFinding:
    """Result of ``stopgap series`` at one vintage of the lake.

    Attributes:
        by: year, quarter or month.
        of: What growth and index are of: value, weight, quantity or unit-value.
        flow: Export or import, seen from the economies under ``from``.
        report: exporter or importer, whose report is read.
        goods: Name of the goods list, or ``TOTAL``.
        first: First period shown.
        last: Last period shown.
        base: Base period of the index.
        without_figures: Codes of the list of which no source used has a figure.
        headline: One sentence on the first pair.
        basis: One line: report, valuation, goods list, sources, vintage.
    """

    rows: tuple[SeriesRow, ...]
    series: tuple[SeriesLine, ...]
    by: str
    of: str
    flow: str
    report: str
    valuation: str
    goods: str
    goods_title: str
    goods_version: str
    currency: str
    first: str
    last: str
    base: str | None
    has_growth: bool
    without_figures: tuple[str, ...]
    as_of: str
    headline: str
    basis: str
    warnings: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    route: str = "direct"

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON document of ``series --format json``."""
        own = {name: _plain(value) for name, value in vars(self).items() if name in self.__dataclass_fields__}
        lacking = [row.as_dict() for row in self.rows if not row.is_complete]
        coverage = {
            "missing_reporters": sorted({name for line in self.series for name in line.absent}),
            "incomplete": [{name: row[name] for name in ("period", "from", "to", "reason")} for row in lacking],
            "goods_without_figures": list(self.without_figures),
            "sources": sorted({source for line in self.series for source in line.sources}),
        }
        own.pop("without_figures")
        return {
            **own,
            "rows": [row.as_dict() for row in self.rows],
            "series": [line.as_dict() for line in self.series],
            "coverage": coverage,
        }

    def table(self) -> pa.Table:
        """Return a table with one row per pair and period."""
        kinds = {"is_complete": pa.bool_(), "parts_reported": pa.int32(), "parts": pa.int32()}
        names = [{"reporter": "from", "partner": "to"}.get(name, name) for name in SeriesRow.__dataclass_fields__]
        schema = pa.schema([(name, pa.string() if name in _TEXTS else kinds.get(name, pa.float64())) for name in names])
        return pa.Table.from_pylist([row.as_dict() for row in self.rows], schema=schema)

    def rows_of(self, line: SeriesLine) -> list[SeriesRow]:
        """Return the rows of one pair, in order of time."""
        return [row for row in self.rows if (row.reporter, row.partner) == (line.reporter, line.partner)]

    def drawn(self, row: SeriesRow) -> float | None:
        """Return what growth and index are of, in one row."""
        is_usd = self.currency == "USD"
        return {
            "value": row.value_usd if is_usd else row.value_reported,
            "weight": row.net_kg,
            "quantity": row.quantity,
            "unit-value": row.unit_value_usd_per_kg if is_usd else row.unit_value_per_kg,
        }[self.of]

    def shown_columns(self) -> tuple[str, ...]:
        """Return the columns shown on a terminal."""
        value = "value_usd" if self.currency == "USD" else "value_reported"
        of = {
            "value": (),
            "weight": ("net_kg",),
            "quantity": ("quantity", "quantity_unit"),
            "unit-value": ("unit_value_usd_per_kg" if self.currency == "USD" else "unit_value_per_kg", "weighed_share"),
        }[self.of]
        added = (*(("growth",) if self.has_growth else ()), *(("index",) if self.base else ()))
        return ("period", "from", "to", value, *of, *added, "reason")


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value
