"""One line on stderr, where that is a terminal, that says what a command is at until it answers.

It is begun before the heavy imports, drawn by a thread, and imports nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TextIO

DELAY_S = 0.25
"""Seconds until the line is drawn: what is quicker shows nothing."""
_EVERY_S = 0.2
_TIMED_S = 2.0  # seconds from which the line says how long it has taken
_BAR = 10
_NARROW = 40  # columns below which there is no bar
_CLEAR = "\r\x1b[K"


class StatusLine:
    """The line of one command on one stream.

    Signal handlers may call :meth:`end` and :meth:`say`: the lock can be taken again by the thread that holds it.
    """

    def __init__(self, stream: TextIO, name: str, *, delay_s: float = DELAY_S) -> None:
        self._stream = stream
        self._name = name
        self._text = "starting"
        self._share: float | None = None
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._held = 0
        self._is_drawn = False
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._run, args=(delay_s,), name="stopgap-status", daemon=True)
        self._thread.start()

    def say(self, text: str, share: float | None) -> None:
        """Set what is done now, and the share of it that is done; ``None`` where that is not known."""
        with self._lock:
            self._text, self._share = " ".join(text.split()), share

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Within the block the line is not drawn: something else is printed or asked."""
        with self._lock:
            self._held += 1
            self._wipe()
        try:
            yield
        finally:
            with self._lock:
                self._held -= 1

    def end(self) -> None:
        """Take the line away for good."""
        self._ended.set()
        with self._lock:
            self._wipe()

    def _run(self, delay_s: float) -> None:
        pause = delay_s
        while not self._ended.wait(pause):
            pause = _EVERY_S
            with self._lock:
                if not self._held and not self._ended.is_set():
                    self._draw()

    def _draw(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the terminal is gone
            self._stream.write(_CLEAR + self.drawn(_columns(self._stream)))
            self._stream.flush()
            self._is_drawn = True

    def _wipe(self) -> None:
        if self._is_drawn:
            self._is_drawn = False
            with contextlib.suppress(OSError, ValueError):
                self._stream.write(_CLEAR)
                self._stream.flush()

    def drawn(self, columns: int) -> str:
        """Return the line as it stands now, shorter than a number of columns."""
        took = time.monotonic() - self._began
        bar = ""
        if self._share is not None:
            full = round(_BAR * min(max(self._share, 0.0), 1.0))
            bar = f" [{'#' * full}{'.' * (_BAR - full)}]"
        end = f"{bar} {int(took)} s" if took >= _TIMED_S else bar
        text = f"{self._name}: {_plain(self._text)} …"
        if columns < _NARROW:
            end = ""
        room = max(columns - 1 - len(end), 2)
        return (text if len(text) <= room else text[: room - 1] + "…") + end


def _plain(text: str) -> str:
    """Return text without characters that move the cursor or change how a terminal shows what follows."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


_line: StatusLine | None = None
_last: str | None = None
_GROUPS = {
    "alerts",
    "claims",
    "decisions",
    "fetch",
    "keys",
    "lake",
    "lists",
    "markings",
    "ownership",
    "pack",
    "sources",
}
_QUIET = {"-h", "--help", "--version", "--install-completion", "--show-completion"}


def begin(arguments: Sequence[str]) -> None:
    """Begin the line of a command, if one is called and stderr is a terminal that can be drawn on.

    JSON that is piped has no line either: another program reads the answer.
    """
    if not arguments or not _QUIET.isdisjoint(arguments) or "_STOPGAP_COMPLETE" in os.environ:
        return
    is_json = any(word in ("json", "--format=json") for word in arguments)
    if not _is_terminal(sys.stderr) or os.environ.get("TERM") == "dumb" or (is_json and not _is_terminal(sys.stdout)):
        return
    words = arguments[:2] if arguments[0] in _GROUPS and arguments[1:2] and arguments[1].isalpha() else arguments[:1]
    restart(" ".join(["stopgap", *words]))


def restart(name: str) -> None:
    """Draw a line from now on, in place of the one before."""
    global _line, _last
    end()
    _line, _last = StatusLine(sys.stderr, name), name


def again() -> None:
    """Draw a line of the same name, where there was one before: the next round of a command begins."""
    if _last is not None:
        restart(_last)


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


def current() -> StatusLine | None:
    """Return the line that is being drawn; ``None`` where there is none."""
    return _line


def say(text: str, share: float | None = None) -> None:
    """Set what the line says, if there is one."""
    if _line is not None:
        _line.say(text, share)


def end() -> None:
    """Take the line away, before an answer is printed."""
    global _line
    if _line is not None:
        _line.end()
        _line = None


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Within the block no line is drawn: something is printed or asked."""
    if _line is None:
        yield
        return
    with _line.held():
        yield
