"""What each statement of a measure costs on Spark with one core: processor time, rows read, bytes shuffled and returned.

    python bench/scale_stages.py 1 10

The numbers are those that Spark's own event log gives of its tasks.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from measured import PYTHON, run_child

ASIDE = "aside"


@dataclass
class StatementCost:
    """What one statement cost; several runs of the same statement are added.

    Attributes:
        statement: Name of its stage.
        cpu_s: Processor seconds of its tasks.
        rows_read: Rows read from Parquet.
        bytes_read: Bytes read from Parquet.
        shuffle_rows: Rows written for a shuffle.
        shuffle_bytes: Bytes written for a shuffle, compressed.
        spilled_bytes: Bytes of memory spilled to disk.
        peak_bytes: Largest execution memory of a task.
        result_rows: Rows that came back to the driver.
        result_bytes: Bytes of the Arrow table that came back.
        given_bytes: Bytes of the small tables given with it.
    """

    statement: str
    cpu_s: float = 0.0
    rows_read: int = 0
    bytes_read: int = 0
    shuffle_rows: int = 0
    shuffle_bytes: int = 0
    spilled_bytes: int = 0
    peak_bytes: int = 0
    result_rows: int = 0
    result_bytes: int = 0
    given_bytes: int = 0


def costs_of(events: Iterable[Mapping[str, Any]]) -> dict[str, StatementCost]:
    """Add up the task metrics of an event log by the job group that names the statement."""
    group_of: dict[int, str] = {}
    found: dict[str, StatementCost] = {}
    for event in events:
        if event["Event"] == "SparkListenerJobStart":
            name = (event.get("Properties") or {}).get("spark.jobGroup.id", ASIDE)
            for stage in event["Stage IDs"]:
                group_of[stage] = name
        if event["Event"] != "SparkListenerTaskEnd" or not event.get("Task Metrics"):
            continue
        name = group_of.get(event["Stage ID"], ASIDE)
        cost, task = found.setdefault(name, StatementCost(name)), event["Task Metrics"]
        written, read = task["Shuffle Write Metrics"], task["Input Metrics"]
        cost.cpu_s += task["Executor CPU Time"] / 1e9
        cost.rows_read += read["Records Read"]
        cost.bytes_read += read["Bytes Read"]
        cost.shuffle_rows += written["Shuffle Records Written"]
        cost.shuffle_bytes += written["Shuffle Bytes Written"]
        cost.spilled_bytes += task["Memory Bytes Spilled"]
        cost.peak_bytes = max(cost.peak_bytes, task.get("Peak Execution Memory", 0))
    return found


def child(millions: int, log: str) -> None:
    """Measure once with an event log, and print what each statement cost."""
    from scale_lakes import GOODS, scale_lake
    from scale_question import EPISODE, question

    from stopgap.lake.engines.engine_options import EngineOptions
    from stopgap.lake.engines.spark_session import stop_spark
    from stopgap.lake.schema import TRADE
    from stopgap.measures.backfill.run import measure_on
    from stopgap.panel.engine import engine_on
    from stopgap.panel.episodes import load_episode
    from stopgap.panel.prepare import measure_options

    answers: dict[str, StatementCost] = defaultdict(lambda: StatementCost(""))
    options = EngineOptions(engine="spark", spark_master="local[1]", memory_limit="3GB")
    with engine_on(scale_lake(millions), as_of=None, engine=options, only=[TRADE.name]) as (engine, snapshot):
        kind, plain = type(engine), type(engine).run

        def run(self: Any, stage: Any, *, tables: Any = None, params: Any = None) -> Any:
            self.session.sparkContext.setJobGroup(stage.name, stage.name)
            rows = plain(self, stage, tables=tables, params=params)
            cost = answers[stage.name]
            cost.result_rows += rows.num_rows
            cost.result_bytes += rows.nbytes
            cost.given_bytes = max(cost.given_bytes, sum(table.nbytes for table in (tables or {}).values()))
            return rows

        kind.run = run
        asked = question(0)
        given = measure_options(goods=GOODS, baseline=asked.baseline, after=asked.after)
        measure_on(engine, snapshot, load_episode(EPISODE), given)
    stop_spark()  # writes the log to its end
    [path] = [path for path in Path(log).iterdir() if path.is_file()]
    with path.open(encoding="utf-8") as lines:
        found = costs_of(map(json.loads, lines))
    for name, answer in answers.items():
        cost = found.setdefault(name, StatementCost(name))
        cost.result_rows, cost.result_bytes, cost.given_bytes = (
            answer.result_rows,
            answer.result_bytes,
            answer.given_bytes,
        )
    print(json.dumps([asdict(cost) for cost in found.values() if cost.statement != ASIDE]))


def stage_costs(millions: int) -> list[dict[str, Any]]:
    """Return the costs of every statement of a measure with all intervals on a lake, in a Spark process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        logged = {"enabled": "true", "dir": f"file://{folder}", "compress": "false", "rolling.enabled": "false"}
        given = " ".join(f"--conf spark.eventLog.{name}={value}" for name, value in logged.items())
        os.environ["PYSPARK_SUBMIT_ARGS"] = f"{given} pyspark-shell"
        try:
            run = run_child(PYTHON, __file__, "--child", str(millions), folder)
        finally:
            del os.environ["PYSPARK_SUBMIT_ARGS"]
    return list(json.loads(run.stdout.splitlines()[-1]))


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        child(int(sys.argv[2]), sys.argv[3])
    else:
        print(json.dumps({size: stage_costs(int(size)) for size in sys.argv[1:]}, indent=1))
