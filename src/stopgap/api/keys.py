"""Signing keys of the Python API: own keys and trusted keys of partners."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from stopgap.api.asked import asked_of
from stopgap.api.reader import LakeReader
from stopgap.base.person import named_person
from stopgap.base.progress import Progress
from stopgap.base.settings import load_settings
from stopgap.evidence.keys.request import NewKeyRequest, OpenRequest, RevokeRequest, RotateRequest, TrustKeyRequest

if TYPE_CHECKING:
    from stopgap.evidence.keys.own_keys import KeyView, ListedKeys, MadeKey
    from stopgap.evidence.keys.partner_keys import HandedKey, RevokedKey, TrustResult


class Person(Protocol):
    """Somebody who can be asked."""

    def passphrase(self, what: str, *, twice: bool) -> str | None:
        """The passphrase that they type, twice where it locks what is new; ``None`` where nobody is there."""

    def compares(self, asked: HandedKey) -> bool | None:
        """Whether the owner of a key reads out its fingerprint; ``None`` where nobody is there."""


class Nobody:
    """Who is asked where nobody can be."""

    def passphrase(self, what: str, *, twice: bool) -> None:
        """No passphrase."""
        del what, twice

    def compares(self, asked: HandedKey) -> None:
        """No answer."""
        del asked


class KeyHolder(LakeReader):
    """A part of the API that uses the user's keys.

    Attributes:
        path: Folder of the lake.
        progress: Told of long work.
        person: Asked for what is not given; nobody where ``None``.
    """

    def __init__(self, path: Path, progress: Progress | None = None, person: Person | None = None) -> None:
        super().__init__(path, progress)
        self.person: Person = person or Nobody()

    @property
    def home(self) -> Path:
        """The user's folder."""
        return load_settings().home

    def _passphrase(self, request: OpenRequest, what: str, *, twice: bool = False) -> str:
        from stopgap.evidence.keys.files import passphrase_for

        return passphrase_for(
            request.passphrase, request.passphrase_file, lambda: self.person.passphrase(what, twice=twice)
        )


class Keys(KeyHolder):
    """Own keys, and keys of others that are trusted. Called, it lists them."""

    @asked_of(NewKeyRequest)
    def new(self, name: str, request: NewKeyRequest) -> MadeKey:
        """Make a key of one's own; its private half is encrypted with a passphrase.

        Args:
            name: What the key is called.

        Raises:
            UsageError: The name or the days cannot be, or there is no passphrase.
            RefusedError: The name is taken, or the folder cannot be written.
        """
        from stopgap.evidence.keys.names import key_days
        from stopgap.evidence.keys.own_keys import check_new, new_key

        when = moment()
        first, last = key_days(request.valid_from, request.valid_to, today=when[:10])
        check_new(self.home, name, valid_from=first, valid_to=last)
        secret = self._passphrase(request, f"passphrase for {name}", twice=True)
        who = named_person(request.by)
        return new_key(self.home, name, secret, valid_from=first, valid_to=last, who=who, when=when)

    @asked_of(RotateRequest)
    def rotate(self, name: str, request: RotateRequest) -> MadeKey:
        """Give one's own key a successor of the same name, which the old key vouches for.

        The old key is kept and retired: what it signed holds until its last day.

        Args:
            name: What the key is called.

        Raises:
            NotFoundError: There is no such key of one's own.
            RefusedError: The passphrase does not open it, it is revoked, or the folder cannot be written.
            UsageError: The days cannot be, or there is no passphrase.
        """
        from stopgap.evidence.keys.files import passphrase_for
        from stopgap.evidence.keys.names import key_days
        from stopgap.evidence.keys.own_keys import rotate_key

        when = moment()
        first, last = key_days(request.valid_from, request.valid_to, today=when[:10])
        new = None
        if (request.new_passphrase, request.new_passphrase_file) != (None, None):
            new = passphrase_for(request.new_passphrase, request.new_passphrase_file, lambda: None)
        secret = self._passphrase(request, f"passphrase of {name}")
        return rotate_key(
            self.home,
            name,
            secret,
            new_passphrase=new,
            valid_from=first,
            valid_to=last,
            who=named_person(request.by),
            when=when,
        )

    def list(self, *, head: str | None = None) -> ListedKeys:
        """Own keys and those that are trusted, as they stand today.

        Args:
            head: A head that the trust store is known to have had: shows whether its end was cut off.

        Raises:
            RefusedError: The trust store is not as it was written, or its end was cut off.
            InputError: A file of a key is damaged.
        """
        from stopgap.evidence.keys.own_keys import listed_keys

        return listed_keys(self.home, head=head, today=moment()[:10])

    def show(self, name: str) -> KeyView:
        """One key as it stands today.

        Args:
            name: What the key is called, or its whole fingerprint.

        Raises:
            NotFoundError: There is none.
        """
        from stopgap.evidence.keys.own_keys import show_key

        return show_key(self.home, name, today=moment()[:10])

    @asked_of(TrustKeyRequest)
    def trust(self, file: str | Path, request: TrustKeyRequest) -> TrustResult:
        """Trust a partner's key, once its fingerprint is the one that the partner reads out.

        A key that a trusted key vouches for needs no fingerprint.

        Args:
            file: Public key file that a partner handed over.

        Raises:
            InputError: It is no such file, or was changed.
            RefusedError: The fingerprint is another, the key is revoked, or the name is taken.
            UsageError: Nobody has compared the fingerprint.
        """
        from stopgap.evidence.keys.partner_keys import accept, candidate, ground, trusted_view

        when = moment()
        asked = candidate(self.home, Path(file), name=request.name, today=when[:10])
        how = ground(asked, request.fingerprint, yes=request.yes, compares=self.person.compares)
        kept = accept(self.home, asked, how=how, who=named_person(request.by), when=when)
        return trusted_view(self.home, asked, kept, today=when[:10])

    @asked_of(RevokeRequest)
    def revoke(self, key: str, request: RevokeRequest) -> RevokedKey:
        """Revoke a key for good: one's own (with a file that tells partners), a partner's, or by a partner's file.

        Args:
            key: Name or whole fingerprint of a key; or the revocation file that a partner handed over.

        Raises:
            NotFoundError: There is no such key and no such file.
            InputError: It is no revocation file, or its signature does not hold.
            RefusedError: The passphrase does not open the key, or the folder cannot be written.
            UsageError: There is no reason; or one beside a file, which has its own.
        """
        from stopgap.evidence.keys.partner_keys import (
            check_why,
            key_or_file,
            revoke_by_file,
            revoke_own,
            revoke_trusted,
        )

        home, who, when = self.home, named_person(request.by), moment()
        found = key_or_file(home, key)
        why = check_why(request.why, is_file=isinstance(found, Path))
        if isinstance(found, Path):
            return revoke_by_file(home, found, who=who, when=when)
        if found.is_own:
            secret = self._passphrase(request, f"passphrase of {found.key.name}")
            return revoke_own(home, found, secret, why=why, who=who, when=when)
        return revoke_trusted(home, found, why=why, who=who, when=when)

    __call__ = list


def moment() -> str:
    """This moment (UTC), as the trust store writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
