"""What grows beside the rows: the log that a snapshot reads, the index of names, and what the driver holds."""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from measured import CACHE


def log_rates(commits: int, runs: int = 5) -> dict[str, float]:
    """Time a snapshot of a lake whose log has so many commits, each with one file; seconds and bytes a commit."""
    from scale_lakes import scale_lake

    from stopgap.lake.snapshot import take_snapshot

    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        lake = Path(name) / "lake"
        shutil.copytree(scale_lake(0), lake, ignore=shutil.ignore_patterns("*.parquet", "derived", "findings"))
        log = lake / "tables" / "trade" / "_delta_log"
        first = max(log.glob("*.json"))
        text = first.read_text("utf-8")
        size = 0
        for number in range(2, commits + 1):
            lines = [json.loads(line) for line in text.splitlines()]
            for action in lines:
                if "add" in action:
                    action["add"]["path"] = f"part-{number:032x}.parquet"
                if "commitInfo" in action:
                    note = json.loads(action["commitInfo"]["stopgap"])
                    note["vintage"] = f"v{number}"
                    action["commitInfo"]["stopgap"] = json.dumps(note)
            made = "\n".join(json.dumps(action) for action in lines)
            size += len(made)
            (log / f"{number:020d}.json").write_text(made, "utf-8")
        seconds = []
        for _ in range(runs):
            started = time.perf_counter()
            found = take_snapshot(lake)
            seconds.append(time.perf_counter() - started)
        assert len(found.files) == commits, len(found.files)
    return {"commits": commits, "snapshot_s": median(seconds), "bytes_per_commit": size / max(1, commits - 1)}


def names_rates(entities: int) -> dict[str, float]:
    """Build an index of made-up names; seconds and bytes on disk, which workers map into memory."""
    from bench_screening import made_name

    from stopgap.screening.entities import ListedEntity, ListedName
    from stopgap.screening.index.name_index import NameIndex

    drawn = random.Random(11)
    listed = [
        ListedEntity(str(number), "made up", None, "Organization", (ListedName(made_name(drawn)),))
        for number in range(entities)
    ]
    started = time.process_time()
    index = NameIndex.build(listed)
    built = time.process_time() - started
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name) / "index"
        index.save(folder)
        size = sum(path.stat().st_size for path in folder.iterdir())
    return {"entities": entities, "build_s": built, "bytes": size}


def driver_rates(millions: int) -> dict[str, float]:
    """Return the bytes of the panel of all destinations as Arrow, and the most that net backfill holds beside it."""
    import tracemalloc

    import scale_ours as ours
    from scale_lakes import scale_lake
    from scale_question import TARGET, question

    from stopgap.measures.backfill.net import actors
    from stopgap.measures.statistics.arrays import world_cells
    from stopgap.measures.statistics.counterfactual import net_backfill

    opened = ours.World(scale_lake(millions), question(0))
    table, prepared = opened.panel(), opened.world.prepared
    tracemalloc.start()
    found = net_backfill(
        world_cells(table),
        target=TARGET,
        members=prepared.members,
        hubs=set(),
        groups={good: item.group for good, item in prepared.basis.items.items()},
        actors=actors(prepared),
        placebo_targets=None,
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    opened.close()
    assert found is not None
    return {"millions": millions, "arrow_bytes": table.nbytes, "peak_bytes": peak}


def limits_measured(millions: int) -> dict[str, Any]:
    """Return log, index of names and driver; the driver's on a lake of so many million rows."""
    return {
        "driver": driver_rates(millions),
        "log": [log_rates(commits) for commits in (100, 1000)],
        "names": [names_rates(entities) for entities in (5_000, 20_000)],
    }


if __name__ == "__main__":
    print(json.dumps(limits_measured(int(sys.argv[1])), indent=1))
