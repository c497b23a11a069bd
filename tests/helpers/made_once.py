"""What takes long to make and is only read is made once in a run, whichever of its workers needs it first."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = "STOPGAP_TEST_MADE"
"""Names, in the environment, the folder of what the workers of a run have made; conftest.py makes and removes it."""


@cache
def made_once(name: str, make: Callable[[Path], Any]) -> tuple[Path, Any]:
    """Return the folder of what is made, and what making it returned, which is pickled.

    Args:
        name: Its name in the run.
        make: Makes it in a folder, which is there and empty.
    """
    folder = Path(os.environ[FOLDER]) / name
    done = folder.with_suffix(".pickle")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            folder.mkdir()  # it is there if another worker failed to make it, and then so does this one
            made = make(folder)
            written = done.with_suffix(".part")
            written.write_bytes(pickle.dumps(made))
            written.rename(done)
    return folder, pickle.loads(done.read_bytes())
