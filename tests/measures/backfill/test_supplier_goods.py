"""The cells, supplier by good, are those that a finding sums: by good, by supplier, and of the coalition."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from stopgap.measures.backfill.request import BackfillRequest
from stopgap.measures.backfill.run import measure
from stopgap.measures.backfill.supplier_goods import supplier_goods


@pytest.mark.one_in(2)
@pytest.mark.parametrize("goods", ["machinery-electronics", "chips"])
def test_cells_add_up_to_the_finding(demo_lake: Path, goods: str) -> None:
    options = BackfillRequest(goods=goods, gross=True).options()
    finding = measure(demo_lake, "russia-2022", options, gross=True, keep=False)
    found = supplier_goods(demo_lake, "russia-2022", options)
    by_good: dict[str, float] = defaultdict(float)
    by_supplier: dict[str, float] = defaultdict(float)
    loss = 0.0
    for cell in found.cells:
        change = cell.after_usd - cell.baseline_usd
        if cell.supplier in found.members:
            loss -= change
        else:
            by_good[cell.good] += change
            by_supplier[cell.supplier] += change
    assert loss == pytest.approx(finding.suspended.loss_usd)
    assert dict(by_good) == pytest.approx({row.good: row.gain_usd for row in finding.by_good})
    assert dict(by_supplier) == pytest.approx({row.supplier: row.gain_usd for row in finding.suppliers})
    assert found.goods_of_members == {row.good for row in finding.by_good}
    assert set(found.codes) == {row.good for row in finding.by_good}
