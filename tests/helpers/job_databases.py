"""Databases for tests of jobs: a new SQLite file, and a database of a PostgreSQL server that runs for these tests alone."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from functools import cache
from pathlib import Path

import psycopg
import pytest

KINDS = ("sqlite", "postgresql")


def database_at(kind: str, folder: Path) -> str:
    """Address of a new, empty database; skips where there is no PostgreSQL."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'service.sqlite'}"
    socket = _server()
    if socket is None:
        pytest.skip("PostgreSQL is not installed")
    name = f"jobs_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(_address(socket, "postgres"), autocommit=True) as con:
        con.execute(f"CREATE DATABASE {name}".encode())
    return _address(socket, name)


def _address(socket: Path, name: str) -> str:
    return f"postgresql://stopgap@/{name}?host={socket}"


@cache
def _server() -> Path | None:
    """Folder of the server's socket; ``None`` where PostgreSQL is not installed."""
    tools = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not tools:
        return None
    folder = Path(tempfile.mkdtemp(prefix="stopgap-pg-", dir="/tmp"))
    user = "postgres" if os.getuid() == 0 else None  # the server refuses to run as root
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    made = [tools[-1] / "initdb", "-D", data, "-U", "stopgap", "-A", "trust", "-N"]
    subprocess.run(made, user=user, check=True, capture_output=True, cwd="/tmp")
    options = ("listen_addresses=", "fsync=off", "max_connections=200")
    server = subprocess.Popen(
        [tools[-1] / "postgres", "-D", data, "-k", folder, *(part for each in options for part in ("-c", each))],
        user=user,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/tmp",
    )
    atexit.register(_stop, server, folder)
    while server.poll() is None:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(_address(folder, "postgres"), connect_timeout=1).close()
            return folder
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL did not start")


def _stop(server: subprocess.Popen[bytes], folder: Path) -> None:
    server.send_signal(signal.SIGINT)
    server.wait()
    shutil.rmtree(folder, ignore_errors=True)
