"""The process that ``reader_process`` starts: one JSON request a line, one JSON answer a line."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from stopgap.intake.request import ImportRequest


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    from stopgap.base.errors import StopgapError

    try:
        answer = _import(request) if request["lake"] else _read(request)
    except StopgapError as error:
        is_whole = error.what.strip() and error.where.strip() and error.fix.strip() and error.exit_code != 1
        return {"kind": "refused" if is_whole else "bug", "error": str(error)}
    except BaseException as error:  # the very thing that is looked for
        return {"kind": "bug", "error": f"{type(error).__name__}: {str(error)[:500]}"}
    return answer


def _read(request: dict[str, Any]) -> dict[str, Any]:
    from stopgap.lake.store import staging_connection
    from stopgap.sources.base import Told
    from stopgap.sources.mapping import load_mapping
    from stopgap.sources.registry import read_file

    mapping = load_mapping(request["mapping"]) if request["mapping"] else None
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(staging_connection(Path(folder))) as con:
        staging = read_file(
            con, Path(request["path"]), mapping=mapping, source=request["source"], encoding=request["encoding"],
            told=Told(flow=request["flow"]),
        )  # fmt: skip
        rows = con.execute("SELECT * FROM staged ORDER BY ALL LIMIT 5000").to_arrow_table().to_pylist()
    return {
        "kind": "loaded", "rows": rows, "rejected": staging.rows_rejected, "missing": staging.rows_missing, "warnings": list(staging.warnings),
    }  # fmt: skip


def _import(request: dict[str, Any]) -> dict[str, Any]:
    from stopgap.intake.importing import import_paths
    from stopgap.lake.snapshot import opened

    lake = Path(request["lake"])
    done = import_paths(lake, [Path(request["path"])], ImportRequest(mapping=request["mapping"], source=request["source"], encoding=request["encoding"], allow_rejects=request["allow_rejects"], flow=request["flow"]))  # fmt: skip
    with opened(lake) as (con, _):
        rows = con.execute("SELECT * FROM trade_rows WHERE vintage = ? ORDER BY ALL LIMIT 5000", [done.vintage])
        listed = rows.to_arrow_table().to_pylist()
    return {
        "kind": "loaded", "rows": listed, "rejected": done.rows_rejected, "missing": done.rows_missing,
        "warnings": list(done.warnings),
    }  # fmt: skip


def _peak_mib() -> float:
    """Largest memory held; what the system counts for a process begins with its parent's."""
    with contextlib.suppress(OSError), open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _serve() -> None:
    # What a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        answer = _answer(json.loads(line))
        answer["peak_mib"] = _peak_mib()
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve()
