"""Options of the ``stopgap exposure`` command: goods, parties, window and sources of declarations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from stopgap.base.request import AS_OF, Option
from stopgap.lake.engines.engine_options import EngineRequest
from stopgap.panel.request import GOODS


class Party(StrEnum):
    """Role of a party named in a declaration."""

    EXPORTER = "exporter"
    IMPORTER = "importer"
    CONSIGNEE = "consignee"
    DECLARANT = "declarant"
    NOTIFY = "notify_party"
    CARRIER = "carrier"
    MANUFACTURER = "manufacturer"


class Merge(StrEnum):
    """How far names are merged; each takes in those before it."""

    NONE = "none"  # each spelling is a company of its own
    IDENTIFIER = "identifier"
    NAME = "name"  # equal but for case, blanks and marks
    SIMILAR = "similar"  # as the name matcher finds


@dataclass(frozen=True, kw_only=True)
class ExposureRequest(EngineRequest):
    """Options of `stopgap exposure`.

    Attributes:
        goods: Goods list, by name or path; if ``None``, the episode's first list with declarations.
        first: First month; if ``None``, the first of the episode's after-window, or the month after the event.
        last: Last month; if ``None``, the last of the episode's after-window, or the last declared month.
    """

    goods: Annotated[str | Sequence[str] | None, GOODS] = None
    role: Annotated[
        tuple[str, ...],
        Option(
            "exporter, importer, consignee (default: all three), declarant, notify_party, carrier, manufacturer; can be given several times.",
            metavar="PARTY",
        ),
    ] = ()
    first: Annotated[
        str | None, Option("First month, quarter or year of the window.", metavar="PERIOD", flag="--from")
    ] = None
    last: Annotated[str | None, Option("Last month, quarter or year of the window.", metavar="PERIOD", flag="--to")] = (
        None
    )
    source: Annotated[
        tuple[str, ...],
        Option(
            "Source of declarations to count; can be given several times. Default: the one with the most dollars.",
            metavar="NAME",
        ),
    ] = ()
    merge: Annotated[str, Option("How far declared names are merged into companies.", choices=Merge)] = Merge.SIMILAR
    register: Annotated[
        Path | None, Option("CSV of a company register: identifier, name, founded_on.", metavar="FILE")
    ] = None
    no_screen: Annotated[bool, Option("Look no company up in the lake's lists.")] = False
    limit: Annotated[int, Option("Companies of each party, and pairs, to show; 0 for all.", metavar="N")] = 100
    as_of: Annotated[str | None, AS_OF] = None
