"""The bundled figures: described, small, and the sums of the official files."""

from pathlib import Path

import duckdb
import pytest

from stopgap.demo.run import demo_files
from stopgap.demo.screened import SAMPLE

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "trade"


def figures(name):
    return str(next(demo.path for demo in demo_files() if demo.path.name.startswith(name)))


def test_every_file_is_described_and_all_are_small():
    folder = demo_files()[0].path.parent
    on_disk = {path.name for path in folder.iterdir()} - {"SOURCES.csv", SAMPLE}
    assert {demo.path.name for demo in demo_files()} == on_disk
    assert all(demo.what and demo.source and demo.terms and demo.retrieved for demo in demo_files())
    assert sum(demo.path.stat().st_size for demo in demo_files()) < 5_000_000


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not here")
def test_monthly_figures_are_the_sums_of_the_eight_digit_rows():
    official = SHARED / "eurostat-cn8-monthly/derived/ruimpeks_long.parquet"
    with duckdb.connect() as con:
        ours = con.execute(
            "SELECT partner, strftime(period, '%Y-%m'), sum(value_reported) FROM read_parquet(?) GROUP BY ALL",
            [figures("eu27")],
        ).fetchall()
        theirs = con.execute(
            "SELECT partner, month, sum(value) FROM read_parquet(?) WHERE length(cn) = 8 GROUP BY ALL", [str(official)]
        ).fetchall()
    names = {
        "RUS": "Russian Federation (Russia)",
        "BLR": "Belarus (Belorussia)",
        "KAZ": "Kazakhstan",
        "KGZ": "Kyrgyzstan",
        "ARM": "Armenia",
        "GEO": "Georgia",
        "UZB": "Uzbekistan",
    }
    assert {(names[partner], month): value for partner, month, value in ours} == {
        (partner, month): value for partner, month, value in theirs
    }


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not here")
def test_euro_are_converted_at_the_rate_on_the_row():
    with duckdb.connect() as con:
        rates = con.execute(
            "SELECT DISTINCT strftime(period, '%Y-%m') AS month, currency, usd_per_unit FROM read_parquet(?) ORDER BY 1",
            [figures("eu27")],
        ).fetchall()
    assert len(rates) == 35
    assert {currency for _, currency, _ in rates} == {"EUR"}
    january = next(rate for month, _, rate in rates if month == "2022-01")
    assert january == pytest.approx(1 / 0.8836)
