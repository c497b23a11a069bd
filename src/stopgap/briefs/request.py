"""Options of `stopgap brief`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from stopgap.base.request import Option
from stopgap.panel.request import MeasureRequest


@dataclass(frozen=True, kw_only=True)
class BriefRequest(MeasureRequest):
    """Options of `stopgap brief`; the file suffix decides the format."""

    output: Annotated[
        str | Path, Option("File to write; the ending decides the form.", metavar="NAME.html|.pdf|.xlsx|.md")
    ]
