"""The bar of how much was filled: three marks by hand, their denominators, and labels that keep apart."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import brief_fixture as fixture
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from label_boxes import label_boxes, outside, overlapping

from stopgap.briefs.charts.draw import to_svg
from stopgap.briefs.charts.filled_bar import (
    alt_filled,
    filled_bar,
    filled_scale,
    has_bar,
    loss_ends,
    loss_marks,
    share_words,
)
from stopgap.briefs.charts.theme import WIDE
from stopgap.briefs.formats.text import NBSP
from stopgap.measures.backfill.results import Finding, Interval


def small(**changes: object) -> Finding:
    """Lost 100 m; A rose by 60 m, B fell by 20 m: filled 60, signed 40, gross ratio 40 %."""
    found = fixture.finding_of({"CHN": (10.0, 70.0), "IND": (50.0, 30.0)}, {"DEU": (120.0, 20.0)})
    return replace(found, **changes)  # type: ignore[arg-type]


def symmetric(
    net_usd: float, loss_usd: float, ci95: Interval, *, finding: Finding | None = None, gross: float | None = 0.4
) -> Finding:
    found = finding or small()
    return replace(
        found,
        suspended=replace(found.suspended, counterfactual_loss_usd=loss_usd),
        backfill=replace(found.backfill, symmetric_ratio=net_usd / loss_usd, symmetric_ci95=ci95, gross_ratio=gross),
        counterfactual=fixture.counterfactual(found, net_usd),
    )


def test_each_mark_has_its_own_denominator() -> None:
    a, b, c = loss_marks(symmetric(30e6, 150e6, (-0.1, 0.6)))
    assert (a.value_usd, a.whole_usd, a.share) == pytest.approx((60e6, 100e6, 0.6))
    assert (b.value_usd, b.whole_usd, b.share) == pytest.approx((40e6, 100e6, 0.4))
    assert (c.value_usd, c.whole_usd, c.share) == pytest.approx((30e6, 150e6, 0.2))
    assert c.ends_usd == pytest.approx((-15e6, 90e6))
    assert [share_words(mark).replace(NBSP, " ") for mark in (a, b, c)] == [
        "60 % of 100 m",
        "40 % of 100 m",
        "20 % of 150 m",
    ]


def test_each_loss_is_an_end_of_the_bar_and_those_that_print_alike_are_one() -> None:
    ends = loss_ends(symmetric(30e6, 150e6, None))
    assert [end.value_usd for end in ends] == pytest.approx([100e6, 150e6])
    assert [end.label for end in ends] == ["less sold in 2023 than in 2021", "less than would have been sold since"]
    assert len(loss_ends(symmetric(30e6, 100.01e6, None))) == 1
    # goods that rose make the allocated loss exceed the signed one: USD 865 m against 864 m
    assert [round(end.value_usd / 1e6) for end in loss_ends(fixture.by_goods())] == [864, 865]


def test_without_a_symmetric_ratio_the_third_mark_is_a_share_of_the_same_loss() -> None:
    found = fixture.headline()
    _, b, c = loss_marks(found)
    assert c.whole_usd == b.whole_usd == found.suspended.loss_usd
    assert c.share == found.backfill.net_ratio
    assert c.ci95 == (-0.0447, 0.9298)


def test_a_third_mark_without_interval_says_so_and_without_figure_is_not_drawn() -> None:
    bare = symmetric(30e6, 150e6, None)
    assert "no interval" in str(filled_bar(bare).chart().to_dict())
    assert "20 % of 150 m (no interval)" in alt_filled(bare).replace(NBSP, " ").replace("USD ", "")
    gross = loss_marks(fixture.gross())
    assert gross[2].value_usd is None
    drawn = filled_bar(fixture.gross()).chart().to_dict()
    assert sum(len(layer["data"]["values"]) for layer in drawn["layer"] if layer["mark"]["type"] == "point") == 2
    assert "not known, no mark" in alt_filled(fixture.gross())


def test_no_loss_and_no_supplier_have_no_bar() -> None:
    assert not has_bar(fixture.undefined())
    assert not has_bar(fixture.finding_of({}, {"DEU": (3.0, 1.0)}))


def test_a_loss_against_the_counterfactual_alone_is_drawn_without_shares_of_another() -> None:
    more = fixture.finding_of({"CHN": (10.0, 12.0)}, {"DEU": (5.0, 9.0)})
    found = symmetric(1e6, 4e6, (0.1, 0.4), finding=more, gross=None)
    a, b, c = loss_marks(found)
    assert a.value_usd is None
    assert (b.value_usd, b.share) == (2e6, None)
    assert c.share == 0.25
    assert has_bar(found)
    assert [end.value_usd for end in loss_ends(found)] == [4e6]
    assert "USD 2.0 m, share not defined" in alt_filled(found).replace(NBSP, " ")


def test_marks_beyond_the_loss_and_below_zero_lie_on_the_scale() -> None:
    far = symmetric(
        -80e6, 150e6, (-9.0, 7.0), finding=fixture.finding_of({"CHN": (10.0, 470.0)}, {"DEU": (120.0, 20.0)})
    )
    scale = filled_scale(far, 0.0, 100.0)
    assert scale.low < -80e6
    assert scale.high > 460e6
    drawn = str(filled_bar(far).chart().to_dict())
    assert "triangle-left" in drawn  # the interval runs on to −1,350 m
    assert "triangle-right" in drawn


def test_the_alternative_text_has_every_figure() -> None:
    says = alt_filled(symmetric(30e6, 150e6, (-0.1, 0.6))).replace(NBSP, " ")
    assert says == (
        "One bar of the loss, with three marks. Its ends: USD 100 m less sold in 2023 than in 2021; USD 150 m less than "
        "would have been sold since. a, filled by suppliers that sold more: USD 60.0 m, 60 % of 100 m; b, net of suppliers "
        "that sold less: USD 40.0 m, 40 % of 100 m; c, beyond what would have been sold anyway: USD 30.0 m, 20 % of 150 m "
        "(95 % interval −10 to 60 %)."
    )


MONEY = st.floats(min_value=1e3, max_value=9e12)


@pytest.mark.in_parts
@settings(max_examples=examples(60), deadline=None)
@given(
    rise=MONEY,
    fall=MONEY,
    lost=MONEY,
    net=st.floats(min_value=-9e12, max_value=9e12),
    beside=MONEY,
    ends=st.tuples(st.floats(-50, 0), st.floats(0, 50)) | st.none(),
    width=st.sampled_from([WIDE, 348]),
    imports=st.booleans(),
)
def test_no_label_lies_on_another(
    rise: float, fall: float, lost: float, net: float, beside: float, ends: Interval, width: int, imports: bool
) -> None:
    found = fixture.finding_of(
        {"CHN": (0.0, rise / 1e6), "IND": (fall / 1e6, 0.0)},
        {"DEU": (lost / 1e6, 0.0)},
        direction="imports-from-target" if imports else "exports-to-target",
    )
    made = filled_bar(symmetric(net, beside, ends, finding=found, gross=0.1), width=width)
    boxes = label_boxes(made)
    assert len(boxes) >= 10
    assert overlapping(boxes) == []
    assert outside(boxes, width) == []
    for layer in made.chart().to_dict()["layer"]:
        for row in layer["data"]["values"]:
            assert -1 <= row["x"] <= width + 1


@pytest.mark.parametrize("width", [WIDE, 348])
def test_the_bar_draws_within_its_frame(width: int) -> None:
    svg = to_svg(filled_bar(fixture.headline(), width=width), key="f", title="t", description="d")
    assert ElementTree.fromstring(svg).attrib["viewBox"].split()[2] == str(width)
