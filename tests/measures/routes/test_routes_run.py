"""Routes from a lake: the stages against arrays, whose report, silence, and the real files."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from demo_lake import SHARED, make_demo_lake
from lake_rows import put, trade_row
from simulated_lake import simulated_lake
from simulated_legs import world_legs

from stopgap.base.errors import EpisodeError, MissingDataError, UsageError
from stopgap.base.vocab import Report
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.lake.query.statement import run_query
from stopgap.measures.backfill.run import measure_on
from stopgap.measures.routes.hub_rules import screen_for_hubs
from stopgap.measures.routes.legs import load_legs
from stopgap.measures.routes.request import RouteRequest
from stopgap.measures.routes.run import routes, routes_on
from stopgap.measures.statistics.arrays import world_cells as as_arrays
from stopgap.measures.statistics.counterfactual import net_backfill
from stopgap.panel.all_destinations import open_world
from stopgap.panel.prepare import MeasureOptions, measure_options
from stopgap.panel.world_stages import WORLD_CELLS
from stopgap.simulate.spec import world_spec
from stopgap.simulate.worlds import make_world

SMALL = {"economies": 10, "goods": 14, "hubs": 2, "baseline_months": 12, "after_months": 6}
ARMENIA = SHARED / "trade" / "tvyal-armenia-georgia" / "2024"
CENT = 0.01


def small_world(kind: str = "routing", **changes: object):
    return make_world(world_spec(kind, 7, **{**SMALL, **changes}))


@pytest.mark.one_in(2)
@pytest.mark.parametrize(("kind", "changes"), [("gaps", {}), ("annual", {"baseline_months": 24, "after_months": 12})])  # fmt: skip
def test_stages_and_arrays_say_the_same(kind, changes):
    world = small_world(kind, **changes)
    mine, loss = world_legs(world)
    with simulated_lake(world) as lake:
        around = open_world(lake.engine, lake.snapshot, lake.episode, lake.goods, MeasureOptions())
        loaded = load_legs(
            lake.engine, lake.episode, around, member_report=Report.REPORTED, target_report=Report.REPORTED
        )
        finding = routes_on(lake.engine, lake.snapshot, lake.episode, MeasureOptions(), RouteRequest())
    whole, _ = world_legs(world, from_anyone=True)
    for found, ours_of in ((loaded.legs, mine), (loaded.any_origin, whole)):
        goods = [ours_of.goods.index(good) for good in found.goods]
        hubs = [ours_of.hubs.index(hub) for hub in found.hubs]
        assert len(goods) == len(ours_of.goods)
        for name in ("member_usd", "member_expected_usd", "target_usd", "target_expected_usd"):
            ours = getattr(ours_of, name)[:, hubs][..., goods]
            assert getattr(found, name) == pytest.approx(ours, rel=1e-9, abs=CENT), name
        assert found.member_base_usd == pytest.approx(ours_of.member_base_usd[hubs][:, goods], rel=1e-9, abs=CENT)
        assert (found.is_known == ours_of.is_known[:, hubs]).all()
    assert finding.loss_usd == pytest.approx(loss.sum(), rel=1e-9)
    assert finding.loss_usd == pytest.approx(world.truth["loss"]["loss_usd"], rel=1e-9)


@pytest.mark.prove_only
def test_a_finding_of_a_world_with_routes():
    world = small_world(
        noise_shape=400.0, growth_sd=0.02, month_sd=0.01, destination_sd=0.0, backfill_ratio=0.0, entrants=0
    )
    with simulated_lake(world, with_imports=True) as lake:
        call = (lake.engine, lake.snapshot, lake.episode)
        finding = routes_on(*call, MeasureOptions(), RouteRequest())
        measured = measure_on(*call, MeasureOptions())
        again = routes_on(*call, MeasureOptions(), RouteRequest())
        for sql, leg in zip(finding.queries, ("coalition", "target", "others", "declared", "recorded"), strict=True):
            rows = lake.engine.con.sql(sql).fetchall()
            assert rows, leg
    truth = world.truth["routing"]
    assert finding.loss_usd == pytest.approx(measured.suspended.loss_usd, rel=1e-12)
    assert finding.routing.net_share_of_loss == pytest.approx(truth["share_of_loss"], abs=0.05)
    assert finding == again
    assert finding.as_dict()["routing"]["net_usd"] == finding.routing.net_usd
    assert {row.hub for row in finding.hubs} == {row["hub"] for row in truth["hubs"]}


@pytest.mark.prove_only
def test_whose_report_of_a_leg():
    """The hubs record what the coalition sent at CIF; the target stopped reporting at the event."""
    world = small_world(importers=9, target_stops=True)
    with simulated_lake(world, with_imports=True) as lake:
        call = (lake.engine, lake.snapshot, lake.episode)
        own = routes_on(*call, MeasureOptions(), RouteRequest())
        hub = routes_on(*call, MeasureOptions(), RouteRequest(leg1="hub"))
        mirror = routes_on(*call, MeasureOptions(report=Report.MIRROR), RouteRequest())
    # A target that is silent after the event is missing on that leg: no hub can be measured.
    assert mirror.routing.hubs_measured == 0
    assert mirror.routing.net_usd is None
    assert all(row.target_usd is None for row in mirror.months if row.is_after)
    assert (own.leg1, own.report, own.valuation) == ("coalition", "hub", "FOB")
    assert hub.valuation == "coalition-hub CIF, hub-target FOB"
    sums = {
        finding.leg1: np.array([[row.coalition_usd, row.target_usd] for row in finding.months], dtype=float)
        for finding in (own, hub)
    }
    ratio = sums["hub"].sum(axis=0) / sums["coalition"].sum(axis=0)
    assert 1.02 < ratio[0] < 1.15  # freight and insurance
    assert ratio[1] == pytest.approx(1.0)


def test_the_target_s_report_where_it_is_there():
    world = small_world(target_stops=False)
    with simulated_lake(world, with_imports=True) as lake:
        finding = routes_on(
            lake.engine, lake.snapshot, lake.episode, MeasureOptions(report=Report.MIRROR), RouteRequest()
        )
    assert finding.report == "target"
    assert finding.routing.hubs_measured == 2
    assert all(row.target_usd is not None for row in finding.months)


def test_an_episode_without_hubs_is_refused():
    world = small_world("basic", hubs=0)
    with simulated_lake(world) as lake, pytest.raises(EpisodeError, match="names no hub"):
        routes_on(lake.engine, lake.snapshot, lake.episode, MeasureOptions(), RouteRequest())


def test_hubs_that_nobody_reports_are_missing():
    world = small_world("basic")
    with simulated_lake(world) as lake:
        known = set(world.plan.names.economies)
        strangers = tuple(code for code in ("KGZ", "LAO", "PER", "TCD") if code not in known)[:1]
        episode = replace(lake.episode, hubs=(*lake.episode.hubs, *strangers))
        finding = routes_on(lake.engine, lake.snapshot, episode, MeasureOptions(), RouteRequest())
    [row] = [row for row in finding.hubs if row.hub == strangers[0]]
    assert row.match_usd is None
    assert strangers[0] in finding.coverage.silent_hubs
    assert any(strangers[0] in line and "missing and not zero" in line for line in finding.warnings)


UNLISTED = {"hubs": 1, "routing_share": 0.3, "growth_sd": 0.1, "noise_shape": 20.0}


def unlisted(lake, *names: str):
    """The world's episode without some of its hubs."""
    return replace(lake.episode, hubs=tuple(hub for hub in lake.episode.hubs if hub not in names))


@pytest.mark.prove_only
def test_an_unlisted_hub_is_found_and_counts():
    """Two hubs carry the route; one of them is not in the episode."""
    world = make_world(world_spec("routing", 7, **{**UNLISTED, "hubs": 2}))
    names, hubs = world.plan.names.economies, world.plan.roles.hubs
    known, hidden = names[hubs[0]], names[hubs[1]]
    with simulated_lake(world) as lake:
        finding = routes_on(lake.engine, lake.snapshot, unlisted(lake, hidden), MeasureOptions(), RouteRequest())
        cells = as_arrays(lake.engine.run(WORLD_CELLS, **world_inputs(lake)))
    assert {row.hub: row.by for row in finding.hubs} == {known: "list", hidden: "rule"}
    assert all(row.counted for row in finding.hubs)
    [row] = [row for row in finding.candidates if row.status == "found"]
    assert row.economy == hidden
    assert row.cover_usd >= row.excess_usd / 2
    assert row.p_value < 0.05
    truth = world.truth["routing"]["share_of_loss"]
    assert finding.routing.net_share_of_loss == pytest.approx(truth, abs=0.05)
    # Hubs found by rule are no control destinations: net backfill is that of an episode which names them.
    split = finding.net_split
    members = [names[place] for place in world.plan.roles.members]
    net = net_backfill(cells, target=names[0], members=members, hubs=(known, hidden))
    assert split.net_usd == pytest.approx(net.total.net_usd, rel=1e-12)
    assert split.net_usd == pytest.approx(
        split.own_usd + split.consistent_with_routing_usd + split.untold_usd, rel=1e-12
    )
    assert split.consistent_with_routing_usd == pytest.approx(finding.routing.net_usd, rel=1e-12)


def world_inputs(lake):
    world = open_world(lake.engine, lake.snapshot, lake.episode, lake.goods, MeasureOptions())
    return {"tables": world.tables, "params": world.params}


@pytest.mark.prove_only
def test_an_episode_without_hubs_is_measured_where_one_is_found():
    world = make_world(world_spec("routing", 7, **UNLISTED))
    hidden = world.plan.names.economies[world.plan.roles.hubs[0]]
    with simulated_lake(world) as lake:
        finding = routes_on(lake.engine, lake.snapshot, unlisted(lake, hidden), MeasureOptions(), RouteRequest())
    assert [(row.hub, row.by, row.counted) for row in finding.hubs] == [(hidden, "rule", True)]


@pytest.mark.prove_only
def test_purchases_are_taken_from_the_economy_itself_where_no_supplier_reports_them():
    """Without a supplier's row the cover is unknown; the hub's own import reports tell it."""
    world = make_world(world_spec("routing", 7, **UNLISTED, importers=38))
    hidden = world.plan.names.economies[world.plan.roles.hubs[0]]
    importers = [world.plan.names.economies[place] for place in world.plan.roles.importers]
    assert hidden in importers
    statuses = []
    for keep in (False, True):
        with simulated_lake(world, with_imports=keep) as lake:
            lake.engine.con.execute(f"DELETE FROM trade_rows WHERE flow = 'X' AND partner = '{hidden}'")
            around = open_world(lake.engine, lake.snapshot, lake.episode, lake.goods, MeasureOptions())
            _, found = screen_for_hubs(lake.engine, unlisted(lake, hidden), around)
            statuses += [str(row.status) for row in found.economies if row.economy == hidden]
    assert statuses == ["cover unknown", "found"]


def test_a_first_leg_from_anyone():
    """What the coalition did not send cannot be on its leg; the headline follows the option, the rows hold both."""
    world = small_world(noise_shape=400.0, growth_sd=0.02, month_sd=0.01, destination_sd=0.0, backfill_ratio=0.0, entrants=0)  # fmt: skip
    with simulated_lake(world) as lake:
        call = (lake.engine, lake.snapshot, lake.episode, MeasureOptions())
        coalition, anyone = (routes_on(*call, RouteRequest(origin=origin)) for origin in ("coalition", "anyone"))
    assert (coalition.origin, anyone.origin) == ("coalition", "anyone")
    for row, other in zip(coalition.hubs, anyone.hubs, strict=True):
        assert row.match_any_origin_usd == other.match_any_origin_usd == other.match_usd
        assert row.match_usd == pytest.approx(
            row.match_any_origin_usd, rel=0.2
        )  # all that is routed is the coalition's
    assert anyone.months[-1].coalition_usd > coalition.months[-1].coalition_usd


@pytest.mark.prove_only
def test_declared_to_kyrgyzstan_and_never_recorded_there(tmp_path):
    """UN Comtrade, HS 84 and 85, 2023: the EU's members declared 856 million, Kyrgyzstan recorded 180 (bundled)."""
    lake = make_demo_lake(tmp_path / "lake")
    finding = routes(lake, "russia-2022", measure_options(goods="machinery-electronics"))
    [row] = [row for row in finding.declared_never_recorded if (row.hub, row.exporter) == ("KGZ", "eu27")]
    [year] = [year for year in row.years if year.year == 2023]
    assert (round(year.declared_usd / 1e6), round(year.recorded_usd / 1e6)) == (856, 180)
    assert row.usd == pytest.approx(row.declared_usd - row.recorded_fob_usd - row.allowed_usd)
    assert finding.declared_never_recorded[0] == row
    for sql in finding.queries[-2:]:
        assert run_query(lake, sql)[0].num_rows
    # Published sums: nothing is told from chance, so the matches are untold.
    split = finding.net_split
    assert finding.routing.net_usd is None
    assert split.consistent_with_routing_usd == 0
    assert 0 < split.untold_usd <= finding.routing.raw_usd
    assert split.net_usd == pytest.approx(split.own_usd + split.untold_usd)


@pytest.mark.prove_only
def test_servers_of_india_and_malaysia_are_shown_with_cover_unknown(tmp_path):
    """The bundled legs reach Hong Kong, Turkey and the Emirates: nobody's sales to India or Malaysia are known."""
    finding = routes(make_demo_lake(tmp_path / "lake"), "russia-2022", measure_options(goods="ai-compute"))
    shown = {row.economy: row for row in finding.candidates}
    for name, usd in (("IND", (41.2 + 428.8) / 2 - 0.2 / 2), ("MYS", (33.7 + 48.5) / 2 - (11.1 + 56.1) / 2)):
        assert shown[name].status == "cover unknown"
        assert shown[name].excess_usd == pytest.approx(usd * 1e6)
        assert shown[name].cover_usd is None
        assert "imports not in the lake" in shown[name].because
    assert not {"IND", "MYS"} & {row.hub for row in finding.hubs}
    assert any("IND" in line for line in finding.lines())


@pytest.mark.parametrize(
    ("changes", "words"), [({"leg1": "customs"}, "--leg1"), ({"seed": -1}, "--seed"), ({"origin": "Mars"}, "--origin")]
)
def test_options_that_are_none(changes, words):
    with pytest.raises(UsageError) as raised:
        RouteRequest(**changes)
    assert raised.value.where == words


def test_a_composite_good_cannot_be_told_from_chance(tmp_path):
    """One published sum, no ordinary goods: matched, and said to be unknown."""
    rows = [
        trade_row(reporter=reporter, partner=partner, period=f"{year}-01-01", frequency="A", good="84+85", revision="HS", value_usd=value)
        for reporter, partner, values in (
            ("DEU", "RUS", (100.0, 100.0, 10.0)), ("DEU", "KAZ", (50.0, 50.0, 90.0)), ("KAZ", "RUS", (5.0, 5.0, 35.0)),
        )
        for year, value in zip((2020, 2021, 2023), values, strict=True)
    ]  # fmt: skip
    put(tmp_path / "lake", rows)
    finding = routes(tmp_path / "lake", "russia-2022", measure_options(goods="machinery-electronics"))
    assert finding.loss_usd == pytest.approx(90.0)
    [hub] = [row for row in finding.hubs if row.hub == "KAZ"]
    # Into the hub 40 more, out of it 30 more, in the same year.
    assert (hub.e1_usd, hub.e2_usd, hub.match_usd) == pytest.approx((40.0, 30.0, 30.0))
    assert hub.counted is hub.net_usd is finding.routing.net_usd is None
    assert finding.routing.raw_share_of_loss == pytest.approx(1 / 3)
    assert finding.routing.because.startswith("cannot be told from chance")
    assert any("no lag can be seen" in line for line in finding.warnings)
    assert any("no trade elsewhere" in line for line in finding.warnings)


def test_nobody_but_members_and_hubs_reports(tmp_path):
    """Then a first leg from anyone is that of the coalition and of other hubs."""
    rows = [
        trade_row(reporter=reporter, partner=partner, period=f"{year}-01-01", frequency="A", good="84+85", revision="HS", value_usd=value)
        for reporter, partner, values in (
            ("DEU", "RUS", (100.0, 10.0)), ("DEU", "KAZ", (50.0, 90.0)), ("DEU", "USA", (40.0, 40.0)),
            ("KAZ", "RUS", (5.0, 35.0)), ("UZB", "RUS", (3.0, 3.0)), ("UZB", "KAZ", (4.0, 14.0)),
        )
        for year, value in zip((2021, 2023), values, strict=True)
    ]  # fmt: skip
    put(tmp_path / "lake", rows)
    given = measure_options(goods="machinery-electronics", baseline="2021:2021")
    finding = routes(tmp_path / "lake", "russia-2022", given)
    [hub] = [row for row in finding.hubs if row.hub == "KAZ"]
    assert (hub.e1_usd, hub.e2_usd, hub.match_usd) == pytest.approx((40.0, 30.0, 30.0))
    assert hub.match_any_origin_usd == pytest.approx(30.0)
    anyone = routes(tmp_path / "lake", "russia-2022", given, RouteRequest(origin="anyone"))
    [hub] = [row for row in anyone.hubs if row.hub == "KAZ"]
    assert hub.e1_usd == pytest.approx(50.0)  # 40 from Germany, 10 from Uzbekistan


@pytest.fixture(scope="module")
def armenia(tmp_path_factory):
    if not ARMENIA.exists():
        pytest.skip("../shared/data is not here")
    folder = tmp_path_factory.mktemp("armenia")
    for name, mapping in (("vehicle_trade_*.csv", "armenia-cars"), ("mobile_phone_reexports.csv", "armenia-phones")):  # fmt: skip
        import_paths(folder / "lake", sorted(ARMENIA.glob(f"*/{name}")), ImportRequest(mapping=mapping))
    for name, code in (("cars", "8703"), ("phones", "851713")):
        (folder / f"{name}.csv").write_text(f"code,description\n{code},{name}\n")
    return folder


def test_armenia_s_cars_by_hand(armenia):
    options = measure_options(goods=str(armenia / "cars.csv"), after="2022-03:2023-10")
    finding = routes(armenia / "lake", "russia-2022", options, RouteRequest(leg1="hub"))
    months = {row.period: row for row in finding.months if row.hub == "ARM"}
    members = ", ".join(f"'{name}'" for name in finding.coverage.missing_reporters)
    sql = "SELECT period, sum(value_usd) AS usd FROM trade WHERE reporter = 'ARM' AND good = '8703' AND flow = '{}' AND partner IN ({}) GROUP BY period"  # fmt: skip
    into = {f"{row['period']:%Y-%m}": row["usd"] for row in run_query(armenia / "lake", sql.format("M", members))[0].to_pylist()}  # fmt: skip
    out = {f"{row['period']:%Y-%m}": row["usd"] for row in run_query(armenia / "lake", sql.format("X", "'RUS'"))[0].to_pylist()}  # fmt: skip
    assert len(months) == 23  # three months of lead, then twenty
    for period, row in months.items():
        assert row.coalition_usd == pytest.approx(into.get(period, 0.0), abs=CENT)
        assert row.target_usd == pytest.approx(out.get(period, 0.0), abs=CENT)
    # The mean of January 2020 and 2021 is what January 2023 would have brought in.
    assert months["2023-01"].coalition_expected_usd == pytest.approx((into["2020-01"] + into["2021-01"]) / 2, abs=CENT)
    [hub] = [row for row in finding.hubs if row.hub == "ARM"]
    assert 0 < hub.match_usd <= min(hub.e1_usd, hub.e2_usd) + CENT
    assert hub.counted is None
    assert finding.loss_usd is finding.routing.net_usd is None


def test_armenia_s_phones_have_no_month_before_the_event(armenia):
    options = measure_options(goods=str(armenia / "phones.csv"))
    with pytest.raises(MissingDataError):
        routes(armenia / "lake", "russia-2022", options, RouteRequest(leg1="hub"))
