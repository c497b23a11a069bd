"""An index of listed names: built once for an edition of the lists, opened in a moment, asked many times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from stopgap.screening.entities import ListedEntity
from stopgap.screening.results import Match, ScreenQuery


class NameIndex:
    """Listed entities, ready to be searched by name and number."""

    @classmethod
    def build(cls, entities: Iterable[ListedEntity]) -> NameIndex:
        """An index of entities of any lists."""
        raise NotImplementedError

    def save(self, folder: Path) -> None:
        """Write the index into a folder, which is made; whole or not at all."""
        raise NotImplementedError

    @classmethod
    def open(cls, folder: Path) -> NameIndex:
        """An index that was saved.

        Raises:
            InputError: The folder holds no whole index of this version.
        """
        raise NotImplementedError

    def search(
        self,
        queries: Sequence[ScreenQuery],
        *,
        limit: int = 5,
        explain: bool = False,
        lists: frozenset[str] | None = None,
    ) -> list[tuple[Match, ...]]:
        """For each query its best matches, the best first; an empty tuple where nothing is near."""
        raise NotImplementedError
