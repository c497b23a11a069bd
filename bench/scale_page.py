"""Fill the tables of the page on scale from the results of the scale bench.

    python bench/scale_page.py out/bench/scale.json

Without a file the results kept beside this script are taken (``scale_measured.json``); a file given is kept there.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from measured import ROOT
from scale_model import (
    DRIVER_LIMIT_BYTES,
    EFFICIENCY,
    SHUFFLE_PARTITION_BYTES,
    Line,
    StatementModel,
    line_through,
    statement_models,
    wall_s,
)
from scale_stats import Timed, timed_from
from scale_tables import OURS, MadeTable, find, machine_table, markdown, number

PAGE = ROOT / "docs" / "explanation" / "scale.md"
KEPT = Path(__file__).with_name("scale_measured.json")
BILLION, BILLIONS = 1e9, 1e10
CORES_OF_ONE = 32
"""Cores of the larger single machine of the page."""
CLUSTERS = {BILLION: 32, BILLIONS: 128}
"""Rows -> cores of the cluster of the page."""
_BLOCK = re.compile(r"(<!-- measured: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.S)


def made(result: Mapping[str, Any]) -> str:
    """Return the sentence on day, machine and versions."""
    found = result["machine"]
    names = ", ".join(f"{name} {text}" for name, text in sorted(found["versions"].items()))
    sizes = " and ".join(f"{each['rows']:,}" for each in result["sizes"].values() if each["rows"] > 500_000)
    return (
        f"Measured on {found['day']}: {found['cores']} cores, {found['memory_gib']:.0f} GiB, load before "
        f"{found['load_before']}; Python {found['python']}, {names}. Simulated lakes of {sizes} rows, one sorted file each.\n"
    )


def _points(result: Mapping[str, Any], timed: Sequence[Timed], task: str, value: Callable[[Timed], float]) -> Line:
    runs = [each for each in timed if each.task == task and each.who == OURS and each.wall_s]
    return line_through([(each.rows, value(each)) for each in runs])


def _stored(result: Mapping[str, Any], field: str) -> Line:
    sizes = [each for each in result["sizes"].values() if each["rows"] > 500_000]
    return line_through([(each["rows"], each[field]) for each in sizes])


def machine(result: Mapping[str, Any]) -> str:
    """Return the table of rates."""
    table = machine_table(result["rates"], _timed(result), result["machine"]["cores"])
    return markdown(MadeTable("", table.columns, table.rows))


def one_machine(result: Mapping[str, Any]) -> str:
    """Return what one machine takes for the panel of all destinations and the native copy, measured and computed."""
    timed, cores = _timed(result), result["machine"]["cores"]
    panel = _points(result, timed, "panel", lambda each: each.median_cpu_s)
    first = _points(result, timed, "intervals", lambda each: each.median_cpu_s)
    peak = _points(result, timed, "panel", lambda each: (each.peak_mib or 0) / 1024)
    copy = _points(result, timed, "copy", lambda each: each.median_cpu_s)
    parquet, native = _stored(result, "parquet_bytes"), _stored(result, "our_copy_bytes")
    measured = [each["rows"] for each in result["sizes"].values() if each["rows"] > 500_000]
    rows = []
    for size in [*measured, BILLION, BILLIONS]:
        is_computed = size not in measured
        millions = next((int(name) for name, each in result["sizes"].items() if each["rows"] == size), 0)

        def value(
            task: str, line: Line, size: float = size, is_computed: bool = is_computed, at: int = millions
        ) -> float:
            return line.at(size) if is_computed else find(timed, task, OURS, at).median_cpu_s

        spent = value("panel", panel)
        held = peak.at(size) if is_computed else (find(timed, "panel", OURS, millions).peak_mib or 0) / 1024
        rows.append(
            (
                f"{size:,.0f}",
                "computed" if is_computed else "measured",
                number(spent, 2),
                number(wall_s(spent, cores), 2),
                number(wall_s(spent, CORES_OF_ONE), 2),
                number(held),
                number(value("intervals", first)),
                number(value("copy", copy)),
                number(parquet.at(size) / 1e9, 2),
                number(native.at(size) / 1e9, 2),
            )
        )
    columns = (
        "rows", "", "panel CPU s", f"on {cores} cores s", f"on {CORES_OF_ONE} cores s", "peak GiB", "all intervals CPU s",
        "native copy CPU s", "Parquet GB", "native copy GB",
    )  # fmt: skip
    return markdown(MadeTable("", columns, tuple(rows)))


def statements(result: Mapping[str, Any]) -> str:
    """Return what each statement of a measure costs on Spark, by row of the lake."""
    models = _models(result)
    rows = [
        (
            f"`{each.statement}`",
            number(each.cpu_s.per_row * 1e6, 2),
            number(each.rows_read.per_row, 2),
            number(each.shuffle_rows.per_row, 2),
            number(each.shuffle_bytes.per_row, 2),
            number(each.result_bytes.per_row, 2),
            number(each.given_bytes / 1000, 0),
        )
        for each in models
        if each.cpu_s.per_row * 1e6 >= 0.01 or each.shuffle_bytes.per_row >= 0.01
    ]
    rest = len(models) - len(rows)
    rows.append(_total("**all statements**", models))
    columns = (
        "statement", "CPU µs", "rows read", "rows shuffled", "bytes shuffled", "bytes to the driver", "small tables KB",
    )  # fmt: skip
    sizes = sorted(result["stage_costs"], key=int)[-2:]
    how = (
        f"Measured at {sizes[0]} million rows"
        if len(sizes) == 1
        else f"The slope from {' to '.join(sizes)} million rows"
    )
    below = f"{how}. Statements with less than 0.01 µs and 0.01 bytes, in the last row alone: {rest}."
    return markdown(MadeTable("", columns, tuple(rows), below))


def _total(name: str, models: Sequence[StatementModel]) -> tuple[str, ...]:
    return (
        name,
        number(sum(each.cpu_s.per_row for each in models) * 1e6, 2),
        number(sum(each.rows_read.per_row for each in models), 2),
        number(sum(each.shuffle_rows.per_row for each in models), 2),
        number(sum(each.shuffle_bytes.per_row for each in models), 2),
        number(sum(each.result_bytes.per_row for each in models), 2),
        number(max(each.given_bytes for each in models) / 1000, 0),
    )


def cluster(result: Mapping[str, Any]) -> str:
    """Return what one measure with all intervals costs on a cluster at a thousand and ten thousand million rows."""
    models = _models(result)
    parquet = _stored(result, "parquet_bytes")
    rows = []
    for size, cores in CLUSTERS.items():
        spent = sum(each.cpu_s.at(size) for each in models)
        shuffled = sum(each.shuffle_bytes.at(size) for each in models)
        widest = max(each.shuffle_bytes.at(size) for each in models)
        collected = sum(each.result_bytes.at(size) for each in models)
        largest = max(each.result_bytes.at(size) for each in models)
        rows.append(
            (
                f"{size:,.0f}",
                number(spent / 3600, 2),
                str(cores),
                number(wall_s(spent, cores) / 60, 1),
                number(shuffled / 1e9, 2),
                number(max(1, widest / SHUFFLE_PARTITION_BYTES), 0),
                number(collected / 1e9, 2),
                number(largest / DRIVER_LIMIT_BYTES, 2),
                number(parquet.at(size) / 1e9, 0),
            )
        )
    columns = (
        "rows", "core-hours", "cores", "minutes", "shuffled GB", "shuffle partitions", "collected GB",
        "largest answer / driver's limit", "Parquet GB",
    )  # fmt: skip
    return markdown(MadeTable("", columns, tuple(rows)))


def breaks(result: Mapping[str, Any]) -> str:
    """Return where the design breaks, each with the number of rows or files at which it does."""
    models = _models(result)
    largest = max(models, key=lambda each: each.result_bytes.per_row)
    log, names, driver = (result["limits"][name] for name in ("log", "names", "driver"))
    held = 1 + driver["peak_bytes"] / driver["arrow_bytes"]
    commit_s = (log[-1]["snapshot_s"] - log[0]["snapshot_s"]) / (log[-1]["commits"] - log[0]["commits"])
    name_bytes = (names[-1]["bytes"] - names[0]["bytes"]) / (names[-1]["entities"] - names[0]["entities"])
    copy = _points(result, _timed(result), "copy", lambda each: each.median_s)
    parquet = _stored(result, "parquet_bytes")
    read = sum(each.rows_read.per_row for each in models)
    rows = [
        (
            f"largest answer to the driver (`{largest.statement}`)",
            f"{largest.result_bytes.per_row:.2f} bytes a row",
            "1 GiB, Spark's default for one answer",
            f"{DRIVER_LIMIT_BYTES / largest.result_bytes.per_row / 1e9:,.1f} thousand million rows",
        ),
        (
            "that answer as Arrow and as arrays",
            f"{held:.1f} times its bytes at the peak",
            "16 GiB of memory",
            f"{16 * 2**30 / (held * largest.result_bytes.per_row) / 1e9:,.1f} thousand million rows",
        ),
        (
            "rows read again by each statement",
            f"{read:.1f} rows read a row",
            "two",
            "at once" if read > 2 else "not yet",
        ),
        (
            "native copy, one writer",
            f"{copy.per_row * 1e6:.2f} s a million rows",
            "one hour",
            f"{3600 / copy.per_row / 1e9:,.1f} thousand million rows" if copy.per_row else "–",
        ),
        (
            "log of commits, read whole by each command",
            f"{commit_s * 1000:.2f} ms and {log[-1]['bytes_per_commit']:,.0f} bytes a commit",
            "one second",
            f"{1 / commit_s:,.0f} imports",
        ),
        (
            "one file of an import, written again where rows in it are replaced",
            f"{parquet.per_row:.1f} bytes a row",
            "2 GB",
            f"{2e9 / parquet.per_row / 1e6:,.0f} million rows in one import",
        ),
        (
            "index of names, in each worker",
            f"{name_bytes / 1000:.2f} KB an entity",
            "2 GB a worker",
            f"{2e9 / name_bytes / 1e6:,.1f} million entities",
        ),
    ]
    return markdown(MadeTable("", ("what grows", "measured", "limit taken", "reached at"), tuple(rows)))


def _timed(result: Mapping[str, Any]) -> list[Timed]:
    return [timed_from(each) for each in result["timed"]]


def _models(result: Mapping[str, Any]) -> list[StatementModel]:
    rows = {name: each["rows"] for name, each in result["sizes"].items()}
    return statement_models(result["stage_costs"], rows)


BLOCKS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "made": made,
    "machine": machine,
    "one-machine": one_machine,
    "statements": statements,
    "cluster": cluster,
    "breaks": breaks,
}


def filled(page: str, result: Mapping[str, Any]) -> str:
    """Return the page with every block made anew.

    Raises:
        KeyError: The page names a block that there is none of.
    """
    return _BLOCK.sub(lambda block: f"{block[1]}\n{BLOCKS[block['name']](result)}\n{block[3]}", page)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("results", type=Path, nargs="?", default=KEPT)
    given = parser.parse_args()
    result = json.loads(given.results.read_text("utf-8"))
    text = filled(PAGE.read_text("utf-8"), result)
    if given.results != KEPT:
        KEPT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    PAGE.write_text(text, "utf-8")
    print(f"{PAGE.relative_to(ROOT)}: the run of {result['machine']['day']}, efficiency assumed {EFFICIENCY}")


if __name__ == "__main__":
    main()
