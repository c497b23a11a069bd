"""Sanctions lists of the Python API: states, entries and changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from stopgap.api.asked import asked, asked_of
from stopgap.api.reader import LakeReader
from stopgap.api.results import marked
from stopgap.base.marking import Markable
from stopgap.screening.lists.request import ChangesRequest, EntityRequest, ListDayRequest

if TYPE_CHECKING:
    from stopgap.screening.lists.results import EntryInLists, ListChanges, ListEntries, ListStates

Result = TypeVar("Result", bound=Markable)


class Lists(LakeReader):
    """Lists of companies, vessels and organisations. Called, it says which there are, and how old."""

    @asked(ListDayRequest)
    def list(self, request: ListDayRequest) -> ListStates:
        """Say which lists there are, how old each is and how many are on it."""
        from stopgap.screening.lists.results import lists_of_lake

        with self._reading():
            return self._of_lists(lists_of_lake(self.path, request))

    @asked_of(ListDayRequest)
    def show(self, name: str, request: ListDayRequest) -> ListEntries:
        """Show who is on a list.

        Args:
            name: A list, or all of one act (``eu-833-2014``).

        Raises:
            NotFoundError: No such list.
        """
        from stopgap.screening.lists.results import entries_of_list

        with self._reading():
            return self._of_lists(entries_of_list(self.path, name, request))

    @asked_of(EntityRequest)
    def entity(self, entity_id: str, request: EntityRequest) -> EntryInLists:
        """Show one entry: whether it was on the list on a day and why, what the list says, and each edition.

        Args:
            entity_id: Id of an entry, as its list prints it.

        Raises:
            NotFoundError: No list ever held such an entry.
        """
        from stopgap.screening.lists.results import entry_of_lists

        with self._reading():
            return self._of_lists(entry_of_lists(self.path, entity_id, request), is_history=True)

    @asked(ChangesRequest)
    def changes(self, request: ChangesRequest) -> ListChanges:
        """Show which entries were added, changed or removed between two states of the lists.

        Raises:
            NotFoundError: No such vintage.
            InputError: A day that is none.
        """
        from stopgap.screening.lists.results import changes_of_lists

        with self._reading():
            return self._of_lists(changes_of_lists(self.path, request), is_history=True)

    def _of_lists(self, result: Result, *, is_history: bool = False) -> Result:
        from stopgap.evidence.markings.provenance import LISTS, marking_of_tables
        from stopgap.evidence.markings.reads import with_reads

        return marked(result, with_reads(marking_of_tables(self.path, LISTS, is_history=is_history)))

    __call__ = list
