"""The command that writes simulated worlds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stopgap.base.request import Option
from stopgap.cli.terminal.command import Shown, command
from stopgap.cli.terminal.options import Answer
from stopgap.cli.terminal.progress import shown_progress
from stopgap.simulate.request import SimulationRequest

commands = typer.Typer(rich_markup_mode=None)


@command(commands, "simulate")
def simulate_command(
    output: Annotated[Path, Option("New or empty folder for the world.", metavar="DIR")],
    request: SimulationRequest,
    shown: Shown,
) -> Answer:
    """Write a simulated world with planted truth, in UN Comtrade's layout.

    Example: stopgap simulate --output out/world --seed 1 --rows 100000 --kind routing
    """
    import pyarrow as pa

    from stopgap.simulate.readme import SIMULATED, SIMULATED_FIRMS, next_commands

    with shown_progress() as progress:
        written = shown.open(progress).simulate(output, request)
    declared = [path.name for path in written.declarations]
    commands = next_commands(str(output), [path.name for path in written.files], declared)
    others = {**dict.fromkeys(declared, "declarations"), **(_DECLARED if declared else {}), **_OTHERS}
    names = [*map(str, written.files), *(str(output / name) for name in others)]
    holds = ["figures"] * len(written.files) + list(others.values())
    table = pa.table({"file": pa.array(names, pa.string()), "holds": pa.array(holds, pa.string())})
    title = f"A simulated world of {written.rows:,} rows in {output}"
    about = [SIMULATED, SIMULATED_FIRMS] if declared else [SIMULATED]
    document = {**written.as_dict(), "next": commands}
    return Answer(document, table, title, [*about, "next:", *(f"  {line}" for line in commands)])


_DECLARED = {
    "declarations.yml": "the mapping of the declarations",
    "listed.csv": "a simulated list of companies",
    "register.csv": "days on which companies were registered",
}
_OTHERS = {
    "episode.yml": "the episode",
    "goods.csv": "its goods list",
    "truth.json": "what was planted",
    "README.md": "how to use them",
}
