"""Hook of the build backend: the manual pages are made when the package is built, and installed with it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManualPages(BuildHookInterface[Any]):
    """Put the manual pages into a wheel, to be installed as ``share/man/man1``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the pages and name them as shared data."""
        sys.path.insert(0, str(Path(self.root) / "tools"))
        try:
            from build_man import write_pages
        finally:
            del sys.path[0]
        for path in write_pages(Path(self.root) / "build" / "man"):
            build_data["shared_data"][str(path)] = f"share/man/man1/{path.name}"
