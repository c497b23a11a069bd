"""Commands that do the main job: demo, measure, brief."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stopgap.base.vocab import Frequency, Report
from stopgap.cli.options import Answer, AsOfOption, Format, FormatOption, LakeOption, OutputOption

EpisodeArgument = Annotated[
    str,
    typer.Argument(
        metavar="EPISODE",
        help="A built-in episode (stopgap episodes), or the path of an episode file.",
        show_default=False,
    ),
]
GoodsOption = Annotated[
    str | None,
    typer.Option(
        "--goods",
        metavar="LIST",
        help="Goods list by name (stopgap goods) or file (default: the episode's first that can be measured).",
        show_default=False,
    ),
]
BaselineOption = Annotated[
    str | None,
    typer.Option(
        "--baseline",
        metavar="FROM:TO",
        help="Baseline in months, such as 2021-01:2021-12.",
        show_default=False,
    ),
]
AfterOption = Annotated[
    str | None,
    typer.Option(
        "--after",
        metavar="FROM:TO",
        help="After-window in months, such as 2023-01:2023-12.",
        show_default=False,
    ),
]


class By(StrEnum):
    """What a row of the table is."""

    SUPPLIER = "supplier"
    GOOD = "good"
    GROUP = "group"


_GOOD_COLUMNS = (
    "good",
    "description",
    "baseline_usd",
    "loss_usd",
    "loss_share",
    "loss_ci95",
    "gain_usd",
    "net_gain_usd",
    "net_ci95",
    "unfilled_usd",
    "top_supplier",
)
_SHOWN = {
    By.SUPPLIER: (
        "supplier",
        "baseline_usd",
        "after_usd",
        "gain_usd",
        "share_of_loss",
        "net_gain_usd",
        "ci95",
        "kind",
        "is_hub",
    ),
    By.GOOD: _GOOD_COLUMNS,
    By.GROUP: _GOOD_COLUMNS,
}


class EngineName(StrEnum):
    """What runs the stages."""

    DUCKDB = "duckdb"
    SPARK = "spark"


FrequencyOption = Annotated[
    Frequency | None,
    typer.Option(
        "--frequency",
        help="Annual (A) or monthly (M) figures (default: those that hold most of the trade).",
        show_default=False,
    ),
]
ReportOption = Annotated[
    Report, typer.Option("--report", help="Reports of the target's partners, or the target's own (mirror).")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("demo")(demo_command)
    app.command("measure")(measure_command)
    app.command("brief")(brief_command)


def demo_command(
    output: Annotated[
        Path, typer.Option("--output", metavar="DIR", help="Folder for the brief and the claims.")
    ] = Path("stopgap-demo"),
    text: Annotated[
        Path | None,
        typer.Option(
            "--text",
            metavar="FILE",
            help="The news report of the built-in statements: their words are checked and shown.",
            show_default=False,
        ),
    ] = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Do the main job on what is in the package: lake, measures, brief, statements tested.

    Example: stopgap demo --output out
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.cli.progress import shown_progress
    from stopgap.demo.run import run_demo

    with shown_progress() as progress:
        result = run_demo(output, load_settings(lake=lake).lake, text=text, progress=progress)
    lines = result.where_to_look()
    emit(Answer(result.as_dict(), result.table(), result.headline, lines, (), result.marking), form, None)


def measure_command(
    episode: EpisodeArgument,
    goods: GoodsOption = None,
    by: Annotated[By, typer.Option("--by", help="What a row of the table is.")] = By.SUPPLIER,
    baseline: BaselineOption = None,
    after: AfterOption = None,
    frequency: FrequencyOption = None,
    report: ReportOption = Report.REPORTED,
    as_of: AsOfOption = None,
    engine: Annotated[
        EngineName, typer.Option("--engine", help="Engine that runs the stages.")
    ] = EngineName.DUCKDB,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Measure suspended trade and who backfills it.

    Example: stopgap measure russia-2022 --goods machinery-electronics --baseline 2021-01:2021-12 --after 2023-01:2023-12
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.effective import marking_of_finding
    from stopgap.evidence.markings.reads import MEASURED
    from stopgap.measures.backfill.run import measure
    from stopgap.measures.backfill.tables import finding_table, summary_lines
    from stopgap.panel.prepare import measure_options

    options = measure_options(
        goods=goods,
        baseline=baseline,
        after=after,
        frequency=frequency,
        report=report,
        as_of=as_of,
    )
    folder = load_settings(lake=lake).lake
    finding = measure(folder, episode, options, engine=engine.value)
    lines = summary_lines(finding)
    answer = Answer(
        finding.as_dict(), finding_table(finding, by=by.value), lines[0], lines[1:], _SHOWN[by],
        marking_of_finding(folder, finding), MEASURED,
    )  # fmt: skip
    emit(answer, form, output)


def brief_command(
    episode: EpisodeArgument,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            metavar="NAME.html|.pdf|.xlsx|.md",
            help="File to write; the ending decides the form.",
            show_default=False,
        ),
    ],
    goods: GoodsOption = None,
    baseline: BaselineOption = None,
    after: AfterOption = None,
    frequency: FrequencyOption = None,
    report: ReportOption = Report.REPORTED,
    as_of: AsOfOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Write the shareable brief: HTML, PDF, Excel or Markdown.

    Example: stopgap brief russia-2022 --output brief.pdf
    """
    import pyarrow as pa

    from stopgap.base.settings import load_settings
    from stopgap.briefs.run import write_brief
    from stopgap.cli.marked import note_name
    from stopgap.cli.output import emit
    from stopgap.evidence.markings.reads import EVERYTHING
    from stopgap.panel.prepare import measure_options

    options = measure_options(
        goods=goods,
        baseline=baseline,
        after=after,
        frequency=frequency,
        report=report,
        as_of=as_of,
    )
    path, model = write_brief(load_settings(lake=lake).lake, episode, options, output)
    note_name(path, model.marking)
    document = {"file": str(path), "finding_id": model.headline.finding_id, "as_of": model.headline.as_of}
    # the brief's own marking accounts for what it shows, and the file says it
    answer = Answer(
        document, pa.Table.from_pylist([document]), "brief written", [], (), model.marking, EVERYTHING
    )
    emit(answer, form, None)
