"""Intervals on the terminal and in files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli_calls import MACHINERY, WINDOWS, Run, csv_rows
from hypothesis import given
from hypothesis import strategies as st

from stopgap.cli.terminal.output import interval_text, shown

CENTS = st.integers(-(10**15), 10**15).map(lambda cents: cents / 100)


@pytest.mark.parametrize(
    ("ends", "says"),
    [
        ((1_073_330_503.0, 22_768_416_180.0), "1.1 to 22.8 bn"),
        ((-4_430_896_532.0, 213_543_216.0), "-4.43 to 0.21 bn"),
        ((62_595_789.0, 234_022_450.0), "62.6 to 234.0 m"),
        ((4_000_000.0, 22_000_000_000.0), "0.004 to 22.0 bn"),  # above 0 does not read as 0
        ((0.0, 22_000_000_000.0), "0.0 to 22.0 bn"),
        ((0.70214, 0.85099), "0.702 to 0.851"),
        ((-1500.0, 12.0), "-1,500 to 12"),
    ],
)
def test_an_interval_in_one_unit(ends: tuple[float, float], says: str) -> None:
    assert interval_text(*ends) == says
    assert shown("ci95", list(ends)) == says


@given(CENTS, CENTS)
def test_an_end_keeps_its_sign(one: float, other: float) -> None:
    low, high = sorted((one, other))
    first, rest = interval_text(low, high).split(" to ")
    for value, text in ((low, first), (high, rest.split(" ")[0])):
        number = float(text.replace(",", ""))
        assert (number > 0) == (value > 0)
        assert (number < 0) == (value < 0)


def test_the_terminal_shows_them_and_a_file_holds_both_ends(demo_lake: Path, stopgap_run: Run) -> None:
    call = (*MACHINERY, *WINDOWS, "--lake", demo_lake)
    lines = stopgap_run(*call).out.splitlines()
    [china] = [line.split() for line in lines if line.split()[:1] == ["CHN"]]
    row = csv_rows(stopgap_run(*call, "--format", "csv").out)[0]
    low, high = float(row["ci95_low"]), float(row["ci95_high"])
    assert low < float(row["net_gain_usd"]) < high
    assert interval_text(low, high) in " ".join(china)
    net = r"net -?\d+\.\d% \(95% interval -?\d+\.\d% to \d+\.\d%, placebo rank \d+ of 41\)"
    [beside] = [line for line in lines if line.startswith("relative to the baseline: ")]
    assert re.search(net, beside)
    symmetric = r"net backfill -?\d+\.\d% of the counterfactual loss \(95% interval -?\d+\.\d% to \d+\.\d%\)"
    assert re.search(symmetric, lines[0])
