"""Register of statements: register, change and withdraw claims; nothing is ever deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stopgap.base.errors import InputError, NotFoundError, RefusedError, UsageError
from stopgap.base.event_log import Event
from stopgap.base.marking import Markable
from stopgap.claims.claim import Claim
from stopgap.claims.claim_file import claim_document
from stopgap.claims.register.events import (
    ACTIVE,
    FieldChange,
    Register,
    RegisteredClaim,
    changes,
    claim_id,
    register_of,
)
from stopgap.claims.register.goods_snapshot import fix_goods
from stopgap.claims.register.text_spans import place_words
from stopgap.claims.register.texts import LOG, read_register, store_text, stored_text
from stopgap.sources.texts import SourceText

REGISTERED = "registered"
CHANGED = "changed"
UNCHANGED = "unchanged"
RESTORED = "restored"


@dataclass(frozen=True)
class Registration(Markable):
    """Outcome of registering a claim.

    Attributes:
        outcome: ``registered``, ``changed`` (a new version), ``unchanged`` (already registered) or ``restored`` (it had
            been withdrawn).
        changed: Fields that the new version changed.
        notes: Caveats for readers.
    """

    entry: RegisteredClaim
    outcome: str
    changed: tuple[FieldChange, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Outcome as ``claims register --format json`` prints it."""
        current = self.entry.current
        return {
            "id": self.entry.id,
            "outcome": self.outcome,
            "version": current.number,
            "claim": claim_document(self.entry.claim),
            "goods": [
                {"named": each.named, "list": each.list, "breadth": each.breadth, "version": each.version}
                for each in current.goods
            ],
            "changed": [change.as_dict() for change in self.changed],
            "words_checked": current.is_checked,
            "warnings": list(self.notes),
        }


def register_claim(
    lake: Path,
    claim: Claim,
    *,
    who: str,
    when: str,
    text: SourceText | None = None,
    draft: Mapping[str, Any] | None = None,
    why: str | None = None,
    yes: str | None = None,
) -> Registration:
    """Register a claim as a new one or as a new version; an identical claim changes nothing.

    Its goods lists are fixed by version, hash and codes, its source text is stored, and its words are checked against
    that text (``text``, or the one stored under the claim's hash). A new version with other words or another speaker
    must have the ``id`` of the claim. A change needs a reason (``why``, else UsageError); a draft, which is stored with
    the claim, needs the name of the person who approved it (``yes``, else RefusedError).
    """
    if draft is not None and not (yes or "").strip():
        raise RefusedError(
            "a draft is not registered without a person's yes",
            where=claim.title,
            fix="look at it, and say yes (--yes, or at the prompt)",
        )
    where = claim.id or claim.title
    with LOG.writing(lake) as log:
        events = log.events()
        register = register_of(events)
        entry = _entry(register, claim)
        bound, source, notes = _bound(lake, register, entry, claim, text, where)
        _check_links(register, bound, entry, where)
        before = entry.current.goods if entry else ()
        bound, goods = fix_goods(bound, before, where=where)
        bound = replace(bound, id=entry.id if entry else claim_id(claim))
        changed = changes(entry.claim, bound) if entry else ()
        outcome = REGISTERED if entry is None else CHANGED if changed else UNCHANGED
        if entry is not None and entry.status != ACTIVE:
            outcome = RESTORED
        if outcome == UNCHANGED and entry is not None:
            return Registration(entry, outcome, (), notes)
        if outcome != REGISTERED and not (why or "").strip():
            raise UsageError(
                f"{bound.id} is in the register, and differs in {', '.join(each.field for each in changed)}"
                if changed
                else f"{bound.id} was withdrawn",
                where="--why",
                fix="say in a sentence why it changes (--why TEXT)",
            )
        if entry is None:
            notes = (*notes, *_twins(register, bound))
        event: Event = {
            "event": "registered",
            "id": bound.id,
            "version": entry.current.number + 1 if entry else 1,
            "claim": claim_document(bound),
            "goods": [each.as_dict() for each in goods],
            "who": who,
            "when": when,
            "why": (why or "").strip() or None,
            "yes": (yes or who).strip(),
            "draft": dict(draft) if draft is not None else None,
            "is_checked": source is not None and bound.words.start is not None,
        }
        stored = []
        if source is not None and source.sha256 not in register.texts:
            stored = [store_text(lake, source, who=who, when=when)]
        log.append([*stored, event])
        made = register_of([*events, event]).claims[str(bound.id)]
    return Registration(made, outcome, changed, notes)


def withdraw_claim(lake: Path, wanted: str, *, who: str, when: str, why: str) -> RegisteredClaim:
    """Withdraw a claim; it stays in the register with its versions."""
    if not why.strip():
        raise UsageError("a withdrawal needs its reason", where="--why", fix="say in a sentence why")
    with LOG.writing(lake) as log:
        entry = find_claim(register_of(log.events_seen()), wanted)
        if entry.status != ACTIVE:
            last = entry.withdrawals[-1]
            raise RefusedError(
                f"{entry.id} is withdrawn already",
                where=f"by {last.who} on {last.when}: {last.why}",
                fix="register its claim file again to bring it back",
            )
        log.append([{"event": "withdrawn", "id": entry.id, "who": who, "when": when, "why": why.strip()}])
        return register_of(log.events_seen()).claims[entry.id]


def find_claim(register: Register, wanted: str) -> RegisteredClaim:
    """Find a claim by its id or an id prefix (at least 4 characters); NotFoundError if none or several match."""
    if wanted in register.claims:
        return register.claims[wanted]
    found = [entry for name, entry in register.claims.items() if len(wanted) >= 4 and name.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    raise NotFoundError(
        f"{len(found)} claims begin with {wanted!r}" if found else f"no claim {wanted!r} is registered",
        where="the register of statements",
        fix="stopgap claims list --all shows the ids",
    )


def registered_claim(lake: Path, wanted: str) -> RegisteredClaim:
    """Find a claim in a lake's register; see :func:`find_claim`."""
    return find_claim(read_register(lake), wanted)


def _entry(register: Register, claim: Claim) -> RegisteredClaim | None:
    """Registered claim that this one repeats or changes; ``None`` where it is new."""
    own = claim_id(claim)
    if claim.id is None or claim.id == own:
        return register.claims.get(own)
    if claim.id not in register.claims:
        raise NotFoundError(
            f"no claim {claim.id!r} is registered",
            where=f"{claim.title}, field id",
            fix="leave id out of a new claim; stopgap claims list --all shows the ids",
        )
    return register.claims[claim.id]


def _bound(
    lake: Path, register: Register, entry: RegisteredClaim | None, claim: Claim, text: SourceText | None, where: str
) -> tuple[Claim, SourceText | None, tuple[str, ...]]:
    """Bind the words of the claim to their source text; return the claim, the text and notes."""
    if text is None and entry is not None:
        claim = _as_bound_before(claim, entry.claim)
    if text is None and claim.words.sha256 in register.texts:
        text = stored_text(lake, register.texts[str(claim.words.sha256)])
    if text is not None:
        placed, notes = place_words(claim, text, where=where)
        return placed, text, notes
    if claim.words.start is None:
        return claim, None, ()
    note = f"the source text ({claim.words.source or 'no name given'}) is not at hand: the offsets are not checked"
    return claim, None, (note,)


def _as_bound_before(claim: Claim, before: Claim) -> Claim:
    """Copy source and offsets of the words from the previous version where the words are identical."""
    new, old = claim.words, before.words
    if new.text != old.text or new.quoted != old.quoted or new.sha256 not in (None, old.sha256):
        return claim
    placed = old if new.start is None else new
    words = replace(new, start=placed.start, end=placed.end, source=new.source or old.source, sha256=old.sha256)
    return replace(claim, words=words)


def _check_links(register: Register, claim: Claim, entry: RegisteredClaim | None, where: str) -> None:
    for link in claim.links:
        if link.claim not in register.claims:
            raise NotFoundError(
                f"the claim {link.relation} {link.claim!r}, which is not registered",
                where=f"{where}, field links.claim",
                fix="register that one first; stopgap claims list --all shows the ids",
            )
        if entry is not None and link.claim == entry.id:
            raise InputError(
                f"the claim {link.relation} itself", where=f"{where}, field links.claim", fix="name another claim"
            )


def _twins(register: Register, claim: Claim) -> tuple[str, ...]:
    """Note on other claims with the same speaker, day and words, which this one may be meant to correct."""
    name = claim.said_by.name.casefold()
    found = [
        entry.id
        for entry in register.claims.values()
        if entry.current.document["said_on"] == claim.said_on
        and entry.status == ACTIVE
        and entry.claim.said_by.name.casefold() == name
        and _overlap(entry.claim, claim)
    ]
    if not found:
        return ()
    return (
        f"the register also has {', '.join(found)} on these words; if this one corrects it, withdraw this one "
        f"and register it with id: {found[0]}",
    )


def _overlap(one: Claim, other: Claim) -> bool:
    first, second = one.words, other.words
    if first.text == second.text:
        return True
    if first.start is None or second.start is None or first.end is None or second.end is None:
        return False
    return first.sha256 == second.sha256 and first.start < second.end and second.start < first.end
