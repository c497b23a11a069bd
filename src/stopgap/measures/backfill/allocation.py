"""Allocation of the loss to those who filled it, with the identity that every output must satisfy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stopgap.base.errors import IdentityError

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Allocation:
    """Who filled what, in the unit of the input.

    Attributes:
        same_good: Suppliers x goods: share of the good's own loss.
        same_heading: Suppliers x goods: what a supplier's unused gain, in any good of the
            heading, fills of a good's remaining loss.
        unfilled: Goods: loss that no gain took.
        overfill: Suppliers x goods: gain beyond what any loss could take.
    """

    same_good: Array
    same_heading: Array
    unfilled: Array
    overfill: Array


def allocate(loss: Array, gain: Array, headings: Sequence[str]) -> Allocation:
    """Loss of each good shared among the gains in it, then among gains in its heading.

    Within a good, ``min(loss, sum of gains)`` is shared in proportion to the gains. What
    is left of losses and gains is then matched within each four-digit heading the same way.

    Args:
        loss: Goods; positive where the coalition's trade fell. Negative counts as none.
        gain: Suppliers x goods; negative counts as none.
        headings: Heading of each good.

    Returns:
        The allocation; every part is at least 0.

    Raises:
        IdentityError: Loss is not the sum of its parts.

    Method: docs/methods/backfill.md (ours).
    """
    losses = np.clip(loss, 0.0, None)
    gains = np.clip(gain, 0.0, None)
    total = gains.sum(axis=0)
    filled = np.minimum(total, losses)
    scale = np.divide(filled, total, out=np.zeros_like(total), where=total > 0)
    same_good = gains * scale
    same_heading = np.zeros_like(gains)
    remaining = losses - filled
    unused = gains - same_good
    by_heading: dict[str, list[int]] = {}
    for position, heading in enumerate(headings):
        by_heading.setdefault(heading, []).append(position)
    overfill = unused.copy()
    for positions in by_heading.values():
        rest = remaining[positions]
        supply = unused[:, positions]
        wanted, offered = float(rest.sum()), float(supply.sum())
        matched = min(wanted, offered)
        if matched <= 0:
            continue
        same_heading[:, positions] = np.outer(supply.sum(axis=1) / offered * matched, rest / wanted)
        overfill[:, positions] = supply * (1 - matched / offered)
    unfilled = losses - same_good.sum(axis=0) - same_heading.sum(axis=0)
    _check(losses, same_good, same_heading, unfilled)
    return Allocation(same_good, same_heading, np.clip(unfilled, 0.0, None), np.clip(overfill, 0.0, None))


def _check(losses: Array, same_good: Array, same_heading: Array, unfilled: Array) -> None:
    """The identity, to rounding of doubles at the scale of the loss."""
    tolerance = 1e-9 * max(1.0, float(losses.sum()))
    parts = float(same_good.sum() + same_heading.sum() + unfilled.sum())
    if abs(parts - float(losses.sum())) > tolerance or (unfilled.size and float(unfilled.min()) < -tolerance):
        raise IdentityError(
            "the parts of the loss do not add up to it",
            where=f"loss {losses.sum():.6g}, parts {parts:.6g}",
            fix="this is a fault in Stopgap: report it with the goods list and the vintage",
        )
