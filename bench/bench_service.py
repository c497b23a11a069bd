"""The service under load: 50 clients for two minutes, a request a second each, reads and matches mixed.

    python bench/bench_service.py [--clients 50] [--seconds 120] [--lake DIR]

The service is a process of its own, with the demo lake and a list of names; each client has a token. Prints, by kind of
request, how many were answered, errors, and p50, p95, p99; and the memory of the service at its start, in the middle
and at its end. Promise: no error, p95 at most 400 ms over all, memory flat.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import httpx
from measured import CACHE, PYTHON, environment, heading, stopgap, table

PROMISED_S = 0.4
READS = (
    ("episode", "/api/v1/episodes/russia-2022"),
    ("measure", "/api/v1/episodes/russia-2022/measure"),
    ("measure, other goods", "/api/v1/episodes/russia-2022/measure?goods=chips"),
    ("series", "/api/v1/series?from=CHN,TUR&to=RUS&goods=TOTAL&by=year&growth=true"),
    ("prices as CSV", "/api/v1/episodes/russia-2022/prices.csv"),
    ("vintages", "/api/v1/vintages"),
    ("lists", "/api/v1/lists"),
    ("claims", "/api/v1/claims"),
    ("alerts", "/api/v1/alerts?status=all"),
    ("query", "QUERY"),
)
SQL = "SELECT reporter, sum(value_usd) AS value_usd FROM trade WHERE partner = 'RUS' GROUP BY ALL ORDER BY 2 DESC LIMIT 20"
FIRST = ("Northern", "Baltic", "Orient", "Global", "Advanced", "United", "Silk", "Delta", "Prime", "Blue")
SECOND = ("Optics", "Trading", "Electronics", "Shipping", "Machinery", "Logistics", "Semiconductor", "Marine")


@dataclass
class Answered:
    """What came back of one kind of request."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def name(draw: random.Random) -> str:
    """A made-up firm."""
    return (
        f"{draw.choice(FIRST)} {draw.choice(SECOND)} {draw.randint(1, 999)} {draw.choice(('Ltd', 'LLC', 'GmbH', 'Co'))}"
    )


def made_lake(folder: Path, names: int) -> Path:
    """The demo lake with a list of made-up firms."""
    lake = folder / "lake"
    stopgap("demo", "--lake", lake, "--output", folder / "demo")
    draw = random.Random(30)
    rows = (f"B{number},{name(draw)} {number}" for number in range(names))
    listed = folder / "firms.csv"
    listed.write_text("entity_id,name\n" + "\n".join(rows) + "\n", "utf-8")
    stopgap("import", listed, "--source", "list", "--list", "firms", "--lake", lake)
    return lake


@contextmanager
def served(lake: Path) -> Iterator[tuple[str, int]]:
    """The service as a process: its address and its process id."""
    command = [PYTHON, "-m", "stopgap", "serve", "--team", "--port", "0", "--lake", str(lake), "--format", "json"]
    given = environment(STOPGAP_SERVE_REQUESTS_A_MINUTE="100000")
    with tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, text=True, env=given)
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                err.seek(0)
                sys.exit(f"the service did not start: {err.read()[-2000:]}")
            yield json.loads(line)["address"], process.pid
        finally:
            process.terminate()
            process.wait(60)


def tokens(lake: Path, count: int) -> list[str]:
    """A token for each client; every other one is cleared for GREEN alone."""
    found = []
    for number in range(min(count, 10)):
        clearance = ("--clearance", "GREEN") if number % 2 else ()
        stopgap("people", "add", f"client-{number}", "--role", "analyst", *clearance, "--lake", lake)
        made = stopgap("tokens", "new", f"client-{number}", "--lake", lake, "--format", "json")
        found.append(json.loads(made.stdout)["token"])
    return found


def memory_mib(pid: int) -> float:
    """Resident memory of a process and its children."""
    pids = [pid, *(int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and _parent(path) == pid)]
    pages = 0
    for each in pids:
        try:
            pages += int(Path(f"/proc/{each}/statm").read_text("ascii").split()[1])
        except (OSError, IndexError):
            continue
    return pages * 4096 / 2**20


def _parent(path: Path) -> int:
    try:
        return int((path / "stat").read_text("ascii").rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError, ValueError):
        return -1


async def one_client(
    address: str, token: str, number: int, until: float, found: dict[str, Answered], most_s: float = 10
) -> None:
    """Ask once a second: three reads, then a match of one to five names."""
    draw = random.Random(number)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=most_s) as client:
        await asyncio.sleep(draw.random())
        while (started := time.perf_counter()) < until:
            kind, status = await _ask(client, draw, found)
            if status:
                found[kind].errors.append(status)
            await asyncio.sleep(max(0.0, 1 - (time.perf_counter() - started)))


async def _ask(client: httpx.AsyncClient, draw: random.Random, found: dict[str, Answered]) -> tuple[str, str]:
    is_match = draw.random() < 0.4
    kind, address = ("match", "/match/default") if is_match else draw.choice(READS)
    answered = found.setdefault(kind, Answered())
    started = time.perf_counter()
    try:
        if is_match:
            queries = {
                f"q{each}": {"schema": "Company", "properties": {"name": [name(draw)]}}
                for each in range(draw.randint(1, 5))
            }
            answer = await client.post(address, json={"queries": queries})
        elif address == "QUERY":
            answer = await client.post("/api/v1/query", json={"sql": SQL})
        else:
            answer = await client.get(address)
    except httpx.HTTPError as error:
        return kind, type(error).__name__
    answered.seconds.append(time.perf_counter() - started)
    return kind, "" if answer.status_code < 400 else f"{answer.status_code} {answer.text[:200]}"


async def load(address: str, asked: Sequence[str], clients: int, seconds: float) -> dict[str, Answered]:
    """Let the clients ask for so long."""
    found: dict[str, Answered] = {}
    until = time.perf_counter() + seconds
    await asyncio.gather(
        *(one_client(address, asked[each % len(asked)], each, until, found) for each in range(clients))
    )
    return found


def rows_of(found: dict[str, Answered]) -> list[list[str]]:
    """Cells of the table, all requests first."""
    every = Answered(
        [each for kind in found.values() for each in kind.seconds],
        [each for kind in found.values() for each in kind.errors],
    )
    rows = []
    for kind, answered in [("all", every), *sorted(found.items())]:
        cuts = quantiles(answered.seconds, n=100) if len(answered.seconds) > 1 else [0.0] * 99
        rows.append(
            [
                kind,
                f"{len(answered.seconds):,}",
                str(len(answered.errors)),
                *(f"{1000 * cuts[at]:,.0f}" for at in (49, 94, 98)),
            ]
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--names", type=int, default=20_000, help="names on the list")
    parser.add_argument("--lake", type=Path, help="a lake that is there; else the demo lake is made")
    given = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    heading(
        f"The service: {given.clients} clients, {given.seconds:.0f} s, a request a second each",
        "fastapi",
        "uvicorn",
        "duckdb",
    )
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        lake = given.lake or made_lake(Path(folder), given.names)
        asked = tokens(lake, given.clients)
        with served(lake) as (address, pid):
            asyncio.run(load(address, asked, min(given.clients, 5), 10))  # lists and arrays are read once
            memory = [memory_mib(pid)]
            found: dict[str, Answered] = {}
            for _ in range(2):
                for kind, answered in asyncio.run(load(address, asked, given.clients, given.seconds / 2)).items():
                    known = found.setdefault(kind, Answered())
                    known.seconds += answered.seconds
                    known.errors += answered.errors
                memory.append(memory_mib(pid))
    rows = rows_of(found)
    table(("request", "answered", "errors", "p50 ms", "p95 ms", "p99 ms"), rows)
    print(
        "Memory of the service, MiB: "
        + ", ".join(f"{each:,.0f}" for each in memory)
        + " (after warming, half way, at the end)."
    )
    errors = [each for answered in found.values() for each in answered.errors]
    p95 = float(rows[0][4].replace(",", "")) / 1000
    for each in sorted(set(errors))[:5]:
        print(f"  error: {each}")
    print(
        f"Promise: no error, p95 at most {PROMISED_S * 1000:.0f} ms: {'kept' if not errors and p95 <= PROMISED_S else 'not kept'}"
    )


if __name__ == "__main__":
    main()
