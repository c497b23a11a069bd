"""Write the example into a new folder, with the commands that use it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from stopgap.base.errors import RefusedError, UsageError
from stopgap.example.figures import trade_lines

INVENTED = (
    "All figures and the statement are invented. The codes of economies and goods are real, so that real programs read "
    "the files; they say nothing of any economy, good, trade or person."
)
HOLDS = {
    "README.md": "what this is, and the commands to run",
    "episode.yml": "the episode: who stopped which trade with whom, and when",
    "goods.yml": "the goods list",
    "mapping.yml": "how the columns of the table are read",
    "trade.csv": "the table: invented yearly exports",
    "statement.yml": "an invented statement to test against the figures",
}
"""Files of the example, with what each holds."""


@dataclass(frozen=True)
class WrittenExample:
    """The example as written.

    Attributes:
        folder: Its folder.
        rows: Rows of the table of trade.
    """

    folder: Path
    rows: int

    @property
    def files(self) -> dict[str, str]:
        """Path of each file, with what it holds."""
        return {str(self.folder / name): text for name, text in HOLDS.items()}

    @property
    def next(self) -> list[str]:
        """Commands to run next, from the folder in which the example was asked for."""
        return [command for _, command in steps(str(self.folder))]

    def as_dict(self) -> dict[str, object]:
        """The example as JSON."""
        return {
            "folder": str(self.folder),
            "files": [{"file": file, "holds": text} for file, text in self.files.items()],
            "rows": self.rows,
            "invented": INVENTED,
            "next": self.next,
        }


def write_example(folder: Path) -> WrittenExample:
    """Write the example into a new or empty folder; the same bytes each time.

    Raises:
        UsageError: The folder holds something, or is a file.
        RefusedError: The folder cannot be written.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(
                "the folder for the example is not empty" if folder.is_dir() else "there is a file of that name",
                where=str(folder),
                fix="name a new or an empty folder (stopgap init DIR); nothing is overwritten",
            )
        folder.mkdir(parents=True, exist_ok=True)
        lines = list(trade_lines())
        texts = {name: _packaged(name) for name in HOLDS if name != "trade.csv"}
        texts["trade.csv"] = "\n".join(lines) + "\n"
        texts["README.md"] = texts["README.md"].replace("COMMANDS\n", _commands())
        for name, text in texts.items():
            with (folder / name).open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        raise RefusedError(
            f"the example cannot be written: {error.strerror or error}",
            where=str(folder),
            fix="name a folder in which you may write (stopgap init DIR)",
        ) from error
    return WrittenExample(folder, len(lines) - 1)


def steps(folder: str) -> Iterator[tuple[str, str]]:
    """Yield each step as a sentence and its command; ``folder`` as typed in the shell, empty for the current one."""
    at = f"{folder.rstrip('/')}/" if folder else ""
    lake = f"--lake {shlex.quote(f'{at}lake')}"
    episode, goods, mapping, trade, statement = (
        shlex.quote(at + name) for name in ("episode.yml", "goods.yml", "mapping.yml", "trade.csv", "statement.yml")
    )
    brief, page = (shlex.quote(at + name) for name in ("brief.html", "statement.html"))
    yield (
        "Check the goods list and the episode; a fault would be named by line and field.",
        f"stopgap goods check {goods}",
    )
    yield "", f"stopgap episodes check {episode}"
    yield (
        "Import the table. The mapping says which column holds what.",
        (f"stopgap import {trade} --map {mapping} {lake}"),
    )
    yield "What was lost, and who filled it?", f"stopgap measure {episode} {lake}"
    yield (
        "The trade behind it, year by year.",
        (f"stopgap series --from PRT,VNM --to ISL --goods {goods} --by year --growth {lake}"),
    )
    yield (
        "The brief to hand on, as a page for the browser; .pdf, .xlsx and .md work too.",
        (f"stopgap brief {episode} --output {brief} {lake}"),
    )
    yield "Register the statement, and hold it against the figures.", f"stopgap claims register {statement} {lake}"
    yield "", f"stopgap claims test --all --episode {episode} --output {page} {lake}"


def _commands() -> str:
    """Return the steps as Markdown: a sentence, and the commands to run in the folder."""
    parts: list[str] = []
    for sentence, command in steps(""):
        if sentence:
            parts.append(f"{sentence}\n\n```sh\n{command}\n```\n")
        else:
            parts[-1] = f"{parts[-1].removesuffix('```' + chr(10))}{command}\n```\n"
    return "\n".join(parts)


def _packaged(name: str) -> str:
    return (resources.files("stopgap.example") / "files" / name).read_text("utf-8")
