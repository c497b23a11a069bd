"""Pydantic models of a mapping file: its fields and their permitted values."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

FlowCode = Literal["X", "M", "RX", "RM"]
ValuationCode = Literal["FOB", "CIF"]
Scheme = Literal["auto", "iso3", "iso2", "comtrade", "name", "china", "census", "geonom"]
PeriodFormat = Literal[
    "YYYY", "YYYYMM", "YYYY-MM", "YYYY-MM-DD", "YYYY52", "YYYYMmm", "Mon YYYY", "MM/YYYY", "YYYY年MM月", "fiscal"
]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Texts = list[str]


OneOrMore = BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
"""Validator for a list, which accepts a single text as a list of one."""

WAYS = ("column", "columns", "value", "by_year", "by_flow", "year")
"""Names of the alternative fields of ``OneOf``, of which exactly one must be given."""


class MappingPart(BaseModel):
    """Base class of all parts of a mapping: unknown fields are rejected, and instances are frozen. Built when first used."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class OneOf(MappingPart):
    """Base class of parts with alternative fields (``WAYS``), of which exactly one must be given."""

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        options = [name for name in WAYS if name in type(self).model_fields]
        if sum(getattr(self, name) is not None for name in options) != 1:
            raise ValueError(f"give exactly one of {', '.join(options)}")
        return self


class FrequencyOf(OneOf):
    """Frequency from a column, translated by ``map``."""

    column: str
    map: dict[str, Literal["A", "M"]] = {}


class PeriodOf(OneOf):
    """Period from a column (in one of the formats of ``format``), from a year and a month column, or fixed.

    Fiscal years such as 2021/22 (``format: fiscal``) need ``fiscal_start``, the month in which they begin, and are
    dated by the calendar year that contains most of their months.
    """

    column: str | None = None
    format: Annotated[list[PeriodFormat], OneOrMore] = []
    year: str | None = None
    month: str | None = None
    value: str | None = None
    fiscal_start: Annotated[int, Field(ge=1, le=12)] | None = None

    @model_validator(mode="after")
    def _fiscal_is_whole(self) -> Self:
        if ("fiscal" in self.format) != (self.fiscal_start is not None):
            raise ValueError("format fiscal and fiscal_start go together")
        return self


class AreaOf(OneOf):
    """Reporter or partner from a column whose codes or names are of ``scheme``, or fixed.

    ``map`` gives the code for spellings that the scheme does not have; it has precedence.
    """

    column: str | None = None
    scheme: Scheme = "auto"
    map: dict[str, str] = {}
    value: str | None = None


class FlowOf(OneOf):
    """Flow from a column, translated by ``map``, or fixed."""

    column: str | None = None
    map: dict[str, FlowCode] = {}
    value: FlowCode | None = None


class GoodOf(OneOf):
    """Good from a column, or fixed.

    ``map`` gives the good for labels that are not codes; ``strip`` lists characters to remove; ``pad`` restores leading
    zeros: up to this number of digits, or with ``even`` up to an even number.
    """

    column: str | None = None
    map: dict[str, str] = {}
    strip: str = ""
    pad: Literal["2", "4", "6", "8", "even"] | None = None
    value: str | None = None


class RevisionOf(OneOf):
    """Revision of the nomenclature: fixed, from a column, or the one in force in the year of the figure."""

    value: Annotated[str, StringConstraints(pattern=r"^(HS|HS\d{4}|CN\d{4})$")] | None = None
    column: str | None = None
    map: dict[str, str] = {}
    by_year: Literal["CN", "HS"] | None = None


class ColumnOf(MappingPart):
    """A column by name."""

    column: str


Factor = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class ScaleOf(MappingPart):
    """Factor from a column, translated by ``map``: a row whose text is not in it is rejected."""

    column: str
    map: dict[str, Factor]


class ValueOf(MappingPart):
    """Value: its column (none for ``wide`` files), currency, factor, and whether a zero is missing or reported."""

    column: str | None = None
    currency: Currency | ColumnOf = "USD"
    scale: Factor | ScaleOf = 1
    zero: Literal["missing", "reported"]


class ValuationOf(OneOf):
    """Valuation: fixed, by flow, or from a column, translated by ``map``."""

    value: ValuationCode | None = None
    by_flow: dict[FlowCode, ValuationCode] | None = None
    column: str | None = None
    map: dict[str, ValuationCode] = {}


class AmountOf(MappingPart):
    """Weight or quantity: its column and the factor to kilograms or units."""

    column: str
    scale: Factor = 1


class UnitOf(OneOf):
    """Unit of quantity from a column, translated by ``map``, or fixed."""

    column: str | None = None
    map: dict[str, str] = {}
    value: str | None = None


class EstimateOf(OneOf):
    """Whether a row is an estimate: any of ``columns`` holds one of ``marks``, or fixed."""

    columns: Annotated[Texts, OneOrMore] | None = None
    marks: Texts = ["true", "1", "yes"]
    value: bool | None = None


class Condition(MappingPart):
    """Filter of rows: those whose column equals, is in, or is not in the given texts are imported."""

    column: str
    equals: str | None = None
    in_: Texts | None = Field(default=None, alias="in")
    not_in: Texts | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if sum(test is not None for test in (self.equals, self.in_, self.not_in)) != 1:
            raise ValueError("give exactly one of equals, in, not_in")
        return self


class Wide(MappingPart):
    """Columns that each hold one period, such as ``exp_{period}``; fields set here override those of the mapping."""

    columns: Annotated[str, StringConstraints(pattern=r"\{period\}")]
    flow: FlowCode
    reporter: AreaOf | None = None
    partner: AreaOf | None = None
    valuation: ValuationCode | None = None


class TableSpec(MappingPart):
    """Fields of every mapping: file format and metadata, independent of the lake's table for the rows."""

    source: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    title: str = ""
    format: Literal["csv", "xlsx", "parquet", "json"] | None = None
    records: str = ""
    nested: Texts = []
    encoding: str | None = None
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None
    decimal: Literal[".", ","] = "."
    thousands: Literal[",", ".", " ", "'"] | None = None
    sheet: str | None = None
    header_row: Annotated[int, Field(ge=1, le=1000)] = 1
    missing: Texts = []
    where: list[Condition] = []
    terms: str = "see the publisher of the file"
    url: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _separators_differ(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands are the same character")
        return self


class Spec(TableSpec):
    """A whole mapping file for the table ``trade``."""

    table: Literal["trade"] = "trade"
    frequency: Literal["A", "M", "by_period"] | FrequencyOf
    period: PeriodOf | None = None
    reporter: AreaOf | None = None
    partner: AreaOf | None = None
    flow: FlowOf | None = None
    good: GoodOf
    revision: RevisionOf
    value: ValueOf
    valuation: ValuationOf | None = None
    net_kg: AmountOf | None = None
    quantity: AmountOf | None = None
    quantity_unit: UnitOf | None = None
    is_estimated: EstimateOf | None = None
    totals: dict[str, Annotated[Texts, OneOrMore]] = {}
    wide: list[Wide] = []
    duplicates: Literal["reject", "sum"] = "reject"

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.wide:
            if self.value.column or self.period or self.flow:
                raise ValueError(
                    "with wide, the columns hold value, period and flow: leave value.column, period and flow out"
                )
            lacking = [
                f"wide[{number}].{name}"
                for number, block in enumerate(self.wide)
                for name in ("reporter", "partner")
                if getattr(block, name) is None and getattr(self, name) is None
            ]
        else:
            lacking = [name for name in ("period", "reporter", "partner", "flow") if getattr(self, name) is None]
            lacking += [] if self.value.column else ["value.column"]
        if lacking:
            raise ValueError(f"missing: {', '.join(lacking)}")
        return self
