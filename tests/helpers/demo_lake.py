"""A lake with the bundled figures, imported once in a run for all tests that read it."""

import shutil
from pathlib import Path

from made_once import made_once

from stopgap.demo.run import load_demo
from stopgap.lake.engines.native_copy import build_derived
from stopgap.lake.snapshot import take_snapshot

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
PAIRS = (
    SHARED / "trade/comtrade-pairs-2020-2024/data_pairs_named/machinery_electronics_HS84_85_country_pairs_2020_2024.csv"
)


def _load(folder: Path) -> None:
    """Make the lake that the others are copies of, with its native copy."""
    load_demo(folder / "lake")
    build_derived(take_snapshot(folder / "lake"))


def make_demo_lake(folder: Path) -> Path:
    """The bundled figures in a lake of one's own."""
    made, _ = made_once("demo", _load)
    return Path(shutil.copytree(made / "lake", folder))
