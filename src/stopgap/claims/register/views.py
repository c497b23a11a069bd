"""Views of the register: a list of claims, and one claim with its text, links and history."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from stopgap.base.errors import InputError, NotFoundError
from stopgap.base.marking import Markable
from stopgap.claims.claim_file import claim_document
from stopgap.claims.register.events import ACTIVE, RegisteredClaim, StoredText, Version
from stopgap.claims.register.register import find_claim
from stopgap.claims.register.request import ClaimFilter
from stopgap.claims.register.text_spans import Context, context_of
from stopgap.claims.register.texts import read_register, stored_text

_TESTED = ("version", "as_of", "episode", "verdict", "asserted", "reached", "because", "coverage", "software", "when")


@dataclass(frozen=True)
class ShownClaim(Markable):
    """One claim with its source text, links, history and notes.

    Attributes:
        version: The version shown.
        context: The words in their sentence; ``None`` where the text is not stored.
        text: The stored text that contains them; ``None`` without one.
        links_to: Links from it to other claims that the viewer sees: (relation, other).
        links_from: Links from other claims to it.
        notes: Caveats for readers.
    """

    entry: RegisteredClaim
    version: Version
    context: Context | None
    text: StoredText | None
    links_to: tuple[tuple[str, RegisteredClaim], ...]
    links_from: tuple[tuple[str, RegisteredClaim], ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The claim as ``claims show --format json`` prints it."""
        version = self.version
        seen = {other.id for _, other in self.links_to}
        claim = replace(version.claim, links=tuple(link for link in version.claim.links if link.claim in seen))
        return {
            "id": self.entry.id,
            "status": self.entry.status,
            "version": version.number,
            "versions": len(self.entry.versions),
            "claim": claim_document(claim),
            "goods_fixed": [{**each.as_dict(), "codes": [code for code, _ in each.codes]} for each in version.goods],
            "words_checked": version.is_checked,
            "context": None if self.context is None else asdict(self.context),
            "source": self.text.as_dict() if self.text else None,
            "links_to": [_link_row(relation, other) for relation, other in self.links_to],
            "links_from": [_link_row(relation, other) for relation, other in self.links_from],
            "registered": {"who": version.who, "when": version.when, "why": version.why, "yes": version.yes},
            "draft": version.draft,
            "history": self.entry.history(),
            "tests": [{name: event.get(name) for name in _TESTED} for event in self.entry.tests],
            "warnings": list(self.notes),
        }


def list_claims(lake: Path, wanted: ClaimFilter | None = None) -> list[RegisteredClaim]:
    """Claims of the register that match the filter, the latest statement first."""
    chosen = wanted or ClaimFilter()
    found = [entry for entry in read_register(lake).claims.values() if _is_wanted(chosen, entry)]
    return sorted(found, key=lambda entry: (entry.claim.said_on, entry.id), reverse=True)


def show_claim(lake: Path, wanted: str, *, version: int | None = None) -> ShownClaim:
    """One claim by id or id prefix, in its newest or an earlier version; NotFoundError if there is none."""
    register = read_register(lake)
    entry = find_claim(register, wanted)
    shown = _version(entry, version)
    words = shown.claim.words
    about = register.texts.get(words.sha256 or "")
    context, notes = _context(lake, shown, about)
    if shown.number != entry.current.number:
        notes = (*notes, f"version {shown.number} of {len(entry.versions)}; the newest differs")
    if entry.status != ACTIVE:
        last = entry.withdrawals[-1]
        notes = (*notes, f"withdrawn by {last.who} on {last.when}: {last.why}")
    return ShownClaim(
        entry=entry,
        version=shown,
        context=context,
        text=about,
        links_to=tuple(
            (str(link.relation), register.claims[link.claim])
            for link in shown.claim.links
            if link.claim in register.claims  # others are above the viewer's clearance
        ),
        links_from=tuple((relation, register.claims[other]) for relation, other in register.links_to(entry.id)),
        notes=notes,
    )


def _is_wanted(wanted: ClaimFilter, entry: RegisteredClaim) -> bool:
    claim = entry.claim
    actors = (claim.actor.upper(), claim.actor.removeprefix("companies:").upper())
    said_by = f"{claim.said_by.name} {claim.said_by.office or ''}".casefold()
    return (
        (wanted.withdrawn or entry.status == ACTIVE)
        and (wanted.actor is None or wanted.actor.upper() in actors)
        and (wanted.target is None or wanted.target.upper() == claim.target)
        and (wanted.speaker is None or wanted.speaker.casefold() in said_by)
        and (wanted.stance is None or wanted.stance == claim.stance)
    )


def _version(entry: RegisteredClaim, number: int | None) -> Version:
    if number is None:
        return entry.current
    if not 1 <= number <= len(entry.versions):
        raise NotFoundError(
            f"{entry.id} has no version {number}",
            where=f"the register has versions 1 to {len(entry.versions)}",
            fix=f"--version {len(entry.versions)} is the newest",
        )
    return entry.versions[number - 1]


def _context(lake: Path, version: Version, about: StoredText | None) -> tuple[Context | None, tuple[str, ...]]:
    """The sentence around the words, and notes; a damaged text gives a note and does not fail."""
    words = version.claim.words
    if about is None:
        return None, () if version.is_checked else ("the source text is not in the register: offsets unchecked",)
    if words.start is None or words.end is None:
        return None, ("the words are not placed in the text",)
    try:
        text = stored_text(lake, about)
    except InputError as error:
        return None, (f"{error.what} ({error.where})",)
    return context_of(text.text, words.start, words.end, body_start=text.body_start), ()


def _link_row(relation: str, other: RegisteredClaim) -> dict[str, Any]:
    return {
        "relation": relation,
        "claim": other.id,
        "title": other.claim.title,
        "said_by": other.claim.said_by.name,
        "said_on": other.claim.said_on,
        "status": other.status,
    }
