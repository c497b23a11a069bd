"""The service's state: what may be done with people, tokens, sessions, links and views, each with its line in the audit log."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from stopgap.base.errors import StopgapError
from stopgap.base.marking import Marking, Tlp
from stopgap.base.person import user_name
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.state import people, views, ways_in
from stopgap.service.state.audit import Audit, AuditEntry, add_entry
from stopgap.service.state.database import Database, open_database
from stopgap.service.state.migrate import migrate
from stopgap.service.state.people import ServicePerson
from stopgap.service.state.tables import PersonRow, SessionRow, TokenRow
from stopgap.service.state.ways_in import NewToken, SignedInWith

log = logging.getLogger("stopgap.service")


def utc_now() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ActingPerson:
    """Who does something to the state, for the audit log.

    Attributes:
        name: Name.
        principal: The one who signed in; ``None`` on the command line, which may do everything.
        request_id: Id of the request.
    """

    name: str
    principal: Principal | None = None
    request_id: str | None = None

    @classmethod
    def on_terminal(cls) -> ActingPerson:
        """Return the user of the system, who calls the command line."""
        return cls(user_name())


@dataclass(frozen=True)
class ServiceState:
    """State of the service in its database.

    Attributes:
        database: The database, at the newest revision.
        now: Tells the time.
    """

    database: Database
    now: Callable[[], datetime] = utc_now

    @property
    def audit(self) -> Audit:
        """The audit log."""
        return Audit(self.database)

    def fault(self) -> str:
        """Return why the database cannot be read; empty if it can."""
        try:
            with self.database.reading() as session:
                session.execute(text("SELECT 1"))
        except StopgapError as error:
            return error.what
        return ""

    def record(self, entry: AuditEntry) -> None:
        """Add a line to the audit log, in a transaction of its own."""
        with self.database.writing() as session:
            add_entry(session, entry, self.now())

    def people(self) -> list[ServicePerson]:
        """Return all people, those who were removed too, by name."""
        with self.database.reading() as session:
            rows = session.query(PersonRow).all()
        return sorted(map(people.person_from, rows), key=lambda person: person.name)

    def person(self, name: str) -> ServicePerson:
        """Return a person.

        Raises:
            NotFoundError: There is nobody of that name.
        """
        with self.database.reading() as session:
            return people.person_from(people.person_row(session, name))

    def add_person(
        self, actor: ActingPerson, name: str, role: PersonRole, clearance: Marking, email: str | None = None
    ) -> ServicePerson:
        """Add a person, or bring one back; see :func:`stopgap.service.state.people.add_person`."""
        said = f"{name}: {role}, {clearance.label}"
        with self._doing(actor, "people add", said) as session:
            if actor.principal is not None:
                former = session.query(PersonRow).filter_by(name=name).one_or_none()
                known = None if former is None else people.person_from(former)
                people.need_within(actor.principal, known, role=role, clearance=clearance)
            return people.add_person(session, name, role=role, clearance=clearance, email=email, at=self.now())

    def change_person(
        self,
        actor: ActingPerson,
        name: str,
        *,
        role: PersonRole | None = None,
        clearance: Marking | None = None,
        email: str | None = None,
    ) -> ServicePerson:
        """Change a person from the next request on; see :func:`stopgap.service.state.people.change_person`."""
        said = ", ".join(
            [str(role)] * (role is not None)
            + [clearance.label if clearance else ""] * (clearance is not None)
            + ["e-mail"] * (email is not None)
        )
        with self._doing(actor, "people change", f"{name}: {said}") as session:
            known = people.person_from(people.active_row(session, name))
            if actor.principal is not None:
                granted = max(role or known.role, known.role, key=lambda each: each.rank)
                people.need_within(actor.principal, known, role=granted, clearance=clearance or known.clearance)
            return people.change_person(session, name, role=role, clearance=clearance, email=email)

    def deactivate_person(self, actor: ActingPerson, name: str) -> ServicePerson:
        """End what a person may do, with sessions, tokens and invitations.

        Raises:
            NotFoundError: There is nobody of that name.
            RefusedError: The one who asks is that person.
        """
        with self._doing(actor, "people remove", name) as session:
            known = people.person_from(people.person_row(session, name))
            if actor.principal is not None and known.id == actor.principal.person_id:
                people.need_within(actor.principal, known, role=known.role, clearance=known.clearance)
            return people.deactivate_person(session, name, at=self.now())

    def invite(self, actor: ActingPerson, name: str) -> tuple[str, datetime]:
        """Make a link that signs a person in once; return its key and when it ends.

        Raises:
            NotFoundError: There is nobody of that name.
            RefusedError: The person was removed, or may see or do more than the one who asks.
        """
        with self._doing(actor, "people invite", name) as session:
            row = people.active_row(session, name)
            self._need_grantable(actor, people.person_from(row))
            return ways_in.make_link(session, row, self.now())

    def link_alone(self, actor: ActingPerson) -> tuple[str, datetime]:
        """Make the link that signs the analyst alone in, once; return its key and when it ends."""
        with self._doing(actor, "link of the analyst alone", "") as session:
            return ways_in.make_link(session, None, self.now())

    def new_token(
        self,
        actor: ActingPerson,
        name: str,
        *,
        days: int,
        label: str = "",
        role: PersonRole | None = None,
        tlp: Tlp | None = None,
    ) -> NewToken:
        """Make a token of a person.

        Raises:
            NotFoundError: There is nobody of that name.
            RefusedError: The person was removed, or may see or do more than the one who asks.
        """
        with self._doing(actor, "tokens new", f"{name}, {days} days") as session:
            row = people.active_row(session, name)
            self._need_grantable(actor, people.person_from(row))
            return ways_in.make_token(session, row, label=label[:120], days=days, role=role, tlp=tlp, at=self.now())

    def tokens(self, person_id: int | None = None) -> list[dict[str, Any]]:
        """Return the tokens of a person, or of all, as JSON."""
        with self.database.reading() as session:
            return ways_in.tokens_of(session, person_id)

    def sessions(self, person_id: int | None = None) -> list[dict[str, Any]]:
        """Return the sessions of a person, or of all, as JSON."""
        with self.database.reading() as session:
            return ways_in.sessions_of(session, self.now(), person_id)

    def revoke_token(self, actor: ActingPerson, id: int) -> str:
        """Revoke a token; return the name of its person.

        Raises:
            NotFoundError: There is none with that id that the one who asks may revoke.
        """
        with self._doing(actor, "tokens revoke", str(id)) as session:
            return self._revoked(session, actor, TokenRow, id)

    def revoke_session(self, actor: ActingPerson, id: int) -> str:
        """End a session; return the name of its person.

        Raises:
            NotFoundError: There is none with that id that the one who asks may end.
        """
        with self._doing(actor, "sessions revoke", str(id)) as session:
            return self._revoked(session, actor, SessionRow, id)

    def sign_in(self, key: str, *, is_team: bool, request_id: str | None = None) -> SignedInWith | None:
        """Begin a session with the key of a link, or a token; ``None`` where neither holds. Both are noted."""
        with self.database.writing() as session:
            done = ways_in.use_key(session, key, self.now(), is_team=is_team)
            who = done.principal.name if done else "-"
            about = done.principal.session or "" if done else ""
            outcome = "done" if done else "refused"
            add_entry(session, AuditEntry(who, "sign in", about, outcome, request_id), self.now())
        return done

    def sign_in_as(
        self, find: Callable[[Session], PersonRow | None], *, via: str, request_id: str | None = None
    ) -> SignedInWith | None:
        """Begin a session of the person that a function finds; ``None`` where it finds nobody. Both are noted."""
        with self.database.writing() as session:
            person = find(session)
            done = None if person is None else ways_in.begin_session(session, person, via=via, at=self.now())
            entry = (done.principal.name, done.principal.session or "", "done") if done else ("-", "", "refused")
            add_entry(session, AuditEntry(entry[0], f"sign in by {via}", entry[1], entry[2], request_id), self.now())
        return done

    def sign_out(self, principal: Principal, request_id: str | None = None) -> None:
        """End the session that a principal signed in with; of a token nothing is ended."""
        kind, _, id = (principal.session or "").partition(":")
        if kind == "session":
            with self.database.writing() as session:
                ways_in.revoke(session, SessionRow, int(id), self.now())
                add_entry(
                    session, AuditEntry(principal.name, "sign out", f"session:{id}", "done", request_id), self.now()
                )

    def principal_of_token(self, token: str) -> Principal | None:
        """Find out who sends a token; ``None`` where it does not hold."""
        with self.database.reading() as session:
            found = ways_in.principal_of_token(session, token, self.now())
        if found is not None and found[1] is not None:
            self._note(token=found[1])
        return found[0] if found else None

    def principal_of_cookie(self, cookie: str, *, is_team: bool) -> Principal | None:
        """Find out whose session a cookie is; ``None`` where it does not hold."""
        with self.database.reading() as session:
            found = ways_in.principal_of_cookie(session, cookie, self.now(), is_team=is_team)
        if found is not None and found[1] is not None:
            self._note(browser_session=found[1])
        return found[0] if found else None

    def views(self, principal: Principal) -> list[dict[str, Any]]:
        """Return the views that someone saved, by name."""
        with self.database.reading() as session:
            return views.views_of(session, principal.person_id)

    def save_view(self, principal: Principal, name: str, address: str) -> dict[str, Any]:
        """Save an address under a name, in place of the one that had it; see :func:`.views.save_view`."""
        with self.database.writing() as session:
            return views.save_view(session, principal.person_id, name, address, self.now())

    def remove_view(self, principal: Principal, name: str) -> None:
        """Remove a view; NotFoundError where the person has none of that name."""
        with self.database.writing() as session:
            views.remove_view(session, principal.person_id, name)

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def _need_grantable(self, actor: ActingPerson, person: ServicePerson) -> None:
        """Refuse a way in for someone who may do or see more than the one who makes it; everyone may for oneself."""
        principal = actor.principal
        if principal is not None and person.id != principal.person_id:
            people.need_within(principal, person, role=person.role, clearance=person.clearance)

    def _revoked(self, session: Session, actor: ActingPerson, table: type[TokenRow] | type[SessionRow], id: int) -> str:
        name, person_id = ways_in.revoke(session, table, id, self.now())
        principal = actor.principal
        if principal is not None and principal.role is not PersonRole.ADMIN and person_id != principal.person_id:
            raise ways_in.no_such(table, id)
        return name

    def _note(self, *, token: int | None = None, browser_session: int | None = None) -> None:
        """Note a use; a request is answered also where that fails."""
        try:
            with self.database.writing() as session:
                ways_in.note_use(session, token=token, browser_session=browser_session, at=self.now())
        except StopgapError as error:
            log.warning("the last use of a session or token was not noted: %s", error.what)

    @contextlib.contextmanager
    def _doing(self, actor: ActingPerson, what: str, about: str) -> Iterator[Session]:
        """Yield a transaction whose line in the audit log stands or falls with it; what is refused has a line too."""
        try:
            with self.database.writing() as session:
                yield session
                add_entry(session, AuditEntry(actor.name, what, about, "done", actor.request_id), self.now())
        except StopgapError as error:
            if error.exit_code == 5:
                with contextlib.suppress(StopgapError):
                    self.record(AuditEntry(actor.name, what, about, "refused", actor.request_id))
            raise


def open_state(url: str) -> ServiceState:
    """Open the database at an address and bring it to the newest revision.

    Raises:
        UsageError: The address is not one of a known database.
        RefusedError: The file cannot be made, or a newer version of Stopgap made it.
        UnreachableError: The database does not answer.
    """
    database = open_database(url)
    try:
        migrate(database)
    except BaseException:
        database.close()
        raise
    return ServiceState(database)
