"""Entries of an index looked up one by one, from its files or from an index that is open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stopgap.base.errors import InputError
from stopgap.screening.entities import ListedEntity
from stopgap.screening.index.files import StoredRemarks, entities_of, mapped_table


class EntryLookup(Protocol):
    """Entries by number."""

    def number(self, name: str, entity_id: str) -> int:
        """Return the number of the entry of a list; KeyError if there is none."""
        ...

    def entity(self, number: int) -> ListedEntity:
        """Return an entry without its remarks."""
        ...

    def members(self, number: int) -> tuple[int, ...]:
        """Return the numbers of the entries that are one entity with an entry, itself among them."""
        ...

    def remarks(self, number: int) -> tuple[tuple[str, str], ...]:
        """Return the remarks of an entry as (label, text)."""
        ...


class SameGroups:
    """Groups of entries that are one entity, from the number of the first of each; shape (entries,)."""

    def __init__(self, same: npt.NDArray[np.int64]) -> None:
        self._same = same
        found: dict[int, list[int]] = {}
        for number in np.flatnonzero(same != np.arange(len(same))).tolist():
            root = int(same[number])
            found.setdefault(root, [root]).append(number)
        self._members = {root: tuple(members) for root, members in found.items()}

    def members(self, number: int) -> tuple[int, ...]:
        """Return the numbers of the entries of the group of an entry."""
        return self._members.get(int(self._same[number]), (number,))


class StoredEntries:
    """Entries in the files of an index, of which only those that are asked for are read."""

    def __init__(self, folder: Path) -> None:
        try:
            self._table = mapped_table(folder / "entities.arrow")
            self._remarks = StoredRemarks(mapped_table(folder / "remarks.arrow"))
            with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
                self._groups = SameGroups(arrays["same"])
        except (OSError, ValueError, KeyError, pa.ArrowInvalid) as error:
            raise InputError(
                f"the index of names cannot be opened: {str(error)[:150]}",
                where=str(folder),
                fix="remove the folder: the index is built again from the lists",
            ) from error
        places = zip(self._table["list"].to_pylist(), self._table["entity_id"].to_pylist(), strict=True)
        self._numbers = {place: number for number, place in enumerate(places)}

    def number(self, name: str, entity_id: str) -> int:
        """Return the number of the entry of a list; KeyError if there is none."""
        return self._numbers[name, entity_id]

    def entity(self, number: int) -> ListedEntity:
        """Return an entry without its remarks."""
        [found] = entities_of(self._table.slice(number, 1).to_pydict())
        return found

    def members(self, number: int) -> tuple[int, ...]:
        """Return the numbers of the entries that are one entity with an entry, itself among them."""
        return self._groups.members(number)

    def remarks(self, number: int) -> tuple[tuple[str, str], ...]:
        """Return the remarks of an entry as (label, text)."""
        return self._remarks.of(number)


class OpenEntries:
    """Entries of an index that is open in memory."""

    def __init__(
        self, entities: Sequence[ListedEntity], same: npt.NDArray[np.int64], stored: StoredRemarks | None
    ) -> None:
        self._entities = entities
        self._groups = SameGroups(same)
        self._stored = stored
        self._numbers = {(one.list, one.entity_id): number for number, one in enumerate(entities)}

    def number(self, name: str, entity_id: str) -> int:
        """Return the number of the entry of a list; KeyError if there is none."""
        return self._numbers[name, entity_id]

    def entity(self, number: int) -> ListedEntity:
        """Return an entry."""
        return self._entities[number]

    def members(self, number: int) -> tuple[int, ...]:
        """Return the numbers of the entries that are one entity with an entry, itself among them."""
        return self._groups.members(number)

    def remarks(self, number: int) -> tuple[tuple[str, str], ...]:
        """Return the remarks of an entry as (label, text)."""
        return self._stored.of(number) if self._stored is not None else self._entities[number].remarks
