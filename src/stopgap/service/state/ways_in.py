"""Ways to sign in: tokens, links that are used once, and sessions of browsers; of each the hash alone is kept."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from stopgap.base.errors import NotFoundError
from stopgap.base.marking import Marking, Tlp
from stopgap.base.person import user_name
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.state.clearances import both_see
from stopgap.service.state.people import ServicePerson, person_from
from stopgap.service.state.secret import new_secret, secret_hash
from stopgap.service.state.tables import PersonRow, SessionRow, SignInLinkRow, TokenRow, as_document

IDLE = timedelta(hours=12)
"""A session ends after so long without a request."""

LONGEST = timedelta(days=7)
"""A session ends after so long in any case."""

LINK_ALONE = timedelta(hours=1)
"""The link of the analyst alone holds so long."""

INVITATION = timedelta(days=3)
"""An invitation holds so long."""

NOTED_EACH = timedelta(minutes=1)
"""How often the last use of a token or session is noted."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A new token, shown once.

    Attributes:
        token: The secret; it is kept nowhere.
        role: What it may do, at most what its person may.
        clearance: What it may see, at most what its person may.
    """

    token: str
    id: int
    name: str
    label: str
    role: PersonRole
    clearance: Marking
    expires: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON: the one time that the secret is shown."""
        return {
            "token": self.token, "id": self.id, "name": self.name, "label": self.label, "role": str(self.role),
            "clearance": self.clearance.tlp.label, "releasable_to": self.clearance.as_dict()["releasable_to"],
            "expires": self.expires,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class SignedInWith:
    """Result of signing in: the cookie's secret, and who signed in."""

    secret: str
    principal: Principal


def make_token(
    session: Session,
    person: PersonRow,
    *,
    label: str,
    days: int,
    role: PersonRole | None,
    tlp: Tlp | None,
    at: datetime,
) -> NewToken:
    """Make a token of a person; role and level of its own only limit those of the person."""
    secret = new_secret()
    row = TokenRow(
        secret_hash=secret_hash(secret), label=label, person_id=person.id, role=str(role) if role else None,
        tlp=None if tlp is None else int(tlp), created=at, expires=at + timedelta(days=days),
    )  # fmt: skip
    session.add(row)
    session.flush()
    limited = _limited(person_from(person), row)
    expires = as_document(row, "expires")["expires"]
    return NewToken(secret, row.id, person.name, label, limited[0], limited[1], expires)


def make_link(session: Session, person: PersonRow | None, at: datetime) -> tuple[str, datetime]:
    """Make a link of a person, or of the analyst alone; return its secret and when it ends.

    A new link of the same person ends those before it.
    """
    of = SignInLinkRow.person_id.is_(None) if person is None else SignInLinkRow.person_id == person.id
    session.execute(
        update(SignInLinkRow)
        .where(of, SignInLinkRow.used.is_(None), SignInLinkRow.revoked.is_(None))
        .values(revoked=at)
    )
    secret, ends = new_secret(), at + (LINK_ALONE if person is None else INVITATION)
    session.add(
        SignInLinkRow(
            secret_hash=secret_hash(secret), person_id=None if person is None else person.id, created=at, expires=ends
        )
    )
    session.flush()
    return secret, ends


def use_key(session: Session, key: str, at: datetime, *, is_team: bool) -> SignedInWith | None:
    """Begin a session with the key of a link, which is then used up, or with a token; ``None`` where neither holds."""
    hashed = secret_hash(key)
    link = session.scalar(select(SignInLinkRow).where(SignInLinkRow.secret_hash == hashed).with_for_update())
    if link is not None and hmac.compare_digest(link.secret_hash, hashed):
        if link.used is not None or link.revoked is not None or link.expires <= at:
            return None
        person = None if link.person_id is None else session.get(PersonRow, link.person_id)
        if (person is None and is_team) or (person is not None and not person.is_active):
            return None
        link.used = at
        return begin_session(session, person, via="link", at=at)
    found = _token(session, key, at)
    if found is None:
        return None
    token, person = found
    return begin_session(session, person, via="token", at=at, token=token)


def begin_session(
    session: Session, person: PersonRow | None, *, via: str, at: datetime, token: TokenRow | None = None
) -> SignedInWith:
    """Begin a session of a person, or of the analyst alone."""
    secret = new_secret()
    row = SessionRow(
        secret_hash=secret_hash(secret), person_id=None if person is None else person.id,
        token_id=None if token is None else token.id, via=via, created=at, last_seen=at,
        expires=at + LONGEST if token is None else min(at + LONGEST, token.expires),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return SignedInWith(secret, _principal(person, token, "session", f"session:{row.id}"))


def principal_of_token(session: Session, token: str, at: datetime) -> tuple[Principal, int | None] | None:
    """Find out who sends a token; ``None`` where it does not hold.

    Returns:
        The principal; and the token's id where its last use should be noted.
    """
    found = _token(session, token, at)
    if found is None:
        return None
    row, person = found
    is_due = row.last_used is None or at - row.last_used >= NOTED_EACH
    return _principal(person, row, "token", f"token:{row.id}"), row.id if is_due else None


def principal_of_cookie(
    session: Session, cookie: str, at: datetime, *, is_team: bool
) -> tuple[Principal, int | None] | None:
    """Find out whose session a cookie is; ``None`` where it does not hold.

    Returns:
        The principal; and the session's id where its last use should be noted.
    """
    hashed = secret_hash(cookie)
    found = session.execute(
        select(SessionRow, PersonRow, TokenRow)
        .outerjoin(PersonRow, SessionRow.person_id == PersonRow.id)
        .outerjoin(TokenRow, SessionRow.token_id == TokenRow.id)
        .where(SessionRow.secret_hash == hashed, SessionRow.revoked.is_(None), SessionRow.expires > at)
    ).first()
    if found is None:
        return None
    row, person, token = found
    if not hmac.compare_digest(row.secret_hash, hashed) or row.last_seen + IDLE <= at:
        return None
    if (row.person_id is None and is_team) or (person is not None and not person.is_active):
        return None
    if row.token_id is not None and (token is None or token.revoked is not None or token.expires <= at):
        return None
    return _principal(
        person, token, "session", f"session:{row.id}"
    ), row.id if at - row.last_seen >= NOTED_EACH else None


def note_use(session: Session, *, token: int | None = None, browser_session: int | None = None, at: datetime) -> None:
    """Note the last use of a token or a session."""
    if token is not None:
        session.execute(update(TokenRow).where(TokenRow.id == token).values(last_used=at))
    if browser_session is not None:
        session.execute(update(SessionRow).where(SessionRow.id == browser_session).values(last_seen=at))


def tokens_of(session: Session, person_id: int | None = None) -> list[dict[str, Any]]:
    """Return the tokens of a person, or of all, as JSON; none has its secret."""
    wanted = select(TokenRow, PersonRow).join(PersonRow).order_by(TokenRow.id)
    if person_id is not None:
        wanted = wanted.where(TokenRow.person_id == person_id)
    found = []
    for row, person in session.execute(wanted):
        role, clearance = _limited(person_from(person), row)
        found.append(
            {
                "id": row.id, "name": person.name, "label": row.label, "role": str(role),
                "clearance": clearance.tlp.label, "releasable_to": clearance.as_dict()["releasable_to"],
                **as_document(row, "created", "expires", "last_used", "revoked"),
            }
        )  # fmt: skip
    return found


def sessions_of(session: Session, at: datetime, person_id: int | None = None) -> list[dict[str, Any]]:
    """Return the sessions of a person, or of all, that have not ended, as JSON."""
    wanted = (
        select(SessionRow, PersonRow)
        .outerjoin(PersonRow)
        .where(SessionRow.revoked.is_(None), SessionRow.expires > at, SessionRow.last_seen > at - IDLE)
        .order_by(SessionRow.id)
    )
    if person_id is not None:
        wanted = wanted.where(SessionRow.person_id == person_id)
    return [
        {"id": row.id, "name": person.name if person else user_name(), "via": row.via,
         **as_document(row, "created", "last_seen", "expires")}
        for row, person in session.execute(wanted)
    ]  # fmt: skip


def revoke(session: Session, table: type[TokenRow] | type[SessionRow], id: int, at: datetime) -> tuple[str, int | None]:
    """Revoke a token or a session; return the name of its person and the person's id.

    Raises:
        NotFoundError: There is none with that id.
    """
    row = session.get(TokenRow, id) if table is TokenRow else session.get(SessionRow, id)
    if row is None:
        raise no_such(table, id)
    row.revoked = row.revoked or at
    session.flush()
    person = None if row.person_id is None else session.get(PersonRow, row.person_id)
    return (person.name if person else user_name()), row.person_id


def no_such(table: type[TokenRow] | type[SessionRow], id: int) -> NotFoundError:
    """Return the error for a token or session that is not there."""
    kind = "token" if table is TokenRow else "session"
    return NotFoundError(
        f"there is no {kind} {id}", where=f"{kind}s of the service", fix=f"take an id of the list of {kind}s"
    )


def _token(session: Session, token: str, at: datetime) -> tuple[TokenRow, PersonRow] | None:
    hashed = secret_hash(token)
    found = session.execute(select(TokenRow, PersonRow).join(PersonRow).where(TokenRow.secret_hash == hashed)).first()
    if found is None:
        return None
    row, person = found
    holds = hmac.compare_digest(row.secret_hash, hashed) and row.revoked is None and row.expires > at
    return (row, person) if holds and person.is_active else None


def _limited(person: ServicePerson, token: TokenRow | None) -> tuple[PersonRole, Marking]:
    """Return role and clearance of a person, limited by those of a token."""
    role, clearance = person.role, person.clearance
    if token is not None and token.role is not None:
        role = min(role, PersonRole(token.role), key=lambda each: each.rank)
    if token is not None and token.tlp is not None:
        clearance = both_see(clearance, Marking(Tlp(token.tlp), clearance.releasable_to))
    return role, clearance


def _principal(person: PersonRow | None, token: TokenRow | None, via: str, session: str) -> Principal:
    if person is None:
        return Principal(user_name(), PersonRole.ADMIN, None, None, via, session)
    role, clearance = _limited(person_from(person), token)
    return Principal(person.name, role, clearance, person.id, via, session, is_of_token=token is not None)
