"""Ball bearings from China to Russia in BACI, 2021 and 2023: value and tonnes, and the split of the change."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from stopgap.cli.main import run
from stopgap.measures.prices.run import prices
from stopgap.panel.prepare import measure_options

ROOT = Path(__file__).resolve().parents[3]
FIGURES = ROOT.parent / "shared" / "data" / "trade" / "baci-china-russia" / "baci_russia_china_processed_2017_2023.csv"
EPISODE = """\
name: bearings
title: Ball and roller bearings to Russia
target: RUS
direction: exports-to-target
event: 2022-02
coalition: [DEU]
goods: [bearings.csv]
baseline: {from: 2021-01, to: 2021-12, min_months: 12}
after: {from: 2023-01, to: 2023-12}
"""


@pytest.fixture(scope="module")
def bearings() -> list[dict[str, str]]:
    if not FIGURES.exists():
        pytest.skip(f"the figures are not at {FIGURES.relative_to(ROOT.parent)}")
    with FIGURES.open(encoding="utf-8", newline="") as lines:
        return [
            row
            for row in csv.DictReader(lines)
            if row["k"].zfill(6).startswith("8482") and row["t"] in ("2021", "2023")
        ]


def test_ball_bearings_rose_in_tonnes_more_than_in_dollars(bearings: list[dict[str, str]], tmp_path: Path) -> None:
    with (tmp_path / "BACI_HS17_Y2021_V202501.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(bearings[0]))
        writer.writeheader()
        writer.writerows(bearings)
    goods = sorted({row["k"].zfill(6) for row in bearings})
    (tmp_path / "bearings.csv").write_text(
        "code,description\n" + "".join(f"{good},bearings\n" for good in goods), "utf-8"
    )
    (tmp_path / "bearings.yml").write_text(EPISODE, "utf-8")
    assert run(["import", str(tmp_path / "BACI_HS17_Y2021_V202501.csv"), "--lake", str(tmp_path / "lake")]) == 0
    finding = prices(tmp_path / "lake", str(tmp_path / "bearings.yml"), measure_options())

    def total(column: str, year: str) -> float:
        rows = (row for row in bearings if (row["t"], row["i"], row["j"]) == (year, "156", "643"))
        return math.fsum(float(row[column]) for row in rows)

    # Thousand dollars and tonnes: 43.1 and 206.7 USD m, 5,398 and 33,614 t, so USD 7,985 a tonne fell to 6,150.
    assert total("v", "2021") == pytest.approx(43_108, abs=1)
    assert total("v", "2023") == pytest.approx(206_744, abs=1)
    assert total("q", "2023") / total("q", "2021") == pytest.approx(6.227, abs=0.001)
    gain = finding.split.backfill
    assert gain.change_usd == pytest.approx(1000 * (total("v", "2023") - total("v", "2021")))
    assert gain.weighed_share == 1.0
    assert gain.quantity_usd + gain.price_usd == pytest.approx(gain.change_usd, rel=1e-9)
    assert gain.quantity_usd > gain.change_usd > 0 > gain.price_usd
    at_baseline = sum(_real_gain(bearings, good) for good in goods)
    assert gain.at_baseline_price_usd == pytest.approx(1000 * at_baseline, rel=1e-9)
    assert finding.coverage.units == {"kilograms": len(goods)}  # BACI has no pieces


def _real_gain(bearings: list[dict[str, str]], good: str) -> float:
    """Thousand dollars that the change of tonnes of one good is worth at its unit value of 2021."""
    sold = {row["t"]: row for row in bearings if (row["i"], row["j"], row["k"].zfill(6)) == ("156", "643", good)}
    before, after = ((float(sold[year]["v"]), float(sold[year]["q"])) for year in ("2021", "2023"))
    return before[0] / before[1] * (after[1] - before[1])
