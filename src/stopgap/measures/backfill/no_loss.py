"""Words for a loss that is not above 0: nothing was lost, or what was lost cannot be told."""

from __future__ import annotations

from collections.abc import Collection

NOTHING_LOST = "the coalition lost nothing over these windows"
REPORTERS_LOST_NOTHING = (
    "members of the coalition with figures lost nothing over these windows, and what the others lost is not known"
)
LOSS_UNKNOWN = "no member of the coalition has figures in both windows, so its loss is not known"


def no_loss(members: Collection[str], missing: Collection[str]) -> str:
    """Say why a loss is not above 0: only where every member has figures did the coalition lose nothing.

    Args:
        members: Economies of the coalition.
        missing: Economies without figures in both windows, others than members among them.
    """
    known = set(members).difference(missing)
    if not known:
        return LOSS_UNKNOWN
    return NOTHING_LOST if len(known) == len(members) else REPORTERS_LOST_NOTHING
