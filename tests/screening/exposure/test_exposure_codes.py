"""Declared codes against a goods list: what counts, what is too short to tell, what is something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from stopgap.codes.goods import GoodsList, load_goods
from stopgap.screening.exposure.codes import match_codes


def goods(folder: Path, *codes: str) -> GoodsList:
    path = folder / "goods.csv"
    path.write_text("code,description\n" + "".join(f"{code},x\n" for code in codes), "utf-8")
    return load_goods(str(path))


def row(good: str | None, year: int = 2023, lines: int = 1, window: int = 1) -> dict[str, object]:
    return {"good": good, "year": year, "lines": lines, "window_lines": window}


@pytest.mark.parametrize(
    ("listed", "declared", "counts"),
    [
        ("854231", "8542319010", "854231"),
        ("854231", "85423190", "854231"),
        ("854231", "854231", "854231"),
        ("854231", "854232", "other"),
        ("854231", "8542", "short"),
        ("854231", "85423", "short"),
        ("854231", "8541", "other"),
        ("8542", "8542319010", "8542"),
        ("8542", "8542", "8542"),
        ("85", "8542", "85"),
        ("85", "9013", "other"),
    ],
)
def test_what_becomes_of_a_code(listed: str, declared: str, counts: str, tmp_path: Path) -> None:
    found = match_codes(goods(tmp_path, listed), [row(declared)])
    rows = found.table.to_pylist()
    assert [each["list_good"] for each in rows] == ([counts] if counts.isdigit() else [])
    assert found.lines_with_short_code == int(counts == "short")
    assert found.lines_of_other_goods == int(counts == "other")


def test_lines_outside_the_window_count_for_first_days_alone(tmp_path: Path) -> None:
    found = match_codes(
        goods(tmp_path, "854231"), [row("854231", window=0), row(None, lines=9, window=2), row("8542", window=0)]
    )
    assert found.table.num_rows == 1
    assert found.found == frozenset()
    assert (found.lines_without_good, found.lines_with_short_code) == (2, 0)


def test_the_tier_is_the_group_of_the_list() -> None:
    found = match_codes(load_goods("chpl-2024-02"), [row("8542319010")])
    [only] = found.table.to_pylist()
    assert only["tier"]
    assert only["list_good"] == "854231"


def test_years_before_the_package_s_nomenclatures_take_the_list_as_it_is(tmp_path: Path) -> None:
    assert match_codes(goods(tmp_path, "854231"), [row("854231", year=1999)]).table.num_rows == 1
