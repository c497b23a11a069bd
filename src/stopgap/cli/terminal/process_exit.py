"""End the process when its work is done, without Python's clean-up of every object, a twentieth of a short command.

Threads are waited for and what others registered with :mod:`atexit` runs first: the interpreter does both before it
calls :func:`_exit`, which is registered before all else. Connections are closed, so that no folder to spill to stays.
"""

from __future__ import annotations

import atexit
import os
import sys
from typing import NoReturn

_codes: list[int] = []


def prepare() -> None:
    """Be the last that the interpreter calls; to be called before anything else registers with :mod:`atexit`."""
    atexit.register(_exit)


def exit_with(code: int) -> NoReturn:
    """End the process with an exit code; where a stream cannot be flushed, as the interpreter itself would.

    For the end of the process alone: the code stands, whatever a caller makes of the SystemExit.
    """
    _codes.append(code)
    sys.exit(code)


def _exit() -> None:
    if not _codes:
        return
    reading = sys.modules.get("stopgap.lake.reading")
    if reading is not None:
        reading.close_connections()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return
    os._exit(_codes[-1])
