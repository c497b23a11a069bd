"""Run the pages of the documentation as a reader would, and write the outputs that they show anew.

    python tools/refresh_docs.py                          README, tutorials and how-to pages
    python tools/refresh_docs.py docs/tutorial.md         these pages
    python tools/refresh_docs.py --check                  change nothing; leave with 1 where a page is not right

An output keeps its cuts (``…``); a block that is empty is filled with all of the output. Lines that the output no
longer has are dropped and named: read the page again where that happens. Takes some minutes for all pages.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from doc_blocks import runnable_pages, steps  # noqa: E402
from doc_output import difference, renew  # noqa: E402
from doc_reader import Demo, Reader, make_demo  # noqa: E402


@dataclass(frozen=True)
class PageRun:
    """A page with its outputs as they are now, and what to look at."""

    path: Path
    text: str
    messages: tuple[str, ...]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def run_page(path: Path, demo: Demo, folder: Path) -> PageRun:
    """Run a page from its first block to its last; a block that fails ends it."""
    text = path.read_text("utf-8")
    parts: list[str] = []
    messages: list[str] = []
    at = 0
    with Reader(folder, demo) as reader:
        for step in steps(text):
            ran = reader.do(step)
            where = f"{_name(path)}:{step.block.line}"
            if ran.code != step.block.exit:
                messages.append(f"{where}: left with {ran.code}\n{ran.output}")
                break
            if step.shown is None:
                continue
            found = difference(step.shown.body, ran.output)
            made = renew(step.shown.body, ran.output)
            messages += [f"{where}: {found}"] if found else []
            messages += [f"{where}: dropped: {line}" for line in made.dropped]
            parts += [text[at : step.shown.span[0]], made.text]
            at = step.shown.span[1]
    return PageRun(path, "".join([*parts, text[at:]]), tuple(messages))


def run_pages(paths: list[Path], demo_folder: Path | None) -> Iterator[PageRun]:
    """Run pages, two at a time, each in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="stopgap-pages-") as name:
        top = Path(name)
        made = demo_folder or top / "demo"
        made.mkdir(exist_ok=True)
        demo = make_demo(made)

        def one(path: Path) -> PageRun:
            return run_page(path, demo, top / _name(path).replace("/", "-"))

        with ThreadPoolExecutor(2) as pool:
            yield from pool.map(one, paths)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the pages, and write their outputs anew.")
    parser.add_argument("pages", nargs="*", type=Path, help="pages (default: all that run)")
    parser.add_argument("--check", action="store_true", help="change nothing; leave with 1 where a page is not right")
    parser.add_argument("--demo", type=Path, metavar="FOLDER", help="keep the demo in this folder for the next time")
    arguments = parser.parse_args()
    pages = [page.resolve() for page in arguments.pages] or runnable_pages()
    failed = False
    for ran in run_pages(pages, arguments.demo and arguments.demo.resolve()):
        is_new = ran.text != ran.path.read_text("utf-8")
        has_ended = any("left with" in message for message in ran.messages)
        failed = failed or has_ended or (arguments.check and bool(ran.messages))
        print(f"{_name(ran.path)}: {'new outputs' if is_new else 'as it was'}", *ran.messages, sep="\n  ")
        if is_new and not arguments.check:
            ran.path.write_text(ran.text, "utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
