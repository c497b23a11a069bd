"""Export the alerts of a pack as feeds for any feed reader: RSS 2.0 and JSON Feed 1.1, each item with its marking.

The guid of an alert is derived from its cause, so a later pack with the same alert does not show it twice. Items have
the date of the pack: the time of the lake's last change that it includes. The month of an alert is in its text.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import UTC
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from stopgap.base.documents import json_bytes
from stopgap.base.marking import Marking
from stopgap.evidence.exchange.entries import ExportedItem, entries_of
from stopgap.evidence.exchange.ids import lasting_id
from stopgap.evidence.exchange.texts import name, releasable
from stopgap.evidence.packs.view import PackView

_NO_BRACKETS = str.maketrans("<>", "‹›")


def rss(view: PackView) -> bytes:
    """Return the alerts of a pack as an RSS 2.0 document.

    Descriptions are HTML in RSS, so text is escaped for HTML and then, by the library, for XML; in titles, which some
    readers also parse as HTML, angle brackets become ‹ and ›.
    """
    root = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(root, "channel")
    moment = format_datetime(view.made_at.astimezone(UTC), usegmt=True)
    _add(channel, "title", _title(view).translate(_NO_BRACKETS))
    # RSS wants a link; a pack has no page on the web, so it is a name
    _add(channel, "link", f"urn:stopgap:evidence-pack:{quote(name(view.name), safe='')}")
    _add(channel, "description", html.escape(_about(view), quote=False))
    _add(channel, "pubDate", moment)
    _add(channel, "lastBuildDate", moment)
    _add(channel, "generator", "Stopgap")
    _categories(channel, view.marking)
    for entry in _alerts(view):
        item = ElementTree.SubElement(channel, "item")
        _add(item, "title", f"{entry.marking.label}: {entry.title}".translate(_NO_BRACKETS))
        _add(item, "description", _paragraphs(entry))
        _add(item, "guid", _guid(view, entry), isPermaLink="false")
        _add(item, "pubDate", moment)
        _categories(item, entry.marking)
    ElementTree.indent(root, " ")
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def json_feed(view: PackView) -> bytes:
    """Return the alerts of a pack as a JSON Feed 1.1 document, in plain text throughout."""
    moment = view.made_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    items = [
        {
            "id": _guid(view, entry),
            "title": f"{entry.marking.label}: {entry.title}",
            "content_text": f"Marking: {entry.marking.label}\n{entry.text}",
            "date_published": moment,
            "tags": _tags(entry.marking),
            "_stopgap": {"item": name(entry.id), "marking": entry.marking.as_dict()},
        }
        for entry in _alerts(view)
    ]
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(view),
        "description": _about(view),
        "authors": [{"name": name(view.signer[0])}],
        "language": "en",
        "items": items,
        "_stopgap": {
            "about": "stopgap-pack/1",
            "pack": name(view.name),
            "marking": view.marking.as_dict(),
            "key": name(view.signer[1]),
        },
    }
    return json_bytes(feed)


def _alerts(view: PackView) -> Iterator[ExportedItem]:
    return (entry for entry in entries_of(view) if entry.kind == "alert")


def _title(view: PackView) -> str:
    return f"{view.marking.label}: alerts of evidence pack {name(view.name)}"


def _about(view: PackView) -> str:
    return (
        f"Alerts of vintage {name(view.evidence['as_of'])}, signed by {name(view.signer[0])} in the pack; this feed is "
        f"not signed. {view.marking.label}: {view.marking.tlp.allows}."
    )


def _guid(view: PackView, entry: ExportedItem) -> str:
    return f"urn:uuid:{lasting_id('alert', view.signer[1], entry.id)}"


def _tags(marking: Marking) -> list[str]:
    return [each for each in (marking.tlp.label, releasable(marking)) if each]


def _categories(parent: ElementTree.Element, marking: Marking) -> None:
    for each in _tags(marking):
        _add(parent, "category", each, domain="urn:stopgap:marking")


def _paragraphs(entry: ExportedItem) -> str:
    lines = [f"Marking: {entry.marking.label}", *entry.text.split("\n")]
    return "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines if line.strip())


def _add(parent: ElementTree.Element, tag: str, text: str, **attributes: str) -> None:
    ElementTree.SubElement(parent, tag, attributes).text = text
