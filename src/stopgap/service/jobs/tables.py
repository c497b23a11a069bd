"""Tables of jobs in the service's database."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from stopgap.service.state.tables import StateTable

_DOCUMENT = JSON(none_as_null=True)
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")

JOBS = Table(
    "jobs",
    StateTable.metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("request", _DOCUMENT, nullable=False),
    Column("request_sha256", String(64), nullable=False),
    Column("idempotency_key", String(200)),
    Column("person_key", Text, nullable=False),
    Column("person", _DOCUMENT, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("owner", String(80)),
    Column("lease_until", Double),
    Column("events", Integer, nullable=False, default=0),
    Column("submitted_at", String(20), nullable=False),
    Column("started_at", String(20)),
    Column("ended_at", String(20)),
    Column("result", _DOCUMENT),
    Column("marking", _DOCUMENT),
    Column("files", _DOCUMENT),
    Column("error", _DOCUMENT),
    UniqueConstraint("person_key", "idempotency_key", name="uq_jobs_idempotency"),
    Index("ix_jobs_state", "state", "number"),
    Index("ix_jobs_person", "person_key", "number"),
)

JOB_EVENTS = Table(
    "job_events",
    StateTable.metadata,
    Column("job", _NUMBER, ForeignKey("jobs.number", name="fk_job_events_job"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("share", Double),
)
