"""Options of ``stopgap pack export``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from stopgap.base.request import Option
from stopgap.evidence.packs.request import TrustRequest


class FormName(StrEnum):
    """Forms of other programmes."""

    STIX = "stix"
    OPENCTI = "opencti"
    MISP = "misp"
    FTM = "ftm"
    CSV = "csv"
    XLSX = "xlsx"
    RSS = "rss"
    JSON_FEED = "json-feed"


@dataclass(frozen=True, kw_only=True)
class ExportRequest(TrustRequest):
    """Options of ``stopgap pack export``: output format and file.

    Attributes:
        as_form: ``stix``, ``opencti``, ``misp``, ``ftm``, ``csv``, ``xlsx``, ``rss`` or ``json-feed``.
        output: File to write.
    """

    as_form: Annotated[str, Option("The form of another programme.", flag="--as", choices=FormName)]
    output: Annotated[str | Path, Option("File to write.", metavar="FILE")]
