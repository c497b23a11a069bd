"""Commands about the service's database: backup and restore, the audit log, a new link."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stopgap.answers.rows import check_table, rows_table
from stopgap.base.request import Option
from stopgap.cli.people_commands import settings_of, state_of
from stopgap.cli.terminal.command import Shown, WrittenAnswer, command, group
from stopgap.cli.terminal.options import Answer
from stopgap.service.state.request import StateRequest

if TYPE_CHECKING:
    from stopgap.service.state.backup import BackupReport

commands = typer.Typer(rich_markup_mode=None)
service_app = group(
    commands, "service", "The service's database: backup and restore, its audit log, a new link to sign in."
)
audit_app = group(service_app, "audit", "Audit log of the service: who did what, when; a hash chain.")

_EXIT_BROKEN = 5


@command(service_app, "backup")
def backup_command(
    file: Annotated[Path, Option("File of the backup; it must not exist.", metavar="FILE", is_argument=True)],
    where: StateRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Write the database and the logs of the lake to one file; the service may go on meanwhile.

    The logs are those of decisions, alerts, statements, markings and lists, with their texts and findings. Imported
    figures and the files of jobs are not in it: copy the lake's folder, or import the files again.

    Example: stopgap service backup stopgap-2026-12-01.zip
    """
    from stopgap.service.state.backup import back_up

    with state_of(shown, where) as state:
        done = back_up(state.database, shown.folder, file)
    return _answer(done, f"{file} is written")


@command(service_app, "restore")
def restore_command(
    file: Annotated[Path, Option("File that service backup wrote.", metavar="FILE", is_argument=True)],
    where: StateRequest,
    shown: WrittenAnswer,
    is_replacing: Annotated[
        bool, Option("Replace the database and the logs that are there.", flag="--replace")
    ] = False,
) -> Answer:
    """Bring a backup back, into SQLite or PostgreSQL; the service must not run.

    The backup is checked first, its chains too. Nothing that is there is overwritten without --replace.

    Example: stopgap service restore stopgap-2026-12-01.zip --lake restored
    """
    from stopgap.service.state.database import open_database
    from stopgap.service.state.restoring import restore

    settings = settings_of(shown, where)
    database = open_database(settings.database_url)
    try:
        done = restore(database, shown.folder, settings.home, file, replace=is_replacing)
    finally:
        database.close()
    return _answer(done, f"{file} is restored")


@command(service_app, "link")
def link_command(where: StateRequest, shown: Shown) -> Answer:
    """Print a new link that signs the analyst alone in, once, within an hour.

    Example: stopgap service link
    """
    from stopgap.base.errors import RefusedError
    from stopgap.service.serve import reached_at
    from stopgap.service.state.store import ActingPerson
    from stopgap.service.state.tables import iso

    settings = settings_of(shown, where)
    if settings.is_team:
        raise RefusedError(
            "people sign in here, one by one", where="settings of the service", fix="stopgap people invite NAME"
        )
    with state_of(shown, where) as state:
        key, ends = state.link_alone(ActingPerson.on_terminal())
    document = {"link": f"{reached_at(settings)}/sign-in?key={key}", "expires": iso(ends)}
    table = rows_table([document], text=tuple(document))
    return Answer(document, table, "shown this once", columns=("expires",), above=[document["link"]])


@command(audit_app, "verify")
def verify_command(
    where: StateRequest,
    shown: WrittenAnswer,
    head: Annotated[
        str | None,
        Option("A head that the log is known to have had: shows whether its end was cut off.", metavar="HASH"),
    ] = None,
) -> Answer:
    """Verify the chain of the audit log; exit code 5 where it is not as it was written.

    Example: stopgap service audit verify
    """
    with state_of(shown, where) as state:
        check = state.audit.check(head=head)
    entries = "1 entry" if check.events == 1 else f"{check.events:,} entries"
    title = f"the chain is intact: {entries}" if check.holds else f"line {check.line}: {check.fault}"
    document = check.as_dict()
    notes = [f"head of the log: {check.head}; keep it elsewhere, and give it as --head the next time"]
    return Answer(document, check_table(document), title, notes, exit_code=0 if check.holds else _EXIT_BROKEN)


@command(audit_app, "export")
def export_command(
    file: Annotated[Path, Option("File to write; it must not exist.", metavar="FILE", is_argument=True)],
    where: StateRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Write the audit log to a file, one JSON object a line, each with the hash of the line before.

    Example: stopgap service audit export audit.jsonl
    """
    from stopgap.base.errors import RefusedError

    with state_of(shown, where) as state:
        lines = "".join(f"{line}\n" for line in state.audit.lines())
        head = state.audit.check().head
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(lines)
    except OSError as error:
        raise RefusedError(
            f"the file cannot be written: {error.strerror or error}", where=str(file), fix="give another name"
        ) from error
    document = {"file": str(file), "entries": lines.count("\n"), "head": head}
    table = rows_table([document], text=("file", "head"), integers=("entries",))
    return Answer(document, table, f"{file} is written")


def _answer(done: BackupReport, title: str) -> Answer:
    document = done.as_dict()
    row = {**document, "database_rows": sum(done.rows.values())}
    table = rows_table([row], text=("file", "made", "revision"), integers=("database_rows", "files", "bytes"))
    return Answer(document, table, title)
