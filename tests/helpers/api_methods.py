"""Every method of the Python API, by the words that reach it from a lake."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from stopgap.api import Lake


def api_methods() -> dict[str, Any]:
    """Name, such as ``claims.texts.list`` -> function."""
    return dict(_methods(Lake(Path("nowhere")), ""))


def _methods(part: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name in dir(type(part)):
        value = inspect.getattr_static(type(part), name)
        if name.startswith("_"):
            continue
        if isinstance(value, cached_property):
            yield from _methods(getattr(part, name), f"{prefix}{name}.")
        elif inspect.isfunction(value):
            yield f"{prefix}{name}", value
