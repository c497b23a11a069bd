"""Commands about who may use the service: people and tokens."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.answers.rows import rows_table
from stopgap.base.request import Option
from stopgap.cli.terminal.command import Shown, WrittenAnswer, command, group
from stopgap.cli.terminal.options import Answer
from stopgap.service.state.request import AddPersonRequest, ChangePersonRequest, NewTokenRequest, StateRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from stopgap.service.settings import ServiceSettings
    from stopgap.service.state.people import ServicePerson
    from stopgap.service.state.store import ServiceState

commands = typer.Typer(rich_markup_mode=None)
people_app = group(commands, "people", "People who may use the service: their roles, clearances and invitations.")
tokens_app = group(commands, "tokens", "Tokens with which programs use the service in a person's name.")

NameArgument = Annotated[str, Option("Name of the person.", metavar="NAME", is_argument=True)]

_PERSON = ("name", "role", "clearance", "releasable_to", "email", "created", "deactivated")
_TOKEN = ("name", "label", "role", "clearance", "releasable_to", "created", "expires", "last_used", "revoked")


def settings_of(shown: Shown, request: StateRequest) -> ServiceSettings:
    """Return the settings of the service as ``stopgap serve`` finds them."""
    from stopgap.service.settings import ServeRequest, service_settings

    return service_settings(shown.folder, ServeRequest(database_url=request.database_url, config=request.config))


@contextlib.contextmanager
def state_of(shown: Shown, request: StateRequest) -> Iterator[ServiceState]:
    """Open the service's database for a command."""
    from stopgap.service.state.store import open_state

    state = open_state(settings_of(shown, request).database_url)
    try:
        yield state
    finally:
        state.close()


@command(people_app, "add")
def add_command(name: NameArgument, request: AddPersonRequest, where: StateRequest, shown: WrittenAnswer) -> Answer:
    """Add a person, or bring one back who was removed.

    Who may see what: a person sees what is marked up to the level of the clearance. What may be released to named
    economies alone is seen by those who are cleared for one of them (--releasable-to).

    Example: stopgap people add jane --role analyst --clearance GREEN --releasable-to FRA
    """
    from stopgap.service.state.store import ActingPerson

    with state_of(shown, where) as state:
        person = state.add_person(ActingPerson.on_terminal(), name, request.role, request.marking, request.email)
    return _of_person(person, f"{person.name} may use the service: {person.role}, {person.clearance.label}")


@command(people_app, "list")
def list_command(where: StateRequest, shown: WrittenAnswer) -> Answer:
    """List the people, those who were removed too.

    Example: stopgap people list
    """
    with state_of(shown, where) as state:
        found = state.people()
    active = sum(person.is_active for person in found)
    title = f"{active:,} may use the service, {len(found) - active:,} removed"
    return Answer({"people": [each.as_dict() for each in found]}, _people_table(found), title)


@command(people_app, "change")
def change_command(
    name: NameArgument, request: ChangePersonRequest, where: StateRequest, shown: WrittenAnswer
) -> Answer:
    """Change role, clearance or e-mail of a person; each holds from the next request on.

    What is not given stays; --releasable-to none takes the economies away.

    Example: stopgap people change jane --clearance AMBER
    """
    from stopgap.service.state.store import ActingPerson

    with state_of(shown, where) as state:
        clearance = None
        if request.clearance is not None or request.releasable_to is not None:
            clearance = request.changed(state.person(name).clearance)
        person = state.change_person(
            ActingPerson.on_terminal(), name, role=request.role, clearance=clearance, email=request.email
        )
    return _of_person(person, f"{person.name} is {person.role}, {person.clearance.label}")


@command(people_app, "remove")
def remove_command(name: NameArgument, where: StateRequest, shown: WrittenAnswer) -> Answer:
    """End what a person may do, with all sessions, tokens and invitations; what the person did keeps the name.

    Example: stopgap people remove jane
    """
    from stopgap.service.state.store import ActingPerson

    with state_of(shown, where) as state:
        person = state.deactivate_person(ActingPerson.on_terminal(), name)
    return _of_person(person, f"{person.name} may not use the service any more")


@command(people_app, "invite")
def invite_command(
    name: NameArgument,
    where: StateRequest,
    shown: WrittenAnswer,
    url: Annotated[
        str | None,
        Option(
            "Address of the service as the person reaches it (default: of the one that runs, else as the settings say).",
            metavar="URL",
        ),
    ] = None,
) -> Answer:
    """Print a link that signs a person in once, within three days; a former link of the person ends.

    Example: stopgap people invite jane --url https://stopgap.example.org
    """
    from stopgap.service.serve import reached_at
    from stopgap.service.state.store import ActingPerson
    from stopgap.service.state.tables import iso

    address = (url or reached_at(settings_of(shown, where))).rstrip("/")
    with state_of(shown, where) as state:
        key, ends = state.invite(ActingPerson.on_terminal(), name)
    document = {"name": name, "link": f"{address}/sign-in?key={key}", "expires": iso(ends)}
    notes = ["send it by a way that nobody else reads: whoever opens it first is signed in"]
    table, above = rows_table([document], text=tuple(document)), [document["link"]]
    return Answer(document, table, "shown this once", notes, columns=("name", "expires"), above=above)


@command(tokens_app, "new")
def new_command(name: NameArgument, request: NewTokenRequest, where: StateRequest, shown: WrittenAnswer) -> Answer:
    """Make a token of a person; it is shown this once.

    Programs send it as Authorization: Bearer TOKEN.

    Example: stopgap tokens new jane --days 30 --label "monthly report" --format json
    """
    from stopgap.service.state.store import ActingPerson

    with state_of(shown, where) as state:
        made = state.new_token(
            ActingPerson.on_terminal(), name, days=request.days, label=request.label, role=request.role, tlp=request.tlp
        )
    document = made.as_dict()
    row = _cells(document)
    columns = ("token", "name", "role", "clearance", "releasable_to", "expires")
    title = "shown this once; programs send it as Authorization: Bearer TOKEN"
    return Answer(document, rows_table([row], text=columns), title, columns=columns[1:], above=[made.token])


@command(tokens_app, "list")
def tokens_command(where: StateRequest, shown: WrittenAnswer) -> Answer:
    """List the tokens, without their secrets.

    Example: stopgap tokens list
    """
    with state_of(shown, where) as state:
        found = state.tokens()
    table = rows_table(map(_cells, found), integers=("id",), text=_TOKEN)
    hold = sum(row["revoked"] is None for row in found)
    return Answer({"tokens": found}, table, f"{hold:,} not revoked, {len(found) - hold:,} revoked")


@command(tokens_app, "revoke")
def revoke_command(
    id: Annotated[int, Option("Id of the token, as the list has it.", metavar="ID", is_argument=True)],
    where: StateRequest,
    shown: WrittenAnswer,
) -> Answer:
    """Revoke a token, from the next request on.

    Example: stopgap tokens revoke 3
    """
    from stopgap.service.state.store import ActingPerson

    with state_of(shown, where) as state:
        name = state.revoke_token(ActingPerson.on_terminal(), id)
    document = {"id": id, "name": name, "revoked": True}
    return Answer(
        document, rows_table([document], integers=("id",), text=("name",), flags=("revoked",)), f"token {id} is revoked"
    )


def _of_person(person: ServicePerson, title: str) -> Answer:
    return Answer(person.as_dict(), _people_table([person]), title)


def _people_table(found: list[ServicePerson]) -> pa.Table:
    return rows_table((_cells(each.as_dict()) for each in found), text=_PERSON, flags=("active",))


def _cells(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document as a row: its economies in one cell."""
    economies = document["releasable_to"]
    return {**document, "releasable_to": None if economies is None else ", ".join(economies)}
