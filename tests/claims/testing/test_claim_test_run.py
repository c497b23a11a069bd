"""Claims held against lakes: the bundled figures, simulated worlds, and a small lake by hand."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from claim_lake import chips_list, put_claim_rows
from claims_made import made_claim
from demo_lake import make_demo_lake
from prove_claims import world_outcome
from simulated_lake import simulated_lake

from stopgap.base.errors import GoodsError, NotFoundError
from stopgap.claims.claim import Action, NamedGoods, Stance
from stopgap.claims.register.goods_snapshot import fix_goods
from stopgap.claims.testing import run as claim_test_run
from stopgap.claims.testing.cases import Findings
from stopgap.claims.testing.layers.facts import Layer
from stopgap.claims.testing.results import LEAST_COVERAGE, Verdict
from stopgap.claims.testing.run import ClaimTestOptions, test_claim, verdict_on
from stopgap.codes.goods import load_goods
from stopgap.panel.engine import engine_on
from stopgap.simulate.spec import world_spec
from stopgap.simulate.worlds import make_world

MACHINES = "machinery-electronics"
CLAIMS = {
    "backfill": made_claim(MACHINES),
    "no goods named": made_claim(),
    "three groups": made_claim("optical", "propellants", "space-equipment", action=Action.SUPPLY),
    "components": made_claim("components", action=Action.FILL_COMPONENTS),
    "some can, some cannot": made_claim(MACHINES, "optical"),
    "chips": made_claim("chips"),
    "third countries": made_claim(MACHINES, actor="THIRD"),
    "denial": made_claim(MACHINES, actor="IND", stance=Stance.DENIAL),
    "route": made_claim(MACHINES, actor="KAZ", action=Action.ROUTE_THROUGH),
    "stop": made_claim(MACHINES, actor="EU", action=Action.STOP),
    "energy": made_claim(actor="IND", action=Action.BUY_ENERGY),
    "consequence": made_claim(actor="companies:CHN", action=Action.CONSEQUENCE, stance=Stance.WARNING),
    "weapons": made_claim("weapons"),
    "no episode": made_claim(target="IRN"),
    "unknown episode": made_claim(episode="no-such-episode"),
    "a member supplies": made_claim(MACHINES, actor="DEU", action=Action.SUPPLY),
    "no whole year": made_claim(MACHINES, period_from="2023-03", period_to="2023-09"),
}


FACTS = {Layer.SHIPPED, Layer.INFLOW_SHARE, Layer.ROSE, Layer.HAPPENED, Layer.MORE_THAN_BEFORE}


def promised(whole):
    """What holds of every tested claim."""
    json.dumps(whole.as_dict(), allow_nan=False)
    assert whole.because.endswith(".")
    for each in whole.hypotheses:
        assert each.because.endswith(".")
        assert each.statement.endswith(".")
        if each.verdict == Verdict.NOT_TESTABLE:
            continue
        assert each.queries
        assert each.windows
        if each.layer in FACTS:
            assert each.facts is not None
            assert each.ci95 is None
        else:
            assert each.facts is None
            assert each.ci95[0] <= each.estimate <= each.ci95[1]
            assert each.coverage >= LEAST_COVERAGE
            assert each.finding_id
        assert each.goods_version or each.layer in (Layer.HAPPENED, Layer.MORE_THAN_BEFORE)
    deciding = [each for each in whole.hypotheses if each.decides]
    assert whole.hypotheses[: len(deciding)] == tuple(deciding)
    assert {each.layer for each in deciding} <= {part.layer for part in whole.parts}
    assert all(layer in part.reached for layer in whole.reached for part in whole.parts)
    if whole.verdict == Verdict.NOT_TESTABLE:
        assert whole.cannot
    else:
        assert deciding


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Verdict of a claim by its name, and the lake."""
    lake = make_demo_lake(tmp_path_factory.mktemp("claims") / "lake")
    with engine_on(lake, as_of=None) as (engine, snapshot):
        findings = Findings(engine, snapshot, lake)
        yield cache(lambda name: verdict_on(findings, CLAIMS[name], ClaimTestOptions(keep=False))), lake


@pytest.mark.prove_only
@pytest.mark.parametrize("name", CLAIMS)
def test_no_verdict_of_the_bundled_figures_without_interval_and_coverage(demo, name):
    promised(demo[0](name))


@pytest.mark.prove_only
def test_what_the_bundled_figures_say(demo):
    verdicts = {name: str(demo[0](name).verdict) for name in CLAIMS}
    assert verdicts == dict.fromkeys(CLAIMS, "not testable") | {
        "backfill": "partly supported",
        "no goods named": "partly supported",
        "three groups": "supported",
        "components": "supported",
        "some can, some cannot": "partly supported",
        "denial": "supported",
        "consequence": "supported",
        "a member supplies": "supported",
    }
    assert "no-such-episode" in demo[0]("unknown episode").because
    assert "stopgap import" in " ".join(demo[0]("energy").would_change)
    groups = demo[0]("three groups")
    assert [each.id for each in groups.hypotheses if each.decides] == [
        "shipped:optical-narrow", "shipped:optical-broad", "shipped:propellants-narrow", "shipped:propellants-broad",
        "shipped:space-equipment-narrow", "shipped:space-equipment-broad",
    ]  # fmt: skip
    assert groups.because.startswith("3 of 3 parts supported")
    assert "shipped:optical-headings" in [each.id for each in groups.hypotheses]


def test_the_layers_of_the_bundled_figures_by_hand(demo):
    narrow = next(each for each in demo[0]("three groups").hypotheses if each.id == "shipped:propellants-narrow")
    nitrocellulose = {year.year: year.net_kg for year in narrow.facts.years}
    tonnes = {year: round((nitrocellulose.get(year) or 0.0) / 1000) for year in ("2021", "2022", "2023")}
    assert tonnes == {"2021": 0, "2022": 704, "2023": 1365}
    assert narrow.facts.is_reconciled
    chips = next(each for each in demo[0]("chips").hypotheses if each.layer is Layer.ROSE)
    assert chips.facts.after_kg < chips.facts.baseline_kg  # China's own did not rise
    warned = demo[0]("consequence")
    assert (warned.asserted, warned.reached) == (Layer.HAPPENED, (Layer.HAPPENED,))


def test_direct_and_through_hubs_stand_side_by_side(demo):
    found = demo[0]("backfill").hypotheses
    assert [each.id for each in found] == ["share", "shipped", "inflow_share", "rose", "net", "through-hubs"]
    assert [each.decides for each in found] == [True, False, False, False, False, False]
    assert {each.route for each in found[:-1]} == {"direct"}
    assert found[-1].route == "through hubs"
    assert found[0].mirror["valuation"] == "CIF"


def test_a_reported_statement_has_the_telling_as_a_part_that_no_figure_tests(demo):
    told = made_claim(MACHINES, action=Action.SUPPLY, also=(Action.TELL,))
    whole = test_claim(demo[1], told, ClaimTestOptions(keep=False))
    assert [(part.name, str(part.verdict)) for part in whole.parts] == [
        ("machinery and electronics (chapters 84 and 85)", "supported"), ("who told whom", "not testable"),
    ]  # fmt: skip
    assert whole.verdict == Verdict.PARTLY
    assert any("readout" in each for each in whole.cannot)


def test_the_layer_of_a_claim_file_is_the_one_judged(demo):
    share = test_claim(
        demo[1], replace(CLAIMS["backfill"], layer="inflow-share", threshold=0.5), ClaimTestOptions(keep=False)
    )
    assert (share.asserted, share.verdict) == (Layer.INFLOW_SHARE, Verdict.SUPPORTED)
    assert [each.id for each in share.hypotheses if each.decides] == ["inflow_share"]


def test_a_group_and_the_union_are_actors(demo):
    prc = test_claim(demo[1], made_claim(MACHINES, actor="PRC", action=Action.SUPPLY), ClaimTestOptions(keep=False))
    promised(prc)
    one = test_claim(demo[1], made_claim(MACHINES, action=Action.SUPPLY), ClaimTestOptions(keep=False))
    assert prc.verdict == Verdict.SUPPORTED
    assert prc.hypotheses[0].estimate > one.hypotheses[0].estimate  # Hong Kong is added
    union = test_claim(demo[1], made_claim(MACHINES, actor="EU", action=Action.SUPPLY), ClaimTestOptions(keep=False))
    promised(union)
    assert union.verdict == Verdict.SUPPORTED


def test_annual_figures_are_tested_year_by_year(demo):
    whole = test_claim(demo[1], CLAIMS["backfill"], ClaimTestOptions(by_month=True))
    assert [each.month for each in whole.months] == ["2023-12", "2024-12"]
    assert whole.months[-1].ci95 == whole.hypotheses[0].ci95  # the same window as the episode's own
    assert whole.since == "partly supported throughout, 2023-12 to 2024-12"


@pytest.mark.parametrize("layer", ["shipped", "inflow-share", "rose", "net"])
def test_every_layer_has_months_and_the_last_is_the_whole(demo, layer):
    claim = replace(CLAIMS["backfill"], layer=layer)
    whole = test_claim(demo[1], claim, ClaimTestOptions(by_month=True, keep=False, routes=False))
    assert [each.month for each in whole.months] == ["2023-12", "2024-12"]
    assert whole.months[-1].verdict == whole.verdict
    assert whole.months[-1].estimate == pytest.approx(whole.hypotheses[0].estimate, rel=1e-9)


def test_an_episode_named_by_hand_must_exist(demo):
    with pytest.raises(NotFoundError):
        test_claim(demo[1], CLAIMS["backfill"], ClaimTestOptions(episode="no-such-episode"))


@pytest.fixture
def lake(tmp_path):
    put_claim_rows(tmp_path / "lake", 100.0)
    return tmp_path / "lake"


def test_china_made_up_sixty_of_eighty(lake, tmp_path):
    whole = test_claim(lake, made_claim(chips_list(tmp_path)))
    promised(whole)
    share = whole.hypotheses[0]
    assert share.estimate == pytest.approx(60 / 80, abs=0.05)  # unrest elsewhere is 3 %
    assert whole.reached == (Layer.SHIPPED, Layer.INFLOW_SHARE, Layer.NET, Layer.SHARE)
    assert whole.verdict == Verdict.SUPPORTED


def test_goods_are_those_that_the_claim_was_fixed_to(lake, tmp_path):
    name = chips_list(tmp_path)
    bound, kept = fix_goods(made_claim(name), (), where="the claim")
    (tmp_path / "chip.csv").write_text("code,description\n610910,Shirts\n")
    with pytest.raises(GoodsError, match="was fixed to"):
        test_claim(lake, bound)
    whole = test_claim(lake, bound, ClaimTestOptions(kept=kept))
    assert whole.hypotheses[0].goods_version == bound.goods[0].version != load_goods(name).version_id
    assert whole.verdict == Verdict.SUPPORTED


SMALL = {"economies": 24, "goods": 16, "sanctioned_goods": 8, "members": 8, "after_months": 6}


@pytest.fixture(scope="module")
def world():
    with simulated_lake(make_world(world_spec("basic", 3, **SMALL))) as lake:
        yield lake, Findings(lake.engine, lake.snapshot, Path())


@pytest.fixture
def in_world(world):
    lake, findings = world

    def call(options=None, **changes):
        claim = made_claim(**{"target": lake.episode.target, "episode": lake.episode.path, **changes})
        return verdict_on(findings, claim, options or ClaimTestOptions(routes=False, keep=False))

    return call


@pytest.mark.prove_only
def test_a_made_up_world_gives_what_the_study_gives(in_world):
    whole = in_world(actor="THIRD")
    promised(whole)
    outcome = world_outcome("basic", SMALL, 0.6, 3)
    assert str(whole.verdict) == outcome.verdict == "supported"
    assert whole.hypotheses[0].ci95[0] <= outcome.true <= whole.hypotheses[0].ci95[1]


@pytest.mark.prove_only
def test_a_fall_in_a_made_up_world_has_its_interval(in_world, world):
    member = world[0].world.truth["loss"]["members"][0]["supplier"]
    whole = in_world(actor=member, action=Action.STOP)
    promised(whole)
    assert [each.id for each in whole.hypotheses] == ["loss", "coalition-loss"]
    assert whole.verdict == Verdict.SUPPORTED
    truth = world[0].world.truth["loss"]["expected_share"]
    assert whole.hypotheses[1].ci95[0] <= truth <= whole.hypotheses[1].ci95[1]


@pytest.mark.prove_only
def test_routes_in_a_made_up_world_have_an_interval(in_world):
    whole = in_world(actor="THIRD", action=Action.ROUTE_THROUGH)
    promised(whole)
    assert whole.hypotheses[0].id == "routed"
    assert whole.hypotheses[0].ci95[0] <= 0.0 <= whole.hypotheses[0].ci95[1]  # nothing is routed in it


@pytest.mark.prove_only
def test_month_by_month_each_is_what_one_would_have_seen(in_world, monkeypatch):
    whole = in_world(ClaimTestOptions(by_month=True, routes=False, keep=False), actor="THIRD")
    assert len(whole.months) == 6
    last = whole.months[-1]
    assert (last.verdict, last.ci95) == (whole.verdict, whole.hypotheses[0].ci95)
    second = in_world(actor="THIRD", period_from=whole.months[0].month, period_to=whole.months[1].month)
    assert whole.months[1].ci95 == second.hypotheses[0].ci95
    monkeypatch.setattr(claim_test_run, "MOST_MONTHS", 2)
    capped = in_world(ClaimTestOptions(by_month=True, routes=False, keep=False), actor="THIRD")
    assert [each.month for each in capped.months] == [each.month for each in whole.months[-2:]]
    assert "4 before are left out" in capped.warnings[-1]


@pytest.mark.one_in(12)
@pytest.mark.parametrize(("ratio", "never"), [(0.0, "supported"), (0.10, "supported"), (0.50, "not supported")])
def test_planted_shares_are_not_taken_for_their_opposites(ratio, never):
    """bench/prove_claims.py draws hundreds; 8 worlds, none of which may err."""
    found = [world_outcome("basic", SMALL, ratio, seed).verdict for seed in range(8)]
    assert never not in found


@pytest.mark.prove_only
@pytest.mark.parametrize("kind", ["gaps", "sparse", "mixed", "annual"])
def test_no_verdict_of_any_supplier_of_a_made_up_world_without_interval_and_coverage(kind):
    changes = {"annual": {"after_months": 24}}.get(kind, {"after_months": 6})
    with simulated_lake(make_world(world_spec(kind, 5, **{**SMALL, **changes}))) as lake:
        findings = Findings(lake.engine, lake.snapshot, Path())
        truth = lake.world.truth
        actors = [row["supplier"] for row in truth["backfill"]["suppliers"]] + truth["reporting"]["silent_after"]
        found = {}
        for action in (Action.BACKFILL, Action.SUPPLY, Action.STOP):
            for actor in (*actors, "THIRD", "ZWE"):
                if action is Action.STOP and actor != actors[0]:
                    continue
                claim = made_claim(actor=actor, action=action, target=lake.episode.target, episode=lake.episode.path)
                whole = verdict_on(findings, claim, ClaimTestOptions(routes=False, keep=False))
                promised(whole)
                found[actor, action] = whole
    silent = [found[name, Action.BACKFILL] for name in truth["reporting"]["silent_after"]]
    assert all(each.verdict == Verdict.NOT_TESTABLE for each in silent)
    assert any(each.verdict != Verdict.NOT_TESTABLE for each in found.values())


def test_named_goods_of_a_file_claim_are_read_with_their_version(lake, tmp_path):
    name = chips_list(tmp_path)
    claim = made_claim(name)
    bound = replace(claim, goods=(NamedGoods(name, version=load_goods(name).version_id),))
    assert test_claim(lake, bound).verdict == test_claim(lake, claim).verdict
