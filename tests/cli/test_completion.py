"""Completion of the shell: what is offered, in each shell, and that nothing is printed, written or run besides."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from stopgap.base.request import Completes
from stopgap.base.settings import Settings
from stopgap.cli.app import COMMANDS, app
from stopgap.cli.terminal.completion import ASKED, SCRIPTS, answer
from stopgap.completion_values import SERVICES, SOURCES, values_of

PYTHON_PATH = os.pathsep.join(path for path in sys.path if path)
SHELLS = [
    pytest.param(name, marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed"))
    for name in SCRIPTS
]


def offered(capsys: pytest.CaptureFixture[str], *words: str, shell: str = "bash") -> list[str]:
    """What a shell is told for a line of these words, with the cursor at the end of the last."""
    line = {"COMP_WORDS": "\n".join(["stopgap", *words]), "COMP_CWORD": str(len(words))}
    assert answer(typer.main.get_command(app), {ASKED: f"complete_{shell}", **line}) == 0
    said = capsys.readouterr()
    assert said.err == ""
    return [line for line in said.out.split("\n") if line]


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A folder with the small files of a lake: three vintages, an index of lists, claims, alerts."""
    folder = tmp_path / "lake"
    log = folder / "tables" / "listed_facts" / "_delta_log"
    log.mkdir(parents=True)
    for number in range(3):
        note = {"vintage": f"v{number + 1}", "committed": "2026-01-02T03:04:05Z", "receipts": [{"file_name": "a.csv"}]}
        stats = {"minValues": {"list": "un", "family": "un"}, "maxValues": {"list": "un", "family": "un"}}
        actions = [{"commitInfo": {"stopgap": json.dumps(note)}}, {"add": {"path": "p", "stats": json.dumps(stats)}}]
        (log / f"{number:020}.json").write_text("\n".join(map(json.dumps, actions)) + "\n", "utf-8")
    index = folder / "screening" / "index-0"
    index.mkdir(parents=True)
    (index / "about.json").write_text('{"formats": {"eu-833-2014-IV": "eu-journal", "eu-833-2014": "eu-journal"}}')
    (folder / "claims").mkdir()
    events = [
        {"event": "registered", "id": "c-1", "claim": {"title": "first"}},
        {"event": "registered", "id": "c-2", "claim": {"title": "a;$(touch x)\u202e"}},
        {"event": "withdrawn", "id": "c-1"},
    ]
    (folder / "claims" / "log.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    (folder / "alerts").mkdir()
    raised = {"event": "raised", "id": "a-1", "alert": {"supplier": "CHN", "good": "854231", "month": "2024-01"}}
    (folder / "alerts" / "log.jsonl").write_text(json.dumps(raised) + "\n")
    return folder


class TestOffered:
    def test_commands_without_importing_one(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert offered(capsys, "") == list(COMMANDS)
        assert offered(capsys, "me") == ["measure"]
        assert offered(capsys, "me", shell="zsh") == ["measure\tMeasure suspended trade and who backfills it."]

    def test_commands_of_a_group(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert {"vintages", "check", "compact", "withdraw", "export", "quality"} <= set(offered(capsys, "lake", ""))

    def test_options_and_choices(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert offered(capsys, "measure", "--form") == ["--format"]
        assert offered(capsys, "measure", "--format", "") == ["table", "json", "csv", "parquet", "md"]

    def test_episodes_and_files_of_them(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for name in ("qatar-mine.yml", "qatar-mine.txt", "other.yml"):
            (tmp_path / name).touch()
        assert offered(capsys, "measure", "qatar") == ["qatar-2017", "qatar-mine.yml"]
        assert offered(capsys, "measure", "./q") == []

    def test_goods_lists_and_codes(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert offered(capsys, "measure", "x", "--goods", "chi") == ["chip-making-machines", "chips"]
        codes = offered(capsys, "measure", "x", "--goods", "8542", shell="fish")
        assert all(line.startswith("8542") and len(line.split("\t")[0]) == 6 for line in codes)
        assert any(line.startswith("854231\tElectronic integrated circuits") for line in codes)
        assert offered(capsys, "measure", "x", "--goods", "chips,7") == [f"chips,{n}" for n in (*range(70, 77), 78, 79)]

    def test_economies_and_groups_in_the_case_that_is_typed(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert offered(capsys, "series", "--from", "EU") == ["EU", "EU27", "EURO-AREA"]
        assert offered(capsys, "series", "--to", "kg", shell="zsh") == ["kgz\tKyrgyzstan"]
        assert offered(capsys, "series", "--to", "EU27,KG") == ["EU27,KGZ"]

    def test_an_economy_of_the_past_is_not_offered(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert "SUN" not in offered(capsys, "economies", "show", "SU")

    @pytest.mark.parametrize(("words", "value"), [(["--from=KG"], "--from=KGZ"), (["--from", "=", "KG"], "KGZ")])
    def test_an_option_with_its_value_in_one_word(
        self, capsys: pytest.CaptureFixture[str], words: list[str], value: str
    ) -> None:
        """bash splits at ``=``, zsh and fish do not."""
        assert offered(capsys, "series", *words) == [value]

    def test_a_quote_that_is_open(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert offered(capsys, "measure", '"qat') == ["qatar-2017"]

    def test_names_in_the_lake(self, capsys: pytest.CaptureFixture[str], lake: Path) -> None:
        named = ["--lake", str(lake)]
        assert offered(capsys, "measure", "x", *named, "--as-of", "") == ["v3", "v2", "v1"]
        assert offered(capsys, "lists", "show", *named, "") == ["eu-833-2014", "eu-833-2014-IV", "un"]
        assert offered(capsys, "alerts", "show", *named, "", shell="fish") == ["a-1\tCHN 854231 2024-01"]
        assert offered(capsys, "claims", "test", *named, "") == ["c-2"]

    def test_the_lake_of_the_environment(
        self, capsys: pytest.CaptureFixture[str], lake: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STOPGAP_LAKE", str(lake))
        assert offered(capsys, "diff", "x", "--from", "v") == ["v3", "v2", "v1"]

    def test_titles_are_left_out_of_a_lake_with_markings(self, capsys: pytest.CaptureFixture[str], lake: Path) -> None:
        words = ["claims", "show", "--lake", str(lake), ""]
        assert offered(capsys, *words, shell="zsh") == ["c-2\ta;$(touch x)\\u202e"]
        (lake / "markings").mkdir()
        assert offered(capsys, *words, shell="zsh") == ["c-2"]

    def test_names_of_keys(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STOPGAP_HOME", str(tmp_path))
        (tmp_path / "keys").mkdir()
        (tmp_path / "keys" / "mine.pub.json").touch()
        (tmp_path / "trust.jsonl").write_text('{"event": "trusted", "as": "theirs", "own": false}\n')
        assert offered(capsys, "keys", "show", "") == ["mine", "theirs"]


def every_parameter(command: Any, path: str = "stopgap") -> Iterator[tuple[str, Any]]:
    for parameter in command.params:
        yield path, parameter
    for name, child in getattr(command, "commands", {}).items():
        yield from every_parameter(child, f"{path} {name}")


def test_what_takes_an_episode_list_economy_vintage_or_claim_completes_it() -> None:
    """By the placeholder in the help text; periods, days, names of firms and texts are the user's own."""
    named = {"EPISODE", "LIST", "ECONOMY", "ECONOMIES", "ISO3", "ISO3,...", "VINTAGE", "MAPPING", "CLAIM", "MARKING"}
    found = [
        (path, parameter.name, parameter._custom_shell_complete is not None)
        for path, parameter in every_parameter(typer.main.get_command(app))
        if parameter.metavar in named
    ]
    assert len(found) > 60
    assert [each for each in found if not each[2]] == []


class TestNothingBesides:
    @pytest.mark.parametrize(
        "words", [["nowhere", "x"], ["measure", "--nothing", "x", "--goods", ""], ["measure", "x", "--as-of", ""]]
    )
    def test_a_line_that_does_not_hold_together(self, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
        offered(capsys, *words)

    @pytest.mark.parametrize("content", [b"\xff\xfe", b"[1, 2", b"{}\n[]\n", b"null\n"])
    def test_a_damaged_lake(self, capsys: pytest.CaptureFixture[str], lake: Path, content: bytes) -> None:
        for path in [each for each in lake.rglob("*") if each.is_file()]:
            path.write_bytes(content)
        for command in (["measure", "x"], ["lists", "show"], ["claims", "show"], ["alerts", "show"]):
            option = ["--as-of"] if command[0] == "measure" else []
            offered(capsys, *command, "--lake", str(lake), *option, "")

    def test_a_value_that_a_shell_could_run_is_not_offered(
        self, capsys: pytest.CaptureFixture[str], lake: Path
    ) -> None:
        log = lake / "claims" / "log.jsonl"
        hostile = ["c-$(id)", "c-`id`", "c-;id", "c-'", 'c-"', "c-*", "c- x", "c-\n"]
        log.write_text("".join(json.dumps({"event": "r", "id": name, "claim": {}}) + "\n" for name in hostile))
        assert offered(capsys, "claims", "show", "--lake", str(lake), "c") == []

    def test_no_lake_is_made(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        for kind in Completes:
            list(values_of(kind, "", Settings(tmp_path / "none", tmp_path / "home")))
        offered(capsys, "measure", "x", "--lake", str(tmp_path / "none"), "--as-of", "")
        assert list(tmp_path.iterdir()) == []

    def test_no_heavy_library_is_imported(self, lake: Path) -> None:
        code = (
            "import sys, os\n"
            "from stopgap.cli.main import complete\n"
            "for line in (['lists', 'show', '--lake', sys.argv[1], ''], ['measure', 'x', '--goods', '85'],\n"
            "             ['import', '--source', ''], ['measure', 'x', '--lake', sys.argv[1], '--as-of', '']):\n"
            "    os.environ |= {'_STOPGAP_COMPLETE': 'complete_zsh', 'COMP_WORDS': '\\n'.join(['stopgap', *line]),\n"
            "                   'COMP_CWORD': str(len(line))}\n"
            "    complete()\n"
            "print(sorted({'pyarrow', 'pandas', 'duckdb', 'numpy', 'rich'} & set(sys.modules)))\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(lake)], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONPATH": PYTHON_PATH},
        )  # fmt: skip
        assert done.stdout.rstrip().endswith("[]"), done.stdout[-300:]
        assert "un\n" in done.stdout
        assert "comtrade" in done.stdout


def test_the_sources_are_those_of_the_registry() -> None:
    from stopgap.sources.live.registry import services
    from stopgap.sources.registry import BUILT_IN

    assert set(SOURCES) == set(BUILT_IN)
    assert set(SERVICES) == set(services())


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Environment with a home folder of its own, and a ``stopgap`` on the path."""
    program = tmp_path / "bin" / "stopgap"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{PYTHON_PATH}" exec "{sys.executable}" -m stopgap "$@"\n')
    program.chmod(0o755)
    folder = tmp_path / "home"
    folder.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ZDOTDIR", "STOPGAP_"))}
    return {**kept, "HOME": str(folder), "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}


def in_shell(shell: str, script: str, env: dict[str, str]) -> str:
    flags = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    done = subprocess.run(
        [shell, *flags, "-c", script], env=env, cwd=env["HOME"], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    return done.stdout


# What a shell's own completion would do with the line: bash and zsh call the function, fish is asked.
_ASK = {
    "bash": "source ~/.bash_completions/stopgap.sh\nCOMP_WORDS=({words})\nCOMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n"
    '_stopgap_completion stopgap\nprintf "%s\\n" "${{COMPREPLY[@]}}"',
    "zsh": "compdef() {{ : }}\ncompadd() {{ print -l -- $values }}\n_files() {{ print files }}\n"
    "source ~/.zfunc/_stopgap\nwords=({words})\nCURRENT=${{#words}}\n_stopgap",
    "fish": 'source ~/.config/fish/completions/stopgap.fish\ncomplete -C "{words}" | cut -f 1',
}


@pytest.mark.parametrize("shell", SHELLS)
class TestInEachShell:
    def test_installed_it_completes(self, shell: str, home: dict[str, str]) -> None:
        said = in_shell(shell, "stopgap --install-completion; true", home)
        written = [line.partition(": ")[2] for line in said.splitlines() if line.startswith("written")]
        assert [Path(path).read_text("utf-8") for path in written] == [SCRIPTS[shell]]
        for words, values in {
            "stopgap me": ["measure"],
            "stopgap measure russia-2022 --goods chi": ["chip-making-machines", "chips"],
            "stopgap series --from EU27,KG": ["EU27,KGZ"],
        }.items():
            assert sorted(in_shell(shell, _ASK[shell].format(words=words), home).split()) == values

    def test_where_nothing_fits_files_are_offered(self, shell: str, home: dict[str, str]) -> None:
        in_shell(shell, "stopgap --install-completion; true", home)
        (Path(home["HOME"]) / "figures.csv").touch()
        said = in_shell(shell, _ASK[shell].format(words="stopgap import fig"), home).split()
        assert said == {"bash": [], "zsh": ["files"], "fish": ["figures.csv"]}[shell]

    def test_installed_twice_it_stands_once(self, shell: str, home: dict[str, str]) -> None:
        start = Path(home["HOME"]) / {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".none"}[shell]
        if shell != "fish":
            start.write_text("alias ll='ls -l'")
        for _ in range(2):
            in_shell(shell, "stopgap --install-completion; true", home)
        if shell != "fish":
            lines = start.read_text().splitlines()
            assert lines[0] == "alias ll='ls -l'"
            assert len(lines) == 2

    def test_shown_it_is_the_script_and_nothing_is_written(self, shell: str, home: dict[str, str]) -> None:
        assert in_shell(shell, "stopgap --show-completion; true", home) == SCRIPTS[shell]
        assert list(Path(home["HOME"]).rglob("*.sh")) == []


def test_a_shell_that_cannot_be_completed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from stopgap.cli.main import run

    monkeypatch.setattr("shellingham.detect_shell", lambda: ("tcsh", "/bin/tcsh"))
    assert run(["--install-completion"]) == 2
    assert "no completion for tcsh" in capsys.readouterr().err
