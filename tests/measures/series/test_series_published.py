"""Known answer: EU exports to Kyrgyzstan by Eurostat's monthly totals, in euro."""

from __future__ import annotations

import pytest
from demo_lake import SHARED

from stopgap.api import Lake
from stopgap.intake.importing import import_paths

FILES = SHARED / "trade/easycomext-totals/kyrgyz_export_eurostat"


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> Lake:
    files = sorted(FILES.glob("*.csv")) if FILES.is_dir() else []
    wanted = [file for file in files if any(f". {year}" in file.read_text("utf-8")[:400] for year in (2021, 2022))]
    if len(wanted) != 24:
        pytest.skip("the monthly totals of EasyComext are not beside the checkout")
    folder = tmp_path_factory.mktemp("totals")
    import_paths(folder, wanted)
    return Lake(folder)


def test_the_published_growth_of_2022(lake: Lake) -> None:
    found = lake.series(reporters="EU27", partners="KGZ", goods="TOTAL", by="year", growth=True, currency="EUR")
    first, second = found.finding.rows
    assert (first.value_reported, second.value_reported) == (263_239_032.0, 1_170_905_948.0)
    assert round(100 * second.growth, 1) == 344.8
    assert found.series[0].built == "EU27 as the source's aggregate EU27_2020"


def test_the_members_that_reported_every_month_add_up_to_no_more(lake: Lake) -> None:
    found = lake.series(reporters="DEU,FRA,ITA,POL,LTU,NLD", partners="KGZ", by="year", currency="EUR", period="2022")
    values = [row.value_reported for row in found.finding.rows if row.is_complete]
    assert len(values) == 6
    assert 0 < sum(values) < 1_170_905_948.0
