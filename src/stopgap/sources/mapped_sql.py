"""The SQL that reads one block of a mapped file into the columns of ``staged``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stopgap.codes.commodities import revision_in_force
from stopgap.sources.base import STAGED_COLUMNS
from stopgap.sources.mapped_areas import fixed_area, lookup_field
from stopgap.sources.mapped_periods import FIRST_YEAR, LAST_YEAR, frequency_sql, period_sql
from stopgap.sources.tables import GOOD_PATTERN, REVISION_PATTERN, SPECIAL_GOOD, content_sql, number_sql
from stopgap.sql import quoted
from stopgap.vocab import Flow

if TYPE_CHECKING:
    from collections.abc import Mapping as Pairs

    from stopgap.sources.given import Given
    from stopgap.sources.mapping_spec import AmountOf, AreaOf, Spec, Wide


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
        "flow_text": reader.flow_text() if not block.wide else flow,
        "good": reader.good(),
        "value_text": value,
        "value_number": f"{reader.number(value)} * {reader.scale()}",
        "net_number": reader.amount(spec.net_kg, "net_kg"),
        "net_text": reader.amount_text(spec.net_kg, "net_kg"),
        "quantity_number": reader.amount(spec.quantity, "quantity"),
        "quantity_text": reader.amount_text(spec.quantity, "quantity"),
        "quantity_unit": reader.unit(),
        "is_estimated": reader.is_estimated(),
        "currency": reader.currency(),
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
    third = ", ".join(
        f"({staged.get(name, name)})::{kind} AS {name}" for name, kind in STAGED_COLUMNS.items()
    )
    is_missing = "value_text IS NULL" + (" OR value_number = 0" if spec.value.zero == "missing" else "")
    return f"""
        SELECT *, CASE WHEN NOT is_missing THEN {_reason()} END AS reason FROM (
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


class _Reader:
    """SQL for each field of a mapping."""

    def __init__(self, spec: Spec, given: Given) -> None:
        self._spec = spec
        self._given = given

    def text(self, column: str, field: str) -> str:
        """A column's text without blanks around it; NULL when empty or a marker of missing."""
        text = f"nullif(trim({self._given.column(column, field)}), '')"
        if not self._spec.missing:
            return text
        markers = ", ".join(quoted(marker.strip()) for marker in self._spec.missing)
        return f"CASE WHEN {text} NOT IN ({markers}) THEN {text} END"

    def number(self, text: str) -> str:
        """A number with the file's separators; NULL when it is none."""
        decimal, thousands = self._spec.decimal, self._spec.thousands
        if decimal == "." and thousands is None:
            return number_sql(text)
        # Blanks that stand between thousands are often no-break spaces.
        plain = f"replace(replace({text}, chr(160), ' '), chr(8239), ' ')"
        fraction = rf"([{decimal}]\d+)?([eE][+-]?\d+)?"
        pattern = rf"[+-]?\d+{fraction}"
        if thousands is not None:
            pattern += rf"|[+-]?\d{{1,3}}([{thousands}]\d{{3}})+{fraction}"
            stripped = f"replace({plain}, {quoted(thousands)}, '')"
        else:
            stripped = plain
        whole = f"CASE WHEN regexp_full_match({plain}, {quoted(pattern)}) THEN replace({stripped}, '{decimal}', '.') END"
        return number_sql(f"({whole})")

    def scale(self) -> str:
        scale = self._spec.value.scale
        if isinstance(scale, int | float):
            return repr(float(scale))
        cases = " ".join(f"WHEN {quoted(text)} THEN {factor!r}" for text, factor in scale.map.items())
        return f"CASE {self.text(scale.column, 'value.scale')} {cases} END"

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
        return _through(self.text(frequency.column, "frequency"), frequency.map)

    def area_text(self, area: AreaOf) -> str:
        return (
            "NULL::VARCHAR" if area.column is None else self._given.column(area.column, "reporter or partner")
        )

    def flow_text(self) -> str:
        flow = self._spec.flow
        assert flow is not None
        return quoted(flow.value) if flow.value is not None else self.text(flow.column or "", "flow")

    def flow(self) -> str:
        flow = self._spec.flow
        assert flow is not None
        return _through(self.flow_text(), flow.map)

    def good(self) -> str:
        good = self._spec.good
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
        return _through(text, good.map, keep=True)

    def revision_text(self) -> str:
        revision = self._spec.revision
        if revision.column is None:
            return "NULL::VARCHAR"
        return _through(self.text(revision.column, "revision"), revision.map, keep=True)

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

    def currency(self) -> str:
        currency = self._spec.value.currency
        return (
            quoted(currency)
            if isinstance(currency, str)
            else f"upper({self.text(currency.column, 'value.currency')})"
        )

    def valuation_text(self) -> str:
        valuation = self._spec.valuation
        if valuation is None or valuation.column is None:
            return "NULL::VARCHAR"
        return _through(self.text(valuation.column, "valuation"), valuation.map)

    def valuation(self, block: Block) -> str:
        valuation = self._spec.valuation
        if block.wide is not None and block.wide.valuation is not None:
            return quoted(block.wide.valuation)
        if valuation is None:
            return "CASE WHEN flow IN ('X', 'RX') THEN 'FOB' ELSE 'CIF' END"
        if valuation.value is not None:
            return quoted(valuation.value)
        if valuation.by_flow is not None:
            return _through("flow", dict(valuation.by_flow.items()))
        return "valuation_text"

    def amount_text(self, amount: AmountOf | None, field: str) -> str:
        return "NULL::VARCHAR" if amount is None else self.text(amount.column, field)

    def amount(self, amount: AmountOf | None, field: str) -> str:
        if amount is None:
            return "NULL::DOUBLE"
        return f"{self.number(self.text(amount.column, field))} * {amount.scale!r}"

    def unit(self) -> str:
        unit = self._spec.quantity_unit
        if unit is None:
            return "NULL::VARCHAR"
        if unit.value is not None:
            return quoted(unit.value)
        return f"nullif({_through(self.text(unit.column or '', 'quantity_unit'), unit.map, keep=True)}, '')"

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


def _through(text: str, pairs: Pairs[str, str], *, keep: bool = False) -> str:
    """Text through a table of the mapping's; without a table, or with ``keep``, unknown texts stay."""
    if not pairs:
        return text
    cases = " ".join(f"WHEN {quoted(given)} THEN {quoted(meant)}" for given, meant in pairs.items())
    return f"CASE {text} {cases} {f'ELSE {text} ' if keep else ''}END"


def _reason() -> str:
    def says(column: str, what: str, name: str) -> str:
        return f"concat('{name} ', coalesce('''' || left({column}, 60) || '''', 'is empty; it'), ' {what}')"

    flows = tuple(flow.value for flow in Flow)
    rules = {
        "frequency IS NULL OR frequency NOT IN ('A', 'M')": "'frequency is not A or M'",
        f"period IS NULL OR year(period) NOT BETWEEN {FIRST_YEAR} AND {LAST_YEAR}": says(
            "period_text", "is not a year or month in the format of the mapping", "period"
        ),
        "reporter IS NULL": says("reporter_text", "is not known", "reporter"),
        "partner IS NULL": says("partner_text", "is not known", "partner"),
        f"flow IS NULL OR flow NOT IN {flows}": says("flow_text", "is not in the map of the mapping", "flow"),
        f"good IS NULL OR NOT regexp_full_match(good, '{GOOD_PATTERN}')": says(
            "good", "is not a code", "good"
        ),
        f"revision IS NULL OR NOT regexp_full_match(revision, '{REVISION_PATTERN}')": says(
            "revision", "is not HS, HS2022 or CN2022", "revision"
        ),
        "value_number IS NULL": says("value_text", "is not a finite number", "value"),
        "value_number < 0": says("value_text", "is negative", "value"),
        "net_text IS NOT NULL AND coalesce(net_number < 0, true)": says(
            "net_text", "is not a weight", "net_kg"
        ),
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
