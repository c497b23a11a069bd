"""Statements of SQL made at random: what they are labelled, what their errors show, and what formats make of their answers.

    python bench/prove_sql.py 10000 --seed 1

Three promises. A label is never below the relations that a statement reads, which is known by construction and, for one in
ten, by running it on lakes that differ in the rows of one table each; what is out of reach is refused. An error of a
statement over marked rows shows no value of them. And a value of any type comes out of every format as the engine has it.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from measured import ROOT, heading, table

sys.path.insert(0, str(ROOT / "tests" / "helpers"))

import duckdb
from marked_lakes import MARKED, label, wide_open
from query_failures import canary_lake, failing_statement, shown_canaries
from query_grammar import Maker
from query_oracle import oracle
from query_values import fault_of, random_column

from stopgap.base.errors import StopgapError
from stopgap.base.marking import Marking, Tlp, strictest
from stopgap.cli.terminal.options import Format
from stopgap.evidence.markings.provenance import VIEW_TABLES
from stopgap.intake.querying import query_lake
from stopgap.lake.query.relations import relations_read
from stopgap.lake.query.worker import rows_of

_RUN_EVERY = 10  # statements whose answers are compared over four lakes
_WHOLE_EVERY = 50  # statements that go through everything, the process and the label


def prove_labels(trials: int, seed: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """What became of statements over marked lakes, and what went wrong."""
    became: Counter[str] = Counter()
    wrong = []
    with oracle(folder) as (judge, lake, file):
        for number in range(trials):
            hostile = 0.15 if number % 3 == 0 else 0.0
            made = Maker(random.Random(seed * 1_000_003 + number), file, hostile).statement()
            kind, fault = judge.judge(made, runs=number % _RUN_EVERY == 0)
            became[kind] += 1
            if fault is None and not made.is_refused and number % _WHOLE_EVERY == 0:
                became["labelled by the command's own path"] += 1
                least = strictest(MARKED[each] for name in made.reads for each in VIEW_TABLES[name])
                try:
                    found = label(lake, made.sql)
                except StopgapError as error:
                    fault = f"{error.what} ({type(error).__name__})"
                if fault is None and found != least:
                    fault = f"labelled {found.label}, reads {least.label}"
            if fault is not None:
                wrong.append(f"statement {number}: {fault}: {made.sql}")
    return became, wrong


def prove_errors(trials: int, seed: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """What became of statements that fail on their rows, and whose errors showed some."""
    became: Counter[str] = Counter()
    wrong = []
    lake = canary_lake(folder / "canary" / "lake")
    with wide_open(lake, folder) as (con, _):
        for number in range(trials):
            sql = failing_statement(seed * 1_000_003 + number)
            try:
                relations_read(sql)
                rows_of(con, sql, 10**7, "the SQL given")
                became["answered"] += 1
            except StopgapError as error:
                became[f"failed: {error.what.partition('(')[0].partition(':')[0].strip()}"] += 1
                if shown := shown_canaries(error):
                    wrong.append(f"statement {number} shows {shown}: {sql}")
            if number % _WHOLE_EVERY == 0:
                try:
                    query_lake(lake, sql)
                except StopgapError as error:
                    is_marked = error.marking == Marking(Tlp.RED) or "Error:" in error.what
                    if shown_canaries(error) or not is_marked:
                        wrong.append(f"statement {number}, marked {error.marking}: {error}: {sql}")
    return became, wrong


def prove_types(trials: int, seed: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """What became of values of random types in every format, and which came out as something else."""
    became: Counter[str] = Counter()
    wrong = []
    con = duckdb.connect(":memory:")
    con.execute("SET TimeZone = 'UTC'")
    for number in range(trials // len(Format)):
        expression = random_column(random.Random(seed * 1_000_003 + number))
        for form in Format:
            try:
                fault = fault_of(con, expression, form, folder)
                became["written"] += fault is None
            except StopgapError as error:
                became[f"refused: {error.what}"] += 1
                continue
            except Exception as error:
                fault = f"{type(error).__name__}: {error}"
            if fault is not None:
                wrong.append(f"{form.value} of {expression}: {fault[:300]}")
    con.close()
    return became, wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("trials", nargs="?", type=int, default=10_000, help="of each of the three")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    heading(f"{given.trials:,} statements of three kinds each, seed {given.seed}")
    started = time.perf_counter()
    rows, wrong = [], []
    proofs = {"labels": prove_labels, "errors": prove_errors, "types and formats": prove_types}
    with tempfile.TemporaryDirectory() as name:
        for kind, prove in proofs.items():
            became, faulty = prove(given.trials, given.seed, Path(name))
            rows += [[kind, what, f"{count:,}"] for what, count in became.most_common()]
            rows.append([kind, "**wrong**", f"{len(faulty):,}"])
            wrong += faulty
    table(["proof", "what became of them", "statements"], rows)
    print(f"{time.perf_counter() - started:.0f} s. Promise: none wrong.")
    for line in wrong[:50]:
        print(f"- {line[:2000]}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
