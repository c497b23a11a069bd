"""The Python API: open a lake, and ask it anything that the command line can be asked."""

from typing import TYPE_CHECKING, Any

from stopgap.api.lake import Lake, open_lake

if TYPE_CHECKING:
    from stopgap.api.packs import verify_pack

__all__ = ["Lake", "open_lake", "verify_pack"]


def __getattr__(name: str) -> Any:
    """Load what reads packs when it is first named: most who open a lake read none."""
    if name == "verify_pack":
        from stopgap.api.packs import verify_pack

        return verify_pack
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
