"""What the checks say of a pack, each in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.answers.documents import verification_document
from stopgap.api import Lake
from stopgap.base.marking import Marking
from stopgap.evidence import checks
from stopgap.evidence.packs.request import VerifyRequest
from stopgap.pages.views import PageContent

TITLES = {
    checks.ARCHIVE: "The archive is safe to read",
    checks.LAYOUT: "It is laid out as a pack",
    checks.FILES: "No file was added or taken away",
    checks.HASHES: "Each file is as it was signed",
    checks.SIGNATURE: "The signature is by the key that it names",
    checks.SIGNER: "The signer’s key is trusted here",
    checks.MARKING: "The markings hold together",
    checks.NAME: "It goes by its own name",
    checks.MEMBERS: "It holds only files that packs hold",
    checks.ACTIVE: "No file does anything when it is opened",
    checks.NUMBERS: "The numbers follow from the rows",
    checks.PAGES: "Its pages are those made from its data",
    checks.VERSIONS: "Which version of Stopgap made it",
}
"""Name of a check -> what it asks."""

_TAGS = {"holds": "good", "fails": "bad", "not trusted": "warn", "not run": "plain"}


@dataclass(frozen=True)
class CheckRow:
    """A check of a pack: its name, what it asks, its result in a word, and what was found."""

    name: str
    title: str
    result: str
    tag: str
    says: str
    details: tuple[str, ...] = ()


def check_rows(document: Sequence[Mapping[str, Any]]) -> tuple[CheckRow, ...]:
    """Return checks as rows, in their order."""
    return tuple(
        CheckRow(
            each["name"], TITLES.get(each["name"], each["name"]), each["result"], _TAGS.get(each["result"], "plain"),
            each["says"], tuple(detail for detail in each.get("details", ()) if detail != each["says"]),
        )
        for each in document
    )  # fmt: skip


def verification_page(lake: Lake, pack: Path) -> PageContent:
    """Return what the checks say of a file; nothing is kept.

    Raises:
        InputError: It is no pack at all.
        RefusedError: The trust store is not as it was written.
    """
    found = lake.packs.verify(pack, VerifyRequest())
    return checked_page(verification_document(found), found.marking)


def checked_page(document: Mapping[str, Any], marking: Marking | None) -> PageContent:
    """Return the result of a verification from its document."""
    rows = check_rows(document["checks"])
    held = sum(row.result == "holds" for row in rows)
    origin = document.get("origin") or {}
    facts = (
        ("Pack", document.get("name") or "cannot be told"),
        ("Signed by", origin.get("name") or "cannot be told"),
        ("Episode", document.get("episode") or "cannot be told"),
        ("Vintage", document.get("as_of") or "cannot be told"),
        ("Evidence up to", (document.get("made_at") or "cannot be told")[:10]),
        ("Marking", marking.label if marking else "cannot be told"),
        ("Keys as they stood on", document.get("on", "")),
    )
    return PageContent(
        template="packs/verified.html",
        title="Verification of a pack",
        marking=marking,
        nav="/packs",
        values={
            "holds": document["holds"],
            "counted": f"{held} of {len(rows)} checks hold",
            "checks": rows,
            "facts": facts,
            "error": document.get("error"),
            "file": Path(str(document.get("file", ""))).name,
        },
    )
