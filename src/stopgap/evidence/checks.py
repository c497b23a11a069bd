"""What a verification of a pack found: one named check after the other, each in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

ARCHIVE, LAYOUT, FILES, HASHES, SIGNATURE = "archive", "layout", "files", "hashes", "signature"
"""Checks of the container (:mod:`stopgap.evidence.packs.pack_format`)."""
SIGNER, MARKING, NAME, NUMBERS, VERSIONS = "signer", "marking", "name", "numbers", "versions"
MEMBERS, ACTIVE, PAGES = "members", "active", "pages"
"""Checks of what the pack says."""
CONTAINER_CHECKS = (ARCHIVE, LAYOUT, FILES, HASHES, SIGNATURE)
ALL_CHECKS = (*CONTAINER_CHECKS, SIGNER, MARKING, NAME, MEMBERS, ACTIVE, NUMBERS, PAGES, VERSIONS)
"""In the order in which they run and are shown."""

NOT_TRUSTED = "not trusted"

DETAILS_SHOWN = 50


@dataclass(frozen=True)
class PackCheck:
    """One check.

    Attributes:
        name: One of :data:`ALL_CHECKS`.
        says: One line: what holds, or the first thing that does not.
        details: All that is wrong, one line each; at most :data:`DETAILS_SHOWN`, and how many more.
        ran: ``False`` where it could not be asked, because of what an earlier check found: neither good nor bad.
    """

    name: str
    holds: bool
    says: str
    details: tuple[str, ...] = ()
    ran: bool = True

    @property
    def result(self) -> str:
        """In one or two words: ``holds``, ``fails``, ``not run``, or ``not trusted``: what it is about could not be compared."""
        if self.name == PAGES and not self.ran and self.says.startswith(NOT_TRUSTED):
            return NOT_TRUSTED
        return "holds" if self.holds else "fails" if self.ran else "not run"

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "name": self.name, "result": self.result, "holds": self.holds, "ran": self.ran, "says": self.says, "details": list(self.details),
        }  # fmt: skip


def checked(name: str, faults: Sequence[str], good: str) -> PackCheck:
    """A check that ran: it holds, and says ``good``, where there are no faults (one line each)."""
    if not faults:
        return PackCheck(name, True, good)
    more = len(faults) - DETAILS_SHOWN
    details = (*faults[:DETAILS_SHOWN], *([f"and {more} more"] if more > 0 else []))
    return PackCheck(name, False, faults[0], details)


def not_run(name: str, because: str) -> PackCheck:
    """A check that could not be asked."""
    return PackCheck(name, False, f"not run: {because}", ran=False)


def first_failed(checks: Iterable[PackCheck]) -> PackCheck | None:
    """The first check that ran and does not hold; where there is none, the first that could not run; else ``None``."""
    broken = [check for check in checks if not check.holds]
    return next((check for check in broken if check.ran), broken[0] if broken else None)


def quoted(text: str, most: int = 120) -> str:
    """A text of unknown origin for one line of a message: in quotes, what cannot be seen as its code, cut to ``most``."""
    seen = "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text[:most])
    return f'"{seen}"' + ("…" if len(text) > most else "")
