"""The fields of a mapping for customs declarations and bills of lading."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from stopgap.sources.mappings.spec import (
    AmountOf,
    AreaOf,
    FlowOf,
    GoodOf,
    MappingPart,
    OneOf,
    OneOrMore,
    TableSpec,
    Texts,
    UnitOf,
    ValueOf,
)

DateFormat = Literal[
    "YYYY-MM-DD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "DD-MM-YYYY", "YYYYMMDD", "YYYY/MM/DD", "DD-Mon-YYYY"
]  # fmt: skip

KeyField = Literal["date", "declaration", "item", "office", "good", "exporter_id", "importer_id"]
"""Fields that the key of a line may consist of."""


def _column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


class TextOf(OneOf):
    """Text from one column, from several columns joined by a space, or fixed; a plain column name is accepted too."""

    column: str | None = None
    columns: Texts | None = None
    value: str | None = None


class DateOf(MappingPart):
    """Date from a column, in one of the formats of ``format``; a time of day after the date is ignored."""

    column: str
    format: Annotated[list[DateFormat], OneOrMore]

    @model_validator(mode="after")
    def _is_plain(self) -> Self:
        if not self.format:
            raise ValueError("format is needed: it is not told from the text")
        if {"DD/MM/YYYY", "MM/DD/YYYY"} <= set(self.format):
            raise ValueError("DD/MM/YYYY and MM/DD/YYYY cannot be told apart: give one")
        return self


Text = Annotated[TextOf, BeforeValidator(_column)]
Amount = Annotated[AmountOf, BeforeValidator(_column)]
Area = Annotated[AreaOf, BeforeValidator(_column)]
Good = Annotated[GoodOf, BeforeValidator(_column)]
Unit = Annotated[UnitOf, BeforeValidator(_column)]


class DeclarationSpec(TableSpec):
    """A whole mapping file for the table ``declarations``."""

    table: Literal["declarations"]
    document: Literal["declaration", "bill-of-lading"]
    key: tuple[KeyField, ...] = ()
    duplicates: Literal["keep", "drop"] = "keep"
    date: DateOf
    declaration: Text | None = None
    item: Text | None = None
    flow: FlowOf | None = None
    procedure: Text | None = None
    office: Text | None = None
    exporter: Text | None = None
    exporter_id: Text | None = None
    exporter_address: Text | None = None
    exporter_economy: Area | None = None
    importer: Text | None = None
    importer_id: Text | None = None
    importer_address: Text | None = None
    importer_economy: Area | None = None
    consignee: Text | None = None
    consignee_id: Text | None = None
    consignee_address: Text | None = None
    notify_party: Text | None = None
    notify_address: Text | None = None
    declarant: Text | None = None
    carrier: Text | None = None
    made_in: Area | None = None
    shipped_from: Area | None = None
    shipped_to: Area | None = None
    good: Good | None = None
    description: Text | None = None
    brand: Text | None = None
    manufacturer: Text | None = None
    model: Text | None = None
    value: ValueOf | None = None
    net_kg: Amount | None = None
    gross_kg: Amount | None = None
    quantity: Amount | None = None
    quantity_unit: Unit | None = None
    packages: Amount | None = None
    containers: Text | None = None
    incoterms: Text | None = None
    delivery_place: Text | None = None
    loading_place: Text | None = None
    discharge_place: Text | None = None
    transport: Text | None = None
    vessel: Text | None = None
    imo: Text | None = None
    voyage: Text | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.exporter is None and self.importer is None:
            raise ValueError("missing: exporter, importer: at least one of them")
        if self.value is not None and self.value.column is None:
            raise ValueError("missing: value.column")
        lacking = [name for name in self.key if getattr(self, name) is None]
        if lacking:
            raise ValueError(f"key names fields that the mapping does not give: {', '.join(lacking)}")
        if self.key and "duplicates" in self.model_fields_set:
            raise ValueError("with a key, what repeats is told by the key: leave duplicates out")
        return self

    def of_kind(self, kind: type[Any]) -> dict[str, Any]:
        """Return the fields whose value is of the class ``kind``, by name, in the order of the model."""
        return {name: given for name in type(self).model_fields if type(given := getattr(self, name)) is kind}
