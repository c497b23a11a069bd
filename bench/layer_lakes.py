"""Codes whose content moved, for the layer *rose*: worlds with a change of revision, read through a lake."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from rise_worlds import RiseDraw


@dataclass(frozen=True)
class Move:
    """What moves at the change of revision.

    Attributes:
        gain: Factor by which one listed code's trade grows everywhere from the change on; 1 for none.
        at_target: Factor on the target's trade in that code before and after: how much of its list the code is.
        losing: Listed codes that lose most of their trade everywhere.
    """

    gain: float = 1.0
    at_target: float = 1.0
    losing: int = 0


MOVES = {
    "a listed code loses its content": Move(losing=2),
    "a listed code gains content, × 8": Move(gain=8.0),
    "a listed code gains content, × 8, most of the target's list": Move(gain=8.0, at_target=10.0),
}


def moved_world(move: Move, seed: int) -> Any:
    """Draw a world with nothing planted but the move: 48 economies, 5 of 12 goods listed, years, HS2022 from 2022."""
    from stopgap.simulate.spec import world_spec
    from stopgap.simulate.worlds import make_world

    world = make_world(
        world_spec(
            "moved-code", seed, annual=True, economies=48, hubs=2, members=12, goods=12, sanctioned_goods=5,
            backfill_ratio=0.0, entrants=0, loss_share=0.0, moved_sanctioned=move.losing, moved_ordinary=1, new_ordinary=1,
        )
    )  # fmt: skip
    if move.gain == 1.0 and move.at_target == 1.0:
        return world
    value, kg = world.value_usd.copy(), world.net_kg.copy()
    since = world.spec.revision_change
    for array in (value, kg):
        array[:, :, 0, since:] *= move.gain
        array[:, 0, 0] *= move.at_target
    return replace(world, value_usd=np.round(value, 2), net_kg=kg)


def moved_draws(move: Move, seed: int, *, most: int) -> list[RiseDraw]:
    """The verdicts on a rise of single suppliers and of all outside together, as a claim's test reads them."""
    from simulated_lake import simulated_lake

    from stopgap.claims.testing.layers.actor_trade import read_actor_trade
    from stopgap.claims.testing.layers.rise import rise_verdict
    from stopgap.claims.testing.layers.rise_reading import read_rise

    world = moved_world(move, seed)
    names, rng = world.plan.names.economies, np.random.default_rng([seed, 78])
    outside = [names[at] for at in world.plan.roles.others]
    chosen = [str(each) for each in rng.permutation(outside)[:most]]
    found = []
    with simulated_lake(world) as lake:
        for group in (*([each] for each in chosen), outside):
            trade = read_actor_trade(lake.engine, lake.episode, lake.goods, group)
            if trade is None:
                continue
            facts = read_rise(lake.engine, lake.episode, trade, None).facts
            if facts is not None:
                name = group[0] if len(group) == 1 else None
                found.append(RiseDraw(seed, name, str(rise_verdict(facts)), facts.p_value, facts.destinations, 0.0))
    return found
