"""The command that writes made-up worlds."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stopgap.cli.options import Answer, Format, FormatOption, LakeOption


class Kind(StrEnum):
    """Kinds of made-up worlds, as ``simulate/spec.py`` has them (a test compares)."""

    BASIC = "basic"
    NO_BACKFILL = "no-backfill"
    GROWTH = "growth"
    SHOCKS = "shocks"
    SPARSE = "sparse"
    ANNUAL = "annual"
    GAPS = "gaps"
    ROUTING = "routing"
    REVISIONS = "revisions"
    PRICES = "prices"
    HUB_GROWTH = "hub-growth"
    ALERTS = "alerts"
    PHANTOM = "phantom"
    MIXED = "mixed"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("simulate")(simulate_command)


def simulate_command(
    output: Annotated[
        Path,
        typer.Option(
            "--output", metavar="DIR", help="New or empty folder for the world.", show_default=False
        ),
    ],
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The same seed gives the same bytes.")] = 0,
    rows: Annotated[
        int | None,
        typer.Option(
            "--rows",
            metavar="N",
            help="About how many rows, from 2,000; picks what is not given of economies and goods. Default 200,000.",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[Kind, typer.Option("--kind", help="What happens in the world.")] = Kind.BASIC,
    economies: Annotated[
        int | None,
        typer.Option("--economies", metavar="N", help="Economies, 6 to 200.", show_default=False),
    ] = None,
    goods: Annotated[
        int | None,
        typer.Option(
            "--goods", metavar="N", help="Goods, 2 to 1,000; half are on the list.", show_default=False
        ),
    ] = None,
    months: Annotated[
        str | None,
        typer.Option(
            "--months",
            metavar="BEFORE+AFTER",
            help="Months of the two windows (default 36+12).",
            show_default=False,
        ),
    ] = None,
    loss_share: Annotated[
        float | None,
        typer.Option(
            "--loss-share",
            metavar="SHARE",
            help="Share of the coalition's trade that stops.",
            show_default=False,
        ),
    ] = None,
    backfill_ratio: Annotated[
        float | None,
        typer.Option(
            "--backfill-ratio",
            metavar="RATIO",
            help="Dollars backfilled for each dollar lost.",
            show_default=False,
        ),
    ] = None,
    routing_share: Annotated[
        float | None,
        typer.Option(
            "--routing-share",
            metavar="SHARE",
            help="Dollars through hubs for each dollar lost.",
            show_default=False,
        ),
    ] = None,
    declarations: Annotated[
        int,
        typer.Option(
            "--declarations",
            metavar="N",
            help="About how many lines of customs declarations to write beside the figures; 0 for none.",
        ),
    ] = 0,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Write a made-up world with planted truth, in UN Comtrade's layout.

    Example: stopgap simulate --output out/world --seed 1 --rows 100000 --kind routing
    """
    import pyarrow as pa

    from stopgap.cli.output import emit
    from stopgap.cli.progress import shown_progress
    from stopgap.simulate.readme import MADE_UP, MADE_UP_FIRMS, next_commands
    from stopgap.simulate.sizes import parse_months, sized_spec
    from stopgap.simulate.writing import write_world

    del lake  # taken by every command, and of no use here
    changes = {
        "economies": economies,
        "goods": goods,
        "loss_share": loss_share,
        "backfill_ratio": backfill_ratio,
        "routing_share": routing_share,
        **(parse_months(months) if months is not None else {}),
    }
    given = {name: value for name, value in changes.items() if value is not None}
    spec = sized_spec(kind.value, seed, rows=rows, changes=given)
    with shown_progress() as progress:
        written = write_world(spec, output, declarations=declarations, progress=progress)
    names = [path.name for path in written.files]
    declared = [path.name for path in written.declarations]
    commands = next_commands(str(output), names, declared)
    others = {**dict.fromkeys(declared, "declarations"), **(_DECLARED if declared else {}), **_OTHERS}
    document = {
        "folder": str(output),
        "files": [str(path) for path in written.files],
        "episode": str(written.episode),
        "goods": str(output / "goods.csv"),
        "truth": str(output / "truth.json"),
        "rows": written.rows,
        "kind": spec.kind,
        "seed": spec.seed,
        "economies": spec.economies,
        "goods_count": spec.goods,
        "periods": spec.periods,
        "declarations": [str(path) for path in written.declarations],
        "next": commands,
    }
    table = pa.table(
        {
            "file": pa.array(
                [str(path) for path in written.files] + [str(output / name) for name in others], pa.string()
            ),
            "holds": pa.array(["figures"] * len(names) + list(others.values()), pa.string()),
        }
    )
    title = f"A made-up world of {written.rows:,} rows in {output}"
    made_up = [MADE_UP, MADE_UP_FIRMS] if declared else [MADE_UP]
    emit(Answer(document, table, title, [*made_up, "next:", *(f"  {line}" for line in commands)]), form, None)


_DECLARED = {
    "declarations.yml": "the mapping of the declarations",
    "listed.csv": "a made-up list of companies",
    "register.csv": "days on which companies were registered",
}
_OTHERS = {
    "episode.yml": "the episode",
    "goods.csv": "its goods list",
    "truth.json": "what was planted",
    "README.md": "how to use them",
}
