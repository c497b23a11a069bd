"""Options of the ``stopgap lists`` commands: day or vintage, list, and the states to compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from stopgap.base.request import Completes, Option


@dataclass(frozen=True, kw_only=True)
class ListDayRequest:
    """Day or vintage of the lists to read; the current state if ``None``."""

    as_of: Annotated[
        str | None,
        Option(
            "The lists as they stood on a day (2024-06-01), or as imported up to a vintage (v3).",
            metavar="DAY|VINTAGE",
            completes=Completes.VINTAGE,
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class EntityRequest(ListDayRequest):
    """Options of `stopgap lists entity`."""

    list: Annotated[
        str | None, Option("Only in this list (default: all).", metavar="NAME", completes=Completes.LISTED)
    ] = None


@dataclass(frozen=True, kw_only=True)
class ChangesRequest:
    """Options of `stopgap lists changes`: the two states of the lists to compare."""

    since: Annotated[str, Option("The earlier state of the lists.", metavar="DAY|VINTAGE", completes=Completes.VINTAGE)]
    until: Annotated[
        str | None, Option("The later one (default: now).", metavar="DAY|VINTAGE", completes=Completes.VINTAGE)
    ] = None
