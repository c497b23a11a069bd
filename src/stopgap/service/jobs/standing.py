"""What a person who submitted a job may do and see when the job starts."""

from __future__ import annotations

from dataclasses import replace

from stopgap.base.errors import RefusedError
from stopgap.base.marking import Marking
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.state.clearances import both_see
from stopgap.service.state.database import Database
from stopgap.service.state.people import person_from
from stopgap.service.state.tables import PersonRow


def person_now(database: Database, person: Principal, *, is_team: bool) -> Principal | None:
    """Return who submitted a job with role and clearance as they are now; ``None`` for one who may no longer sign in.

    Args:
        database: The service's database.
        person: Who submitted, as then.
        is_team: Whether people sign in; else the one analyst is in no database.
    """
    if person.person_id is None:
        return None if is_team else person
    with database.reading() as session:
        row = session.get(PersonRow, person.person_id)
        if row is None or not row.is_active:
            return None
        known = person_from(row)
    return replace(person, name=known.name, role=known.role, clearance=known.clearance)


def as_now(person: Principal, now: Principal | None) -> Principal:
    """Return who submitted a job with the lower of the rights at submission and of those now.

    Raises:
        RefusedError: The person may no longer sign in, or its role is too low now.
    """
    if now is None:
        raise RefusedError(
            f"{person.name} may no longer sign in, so that the job was not done",
            where=f"job of {person.name}",
            fix="ask someone who may sign in to submit it again",
        )
    role = min(person.role, now.role, key=lambda role: role.rank)
    if role.rank < PersonRole.ANALYST.rank:
        now.need(PersonRole.ANALYST, "submit jobs")
    return replace(person, role=role, clearance=_lower(person.clearance, now.clearance))


def _lower(one: Marking | None, other: Marking | None) -> Marking | None:
    """Return the clearance that admits what both admit; ``None`` is the one that admits everything."""
    if one is None or other is None:
        return other if one is None else one
    return both_see(one, other)
