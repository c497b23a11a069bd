"""Charts: their steps add up, their words hold the figures, their drawing stands alone."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ElementTree

import brief_fixture as fixture
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.briefs.charts import alt_text as alt
from stopgap.briefs.charts.canvas import Canvas
from stopgap.briefs.charts.draw import to_svg
from stopgap.briefs.charts.hub_legs import hub_legs
from stopgap.briefs.charts.lines import round_top, runs, split_tracks, spread, suppliers_over_time, tracks
from stopgap.briefs.charts.theme import ACCENT, HATCH, HUB, LOST, WIDE
from stopgap.briefs.charts.waterfall import waterfall, waterfall_steps
from stopgap.briefs.formats.text import NBSP
from stopgap.briefs.months import courses, every_month, hub_case, monthly_trade


def test_the_steps_lead_from_the_loss_to_what_is_unfilled() -> None:
    finding = fixture.headline()
    steps = waterfall_steps(finding, fixture.NAMES)
    lost, *between, unfilled = steps
    assert lost.value_usd == finding.identity.loss_usd
    assert between[0].end_usd == lost.end_usd
    for step, following in itertools.pairwise(between):
        assert following.end_usd == step.start_usd
    assert between[-1].start_usd == pytest.approx(unfilled.end_usd)
    assert sum(step.value_usd for step in steps[1:]) == pytest.approx(lost.value_usd)


def test_few_fillers_are_all_named() -> None:
    labels = [step.label for step in waterfall_steps(fixture.chips(), fixture.NAMES)]
    assert labels == ["Coalition sold less", "China", "Hong Kong", "Türkiye", "Kazakhstan", "Not filled"]


def test_no_loss_gives_a_chart_that_says_so() -> None:
    assert waterfall_steps(fixture.undefined(), fixture.NAMES) == []
    assert "no loss to fill" in str(waterfall(fixture.undefined(), fixture.NAMES).to_dict())


def test_words_of_the_waterfall_hold_the_figures() -> None:
    says = alt.alt_waterfall(fixture.headline(), fixture.NAMES).replace(NBSP, " ")
    for figure in (
        "USD 30.8 bn",
        "China USD 13.6 bn (44 %)",
        "Kyrgyzstan (hub) USD 227 m",
        "Not filled USD 9.4 bn (30 %)",
    ):
        assert figure in says


def test_words_of_the_other_pictures_hold_the_figures() -> None:
    model = fixture.model()
    series, flow = (say(model).replace(NBSP, " ") for say in (alt.alt_suppliers, alt.alt_routes))
    assert "EU27: 2020 USD 29.0 bn" in series
    assert "2024 n/r" in series  # the UAE, not reported
    legs = "Coalition to hub USD 105 m, then USD 995 m; hub to Russia USD 7.9 m, then USD 235 m"
    assert f"Kyrgyzstan (both rose): {legs}" in flow
    assert "the hub itself recorded USD 366 m" in flow
    assert "Kyrgyzstan: USD 1.8 m a month before, USD 25.3 m at the end (×14)" in alt.alt_monthly(model).replace(
        NBSP, " "
    )
    assert "Exports to Russia: USD 0 in Jan 2022" in alt.alt_hub(model).replace(NBSP, " ")


@pytest.mark.one_in(2)
@pytest.mark.parametrize("width", [WIDE, 348])
def test_each_chart_is_one_specification_that_draws_within_its_frame(width: int) -> None:
    model = fixture.model()
    for key, chart in {
        "lost": waterfall(model.headline, model.names, width=width),
        "series": suppliers_over_time(model, width=width),
        "routes": hub_legs(model, width=width),
        "monthly": monthly_trade(model, width=width),
        "hub": hub_case(model, width=width),
    }.items():
        drawn = chart.chart() if isinstance(chart, Canvas) else chart
        assert drawn.to_dict()["width"] == width  # validates against the schema
        svg = to_svg(chart, key=key, title="T & t", description="D <d>")
        root = ElementTree.fromstring(svg)
        assert root.attrib["viewBox"].split()[2] == str(width)
        assert root.attrib["role"] == "img"
        assert root.attrib["aria-labelledby"] == f"{key}-title {key}-desc"
        assert [child.text for child in root][:2] == ["T & t", "D <d>"]
        ids = re.findall(r'\bid="([^"]+)"', svg)
        assert all(name.startswith(f"{key}-") for name in ids)
        assert "Source Sans 3" in svg


def test_what_is_unfilled_is_hatched_in_the_drawing() -> None:
    svg = to_svg(waterfall(fixture.headline(), fixture.NAMES), key="a", title="t", description="d")
    assert 'fill="url(#a-hatch)"' in svg
    assert HATCH not in svg


def _lightness(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * float(luminance ** (1 / 3)) - 16


def test_fills_stay_apart_in_grey() -> None:
    ladder = [_lightness(colour) for colour in (LOST, ACCENT, HUB, HATCH)]
    assert all(lighter - darker >= 15 for darker, lighter in itertools.pairwise(ladder))


def test_a_gap_breaks_the_line() -> None:
    assert runs([(0, 1.0), (1, None), (2, 3.0), (3, 4.0)]) == [[(0, 1.0)], [(2, 3.0), (3, 4.0)]]
    uzbekistan = next(course for course in courses(fixture.model())[1] if course.code == "UZB")
    assert None in uzbekistan.values


def test_groups_of_members_share_the_scale_of_the_largest() -> None:
    _, made = tracks(fixture.model())
    large, small = split_tracks(made)
    assert {track.code for track in large} == {"EU27", "OTHERS", "CHN"}
    assert "KGZ" in {track.code for track in small}


@given(st.lists(st.floats(min_value=0, max_value=200), min_size=1, max_size=8))
def test_labels_keep_apart_and_in_order(places: list[float]) -> None:
    moved = spread(places, 16, 0, 200)
    ordered = [moved[i] for i in sorted(range(len(places)), key=lambda i: places[i])]
    assert all(b - a >= 16 - 1e-6 for a, b in itertools.pairwise(ordered))
    assert max(moved) <= 200 + 1e-6


@given(st.floats(min_value=1e-3, max_value=1e12))
def test_a_round_top_is_round_and_near(value: float) -> None:
    assert 0.99 * value <= round_top(value) <= 2.51 * value


def test_months_without_rows_are_still_on_the_axis() -> None:
    assert every_month("2021-11", "2022-02") == ["2021-11", "2021-12", "2022-01", "2022-02"]
