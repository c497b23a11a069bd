"""The quality report's arithmetic: parts add up, shares have their denominators, orders are fixed."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.base.errors import UsageError
from stopgap.measures.quality.report import (
    mirror_pairs,
    period_name,
    reporter_totals,
    reporters_coverage,
    roundings,
    share,
)
from stopgap.measures.quality.results import TABLES, StageRows, report_of, report_table
from stopgap.measures.quality.scope import Thresholds

STATES = {"R": "reported", "P": "partial", "-": "silent"}


def cells(states, *, reporter="CHN", frequency="M"):
    step = [
        dt.date(2020 + i // 12, i % 12 + 1, 1) if frequency == "M" else dt.date(2000 + i, 1, 1)
        for i in range(len(states))
    ]
    return [
        {
            "source": "comtrade",
            "frequency": frequency,
            "flow": "X",
            "reporter": reporter,
            "period": period,
            "state": STATES[letter],
        }
        for period, letter in zip(step, states, strict=True)
    ]


def test_gaps_lie_between_reports_and_the_rest_is_behind():
    [found] = reporters_coverage(cells("-RR-P---"))
    assert (found.first, found.last) == ("2020-02", "2020-05")
    assert (found.reported, found.partial, found.silent) == (2, 1, 5)
    assert found.gaps == ("2020-04",)
    assert (found.behind, found.has_stopped) == (3, True)


@pytest.mark.parametrize(
    ("states", "frequency", "stopped"), [("RR--", "M", False), ("R---", "M", True), ("RR-", "A", True)]
)
def test_three_months_or_a_year_of_silence_are_a_stop(states, frequency, stopped):
    assert [row.has_stopped for row in reporters_coverage(cells(states, frequency=frequency))] == [stopped]


@given(st.lists(st.sampled_from("RP-"), min_size=1, max_size=40).filter(lambda found: set(found) != {"-"}))
def test_states_add_up(states):
    [found] = reporters_coverage(cells("".join(states)))
    assert found.states == "".join(states)
    assert found.reported + found.partial + found.silent == found.periods == len(states)
    before = next(i for i, letter in enumerate(states) if letter != "-")
    assert before + len(found.gaps) + found.behind == found.silent


def test_a_share_of_nothing_is_none():
    assert share(0, 0) is None
    assert share(1, 4) == 0.25


def test_periods_are_named_by_frequency():
    assert period_name(dt.date(2022, 3, 1), "M") == "2022-03"
    assert period_name(dt.date(2022, 1, 1), "A") == "2022"


def pair(exporter, exports, imports, weighted, **changes):
    made = {
        "source": "comtrade",
        "frequency": "A",
        "exporter": exporter,
        "importer": "RUS",
        "rows_compared": 1,
        "rows_held": 1,
        "exports_compared_usd": exports,
        "imports_compared_usd": imports,
        "mean_usd": (exports + imports) / 2,
        "weighted_log_usd": weighted,
        "within_usd": 0.0,
        "above_usd": (exports + imports) / 2,
        "below_usd": 0.0,
    }
    for side in ("exports", "imports"):
        made |= {f"{side}_{part}_usd": 0.0 for part in ("no_row", "other_revision", "silent")}
    return made | changes


def test_pairs_are_ranked_by_disagreement_in_dollars():
    rows = [pair("CHN", 100.0, 150.0, 50.0), pair("DEU", 10.0, 40.0, 34.0), pair("FRA", 1.0, 1.0, 0.0, rows_compared=0)]
    first, second = mirror_pairs(rows)
    assert (first.exporter, second.exporter) == ("CHN", "DEU")
    assert first.ratio == 1.5
    assert first.log_difference == pytest.approx(math.log(1.5))
    assert (first.mean_abs_log, first.above_share) == (0.4, 1.0)


def total(partner_kind, good_kind, value, **changes):
    made = {"source": "comtrade", "frequency": "M", "flow": "X", "reporter": "CHN", "partner_kind": partner_kind}
    made |= {"good_kind": good_kind, "rows_held": 1, "value_usd": value, "rows_estimated": 0, "estimated_usd": 0.0}
    return made | {"rows_unweighed": 0, "unweighed_usd": 0.0, "rows_zero": 0} | changes


TOTALS = [
    total("economy", "specified", 70.0, rows_estimated=1, estimated_usd=70.0),
    total("economy", "unspecified", 10.0, rows_unweighed=1, unweighed_usd=10.0),
    total("not specified", "specified", 15.0),
    total("confidential", "unspecified", 5.0),
]


def test_totals_by_hand():
    [found] = reporter_totals(TOTALS)
    assert (found.rows, found.value_usd) == (4, 100.0)
    assert (found.estimated_share, found.remainder_share, found.unspecified_share) == (0.7, 0.2, 0.15)
    assert found.confidential_usd == 5.0


def test_the_largest_unit_of_rounding_is_named():
    row = {"source": "s", "reporter": "CHN", "currency": "USD", "figures": 20}
    row |= {f"multiples_{unit}": 20 if unit <= 1000 else 3 for unit in (1, 10, 100, 1000, 10_000, 100_000, 1_000_000)}
    assert [found.unit for found in roundings([row])] == [1000]
    assert [found.unit for found in roundings([row | {f"multiples_{unit}": 0 for unit in (1, 10, 100, 1000)}])] == [
        None
    ]


def report(**parts):
    empty = dict.fromkeys(StageRows.__annotations__, ())
    return report_of(
        StageRows(**(empty | parts)),
        as_of="v1",
        scope={},
        thresholds=Thresholds(),
        receipts=[
            {"source": "comtrade", "receipt": "r", "rows_read": 10, "rows_rejected": 1, "rows_missing": 2, "rows_duplicate": 3}
        ],
        queries={},
        limit=1,
    )  # fmt: skip


def test_each_figure_has_its_denominator():
    found = report(
        coverage=cells("RRP-") + cells("R---", reporter="DEU"),
        totals=TOTALS,
        mirror=[pair("CHN", 100.0, 150.0, 50.0, exports_silent_usd=300.0), pair("DEU", 10.0, 40.0, 34.0)],
    )
    figures = {(figure.what, figure.unit, figure.flow): figure for figure in found.figures}
    assert (figures["reported", "reports", "X"].value, figures["reported", "reports", "X"].of) == (3, 8)
    stopped = figures["silent at the end", "reporters", "X"]
    assert (stopped.value, stopped.of, stopped.share) == (1, 2, 0.5)
    compared = figures["reported by both sides", "usd", "X"]
    assert (compared.value, compared.of) == (110.0, 410.0)
    assert figures["imports above the band", "usd", ""].share == 1.0
    assert figures["exact repetitions left out", "rows", ""].share == 0.3
    assert all(figure.share is None or 0 <= figure.share <= 1 for figure in found.figures)
    # The list is cut, the figures are not.
    assert len(found.mirror) == 1
    [line] = found.overview
    assert (line.reporters, line.stopped_reporters, line.estimated_share) == (2, 1, 0.7)


def test_each_table_holds_what_the_document_holds():
    found = report(coverage=cells("RRP-"), totals=TOTALS)
    document = found.as_dict()
    for name in TABLES:
        assert report_table(found, name).num_rows == len(document[name])
    assert report_table(found, "reporters").to_pylist()[0]["states"] == "RRP-"
    with pytest.raises(UsageError):
        report_table(found, "nothing")
