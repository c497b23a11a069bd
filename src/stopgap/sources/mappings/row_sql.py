"""Build the SQL that turns ``given`` into ``loaded``: expressions for single fields, and the query for a block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stopgap.base.sql import quoted
from stopgap.base.vocab import Flow
from stopgap.codes.commodities import revision_in_force
from stopgap.sources.base import STAGED_COLUMNS
from stopgap.sources.mappings import spec as parts
from stopgap.sources.mappings.areas import fixed_area, lookup_field
from stopgap.sources.mappings.periods import FIRST_YEAR, LAST_YEAR, frequency_sql, period_sql
from stopgap.sources.mappings.raw_table import Given
from stopgap.sources.mappings.spec import AreaOf, Spec, TableSpec, Wide
from stopgap.sources.trade.staging import (
    NO_GOOD,
    NO_REVISION,
    SPECIAL_GOOD,
    case_sql,
    content_sql,
    fault_sql,
    number_sql,
)


class MappedColumns:
    """SQL expressions over the columns of ``given``, with the file's missing-value markers and number format."""

    def __init__(self, spec: TableSpec, given: Given) -> None:
        self._file = spec
        self._given = given

    def text(self, column: str, field: str) -> str:
        """Return SQL for a column's stripped text; NULL if it is empty or a missing-value marker."""
        text = f"nullif(trim({self._given.column(column, field)}), '')"
        if not self._file.missing:
            return text
        markers = ", ".join(quoted(marker.strip()) for marker in self._file.missing)
        return f"CASE WHEN {text} NOT IN ({markers}) THEN {text} END"

    def number(self, text: str) -> str:
        """Return SQL for the number in a text with the file's separators; NULL if it is not a number."""
        decimal, thousands = self._file.decimal, self._file.thousands
        if decimal == "." and thousands is None:
            return number_sql(text)
        # Blanks that stand between thousands are often no-break spaces.
        plain = f"replace(replace({text}, chr(160), ' '), chr(8239), ' ')"
        fraction = rf"([{decimal}]\d+)?([eE][+-]?\d+)?"
        pattern = rf"[+-]?\d+{fraction}"
        if thousands is not None:
            pattern += rf"|[+-]?\d{{1,3}}([{thousands}]\d{{3}})+{fraction}"
        stripped = f"replace({plain}, {quoted(thousands)}, '')" if thousands is not None else plain
        fits = f"regexp_full_match({plain}, {quoted(pattern)})"
        return number_sql(f"(CASE WHEN {fits} THEN replace({stripped}, '{decimal}', '.') END)")

    def scale(self, value: parts.ValueOf) -> str:
        """Return SQL for the factor of a value; NULL if the mapping's ``map`` has none for the row."""
        scale = value.scale
        if isinstance(scale, int | float):
            return repr(float(scale))
        cases = " ".join(f"WHEN {quoted(text)} THEN {factor!r}" for text, factor in scale.map.items())
        return f"CASE {self.text(scale.column, 'value.scale')} {cases} END"

    def currency(self, currency: str | parts.ColumnOf) -> str:
        """Return SQL for the currency code, in capitals."""
        if isinstance(currency, str):
            return quoted(currency)
        return f"upper({self.text(currency.column, 'value.currency')})"

    def area_text(self, area: AreaOf | None, field: str = "reporter or partner") -> str:
        """Return SQL for an area as spelled in the file, to be looked up; NULL if the mapping fixes the area."""
        if area is None or area.column is None:
            return "NULL::VARCHAR"
        return self._given.column(area.column, field)

    def flow_text(self, flow: parts.FlowOf) -> str:
        """Return SQL for a flow as spelled in the file, or as the mapping fixes it."""
        return quoted(flow.value) if flow.value is not None else self.text(flow.column or "", "flow")

    def good(self, good: parts.GoodOf) -> str:
        """Return SQL for a goods code, with its leading zeros if the mapping pads it."""
        if good.value is not None:
            return quoted(good.value)
        text = self.text(good.column or "", "good")
        for character in good.strip:
            text = f"replace({text}, {quoted(character)}, '')"
        if good.pad is not None:
            width = (
                f"length({text}) + length({text}) % 2"
                if good.pad == "even"
                else f"greatest(length({text}), {good.pad})"
            )
            text = rf"CASE WHEN regexp_full_match({text}, '\d+') THEN lpad({text}, ({width})::INTEGER, '0') ELSE {text} END"
        return through(text, good.map, keep=True)

    def amount_text(self, amount: parts.AmountOf | None, field: str) -> str:
        """Return SQL for a weight or quantity as text."""
        return "NULL::VARCHAR" if amount is None else self.text(amount.column, field)

    def amount(self, amount: parts.AmountOf | None, field: str) -> str:
        """Return SQL for a weight or quantity as a number, scaled; NULL if it is not a number."""
        if amount is None:
            return "NULL::DOUBLE"
        return f"{self.number(self.text(amount.column, field))} * {amount.scale!r}"

    def unit(self, unit: parts.UnitOf | None) -> str:
        """Return SQL for the unit of a quantity; NULL if the mapping's ``map`` turns it into an empty text."""
        if unit is None:
            return "NULL::VARCHAR"
        if unit.value is not None:
            return quoted(unit.value)
        return f"nullif({self.coded(unit, 'quantity_unit', keep=True)}, '')"

    def coded(
        self, of: parts.RevisionOf | parts.UnitOf | parts.ValuationOf | None, field: str, *, keep: bool = False
    ) -> str:
        """Return SQL for a column's text translated by the mapping's ``map``; NULL if the field has no column."""
        if of is None or of.column is None:
            return "NULL::VARCHAR"
        return through(self.text(of.column, field), of.map, keep=keep)


def through(text: str, pairs: Mapping[str, str], *, keep: bool = False) -> str:
    """Return SQL that translates a text by a ``map``; texts not in it become NULL, or with ``keep`` stay as they are.

    Without pairs, every text stays as it is.
    """
    if not pairs:
        return text
    cases = " ".join(f"WHEN {quoted(given)} THEN {quoted(meant)}" for given, meant in pairs.items())
    return f"CASE {text} {cases} {f'ELSE {text} ' if keep else ''}END"


@dataclass(frozen=True, slots=True)
class Block:
    """Part of ``given`` that one query reads: all rows, or one period column of a wide file."""

    column: str | None = None
    period: str | None = None
    wide: Wide | None = None


def block_sql(spec: Spec, given: Given, block: Block) -> str:
    """Return the SQL query for the rows of ``loaded`` that come from a block."""
    reader = _Reader(spec, given)
    reporter = block.wide.reporter if block.wide else spec.reporter
    partner = block.wide.partner if block.wide else spec.partner
    assert reporter is not None
    assert partner is not None
    value_column = block.column or spec.value.column
    assert value_column is not None
    value = reader.text(value_column, "value")
    whole = [f"c{position}" for position in range(len(given.columns))]
    flow_text = reader.flow_text(spec.flow) if spec.flow else "NULL"
    flow = quoted(block.wide.flow) if block.wide else through(flow_text, spec.flow.map if spec.flow else {})
    texts = {
        "period_text": quoted(block.period) if block.period else reader.period(),
        "frequency": reader.frequency(block),
        "reporter_text": reader.area_text(reporter),
        "partner_text": reader.area_text(partner),
        "flow": flow,
        "flow_text": flow_text if spec.flow else flow,
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
        "revision_text": reader.coded(spec.revision, "revision", keep=True),
        "valuation_text": reader.coded(spec.valuation, "valuation"),
        "part": reader.part(),
    }
    first = ", ".join(f"{sql} AS {name}" for name, sql in texts.items())
    is_aggregate = f"r.kind = 'aggregate' OR p.kind = 'aggregate' OR regexp_full_match(good, '{SPECIAL_GOOD}')"
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
                SELECT b.*, {period_sql(spec.period if block.period is None else None)} AS period,
                    {_area_sql(reporter, "r")} AS reporter, {_area_sql(partner, "p")} AS partner,
                    {is_aggregate} AS is_aggregate
                FROM (SELECT row, {first} FROM given) AS b
                LEFT JOIN area_lookup AS r ON r.field = {quoted(lookup_field(reporter))} AND r.value = b.reporter_text
                LEFT JOIN area_lookup AS p ON p.field = {quoted(lookup_field(partner))} AND p.value = b.partner_text
            )
        )
    """


class _Reader(MappedColumns):
    """SQL expressions for the fields that only mappings for the table ``trade`` have."""

    def __init__(self, spec: Spec, given: Given) -> None:
        super().__init__(spec, given)
        self._spec = spec

    def part(self) -> str:
        """Return SQL for a row's codes in the dimensions of ``totals``, joined by ``|`` (empty: the dimension's total).

        NULL for the total over all dimensions.
        """
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
            return f"concat({year}, '-', {self.text(period.month, 'period.month')})" if period.month else year
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
    flows = tuple(flow.value for flow in Flow)
    no_frequency = "frequency IS NULL OR frequency NOT IN ('A', 'M')"
    rules = {
        no_frequency: "'frequency is not A or M'",
        f"period IS NULL OR year(period) NOT BETWEEN {FIRST_YEAR} AND {LAST_YEAR}": fault_sql(
            "period", "period_text", "is not a year or month in the format of the mapping"
        ),
        "reporter IS NULL": fault_sql("reporter", "reporter_text", "is not known"),
        "partner IS NULL": fault_sql("partner", "partner_text", "is not known"),
        f"flow IS NULL OR flow NOT IN {flows}": fault_sql("flow", "flow_text", "is not in the map of the mapping"),
        NO_GOOD: fault_sql("good", "good", "is not a code"),
        NO_REVISION: fault_sql("revision", "revision", "is not HS, HS2022 or CN2022"),
        "value_number IS NULL": fault_sql("value", "value_text", "is not a finite number"),
        "value_number < 0": fault_sql("value", "value_text", "is negative"),
        "net_text IS NOT NULL AND coalesce(net_number < 0, true)": fault_sql("net_kg", "net_text", "is not a weight"),
        "quantity_text IS NOT NULL AND coalesce(quantity_number < 0, true)": fault_sql(
            "quantity", "quantity_text", "is not a quantity"
        ),
        "valuation IS NULL OR valuation NOT IN ('FOB', 'CIF')": "'valuation is not FOB or CIF'",
        "currency IS NULL OR NOT regexp_full_match(currency, '[A-Z]{3}')": fault_sql(
            "currency", "currency", "is not a currency code"
        ),
    }
    if spec.frequency == "by_period":
        del rules[no_frequency]  # the period's text shows the frequency, so the fault is the text's
    return case_sql(rules)
