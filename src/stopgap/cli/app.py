"""The command line: its commands, each loaded when it is called."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from copy import copy
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from stopgap.cli.terminal.completion_setup import install_completion, show_completion
from stopgap.cli.terminal.plain_values import PlainGroup

COMMANDS = {
    "demo": ("measure_commands", "Do the main job on what is in the package: lake, measures, brief, statements tested."),
    "init": ("init_commands", "Write an example to start from: an episode, a goods list, a mapping, a table of invented trade and a statement."),
    "measure": ("measure_commands", "Measure suspended trade and who backfills it."),
    "series": ("series_commands", "Show trade of reporters with partners by year, quarter or month."),
    "brief": ("measure_commands", "Write the shareable brief: HTML, PDF, Excel or Markdown."),
    "mirror": ("measure_commands", "Compare exporters' with importers' reports: phantom trade, reconciled totals, silent reporters."),
    "counterfactual": ("measure_commands", "Set net backfill beside a second model, contrasts, an event study, placebos and a synthetic control."),
    "import": ("lake_commands", "Import official figures, or lists of companies, into the lake."),
    "query": ("lake_commands", "Run read-only SQL over the lake's views."),
    "doctor": ("reference_commands", "Tell versions, the lake's state, and what is missing and how to fix it."),
    "diff": ("watch_commands", "Say which figures changed between two vintages: because rows were revised, are new, were withdrawn, or count otherwise."),
    "watch": ("watch_commands", "Watch an episode: take in new figures, measure, tell what changed since the last round."),
    "prices": ("measure_commands", "Measure what the target pays above others, and split loss and backfill in quantity and price."),
    "nowcast": ("measure_commands", "Nowcast the symmetric ratio by month from early reporters, with the errors of past nowcasts."),
    "levers": ("measure_commands", "Rank goods, hubs and suppliers by what a stop there would remove from the target's inflow."),
    "routes": ("measure_commands", "Measure what may reach the target through hubs, beyond what chance would match."),
    "simulate": ("simulate_commands", "Write a simulated world with planted truth, in UN Comtrade's layout."),
    "exposure": ("exposure_commands", "Rank the companies that customs declarations name behind an episode's goods."),
    "screen": ("screen_commands", "Look a name, or a file of names, up in the lists that the lake holds."),
    "lake": ("lake_commands", "The lake: its vintages, integrity and upkeep."),
    "lists": ("list_commands", "Lists of companies, vessels and organisations."),
    "fetch": ("fetch_commands", "Figures from live services, imported as one vintage; an interrupted fetch goes on where it stopped."),
    "sources": ("reference_commands", "What files can be imported, and where to get them."),
    "episodes": ("reference_commands", "Who stopped which trade with whom, and when."),
    "goods": ("reference_commands", "Lists of goods, each with its version, hash and source."),
    "economies": ("reference_commands", "Economies and aggregates, with their codes and groups."),
    "alerts": ("alert_commands", "Alerts: months that stand out as first released, raised once, kept and decided."),
    "claims": ("claim_commands", "Statements: who said what, to whom, by which chain of sources; drafted, registered and tested."),
    "decisions": ("decision_commands", "Decisions on matches: kept for ever in a chained log, opened again when the listed entity changes."),
    "pack": ("pack_commands", "Evidence packs: signed, marked, and with all that it takes to make their numbers again."),
    "publish": ("publish_commands", "Publish the pages of an episode as a static site: a public tracker that needs no server."),
    "markings": ("marking_commands", "Markings: who may see what (TLP 2.0 and releasability), in a chained log."),
    "serve": ("serve_commands", "Serve the lake to browsers and programs: REST, matching and sign-in, on this machine alone if not told otherwise."),
    "people": ("people_commands", "People who may use the service: their roles, clearances and invitations."),
    "tokens": ("people_commands", "Tokens with which programs use the service in a person's name."),
    "service": ("service_commands", "The service's database: backup and restore, its audit log, a new link to sign in."),
    "ownership": ("ownership_commands", "Ownership: what counts as owned by those who are listed, and through which chains."),
    "mcp": ("assistant_commands", "Serve read-only tools to an assistant on this machine, over standard input and output, or with --http."),
    "keys": ("key_commands", "Keys: sign packs with your own, trust those of partners."),
}  # fmt: skip
"""File of each command in this folder, and its sentence in the list of commands: that of the command itself."""


class _Commands(MutableMapping[str, Any]):
    """The commands by name; the file of one is imported when it is asked for."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            file = import_module(f"stopgap.cli.{COMMANDS[name][0]}")
            self._loaded |= typer.main.get_group(file.commands).commands
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class LazyGroup(PlainGroup):
    """The whole command line: help lists its commands without importing them."""

    def __init__(self, *, commands: Any = None, **attributes: Any) -> None:
        del commands
        super().__init__(**attributes)
        self.commands = _Commands()

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands from their sentences."""
        super(LazyGroup, self._listed()).format_commands(ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Complete commands and options without importing a command."""
        ctx.command = self._listed()
        return super(LazyGroup, ctx.command).shell_complete(ctx, incomplete)

    def _listed(self) -> LazyGroup:
        """Return this group with commands that have their sentence alone."""
        listed = copy(self)
        listed.commands = {name: TyperCommand(name, help=sentence) for name, (_, sentence) in COMMANDS.items()}
        return listed


app = typer.Typer(
    name="stopgap",
    cls=LazyGroup,
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
    _install: Annotated[
        bool,
        typer.Option(
            "--install-completion",
            callback=install_completion,
            is_eager=True,
            help="Let the Tab key of this shell (bash, zsh, fish) complete commands, options and names, and exit.",
        ),
    ] = False,
    _show: Annotated[
        bool,
        typer.Option(
            "--show-completion",
            callback=show_completion,
            is_eager=True,
            help="Print the script that does it, to install it yourself, and exit.",
        ),
    ] = False,
) -> None:
    """Who fills the gap when trade is stopped: suspended trade, backfill and routes, with every figure traceable."""
