"""What users ask of markings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from stopgap.base.marking import Marking, parse_marking
from stopgap.base.marking_options import MARKING, RELEASABLE_TO
from stopgap.base.person import BY
from stopgap.base.request import Option


@dataclass(frozen=True, kw_only=True)
class ReasonRequest:
    """Why a marking changes, and by whom.

    Attributes:
        why: The reason, kept in the log.
        by: Who changes it; the user signed in when ``None``.
    """

    why: Annotated[str, Option("The reason, kept in the log.", metavar="TEXT")]
    by: Annotated[str | None, BY] = None


@dataclass(frozen=True, kw_only=True)
class MarkRequest(ReasonRequest):
    """What something is marked from now on.

    Attributes:
        marking: Level of TLP 2.0.
        releasable_to: Economies that it may go to; as the level says when ``None``.

    Raises:
        UsageError: No level, or no economy.
    """

    marking: Annotated[str, MARKING]
    releasable_to: Annotated[str | Sequence[str] | None, RELEASABLE_TO] = None

    def __post_init__(self) -> None:
        parse_marking(self.marking, self.releasable_to)

    @property
    def asked(self) -> Marking:
        """The marking."""
        return parse_marking(self.marking, self.releasable_to)
