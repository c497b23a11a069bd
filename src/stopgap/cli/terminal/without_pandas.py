"""Keeps pandas out of commands that do not need it.

pyarrow imports pandas, wherever it is installed, the first time that it is given a list, and has no option against it.
That takes 1.8 s of processor time (2 cores, 30 November 2026), and no command needs pandas but those in
:data:`WITH_PANDAS`. Importers in :data:`sys.meta_path` are Python's way to refuse a module; an entry of ``None`` in
:data:`sys.modules` is not enough for pyarrow. It is decided once, before anything is imported: a process of a command
either has pandas or has it not, and the Python API is left alone.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder

WITH_PANDAS = frozenset({"counterfactual"})
"""Commands whose statistics are fitted by a library that needs pandas (pyfixest)."""


class WithoutPandas(MetaPathFinder):
    """Refuses pandas to every import of this process."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is not used by this command", name="pandas")


def hide_pandas(arguments: Sequence[str]) -> None:
    """Let no import find pandas, where the command that the arguments call does not need it.

    Args:
        arguments: Of the command line. One that happens to be called like such a command costs time and nothing else.
    """
    if WITH_PANDAS.isdisjoint(arguments):
        sys.meta_path.insert(0, WithoutPandas())
