"""Trust store: which keys are trusted, since when, and for what reason.

The log is a :class:`stopgap.base.chained_log.ChainedLog` in the user's folder instead of a lake: events are appended
under a lock, written to disk before success is reported, and the whole chain is checked on each read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from stopgap.base.chained_log import ChainedLog, canonical
from stopgap.base.errors import InputError, NotFoundError, RefusedError, UsageError
from stopgap.base.event_log import Event
from stopgap.base.near_names import did_you_mean
from stopgap.evidence.keys.names import said_fingerprint, spoken
from stopgap.evidence.keys.signing_keys import PublicKey, own_keys, public_key_from

_COPY = "bring trust.jsonl back from a copy, and compare the copy's head (stopgap keys list --head HASH)"


@dataclass(frozen=True)
class TrustLog(ChainedLog):
    """Hash-chained log of the trust store: one file in the user's folder."""

    def path(self, lake: Path) -> Path:
        return lake / "trust.jsonl"

    def content(self, lake: Path) -> bytes:
        try:
            return super().content(lake)
        except InputError as error:
            fix = "set STOPGAP_HOME to your own folder, or give yourself the right to read this file"
            raise InputError(error.what, where=error.where, fix=fix) from error

    def events_of(self, content: bytes, path: Path) -> Iterator[Event]:
        try:
            yield from super().events_of(content, path)
        except (RefusedError, InputError) as error:
            raise type(error)(error.what, where=error.where, fix=_COPY, details=error.details) from error

    def unwritable(self, path: Path, error: OSError) -> RefusedError:
        return RefusedError(
            f"the {self.title} cannot be kept: {error.strerror or error}",
            where=str(path),
            fix="set STOPGAP_HOME to a folder that you may write, or free space on the disk; what was reported as done is kept",
        )


_WHO = ("fingerprint", "who", "when", "why")
LOG = TrustLog(
    folder="trust",
    title="trust store",
    fields={
        "trusted": ("key", "as", "own", "how", "word_of", *_WHO),
        "replaced": ("by", *_WHO),
        "retired": ("by", *_WHO),
        "revoked": ("name", "signed", *_WHO),
    },
)
"""Log of the trust store; its events: a key is trusted, replaced by a successor that it signed, retired, or revoked."""


class KeyState(StrEnum):
    """State of a key on a day."""

    TRUSTED = "trusted"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    REVOKED = "revoked"
    RETIRED = "retired"


@dataclass(frozen=True)
class KeyStanding:
    """State of a key on a day, with the reason in one sentence; ``since``: when it was revoked or replaced (UTC)."""

    state: KeyState
    why: str
    since: str | None = None

    @property
    def holds(self) -> bool:
        """Whether signatures of the key are valid: it is trusted, or retired and not yet past its last day."""
        return self.state in (KeyState.TRUSTED, KeyState.RETIRED)


@dataclass(frozen=True)
class Revoked:
    """Revocation of a key: signed by the key itself (``is_signed``), or made by the user alone.

    ``who`` recorded it here, ``when`` (UTC).
    """

    name: str
    is_signed: bool
    who: str
    when: str
    why: str


@dataclass(frozen=True)
class TrustedKey:
    """A key that was trusted at some time, with its replacement and revocation.

    Attributes:
        name: The user's name for it.
        is_own: Whether it is one of the user's own keys.
        how: Reason for the trust, in words.
        who: Who trusted it; empty where it is not in the log (an own key whose creation was interrupted).
        when: When it was trusted (UTC); empty in the same case.
        replaced_by: Fingerprint of the key that replaced it; ``None`` where there is none.
        replaced_on: When it was replaced (UTC); ``None`` where that is not in the log.
        word_of: Fingerprint of the predecessor whose signature is the only reason for the trust; else ``None``.
    """

    key: PublicKey
    name: str
    is_own: bool
    how: str
    who: str = ""
    when: str = ""
    replaced_by: str | None = None
    replaced_on: str | None = None
    revoked: Revoked | None = None
    word_of: str | None = None

    @property
    def fingerprint(self) -> str:
        return self.key.fingerprint

    @property
    def is_current(self) -> bool:
        """Whether the key is neither replaced nor revoked."""
        return self.replaced_by is None and self.revoked is None


@dataclass(frozen=True)
class TrustStore:
    """Every key that was ever trusted or revoked by the user.

    Attributes:
        keys: Own and trusted keys, by name, then in the order in which they were recorded.
        revoked_strangers: Fingerprint -> revocation, of keys that were never trusted.
        head: Hash of the last event; noted elsewhere, it later shows whether events were cut off.
        events: Number of events in the log.
        torn_bytes: Bytes after the last complete line, left by an interrupted write; they are not an event.
    """

    keys: tuple[TrustedKey, ...]
    revoked_strangers: Mapping[str, Revoked]
    head: str
    events: int
    torn_bytes: int = 0

    def find(self, fingerprint: str) -> TrustedKey | None:
        """Return the key with a fingerprint, revoked and retired ones too; ``None`` if it was never trusted."""
        return next((each for each in self.keys if each.fingerprint == fingerprint), None)

    def named(self, name: str) -> TrustedKey | None:
        """Return the key with a name or a fingerprint (hex or spoken), the current one of several; else ``None``."""
        found = [each for each in self.keys if each.name == name]
        current = [each for each in found if each.is_current]
        if found:
            return (current or found)[-1]
        try:
            said = said_fingerprint(name)
        except UsageError:
            return None
        return next((each for each in self.keys if said in (each.fingerprint, spoken(each.fingerprint))), None)

    def known(self, name: str) -> TrustedKey:
        """Return the key as :meth:`named` does, but raise NotFoundError if there is none."""
        found = self.named(name)
        if found is None:
            names = sorted({each.name for each in self.keys})
            raise NotFoundError(
                f"no key is called {name[:80]!a}",
                where="NAME",
                fix=f"{did_you_mean(name, names)} Known: {', '.join(names)}".strip()
                if names
                else "make one (keys new), or trust one (keys trust)",
            )
        return found

    def standing(self, key: PublicKey | TrustedKey | str, *, on: str) -> KeyStanding:
        """Return the state of a key (or its fingerprint) on a day (UTC), from the store's own copy of the key."""
        fingerprint = key if isinstance(key, str) else key.fingerprint
        found = self.find(fingerprint)
        revoked = self.revoked_strangers.get(fingerprint) if found is None else found.revoked
        if revoked is not None:
            says = "by its own signature" if revoked.is_signed else f"here, by {revoked.who}"
            return KeyStanding(
                KeyState.REVOKED,
                f"the key {revoked.name} was revoked {says} on {revoked.when[:10]}: {revoked.why}",
                revoked.when,
            )
        if found is None:
            return KeyStanding(KeyState.UNKNOWN, f"the key {fingerprint} is not trusted here")
        own = "your own key" if found.is_own else "the key"
        if (outside := outside_days(found.key, f"{own} {found.name}", on=on)) is not None:
            return outside
        if found.replaced_by is not None:
            day = f" on {found.replaced_on[:10]}" if found.replaced_on else ""
            return KeyStanding(
                KeyState.RETIRED,
                f"{own} {found.name} was replaced{day}; what it signed holds until {found.key.valid_to}",
                found.replaced_on,
            )
        if found.is_own:
            return KeyStanding(KeyState.TRUSTED, f"{found.name} is your own key")
        return KeyStanding(KeyState.TRUSTED, f"the key {found.name} is trusted since {found.when[:10]}: {found.how}")


def outside_days(key: PublicKey, called: str, *, on: str) -> KeyStanding | None:
    """Return the state of a key outside its period of validity (expired or not yet valid); ``None`` within it."""
    if on > key.valid_to:
        return KeyStanding(KeyState.EXPIRED, f"{called} held until {key.valid_to}")
    if on < key.valid_from:
        return KeyStanding(KeyState.NOT_YET_VALID, f"{called} holds from {key.valid_from} on")
    return None


def read_trust(home: Path) -> TrustStore:
    """Read the trust store of a user's folder, with the user's own keys; empty if nothing was ever trusted.

    Raises:
        RefusedError: The log was altered.
        InputError: A line of the log, or a file of an own key, is damaged or cannot be read.
    """
    return _store(home, LOG.content(home))


def check_head(home: Path, head: str) -> int:
    """Return the number of events after the one whose hash (``head``) was noted earlier.

    Raises:
        RefusedError: The log was altered, or lacks the event: events were cut off.
        InputError: The log cannot be read.
    """
    check = LOG.check(LOG.content(home), head=head.strip().lower())
    if not check.holds or check.after_head is None:
        raise RefusedError(
            f"the trust store is not as it was written: {check.fault}",
            where=f"{LOG.path(home)}, line {check.line}",
            fix=_COPY,
            details={"line": check.line, "events": check.events, "head": check.head},
        )
    return check.after_head


def trusted_event(
    key: PublicKey, *, name: str, is_own: bool, how: str, who: str, when: str, why: str, word_of: str | None = None
) -> Event:
    """Return the log event that a key is trusted; ``how`` and ``word_of`` as in :class:`TrustedKey`."""
    return {
        "event": "trusted",
        "word_of": word_of,
        "fingerprint": key.fingerprint,
        "key": key.as_dict(),
        "as": name,
        "own": is_own,
        "how": how,
        "who": who,
        "when": when,
        "why": why,
    }


def _store(home: Path, content: bytes) -> TrustStore:
    keys = {key.fingerprint: TrustedKey(key, key.name, True, "its private half is here") for key in own_keys(home)}
    strangers: dict[str, Revoked] = {}
    path, number = LOG.path(home), 0
    for number, event in enumerate(LOG.events_of(content, path), start=1):
        try:
            _EVENTS[event["event"]](keys, strangers, event)
        except (KeyError, TypeError, AttributeError, InputError) as error:
            raise InputError(
                "the trust store is damaged",
                where=f"{path}, line {number}: {getattr(error, 'what', '') or 'it names a key that no line before it does'}",
                fix=_COPY,
            ) from error
    for each in list(keys.values()):
        # Where a rotation was interrupted before the log had it, the new file says it all the same.
        before = each.key.succeeds.fingerprint if each.is_own and each.key.succeeds else None
        if before in keys and keys[before].is_own and keys[before].replaced_by is None:
            keys[before] = replace(keys[before], replaced_by=each.fingerprint)
    ordered = sorted(keys.values(), key=lambda each: each.name)
    check = LOG.check(content)
    return TrustStore(tuple(ordered), strangers, check.head, number, check.torn_bytes)


def _take_trusted(keys: dict[str, TrustedKey], strangers: dict[str, Revoked], event: Event) -> None:
    key = public_key_from(canonical(event["key"]) + b"\n", where="")
    how, who, when = str(event["how"]), str(event["who"]), str(event["when"])
    taken = TrustedKey(key, str(event["as"]), bool(event["own"]), how, who, when, word_of=event["word_of"])
    before = keys.get(key.fingerprint)
    # Trust never undoes a revocation.
    revoked = strangers.pop(key.fingerprint, before.revoked if before else None)
    if before is not None:
        taken = replace(
            taken, is_own=before.is_own or taken.is_own, replaced_by=before.replaced_by, replaced_on=before.replaced_on
        )
    keys[key.fingerprint] = replace(taken, revoked=revoked)


def _take_replaced(keys: dict[str, TrustedKey], strangers: dict[str, Revoked], event: Event) -> None:
    del strangers
    fingerprint = event["fingerprint"]
    keys[fingerprint] = replace(keys[fingerprint], replaced_by=str(event["by"]), replaced_on=str(event["when"]))


def _take_revoked(keys: dict[str, TrustedKey], strangers: dict[str, Revoked], event: Event) -> None:
    fingerprint = event["fingerprint"]
    revoked = Revoked(
        str(event["name"]), bool(event["signed"]), str(event["who"]), str(event["when"]), str(event["why"])
    )
    if fingerprint in keys:
        keys[fingerprint] = replace(keys[fingerprint], revoked=revoked)
    else:
        strangers[fingerprint] = revoked


_EVENTS: dict[str, Callable[[dict[str, TrustedKey], dict[str, Revoked], Any], None]] = {
    "trusted": _take_trusted,
    "replaced": _take_replaced,
    "retired": _take_replaced,
    "revoked": _take_revoked,
}
