"""The 50 % rule of the Python API: what counts as owned by listed parties, and through which chains."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from stopgap.api.asked import asked, asked_of
from stopgap.api.reader import LakeReader
from stopgap.api.results import marked
from stopgap.base.marking import Markable
from stopgap.screening.ownership.request import CoveredRequest, OwnershipRequest

if TYPE_CHECKING:
    from stopgap.screening.ownership.run import CheckedParty, CoveredParties

Result = TypeVar("Result", bound=Markable)


class Ownership(LakeReader):
    """What counts as owned by those who are listed, and through which chains."""

    @asked_of(OwnershipRequest)
    def check(self, party: str, request: OwnershipRequest) -> CheckedParty:
        """Say whether one entity counts as owned by those who are listed, with its owners and chains.

        Args:
            party: Id or name of an entity of the table.

        Raises:
            NotFoundError: No such party, file, list or rule.
            InputError: A file or the day cannot be read, or the threshold is no share.
            MissingDataError: There is no list to look at.
        """
        from stopgap.screening.ownership.run import checked_party

        with self._reading():
            return self._of_files(checked_party(self.path, party, request), request)

    @asked(CoveredRequest)
    def covered(self, request: CoveredRequest) -> CoveredParties:
        """List all entities that count as owned by those who are listed, with shares and chains.

        Raises:
            NotFoundError: No such file, list or rule.
            InputError: A file or the day cannot be read, or the threshold is no share.
            MissingDataError: There is no list to look at.
        """
        from stopgap.screening.ownership.run import parties_covered

        with self._reading():
            return self._of_files(parties_covered(self.path, request), request)

    def _of_files(self, result: Result, request: OwnershipRequest) -> Result:
        from stopgap.evidence.markings.provenance import LISTS, marking_of_tables
        from stopgap.evidence.markings.reads import marking_of_own, with_reads

        own = marking_of_own(self.path, *request.files)
        return marked(result, with_reads(marking_of_tables(self.path, LISTS, also=[own])))
