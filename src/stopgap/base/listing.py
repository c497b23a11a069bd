"""Base class of results that hold several items and a marking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, overload

from stopgap.base.display.displayed import items_display
from stopgap.base.marking import Markable

if TYPE_CHECKING:
    from stopgap.base.display.forms import Display

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

    def _display(self) -> Display:
        return items_display(self.items, "" if self.marking is None else self.marking.label)
