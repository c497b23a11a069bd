"""Registered claims tested with each vintage: kept in the register, and an alert where a verdict changed."""

from __future__ import annotations

import pytest
from claim_lake import chips_list, claim_rows, put_claim_rows
from claims_made import made_claim
from lake_rows import put

from stopgap.base.errors import NotFoundError
from stopgap.claims.claim import Action
from stopgap.claims.register.register import register_claim, registered_claim, withdraw_claim
from stopgap.claims.testing.run import ClaimTestOptions
from stopgap.claims.testing.verdict_log import last_test, retest
from stopgap.measures.alerts.cases import decide, list_alerts, show_alert
from stopgap.watch.watching import alert_news

DIRECT = ClaimTestOptions(routes=False)
WHEN = "2024-04-09T00:00:00+00:00"


@pytest.fixture
def lake(tmp_path):
    put_claim_rows(tmp_path / "lake", 100.0)
    return tmp_path / "lake"


@pytest.fixture
def claim(lake, tmp_path):
    made = made_claim(chips_list(tmp_path), title="China backfills chips")
    return register_claim(lake, made, who="ann", when=WHEN).entry.id


def events(lake, claim):
    return [(event["as_of"], event["verdict"], event["version"]) for event in registered_claim(lake, claim).tests]


def test_a_test_is_kept_once_with_its_figures(lake, claim):
    [first] = retest(lake, None, DIRECT)
    [again] = retest(lake, [claim], DIRECT)
    assert (first.before, again.before["verdict"], again.changed) == (None, "supported", False)
    assert events(lake, claim) == [("v1", "supported", 1)]
    kept = last_test(registered_claim(lake, claim))
    share = kept["hypotheses"][0]
    assert share["ci95"] == list(first.tested.hypotheses[0].ci95)
    assert share["goods_version"] == first.tested.hypotheses[0].goods_version
    assert kept["software"]
    assert registered_claim(lake, claim).status == "active"  # a test is no withdrawal


def test_a_changed_verdict_is_an_alert_raised_once_and_decided(lake, claim):
    retest(lake, None, DIRECT)
    put_claim_rows(lake, 40.0)  # China sells what it sold before
    [changed] = retest(lake, None, DIRECT)
    assert (changed.changed, str(changed.tested.verdict)) == (True, "not supported")
    assert retest(lake, None, DIRECT)[0].alert is None
    assert events(lake, claim) == [("v1", "supported", 1), ("v2", "not supported", 1)]
    [case] = list_alerts(lake, "russia-2022", status="open")
    assert case.id == changed.alert.id
    assert (case.alert["kind"], case.alert["claim_id"], case.alert["supplier"]) == ("verdict", claim, "CHN")
    assert "supported with v1, not supported with v2" in case.alert["explanation"]
    assert case.as_dict()["value_at_stake_usd"] == 0.0
    rows = show_alert(lake, case.id).rows
    assert rows.num_rows > 0
    decide(lake, case.id, decision="confirmed", why="the customs office revised its figures", who="ann")
    assert list_alerts(lake, None, status="open") == []


def test_a_verdict_logged_in_the_former_words_is_the_same_verdict(lake, claim):
    retest(lake, None, DIRECT)
    log = lake / "claims" / "log.jsonl"
    text = log.read_text()
    assert '"verdict":"supported"' in text.replace(": ", ":")
    log.write_text(text.replace('"supported"', '"borne out"'))
    [again] = retest(lake, None, DIRECT)
    assert (again.before["verdict"], again.changed, again.alert) == ("borne out", False, None)


@pytest.mark.prove_only
def test_a_verdict_that_turns_back_is_another_change(lake, claim):
    retest(lake, None, DIRECT)
    for china in (40.0, 100.0, 40.0):
        put_claim_rows(lake, china)
        assert retest(lake, None, DIRECT)[0].alert is not None
    assert len(list_alerts(lake, None, status="open")) == 3


@pytest.mark.prove_only
def test_a_kill_between_alert_and_register_raises_it_only_once(lake, claim):
    retest(lake, None, DIRECT)
    put_claim_rows(lake, 40.0)
    log = lake / "claims" / "log.jsonl"
    before = log.read_bytes()
    assert retest(lake, None, DIRECT)[0].alert is not None
    log.write_bytes(before)  # killed before the test was kept
    [again] = retest(lake, None, DIRECT)
    assert (again.changed, again.alert) == (True, None)
    assert len(list_alerts(lake, None, status="all")) == 1
    assert events(lake, claim)[-1] == ("v2", "not supported", 1)


def test_a_changed_claim_is_no_changed_verdict(lake, claim, tmp_path):
    retest(lake, None, DIRECT)
    changed = made_claim(chips_list(tmp_path), title="China backfills chips", id=claim, threshold=0.9)
    register_claim(lake, changed, who="ann", when=WHEN, why="a threshold was set")
    [made] = retest(lake, None, DIRECT)
    assert (made.before, made.alert, str(made.tested.verdict)) == (None, None, "partly supported")
    assert [version for _, _, version in events(lake, claim)] == [1, 2]


def test_a_look_back_is_not_kept(lake, claim):
    put_claim_rows(lake, 40.0)
    [back] = retest(lake, None, ClaimTestOptions(as_of="v1", routes=False))
    assert (back.tested.as_of, str(back.tested.verdict)) == ("v1", "supported")
    assert events(lake, claim) == []


def test_withdrawn_claims_are_left_alone_and_unknown_ones_refused(lake, claim):
    withdraw_claim(lake, claim, who="ann", when=WHEN, why="misquoted")
    assert retest(lake, None, DIRECT) == []
    with pytest.raises(NotFoundError):
        retest(lake, ["c-none"], DIRECT)


def test_the_list_of_a_registered_claim_stays_what_it_was(lake, claim, tmp_path):
    (tmp_path / "chip.csv").write_text("code,description\n610910,Shirts\n")
    [made] = retest(lake, None, DIRECT)
    assert str(made.tested.verdict) == "supported"


@pytest.mark.prove_only
def test_a_round_of_a_watch_tells_a_changed_verdict_once(lake, claim, tmp_path):
    goods = chips_list(tmp_path)
    energy = made_claim(actor="IND", action=Action.BUY_ENERGY, title="another episode")
    register_claim(lake, energy, who="ann", when=WHEN)
    first = alert_news(lake, "russia-2022", goods, 0)
    assert "1 registered claim tested, 0 with another verdict" in first.lines[0]
    put(lake, claim_rows(40.0))
    second = alert_news(lake, "russia-2022", goods, first.position)
    assert [alert["kind"] for alert in second.raised] == ["verdict"]
    assert claim in second.lines[1]
    third = alert_news(lake, "russia-2022", goods, second.position)
    assert third.raised == ()
