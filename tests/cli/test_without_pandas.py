"""pandas, which takes longer to import than most commands run, is imported by the commands that need it alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

_ARROW = """
import sys
from stopgap.cli.terminal.without_pandas import hide_pandas

hide_pandas(sys.argv[1:])
import pyarrow

pyarrow.array(["a"])
print("pandas" in sys.modules)
"""


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("arguments", "is_loaded"),
    [
        (["measure", "russia-2022"], "False"),
        (["--lake", "x", "counterfactual", "russia-2022"], "True"),
        (["measure", "russia-2022", "--engine", "spark", "--spark-remote", "sc://localhost:50051"], "True"),
        (["measure", "russia-2022", "--engine", "spark", "--spark-remote=sc://localhost:50051"], "True"),
    ],
)
def test_arrow_loads_pandas_where_the_command_needs_it(arguments: list[str], is_loaded: str) -> None:
    pytest.importorskip("pandas")
    child = subprocess.run([sys.executable, "-c", _ARROW, *arguments], capture_output=True, text=True, check=True)
    assert child.stdout.strip() == is_loaded
