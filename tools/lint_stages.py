"""Check that every stage of SQL is written in the subset of DuckDB's dialect that all engines read alike.

    python tools/lint_stages.py

The functions allowed are those whose values tests hold equal on every engine. Prints a line for each fault, and leaves
with 1 if there is one.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import pkgutil
import re
import sys
from collections.abc import Iterator
from enum import EnumType
from typing import Any, get_type_hints

import sqlglot
from sqlglot import exp

import stopgap
from stopgap.lake.stage import Stage

ALLOWED = frozenset({
    "abs", "and", "avg", "case", "cast", "coalesce", "count", "exp", "extract", "if", "lag", "lead", "length", "ln",
    "logical_or", "lower", "max", "median", "min", "or", "regexp_like", "round", "row_number", "substring", "sum",
    "timestamp_trunc", "trim",
})  # fmt: skip
"""Functions and operators, as sqlglot names them."""

_SPARK = {"error_level": sqlglot.ErrorLevel.RAISE, "unsupported_level": sqlglot.ErrorLevel.RAISE}


def faults_of(sql: str) -> list[str]:
    """Return what in a stage's SQL other engines do not read as DuckDB does; empty if nothing."""
    try:
        tree = sqlglot.parse_one(sql, read="duckdb")
    except sqlglot.errors.ParseError as error:
        return [f"cannot be parsed: {str(error).splitlines()[0]}"]
    found = [f"function {name}" for name in sorted(_functions(tree) - ALLOWED)]
    if list(tree.find_all(exp.Slice)):
        found.append("a slice of a list")
    for select in tree.find_all(exp.Select):
        group = select.args.get("group")
        if select.args.get("qualify") and group is not None and group.args.get("all"):
            found.append("QUALIFY with GROUP BY ALL")
    found += _ambiguous(tree)
    methods = {str(join.args.get("method")) for join in tree.find_all(exp.Join)}
    found += [f"{method} JOIN" for method in sorted(methods & {"ASOF", "POSITIONAL"})]
    try:
        [rendered] = sqlglot.transpile(sql, read="duckdb", write="spark", **_SPARK)
        sqlglot.parse_one(rendered, read="spark")
    except sqlglot.errors.SqlglotError as error:
        return [*dict.fromkeys(found), f"not rendered for Spark: {str(error).splitlines()[0]}"]
    if re.search(r"PERCENTILE_(CONT|DISC)\((?![^)]*\)\s+WITHIN GROUP)", rendered):
        found.append("a quantile that Spark does not read")
    return list(dict.fromkeys(found))


def _ambiguous(tree: exp.Expression) -> list[str]:
    """Return what each engine reads, and each in its own way."""
    found = []
    if list(tree.find_all(exp.IntDiv)):
        found.append("a division without rest")
    limits = (limit.parent for limit in tree.find_all(exp.Limit))
    if any(isinstance(select, exp.Select) and not select.args.get("order") for select in limits):
        found.append("LIMIT without ORDER BY")
    for pattern in tree.find_all(exp.RegexpLike):
        text = pattern.expression
        if not isinstance(text, exp.Literal) or "\\" in text.name or "(?" in text.name:
            found.append("a pattern with signs that engines read by different alphabets")
    wholes = (cast.this for cast in tree.find_all(exp.Cast) if cast.to.this in exp.DataType.INTEGER_TYPES)
    if any(list(each.find_all(exp.Div, exp.Mul, exp.Avg, exp.Exp, exp.Ln)) for each in wholes):
        found.append("a fraction cast to a whole number, which is rounded or cut")
    for divided in tree.find_all(exp.Div, exp.Avg):
        sides = (divided.this, divided.args.get("expression"))
        if any(_is_decimal(side) for side in sides if side is not None):
            found.append("a decimal divided, of which each engine keeps other digits")
    return found


def _is_decimal(value: exp.Expression) -> bool:
    """Return whether a value is a decimal by its own text: a cast, or a sum of one."""
    value = value.unnest()
    if isinstance(value, exp.Sum):
        value = value.this.unnest()
    return isinstance(value, exp.Cast) and value.to.this == exp.DataType.Type.DECIMAL


def _functions(tree: exp.Expression) -> set[str]:
    names = set()
    for node in tree.find_all(exp.Func):
        names.add(node.name.lower() if isinstance(node, exp.Anonymous) else node.sql_name().lower())
    return names


def all_stages() -> dict[tuple[str, str], Stage]:
    """Return the stages of the package by name and SQL: those of modules, and those that functions build."""
    found: dict[tuple[str, str], Stage] = {}
    for module in _modules():
        for value in list(vars(module).values()):
            for stage in _within(value):
                found.update({(each.name, each.sql): each for each in stage.ordered()})
        for built in _built(module):
            for stage in _within(built):
                found.update({(each.name, each.sql): each for each in stage.ordered()})
    return found


def _modules() -> Iterator[Any]:
    for each in pkgutil.walk_packages(stopgap.__path__, "stopgap."):
        if not {"cli", "service", "__main__"} & set(each.name.split(".")):
            yield importlib.import_module(each.name)


def _within(value: object, depth: int = 0) -> Iterator[Stage]:
    """Return the stages in a value: itself, or those of its items and fields."""
    if isinstance(value, Stage):
        yield value
    elif depth < 3 and isinstance(value, list | tuple | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _within(each, depth + 1)
    elif depth < 3 and hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        for name in value.__dataclass_fields__:
            yield from _within(getattr(value, name, None), depth + 1)


def _built(module: Any) -> Iterator[object]:
    """Return what functions of a module build whose parameters are choices or may be left out, once for each choice."""
    for function in vars(module).values():
        plain = inspect.unwrap(function) if callable(function) else None
        if not inspect.isfunction(plain) or plain.__module__ != module.__name__:
            continue
        try:
            hints = get_type_hints(plain)
        except NameError:
            continue
        returned = str(hints.pop("return", ""))
        optional = {
            name for name, each in inspect.signature(plain).parameters.items() if each.default is not each.empty
        }
        choices = {name: kind for name, kind in hints.items() if isinstance(kind, EnumType)}
        if not ("Stage" in returned or "Panel" in returned) or not hints.keys() <= choices.keys() | optional:
            continue
        for values in itertools.product(*choices.values()):
            yield function(**dict(zip(choices, values, strict=True)))


def main() -> int:
    """Print the faults of all stages."""
    stages = all_stages()
    faults = [f"{stage.name}: {fault}" for stage in stages.values() for fault in faults_of(stage.sql)]
    for line in sorted(faults):
        print(line)
    print(f"{len(stages)} stages, {len(faults)} faults", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
