"""Matching by the service: a uvicorn process asked as clients of yente ask, beside a brute force by rapidfuzz in the same run.

    python bench/bench_matching.py --entities 100000

The list is imported as any CSV is; one name in twenty is a listed one, altered. Promises, for a hundred thousand entities on
two cores: at most 1 GB for the process, 95 % of single queries within 50 ms with 8 at once, 400 queries a second a core in
batches, and less than 1 % of ties among the first thousand alerts. The clients run on the same cores.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import http.client
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench_screening import altered, made_name, write_world
from measured import CACHE, PYTHON, environment, heading, stopgap, table
from rapidfuzz import fuzz, process

AT_ONCE = 8
SERVE = """
import sys
from pathlib import Path
import uvicorn
from stopgap.base.marking import Marking, Tlp
from stopgap.service.app import create_app
from stopgap.service.principal import Principal, PersonRole
from stopgap.service.settings import ServeRequest, service_settings
lake, home, port, level = sys.argv[1:]
import dataclasses
settings = dataclasses.replace(service_settings(Path(lake), ServeRequest()), home=Path(home), requests_a_minute=10**9)
app = create_app(settings)
clearance = None if level == "all" else Marking(Tlp[level])
app.state.service.principal_of = lambda connection: Principal("bench", PersonRole.ANALYST, clearance, via="token")
uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)
"""


class Served:
    """A service as a process: what it is asked, and what it uses."""

    def __init__(self, lake: Path, home: Path, port: int, level: str) -> None:
        self.port = port
        self._process = subprocess.Popen(
            [PYTHON, "-c", SERVE, str(lake), str(home), str(port), level], env=environment(OMP_NUM_THREADS="1")
        )

    def __enter__(self) -> Served:
        for _ in range(600):
            with contextlib.suppress(OSError):
                if self.post(["Nobody Knows This Firm"])["responses"]:
                    return self
            if self._process.poll() is not None:
                sys.exit("the service has ended")
            time.sleep(0.2)
        sys.exit("the service does not answer")

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait()

    def post(self, names: Sequence[str], connection: http.client.HTTPConnection | None = None) -> dict[str, Any]:
        """Match names, and return the answer."""
        queries = {str(at): {"schema": "Company", "properties": {"name": [name]}} for at, name in enumerate(names)}
        asked = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        asked.request("POST", "/match/default", json.dumps({"queries": queries}), {"Content-Type": "application/json"})
        response = asked.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
        if response.status != 200:
            sys.exit(f"{response.status}: {answer}")
        return answer

    def cpu_s(self) -> float:
        parts = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")

    def mib(self, what: str) -> float:
        """Resident memory now (``VmRSS``) or at most (``VmHWM``)."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def singles(served: Served, names: Sequence[str]) -> tuple[list[float], float]:
    """Milliseconds of each query, sorted, with :data:`AT_ONCE` clients; and queries a second of all."""
    taken: list[float] = []

    def client(own: Sequence[str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
        for name in own:
            started = time.perf_counter()
            served.post([name], connection)
            taken.append(1000 * (time.perf_counter() - started))

    clients = [threading.Thread(target=client, args=(names[at::AT_ONCE],)) for at in range(AT_ONCE)]
    started = time.perf_counter()
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    return sorted(taken), len(names) / (time.perf_counter() - started)


def batches(served: Served, names: Sequence[str], size: int) -> float:
    """Queries a CPU second of the service."""
    before = served.cpu_s()
    for start in range(0, len(names), size):
        served.post(names[start : start + size])
    return len(names) / (served.cpu_s() - before)


def alerts(
    served: Served, own: Sequence[str], most: int, rng: random.Random
) -> Iterator[tuple[float, int, int, str | None]]:
    """Score, its first nine decimals, number of results of its answer with that score, and reason of a tie of each alert.

    The names asked for are altered ones of the list, and such as nobody lists.
    """
    count = 0
    while count < most:
        names = [altered(rng.choice(own), rng) if rng.random() < 0.5 else made_name(rng) for _ in range(200)]
        for response in served.post(names)["responses"].values():
            scores = Counter(result["score"] for result in response["results"])
            for result in response["results"]:
                if result["match"]:
                    count += 1
                    score = result["score"]
                    yield score, int(score * 1e9), scores[score], result["stopgap"]["tie"]


def tied(keys: Sequence[object]) -> float:
    """Share of those that are equal to another."""
    return sum(count for count in Counter(keys).values() if count > 1) / max(len(keys), 1)


def recall(served: Served, own: Sequence[str], rng: random.Random) -> tuple[float, float, float]:
    """Share of altered names whose own is first: by the service, by rapidfuzz; and queries a second of that, one core."""
    pairs = [(altered(name, rng), name) for name in rng.sample(list(own), 100)]
    answers = served.post([name for name, _ in pairs])["responses"]
    found = [answers[str(at)]["results"] for at in range(len(pairs))]
    ours = sum(bool(each) and each[0]["caption"] == name for each, (_, name) in zip(found, pairs, strict=True))
    folded = [name.casefold() for name in own]
    started = time.process_time()
    theirs = sum(
        own[process.extractOne(asked.casefold(), folded, scorer=fuzz.token_sort_ratio)[2]] == name
        for asked, name in pairs
    )
    return ours / len(pairs), theirs / len(pairs), len(pairs) / (time.process_time() - started)


def next_edition(served: Served, lake: Path, listed: Path, names: Sequence[str]) -> tuple[float, float, int]:
    """Import an edition of the list while the service is asked.

    Returns seconds from the end of the import until it answers from it, the 95th percentile of queries meanwhile in
    milliseconds, and how many these were.
    """
    newer = listed.parent / "newer" / listed.name
    newer.parent.mkdir(exist_ok=True)
    text = listed.read_text("utf-8")
    newer.write_text(text + "E-new,Entirely New Entry LLC,Company,RUS\n", "utf-8")
    done = threading.Event()
    taken: list[float] = []

    def client(at: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=120)
        for name in names[at::AT_ONCE]:
            if done.is_set():
                return
            started = time.perf_counter()
            served.post([name], connection)
            taken.append(1000 * (time.perf_counter() - started))
            time.sleep(0.1)

    clients = [threading.Thread(target=client, args=(at,)) for at in range(AT_ONCE)]
    stopgap("import", newer, "--source", "list", "--list-date", "2026-02-01", "--lake", lake)
    imported = time.perf_counter()
    for each in clients:
        each.start()
    while served.post(["Entirely New Entry"])["stopgap"]["editions"][0]["list_date"] != "2026-02-01":
        time.sleep(0.5)
    until = time.perf_counter() - imported
    done.set()
    for each in clients:
        each.join()
    return until, sorted(taken)[int(0.95 * len(taken))], len(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entities", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=2_000)
    parser.add_argument("--port", type=int, default=8971)
    parser.add_argument("--clearance", default="all", help="all, or a level such as GREEN")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    folder = CACHE / "screening"
    listed, asked = write_world(folder, 20_000, given.entities, given.seed)
    lake, home = folder / f"lake-{given.entities}-{given.seed}", folder / "service"
    if not lake.exists():
        stopgap("import", listed, "--source", "list", "--list-date", "2026-01-01", "--lake", lake)
    shutil.rmtree(home, ignore_errors=True)
    served_lake = folder / "lake-served"
    shutil.rmtree(served_lake, ignore_errors=True)
    shutil.copytree(lake, served_lake)
    names = [row["name"] for row in csv.DictReader(asked.open(encoding="utf-8"))]
    own = [row["name"] for row in csv.DictReader(listed.open(encoding="utf-8"))]
    heading(f"Matching by the service, {given.entities:,} entities", "lightgbm", "rapidfuzz", "uvicorn", "fastapi")
    started = time.perf_counter()
    with Served(served_lake, home, given.port, given.clearance) as served:
        opened = time.perf_counter() - started
        at_start = served.mib("VmRSS")
        singles(served, names[:200])
        before = served.cpu_s()
        taken, rate = singles(served, names[200 : 200 + given.queries])
        each_cpu = 1000 * (served.cpu_s() - before) / given.queries
        of_100, of_500 = (batches(served, names[4_000 : 4_000 + given.queries], size) for size in (100, 500))
        rng = random.Random(7)
        top = sorted(alerts(served, own, 1_500, rng), reverse=True, key=lambda one: one[0])[:1_000]
        ours, theirs, brute = recall(served, own, rng)
        most = served.mib("VmHWM")
        until, meanwhile, count = next_edition(served, served_lake, listed, names)
        with_both = served.mib("VmHWM")
        logged = sum(1 for _ in (home / "screenings" / "log.jsonl").open("rb"))
    table(
        ["what", "measured", "promise"],
        [
            ["started and answering, s", f"{opened:.1f}", ""],
            ["memory then, MiB", f"{at_start:,.0f}", ""],
            ["memory at most, MiB", f"{most:,.0f}", "1024"],
            ["  with a new edition beside the old one, MiB", f"{with_both:,.0f}", "1024"],
            [f"one query, {AT_ONCE} at once, ms (median)", f"{median(taken):.1f}", ""],
            ["  95th percentile", f"{taken[int(0.95 * len(taken))]:.1f}", "50"],
            ["  99th percentile", f"{taken[int(0.99 * len(taken))]:.1f}", ""],
            ["  queries a second", f"{rate:,.0f}", ""],
            ["  CPU of the service a query, ms", f"{each_cpu:.2f}", ""],
            ["a new edition answers after, s", f"{until:.1f}", ""],
            [f"  one query meanwhile, ms (95th of {count:,})", f"{meanwhile:.1f}", ""],
            ["batches of 100, queries a CPU second", f"{of_100:,.0f}", "400"],
            ["batches of 500, queries a CPU second", f"{of_500:,.0f}", "400"],
            ["brute force by rapidfuzz, queries a CPU second", f"{brute:,.0f}", ""],
            ["right one first of 100 altered names, %", f"{100 * ours:.0f}", ""],
            ["  of brute force by rapidfuzz", f"{100 * theirs:.0f}", ""],
            ["first 1,000 alerts with the score of another, %", f"{100 * tied([one[0] for one in top]):.1f}", "1"],
            ["  with its probability, to nine decimals, %", f"{100 * tied([one[1] for one in top]):.1f}", ""],
            ["  tied within an answer, number", f"{sum(one[2] > 1 for one in top):,}", ""],
            ["    without a reason", f"{sum(one[2] > 1 and one[3] is None for one in top):,}", "0"],
        ],
    )  # fmt: skip
    print(
        f"Each answer was logged and synchronised to the disk first ({logged:,} events); clients ran on the same cores."
    )


if __name__ == "__main__":
    main()
