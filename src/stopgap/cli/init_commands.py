"""The command that writes an example to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stopgap.base.request import Option
from stopgap.cli.terminal.command import Shown, command
from stopgap.cli.terminal.options import Answer

commands = typer.Typer(rich_markup_mode=None)


@command(commands, "init")
def init_command(
    directory: Annotated[Path, Option("New or empty folder for the example.", metavar="DIR", is_argument=True)],
    shown: Shown,
) -> Answer:
    """Write an example to start from: an episode, a goods list, a mapping, a table of invented trade and a statement.

    Example: stopgap init out/example
    """
    import pyarrow as pa

    written = shown.open().init(directory)
    document = written.as_dict()
    table = pa.table({"file": pa.array(written.files.keys(), pa.string()), "holds": list(written.files.values())})
    notes = [str(document["invented"]), "next:", *(f"  {line}" for line in written.next)]
    return Answer(document, table, f"An example in {directory}, with {written.rows:,} rows of invented trade", notes)
