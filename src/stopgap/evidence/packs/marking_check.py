"""Check that a pack's markings are consistent: known, inherited, and none above the pack's own."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from stopgap.base.errors import StopgapError
from stopgap.base.marking import Marking, Tlp, marking_of
from stopgap.evidence.checks import quoted
from stopgap.evidence.disclosure.graph import AggregateRelease, EvidenceGraph, Item
from stopgap.evidence.packs.documents import ItemEntry
from stopgap.evidence.packs.view import PackView

UNMARKED = ("evidence.json", "index.html", "ro-crate-metadata.json")
"""Files whose names the formats fix: their marking, the pack's own, stands inside."""

_TEXT = (".sql", ".md", ".html", ".yml")


def marking_faults(view: PackView, predicate: Mapping[str, Any] | None) -> list[str]:
    """What is wrong with the markings, one line each.

    Args:
        view: The pack.
        predicate: What the signed statement says of it; ``None`` where there is none.
    """
    faults = []
    if predicate is not None and predicate.get("marking") != view.evidence["marking"]:
        faults.append("evidence.json is marked otherwise than the signed statement says")
    return [*faults, *_items(view), *_files(view)]


def _items(view: PackView) -> Iterator[str]:
    known = {item["id"]: item for item in view.items()}
    try:
        graph = EvidenceGraph((_LEFT_OUT, *(_in_graph(item, known) for item in known.values())))
    except (StopgapError, KeyError, TypeError) as error:
        yield quoted(error.what if isinstance(error, StopgapError) else str(error), 300)
        return
    for refused in graph.refused_releases:
        yield f"the release of {quoted(refused.item)} has no effect: {refused.why}"
    for name, item in known.items():
        said, found = view.marking_of(item), graph.effective[name]
        if found != said:
            brings = "its release" if graph.is_released(name) else "what it rests on"
            yield f"{quoted(name)} is marked {said.label}; by {brings} it is {found.label}"
        if not said.fits(view.marking):
            yield f"{quoted(name)} is marked {said.label} in a pack marked {view.marking.label}"
        stray = [each for each in item["inputs"] if each not in known]
        if stray:
            yield f"{quoted(name)} rests on {quoted(stray[0])}, which is not in the pack"


_LEFT_OUT = Item("", "receipt", "what was left out", Marking(Tlp.RED, frozenset()))
"""What a released item rests on beside what is in the pack: stricter than anything here, else it needed no release."""


def _in_graph(item: ItemEntry, known: Collection[str]) -> Item:
    """An item of a table of contents, as the graph of evidence has it."""
    own = None if item["own_marking"] is None else marking_of(item["own_marking"], where=item["id"])
    inputs = tuple(dict.fromkeys(each for each in item["inputs"] if each in known))
    given = item["release"]
    if given is None:
        return Item(item["id"], item["kind"], item["title"], own, inputs)
    release = AggregateRelease(
        str(given["id"]), str(given["item"]), marking_of(given["marking"], where=item["id"]),
        str(given["who"]), str(given["when"]), str(given["why"]),
    )  # fmt: skip
    return Item(item["id"], item["kind"], item["title"], own, (*inputs, _LEFT_OUT.id), release, is_aggregate=True)


def _files(view: PackView) -> Iterator[str]:
    owners: dict[str, list[ItemEntry]] = {}
    for item in view.items():
        for path in item["files"]:
            owners.setdefault(path, []).append(item)
    for path in view.files():
        if path in UNMARKED:
            continue
        if path not in owners:
            yield f"{quoted(path)} belongs to no item, so nothing says how it is marked"
            continue
        allowed = [view.marking_of(item) for item in owners[path]]
        slug = re.match(r"(?:.*/)?(TLP-[A-Z-]+)_", path)
        if slug is None or slug[1] not in {each.tlp.slug for each in allowed}:
            yield f"the name of {quoted(path)} does not show the marking of its item, {allowed[0].label}"
        if not path.startswith("attachments/"):  # they stay as they are
            yield from _inside(view, path, allowed)
    if "index.html" in view.files() and view.marking.label not in _text(view, "index.html"):
        yield f"index.html does not show the pack's marking, {view.marking.label}"


def _inside(view: PackView, path: str, allowed: list[Marking]) -> Iterator[str]:
    labels = {each.label for each in allowed}
    if path.endswith(".json"):
        try:
            document = json.loads(_text(view, path))
            said = marking_of(document.get("marking"), where=path).label if isinstance(document, dict) else ""
        except (ValueError, RecursionError, StopgapError) as error:
            yield f"{quoted(path)} says nothing of its marking: {str(error)[:120]}"
            return
        if said not in labels:
            yield f"{quoted(path)} says {said or 'no marking'}; its item is {sorted(labels)[0]}"
    elif path.endswith(".parquet"):
        said = (view.table(path).schema.metadata or {}).get(b"marking", b"").decode(errors="replace")
        if said not in labels:
            yield f"the metadata of {quoted(path)} say {said or 'no marking'}; its item is {sorted(labels)[0]}"
    elif path.endswith(_TEXT) and not any(label in _text(view, path) for label in labels):
        yield f"{quoted(path)} does not show its marking, {sorted(labels)[0]}"


def _text(view: PackView, path: str) -> str:
    return view.read(f"data/{path}").decode("utf-8", errors="replace")
