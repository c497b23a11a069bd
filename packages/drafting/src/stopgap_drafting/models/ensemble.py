"""Ensemble: the scores of linear models and of the encoder, combined.

How much the network counts was chosen on sets left out of both (docs/figures.md).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from stopgap_drafting.models import reranker
from stopgap_drafting.models.linear_model import logistic

if TYPE_CHECKING:
    from stopgap_drafting.models.encoder import EncoderOutput
    from stopgap_drafting.models.encoder_input import Place

SHARE = 0.5
"""Of the network in the log odds of a claim, and in the log likelihood of an action or a stance."""
LEAST_CLAIM = 0.4
"""Least likelihood of a draft where the network was asked; a person decides, and what is not drafted nobody sees."""
ACTOR, NAMED, TARGET, PASSED_ON, SAYS, GOODS = 1.0, 0.5, 2.0, 0.5, 0.5, 0.5
"""How much what the network says counts beside the log odds of a candidate."""
GOODS_ALONE = 1.0
"""Log odds by the network from which a family of goods is meant that no sentence near names."""


def claim_odds(odds: float, told: EncoderOutput | None) -> float:
    """Log odds of a claim by a look at the sentence and by the network."""
    return odds if told is None else (1 - SHARE) * odds + SHARE * told.claim


def claim(chance: float, told: EncoderOutput | None) -> float:
    """Likelihood of a claim by the second look and the network, 0 to 1."""
    if told is None:
        return chance
    kept = min(max(chance, 1e-9), 1 - 1e-9)
    return logistic(claim_odds(math.log(kept / (1 - kept)), told))


def least_claim(told: EncoderOutput | None) -> float:
    """Least likelihood of a draft."""
    return reranker.LEAST_CLAIM if told is None else LEAST_CLAIM


def least_action(told: EncoderOutput | None) -> float:
    """Likelihood of an action below which rules settle it, where they are sure and both sides are named."""
    return 0.6 if told is None else 0.4


def answers(chances: Mapping[str, float], told: Mapping[str, float] | None) -> dict[str, float]:
    """Likelihood of each answer; they sum to 1.

    Args:
        chances: Likelihood of each by the linear model.
        told: Log likelihood of each by the network; ``None``: it was not asked.
    """
    if told is None:
        return dict(chances)
    raised = {
        name: math.exp((1 - SHARE) * math.log(max(chance, 1e-12)) + SHARE * told.get(name, -12.0))
        for name, chance in chances.items()
    }
    total = sum(raised.values())
    return {name: value / total for name, value in raised.items()}


def actor(code: str, odds: float, told: EncoderOutput | None, places: Sequence[Place]) -> float:
    """Log odds of an actor.

    Args:
        code: As claims code it.
        odds: By the linear model.
        told: By the network.
        places: Where its economy is named.
    """
    if told is None:
        return odds
    other = "companies:OTHER" if ":" in code else "OTHER"
    return odds + ACTOR * told.actor.get(code, told.actor[other]) + NAMED * told.actor_named(places)


def target(code: str, odds: float, told: EncoderOutput | None) -> float:
    """Log odds of a target."""
    return odds if told is None else odds + TARGET * told.target.get(code, told.target["OTHER"])


def source(odds: float, told: EncoderOutput | None, place: Place | None, *, is_passed_on: bool) -> float:
    """Log odds of a source.

    Args:
        odds: By the linear model.
        told: By the network.
        place: Of the words that stand for it.
        is_passed_on: Whether another's words are passed on.
    """
    if told is None:
        return odds
    if not is_passed_on:
        return odds - PASSED_ON * told.passed_on + SAYS * told.source_at[0]
    return odds + PASSED_ON * told.passed_on + SAYS * told.source_named(place)


def goods_alone(told: EncoderOutput | None) -> set[str]:
    """Families of goods that the network takes for meant, whatever rules find."""
    return set() if told is None else {group for group, odds in told.goods.items() if odds > GOODS_ALONE}


def goods(group: str, odds: float, told: EncoderOutput | None) -> float:
    """Log odds that a family of goods is meant."""
    return odds if told is None else odds + GOODS * told.goods[group]
