"""Draw the picture at the head of the README: the first page of the demo's brief, down to its figure and basis.

    python tools/make_readme_picture.py                   from the bundled figures
    python tools/make_readme_picture.py --lake out/lake   from the lake of a demo

Writes docs/images/brief.png, twice as dense as it is shown, with its description inside, and sets the description in
README.md: the figures in it are those of the brief.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import tempfile
from pathlib import Path

import typst
from PIL import Image, PngImagePlugin

from stopgap.base.vocab import BriefForm
from stopgap.briefs.charts.draw import draw_figures
from stopgap.briefs.charts.glyphs import FONT_DIR
from stopgap.briefs.formats.html import TEMPLATES
from stopgap.briefs.formats.pdf import pdf_figure, pdf_marking, set_content
from stopgap.briefs.formats.rest_rows import page_story
from stopgap.briefs.parts import FirstPage, Story
from stopgap.briefs.run import write_brief
from stopgap.briefs.story import tell
from stopgap.demo.run import EPISODE, GOODS, load_demo
from stopgap.panel.prepare import MeasureOptions

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "brief.png"
README = ROOT / "README.md"
IN_README = re.compile(r'(<img src="docs/images/brief\.png" width="\d+" alt=")([^"]*)(">)')
DESCRIPTION = "Description"
COLOURS = 48
DENSITY = 200
"""Pixels an inch: a page of 182 mm is 1,433 pixels wide, shown at 716."""

SHEET = """
#import "/parts.typ": *
#import "/first_page.typ": sheet
#let brief = json(bytes(sys.inputs.content))
#set page(width: 182mm, height: auto, margin: (x: 7mm, y: 6mm))
#set text(font: "Source Sans 3", size: 10.4pt, lang: "en", region: "GB", fill: ink, fallback: false, number-type: "lining")
#set par(leading: 0.58em, spacing: 0.8em, justify: false)
#sheet(brief.first, brief.title, brief.kicker, 1.0, false)
"""


def demo_story(lake: Path) -> Story:
    """The story of the demo's brief on one page, from a lake that holds the bundled figures."""
    with tempfile.TemporaryDirectory() as folder:
        options = MeasureOptions(goods=GOODS)
        _, model = write_brief(lake, EPISODE, options, Path(folder) / "brief.md", form=BriefForm.ONE_PAGE)
    return tell(model, BriefForm.ONE_PAGE)


def description(first: FirstPage) -> str:
    """What the picture says, for those who do not see it: title, sentences, range, bars."""
    assert first.figure is not None
    title = first.title.rstrip(".") + "."
    text = " ".join([title, *first.sentences, first.range_sentence, first.range_note, first.figure.alt])
    return text.replace("\u00a0", " ").replace('"', "”")


def draw(story: Story) -> bytes:
    """The picture as PNG with few colours."""
    story = page_story(story)
    first = story.first
    assert first.figure is not None
    drawings = draw_figures([first.figure], narrow=False, marking=story.marking)
    content, _ = set_content(
        {
            "title": story.title,
            "kicker": story.kicker,
            "marking": pdf_marking(story.marking),
            "first": {
                "title": first.title,
                "sentences": first.sentences,
                "range": first.range_sentence,
                "range_note": first.range_note,
                "figure": pdf_figure(first.figure, drawings),
                "strip": [],
                "basis": first.basis,
            },
        }
    )
    page = typst.compile(
        SHEET.encode(),
        root=str(TEMPLATES),
        font_paths=[str(FONT_DIR)],
        ignore_system_fonts=True,
        sys_inputs={"content": json.dumps(content, ensure_ascii=False)},
        format="png",
        ppi=DENSITY,
        timestamp=0,
    )
    text = PngImagePlugin.PngInfo()
    text.add_itxt(DESCRIPTION, description(story.first))
    small = Image.open(io.BytesIO(page)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True, pnginfo=text)
    return out.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw the picture of the README.")
    parser.add_argument(
        "--lake", type=Path, metavar="FOLDER", help="lake with the bundled figures (default: a new one)"
    )
    lake = parser.parse_args().lake
    with tempfile.TemporaryDirectory() as folder:
        if lake is None:
            lake = Path(folder) / "lake"
            load_demo(lake)
        story = demo_story(lake)
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_bytes(draw(story))
    text = README.read_text("utf-8")
    README.write_text(IN_README.sub(lambda found: found[1] + description(story.first) + found[3], text), "utf-8")
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
