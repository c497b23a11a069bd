"""Hides pandas from commands that do not need it, and shows it to those that do."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder


class WithoutPandas(MetaPathFinder):
    """Hides pandas from this process.

    pyarrow imports pandas wherever it is installed, which takes a second; hardly a command needs it.
    """

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is not used by this command", name="pandas")


def hide_pandas() -> None:
    """Let no import find pandas."""
    sys.meta_path.insert(0, WithoutPandas())


def show_pandas() -> None:
    """Let imports find pandas again: for a command whose statistics are fitted by a library that needs it."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, WithoutPandas)]
