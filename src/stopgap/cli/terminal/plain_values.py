"""Values of options that need no checker: text, paths, choices and defaults.

Typer has Pydantic check each value of each option, also those that were not given. Loading it takes a tenth of a short
command, so that values whose check is plain are taken here; all others, and all that are wrong, go to Typer as before.
"""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import Any, get_args

from typer.core import TyperCommand, TyperGroup

_UNKNOWN = object()


class _PlainValues:
    """Mixin for Typer's commands and groups: plain values are taken without Pydantic."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return all options and arguments, that for help included."""
        parameters: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for parameter in parameters:
            if not isinstance(getattr(parameter.get_runtime_param, "__self__", None), _PlainParam):
                parameter.get_runtime_param = _PlainParam(parameter).itself
        return parameters


class PlainCommand(_PlainValues, TyperCommand):
    """A command whose plain values are taken without Pydantic."""


class PlainGroup(_PlainValues, TyperGroup):
    """A group of commands whose plain values are taken without Pydantic."""


class _PlainParam:
    """What turns the text of one option into its value, in the place of Typer's."""

    def __init__(self, parameter: Any) -> None:
        self._of_typer = parameter.get_runtime_param
        self._described = parameter.type_descriptor
        self._has_many = parameter.multiple or parameter.nargs == -1

    def itself(self) -> _PlainParam:
        """Return what Typer asks for a value."""
        return self

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value of a text; errors are Typer's."""
        if value is None:
            return () if self._has_many else None
        found = (
            self._many(value) if self._has_many else _plain_value(value, self._described.annotation, self._described)
        )
        return self._of_typer().coerce(value, param=param, ctx=ctx) if found is _UNKNOWN else found

    def _many(self, values: Any) -> Any:
        kinds = get_args(self._described.annotation)
        if not isinstance(values, tuple) or len(kinds) != 1:
            return _UNKNOWN
        found = [_plain_value(value, kinds[0], self._described) for value in values]
        return _UNKNOWN if _UNKNOWN in found else found


def _plain_value(value: Any, kind: Any, described: Any) -> Any:
    """Return a value as its kind, or a mark for what only Typer can tell."""
    settings = described.parameter_info
    if settings.parser is not None or described.is_file or described.is_tuple:
        return _UNKNOWN
    if kind is str and isinstance(value, str):
        return value
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next((each for each in kind if value is each or value == str(each.value)), _UNKNOWN)
    if isinstance(kind, type) and issubclass(kind, Path) and described.path_type == "path":
        return _plain_path(value, kind, settings)
    is_number = kind in (int, float) and type(value) is kind
    low, high = settings.min, settings.max
    return value if is_number and (low is None or value >= low) and (high is None or value <= high) else _UNKNOWN


def _plain_path(value: Any, kind: Any, settings: Any) -> Any:
    """Return the path that a text names, where nothing but its being readable is asked of it."""
    if settings.exists or settings.writable or settings.resolve_path or settings.path_type or settings.allow_dash:
        return _UNKNOWN
    try:
        os.stat(value)
    except OSError:
        return kind(value)  # what is not there yet is for the command to say
    except (TypeError, ValueError):
        return _UNKNOWN
    return kind(value) if os.access(value, os.R_OK) else _UNKNOWN
