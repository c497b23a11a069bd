"""View of a pack's released content, from which exchange formats are made.

A view opens no file and checks no signature: its input is an archive that was read safely and verified. But it
enforces the pack's own marking: an item that may not be disclosed as far as the pack is refused, whoever included it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, cast

from stopgap.base.errors import InputError, NotFoundError, RefusedError, UsageError
from stopgap.base.marking import Marking, marking_of
from stopgap.evidence.packs.documents import EvidenceDocument, ItemEntry

if TYPE_CHECKING:
    import pyarrow as pa

Document = dict[str, Any]
"""The main JSON document of an item, of whatever kind."""

FORMAT = "stopgap-pack/1"
PAYLOAD = "data/"
CONTENTS = "evidence.json"

KINDS = (
    "receipt", "rows", "finding", "extract", "exposure", "claim", "verdict", "alert", "decision", "brief", "goods",
    "episode", "attachment",
)  # fmt: skip

_BESIDE = ("numbers", "sql", "rows", "inputs", "aggregates")
"""Folders of files that accompany the main document of an item."""


class Members(Protocol):
    """An archive that was read: the names of its members, and the bytes of each."""

    @property
    def names(self) -> Iterable[str]: ...

    def read(self, name: str) -> bytes: ...


@dataclass(frozen=True)
class PackView:
    """Content of a pack in which no item is marked above the pack.

    Attributes:
        names: Names of the archive's members.
        read: Returns the bytes of a member.
        evidence: Content of ``data/evidence.json``.
        made_at: Latest time in the pack's evidence, UTC.
    """

    names: tuple[str, ...]
    read: Callable[[str], bytes] = field(repr=False)
    evidence: EvidenceDocument = field(repr=False)
    marking: Marking
    made_at: datetime

    @property
    def name(self) -> str:
        return str(self.evidence["name"])

    @property
    def signer(self) -> tuple[str, str]:
        """Name and fingerprint of the signing key, as stated in the pack."""
        origin = self.evidence["origin"]
        return str(origin["name"]), str(origin["fingerprint"])

    def items(self, *kinds: str) -> list[ItemEntry]:
        """Return the items of these kinds in the order of the pack; all items if no kind is given."""
        return [item for item in self.evidence["items"] if not kinds or item["kind"] in kinds]

    def files(self) -> list[str]:
        """Return the paths of payload files, relative to ``data/``, sorted."""
        return sorted(name.removeprefix(PAYLOAD) for name in self.names if name.startswith(PAYLOAD))

    def marking_of(self, item: ItemEntry) -> Marking:
        """Return the marking in force of an item."""
        return marking_of(item["marking"], where=f"{CONTENTS}, {item['id']}")

    def document(self, item: ItemEntry) -> Document:
        """Return the main JSON document of an item; empty if it has none (rows, a brief in PDF, an attachment).

        Raises:
            InputError: The file is not a JSON object.
            NotFoundError: The file is not in the pack.
            RefusedError: The marking in the file is stricter than that of the item.
        """
        name = next((each for each in item["files"] if _is_document(each)), None)
        if name is None:
            return {}
        if name not in self._documents:
            self._documents[name] = self.json_file(name)
        document = self._documents[name]
        if not isinstance(document, dict):
            raise InputError("the document of an item is no object", where=name, fix="verify the pack")
        if "marking" in document:
            own = marking_of(document["marking"], where=name)
            if not own.fits(self.marking_of(item)):
                raise RefusedError(
                    f"the file is marked {own.label}, its item {self.marking_of(item).label}",
                    where=name,
                    fix="verify the pack, and ask its maker for another",
                )
        return document

    def json_file(self, name: str) -> Any:
        """Parse a JSON file of the payload, by its path relative to ``data/``; raises as :meth:`document`."""
        return _json(self._bytes(name), name)

    def table(self, name: str) -> pa.Table:
        """Read a Parquet file of the payload, by its path relative to ``data/``; raises as :meth:`document`."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.read_table(io.BytesIO(self._bytes(name)))
        except (pa.ArrowException, OSError) as error:
            raise InputError("the file is not Parquet", where=name, fix="verify the pack") from error

    @cached_property
    def _documents(self) -> dict[str, Any]:
        return {}

    def _bytes(self, name: str) -> bytes:
        if PAYLOAD + name not in self.names:
            raise NotFoundError("the pack has no such file", where=name, fix="verify the pack")
        return self.read(PAYLOAD + name)


def view_pack(pack: Mapping[str, bytes] | Members) -> PackView:
    """Return the view of a pack, given as bytes by member name or as an archive that was read.

    Raises:
        InputError: The table of contents is missing or invalid.
        RefusedError: An item may not be disclosed as far as the pack's marking allows.
    """
    if isinstance(pack, Mapping):
        names, read = tuple(pack), pack.__getitem__
    else:
        names, read = tuple(pack.names), pack.read
    if PAYLOAD + CONTENTS not in names:
        raise InputError(f"there is no {PAYLOAD}{CONTENTS}", where="pack", fix="give an evidence pack")
    evidence = _json(read(PAYLOAD + CONTENTS), CONTENTS)
    checked = _checked(evidence)
    try:
        marking = marking_of(checked["marking"], where=CONTENTS)
        for item in checked["items"]:
            own = marking_of(item["marking"], where=f"{CONTENTS}, {item['id']}")
            if not own.fits(marking):
                raise RefusedError(
                    f"an item marked {own.label} stands in a pack marked {marking.label}",
                    where=item["id"],
                    fix="nothing is made of such a pack: ask its maker for another",
                )
    except UsageError as error:
        raise InputError(error.what, where=error.where, fix=error.fix) from error
    return PackView(names, read, checked, marking, _moment(checked["made_at"]))


def _is_document(name: str) -> bool:
    return name.endswith(".json") and name.partition("/")[0] not in _BESIDE


def _checked(evidence: Any) -> EvidenceDocument:
    """Return the table of contents, after checking the fields that every user of a view relies on."""
    if not isinstance(evidence, dict) or evidence.get("format") != FORMAT:
        _fail(f"the table of contents is not of the form {FORMAT}")
    texts = ("name", "as_of", "made_at")
    origin = evidence.get("origin")
    if not isinstance(origin, dict) or not all(isinstance(origin.get(key), str) for key in ("name", "fingerprint")):
        _fail("origin has no name and fingerprint")
    if not all(isinstance(evidence.get(key), str) and evidence[key] for key in texts):
        _fail(f"one of {', '.join(texts)} is not a text")
    if not isinstance(evidence.get("items"), list):
        _fail("items are not a list")
    known = set()
    for item in evidence["items"]:
        if not isinstance(item, dict) or not all(isinstance(item.get(key), str) for key in ("id", "kind", "title")):
            _fail("an item has no id, kind and title")
        if item["kind"] not in KINDS:
            _fail(f"{item['kind'][:40]!r} is no kind of item")
        for key in ("inputs", "files"):
            if not isinstance(item.get(key), list) or not all(isinstance(each, str) for each in item[key]):
                _fail(f"{key} of {item['id'][:80]} are not texts")
        if item["id"] in known:
            _fail(f"{item['id'][:80]} stands there twice")
        known.add(item["id"])
    return cast("EvidenceDocument", evidence)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        _fail("made_at is no moment with its zone, such as 2026-07-01T12:00:00Z")
    return moment.astimezone(UTC)


def _json(content: bytes, name: str) -> Any:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no number of JSON")

    try:
        return json.loads(content.decode("utf-8"), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise InputError("the file is not JSON", where=name, fix="verify the pack") from error


def _fail(what: str) -> NoReturn:
    raise InputError(what, where=CONTENTS, fix="verify the pack")
