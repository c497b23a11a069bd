"""The Poisson model on about 860,000 observations: through Stopgap, and by pyfixest alone.

Each run is a process of its own that draws the same figures; the two alternate, so that a
busy machine is busy for both. Stopgap's time holds what pyfixest's does not: group codes
made from columns, all-zero groups found until none is left, and counts of what was dropped.

    python bench/bench_ppml.py [--pairs 3] [--kind windows|months]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from measured import PYTHON, heading, run_child, spread, table

SIZES = {"windows": (40, 40, 270, 2), "months": (15, 24, 50, 48)}
"""Suppliers, destinations, goods and periods: 864,000 observations both."""

SLOWER = 1.10
"""What is promised: no slower than pyfixest alone by more than a tenth."""


def draw(kind: str) -> dict[str, Any]:
    """Columns of a made-up panel, a tenth of them zero."""
    rng = np.random.default_rng(1)
    i_n, j_n, k_n, t_n = SIZES[kind]
    grid = np.meshgrid(range(i_n), range(j_n), range(k_n), range(t_n), indexing="ij")
    i, j, k, t = (axis.ravel().astype(np.int64) for axis in grid)
    sanctioned, post = k < k_n // 2, t >= t_n // 2
    mean = np.exp(
        2 + rng.normal(0, 1, (i_n, j_n, k_n))[i, j, k] + rng.normal(0, 0.3, (i_n, k_n, t_n))[i, k, t]
        + 0.5 * (j == 0) * post * sanctioned
    )  # fmt: skip
    value = rng.poisson(mean * rng.gamma(2, 0.5, mean.size)).astype(np.float64)
    return {"i": i, "j": j, "k": k, "t": t, "sanctioned": sanctioned, "post": post, "value": value}


def ours(columns: dict[str, Any]) -> tuple[float, float, int]:
    """Seconds, β and rows used, through Stopgap."""
    from stopgap.measures.statistics.ppml import PpmlPanel, fit_target

    started = time.perf_counter()
    panel = PpmlPanel(
        columns["i"], columns["j"], columns["k"], columns["t"], columns["value"], columns["sanctioned"], columns["post"]
    )  # fmt: skip
    fit = fit_target(panel, target=0)
    return time.perf_counter() - started, fit.effects["target"], fit.observations


def bare(columns: dict[str, Any]) -> tuple[float, float, int]:
    """Seconds, β and rows used, by pyfixest on a frame whose group columns are ready."""
    import pandas as pd
    import pyfixest as pf

    _, j_n, k_n, t_n = (int(columns[name].max()) + 1 for name in "ijkt")
    i, j, k, t = (columns[name] for name in "ijkt")
    frame = pd.DataFrame(
        {
            "value": columns["value"],
            "treated": ((j == 0) & columns["post"] & columns["sanctioned"]).astype(np.float64),
            "ikt": (i * k_n + k) * t_n + t,
            "ijk": (i * j_n + j) * k_n + k,
            "ijt": (i * j_n + j) * t_n + t,
            "pair": i * j_n + j,
        }
    )
    started = time.perf_counter()
    fit: Any = pf.fepois("value ~ treated | ikt + ijk + ijt", frame, vcov={"CRV1": "pair"})
    return time.perf_counter() - started, float(fit.coef()["treated"]), int(fit._N)


def child(kind: str, who: str) -> None:
    """One run in its own process: prints seconds, β and rows as JSON."""
    warnings.simplefilter("ignore")
    import pandas  # noqa: F401  imported before the clock starts, for both
    import pyfixest  # noqa: F401

    seconds, beta, rows = (ours if who == "Stopgap" else bare)(draw(kind))
    print(json.dumps({"seconds": seconds, "beta": beta, "rows": rows}))


def bench(kind: str, pairs: int) -> bool:
    """Run the pairs and print their table; whether the promise holds."""
    seconds: dict[str, list[float]] = {"Stopgap": [], "pyfixest alone": []}
    memory: dict[str, list[float]] = {name: [] for name in seconds}
    answers: dict[str, dict[str, Any]] = {}
    for number in range(pairs):
        names = list(seconds) if number % 2 == 0 else list(seconds)[::-1]
        for name in names:
            run = run_child(PYTHON, __file__, "--child", kind, name)
            answers[name] = json.loads(run.stdout.splitlines()[-1])
            seconds[name].append(answers[name]["seconds"])
            memory[name].append(run.peak_mib)
    ratios = [mine / theirs for mine, theirs in zip(*seconds.values(), strict=True)]
    size = int(np.prod(SIZES[kind]))
    print(f"{kind}: {size:,} observations, three-way fixed effects, {pairs} pairs\n")
    table(
        ["", "fit, least s", "median s", "largest s", "peak MiB", "β", "rows used"],
        [
            [name, *spread(seconds[name]), f"{median(memory[name]):,.0f}", f"{answers[name]['beta']:.8f}", f"{answers[name]['rows']:,}"]
            for name in seconds
        ],
    )  # fmt: skip
    ratio = median(ratios)
    print(f"Time through Stopgap by pyfixest's own, median of pairs: {ratio:.2f} (promised: at most {SLOWER:.2f})\n")
    same = abs(answers["Stopgap"]["beta"] - answers["pyfixest alone"]["beta"]) < 1e-6
    return ratio <= SLOWER and same


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--kind", choices=[*SIZES, "both"], default="both")
    parser.add_argument("--child", nargs=2, metavar=("KIND", "WHO"))
    asked = parser.parse_args()
    if asked.child:
        child(*asked.child)
        return
    heading("The Poisson model, through Stopgap and by pyfixest alone", "pyfixest", "numpy")
    kinds = list(SIZES) if asked.kind == "both" else [asked.kind]
    held = [bench(kind, asked.pairs) for kind in kinds]
    if not all(held):
        sys.exit("slower than promised, or another answer")


if __name__ == "__main__":
    main()
