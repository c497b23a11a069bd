"""Feeds of alerts: RSS 2.0 and JSON Feed 1.1, by their rules and by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

from exchange_made import AMBER, CLEAR, GREEN, Made, alert_document, hostile_views, made_pack, made_view, one_alert

from stopgap.evidence.exchange import export
from stopgap.evidence.packs.view import PackView

MOMENT = datetime(2026, 7, 1, 12, tzinfo=UTC)


def channel(view: PackView) -> ElementTree.Element:
    root = ElementTree.fromstring(export(view, "rss"))
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    found = root.find("channel")
    assert found is not None
    return found


def text(part: ElementTree.Element, tag: str) -> str:
    return part.findtext(tag) or ""


def feed(view: PackView) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(export(view, "json-feed"))
    return found


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(description: str) -> Tags:
    reader = Tags()
    reader.feed(description)
    reader.close()
    return reader


def test_the_channel_has_what_rss_requires() -> None:
    found = channel(made_view())
    assert text(found, "title") == "TLP:AMBER REL DEU, FRA: alerts of evidence pack russia-2022"
    assert text(found, "link") == "urn:stopgap:evidence-pack:russia-2022"
    assert "signed by Ministry of Example in the pack" in text(found, "description")
    assert text(found, "pubDate") == "Wed, 01 Jul 2026 12:00:00 GMT"
    assert [each.text for each in found.findall("category")] == ["TLP:AMBER", "REL DEU, FRA"]


def test_each_alert_is_an_item_with_title_text_date_marking_and_guid() -> None:
    items = channel(made_view()).findall("item")
    assert [text(each, "title") for each in items] == [
        "TLP:CLEAR: TUR to RUS, 847130, 2023-05",
        "TLP:AMBER REL DEU, FRA: ARE to RUS, 847130, 2023-05",
    ]
    assert [[each.text for each in item.findall("category")] for item in items] == [
        ["TLP:CLEAR"],
        ["TLP:AMBER", "REL DEU, FRA"],
    ]
    assert {parsedate_to_datetime(text(each, "pubDate")) for each in items} == {MOMENT}
    guids = [each.find("guid") for each in items]
    assert len({each.text for each in guids if each is not None}) == 2
    assert all(each is not None and each.get("isPermaLink") == "false" for each in guids)
    words = read(text(items[0], "description")).words
    assert words[:3] == [
        "Marking: TLP:CLEAR",
        "Türkiye sold three times what was expected.",
        "one-month: Türkiye (TUR) to Russia (RUS), good 847130, month 2023-05: USD 90 per month reported, USD 30 per "
        "month expected, 3 of what was expected; p 0.001, q 0.01.",
    ]


def test_the_json_feed_has_what_its_version_requires() -> None:
    found = feed(made_view())
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert found["title"] == "TLP:AMBER REL DEU, FRA: alerts of evidence pack russia-2022"
    assert found["_stopgap"]["marking"] == AMBER.as_dict()
    first, second = found["items"]
    assert (first["title"], first["tags"]) == ("TLP:CLEAR: TUR to RUS, 847130, 2023-05", ["TLP:CLEAR"])
    assert (first["_stopgap"]["marking"], second["_stopgap"]["marking"]) == (CLEAR.as_dict(), AMBER.as_dict())
    assert datetime.fromisoformat(first["date_published"]) == MOMENT
    assert first["content_text"].startswith("Marking: TLP:CLEAR\nTürkiye sold three times")
    assert not any(key in each for each in found["items"] for key in ("content_html", "url"))
    assert all(isinstance(each["id"], str) and each["id"] for each in found["items"])


def test_both_feeds_give_an_alert_one_id_in_every_pack() -> None:
    rss_ids = [text(each, "guid") for each in channel(made_view()).findall("item")]
    assert [each["id"] for each in feed(made_view())["items"]] == rss_ids
    later = made_pack()
    later.evidence |= {"made_at": "2026-09-01T00:00:00Z", "name": "russia-2022-again"}
    assert [text(each, "guid") for each in channel(later.view()).findall("item")] == rss_ids
    elsewhere = made_pack()
    elsewhere.evidence |= {"origin": {"name": "Another", "fingerprint": "sha256:" + "cd" * 32}}
    assert set(rss_ids).isdisjoint(text(each, "guid") for each in channel(elsewhere.view()).findall("item"))


def test_a_pack_without_alerts_is_a_feed_without_items() -> None:
    view = Made(GREEN).add("claim", "claim:x", GREEN, {}).view()
    assert channel(view).findall("item") == []
    assert feed(view)["items"] == []


def test_markup_stays_text_in_both() -> None:
    view = one_alert("<b>bold</b> & co", '<script>alert("x")</script><img src=x onerror=y>')
    item = channel(view).find("item")
    assert item is not None
    assert text(item, "title") == "TLP:AMBER REL DEU, FRA: ‹b›bold‹/b› & co"
    reader = read(text(item, "description"))
    assert reader.seen == {"p"}
    assert '<script>alert("x")</script><img src=x onerror=y>' in reader.words
    assert feed(view)["items"][0]["content_text"].split("\n")[1] == '<script>alert("x")</script><img src=x onerror=y>'


def test_hostile_text_is_valid_in_both() -> None:
    for _, view in hostile_views():
        content = export(view, "rss")
        assert b"<!ENTITY" not in content
        item = ElementTree.fromstring(content).find("channel/item")
        assert item is not None
        assert read(text(item, "description")).seen == {"p"}
        assert "<" not in text(item, "title")
        assert len(feed(view)["items"]) == 1


def test_the_same_pack_gives_the_same_bytes() -> None:
    for form in ("rss", "json-feed"):
        assert export(made_view(), form) == export(made_view(), form)


def test_a_name_with_blanks_and_signs_is_a_link_all_the_same() -> None:
    made = Made(CLEAR, name="a b/c?d").add("alert", "alert:x", CLEAR, alert_document())
    assert text(channel(made.view()), "link") == "urn:stopgap:evidence-pack:a%20b%2Fc%3Fd"
