"""Commands about what is known: sources, episodes, goods, economies, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from stopgap.base.request import Completes, Option
from stopgap.cli.terminal.command import WrittenAnswer, command, group, spelled_out
from stopgap.cli.terminal.options import Answer, Format
from stopgap.cli.terminal.output import emit

_COMPLETES = {
    "sources": Completes.SOURCE,
    "episodes": Completes.EPISODE,
    "goods": Completes.GOODS,
    "economies": Completes.ECONOMY,
}
_COUNTED = {"economies": "economies and aggregates", "goods": "goods lists"}

commands = typer.Typer(rich_markup_mode=None)
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", show_default=False)]


def _group(kind: str, about: str, example: str) -> typer.Typer:
    """A command that lists, with ``show NAME`` for one."""
    made = group(commands, kind, f"{about}\n\nExample: stopgap {kind} show {example}", no_args_is_help=False)

    def lists(context: typer.Context, shown: WrittenAnswer) -> Answer | None:
        if context.invoked_subcommand is not None:
            return None
        table = _known(shown, kind).list().arrow
        title = f"{table.num_rows} {_COUNTED.get(kind, kind)}; stopgap {kind} show NAME for one"
        return Answer({kind: table.to_pylist()}, table, title)

    def show(name: str, shown: WrittenAnswer) -> Answer:
        found = _known(shown, kind).show(name)
        return Answer(found.document, found.arrow, found.title)

    made.callback(invoke_without_command=True)(spelled_out(lists))
    named = Option("Its name.", metavar="NAME", is_argument=True, completes=_COMPLETES[kind])
    show.__annotations__["name"] = Annotated[str, named]
    show.__doc__ = f"Show one of them.\n\nExample: stopgap {kind} show {example}"
    command(made, "show")(show)
    return made


def _known(shown: WrittenAnswer, kind: str) -> Any:
    return getattr(shown.open(), kind)


sources = _group("sources", "What files can be imported, and where to get them.", "comtrade")
episodes = _group("episodes", "Who stopped which trade with whom, and when.", "russia-2022")
goods = _group("goods", "Lists of goods, each with its version, hash and source.", "chpl-2024-02")
_group("economies", "Economies and aggregates, with their codes and groups.", "KGZ")


@command(sources, "check")
def check_source(
    name: Annotated[str, Option("Name of the source.", metavar="NAME", is_argument=True, completes=Completes.SOURCE)],
    file: FileArgument,
    shown: WrittenAnswer,
    total: Annotated[
        float | None, Option("Sum of the file's values in their own currency, as another tool adds them up.")
    ] = None,
) -> Answer:
    """Try a source on a sample file: every check that a source must pass; exit 3 where one fails.

    Example: stopgap sources check comtrade sample.csv
    """
    from stopgap.base.errors import InputError

    found = shown.open().sources.check(name, file, total=total)
    document = {"source": name, "checks": list(found.checks)}
    answer = Answer(document, found.arrow, f"source {name}, tried on {file.name}")
    if found.passed or shown.format is Format.JSON:
        answer.exit_code = 0 if found.passed else InputError.exit_code
        return answer
    emit(answer, shown.format, shown.output, shown.detail)
    failed = [check for check in found.checks if not check["holds"]]
    raise InputError(
        f"{len(failed)} of {len(found.checks)} checks do not hold",
        where="; ".join(str(check["check"]) for check in failed)[:300],
        fix="docs/how-to/write-a-source.md says what each check asks",
    )


@command(episodes, "check")
def check_episode(file: FileArgument, shown: WrittenAnswer) -> Answer:
    """Check an episode file; faults are named by line and field.

    Example: stopgap episodes check my-episode.yml
    """
    found = shown.open().episodes.check(file)
    return Answer({"valid": True, **found.document}, found.arrow, f"valid: {found.title}")


@command(goods, "check")
def check_goods(file: FileArgument, shown: WrittenAnswer) -> Answer:
    """Check a goods list (YAML, or CSV with code,description); faults are named by line.

    Example: stopgap goods check my-list.csv
    """
    found = shown.open().goods.check(file)
    return Answer({"valid": True, **found.document}, found.arrow, f"valid: {found.title}")


@command(commands, "doctor")
def doctor(shown: WrittenAnswer) -> Answer:
    """Tell versions, the lake's state, and what is missing and how to fix it.

    Example: stopgap doctor
    """
    found = shown.open().doctor()
    return Answer(found.as_dict(), found.arrow, "stopgap doctor", of_damaged=True)
