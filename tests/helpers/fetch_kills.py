"""Kills a fetch again and again, lets it end, and counts what the service was asked."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import loopback
from loopback import Call, Loopback

SOURCE = Path(__file__).resolve().parents[2] / "src"
FAULTS = (
    "status:429 Rate limit is exceeded. Try again in 1 seconds.", "retry-after:1", "status:500 no", "status:503 no", "reset",
    "cut", "cut-json", "cut-gzip", "html", 'replace:"count": =>"count": 9',
)  # fmt: skip
FIRST_MONTH = 2005 * 12

FETCH = """
import json, sys, time
from pathlib import Path
from stopgap.sources.live.clock import Clock
from stopgap.intake.fetch_request import AskRequest
from stopgap.intake.fetching import Means, fetch, make_query
class Quick(Clock):
    def sleep(self, seconds):
        time.sleep(min(seconds, 0.002))
lake, url, codes, first, last = sys.argv[1:6]
query = make_query("comtrade", codes=codes.split(","), first=first, last=last, reporters=["DEU"], partners=["RUS"])
print(json.dumps(fetch(Path(lake), "comtrade", query, AskRequest(base_url=url), means=Means(clock=Quick())).as_dict()))
"""
"""A fetch whose waits are short; everything else is as for a user."""


@dataclass(frozen=True)
class Scene:
    """What is killed how often.

    Attributes:
        folder: Where the lake goes.
        pieces: Pieces of the request: without a key, one for each month.
        kills: How often it is killed.
        faults: Requests that the service fails, spread at random.
        seed: Of both.
        codes: Codes asked for; two flows each.
    """

    folder: Path
    pieces: int
    kills: int
    faults: int
    seed: int
    codes: tuple[str, ...] = ("854231", "854232")


@dataclass
class Told:
    """What was counted.

    Attributes:
        requests: All that the service was sent.
        in_flight: Pieces that it had answered whole and a killed run had not yet kept.
        kept_at_kills: Pieces that were there after each kill.
    """

    pieces: int
    requests: int = 0
    faults_injected: int = 0
    kills: int = 0
    in_flight: int = 0
    rows: int = 0
    rows_expected: int = 0
    figures_wrong: int = 0
    seconds: float = 0.0
    kept_at_kills: list[int] = field(default_factory=list)
    check: list[str] = field(default_factory=list)


def kill_and_go_on(scene: Scene) -> Told:
    """Fetch from a faulty service, killed at random moments, to the end."""
    draw = random.Random(scene.seed)
    told = Told(pieces=scene.pieces)
    lake = scene.folder / "lake"
    started = time.perf_counter()
    with loopback.serving(loopback.comtrade) as server:
        # A fault falls on a piece's first request, so that each is met whatever is killed.
        faulty = dict.fromkeys(draw.sample(range(scene.pieces), scene.faults), "")
        for number, piece in enumerate(sorted(faulty)):
            faulty[piece] = FAULTS[number % len(FAULTS)]
        failing = {month(piece): fault for piece, fault in faulty.items()}
        server.faults = lambda count, call: failing.pop(call.query["period"], None)
        marks = sorted(draw.sample(range(1, scene.pieces), scene.kills))
        for mark in marks:
            kill(scene, server, lake, mark, draw.uniform(0, 0.25), told)
        ended = run(scene, server, lake)
        out, err = ended.communicate()
        assert ended.returncode == 0, out + err
    told.seconds = time.perf_counter() - started
    told.requests = len(server.calls)
    told.faults_injected = sum(call.fault is not None for call in server.calls)
    count_rows(scene, lake, told)
    return told


def run(scene: Scene, server: Loopback, lake: Path) -> subprocess.Popen[str]:
    ends = [f"{month(number)[:4]}-{month(number)[4:]}" for number in (0, scene.pieces - 1)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STOPGAP_")}
    return subprocess.Popen(
        [sys.executable, "-c", FETCH, str(lake), server.url, ",".join(scene.codes), *ends],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment | {"PYTHONPATH": str(SOURCE), "PYTHONWARNINGS": "ignore", "no_proxy": "127.0.0.1"},
    )


def kill(scene: Scene, server: Loopback, lake: Path, mark: int, delay_s: float, told: Told) -> None:
    """Start the fetch, and kill it a little after a number of pieces were answered well."""
    child = run(scene, server, lake)
    while answered(server.calls) < mark and child.poll() is None:
        time.sleep(0.0005)
    time.sleep(delay_s)
    child.send_signal(signal.SIGKILL)
    out, err = child.communicate()
    assert child.returncode == -signal.SIGKILL, out + err
    told.kills += 1
    time.sleep(0.05)  # the server sees the end of a connection a moment later
    kept = kept_months(lake)
    told.kept_at_kills.append(len(kept))
    served = [call.query["period"] for call in server.calls if call.fault is None]
    # Asked once more than once is lost: in flight at this kill if it is not kept and was not lost before.
    told.in_flight = sum(served.count(one) - (one in kept) for one in set(served))


def answered(calls: list[Call]) -> int:
    return len({call.query["period"] for call in calls if call.served})


def month(number: int) -> str:
    """The n-th piece's period, as the service writes it."""
    return f"{(FIRST_MONTH + number) // 12}{(FIRST_MONTH + number) % 12 + 1:02d}"


def kept_months(lake: Path) -> set[str]:
    """Periods whose replies are in their place."""
    return {"".join(path.name.split("-")[1:3]) for path in (lake / "fetches").glob("*/comtrade-*.json")}


def count_rows(scene: Scene, lake: Path, told: Told) -> None:
    from stopgap.lake.query.statement import run_query
    from stopgap.maintenance.upkeep import check_lake

    table = run_query(lake, "SELECT period, flow, good, value_usd FROM trade")[0].to_pylist()
    found = {(f"{row['period']:%Y%m}", row["flow"], row["good"]): row["value_usd"] for row in table}
    expected = {
        (month(number), flow, good): loopback.value_of(month(number), 276, 643, flow, good)
        for number in range(scene.pieces)
        for flow in ("X", "M")
        for good in scene.codes
    }
    told.rows, told.rows_expected = len(table), len(expected)
    told.figures_wrong = sum(found.get(key) != value for key, value in expected.items())
    told.check = [str(row) for row in check_lake(lake).to_pylist() if row["passed"] is False]
