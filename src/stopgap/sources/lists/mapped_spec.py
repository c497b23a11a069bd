"""Pydantic models of a mapping file for lists (``table: listed``)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from stopgap.sources.lists.columns import IDENTIFIER_KINDS
from stopgap.sources.mappings.spec import MappingPart, OneOf, TableSpec, Texts


def _column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


def _columns(value: object) -> object:
    if isinstance(value, str):
        return {"columns": [value]}
    return {"columns": value} if isinstance(value, list) else value


class WordOf(OneOf):
    """One text: from a column, optionally translated by ``map``, or a fixed value. A bare column name is accepted."""

    column: str | None = None
    map: dict[str, str] = Field(default_factory=dict)
    value: str | None = None


class TextsOf(MappingPart):
    """Texts from one or more columns, each split at ``split`` where given. Bare column names are accepted."""

    columns: Texts
    split: str | None = None


class DayOf(MappingPart):
    """A date from a column; ``order`` states whether day or month comes first where all are numbers."""

    column: str
    order: Literal["day-first", "month-first", "plain"] = "plain"


Word = Annotated[WordOf, BeforeValidator(_column)]
Several = Annotated[TextsOf, BeforeValidator(_columns)]
Day = Annotated[DayOf, BeforeValidator(_column)]


class ListSpec(TableSpec):
    """The content of a mapping file for lists; ``source`` is the name of the list."""

    table: Literal["listed"]
    list_date: str | None = None
    entity_id: Word | None = None
    entity_schema: Word | None = None
    name: Several
    alias: Several | None = None
    weak_alias: Several | None = None
    previous_name: Several | None = None
    country: Several | Word | None = None
    address: Several | None = None
    identifier: dict[str, Several] = Field(default_factory=dict)
    programme: Several | Word | None = None
    owner: Several | None = None
    listed_on: Day | None = None
    delisted_on: Day | None = None
    remark: Several | None = None

    @model_validator(mode="after")
    def _kinds_are_known(self) -> Self:
        unknown = [kind for kind in self.identifier if kind not in IDENTIFIER_KINDS]
        if unknown:
            raise ValueError(f"identifier names {unknown[0]!r}; kinds are {', '.join(IDENTIFIER_KINDS)}")
        return self
