"""The line that says what a command is at, on a terminal of its own."""

from __future__ import annotations

import io
import os
import pty
import select
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest
from cli_calls import WINDOWS

from stopgap.cli.terminal import status_line
from stopgap.cli.terminal.status_line import StatusLine

PATIENCE_S = 60.0
CLEARED = b"\r\x1b[K"

SLOW = """
import sys
import stopgap.panel.engine as engine

taken = engine.take_snapshot

def slow(*given, **named):
    sys.stdin.readline()  # until the test has seen the line
    return taken(*given, **named)

engine.take_snapshot = slow
from stopgap.__main__ import main
main()
"""


class Screen:
    """The far side of a terminal: what was written to it."""

    def __init__(self, end: int) -> None:
        self._end = end
        self.seen = b""

    def until(self, wanted: bytes) -> bytes:
        """Read until a text is there, and return what was read so far."""
        while wanted not in self.seen:
            self._read(PATIENCE_S)
        return self.seen

    def rest(self) -> bytes:
        """Read what is there now."""
        while self._read(0.0):
            pass
        return self.seen

    def _read(self, seconds: float) -> bool:
        if not select.select([self._end], [], [], seconds)[0]:
            if seconds:
                raise AssertionError(f"nothing more came after {self.seen!r}")
            return False
        self.seen += os.read(self._end, 65536)
        return True


@contextmanager
def terminal() -> Iterator[tuple[Screen, TextIO]]:
    """A screen, and the stream that writes to it."""
    far, near = pty.openpty()
    termios.tcsetwinsize(near, (24, 100))
    with os.fdopen(near, "w", encoding="utf-8") as stream:
        yield Screen(far), stream
    os.close(far)


def test_the_line_says_what_is_done_and_goes_before_the_answer() -> None:
    with terminal() as (screen, stream):
        line = StatusLine(stream, "stopgap measure", delay_s=0)
        screen.until(b"stopgap measure: starting")
        line.say("goods list 3 of 9", 2 / 9)
        screen.until("goods list 3 of 9 … [##........]".encode())
        line.end()
        assert screen.rest().endswith(CLEARED)
        line.say("more", None)
        assert screen.rest().endswith(CLEARED)


def test_what_is_quick_shows_nothing() -> None:
    with terminal() as (screen, stream):
        line = StatusLine(stream, "stopgap measure", delay_s=3600)
        line.say("reading the lake", None)
        line.end()
        assert screen.rest() == b""


def test_nothing_is_drawn_while_something_is_asked() -> None:
    with terminal() as (screen, stream):
        line = StatusLine(stream, "stopgap pack create", delay_s=0)
        screen.until(b"starting")
        with line.held():
            before = screen.rest()
            assert before.endswith(CLEARED)
            line.say("writing the pack", None)
            stream.write("Passphrase: ")
            stream.flush()
            assert screen.until(b"Passphrase: ") == before + b"Passphrase: "
        screen.until(b"writing the pack")
        line.end()


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_the_line_is_shorter_than_the_terminal(columns: int) -> None:
    line = StatusLine(io.StringIO(), "stopgap counterfactual", delay_s=3600)
    line.say("testing hubs against chance for machinery-electronics and more", 0.5)
    drawn = line.drawn(columns)
    assert len(drawn) < columns
    assert ("[#####.....]" in drawn) == (columns >= 40)
    line.end()


def test_what_a_file_says_moves_no_cursor() -> None:
    line = StatusLine(io.StringIO(), "stopgap import", delay_s=3600)
    line.say("reading \x1b[2J\u202egnp\n.csv", None)
    assert line.drawn(100) == "stopgap import: reading ?[2J?gnp .csv …"
    line.end()


def test_nothing_is_begun_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    status_line.begin(["measure", "russia-2022"])
    status_line.say("measuring")
    status_line.again()
    assert status_line.current() is None


@pytest.mark.parametrize(
    ("words", "begun"),
    [
        ([], None),
        (["measure", "--help"], None),
        (["--version"], None),
        (["measure", "russia-2022", "--format", "json"], None),  # its answer goes to another program
        (["measure", "russia-2022"], "stopgap measure: starting …"),
        (["pack", "create", "russia-2022"], "stopgap pack create: starting …"),
        (["lists", "--lake", "x"], "stopgap lists: starting …"),
    ],
)
def test_which_commands_have_a_line(monkeypatch: pytest.MonkeyPatch, words: list[str], begun: str | None) -> None:
    with terminal() as (_, stream):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(sys, "stdout", io.StringIO())
        monkeypatch.setenv("TERM", "xterm")
        status_line.begin(words)
        line = status_line.current()
        assert (line and line.drawn(100)) == begun
        status_line.end()
        monkeypatch.setenv("TERM", "dumb")
        status_line.begin(words)
        assert status_line.current() is None


def called(lake: Path, processors: Path, *more: str) -> list[str]:
    words = ["measure", "russia-2022", "--goods", str(processors), *WINDOWS, "--lake", str(lake), *more]
    return [sys.executable, "-c", SLOW, *words]


@pytest.mark.prove_only
def test_a_slow_command_says_that_it_reads_the_lake(two_releases: Path, processors: Path) -> None:
    with terminal() as (screen, stream):
        environment = dict(os.environ, TERM="xterm")
        running = subprocess.Popen(
            called(two_releases, processors), stdin=subprocess.PIPE, stdout=stream, stderr=stream, env=environment
        )
        before = screen.until(b"stopgap measure: reading the lake")
        assert b"supplier" not in before
        assert running.stdin is not None
        running.stdin.write(b"go on\n")
        running.stdin.close()
        drawn = screen.until(b"marking: TLP:CLEAR")
        assert running.wait(PATIENCE_S) == 0
        last = drawn.rindex(b"stopgap measure: ")
        answer = drawn.index(CLEARED, last) + len(CLEARED)
        assert b"russia-2022, processors" in drawn[answer:]
        assert b"\x1b[K" not in drawn[answer:]


def test_ctrl_c_takes_the_line_away(two_releases: Path, processors: Path) -> None:
    import signal

    with terminal() as (screen, stream):
        environment = dict(os.environ, TERM="xterm")
        running = subprocess.Popen(
            called(two_releases, processors), stdin=subprocess.PIPE, stdout=stream, stderr=stream, env=environment
        )
        screen.until(b"reading the lake")
        running.send_signal(signal.SIGINT)
        seen = screen.until(b"reported as done")
        running.communicate(timeout=PATIENCE_S)
        assert seen.rstrip().endswith(CLEARED + b"stopped; the lake holds what was reported as done")


def test_what_is_piped_has_no_line(two_releases: Path, processors: Path) -> None:
    done = subprocess.run(called(two_releases, processors), input=b"go on\n", capture_output=True, check=True)
    assert b"stopgap measure:" not in done.stderr + done.stdout
    assert b"\x1b" not in done.stderr


def test_a_lake_of_the_python_api_tells_only_who_asked(two_releases: Path, processors: Path) -> None:
    from stopgap.api import Lake
    from stopgap.lake.engines.open_engines import close_engines

    heard: list[str] = []
    asked = {"goods": str(processors), "baseline": WINDOWS[1], "after": WINDOWS[3]}
    Lake(two_releases).measure("russia-2022", **asked)
    assert not heard
    close_engines()  # else the same question is answered at once
    Lake(two_releases, lambda text, share: heard.append(text)).measure("russia-2022", **asked)
    assert heard[0] == "reading the lake"
    assert any(text.startswith("measuring ") for text in heard)
