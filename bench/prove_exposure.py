"""How much of what is planted in simulated declarations an exposure finds: names, dollars, routes, lists.

python bench/prove_exposure.py [--seeds N] [--lines N]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from functools import reduce
from operator import add
from pathlib import Path

from exposure_scores import Rate, Scores, median, score
from measured import heading, table

from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.screening.exposure.lookups import exposure_helpers
from stopgap.screening.exposure.request import ExposureRequest, Merge
from stopgap.screening.exposure.run import exposure, exposure_options
from stopgap.simulate.spec import world_spec
from stopgap.simulate.writing import write_world

KINDS = ("routing", "mixed")
SIZE = {"economies": 20, "goods": 12, "baseline_months": 24, "after_months": 12}
NEAR = 0.01
"""A company's dollars are found where they are within this of those planted."""


def scored(kind: str, seed: int, lines: int, merges: Sequence[Merge], folder: Path) -> dict[Merge, Scores]:
    """One world, written, loaded and exposed under each way of merging."""
    world = folder / f"{kind}-{seed}"
    written = write_world(world_spec(kind, seed, **SIZE), world, declarations=lines)
    lake = world / "lake"
    import_paths(lake, list(written.declarations), ImportRequest(mapping=str(world / "declarations.yml")))
    import_paths(lake, [world / "listed.csv"], ImportRequest(source="list"))
    found = {}
    helpers = exposure_helpers(lake, as_of=None, screen=True)
    for merge in merges:
        options = exposure_options(ExposureRequest(merge=merge, limit=0, register=world / "register.csv"))
        finding = exposure(lake, str(written.episode), options, helpers=helpers)
        found[merge] = score(finding, written.truth["declarations"])
    return found


def cells(name: str, found: Sequence[Scores]) -> tuple[str, ...]:
    """A row of the table over some worlds."""
    values = [value for scores in found for value in scores.values]
    errors = [abs(error) for scores in found for error in scores.route_errors]
    near = sum(1 for value in values if abs(value - 1) <= NEAR) / len(values)
    rates = [reduce(add, (getattr(scores, part) for scores in found)) for part in ("names", "lists", "new", "sharing")]
    return (
        name,
        *(shown(rate) for rate in rates[:1]),
        f"{near:.3f}",
        f"{sum(min(value, 1.0) for value in values) / len(values):.3f}",
        f"{median(values):.3f}",
        f"{sum(errors) / len(errors):.4f}",
        *(shown(rate) for rate in rates[1:]),
    )


def shown(rate: Rate) -> str:
    """Precision and recall."""
    return "/".join("–" if part is None else f"{part:.3f}" for part in (rate.precision, rate.recall))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--lines", type=int, default=6000)
    given = parser.parse_args()
    merges = (Merge.NONE, Merge.IDENTIFIER, Merge.NAME, Merge.SIMILAR)
    heading(f"Exposure on {given.seeds} simulated worlds of each kind, about {given.lines:,} lines each", "numpy")
    with tempfile.TemporaryDirectory() as folder:
        worlds = {
            (kind, seed): scored(kind, seed, given.lines, merges, Path(folder))
            for kind in KINDS
            for seed in range(1, given.seeds + 1)
        }
    rows = [cells(f"all, --merge {merge}", [found[merge] for found in worlds.values()]) for merge in merges]
    rows += [cells(f"{kind} {seed}, --merge similar", [found[Merge.SIMILAR]]) for (kind, seed), found in worlds.items()]
    table(
        (
            "worlds", "names P/R", "dollars within 1 %", "mean found", "median found", "hub share error", "lists P/R",
            "new P/R", "shared address P/R",
        ),
        rows,
    )  # fmt: skip
    print(
        "P/R: precision and recall. Names: pairs of spellings taken for one company. Dollars: of each planted company and party, those of "
        "its largest row by those planted. Hub share error: mean distance of an exporter's share through hubs from the planted one. "
        "Lists: rows of listed companies with the right entry. New: founded after the event, of companies in the register. Shared address: pairs of intermediaries that were planted to share one."
    )


if __name__ == "__main__":
    main()
