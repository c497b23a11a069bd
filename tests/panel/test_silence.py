"""Whoever reported one window alone is named, whether it ever traded with the target or not."""

from __future__ import annotations

import pytest
from lake_rows import put, trade_row
from silent_worlds import fallen_in

from stopgap.briefs.wording import missing_sentence
from stopgap.measures.backfill.run import measure
from stopgap.measures.prices.run import prices
from stopgap.panel.prepare import measure_options
from stopgap.panel.silence import silence, silent_warnings, some_of, windows_reported


def years(reporter, partner, **usd):
    """Annual rows: ``y2021=5.0`` is five dollars in 2021."""
    return [
        trade_row(period=f"{name[1:]}-01-01", reporter=reporter, partner=partner, good="84", value_usd=value)
        for name, value in usd.items()
    ]


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("silent") / "lake"
    put(
        folder,
        [
            *years("DEU", "RUS", y2020=100.0, y2021=100.0, y2023=10.0),
            *years("CHN", "RUS", y2020=20.0, y2021=20.0, y2023=50.0),
            *years("ARM", "RUS", y2020=5.0, y2021=5.0),  # sold before, silent after
            *years("GEO", "RUS", y2023=7.0),  # sells after, silent before
            *years("KAZ", "CHN", y2020=9.0, y2021=9.0),  # sold the target nothing, silent after
            *years("UZB", "W00", y2021=9.0),  # the same; only its World row is there
            *years("MDA", "CHN", y2023=9.0),  # sells the target nothing, silent before
            *years("TUR", "CHN", y2020=9.0, y2021=9.0, y2023=9.0),  # reports both: its zeros are zeros
            *years("FRA", "CHN", y2020=9.0, y2021=9.0, y2023=9.0),  # a member that reports both
            *years("RUS", "CHN", y2020=9.0, y2021=9.0),  # the target is no supplier of itself
            *[{**row, "kind": "aggregate"} for row in years("EU27", "CHN", y2020=9.0)],  # a sum is no economy
        ],
    )
    return folder


@pytest.fixture(scope="module")
def finding(lake):
    return measure(lake, "russia-2022", measure_options(goods="machinery-electronics"))


def test_all_who_are_silent_in_a_window_are_named(finding):
    members_without_rows = {"AUS", "JPN", "USA"}
    named = set(finding.coverage.missing_reporters)
    assert members_without_rows <= named
    assert named & {"ARM", "GEO", "KAZ", "UZB", "MDA", "TUR", "FRA", "RUS", "EU27", "CHN", "DEU"} == {
        "ARM",
        "GEO",
        "KAZ",
        "UZB",
        "MDA",
    }
    assert finding.coverage.missing_without_baseline_trade == ("KAZ", "UZB")


def test_the_warnings_tell_them_apart(finding):
    [silent] = [text for text in finding.warnings if text.startswith("silent in a window")]
    [unseen] = [text for text in finding.warnings if text.startswith("silent after the event")]
    assert {"ARM", "GEO", "MDA"} <= set(silent.partition(": ")[2].split(", "))
    assert "KAZ" not in silent
    assert unseen == (
        "silent after the event, and sold nothing before: a newcomer among them would not be seen: KAZ, UZB"
    )


def test_figures_do_not_change_by_their_names(finding):
    assert {row.supplier: (row.baseline_usd, row.after_usd) for row in finding.suppliers} == {"CHN": (20.0, 50.0)}
    assert finding.coverage.share_of_baseline_reported == pytest.approx(120 / 125)


def test_prices_name_the_same(lake, finding):
    found = prices(lake, "russia-2022", measure_options(goods="machinery-electronics"))
    assert found.coverage.missing_reporters == finding.coverage.missing_reporters
    assert found.coverage.missing_without_baseline_trade == ("KAZ", "UZB")


def test_the_brief_says_it_in_a_sentence(finding):
    names = {"KAZ": "Kazakhstan", "UZB": "Uzbekistan"}
    assert (
        "Kazakhstan and Uzbekistan sold nothing in the baseline and did not report the after-window: "
        "a newcomer there would not be seen."
    ) in missing_sentence(finding, names)


def test_a_brief_names_a_few_and_counts_the_others(finding):
    from dataclasses import replace

    codes = tuple(f"A{number:02d}" for number in range(150))
    many = replace(
        finding, coverage=replace(finding.coverage, missing_reporters=codes, missing_without_baseline_trade=codes[:140])
    )
    text = missing_sentence(many, {})
    assert "and 128 others sold nothing" in text
    assert len(text) < 500
    assert some_of(codes) == ", ".join(codes[:12]) + " and 138 more"


def months(reporter, numbers, year):
    return [
        trade_row(period=f"{year}-{month:02d}-01", frequency="M", reporter=reporter, good="84", value_usd=1.0)
        for month in numbers
    ]


def test_a_supplier_without_a_common_month_of_the_year_is_in_neither_window_and_named(tmp_path):
    """ARM reported January to June before and July to December after: no month compares."""
    half, other, year = range(1, 7), range(7, 13), range(1, 13)
    rows = [
        *months("DEU", year, 2021), *months("DEU", year, 2023), *months("CHN", year, 2021), *months("CHN", year, 2023),
        *months("ARM", half, 2021), *months("ARM", other, 2023),
    ]  # fmt: skip
    put(tmp_path, rows)
    options = measure_options(goods="machinery-electronics", baseline="2021-01:2021-12", after="2023-01:2023-12")
    finding = measure(tmp_path, "russia-2022", options)
    assert [row.supplier for row in finding.suppliers] == ["CHN"]
    assert "ARM" in finding.coverage.missing_reporters
    assert "reported no month of the year in both windows, so in neither window: ARM" in finding.warnings
    assert not [text for text in finding.coverage.missing_periods if text.startswith("ARM")]


def test_one_source_is_taken_for_a_reporter_without_trade():
    """Each of two sources has one window: no source has both, so nothing compares."""
    counts = [
        {"reporter": "KAZ", "source": "a", "part": "baseline", "periods": 24},
        {"reporter": "KAZ", "source": "b", "part": "after", "periods": 12},
        {"reporter": "UZB", "source": "a", "part": "baseline", "periods": 24},
        {"reporter": "UZB", "source": "b", "part": "baseline", "periods": 1},
        {"reporter": "UZB", "source": "b", "part": "after", "periods": 1},
        {"reporter": "ARM", "source": "a", "part": "baseline", "periods": 24},
        {"reporter": "W00", "source": "a", "part": "baseline", "periods": 24},
    ]
    found = windows_reported(counts, ["ARM"], "RUS")
    assert found == {"KAZ": frozenset({"baseline"}), "UZB": frozenset({"baseline", "after"})}
    told = silence({}, {}, chosen=(), members=(), without_trade=found)
    assert (told.missing, told.unseen) == (("KAZ",), ("KAZ",))
    assert silent_warnings(told, is_sale=False) == [
        "silent after the event, and bought nothing before: a newcomer among them would not be seen: KAZ"
    ]


@pytest.mark.one_in(6)
@pytest.mark.parametrize("seed", range(5))
def test_a_reporter_that_falls_silent_in_a_simulated_world_is_named(seed):
    assert [fault for fallen in fallen_in(seed) for fault in fallen.faults()] == []
