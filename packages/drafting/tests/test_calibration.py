"""Confidence of drafts: one calibrated likelihood that the sentence makes a claim, apart from that of each field."""

from __future__ import annotations

import csv
import math
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap_drafting.models import calibration
from stopgap_drafting.propose import propose

TEXT = (
    "MR. KORBY:  China is providing machine tools to Russia's defense industry.\n\n"
    "Q    Is Iran sending drones to Russia?\n\nMR. KORBY:  We have spoken about trade with Turkey and about Russia.\n"
)


def test_the_likelihood_is_a_logistic_curve_over_log_odds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "curves", lambda: {"linear": (2.0, 0.0), "encoder": (1.0, math.log(3))})
    assert calibration.likelihood(0.75, is_encoded=False) == pytest.approx(0.9)  # odds of 3, squared: 9 to 1
    assert calibration.likelihood(0.5, is_encoded=True) == pytest.approx(0.75)  # odds of 1, three times: 3 to 1


@given(st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_it_rises_with_the_score_and_stays_between_0_and_1(one: float, other: float, is_encoded: bool) -> None:
    low, high = (calibration.likelihood(each, is_encoded=is_encoded) for each in sorted((one, other)))
    assert 0 <= low <= high <= 1


def test_both_curves_say_on_how_much_they_rest() -> None:
    with (files("stopgap_drafting") / "data" / "calibration.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["scores"] for row in rows] == ["linear", "encoder"]
    assert all(int(row["sentences"]) > int(row["texts"]) > 10 and float(row["slope"]) > 0 for row in rows)


@pytest.mark.parametrize("reader", ["rules", "network"])
def test_the_confidence_of_a_draft_is_that_of_its_claim(reader: str) -> None:
    drafts = propose(TEXT, "b.md", {}, reader=reader)  # type: ignore[arg-type]
    assert drafts
    for draft in drafts:
        assert draft.confidence == draft.evidence["claim"].confidence
        assert 0 < draft.confidence < 1
        assert draft.evidence["actor"].confidence == 0.9, "a field keeps its own: here the actor is named"
