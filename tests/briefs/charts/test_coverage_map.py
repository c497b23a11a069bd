"""The map of who reported: its cells are the table's, its words hold its gaps, it has room for many."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ElementTree

import brief_fixture as fixture
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stopgap.briefs.charts.coverage_map import (
    ALL_UP_TO,
    DRAWN,
    FILLS,
    LEGEND,
    WORDS,
    alt_coverage,
    coverage_map,
    drawn_lines,
    reporter_lines,
    silence_sentence,
)
from stopgap.briefs.charts.draw import to_svg
from stopgap.briefs.charts.theme import LOST, WIDE
from stopgap.briefs.model import ReportedPeriod
from stopgap.briefs.render import render_all
from stopgap.briefs.story import tell
from stopgap.briefs.tables import reported_table

LETTERS = {"T": "traded", "0": "zero", "P": "partial", "-": "silent"}
YEARS = [str(year) for year in range(2020, 2025)]
MONTHS = [f"{2020 + i // 12}-{i % 12 + 1:02d}" for i in range(60)]


def model_of(rows, periods=YEARS):
    """``rows``: (code, role, one letter a period)."""
    cells = [
        ReportedPeriod(period, code, f"Economy {code}", role, LETTERS[letter])
        for code, role, states in rows
        for period, letter in zip(periods, states, strict=True)
    ]
    return fixture.model(reported=tuple(cells), reported_label="goods, source")


FEW = [
    ("DEU", "member", "TTTTT"),
    ("FRA", "member", "TTT--"),
    ("ARE", "hub", "TTTT-"),
    ("CHN", "other", "TTTTT"),
    ("IND", "other", "TPT0T"),
]


def many(count, periods, letters="TTT0-"):
    pattern = itertools.cycle(letters)
    return [
        (f"E{i:03d}", ("member", "hub", "other")[i % 3], "".join(next(pattern) for _ in range(periods)))
        for i in range(count)
    ]


def cells_drawn(chart):
    """Rectangles below the legend, by colour: their widths."""
    found: dict[str, list[float]] = {}
    for layer in chart.chart().to_dict()["layer"]:
        if layer["mark"]["type"] == "rect":
            for mark in layer["data"]["values"]:
                if mark["y"] > 20:
                    found.setdefault(mark["fill"], []).append(mark["x2"] - mark["x"])
    return found


def test_the_order_is_by_group_then_longest_silence():
    periods, lines = reporter_lines(model_of(FEW))
    assert periods == YEARS
    assert [line.code for line in lines] == ["FRA", "DEU", "ARE", "IND", "CHN"]


def test_the_table_is_the_map():
    model = model_of(FEW)
    table = reported_table(model)
    given_cells = {(cell.reporter, cell.period): WORDS[cell.state] for cell in model.reported}
    headings = [column.heading for column in table.columns]
    told = {(row[1], period): row[headings.index(period)] for row in table.rows for period in YEARS}
    assert told == given_cells
    chart = cells_drawn(coverage_map(model))
    cell = min(width for widths in chart.values() for width in widths)
    for state in ("traded", "zero", "partial"):
        cells = sum(chart[FILLS[state]]) / cell
        assert cells == pytest.approx(sum(value == WORDS[state] for value in told.values()))
    assert sum(row[3] for row in table.rows) == sum(value == WORDS["silent"] for value in told.values())


def test_a_period_without_an_entry_is_silent_and_no_zero():
    model = model_of(FEW)
    kept = tuple(cell for cell in model.reported if (cell.reporter, cell.period) != ("CHN", "2022"))
    _, lines = reporter_lines(fixture.model(reported=kept))
    assert next(line for line in lines if line.code == "CHN").states[2] == "silent"


def test_silence_is_a_dark_dash_on_white():
    svg = to_svg(coverage_map(model_of([("FRA", "member", "T----")])), key="a", title="t", description="d")
    assert f'stroke="{LOST}"' in svg
    assert FILLS["silent"] == "#ffffff"


def lightness(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * luminance ** (1 / 3) - 16


def test_states_stay_apart_in_grey():
    ladder = [lightness(FILLS[state]) for state in ("traded", "partial", "zero")]
    assert all(lighter - darker >= 15 for darker, lighter in itertools.pairwise(ladder))
    assert set(LEGEND) == set(WORDS) == set(FILLS)


@pytest.mark.one_in(6)
@pytest.mark.parametrize("width", [WIDE, 348])
@pytest.mark.parametrize(
    ("count", "periods"), [(3, YEARS), (200, YEARS), (70, MONTHS), (300, MONTHS), (45, MONTHS[:20])]
)
def test_the_picture_fits_its_frame(width, count, periods):
    chart = coverage_map(model_of(many(count, len(periods)), periods), width=width)
    specification = chart.chart().to_dict()
    assert specification["width"] == width
    for layer in specification["layer"]:
        for mark in layer["data"]["values"]:
            assert -0.01 <= mark["x"] <= width + 0.01
            assert mark.get("x2", 0) <= width + 0.01
            assert -0.01 <= mark["y"] <= specification["height"] + 3
    ElementTree.fromstring(to_svg(chart, key="a", title="t", description="d"))


def test_many_reporters_are_drawn_by_their_gaps():
    rows = [(f"F{i:03d}", "other", "TTTTT") for i in range(100)] + [("GAP", "hub", "TT-TT")]
    _, lines = reporter_lines(model_of(rows))
    drawn = drawn_lines(lines, 5)
    assert [line.code for line in drawn.lines] == ["GAP"]
    assert (drawn.complete, drawn.cut) == ({"other": 100}, 0)
    assert "1 of 101 reporters" in silence_sentence(model_of(rows))


@pytest.mark.prove_only
@settings(deadline=None)
@given(st.integers(1, 400), st.sampled_from([5, 20, 60]), st.text("T0P-", min_size=1, max_size=7))
def test_every_reporter_is_drawn_counted_or_named_as_left(count, periods, letters):
    _, lines = reporter_lines(model_of(many(count, periods, letters), MONTHS[:periods]))
    drawn = drawn_lines(lines, periods)
    assert len(drawn.lines) + sum(drawn.complete.values()) + drawn.cut == count
    assert len(drawn.lines) <= max(DRAWN.values())
    assert count > ALL_UP_TO or len(drawn.lines) == count


def test_words_hold_every_gap():
    says = alt_coverage(model_of(FEW))
    assert "2 of 5 reporters reported every period in full" in says
    assert "Economy FRA: not reported 2023, 2024" in says
    assert "Economy IND: in part 2021" in says
    sentence = silence_sentence(model_of(FEW))
    assert "2 of 5 reporters" in sentence
    assert "Economy FRA (2) and Economy ARE (1)" in sentence


def test_nothing_known_draws_and_says_so():
    model = fixture.model()
    assert "No period" in str(coverage_map(model).chart().to_dict())
    assert reported_table(model) is None
    assert "reported" not in [section.key for section in tell(model).sections]


@pytest.mark.prove_only
def test_every_format_holds_the_map_and_its_bytes_are_the_same(tmp_path):
    model = model_of(many(30, 60), MONTHS)
    first = {name: path.read_bytes() for name, path in render_all(model, tmp_path / "a", "b").items()}
    second = {name: path.read_bytes() for name, path in render_all(model, tmp_path / "b", "b").items()}
    assert first == second
    assert b"Who reported, and when" in first["html"]
    assert b"Who reported, and when" in first["md"]
    numbers = [section.figure.number for section in tell(model).sections if section.figure]
    assert numbers == list(range(2, 2 + len(numbers)))
