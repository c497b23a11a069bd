"""The calls of Stopgap that the scale bench times, each in one place."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
from scale_lakes import GOODS
from scale_question import EPISODE, Question

GROSS: dict[str, Any] = {"gross": True}
"""The option of the Python API that leaves out net figures and intervals."""
GROSS_FLAG = "--gross"
"""The same on the command line."""


@functools.cache
def opened_lake(lake: Path) -> Any:
    """Return the lake as the Python API opens it, once a process."""
    import stopgap

    return stopgap.open(lake)


def measure(lake: Path, asked: Question, **options: Any) -> Any:
    """Measure through the Python API, as a user does."""
    return opened_lake(lake).measure(EPISODE, goods=GOODS, baseline=asked.baseline, after=asked.after, **options)


def measure_command(lake: Path, asked: Question, *flags: str) -> tuple[str | Path, ...]:
    """Return the arguments of the same measure as a command."""
    windows = ("--baseline", asked.baseline, "--after", asked.after)
    return ("measure", EPISODE, "--goods", GOODS, *windows, "--lake", lake, "--format", "json", *flags)


def loss_and_gain(finding: Any) -> tuple[float, float]:
    """Return the coalition's loss and the gain of all other suppliers over the whole list, US dollars a year."""
    if finding.full_list is not None:  # the headline leaves out codes whose goods moved to other codes
        return finding.full_list.loss_usd, finding.full_list.gain_usd
    return finding.suspended.loss_usd, sum(row["gain_usd"] for row in finding.suppliers)


def loss_and_gain_of(table: pa.Table, members: tuple[str, ...]) -> tuple[float, float]:
    """Return the same of a table by hand with ``supplier`` or ``reporter``, ``baseline_usd`` and ``after_usd``."""
    name = "supplier" if "supplier" in table.column_names else "reporter"
    loss = gain = 0.0
    for row in table.select([name, "baseline_usd", "after_usd"]).to_pylist():
        change = row["after_usd"] - row["baseline_usd"]
        if row[name] in members:
            loss -= change
        else:
            gain += change
    return loss, gain


class World:
    """The panel of all destinations on an open engine."""

    def __init__(self, lake: Path, asked: Question, *, memory_limit: str | None = None) -> None:
        from stopgap.codes.goods import load_goods
        from stopgap.lake.engines.engine_options import EngineOptions
        from stopgap.lake.schema import TRADE
        from stopgap.panel.all_destinations import open_world
        from stopgap.panel.engine import engine_on
        from stopgap.panel.episodes import load_episode
        from stopgap.panel.prepare import measure_options

        options = EngineOptions(memory_limit=memory_limit)
        self._opened = engine_on(lake, as_of=None, engine=options, only=[TRADE.name])
        self.engine, snapshot = self._opened.__enter__()
        given = measure_options(goods=GOODS, baseline=asked.baseline, after=asked.after)
        self.world = open_world(self.engine, snapshot, load_episode(EPISODE), load_goods(GOODS), given)

    def panel(self) -> pa.Table:
        """Run the stage of mean dollars a year by supplier, destination and good."""
        from stopgap.panel.world_stages import WORLD_CELLS

        return self.engine.run(WORLD_CELLS, tables=self.world.tables, params=self.world.params)

    def goods(self) -> pa.Table:
        """Return the goods of the panel: ``good, is_sanctioned``."""
        wanted = self.world.tables["world_wanted"].to_pylist()
        known = {row["good"]: row["is_sanctioned"] for row in wanted}
        return pa.table({"good": list(known), "is_sanctioned": list(known.values())})

    def close(self) -> None:
        """Close the engine."""
        self._opened.__exit__(None, None, None)


def native_copy(lake: Path) -> Path:
    """Build the native copy of a lake that has none, and return its path."""
    from stopgap.lake.engines.native_copy import build_derived
    from stopgap.lake.snapshot import take_snapshot

    built = build_derived(take_snapshot(lake))
    assert built is not None, "the native copy could not be built"
    return built


def lake_without_copy(lake: Path, folder: Path) -> Path:
    """Return the same lake in another folder, its data files linked, without a native copy."""
    target = folder / "lake"
    for path in (lake / "tables").rglob("*"):
        if path.is_file():
            other = target / path.relative_to(lake)
            other.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, other)
            except OSError:
                other.symlink_to(path)
    return target
