"""The scale bench runs on its small lake, and the figures by hand are those of Stopgap."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import measured
import pytest
import scale_child
import scale_lakes
import scale_ours
import scale_rivals
from scale_question import parquet_of, question
from scale_tables import OURS


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The small lake, with the copy by hand, in a folder of its own."""
    folder = tmp_path_factory.mktemp("bench")
    with pytest.MonkeyPatch.context() as patch:
        for module in (measured, scale_child, scale_lakes, scale_rivals):
            patch.setattr(module, "CACHE", folder)
        scale_child.by_hand(0, 1)
        yield scale_lakes.scale_lake(0)


def test_the_selective_measure_and_its_rivals_are_timed_in_turn(lake: Path) -> None:
    found = scale_child.gross(0, 1)  # leaves with a message where loss or gain differ
    assert set(found) == {OURS, scale_child.SQL_NATIVE, scale_child.SQL_PARQUET, scale_child.POLARS, scale_child.PANDAS}
    assert all(len(wall) == len(cpu) == 1 for wall, cpu in found.values())


def test_the_panel_is_that_of_sql_by_hand(lake: Path) -> None:
    opened = scale_ours.World(lake, question(0))
    ours, goods = scale_rivals.sums_of(opened.panel()), opened.goods()
    opened.close()
    theirs = scale_rivals.DuckdbByHand(parquet_of(lake)).panel(question(0), goods)
    assert ours.rows > 1000
    assert ours.agrees(scale_rivals.sums_of(theirs))


def test_figures_that_differ_end_the_bench(lake: Path) -> None:
    class Wrong(scale_rivals.DuckdbByHand):
        def gross(self, asked: object) -> object:
            return super().gross(question(1))

    with pytest.raises(SystemExit, match="a rival gives loss and gain"):
        scale_child.check_gross(lake, {"a rival": Wrong(parquet_of(lake))})
