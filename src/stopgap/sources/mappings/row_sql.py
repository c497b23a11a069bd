"""The SQL that reads one block of a mapped file into the columns of ``staged``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stopgap.base.sql import quoted
from stopgap.base.vocab import Flow
from stopgap.codes.commodities import revision_in_force
from stopgap.sources.base import STAGED_COLUMNS
from stopgap.sources.mappings.areas import fixed_area, lookup_field
from stopgap.sources.mappings.fields import MappedColumns, through
from stopgap.sources.mappings.periods import FIRST_YEAR, LAST_YEAR, frequency_sql, period_sql
from stopgap.sources.trade.staging import GOOD_PATTERN, REVISION_PATTERN, SPECIAL_GOOD, content_sql

if TYPE_CHECKING:
    from stopgap.sources.mappings.raw_table import Given
    from stopgap.sources.mappings.spec import AreaOf, Spec, Wide


@dataclass(frozen=True, slots=True)
class Block:
    """What is read in one pass over ``given``: all rows, or one period column of a wide file."""

    column: str | None = None
    period: str | None = None
    wide: Wide | None = None


def block_sql(spec: Spec, given: Given, block: Block) -> str:
    """The query for the rows of ``loaded`` that a block gives."""
    reader = _Reader(spec, given)
    reporter = block.wide.reporter if block.wide else spec.reporter
    partner = block.wide.partner if block.wide else spec.partner
    assert reporter is not None
    assert partner is not None
    value_column = block.column or spec.value.column
    assert value_column is not None
    value = reader.text(value_column, "value")
    whole = [f"c{position}" for position in range(len(given.columns))]
    flow = quoted(block.wide.flow) if block.wide else reader.flow()
    texts = {
        "period_text": quoted(block.period) if block.period else reader.period(),
        "frequency": reader.frequency(block),
        "reporter_text": reader.area_text(reporter),
        "partner_text": reader.area_text(partner),
        "flow": flow,
        "flow_text": reader.flow_text(spec.flow) if spec.flow else flow,
        "good": reader.good(spec.good),
        "value_text": value,
        "value_number": f"{reader.number(value)} * {reader.scale(spec.value)}",
        "net_number": reader.amount(spec.net_kg, "net_kg"),
        "net_text": reader.amount_text(spec.net_kg, "net_kg"),
        "quantity_number": reader.amount(spec.quantity, "quantity"),
        "quantity_text": reader.amount_text(spec.quantity, "quantity"),
        "quantity_unit": reader.unit(spec.quantity_unit),
        "is_estimated": reader.is_estimated(),
        "currency": reader.currency(spec.value.currency),
        "same": f"hash({', '.join(whole)})",
        "content": content_sql(whole),
        "revision_text": reader.revision_text(),
        "valuation_text": reader.valuation_text(),
        "part": reader.part(),
    }
    first = ", ".join(f"{sql} AS {name}" for name, sql in texts.items())
    second = ", ".join(
        [
            f"{period_sql(spec.period if block.period is None else None)} AS period",
            f"{_area_sql(reporter, 'r')} AS reporter",
            f"{_area_sql(partner, 'p')} AS partner",
            f"r.kind = 'aggregate' OR p.kind = 'aggregate' OR regexp_full_match(good, '{SPECIAL_GOOD}') AS is_aggregate",
        ]
    )
    staged = {
        "value_usd": "value_number",
        "net_kg": "nullif(net_number, 0)",
        "quantity": "nullif(quantity_number, 0)"
        if spec.quantity_unit is None
        else "CASE WHEN quantity_unit IS NOT NULL THEN nullif(quantity_number, 0) END",
        "revision": reader.revision(),
        "valuation": reader.valuation(block),
        "source": quoted(spec.source),
        "kind": "CASE WHEN is_aggregate THEN 'aggregate' ELSE 'economy' END",
        "value_reported": "value_number",
        "usd_per_unit": "1.0",
    }
    third = ", ".join(f"({staged.get(name, name)})::{kind} AS {name}" for name, kind in STAGED_COLUMNS.items())
    is_missing = "value_text IS NULL" + (" OR value_number = 0" if spec.value.zero == "missing" else "")
    return f"""
        SELECT *, CASE WHEN NOT is_missing THEN {_reason(spec)} END AS reason FROM (
            SELECT row, {third}, coalesce({is_missing}, false) AS is_missing, same, content, part,
                value_text, value_number, net_text, net_number, quantity_text, quantity_number,
                period_text, reporter_text, partner_text, flow_text
            FROM (
                SELECT b.*, {second} FROM (SELECT row, {first} FROM given) AS b
                LEFT JOIN area_lookup AS r ON r.field = {quoted(lookup_field(reporter))} AND r.value = b.reporter_text
                LEFT JOIN area_lookup AS p ON p.field = {quoted(lookup_field(partner))} AND p.value = b.partner_text
            )
        )
    """


class _Reader(MappedColumns):
    """SQL for each field of a mapping for trade."""

    def __init__(self, spec: Spec, given: Given) -> None:
        super().__init__(spec, given)
        self._spec = spec

    def part(self) -> str:
        """Which part of its totals a row is, in each dimension; NULL for the total of all."""
        texts = [
            (f"trim({self._given.column(column, 'totals')})", ", ".join(quoted(code) for code in codes))
            for column, codes in self._spec.totals.items()
        ]
        if not texts:
            return "NULL::VARCHAR"
        codes = ", ".join(
            f"CASE WHEN coalesce({text}, '') NOT IN ('', {listed}) THEN replace({text}, '|', '/') ELSE '' END"
            for text, listed in texts
        )
        return f"nullif(concat_ws('|', {codes}), '{'|' * (len(texts) - 1)}')"

    def period(self) -> str:
        period = self._spec.period
        assert period is not None
        if period.value is not None:
            return quoted(period.value)
        if period.year is not None:
            year = self.text(period.year, "period.year")
            if period.month is None:
                return year
            return f"concat({year}, '-', {self.text(period.month, 'period.month')})"
        assert period.column is not None
        return self.text(period.column, "period")

    def frequency(self, block: Block) -> str:
        frequency = self._spec.frequency
        if frequency == "by_period":
            period = self._spec.period if block.period is None else None
            return frequency_sql(period, quoted(block.period) if block.period else self.period())
        if isinstance(frequency, str):
            return quoted(frequency)
        return through(self.text(frequency.column, "frequency"), frequency.map)

    def flow(self) -> str:
        flow = self._spec.flow
        assert flow is not None
        return through(self.flow_text(flow), flow.map)

    def revision_text(self) -> str:
        revision = self._spec.revision
        if revision.column is None:
            return "NULL::VARCHAR"
        return through(self.text(revision.column, "revision"), revision.map, keep=True)

    def revision(self) -> str:
        revision = self._spec.revision
        if revision.value is not None:
            return quoted(revision.value)
        if revision.by_year == "CN":
            return "'CN' || year(period)"
        if revision.by_year == "HS":
            years = range(FIRST_YEAR, LAST_YEAR + 1)
            pairs = ", ".join(f"{year}: {quoted(revision_in_force(year))}" for year in years)
            return f"MAP {{{pairs}}}[year(period)::INTEGER]"
        return "revision_text"

    def valuation_text(self) -> str:
        valuation = self._spec.valuation
        if valuation is None or valuation.column is None:
            return "NULL::VARCHAR"
        return through(self.text(valuation.column, "valuation"), valuation.map)

    def valuation(self, block: Block) -> str:
        valuation = self._spec.valuation
        if block.wide is not None and block.wide.valuation is not None:
            return quoted(block.wide.valuation)
        if valuation is None:
            return "CASE WHEN flow IN ('X', 'RX') THEN 'FOB' ELSE 'CIF' END"
        if valuation.value is not None:
            return quoted(valuation.value)
        if valuation.by_flow is not None:
            return through("flow", dict(valuation.by_flow.items()))
        return "valuation_text"

    def is_estimated(self) -> str:
        estimate = self._spec.is_estimated
        if estimate is None:
            return "false"
        if estimate.value is not None:
            return str(estimate.value).lower()
        marks = ", ".join(quoted(mark.lower()) for mark in estimate.marks)
        return " OR ".join(
            f"coalesce(lower({self.text(column, 'is_estimated')}) IN ({marks}), false)"
            for column in estimate.columns or ()
        )


def _area_sql(area: AreaOf, side: str) -> str:
    return quoted(fixed_area(area, "reporter or partner")) if area.value is not None else f"{side}.code"


def _reason(spec: Spec) -> str:
    def says(column: str, what: str, name: str) -> str:
        return f"concat('{name} ', coalesce('''' || left({column}, 60) || '''', 'is empty; it'), ' {what}')"

    flows = tuple(flow.value for flow in Flow)
    # Where the period's text shows the frequency, the fault is the text's.
    wrong_frequency = "frequency IS NULL OR frequency NOT IN ('A', 'M')"
    frequency = {} if spec.frequency == "by_period" else {wrong_frequency: "'frequency is not A or M'"}
    rules = {
        **frequency,
        f"period IS NULL OR year(period) NOT BETWEEN {FIRST_YEAR} AND {LAST_YEAR}": says(
            "period_text", "is not a year or month in the format of the mapping", "period"
        ),
        "reporter IS NULL": says("reporter_text", "is not known", "reporter"),
        "partner IS NULL": says("partner_text", "is not known", "partner"),
        f"flow IS NULL OR flow NOT IN {flows}": says("flow_text", "is not in the map of the mapping", "flow"),
        f"good IS NULL OR NOT regexp_full_match(good, '{GOOD_PATTERN}')": says("good", "is not a code", "good"),
        f"revision IS NULL OR NOT regexp_full_match(revision, '{REVISION_PATTERN}')": says(
            "revision", "is not HS, HS2022 or CN2022", "revision"
        ),
        "value_number IS NULL": says("value_text", "is not a finite number", "value"),
        "value_number < 0": says("value_text", "is negative", "value"),
        "net_text IS NOT NULL AND coalesce(net_number < 0, true)": says("net_text", "is not a weight", "net_kg"),
        "quantity_text IS NOT NULL AND coalesce(quantity_number < 0, true)": says(
            "quantity_text", "is not a quantity", "quantity"
        ),
        "valuation IS NULL OR valuation NOT IN ('FOB', 'CIF')": "'valuation is not FOB or CIF'",
        "currency IS NULL OR NOT regexp_full_match(currency, '[A-Z]{3}')": says(
            "currency", "is not a currency code", "currency"
        ),
    }
    cases = " ".join(f"WHEN {rule} THEN {reason}" for rule, reason in rules.items())
    return f"CASE {cases} END"
