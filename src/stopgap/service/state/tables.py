"""Tables of the service's database: people, tokens, sessions, sign-in links, saved views, the audit log.

Never evidence: decisions, alerts, statements and markings stay in the logs of the lake.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, ForeignKey, Index, MetaData, String, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Moment(TypeDecorator[datetime]):
    """A point in time, always in UTC and with its zone; SQLite keeps it without the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the value as the database keeps it.

        Raises:
            ValueError: The value has no time zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a point in time needs its zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the value of the database, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class StateTable(DeclarativeBase):
    """Base of all tables of the service's database; constraints have names, so that migrations can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment(), str: Text()}  # noqa: RUF012  (SQLAlchemy reads it of the class)


_HASH = String(64)


class PersonRow(StateTable):
    """One of the people who may use the service; never deleted, so that what they did keeps its name.

    Attributes:
        tlp: Level of the clearance, 0 (CLEAR) to 4 (RED).
        releasable_to: Economies of the clearance as ISO3 codes, parted by commas; ``None`` if only the level decides.
        subject: Subject by which a provider of OpenID Connect knows the person, as ``ISSUER SUBJECT``.
    """

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    tlp: Mapped[int]
    releasable_to: Mapped[str | None]
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    subject: Mapped[str | None] = mapped_column(String(512), unique=True)
    is_active: Mapped[bool]
    created: Mapped[datetime]
    deactivated: Mapped[datetime | None]


class TokenRow(StateTable):
    """A token of a person, by its hash; its role and clearance limit those of the person, where it has any."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(_HASH, unique=True)
    label: Mapped[str] = mapped_column(String(120))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[str | None] = mapped_column(String(16))
    tlp: Mapped[int | None]
    created: Mapped[datetime]
    expires: Mapped[datetime]
    last_used: Mapped[datetime | None]
    revoked: Mapped[datetime | None]


class SessionRow(StateTable):
    """A session of a browser, by the hash of its cookie.

    Attributes:
        person_id: The person; ``None`` for the analyst alone.
        token_id: The token that it was begun with, which limits it; ``None`` without one.
    """

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(_HASH, unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    token_id: Mapped[int | None] = mapped_column(ForeignKey("tokens.id"))
    via: Mapped[str] = mapped_column(String(16))
    created: Mapped[datetime]
    last_seen: Mapped[datetime]
    expires: Mapped[datetime]
    revoked: Mapped[datetime | None]


class SignInLinkRow(StateTable):
    """A link that signs in once: an invitation of a person, or that of the analyst alone (no person)."""

    __tablename__ = "sign_in_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(_HASH, unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    created: Mapped[datetime]
    expires: Mapped[datetime]
    used: Mapped[datetime | None]
    revoked: Mapped[datetime | None]


class ViewRow(StateTable):
    """A view that someone saved: an address of the service under a name. The analyst alone has no person's id."""

    __tablename__ = "views"
    __table_args__ = (UniqueConstraint("owner", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[str]
    created: Mapped[datetime]


class AuditRow(StateTable):
    """One line of the audit log: a chain as :mod:`stopgap.base.chained_log` has it; the database refuses to change it.

    Attributes:
        number: Place in the log, from 1 without gaps.
        line: The line as it is exported, with the hash of the line before and its own.
    """

    __tablename__ = "audit"
    __table_args__ = (Index(None, "who"), Index(None, "what"))

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(120))
    what: Mapped[str] = mapped_column(String(80))
    about: Mapped[str]
    outcome: Mapped[str] = mapped_column(String(80))
    request_id: Mapped[str | None] = mapped_column(String(80))
    line: Mapped[str]


def as_document(row: StateTable, *names: str) -> dict[str, Any]:
    """Return columns of a row as JSON: points in time as ISO 8601."""
    found = {name: getattr(row, name) for name in names}
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in found.items()}


def iso(moment: datetime) -> str:
    """Write a point in time: ``2026-12-01T07:40:00Z``."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
