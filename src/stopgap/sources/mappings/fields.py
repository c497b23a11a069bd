"""SQL for the fields that every mapping has, whatever table it reads for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stopgap.base.sql import quoted
from stopgap.sources.trade.staging import number_sql

if TYPE_CHECKING:
    from collections.abc import Mapping as Pairs

    from stopgap.sources.mappings.raw_table import Given
    from stopgap.sources.mappings.spec import AmountOf, AreaOf, ColumnOf, FlowOf, GoodOf, TableSpec, UnitOf, ValueOf


class MappedColumns:
    """SQL over the columns of ``given``, with the file's markers of missing and its way of writing numbers."""

    def __init__(self, spec: TableSpec, given: Given) -> None:
        self._file = spec
        self._given = given

    def text(self, column: str, field: str) -> str:
        """A column's text without blanks around it; NULL when empty or a marker of missing."""
        text = f"nullif(trim({self._given.column(column, field)}), '')"
        if not self._file.missing:
            return text
        markers = ", ".join(quoted(marker.strip()) for marker in self._file.missing)
        return f"CASE WHEN {text} NOT IN ({markers}) THEN {text} END"

    def number(self, text: str) -> str:
        """A number with the file's separators; NULL when it is none."""
        decimal, thousands = self._file.decimal, self._file.thousands
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
        whole = (
            f"CASE WHEN regexp_full_match({plain}, {quoted(pattern)}) THEN replace({stripped}, '{decimal}', '.') END"
        )
        return number_sql(f"({whole})")

    def scale(self, value: ValueOf) -> str:
        """The factor of a value; NULL where the mapping's table has none for a row."""
        scale = value.scale
        if isinstance(scale, int | float):
            return repr(float(scale))
        cases = " ".join(f"WHEN {quoted(text)} THEN {factor!r}" for text, factor in scale.map.items())
        return f"CASE {self.text(scale.column, 'value.scale')} {cases} END"

    def currency(self, currency: str | ColumnOf) -> str:
        """The code of a currency, in capitals."""
        if isinstance(currency, str):
            return quoted(currency)
        return f"upper({self.text(currency.column, 'value.currency')})"

    def area_text(self, area: AreaOf | None, field: str = "reporter or partner") -> str:
        """An area as the file spells it, to be looked up; NULL where the mapping fixes it."""
        if area is None or area.column is None:
            return "NULL::VARCHAR"
        return self._given.column(area.column, field)

    def flow_text(self, flow: FlowOf) -> str:
        """A flow as the file spells it."""
        return quoted(flow.value) if flow.value is not None else self.text(flow.column or "", "flow")

    def good(self, good: GoodOf) -> str:
        """A code, with its leading zeros where the mapping pads it."""
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

    def amount_text(self, amount: AmountOf | None, field: str) -> str:
        """A weight or quantity as it stands."""
        return "NULL::VARCHAR" if amount is None else self.text(amount.column, field)

    def amount(self, amount: AmountOf | None, field: str) -> str:
        """A weight or quantity as a number; NULL when it is none."""
        if amount is None:
            return "NULL::DOUBLE"
        return f"{self.number(self.text(amount.column, field))} * {amount.scale!r}"

    def unit(self, unit: UnitOf | None) -> str:
        """The unit of a quantity; NULL where the mapping's table empties it."""
        if unit is None:
            return "NULL::VARCHAR"
        if unit.value is not None:
            return quoted(unit.value)
        return f"nullif({through(self.text(unit.column or '', 'quantity_unit'), unit.map, keep=True)}, '')"


def through(text: str, pairs: Pairs[str, str], *, keep: bool = False) -> str:
    """Text through a table of the mapping's; without a table, or with ``keep``, unknown texts stay."""
    if not pairs:
        return text
    cases = " ".join(f"WHEN {quoted(given)} THEN {quoted(meant)}" for given, meant in pairs.items())
    return f"CASE {text} {cases} {f'ELSE {text} ' if keep else ''}END"
