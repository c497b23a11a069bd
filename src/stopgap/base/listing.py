"""Base class of results that hold several items and a marking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar, overload

from stopgap.base.marking import Markable

Item = TypeVar("Item", covariant=True)


@dataclass(frozen=True)
class Listing(Markable, Sequence[Item]):
    """Immutable sequence of results that carries a marking.

    Attributes:
        items: The results, in order.
    """

    items: tuple[Item, ...]

    @overload
    def __getitem__(self, place: int) -> Item: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Item, ...]: ...

    def __getitem__(self, place: int | slice) -> Item | tuple[Item, ...]:
        return self.items[place]

    def __len__(self) -> int:
        return len(self.items)
