"""Kinds whose effects came later: each against the same world without the effect, and the old kinds as they were."""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from prove_coverage import Outcome, codes_named, symmetric_row_of, truth_without

import stopgap.simulate
from stopgap.base.errors import UsageError
from stopgap.codes.commodities import subheadings
from stopgap.codes.concordance import links
from stopgap.simulate.plan import base_of, expected_level
from stopgap.simulate.planting import make_plan
from stopgap.simulate.spec import KINDS, expected_rows, sized_spec, world_spec
from stopgap.simulate.tables import trade_table
from stopgap.simulate.worlds import SimulatedWorld, make_world, supply_of
from stopgap.simulate.writing import write_world

SMALL = {"economies": 14, "goods": 10}
CENT = 0.011
AFTER = slice(39, 51)  # 36 + 12 months: the after-window

AS_BEFORE = {
    "basic": "4d08add87b5f3e83",
    "no-backfill": "89eebc5fb463e8c9",
    "growth": "db47a7b025698525",
    "shocks": "e5552a727f4fa391",
    "sparse": "e8f54de7b1248317",
    "annual": "bf906c362a265fa3",
    "gaps": "1a5fd020d63cee88",
    "routing": "8e097c0ebe31c31b",
    "revisions": "4d08add87b5f3e83",
    "prices": "42cffe37c24a0b13",
    "hub-growth": "c33b9b6b3569693f",
    "alerts": "6b30b3d7174ebda8",
    "phantom": "4d08add87b5f3e83",
    "mixed": "df6fcf5264d8ac45",
}
"""Figures of the kinds that stood before these effects, 12 economies and 6 goods, seed 3."""


def small(kind: str, seed: int = 3, **changes: object) -> SimulatedWorld:
    return make_world(world_spec(kind, seed, **{**SMALL, **changes}))


@pytest.mark.parametrize("kind", AS_BEFORE)
def test_an_older_kind_is_what_it_was(kind: str) -> None:
    world = make_world(world_spec(kind, 3, economies=12, goods=6))
    found = hashlib.sha256()
    found.update(",".join([*world.plan.names.economies, *world.plan.names.goods]).encode())
    found.update(np.round(world.value_usd * 100).astype("<i8").tobytes())
    found.update(np.round(np.nan_to_num(world.net_kg) * 1000).astype("<i8").tobytes())
    found.update(np.packbits(world.reports).tobytes())
    assert found.hexdigest()[:16] == AS_BEFORE[kind]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in AS_BEFORE])
def test_a_later_kind_can_be_asked_for_by_rows(kind: str) -> None:
    for rows in (6_000, 60_000, 3_000_000):
        spec = sized_spec(kind, 1, rows=rows, changes={})
        assert 0.6 * rows <= expected_rows(spec) <= 1.6 * rows
        if rows < 100_000:
            assert make_world(spec).truth["loss"]["counterfactual_loss_usd"] > 0


class TestCounterfactualLoss:
    def test_it_is_the_sum_done_by_hand(self) -> None:
        """36 + 12 months, all reported: the year after, expected less planned, over members and goods on the list."""
        world = small("basic")
        plan, lost = world.plan, 0.0
        for member in plan.roles.members:
            level = expected_level(plan, int(member), base_of(plan, int(member)))
            for good in range(world.spec.sanctioned_goods):
                lost += level[good, AFTER].sum() * plan.cut[member, good]
        assert world.truth["loss"]["counterfactual_loss_usd"] == pytest.approx(lost, rel=1e-12)
        planted = world.truth["backfill"]["planted_usd"]
        assert world.truth["backfill"]["symmetric_ratio"] == pytest.approx(planted / lost, rel=1e-12)

    @pytest.mark.parametrize("kind", ["basic", "demand-fall", "staged", "diversion", "moved-code"])
    def test_without_noise_it_is_what_the_same_world_without_the_event_sells_more(self, kind: str) -> None:
        calm = {"noise_shape": 1e7, "month_sd": 0.0}
        event, none = (small(kind, **calm, **changes) for changes in ({}, {"loss_share": 0.0}))
        members, listed = event.plan.roles.members, event.plan.sanctioned
        sales = [world.value_usd[members, 0, listed, AFTER].sum() for world in (none, event)]
        assert event.truth["loss"]["counterfactual_loss_usd"] == pytest.approx(sales[0] - sales[1], rel=1e-3)

    def test_nothing_lost_is_no_ratio(self) -> None:
        truth = small("alerts").truth
        assert truth["loss"]["counterfactual_loss_usd"] == 0
        assert truth["backfill"]["symmetric_ratio"] is None


class TestDiversion:
    def test_its_dollars_are_in_the_rows_and_nowhere_else(self) -> None:
        world, none = small("diversion"), small("diversion", diversion_ratio=0.0)
        added = world.value_usd - none.value_usd
        members, hubs = world.plan.roles.members, world.plan.roles.hubs
        assert not np.delete(added, members, axis=0).any()
        assert not added[:, [0, *hubs]].any()
        assert not added[..., : world.spec.event].any()
        assert not added[:, :, world.spec.sanctioned_goods :].any()
        found = world.truth["diversion"]
        assert found["usd"] == pytest.approx(added[..., AFTER].sum(), abs=1)
        assert sum(row["usd"] for row in found["members"]) == pytest.approx(found["usd"])
        assert found["usd"] == pytest.approx(0.4 * world.truth["loss"]["counterfactual_loss_usd"], rel=0.15)
        assert world.truth["backfill"] == none.truth["backfill"]

    def test_it_follows_what_is_sold_there_in_the_baseline(self) -> None:
        world, none = small("diversion", economies=30), small("diversion", economies=30, diversion_ratio=0.0)
        member = int(world.plan.roles.members[0])
        added = (world.value_usd - none.value_usd)[member, :, world.plan.sanctioned].sum(axis=-1)
        level = base_of(world.plan, member).level[:, world.plan.sanctioned].copy()
        level[[0, *world.plan.roles.hubs]] = 0.0
        share = level / level.sum(axis=0)
        sold = added.sum(axis=0)
        assert added[:, sold > 0] / sold[sold > 0] == pytest.approx(share[:, sold > 0], abs=0.12)
        assert not added[level == 0].any()


def test_demand_falls_at_the_target_alone_for_all_goods_and_suppliers() -> None:
    world, none = small("demand-fall"), small("demand-fall", target_demand=0.0)
    assert np.array_equal(world.value_usd[:, 1:], none.value_usd[:, 1:])
    before = slice(0, 36)
    assert np.array_equal(world.value_usd[:, 0, :, before], none.value_usd[:, 0, :, before])
    mine, its = (w.value_usd[:, 0, :, AFTER] - w.planted_usd[..., AFTER] for w in (world, none))
    large = its > 1_000
    assert large.sum() > 500
    assert mine[large] / its[large] == pytest.approx(np.exp(-0.35), abs=1e-4)
    lost = [w.truth["loss"]["counterfactual_loss_usd"] for w in (world, none)]
    assert lost[0] / lost[1] == pytest.approx(np.exp(-0.35))
    assert world.planted_usd.sum() == pytest.approx(np.exp(-0.35) * none.planted_usd.sum(), rel=0.02)


class TestHalfSanctioned:
    def test_it_has_its_own_number_of_goods(self) -> None:
        spec = world_spec("half-sanctioned")
        assert (spec.goods, spec.sanctioned_goods) == (64, 16)
        smaller = world_spec("half-sanctioned", goods=20)
        assert (smaller.goods, smaller.sanctioned_goods) == (20, 5)
        asked = sized_spec("half-sanctioned", 1, rows=None, changes={})
        assert asked.goods / asked.economies == pytest.approx(1.6, abs=0.2)

    def test_half_of_the_ordinary_goods_lose_a_part_and_get_the_same_backfill(self) -> None:
        world = small("half-sanctioned", goods=32)
        none = small("half-sanctioned", goods=32, ordinary_stop_share=0.0)
        names, listed = world.plan.names.goods, world.spec.sanctioned_goods
        found = world.truth["ordinary"]
        stopped = {names.index(row["good"]): row for row in found["goods"]}
        assert len(stopped) == (32 - 8) / 2
        members = world.plan.roles.members
        for good in range(listed, 32):
            mine, its = (w.value_usd[members, 0, good, AFTER] for w in (world, none))
            share = stopped[good]["stopped_share"] if good in stopped else 0.0
            assert 0.2 <= share <= 0.8 or good not in stopped
            assert mine == pytest.approx(its * (1 - share), abs=CENT)
            added = world.value_usd[:, 0, good, AFTER].sum() - mine.sum()
            added -= none.value_usd[:, 0, good, AFTER].sum() - its.sum()
            assert added == pytest.approx(stopped[good]["planted_usd"] if good in stopped else 0.0, abs=1)
        assert found["planted_usd"] == pytest.approx(0.6 * found["counterfactual_loss_usd"], rel=0.1)
        for part in ("loss", "backfill"):  # those of the list are what they were
            assert world.truth[part] == none.truth[part]


class TestStaged:
    def test_each_cell_stops_when_its_measure_starts(self) -> None:
        world = small("staged", backfill_ratio=0.0, entrants=0)
        none = small("staged", backfill_ratio=0.0, entrants=0, loss_share=0.0)
        plan, event = world.plan, world.spec.event
        months = [f"{day:%Y-%m}" for day in plan.names.periods]
        table = world.truth["episode"]["measures"]
        assert {row["from"][:7] for row in table} == {months[event + lag] for lag in (0, 3, 6)}
        assert len(table) == world.spec.members * world.spec.sanctioned_goods
        for row in table:
            member, good = plan.names.economies.index(row["member"]), plan.names.goods.index(row["code"])
            start, cut = months.index(row["from"][:7]), plan.cut[member, good]
            assert row["from"].endswith("-16")
            assert row["until"] == ""
            mine, its = (w.value_usd[member, 0, good] for w in (world, none))
            expected = its * (
                1 - cut * np.where(np.arange(51) > start, 1.0, np.where(np.arange(51) == start, 0.5, 0.0))
            )
            assert mine == pytest.approx(np.where(expected < 1.0, mine, expected), abs=CENT)

    def test_backfill_follows_the_loss(self) -> None:
        world, at_once = small("staged", economies=30), small("staged", economies=30, waves=1)
        event = world.spec.event
        planted = [w.planted_usd.sum(axis=(0, 1)) for w in (world, at_once)]
        share = planted[0][event + 1 :] / planted[1][event + 1 :]
        assert share[:2].mean() < 0.6 * share[-5:].mean()
        assert share[-5:] == pytest.approx(1.0, abs=0.15)
        assert "measures" not in at_once.truth["episode"]

    def test_loss_while_in_force_is_the_sum_done_by_hand(self) -> None:
        world = small("staged")
        plan, total = world.plan, 0.0
        for member in plan.roles.members:
            level = expected_level(plan, int(member), base_of(plan, int(member)))
            for good in range(world.spec.sanctioned_goods):
                start = max(int(plan.starts[member, good]), world.spec.event)
                total += 12 * level[good, start + 1 :].mean() * plan.cut[member, good]
        assert world.truth["loss"]["while_in_force_usd"] == pytest.approx(total, rel=1e-12)
        assert total > world.truth["loss"]["counterfactual_loss_usd"]

    def test_years_have_two_waves_where_there_are_two_years(self) -> None:
        two = small("staged", annual=True, after_months=24, economies=20)
        dates = {row["from"] for row in two.truth["episode"]["measures"]}
        assert dates == {"2020-07-01", "2022-01-01"}
        late = two.plan.starts == two.spec.event + 1
        force = two.plan.force(int(two.plan.roles.members[0]))
        assert force[late[two.plan.roles.members[0]]].tolist()[0] == [0, 0, 0, 0, 0, 1]
        one = small("staged", annual=True)
        assert {row["from"] for row in one.truth["episode"]["measures"]} == {"2020-07-01"}

    def test_the_table_is_written_beside_the_episode(self, tmp_path: Path) -> None:
        spec = world_spec("staged", 3, **SMALL)
        written = write_world(spec, tmp_path / "world")
        with (written.folder / "measures.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert list(rows[0]) == ["member", "code", "from", "until", "source"]
        assert rows == written.truth["episode"]["measures"]
        assert "measures.csv" in (written.folder / "README.md").read_text("utf-8")
        plain = write_world(world_spec("basic", 3, **SMALL), tmp_path / "plain")
        assert not (plain.folder / "measures.csv").exists()
        assert "measures.csv" not in (plain.folder / "README.md").read_text("utf-8")


class TestMovedCode:
    def test_moved_codes_fall_everywhere_and_the_others_do_not(self) -> None:
        world, none = small("moved-code", goods=16), small("moved-code", goods=16, moved_sanctioned=0, moved_ordinary=0)
        names, change = world.plan.names, 36
        assert f"{names.periods[change]:%Y-%m}" == "2022-01"
        assert world.truth["episode"]["event"] == "2022-03"
        moved = {row["good"]: row for row in world.truth["moved_codes"]}
        assert [row["is_sanctioned"] for row in moved.values()] == [True, True, False, False]
        for place, good in enumerate(names.goods):
            mine, its = (w.value_usd[:, 1:, place] for w in (world, none))
            assert np.array_equal(mine[..., :change], its[..., :change])
            lost = 1 - mine[..., change:].sum() / max(its[..., change:].sum(), 1)
            if good in moved:
                assert 0.85 <= moved[good]["lost_share"] <= 0.97
                assert lost == pytest.approx(moved[good]["lost_share"], abs=1e-3)
            else:
                assert np.array_equal(mine, its)
        into = world.value_usd[:, 0] - world.planted_usd
        for good in moved:
            sales = into[:, names.goods.index(good)].sum(axis=0)
            assert sales[39:].mean() < 0.3 * sales[:36].mean()

    def test_the_concordance_cannot_see_it(self) -> None:
        world = small("moved-code")
        for row in world.truth["moved_codes"]:
            for step in (links("HS2017", "HS2022"), links("HS2022", "HS2017")):
                assert [link.good for link in step[row["good"]]] == [row["good"]]

    def test_a_new_code_has_no_trade_before_and_no_place_in_the_old_revision(self) -> None:
        world = small("moved-code")
        [row] = world.truth["new_codes"]
        place = world.plan.names.goods.index(row["good"])
        assert row["good"] in world.truth["episode"]["ordinary_goods"]
        assert not world.value_usd[:, :, place, :36].any()
        assert (world.value_usd[:, :, place, 36:].sum(axis=(0, 1)) > 0).all()
        chapter = row["good"][:2]
        assert row["good"] in subheadings(chapter, "HS2022")
        assert row["good"] not in subheadings(chapter, "HS2017")

    def test_rows_have_the_revision_that_was_in_force(self, tmp_path: Path) -> None:
        spec = world_spec("moved-code", 3, economies=9, goods=6, baseline_months=12, after_months=6)
        rows = trade_table(make_world(spec)).select(["period", "revision"]).to_pylist()
        assert {(row["period"].year >= 2022, row["revision"]) for row in rows} == {(False, "HS2017"), (True, "HS2022")}
        written = write_world(spec, tmp_path / "world")
        with written.files[0].open(encoding="utf-8", newline="") as file:
            found = {(row["refYear"] >= "2022", row["classificationCode"]) for row in csv.DictReader(file)}
        assert found == {(False, "H5"), (True, "H6")}

    def test_truth_without_the_moved_codes_is_the_sum_done_by_hand(self) -> None:
        world = small("moved-code")
        plan, stayed = world.plan, np.flatnonzero(world.plan.moved[: world.spec.sanctioned_goods] == 0)
        sales = world.value_usd[plan.roles.members, 0][:, stayed]
        baseline, after = sales[..., :36].sum() / 3, sales[..., AFTER].sum()
        planted = plan.backfill[:, stayed][..., AFTER].sum()
        found = world.truth["without_moved_codes"]
        assert found["loss"]["loss_usd"] == pytest.approx(baseline - after)
        assert found["backfill"]["planted_usd"] == pytest.approx(planted)
        assert found["backfill"]["net_ratio"] == pytest.approx(planted / (baseline - after))
        lost = found["loss"]["counterfactual_loss_usd"]
        assert found["backfill"]["symmetric_ratio"] == pytest.approx(planted / lost)
        assert lost < world.truth["loss"]["counterfactual_loss_usd"]
        codes = tuple(row["good"] for row in world.truth["moved_codes"])
        assert truth_without(world, codes) == found
        assert truth_without(world, ()) is world.truth
        assert codes_named(world.truth, (*codes[1:], "999999")) == (3, 4, 1)

    def test_its_calendar_follows_the_baseline(self) -> None:
        for months in (12, 24, 48):
            spec = world_spec("moved-code", baseline_months=months)
            assert spec.revision_change == months
        with pytest.raises(UsageError, match="changes_revision"):
            world_spec("moved-code", first_year=2010)


class TestUnlistedHub:
    @pytest.mark.parametrize("seed", range(5))
    def test_all_routed_dollars_pass_through_it(self, seed: int) -> None:
        world, none = (small("unlisted-hub", seed, unlisted_hub=given) for given in (True, False))
        codes, truth = world.plan.names.economies, world.truth
        hub = codes.index(truth["routing"]["unlisted_hub"])
        assert hub in world.plan.roles.others
        assert hub not in world.plan.roles.entrants
        assert codes[hub] not in truth["episode"]["hubs"] == [codes[place] for place in world.plan.roles.hubs]
        assert 0.1 <= truth["routing"]["planted_share"] <= 0.35
        added = world.value_usd - none.value_usd
        members, window = world.plan.roles.members, world.plan.after
        assert {(i, j) for i, j, _, _ in np.argwhere(added)} <= {(hub, 0), *((i, hub) for i in members)}
        assert added[hub, 0, :, window].sum() == pytest.approx(truth["backfill"]["through_hubs_usd"], abs=1)
        assert added[members, hub][..., window].sum() == pytest.approx(truth["routing"]["to_hubs_usd"], abs=1)
        [row] = truth["routing"]["hubs"]
        assert row["hub"] == codes[hub]
        lost = truth["loss"]["counterfactual_loss_usd"]
        assert row["usd"] == pytest.approx(truth["routing"]["planted_share"] * lost, rel=0.25)

    def test_the_share_is_drawn(self) -> None:
        shares = {make_plan(world_spec("unlisted-hub", seed, **SMALL)).routing_share for seed in range(6)}
        assert len(shares) == 6


class TestSupplyLimits:
    @pytest.mark.one_in(3)
    @pytest.mark.parametrize("seed", range(6))
    def test_one_supplier_has_no_alternative(self, seed: int) -> None:
        world = make_world(world_spec("supply-limits", seed))
        names, roles, found = world.plan.names, world.plan.roles, world.truth["levers"]
        point = found["chokepoint"]
        supplier, good = names.economies.index(point["supplier"]), names.goods.index(point["good"])
        assert supplier in roles.others
        inflow = world.value_usd[:, 0, : world.spec.sanctioned_goods, world.plan.after].sum(axis=2) / 2
        assert point["inflow_usd"] == pytest.approx(inflow[supplier, good])
        assert point["share_of_inflow"] == pytest.approx(inflow[supplier, good] / inflow[:, good].sum())
        assert point["share_of_inflow"] > 0.7
        assert 5 <= point["rank_by_value"] <= 16
        others = np.setdiff1d(roles.outside, [supplier])
        exports = world.value_usd[others].sum(axis=(0, 1))[:24, :36].sum(axis=1) / 3
        assert point["others_exports_usd"] == pytest.approx(exports[good], rel=0.25)
        assert exports[good] < 0.4 * point["inflow_usd"]
        elsewhere = np.delete(exports / inflow[roles.outside].sum(axis=0), good)
        assert elsewhere.min() > 2  # of every other good others export far more than the target buys
        assert np.delete((inflow[roles.outside] > 0.02 * inflow.sum(axis=0)).sum(axis=0), good).min() >= 3
        sigma = found["elasticities"]
        assert min(sigma, key=sigma.__getitem__) == point["good"]
        assert sigma.pop(point["good"]) < 2 < 4 <= min(sigma.values())

    def test_a_hub_sells_less_from_the_act_of_enforcement_on(self) -> None:
        spec = world_spec("supply-limits", 2)
        plan = make_plan(spec)
        limits = plan.limits
        assert limits is not None
        found = make_world(spec).truth["levers"]["enforcement"]
        hub = limits.hub
        date = spec.event + 12
        assert found["date"] == plan.names.periods[date].isoformat() == "2021-03-01"
        assert found["supplier"] == plan.names.economies[hub]
        assert hub in plan.roles.hubs
        kept = 1 - found["response"]
        assert 0.4 <= kept <= 0.7
        idle = replace(plan, limits=replace(limits, response=0.0))
        mine, its = (supply_of(each, hub).value_usd for each in (plan, idle))
        assert np.array_equal(mine[1:], its[1:])
        assert np.array_equal(mine[0, 24:], its[0, 24:])
        assert np.array_equal(mine[0, :, :date], its[0, :, :date])
        planted = plan.backfill[hub, :24, date:]
        normal = its[0, :24, date:] - planted
        assert mine[0, :24, date:] - planted == pytest.approx(kept * normal, abs=1.0)
        assert found["normal_sales_taken_usd"] == pytest.approx((1 - kept) * normal.sum() / 2, rel=1e-4)
        row = next(r for r in make_world(spec).truth["backfill"]["suppliers"] if r["supplier"] == found["supplier"])
        backfill = plan.backfill[hub, :24, plan.after].sum() / 2
        assert row["planted_usd"] == pytest.approx(backfill - found["normal_sales_taken_usd"])

    def test_a_world_too_short_for_it_is_refused(self) -> None:
        with pytest.raises(UsageError, match="supply_limits"):
            world_spec("supply-limits", after_months=1)
        with pytest.raises(UsageError, match="supply_limits"):
            world_spec("supply-limits", annual=True, after_months=12)


class TestJudge:
    def outcomes(self, shift: float, covered: int, loss: float) -> list[Outcome]:
        errors = np.linspace(-0.05, 0.05, 60) + shift
        plain = (0.0, True, 0.2, True, (1, 1), (0, 0), None, False)
        return [
            Outcome(*plain, error, number < covered, 0.2, loss, True, (4, 4, 0)) for number, error in enumerate(errors)
        ]

    def test_what_holds_has_no_fault(self) -> None:
        row, faults = symmetric_row_of("basic", self.outcomes(0.0, 57, 0.1))
        assert faults == []
        assert row[:6] == ["basic", 60, 0, "+0.0", "3.0", "0.950"]
        assert row[7:] == ["+10.0", "10.0", "1.000", "240 of 240", 0]

    @pytest.mark.parametrize(
        ("shift", "covered", "loss", "said"),
        [
            (0.05, 57, 0.0, "bias of the symmetric ratio"),
            (0.0, 40, 0.0, "coverage of the symmetric ratio"),
            (0.0, 57, -0.2, "error of the counterfactual loss"),
        ],
    )
    def test_what_does_not_is_said(self, shift: float, covered: int, loss: float, said: str) -> None:
        _, faults = symmetric_row_of("basic", self.outcomes(shift, covered, loss))
        assert len(faults) == 1
        assert said in faults[0]

    def test_a_moved_code_without_its_name_is_a_fault(self) -> None:
        outcomes = [*self.outcomes(0.0, 57, 0.0)]
        outcomes[0] = replace(outcomes[0], codes=(3, 4, 0))
        assert symmetric_row_of("moved-code", outcomes)[1] == ["moved-code: 1 of 240 moved codes are not named"]


def test_a_stream_is_used_for_one_purpose() -> None:
    """No number of a stream stands twice; 20 to 25 are those of declarations."""
    folder = Path(stopgap.simulate.__file__).parent
    texts = [path.read_text("utf-8") for path in sorted(folder.glob("*.py"))]
    used = sorted(int(number) for text in texts for number in re.findall(r"stream\((?:\w+\.)?spec, (\d+)", text))
    assert used == list(dict.fromkeys(used))
    assert not set(used) & set(range(20, 26))
