"""Errors for SQL with a relation, column, function or word that does not exist: they name the nearest."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping

from stopgap.base.errors import InputError
from stopgap.base.near_names import did_you_mean, near_names, one_of

WHERE = "the SQL given"

_COLUMN = re.compile(r'Referenced column "(?P<name>.*)" not found in FROM clause')
_OF_TABLE = re.compile(r'(?:Table|Values list) "(?P<table>.*)" does not have a column named "(?P<name>.*)"')
_NO_TABLE = re.compile(r'Referenced table "(?P<table>.*)" not found')
_ALIKE = 0.75  # of a word and a keyword of SQL that it may stand for
_UNGROUPED = re.compile(r'column "(?P<name>.*)" must appear in the GROUP BY clause')
_CANDIDATES = re.compile(r'"([^"]+)"')
_AT_WORD = re.compile(r'syntax error at or near "(?P<word>.*)"')
_WORDS = (
    "SELECT", "FROM", "WHERE", "GROUP", "ORDER", "BY", "HAVING", "LIMIT", "JOIN", "ON", "WITH", "AS", "UNION", "DISTINCT",
    "DESCRIBE", "SUMMARIZE",
)  # fmt: skip
_LIKE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "value": ("value_usd",), "usd": ("value_usd",), "trade_value": ("value_usd",), "primaryvalue": ("value_usd",),
    "weight": ("net_kg",), "kg": ("net_kg",), "netwgt": ("net_kg",), "year": ("period",), "date": ("period",),
    "month": ("period",), "time": ("period",), "country": ("reporter", "partner"), "exporter": ("reporter", "partner"),
    "importer": ("partner", "reporter"), "origin": ("reporter", "partner"), "destination": ("partner",),
    "hs": ("good",), "code": ("good",), "hscode": ("good",), "cmdcode": ("good",), "product": ("good",),
    "commodity": ("good",), "goods": ("good",), "direction": ("flow",), "reporteriso": ("reporter",),
    "partneriso": ("partner",),
}  # fmt: skip
"""Names of columns in other tables of trade -> columns of the lake."""


def relations_are(relations: Iterable[str], *, begins: bool = False) -> str:
    """Return the list of views, and how to see the columns of one; ``begins`` a sentence with it."""
    return f"{'Views' if begins else 'views'}: {', '.join(relations)}; DESCRIBE trade shows the columns of one"


def no_relation(name: str, relations: Collection[str]) -> InputError:
    """Return the error for a table or view that does not exist."""
    near = did_you_mean(name, relations)
    return InputError(
        f"there is no table or view {name}", where=WHERE, fix=f"{near} {relations_are(relations, begins=True)}".strip()
    )


def no_function(name: str, functions: Collection[str]) -> InputError:
    """Return the error for a function that does not exist."""
    near = did_you_mean(name, functions)
    return InputError(f"there is no function {name}", where=WHERE, fix=near or "fix its name")


def unbound(message: str, columns: Mapping[str, Collection[str]], relations: Collection[str]) -> InputError:
    """Return the error for a statement that names what its relations do not have.

    Args:
        message: What DuckDB says; it names no rows, as the statement was bound without any.
        columns: Relation that the statement reads -> its columns.
        relations: All relations.
    """
    line = message.strip().splitlines()[0]
    views = relations_are(relations)
    missing = _COLUMN.search(line) or _OF_TABLE.search(line)
    if missing is not None:
        return _no_column(missing["name"], message, columns, views)
    if (table := _NO_TABLE.search(line)) is not None:
        return InputError(
            f"there is no table {table['table']} after FROM",
            where=WHERE,
            fix=f"use a name or alias that stands after FROM: {did_you_mean(table['table'], [*columns, *relations]) or views}",
        )
    if (alone := _UNGROUPED.search(line)) is not None:
        fix = f"add GROUP BY {alone['name']}, or take an aggregate of it: max({alone['name']})"
        return InputError(line.removeprefix("Binder Error: "), where=WHERE, fix=fix)
    return InputError(line, where=WHERE, fix=views)


def _no_column(name: str, message: str, columns: Mapping[str, Collection[str]], views: str) -> InputError:
    read = one_of(sorted(columns)) or "what the statement reads"
    there = list(dict.fromkeys(column for names in columns.values() for column in names))
    like = [column for column in _LIKE_COLUMNS.get(name.lower().replace(" ", ""), ()) if column in there]
    bound = [each for line in message.splitlines()[1:] if "andidate" in line for each in _CANDIDATES.findall(line)]
    near = like or near_names(name, there) or near_names(name, bound)
    parts = [f"did you mean {one_of(near)}?"] if near else []
    if _is_value(name):
        parts.append(f"A text stands in single quotes: '{name}'.")
    if there:
        parts.append(f"Columns of {read}: {', '.join(there)};")
    return InputError(f"there is no column {name} in {read}", where=WHERE, fix=" ".join([*parts, views]))


def _is_value(name: str) -> bool:
    """Return whether a name that is no column may be a value in double quotes, such as an economy or a code."""
    return bool(re.fullmatch(r"[A-Z]{2,3}|[XM]|\d+|[\d-]+|.* .*", name))


def unparsed(message: str, sql: str) -> InputError:
    """Return the error for a text that is not SQL: where it goes wrong, and how it may be meant."""
    line = message.strip().splitlines()[0].removeprefix("Parser Error: ")
    words = [word for word in re.findall(r"[A-Za-z]{4,}", sql)[:200] if word.upper() not in _WORDS]
    near = {word: difflib.get_close_matches(word.upper(), _WORDS, n=1, cutoff=_ALIKE) for word in words}
    likely = [f"{found[0]} for {word}" for word, found in near.items() if found]
    if sql.strip().lower().endswith(".sql"):
        fix = f'a file of SQL is given by its text: stopgap query "$(cat {sql.strip()})"'
    elif len(sql.split()) == 1:
        fix = (
            f"give one SELECT, such as SELECT * FROM {sql.strip() if sql.strip().isidentifier() else 'trade'} LIMIT 10"
        )
    elif "unterminated" in line:
        sign = "double" if "identifier" in line else "single"
        fix = f"close the {sign} quote, and double a quote inside a text: 'People''s Republic'"
    elif likely:
        fix = f"did you mean {one_of(likely[:2])}?"
    elif "end of input" in line or ((at := _AT_WORD.search(line)) is not None and sql.strip().endswith(at["word"])):
        fix = "the statement ends too early: a condition, name or bracket is missing at its end"
    else:
        fix = "fix the statement there, or just before"
    return InputError(f"the statement is not SQL: {line}", where=f"{WHERE}: {' '.join(sql.split())[:200]}", fix=fix)
