"""What the package carries stands in the reference pages, and its sources are named."""

from __future__ import annotations

import csv
from pathlib import Path

from stopgap.codes.areas import areas
from stopgap.codes.commodities import subheadings
from stopgap.codes.concordance import links
from stopgap.codes.files import DATA
from stopgap.codes.fx import monthly_rates
from stopgap.codes.goods import goods_names
from stopgap.codes.groups import group_names

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


def test_the_page_of_economies_names_every_aggregate_group_and_dissolved_economy() -> None:
    text = (REFERENCE / "economies.md").read_text(encoding="utf-8")
    wanted = [a.code for a in areas().values() if a.kind == "aggregate" or a.exit_year] + group_names()
    assert [code for code in wanted if f"`{code}`" not in text] == []


def test_the_page_of_goods_names_every_list_currency_and_code_without_counterpart() -> None:
    text = (REFERENCE / "goods.md").read_text(encoding="utf-8")
    wanted = [f"| `{name}` |" for name in goods_names()]
    wanted += sorted(set(monthly_rates()["currency"].to_pylist()))
    for own, other in (("HS2022", "HS2017"), ("HS2017", "HS2022")):
        wanted += [code for code in subheadings("", own) if code not in links(own, other)]
    assert [item for item in wanted if item not in text] == []


def test_every_data_file_has_its_source_and_terms() -> None:
    with (DATA / "SOURCES.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["file"] for row in rows} == {path.name for path in DATA.iterdir()} - {"SOURCES.csv"}
    assert all(row[field] for row in rows for field in ("what", "source", "date", "terms"))
