"""Aggregates that no table lists: kept apart where the file shows what they are, an error where it does not."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from stopgap.sources.base import Staging
from stopgap.sources.mapping import load_mapping
from stopgap.sources.registry import read_file

MAPPING = """
source: mine
frequency: A
period: {column: year, format: YYYY}
reporter: {column: reporter}
partner: {column: partner}
flow: {column: flow, map: {X: X, M: M}}
good: {column: code}
revision: {value: HS2017}
value: {column: usd, zero: reported}
"""
BASE = {"year": "2021", "reporter": "DEU", "partner": "RUS", "flow": "X", "code": "8542", "usd": "100"}

Load = Callable[..., Staging]


@pytest.fixture
def load(con: Any, tmp_path: Path) -> Load:
    """Reads a table whose rows differ from ``BASE`` in the given columns, through the mapping."""

    def read(*rows: dict[str, str]) -> Staging:
        columns = list(dict.fromkeys([*BASE, *(name for row in rows for name in row)]))
        with (tmp_path / "trade.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows({**BASE, **row} for row in rows)
        (tmp_path / "m.yml").write_text(MAPPING)
        return read_file(con, tmp_path / "trade.csv", mapping=load_mapping(tmp_path / "m.yml"))

    return read


def kinds(staged: Callable[..., Sequence[tuple[Any, ...]]], side: str = "partner") -> dict[str, str]:
    return dict(staged(side, "kind"))


def test_by_name(load: Load, staged: Any) -> None:
    staging = load(
        {}, {"partner": "ASEAN"}, {"partner": "Mercosur"}, {"partner": "Sub-Saharan Africa"}, {"reporter": "OPEC"}
    )
    assert staging.rows_rejected == 0
    assert staged("reporter", "partner", "kind") == [
        ("DEU", "MERCOSUR", "aggregate"),
        ("DEU", "R4", "aggregate"),
        ("DEU", "RUS", "economy"),
        ("DEU", "SUB_SAHARAN_AFRICA", "aggregate"),
        ("OPEC", "RUS", "aggregate"),
    ]
    [warning] = [each for each in staging.warnings if "kept apart" in each]
    assert warning.startswith("3 rows of aggregates are kept apart (trade_aggregates), in no sum: ")
    assert "Mercosur as MERCOSUR (union, by its name)" in warning


def test_by_the_name_beside_a_code(load: Load, staged: Any) -> None:
    staging = load({"partner_name": "Russia"}, {"partner": "10021", "partner_name": "South Asia"})
    assert kinds(staged) == {"RUS": "economy", "SOUTH_ASIA": "aggregate"}
    assert staging.rows_rejected == 0


@pytest.mark.parametrize(
    ("column", "no", "yes"),
    [
        ("partner_is_group", "0", "1"),
        ("PartnerIsAggregate", "false", "TRUE"),
        ("partner_type", "country", "Group"),
        ("area_kind", "economy", "region"),
    ],
)
def test_by_the_column_that_marks_groups(load: Load, staged: Any, column: str, no: str, yes: str) -> None:
    staging = load({column: no}, {"partner": "FRA", column: no}, {"partner": "Friends", column: yes})
    assert staging.rows_rejected == 0
    assert kinds(staged) == {"RUS": "economy", "FRA": "economy", "FRIENDS": "aggregate"}
    assert any(f"as the column {column} says" in warning for warning in staging.warnings)


def test_a_mark_that_economies_have_too_marks_something_else(load: Load) -> None:
    staging = load(
        {"isAggregate": "1"}, {"partner": "FRA", "isAggregate": "1"}, {"partner": "Friends", "isAggregate": "1"}
    )
    assert staging.rows_rejected == 1


def test_a_mark_of_the_other_side_is_not_taken(load: Load) -> None:
    assert load({"reporter_is_group": "0"}, {"partner": "Friends", "reporter_is_group": "1"}).rows_rejected == 1


def sums(side: str) -> list[dict[str, str]]:
    """Rows of six cells with four economies, all of them together, and two of them together."""
    rows, rng = [], random.Random(7)
    for year in ("2019", "2020", "2021"):
        for code in ("8542", "8471"):
            usd = {name: rng.randint(1, 9999) for name in ("ITA", "FRA", "KAZ", "KGZ")}
            usd |= {"Everybody": sum(usd.values()), "Neighbours": usd["KAZ"] + usd["KGZ"]}
            rows += [{"year": year, "code": code, side: name, "usd": str(value)} for name, value in usd.items()]
    return rows


@pytest.mark.parametrize("side", ["reporter", "partner"])
def test_by_the_sum_of_others(load: Load, staged: Any, side: str) -> None:
    staging = load(*sums(side))
    assert staging.rows_rejected == 0
    assert kinds(staged, side) == {
        "ITA": "economy", "FRA": "economy", "KAZ": "economy", "KGZ": "economy", "W00": "aggregate", "NEIGHBOURS": "aggregate",
    }  # fmt: skip
    assert any("the sum of KAZ, KGZ" in each and "12 rows" in each for each in staging.warnings)


def test_what_is_the_sum_in_all_cells_but_one_is_no_aggregate(load: Load) -> None:
    rows = sums("partner")
    rows[4] = {**rows[4], "usd": str(int(rows[4]["usd"]) + 999)}
    assert load(*rows).rows_rejected == 6


def test_two_cells_are_too_few_to_tell_a_sum(load: Load) -> None:
    rows = [
        {"code": code, "partner": name, "usd": usd}
        for code in ("8542", "8471")
        for name, usd in (("ITA", "1"), ("FRA", "2"), ("Both", "3"))
    ]
    assert load(*rows).rows_rejected == 2


@pytest.mark.parametrize("partner", ["Germny", "Atlantis", "DE1", "QQQ"])
def test_what_may_be_an_economy_misspelt_stays_an_error(load: Load, rejects: Any, partner: str) -> None:
    assert load({}, {"partner": partner}).rows_rejected == 1
    [(_, reason)] = rejects()
    assert f"partner '{partner}' is not known" in reason


def test_two_spellings_of_one_aggregate_are_not_one_figure(load: Load, staged: Any) -> None:
    staging = load({}, {"partner": "EU27", "usd": "1"}, {"partner": "European Union (27)", "usd": "2"})
    assert staging.rows_rejected == 0
    assert [kind for _, kind in staged("partner", "kind")].count("aggregate") == 2
