"""Puts the benches of Stopgap on the path: this package shares how they measure and print."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "bench"))
