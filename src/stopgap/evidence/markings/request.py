"""Options of the ``stopgap markings`` commands."""

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
    """Options of ``stopgap markings withdraw``: reason and person.

    Attributes:
        why: The reason, kept in the log.
        by: Who changes the marking; the signed-in user when ``None``.
    """

    why: Annotated[str, Option("The reason, kept in the log.", metavar="TEXT")]
    by: Annotated[str | None, BY] = None


@dataclass(frozen=True, kw_only=True)
class MarkRequest(ReasonRequest):
    """Options of ``stopgap markings set`` and ``stopgap markings release``: the new marking, reason and person.

    Attributes:
        marking: Level of TLP 2.0.
        releasable_to: Economies to which it may be released; the level alone decides when ``None``.

    Raises:
        UsageError: The level or an economy is invalid.
    """

    marking: Annotated[str, MARKING]
    releasable_to: Annotated[str | Sequence[str] | None, RELEASABLE_TO] = None

    def __post_init__(self) -> None:
        parse_marking(self.marking, self.releasable_to)

    @property
    def asked(self) -> Marking:
        """The requested marking, parsed."""
        return parse_marking(self.marking, self.releasable_to)
