"""The lake's history, read from the commit logs of its tables.

Each import and each withdrawal is one commit of one table, and the commit
carries its vintage and receipts, so that rows and receipts appear together or
not at all. Vintages are numbered over all tables: one history.

``DeltaTable.history()`` is not enough: it gives the metadata of a commit without the data files added and removed, and
does not name the damaged file of a log. It is no faster (300 commits: 15 to 24 ms, this file 18 to 33 ms; 2 cores,
30 November 2026).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stopgap.base.clearance import current_viewer
from stopgap.base.errors import InputError, NotFoundError
from stopgap.base.read_ledger import HISTORY, Read, record
from stopgap.lake.receipts import Receipt
from stopgap.lake.schema import TABLES, TRADE, Table

COMMIT_FILE = re.compile(r"^(\d{20})\.json$")
METADATA_KEY = "stopgap"
_READINGS = 5


@dataclass(frozen=True)
class FileWithdrawal:
    """Withdrawal of an imported file: its receipt, the vintage of its import, who withdrew it and why."""

    receipt: str
    vintage: str
    who: str
    why: str


@dataclass(frozen=True)
class Commit:
    """One commit of a table, with the table version and the time (``committed``, ``YYYY-MM-DDTHH:MM:SSZ``).

    Maintenance, which changes no row, has no vintage. ``rows_added`` counts rows that an import added or a withdrawal
    restored, ``rows_replaced`` rows that it replaced or withdrew, ``rows_withdrawn`` rows that an import replaced
    without a successor. ``added`` are the data files that this commit makes current, ``removed`` those that it drops.
    ``replaces`` is how much the import replaced (:class:`stopgap.lake.supersession.Replaces`), ``corrects`` are the
    imports, as (receipt, vintage), that it replaced whole. Older commits lack ``rows_withdrawn`` and ``replaces``:
    ``None``.
    """

    table: str
    version: int
    vintage: str | None
    committed: str
    receipts: tuple[Receipt, ...]
    rows_added: int
    rows_replaced: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    rows_withdrawn: int | None = None
    replaces: str | None = None
    corrects: tuple[tuple[str, str], ...] = ()
    withdrawn: FileWithdrawal | None = None

    @property
    def number(self) -> int:
        """Number of the vintage; 0 for maintenance."""
        return int(self.vintage[1:]) if self.vintage else 0

    @property
    def loads(self) -> list[tuple[str, str]]:
        """Files of the commit as (receipt, vintage)."""
        return [(receipt.receipt, str(self.vintage)) for receipt in self.receipts]


def table_path(lake: Path, table: Table = TRADE) -> Path:
    """Return the folder of a table."""
    return lake / "tables" / table.name


def current_version(lake: Path, table: Table = TRADE) -> int | None:
    """Return the newest version of a table, or ``None`` if the table has none."""
    try:
        matches = [COMMIT_FILE.match(path.name) for path in (table_path(lake, table) / "_delta_log").iterdir()]
    except FileNotFoundError:
        return None
    return max((int(match[1]) for match in matches if match), default=None)


def read_commit(path: Path, table: Table = TRADE) -> Commit:
    """Parse one commit file; refuses (InputError) one that is damaged or cannot be read."""
    try:
        lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
        actions: list[dict[str, Any]] = [json.loads(line) for line in lines]
        info: dict[str, Any] = next((action["commitInfo"] for action in actions if "commitInfo" in action), {})
        note: dict[str, Any] = json.loads(info.get(METADATA_KEY, "{}"))
        return Commit(
            table=table.name,
            version=int(path.stem),
            vintage=note.get("vintage"),
            committed=note.get("committed", ""),
            receipts=tuple(Receipt(**receipt) for receipt in note.get("receipts", [])),
            rows_added=note.get("rows_added", 0),
            rows_replaced=note.get("rows_replaced", 0),
            added=tuple(action["add"]["path"] for action in actions if "add" in action),
            removed=tuple(action["remove"]["path"] for action in actions if "remove" in action),
            rows_withdrawn=note.get("rows_withdrawn"),
            replaces=note.get("replaces"),
            corrects=tuple((receipt, vintage) for receipt, vintage in note.get("corrects", [])),
            withdrawn=FileWithdrawal(**note["withdrawn"]) if "withdrawn" in note else None,
        )
    except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
        raise InputError(
            "the log of the lake is damaged",
            where=f"{path}: {str(error)[:200] or type(error).__name__}",
            fix="bring this file back from a copy of the lake; the rows themselves are in the other files",
        ) from error


def read_log(lake: Path, *, shows: Iterable[str] = tuple(TABLES)) -> list[Commit]:
    """Read all commits of all tables: ordered within each table, and by vintage over all tables.

    A writer may commit to one table after that table was read and then to the next before that is read: vintages then
    have a gap, and the logs are read again. ``shows`` are the tables whose history may appear in the caller's result,
    and which are recorded as read. Pass none if the log only serves to locate data: the number of a vintage is not
    evidence, but names of files, days and counts are.
    """
    viewer = current_viewer()
    commits = read_whole_log(lake)
    if viewer is not None:
        commits = without_receipts(commits, viewer.hidden_receipts(lake))
    record(Read(HISTORY, lake, name) for name in shows if any(commit.table == name for commit in commits))
    return commits


def read_whole_log(lake: Path) -> list[Commit]:
    """Read all commits as :func:`read_log`, whoever may see them, and report nothing: to find rows by."""
    commits: list[Commit] = []
    for _ in range(_READINGS):
        commits = _ordered([_table_log(lake, table) for table in TABLES.values()])
        if not gaps(commits):
            break
    return commits


def without_receipts(commits: list[Commit], hidden: Collection[str]) -> list[Commit]:
    """Return the history as if some files had never been imported: names and counts of the others alone.

    Vintages keep their names. A commit of hidden files alone changes nothing that can be seen, as maintenance does.
    How many rows an import replaced cannot be told without the hidden files: 0 and ``None`` stand for it.
    """
    return [_without(commit, hidden) for commit in commits] if hidden else commits


def _without(commit: Commit, hidden: Collection[str]) -> Commit:
    kept = tuple(receipt for receipt in commit.receipts if receipt.receipt not in hidden)
    withdrawn = commit.withdrawn if commit.withdrawn is None or commit.withdrawn.receipt not in hidden else None
    if len(kept) == len(commit.receipts) and withdrawn == commit.withdrawn:
        return commit
    if not kept and withdrawn is None:
        return replace(
            commit, vintage=None, receipts=(), rows_added=0, rows_replaced=0, rows_withdrawn=None, replaces=None,
            corrects=(), withdrawn=None,
        )  # fmt: skip
    return replace(
        commit,
        receipts=kept,
        rows_added=sum(receipt.rows_loaded for receipt in kept),
        rows_replaced=0,
        rows_withdrawn=None,
        corrects=tuple(load for load in commit.corrects if load[0] not in hidden),
        withdrawn=withdrawn,
    )


def _table_log(lake: Path, table: Table) -> list[Commit]:
    folder = table_path(lake, table) / "_delta_log"
    if not folder.is_dir():
        return []
    return [read_commit(path, table) for path in sorted(folder.iterdir()) if COMMIT_FILE.match(path.name)]


def _ordered(logs: list[list[Commit]]) -> list[Commit]:
    """Sort commits by vintage; maintenance comes after the preceding vintage of its table."""
    placed = []
    for log in logs:
        number = 0
        for commit in log:
            number = commit.number or number
            placed.append((number, commit))
    return [commit for _, commit in sorted(placed, key=lambda pair: pair[0])]


def gaps(commits: list[Commit]) -> list[str]:
    """Return the missing vintages below the newest one."""
    there = {commit.number for commit in vintages(commits)}
    return [f"v{number}" for number in range(1, max(there, default=0)) if number not in there]


def missing_commits(commits: list[Commit]) -> list[str]:
    """Return the missing commit files below the newest version of each table."""
    found = []
    for table in TABLES.values():
        there = {commit.version for commit in commits if commit.table == table.name}
        found += [
            f"{table.name}/_delta_log/{version:020}.json"
            for version in range(max(there, default=0))
            if version not in there
        ]
    return found


def vintages(commits: Iterable[Commit]) -> list[Commit]:
    """Return the commits that have a vintage, which are those that changed rows, oldest first."""
    return [commit for commit in commits if commit.vintage]


def next_vintage(commits: list[Commit]) -> str:
    """Return the name of the next vintage."""
    return f"v{max((commit.number for commit in commits), default=0) + 1}"


def resolve_vintage(commits: Sequence[Commit], as_of: str | None) -> Commit | None:
    """Return the commit that ``as_of`` names; ``None`` if the lake is empty and ``as_of`` is ``None``.

    ``as_of`` is a vintage (``v3``), a day (``2024-06-01``: the last import up to its end, UTC), or ``None`` for the
    newest. Refuses a missing vintage, or a day before the first vintage (NotFoundError), and any other text
    (InputError).
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
            fix="give a vintage such as v3 (stopgap lake vintages lists them) or a day such as 2024-06-01",
        )
    if not found:
        known = f"{imports[0].vintage} ({imports[0].committed[:10]}) to {imports[-1].vintage}" if imports else "none"
        raise NotFoundError(
            f"the lake has no vintage {as_of}",
            where=f"--as-of; vintages in the lake: {known}",
            fix="stopgap lake vintages lists what there is",
        )
    return found[-1]


def history_to(lake: Path, as_of: str | None) -> tuple[list[Commit], Commit | None]:
    """Return the lake's history and the commit that ``as_of`` names; see :func:`resolve_vintage`, also for its errors.

    The history is recorded as read only if the vintage is missing, as that error shows parts of it.
    """
    commits = read_log(lake, shows=())
    try:
        return commits, resolve_vintage(commits, as_of)
    except NotFoundError:
        record(Read(HISTORY, lake, commit.table) for commit in commits)
        raise


def version_at(commits: list[Commit], number: int, table: Table = TRADE) -> int | None:
    """Return the version of a table to read for a vintage; ``None`` if the table did not exist yet.

    Maintenance rewrites files and changes no row, so its result is read for the newest
    state of a table; earlier vintages are read from their original files.
    """
    own = [commit for commit in commits if commit.table == table.name]
    changes = vintages(own)
    reached = [commit for commit in changes if commit.number <= number]
    if not reached:
        return None
    return own[-1].version if reached[-1] == changes[-1] else reached[-1].version


def files_at(commits: list[Commit], version: int, table: Table = TRADE) -> list[str]:
    """Return the data files that are current at a version of a table, relative to its folder."""
    current: dict[str, None] = {}
    for commit in commits:
        if commit.table != table.name:
            continue
        if commit.version > version:
            break
        for path in commit.removed:
            current.pop(path, None)
        for path in commit.added:
            current[path] = None
    return list(current)


def loads(commits: Iterable[Commit]) -> dict[tuple[str, str], tuple[Receipt, Commit]]:
    """Return the files that were imported and not withdrawn since, by (receipt, vintage), oldest first."""
    found: dict[tuple[str, str], tuple[Receipt, Commit]] = {}
    for commit in vintages(commits):
        found |= {load: (receipt, commit) for load, receipt in zip(commit.loads, commit.receipts, strict=True)}
        if commit.withdrawn is not None:
            found.pop((commit.withdrawn.receipt, commit.withdrawn.vintage), None)
    return found
