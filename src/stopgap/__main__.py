"""``python -m stopgap`` and the command ``stopgap``."""

from __future__ import annotations

import io
import sys
from importlib.abc import MetaPathFinder


class _WithoutPandas(MetaPathFinder):
    """Hides pandas from this process.

    pyarrow imports pandas wherever it is installed, which takes a second; no command needs it.
    """

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is not used by the command line", name="pandas")


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.meta_path.insert(0, _WithoutPandas())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # whatever the locale: answers are UTF-8
    from stopgap.cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
