"""Markings that state who may see evidence: a level of TLP 2.0 (FIRST, August 2022) and a list of economies.

Both must allow a disclosure: the level, and the list of economies that an item may be released to. A list of
``None`` means that only the level decides; an empty list means release to no other economy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import reduce
from typing import Any, TypedDict

from stopgap.base.display.displayed import Displayed
from stopgap.base.errors import UsageError
from stopgap.base.near_names import did_you_mean


class MarkingEntry(TypedDict):
    """A marking as JSON: ``{"tlp": "TLP:GREEN", "releasable_to": ["DEU"] | null}``."""

    tlp: str
    releasable_to: list[str] | None


class Tlp(IntEnum):
    """Levels of TLP 2.0, the least strict first."""

    CLEAR = 0
    GREEN = 1
    AMBER = 2
    AMBER_STRICT = 3
    RED = 4

    @property
    def label(self) -> str:
        """Label as the standard writes it: ``TLP:AMBER+STRICT``."""
        return f"TLP:{self.name.replace('_', '+')}"

    @property
    def slug(self) -> str:
        """Form for file names: ``TLP-AMBER-STRICT``."""
        return f"TLP-{self.name.replace('_', '-')}"

    @property
    def allows(self) -> str:
        """Description of the disclosure that the level allows a receiver, in one line."""
        return _ALLOWS[self]


_ALLOWS = {
    Tlp.CLEAR: "no limit on disclosure",
    Tlp.GREEN: "limited disclosure, within the receiver's community",
    Tlp.AMBER: "limited disclosure, on a need-to-know basis within the receiver's organisation and its clients",
    Tlp.AMBER_STRICT: "limited disclosure, on a need-to-know basis within the receiver's organisation alone",
    Tlp.RED: "for the eyes and ears of individual recipients only, no further disclosure",
}


@dataclass(frozen=True)
class Marking:
    """Marking of evidence: a TLP level, and the economies to which it may be released.

    Attributes:
        tlp: TLP level.
        releasable_to: ISO3 codes, sorted when output; ``None`` if only the level decides.
    """

    tlp: Tlp
    releasable_to: frozenset[str] | None = None

    @property
    def label(self) -> str:
        """Label as pages show it: ``TLP:AMBER`` or ``TLP:AMBER REL DEU, FRA``; ``REL nobody`` for an empty list."""
        if self.releasable_to is None:
            return self.tlp.label
        return f"{self.tlp.label} REL {', '.join(sorted(self.releasable_to)) or 'nobody'}"

    def fits(self, audience: Marking) -> bool:
        """Return whether an item with this marking may be disclosed to an audience, such as put into a pack so marked.

        If the item has a list of economies, the audience must have one too, and all of its economies must be on it.
        """
        return self.tlp <= audience.tlp and self.is_releasable(audience)

    def is_releasable(self, audience: Marking) -> bool:
        """Return whether the list of economies allows the audience: there is none, or it has all of its economies."""
        if self.releasable_to is None:
            return True
        return audience.releasable_to is not None and audience.releasable_to <= self.releasable_to

    def as_dict(self) -> MarkingEntry:
        """Return the marking as JSON: ``{"tlp": "TLP:GREEN", "releasable_to": ["DEU"] | null}``."""
        return {
            "tlp": self.tlp.label,
            "releasable_to": None if self.releasable_to is None else sorted(self.releasable_to),
        }


CLEAR = Marking(Tlp.CLEAR)
"""Marking without any limit on disclosure."""


class Markable(Displayed):
    """Base class of results that carry a marking.

    Attributes:
        marking: Set when the API returns the result (:class:`stopgap.api.Lake`); not a field of its content.
    """

    marking: Marking | None = None


def strictest(markings: Iterable[Marking]) -> Marking:
    """Combine markings: the highest level, and the economies on every list; :data:`CLEAR` if there are none."""
    return reduce(_both, markings, CLEAR)


def _both(one: Marking, other: Marking) -> Marking:
    lists = [each.releasable_to for each in (one, other) if each.releasable_to is not None]
    return Marking(max(one.tlp, other.tlp), frozenset.intersection(*lists) if lists else None)


def parse_tlp(text: str, *, where: str = "--marking") -> Tlp:
    """Parse a TLP level in any common spelling: ``TLP:GREEN``, ``green``, ``amber+strict``, ``TLP-AMBER-STRICT``.

    Raises:
        UsageError: The text is not a level of TLP 2.0.
    """
    bare = re.sub(r"[\s:_+-]+", "_", text.strip().upper()).removeprefix("TLP_")
    try:
        return Tlp[bare]
    except KeyError:
        fix = "use CLEAR, GREEN, AMBER, AMBER+STRICT or RED"
        near = did_you_mean(bare.replace("_", "+"), ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"), most=1)
        fix = f"{near} U{fix[1:]}" if near else fix
        if bare == "WHITE":
            fix = "TLP 2.0 calls it CLEAR"
        raise UsageError(f"{text[:60]!r} is no marking of TLP 2.0", where=where, fix=fix) from None


def parse_economies(text: str | Iterable[str], *, where: str = "--releasable-to") -> frozenset[str]:
    """Parse ISO3 codes from a list, or from text separated by commas.

    Raises:
        UsageError: A code does not have the form of an ISO3 code, or there is none.
    """
    given = re.split(r"[,\s]+", text) if isinstance(text, str) else list(text)
    codes = frozenset(code.strip().upper() for code in given if code.strip())
    wrong = sorted(code for code in codes if not re.fullmatch(r"[A-Z][A-Z0-9]{2}", code))
    if wrong or not codes:
        what = f"{wrong[0][:20]!r} is no ISO3 code" if wrong else "no economy is named"
        raise UsageError(what, where=where, fix="give ISO3 codes parted by commas, such as DEU,FRA")
    return codes


def parse_marking(text: str, releasable_to: str | Iterable[str] | None = None, *, where: str = "--marking") -> Marking:
    """Parse a marking from text, as given on the command line and in files.

    Raises:
        UsageError: The level or an economy is invalid, or the list of economies is empty.
    """
    return Marking(parse_tlp(text, where=where), None if releasable_to is None else parse_economies(releasable_to))


def marking_of(document: Any, *, where: str) -> Marking:
    """Parse a marking from its JSON, which must be exactly as :meth:`Marking.as_dict` writes it.

    Raises:
        UsageError: The document is invalid: another spelling or type, or an invalid ISO3 code.
    """
    if isinstance(document, dict) and set(document) == {"tlp", "releasable_to"}:
        level, codes = document["tlp"], document["releasable_to"]
        known = {tlp.label: tlp for tlp in Tlp}
        if isinstance(level, str) and level in known:
            if codes is None:
                return Marking(known[level])
            if isinstance(codes, list) and all(isinstance(code, str) for code in codes):
                economies = parse_economies(codes, where=where) if codes else frozenset[str]()
                if sorted(economies) == codes:
                    return Marking(known[level], economies)
    raise UsageError("the marking is not known", where=where, fix="it must be one of TLP 2.0, with ISO3 codes")


def says_marking(name: str, marking: Marking) -> bool:
    """Return whether a file name contains the level of a marking, such as ``TLP-AMBER``."""
    found = re.search(rf"(?<![A-Z]){marking.tlp.slug}(?![A-Z])(?!-STRICT)", name.upper())
    return found is not None
