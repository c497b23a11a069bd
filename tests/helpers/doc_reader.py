"""A reader who runs a page: a new folder, a new home, one shell and one interpreter, commands in the order of the page."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from doc_blocks import Block, Step

DEMO = "demo --output out --lake out/lake"
"""The demo as pages call it. It is run once; each page gets a copy of what it left and printed."""
WIDTH = "100"

# What a reader would see in an interpreter or a notebook: what is printed, and the value of a last expression.
_INTERPRETER = """
import ast, contextlib, io, json, os, sys, traceback
names = {"__name__": "__main__"}
replies, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    asked = json.loads(line)
    os.chdir(asked["folder"])
    os.environ.update(asked["environment"])
    said, code = io.StringIO(), 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            tree = ast.parse(asked["code"])
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, "<page>", "exec"), names)
            value = eval(compile(ast.Expression(last.value), "<page>", "eval"), names) if last else None
            if value is not None:
                print(repr(value))
        except BaseException:
            traceback.print_exc()
            code = 1
    replies.write(json.dumps({"output": said.getvalue(), "code": code}) + "\\n")
    replies.flush()
"""


@dataclass(frozen=True)
class Ran:
    """What a block printed (both streams, as on a terminal) and the code that it left with."""

    output: str
    code: int


@dataclass(frozen=True)
class Demo:
    """A finished demo: the folder that holds ``out``, and what the command printed."""

    folder: Path
    printed: Path


def make_demo(folder: Path) -> Demo:
    """Run the demo in a folder, or take the one that is there."""
    printed = folder / "printed.txt"
    if not printed.exists():
        ran = subprocess.run(
            [sys.executable, "-m", "stopgap", *DEMO.split()], cwd=folder, capture_output=True, text=True, check=True
        )
        printed.write_text(ran.stdout + ran.stderr, "utf-8")
    return Demo(folder, printed)


class Reader(AbstractContextManager["Reader"]):
    """A reader in a folder of their own; ``stopgap`` is on the path as ``make install`` puts it there."""

    def __init__(self, folder: Path, demo: Demo) -> None:
        self._state = folder / "state"
        self._place = folder / "place"
        self._python: subprocess.Popen[str] | None = None
        home, work = folder / "home", folder / "stopgap-page"
        binaries = home / ".local" / "bin"
        for path in (binaries, work):
            path.mkdir(parents=True)
        _write_command(binaries / "stopgap", demo)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("STOPGAP_", "XDG_"))}
        self._environment = {
            **kept,
            "HOME": str(home),
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": WIDTH,
            "NO_COLOR": "1",
            "TERM": "dumb",
            "LC_ALL": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
        }
        self._place.write_text(str(work), "utf-8")
        self._state.write_text("", "utf-8")

    @property
    def folder(self) -> Path:
        """The folder in which the reader stands."""
        return Path(self._place.read_text("utf-8").strip())

    def do(self, step: Step) -> Ran:
        """Run a block, or save it as the file that it is."""
        block = step.block
        if "file" in block.marks:
            path = self.folder / block.marks["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body, "utf-8")
            return Ran("", 0)
        return self._run_shell(block) if block.kind == "sh" else self._run_python(block)

    def _run_shell(self, block: Block) -> Ran:
        """Run commands line by line; the next block goes on with their variables and in their folder."""
        state, place = shlex.quote(str(self._state)), shlex.quote(str(self._place))
        keep = f"trap 'code=$?; export -p > {state}; pwd > {place}; exit $code' EXIT"
        script = f"source {state}\n{keep}\nset -aeuo pipefail\n{block.body}"
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-c", script],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return Ran(ran.stdout.decode("utf-8", "replace"), ran.returncode)

    def _run_python(self, block: Block) -> Ran:
        if self._python is None:
            self._python = subprocess.Popen(
                [sys.executable, "-u", "-c", _INTERPRETER],
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        assert self._python.stdin is not None
        assert self._python.stdout is not None
        asked = {"code": block.body, "folder": str(self.folder), "environment": self._exported()}
        self._python.stdin.write(json.dumps(asked) + "\n")
        self._python.stdin.flush()
        reply = json.loads(self._python.stdout.readline())
        return Ran(reply["output"], reply["code"])

    def _exported(self) -> dict[str, str]:
        """Variables of Stopgap that the shell blocks before have set."""
        script = f"source {shlex.quote(str(self._state))}; env -0"
        ran = subprocess.run(["bash", "-c", script], env=self._environment, capture_output=True, text=True, check=True)
        given = dict(line.split("=", 1) for line in ran.stdout.split("\0") if "=" in line)
        return {name: value for name, value in given.items() if name.startswith("STOPGAP_")}

    def __exit__(self, *_: object) -> None:
        if self._python is not None:
            assert self._python.stdin is not None
            self._python.stdin.close()
            self._python.wait()
            if self._python.stdout is not None:
                self._python.stdout.close()


def _write_command(path: Path, demo: Demo) -> None:
    """Write the command ``stopgap``, for which the demo has already been run."""
    made, printed = (shlex.quote(str(place)) for place in (demo.folder / "out", demo.printed))
    path.write_text(
        f'#!/bin/sh\nif [ "$*" = "{DEMO}" ]; then cp -R {made} . && exec cat {printed}; fi\n'
        f'exec {shlex.quote(sys.executable)} -m stopgap "$@"\n',
        "utf-8",
    )
    path.chmod(0o755)


HAS_SHELL = shutil.which("bash") is not None
