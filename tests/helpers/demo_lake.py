"""A lake with the bundled figures, imported once in a process for all tests that read it."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from stopgap.demo.run import load_demo

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
PAIRS = (
    SHARED / "trade/comtrade-pairs-2020-2024/data_pairs_named/machinery_electronics_HS84_85_country_pairs_2020_2024.csv"
)


@cache
def _loaded() -> Path:
    """The lake that the others are copies of."""
    folder = Path(tempfile.mkdtemp(prefix="stopgap-demo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    load_demo(folder / "lake")
    return folder / "lake"


def make_demo_lake(folder: Path) -> Path:
    """The bundled figures in a lake of one's own."""
    return Path(shutil.copytree(_loaded(), folder))
