"""Hold back Python's collector of cycles for a moment in which many small objects are made and none of them is in a cycle."""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Iterator

_lock = threading.Lock()
_holding = 0


@contextlib.contextmanager
def no_collection() -> Iterator[None]:
    """Hold the collector back: a full run walks all objects of all modules, which takes longer than a gross measure."""
    global _holding
    with _lock:
        is_first = _holding == 0 and gc.isenabled()
        if is_first:
            gc.disable()
        if is_first or _holding:
            _holding += 1
            is_counted = True
        else:
            is_counted = False  # whoever disabled it enables it
    try:
        yield
    finally:
        with _lock:
            if is_counted:
                _holding -= 1
                if _holding == 0:
                    gc.enable()
