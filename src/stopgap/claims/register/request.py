"""Options of the commands on the register of statements."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from stopgap.base.errors import UsageError
from stopgap.base.person import BY
from stopgap.base.request import Completes, Option
from stopgap.claims.claim import Stance


@dataclass(frozen=True, kw_only=True)
class ClaimFilter:
    """Options of `stopgap claims list`; ``None`` does not filter, UsageError for an unknown stance.

    Attributes:
        actor: ISO3, ``EU``, ``THIRD``, ``ANY``; firms of an economy are included.
        target: ISO3.
        speaker: Part of the speaker's name or office, case-insensitive.
        stance: ``assertion``, ``denial`` ….
    """

    actor: Annotated[
        str | None, Option("Whose conduct (CHN, EU, THIRD).", metavar="ECONOMY", completes=Completes.ECONOMY)
    ] = None
    target: Annotated[str | None, Option("Towards whom (RUS).", metavar="ECONOMY", completes=Completes.ECONOMY)] = None
    speaker: Annotated[str | None, Option("Part of the speaker's name or office.", metavar="TEXT")] = None
    stance: Annotated[str | None, Option("How the words stand.", choices=Stance)] = None
    withdrawn: Annotated[bool, Option("Withdrawn ones too.", flag="--all")] = False

    def __post_init__(self) -> None:
        if self.stance is not None and self.stance not in list(Stance):
            raise UsageError(f"no stance {self.stance!r}", where="--stance", fix=f"use {', '.join(Stance)}")


@dataclass(frozen=True, kw_only=True)
class ReadRequest:
    """Options for reading a claim from a claim file, or from a file of drafts."""

    draft: Annotated[int | None, Option("Which draft of the file, from 1.", metavar="N")] = None
    fills: Annotated[
        tuple[str, ...], Option("Fills in or fixes a field of the draft.", metavar="FIELD=VALUE", flag="--set")
    ] = ()
    text: Annotated[
        str | Path | None,
        Option("The source text (default: the file that the claim names, beside it).", metavar="FILE"),
    ] = None


@dataclass(frozen=True, kw_only=True)
class RegisterRequest(ReadRequest):
    """Options of `stopgap claims register`; ``by`` defaults to the user signed in."""

    why: Annotated[str | None, Option("The reason, where a registered claim changes.", metavar="TEXT")] = None
    yes: Annotated[bool, Option("You have read the draft, and say yes to it.")] = False
    by: Annotated[str | None, BY] = None
