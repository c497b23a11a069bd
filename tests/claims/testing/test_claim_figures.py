"""Hypotheses from a finding made by hand: the sums, the reasons, and what has no interval."""

import math
from dataclasses import replace

import pytest
from claims_made import made_claim

from stopgap.claims.claim import Action, Stance
from stopgap.claims.testing.figures import HypothesisBasis, hub_interval, hypotheses_of, untested
from stopgap.claims.testing.hypotheses import plan_test
from stopgap.claims.testing.layers.asserted import Asserted
from stopgap.claims.testing.layers.facts import Layer
from stopgap.claims.testing.results import MonthVerdict, Verdict
from stopgap.claims.testing.verdict import PartFigures, conclude, since_sentence
from stopgap.measures.backfill.results import (
    ActorResult,
    Backfill,
    Concentration,
    Counterfactual,
    Coverage,
    Finding,
    Identity,
    MemberResult,
    SupplierResult,
    Suspended,
    UnstableCodeResult,
)
from stopgap.measures.routes.results import HubRoute
from stopgap.panel.episodes import load_episode
from stopgap.panel.windows import Windows

RUSSIA = load_episode("russia-2022")
CHINA = SupplierResult("CHN", 50.0, 110.0, 60.0, 0.75, "intensified", net_gain_usd=40.0, ci95=(30.0, 45.0))
TURKEY = SupplierResult("TUR", 0.0, 10.0, 10.0, 0.125, "entrant", net_gain_usd=10.0)
MEMBERS = tuple(MemberResult(name, 10.0, 6.0, -4.0) for name in sorted(RUSSIA.members())[:20])
# Against the baseline the coalition lost 80 a year; against its own counterfactual 100, within 80 and 125.
FINDING = Finding(
    "russia-2022", "RUS", "exports-to-target", "optical", "2026-11+0", "v1", "FOB", "M",
    Windows(("2020-01", "2021-12"), ("2023-01", "2024-12")), Suspended(200.0, 120.0, 80.0, 0.4, (0.3, 0.5), counterfactual_loss_usd=100.0, counterfactual_loss_ci95=(80.0, 125.0)),
    Backfill(0.875, 0.625, (0.5, 0.75), (1, 30), symmetric_ratio=0.5, symmetric_ci95=(0.35, 0.66)), Identity(100.0, 70.0, 0.0, 30.0, 0.0), (CHINA, TURKEY), MEMBERS, (), (), (),
    Concentration(0.5, 0.5), None, Coverage(0.9), Counterfactual("triple difference", net_usd=50.0),
    warnings=("a warning",), queries=("SELECT 1",), finding_id="sha256:f",
)  # fmt: skip


def on_list(claim, suffix=""):
    plan = plan_test(claim, RUSSIA)
    return HypothesisBasis(claim, plan, plan.goods[0], "optical", None, suffix)


def first(finding=FINDING, **changes):
    """The share of the loss, or the fall where the claim is of stopping."""
    return hypotheses_of(on_list(made_claim("optical", **changes)), finding)[-1]


def test_the_share_is_the_net_gain_by_the_counterfactual_loss_with_the_error_of_both():
    net, share = hypotheses_of(on_list(made_claim("optical")), FINDING)
    assert (share.id, share.measure, share.layer, share.decides) == ("share", "share_of_loss", Layer.SHARE, False)
    assert share.estimate == pytest.approx(0.40)  # 40 of 100
    # MOVER by hand: 40 - 100 R = -sqrt(10^2 + (25 R)^2) below, +sqrt(5^2 + (20 R)^2) above.
    low = (8000 - math.sqrt(8000**2 - 4 * 9375 * 1500)) / (2 * 9375)
    high = (8000 + math.sqrt(8000**2 - 4 * 9600 * 1575)) / (2 * 9600)
    assert share.ci95 == pytest.approx((low, high))
    assert share.ci95 == pytest.approx((0.278, 0.514), abs=0.001)
    assert share.gross == pytest.approx(0.75)  # 60 of 80, neither against a model
    assert (share.verdict, share.threshold) == (Verdict.SUPPORTED, 0.25)
    assert dict(share.thresholds) == {0.1: "supported", 0.25: "supported", 0.5: "partly supported"}
    assert (net.id, net.layer, net.estimate, net.ci95, net.threshold) == ("net", Layer.NET, 40.0, (30.0, 45.0), 0.0)
    assert (net.verdict, net.decides, net.unit) == (Verdict.SUPPORTED, False, "USD per year")
    assert "40 %" in share.because
    assert "28 to 51 %" in share.because


def test_errors_that_go_together_change_the_interval():
    apart = first(replace(FINDING, counterfactual=replace(FINDING.counterfactual, error_correlation=0.5)))
    width = first().ci95[1] - first().ci95[0]
    assert apart.ci95[1] - apart.ci95[0] > width  # a common error lowers the one and raises the other


def test_all_suppliers_together_take_the_symmetric_ratio():
    share = first(actor="THIRD")
    assert (share.estimate, share.ci95, share.placebo_rank) == (0.5, (0.35, 0.66), (1, 30))


def test_a_threshold_set_before_decides():
    assert first(threshold=0.35).verdict == Verdict.PARTLY
    assert [threshold for threshold, _ in first(threshold=0.35).thresholds] == [0.1, 0.25, 0.35, 0.5]


def test_what_sold_none_before_has_no_interval_and_cannot_be_tested():
    share = first(actor="TUR")
    assert (share.verdict, share.estimate, share.ci95) == (Verdict.NOT_TESTABLE, 0.1, None)
    assert "sold none before" in share.because
    assert "gross, without a model, it is 12 %" in share.because  # 10 of 80
    assert share.fix


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"counterfactual_loss_ci95": (-5.0, 125.0)}, "not above 0 beyond chance"),
        ({"counterfactual_loss_ci95": None}, "is not known"),
        ({"counterfactual_loss_usd": None}, "is not known"),
    ],
)
def test_a_loss_that_is_not_known_or_not_above_0_has_no_share(changes, word):
    share = first(replace(FINDING, suspended=replace(FINDING.suspended, **changes)))
    assert (share.verdict, share.ci95) == (Verdict.NOT_TESTABLE, None)
    assert word in share.because


def test_a_loss_of_less_than_half_of_the_members_is_not_that_of_the_coalition():
    count = len(RUSSIA.members())
    few = first(replace(FINDING, members=MEMBERS[: (count - 1) // 2]))
    assert few.verdict == Verdict.NOT_TESTABLE
    assert f"of the coalition's {count} members" in few.because
    assert first(replace(FINDING, members=MEMBERS[: (count + 1) // 2])).verdict == Verdict.SUPPORTED


def test_a_group_has_the_figures_of_its_own_row():
    prc = ActorResult("PRC", ("CHN", "HKG"), 60.0, 130.0, 70.0, 0.7, 0.2, 0.4, net_gain_usd=50.0, ci95=(40.0, 55.0))
    net, share = hypotheses_of(on_list(made_claim("optical", actor="PRC")), replace(FINDING, actors=(prc,)))
    assert (net.estimate, net.ci95) == (50.0, (40.0, 55.0))
    assert share.estimate == pytest.approx(0.50)
    none = replace(FINDING, suppliers=tuple(each for each in FINDING.suppliers if each.supplier != "CHN"))
    assert "missing, not zero" in first(none, actor="PRC").because


def test_a_group_of_which_one_economy_has_figures_is_named_by_it():
    alone = first(actor="PRC")
    assert alone.estimate == first(actor="CHN").estimate
    assert alone.because.startswith("The net contribution of China to")


def test_who_did_not_report_is_missing_not_zero():
    silent = replace(FINDING, coverage=Coverage(0.9, ("IND",)))
    assert "did not report both windows: missing, not zero" in first(silent, actor="IND").because
    assert "hold no trade of India" in first(actor="IND").because


def test_low_coverage_leaves_nothing_to_say():
    share = first(replace(FINDING, coverage=Coverage(0.5)))
    assert (share.verdict, share.coverage) == (Verdict.NOT_TESTABLE, 0.5)
    assert "only 50 % of the baseline trade" in share.because


def test_a_fall_is_the_loss_share_of_who_stopped():
    loss = first(action=Action.STOP, actor="EU")
    assert (loss.id, loss.layer, loss.estimate, loss.ci95) == ("loss", Layer.FELL, 0.4, (0.3, 0.5))
    assert loss.verdict == Verdict.SUPPORTED


def test_without_a_counterfactual_the_reason_is_the_findings():
    bare = replace(FINDING, suppliers=(replace(CHINA, ci95=None, net_gain_usd=None),),
                   counterfactual=Counterfactual(None, "no trade elsewhere"))  # fmt: skip
    share = first(bare)
    assert "no trade elsewhere" in share.because
    assert "all partners" in share.fix


def test_no_verdict_is_given_across_codes_that_moved_and_are_in_the_figures():
    moved = UnstableCodeResult("901380", "HS2017", "HS2022", "modules left it", None, "list", 60.0, 2.0)
    left_out = replace(FINDING, coverage=Coverage(0.9, unstable_codes=(moved,)))
    assert first(left_out).verdict == Verdict.SUPPORTED
    held = replace(FINDING, coverage=Coverage(0.9, unstable_codes=(moved,), unstable_kept="every code moved"))
    for made in (*hypotheses_of(on_list(made_claim("optical")), held), first(held, action=Action.STOP, actor="EU")):
        assert (made.verdict, made.ci95) == (Verdict.NOT_TESTABLE, None)
        assert "901380" in made.because
        assert "every code moved" in made.because
        assert "change of revision" in made.fix
    assert first(held).estimate == pytest.approx(0.40)  # the figure is shown, the verdict is not


def part_of(name, *hypotheses, layer=Layer.SHARE):
    decided = tuple(replace(each, decides=each.layer is layer) for each in hypotheses)
    return PartFigures(name, Asserted(layer), decided)


def concluded(claim, *parts):
    return conclude(claim, parts, as_of="v1", episode="russia-2022")


def optical(claim, finding=FINDING):
    return part_of("optical goods", *hypotheses_of(on_list(claim), finding))


LOW = replace(FINDING, goods="chips", suppliers=(replace(CHINA, ci95=(-5.0, 5.0), net_gain_usd=0.0),))


def test_a_denial_is_supported_where_what_it_denies_is_not():
    denial = made_claim("optical", stance=Stance.DENIAL)
    whole = concluded(denial, optical(denial))
    assert whole.hypotheses[0].verdict == Verdict.SUPPORTED  # the positive proposition
    assert whole.verdict == Verdict.NOT_SUPPORTED
    assert whole.because.startswith("What is denied: the net contribution of China")
    assert concluded(denial, optical(denial, LOW)).verdict == Verdict.SUPPORTED


def test_a_denial_of_several_goods_is_turned_part_by_part():
    denial = made_claim("optical", "chips", stance=Stance.DENIAL)
    low = part_of("chips", *hypotheses_of(on_list(denial, ":chips"), LOW))
    whole = concluded(denial, optical(denial), low)
    assert [each.verdict for each in whole.parts] == [Verdict.NOT_SUPPORTED, Verdict.SUPPORTED]
    assert (whole.verdict, whole.parts_supported) == (Verdict.PARTLY, "1 of 2 parts supported")


def test_a_question_is_answered_for_the_proposition_asked():
    question = made_claim("optical", stance=Stance.QUESTION)
    whole = concluded(question, optical(question))
    assert whole.verdict == Verdict.SUPPORTED
    assert whole.because.startswith("What is asked: the net contribution of China")


def test_a_part_that_cannot_be_tested_keeps_the_whole_from_being_supported_and_hides_nothing():
    claim = made_claim("optical", "chips")
    open_ = untested(replace(on_list(claim, ":chips"), list_name="chips"), "no figures", "share", fix="import them")
    whole = concluded(claim, part_of("chips", open_), optical(claim))
    assert whole.verdict == Verdict.PARTLY
    assert whole.because == "1 of 2 parts supported (chips: not testable; optical goods: supported)."
    assert whole.coverage == 0.9
    assert whole.would_change[0] == "Import them."
    assert "chips: No figures." in whole.cannot


def test_what_the_whole_reaches_is_what_every_part_reaches():
    claim = made_claim("optical", "chips")
    low = part_of(
        "chips", *hypotheses_of(on_list(claim, ":chips"), replace(LOW, suppliers=(replace(CHINA, ci95=(1.0, 45.0)),)))
    )
    whole = concluded(claim, optical(claim), low)
    assert [each.reached for each in whole.parts] == [(Layer.NET, Layer.SHARE), (Layer.NET,)]
    assert whole.reached == (Layer.NET,)


def test_the_verdict_is_that_of_the_asserted_layer_alone():
    claim = made_claim("optical")
    low = replace(FINDING, suppliers=(replace(CHINA, ci95=(5.0, 24.0), net_gain_usd=15.0),))
    net = concluded(claim, part_of("optical goods", *hypotheses_of(on_list(claim), low), layer=Layer.NET))
    share = concluded(claim, part_of("optical goods", *hypotheses_of(on_list(claim), low)))
    assert (net.verdict, share.verdict) == (Verdict.SUPPORTED, Verdict.PARTLY)
    assert (net.asserted, share.asserted) == (Layer.NET, Layer.SHARE)
    assert net.reached == share.reached == (Layer.NET,)
    assert [each.id for each in net.hypotheses if each.decides] == ["net"]


def test_of_narrow_and_broad_the_one_that_carries_the_verdict_explains_it():
    claim = made_claim("propellants")

    def on(breadth, ci95):
        finding = replace(
            FINDING, goods=f"propellants-{breadth}", suppliers=(replace(CHINA, ci95=ci95, net_gain_usd=sum(ci95) / 2),)
        )
        basis = replace(on_list(claim, f":propellants-{breadth}"), breadth=breadth, list_name=f"propellants-{breadth}")
        return hypotheses_of(basis, finding)[-1]

    narrow, broad = on("narrow", (-5.0, 5.0)), on("broad", (40.0, 45.0))
    whole = concluded(claim, part_of("propellants", narrow, broad))
    assert (narrow.verdict, broad.verdict, whole.verdict) == ("not supported", "supported", "partly supported")
    headings = replace(broad, breadth="headings", decides=False)
    assert concluded(claim, part_of("propellants", narrow, replace(headings))).verdict == Verdict.NOT_SUPPORTED
    swapped = concluded(claim, part_of("propellants", on("narrow", (40.0, 45.0)), on("broad", (-5.0, 5.0))))
    assert swapped.verdict == Verdict.SUPPORTED
    assert "narrow list" in swapped.because


def test_a_claim_without_parts_says_why():
    whole = conclude(made_claim(), (), as_of="v1", episode=None, reason="no figure meets it")
    assert (whole.verdict, whole.because, whole.cannot) == (
        Verdict.NOT_TESTABLE,
        "No figure meets it.",
        ("No figure meets it.",),
    )


def test_the_document_has_the_fields_of_the_contract():
    claim = made_claim("optical")
    document = concluded(claim, optical(claim)).as_dict()
    fields = {"claim_id", "hypotheses", "verdict", "reached", "asserted", "because", "coverage", "finding_ids", "parts"}
    assert fields <= set(document)
    assert (document["asserted"], document["reached"]) == ("share", ["net", "share"])
    assert {"id", "layer", "statement", "estimate", "ci95", "verdict"} <= set(document["hypotheses"][0])
    assert document["finding_ids"] == ["sha256:f"]
    assert document["hypotheses"][0]["thresholds"][0] == {"threshold": 0.1, "verdict": "supported"}


def test_the_sentence_of_months():
    def month(name, verdict):
        return MonthVerdict(name, verdict, None, None)

    months = [
        month("2022-09", Verdict.NOT_SUPPORTED),
        month("2022-10", Verdict.NOT_SUPPORTED),
        month("2022-11", Verdict.SUPPORTED),
        month("2022-12", Verdict.SUPPORTED),
    ]
    assert since_sentence(months) == "not supported until 2022-10, supported since"
    assert since_sentence(months[:2]) == "not supported throughout, 2022-09 to 2022-10"
    assert since_sentence(()) is None


def test_a_hubs_interval_by_hand():
    hub = HubRoute("TUR", 30.0, 10.0, True, "", 30.0, 0.3, 1.0, 40.0, 30.0, 5.0, 0.01, 1.0)
    assert hub_interval(hub, 4.0) == (20.0, 34.0)
    assert hub_interval(replace(hub, counted=False, threshold_usd=35.0), 4.0) == (-5.0, 34.0)
    assert hub_interval(replace(hub, counted=False), 4.0) == (0.0, 34.0)  # not distinguishable: 0 is in it
