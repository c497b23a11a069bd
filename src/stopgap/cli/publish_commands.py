"""Command that publishes an episode as a static site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stopgap.base.request import Option
from stopgap.cli.terminal.command import EpisodeArgument, Shown, command
from stopgap.cli.terminal.marked import result_answer
from stopgap.cli.terminal.options import Answer
from stopgap.cli.terminal.progress import shown_progress
from stopgap.publish.request import PublishRequest

commands = typer.Typer(rich_markup_mode=None)


@command(commands, "publish")
def publish_command(
    episode: EpisodeArgument,
    request: PublishRequest,
    output: Annotated[
        Path, Option("Folder of the site: new, empty, or one that this episode was published to.", metavar="DIR")
    ],
    shown: Shown,
) -> Answer:
    """Publish the pages of an episode as a static site: a public tracker that needs no server.

    Each figure has its data file beside it; what is above the marking is left out. Again with a later vintage, only what changed is written.

    Example: stopgap publish russia-2022 --marking CLEAR --output site
    """
    import pyarrow as pa

    from stopgap.publish.run import publish

    with shown_progress() as progress:
        done = publish(shown.folder, episode, request, output, progress=progress)
    changes = done.changes
    title = (
        f"{done.folder / 'index.html'}: {done.pages} pages of vintage {done.vintage}, {done.marking.label}; "
        f"{len(changes.written)} files written, {len(changes.unchanged)} unchanged, {len(changes.removed)} removed"
    )
    table = pa.Table.from_pylist([{"file": name, "change": "written"} for name in changes.written]
        + [{"file": name, "change": "removed"} for name in changes.removed], schema=pa.schema([("file", pa.string()), ("change", pa.string())]))  # fmt: skip
    return result_answer(done, table, [title])
