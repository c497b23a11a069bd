"""Options of ``stopgap publish``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from stopgap.base.marking import Marking, parse_marking
from stopgap.base.marking_options import MARKING, RELEASABLE_TO
from stopgap.base.request import AS_OF, Completes, Option


@dataclass(frozen=True, kw_only=True)
class PublishRequest:
    """What is published, and for whom.

    Attributes:
        marking: Level of TLP that the site is marked with; what is above it is not in the site.
    """

    marking: Annotated[str, MARKING]
    releasable_to: Annotated[str | None, RELEASABLE_TO] = None
    goods: Annotated[
        str | None,
        Option(
            "Goods list (default: the first of the episode that the lake can measure).",
            metavar="LIST",
            completes=Completes.GOODS,
        ),
    ] = None
    as_of: Annotated[str | None, AS_OF] = None

    def audience(self) -> Marking:
        """Return the marking.

        Raises:
            UsageError: It is none.
        """
        return parse_marking(self.marking, self.releasable_to)
