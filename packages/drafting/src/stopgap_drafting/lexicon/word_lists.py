"""Word lists: tables in ``data/`` whose rows are the alternatives of one regular expression."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files

SAME_FRAME, PLACE = "…", "…"
"""In the column ``frame``: as in the row before; within a frame: where its words go."""
_REFERENCE = re.compile(r"\{([a-z][a-z ]*)\}")


def table(name: str) -> list[dict[str, str]]:
    """Rows of a table of the package, in their order."""
    text = (files("stopgap_drafting") / "data" / f"{name}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def alternatives(rows: Iterable[Mapping[str, str]]) -> str:
    """The regular expression whose alternatives are the rows, in their order.

    Args:
        rows: With ``words``, an alternative, and ``frame``: text around it, in which ``…`` stands for all
            alternatives that share it; empty where there is none.
    """
    parts: list[tuple[str, list[str]]] = []
    for row in rows:
        if row["frame"] == SAME_FRAME:
            parts[-1][1].append(row["words"])
        else:
            parts.append((row["frame"] or PLACE, [row["words"]]))
    return _resolved("|".join(frame.replace(PLACE, "|".join(words)) for frame, words in parts))


@cache
def word_list(name: str) -> str:
    """A list of ``word_lists.csv`` as a regular expression; ``{other list}`` in it stands for that list.

    Args:
        name: As the table has it.
    """
    return alternatives(_lists()[name])


@cache
def word_set(name: str) -> frozenset[str]:
    """A list of ``word_lists.csv`` as a set of words."""
    return frozenset(row["words"] for row in _lists()[name])


def grouped(rows: Iterable[dict[str, str]], column: str) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Rows by the value of a column, in the order in which values come first."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    yield from found.items()


@cache
def _lists() -> dict[str, list[dict[str, str]]]:
    return dict(grouped(table("word_lists"), "list"))


def _resolved(text: str) -> str:
    return _REFERENCE.sub(lambda found: word_list(found[1]), text)
