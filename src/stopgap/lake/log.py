"""The lake's history, read from the commit log of its trade table.

Each import is one commit, and the commit carries its vintage and receipts, so
that rows and receipts appear together or not at all.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.errors import InputError, NotFoundError
from stopgap.lake.receipts import Receipt

COMMIT_FILE = re.compile(r"^(\d{20})\.json$")
METADATA_KEY = "stopgap"


@dataclass(frozen=True)
class Commit:
    """One commit of the trade table.

    Attributes:
        version: Version of the table.
        vintage: ``v1``, ``v2``, …; ``None`` for maintenance, which changes no row.
        committed: When (``YYYY-MM-DDTHH:MM:SSZ``).
        receipts: Files that came with it.
        rows_added: Rows the import brought.
        rows_replaced: Rows of earlier vintages that it replaced.
        added: Data files added.
        removed: Data files no longer current.
    """

    version: int
    vintage: str | None
    committed: str
    receipts: tuple[Receipt, ...]
    rows_added: int
    rows_replaced: int
    added: tuple[str, ...]
    removed: tuple[str, ...]


def table_path(lake: Path) -> Path:
    """Folder of the trade table."""
    return lake / "tables" / "trade"


def current_version(lake: Path) -> int | None:
    """Newest version of the trade table, or ``None`` where there is none."""
    try:
        names = [
            match
            for path in (table_path(lake) / "_delta_log").iterdir()
            if (match := COMMIT_FILE.match(path.name))
        ]
    except FileNotFoundError:
        return None
    return max((int(match.group(1)) for match in names), default=None)


def read_commit(path: Path) -> Commit:
    """One commit file as a :class:`Commit`."""
    actions: list[dict[str, Any]] = [
        json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()
    ]
    info: dict[str, Any] = next((action["commitInfo"] for action in actions if "commitInfo" in action), {})
    note: dict[str, Any] = json.loads(info.get(METADATA_KEY, "{}"))
    return Commit(
        version=int(path.stem),
        vintage=note.get("vintage"),
        committed=note.get("committed", ""),
        receipts=tuple(Receipt(**receipt) for receipt in note.get("receipts", [])),
        rows_added=note.get("rows_added", 0),
        rows_replaced=note.get("rows_replaced", 0),
        added=tuple(action["add"]["path"] for action in actions if "add" in action),
        removed=tuple(action["remove"]["path"] for action in actions if "remove" in action),
    )


def read_log(lake: Path) -> list[Commit]:
    """All commits, oldest first."""
    folder = table_path(lake) / "_delta_log"
    if not folder.is_dir():
        return []
    return [read_commit(path) for path in sorted(folder.iterdir()) if COMMIT_FILE.match(path.name)]


def vintages(commits: list[Commit]) -> list[Commit]:
    """The commits that are imports."""
    return [commit for commit in commits if commit.vintage]


def resolve_vintage(commits: list[Commit], as_of: str | None) -> Commit | None:
    """The commit whose state ``as_of`` names.

    Args:
        commits: The log, oldest first.
        as_of: A vintage (``v3``), or a day (``2024-06-01``: the last import up to its
            end, UTC); ``None`` for the newest.

    Returns:
        The import commit, or ``None`` where the lake is empty and nothing was asked.

    Raises:
        NotFoundError: No such vintage, or none as old as the day.
        InputError: Neither a vintage nor a day.
    """
    imports = vintages(commits)
    if as_of is None:
        return imports[-1] if imports else None
    if re.fullmatch(r"v\d+", as_of):
        found = [commit for commit in imports if commit.vintage == as_of]
    elif re.fullmatch(r"\d{4}-\d{2}-\d{2}", as_of):
        found = [commit for commit in imports if commit.committed[:10] <= as_of]
    else:
        raise InputError(
            f"{as_of!r} is neither a vintage nor a day",
            where="--as-of",
            mend="give a vintage such as v3 (stopgap lake vintages lists them) or a day such as 2024-06-01",
        )
    if not found:
        known = (
            f"{imports[0].vintage} ({imports[0].committed[:10]}) to {imports[-1].vintage}"
            if imports
            else "none"
        )
        raise NotFoundError(
            f"the lake has no vintage {as_of}",
            where=f"--as-of; vintages in the lake: {known}",
            mend="stopgap lake vintages lists what there is",
        )
    return found[-1]


def files_at(commits: list[Commit], version: int) -> list[str]:
    """Data files that are current at a version, relative to the table's folder."""
    current: dict[str, None] = {}
    for commit in commits:
        if commit.version > version:
            break
        for path in commit.removed:
            current.pop(path, None)
        for path in commit.added:
            current[path] = None
    return list(current)
