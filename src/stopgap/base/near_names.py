"""Find the known names that are nearest to one that is not known, for the fix that an error gives."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

MOST = 3
"""Most names that a fix gives."""

_LIKE = 0.67
_BEHIND = 0.15  # names that are alike less than the nearest by more than this are not near
_LONGEST = 200  # characters of a name that are compared


def near_names(text: str, names: Iterable[str], *, most: int = MOST) -> list[str]:
    """Return up to ``most`` of the names, nearest first: equal but for case, accents and hyphens; begun alike; spelled alike."""
    import difflib

    known = {name: _plain(name) for name in names}
    wanted = _plain(text)
    if not wanted:
        return []
    equal = [name for name, plain in known.items() if plain == wanted]
    if equal:
        return equal[:most]
    begun = [name for name, plain in known.items() if len(wanted) >= 3 and plain.startswith(wanted)]
    held = [name for name, plain in known.items() if len(wanted) >= 4 and wanted in plain]
    matcher = difflib.SequenceMatcher()
    matcher.set_seq2(wanted)
    ratio: dict[str, float] = {}
    for plain in set(known.values()):
        matcher.set_seq1(plain)
        may_be = matcher.real_quick_ratio() >= _LIKE and matcher.quick_ratio() >= _LIKE
        ratio[plain] = matcher.ratio() if may_be else 0.0
    least = max(_LIKE, max(ratio.values(), default=0.0) - _BEHIND)
    alike = sorted((-ratio[plain], name) for name, plain in known.items() if ratio[plain] >= least)
    return list(dict.fromkeys([*begun, *(name for _, name in alike), *held]))[:most]


def did_you_mean(text: str, names: Iterable[str], *, most: int = MOST) -> str:
    """Return ``did you mean A, B or C?`` with the nearest names; empty where none is near."""
    found = near_names(text, names, most=most)
    return f"did you mean {one_of(found)}?" if found else ""


def one_of(names: list[str]) -> str:
    """Return names as a choice: ``A, B or C``."""
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def _plain(text: str) -> str:
    """Return a text without case and accents, with one hyphen for each blank, hyphen and underscore."""
    letters = unicodedata.normalize("NFKD", text[:_LONGEST]).casefold()
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return "-".join(kept.replace("_", " ").replace("-", " ").split())
