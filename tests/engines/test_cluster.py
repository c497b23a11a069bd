"""``measure`` on a real cluster of Spark: one master and two workers on loopback, and what may happen to them."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cluster_child
import pytest
from examples import ALL
from sail_engine import ROOT
from same_rows import differences
from spark_cluster import Cluster, running_on, small_disk, spark_cluster, until, why_no_cluster
from whole_lake import said

from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.lake.snapshot import connect, take_snapshot
from stopgap.measures.quality.scope import Thresholds
from stopgap.measures.quality.stages import quality_stages

pytestmark = [
    pytest.mark.in_parts,
    pytest.mark.spark,
    pytest.mark.skipif(why_no_cluster() is not None, reason=why_no_cluster() or ""),
]

PATIENCE_S = 300
QUICKLY_PLANNED = {
    "spark__sql__codegen__wholeStage": "false",
    "spark__sql__codegen__factoryMode": "NO_CODEGEN",
    "spark__sql__shuffle__partitions": "2",
}
"""Of small statements Spark compiles longer than they run."""


@dataclass(frozen=True)
class Asked:
    """A lake, what is asked of it, and what DuckDB answers."""

    lake: Path
    words: tuple[str, ...]
    expected: Any


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    folder = tmp_path_factory.mktemp("measured")
    world, lake = folder / "world", folder / "lake"
    for words in (
        ("simulate", "--output", world, "--seed", 1, "--rows", 12000),
        ("import", world / "trade.csv", "--lake", lake),
    ):
        done = said(*words)
        assert done.code == 0, done.err
    # every run measures gross figures; --others all of them
    gross = () if os.environ.get(ALL) else ("--gross",)
    words = ("measure", str(world / "episode.yml"), "--lake", str(lake), "--format", "json", *gross)
    done = said(*words)
    assert done.code == 0, done.err
    return Asked(lake, words, json.loads(done.out))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with spark_cluster(tmp_path / "cluster") as running:
        yield running


def started(cluster: Cluster, asked: Asked, name: str, **conf: str) -> subprocess.Popen[bytes]:
    """The command on the cluster, in a process of its own."""
    env = cluster.environment(name, **conf) | {"PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen(
        [sys.executable, "-m", "stopgap", *asked.words, "--engine", "spark", "--spark-master", cluster.master],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ended(command: subprocess.Popen[bytes]) -> tuple[int, Any, str]:
    """Exit code, answer and words of a command; it is killed where it does not end."""
    try:
        out, err = command.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        command.kill()
        command.communicate()
        raise
    return command.returncode, json.loads(out) if command.returncode == 0 else None, (err + out).decode()


def test_a_worker_killed_while_a_stage_runs_changes_no_figure(cluster: Cluster, asked: Asked) -> None:
    cluster.add_worker()
    cluster.add_worker()
    cluster.wait_for_workers(2)
    command = started(cluster, asked, "killed", **QUICKLY_PLANNED)
    try:
        # figures of finished stages are on both workers, and a task runs
        until(lambda: is_under_way(cluster.log("killed")), "a running stage", PATIENCE_S)
        assert command.poll() is None
        cluster.workers[0].kill()
        code, answer, words = ended(command)
    finally:
        command.kill()
    assert code == 0, words
    assert answer == asked.expected
    events = cluster.log("killed")
    names = [event["Event"] for event in events]
    assert "SparkListenerExecutorRemoved" in names
    lost = names.index("SparkListenerExecutorRemoved")
    assert "SparkListenerTaskEnd" in names[lost:], "nothing ran after the worker was gone"


def is_under_way(events: list[dict[str, Any]]) -> bool:
    ended_on = {event["Task Info"]["Executor ID"] for event in events if event["Event"] == "SparkListenerTaskEnd"}
    return len(ended_on) == 2 and any(count > 0 for count in running_on(events).values())


@pytest.mark.prove_only
def test_a_full_disk_gives_the_right_answer_or_none(cluster: Cluster, asked: Asked, tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", "64k") as small:
        if small is None:
            pytest.skip("a file system of its own can be mounted by root alone")
        cluster.add_worker(small)
        cluster.add_worker()
        cluster.wait_for_workers(2)
        code, answer, words = ended(started(cluster, asked, "full"))
        events = cluster.log("full")
    failed = [event for event in events if event["Event"] == "SparkListenerTaskEnd" and event["Task Info"]["Failed"]]
    assert "No space left on device" in json.dumps(failed), "the disk was not full"
    if code == 0:
        assert answer == asked.expected
    else:
        assert "a disk of Spark is full" in words
        assert '"fix"' in words
        assert "Traceback" not in words


@pytest.mark.prove_only
def test_too_little_memory_spills_to_disk(cluster: Cluster, asked: Asked, tmp_path: Path) -> None:
    cluster.add_worker()
    cluster.wait_for_workers(1)
    # of 512 MB about 2 MB are left for the rows of statements; the stage sorts all rows of the lake
    little = {"spark__memory__fraction": "0.01", "spark__memory__storageFraction": "0.1",
              "spark__buffer__pageSize": "64k", "spark__shuffle__sort__initialBufferSize": "1024"}  # fmt: skip
    stage, params = quality_stages().stop_sums, {**Thresholds().params(), "limit": 1000}
    given, answered = tmp_path / "given", tmp_path / "answered"
    given.write_bytes(pickle.dumps((stage, params, asked.lake, cluster.master)))
    env = cluster.environment("spilled", **little) | {"PYTHONPATH": str(ROOT / "src")}
    child = Path(cluster_child.__file__)
    done = subprocess.run([sys.executable, child, given, answered], env=env, capture_output=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    con = connect(take_snapshot(asked.lake))
    try:
        ours = DuckDBEngine(con).run(stage, params=params)
    finally:
        con.close()
    assert ours.num_rows > 0
    assert differences(ours, pickle.loads(answered.read_bytes())) == []
    tasks = [event["Task Metrics"] for event in cluster.log("spilled") if event.get("Task Metrics")]
    assert sum(task["Disk Bytes Spilled"] for task in tasks) > 0
