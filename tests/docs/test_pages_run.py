"""README, tutorials and how-to pages run as they stand, and give the outputs that they show."""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pytest
from doc_blocks import KINDS, ROOT, blocks, runnable_pages, section_before, steps
from doc_output import difference
from doc_reader import HAS_SHELL, Demo, Reader, make_demo

PAGES = runnable_pages()
LEFT_OUT = 18
"""Most blocks of commands that may be left out, on all pages together."""

REASONS = (
    "needs a network",
    "needs the program duckdb",
    "runs until it is stopped",
    "needs an administrator",
    "changes your shell",
    "needs a Java runtime",
    "needs a cluster",
    "needs a server",
)
COMMAND = re.compile(r"^\$? *(?:stopgap|pip|make|export|curl|python|git) ", re.M)


@cache
def demo() -> Demo:
    folder = Path(tempfile.mkdtemp(prefix="stopgap-pages-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return make_demo(folder)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


HOW_TO = [path for path in PAGES if path.parent.name == "how-to"]
needs_shell = pytest.mark.skipif(not HAS_SHELL, reason="there is no bash to run the pages with")


@pytest.mark.one_in(4)
@needs_shell
@pytest.mark.parametrize("path", [path for path in PAGES if path not in HOW_TO], ids=name_of)
def test_readme_and_tutorials_run_and_give_what_they_show(path: Path, tmp_path: Path) -> None:
    run_page(path, tmp_path)


@needs_shell
@pytest.mark.one_in(29)
@pytest.mark.parametrize("path", HOW_TO, ids=name_of)
def test_a_how_to_page_runs_and_gives_what_it_shows(path: Path, tmp_path: Path) -> None:
    run_page(path, tmp_path)


def run_page(path: Path, tmp_path: Path) -> None:
    wrong = []
    with Reader(tmp_path, demo()) as reader:
        for step in steps(path.read_text("utf-8")):
            ran = reader.do(step)
            where = f"{name_of(path)}:{step.block.line}"
            assert ran.code == step.block.exit, f"{where}\n{step.block.body}\nleft with {ran.code}:\n{ran.output}"
            found = step.shown and difference(step.shown.body, ran.output)
            wrong += [f"{where}: {found}; the output:\n{ran.output}"] if found else []
    assert not wrong, "\n".join([*wrong, "tools/refresh_docs.py writes outputs anew"])


def test_the_pages_that_people_start_with_run() -> None:
    assert {"README.md", "docs/tutorial.md", "docs/tutorial-packs.md"} <= set(map(name_of, PAGES))
    assert len(PAGES) > 20


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_block_that_is_not_run_says_why_on_the_page(path: Path) -> None:
    text = path.read_text("utf-8")
    for block in blocks(text):
        reason = block.marks.get("not run")
        if reason is not None:
            assert reason in REASONS, block.line
            assert reason in " ".join(section_before(text, block).split()), f"line {block.line} does not say {reason!r}"


def test_few_blocks_are_not_run() -> None:
    left = [block for path in PAGES for block in blocks(path.read_text("utf-8")) if "not run" in block.marks]
    assert len(left) <= LEFT_OUT


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "how-to").glob("*.md")), ids=name_of)
def test_commands_stand_in_blocks_that_run(path: Path) -> None:
    assert not re.search(r"^(?: {4,}|\t)\$? ?(?:stopgap|python) ", path.read_text("utf-8"), re.M)
    for block in blocks(path.read_text("utf-8")):
        assert block.kind in KINDS, f"line {block.line}: {block.kind!r}"
        assert block.kind in ("sh", "python") or not COMMAND.search(block.body), f"line {block.line}"
        assert set(block.marks) <= {"not run", "file", "exit"}, f"line {block.line}"
