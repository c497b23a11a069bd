"""After-windows parted at days: months by most of their days, sums done by hand, annual figures only at year's end."""

import datetime as dt

import pytest
from lake_rows import put, trade_row

from stopgap.base.errors import UsageError
from stopgap.measures.backfill.regimes import split_window
from stopgap.measures.backfill.run import measure
from stopgap.measures.backfill.tables import summary_lines
from stopgap.panel.prepare import measure_options

EPISODE = """\
name: parted
title: Measures that changed
target: RUS
direction: exports-to-target
event: 2022-02
coalition: [DEU]
goods: [one.csv]
baseline: {from: 2021-01, to: 2021-12, min_months: 6}
after: {from: 2023-01}
regimes: [%s]
"""


def day(text):
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("days", "parts"),
    [
        (["2023-12-22"], [("2023-01", "2023-12"), ("2024-01", "2024-06")]),  # 21 of 31 days lie before
        (["2023-09-01"], [("2023-01", "2023-08"), ("2023-09", "2024-06")]),
        (["2024-02-15"], [("2023-01", "2024-01"), ("2024-02", "2024-06")]),  # 14 of 29
        (["2024-04-16"], [("2023-01", "2024-03"), ("2024-04", "2024-06")]),  # 15 of 30: even, so the part from it
        (["2023-09-01", "2023-12-22"], [("2023-01", "2023-08"), ("2023-09", "2023-12"), ("2024-01", "2024-06")]),
        (["2022-12-22"], [("2023-01", "2024-06")]),
        (["2023-01-05"], [("2023-01", "2024-06")]),
        (["2024-06-30"], [("2023-01", "2024-06")]),
        (["2030-01-01"], [("2023-01", "2024-06")]),
    ],
)  # fmt: skip
def test_a_window_is_parted_where_most_days_of_a_month_lie(days, parts):
    assert split_window(("2023-01", "2024-06"), [day(each) for each in days]) == parts


def lake_of(folder, frequency, values):
    """Rows of one good: {(reporter, period): dollars}."""
    put(folder, [
        trade_row(reporter=reporter, period=period, frequency=frequency, value_usd=usd)
        for (reporter, period), usd in values.items()
    ])  # fmt: skip
    return folder


def measured(lake, folder, days, *, regimes=True):
    (folder / "one.csv").write_text("code,description\n854231,processors\n", encoding="utf-8")
    (folder / "parted.yml").write_text(EPISODE % days, encoding="utf-8")
    return measure(lake, str(folder / "parted.yml"), measure_options(), keep=False, regimes=regimes)


def months(year, reporter, usd):
    return {(reporter, f"{year}-{month:02d}-01"): usd(month) for month in range(1, 13)}


def test_each_part_is_the_sum_done_by_hand(tmp_path):
    # Germany sold 100 a month and 40, then 10; China 20 a month, then 50 and 80. December of the baseline is 40 more.
    values = months(2021, "DEU", lambda month: 140.0 if month == 12 else 100.0)
    values |= months(2023, "DEU", lambda month: 40.0 if month < 7 else 10.0)
    values |= months(2021, "CHN", lambda _: 20.0) | months(2023, "CHN", lambda month: 50.0 if month < 7 else 80.0)
    finding = measured(lake_of(tmp_path / "lake", "M", values), tmp_path, "2023-07-01")
    before, after = finding.regimes
    assert (before.first, before.last, after.first, after.last) == ("2023-01", "2023-06", "2023-07", "2023-12")
    assert (before.suspended.baseline_usd, before.suspended.after_usd) == pytest.approx((1200.0, 480.0))
    assert before.backfill.gross_ratio == pytest.approx(30 / 60)
    assert (after.suspended.baseline_usd, after.suspended.after_usd) == pytest.approx((640 * 2, 120.0))
    assert after.backfill.gross_ratio == pytest.approx(60 * 12 / (1280 - 120))
    document = finding.as_dict()["regimes"]
    assert [(each["from"], each["to"]) for each in document] == [("2023-01", "2023-06"), ("2023-07", "2023-12")]
    assert any(line.startswith("2023-07 to 2023-12: suspended 90.6%") for line in summary_lines(finding))


def test_regimes_are_measured_only_if_asked_for(tmp_path):
    values = months(2021, "DEU", lambda _: 100.0) | months(2023, "DEU", lambda _: 40.0)
    lake = lake_of(tmp_path / "lake", "M", values)
    assert measured(lake, tmp_path, "2023-07-01", regimes=False).regimes == ()
    (tmp_path / "parted.yml").write_text((EPISODE % "").replace("regimes: []\n", ""), encoding="utf-8")
    with pytest.raises(UsageError, match="names no regimes"):
        measure(lake, str(tmp_path / "parted.yml"), measure_options(), keep=False, regimes=True)


def test_a_day_outside_of_the_window_is_said(tmp_path):
    values = months(2021, "DEU", lambda _: 100.0) | months(2023, "DEU", lambda _: 40.0)
    finding = measured(lake_of(tmp_path / "lake", "M", values), tmp_path, "2023-12-31")
    assert finding.regimes == ()
    assert any("does not part the after-window 2023-01 to 2023-12" in warning for warning in finding.warnings)


def test_annual_figures_are_told_only_at_the_end_of_a_year(tmp_path):
    values = {("DEU", "2021-01-01"): 100.0, ("DEU", "2023-01-01"): 40.0, ("DEU", "2024-01-01"): 10.0}
    lake = lake_of(tmp_path / "lake", "A", values)
    told = measured(lake, tmp_path, "2023-12-22")
    assert [part.suspended.after_usd for part in told.regimes] == [40.0, 10.0]
    untold = measured(lake, tmp_path, "2023-09-01")
    assert untold.regimes == ()
    assert any("annual figures cannot be told before and after 2023-09-01" in warning for warning in untold.warnings)


def test_a_part_that_cannot_be_measured_says_why(tmp_path):
    values = months(2021, "DEU", lambda _: 100.0) | {("DEU", f"2023-{month:02d}-01"): 40.0 for month in (1, 2)}
    values |= {("DEU", "2023-12-01"): 5.0}
    del values["DEU", "2021-12-01"]
    finding = measured(lake_of(tmp_path / "lake", "M", values), tmp_path, "2023-07-01")
    before, after = finding.regimes
    assert before.suspended.after_usd == 480.0
    assert after.suspended is None
    assert "no economy has figures in both windows" in after.reason
