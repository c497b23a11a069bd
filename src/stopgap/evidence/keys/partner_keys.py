"""Trust partners' keys, and revoke keys.

Checks that were made before the lock of the trust store was taken are repeated under it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.base.errors import NotFoundError, RefusedError, UsageError
from stopgap.base.event_log import Event
from stopgap.evidence.keys import files as key_files
from stopgap.evidence.keys.names import check_name, check_text, said_fingerprint, spoken
from stopgap.evidence.keys.own_keys import KeyView, show_key, unlogged
from stopgap.evidence.keys.signing_keys import PublicKey, make_revocation, open_key, read_public_key, read_revocation
from stopgap.evidence.keys.trust import LOG, KeyState, TrustedKey, TrustStore, read_trust, trusted_event


@dataclass(frozen=True)
class HandedKey:
    """A public key that a partner handed over, before it is trusted.

    ``known`` is its entry in the trust store, if it is trusted already. ``vouched_by`` is the trusted key that it
    replaces, whose signature suffices for trust; ``note`` says why its predecessor cannot vouch for it.
    """

    key: PublicKey
    name: str
    known: TrustedKey | None
    vouched_by: TrustedKey | None
    note: str = ""


@dataclass(frozen=True)
class TrustResult:
    """Result of trusting a partner's key.

    Attributes:
        view: The key with its state today.
        already: Whether it was trusted before.
        replaces: Fingerprint of the trusted key that it replaces; ``None`` where there is none.
    """

    view: KeyView
    already: bool
    replaces: str | None

    def as_dict(self) -> dict[str, Any]:
        return {**self.view.as_dict(), "already": self.already, "replaces": self.replaces}


@dataclass(frozen=True)
class RevokedKey:
    """Result of revoking a key.

    Attributes:
        name: Its name in the user's trust store.
        was_known: Whether it was trusted here, or is the user's own.
        file: Path of the revocation file to give to partners; ``None`` for a key that is not the user's own.
        leaned_on_it: Names of keys that are trusted only because this key signed them as its successor.
    """

    fingerprint: str
    name: str
    is_own: bool
    was_known: bool
    why: str
    file: Path | None
    leaned_on_it: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        return {
            "name": self.name,
            "fingerprint": self.fingerprint,
            "spoken": spoken(self.fingerprint),
            "own": self.is_own,
            "known": self.was_known,
            "state": KeyState.REVOKED.value,
            "why": self.why,
            "revocation_file": str(self.file) if self.file else None,
            "trusted_on_its_word": list(self.leaned_on_it),
        }


def candidate(home: Path, file: Path, *, name: str | None, today: str) -> HandedKey:
    """Read a public key file that a partner handed over, and look the key up in the trust store.

    Raises:
        InputError: The file is not a public key file, or was altered.
        UsageError: The name is invalid.
        RefusedError: The key is revoked, or trusted with other particulars; or the name is taken.
    """
    key = read_public_key(file)
    return _candidate(read_trust(home), key, name, today)


def accept(home: Path, asked: HandedKey, *, how: str | None, who: str, when: str) -> TrustedKey:
    """Trust a key; raise RefusedError if the trust store has changed meanwhile and no longer allows it.

    ``how`` is the reason for the trust, in words; ``None`` where the predecessor's signature is the reason.
    """
    check_text(who, where="--by")
    with LOG.writing(home) as log:
        now = _candidate(read_trust(home), asked.key, asked.name, when[:10])
        if now.known is not None:
            return now.known
        before = now.vouched_by
        if how is None and before is None:
            raise RefusedError(
                "the key before does not vouch for it any more",
                where=asked.name,
                fix="compare the fingerprint (keys trust --fingerprint)",
            )
        word_of = before.fingerprint if before and how is None else None
        ground = how or f"the trusted key {before.name if before else ''} ({word_of}) vouches for it"
        trusted = trusted_event(
            now.key, name=now.name, is_own=False, how=ground, who=who, when=when, why=ground, word_of=word_of
        )
        log.append([trusted, *_replacing(now, who=who, when=when)])
        kept = read_trust(home).find(now.key.fingerprint)
    if kept is None:
        raise NotFoundError("the key is not in the store", where=str(LOG.path(home)), fix="try again")
    return kept


def ground(
    asked: HandedKey, fingerprint: str | None, *, yes: bool, compares: Callable[[HandedKey], bool | None]
) -> str | None:
    """Return the reason for trusting a key, in words; ``None`` if the predecessor's signature is the reason.

    Args:
        asked: The key.
        fingerprint: The fingerprint that its owner read out; ``None`` where it is not given.
        yes: Whether the user states that they have compared the fingerprint.
        compares: Prompts the user whether the owner reads out the same fingerprint; returns ``None`` where there is no
            interactive terminal.

    Raises:
        RefusedError: The fingerprint differs from the key's, or the user answers no.
        UsageError: There is no interactive terminal, or ``fingerprint`` is invalid.
    """
    key = asked.key
    if fingerprint is not None:
        if not is_said(key, fingerprint):
            raise RefusedError(
                f"the fingerprint is not that of the key in the file: it has {key.spoken}, {key.fingerprint}",
                where=f"--fingerprint {fingerprint[:120]}",
                fix="ask its owner again, by another way than the file came; do not trust it until both agree",
            )
        return "its fingerprint was given"
    if asked.known is not None:
        return asked.known.how
    if asked.vouched_by is not None:
        return None
    if yes:
        return "the fingerprint was said to be compared (--yes)"
    said = compares(asked)
    if said:
        return "its fingerprint was compared"
    if said is not None:
        raise RefusedError(
            f"{key.name} is not trusted", where=key.fingerprint, fix="compare the fingerprint with its owner"
        )
    note = f" ({asked.note})" if asked.note else ""
    raise UsageError(
        f"nobody has compared the fingerprint of {key.name}{note}",
        where=f"{key.spoken}, {key.fingerprint}",
        fix="let its owner read it out, and give it with --fingerprint; or --yes, where you have compared it",
    )


def trusted_view(home: Path, asked: HandedKey, kept: TrustedKey, *, today: str) -> TrustResult:
    """Return an accepted key with its state on a day."""
    replaces = asked.vouched_by.fingerprint if asked.vouched_by else None
    return TrustResult(show_key(home, kept.fingerprint, today=today), asked.known is not None, replaces)


def is_said(key: PublicKey, text: str) -> bool:
    """Return whether a typed fingerprint (hex or spoken) is that of a key; raise UsageError if it is invalid."""
    return said_fingerprint(text) in (key.fingerprint, key.spoken)


def key_or_file(home: Path, text: str) -> TrustedKey | Path:
    """Resolve a text to a known key by name or fingerprint, else to a file path; raise NotFoundError if neither."""
    store = read_trust(home)
    found = store.named(text)
    if found is not None:
        return found
    if "/" in text or "\\" in text or text.endswith(".json") or os.path.exists(text):
        return Path(text)
    return store.known(text)


def check_why(why: str | None, *, is_file: bool) -> str:
    """Return the reason of a revocation; empty for a revocation file, which states its own.

    Raises UsageError if a reason is given with a file, or missing without one.
    """
    if is_file and why is not None:
        raise UsageError("a revocation file has its own reason", where="--why", fix="leave --why out")
    if not is_file and why is None:
        raise UsageError("a revocation needs a reason", where="--why", fix='add --why "…", one line')
    return why or ""


def revoke_own(home: Path, found: TrustedKey, passphrase: str, *, why: str, who: str, when: str) -> RevokedKey:
    """Revoke one of the user's own keys, current or retired, and write the signed revocation file for partners.

    Raises:
        RefusedError: The passphrase is wrong, or the folder cannot be written.
        UsageError: The reason is blank, too long or has invisible characters.
    """
    check_text(who, where="--by")
    private = open_key(home, found.key, passphrase)
    with LOG.writing(home) as log:
        store = read_trust(home)
        now = store.find(found.fingerprint) or found
        if now.revoked is not None:
            # Again: the file may have been lost.
            why, when = now.revoked.why, now.revoked.when
        revocation = make_revocation(private, why=why, on=when[:10])
        if now.revoked is None:
            event = _revoked_event(now.fingerprint, now.name, True, who=who, when=when, why=why)
            log.append([*unlogged(now, who=who, when=when), {**event, "revocation": revocation.as_dict()}])
        file = key_files.revocation_file(home, found.key.name, found.fingerprint)
        key_files.make_key_folder(home)
        key_files.write_own(file, revocation.file_text)
    return RevokedKey(found.fingerprint, found.name, True, True, why, file)


def revoke_trusted(home: Path, found: TrustedKey, *, why: str, who: str, when: str) -> RevokedKey:
    """Revoke a partner's key in the user's trust store; raise UsageError if the reason is invalid."""
    check_text(why, where="--why")
    check_text(who, where="--by")
    with LOG.writing(home) as log:
        store = read_trust(home)
        now = store.find(found.fingerprint) or found
        if now.revoked is None:
            log.append([_revoked_event(now.fingerprint, now.name, False, who=who, when=when, why=why)])
        said = now.revoked.why if now.revoked else why
    leaning = _leaning(store, found.fingerprint)
    return RevokedKey(found.fingerprint, found.name, False, True, said, None, leaning)


def revoke_by_file(home: Path, file: Path, *, who: str, when: str) -> RevokedKey:
    """Record a revocation file, signed by the revoked key itself; a key not yet trusted can then never be trusted.

    Raises InputError if the file is not a revocation file, or its signature is invalid.
    """
    revocation = read_revocation(file)
    check_text(who, where="--by")
    with LOG.writing(home) as log:
        store = read_trust(home)
        found = store.find(revocation.fingerprint)
        before = found.revoked if found else store.revoked_strangers.get(revocation.fingerprint)
        name = found.name if found else revocation.name
        if before is None or not before.is_signed:
            event = _revoked_event(revocation.fingerprint, name, True, who=who, when=when, why=revocation.why)
            missing = unlogged(found, who=who, when=when) if found else ()
            log.append([*missing, {**event, "revocation": revocation.as_dict()}])
    own = found is not None and found.is_own
    leaning = _leaning(store, revocation.fingerprint)
    return RevokedKey(revocation.fingerprint, name, own, found is not None, revocation.why, None, leaning)


def _candidate(store: TrustStore, key: PublicKey, name: str | None, today: str) -> HandedKey:
    standing = store.standing(key, on=today)
    if standing.state is KeyState.REVOKED:
        raise RefusedError(
            f"this key cannot be trusted: {standing.why}",
            where=key.fingerprint,
            fix="ask its owner for a new key; a revoked key does not come back",
        )
    known = store.find(key.fingerprint)
    if known is not None:
        if known.key != key:
            raise RefusedError(
                f"the key {known.name} is known with another name or other days: "
                f"{known.key.name}, {known.key.valid_from} to {known.key.valid_to}",
                where=f"{key.name}, {key.valid_from} to {key.valid_to}",
                fix="ask its owner to rotate it; what a key says of itself does not change",
            )
        return HandedKey(key, known.name, known, None)
    vouched_by, note = _vouching(store, key, today)
    chosen = check_name(name, where="--as") if name else (vouched_by.name if vouched_by else key.name)
    holder = store.named(chosen)
    if holder is not None and holder != vouched_by and (holder.is_own or holder.is_current):
        raise RefusedError(
            f"{'your own key' if holder.is_own else 'another trusted key'} is called {chosen}: {holder.fingerprint}",
            where=chosen,
            fix="give this one a name of its own (--as NAME)",
        )
    return HandedKey(key, chosen, None, vouched_by, note)


def _vouching(store: TrustStore, key: PublicKey, today: str) -> tuple[TrustedKey | None, str]:
    """Return the trusted key that a key replaces, or ``None`` and why the predecessor cannot vouch for it."""
    if key.succeeds is None:
        return None, ""
    before = store.find(key.succeeds.fingerprint)
    if before is None:
        return None, "it takes the place of a key that is not trusted here"
    if before.replaced_by is not None:
        # Two successors: one of them was made by somebody else.
        return None, f"the key {before.name} that vouches for it has another successor: {before.replaced_by}"
    standing = store.standing(before, on=today)
    if standing.state is not KeyState.TRUSTED:
        return None, f"the key before vouches for it, but its word does not count: {standing.why}"
    return before, ""


def _replacing(now: HandedKey, *, who: str, when: str) -> Iterator[Event]:
    if now.vouched_by is not None:
        yield {
            "event": "replaced",
            "fingerprint": now.vouched_by.fingerprint,
            "by": now.key.fingerprint,
            "who": who,
            "when": when,
            "why": "it vouches for its successor",
        }


def _revoked_event(fingerprint: str, name: str, signed: bool, *, who: str, when: str, why: str) -> Event:
    return {
        "event": "revoked",
        "fingerprint": fingerprint,
        "name": name,
        "signed": signed,
        "who": who,
        "when": when,
        "why": why,
    }


def _leaning(store: TrustStore, fingerprint: str) -> tuple[str, ...]:
    """Return the names of unrevoked keys that are trusted only because the given key signed them."""
    return tuple(each.name for each in store.keys if each.word_of == fingerprint and each.revoked is None)
