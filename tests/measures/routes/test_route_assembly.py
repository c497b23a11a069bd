"""Routes: excess, gate, caps and reasons, on legs small enough to check by hand."""

from dataclasses import replace

import numpy as np
import pytest

from stopgap.measures.routes.assembly import COUNTED, NO_MATCH, RouteExtras, assemble_routes, candidates_of
from stopgap.measures.routes.chance_matches import gate
from stopgap.measures.routes.matching import Legs, capped, measure_routes
from stopgap.measures.routes.results import (  # fmt: skip
    SHOWN,
    DeclaredNeverRecorded,
    RouteCoverage,
    RouteParts,
    YearDeclared,
    route_table,
)
from stopgap.measures.statistics.hub_screening import HubScreening, ScreenedEconomy, ScreeningStatus
from stopgap.panel.windows import Windows

MONTHS, LEAD, ORDINARY = 12, 3, 8
PERIODS = tuple(f"2022-{month:02d}" for month in range(10, 13)) + tuple(f"2023-{month:02d}" for month in range(1, 13))


def legs(*, routed=5.0, own=0.0, growth=1.0, hubs=2, goods=3, noise=0.0, seed=3, ordinary=ORDINARY):
    """Hubs that buy 10 of each good a month and sell 2 to the target; the first routes ``routed`` a month more.

    The others sell ``own`` more to the target out of their own output; all their trade with
    the coalition grows by ``growth``, ordinary goods too.
    """
    rng = np.random.default_rng(seed)
    shape = (LEAD + MONTHS, hubs, goods + ordinary)
    expected = np.full(shape, 10.0)
    member = expected * growth * np.exp(rng.normal(0, noise, shape))
    target_expected = np.full(shape, 2.0)
    target = target_expected * np.exp(rng.normal(0, noise, shape))
    member[1:, 0, :goods] += routed  # two months before the hub sells them on
    target[LEAD:, 0, :goods] += routed
    target[LEAD:, 1:, :goods] += own
    return Legs(
        hubs=tuple(f"H{number}" for number in range(hubs)),
        goods=tuple(f"{number:06d}" for number in range(goods + ordinary)),
        is_sanctioned=np.arange(goods + ordinary) < goods,
        member_usd=member,
        member_expected_usd=expected,
        member_base_usd=np.full(shape[1:], 120.0),
        target_usd=target,
        target_expected_usd=target_expected,
        is_known=np.ones(shape[:2], dtype=bool),
        has_members=np.ones(hubs, dtype=bool),
        lead=LEAD,
        members_first=True,
        periods_per_year=12,
    )


def coverage(**changes):
    empty = dict.fromkeys(("missing_reporters", "missing_periods", "silent_hubs", "borrowed_growth", "growth_unknown", "control_names", "sources"), ())  # fmt: skip
    return RouteCoverage(**{**empty, "control_destinations": 20, "goods_measured": 3, "ordinary_goods": ORDINARY, "level": "HS6", "revision": "HS2017", **changes})  # fmt: skip


def parts(loss_usd=1_000.0, **changes):
    said = RouteParts(
        episode="e", target="RUS", direction="exports-to-target", goods="g", goods_version="1", as_of="v1",
        valuation="FOB", frequency="M", windows=Windows(("2020-01", "2021-12"), ("2023-01", "2023-12")),
        leg1="coalition", report="hub", seed=0, loss_usd=loss_usd, coverage=coverage(), queries=("SELECT 1",),
    )  # fmt: skip
    return replace(said, **changes)


LOSS = np.array([400.0, 300.0, 300.0])


def test_a_route_without_noise_is_found_to_the_dollar():
    found = measure_routes(legs(), LOSS)
    case = found.headline
    # 5 a month in each of three goods, 12 months of a year.
    assert case.match_usd[0] == pytest.approx([60.0] * 3)
    assert case.net_usd.sum() == pytest.approx(180.0)
    assert case.gate.counted.tolist() == [True, False]
    assert found.member_excess_usd == pytest.approx([14 * 5 * 3, 0.0])
    assert found.target_excess_usd == pytest.approx([180.0, 0.0])
    assert case.matched_usd[:, 0] == pytest.approx([15.0] * MONTHS)


def test_a_markup_divides_what_the_hub_sold():
    found = measure_routes(legs(), LOSS)
    by_markup = {case.markup: case.match_usd.sum() for case in found.cases if case.is_adjusted}
    assert by_markup == pytest.approx({1.0: 180.0, 1.15: 180 / 1.15, 1.3: 180 / 1.3})


def test_the_loss_of_each_good_caps_all_hubs_in_proportion():
    match = np.array([[60.0, 10.0, 5.0], [20.0, 10.0, 5.0]])
    kept = capped(match, np.array([True, True]), np.array([40.0, 100.0, -3.0]))
    # Good 1: 80 matched, 40 lost. Good 2: all. Good 3: nothing was lost, so nothing was routed.
    assert kept.tolist() == [[30.0, 10.0, 0.0], [10.0, 10.0, 0.0]]
    only = capped(match, np.array([True, False]), np.array([40.0, 100.0, 100.0]))
    assert only.tolist() == [[40.0, 10.0, 5.0], [0.0, 0.0, 0.0]]
    assert capped(match, np.array([True, False]), None)[0].tolist() == match[0].tolist()


@pytest.mark.parametrize("growth", [1.0, 1.5, 3.0])
def test_a_hub_that_grows_in_everything_does_not_count(growth):
    # It buys more of all goods, and sells more of the sanctioned ones to the target.
    found = measure_routes(legs(routed=0.0, own=4.0, growth=growth, noise=0.2), LOSS)
    unadjusted = [case for case in found.cases if not case.is_adjusted]
    assert not found.headline.gate.counted.any()
    assert not unadjusted[0].gate.counted.any()
    assert found.growth == pytest.approx(growth, rel=0.1)


def test_a_hub_that_sells_its_own_goods_does_not_count():
    found = measure_routes(legs(routed=0.0, own=50.0, noise=0.2), LOSS)
    assert found.headline.match_usd[1].sum() > 0
    assert found.headline.net_usd.sum() == 0


def test_a_route_is_found_beside_growth_and_noise():
    found = measure_routes(legs(routed=12.0, growth=1.4, noise=0.2), LOSS * 10)
    assert found.headline.gate.counted.tolist() == [True, False]
    assert found.headline.net_usd.sum() == pytest.approx(12 * 36, rel=0.1)


def test_counted_means_above_the_threshold():
    for seed in range(6):
        found = measure_routes(legs(routed=3.0, own=3.0, noise=0.3, hubs=4, seed=seed), LOSS)
        for case in found.cases:
            above = case.hub_match_usd() > case.gate.threshold_usd * (1 + 1e-9)
            assert case.gate.counted.tolist() == above.tolist()
            assert (case.match_usd.sum(axis=1) <= found.target_excess_usd + 1e-6).all()
            assert (case.net_usd <= case.match_usd + 1e-9).all()
            assert (case.net_usd.sum(axis=0) <= LOSS + 1e-9).all()


def test_the_same_seed_gives_the_same_draws():
    drawn = [measure_routes(legs(noise=0.3), LOSS, seed=seed).headline.gate for seed in (1, 1, 2)]
    assert drawn[0].threshold_usd.tolist() == drawn[1].threshold_usd.tolist()
    assert drawn[0].threshold_usd.tolist() != drawn[2].threshold_usd.tolist()


def test_one_hub_of_many_that_passes_its_own_percentile_needs_more():
    rng = np.random.default_rng(0)
    draws = rng.normal(100, 10, (400, 9))
    match = np.full(9, 95.0)
    match[0] = np.quantile(draws[:, 0], 0.96)  # one in nine does so by chance
    found = gate(match, draws, draws, np.ones(9, dtype=bool))
    assert not found.passed_together
    assert not found.counted.any()
    assert found.threshold_usd[0] > match[0]
    match[0] = 200.0
    found = gate(match, draws, draws, np.ones(9, dtype=bool))
    assert found.passed_together
    assert found.counted.tolist() == [True] + [False] * 8


def test_draws_that_never_differ_are_no_division_by_zero():
    found = gate(np.array([5.0, 0.0]), np.zeros((400, 2)), np.zeros((400, 2)), np.ones(2, dtype=bool))
    assert found.counted.tolist() == [True, False]
    found = gate(np.array([5.0, 5.0]), np.full((400, 2), 5.0), np.full((400, 2), 5.0), np.ones(2, dtype=bool))
    assert not found.counted.any()


class TestDegenerate:
    def test_too_few_ordinary_goods(self):
        found = measure_routes(legs(ordinary=4), LOSS)
        finding = assemble_routes(found, parts(), PERIODS)
        assert finding.routing.net_usd is finding.routing.net_share_of_loss is None
        assert finding.routing.raw_usd == pytest.approx(180.0)
        assert finding.routing.because.startswith("cannot be told from chance")
        assert [row.counted for row in finding.hubs] == [None, False]
        assert finding.hubs[0].threshold_usd is None
        assert any("too few ordinary goods" in line for line in finding.warnings)

    def test_no_ordinary_goods(self):
        finding = assemble_routes(measure_routes(legs(ordinary=0), LOSS), parts(), PERIODS)
        assert finding.routing.net_usd is None
        assert finding.as_dict()["hubs"][0]["match_usd"] == pytest.approx(180.0)

    def test_a_silent_hub_is_missing_and_not_zero(self):
        given = legs()
        given.is_known[:, 0] = False
        finding = assemble_routes(measure_routes(given, LOSS), parts(coverage=coverage(silent_hubs=("H0",))), PERIODS)
        silent = next(row for row in finding.hubs if row.hub == "H0")
        assert silent.match_usd is silent.net_usd is silent.counted is silent.e2_usd is None
        assert silent.e1_usd == pytest.approx(14 * 5 * 3)  # the leg that is seen
        assert "missing, not zero" in silent.because
        assert finding.routing.hubs_measured == 1
        assert all(row.target_usd is None for row in finding.months if row.hub == "H0")

    def test_a_hub_silent_in_some_months_has_means_over_the_others(self):
        given = legs()
        given.is_known[LEAD : LEAD + 6] = False
        found = measure_routes(given, LOSS)
        assert found.headline.match_usd[0] == pytest.approx([60.0] * 3)  # 5 a month, still 60 a year
        finding = assemble_routes(found, parts(), PERIODS)
        assert finding.hubs[0].missing_periods == tuple(f"2023-{month:02d}" for month in range(1, 7))

    def test_nobody_reports(self):
        given = legs()
        given.is_known[:] = False
        given.has_members[:] = False
        finding = assemble_routes(measure_routes(given, None), parts(loss_usd=None), PERIODS)
        assert finding.routing.raw_usd is finding.routing.net_usd is None
        assert finding.routing.because == "no hub has figures on both legs"
        assert finding.as_dict()["routing"]["hubs_measured"] == 0

    def test_all_zero(self):
        given = legs()
        for leg in (given.member_usd, given.member_expected_usd, given.target_usd, given.target_expected_usd, given.member_base_usd):  # fmt: skip
            leg[:] = 0.0
        finding = assemble_routes(measure_routes(given, np.zeros(3)), parts(loss_usd=0.0), PERIODS)
        assert finding.routing.raw_usd == 0
        assert finding.routing.net_usd == 0
        assert finding.routing.net_share_of_loss is None
        assert all(row.because == NO_MATCH for row in finding.hubs)
        assert finding.as_dict()["loss_usd"] == 0

    def test_no_loss_leaves_no_route(self):
        finding = assemble_routes(measure_routes(legs(), -LOSS), parts(loss_usd=-1000.0), PERIODS)
        assert finding.routing.net_usd == 0
        assert finding.routing.net_share_of_loss is None
        assert any(line.startswith("the coalition lost nothing") for line in finding.warnings)
        some = parts(loss_usd=-1000.0, coverage=coverage(missing_reporters=("JPN",)))
        warnings = assemble_routes(measure_routes(legs(), -LOSS), some, PERIODS).warnings
        assert any("with figures lost nothing" in line and "the others lost is not known" in line for line in warnings)
        assert not any(line.startswith("the coalition lost nothing") for line in warnings)

    def test_goods_that_the_hub_never_bought_before(self):
        given = legs()
        given.member_expected_usd[:, 0, :3] = 0
        given.member_base_usd[0, :3] = 0
        finding = assemble_routes(measure_routes(given, LOSS), parts(), PERIODS)
        assert finding.hubs[0].counted


def test_goods_bought_from_the_target_pass_the_other_way():
    """Hubs buy from the target first; the coalition buys from them two months later."""
    given = legs(routed=0.0)
    given.target_usd[1:, 0, :3] += 5.0
    given.member_usd[LEAD:, 0, :3] += 5.0
    backwards = replace(given, members_first=False)
    found = measure_routes(backwards, LOSS)
    assert found.headline.match_usd[0] == pytest.approx([60.0] * 3)
    assert found.headline.gate.counted.tolist() == [True, False]


def test_years_are_matched_within_the_year():
    given = legs()
    year = replace(
        given,
        **{
            name: getattr(given, name)[LEAD:].sum(axis=0, keepdims=True)
            for name in ("member_usd", "member_expected_usd", "target_usd", "target_expected_usd")
        },
        is_known=np.ones((1, 2), dtype=bool),
        lead=0,
        periods_per_year=1,
    )
    finding = assemble_routes(measure_routes(year, LOSS), parts(frequency="A"), ("2023-01",))
    assert finding.routing.net_usd == pytest.approx(180.0)
    assert finding.lags == 0
    assert any("no lag can be seen" in line for line in finding.warnings)


def test_a_finding_adds_up_and_reads_well():
    finding = assemble_routes(measure_routes(legs(), LOSS), parts(), PERIODS)
    routing, hub = finding.routing, finding.hubs[0]
    assert (hub.hub, hub.because) == ("H0", COUNTED)
    assert routing.net_share_of_loss == pytest.approx(0.18)
    assert routing.net_usd == pytest.approx(sum(row.net_usd for row in finding.hubs))
    assert routing.raw_usd == pytest.approx(sum(row.match_usd for row in finding.hubs))
    assert sum(row.net_usd for row in finding.by_good) == pytest.approx(routing.net_usd)
    assert finding.counted_by_hub_good() == pytest.approx({("H0", f"{number:06d}"): 60.0 for number in range(3)})
    assert hub.re_export_share == pytest.approx(1.0)
    assert "consistent with routing" in finding.lines()[0]
    assert "18.0% of the loss" in finding.lines()[0]
    for by, shown in SHOWN.items():
        assert set(shown) <= set(route_table(finding, by=by).schema.names)
    after = [row for row in finding.months if row.hub == "H0" and row.is_after]
    assert sum(row.matched_usd for row in after) == pytest.approx(routing.net_usd)
    assert [row.matched_usd for row in finding.months if not row.is_after] == [None] * 6


def test_a_hub_found_by_rule_needs_only_its_own_draws():
    """Screening tested all economies together; listed hubs are gated as if the others were not there."""
    rng = np.random.default_rng(1)
    draws = rng.gamma(4.0, 1.0, (400, 3))
    usable = np.ones(3, dtype=bool)
    match = np.array([np.quantile(draws[:, place], 0.97) for place in range(3)])
    alone = gate(match, draws, draws * 1.3, usable, together=False)
    assert alone.counted.all()
    assert not gate(match, draws, draws * 1.3, usable & (np.arange(3) < 1)).counted.any()
    given = legs(noise=0.2, routed=0.4)
    plain = measure_routes(given, LOSS).headline.gate
    ruled = measure_routes(replace(given, by_rule=frozenset({"H1"})), LOSS).headline.gate
    only = measure_routes(first_hub(given), LOSS).headline.gate
    assert ruled.threshold_usd[0] == pytest.approx(only.threshold_usd[0])
    assert ruled.threshold_usd[1] <= plain.threshold_usd[1]


def first_hub(given: Legs) -> Legs:
    cut = {name: getattr(given, name)[:, :1] for name in ("member_usd", "member_expected_usd", "target_usd", "target_expected_usd", "is_known")}  # fmt: skip
    return replace(given, hubs=given.hubs[:1], member_base_usd=given.member_base_usd[:1], has_members=given.has_members[:1], **cut)  # fmt: skip


def test_the_table_tells_how_a_hub_was_found():
    found = measure_routes(replace(legs(), by_rule=frozenset({"H0"})), LOSS)
    finding = assemble_routes(found, parts(), PERIODS, any_origin=found)
    assert {row.hub: row.by for row in finding.hubs} == {"H0": "rule", "H1": "list"}
    rows = {row["hub"]: row for row in route_table(finding).to_pylist()}
    assert rows["H0"]["by"] == "rule"
    assert rows["H0"]["match_any_origin_usd"] == rows["H0"]["match_usd"]
    assert rows["H0"]["counted_any_origin"] is True
    assert assemble_routes(found, parts(), PERIODS).hubs[0].match_any_origin_usd is None


def test_tables_of_candidates_and_of_exports_never_recorded():
    row = ScreenedEconomy("IND", ScreeningStatus.COVER_UNKNOWN, 100.0, None)
    extras = RouteExtras(
        candidates=candidates_of(HubScreening((row,))),
        declared_never_recorded=(
            DeclaredNeverRecorded("KGZ", "eu27", "all", 5.0, 9.0, 2.0, 1.9, None, 2.1, 0.8, None, 12, (YearDeclared(2023, 9.0, 2.0),)),
        ),
    )  # fmt: skip
    finding = assemble_routes(measure_routes(legs(), LOSS), parts(), PERIODS, extras=extras)
    [candidate] = route_table(finding, by="candidate").to_pylist()
    assert (candidate["economy"], candidate["status"], candidate["cover_usd"]) == ("IND", "cover unknown", None)
    assert "imports not in the lake" in candidate["because"]
    [declared] = route_table(finding, by="declared").to_pylist()
    assert (declared["hub"], declared["usd"], declared["months"]) == ("KGZ", 5.0, 12)
    assert set(SHOWN["declared"]) <= set(declared)
    assert finding.as_dict()["declared_never_recorded"][0]["years"] == [{"year": 2023, "declared_usd": 9.0, "recorded_usd": 2.0}]  # fmt: skip
    text = "\n".join(finding.lines())
    assert "IND, no listed hub" in text
    assert "declared to KGZ by eu27 and never recorded there: USD 5 a year" in text
