"""What earlier sentences leave in the reader's mind: whom ``they`` may mean, and whether the matter is still on the table."""

from __future__ import annotations

from dataclasses import dataclass

from stopgap.claims.claim import Action, GoodsGroup

REACH = 4
"""Sentences over which a matter stays on the table without being named again."""


@dataclass
class Topic:
    """The matter on the table, as sentences pass.

    Attributes:
        actors: Codes of the suppliers, buyers or firms spoken of last.
        target: Code of the sanctioned economy spoken of last.
        actors_at: Number of the sentence that named the actors.
        target_at: Number of the sentence that named the target.
        claim_at: Number of the sentence that carried a claim last.
        action: Its action.
        goods: The families of its goods, or of those before it where it names none.
        goods_at: Number of the sentence that named them.
    """

    actors: tuple[str, ...] = ()
    target: str | None = None
    actors_at: int = -99
    target_at: int = -99
    claim_at: int = -99
    claim_actors: tuple[str, ...] = ()
    claim_target: str | None = None
    action: Action | None = None
    goods: tuple[GoodsGroup, ...] = ()
    goods_at: int = -99

    def is_alive(self, number: int, reach: int = REACH) -> bool:
        """Whether a claim was made within the last sentences."""
        return number - self.claim_at <= reach

    def knows_target(self, number: int, reach: int = REACH) -> bool:
        """Whether a target was named within the last sentences."""
        return self.target is not None and number - self.target_at <= reach

    def knows_actors(self, number: int, reach: int = REACH) -> bool:
        """Whether suppliers were named within the last sentences."""
        return bool(self.actors) and number - self.actors_at <= reach
