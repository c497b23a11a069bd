"""A real service with real workers is killed at any moment: nothing answered is lost, and nothing done twice."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from examples import some
from job_calls import ROOT, accepted, ended, listened
from lake_state import faults, lake_state
from screen_lake import load
from service_kills import (
    SERVICE,
    TARGETS,
    Asker,
    ServedLake,
    a_screening,
    an_import,
    children_of,
    ends_of,
    is_alive,
)  # fmt: skip

from stopgap.lake.history import read_log, vintages

KILLS = 3
LONG = 150_000
GIVEN_UP = "the job was given up after 3 attempts: "


def until(holds: Callable[[], bool], within_s: float = 60.0) -> None:
    """Wait for something."""
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


@pytest.mark.in_parts
@pytest.mark.one_in(4)
def test_kills_under_load_lose_nothing_and_do_nothing_twice(database_url: str, tmp_path: Path) -> None:
    served = ServedLake(tmp_path, database_url)
    load(served.lake, tmp_path / "lists")
    lists = [receipt.sha256 for commit in vintages(read_log(served.lake)) for receipt in commit.receipts]
    draw = random.Random(20261201)
    served.start()
    askers = [Asker(served, an_import, first=1), Asker(served, a_screening, first=1)]
    for asker, pause in zip(askers, (0.4, 2.0), strict=True):
        asker.start(pause)
    for target in some(draw.sample(TARGETS, KILLS), every=KILLS):
        time.sleep(draw.uniform(0.5, 2.5))
        served.kill(target, draw)
        served.wait_until_up()
    for asker in askers:
        asker.stop()
    imports, screenings = ({each["id"]: each for each in asker.answers.values()} for asker in askers)
    jobs = ends_of(served, [*imports, *screenings])
    served.stop()
    assert [asker.refused for asker in askers] == [[], []]
    assert [len(imports), len(screenings)] == [len(asker.answers) for asker in askers]
    given_up = [job for job in jobs.values() if job["state"] != "done"]
    assert [job["error"] for job in given_up if job["attempts"] < 3 or GIVEN_UP not in str(job["error"])] == []
    assert faults(served.lake) == []
    loaded = [receipt.sha256 for commit in vintages(read_log(served.lake)) for receipt in commit.receipts]
    asked = {id: [file["sha256"] for file in jobs[id]["request"]["files"]] for id in imports}
    found = Counter(loaded) - Counter(lists)
    assert set(found.values()) <= {1}
    assert {sha256 for id in asked if jobs[id]["state"] == "done" for sha256 in asked[id]} <= set(found)
    assert set(found) <= {sha256 for each in asked.values() for sha256 in each}
    for job in (jobs[id] for id in screenings if jobs[id]["state"] == "done"):
        assert [file["name"].endswith("-screened.csv") for file in job["files"]] == [True]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedLake]:
    folder = tmp_path_factory.mktemp("served")
    made = ServedLake(folder, f"sqlite:///{folder / 'service.sqlite'}", workers=1)
    load(made.lake, folder / "lists")
    made.start()
    yield made
    made.stop()


def long_job(client: httpx.Client, served: ServedLake) -> str:
    """The address of a screening that takes minutes, once it has begun."""
    names = "id,name\n" + "".join(f"{row},Trading House {row * 7919 % LONG} North\n" for row in range(LONG))
    answer = client.post(
        f"{ROOT}/screenings", files=[("files", ("long.csv", names.encode()))], data={"name_column": "name"}
    )
    address = accepted(answer)
    until(lambda: client.get(address).json()["events"] >= 2)
    return address


def test_a_running_job_is_ended_by_cancel_and_the_lake_is_as_before(served: ServedLake) -> None:
    before = lake_state(served.lake)
    assert served.process is not None
    with served.client() as client:
        address = long_job(client, served)
        [worker] = children_of(served.process.pid)
        group = [worker, *children_of(worker)]
        waiting = accepted(an_import(client, 1, "waits"))
        assert client.delete(waiting).json()["state"] == "cancelled"
        assert client.delete(address).json()["state"] == "cancelled"
        until(lambda: not any(map(is_alive, group)), 5.0)
        assert client.get(f"{address}/result").status_code == 409
        assert lake_state(served.lake) == before
        assert client.get(waiting).json()["attempts"] == 0
        assert ended(client, accepted(an_import(client, 2, "next")))["state"] == "done"
        assert client.delete(address).json()["state"] == "cancelled"
    assert sorted(path.name for path in served.home.glob("jobs/*/inputs")) == []


@pytest.mark.prove_only
def test_workers_end_with_a_service_that_is_killed_and_the_next_takes_the_job_up(served: ServedLake) -> None:
    assert served.process is not None
    with served.client() as client:
        address = long_job(client, served)
        [worker] = children_of(served.process.pid)
        group = [worker, *children_of(worker)]
        served.kill(SERVICE, random.Random(1))
        until(lambda: not any(map(is_alive, group)), 5.0)
        served.wait_until_up()
        until(lambda: client.get(address).json()["attempts"] == 2)
        assert client.delete(address).json()["state"] == "cancelled"
        told = [data["text"] for _, name, data in listened(client, address) if name == "progress"]
    assert "waits to be taken up again: the service, or its worker, had ended" in told  # not that its lease expired
