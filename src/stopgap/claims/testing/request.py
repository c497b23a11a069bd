"""What users ask of tests of statements."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from stopgap.base.request import AS_OF, Option


@dataclass(frozen=True, kw_only=True)
class ClaimTestRequest:
    """What is asked of a test.

    Attributes:
        episode: Name or file of the episode; the claim's own, or the one that fits, when ``None``.
        by_month: Test it for each month (year) up to which one could have looked, too.
        as_of: Vintage or day; the newest vintage when ``None``.
    """

    episode: Annotated[
        str | None, Option("Test on this episode (default: the claim's own, or the one that fits).", metavar="EPISODE")
    ] = None
    by_month: Annotated[bool, Option("Also as it would have been, month by month.")] = False
    as_of: Annotated[str | None, AS_OF] = None


@dataclass(frozen=True, kw_only=True)
class ClaimsTestRequest(ClaimTestRequest):
    """What is asked of tests of several claims.

    Attributes:
        claims: Ids of registered claims, their beginnings, or claim files; every registered claim when empty.
        page: File with a page for each claim, in HTML or PDF; none is written when ``None``.
    """

    claims: Annotated[
        tuple[str | Path, ...],
        Option("Ids of registered claims, their beginnings, or claim files (YAML).", metavar="CLAIM", is_argument=True),
    ] = ()
    page: Annotated[str | Path | None, Option("Write a page for each claim.", metavar="NAME.html|.pdf")] = None
