"""Settings: folders of the lake and of the user's files, in one frozen object that is passed in, never global."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True)
class Settings:
    """Folders that a command works with.

    Attributes:
        lake: Folder of the lake.
        home: Folder of the user's configuration.
    """

    lake: Path
    home: Path


def load_settings(*, lake: Path | None = None) -> Settings:
    """Load settings from the argument, else ``STOPGAP_LAKE`` and ``STOPGAP_HOME``, else the platform's folders."""
    chosen = lake or os.environ.get("STOPGAP_LAKE") or Path(platformdirs.user_data_dir("stopgap")) / "lake"
    home = os.environ.get("STOPGAP_HOME") or platformdirs.user_config_dir("stopgap")
    return Settings(lake=Path(chosen), home=Path(home))
