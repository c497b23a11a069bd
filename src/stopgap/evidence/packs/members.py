"""Classes of files in a pack, and how each is verified.

The table lists every class of file that a pack may hold; a file of no class fails the check ``members``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from stopgap.base.documents import json_bytes
from stopgap.evidence.active.attachments import KINDS, attachment_faults
from stopgap.evidence.active.html import html_faults
from stopgap.evidence.checks import quoted
from stopgap.evidence.packs.documents import owners_of
from stopgap.lake.schema import VIEW_COLUMNS

if TYPE_CHECKING:
    from stopgap.evidence.packs.view import PackView


class FileTrust(StrEnum):
    """How far the content of a file is checked when a pack is verified."""

    MADE_AGAIN = "made again from the pack's data, and compared byte for byte"
    DATA = "data: read by its schema, and what follows from other data measured again"
    SAID = "said by its maker: not checked"


@dataclass(frozen=True)
class MemberClass:
    """A class of files in a pack.

    Attributes:
        files: Regular expression for their names in the archive; ``TLP`` is a marking's slug, ``_`` and a name.
        kinds: Kinds of the items that they belong to; empty for files of the pack itself.
        known: How far their content is checked.
        why: How it is checked, or why not.
    """

    files: str
    kinds: tuple[str, ...]
    known: FileTrust
    why: str

    def names(self, name: str) -> bool:
        """Whether a file name belongs to this class."""
        return re.fullmatch(self.files.replace("TLP", r"TLP-[A-Z-]+_[^/]+"), name) is not None


MEMBERS = (
    MemberClass(r"bagit\.txt|(?:tag)?manifest-sha256\.txt", (), FileTrust.MADE_AGAIN, "checks layout, files and hashes"),
    MemberClass(r"bag-info\.txt", (), FileTrust.MADE_AGAIN, "from evidence.json and the files"),
    MemberClass(r"signature\.dsse\.json", (), FileTrust.DATA, "check signature"),
    MemberClass(r"data/evidence\.json", (), FileTrust.DATA, "check layout; titles follow from the documents"),
    MemberClass(r"data/ro-crate-metadata\.json", (), FileTrust.MADE_AGAIN, "from evidence.json and the files"),
    MemberClass(r"data/index\.html", (), FileTrust.MADE_AGAIN, "from evidence.json, findings and verdicts"),
    MemberClass(r"data/findings/TLP\.json", ("finding",), FileTrust.DATA, "measured again, numbers and text"),
    MemberClass(r"data/numbers/TLP\.json", ("finding",), FileTrust.DATA, "the finding's, each by its statement and measured again"),
    MemberClass(r"data/numbers/TLP\.csv", ("finding",), FileTrust.MADE_AGAIN, "from the JSON file beside it"),
    MemberClass(r"data/sql/TLP\.sql", ("finding",), FileTrust.MADE_AGAIN, "from the recipe and the numbers"),
    MemberClass(r"data/rows/TLP\.parquet", ("rows",), FileTrust.DATA, "columns; numbers follow from them"),
    MemberClass(r"data/rows/TLP\.csv", ("rows",), FileTrust.MADE_AGAIN, "from the Parquet file beside it"),
    MemberClass(r"data/aggregates/TLP\.json", ("rows",), FileTrust.DATA, "each run by its hash"),
    MemberClass(r"data/inputs/TLP\.parquet", ("rows",), FileTrust.DATA, "each by the hash that its run names"),
    MemberClass(r"data/aggregates/TLP\.parquet", ("rows",), FileTrust.SAID, "sums of rows that are not in the pack; what follows is measured again"),
    MemberClass(r"data/verdicts/TLP\.json", ("verdict",), FileTrust.DATA, "tested again, numbers and text"),
    MemberClass(r"data/goods/TLP\.json", ("goods",), FileTrust.DATA, "codes by their hash"),
    MemberClass(r"data/episode/TLP\.yml", ("episode",), FileTrust.DATA, "in its one form, without comments"),
    MemberClass(r"data/brief/TLP\.json", ("brief",), FileTrust.SAID, "what the brief is made from: its findings and verdicts are the pack's; series and pictures are said"),
    MemberClass(r"data/brief/TLP\.(?:html|md|pdf|xlsx)", ("brief",), FileTrust.MADE_AGAIN, "from the JSON file beside it"),
    MemberClass(r"data/claims/TLP\.json", ("claim",), FileTrust.SAID, "a statement as it was registered"),
    MemberClass(r"data/exposure/TLP\.json", ("exposure",), FileTrust.SAID, "rests on declarations that are not in the pack"),
    MemberClass(r"data/extracts/TLP\.json", ("extract",), FileTrust.SAID, "its numbers agree with each other; their rows may not leave"),
    MemberClass(r"data/alerts/TLP\.json", ("alert",), FileTrust.SAID, "raised on the maker's whole lake"),
    MemberClass(r"data/decisions/TLP\.json", ("decision",), FileTrust.SAID, "what people made of alerts"),
    MemberClass(r"data/receipts/TLP\.json", ("receipt",), FileTrust.SAID, "files that only their maker has"),
    MemberClass(r"data/attachments/TLP(?:\.\w+)?", ("attachment",), FileTrust.SAID, "files of the maker's own"),
)  # fmt: skip
"""All classes; the first that matches a name applies."""


def member_of(name: str) -> MemberClass | None:
    """Return the class of a file by its name in the archive; ``None`` if no class matches."""
    return next((each for each in MEMBERS if each.names(name)), None)


def listed_members(names: Iterable[str]) -> dict[str, list[str]]:
    """Group file names by how far they are checked: value of :class:`FileTrust` -> names."""
    found: dict[str, list[str]] = {known.value: [] for known in FileTrust}
    for name in names:
        member = member_of(name)
        if member is not None:
            found[member.known.value].append(name)
    return found


def member_faults(view: PackView) -> Iterator[str]:
    """Yield the files of no class, of a class that is not their item's, or not in the format of their class."""
    kinds = {f"data/{path}": {item["kind"] for item in items} for path, items in owners_of(view.evidence).items()}
    for name in view.names:
        member = member_of(name)
        if member is None:
            yield f"{quoted(name)} is of no kind that packs hold"
        elif kinds.get(name, set()) != set(member.kinds):
            yield f"{quoted(name)} does not belong to an item of its kind"
        elif name.startswith("data/") and name.endswith(".json") and "attachment" not in member.kinds:
            yield from _json_faults(name, view.read(name))
        elif (
            name.startswith("data/rows/")
            and name.endswith("_trade.parquet")
            and view.table(name.removeprefix("data/")).column_names != list(VIEW_COLUMNS)
        ):
            yield f"{quoted(name)} has other columns than the view trade"


def _json_faults(name: str, content: bytes) -> Iterator[str]:
    """Yield a fault unless a JSON document is in canonical form: no duplicate field, no redundant byte."""
    try:
        is_one_form = json_bytes(json.loads(content.decode("utf-8"))) == content
    except (ValueError, RecursionError):
        is_one_form = False
    if not is_one_form:
        yield f"{quoted(name)} is not JSON in its one form"


def active_faults(view: PackView) -> Iterator[str]:
    """Yield the active content of files: what they would do when opened, one line each."""
    for name in view.names:
        if name.startswith("data/"):
            yield from (f"{quoted(name)}: {fault}" for fault in _opened_faults(name, view.read(name)))


def _plain_faults(content: bytes) -> Iterator[str]:
    """Yield a fault unless a content is UTF-8 without byte order mark and NUL; data may quote markup."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        yield "it is not text in UTF-8"
        return
    if text.startswith("\ufeff") or "\0" in text:
        yield "it begins with a byte order mark, or holds a NUL"


_FAULTS: dict[str, Callable[[bytes], Iterable[str]]] = {
    **{ending: KINDS[ending] for ending in (".md", ".pdf", ".xlsx", ".csv", ".parquet")},
    **dict.fromkeys((".sql", ".yml", ".json"), _plain_faults),
    ".html": html_faults,
}
"""File extension -> check for active content in files of the pack itself (not attachments)."""


def _opened_faults(name: str, content: bytes) -> Iterable[str]:
    """Return what one file would do when opened, checked according to its folder and extension."""
    if name.startswith("data/attachments/"):
        return attachment_faults(name, content)
    ending = name[name.rfind(".") :]
    if ending not in _FAULTS:
        return [f"files that end in {ending[:20]} have no place in a pack"]
    return _FAULTS[ending](content)
