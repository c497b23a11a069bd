"""Read parameters of queries and bodies by their declarations, and say which schema they have."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from stopgap.base.errors import UsageError
from stopgap.base.near_names import did_you_mean
from stopgap.base.request import RequestField
from stopgap.service.rest.names import check_name

LONGEST_TEXT = 100_000
"""Most characters of a text."""

MOST_VALUES = 1_000
"""Most values of a parameter that may be given several times."""

_MOST_INTEGER = 2**31 - 1
_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no")


def alias_of(field: RequestField) -> str | None:
    """Return the name of a parameter on the command line, where it is another (``from`` for ``reporters``)."""
    flag = field.option.flag
    if flag is None or "/" in flag:
        return None
    name = flag.lstrip("-").replace("-", "_")
    return None if name == field.name else name


def read_values(
    fields: Sequence[RequestField], given: Mapping[str, Sequence[Any]], *, where: str, also: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the values of parameters, by the name of their fields; those that are not given are absent.

    Args:
        fields: The parameters.
        given: Name of a parameter -> its values.
        where: ``query`` or ``body``, for errors.
        also: Names of further parameters that others read.

    Raises:
        UsageError: A parameter is not known, is given under both of its names or too often, lacks, or has a value that
            it cannot have.
        NotFoundError: No episode, or no goods list, has the name.
    """
    known = {field.name: field for field in fields}
    for field in fields:
        alias = alias_of(field)
        if alias is not None and alias not in known:
            known[alias] = field
    found: dict[str, Any] = {}
    for name, values in given.items():
        if name in also:
            continue
        if name not in known:
            names = [*known, *also]
            hint = did_you_mean(name, names)
            raise UsageError(
                f"{name[:80]!r} is no parameter of this address",
                where=where,
                fix=f"{hint} " * bool(hint) + (f"it takes {', '.join(names)}" if names else "it takes none"),
            )
        field = known[name]
        if field.name in found:
            raise UsageError(
                f"{field.name} is given under two names", where=f"{where}: {name}", fix="give it under one of them"
            )
        found[field.name] = _value(field, list(values), f"{where}: {name}")
    for field in fields:
        if field.default is MISSING and field.name not in found:
            raise UsageError(f"{field.name} is missing", where=where, fix=field.option.help)
    return {name: value for name, value in found.items() if value is not None}


def from_json(body: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the fields of a JSON object as values of parameters: a list is several."""
    return {name: value if isinstance(value, list) else [value] for name, value in body.items()}


def schema_of(field: RequestField) -> dict[str, Any]:
    """Return the JSON schema of a parameter."""
    kind, is_list = _kind(field)
    schema: dict[str, Any] = {"type": {str: "string", int: "integer", float: "number", bool: "boolean"}[kind]}
    option = field.option
    if option.choices is not None:
        schema["enum"] = [each.value for each in option.choices]
    elif kind is str:
        schema["maxLength"] = LONGEST_TEXT
    if kind is int:
        schema["minimum"] = int(option.least) if option.least is not None else -_MOST_INTEGER
        schema["maximum"] = int(option.most) if option.most is not None else _MOST_INTEGER
    elif option.least is not None or option.most is not None:
        schema |= {
            name: value for name, value in (("minimum", option.least), ("maximum", option.most)) if value is not None
        }
    if is_list:
        schema = {"type": "array", "items": schema, "maxItems": MOST_VALUES}
    default = field.default
    if default is not MISSING and default is not None and default != ():
        schema["default"] = default.value if isinstance(default, StrEnum) else default
    return schema


def description_of(field: RequestField) -> str:
    """Return what a parameter means, and its name on the command line where that is another."""
    alias = alias_of(field)
    says = field.option.help.replace("(stopgap goods), file, or", "(GET goods) or")
    return says + (f" Also taken as `{alias}`, as on the command line." if alias else "")


def _kind(field: RequestField) -> tuple[type, bool]:
    """Return the type of one value, and whether several may be given."""
    kind: Any = field.kind
    is_list = get_origin(kind) is tuple
    kinds = [each for each in _members(kind) if each is not NoneType]
    for plain in (bool, int, float, str):
        if plain in kinds:
            return plain, is_list
    return str, is_list


def _members(kind: Any) -> list[Any]:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return [inner for each in get_args(kind) for inner in _members(each)]
    if origin is tuple:
        return _members(get_args(kind)[0])
    return [kind]


def _value(field: RequestField, values: list[Any], where: str) -> Any:
    kind, is_list = _kind(field)
    joins = not is_list and "Sequence" in str(field.kind)
    if len(values) > (MOST_VALUES if is_list or joins else 1):
        raise UsageError(f"{field.name} is given {len(values)} times", where=where, fix="give it once")
    if not values and not is_list:
        raise UsageError(f"{field.name} has no value", where=where, fix=field.option.help)
    values = [None if each is None else _one(field, kind, each, where) for each in values]
    if any(each is None for each in values):
        if len(values) > 1 or field.default is MISSING:
            raise UsageError(f"{field.name} has no value", where=where, fix=field.option.help)
        return None
    if joins:
        values = [",".join(values)]
    if field.option.completes is not None:
        for each in values:
            check_name(field.option.completes, each, where)
    return tuple(values) if is_list else values[0]


def _one(field: RequestField, kind: type, given: Any, where: str) -> Any:
    """Return one value as its type."""
    choices = field.option.choices
    if kind is str:
        if not isinstance(given, str):
            raise _not(field, given, where, "text")
        _check_text(given, field, where)
        if choices is not None and given not in list(choices):
            hint = did_you_mean(given, choices)
            raise UsageError(
                f"{given[:80]!r} is no {field.name}", where=where, fix=f"{hint} use {', '.join(choices)}".strip()
            )
        return given
    if kind is bool:
        if isinstance(given, bool):
            return given
        text = given.lower() if isinstance(given, str) else ""
        if text not in _TRUE + _FALSE:
            raise _not(field, given, where, "true or false")
        return text in _TRUE
    return _number(field, kind, given, where)


def _number(field: RequestField, kind: type, given: Any, where: str) -> int | float:
    said = "a whole number" if kind is int else "a number"
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise _not(field, given, where, said)
    try:
        found: int | float = int(given) if kind is int else float(given)
    except (ValueError, OverflowError):
        raise _not(field, given, where, said) from None
    if isinstance(given, float) and kind is int and given != found:
        raise _not(field, given, where, said)
    if not math.isfinite(found):
        raise _not(field, given, where, said)
    least, most = field.option.least, field.option.most
    if kind is int:
        least, most = -_MOST_INTEGER if least is None else least, _MOST_INTEGER if most is None else most
    if (least is not None and found < least) or (most is not None and found > most):
        raise UsageError(f"{field.name} cannot be {found}", where=where, fix=f"give a number from {least} to {most}")
    return found


def _check_text(given: str, field: RequestField, where: str) -> None:
    if len(given) > LONGEST_TEXT:
        raise UsageError(
            f"{field.name} has {len(given):,} characters", where=where, fix=f"{LONGEST_TEXT:,} is the most that is read"
        )
    if any(letter < " " and letter not in "\t\r\n" for letter in given) or any(
        "\ud800" <= each <= "\udfff" for each in given
    ):
        raise UsageError(f"{field.name} holds characters that are no text", where=where, fix="send Unicode text")


def _not(field: RequestField, given: Any, where: str, said: str) -> UsageError:
    return UsageError(f"{field.name} is {str(given)[:60]!r}", where=where, fix=f"give {said}")
