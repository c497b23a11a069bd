"""The brief of a pack: its data model as JSON, and the four formats that are rendered from that JSON alone."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.base.documents import json_bytes
from stopgap.base.marking import CLEAR, Marking
from stopgap.briefs.model import BriefModel
from stopgap.briefs.render import render_all

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMS = ("html", "md", "pdf", "xlsx")
MADE_FROM = "json"


@cache
def _adapter() -> TypeAdapter[BriefModel]:
    from pydantic import TypeAdapter

    return TypeAdapter(BriefModel)


def brief_files(model: BriefModel) -> dict[str, bytes]:
    """Return the brief in every format and its data model, by file extension; ValueError if a number is not finite."""
    document = json_bytes({**brief_document(model), "marking": model.marking.as_dict()})
    # made from what a reader will have: a whole number may be read as another type than it was written from
    return {**brief_forms(brief_from(json.loads(document), model.marking)), MADE_FROM: document}


def brief_forms(model: BriefModel) -> dict[str, bytes]:
    """Render the brief in every format; contents by file extension."""
    with tempfile.TemporaryDirectory(prefix="stopgap-pack-") as folder:
        made = render_all(model, Path(folder), "brief")
        return {ending: path.read_bytes() for ending, path in made.items()}


def brief_document(model: BriefModel) -> dict[str, Any]:
    """Return the data model of a brief as JSON, without its marking, which the file itself carries.

    The marking is omitted because its economies are a set, which has no order.
    """
    document: dict[str, Any] = _adapter().dump_python(replace(model, marking=CLEAR), mode="json")
    del document["marking"]
    return document


def brief_from(document: Mapping[str, Any], marking: Marking) -> BriefModel:
    """Parse the data model of a brief from its JSON; ValueError if a field is missing or of another type."""
    return replace(_adapter().validate_python({**document, "marking": CLEAR}, strict=False), marking=marking)
