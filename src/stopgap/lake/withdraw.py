"""Withdraw an imported file: commit a new vintage as if it had never been imported.

The result equals a replay of all imports without the file. A row that the file
had replaced is restored unchanged, with its own vintage and receipt, unless an
import that is still in force replaces it. Earlier vintages do not change.
See docs/adr/0009-several-tables-one-history.md.
"""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

from stopgap.base.errors import NotFoundError, UsageError
from stopgap.base.marking import Markable
from stopgap.base.person import named_person
from stopgap.lake.history import (
    Commit,
    FileWithdrawal,
    current_version,
    files_at,
    loads,
    next_vintage,
    read_log,
    table_path,
)
from stopgap.lake.replay import restored
from stopgap.lake.schema import TABLES
from stopgap.lake.store import commit_files, now, remove_orphans, staging_connection, write_kept, write_sorted, writing
from stopgap.lake.supersession import Load, is_load


@dataclass(frozen=True)
class Withdrawn(Markable):
    """Result of a withdrawal.

    Attributes:
        vintage: The new vintage.
        receipt: Receipt of the withdrawn file.
        loaded_with: Vintage in which it was imported.
        rows_withdrawn: Rows of the file that were in force until the withdrawal.
        rows_restored: Rows that it had replaced and that are in force again.
    """

    vintage: str
    table: str
    receipt: str
    loaded_with: str
    file_name: str
    rows_withdrawn: int
    rows_restored: int

    def as_dict(self) -> dict[str, str | int]:
        """Return the fields as a dict."""
        return asdict(self)


def withdraw(lake: Path, receipt: str, why: str, *, vintage: str | None = None, who: str | None = None) -> Withdrawn:
    """Withdraw one imported file, as a new vintage.

    ``vintage`` is that of the import, needed if the file was imported more than once. The log permanently records the
    reason and ``who`` withdraws it (the system user when ``None``). Refuses a file not in force (NotFoundError), an
    empty reason, and a file that was imported more than once without ``vintage`` (UsageError).
    """
    if not why.strip():
        raise UsageError("a withdrawal needs a reason", where="--why", fix="say why, in a few words")
    _find(read_log(lake), lake, receipt, vintage)  # a wrong receipt makes no folder
    with writing(lake) as scratch, contextlib.closing(staging_connection(scratch)) as con:
        remove_orphans(lake)
        commits = read_log(lake)
        load, file_name, commit = _find(commits, lake, receipt, vintage)
        _refuse_shared(commits, commit, load)
        table = TABLES[commit.table]
        note = FileWithdrawal(*load, who=named_person(who), why=why.strip())
        folder = table_path(lake, table)
        version = current_version(lake, table)
        assert version is not None
        current = [folder / name for name in files_at(commits, version, table)]
        leaving = []
        if current:
            con.execute(
                f"SELECT filename, count(*) FROM read_parquet($files, filename = true) AS old WHERE {is_load([load])} GROUP BY 1",
                {"files": [str(path) for path in current]},
            )
            leaving = con.fetchall()
        restored(con, lake, commits, table, {load}, current)

        removed = [Path(name) for name, _ in leaving]
        written: list[tuple[Path, int]] = []
        back = folder / f"part-{uuid.uuid4().hex}.parquet"
        rows = write_sorted(con, "restored", back, table=table)
        if rows:
            written.append((back, rows))
        else:
            back.unlink()
        if removed:
            written += write_kept(con, folder, removed, f"NOT {is_load([load])}", table)
        made = next_vintage(commits)
        gone = sum(count for _, count in leaving)
        said = {"vintage": made, "committed": now(), "rows_added": rows, "rows_replaced": gone, "receipts": []}
        said["withdrawn"] = asdict(note)
        commit_files(con, lake, said, removed=removed, written=written, changes_rows=True, table=table)
        return Withdrawn(made, table.name, *load, file_name, gone, rows)


def _find(commits: list[Commit], lake: Path, receipt: str, vintage: str | None) -> tuple[Load, str, Commit]:
    """Find the import of a receipt; return its load, file name and commit."""
    found = {
        load: (taken.file_name, commit)
        for load, (taken, commit) in loads(commits).items()
        if load[0] == receipt and vintage in (None, load[1])
    }
    if not found:
        raise NotFoundError(
            f"no file with the receipt {receipt} is in force",
            where=f"{lake}, {vintage or 'all vintages'}",
            fix='stopgap query "SELECT receipt, file_name, vintage, withdrawn FROM receipts" lists them',
        )
    if len(found) > 1:
        raise UsageError(
            f"the file {receipt} was imported more than once",
            where=", ".join(f"{came} ({name})" for (_, came), (name, _) in found.items()),
            fix="say which one with --vintage",
        )
    [(load, (file_name, commit))] = found.items()
    return load, file_name, commit


def _refuse_shared(commits: list[Commit], commit: Commit, load: Load) -> None:
    """Refuse (UsageError) to withdraw a file that may share rows with a later file of its import, still in force."""
    standing = loads(commits)
    place = [receipt.receipt for receipt in commit.receipts].index(load[0])
    sharing = [
        receipt
        for receipt in commit.receipts[place + 1 :]
        if receipt.rows_shared and (receipt.receipt, load[1]) in standing
    ]
    if sharing:
        raise UsageError(
            "rows of this file may stand in another file of the same import too, where they were left out",
            where=f"{load[0]}, {load[1]}: {', '.join(f'{other.file_name} ({other.receipt})' for other in sharing)}",
            fix="withdraw those first, the last one first, then this file; and import again what is right",
        )
