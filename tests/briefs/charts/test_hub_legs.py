"""Paired bars of both legs: one scale, every figure written, what is missing said, the same hubs as in text and table."""

from __future__ import annotations

from dataclasses import replace

import brief_fixture as fixture
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from label_boxes import label_boxes, outside, overlapping

from stopgap.briefs.charts.alt_text import alt_routes
from stopgap.briefs.charts.hub_legs import (
    BEFORE,
    MOST_HUBS,
    both_words,
    drawn_legs,
    hub_legs,
    ranked_legs,
    rose_on_both,
)
from stopgap.briefs.charts.theme import ACCENT, WIDE
from stopgap.briefs.formats.text import NBSP
from stopgap.briefs.model import BriefModel, RouteLeg
from stopgap.briefs.routing import legs_table
from stopgap.briefs.story import tell

MISSING = "not reported"


def of(*legs: tuple[float | None, ...]) -> BriefModel:
    """A brief with hubs of these legs: into before and after, out of before and after, and the hub's own record."""
    made = tuple(RouteLeg(f"H{i:02d}", f"Hub {i}", *values) for i, values in enumerate(legs))
    return fixture.model(legs=made)


def bars(model: BriefModel, width: int = WIDE) -> dict[str, list[float]]:
    """Lengths of the bars by fill, without the squares of the legend."""
    found: dict[str, list[float]] = {BEFORE: [], ACCENT: []}
    for layer in hub_legs(model, width=width).chart().to_dict()["layer"]:
        if layer["mark"]["type"] == "rect":
            for row in layer["data"]["values"]:
                if row["y"] > 20:
                    found[row["fill"]].append(row["x2"] - row["x"])
    return found


@pytest.mark.parametrize("width", [WIDE, 348])
def test_both_legs_have_one_scale(width: int) -> None:
    found = bars(of((40e6, 80e6, 10e6, 20e6), (20e6, 60e6, 5e6, 16e6)), width)
    # in the order first leg, second leg of each hub, the largest second leg first
    unit = found[ACCENT][0] / 80
    assert found[ACCENT] == pytest.approx([80 * unit, 20 * unit, 60 * unit, 16 * unit])
    assert found[BEFORE] == pytest.approx([40 * unit, 10 * unit, 20 * unit, 5 * unit])


def test_a_window_that_was_not_reported_has_no_bar_and_says_so() -> None:
    model = of((None, 80e6, 10e6, 20e6), (5e6, 6e6, 1e6, None))
    assert len(bars(model)[BEFORE]) == 3
    assert sum(text == MISSING for *_, text in label_boxes(hub_legs(model))) == 2
    assert [rose_on_both(leg) for leg in ranked_legs(model)] == [None, None]
    assert "n/r" in alt_routes(model)


def test_a_fall_on_one_leg_is_not_a_rise_on_both_whatever_is_missing() -> None:
    legs = ranked_legs(of((None, 80e6, 20e6, 10e6), (5e6, 6e6, 1e6, 2e6), (6e6, 6e6, 1e6, 2e6)))
    assert {leg.hub: rose_on_both(leg) for leg in legs} == {"H00": False, "H01": True, "H02": False}


def test_text_table_picture_and_alternative_text_name_the_same_hubs() -> None:
    model = fixture.model()
    section = next(s for s in tell(model).sections if s.key == "routes")
    table = legs_table(model)
    rose = [row[0] for row in table.rows if row[-1] == "both rose"]
    assert rose == [fixture.NAMES[leg.hub] for leg in ranked_legs(model) if rose_on_both(leg)]
    assert len(rose) == 8
    says = section.paragraphs[0].replace(NBSP, " ")
    assert says.startswith(
        f"Trade rose on both legs at 8 of 9 hubs with figures on both: {', '.join(rose[:-1])} and {rose[-1]}."
    )
    drawn = [text for *_, text in label_boxes(hub_legs(model))]
    assert drawn.count("both rose") == 8
    assert drawn.count("not both rose") == 1
    assert alt_routes(model).count("(both rose)") == 8
    assert [row[0] for row in table.rows] == [name for name in drawn if name in {row[0] for row in table.rows}]


def test_the_picture_suggests_no_route() -> None:
    kinds = {layer["mark"]["type"] for layer in hub_legs(fixture.model()).chart().to_dict()["layer"]}
    assert kinds == {"rect", "line", "text"}
    # every line is upright (a base, or the hub's record) or a rule between hubs: none leads from leg to leg
    for layer in hub_legs(fixture.model()).chart().to_dict()["layer"]:
        if layer["mark"]["type"] == "line":
            paths: dict[int, list[dict[str, float]]] = {}
            for row in layer["data"]["values"]:
                paths.setdefault(row["path"], []).append(row)
            assert all(len({p["x"] for p in path}) == 1 or len({p["y"] for p in path}) == 1 for path in paths.values())


def test_many_hubs_are_cut_in_the_picture_and_counted() -> None:
    model = of(*((1e6 * i, 2e6 * i, 1e6 * i, 3e6 * i) for i in range(1, 25)))
    assert len(drawn_legs(model)) == MOST_HUBS
    section = next(s for s in tell(model).sections if s.key == "routes")
    assert section.figure is not None
    assert f"The {MOST_HUBS} largest; 14 more in the table." in section.figure.reading
    assert len(legs_table(model).rows) == 24


def test_the_hubs_own_record_is_written_beside_the_bar() -> None:
    drawn = [text.replace(NBSP, " ") for *_, text in label_boxes(hub_legs(of((1e6, 80e6, 1e6, 20e6, 30e6))))]
    assert "80.0 m, hub 30.0 m" in drawn


def test_words_of_a_state() -> None:
    leg = RouteLeg("H", "Hub", 1.0, 2.0, 1.0, 2.0)
    assert both_words(leg) == "both rose"
    assert both_words(replace(leg, out_of_hub_after_usd=None)) == "not known"
    assert both_words(replace(leg, out_of_hub_after_usd=0.5)) == "not both rose"


AMOUNT = st.floats(min_value=0, max_value=9e12) | st.none()


@pytest.mark.in_parts
@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(st.tuples(AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT), min_size=1, max_size=14),
    st.sampled_from([WIDE, 348]),
    st.booleans(),
)
def test_no_label_lies_on_another(legs: list[tuple[float | None, ...]], width: int, long_names: bool) -> None:
    model = of(*legs)
    if long_names:
        model = replace(
            model, legs=tuple(replace(leg, hub_name="Congo, the Democratic Republic of the " * 2) for leg in model.legs)
        )
    boxes = label_boxes(hub_legs(model, width=width))
    assert overlapping(boxes) == []
    assert outside(boxes, width) == []
