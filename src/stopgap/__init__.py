"""Stopgap: who fills the gap when trade is stopped.

Example:
    >>> import stopgap
    >>> lake = stopgap.open("lake")
    >>> finding = lake.measure("russia-2022", goods="machinery-electronics")
    >>> finding.suppliers.to_pandas()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stopgap.api import open_lake as open
    from stopgap.api import verify_pack

__all__ = ["open", "verify_pack"]


def __getattr__(name: str) -> Any:
    # Loaded when asked for, so that the command line starts fast.
    if name == "open":
        from stopgap.api import open_lake

        return open_lake
    if name == "verify_pack":
        from stopgap.api import verify_pack

        return verify_pack
    raise AttributeError(f"module 'stopgap' has no attribute {name!r}")
