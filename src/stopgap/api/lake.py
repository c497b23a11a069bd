"""Open a lake."""

from __future__ import annotations

from pathlib import Path

from stopgap.api.claims import Claims
from stopgap.api.data import Data
from stopgap.api.measures import Measures
from stopgap.api.packs import Packs
from stopgap.api.screening import Screening
from stopgap.base.settings import load_settings


class Lake(Measures, Data, Screening, Claims, Packs):
    """A lake of trade figures. Each result, and each error that is raised after evidence was read, has a ``marking``."""


def open_lake(path: str | Path | None = None) -> Lake:
    """The lake in a folder (default: ``STOPGAP_LAKE``, else the user's data folder)."""
    return Lake(load_settings(lake=Path(path) if path else None).lake)
