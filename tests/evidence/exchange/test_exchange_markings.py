"""Random packs in every form: what carries an item's words carries a marking that lets nobody else see them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from examples import examples
from exchange_made import CLAIM, DECISION, FINDING, VERDICT, Made, alert_document, company, exposed
from hypothesis import given, settings
from hypothesis import strategies as st

from stopgap.base.marking import Marking, Tlp, parse_tlp
from stopgap.evidence.exchange import export
from stopgap.evidence.packs.view import PackView

STATES = frozenset({"DEU", "FRA"})
PACK = Marking(Tlp.RED, frozenset({"DEU"}))
MARKINGS = st.builds(Marking, st.sampled_from(list(Tlp)), st.none() | st.sampled_from([frozenset({"DEU"}), STATES]))
KINDS = st.sampled_from(["finding", "exposure", "claim", "verdict", "alert", "decision"])
CANARY = re.compile(r"canary(\d+)x")

Carried = Iterator[tuple[str, Marking]]
"""What one object of a form says, and its marking."""


@st.composite
def packs(draw: st.DrawFn) -> tuple[PackView, list[Marking]]:
    """A pack whose items each hold a word of their own, in every field of text; companies are shared among them."""
    made, markings = Made(PACK, left_out=[]), []
    for place, (kind, marking) in enumerate(draw(st.lists(st.tuples(KINDS, MARKINGS), min_size=1, max_size=6))):
        word = f"canary{place}x"
        markings.append(marking)
        shared = draw(st.sampled_from(["co-one", "co-two"]))
        made.add(
            "finding" if kind == "exposure" else kind,
            f"{kind}:{word}",
            marking,
            _document(kind, word, shared),
            title=f"a {kind} {word}",
            inputs=[item["id"] for item in made.items],
        )
    return made.view(), markings


def _document(kind: str, word: str, shared: str) -> dict[str, Any]:
    if kind == "exposure":
        row = company(1, company=shared, name=f"{word} Ltd", identifiers=(word,), economy="CHN")
        return exposed(companies=(row,), pairs=()).as_dict()
    return {
        "finding": {**FINDING, "goods": word, "warnings": [word]},
        "claim": {**CLAIM, "claim": {**CLAIM["claim"], "words": word}},
        "verdict": {**VERDICT, "because": word},
        "alert": alert_document(explanation=word, good=word),
        "decision": {**DECISION, "why": word},
    }[kind]


def _listed(text: str) -> Marking:
    """A marking from its label."""
    level, _, states = text.partition(" REL ")
    economies = None if not states else frozenset() if states == "nobody" else frozenset(states.split(", "))
    return Marking(parse_tlp(level), economies)


def _stix(view: PackView, form: str) -> Carried:
    found = json.loads(export(view, form))["objects"]
    names = {
        each["id"]: each["name"].replace("WHITE", "CLEAR") for each in found if each["type"] == "marking-definition"
    }
    for each in found:
        if each["type"] != "marking-definition":
            label = " ".join(names[ref] for ref in each["object_marking_refs"])
            yield json.dumps(each), _listed(label)


def _misp(view: PackView) -> Carried:
    event = json.loads(export(view, "misp"))["Event"]
    for each in (*event["Attribute"], *(part for made in event["Object"] for part in made["Attribute"])):
        level, *states = [tag["name"] for tag in each["Tag"]]
        listed = ", ".join(state.split('"')[1] for state in states)
        yield json.dumps(each), _listed(level.upper() + (f" REL {listed}" if listed else ""))
    for made in event["Object"]:
        bare = {key: value for key, value in made.items() if key != "Attribute"}
        yield json.dumps(bare), _listed(made["comment"].partition(" - ")[0])


def _ftm(view: PackView) -> Carried:
    for line in export(view, "ftm").decode().splitlines():
        level, *more = json.loads(line)["properties"]["keywords"]
        states = [each for each in more if each.startswith("REL ")]
        yield line, _listed(" ".join([level, *states]))


def _csv(view: PackView) -> Carried:
    for row in csv.DictReader(io.StringIO(export(view, "csv").decode())):
        yield json.dumps(row), _listed(row["marking"])


def _xlsx(view: PackView) -> Carried:
    book = openpyxl.load_workbook(io.BytesIO(export(view, "xlsx")))
    yield json.dumps([list(row) for row in book["Read me"].iter_rows(values_only=True)]), PACK
    for sheet in book.worksheets[1:]:
        _, _, head, *rows = (list(row) for row in sheet.iter_rows(values_only=True))
        for row in rows:
            yield json.dumps(row), _listed(row[head.index("marking")])


def _feed(view: PackView) -> Carried:
    for each in json.loads(export(view, "json-feed"))["items"]:
        yield json.dumps(each), _listed(" ".join(each["tags"]))


def _rss(view: PackView) -> Carried:
    from xml.etree import ElementTree

    for each in ElementTree.fromstring(export(view, "rss")).iter("item"):
        yield (
            ElementTree.tostring(each, "unicode"),
            _listed(" ".join(tag.text or "" for tag in each.iter("category"))),
        )


def _all(view: PackView) -> Iterator[tuple[str, Carried]]:
    yield "stix", _stix(view, "stix")
    yield "opencti", _stix(view, "opencti")
    yield "misp", _misp(view)
    yield "ftm", _ftm(view)
    yield "csv", _csv(view)
    yield "xlsx", _xlsx(view)
    yield "json-feed", _feed(view)
    yield "rss", _rss(view)


@pytest.mark.in_parts
@settings(max_examples=examples(60), deadline=None)
@given(packs())
def test_no_object_shows_an_item_to_whom_the_item_may_not_go(pack: tuple[PackView, list[Marking]]) -> None:
    view, markings = pack
    for form, carried in _all(view):
        seen = set()
        for text, marking in carried:
            for place in {int(each) for each in CANARY.findall(text)}:
                seen.add(place)
                assert markings[place].fits(marking), (form, place, marking.label, text)
        kinds = {"rss": ("alert",), "json-feed": ("alert",), "csv": ("finding", "verdict", "alert")}.get(form)
        for place, item in enumerate(view.items()):
            if kinds is None and (form != "xlsx" or item["kind"] != "decision"):
                assert place in seen, (form, item["id"])
            elif kinds is not None:
                assert (place in seen) == (item["kind"] in kinds), (form, item["id"])
