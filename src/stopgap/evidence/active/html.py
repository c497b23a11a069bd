"""Detect active content in HTML by an allow-list of elements and attributes.

Everything that is not on the list is a fault. A page is parsed by a grammar that is narrower than HTML: each ``<``
begins the doctype, an end tag, or a tag with quoted attributes that hold neither ``<`` nor ``>``. So every tag that a
browser can see, whatever the state of its parser, is checked here: comments, CDATA, unquoted attributes, NUL and other
encodings are not part of the grammar. The page begins with its encoding and a policy that lets nothing run or load.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from stopgap.evidence.active.text import words
from stopgap.evidence.checks import quoted

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
"""Content-Security-Policy of every page."""

_HEAD = re.compile(
    r'<!doctype html>\s*<html lang="[a-zA-Z-]{2,12}">\s*<head>\s*<meta charset="utf-8">\s*'
    r'<meta http-equiv="Content-Security-Policy" content="' + re.escape(POLICY) + r'">\s*'
)
_TOKEN = re.compile(
    r"</(?P<end>[a-z][a-z0-9]*)\s*>"
    r'|<(?P<tag>[a-zA-Z][a-zA-Z0-9]*)(?P<attributes>(?:\s+[a-zA-Z][a-zA-Z0-9:-]*="[^"<>]*")*)\s*/?>'
)
_ATTRIBUTE = re.compile(r'([a-zA-Z][a-zA-Z0-9:-]*)="([^"<>]*)"')
_REFERENCE = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});")

_TEXTUAL = words(
    "a abbr b bdi blockquote body br caption code col colgroup dd del details div dl dt em figcaption figure "
    "footer h1 h2 h3 h4 h5 h6 head header hr html i ins kbd li main mark nav ol p pre q s samp section small span "
    "strong sub summary sup table tbody td tfoot th thead time title tr u ul var wbr"
)
_DRAWN = words(
    "svg g path rect line circle ellipse polygon polyline text tspan desc defs pattern clipPath linearGradient "
    "radialGradient stop"
)

_WORDS = re.compile(r"[\w .:-]*")
_NUMBER = re.compile(r"[0-9]{1,4}")
_LINK = re.compile(r"#[\w.%-]*|(?!\.\.?/)[\w.~%+@,=-]+(?:/(?!\.\.?(?:/|$))[\w.~%+@,=-]+)*", re.ASCII)
_COLOUR = re.compile(r"color: ?#[0-9A-Fa-f]{3,8};?")
_DRAWING = re.compile(r"(?:url\(#[\w-]+\)|[\w .,()%+#'\"-])*")
_ANY = re.compile(r".*", re.DOTALL)

_EVERYWHERE = {
    "class": _WORDS, "id": _WORDS, "lang": _WORDS, "dir": re.compile("ltr|rtl"), "role": _WORDS, "title": _ANY,
    "tabindex": re.compile("0"), "aria-label": _ANY, "aria-labelledby": _WORDS, "aria-describedby": _WORDS,
    "aria-hidden": re.compile("true|false"), "style": _COLOUR,
}  # fmt: skip
_OF = {
    "a": {"href": _LINK},
    "th": {"scope": _WORDS, "colspan": _NUMBER, "rowspan": _NUMBER},
    "td": {"colspan": _NUMBER, "rowspan": _NUMBER},
    "col": {"span": _NUMBER},
    "time": {"datetime": _WORDS},
    "meta": {"name": re.compile("viewport|referrer|marking|keywords|generator|description|author"), "content": _ANY},
    "style": {},
}  # fmt: skip
_OF_DRAWINGS = dict.fromkeys(
    words(
        "width height x y x1 x2 y1 y2 cx cy r rx ry dx dy d points viewBox transform patternUnits patternTransform "
        "gradientUnits gradientTransform clipPathUnits offset preserveAspectRatio fill fill-opacity fill-rule stroke "
        "stroke-width stroke-opacity stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin "
        "stroke-miterlimit opacity display visibility clip-path stop-color stop-opacity font-family font-size "
        "font-weight font-style text-anchor text-decoration dominant-baseline letter-spacing"
    ),
    _DRAWING,
)

_FONT = re.compile(r"url\(data:font/woff2;base64,[A-Za-z0-9+/]+={0,2}\)")
_FUNCTION = re.compile(r"([\w-]+)\(")
_FUNCTIONS = words(
    "attr calc clamp has hsl hsla is max min minmax not nth-child nth-of-type repeat rgb rgba rotate scale "
    "translate var where format counter linear-gradient repeating-linear-gradient"
)
_AT_RULE = re.compile(r"@([\w-]*)")
_AT_RULES = words("font-face media page top-left top-center top-right bottom-left bottom-center bottom-right")
_RUNS = re.compile(r"expression|behavior|binding|javascript|\\|/\*|<|&", re.IGNORECASE)


def html_faults(content: bytes) -> Iterator[str]:
    """Yield what a page could run or load, or the grammar forbids, one line each; stop where it cannot be parsed."""
    try:
        page = content.decode("utf-8")
    except UnicodeDecodeError:
        yield "it is not UTF-8"
        return
    if "\0" in page:
        yield "it holds a NUL"
    head = _HEAD.match(page)
    if head is None:
        yield "it does not begin with its encoding and the policy that lets nothing run or load"
        return
    place = head.end()
    while (start := page.find("<", place)) != -1:
        yield from _text_faults(page[place:start])
        token = _TOKEN.match(page, start)
        if token is None:
            yield f"it holds what is neither text nor a tag of our pages: {quoted(page[start : start + 40], 60)}"
            return
        place = token.end()
        if token["tag"]:
            yield from _tag_faults(token["tag"], token["attributes"])
        elif token["end"] not in _NAMES:
            yield f"it holds the end of an element <{token['end']}>"
        if token["tag"] == "style":
            end = page.find("<", place)
            if not page.startswith("</style>", end):
                yield "a style sheet in it does not end"
                return
            yield from css_faults(page[place:end])
            place = end
    yield from _text_faults(page[place:])


_NAMES = _TEXTUAL | {name.lower() for name in _DRAWN} | _DRAWN | {"meta", "style"}


def _tag_faults(name: str, attributes: str) -> Iterator[str]:
    if name not in _NAMES:
        yield f"it holds an element <{name}>"
        return
    allowed = {**_EVERYWHERE, **(_OF_DRAWINGS if name in _DRAWN else {}), **_OF.get(name, {})}
    seen: set[str] = set()
    for attribute, raw in _ATTRIBUTE.findall(attributes):
        yield from _text_faults(raw)
        form = allowed.get(attribute)
        if form is None:
            yield f"its <{name}> has an attribute {attribute}"
        elif attribute in seen:
            yield f"its <{name}> has {attribute} twice"
        elif not form.fullmatch(html.unescape(raw)):
            yield f"its <{name}> has {attribute}={quoted(raw, 60)}"
        seen.add(attribute)


def _text_faults(text: str) -> Iterator[str]:
    """Yield a fault for references other than the few allowed: programs differ in how they read long names."""
    if "&" in text and "&" in (rest := _REFERENCE.sub("", text)):
        at = rest.index("&")
        yield f"it holds an ampersand that begins no reference: {quoted(rest[at : at + 20], 60)}"


def css_faults(sheet: str) -> Iterator[str]:
    """Yield what in a style sheet loads something or may run; only fonts embedded in it are allowed."""
    rest = _FONT.sub("url-of-a-font", sheet)
    for found in _FUNCTION.findall(rest):
        if found.lower() not in _FUNCTIONS:
            yield f"its style sheet has {found}()"
    for found in _AT_RULE.findall(rest):
        if found.lower() not in _AT_RULES:
            yield f"its style sheet has @{found}"
    if run := _RUNS.search(rest):
        yield f"its style sheet has {quoted(run[0], 60)}"
