"""Lists in XML, element by element."""

from __future__ import annotations

from stopgap.sources.lists.xmlstream import Node, Unread


def test_another_element_that_differs_is_counted_once_however_often_it_is_asked_for() -> None:
    unread = Unread(frozenset({"id"}))
    entry = Node("entry", {}, unread=unread)
    entry.children = [Node("id", {}, parts=["1"]), Node("id", {}, parts=["2"])]
    assert entry.get("id") == entry.get("id") == "1"
    assert unread.several == {"id": 1}
