"""A lake with the bundled figures, made once for all tests that read it."""

from pathlib import Path

from stopgap.workflows.demo import load_demo

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
PAIRS = (
    SHARED
    / "trade/comtrade-pairs-2020-2024/data_pairs_named/machinery_electronics_HS84_85_country_pairs_2020_2024.csv"
)


def make_demo_lake(folder: Path) -> Path:
    """The bundled figures in a lake."""
    load_demo(folder)
    return folder
