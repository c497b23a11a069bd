"""Phantom trade by hand; silence, short windows, re-exports, goods on their way, gaps that always stood."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mirror_worlds import all_reported, pairs

from stopgap.measures.mirror.pairs import ReportPairs, with_zeros, without_thin
from stopgap.measures.mirror.phantom import Leg, PeriodWindow, bands, phantom_trade

AFTER, BASELINE = PeriodWindow(2023 * 12, 2023 * 12, 12), PeriodWindow(2021 * 12, 2021 * 12, 12)
EU = frozenset({"DEU", "POL"})
LEGS = [Leg(EU, frozenset({"KGZ"}), {"eu": EU})]


def judged(
    world: ReportPairs, *, ordinary: Any = (), silent: Any = (), after: PeriodWindow = AFTER, legs: Any = LEGS
) -> Any:
    reported = all_reported(world, silent=silent)
    return phantom_trade(
        with_zeros(world, reported), np.zeros(len(world)), reported,
        legs=legs, ordinary=frozenset(ordinary), after=after, baseline=BASELINE,
    )  # fmt: skip


def test_by_hand_with_the_assumed_band() -> None:
    rows, band = judged(pairs(("DEU", "KGZ", 2023, 600.0, 80.0), ("POL", "KGZ", 2023, 256.0, 100.0)))
    [group] = rows  # Germany's own 520 are within what is allowed for a single exporter
    assert (group.exporter, group.importer, group.good, group.is_group, group.exporters) == (
        "eu",
        "KGZ",
        "84+85",
        True,
        2,
    )
    assert (group.exporter_usd, group.importer_usd, group.gap_usd) == (856.0, 180.0, 676.0)
    assert group.lag_usd == pytest.approx(856 / 12)  # 2022 is not known: a month's goods may be on their way
    assert group.band_usd == pytest.approx(0.4 * 856)
    assert group.usd == pytest.approx(676 - 856 / 12 - 0.4 * 856)
    assert (group.new_usd, group.baseline_unrecorded_share) == (None, None)
    assert (band.tested, band.too_short, band.assumed) == (3, 0, True)


def test_silence_is_never_phantom() -> None:
    world = pairs(("DEU", "KGZ", 2023, 600.0, None), ("DEU", "KGZ", 2022, 600.0, 590.0))
    rows, band = judged(world, silent=[("M", "KGZ", 2023 * 12)])
    assert (rows, band.tested) == ((), 0)
    rows, _ = judged(world)  # it did report 2023, and has no row of Germany: nothing of it is recorded
    assert rows[0].importer_usd == 0.0
    assert rows[0].usd > 0


def test_an_importer_whose_figures_do_not_hold_the_exporter_is_not_taken_to_record_zero() -> None:
    world = pairs(("DEU", "KGZ", 2023, 1e6, None), ("FRA", "KGZ", 2023, 1e6, None), ("POL", "KGZ", 2023, 1e6, 1e6))
    rows, _ = judged(world)
    assert [row.exporter_usd for row in rows] == [1e6]  # Poland alone: KGZ's figures hold one of three sellers


def test_a_fragment_of_a_report_is_no_report() -> None:
    sellers = [f"S{number:02d}" for number in range(40)]
    rows = [
        (name, "KGZ", year, 1e6, 1e6 if year == 2022 or name == "S00" else None)
        for name in sellers
        for year in (2022, 2023)
    ]
    world = pairs(*rows)
    kept, reported, thin = without_thin(world, all_reported(world))
    assert thin == (("M", "KGZ", 2023 * 12),)
    assert np.isnan(kept.importer_usd[kept.period == 2023 * 12]).all()
    assert np.isfinite(kept.importer_usd[kept.period == 2022 * 12]).all()
    assert not reported.importer[kept.economies.index("KGZ"), 1]
    few = pairs(*rows[:20])  # ten partners: too few to tell a fragment from a year with little trade
    assert without_thin(few, all_reported(few))[2] == ()


def test_fewer_than_six_months_are_not_tested() -> None:
    after = PeriodWindow(2023 * 12, 2023 * 12 + 11, 1)

    def months(told: int) -> Any:
        rows = [("DEU", "KGZ", f"2023-{month + 1:02d}", 10.0, 1.0 if month < told else None) for month in range(12)]
        silent = [("M", "KGZ", 2023 * 12 + month) for month in range(told, 12)]
        return judged(pairs(*rows), silent=silent, after=after)

    assert months(5)[1].too_short == 2  # Germany, and the group
    [group, *_], _ = months(6)
    assert (group.months, group.exporter_usd, group.importer_usd) == (6, pytest.approx(120.0), pytest.approx(12.0))


def test_reexports_are_taken_off_and_goods_on_their_way_allowed_for() -> None:
    more = {"reexports_usd": 500.0}
    world = pairs(("DEU", "KGZ", 2022, 600.0, 500.0), ("DEU", "KGZ", 2023, 1200.0, 0.0, more))
    [group, *_], _ = judged(world)
    assert (group.reexports_usd, group.gap_usd, group.lag_usd) == (500.0, 700.0, 50.0)
    assert group.usd == pytest.approx(700 - 50 - 0.4 * 700)


def ordinary_world(hub: float, hub_before: float, seed: int = 1) -> ReportPairs:
    """Sixty ordinary destinations that record 100 % give or take, and one hub."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(60):
        kept = 1 + rng.normal(0, 0.05)
        rows += [
            ("DEU", f"O{number:02d}", year, 1e6, 1e6 * (kept + rng.normal(0, 0.02))) for year in (2021, 2022, 2023)
        ]
    rows += [
        ("DEU", "KGZ", 2021, 1e6, 1e6 * hub_before),
        ("DEU", "KGZ", 2022, 1e6, 1e6),
        ("DEU", "KGZ", 2023, 1e6, 1e6 * hub),
    ]
    return pairs(*rows)


def test_the_band_is_what_ordinary_destinations_leave_out() -> None:
    ordinary = [f"O{number:02d}" for number in range(60)]
    [group, *_], band = judged(ordinary_world(0.5, 1.0), ordinary=ordinary)
    assert not band.assumed
    assert group.band_rests_on == 60
    assert 0.04e6 < group.band_usd < 0.15e6
    assert group.usd == pytest.approx(0.5e6 - group.band_usd)
    assert group.new_usd == pytest.approx(0.5e6, rel=0.15)
    [standing, *_], _ = judged(ordinary_world(0.5, 0.5), ordinary=ordinary)
    assert standing.usd == pytest.approx(group.usd)
    assert standing.new_usd == 0.0  # the gap stood before the event
    rows, _ = judged(ordinary_world(0.97, 1.0), ordinary=ordinary)
    assert [row.usd for row in rows] == [0.0]  # the group is shown, tested and clear


def test_several_goods_are_tested_apart_and_together() -> None:
    rows, _ = judged(
        pairs(
            ("DEU", "KGZ", 2023, 100.0, 0.0, {"good": "850440"}), ("DEU", "KGZ", 2023, 100.0, 100.0, {"good": "854231"})
        )
    )
    assert {row.good: row.exporter_usd for row in rows if row.is_group} == {
        "all": 200.0,
        "850440": 100.0,
        "854231": 100.0,
    }


def test_nothing_to_test_gives_no_rows() -> None:
    assert judged(pairs(("DEU", "KGZ", 2023, None, 5.0)))[0] == ()
    assert judged(pairs(("FRA", "ITA", 2023, 5.0, 5.0)))[1].tested == 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(0, 1e9)), min_size=1, max_size=6), st.floats(0, 1e6))
def test_phantom_lies_between_zero_and_the_gap_and_recording_more_never_adds_to_it(
    flows: list[tuple[float, float]], more: float
) -> None:
    sellers = [f"E{number}" for number in range(len(flows))]
    legs = [Leg(frozenset(sellers), frozenset({"KGZ"}), {"all": frozenset(sellers)})]

    def found(extra: float) -> dict[str, float]:
        rows = [(name, "KGZ", 2023, sold, bought + extra) for name, (sold, bought) in zip(sellers, flows, strict=True)]
        answer = {row.exporter: row for row in judged(pairs(*rows), legs=legs)[0]}
        assert all(0 <= row.usd <= max(row.gap_usd, 0) + 1e-6 <= row.exporter_usd + 1e-5 for row in answer.values())
        return {name: row.usd for name, row in answer.items()}

    before, after = found(0.0), found(more)
    assert all(after.get(name, 0.0) <= value + 1e-6 for name, value in before.items())


def test_bands_hold_95_of_100_ordinary_flows() -> None:
    rng = np.random.default_rng(3)
    above = []
    for _ in range(400):
        size, share = rng.normal(14, 2, 80), rng.normal(0, 0.3, 80)
        found = bands(size[1:], share[1:], size[:1], assumed=0.4)
        above.append(share[0] > found.share[0])
    assert np.mean(above) <= 0.08  # 99 % bound of 0.05 over 400
    few = bands(np.zeros(5), np.zeros(5), np.zeros(2), assumed=0.4)
    assert few.share.tolist() == [0.4, 0.4]
