"""How long decisions take to be kept, read, looked up and checked.

python bench/bench_decisions.py [--decisions N]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from measured import PYTHON, heading, run_child, table

CHILD = """
import json, sys, time
from pathlib import Path
from stopgap.screening.decisions.states import Standings
from stopgap.screening.decisions.decision import DecidedAs
from stopgap.screening.entities import Identifier, ListedEntity, ListedName, NameKind
from stopgap.screening.matching.results import Match, ScreenQuery
from stopgap.screening.decisions.exchange import verify
from stopgap.screening.decisions.log import Verdict, decide, read_book

lake, count, step = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
entities = [
    ListedEntity(
        f"e{n}", "made-up", "2024-06-01", "Company", tuple(ListedName(f"Завод {n} имени {part}") for part in range(4)), ("RUS",),
        ("1 Long Street",), (Identifier("inn", f"77{n:08d}"),), ("Annex IV",), None, None, "aa",
    )
    for n in range(count // 2)
]
queries = [ScreenQuery(f"Trading Co. {n} Ltd", ("RUS",), (Identifier("inn", f"78{n:08d}"),)) for n in range(count)]
verdicts = [Verdict(q, entities[n // 2], DecidedAs.FALSE, "other number", 0.8, "m1") for n, q in enumerate(queries)]
matches = [Match(entities[n // 2].entity_id, "made-up", None, "", "", NameKind.NAME, 0.9, 1) for n in range(count)]
started, cpu = time.perf_counter(), time.process_time()
if step == "keep, one call":
    decide(lake, verdicts, who="ann", when="2024-06-01T12:00:00Z")
elif step == "verify":
    assert verify(lake).holds
else:
    book = read_book(lake)
    if step != "read":
        started, cpu = time.perf_counter(), time.process_time()
        standings = Standings.against(book, entities, ["made-up"])
        if step == "look up each":
            started, cpu = time.perf_counter(), time.process_time()
            assert all(standings.of(q, m) is not None for q, m in zip(queries, matches))
print(json.dumps([time.perf_counter() - started, time.process_time() - cpu]))
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=100_000)
    count = parser.parse_args().decisions
    heading(f"{count:,} decisions on {count // 2:,} entities", "numpy")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder) / "lake"
        for step in ("keep, one call", "read", "hold against the lists", "look up each", "verify"):
            run = run_child(PYTHON, "-c", CHILD, lake, str(count), step)
            wall, cpu = json.loads(run.stdout)
            rows.append((step, f"{wall:.2f}", f"{cpu:.2f}", f"{run.peak_mib:.0f}"))
        size = (lake / "decisions" / "log.jsonl").stat().st_size
    table(("step", "wall s", "CPU s", "peak MiB"), rows)
    print(f"log: {size / 1e6:.0f} MB. Memory includes the made-up entities and queries.")


if __name__ == "__main__":
    main()
