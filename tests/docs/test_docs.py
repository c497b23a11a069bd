"""Every command, option, variable, field, view and link is documented, and the documents hold together."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from stopgap.base.errors import (
    InputError,
    MissingDataError,
    NotFoundError,
    RefusedError,
    StopgapError,
    UnreachableError,
    UsageError,
)
from stopgap.base.request import request_fields
from stopgap.cli.app import app
from stopgap.lake.engines.engine_options import EngineRequest
from stopgap.lake.schema import VIEW_COLUMNS
from stopgap.lake.snapshot import opened
from stopgap.measures.backfill import results
from stopgap.measures.backfill.run import measure
from stopgap.panel import episodes
from stopgap.panel.prepare import measure_options

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
SOURCES = sorted((ROOT / "src" / "stopgap").rglob("*.py"))
PAGES = [
    ROOT / "README.md",
    ROOT / "AGENTS.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *(page for under in ("*.md", "docs/*.md", "labels/*/*.md") for page in sorted(ROOT.glob(f"packages/*/{under}"))),
]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
# Written in pieces, so that this file does not name what it looks for.
MACHINE_PATHS = re.compile("|".join(rf"(?<![\w.~-])/{name}(?=[/\s'\"`),]|$)" for name in ("work", "tmp", "root")))


def page(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")


@dataclass(frozen=True)
class Command:
    """A command, its path and whether it does something when called alone."""

    path: str
    command: Any
    is_callable: bool

    @property
    def options(self) -> list[str]:
        """Its option strings, such as ``--lake``."""
        return [name for parameter in self.command.params for name in parameter.opts if name.startswith("-")]

    @property
    def arguments(self) -> list[str]:
        """Its arguments as the help shows them."""
        return [p.metavar or p.name.upper() for p in self.command.params if not p.opts[0].startswith("-")]


def walk(command: Any, path: str) -> Iterator[Command]:
    children = getattr(command, "commands", {})
    yield Command(path, command, not children or command.invoke_without_command)
    for name, child in children.items():
        yield from walk(child, f"{path} {name}")


COMMANDS = list(walk(typer.main.get_command(app), "stopgap"))[1:]
SERVING = ("stopgap mcp", "stopgap serve")
"""Commands that answer others until they are stopped, and print no answer of their own."""
COMMON = {"--lake", "--format", "--output", "--full", "--notes", "--help"}
OF_ENGINE = {field.flag for field in request_fields(EngineRequest)}


def sections() -> dict[str, str]:
    """Command path -> its section in the reference."""
    parts = re.split(r"^#{2,3} (stopgap .*)$", page("commands.md"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_walk_finds_the_commands_of_the_contract() -> None:
    paths = {command.path.removeprefix("stopgap ") for command in COMMANDS}
    assert {"demo", "measure", "brief", "import", "query", "doctor", "lake export", "episodes check"} <= paths


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.path)
class TestEachCommand:
    def test_has_its_section(self, command: Command) -> None:
        assert not command.is_callable or command.path in sections()

    def test_has_every_option_and_argument_in_its_section(self, command: Command) -> None:
        section = sections().get(command.path, "")
        known = COMMON | (OF_ENGINE if "--engine" in command.options else set())
        missing = [option for option in command.options if option not in section and option not in known]
        missing += [name for name in command.arguments if f"{name}" not in section]
        assert not missing

    def test_has_an_example_in_its_help_and_its_section(self, command: Command) -> None:
        if command.is_callable:
            assert "Example: stopgap" in (command.command.help or "")
            assert f"Example: `{command.path}" in sections()[command.path]

    def test_takes_lake_and_format(self, command: Command) -> None:
        needed = {"--lake"} if command.path in SERVING else {"--lake", "--format"}
        assert not command.is_callable or needed <= set(command.options)


def test_common_options_are_explained_once() -> None:
    head = page("commands.md").split("## Formats")[0]
    assert all(f"`{option}" in head for option in COMMON)


def test_options_of_the_engine_are_explained_once_with_the_commands_that_take_them() -> None:
    text = page("commands.md").split("### Engine\n")[1].split("\nWords that stand for values")[0]
    assert all(f"`{option}" in text for option in OF_ENGINE)
    told, _, _ = text.partition("also take")
    takers = {command.path.removeprefix("stopgap ") for command in COMMANDS if "--engine" in command.options}
    assert set(re.findall(r"`([^`]+)`", told)) == takers


def test_no_section_documents_what_is_not_there() -> None:
    known = {command.path: command for command in COMMANDS}
    assert set(sections()) <= set(known)
    for path, section in sections().items():
        named = set(re.findall(r"^\| .*?\|", section, flags=re.M))
        options = set(re.findall(r"`(--[a-z0-9-]+)", " ".join(named)))
        assert options <= {*known[path].options, *COMMON}, path


@pytest.mark.parametrize(
    "error", [StopgapError, UsageError, InputError, NotFoundError, MissingDataError, RefusedError, UnreachableError]
)
def test_exit_codes_are_documented(error: type[StopgapError]) -> None:
    assert re.search(rf"^\| {error.exit_code} \|", page("commands.md"), flags=re.M)


def test_environment_variables_are_documented() -> None:
    read = {
        node.value
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"STOPGAP_[A-Z_]+", node.value)
    }
    assert {"STOPGAP_LAKE", "STOPGAP_HOME", "STOPGAP_DEBUG"} <= read
    assert all(f"| `{name}` |" in page("commands.md") for name in read)


def keys(document: object) -> set[str]:
    """Every field name in a JSON document, at any depth."""
    if isinstance(document, dict):
        return set(document) | {name for value in document.values() for name in keys(value)}
    if isinstance(document, list):
        return {name for value in document for name in keys(value)}
    return set()


def test_every_field_of_a_finding_is_documented(demo_lake: Path) -> None:
    options = measure_options(goods="machinery-electronics")
    found = keys(measure(demo_lake, "russia-2022", options, keep=False).as_dict())
    declared = {
        field.name
        for kind in vars(results).values()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind)
        for field in dataclasses.fields(kind)
    }
    text = page("measure.md")
    assert len(found) > 60
    assert not {name for name in found | declared if f"`{name}`" not in text}


def warning_pattern(start: str) -> re.Pattern[str]:
    """A warning as the page has it: ``N`` and ``M`` stand for numbers, words in capitals for names."""
    text = re.escape(start).replace("\\ ", " ")
    text = re.sub(r"\b[NM]\b( ?%)?", lambda found: r"[\d.,]+" + ("%" if found[1] else ""), text)
    return re.compile(re.sub(r"\b(REVISION|LEVEL|SOURCE)\b", lambda _: r"\S+", text))


def test_every_warning_of_a_finding_is_documented(demo_lake: Path) -> None:
    table = page("measure.md").split("## Warnings")[1]
    starts = [warning_pattern(start) for start in re.findall(r"^\| ([^|…]+?) (?:…|\|)", table, flags=re.M)]
    seen: set[str] = set()
    for goods, frequency, after in (
        (None, None, None),
        ("chips", None, None),
        ("chpl-2024-02", "M", "2022-03:2022-11"),
        ("eu-833-annex-xxiii", "M", "2022-03:2022-11"),
    ):
        options = measure_options(goods=goods, frequency=frequency, after=after)
        seen |= set(measure(demo_lake, "russia-2022", options, keep=False).warnings)
    assert len(seen) >= 8
    unknown = [warning for warning in seen if not any(start.match(warning) for start in starts)]
    assert not unknown


def test_every_view_and_column_is_documented(demo_lake: Path) -> None:
    text = page("lake.md")
    views = ("trade_aggregates", "trade_breakdowns", "reported", "receipts", "findings", "declarations", "listed")
    with opened(demo_lake) as (con, _):
        columns = {view: [row[0] for row in con.sql(f"DESCRIBE {view}").fetchall()] for view in ("trade", *views)}
    assert columns["trade"] == VIEW_COLUMNS
    for view, names in columns.items():
        assert f"`{view}`" in text
        assert not [name for name in names if f"`{name}`" not in text], view


def test_every_field_of_an_episode_is_documented() -> None:
    text = page("episodes.md")
    rows = dict(re.findall(r"^\| `(\w+)` \| (yes|no) \|", text, flags=re.M))
    assert rows == {name: "yes" if needed else "no" for name, needed in episodes._FIELDS.items()}
    assert all(f"`{name}`" in text for name in ("from", "to", "min_months", *episodes.episode_names()))


def test_the_example_episode_is_a_valid_one() -> None:
    [example] = re.findall(r"^```yaml\n(.*?)^```$", page("episodes.md"), flags=re.M | re.S)
    assert episodes.read_episode(example, label="episodes.md").target == "RUS"


def anchors(text: str) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.M | re.S)
    broken = []
    for link in LINK.findall(text):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        place, _, anchor = link.partition("#")
        target = (path.parent / place).resolve() if place else path
        if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
            broken.append(link)
    assert not broken


def test_pages_that_messages_point_to_are_there() -> None:
    named = {name for path in SOURCES for name in re.findall(r"docs/[\w/-]+\.md", path.read_text("utf-8"))}
    assert named
    assert not {name for name in named if not (ROOT / name).exists()}


def test_no_page_or_source_names_a_path_of_a_machine() -> None:
    folders = ("src", "tests", "docs", "tools", "bench", "packages")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".md", ".yml")]
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in [*files, *PAGES[:3], ROOT / "Makefile", ROOT / "pyproject.toml"]
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if MACHINE_PATHS.search(line)
    ]
    assert len(files) > 100
    assert not found


def test_the_search_for_machine_paths_finds_one() -> None:
    assert MACHINE_PATHS.search("see /" + "work/shared")
    assert MACHINE_PATHS.search("'/" + "tmp'")
    assert not MACHINE_PATHS.search("docs/" + "work/x and a /workable thing")
