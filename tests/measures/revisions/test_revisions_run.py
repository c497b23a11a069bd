"""Two vintages of tiny lakes compared, against sums done by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lake_rows import put, trade_row

from stopgap.base.errors import MissingDataError, NotFoundError, UsageError
from stopgap.lake.compacting import compact
from stopgap.lake.supersession import Replaces
from stopgap.measures.backfill.run import measure
from stopgap.measures.revisions.results import revision_table
from stopgap.measures.revisions.run import diff
from stopgap.panel.prepare import measure_options

WINDOWS = {"baseline": "2021-01:2021-12", "after": "2023-01:2023-12"}
CENT = 0.01


@pytest.fixture
def processors(tmp_path):
    path = tmp_path / "processors.csv"
    path.write_text("code,description\n854231,Processors\n854232,Memories\n")
    return str(path)


def annual(*figures):
    """Rows (supplier, year, good, dollars), and each supplier's trade with Kazakhstan so that it has reported."""
    rows = [
        trade_row(reporter=who, period=f"{year}-01-01", good=good, value_usd=value)
        for who, year, good, value in figures
    ]
    seen = sorted({(who, year) for who, year, *_ in figures})
    return rows + [trade_row(reporter=who, period=f"{year}-01-01", partner="KAZ") for who, year in seen]


def monthly(who, months, value, *, partner="RUS"):
    return [
        trade_row(reporter=who, frequency="M", period=f"{month}-01", value_usd=value, partner=partner)
        for month in months
    ]


def months(first, last):
    year = first[:4]
    return [f"{year}-{number:02}" for number in range(int(first[5:]), int(last[5:]) + 1)]


def by_figure(changes, subject):
    return {change.figure: change for change in changes if change.subject == subject}


def parts(change):
    return {name: getattr(change, name) for name in ("revised", "new", "withdrawn", "basis")}


FIRST = (
    ("DEU", 2021, "854231", 100.0), ("DEU", 2023, "854231", 10.0), ("CHN", 2021, "854231", 50.0),
    ("CHN", 2023, "854231", 90.0), ("CHN", 2023, "854232", 8.0), ("TUR", 2021, "854231", 5.0),
)  # fmt: skip


@pytest.fixture
def annual_lake(tmp_path):
    """v2: Germany's and China's 2023 revised, a good of China's withdrawn, a baseline good of Germany's new, Turkey's 2023 there."""
    lake = tmp_path / "lake"
    put(lake, annual(*FIRST), name="a")
    later = (
        ("DEU", 2021, "854231", 100.0), ("DEU", 2021, "854232", 4.0), ("DEU", 2023, "854231", 12.0),
        ("CHN", 2021, "854231", 50.0), ("CHN", 2023, "854231", 95.5), ("TUR", 2021, "854231", 5.0),
        ("TUR", 2023, "854231", 50.0),
    )  # fmt: skip
    put(lake, annual(*later), name="b", replaces=Replaces.COMPLETE)
    return lake


@pytest.fixture
def annual_revision(annual_lake, processors):
    return diff(annual_lake, "russia-2022", measure_options(goods=processors, **WINDOWS), earlier="v1")


def test_each_part_is_the_sum_done_by_hand(annual_revision):
    headline = {change.figure: change for change in annual_revision.headline}
    assert parts(headline["baseline_usd"]) == {"revised": 0, "new": 4, "withdrawn": 0, "basis": 0}
    assert parts(headline["after_usd"]) == {"revised": 2, "new": 0, "withdrawn": 0, "basis": 0}
    assert parts(headline["loss_usd"]) == {"revised": -2, "new": 4, "withdrawn": 0, "basis": 0}
    # China: 98 to 95.5, of which 5.5 revised and 8 withdrawn; Turkey was silent and gains 45.
    assert parts(headline["gain_usd"]) == {"revised": 5.5, "new": 0, "withdrawn": -8, "basis": 45}
    ratio = headline["gross_ratio"]
    assert (ratio.from_value, ratio.to_value) == pytest.approx((48 / 90, 90.5 / 92))
    assert parts(ratio) == pytest.approx(
        {
            "revised": 53.5 / 88 - 48 / 90,
            "withdrawn": 45.5 / 88 - 53.5 / 88,
            "new": 45.5 / 92 - 45.5 / 88,
            "basis": 90.5 / 92 - 45.5 / 92,
        }
    )


def test_both_ends_are_what_a_measure_of_that_vintage_says(annual_lake, annual_revision, processors):
    for vintage, side in (("v1", "from_value"), ("v2", "to_value")):
        options = measure_options(goods=processors, as_of=vintage, **WINDOWS)
        finding = measure(annual_lake, "russia-2022", options, keep=False)
        headline = {change.figure: getattr(change, side) for change in annual_revision.headline}
        assert headline["loss_share"] == pytest.approx(finding.suspended.loss_share, rel=1e-12)
        assert headline["gross_ratio"] == pytest.approx(finding.backfill.gross_ratio, rel=1e-12)
        for row in finding.suppliers:
            found = by_figure(annual_revision.suppliers, row.supplier)
            assert getattr(found["gain_usd"], side) == pytest.approx(row.gain_usd, abs=CENT / 2)


def test_every_row_behind_a_change_is_listed_with_both_sides(annual_revision):
    rows = {(row.supplier, row.period, row.good): row for row in annual_revision.rows}
    assert {key: row.change for key, row in rows.items()} == {
        ("DEU", "2021", "854232"): "new",
        ("DEU", "2023", "854231"): "revised",
        ("CHN", "2023", "854231"): "revised",
        ("CHN", "2023", "854232"): "withdrawn",
        ("TUR", "2023", "854231"): "new",
    }
    germany = rows["DEU", "2023", "854231"]
    assert (germany.from_usd, germany.to_usd, germany.effect_usd, germany.part) == (10.0, 12.0, 2.0, "after")
    assert (germany.from_vintage, germany.to_vintage) == ("v1", "v2")
    assert rows["CHN", "2023", "854232"].to_receipt is None
    assert rows["TUR", "2023", "854231"].effect_usd is None  # it counts through the basis


def test_a_silent_supplier_is_named(annual_revision):
    assert annual_revision.basis_changes == ("silent in a window before, and counted now: TUR",)


@pytest.mark.prove_only
def test_a_supplier_without_a_row_before_is_new_not_silent(tmp_path, processors):
    """It reported both windows and sold nothing of these goods: a true zero."""
    lake = tmp_path / "lake"
    reported = [trade_row(reporter="ARE", period=f"{year}-01-01", partner="KAZ") for year in (2021, 2023)]
    put(lake, [*annual(*FIRST), *reported])
    put(lake, annual(("ARE", 2023, "854231", 7.0)))
    revision = diff(lake, "russia-2022", measure_options(goods=processors, **WINDOWS), earlier="v1")
    gain = by_figure(revision.suppliers, "ARE")["gain_usd"]
    assert (gain.from_value, gain.to_value) == (0.0, 7.0)
    assert parts(gain) == {"revised": 0, "new": 7, "withdrawn": 0, "basis": 0}
    assert revision.basis_changes == ()


@pytest.mark.prove_only
def test_a_good_without_a_row_before_is_new(tmp_path, processors):
    lake = tmp_path / "lake"
    put(lake, annual(*[row for row in FIRST if row[2] == "854231"]))
    put(lake, annual(("CHN", 2023, "854232", 3.0)))
    revision = diff(lake, "russia-2022", measure_options(goods=processors, **WINDOWS), earlier="v1")
    assert parts(by_figure(revision.by_good, "854232")["gain_usd"]) == {
        "revised": 0,
        "new": 3,
        "withdrawn": 0,
        "basis": 0,
    }


@pytest.fixture
def monthly_lake(tmp_path):
    """v2: China's June revised, Turkey's June there, everyone but Turkey has July."""
    lake = tmp_path / "lake"
    first = [
        *monthly("DEU", months("2021-01", "2021-12"), 50.0), *monthly("DEU", months("2023-01", "2023-06"), 2.0),
        *monthly("CHN", months("2021-01", "2021-12"), 30.0), *monthly("CHN", months("2023-01", "2023-06"), 60.0),
        *monthly("TUR", months("2021-01", "2021-12"), 1.0), *monthly("TUR", months("2023-01", "2023-05"), 9.0),
    ]  # fmt: skip
    put(lake, first)
    put(
        lake,
        [
            *monthly("CHN", ["2023-06"], 66.0),
            *monthly("CHN", ["2023-07"], 74.0),
            *monthly("TUR", ["2023-06"], 15.0),
            *monthly("DEU", ["2023-07"], 9.0),
        ],
    )
    return lake


@pytest.mark.prove_only
def test_a_new_month_in_an_open_window_moves_its_end(monthly_lake, processors):
    options = measure_options(goods=processors, baseline="2021-01:2021-12")
    revision = diff(monthly_lake, "russia-2022", options, earlier="v1")
    china = by_figure(revision.suppliers, "CHN")["after_usd"]
    # 60 a month; June is 6 more, a sixth of it in the mean; then July lifts the mean of seven months.
    assert parts(china) == pytest.approx({"revised": 12, "new": 0, "withdrawn": 0, "basis": 12 * (440 / 7 - 61)})
    assert revision.basis_changes == ("the after-window is 2023-01 to 2023-07 instead of 2023-01 to 2023-06",)
    july = next(row for row in revision.rows if (row.supplier, row.period) == ("CHN", "2023-07"))
    assert (july.change, july.effect_usd) == ("new", None)


@pytest.mark.prove_only
def test_a_new_month_in_a_closed_window_is_new(monthly_lake, processors):
    options = measure_options(goods=processors, baseline="2021-01:2021-12", after="2023-01:2023-07")
    revision = diff(monthly_lake, "russia-2022", options, earlier="v1")
    china = by_figure(revision.suppliers, "CHN")["after_usd"]
    assert parts(china) == pytest.approx({"revised": 12, "new": 12 * (440 / 7 - 61), "withdrawn": 0, "basis": 0})
    assert revision.basis_changes == ()


@pytest.mark.prove_only
def test_first_release_against_latest(monthly_lake, processors):
    options = measure_options(goods=processors, baseline="2021-01:2021-12")
    revision = diff(monthly_lake, "russia-2022", options, earlier="v1")
    china = revision.first_releases[0]
    assert (china.supplier, china.periods, china.periods_revised) == ("CHN", 19, 1)
    assert china.revised_share == pytest.approx(6 / 60)
    june = next(row for row in revision.periods if (row.supplier, row.period) == ("CHN", "2023-06"))
    assert (june.first_vintage, june.first_usd, june.latest_usd) == ("v1", 60.0, 66.0)
    assert june.revised_since_first_share == pytest.approx(0.1)
    july = next(row for row in revision.periods if (row.supplier, row.period) == ("CHN", "2023-07"))
    assert (july.from_usd, july.to_usd, july.new_usd, july.first_vintage) == (None, 74.0, 74.0, "v2")


@pytest.mark.prove_only
def test_the_first_release_is_the_first_though_it_was_revised_between(monthly_lake, processors):
    put(monthly_lake, monthly("CHN", ["2023-06"], 63.0))
    options = measure_options(goods=processors, baseline="2021-01:2021-12")
    revision = diff(monthly_lake, "russia-2022", options, earlier="v2")
    june = next(row for row in revision.periods if (row.supplier, row.period) == ("CHN", "2023-06"))
    assert (june.first_usd, june.from_usd, june.to_usd) == (60.0, 66.0, 63.0)


@pytest.mark.prove_only
def test_a_good_that_came_later_is_no_revision(tmp_path, processors):
    """The first file held one good of the month: the second file's other good does not revise it."""
    lake = tmp_path / "lake"
    put(lake, annual(*FIRST))
    put(lake, annual(("DEU", 2023, "854232", 1000.0)))
    revision = diff(lake, "russia-2022", measure_options(goods=processors, **WINDOWS), earlier="v1")
    assert not [summary for summary in revision.first_releases if summary.periods_revised]


def test_the_same_vintage_has_no_change(annual_lake, processors):
    revision = diff(annual_lake, "russia-2022", measure_options(goods=processors, **WINDOWS), earlier="v2", later="v2")
    assert not revision.is_changed
    assert revision.rows == ()
    assert revision.lines()[0].endswith(": no figure changed")


@pytest.mark.prove_only
def test_a_day_is_a_vintage(annual_lake, processors):
    """Both vintages are of one day: its last is meant."""
    options = measure_options(goods=processors, **WINDOWS)
    day = diff(annual_lake, "russia-2022", options, earlier="v1").later.committed[:10]
    assert diff(annual_lake, "russia-2022", options, earlier=day).earlier.vintage == "v2"


def test_the_wrong_order_is_refused(annual_lake):
    with pytest.raises(UsageError, match="v2 is newer than v1"):
        diff(annual_lake, "russia-2022", measure_options(), earlier="v2", later="v1")


def test_an_unknown_vintage_names_its_option(annual_lake):
    with pytest.raises(NotFoundError) as raised:
        diff(annual_lake, "russia-2022", measure_options(), earlier="v1", later="v9")
    assert raised.value.where.startswith("--to")


def test_a_vintage_without_the_episode_is_a_clear_error(tmp_path, processors):
    lake = tmp_path / "lake"
    put(lake, [trade_row(partner="KAZ")])
    put(lake, annual(*FIRST))
    with pytest.raises(MissingDataError, match="as of v1 the episode cannot be measured") as raised:
        diff(lake, "russia-2022", measure_options(goods=processors, **WINDOWS), earlier="v1")
    assert raised.value.where.startswith("--from")


@pytest.mark.prove_only
def test_rows_that_came_again_unchanged_are_no_change(tmp_path, processors):
    lake = tmp_path / "lake"
    put(lake, annual(*FIRST), name="a")
    put(lake, annual(*FIRST), name="b")
    revision = diff(lake, "russia-2022", measure_options(goods=processors, **WINDOWS), earlier="v1")
    assert not revision.is_changed


def test_tables_leave_out_what_did_not_change(annual_revision):
    suppliers = revision_table(annual_revision, by="supplier").to_pylist()
    assert [row["subject"] for row in suppliers[:4]] == ["coalition"] * 3 + ["others"]
    assert {row["subject"] for row in suppliers} == {"coalition", "others", "DEU", "CHN", "TUR"}
    periods = revision_table(annual_revision, by="month").to_pylist()
    assert ("CHN", "2021") not in {(row["supplier"], row["period"]) for row in periods}
    assert revision_table(annual_revision, by="row").num_rows == 5


def test_the_document_is_json(annual_revision):
    document = json.loads(json.dumps(annual_revision.as_dict(), allow_nan=False))
    assert (document["from"]["vintage"], document["to"]["vintage"]) == ("v1", "v2")
    assert (document["rows_revised"], document["rows_new"], document["rows_withdrawn"]) == (2, 2, 1)
    assert {query["as_of"] for query in document["queries"]} == {"v1", "v2"}


VALUES = st.integers(0, 10**9).map(lambda cents: cents / 100)
FIGURES = st.dictionaries(
    st.tuples(
        st.sampled_from(("DEU", "FRA", "CHN", "TUR")),
        st.sampled_from(("2021-01", "2021-02", "2023-01", "2023-02")),
        st.sampled_from(("854231", "854232")),
        st.sampled_from(("HS2017", "HS2022")),
    ),
    VALUES,
    min_size=1,
)
ANCHOR = [
    trade_row(reporter=who, frequency="M", period=f"{month}-01", partner=partner, revision="HS2017", value_usd=5.0)
    for who in ("DEU", "CHN")
    for month in ("2021-01", "2023-01")
    for partner in ("RUS", "KAZ")
]


def random_rows(figures):
    return [
        trade_row(reporter=who, frequency="M", period=f"{month}-01", good=good, revision=revision, value_usd=value)
        for (who, month, good, revision), value in figures.items()
        if (who, month) not in {("DEU", "2021-01"), ("CHN", "2021-01"), ("DEU", "2023-01"), ("CHN", "2023-01")}
        or good == "854232"
    ]


@pytest.mark.prove_only
@pytest.mark.in_parts
@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=FIGURES, second=FIGURES, complete=st.booleans(), close=st.booleans())
def test_random_revisions_add_up_to_the_cent(tmp_path_factory, first, second, complete, close):
    lake = Path(tmp_path_factory.mktemp("random"))
    goods = lake / "goods.csv"
    goods.write_text("code,description\n854231,Processors\n854232,Memories\n")
    put(lake / "lake", [*ANCHOR, *random_rows(first)])
    put(lake / "lake", [*ANCHOR, *random_rows(second)], replaces=Replaces.COMPLETE if complete else Replaces.BOX)
    options = measure_options(
        goods=str(goods), baseline="2021-01:2021-02", after="2023-01:2023-02" if close else None, frequency="M"
    )
    revision = diff(lake / "lake", "russia-2022", options, earlier="v1")  # raises where an identity fails
    for change in (*revision.headline, *revision.suppliers, *revision.by_good):
        if change.change is not None:
            assert sum(parts(change).values()) == pytest.approx(change.change, abs=CENT / 2)
            assert change.to_value - change.from_value == pytest.approx(change.change, abs=CENT / 2)
    for row in revision.periods:
        assert row.revised_usd + row.new_usd + row.withdrawn_usd == pytest.approx(row.change_usd, abs=CENT / 2)
        assert (row.to_usd or 0.0) - (row.from_usd or 0.0) == pytest.approx(row.change_usd, abs=CENT / 2)


@pytest.mark.prove_only
def test_maintenance_between_changes_nothing(annual_lake, annual_revision, processors):
    compact(annual_lake)
    again = diff(annual_lake, "russia-2022", measure_options(goods=processors, **WINDOWS), earlier="v1")
    assert again.as_dict() == annual_revision.as_dict()
