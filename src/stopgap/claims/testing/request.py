"""Options of `stopgap claims test`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from stopgap.base.request import AS_OF, Completes, Option


@dataclass(frozen=True, kw_only=True)
class ClaimTestRequest:
    """Options of the test of a claim, on the newest vintage where ``as_of`` is ``None``."""

    episode: Annotated[
        str | None,
        Option(
            "Test on this episode (default: the claim's own, or the one that fits).",
            metavar="EPISODE",
            completes=Completes.EPISODE,
        ),
    ] = None
    by_month: Annotated[bool, Option("Also as it would have been, month by month.")] = False
    as_of: Annotated[str | None, AS_OF] = None


@dataclass(frozen=True, kw_only=True)
class ClaimsTestRequest(ClaimTestRequest):
    """Options of the test of several claims.

    Every registered claim is tested when ``claims`` is empty; no page is written when ``page`` is ``None``.
    """

    claims: Annotated[
        tuple[str | Path, ...],
        Option(
            "Ids of registered claims, their beginnings, or claim files (YAML).",
            metavar="CLAIM",
            is_argument=True,
            completes=Completes.CLAIM,
        ),
    ] = ()
    page: Annotated[str | Path | None, Option("Write a page for each claim.", metavar="NAME.html|.pdf")] = None
