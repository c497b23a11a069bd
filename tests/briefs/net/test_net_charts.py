"""Pictures of net figures: drawn within their frame, honest about what they cut, said in words."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import brief_fixture as fixture
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stopgap.base.errors import MissingDataError, UsageError
from stopgap.briefs.charts import alt_text as alt
from stopgap.briefs.charts.draw import to_svg
from stopgap.briefs.charts.finding_charts import finding_chart
from stopgap.briefs.charts.theme import HUB, WIDE
from stopgap.briefs.formats.cells import print_cell
from stopgap.briefs.formats.text import NBSP
from stopgap.briefs.net.charts import (
    MOST_ROWS,
    among_placebos,
    chance_limit,
    clipped,
    drawn_rows,
    net_gains,
    net_rows,
    places,
)
from stopgap.briefs.story import tell
from stopgap.measures.backfill.results import DestinationExcess, Finding, SupplierResult

NAMES = fixture.NAMES


def of(*rows: tuple[str, float, float | None, tuple[float, float] | None]) -> Finding:
    """A finding on suppliers: code, gross gain, net gain, interval."""
    finding = fixture.headline()
    suppliers = tuple(
        SupplierResult(code, 0.0, max(gain, 0.0), gain, None, "intensified", net_gain_usd=net, ci95=ends)
        for code, gain, net, ends in rows
    )
    return replace(finding, suppliers=suppliers)


@pytest.mark.parametrize("width", [WIDE, 348])
def test_the_pictures_draw_within_their_frame(width: int) -> None:
    finding = fixture.headline()
    for key, chart in {
        "net": net_gains(finding, NAMES, width=width),
        "placebos": among_placebos(finding, NAMES, width=width),
    }.items():
        svg = to_svg(chart, key=key, title="t", description="d")
        assert ElementTree.fromstring(svg).attrib["viewBox"].split()[2] == str(width)


def test_the_largest_of_either_sign_are_drawn_in_two_scales() -> None:
    finding = fixture.headline()
    large, small = drawn_rows(finding)
    assert [row.supplier for row in large] == ["CHN"]
    assert len(large) + len(small) == MOST_ROWS
    assert "HKG" in {row.supplier for row in small}  # the largest fall
    assert "OMN" not in {row.supplier for row in net_rows(finding)}  # no counterfactual: not in the picture
    nets = [row.net_gain_usd for row in net_rows(finding)]
    assert nets == sorted(nets, reverse=True)


def test_an_interval_that_runs_off_the_scale_is_counted_and_arrowed() -> None:
    far = of(("CHN", 10e9, 9e9, (-400e9, 12e9)), ("IND", 9e9, 8e9, (7e9, 9e9)))
    assert clipped(far) == 1
    assert "triangle-left" in str(net_gains(far, NAMES).chart().to_dict())
    section = next(s for s in tell(fixture.model(headline=far)).sections if s.key == "net")
    assert section.figure is not None
    assert "An arrow: the interval runs on, and the figures hold its end (1 such)" in section.figure.reading
    assert f"−400.0 to 12.0{NBSP}bn" in section.figure.alt
    near = of(("CHN", 10e9, 9e9, (7e9, 12e9)))
    assert clipped(near) == 0
    assert "triangle" not in str(net_gains(near, NAMES).chart().to_dict())


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12), st.floats(0, 1e14), st.floats(0, 1e14)),
        min_size=1,
        max_size=5,
    )
)
def test_every_mark_lies_on_its_scale(rows: list[tuple[float, float, float, float]]) -> None:
    finding = of(*((f"S{i}", gain, net, (net - low, net + high)) for i, (gain, net, low, high) in enumerate(rows)))
    for layer in net_gains(finding, NAMES).chart().to_dict()["layer"]:
        for row in layer["data"]["values"]:
            assert -1e-6 <= row["x"] <= WIDE + 1e-6


def test_no_interval_is_said_in_the_picture_and_its_words() -> None:
    finding = of(("CHN", 10e9, 9e9, None))
    assert "(no interval)" in str(net_gains(finding, NAMES).chart().to_dict())
    assert "net change USD 9.0 bn (no interval), gross change USD 10.0 bn" in alt.alt_net(
        fixture.model(headline=finding)
    ).replace(NBSP, " ")


def test_words_of_the_pictures_hold_the_figures() -> None:
    model = fixture.model()
    says = alt.alt_net(model).replace(NBSP, " ")
    assert "China: net change USD 12.2 bn (95 % interval −4.7 to 20.7 bn), gross change USD 13.6 bn" in says
    assert "UAE (hub): net" in says
    says = alt.alt_placebos(model).replace(NBSP, " ")
    assert "Russia +40 % (1.9 times its spread): 2nd of 10. Of the 9 others" in says
    assert (
        "Saudi Arabia +38 % (2.1 times its spread) the highest, Israel −29 % (−2.6 times its spread) the lowest" in says
    )


def test_hubs_have_their_own_fill() -> None:
    assert HUB in str(net_gains(fixture.headline(), NAMES).chart().to_dict())


def test_placebos_stand_in_the_order_of_the_rank() -> None:
    finding = fixture.headline()
    found = places(finding, NAMES)
    rank = finding.backfill.placebo_rank
    assert rank is not None
    assert next(i for i, place in enumerate(found) if place.is_target) + 1 == rank[0]
    assert len(found) == rank[1]
    # Student's t of 8 degrees of freedom, times sqrt(1 + 1/9)
    assert chance_limit(finding) == pytest.approx(2.306004 * (10 / 9) ** 0.5, rel=1e-6)


def with_places(*rows: DestinationExcess) -> Finding:
    finding = fixture.headline()
    return replace(finding, counterfactual=replace(finding.counterfactual, placebo_excess=rows))


def test_without_a_spread_there_is_no_picture_of_placebos() -> None:
    flat = with_places(*(DestinationExcess(code, 0.0, 0.0) for code in ("RUS", "IND", "SAU", "MEX")))
    assert places(flat, NAMES) == []
    story = tell(fixture.model(headline=flat))
    assert next(s for s in story.sections if s.key == "rests").figure is None
    none = with_places()
    assert alt.alt_placebos(fixture.model(headline=none)) == ""
    assert next(s for s in tell(fixture.model(headline=none)).sections if s.key == "rests").figure is None


def test_a_target_far_out_stays_within_the_frame() -> None:
    far = with_places(
        DestinationExcess("RUS", 4.0, 0.1),
        *(DestinationExcess(c, 0.01 * i, 0.1) for i, c in enumerate(("IND", "SAU", "MEX"))),
    )
    for layer in among_placebos(far, NAMES, width=348).chart().to_dict()["layer"]:
        for row in layer["data"]["values"]:
            assert 0 <= row["x"] <= 348


def test_charts_of_a_finding_by_name() -> None:
    finding = fixture.headline()
    for kind in ("gross", "net", "placebos"):
        assert finding_chart(finding, NAMES, kind).to_dict()["width"] == WIDE
    with pytest.raises(UsageError) as caught:
        finding_chart(finding, NAMES, "pie")
    assert "gross, net, placebos" in caught.value.fix
    with pytest.raises(MissingDataError) as missing:
        finding_chart(fixture.gross(), NAMES, "net")
    assert "the lake has no trade of suppliers with other destinations" in missing.value.what
    with pytest.raises(MissingDataError):
        finding_chart(with_places(), NAMES, "placebos")


def test_rises_tested_together_are_named_apart_from_those_looked_at_alone() -> None:
    finding = fixture.headline()
    tested = replace(
        finding,
        suppliers=tuple(
            replace(row, q_value={"CHN": 0.004, "ARE": 0.1, "TUR": 0.3, "HKG": 0.01}.get(row.supplier))
            for row in finding.suppliers
        ),
    )
    section = next(s for s in tell(fixture.model(headline=tested)).sections if s.key == "net")
    text = section.paragraphs[0].replace(NBSP, " ")
    assert "Of the 4 tested together, at a false discovery rate of 10 %, these rises stand: China and UAE." in text
    assert "each looked at alone" in text
    assert "tested together" not in next(s for s in tell(fixture.model()).sections if s.key == "net").paragraphs[0]


def test_a_small_figure_of_a_column_does_not_read_as_0() -> None:
    assert [print_cell("number", value) for value in (0.0004, -0.0004, 0.0, 0.12, None)] == [
        "<0.01",
        ">−0.01",
        "0.00",
        "0.12",
        "n/a",
    ]
