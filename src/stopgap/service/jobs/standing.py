"""What a person who submitted a job may do and see when the job starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from stopgap.base.errors import RefusedError
from stopgap.base.marking import Marking
from stopgap.service.principal import Principal, Role

Present = Callable[[Principal], Principal | None]
"""Returns a person with role and clearance as they are now; ``None`` for one who may no longer sign in."""


def as_now(person: Principal, present: Present) -> Principal:
    """Return who submitted a job with the lower of the rights at submission and of those now.

    Raises:
        RefusedError: The person may no longer sign in, or its role is too low now.
    """
    now = present(person)
    if now is None:
        raise RefusedError(
            f"{person.name} may no longer sign in, so that the job was not done",
            where=f"job of {person.name}",
            fix="ask someone who may sign in to submit it again",
        )
    role = min(person.role, now.role, key=lambda role: role.rank)
    if role.rank < Role.ANALYST.rank:
        now.need(Role.ANALYST, "submit jobs")
    return replace(person, role=role, clearance=both_see(person.clearance, now.clearance))


def both_see(one: Marking | None, other: Marking | None) -> Marking | None:
    """Return the clearance that admits what two clearances admit; ``None`` is the one that admits everything."""
    if one is None or other is None:
        return other if one is None else one
    lists = (one.releasable_to, other.releasable_to)
    economies = None if None in lists else frozenset().union(*(each for each in lists if each is not None))
    return Marking(min(one.tlp, other.tlp), economies)
