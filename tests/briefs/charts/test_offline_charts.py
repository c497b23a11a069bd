"""Charts in a notebook: a picture that is whole, beside the Vega-Lite form; nothing is loaded."""

from __future__ import annotations

import base64
import json
import struct
import zlib

import altair as alt
import brief_fixture as fixture
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.base.marking import Marking, Tlp
from stopgap.briefs.charts.canvas import Canvas
from stopgap.briefs.charts.finding_charts import titled_chart
from stopgap.briefs.charts.glyphs import face
from stopgap.briefs.charts.offline import OfflineChart
from stopgap.briefs.charts.png_size import size_of, smaller
from stopgap.briefs.charts.theme import SMALL, WIDE
from stopgap.codes.named_table import names_of_economies

MEASURED = (
    "baseline 2021-01 to 2021-12, after 2023-01 to 2023-12; USD a year, means",
    "goods " + "very long name " * 20,
)


def chart() -> OfflineChart:
    marking = Marking(Tlp.AMBER, frozenset({"DEU"}))
    return titled_chart(fixture.gross(), names_of_economies(), "gross", MEASURED, marking)


def test_a_picture_stands_beside_the_vega_lite_form_and_no_page_does() -> None:
    content, about = chart()._repr_mimebundle_()
    assert sorted(content) == ["application/vnd.vegalite.v6+json", "image/png", "text/plain"]
    picture = base64.b64decode(content["image/png"])
    size = about["image/png"]
    assert size_of(picture) == (2 * size["width"], 2 * size["height"])
    assert content["text/plain"] == size["alt"]
    assert "Waterfall" in size["alt"]
    json.dumps(content, allow_nan=False)


def test_title_what_was_measured_and_marking_stand_in_the_picture_and_fit_it() -> None:
    head = chart().to_dict()["title"]
    assert head["text"].startswith("russia-2022, ")
    assert head["subtitle"][0].replace("\u00a0", " ") == MEASURED[0]
    assert head["subtitle"][-1] == "TLP:AMBER REL DEU"
    assert all(face().width(line, SMALL) <= WIDE for line in head["subtitle"])
    assert " ".join(head["subtitle"][1:-1]).replace("\u00a0", " ") == MEASURED[1].strip()


def test_what_marimo_shows_is_the_picture() -> None:
    page = chart()._display_()._repr_html_()
    assert page.startswith('<img src="data:image/png;base64,iVBOR')
    assert 'alt="Waterfall' in page


def test_a_changed_chart_is_still_drawn_without_a_network() -> None:
    changed = chart().properties(background="#eeeeee")
    assert isinstance(changed, OfflineChart)
    assert "image/png" in changed._repr_mimebundle_()[0]


def one_pixel_rows(rows: list[bytes], width: int) -> bytes:
    """A PNG in grey, of rows of bytes, compressed not at all."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, len(rows), 8, 0, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 0)
    halves = data[: len(data) // 2], data[len(data) // 2 :]
    parts = [chunk(b"IHDR", header), *(chunk(b"IDAT", half) for half in halves), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@given(
    st.integers(1, 40).flatmap(
        lambda width: st.lists(st.binary(min_size=width, max_size=width), min_size=1, max_size=9)
    )
)
def test_a_smaller_picture_has_the_same_pixels(rows: list[bytes]) -> None:
    image = pytest.importorskip("PIL.Image")
    import io

    before = one_pixel_rows(rows, len(rows[0]))
    after = smaller(before)
    assert image.open(io.BytesIO(after)).tobytes() == b"".join(rows) == image.open(io.BytesIO(before)).tobytes()
    assert size_of(after) == (len(rows[0]), len(rows))


def test_a_chart_of_marks_alone_has_a_margin() -> None:
    from stopgap.briefs.charts.offline import offline

    canvas = Canvas(100, 50)
    canvas.rect(0, 0, 100, 50, fill="#000000")
    bare = canvas.chart().properties(padding={"left": 0, "right": 0, "top": 0, "bottom": 0})
    assert isinstance(bare, alt.LayerChart)
    _, about = offline(bare, "black")._repr_png_()
    assert (about["width"], about["height"], about["alt"]) == (120, 70, "black")
