"""Cells of a finding, supplier by good, with their marking."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stopgap.api.measured_finding import MeasuredFinding
from stopgap.api.reader import LakeReader
from stopgap.base.marking import CLEAR, Marking
from stopgap.measures.backfill.request import BackfillRequest
from stopgap.measures.backfill.supplier_goods import SupplierGoods


@dataclass(frozen=True)
class MarkedSupplierGoods:
    """Cells of a finding.

    Attributes:
        found: The cells.
        marking: Who may see them.
    """

    found: SupplierGoods
    marking: Marking = CLEAR


def supplier_goods_of(lake: LakeReader, measured: MeasuredFinding, request: BackfillRequest) -> MarkedSupplierGoods:
    """Return trade of each supplier in each good, as a finding sums it; it is marked as the finding is.

    Args:
        lake: The lake.
        measured: The finding.
        request: What it was measured by.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
        MissingDataError: The lake lacks the figures.
        EpisodeError: Windows that cannot be used.
    """
    return _CellReader(lake.path, lake.progress).cells(measured, request)


class _CellReader(LakeReader):
    def cells(self, measured: MeasuredFinding, request: BackfillRequest) -> MarkedSupplierGoods:
        from stopgap.evidence.markings.reads import MEASURED, with_reads
        from stopgap.measures.backfill.supplier_goods import supplier_goods

        with self._reading():
            options = replace(request.options(), as_of=measured.finding.as_of)
            found = supplier_goods(self.path, measured.finding.episode, options, engine=request.engine_options())
            return MarkedSupplierGoods(found, with_reads(measured.marking, covers=MEASURED))
