"""Calls that the tests of the command line share, and a small file in Comtrade's layout."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]

MACHINERY = ("measure", "russia-2022", "--goods", "machinery-electronics")
WINDOWS = ("--baseline", "2021-01:2021-12", "--after", "2023-01:2023-12")
MILLION = 1e6

# Comtrade's layout with figures made up: (year, reporter, partner, USD). 643 is Russia, 0 the World.
RELEASE = [
    (2021, 276, 643, 60e6), (2021, 276, 0, 900e6), (2023, 276, 643, 2e6), (2023, 276, 0, 950e6),
    (2021, 156, 643, 30e6), (2021, 156, 0, 5e9), (2023, 156, 643, 70e6), (2023, 156, 0, 5.1e9),
]  # fmt: skip
HEADER = "freqCode,flowCode,classificationCode,cmdCode,customsCode,motCode,partner2Code,netWgt,period,reporterCode,partnerCode,primaryValue"


def comtrade_file(path: Path, rows: list[tuple[object, ...]]) -> Path:
    lines = [f"A,X,H6,854231,C00,0,0,1000,{','.join(map(str, row))}" for row in rows]
    path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
    return path


def stopgap(*arguments: object, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """The command as a process of its own."""
    words = [sys.executable, "-m", "stopgap", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, env={**os.environ, **(env or {})}, check=False)


def csv_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))
