"""``python -m stopgap`` and the command ``stopgap``."""

from __future__ import annotations

import io
import sys

from stopgap.cli.without_pandas import hide_pandas


def main() -> None:
    """Run the command line and leave with its exit code."""
    hide_pandas()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # whatever the locale: answers are UTF-8
    from stopgap.cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
