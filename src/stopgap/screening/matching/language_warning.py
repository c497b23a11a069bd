"""Warn of names in a language or script in which the lists hold next to no names, so that no match says little."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stopgap.screening.names.languages import NAMES, PUBLIC_BODIES, Tongue, tongue_of

LEAST_SHARE = 1 / 10_000
"""Share of the names of the lists from which a language counts as held."""


@dataclass(frozen=True, slots=True)
class UnheldLanguage:
    """A name in a language or script in which the lists hold ``held`` of ``names`` names, next to none."""

    tongue: Tongue
    held: int
    names: int

    def says(self) -> str:
        """Return the warning as a sentence."""
        tongue = self.tongue
        of_body = tongue.is_public_body and tongue.language is not None
        count = f"{self.held:,}" if self.held else "none"
        told = f" ({tongue.hint})" if tongue.hint else ""
        verb = "is" if self.held <= 1 else "are"
        body = "of a public body " if of_body else ""
        how = (
            "it is compared word by word and not translated" if tongue.language else "it is compared by transliteration"
        )
        return (
            f"the name is in {tongue.name}{told}, and of the {self.names:,} names on the lists asked {count} {verb} {body}"
            f"in {tongue.name}: {how}, so look its English name up too"
        )


def unheld_language(name: str, held: Mapping[str, int]) -> UnheldLanguage | None:
    """Return the warning on a name; ``None`` where its language is not told, or the lists hold names in it.

    ``held`` are counts of the names of the lists, as :func:`stopgap.screening.names.languages.count_tongues` returns
    them. For a name of a public body, names of public bodies count alone: those of companies do not find it.
    """
    tongue = tongue_of(name)
    if tongue.name is None:
        return None
    of_body = tongue.is_public_body and tongue.language is not None
    count = held.get(f"{tongue.name}, {PUBLIC_BODIES}" if of_body else tongue.name, 0)
    names = held.get(NAMES, 0)
    return UnheldLanguage(tongue, count, names) if count <= names * LEAST_SHARE else None
