"""People who may use the service: added, changed, deactivated; their history stays."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from stopgap.base.errors import NotFoundError, RefusedError, UsageError
from stopgap.base.marking import Marking
from stopgap.base.near_names import did_you_mean
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.problems import ConflictError
from stopgap.service.state.clearances import clearance_of, is_within, kept_economies
from stopgap.service.state.tables import PersonRow, SessionRow, SignInLinkRow, TokenRow, iso

LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class ServicePerson:
    """One of the people of the service.

    Attributes:
        subject: Subject that a provider of OpenID Connect knows the person by, as ``ISSUER SUBJECT``.
    """

    id: int
    name: str
    role: PersonRole
    clearance: Marking
    email: str | None
    subject: str | None
    is_active: bool
    created: datetime
    deactivated: datetime | None

    def as_dict(self) -> dict[str, Any]:
        """Return the person as JSON: ``clearance`` is a level of TLP, ``releasable_to`` economies or null."""
        return {
            "name": self.name,
            "role": str(self.role),
            "clearance": self.clearance.tlp.label,
            "releasable_to": self.clearance.as_dict()["releasable_to"],
            "email": self.email,
            "active": self.is_active,
            "created": iso(self.created),
            "deactivated": iso(self.deactivated) if self.deactivated else None,
        }


def person_from(row: PersonRow) -> ServicePerson:
    """Return the person of a row."""
    return ServicePerson(
        row.id, row.name, PersonRole(row.role), clearance_of(row.tlp, row.releasable_to), row.email, row.subject,
        row.is_active, row.created, row.deactivated,
    )  # fmt: skip


def person_row(session: Session, name: str) -> PersonRow:
    """Find a person by name.

    Raises:
        NotFoundError: There is nobody of that name.
    """
    row = session.scalar(select(PersonRow).where(PersonRow.name == name))
    if row is not None:
        return row
    names = session.scalars(select(PersonRow.name).order_by(PersonRow.name)).all()
    near = did_you_mean(name, names)
    raise NotFoundError(
        f"nobody is called {name[:60]!r}",
        where="people of the service",
        fix=f"{f'{near} ' if near else ''}stopgap people list shows who is there, people add adds one",
    )


def active_row(session: Session, name: str) -> PersonRow:
    """Find a person who may use the service.

    Raises:
        NotFoundError: There is nobody of that name.
        RefusedError: The person was removed.
    """
    row = person_row(session, name)
    if not row.is_active:
        raise RefusedError(
            f"{row.name} may not use the service any more",
            where="people of the service",
            fix="bring the person back with stopgap people add NAME --role ROLE",
        )
    return row


def add_person(
    session: Session, name: str, *, role: PersonRole, clearance: Marking, email: str | None, at: datetime
) -> ServicePerson:
    """Add a person, or bring one back who was removed: the former role, clearance and e-mail no longer hold.

    Raises:
        UsageError: The name or the e-mail is not one.
        ConflictError: The person is there, or another one has the e-mail.
    """
    name, email = checked_name(name), checked_email(email)
    row = session.scalar(select(PersonRow).where(PersonRow.name == name))
    if row is not None and row.is_active:
        raise ConflictError(
            f"{name} is there already, as {row.role}",
            where="people of the service",
            fix="change role and clearance with stopgap people change NAME",
        )
    _need_free_email(session, email, name)
    kept = {"role": str(role), "tlp": int(clearance.tlp), "releasable_to": kept_economies(clearance), "email": email}
    if row is None:
        row = PersonRow(name=name, is_active=True, created=at, **kept)
        session.add(row)
    else:
        for column, value in {**kept, "is_active": True, "deactivated": None, "subject": None}.items():
            setattr(row, column, value)
    session.flush()
    return person_from(row)


def change_person(
    session: Session,
    name: str,
    *,
    role: PersonRole | None = None,
    clearance: Marking | None = None,
    email: str | None = None,
) -> ServicePerson:
    """Change role, clearance or e-mail of a person; each holds from the next request on.

    Raises:
        NotFoundError: There is nobody of that name.
        RefusedError: The person was removed.
        UsageError: The e-mail is none.
        ConflictError: Another one has the e-mail.
    """
    row = active_row(session, name)
    if role is not None:
        row.role = str(role)
    if clearance is not None:
        row.tlp, row.releasable_to = int(clearance.tlp), kept_economies(clearance)
    if email is not None:
        email = checked_email(email)
        _need_free_email(session, email, name)
        if email != row.email:
            row.email, row.subject = email, None
    session.flush()
    return person_from(row)


def deactivate_person(session: Session, name: str, *, at: datetime) -> ServicePerson:
    """Deactivate a person: sessions, tokens and invitations end with it, the history stays.

    Raises:
        NotFoundError: There is nobody of that name.
    """
    row = person_row(session, name)
    if row.is_active:
        row.is_active, row.deactivated = False, at
        for table in (TokenRow, SessionRow, SignInLinkRow):
            session.execute(update(table).where(table.person_id == row.id, table.revoked.is_(None)).values(revoked=at))
        session.flush()
    return person_from(row)


def need_within(actor: Principal, person: ServicePerson | None, *, role: PersonRole, clearance: Marking) -> None:
    """Refuse what would let someone do or see more than the one who grants it, or change oneself.

    Args:
        actor: The one who grants it.
        person: The person as it stands; ``None`` for a new one.
        role: The role that is granted.
        clearance: The clearance that is granted.

    Raises:
        RefusedError: It would.
    """
    if person is not None and person.id == actor.person_id:
        raise RefusedError(
            "nobody changes the own role or clearance", where=f"signed in as {actor.name}", fix="ask another admin"
        )
    granted = [clearance] if person is None else [clearance, person.clearance]
    if actor.role.rank < role.rank or not all(is_within(each, actor.clearance) for each in granted):
        raise RefusedError(
            "nobody grants more than the own role and clearance",
            where=f"signed in as {actor.name}, {actor.role}, {actor.clearance.label if actor.clearance else 'all'}",
            fix="ask an admin with that clearance, or whoever runs the service (stopgap people)",
        )


def checked_name(name: str) -> str:
    """Return a person's name as it is kept: one line without hidden characters.

    Raises:
        UsageError: It is empty, too long, or holds characters that cannot be seen.
    """
    name = unicodedata.normalize("NFC", " ".join(name.split(" "))).strip()
    hidden = any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for letter in name)
    if not name or len(name) > LONGEST_NAME or hidden:
        raise UsageError(
            "that is no name of a person",
            where=repr(name[:60]),
            fix=f"give 1 to {LONGEST_NAME} visible characters, such as jane or jane.roe@example.org",
        )
    return name


def checked_email(email: str | None) -> str | None:
    """Return an e-mail address in small letters; ``None`` where there is none.

    Raises:
        UsageError: It is no address.
    """
    if not email:
        return None
    email = email.strip().lower()
    if len(email) > 254 or not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise UsageError("that is no e-mail address", where=repr(email[:60]), fix="give one such as jane@example.org")
    return email


def _need_free_email(session: Session, email: str | None, name: str) -> None:
    if email is None:
        return
    other = session.scalar(select(PersonRow.name).where(PersonRow.email == email, PersonRow.name != name))
    if other is not None:
        raise ConflictError("another person has that e-mail address", where=other, fix="give each person their own")
