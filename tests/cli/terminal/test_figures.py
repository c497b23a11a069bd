"""Figures as people read them: one unit, no small figure as a zero, and every figure back at the printed precision."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.cli.terminal.figures import (
    DOLLARS,
    PERCENT,
    UnitScale,
    dollars,
    interval,
    kilograms,
    number,
    scaled,
    sized,
    whole,
)

MILLIONS = UnitScale(1e6, "USD m", 1)
AMOUNTS = st.integers(-(10**15), 10**15).map(lambda cents: cents / 100)


@pytest.mark.parametrize(
    ("amounts", "unit", "places"),
    [
        ([42_765_826_429.0, 3_191_059_442.0, 1_214_942_156.0], "USD bn", 2),
        ([42_765_826_429.0, 3_191_059_442.0, 25_000_000.0], "USD m", 1),
        ([63_274_478_197.0, 29_000_000_000.0], "USD bn", 1),
        ([29_873_900.67, 150_000.0, 90_000.0, 20_000.0], "USD m", 2),
        ([3_558.68, 21_105.35], "USD", 0),
        ([950_000.0, 20_000.0], "USD", 0),
        ([None, 0.0], "USD m", 1),
        ([], "USD m", 1),
    ],
)
def test_amounts_get_the_unit_in_which_most_are_read(amounts: list[float | None], unit: str, places: int) -> None:
    found = dollars(amounts)
    assert (found.unit, found.places) == (unit, places)


def test_weights_are_in_kilograms_or_tonnes() -> None:
    assert kilograms([352.0, 12.0]).unit == "kg"
    assert kilograms([352_057.0, 49_630.0]).unit == "t"
    assert kilograms([3_520_570.0, 4_963_000.0]).unit == "1,000 t"


@pytest.mark.parametrize(
    ("value", "scale", "text"),
    [
        (42_765_826_429.0, MILLIONS, "42,765.8"),
        (400.0, MILLIONS, "<0.1"),
        (-400.0, MILLIONS, ">-0.1"),
        (0.0, MILLIONS, "0.0"),
        (-0.0, MILLIONS, "0.0"),
        (0.2, DOLLARS, "<1"),
        (0.5821, PERCENT, "58.2"),
        (0.0002, PERCENT, "<0.1"),
    ],
)
def test_a_small_amount_is_no_zero(value: float, scale: UnitScale, text: str) -> None:
    assert scaled(value, scale) == text


def test_growth_has_its_sign() -> None:
    assert scaled(3.448, PERCENT, is_signed=True) == "+344.8"
    assert scaled(-0.142, PERCENT, is_signed=True) == "-14.2"
    assert scaled(0.0, PERCENT, is_signed=True) == "0.0"


@pytest.mark.parametrize(
    ("ends", "scale", "text"),
    [
        ((1_073_330_503.0, 22_768_416_180.0), MILLIONS, "1,073.3 to 22,768.4"),
        ((4_000.0, 22_000_000.0), MILLIONS, "0.004 to 22.0"),
        ((-4_430_896_532.0, None), MILLIONS, "-4,430.9 to –"),
        ((-0.00016, 1.08674), PERCENT, "-0.02 to 108.7"),
        ((0.70214, 0.85099), None, "0.702 to 0.851"),
        ((1, 12), None, "1 to 12"),
        ((-1500.0, 12.0), None, "-1,500 to 12"),
        ((None, None), MILLIONS, "–"),
    ],
)
def test_an_interval_has_one_unit(ends: tuple[float | None, float | None], scale: UnitScale | None, text: str) -> None:
    assert interval(*ends, scale) == text


@given(AMOUNTS, AMOUNTS)
def test_an_end_of_an_interval_keeps_its_sign(one: float, other: float) -> None:
    low, high = sorted((one, other))
    texts = interval(low, high, dollars([low, high])).split(" to ")
    for value, text in zip((low, high), texts, strict=True):
        printed = float(text.lstrip("<>").replace(",", ""))
        assert (printed > 0, printed < 0) == (value > 0, value < 0)
        assert "e" not in text


@given(st.lists(AMOUNTS, min_size=1, max_size=8))
def test_a_printed_amount_is_the_amount_at_its_precision(amounts: list[float]) -> None:
    scale = dollars(amounts)
    step = scale.divisor * 10**-scale.places
    for value in amounts:
        text = scaled(value, scale)
        if text[0] in "<>":
            assert 0 < abs(value) < step
            assert (value < 0) == ("-" in text)
        else:
            assert abs(float(text.replace(",", "")) * scale.divisor - value) <= step / 2 * (1 + 1e-9)
            assert value == 0 or float(text.replace(",", "")) != 0


def test_numbers_without_a_unit() -> None:
    assert [number(value) for value in (0.5326, 1759.83, 0.00012, 0.0, -0.0)] == [
        "0.533",
        "1,760",
        "0.00012",
        "0.000",
        "0.000",
    ]
    assert [whole(2024), whole(28_558), whole(2_902, 28_558)] == ["2024", "28,558", "2,902"]
    assert [sized(8_634_000_000.0), sized(2_500_000.0), sized(0.25)] == ["8.63 bn", "2.50 m", "0.250"]
