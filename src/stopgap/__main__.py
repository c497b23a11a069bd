"""``python -m stopgap`` and the command ``stopgap``."""

from __future__ import annotations

import gc
import io
import os
import sys

from stopgap.cli.terminal import process_exit, status_line, stopping
from stopgap.cli.terminal.without_pandas import hide_pandas

COLLECT_AFTER = 100_000
"""Objects after which the interpreter looks for cycles; the usual 700 are a tenth of the time that imports take."""


def main() -> None:
    """Run the command line and leave with its exit code."""
    process_exit.prepare()
    gc.set_threshold(COLLECT_AFTER)
    hide_pandas(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Whatever the locale: answers are UTF-8. What is no text, such as a name in another encoding,
            # is shown by its escape, which in JSON is one too.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if "_STOPGAP_COMPLETE" in os.environ:
        from stopgap.cli.main import complete

        sys.exit(complete())
    stopping.listen()
    status_line.begin(sys.argv[1:])
    try:
        from stopgap.cli.main import run

        code = run(sys.argv[1:])
    finally:
        status_line.end()
    process_exit.exit_with(code)


if __name__ == "__main__":
    main()
