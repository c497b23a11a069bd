"""Documents of a pack are looked at before they are used: a field that is missing or of another type is named."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from stopgap.base.errors import InputError
from stopgap.evidence.packs.documents import (
    FindingHead,
    GoodsDocument,
    NumbersDocument,
    PackedClaim,
    Recipe,
    VerdictHead,
    read_as,
)

RUN = {
    "key": "k", "stage": "cells", "sql": "SELECT 1", "params": {"flow": "X", "first": 2020, "share": 0.5, "none": None},
    "tables": {"wanted": "inputs/a.parquet"}, "answer": None, "answered_by": "rows",
}  # fmt: skip
SAMPLES: dict[type, dict[str, Any]] = {
    Recipe: {
        "as_of": "v1",
        "options": {"goods": None, "baseline": ["2020-01", None], "after": None, "frequency": "A", "report": "reported"},
        "others": ["chips"],
        "findings": ["sha256:1"],
        "cells": {"sha256:1": "k"},
        "runs": [RUN],
    },
    NumbersDocument: {
        "finding_id": "sha256:1",
        "says": "of the cells",
        "numbers": [{"name": "a", "value": 1, "unit": "ratio", "denominator": None, "sql": None}],
    },
    GoodsDocument: {
        "name": "own", "version": "1", "title": "Own", "revision": "HS2022", "source": "", "terms": "", "note": "",
        "items": [{"code": "84", "description": "Machines", "group": ""}], "sha256": "0", "version_id": "1+0", "called": [],
    },
    PackedClaim: {
        "id": "c-1", "title": "t", "version": 1, "claim": {"actor": "CHN"},
        "goods_fixed": [{
            "named": "own", "list": "own", "breadth": None, "version": "1+0", "title": "Own", "revision": "HS2022",
            "sha256": "0", "codes": [["84", ""]],
        }],
    },
    VerdictHead: {"claim_id": "c-1", "verdict": "partly", "version": 1},
    FindingHead: {"finding_id": "sha256:1", "episode": "e", "goods": "own", "goods_version": "1+0", "as_of": "v1"},
}  # fmt: skip


def _places(document: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place of a document but those within a claim, whose fields are a claim file's, and free mappings."""
    within = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for name, each in within:
        yield (*at, name)
        if name not in ("claim", "params", "tables", "cells"):
            yield from _places(each, (*at, name))


def _changed(document: Any, place: tuple[str | int, ...], value: Any = None, *, gone: bool = False) -> Any:
    made = copy.deepcopy(document)
    holder = made
    for name in place[:-1]:
        holder = holder[name]
    if gone:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return made


CASES = [
    pytest.param(kind, place, id=f"{kind.__name__}.{'.'.join(map(str, place))}")
    for kind, document in SAMPLES.items()
    for place in _places(document)
]


@pytest.mark.parametrize("kind", SAMPLES, ids=lambda kind: kind.__name__)
def test_a_document_is_read_as_it_is(kind: type) -> None:
    given = {**SAMPLES[kind], "marking": {"tlp": "TLP:CLEAR"}, "more": 1}
    assert read_as(kind, given, where="x.json") is given


@pytest.mark.parametrize(("kind", "place"), CASES)
def test_another_type_is_refused_with_its_place(kind: type, place: tuple[str | int, ...]) -> None:
    wrongs = (object(), [object()]) if place == ("claim",) else (object(), {"x": object()}, [object()])
    for wrong in wrongs:
        with pytest.raises(InputError) as caught:
            read_as(kind, _changed(SAMPLES[kind], place, wrong), where="goods/x.json")
        assert f"field {'.'.join(map(str, place))}" in caught.value.what
        assert caught.value.where == "goods/x.json"
        assert caught.value.fix


@pytest.mark.parametrize(("kind", "place"), [case for case in CASES if isinstance(case.values[1][-1], str)])
def test_a_missing_field_is_refused_with_its_place(kind: type, place: tuple[str | int, ...]) -> None:
    with pytest.raises(InputError, match=f"field {'.'.join(map(str, place))}: it is missing"):
        read_as(kind, _changed(SAMPLES[kind], place, gone=True), where="x.json")


@pytest.mark.parametrize("document", [None, [], "text", 1])
def test_what_is_no_object_is_refused(document: object) -> None:
    with pytest.raises(InputError, match="not what its place says: as a whole"):
        read_as(Recipe, document, where="x.json")


def test_text_is_no_number_and_a_number_no_text() -> None:
    for place, wrong in ((("version",), "1"), (("id",), 1)):
        with pytest.raises(InputError):
            read_as(PackedClaim, _changed(SAMPLES[PackedClaim], place, wrong), where="x.json")
