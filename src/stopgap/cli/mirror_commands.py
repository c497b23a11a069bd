"""The command that compares two reports of one trade."""

from __future__ import annotations

import typer

from stopgap.cli.measure_commands import (
    AfterOption,
    BaselineOption,
    EpisodeArgument,
    FrequencyOption,
    GoodsOption,
)
from stopgap.cli.options import AsOfOption, Format, FormatOption, LakeOption, OutputOption

_SHOWN = (
    "exporter",
    "importer",
    "good",
    "usd",
    "new_usd",
    "exporter_usd",
    "importer_usd",
    "unrecorded_share",
)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("mirror")(mirror_command)


def mirror_command(
    episode: EpisodeArgument,
    goods: GoodsOption = None,
    baseline: BaselineOption = None,
    after: AfterOption = None,
    frequency: FrequencyOption = None,
    as_of: AsOfOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Compare exporters' with importers' reports: phantom trade, reconciled totals, silent reporters.

    Example: stopgap mirror russia-2022 --goods machinery-electronics --baseline 2020-01:2021-12 --after 2023-01:2023-12
    """
    from stopgap.base.settings import load_settings
    from stopgap.cli.marked import result_answer
    from stopgap.cli.output import emit
    from stopgap.measures.mirror.run import mirror
    from stopgap.measures.mirror.tables import mirror_lines, phantom_table
    from stopgap.panel.prepare import measure_options

    options = measure_options(goods=goods, baseline=baseline, after=after, frequency=frequency, as_of=as_of)
    folder = load_settings(lake=lake).lake
    finding = mirror(folder, episode, options)
    emit(result_answer(folder, finding, phantom_table(finding), mirror_lines(finding), _SHOWN), form, output)
