"""Create, rotate and list one's own keys.

Whatever changes the user's folder does so under the lock of the trust store, and looks again at what it found before.
Files come first and the log after; what a kill leaves between the two reads as done or as not begun.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stopgap.base.errors import RefusedError
from stopgap.base.event_log import Event
from stopgap.evidence.keys import files as key_files
from stopgap.evidence.keys.names import check_days, check_name, check_text
from stopgap.evidence.keys.signing_keys import PrivateKey, PublicKey, load_private_key, make_key, read_public_key
from stopgap.evidence.keys.trust import LOG, KeyState, TrustedKey, TrustStore, check_head, read_trust, trusted_event


@dataclass(frozen=True)
class MadeKey:
    """A key that was made.

    Attributes:
        key: Its public half.
        public_file: What partners are given.
        private_file: Its private half, encrypted.
        before: The key that it takes the place of; ``None`` where there is none.
    """

    key: PublicKey
    public_file: Path
    private_file: Path
    before: PublicKey | None = None

    def as_dict(self) -> dict[str, object]:
        return {
            **_particulars(self.key),
            "public_key_file": str(self.public_file),
            "private_key_file": str(self.private_file),
            "succeeds": self.before.fingerprint if self.before else None,
        }


@dataclass(frozen=True)
class KeyView:
    """A key as it stands on a day.

    Attributes:
        state: ``own``, or a :class:`KeyState`.
        why: One sentence.
        public_file: Where its file is; ``None`` for those of partners.
    """

    found: TrustedKey
    state: str
    why: str
    public_file: Path | None

    def as_dict(self) -> dict[str, object]:
        key, found = self.found.key, self.found
        return {
            **_particulars(key),
            "name": found.name,
            "owner_calls_it": key.name,
            "own": found.is_own,
            "state": self.state,
            "why": self.why,
            "how": found.how,
            "who": found.who or None,
            "when": found.when or None,
            "succeeds": key.succeeds.fingerprint if key.succeeds else None,
            "replaced_by": found.replaced_by,
            "public_key_pem": key.pem,
            "public_key_file": str(self.public_file) if self.public_file else None,
        }


@dataclass(frozen=True)
class ListedKeys:
    """Own and trusted keys as they stand on a day.

    Attributes:
        strangers: Keys that were never trusted, and are revoked: fingerprint, name, why, who, when.
        head: Hash of the last event of the trust store.
        events: How many it has.
        after_head: Events after the head that was asked for; ``None`` where none was.
        warnings: What is not as it should be in the user's folder.
    """

    on: str
    keys: tuple[KeyView, ...]
    strangers: tuple[dict[str, str], ...]
    head: str
    events: int
    after_head: int | None
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "keys": [each.as_dict() for each in self.keys],
            "revoked_strangers": list(self.strangers),
            "head": self.head,
            "events": self.events,
            "after_head": self.after_head,
            "warnings": list(self.warnings),
        }


def check_new(home: Path, name: str, *, valid_from: str, valid_to: str) -> None:
    """Whether a key of one's own can be made: asked before a passphrase is typed, and again under the lock.

    Raises:
        UsageError: The name or the days cannot be.
        RefusedError: The name is taken.
    """
    check_name(name)
    check_days(valid_from, valid_to)
    file = key_files.public_file(home, name)
    holder = read_trust(home).named(name)
    if file.exists() or (holder is not None and (holder.is_own or holder.is_current)):
        is_own = file.exists() or (holder is not None and holder.is_own)
        raise RefusedError(
            f"{'you have a key' if is_own else 'you trust a key'} of this name: {name}",
            where=str(file if is_own else LOG.path(home)),
            fix="choose another name; or give your key a successor (stopgap keys rotate)",
        )


def new_key(home: Path, name: str, passphrase: str, *, valid_from: str, valid_to: str, who: str, when: str) -> MadeKey:
    """Make a key of one's own; the passphrase locks its private half.

    Raises:
        UsageError: The name or the days cannot be.
        RefusedError: The name is taken, or the folder cannot be written.
    """
    private, public = make_key(name, seed=secrets.token_bytes(32), valid_from=valid_from, valid_to=valid_to)
    check_text(who, where="--by")
    key_files.check_passphrase(passphrase, where="passphrase")
    with LOG.writing(home) as log:
        check_new(home, name, valid_from=valid_from, valid_to=valid_to)
        made = _keep(home, private, public, passphrase)
        log.append([_own_event(public, who=who, when=when, why="made here")])
    return made


def rotate_key(
    home: Path,
    name: str,
    passphrase: str,
    *,
    new_passphrase: str | None,
    valid_from: str,
    valid_to: str,
    who: str,
    when: str,
) -> MadeKey:
    """Give one's own key a successor of the same name, which it vouches for; the old one is kept and retired.

    The new passphrase locks the successor; that of the old key where none is given.

    Raises:
        NotFoundError: There is no such key of one's own.
        RefusedError: The passphrase does not open it, it is revoked, or the folder cannot be written.
        UsageError: The days cannot be.
    """
    check_text(who, where="--by")
    locked_with = key_files.check_passphrase(new_passphrase or passphrase, where="passphrase")
    with LOG.writing(home) as log:
        old = load_private_key(home, name, passphrase)
        store = read_trust(home)
        before = store.find(old.fingerprint)
        if before is None or before.revoked is not None:
            raise RefusedError(
                f"the key {name} is revoked: nobody would take its word",
                where=name,
                fix="make a key of another name (stopgap keys new), and let partners compare its fingerprint",
            )
        days = {"valid_from": valid_from, "valid_to": valid_to}
        private, public = make_key(name, seed=secrets.token_bytes(32), **days, succeeds=old)
        key_files.write_own(key_files.retired_file(home, name, old.fingerprint), before.key.file_text)
        made = _keep(home, private, public, locked_with)
        said = {"who": who, "when": when}
        log.append(
            [
                *unlogged(before, **said),
                _own_event(public, **said, why=f"takes the place of {old.fingerprint}"),
                {
                    "event": "retired",
                    "fingerprint": old.fingerprint,
                    "by": public.fingerprint,
                    **said,
                    "why": "rotated",
                },
            ]
        )
    return replace(made, before=before.key)


def signing_key(home: Path, name: str, passphrase: str, *, on: str) -> PrivateKey:
    """One's own key, opened, where it may sign on a day (UTC).

    Raises:
        NotFoundError: There is no such key.
        RefusedError: The passphrase does not open it; or it is revoked, has expired, or does not hold yet.
    """
    key = load_private_key(home, name, passphrase)
    standing = read_trust(home).standing(key.fingerprint, on=on)
    if standing.state is not KeyState.TRUSTED:
        raise RefusedError(
            f"the key {name} cannot sign: {standing.why}",
            where=name,
            fix="give it a successor (stopgap keys rotate), or make another (stopgap keys new)",
        )
    return key


def list_keys(home: Path, *, today: str) -> tuple[list[KeyView], TrustStore]:
    """Own and trusted keys as they stand on a day, and the store that they are from."""
    store = read_trust(home)
    return [_view(home, store, each, today) for each in store.keys], store


def listed_keys(home: Path, *, head: str | None, today: str) -> ListedKeys:
    """Own and trusted keys with their standing today, and remarks on the user's key folder.

    Raises:
        RefusedError: The trust store is not as it was written, or never had ``head``.
        InputError: A line of it, or a file of an own key, is damaged.
    """
    after = check_head(home, head) if head else None
    found, store = list_keys(home, today=today)
    strangers = (
        {"fingerprint": fingerprint, "name": each.name, "why": each.why, "who": each.who, "when": each.when}
        for fingerprint, each in sorted(store.revoked_strangers.items())
    )
    return ListedKeys(
        today, tuple(found), tuple(strangers), store.head, store.events, after, tuple(remarks(home, store))
    )


def show_key(home: Path, name: str, *, today: str) -> KeyView:
    """The key of a name, or of a fingerprint in either form, else NotFoundError."""
    store = read_trust(home)
    return _view(home, store, store.known(name), today)


def remarks(home: Path, store: TrustStore) -> list[str]:
    """Problems in the user's key folder, one line each."""
    folder = key_files.key_folder(home)
    said = []
    if store.torn_bytes:
        said.append(
            f"{LOG.path(home)}: {store.torn_bytes} bytes after the last line are no event: a writer was stopped in the middle"
        )
    said += [
        f"{path}: others on this machine may read it; chmod 600"
        for path in sorted(folder.glob("*.pem"))
        if key_files.is_open_to_others(path)
    ]
    said += [
        f"{path}: no private half is beside it; it is not your own, and not trusted"
        for path in sorted(folder.glob("*.pub.json"))
        if store.find(read_public_key(path).fingerprint) is None
    ]
    return said


def _keep(home: Path, private: PrivateKey, public: PublicKey, passphrase: str) -> MadeKey:
    """Write both halves; the key is there once its public file is."""
    key_files.make_key_folder(home)
    private_file = key_files.private_file(home, public.name, public.fingerprint)
    pem = key_files.encrypted_pem(private.seed, passphrase, fresh=secrets.token_bytes(key_files.FRESH_BYTES))
    key_files.write_own(private_file, pem)
    public_file = key_files.public_file(home, public.name)
    key_files.write_own(public_file, public.file_text)
    return MadeKey(public, public_file, private_file)


def _own_event(key: PublicKey, *, who: str, when: str, why: str) -> Event:
    return trusted_event(key, name=key.name, is_own=True, how="its private half is here", who=who, when=when, why=why)


def unlogged(found: TrustedKey, *, who: str, when: str) -> Sequence[Event]:
    """The event of an own key whose making was interrupted before the log had it."""
    if found.when or not found.is_own:
        return ()
    return [_own_event(found.key, who=who, when=when, why="found here, its making was interrupted")]


def _view(home: Path, store: TrustStore, found: TrustedKey, today: str) -> KeyView:
    standing = store.standing(found, on=today)
    is_own = found.is_own and standing.state is KeyState.TRUSTED
    file = None
    if found.is_own:
        current = key_files.public_file(home, found.key.name)
        retired = key_files.retired_file(home, found.key.name, found.fingerprint)
        file = next((path for path in ((retired, current) if found.replaced_by else (current,)) if path.exists()), None)
    return KeyView(found, "own" if is_own else standing.state.value, standing.why, file)


def _particulars(key: PublicKey) -> dict[str, str]:
    return {
        "name": key.name,
        "fingerprint": key.fingerprint,
        "spoken": key.spoken,
        "valid_from": key.valid_from,
        "valid_to": key.valid_to,
    }
