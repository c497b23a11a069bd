"""Check the texts of a pack against its data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from stopgap.base.documents import json_bytes
from stopgap.base.spreadsheets import plain
from stopgap.evidence.checks import quoted
from stopgap.evidence.packs.documents import Recipe
from stopgap.evidence.packs.recording import digest
from stopgap.evidence.packs.view import PackView

_RECIPE_FIELDS = frozenset({"as_of", "options", "others", "findings", "cells", "runs", "marking"})
_RUN_FIELDS = frozenset({"key", "stage", "sql", "params", "tables", "answer", "answered_by"})


def worded(said: Mapping[str, Any], again: Mapping[str, Any], label: str) -> list[str]:
    """Where a document whose numbers agree says something else than the one made again, one line each.

    Args:
        said: The document of the pack; its marking is left out.
        again: The document made again.
        label: Begins each line.
    """
    other = json.loads(json_bytes(again, default=plain))
    return [
        f"{label}{place} is {quoted(str(one), 80)}, made again {quoted(str(two), 80)}"
        for place, one, two in _differing({name: each for name, each in said.items() if name != "marking"}, other, "")
    ]


_MISSING = "(missing)"


def _differing(one: Any, other: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
    """Leaves that differ; numbers are compared elsewhere, within their tolerance."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in sorted(set(one) | set(other)):
            yield from _differing(one.get(name, _MISSING), other.get(name, _MISSING), f"{place}.{name}".lstrip("."))
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            yield place, f"{len(one)} entries", f"{len(other)} entries"
        for number, (first, second) in enumerate(zip(one, other, strict=False)):
            yield from _differing(first, second, f"{place}.{number}")
    elif not (_is_number(one) and _is_number(other)) and (type(one), one) != (type(other), other):
        yield place, one, other


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def recipe_faults(view: PackView, recipe: Recipe) -> list[str]:
    """Runs that are not those of their hash, tables that are not those that a run names, and files that no run names.

    Raises:
        KeyError: A run lacks a field.
    """
    faults = []
    named: set[str] = set()
    if set(recipe) != _RECIPE_FIELDS:
        faults.append(f"the recipe does not have the fields {', '.join(sorted(_RECIPE_FIELDS))}, and no other")
    for run in recipe["runs"]:
        if set(run) != _RUN_FIELDS:
            faults.append(f"the run {quoted(str(run.get('stage')))} has other fields than runs have")
        digests = {}
        for name, path in run["tables"].items():
            named.add(path)
            digests[name] = digest(view.table(path))
        text = json.dumps([run["stage"], run["sql"], run["params"], digests], ensure_ascii=False, separators=(",", ":"))
        if hashlib.sha256(text.encode()).hexdigest() != run["key"]:
            faults.append(f"the run {quoted(run['stage'])} is not the one of its hash")
        if run["answer"] is not None:
            named.add(run["answer"])
    faults += [
        f"{quoted(path)} is named by no run of the recipe"
        for item in view.items("rows")
        for path in item["files"]
        if path.startswith(("inputs/", "aggregates/")) and path.endswith(".parquet") and path not in named
    ]
    return faults
