"""Codes written in place of a goods list (``8542,845710``): parsed, and the HS revision that they are read in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stopgap.base.errors import GoodsError
from stopgap.codes.commodities import REVISIONS, describe_code, is_code, subheadings

MOST_CODES = 20
"""Most codes that a text may hold: the name of the list holds them all, and files are named by it."""

LENGTHS = (2, 4, 6, 8)
_COMMAS = re.compile(r"(?:(HS\d{4}):)?\s*\d{1,12}(?:\s*,\s*\d{1,12})*\s*,?\s*", re.IGNORECASE)
_NAME = re.compile(r"(hs\d{4})((?:-\d{2,8})+)")
_NEAREST = 4
_BEFORE = re.compile(r"(?:HS|CN)[ -]?(?=\d)", re.IGNORECASE)
_GROUPED = re.compile(r"(?:\d{2}[. ]\d{2}|\d{4})(?:[. ]\d{2}){0,3}")


@dataclass(frozen=True, slots=True)
class CodeText:
    """Codes read from a text.

    Attributes:
        name: Name of the list: revision and codes, such as ``hs2022-8542-845710``; it is read as a text of codes too.
        revision: HS revision in which they are read.
        codes: The codes, sorted.
        note: Why an older revision is taken than the newest; empty if it was stated or is the newest.
    """

    name: str
    revision: str
    codes: tuple[str, ...]
    note: str


def is_code_text(text: str) -> bool:
    """Whether a text is codes: digits with commas between, with a revision before or not; or the name of such a list."""
    return bool(_COMMAS.fullmatch(_digits_alone(text)) or _NAME.fullmatch(text.strip().lower()))


def _digits_alone(text: str) -> str:
    """Return codes without what tariffs write in them: ``HS`` before, dots or blanks between digits (``HS 8542.31``).

    A revision (``HS2017``) is not a code with ``HS`` before it.
    """
    if _NAME.fullmatch(text.strip().lower()):
        return text.strip()
    stated, colon, after = text.strip().rpartition(":")
    codes = []
    for code in after.split(","):
        bare = code.strip() if code.strip().upper() in REVISIONS else _BEFORE.sub("", code.strip(), count=1)
        codes.append(re.sub("[. ]", "", bare) if _GROUPED.fullmatch(bare) else bare)
    return f"{stated}{colon}{','.join(codes)}"


def joined_codes(goods: str | Sequence[str] | None) -> str | None:
    """Return goods as one text: codes given apart (``["8542", "845710"]``) are joined with commas."""
    return goods if goods is None or isinstance(goods, str) else ",".join(str(code).strip() for code in goods)


def read_codes(text: str) -> CodeText:
    """Read a text of codes in the revision that it states, else in the newest one that has them all.

    Raises:
        GoodsError: A code is not one of 2, 4, 6 or 8 digits, stands twice, or is in no revision; or no revision has all.
    """
    where = f"goods {text.strip()[:80]}"
    stated, codes = _parts(_digits_alone(text))
    if stated is not None and stated not in REVISIONS:
        raise GoodsError(f"{stated!r} is not an HS revision", where=where, fix=f"use one of {', '.join(REVISIONS)}")
    for code in codes:
        if len(code) not in LENGTHS:
            what = "has lost a leading zero, or is not whole" if len(code) < max(LENGTHS) else "is too long"
            fix = f"write 0{code}, or a code of 2, 4, 6 or 8 digits"
            raise GoodsError(f"{code!r} {what}", where=where, fix=fix if len(code) < max(LENGTHS) else "use HS2 to CN8")
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise GoodsError(f"{twice[0]} stands twice", where=where, fix="keep one of them")
    if len(codes) > MOST_CODES:
        fix = "write them in a file with the header code,description, and give its path"
        raise GoodsError(f"{len(codes)} codes, and {MOST_CODES} may be written here", where=where, fix=fix)
    revision = _revision(codes, stated, where)
    newest = REVISIONS[-1]
    older = [code for code in codes if not is_code(code, newest)]
    note = ""
    if older and stated is None:
        note = f"{', '.join(older)}: not in {newest}, so the codes are read in {revision}"
    ordered = tuple(sorted(codes))
    return CodeText("-".join((revision.lower(), *ordered)), revision, ordered, note)


def _parts(text: str) -> tuple[str | None, list[str]]:
    """Return the revision that a text states, if any, and its codes."""
    if found := _NAME.fullmatch(text.lower()):
        return found[1].upper(), found[2].strip("-").split("-")
    before, colon, after = text.rpartition(":")
    return before.strip().upper() if colon else None, [code.strip() for code in after.split(",") if code.strip()]


def _revision(codes: Sequence[str], stated: str | None, where: str) -> str:
    """Return the revision stated, or the newest with all codes; GoodsError if a code is not in it."""
    for revision in (stated,) if stated else reversed(REVISIONS):
        if all(is_code(code, revision) for code in codes):
            return revision
    for code in codes:
        holding = [revision for revision in REVISIONS if is_code(code, revision)]
        if not holding:
            raise GoodsError(f"{code} is not a code of the Harmonized System", where=where, fix=_near(code))
        if stated and stated not in holding:
            fix = f"it is a code of {' and '.join(holding)}: write {holding[-1]}:{code}, or leave the revision out"
            raise GoodsError(f"{code} is not a code of {stated}", where=where, fix=fix)
    raise GoodsError(
        "no HS revision has all of these codes",
        where=where,
        fix="; ".join(f"{code}: {', '.join(r for r in REVISIONS if is_code(code, r))}" for code in codes)
        + ". Ask for those of one revision at a time",
    )


def _near(code: str) -> str:
    """Return a hint with the nearest known codes: of the longest part of the code that is known, else of like spelling."""
    newest = REVISIONS[-1]
    for end in (4, 2):
        within = subheadings(code[:end], newest) if len(code) > end else ()
        if within:
            like = sorted(within, key=lambda each: (-_shared(each, code), abs(int(each) - int(code[:6].ljust(6, "0")))))
            named = [f"{each} ({_short(each)})" for each in sorted(like[:_NEAREST])]
            return f"nearest in {newest}: {', '.join(named)}"
    return "chapters run from 01 to 97; write leading zeros (stopgap goods show CODE describes one)"


def _shared(one: str, other: str) -> int:
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _short(code: str) -> str:
    text = describe_code(code, REVISIONS[-1]) or ""
    return text if len(text) <= 48 else f"{text[:46].rstrip()}…"
