"""Hypotheses from a finding made by hand: the sums, the reasons, and what has no interval."""

from dataclasses import replace

import pytest
from claims_made import made_claim

from stopgap.claims.claim import Action, Stance
from stopgap.claims.testing.figures import HypothesisBasis, hub_interval, hypotheses_of, untested
from stopgap.claims.testing.hypotheses import plan_test
from stopgap.claims.testing.results import MonthVerdict, Verdict
from stopgap.claims.testing.verdict import conclude, since_sentence
from stopgap.measures.backfill.results import (
    Backfill,
    Concentration,
    Counterfactual,
    Coverage,
    Finding,
    Identity,
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
# The coalition lost 100 in goods that fell and gained 20 in another: 80, signed.
FINDING = Finding(
    "russia-2022", "RUS", "exports-to-target", "optical", "2026-11+0", "v1", "FOB", "M",
    Windows(("2020-01", "2021-12"), ("2023-01", "2024-12")), Suspended(200.0, 120.0, 80.0, 0.4, (0.3, 0.5)),
    Backfill(0.875, 0.625, (0.5, 0.75), (1, 30)), Identity(100.0, 70.0, 0.0, 30.0, 0.0), (CHINA, TURKEY), (), (), (), (),
    Concentration(0.5, 0.5), None, Coverage(0.9), Counterfactual("triple difference", net_usd=50.0),
    ("a warning",), ("SELECT 1",), finding_id="sha256:f",
)  # fmt: skip


def on_list(claim, suffix=""):
    plan = plan_test(claim, RUSSIA)
    return HypothesisBasis(claim, plan, plan.goods[0], "optical", None, suffix)


def first(finding=FINDING, **changes):
    return hypotheses_of(on_list(made_claim("optical", **changes)), finding)[0]


def test_the_share_is_the_net_gain_by_what_was_lost_in_each_good():
    share, net = hypotheses_of(on_list(made_claim("optical")), FINDING)
    assert (share.id, share.measure, share.decides) == ("share", "share_of_loss", True)
    assert share.estimate == pytest.approx(0.40)  # 40 of 100, not of 80
    assert share.ci95 == pytest.approx((0.30, 0.45))
    assert share.gross == pytest.approx(0.60)
    assert (share.verdict, share.threshold) == (Verdict.SUPPORTED, 0.25)
    assert dict(share.thresholds) == {0.1: "borne out", 0.25: "borne out", 0.5: "partly"}
    assert (net.id, net.estimate, net.ci95, net.threshold) == ("net", 40.0, (30.0, 45.0), 0.0)
    assert (net.verdict, net.decides, net.unit) == (Verdict.SUPPORTED, False, "USD per year")
    assert "40 %" in share.because
    assert "30 % to 45 %" in share.because


def test_all_suppliers_together_take_the_net_ratio():
    share = first(actor="THIRD")
    assert share.estimate == pytest.approx(0.50)  # 50 of 100
    assert share.ci95 == pytest.approx((0.40, 0.60))  # 0.5 and 0.75 of 80, by 100
    assert share.placebo_rank == (1, 30)


def test_a_threshold_set_before_decides():
    assert first(threshold=0.35).verdict == Verdict.PARTLY
    assert [threshold for threshold, _ in first(threshold=0.35).thresholds] == [0.1, 0.25, 0.35, 0.5]


def test_what_sold_none_before_has_no_interval_and_cannot_be_tested():
    share = first(actor="TUR")
    assert (share.verdict, share.estimate, share.ci95) == (Verdict.NOT_TESTABLE, 0.1, None)
    assert "sold none before" in share.because
    assert "gross, without a model, it is 10 %" in share.because
    assert share.fix


def test_who_did_not_report_is_missing_not_zero():
    silent = replace(FINDING, coverage=Coverage(0.9, ("IND",)))
    assert "did not report both windows: missing, not zero" in first(silent, actor="IND").because
    assert "hold no trade of India" in first(actor="IND").because


def test_low_coverage_leaves_nothing_to_say():
    share = first(replace(FINDING, coverage=Coverage(0.5)))
    assert (share.verdict, share.coverage) == (Verdict.NOT_TESTABLE, 0.5)
    assert "only 50 % of the baseline trade" in share.because


def test_without_a_loss_backfill_cannot_be_tested_and_supply_is_held_against_its_own_baseline():
    none = replace(FINDING, backfill=replace(FINDING.backfill, defined=False))
    assert "nothing to fill" in first(none).because
    gain = first(none, action=Action.SUPPLY)
    assert (gain.id, gain.measure) == ("gain", "gain_by_baseline")
    assert gain.estimate == pytest.approx(0.8)  # 40 by 50
    assert gain.ci95 == pytest.approx((0.6, 0.9))
    assert first(action=Action.SUPPLY).id == "share"  # with a loss it is held against the loss


def test_a_fall_is_the_loss_share_of_who_stopped():
    loss = first(action=Action.STOP, actor="EU")
    assert (loss.id, loss.estimate, loss.ci95) == ("loss", 0.4, (0.3, 0.5))
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


def concluded(claim, *hypotheses):
    return conclude(claim, hypotheses, as_of="v1", episode="russia-2022")


def test_a_denial_is_borne_out_where_what_it_denies_is_not():
    denial = made_claim("optical", stance=Stance.DENIAL)
    whole = concluded(denial, *hypotheses_of(on_list(denial), FINDING))
    assert whole.hypotheses[0].verdict == Verdict.SUPPORTED  # the positive proposition
    assert whole.verdict == Verdict.NOT_SUPPORTED
    assert whole.because.startswith("What is denied is borne out: the net contribution of China")


def test_a_denial_of_several_goods_fails_where_one_is_borne_out():
    denial = made_claim("optical", "chips", stance=Stance.DENIAL)
    low = replace(FINDING, goods="chips", suppliers=(replace(CHINA, ci95=(-5.0, 5.0), net_gain_usd=0.0),))
    both = [hypotheses_of(on_list(denial, f":{each.goods}"), each)[0] for each in (FINDING, low)]
    assert [each.verdict for each in both] == [Verdict.SUPPORTED, Verdict.NOT_SUPPORTED]
    assert concluded(denial, *both).verdict == Verdict.NOT_SUPPORTED
    assert concluded(made_claim("optical", "chips"), *both).verdict == Verdict.NOT_SUPPORTED


def test_a_question_is_answered_for_the_proposition_asked():
    question = made_claim("optical", stance=Stance.QUESTION)
    whole = concluded(question, *hypotheses_of(on_list(question), FINDING))
    assert whole.verdict == Verdict.SUPPORTED
    assert whole.because.startswith("What is asked is borne out")


def test_a_part_that_cannot_be_tested_keeps_the_whole_from_being_borne_out_and_hides_nothing():
    claim = made_claim("optical", "chips")
    clear = hypotheses_of(on_list(claim, ":optical"), FINDING)[0]
    open_ = untested(replace(on_list(claim, ":chips"), list_name="chips"), "no figures", fix="import them")
    whole = concluded(claim, open_, clear)
    assert (whole.verdict, whole.tested_part) == (Verdict.NOT_TESTABLE, Verdict.SUPPORTED)
    assert "optical goods (narrow list): borne out" in whole.because
    assert "chips basket: cannot be tested" in whole.because.lower()
    assert whole.coverage == 0.9
    assert whole.would_change[0] == "Import them."
    assert any("chips" in each for each in whole.cannot)


def test_narrow_and_broad_lists_that_disagree_lower_the_verdict():
    claim = made_claim("propellants")
    narrow = hypotheses_of(on_list(claim, ":propellants-narrow"), replace(FINDING, goods="propellants-narrow"))[0]
    broad = replace(FINDING, goods="propellants-broad", suppliers=(replace(CHINA, ci95=(10.0, 45.0)),))
    wide = hypotheses_of(on_list(claim, ":propellants-broad"), broad)[0]
    whole = concluded(claim, narrow, wide)
    assert (narrow.verdict, wide.verdict, whole.verdict) == ("borne out", "partly", "partly")
    assert "propellants (narrow list): borne out" in whole.because.lower()
    assert "propellants (broad list): partly" in whole.because


def test_the_document_has_the_fields_of_the_contract():
    claim = made_claim("optical")
    document = concluded(claim, *hypotheses_of(on_list(claim), FINDING)).as_dict()
    assert {"claim_id", "hypotheses", "verdict", "because", "coverage", "finding_ids"} <= set(document)
    assert {"id", "statement", "estimate", "ci95", "verdict"} <= set(document["hypotheses"][0])
    assert document["finding_ids"] == ["sha256:f"]
    assert document["hypotheses"][0]["thresholds"][0] == {"threshold": 0.1, "verdict": "borne out"}


def test_the_sentence_of_months():
    def month(name, verdict):
        return MonthVerdict(name, verdict, None, None)

    months = [
        month("2022-09", Verdict.NOT_SUPPORTED),
        month("2022-10", Verdict.NOT_SUPPORTED),
        month("2022-11", Verdict.SUPPORTED),
        month("2022-12", Verdict.SUPPORTED),
    ]
    assert since_sentence(months) == "not borne out until 2022-10, borne out since"
    assert since_sentence(months[:2]) == "not borne out throughout, 2022-09 to 2022-10"
    assert since_sentence(()) is None


def test_a_hubs_interval_by_hand():
    hub = HubRoute("TUR", 30.0, 10.0, True, "", 30.0, 0.3, 1.0, 40.0, 30.0, 5.0, 0.01, 1.0)
    assert hub_interval(hub, 4.0) == (20.0, 34.0)
    assert hub_interval(replace(hub, counted=False, threshold_usd=35.0), 4.0) == (-5.0, 34.0)
    assert hub_interval(replace(hub, counted=False), 4.0) == (0.0, 34.0)  # not distinguishable: 0 is in it
