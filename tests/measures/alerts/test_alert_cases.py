"""One cause, one alert."""

from __future__ import annotations

import pytest

from stopgap.measures.alerts.cases import case_id, cases_of, settle

CELL = {"episode": "russia-2022", "supplier": "CHN", "destination": "RUS", "good": "854231"}


def alert(kind, month, began=None, stake=10.0, **changes):
    signal = {
        "kind": kind, "month": month, "began": began or month, "value_usd": 50.0, "expected_usd": 40.0,
        "band_usd": [1.0, 60.0], "ratio": 1.25, "p_value": 0.001, "q_value": 0.05, "value_at_stake_usd": stake,
        "vintage": "v1",
    }  # fmt: skip
    return {**CELL, **signal, **changes}


class Kept:
    """A log in memory."""

    def __init__(self):
        self.events = []

    def run(self, *found):
        settled = settle(cases_of(self.events), found, when="2024-06-01T00:00:00Z")
        self.events += settled.events
        return settled

    def decide(self, case, what):
        self.events.append({"event": "decided", "id": case, "as": what, "who": "ann", "when": "now", "why": "known"})

    @property
    def cases(self):
        return list(cases_of(self.events).values())


@pytest.fixture
def kept():
    return Kept()


JUMP, RISE = "one-month", "persistent"


@pytest.mark.parametrize(
    ("first", "then", "is_same"),
    [
        (alert(JUMP, "2024-05"), alert(JUMP, "2024-05"), True),  # run again
        (alert(JUMP, "2024-05"), alert(JUMP, "2024-06"), True),  # goes on
        (alert(JUMP, "2024-05"), alert(JUMP, "2024-04"), True),  # tested out of order
        (alert(JUMP, "2024-05"), alert(JUMP, "2024-07"), False),  # a month between
        (alert(JUMP, "2024-05"), alert(JUMP, "2024-05", good="854232"), False),
        (alert(JUMP, "2024-05"), alert(JUMP, "2024-05", destination="KGZ"), False),
        (alert(JUMP, "2024-05"), alert(JUMP, "2024-05", episode="other"), False),
        (alert(JUMP, "2024-05"), alert(RISE, "2024-08", "2024-05"), True),  # the jump began it
        (alert(JUMP, "2024-05"), alert(RISE, "2024-08", "2024-07"), False),
        (alert(RISE, "2024-05", "2024-01"), alert(RISE, "2024-06", "2024-01"), True),
        (alert(RISE, "2024-05", "2024-01"), alert(RISE, "2024-09", "2024-02"), True),  # other months not run
        (alert(RISE, "2024-05", "2024-01"), alert(JUMP, "2024-03"), True),  # within it
        (alert(RISE, "2023-05", "2023-01"), alert(RISE, "2024-09", "2024-05"), False),  # another rise
    ],
)
def test_one_cause_is_raised_once(kept, first, then, is_same):
    assert len(kept.run(first).raised) == 1
    assert bool(kept.run(then).raised) is not is_same
    assert len(kept.cases) == (1 if is_same else 2)


def test_a_rise_that_goes_on_is_an_update(kept):
    kept.run(alert(RISE, "2024-05", "2024-03", stake=10.0))
    again = kept.run(alert(RISE, "2024-06", "2024-03", stake=25.0))
    [case] = kept.cases
    document = case.as_dict()
    assert [known.id for known in again.known] == [case.id]
    assert (document["month"], document["last_month"]) == ("2024-05", "2024-06")
    assert document["value_at_stake_usd"] == 25.0
    assert len(document["signals"]) == 2


def test_the_same_run_twice_adds_nothing(kept):
    found = [alert(JUMP, "2024-05"), alert(RISE, "2024-05", "2024-03")]
    assert len(kept.run(*found).events) == 2  # raised, and joined by the rise
    assert kept.run(*found).events == []


def test_a_dismissed_cause_does_not_return_and_another_one_does(kept):
    [case] = kept.run(alert(JUMP, "2024-05")).raised
    kept.decide(case.id, "dismissed")
    again = kept.run(alert(JUMP, "2024-05"), alert(JUMP, "2024-06"))
    assert (again.raised, again.known, again.events) == ([], [], [])
    assert [each.id for each in again.dismissed] == [case.id]
    assert len(kept.run(alert(JUMP, "2024-12")).raised) == 1


@pytest.mark.parametrize("decision", ["watch", "confirmed"])
def test_a_watched_cause_is_still_followed(kept, decision):
    [case] = kept.run(alert(JUMP, "2024-05")).raised
    kept.decide(case.id, decision)
    assert [event["event"] for event in kept.run(alert(JUMP, "2024-06")).events] == ["updated"]
    assert kept.cases[0].status == decision


def test_every_decision_is_kept(kept):
    [case] = kept.run(alert(JUMP, "2024-05")).raised
    for decision in ("watch", "dismissed", "confirmed"):
        kept.decide(case.id, decision)
    assert [each["as"] for each in kept.cases[0].decisions] == ["watch", "dismissed", "confirmed"]
    assert kept.cases[0].status == "confirmed"


def test_the_id_is_that_of_the_cause():
    one = case_id(alert(JUMP, "2024-05", stake=1.0))
    assert one == case_id(alert(JUMP, "2024-05", stake=2.0, q_value=0.01))
    assert one != case_id(alert(RISE, "2024-05"))
    assert one != case_id(alert(JUMP, "2024-06"))
