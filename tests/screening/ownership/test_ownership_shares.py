"""Shares as registers write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.screening.ownership.shares import UNKNOWN, WHOLE, read_share


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("50", 50, 50), ("50%", 50, 50), (" 33,33 % ", 33.33, 33.33), ("0", 0, 0), ("100", 100, 100), ("0.5", 0.5, 0.5),
        ("1e1", 10, 10), ("50-75", 50, 75), ("75 – 50 %", 50, 75), ("25% to 50%", 25, 50), ("between 25 and 50 percent", 25, 50),
        ("25..50", 25, 50), ("at least 25", 25, 100), (">= 25%", 25, 100), ("25 or more", 25, 100), ("25+", 25, 100),
        ("up to 10 %", 0, 10), ("≤10", 0, 10), ("10% or less", 0, 10), ("ownership-of-shares-50-to-75-percent", 50, 75),
        ("voting-rights-75-to-100-percent-as-trust", 75, 100),
    ],
)  # fmt: skip
def test_percentages(text, low, high):
    share = read_share(text, is_percent=True)
    assert (share.low, share.high, share.is_read) == (round(low * WHOLE / 100), round(high * WHOLE / 100), True)


def test_more_and_less_leave_the_number_out():
    half = WHOLE // 2
    for text in ("more than 50", "over 50 %", "> 50", "MORE THAN 50%"):
        assert (read_share(text, is_percent=True).low, read_share(text, is_percent=True).high) == (half + 1, WHOLE)
    for text in ("less than 50", "under 50%", "<50"):
        assert (read_share(text, is_percent=True).low, read_share(text, is_percent=True).high) == (0, half - 1)


@pytest.mark.parametrize("text", [None, "", " ", "unknown", "N/A", "-", "NaN", "not disclosed"])
def test_what_is_not_stated_may_be_anything(text):
    assert read_share(text, is_percent=True) == UNKNOWN


@pytest.mark.parametrize(
    "text", ["about 50", "beneficial owner", "1/3", "50 shares", "half", "🙂", "5" * 10_000 + "x", "50-"]
)
def test_what_is_not_understood_may_be_anything_and_says_so(text):
    share = read_share(text, is_percent=True)
    assert (share.low, share.high, share.is_read) == (0, WHOLE, False)


def test_ratios_and_signs():
    assert read_share("0.5", is_percent=False).low == WHOLE // 2
    assert read_share("50 %", is_percent=False).low == WHOLE // 2
    assert read_share("0.25-0.5", is_percent=False).high == WHOLE // 2
    assert read_share("more than 50", is_percent=False).low == WHOLE // 2 + 1


@pytest.mark.parametrize(
    ("text", "is_percent"),
    [("101", True), ("-1", True), ("inf", True), ("50", False), ("50-120", True), ("25-50", False), ("150%", True)],
)
def test_what_cannot_be_is_refused(text, is_percent):
    with pytest.raises(ValueError, match=r"no share|more than the whole"):
        read_share(text, is_percent=is_percent)


@given(st.text(max_size=40))
def test_any_text_has_an_answer(text):
    try:
        share = read_share(text, is_percent=True)
    except ValueError:
        return
    assert 0 <= share.low <= share.high <= WHOLE


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_hundredths_of_a_percent_are_exact(one, other):
    low, high = sorted((one, other))
    share = read_share(f"{low / 100:.2f}-{high / 100:.2f} %", is_percent=True)
    assert (share.low, share.high) == (low * WHOLE // 10_000, high * WHOLE // 10_000)
