"""Every command that a page names, in its text or in a block, exists, and so do its options."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from stopgap.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("packages/*/*.md"))]
CODE = re.compile(r"^```sh\n(?P<block>.*?)^```$|^```.*?^```$|(?P<ticks>`{1,2})(?P<span>[^`]+)(?P=ticks)", re.M | re.S)
COMMAND = re.compile(
    r"(?:^|\$\(|[;|&] *)(?:[A-Z_]+=\S+ +)*stopgap((?: +(?![|&;>#])(?:\"[^\"]*\"|'[^']*'|[^\s\"']+))+)", re.M
)
ROOT_COMMAND = typer.main.get_command(app)


def named(text: str) -> list[str]:
    """What stands behind ``stopgap`` in each command of a page."""
    found = []
    for code in CODE.finditer(text):
        whole = code["block"] if code["block"] is not None else code["span"]
        if whole is None:
            continue
        joined = re.sub(r"\\\n\s*", " ", whole)
        if code["block"] is None:
            joined = " ".join(joined.split())
        found += [match[1].strip() for match in COMMAND.finditer(joined)]
    return found


def unknown(words: str) -> str | None:
    """What is wrong with a command: a name or an option that is not there (``decisions 1`` begins a log, and is none)."""
    command, rest = ROOT_COMMAND, re.sub(r"\"[^\"]*\"|'[^']*'", "TEXT", words).split()
    if re.fullmatch(r"[a-z]+ 1", words):
        return None
    while rest and getattr(command, "commands", None):
        if rest[0].startswith(("-", "…")) or re.fullmatch(r"[A-Z_|`.,:]+", rest[0]):
            break
        name = rest[0].rstrip(".,:)`")
        if name not in command.commands:
            return None if command.invoke_without_command and command is not ROOT_COMMAND else f"no command {name!r}"
        command, rest = command.commands[name], rest[1:]
    options = {name for parameter in command.params for name in parameter.opts} | {"--help", "-h", "--version"}
    given = re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", " ".join(rest))
    wrong = [option for option in given if option not in options]
    return f"no option {wrong[0]}" if wrong else None


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_and_options_that_a_page_names_are_there(path: Path) -> None:
    wrong = {words: what for words in named(path.read_text("utf-8")) if (what := unknown(words))}
    assert not wrong


def test_the_search_finds_a_command_and_an_option_that_are_not_there() -> None:
    text = "`stopgap measure X --nothing`\n\n```sh\nSTOPGAP_HOME=a stopgap kees new b\nstopgap lake quality --table stops\n```\n"
    assert [unknown(words) for words in named(text)] == ["no option --nothing", "no command 'kees'", None]
