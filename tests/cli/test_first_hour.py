"""Mistakes of the first hour at a terminal: each says what, where and the fix, with the nearest of what there is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stopgap.cli.main import run

Run = Callable[..., Any]


def said(ran: Any) -> tuple[str, str, str]:
    """What, where and fix of an error on stderr."""
    what, where, fix = ran.err.splitlines()[:3]
    assert where.startswith("  where: ")
    assert fix.startswith("  fix:   ")
    assert "Traceback" not in ran.err
    return what, where.removeprefix("  where: "), fix.removeprefix("  fix:   ")


@pytest.mark.parametrize("episode", ["./x.toml", "x.yaml", "folder/x", "x.yml"])
@pytest.mark.parametrize("command", [("measure",), ("routes",), ("brief", "--output", "x.html"), ("episodes", "check")])
def test_a_path_that_is_not_there_is_no_unknown_episode(
    command: tuple[str, ...], episode: str, stopgap_run: Run
) -> None:
    ran = stopgap_run(*command, episode)
    what, where, _ = said(ran)
    assert ran.code == 4
    assert what == f"no file at {Path(episode)}"
    assert where == str(Path(episode).absolute())


@pytest.mark.parametrize(
    ("words", "what", "near"),
    [
        (("measure", "rusia-2022"), "no episode is called 'rusia-2022'", "did you mean russia-2022?"),
        (("measure", "Russia_2022"), "no episode is called 'Russia_2022'", "did you mean russia-2022?"),
        (("measure", "russia"), "no episode is called 'russia'", "did you mean russia-2022 or russia-2022-energy?"),
        (("episodes", "show", "qatar"), "no episode is called 'qatar'", "did you mean qatar-2017?"),
        (("goods", "show", "chip"), "no goods list is called 'chip'", "chips"),
        (("goods", "show", "optcal"), "no goods list is called 'optcal'", "optical"),
        (("goods", "show", "foo:bar"), "no goods are called 'foo:bar'", "HS2017:8542"),
        (("goods", "show", "mine.csv"), "no file at mine.csv", "check the path"),
        (("sources", "show", "comtrad"), "no source is called 'comtrad'", "did you mean comtrade?"),
        (("economies", "show", "Rusia"), "no economy or aggregate is called 'Rusia'", "did you mean RUS (Russia)?"),
        (("economies", "show", "Deutschland"), "no economy or aggregate is called 'Deutschland'", "did you mean DEU (Germany)?"),
        (("economies", "show", "Allemagne"), "no economy or aggregate is called 'Allemagne'", "did you mean DEU (Germany)?"),
        (("economies", "show", "turkei"), "no economy or aggregate is called 'turkei'", "did you mean TUR (Türkiye)?"),
        (("economies", "show", "Germny"), "no economy or aggregate is called 'Germny'", "did you mean DEU (Germany)?"),
        (("claims", "test", "none.yml"), "no file at none.yml", "check the path"),
        (("claims", "draft", "none.txt"), "no file at none.txt", "check the path"),
        (("import", "none.csv"), "no file at none.csv", "check the path"),
        (("decisions", "verify", "none.jsonl"), "no file at none.jsonl", "check the path"),
        (("screen", "none.csv"), "no file at none.csv", "--name-column"),
        (("pack", "compare", "a.zip", "b.zip"), "no file at a.zip", "check the path"),
    ],
)  # fmt: skip
def test_what_is_not_there_names_the_nearest(words: tuple[str, ...], what: str, near: str, stopgap_run: Run) -> None:
    ran = stopgap_run(*words)
    assert ran.code == 4
    assert said(ran)[0] == what
    assert near in said(ran)[2]


def test_a_mapping(stopgap_run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    for name, what, near in (
        ("nomap.yml", "no file at nomap.yml", "eurostat-monthly"),
        ("eurostat-month", "no mapping is called 'eurostat-month'", "did you mean eurostat-monthly?"),
    ):
        ran = stopgap_run("import", tmp_path / "a.csv", "--map", name)
        assert (ran.code, said(ran)[0], near in said(ran)[2]) == (4, what, True)


@pytest.mark.parametrize(
    ("words", "fix"),
    [
        (("measure",), "name an episode, such as russia-2022, "),
        (("measure", "russia-2022", "--good", "chips"), "did you mean --goods"),
        (("measure", "russia-2022", "--fromat", "json"), "did you mean --format"),
        (("measure", "russia-2022", "--zzz"), "options are --after, "),
        (("measure", "russia-2022", "chips"), "a goods list is an option: --goods chips"),
        (("measure", "russia-2022", "8542"), "--goods 8542"),
        (("measure", "russia-2022", "--format", "jsn"), "did you mean json"),
        (("--lake", "x", "measure", "russia-2022"), "options stand after the command"),
        (("measur", "russia-2022"), "did you mean measure"),
        (("russia-2022",), "stopgap measure russia-2022"),
        (("keys", "import"), "stopgap import"),
        (("query", "select", "*", "from", "trade"), "put the statement in quotes"),
        (("query",), "SELECT reporter"),
        (("screen", "Kaspersky", "Lab"), "stopgap screen 'Kaspersky Lab'"),
        (("series", "--to", "RUS"), "for example: stopgap series --from "),
        (("pack", "create", "russia-2022"), "for example: stopgap pack create "),
    ],
)
def test_a_wrong_call_says_how_it_is_meant(words: tuple[str, ...], fix: str, stopgap_run: Run) -> None:
    ran = stopgap_run(*words)
    assert ran.code == 2
    assert fix in said(ran)[2]
    assert "--help shows how it is called" in said(ran)[2]


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("2022-1", "2022-01"),
        ("01/2022", "2022-01"),
        ("2022-2023", "2022:2023"),
        ("2023:2022", "2022:2023"),
        ("Q3/2022", "2022Q3"),
    ],
)
def test_a_window_in_another_form(text: str, near: str, stopgap_run: Run) -> None:
    ran = stopgap_run("measure", "russia-2022", "--after", text)
    assert ran.code == 3
    assert said(ran)[2].startswith(f"did you mean {near}? Give FROM:TO")


@pytest.mark.parametrize("goods", ["HS8542", "hs 8542", "85.42", "8542.31", "8542 31", "8542.31.10", "HS2017:8542.31"])
def test_codes_as_tariffs_write_them(goods: str, stopgap_run: Run) -> None:
    assert stopgap_run("goods", "show", goods).code == 0


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda path: None, "no such folder"),
        (lambda path: path.write_text("x"), "it is a file"),
        (lambda path: path.mkdir(), "its folder is empty"),
        (lambda path: (path.mkdir(), (path / "x.txt").write_text("x")), "the folder holds other files"),
    ],
)
@pytest.mark.parametrize(
    "words", [("measure", "russia-2022"), ("query", "SELECT count(*) FROM trade"), ("lake", "export", "out")]
)
def test_a_lake_that_is_none(
    words: tuple[str, ...], make: Callable[[Path], Any], what: str, stopgap_run: Run, tmp_path: Path
) -> None:
    make(tmp_path / "l")
    ran = stopgap_run(*words, "--lake", tmp_path / "l")
    assert ran.code == 4
    assert what in said(ran)[0]
    assert "TLP:RED" not in ran.err


def test_an_empty_answer_says_that_no_lake_is_there(stopgap_run: Run, tmp_path: Path) -> None:
    for words in (("lists",), ("claims", "list"), ("lake", "vintages"), ("alerts", "list")):
        ran = stopgap_run(*words, "--lake", tmp_path / "none")
        assert (ran.code, f"there is no lake at {tmp_path / 'none'}" in ran.err) == (0, True)
        (tmp_path / "empty").mkdir(exist_ok=True)
        assert "no lake" not in stopgap_run(*words, "--lake", tmp_path / "empty").err


def test_a_draft_that_finds_nothing_says_what_was_looked_for(stopgap_run: Run, tmp_path: Path) -> None:
    for name, text, note in (
        ("a.txt", "The weather was fine.", "Looked for: who said that an economy"),
        ("b.txt", "Сегодня хорошая погода, завтра будет дождь.", "Cyrillic letters, which are not read"),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        ran = stopgap_run("claims", "draft", tmp_path / name, "--reader", "rules")
        assert (ran.code, note in ran.out) == (0, True)


@pytest.mark.parametrize(
    "word", ["🙂", "‮abc", "NaN", "", " ", "\x1b[31m", "a" * 5000, "../../etc/passwd", "--", "-1", "%00"]
)
@pytest.mark.parametrize("words", [("measure",), ("goods", "show"), ("economies", "show"), ("query",), ("screen",)])
def test_odd_words_end_in_three_lines_or_an_answer(words: tuple[str, ...], word: str, stopgap_run: Run) -> None:
    ran = stopgap_run(*words, word)
    assert ran.code in (0, 2, 3, 4, 5)
    assert "Traceback" not in ran.err
    assert "a fault in Stopgap" not in ran.err


def test_python_says_the_nearest_option(tmp_path: Path) -> None:
    from stopgap.api import Lake

    with pytest.raises(TypeError, match="did you mean goods"):
        Lake(tmp_path).measure("russia-2022", good="chips")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="did you mean mapping"):
        Lake(tmp_path).import_files([], map="x")  # type: ignore[call-arg]


def process(*words: str, shell: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Runs a command in a process of its own, through a shell that closes or fills its streams."""
    call = " ".join([sys.executable, "-m", "stopgap", *words, shell])
    return subprocess.run(
        ["bash", "-c", call], capture_output=True, env={**os.environ, **environment}, timeout=120, check=False
    )


@pytest.mark.one_in(3)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_full_stdout_is_an_error_without_traceback(form: str) -> None:
    done = process("episodes", "--format", form, shell=">/dev/full")
    assert done.returncode == 3
    assert done.stderr.decode().splitlines()[0].startswith("the answer cannot be printed: ")


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("words", "shell", "code"),
    [
        (("episodes",), ">&-", 0),
        (("episodes", "--format", "json"), ">&-", 0),
        (("import", "none.csv"), "2>&-", 4),
        (("episodes",), "<&- >&- 2>&-", 0),
        (("economies",), "| head -1 >/dev/null; exit ${PIPESTATUS[0]}", 0),
        (("economies", "--format", "json"), "| head -1 >/dev/null; exit ${PIPESTATUS[0]}", 0),
    ],
)
def test_closed_and_broken_streams_end_quietly(words: tuple[str, ...], shell: str, code: int) -> None:
    done = process(*words, shell=shell)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr
    assert b"fault in Stopgap" not in done.stderr


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "environment", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "cp1252"}]
)
def test_other_locales_and_encodings(environment: dict[str, str]) -> None:
    done = process("economies", "show", "TUR", **environment)
    assert done.returncode == 0
    assert "Türkiye" in done.stdout.decode("utf-8")


def test_a_current_folder_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert run(["measure", "x.yml"]) == 4
    assert "no file at x.yml" in capsys.readouterr().err
