"""What users ask of the lists: on which day, of which list, since when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from stopgap.base.request import Option


@dataclass(frozen=True, kw_only=True)
class ListDayRequest:
    """Of which day the lists are asked; of now when ``None``."""

    as_of: Annotated[
        str | None,
        Option(
            "The lists as they stood on a day (2024-06-01), or as imported up to a vintage (v3).", metavar="DAY|VINTAGE"
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class EntityRequest(ListDayRequest):
    """What is asked of one entry."""

    list: Annotated[str | None, Option("Only in this list (default: all).", metavar="NAME")] = None


@dataclass(frozen=True, kw_only=True)
class ChangesRequest:
    """Between which states of the lists changes are asked of."""

    since: Annotated[str, Option("The earlier state of the lists.", metavar="DAY|VINTAGE")]
    until: Annotated[str | None, Option("The later one (default: now).", metavar="DAY|VINTAGE")] = None
