"""Render a brief as one self-contained HTML page without scripts."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from stopgap.base.visible_text import visible
from stopgap.briefs.charts.draw import Drawing
from stopgap.briefs.charts.glyphs import FONT_DIR
from stopgap.briefs.formats.cells import print_cell
from stopgap.briefs.formats.rest_rows import page_story
from stopgap.briefs.formats.tlp import ink
from stopgap.briefs.parts import Story

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TEMPLATES = Path(__file__).parents[1] / "templates"
# tables whose dollars are means per year
YEARLY = frozenset(
    {"suppliers", "members", "goods", "others", "routes", "sums", "net", "sureness", "routing", "volume"}
)
_WEIGHTS = ((400, "SourceSans3-Regular.woff2"), (600, "SourceSans3-Semibold.woff2"))


# From the first to the last letter of a script that runs from right to left, with no letter of another between.
_RIGHT_TO_LEFT = re.compile(
    "([\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
    r"(?:[\W\d_]*"
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff])*)"
)


# A window, a date or a version, which must not break at its dash.
_JOINED = re.compile(r"((?<![\w-])\d+[–-]\d[\w.:+-]{0,30})")


def shown(value: object) -> object:
    """Escape hidden characters and isolate right-to-left text in ``<bdi>``; markup and other values are unchanged.

    Without the isolation, a right-to-left name would reorder the figures beside it. Numbers joined by a dash stay on
    one line.
    """
    from markupsafe import Markup

    if type(value) is not str:
        return value
    text = _seen(value)
    parts = _RIGHT_TO_LEFT.split(text)
    return Markup("").join(
        Markup("<bdi>{}</bdi>").format(part) if place % 2 else _joined(part) for place, part in enumerate(parts)
    )


def _joined(text: str) -> Markup:
    """Escape `text`, with each number that holds a dash in an element that does not break."""
    from markupsafe import Markup, escape

    return Markup("").join(
        Markup('<span class="nb">{}</span>').format(part) if place % 2 else escape(part)
        for place, part in enumerate(_JOINED.split(text))
    )


def bare(value: object) -> Markup:
    """Escape hidden characters without adding elements, for a title, an attribute, or a paragraph with a direction."""
    from markupsafe import escape

    return escape(_seen(str(value)))


def _seen(text: str) -> str:
    return visible(text.replace("\r\n", "\n").replace("\t", " "))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        finalize=shown,
    )
    environment.filters["bare"] = bare
    return environment


@cache
def _fonts() -> tuple[tuple[int, str], ...]:
    return tuple((weight, base64.b64encode((FONT_DIR / name).read_bytes()).decode()) for weight, name in _WEIGHTS)


def _inline(svg: str) -> str:
    """SVG without namespace declarations, for use within HTML, which needs none; they would look like addresses."""
    return re.sub(r' xmlns(:xlink)?="[^"]*"', "", svg)


def inline_drawings(drawings: Mapping[str, Drawing]) -> dict[str, dict[str, Markup]]:
    """Inline HTML of each drawing by key, one version for wide and one for narrow screens."""
    from markupsafe import Markup

    return {
        key: {"wide": Markup(_inline(drawing.wide)), "narrow": Markup(_inline(drawing.narrow))}
        for key, drawing in drawings.items()
    }


def filled(template: str, styles: Sequence[str], **values: object) -> str:
    """Render a template as one page with its fonts and styles embedded; all text in `values` is escaped."""
    from markupsafe import Markup

    css = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in styles)
    return (
        _environment()
        .get_template(template)
        .render(fonts=_fonts(), css=Markup(css), show=print_cell, ink=ink, yearly=YEARLY, **values)
    )


def html_page(story: Story, drawings: Mapping[str, Drawing]) -> str:
    """Render the brief as an HTML page; all text of the story is escaped."""
    return filled(
        "brief.html.j2",
        ["brief.css", "first_page.css", "contents.css"],
        story=page_story(story),
        marking=story.marking,
        drawings=inline_drawings(drawings),
    )
