"""Intervals of a measure on the terminal."""

from __future__ import annotations

import re
from pathlib import Path

from cli_calls import MACHINERY, WINDOWS, Run


def test_the_terminal_shows_them_in_the_unit_of_their_figure(demo_lake: Path, stopgap_run: Run) -> None:
    call = (*MACHINERY, *WINDOWS, "--lake", demo_lake)
    lines = stopgap_run(*call).out.splitlines()
    [china] = [line.split() for line in lines if line.split()[:1] == ["CHN"]]
    row = stopgap_run(*call, "--format", "json").document["suppliers"][0]
    low, high = row["ci95"]
    assert low < row["net_gain_usd"] < high
    assert f"{row['net_gain_usd'] / 1e6:,.1f} {low / 1e6:,.1f} to {high / 1e6:,.1f}" in " ".join(china)
    net = r"net -?\d+\.\d% \(95% interval -?\d+\.\d% to \d+\.\d%, placebo rank \d+ of 41\)"
    [beside] = [line for line in lines if line.startswith("relative to the baseline: ")]
    assert re.search(net, beside)
    symmetric = r"net backfill -?\d+\.\d% of the counterfactual loss \(95% interval -?\d+\.\d% to \d+\.\d%\)"
    assert re.search(symmetric, lines[0])
