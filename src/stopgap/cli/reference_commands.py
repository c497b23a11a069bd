"""Commands about what is known: sources, episodes, goods, economies, doctor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from stopgap.cli.options import Answer, Format, FormatOption, LakeOption, OutputOption

_COUNTED = {"economies": "economies and aggregates", "goods": "goods lists"}

NameArgument = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    sources = _group("sources", "What files can be loaded, and where to get them.", "comtrade")
    sources.command("check")(check_source)
    app.add_typer(sources, name="sources")
    episodes = _group("episodes", "Who stopped which trade with whom, and when.", "russia-2022")
    episodes.command("check")(check_episode)
    app.add_typer(episodes, name="episodes")
    goods = _group("goods", "Lists of goods, each with its version, hash and source.", "chpl-2024-02")
    goods.command("check")(check_goods)
    app.add_typer(goods, name="goods")
    app.add_typer(
        _group("economies", "Economies and aggregates, with their codes and groups.", "KGZ"), name="economies"
    )
    app.command("doctor")(doctor)


def _group(kind: str, about: str, example: str) -> typer.Typer:
    """A command that lists, with ``show NAME`` for one."""
    group = typer.Typer(rich_markup_mode=None, help=f"{about}\n\nExample: stopgap {kind} show {example}")

    def lists(
        context: typer.Context,
        lake: LakeOption = None,
        form: FormatOption = Format.TABLE,
        output: OutputOption = None,
    ) -> None:
        if context.invoked_subcommand is not None:
            return
        from stopgap.cli.output import emit

        table = _known(kind, "list")()
        emit(
            Answer(
                {kind: table.to_pylist()},
                table,
                f"{table.num_rows} {_COUNTED.get(kind, kind)}; stopgap {kind} show NAME for one",
            ),
            form,
            output,
        )

    def show(
        name: NameArgument,
        lake: LakeOption = None,
        form: FormatOption = Format.TABLE,
        output: OutputOption = None,
    ) -> None:
        from stopgap.cli.output import emit

        document, table, title = _known(kind, "show")(name)
        emit(Answer(document, table, title), form, output)

    group.callback(invoke_without_command=True)(lists)
    show.__doc__ = f"Show one of them.\n\nExample: stopgap {kind} show {example}"
    group.command("show")(show)
    return group


def _known(kind: str, verb: str) -> Callable[..., Any]:
    from stopgap import catalogue as reference

    function: Callable[..., Any] = getattr(reference, f"{verb}_{kind}")
    return function


def check_source(
    name: NameArgument,
    file: FileArgument,
    total: Annotated[
        float | None,
        typer.Option(
            "--total",
            help="Sum of the file's values in their own currency, as another tool adds them up.",
            show_default=False,
        ),
    ] = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Try a source on a sample file: every check that a source must pass; exit 3 where one fails.

    Example: stopgap sources check comtrade sample.csv
    """
    from stopgap.base.errors import InputError, NotFoundError
    from stopgap.catalogue import check_source_file
    from stopgap.cli.output import emit

    if not file.is_file():
        raise NotFoundError(f"no file {file.name}", where=str(file), fix="check the path")
    checks, table = check_source_file(name, file, total)
    emit(
        Answer({"source": name, "checks": checks}, table, f"source {name}, tried on {file.name}"),
        form,
        output,
    )
    failed = [check for check in checks if not check["holds"]]
    if failed and form is not Format.JSON:
        raise InputError(
            f"{len(failed)} of {len(checks)} checks do not hold",
            where="; ".join(str(check["check"]) for check in failed)[:300],
            fix="docs/how-to/write-a-source.md says what each check asks",
        )
    if failed:
        raise typer.Exit(InputError.exit_code)


def check_episode(
    file: FileArgument,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Check an episode file; faults are named by line and field.

    Example: stopgap episodes check my-episode.yml
    """
    from stopgap.catalogue import show_episodes
    from stopgap.cli.output import emit

    document, table, title = show_episodes(str(file))
    emit(Answer({"valid": True, **document}, table, f"valid: {title}"), form, output)


def check_goods(
    file: FileArgument,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Check a goods list (YAML, or CSV with code,description); faults are named by line.

    Example: stopgap goods check my-list.csv
    """
    from stopgap.catalogue import show_goods
    from stopgap.cli.output import emit

    document, table, title = show_goods(str(file))
    emit(Answer({"valid": True, **document}, table, f"valid: {title}"), form, output)


def doctor(lake: LakeOption = None, form: FormatOption = Format.TABLE, output: OutputOption = None) -> None:
    """Tell versions, the lake's state, and what is missing and how to fix it.

    Example: stopgap doctor
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.maintenance.doctor import examine

    table = examine(load_settings(lake=lake))
    rows = table.to_pylist()
    document = {"checks": rows, "passed": all(row["passed"] for row in rows)}
    emit(Answer(document, table, "stopgap doctor", of_damaged=True), form, output)
