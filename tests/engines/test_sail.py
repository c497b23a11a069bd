"""Sail through ``--spark-remote``: the figures of DuckDB, and plain words when its one process ends."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from sail_engine import ABSENT, PYTHON, sail_command, sail_environment
from spark_cluster import free_port, until
from whole_lake import said

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason=ABSENT)

PATIENCE_S = 240
"""Seconds after which a command hangs: many times what it takes."""


@contextlib.contextmanager
def sail_server() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Address of a server of Sail, and its process."""
    port = free_port()
    process = subprocess.Popen(
        [str(PYTHON.with_name("sail")), "spark", "server", "--ip", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=sail_environment(),
    )
    try:
        until(lambda: _takes(port), "the server of Sail")
        yield f"sc://127.0.0.1:{port}", process
    finally:
        process.kill()
        process.wait()


def _takes(port: int) -> bool:
    socket.create_connection(("127.0.0.1", port), timeout=1).close()
    return True


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[str, ...], Any]:
    """What is asked, and what DuckDB answers."""
    folder = tmp_path_factory.mktemp("sail")
    world, lake = folder / "world", folder / "lake"
    assert said("simulate", "--output", world, "--seed", 1, "--rows", 6000).code == 0
    assert said("import", world / "trade.csv", "--lake", lake).code == 0
    words = ("measure", str(world / "episode.yml"), "--lake", str(lake), "--format", "json")
    done = said(*words)
    assert done.code == 0, done.err
    return words, json.loads(done.out)


def started(words: tuple[str, ...], address: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*sail_command(), *words, "--engine", "spark", "--spark-remote", address],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=sail_environment(),
    )


@pytest.mark.prove_only
def test_measure_on_sail_is_that_of_duckdb(asked: tuple[tuple[str, ...], Any]) -> None:
    words, expected = asked
    with sail_server() as (address, _):
        command = started(words, address)
        out, err = command.communicate(timeout=PATIENCE_S)
    assert command.returncode == 0, (out + err).decode()
    assert json.loads(out) == expected


@pytest.mark.prove_only
def test_when_its_process_ends_the_command_says_so_and_does_not_hang(asked: tuple[tuple[str, ...], Any]) -> None:
    words, _ = asked
    with sail_server() as (address, server):
        command = started(words, address)
        try:
            # stopped while it is asked, so that it cannot answer before it is killed
            until(lambda: _is_connected(server.pid) or command.poll() is not None, "a client of the server", PATIENCE_S)
            server.send_signal(signal.SIGSTOP)
            time.sleep(0.2)
            assert command.poll() is None, "the command ended before the server was killed"
            server.kill()
            out, err = command.communicate(timeout=PATIENCE_S)
        finally:
            command.kill()
            command.wait()
    text = (out + err).decode()
    assert command.returncode not in (0, 1), text
    assert "Traceback" not in text
    error = json.loads(out)["error"]
    assert "gone" in error["what"] or "answer" in error["what"]
    assert address in error["where"]
    assert error["fix"]


def _is_connected(pid: int) -> bool:
    """Whether a client has a connection to the server."""
    return any(each.status == "ESTABLISHED" for each in psutil.Process(pid).net_connections("tcp"))


@pytest.mark.prove_only
def test_a_server_that_never_was_is_named(asked: tuple[tuple[str, ...], Any]) -> None:
    words, _ = asked
    address = f"sc://127.0.0.1:{free_port()}"
    command = started(words, address)
    out, err = command.communicate(timeout=PATIENCE_S)
    error = json.loads(out)["error"]
    assert command.returncode == 6, (out + err).decode()
    assert "no Spark Connect server answers" in error["what"]
    assert address in error["where"]
