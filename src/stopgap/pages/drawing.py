"""Draw pages from their templates; all text is escaped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from stopgap.base.marking import CLEAR, Marking
from stopgap.base.visible_text import visible
from stopgap.pages.charts.figures import FIGURE_FORMS
from stopgap.pages.languages.catalogs import ENGLISH, translator
from stopgap.pages.site import QueryValue, Site
from stopgap.pages.views import FORMS, Cell, DataSource, PageContent
from stopgap.pages.words import place_words


@dataclass(frozen=True)
class NavEntry:
    """One entry of the navigation; ``key`` is pressed after ``g``."""

    text: str
    page: str
    key: str = ""


NAVIGATION = (
    NavEntry("Episodes", "/", "e"),
    NavEntry("Explore", "/explore", "x"),
    NavEntry("Goods", "/goods", "g"),
    NavEntry("Companies", "/companies", "c"),
    NavEntry("Alerts", "/alerts", "a"),
    NavEntry("Claims", "/claims", "s"),
    NavEntry("Packs", "/packs", "p"),
    NavEntry("Data", "/data", "d"),
    NavEntry("Query", "/query", "q"),
    NavEntry("My work", "/me", "m"),
)


@dataclass(frozen=True)
class Frame:
    """What stands around the content of a page.

    Attributes:
        site: Addresses.
        marking: Marking of all that was read for the page.
        person: Name of who looks; empty on a published site.
        navigation: Entries of the navigation.
        csrf: Token of the session, for forms; empty without a session.
        nonce: Nonce of the content policy that scripts and htmx elements carry; empty where there is none.
        policy: Content policy as a ``<meta>``, for files; empty where a header says it.
        world: Map of the world as JSON, in pages that cannot load it.
        home: Path of the page that the name of the program leads to.
        feed: File of the feed of changes, from the top of a published site; empty without one.
        is_admin: Whether the person may manage people.
        role: The person's role.
        language: Code of the language of what stands around the content.
    """

    site: Site
    marking: Marking = CLEAR
    person: str = ""
    navigation: tuple[NavEntry, ...] = NAVIGATION
    csrf: str = ""
    nonce: str = ""
    policy: str = ""
    world: str = ""
    home: str = "/"
    feed: str = ""
    is_admin: bool = False
    role: str = ""
    language: str = ENGLISH
    extra: Mapping[str, Any] = field(default_factory=dict)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("stopgap.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.filters["json_script"] = json_script
    made.filters["place_words"] = place_words
    made.globals["forms"] = FORMS
    made.globals["figure_forms"] = FIGURE_FORMS
    made.globals["program_version"] = version("stopgap")
    return made


def draw_page(content: PageContent, frame: Frame) -> str:
    """Return a whole page as HTML."""
    return _drawn(content.template, content, frame, "layout.html")


def draw_part(content: PageContent, frame: Frame) -> str:
    """Return the content of a page alone, to be put into one that is open."""
    return _drawn(content.template, content, frame, "part.html")


def _drawn(template: str, content: PageContent, frame: Frame, around: str) -> str:
    site = frame.site

    def link(page: str, query: Mapping[str, QueryValue] | None = None, **more: QueryValue) -> str:
        return site.page(page, **{**(query or {}), **more}) if page else ""

    def data(source: DataSource, form: str) -> str:
        return site.data(source.path, form, **source.query)

    return _environment().get_template(template).render(
        **content.values, content=content, frame=frame, site=site, link=link, data=data, around=around,
        cell_of=_cell_of, _=translator(frame.language),
    )  # fmt: skip


def json_script(document: Any) -> Markup:
    """Return a document as JSON that may stand in a ``<script>`` of data: no tag can begin or end in it."""
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for letter, escape in (
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
    ):
        text = text.replace(letter, escape)
    return Markup(text)


def _shown(value: Any) -> Any:
    """Return a value as templates print it: hidden characters visible."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value)
    return value


def _cell_of(value: Cell | str) -> Cell:
    return value if isinstance(value, Cell) else Cell(value)
