"""The manual pages: one for each command, made from the reference, in the wheel, and without a fault of roff."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import typer

from stopgap.cli.app import COMMANDS, app

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from build_man import pages, write_pages  # noqa: E402

PAGES = pages()


def shown(name: str) -> str:
    """A page's text without roff's requests and escapes."""
    text = re.sub(r"\\f[BIR]|\\&", "", PAGES[name])
    for escape, character in {r"\-": "-", r"\(aq": "'", r"\(ga": "`", r"\(ha": "^", r"\(ti": "~", r"\e": "\\"}.items():
        text = text.replace(escape, character)
    return text


def test_there_is_a_page_for_each_command() -> None:
    assert list(PAGES) == ["stopgap", *(f"stopgap-{name}" for name in COMMANDS)]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_names_every_command_and_option(name: str) -> None:
    def walk(command: object, path: str) -> None:
        children = getattr(command, "commands", {})
        if not children or command.invoke_without_command:  # type: ignore[attr-defined]
            assert path in text
        for parameter in command.params:  # type: ignore[attr-defined]
            for option in parameter.opts:
                assert not option.startswith("--") or option in text, f"{path} {option}"
        for each, child in children.items():
            walk(child, f"{path} {each}")

    text = shown(f"stopgap-{name}")
    walk(typer.main.get_group(app).commands[name], f"stopgap {name}")
    assert f"stopgap-{name} - {COMMANDS[name][1].rstrip('.')}\n" in text


def test_the_main_page_has_the_general_parts() -> None:
    text = shown("stopgap")
    headings = re.findall(r"^\.SH (.*)$", text, re.M)
    assert headings == [
        "NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "COMPLETION", "FORMATS", "EXIT STATUS",
        "ENVIRONMENT", "EXAMPLES", "SEE ALSO",
    ]  # fmt: skip
    assert "\nSTOPGAP_LAKE\nFolder of the lake" in text
    assert "\n2\nwrong usage: an unknown option" in text
    assert all(f"stopgap-{name}(1)" in text for name in COMMANDS)


@pytest.mark.parametrize("name", PAGES)
class TestEachPage:
    def test_holds_no_markdown_and_no_day(self, name: str) -> None:
        text = re.sub(r"\n\.nf\n.*?\n\.fi\n", "\n", shown(name), flags=re.S)
        assert not re.search(r"\]\(|\*\*|^\|", text, re.M)
        assert re.match(rf'\.TH {name.upper()} 1 "" "Stopgap [\d.]+" "Stopgap manual"\n', text)

    @pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc is not installed")
    def test_has_no_fault(self, name: str, tmp_path: Path) -> None:
        [page] = [path for path in write_pages(tmp_path) if path.stem == name]
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True)
        assert [line for line in done.stdout.splitlines() if "missing date" not in line] == []


def test_a_line_that_roff_would_take_for_a_request_is_text() -> None:
    from build_man import _inline

    assert _inline(".yml files, `'quoted'` and a\\b") == r"\&.yml files, \fB\(aqquoted\(aq\fR and a\eb"
    assert _inline("[`import`](x.md) of **all**") == r"\fBimport\fR of \fBall\fR"


def test_the_wheel_installs_them(tmp_path: Path) -> None:
    from hatchling.builders.wheel import WheelBuilder

    [wheel] = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        held = {Path(name).name: archive.read(name).decode() for name in archive.namelist() if "share/man/man1" in name}
    assert held == {f"{name}.1": text for name, text in PAGES.items()}
