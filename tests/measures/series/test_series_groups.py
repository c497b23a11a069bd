"""Groups by hand: the sum of members, or the aggregate that the source publishes, never both; who is not in it."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lake_rows import put
from series_rows import month_rows, series_of, values

from stopgap.codes.groups import members

EU = sorted(members("eu27", on=dt.date.max))


def of_members(value: float, without: str = "", **fields: object) -> list[dict[str, object]]:
    """Twelve months of 2022 of every member of the EU but one."""
    return [row for name in EU if name != without for row in month_rows(2022, value, reporter=name, **fields)]


def published(value: float, **fields: object) -> list[dict[str, object]]:
    return month_rows(2022, value, **({"reporter": "EU27_2020", "kind": "aggregate"} | fields))


def test_the_sum_of_members_where_all_reported(tmp_path):
    put(tmp_path, [*of_members(1.0), *published(27.0)])
    found = series_of(tmp_path, reporters="EU27")
    assert values(found) == {"2022": 27 * 12.0}
    assert found.series[0].built == "EU27 as the sum of its members"
    assert found.series[0].reporters == tuple(EU)
    assert not [text for text in found.warnings if "published aggregate" in text]


def test_a_sum_apart_from_the_published_aggregate_says_how_far(tmp_path):
    put(tmp_path, [*of_members(1.0), *published(30.0)])
    found = series_of(tmp_path, reporters="EU27")
    assert values(found) == {"2022": 324.0}
    assert "EU27 – KGZ: the sum of members is up to -10.0% from the published aggregate (2022)" in found.warnings


def test_the_published_aggregate_where_a_member_lacks_a_month(tmp_path):
    late = [row for row in of_members(1.0) if not (row["reporter"] == "MLT" and row["period"] == "2022-12-01")]
    put(tmp_path, [*late, *published(27.0)])
    found = series_of(tmp_path, reporters="EU27")
    assert values(found) == {"2022": 324.0}
    assert found.series[0].built == "EU27 as the source's aggregate EU27_2020"
    assert found.series[0].reporters == ("EU27_2020",)


def test_without_an_aggregate_a_member_that_lacks_a_month_makes_the_year_partial(tmp_path):
    late = [row for row in of_members(1.0) if not (row["reporter"] == "MLT" and row["period"] == "2022-12-01")]
    put(tmp_path, [*late, *month_rows(2021, 1.0, reporter="DEU")])
    found = series_of(tmp_path, reporters="EU27", period="2022", growth=True)
    [row] = found.rows
    assert (row.value_usd, row.is_complete, row.growth) == (323.0, False, None)
    assert row.reason == "26 of 27 reporters, without or in part: MLT"


def test_a_small_member_that_lacks_a_month_is_left_out_of_every_period_and_named(tmp_path):
    rows = [
        row for year in (2021, 2022) for name in EU if name != "MLT" for row in month_rows(year, 100.0, reporter=name)
    ]
    small = [
        *month_rows(2021, 13.0, range(1, 13), reporter="MLT"),
        *month_rows(2022, 13.0, range(1, 12), reporter="MLT"),
    ]
    put(tmp_path, [*rows, *small])
    found = series_of(tmp_path, reporters="EU27", growth=True)
    assert values(found) == {"2021": 31_200.0, "2022": 31_200.0}
    assert found.rows[1].growth == pytest.approx(0.0)
    assert found.series[0].built == "EU27 as the sum of 26 of its 27 members"
    assert found.series[0].left_out == {"MLT": pytest.approx(13 / 2613)}
    assert found.headline.startswith("Exports of EU27 (26 of 27 members) to Kyrgyzstan")
    assert found.warnings[0] == (
        "EU27 – KGZ: without MLT in every period, which did not report all of them: 0.50% of the sum where they did"
    )


def test_a_member_of_whom_the_lake_holds_nothing_is_named_first(tmp_path):
    put(tmp_path, of_members(1.0, without="MLT"))
    found = series_of(tmp_path, reporters="EU27")
    assert values(found) == {"2022": 312.0}
    assert found.series[0].absent == ("MLT",)
    assert found.headline.startswith("Exports of EU27 (26 of 27 members) to Kyrgyzstan")
    assert found.warnings[0] == "EU27 – KGZ: the lake holds nothing of MLT, which the figures are without"
    assert found.as_dict()["coverage"]["missing_reporters"] == ["MLT"]


def test_several_entries_are_series_apart_and_never_added(tmp_path):
    put(tmp_path, [*of_members(1.0), *month_rows(2022, 5.0, reporter="EU", kind="aggregate")])
    found = series_of(tmp_path, reporters=["EU27", "DEU"])
    assert [(row.reporter, row.value_usd) for row in found.rows] == [("EU27", 324.0), ("DEU", 12.0)]


@pytest.mark.prove_only
def test_a_group_as_partner_is_the_sum_of_its_members_else_the_aggregate(tmp_path):
    rows = [row for name in EU for row in month_rows(2022, 2.0, reporter="CHN", partner=name)]
    put(tmp_path, rows)
    assert values(series_of(tmp_path, reporters="CHN", partners="EU27")) == {"2022": 648.0}
    other = tmp_path / "other"
    put(other, month_rows(2022, 50.0, reporter="CHN", partner="EU27_2020", kind="aggregate"))
    found = series_of(other, reporters="CHN", partners="EU27")
    assert values(found) == {"2022": 600.0}
    assert found.series[0].built == "EU27 as the source's aggregate EU27_2020"


def test_partners_that_no_file_names_are_told(tmp_path):
    put(tmp_path, [*month_rows(2022, 2.0, partner="CHN"), *month_rows(2022, 3.0, partner="HKG")])
    found = series_of(tmp_path, partners="PRC")
    assert values(found) == {"2022": 60.0}
    assert found.series[0].partners_unseen == ("MAC",)
    assert "MAC as partner" in found.warnings[0]
    assert found.headline.startswith("Exports of Germany to PRC (2 of 3 members)")


def test_an_aggregate_named_as_such_is_read_as_published(tmp_path):
    put(tmp_path, [*published(27.0), *month_rows(2022, 9.0, partner="W00")])
    assert values(series_of(tmp_path, reporters="EU27_2020")) == {"2022": 324.0}
    assert values(series_of(tmp_path, partners="World")) == {"2022": 108.0}


def test_members_are_those_of_the_last_day_asked(tmp_path):
    rows = [row for year in (2019, 2022) for name in (*EU, "GBR") for row in month_rows(year, 1.0, reporter=name)]
    put(tmp_path, rows)
    assert values(series_of(tmp_path, reporters="EU", period="2019")) == {"2019": 336.0}
    assert values(series_of(tmp_path, reporters="EU")) == {"2019": 324.0, "2020": None, "2021": None, "2022": 324.0}


def test_trade_within_a_group_leaves_out_trade_with_oneself(tmp_path):
    rows = [*month_rows(2022, 1.0, reporter="CHN", partner="HKG"), *month_rows(2022, 2.0, reporter="HKG", partner="CHN"),
            *month_rows(2022, 4.0, reporter="MAC", partner="CHN"), *month_rows(2022, 8.0, reporter="MAC", partner="HKG"),
            *month_rows(2022, 16.0, reporter="CHN", partner="MAC"), *month_rows(2022, 32.0, reporter="HKG", partner="MAC"),
            *month_rows(2022, 64.0, reporter="CHN", partner="CHN")]  # fmt: skip
    put(tmp_path, rows)
    assert values(series_of(tmp_path, reporters="CHN,HKG,MAC", partners="CHN"))["2022"] is not None
    found = series_of(tmp_path, reporters="CHN", partners="PRC")
    assert values(found) == {"2022": 12 * 17.0}


@pytest.mark.prove_only
@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 12), st.floats(0, 1e9)), min_size=1, max_size=24))
def test_quarters_and_months_add_up_to_the_year(tmp_path_factory, sold):
    lake = tmp_path_factory.mktemp("lake")
    by_month = dict(sold)
    rows = [row for month, value in by_month.items() for row in month_rows(2022, value, range(month, month + 1))]
    put(lake, rows)
    sums = {
        by: sum(row.value_usd or 0.0 for row in series_of(lake, by=by, period="2022").rows)
        for by in ("year", "quarter", "month")
    }
    assert sums["year"] == pytest.approx(sum(by_month.values()), abs=1e-3)
    assert sums["quarter"] == pytest.approx(sums["year"], rel=1e-12)
    assert sums["month"] == pytest.approx(sums["year"], rel=1e-12)
