"""Columns as people read them: headers with units, names beside codes, pairs as intervals."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from stopgap.cli.terminal.columns import TextFlow, printed_columns


def headers(*names: str, values: Any = 1_234_567_890.0) -> list[str]:
    table = pa.table({name: [values] for name in names})
    return [column.header.replace("\u00a0", " ") for column in printed_columns(table)]


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("after_usd", "after, USD bn"),
        ("usd", "USD bn"),
        ("sum(value_usd)", "sum(value), USD bn"),
        ("net_kg", "net weight, m t"),
        ("price_usd_per_kg", "price, USD per kg"),
        ("share_of_loss", "share of loss, %"),
        ("loss_share", "loss share, %"),
        ("growth", "growth, %"),
        ("is_hub", "hub"),
        ("entity_id", "entity id"),
    ],
)
def test_a_header_is_the_fields_name_with_its_unit(name: str, header: str) -> None:
    assert headers(name) == [header]


def test_all_dollars_of_a_table_have_one_unit() -> None:
    assert headers("a_usd", "b_usd") == ["a, USD bn", "b, USD bn"]
    table = pa.table({"a_usd": [5e9, 6e9, 7e9], "b_usd": [3e6, 4e6, 5e6]})
    first, second = printed_columns(table)
    assert (first.cells[0], second.cells[0]) == ("5,000.0", "3.0")
    assert first.header.endswith("USD\u00a0m")
    assert second.header.endswith("USD\u00a0m")


@pytest.mark.parametrize("is_pair", [True, False])
def test_an_interval_is_one_column_in_the_unit_of_its_figure(is_pair: bool) -> None:
    ends = {"ci95_low": [2e9], "ci95_high": [23e9]} if is_pair else {"ci95": [[2e9, 23e9]]}
    table = pa.table({"net_gain_usd": [14e9], **ends})
    for names in ((), ("net_gain_usd", "ci95")):
        gain, interval = printed_columns(table, names)
        assert gain.header == "net gain, USD\u00a0bn"
        assert interval.header == "95% interval, USD\u00a0bn"
        assert interval.cells == ("2.00 to 23.00",)
        assert interval.name == ("ci95_low, ci95_high" if is_pair else "ci95")


def test_a_pair_beside_its_figure_is_its_range() -> None:
    table = pa.table(
        {"rank": [1], "rank_low": [1], "rank_high": [3], "removed_low_usd": [1e6], "removed_high_usd": [9e6]}
    )
    assert [column.header for column in printed_columns(table)] == ["rank", "rank range", "removed, USD\u00a0m"]
    assert [column.cells[0] for column in printed_columns(table)] == ["1", "1 to 3", "1.0 to 9.0"]


def test_columns_called_low_and_high_are_a_pair_only_beside_an_estimate() -> None:
    plain = pa.table({"low": [1.0], "high": [2.0]})
    assert [column.header for column in printed_columns(plain)] == ["low", "high"]
    beside = plain.append_column("estimate", pa.array([1.5]))
    assert [column.header for column in printed_columns(beside)] == ["interval", "estimate"]


def test_economies_and_goods_have_their_names() -> None:
    table = pa.table({"supplier": ["ARE", "eu27"], "good": ["854231", "84+85"], "revision": ["HS2022", "HS"]})
    supplier, good, _ = printed_columns(table)
    assert supplier.cells == ("ARE United Arab Emirates", "eu27")
    assert good.cells[0].startswith("854231 Electronic integrated circuits")
    assert good.cells[1] == "84+85"
    assert supplier.flow is good.flow is TextFlow.NAME


def test_a_good_has_the_name_of_its_own_revision_or_none() -> None:
    table = pa.table({"good": ["854231"], "revision": ["HS1996"]})
    assert printed_columns(table)[0].cells == ("854231",)


def test_a_name_may_come_from_another_column() -> None:
    table = pa.table({"good": ["84+85", None], "description": ["Machinery and electronics", "1 goods"]})
    [column] = printed_columns(table, ["good+description"])
    assert column.cells == ("84+85 Machinery and electronics", "1 goods")


def test_why_there_is_no_figure_stands_in_its_place() -> None:
    table = pa.table(
        {"net_gain": ["14,813,926", "cannot be told", "-900"], "net_gain_usd": [14_813_926.0, -9e9, -900.0]}
    )
    [column] = printed_columns(table, ["net_gain"])
    assert column.header == "net gain, USD\u00a0m"
    assert column.cells == ("14.81", "cannot be told", ">-0.01")


def test_hashes_are_short_and_moments_to_the_minute_except_in_full() -> None:
    table = pa.table({"file": ["b" * 64], "committed": ["2026-12-01T00:26:59Z"], "receipt": ["a46574a2e9260f0a"]})
    short, moment = printed_columns(table)
    assert short.cells == ("bbbbbbbbbbbb…",)
    assert (moment.header, moment.cells) == ("committed, UTC", ("2026-12-01 00:26",))
    assert [column.cells[0] for column in printed_columns(table, is_full=True)] == [
        "b" * 64, "2026-12-01T00:26:59Z", "a46574a2e9260f0a",
    ]  # fmt: skip
    assert printed_columns(table, ["receipt"])[0].cells == ("a46574a2e9260f0a",)


def test_figures_are_in_full_where_asked() -> None:
    table = pa.table({"after_usd": [42_765_826_429.5], "loss_share": [0.816616], "net_kg": [None]})
    columns = printed_columns(table, is_full=True)
    assert [column.cells[0] for column in columns] == ["42,765,826,430", "81.662", "–"]
    assert columns[0].header == "after, USD"


def test_an_index_has_one_digit_and_growth_its_sign() -> None:
    index, growth = printed_columns(pa.table({"index": [100.0, 444.82], "growth": [None, 3.448]}))
    assert index.cells == ("100.0", "444.8")
    assert growth.cells == ("–", "+344.8")


def test_a_column_that_the_table_has_not_is_an_error() -> None:
    with pytest.raises(KeyError):
        printed_columns(pa.table({"a": [1]}), ["b"])


def test_remarks_are_shown_where_a_row_has_one() -> None:
    assert [column.name for column in printed_columns(pa.table({"check": ["a", "b"], "fix": ["", None]}))] == ["check"]
    assert len(printed_columns(pa.table({"check": ["a", "b"], "fix": ["", "do it"]}))) == 2
