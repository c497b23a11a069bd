"""Prevent the import of pandas in commands that do not need it.

pyarrow imports pandas, if installed, the first time that it converts a list, and has no option to turn that off.
The import takes 1.8 s of processor time (2 cores, 30 November 2026), and only what is in :data:`WITH_PANDAS`
needs pandas. A finder in :data:`sys.meta_path` is Python's way to block a module; an entry of ``None`` in
:data:`sys.modules` is not enough for pyarrow. This is decided once, before anything is imported: a command's process
either has pandas or does not, and the Python API is not affected.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

WITH_PANDAS = frozenset({"counterfactual", "serve", "spark", "--engine=spark", "--spark-remote"})
"""Commands whose statistics are fitted by a library that needs pandas (pyfixest), and the engine whose client does."""


class WithoutPandas:
    """Import finder that raises ModuleNotFoundError for pandas in this process."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is not used by this command", name="pandas")


def hide_pandas(arguments: Sequence[str]) -> None:
    """Block the import of pandas, unless the command line calls a command or an engine that needs it.

    Args:
        arguments: Arguments of the command line. Another argument that equals such a name only costs time.
    """
    if WITH_PANDAS.isdisjoint(argument.partition("=")[0] for argument in arguments):
        sys.meta_path.insert(0, WithoutPandas())
