"""The Python API: open a lake, and ask it anything that the command line can be asked."""

from stopgap.api.lake import Lake, open_lake
from stopgap.api.packs import verify_pack

__all__ = ["Lake", "open_lake", "verify_pack"]
