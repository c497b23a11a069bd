"""Blocks of a page of the documentation: commands, Python, files, and the outputs that follow them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUNS = ("sh", "python")
SHOWS = ("text", "json")
KINDS = {*RUNS, *SHOWS, "yaml", "csv", "ini", "toml", "sql"}
FENCE = re.compile(
    r"^(?P<marks>(?:<!-- [a-z ]+(?:: [^\n]*?)? -->\n)*)```(?P<kind>[^\n`]*)\n(?P<body>.*?)^```$", re.M | re.S
)
MARK = re.compile(r"<!-- ([a-z ]+?)(?:: ([^\n]*?))? -->")


@dataclass(frozen=True)
class Block:
    """A fenced block: its first line in the page, its language, its text and the marks in comments above it.

    Marks are ``not run`` (why), ``file`` (its name), ``exit`` (the code its last command leaves with).
    """

    line: int
    kind: str
    body: str
    marks: dict[str, str]
    span: tuple[int, int]

    @property
    def runs(self) -> bool:
        return self.kind in RUNS and "not run" not in self.marks

    @property
    def exit(self) -> int:
        return int(self.marks.get("exit", "0"))


@dataclass(frozen=True)
class Step:
    """What a reader does next: run a block or save one as a file; ``shown`` is the output on the page, if any."""

    block: Block
    shown: Block | None


def blocks(text: str) -> list[Block]:
    """All fenced blocks of a page, in order; spans are those of their bodies in ``text``."""
    return [
        Block(
            text.count("\n", 0, found.start("kind")) + 1,
            found["kind"].strip(),
            found["body"],
            {name: value or "" for name, value in MARK.findall(found["marks"])},
            found.span("body"),
        )
        for found in FENCE.finditer(text)
    ]


def steps(text: str) -> list[Step]:
    """What a reader of the page does: blocks that run or are files, each with the output that follows it."""
    found: list[Step] = []
    before: Block | None = None
    for block in blocks(text):
        if block.runs or "file" in block.marks:
            found.append(Step(block, None))
        elif block.kind in SHOWS and before is not None and before.runs:
            found[-1] = Step(before, block)
        before = block
    return found


def runnable_pages() -> list[Path]:
    """README, tutorials and how-to pages that have something to run."""
    docs = ROOT / "docs"
    pages = [ROOT / "README.md", *sorted(docs.glob("tutorial*.md")), *sorted((docs / "how-to").glob("*.md"))]
    return [page for page in pages if any(block.runs for block in blocks(page.read_text("utf-8")))]


def section_before(text: str, block: Block) -> str:
    """The words between the heading above a block and the block."""
    above = text[: block.span[0]]
    return re.split(r"^#+ .*$", re.sub(r"<!--.*?-->", "", above, flags=re.S), flags=re.M)[-1]
