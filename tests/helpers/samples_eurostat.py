"""Samples in the layouts of Eurostat's trade figures."""

from __future__ import annotations

from collections.abc import Callable

from eurostat_files import Figure, bulk, easy, old_bulk, sdmx, tsv, workbook
from samples import Sample

PARTNERS = ("RU", "KZ", "KG", "BY")
GOODS = ("85423110", "8542", "01012100", "TOTAL")
PLACES = [(partner, good) for partner in PARTNERS for good in GOODS]
FIGURES = [
    Figure("DE", partner, good, "2", "2021-03", 1_234_567 + 98_765 * n, 123_450 + n)
    for n, (partner, good) in enumerate(PLACES)
]
"""Sixteen figures of one month, so that a TSV has one column of them."""

TOTAL = float(sum(figure.euro for figure in FIGURES))


def comext() -> Sample:
    """Comext's bulk file of today."""
    return Sample(
        "comext", "full_v2_202103.dat", bulk(FIGURES), TOTAL, 16, is_machine_written=True,
        values=("VALUE_EUR", "QUANTITY_KG", "QUANTITY_SUPPL_UNIT"),
    )  # fmt: skip


def comext_old() -> Sample:
    """Comext's bulk file in the older layout."""
    return Sample(
        "comext old", "nc202103.dat", old_bulk(FIGURES), TOTAL, 16, is_machine_written=True,
        values=("VALUE_IN_EUROS", "QUANTITY_IN_KG", "SUP_QUANTITY"), free=("SUPP_UNIT",),
    )  # fmt: skip


def eurostat_csv() -> Sample:
    """SDMX-CSV, one cell a row."""
    return Sample(
        "eurostat csv", "ds-045409_linear.csv", sdmx(FIGURES), TOTAL, 16, is_machine_written=True,
        values=("OBS_VALUE",),
    )  # fmt: skip


def eurostat_tsv() -> Sample:
    """TSV, one period a column."""
    return Sample(
        "eurostat tsv", "ds-045409.tsv", tsv(FIGURES), TOTAL, 16, delimiter="\t", is_machine_written=True,
        values=("2021-03 ",),
    )  # fmt: skip


def eurostat_workbook() -> Sample:
    """The data browser's workbook, its tags of size wrong."""
    return Sample("eurostat workbook", "ds-045409_spreadsheet.xlsx", workbook(FIGURES), TOTAL, 16, None, None)


def easycomext() -> Sample:
    """EasyComext's table with labels."""
    return Sample(
        "easycomext", "Relational_View.csv", easy(FIGURES), TOTAL, 16, is_machine_written=True,
        values=("VALUE_IN_EUR", "QUANTITY_IN_100KG"),
    )  # fmt: skip


MAKERS: tuple[Callable[[], Sample], ...] = (
    comext,
    comext_old,
    eurostat_csv,
    eurostat_tsv,
    eurostat_workbook,
    easycomext,
)
