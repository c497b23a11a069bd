"""Levers of simulated worlds and of the bundled figures, against the measure they rest on and the rows."""

from __future__ import annotations

import json

import pytest
from simulated_lake import simulated_lake

from stopgap.base.errors import MissingDataError, UsageError
from stopgap.lake.query.statement import run_query
from stopgap.measures.backfill.run import measure, measure_on
from stopgap.measures.levers.request import LeverRequest
from stopgap.measures.levers.run import HubFlows, levers, levers_on
from stopgap.measures.routes.run import RouteRequest, routes_on
from stopgap.panel.prepare import measure_options
from stopgap.simulate.spec import KINDS, world_spec
from stopgap.simulate.worlds import make_world

MACHINERY = {"goods": "machinery-electronics", "baseline": "2021-01:2021-12", "after": "2023-01:2023-12"}


@pytest.fixture(scope="module")
def world():
    with simulated_lake(make_world(world_spec("basic", 5, economies=16, goods=12))) as lake:
        yield lake


@pytest.mark.prove_only
def test_levers_rest_on_the_measure(world):
    options = measure_options()
    measured = measure_on(world.engine, world.snapshot, world.episode, options)
    found = levers_on(
        world.engine,
        world.snapshot,
        world.episode,
        options,
        LeverRequest(by="supplier", limit=0),
        routed=HubFlows(None, reason="no"),
    )
    assert found.finding_id == measured.finding_id
    after = {row.supplier: row.after_usd for row in (*measured.suppliers, *measured.members) if row.after_usd > 0}
    carried = {lever.supplier: lever.projection.carried_usd for lever in found.levers}
    assert carried == pytest.approx(after)
    assert found.inflow.total_usd == pytest.approx(sum(after.values()))
    assert found.substitution.measured_ratio == measured.backfill.net_ratio
    for lever in found.levers:
        shown = lever.projection
        assert shown.removed_usd == pytest.approx(shown.carried_usd * (1 - shown.reroute_share))
        assert shown.removed_range_usd[0] <= shown.removed_ci95[0] < shown.removed_ci95[1]
    assert json.dumps(found.as_dict(), allow_nan=False)


@pytest.mark.prove_only
def test_a_what_if_and_what_passes_through_a_hub(world):
    hubs = world.episode.hubs
    plain = levers_on(
        world.engine,
        world.snapshot,
        world.episode,
        measure_options(),
        LeverRequest(by="hub"),
        routed=HubFlows(None, reason="no"),
    )
    [hub, *_] = [lever for lever in plain.levers if lever.kind == "hub"]
    goods = [row.good for row in measure_on(world.engine, world.snapshot, world.episode, measure_options()).by_good]
    routed = HubFlows({(hub.supplier, goods[0]): 1000.0}, frozenset({hub.supplier}))
    found = levers_on(
        world.engine, world.snapshot, world.episode, measure_options(),
        LeverRequest(by="hub", limit=0, what_if=("stop hubs", f"cut {hub.supplier} by 10%", f"stop {hub.supplier} re-exports")),
        routed=routed,
    )  # fmt: skip
    assert {lever.supplier for lever in found.levers} <= set(hubs)
    assert found.what_if.combined.consistent_with_routing_usd == 1000.0
    assert found.what_if.combined.carried_usd == pytest.approx(found.inflow.hubs_usd)
    assert found.inflow.consistent_with_routing_usd == 1000.0
    assert [lever.projection.carried_usd for lever in found.levers if lever.kind == "re-exports"] == [1000.0]
    document = found.as_dict()
    assert document["what_if"]["actions"][1]["cut_share"] == 0.1
    assert document["what_if"]["combined"]["why"]
    assert any("hubs_switch_removed_usd" in text for text in document["assumptions"])
    assert document["levers"][0]["hub"]


def test_scores_follow_from_rows(world):
    found = levers_on(
        world.engine, world.snapshot, world.episode, measure_options(), LeverRequest(by="supplier-good", limit=0),
        routed=HubFlows(None, reason="no"),
    )  # fmt: skip
    base, after = found.windows.baseline, found.windows.after
    assert (found.ranking.ranked_by, found.ranking.period, found.ranking.is_common) == ("score_usd", after, True)
    years = int(base[1][:4]) - int(base[0][:4]) + 1
    exports: dict[tuple[str, str], float] = {}
    for supplier, good, _, dollars in world.engine.con.execute(found.queries[1]).fetchall():
        exports[supplier, good] = exports.get((supplier, good), 0.0) + dollars / years
    members, inflow = world.episode.members(), {}
    for lever in found.levers:
        inflow[lever.good] = inflow.get(lever.good, 0.0) + lever.projection.carried_usd
    for lever in found.levers[:20]:
        score = lever.score
        rest = sum(
            usd
            for (name, good), usd in exports.items()
            if good == lever.good and name not in (*members, lever.supplier)
        )
        assert score.period_usd == pytest.approx(lever.projection.carried_usd)
        assert score.share == pytest.approx(score.period_usd / inflow[lever.good])
        assert score.capacity_usd == pytest.approx(score.phi * rest)
        back = min(score.own_backfill_share * score.period_usd, score.capacity_usd)
        assert score.bounded_removed_usd == score.score_usd == pytest.approx(score.period_usd - back)
        assert score.rank_ci95[0] <= score.rank_ci95[1]
    document = found.as_dict()
    assert document["ranking"]["enforcement"]["date"] is None
    assert document["levers"][0]["score_usd"] == found.levers[0].score.score_usd
    assert found.table().column("score_usd").to_pylist()[0] == found.levers[0].score.score_usd


@pytest.mark.prove_only
def test_a_step_too_near_the_event_is_not_told(world):
    asked = LeverRequest(enforcement=f"{world.episode.event}-15")
    found = levers_on(
        world.engine, world.snapshot, world.episode, measure_options(), asked, routed=HubFlows(None, reason="no")
    )
    assert "too little time" in found.ranking.enforcement.reason
    assert not found.ranking.enforcement.is_used
    assert {lever.score.response_weight for lever in found.levers} == {1.0}
    with pytest.raises(UsageError, match="not a day"):
        LeverRequest(enforcement="last winter")


@pytest.mark.skipif("supply-limits" not in KINDS, reason="this package simulates no supply limits")
@pytest.mark.prove_only
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_planted_chokepoint_and_a_planted_response_are_found(seed):
    simulated = make_world(world_spec("supply-limits", seed))
    planted = simulated.truth["levers"]
    step, point = planted["enforcement"], planted["chokepoint"]
    with simulated_lake(simulated) as lake:
        found = levers_on(
            lake.engine, lake.snapshot, lake.episode, measure_options(),
            LeverRequest(by="supplier-good", limit=0, enforcement=step["date"]), routed=HubFlows(None, reason="no"),
        )  # fmt: skip
    first = [(row.supplier, row.good) for row in found.chokepoints[:3]]
    assert (point["supplier"], point["good"]) in first
    [score, *_] = [lever.score for lever in found.levers if lever.supplier == step["supplier"]]
    assert score.response == pytest.approx(step["response"], abs=0.15)


@pytest.mark.prove_only
def test_what_the_routes_count_is_marked():
    spec = world_spec("routing", 2, economies=16, goods=16, hubs=2, routing_share=0.6)
    options = measure_options()
    with simulated_lake(make_world(spec)) as lake:
        given = (lake.engine, lake.snapshot, lake.episode)
        found = levers_on(*given, options, LeverRequest(by="hub", limit=0))
        routes = routes_on(*given, options, RouteRequest())
    counted = {row.hub: row.net_usd for row in routes.hubs if row.counted is not None}
    assert any(counted.values())
    marked = {row.supplier: row.projection.consistent_with_routing_usd for row in found.levers if row.kind == "hub"}
    assert {hub: marked[hub] for hub in counted} == pytest.approx(counted)
    assert any("consistent with routing" in row.why for row in found.levers)
    assert "no two years" in found.hub_switching.reason


@pytest.mark.prove_only
def test_the_demo_carries_what_the_rows_say(demo_lake):
    options = measure_options(**MACHINERY)
    found = levers(demo_lake, "russia-2022", options, LeverRequest(by="supplier", limit=3, what_if=("stop TUR 84+85",)))
    assert next(lever.supplier for lever in found.levers) == "CHN"
    rows = run_query(demo_lake, found.queries[0])[0].to_pylist()
    china = sum(row["value_usd"] for row in rows if row["supplier"] == "CHN")
    turkey = sum(row["value_usd"] for row in rows if row["supplier"] == "TUR")
    assert found.levers[0].projection.carried_usd == pytest.approx(china)
    assert found.what_if.combined.carried_usd == pytest.approx(turkey)
    assert len(found.levers) == 3 < found.levers_found
    measured = measure(demo_lake, "russia-2022", options, keep=False)
    assert set(measured.warnings) <= set(found.warnings)
    assert any("CHN has" in text for text in found.warnings)
    # Published sums: no HS6, no scores, the ranking of before.
    assert (found.ranking.ranked_by, found.ranking.period, found.chokepoints) == ("removed_usd", None, ())
    assert "needs HS6" in found.ranking.reason
    assert all(lever.score is None and lever.rank == lever.rank_by_removed for lever in found.levers)


@pytest.mark.prove_only
def test_hubs_that_fell_are_told_with_what_followed(demo_lake):
    options = measure_options(goods="machinery-electronics", after="2023-01:2024-12")
    found = levers(demo_lake, "russia-2022", options, LeverRequest(by="hub", limit=1))
    switching = found.hub_switching
    assert (switching.first, switching.last) == (("2023-01", "2023-12"), ("2024-01", "2024-12"))
    assert switching.hubs
    for row in switching.hubs:
        assert row.last_usd <= 0.8 * row.first_usd
        assert row.because
        assert row.share is None or row.share_ci95[1] - row.share_ci95[0] <= 1
    after = {row.supplier: row.after_usd for row in measure(demo_lake, "russia-2022", options, keep=False).suppliers}
    for row in switching.hubs:
        assert (row.first_usd + row.last_usd) / 2 == pytest.approx(after[row.hub])
    assert any(text.startswith(("that goods move", "within the after-window")) for text in found.assumptions)


@pytest.mark.prove_only
def test_without_a_substitution_nothing_is_made_up(demo_lake):
    options = measure_options(goods="chpl-2024-02", frequency="M", after="2022-03:2022-11")
    found = levers(demo_lake, "russia-2022", options, LeverRequest(limit=5))
    for lever in found.levers:
        shown = lever.projection
        assert (shown.removed_usd, shown.reroute_share, shown.removed_ci95) == (None, None, None)
        assert shown.removed_range_usd == (0.0, shown.carried_usd)
    assert any("cannot be told" in text for text in found.warnings)


def test_wrong_calls_say_what_to_mend(demo_lake):
    options = measure_options(**MACHINERY)
    for keywords in ({"by": "company"}, {"limit": -1}):
        with pytest.raises(UsageError):
            LeverRequest(**keywords)
    with pytest.raises(MissingDataError, match="BLR is silent"):
        levers(demo_lake, "russia-2022", options, LeverRequest(what_if=("stop BLR",)))
    with pytest.raises(UsageError, match="begins with 8542"):
        levers(demo_lake, "russia-2022", options, LeverRequest(what_if=("stop KGZ 8542",)))
