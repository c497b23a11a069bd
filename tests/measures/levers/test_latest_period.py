"""The latest period that the bulk of suppliers report."""

from __future__ import annotations

from stopgap.measures.levers.latest_period import latest_period


def months(first, last):
    return {f"{2023 + at // 12}-{at % 12 + 1:02d}" for at in range(first, last + 1)}


def test_the_last_year_that_nine_tenths_report():
    inflow = {"CHN": 91.0, "TUR": 8.0, "KGZ": 1.0}
    reported = {"CHN": {"2023-01", "2024-01"}, "TUR": {"2023-01", "2024-01", "2025-01"}, "KGZ": {"2023-01"}}
    found = latest_period(inflow, reported, periods_per_year=1)
    assert (found.first, found.last, found.periods) == ("2024-01", "2024-12", ("2024-01",))
    assert (found.share, found.absent, found.is_common) == (0.99, ("KGZ",), True)


def test_twelve_months_in_a_row_reported_in_full():
    inflow = {"CHN": 60.0, "TUR": 40.0}
    found = latest_period(inflow, {"CHN": months(0, 20), "TUR": months(0, 17)}, periods_per_year=12)
    assert (found.first, found.last, len(found.periods)) == ("2023-07", "2024-06", 12)
    # A month that Turkey misses breaks its run, and it has too much to be left out.
    broken = latest_period(inflow, {"CHN": months(0, 20), "TUR": months(0, 17) - {"2024-03"}}, periods_per_year=12)
    assert (broken.first, broken.last) == ("2023-03", "2024-02")


def test_without_a_common_year_it_is_the_whole_window():
    found = latest_period({"CHN": 1.0, "TUR": 1.0}, {"CHN": months(0, 5), "TUR": months(0, 5)}, periods_per_year=12)
    assert (found.first, found.last, found.is_common, found.share) == ("2023-01", "2023-06", False, 1.0)
    apart = latest_period({"CHN": 1.0, "TUR": 1.0}, {"CHN": {"2023-01"}, "TUR": {"2024-01"}}, periods_per_year=1)
    assert (apart.is_common, apart.share, apart.absent) == (False, 0.0, ())
    assert latest_period({"CHN": 0.0}, {"CHN": {"2023-01"}}, periods_per_year=1) is None
    assert latest_period({}, {}, periods_per_year=1) is None
