"""The Python API: open a lake, and ask it anything that the command line can be asked."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stopgap.api.lake import Lake, open_lake
    from stopgap.api.packs import verify_pack

__all__ = ["Lake", "open_lake", "verify_pack"]

_FILES = {"Lake": "lake", "open_lake": "lake", "verify_pack": "packs"}


def __getattr__(name: str) -> Any:
    """Load the file of a name when it is first asked for: a command needs but a part of the API."""
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"stopgap.api.{_FILES[name]}"), name)
