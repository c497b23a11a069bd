"""Typed documents of a pack, and the check that a document that was read has their fields and types.

The type checker covers documents that are written. Documents that are read come from other parties: :func:`read_as`
checks them before any use. Documents that are only compared field by field stay untyped mappings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from typing_extensions import TypedDict  # that of typing cannot be checked at run time before Python 3.12

from stopgap.base.errors import InputError
from stopgap.base.marking import MarkingEntry
from stopgap.base.vocab import LossKind
from stopgap.claims.register.goods_snapshot import FixedGoodsEntry

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Document = TypeVar("Document")


class Origin(TypedDict):
    """Owner and fingerprint of the key that signed the pack."""

    name: str
    fingerprint: str


class Software(TypedDict):
    """Software that made the pack; ``lock_sha256`` is the hash of its dependency lock file."""

    name: str
    version: str
    lock_sha256: str


class ReleaseEntry(TypedDict):
    """A decision to release an item."""

    id: str
    item: str
    marking: MarkingEntry
    why: str
    who: str
    when: str


class ItemEntry(TypedDict):
    """A piece of evidence, as listed in the table of contents."""

    id: str
    kind: str
    title: str
    marking: MarkingEntry
    own_marking: MarkingEntry | None
    inputs: list[str]
    files: list[str]
    release: ReleaseEntry | None


class LeftOutEntry(TypedDict):
    """Number of pieces of evidence of one kind that were withheld, and the reason."""

    kind: str
    reason: str
    count: int


class EvidenceDocument(TypedDict):
    """The table of contents of a pack, ``evidence.json``.

    :func:`~stopgap.evidence.packs.pack_format.evidence_faults` checks it.
    """

    format: str
    name: str
    episode: str
    as_of: str
    made_at: str
    marking: MarkingEntry
    origin: Origin
    software: Software
    items: list[ItemEntry]
    left_out: list[LeftOutEntry]
    releases: list[ReleaseEntry]


class AskedOptions(TypedDict):
    """Options with which the headline finding was measured."""

    goods: str | None
    baseline: list[str | None] | None
    after: list[str | None] | None
    frequency: str | None
    report: str


class RunEntry(TypedDict):
    """A recorded stage (SQL query), and the files of its small input tables and of its stored answer."""

    key: str
    stage: str
    sql: str
    params: dict[str, str | int | float | bool | None]
    tables: dict[str, str]
    answer: str | None
    answered_by: str


class Recipe(TypedDict):
    """Recorded queries on the lake: every run, and finding id -> key of the run that made its cells (``cells``)."""

    as_of: str
    options: AskedOptions
    others: list[str]
    findings: list[str]
    cells: dict[str, str]
    runs: list[RunEntry]


class NumberEntry(TypedDict):
    """One number of a finding."""

    name: str
    value: float | None
    unit: str
    denominator: str | None
    sql: str | None


class NumbersDocument(TypedDict):
    """The numbers of a finding one by one."""

    finding_id: str
    says: str
    numbers: list[NumberEntry]


class GoodsEntry(TypedDict):
    """One code of a goods list."""

    code: str
    description: str
    group: str


class GoodsDocument(TypedDict):
    """A goods list, and further names by which the episode refers to it (``called``)."""

    name: str
    version: str
    title: str
    revision: str
    items: list[GoodsEntry]
    source: str
    terms: str
    note: str
    sha256: str
    version_id: str
    called: list[str]


class PackedClaim(TypedDict):
    """A statement as it was registered; ``claim`` has the fields of a claim file and is parsed as one."""

    id: str
    title: str
    version: int
    claim: dict[str, Any]
    goods_fixed: list[FixedGoodsEntry]


class VerdictHead(TypedDict):
    """Fields that are read from a verdict; all others are only compared with the recomputed verdict."""

    claim_id: str
    verdict: str
    version: int


class FindingHead(TypedDict):
    """Fields that are read from a finding; all others are only compared with the recomputed finding."""

    finding_id: str
    episode: str
    goods: str
    goods_version: str
    as_of: str


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def read_as(kind: type[Document], document: object, *, where: str) -> Document:
    """Return a document after checking that it has the fields and types of ``kind``; further fields are ignored.

    Raises:
        InputError: A field is missing or of another type; ``what`` names it.
    """
    from pydantic import ValidationError

    try:
        _adapter(cast("Any", kind)).validate_python(document, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"]))
        says = {"Field required": "it is missing"}.get(first["msg"], first["msg"][:1].lower() + first["msg"][1:])
        raise InputError(
            f"the file is not what its place says: {f'field {field}' if field else 'as a whole'}: {says}",
            where=where,
            fix="ask the pack's maker for another",
        ) from error
    return cast("Document", document)


def owners_of(evidence: EvidenceDocument) -> dict[str, list[ItemEntry]]:
    """Map the path of each file, relative to ``data/``, to the items that it belongs to."""
    owners: dict[str, list[ItemEntry]] = {}
    for item in evidence["items"]:
        for path in item["files"]:
            owners.setdefault(path, []).append(item)
    return owners


def finding_title(loss_kind: object, goods: str) -> str:
    """Return the title of a finding from the kind of loss that its document states."""
    return f"{LossKind.of(loss_kind).noun} and backfill, {goods}"


def fields_of(document: Mapping[str, object]) -> Mapping[str, Any]:
    """Return a typed document as an untyped mapping, to look up fields by variable names."""
    return document


_INSTALLED = "requirements.txt"
_BESIDE = Path(__file__).parents[4] / "requirements" / "run.txt"


@cache
def lock_sha256() -> str:
    """Return the SHA-256 of this installation's dependency lock file; empty if the file is missing."""
    packed = resources.files("stopgap") / _INSTALLED
    for place in (packed, _BESIDE):
        if place.is_file():
            return hashlib.sha256(place.read_bytes()).hexdigest()
    return ""


def is_same_software(evidence: EvidenceDocument) -> bool:
    """Whether a pack states this version of Stopgap and these dependencies; an unknown lock hash counts as equal."""
    made = evidence["software"]
    locks = {made["lock_sha256"], lock_sha256()} - {""}
    return made["name"] == "stopgap" and made["version"] == version("stopgap") and len(locks) < 2
