"""Find the mappings of the package that fit a file by its columns, for the fix of a file whose format is not known."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel

from stopgap.base.errors import StopgapError
from stopgap.sources.files.file_head import FileHead, read_head
from stopgap.sources.mapping import Mapping, load_mapping, mapping_names
from stopgap.sources.mappings.periods import is_period
from stopgap.sources.mappings.spec import Spec, TableSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

_COLUMN_FIELDS = ("column", "year", "month")
_KINDS = {"parquet": "parquet", "xlsx": "xlsx"}


@dataclass(frozen=True, slots=True)
class FittingMapping:
    """A mapping of the package that a file fits: its name, its title, and columns of it that the file lacks."""

    name: str
    title: str
    lacks: tuple[str, ...]


def fitting_mappings(head: FileHead) -> list[FittingMapping]:
    """Return the mappings that fit a file: those all of whose columns it has, else those that lack one of four or more."""
    found = [fit for name in mapping_names() if (fit := _fit(load_mapping(name), head)) is not None]
    whole = [fit for fit in found if not fit.lacks]
    return whole or found


def mapping_fix(head: FileHead, shown: str | None = None, *, whole: bool = False) -> str:
    """Return the fix that offers the fitting mappings with the command of each; empty where none fits.

    ``shown`` is how the command names the file; the name of the file when ``None``. ``whole`` leaves mappings out
    that lack a column.
    """
    found = [fit for fit in fitting_mappings(head) if not (whole and fit.lacks)]
    if not found:
        return ""
    offers = [
        f"{fit.name} ({fit.title}{f'; the file lacks its column {fit.lacks[0]}' if fit.lacks else ''}): "
        f"stopgap import {shown or shlex.quote(head.name)} --map {fit.name}"
        for fit in found
    ]
    what = "a mapping of the package fits its columns" if len(found) == 1 else "mappings of the package fit its columns"
    if found[0].lacks:
        what = "nearly fitting is a mapping of the package" if len(found) == 1 else "nearly fitting are"
    return f"{what}: {'; or '.join(offers)}"


def _fit(mapping: Mapping, head: FileHead) -> FittingMapping | None:
    spec = mapping.spec
    try:
        lacks = _lacking(spec, head)
    except StopgapError:
        return None
    if lacks is None or len(lacks) > 1:
        return None
    if lacks and len(set(needed_columns(spec))) < 4:
        return None
    return FittingMapping(mapping.name, " ".join(spec.title.split()), tuple(lacks))


def _lacking(spec: TableSpec, head: FileHead) -> list[str] | None:
    """Return the columns of a mapping that a file lacks; ``None`` where the file is of another kind."""
    kind = _KINDS.get(head.container, "json" if head.is_json else "csv" if head.container in ("text", "utf-16") else "")
    if not kind or (spec.format or ("json" if spec.records or spec.nested else kind)) != kind:
        return None
    needed = list(dict.fromkeys(needed_columns(spec)))
    if kind == "json":
        return _lacking_keys(spec, needed, head.text)
    if kind == "xlsx":
        return None
    there = set(_columns(spec, head))
    lacks = [name for name in needed if name not in there]
    for block in spec.wide if isinstance(spec, Spec) else ():
        pattern = re.compile(re.escape(block.columns).replace(re.escape("{period}"), "(.+)"))
        if not any((match := pattern.fullmatch(name)) and is_period(match[1]) for name in there):
            lacks.append(block.columns)
    return lacks


def _columns(spec: TableSpec, head: FileHead) -> tuple[str, ...]:
    if head.container == "parquet":
        return head.columns
    named = head if spec.encoding in (None, head.encoding) else read_head(head.path, spec.encoding, head.name)
    return named.columns_by(spec.delimiter or named.delimiter, spec.header_row - 1)


def _lacking_keys(spec: TableSpec, needed: Iterable[str], text: str) -> list[str] | None:
    """Return the keys of a JSON mapping that the beginning of the file lacks; of nested names, what ``where`` asks for."""
    wanted = [name for name in needed if name not in spec.nested and not (spec.nested and name == "value")]
    for test in spec.where:
        if test.column in spec.nested:
            wanted += test.in_ or ([test.equals] if test.equals else [])
    if spec.records:
        wanted += [part for part in spec.records.split(".") if part]
    if not wanted:
        return None
    return [name for name in dict.fromkeys(wanted) if f'"{name}"' not in text]


def needed_columns(spec: BaseModel) -> Iterator[str]:
    """Yield the names of the columns that a mapping reads, without those of wide files."""
    for name in type(spec).model_fields:
        value = getattr(spec, name)
        if name in _COLUMN_FIELDS and isinstance(value, str):
            yield value
        elif (name == "columns" and isinstance(value, list)) or (name == "totals" and isinstance(value, dict)):
            yield from value
        else:
            parts = value if isinstance(value, list | tuple) else [value]
            for part in parts:
                if isinstance(part, BaseModel):
                    yield from needed_columns(part)
