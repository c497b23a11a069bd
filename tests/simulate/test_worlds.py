"""Made-up worlds: the truth against sums over the arrays, and the promises of each kind."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stopgap.base.errors import UsageError
from stopgap.simulate.planting import make_plan
from stopgap.simulate.spec import KINDS, WorldSpec, expected_rows, parse_months, sized_spec, world_spec
from stopgap.simulate.worlds import SimulatedWorld, make_world, supply_of

SMALL = {"economies": 12, "goods": 6}
CENT = 1e-4  # sums of cents in doubles


def small(kind: str = "basic", seed: int = 3, **changes: object) -> SimulatedWorld:
    return make_world(world_spec(kind, seed, **{**SMALL, **changes}))


def test_a_supplier_does_not_depend_on_who_was_drawn_before() -> None:
    spec = world_spec("mixed", 4, **SMALL)
    world = make_world(spec)
    alone = supply_of(make_plan(spec), 7)
    assert np.array_equal(alone.value_usd, world.value_usd[7])
    assert np.array_equal(alone.net_kg, world.net_kg[7], equal_nan=True)


def test_another_seed_is_another_world_and_the_same_seed_the_same() -> None:
    one, again, other = small(seed=1), small(seed=1), small(seed=2)
    assert np.array_equal(one.value_usd, again.value_usd)
    assert one.truth == again.truth
    assert not np.array_equal(one.value_usd, other.value_usd)
    assert one.plan.names.economies != other.plan.names.economies


@pytest.mark.parametrize("kind", KINDS)
class TestEachKind:
    def test_its_truth_is_json_and_its_figures_are_sound(self, kind: str) -> None:
        world = small(kind)
        json.dumps(world.truth, allow_nan=False)
        assert np.isfinite(world.value_usd).all()
        assert (world.value_usd >= 0).all()
        assert (np.nan_to_num(world.net_kg, nan=1.0) > 0).all()
        assert np.isnan(world.net_kg[world.value_usd == 0]).all()
        assert not np.einsum("iikt->ikt", world.value_usd).any()  # nobody trades with oneself

    def test_planted_dollars_are_in_the_rows_to_the_cent(self, kind: str) -> None:
        world = small(kind)
        assert (world.value_usd[:, 0] + CENT >= world.planted_usd).all()
        members = world.plan.roles.members
        assert not world.planted_usd[members].any()
        into = world.value_usd[np.ix_(members, world.plan.roles.routers)][:, :, world.plan.sanctioned]
        assert (into + CENT >= world.plan.to_hubs).all()


def test_a_reporter_without_any_trade_in_a_period_is_silent() -> None:
    world = small("sparse")  # no row is no report
    has_trade = (world.value_usd > 0).any(axis=(1, 2))
    assert not has_trade.all()
    assert np.array_equal(world.reports, has_trade)


def test_the_truth_is_the_sum_done_by_hand() -> None:
    """36 + 12 months and no gaps: the baseline's mean year against the year after."""
    world = small("basic")
    roles, listed = world.plan.roles, world.spec.sanctioned_goods
    to_target = world.value_usd[:, 0, :listed]
    baseline = to_target[roles.members, :, :36].sum() / 3
    after = to_target[roles.members, :, 39:51].sum()
    planted = world.plan.backfill[:, :listed, 39:51].sum()
    truth = world.truth
    assert truth["loss"]["loss_usd"] == pytest.approx(baseline - after, rel=1e-12)
    assert truth["loss"]["realised_share"] == pytest.approx(1 - after / baseline, rel=1e-12)
    assert truth["backfill"]["planted_usd"] == pytest.approx(planted, rel=1e-12)
    assert truth["backfill"]["net_ratio"] == pytest.approx(planted / (baseline - after), rel=1e-12)
    assert sum(row["planted_usd"] for row in truth["backfill"]["suppliers"]) == pytest.approx(planted)


def test_the_part_that_is_price_is_what_the_markup_added() -> None:
    world = small("prices", price_markup=0.25)
    members = world.plan.roles.members
    after = world.value_usd[members, 0, : world.spec.sanctioned_goods, 39:].sum()
    found = world.truth["prices"]["coalition"]
    assert found["after_usd"] == pytest.approx(after)
    assert found["markup_usd"] == pytest.approx(after - after / 1.25)


def test_a_shorter_window_is_matched_by_season() -> None:
    world = small("basic", baseline_months=24, after_months=6)
    members = world.plan.roles.members
    to_target = world.value_usd[members, 0, : world.spec.sanctioned_goods]
    after = to_target[..., 27:33].sum() * 2  # April to September
    months = [month for month in range(24) if 3 <= month % 12 <= 8]
    baseline = to_target[..., months].sum() / 2 * 2
    assert world.truth["loss"]["baseline_usd"] == pytest.approx(baseline, rel=1e-12)
    assert world.truth["loss"]["after_usd"] == pytest.approx(after, rel=1e-12)


def test_silent_reporters_are_in_neither_window() -> None:
    world = small("gaps", economies=16)
    truth, silent = world.truth, world.truth["reporting"]["silent_after"]
    named = {row["supplier"] for row in (*truth["loss"]["members"], *truth["backfill"]["suppliers"])}
    assert len(silent) == 3
    assert not named & set(silent)
    assert truth["backfill"]["unseen_usd"] > 0
    assert not world.seen_usd[world.plan.roles.silent, ..., world.spec.event :].any()
    assert world.value_usd[world.plan.roles.silent, ..., world.spec.event :].any()


def test_routing_reaches_the_target_later_and_dearer() -> None:
    world = small("routing")
    into, out = world.plan.to_hubs.sum(axis=0), world.plan.from_hubs
    expected = sum(part * into[..., 43 - lag : 48 - lag] for lag, part in enumerate((0.4, 0.3, 0.2, 0.1)))
    assert out[..., 43:48] == pytest.approx(1.15 * np.asarray(expected), abs=0.01)
    truth = world.truth
    loss = truth["loss"]["loss_usd"]
    assert truth["routing"]["share_of_loss"] == pytest.approx(out[..., 39:].sum() / 1.15 / loss)
    assert truth["backfill"]["through_hubs_usd"] == pytest.approx(out[..., 39:].sum())


def test_growth_is_everywhere_and_nothing_is_planted() -> None:
    world = small("growth")
    outside = world.plan.roles.outside
    elsewhere = world.value_usd[outside, 1:]
    assert elsewhere[..., 39:].sum() > 1.1 * elsewhere[..., :36].sum() / 3
    assert not world.planted_usd.any()


def test_prices_rise_at_the_target_alone() -> None:
    world = small("prices", economies=24, goods=12, unit_error_share=0.0)
    listed = world.plan.sanctioned
    traded = ~np.isnan(world.net_kg)
    log_price = np.log(np.where(traded, world.value_usd, 1.0) / np.where(traded, world.net_kg, 1.0))

    def mean_of(part: slice) -> np.ndarray:
        return log_price[1:, ..., part].sum(axis=3) / np.maximum(traded[1:, ..., part].sum(axis=3), 1)

    active = (traded[1:, ..., :36].any(axis=3)) & (traded[1:, ..., 39:].any(axis=3))
    rise = mean_of(slice(39, 51)) - mean_of(slice(0, 36))
    at_target = np.zeros_like(active)
    at_target[:, 0, listed] = True
    assert rise[active & at_target].mean() == pytest.approx(np.log(1.15), abs=0.03)
    assert rise[active & ~at_target].mean() == pytest.approx(0.0, abs=0.02)


def test_every_economy_is_read_back_as_itself() -> None:
    from stopgap.codes.areas import area_table, find_area
    from stopgap.simulate.names import _economies

    table = area_table("comtrade")
    meant = dict(zip(table["value"].to_pylist(), table["code"].to_pylist(), strict=True))
    assert len(_economies()) > 200
    assert all(meant[number] == code == find_area(code).code for code, number in _economies())


def test_entrants_sell_nothing_of_the_list_before() -> None:
    world = small("basic", economies=20)
    entrants = world.plan.roles.entrants
    to_target = world.value_usd[entrants, 0, : world.spec.sanctioned_goods]
    assert len(entrants) == 2
    assert not to_target[..., :36].any()
    assert (to_target[..., 39:].sum(axis=(1, 2)) > 0).all()


def test_alerts_are_in_the_rows_and_nothing_else_happens() -> None:
    world = small("alerts", economies=20, goods=10)
    calm = make_world(world_spec("alerts", 3, economies=20, goods=10, alert_share=0.0))
    changed = np.argwhere(world.value_usd != calm.value_usd)
    cells = {(i, k) for i, j, k, _ in changed}
    assert {j for _, j, _, _ in changed} == {0}
    assert cells == {(alert.supplier, alert.good) for alert in world.plan.alerts}
    assert {alert.kind for alert in world.plan.alerts} == {"jump", "rise"}
    for alert in world.plan.alerts:
        one, other = (w.value_usd[alert.supplier, 0, alert.good, alert.period] for w in (world, calm))
        assert one == pytest.approx(alert.factor * other, abs=0.05)


def test_a_growing_hub_grows_both_ways() -> None:
    world, calm = small("hub-growth"), small("hub-growth", hub_growth=0.0)
    hub = int(world.plan.roles.hubs[0])
    for row, plain in (
        (world.value_usd[hub], calm.value_usd[hub]),
        (world.value_usd[1:, hub], calm.value_usd[1:, hub]),
    ):
        assert row[..., 39:].sum() > 1.4 * plain[..., 39:].sum()
        assert row[..., :36].sum() == pytest.approx(plain[..., :36].sum())


def test_a_world_is_drawn_in_under_a_second_or_so() -> None:
    import time

    begun = time.process_time()
    make_world(world_spec("basic", 0))
    assert time.process_time() - begun < 3.0  # 0.2 s on an idle machine


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"economies": 3}, "economies"),
        ({"economies": 300}, "economies"),
        ({"baseline_months": 30}, "months"),
        ({"after_months": 0}, "months"),
        ({"loss_share": 1.5}, "loss_share"),
        ({"seed": -1}, "seed"),
        ({"goods": 4, "sanctioned_goods": 4}, "sanctioned_goods"),
        ({"members": 39}, "hubs"),
    ],
)
def test_what_no_world_can_have_is_refused(changes: dict[str, int], named: str) -> None:
    seed = changes.pop("seed", 0)
    with pytest.raises(UsageError) as caught:
        world_spec("basic", seed, **changes)
    assert named in caught.value.what
    assert caught.value.fix


def test_an_unknown_kind_or_field_is_refused() -> None:
    with pytest.raises(UsageError, match="no kind"):
        world_spec("paradise")
    with pytest.raises(UsageError, match="has no"):
        world_spec("basic", 0, colour="red")
    with pytest.raises(UsageError, match="months before and after"):
        parse_months("48")


@settings(max_examples=40, deadline=None)
@given(rows=st.integers(2_000, 300_000_000), kind=st.sampled_from(sorted(KINDS)))
def test_rows_wanted_are_about_the_rows_had(rows: int, kind: str) -> None:
    assume(kind != "annual" or rows < 100_000_000)  # 200 economies and 1,000 goods have no more
    spec = sized_spec(kind, 1, rows=rows, changes={})
    assert 0.6 * rows <= expected_rows(spec) <= 1.6 * rows


def test_sizes_that_contradict_the_rows_are_refused() -> None:
    with pytest.raises(UsageError, match="not 50,000,000"):
        sized_spec("basic", 1, rows=50_000_000, changes={"economies": 10, "goods": 4})
    with pytest.raises(UsageError, match="cannot be made"):
        sized_spec("basic", 1, rows=100, changes={})


def test_sizes_given_are_kept() -> None:
    spec = sized_spec("basic", 1, rows=None, changes={"economies": 9, "goods": 5, "baseline_months": 24})
    assert (spec.economies, spec.goods, spec.baseline_months, spec.kind) == (9, 5, 24, "basic")
    assert isinstance(spec, WorldSpec)
