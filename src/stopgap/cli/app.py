"""The command line: one command a function, each a thin wrapper over a workflow."""

from __future__ import annotations

from typing import Annotated

import typer

from stopgap.cli import (
    alert_commands,
    claim_commands,
    counterfactual_commands,
    decision_commands,
    exposure_commands,
    fetch_commands,
    key_commands,
    lake_commands,
    lever_commands,
    list_commands,
    marking_commands,
    measure_commands,
    mirror_commands,
    ownership_commands,
    pack_commands,
    price_commands,
    quality_commands,
    reference_commands,
    route_commands,
    screen_commands,
    simulate_commands,
    watch_commands,
)

app = typer.Typer(
    name="stopgap",
    help="Who fills the gap when trade is stopped: suspended trade, backfill and routes, with every figure traceable.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def show_version(asked: bool) -> None:
    """Print the version and leave."""
    if asked:
        from importlib.metadata import version

        typer.echo(f"stopgap {version('stopgap')}")
        raise typer.Exit


@app.callback()
def main(
    _version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Who fills the gap when trade is stopped: suspended trade, backfill and routes, with every figure traceable."""


measure_commands.register(app)
mirror_commands.register(app)
counterfactual_commands.register(app)
lake_commands.register(app)
list_commands.register(app)
fetch_commands.register(app)
reference_commands.register(app)
quality_commands.register(lake_commands.lake_app)
watch_commands.register(app)
price_commands.register(app)
lever_commands.register(app)
route_commands.register(app)
simulate_commands.register(app)
alert_commands.register(app)
claim_commands.register(app)
exposure_commands.register(app)
decision_commands.register(app)
pack_commands.register(app)
marking_commands.register(app)
screen_commands.register(app)
ownership_commands.register(app)
key_commands.register(app)
