"""Who asks: a person or a program, its role, and what it may see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stopgap.base.errors import RefusedError
from stopgap.base.marking import Marking, Tlp


class PersonRole(StrEnum):
    """Roles, the one that may do least first; each may do what those before it may."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    RELEASER = "releaser"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """Place among the roles, 0 for the one that may do least."""
        return tuple(PersonRole).index(self)

    @property
    def may(self) -> str:
        """What the role may do, in one line."""
        return _MAY[self]


_MAY = {
    PersonRole.VIEWER: "read, screen names and download what the clearance allows",
    PersonRole.ANALYST: "also import, decide, register statements, run alerts, write briefs and make packs",
    PersonRole.RELEASER: "also mark, release and withdraw files",
    PersonRole.ADMIN: "also manage people, tokens and the service",
}

EVERYTHING = Marking(Tlp.RED)
"""Clearance for all levels; items that name economies are seen by those who are cleared for one of these."""


@dataclass(frozen=True)
class Principal:
    """A person or program that signed in.

    Attributes:
        name: Name, as the logs of the lake and of the service keep it.
        role: What it may do.
        clearance: What it may see; ``None`` for all of the lake, whatever it is marked.
        person_id: Id in the service's database; ``None`` for one who is in none, such as an analyst alone.
        via: How it signed in: ``link``, ``session``, ``token`` or ``oidc``.
        session: Id of the session or token (``session:3``, ``token:7``), for the audit log; never the secret.
        is_of_token: Whether a token is behind it, directly or as what its session was begun with: it makes no other
            ways to sign in.
    """

    name: str
    role: PersonRole
    clearance: Marking | None = None
    person_id: int | None = None
    via: str = "link"
    session: str | None = None
    is_of_token: bool = False

    def need(self, role: PersonRole, what: str) -> None:
        """Refuse those whose role is too low.

        Args:
            role: The least role.
            what: What is asked for, such as ``import files``.

        Raises:
            RefusedError: The role is too low.
        """
        if self.role.rank < role.rank:
            raise RefusedError(
                f"the role {self.role} may not {what}",
                where=f"signed in as {self.name}",
                fix=f"ask someone who is {role} for it, or an admin for that role",
            )
