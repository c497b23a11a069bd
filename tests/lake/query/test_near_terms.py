"""SQL that names what does not exist: the nearest, the columns and the views are said; nothing of any row."""

from __future__ import annotations

import pytest

from stopgap.base.errors import InputError
from stopgap.lake.query.relations import RELATIONS, relations_read


def refused(sql: str) -> InputError:
    with pytest.raises(InputError) as caught:
        relations_read(sql)
    return caught.value


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("trades", "trade"),
        ("tarde", "trade"),
        ("findngs", "findings"),
        ("trade_aggregate", "trade_aggregates"),
        ("packs", "received_packs"),
    ],
)
def test_an_unknown_view_names_the_nearest_and_all(name: str, near: str) -> None:
    error = refused(f"SELECT * FROM {name}")
    assert error.what == f"there is no table or view {name}"
    assert error.fix.startswith(f"did you mean {near}?")
    assert all(relation in error.fix for relation in RELATIONS)
    assert "DESCRIBE trade" in error.fix


def test_a_view_like_none_lists_all() -> None:
    assert refused("SELECT * FROM zzz").fix.startswith("Views: trade, ")


@pytest.mark.parametrize(
    ("column", "near"),
    [
        ("partnr", "partner"),
        ("value", "value_usd"),
        ("year", "period"),
        ("t.weight", "net_kg"),
        ("country", "reporter or partner"),
        ("hs", "good"),
    ],
)
def test_an_unknown_column_names_the_nearest_and_the_columns(column: str, near: str) -> None:
    error = refused(f"SELECT {column} FROM trade AS t")
    assert error.what == f"there is no column {column.removeprefix('t.')} in trade"
    assert error.fix.startswith(f"did you mean {near}?")
    assert "value_reported" in error.fix
    assert "trade_aggregates" in error.fix


def test_a_text_in_double_quotes_is_told_from_a_column() -> None:
    assert "A text stands in single quotes: 'RUS'" in refused('SELECT * FROM trade WHERE partner = "RUS"').fix
    assert "A text stands in single quotes: 'X'" in refused("SELECT * FROM trade WHERE flow = X").fix


def test_other_words() -> None:
    assert "did you mean median or mean?" in refused("SELECT medan(value_usd) FROM trade").fix
    assert "add GROUP BY reporter" in refused("SELECT reporter, sum(value_usd) FROM trade").fix
    assert "stands after FROM" in refused("SELECT t.good FROM trade AS tt").fix


@pytest.mark.parametrize(
    ("sql", "fix"),
    [
        ("SELECT * FORM trade", "FROM for FORM"),
        ("selec * from trade", "SELECT for selec"),
        ("SELECT 'abc FROM trade", "close the single quote"),
        ("SELECT reporter FROM trade WHERE", "ends too early"),
        ("trade", "SELECT * FROM trade LIMIT 10"),
        ("figures.sql", "$(cat figures.sql)"),
    ],
)
def test_what_is_no_sql_says_how_it_may_be_meant(sql: str, fix: str) -> None:
    error = refused(sql)
    assert error.what.startswith("the statement is not SQL: ")
    assert sql in error.where
    assert fix in error.fix
