"""Print lines on stderr in addition to an answer."""

from __future__ import annotations

import sys

from stopgap.base.visible_text import one_line
from stopgap.cli.terminal.status_line import held


def tell(line: str) -> None:
    """Print one line on stderr, with invisible characters shown."""
    with held():
        print(one_line(line), file=sys.stderr)
