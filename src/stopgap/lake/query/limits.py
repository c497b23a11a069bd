"""Resource limits of one SQL statement over the lake: time, memory, and size of the result."""

from __future__ import annotations

import math
import os
import re
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

from stopgap.base.errors import UsageError

_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?([KMGT]B)", re.IGNORECASE)
_LONGEST_S = 7 * 86_400
_LEAST_MEMORY = 64 * 10**6

TIMEOUT_S = 60.0
MEMORY = "4GB"
RESULT = "256MB"

OVER_MEMORY = 75
"""Exit code of a worker process that exceeded its memory limit."""


@dataclass(frozen=True)
class QueryLimits:
    """Limits of one statement: seconds, memory of the engine, and size of the result in Arrow format.

    Intermediate data that does not fit into memory is spilled to a temporary folder.
    """

    timeout_s: float
    memory_bytes: int
    result_bytes: int

    @property
    def temp_bytes(self) -> int:
        """Disk space for data spilled from memory: four times the memory limit."""
        return 4 * self.memory_bytes


def query_limits(*, timeout: float = TIMEOUT_S, memory_limit: str = MEMORY, result_limit: str = RESULT) -> QueryLimits:
    """Parse limits given by a user; memory is capped at half of the machine's. Refuses (UsageError) invalid ones."""
    if not (math.isfinite(timeout) and 0 < timeout <= _LONGEST_S):
        raise UsageError(
            f"a timeout of {timeout:g} seconds is none",
            where="--timeout",
            fix=f"a number of seconds above 0, at most {_LONGEST_S}",
        )
    memory = size_of(memory_limit, "--memory-limit", least=_LEAST_MEMORY)
    machine = machine_memory()
    if machine is not None:
        memory = max(_LEAST_MEMORY, min(memory, machine // 2))
    return QueryLimits(float(timeout), memory, size_of(result_limit, "--result-limit", least=1000))


def size_of(text: str, option: str, *, least: int) -> int:
    """Return the bytes of a size such as ``500MB``; refuses (UsageError) one that is none, or below ``least`` bytes."""
    found = _SIZE.fullmatch(text.strip())
    size = round(float(found[1]) * _UNITS[found[2].upper()]) if found else 0
    if size < least:
        raise UsageError(
            f"{text[:50]!r} is no size, or too small a one",
            where=option,
            fix=f"such as 500MB or 4GB; at least {shown_size(least)}",
        )
    return size


def shown_size(size: int) -> str:
    """Format a size in bytes as the options write it: ``4GB``."""
    unit = next((unit for unit in ("TB", "GB", "MB") if size >= _UNITS[unit]), "KB")
    return f"{size / _UNITS[unit]:.4g}{unit}"


def machine_memory() -> int | None:
    """Return the bytes of memory that the machine has; ``None`` if the system does not report it."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not on every system
        return None


def spill_folder(kind: str) -> str:
    """Return a unique folder to spill to, which DuckDB creates on demand; empty if no temporary folder is writable."""
    try:
        return str(Path(tempfile.gettempdir()) / f"stopgap-{kind}-{uuid.uuid4().hex}")
    except OSError:  # a full disk, or no folder that can be written: reading needs neither
        return ""
