"""Create, rotate and list the user's own keys.

Every change to the user's folder is made under the lock of the trust store, after repeating the earlier checks. Files
are written before the log; if the process is killed between the two, the change reads as complete or as not begun.
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
    """A newly created key.

    Attributes:
        key: Its public key.
        public_file: Path of the public key file, to give to partners.
        private_file: Path of the encrypted private key.
        before: The key that it replaces; ``None`` where there is none.
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
    """A key with its state on one day.

    Attributes:
        state: ``own``, or a value of :class:`KeyState`.
        why: The reason for the state, in one sentence.
        public_file: Path of its public key file; ``None`` for keys of partners.
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
    """Own and trusted keys with their states on one day.

    Attributes:
        strangers: Revoked keys that were never trusted here: fingerprint, name, why, who, when.
        head: Hash of the last event of the trust store.
        events: Number of events in the trust store.
        after_head: Number of events after the requested head; ``None`` where no head was requested.
        warnings: Problems in the user's key folder.
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
    """Check that a new key of the user can be created: before the passphrase is typed, and again under the lock.

    Raises:
        UsageError: The name or the days are invalid.
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
    """Create a key of the user; the passphrase encrypts its private key.

    Raises:
        UsageError: The name or the days are invalid.
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
    """Replace one of the user's keys by a successor of the same name, signed by the old key, which is kept as retired.

    ``new_passphrase`` encrypts the successor; ``None`` means the passphrase of the old key.

    Raises:
        NotFoundError: The user has no key of this name.
        RefusedError: The passphrase is wrong, the key is revoked, or the folder cannot be written.
        UsageError: The days are invalid.
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
    """Decrypt one of the user's private keys, if it may sign on a day (UTC).

    Raises:
        NotFoundError: The user has no key of this name.
        RefusedError: The passphrase is wrong; or the key is revoked, expired or not yet valid.
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
    """Return own and trusted keys with their states on a day, and the trust store that they are from."""
    store = read_trust(home)
    return [_view(home, store, each, today) for each in store.keys], store


def listed_keys(home: Path, *, head: str | None, today: str) -> ListedKeys:
    """Return own and trusted keys with their states today, and warnings about the user's key folder.

    Raises:
        RefusedError: The trust store was altered, or has no event with the hash ``head``.
        InputError: A line of the trust store, or a file of an own key, is damaged.
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
    """Return the key with a name or a fingerprint (hex or spoken), else raise NotFoundError."""
    store = read_trust(home)
    return _view(home, store, store.known(name), today)


def remarks(home: Path, store: TrustStore) -> list[str]:
    """Return the problems found in the user's key folder, one line each."""
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
    """Write the private and the public key file; the key exists once its public file does."""
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
    """Return the missing event of an own key whose creation was interrupted before it was logged; else nothing."""
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
