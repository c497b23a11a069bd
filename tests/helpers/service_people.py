"""A running application for tests of sign-in, and a browser of it that keeps cookies as browsers do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from stopgap.base.marking import Marking, Tlp
from stopgap.service.app import create_app
from stopgap.service.principal import PersonRole
from stopgap.service.settings import ServiceSettings
from stopgap.service.state.store import ActingPerson, ServiceState

ORIGIN = "http://127.0.0.1:8765"
ROOT = ActingPerson("root")


@dataclass(frozen=True)
class Running:
    """An application, its state, and a client that has no cookies yet.

    Attributes:
        client: Sends requests as programs and browsers do.
        state: The state of the service.
    """

    client: TestClient
    state: ServiceState

    def token(
        self, name: str, role: PersonRole = PersonRole.VIEWER, clearance: Marking = Marking(Tlp.GREEN)
    ) -> dict[str, str]:
        """Add a person; the header with which a program asks in that name."""
        self.state.add_person(ROOT, name, role, clearance)
        return bearer(self.state.new_token(ROOT, name, days=1).token)

    def browser(
        self, name: str, role: PersonRole = PersonRole.VIEWER, clearance: Marking = Marking(Tlp.GREEN)
    ) -> dict[str, str]:
        """Add a person and sign in; the headers with which a page of the service asks."""
        self.state.add_person(ROOT, name, role, clearance)
        return self.signed_in(self.state.invite(ROOT, name)[0])

    def signed_in(self, key: str) -> dict[str, str]:
        """Sign in with a key; the headers with which a page of the service asks."""
        self.client.cookies.clear()
        done = self.client.post("/sign-in", json={"key": key}, headers={"origin": ORIGIN})
        assert done.status_code == 200, done.text
        cookie = f"__Host-stopgap={cookie_of(done)}"
        self.client.cookies.clear()
        me = self.client.get("/api/v1/me", headers={"cookie": cookie}).json()
        return {"cookie": cookie, "origin": ORIGIN, "x-stopgap-csrf": me["csrf"]}


def bearer(token: str) -> dict[str, str]:
    """The header with a token."""
    return {"authorization": f"Bearer {token}"}


def cookie_of(answer: Any) -> str:
    """What an answer gives as ``__Host-stopgap``."""
    line = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("__Host-stopgap="))
    return str(line.partition("=")[2].partition(";")[0])


@contextmanager
def running(folder: Path, database_url: str, *, is_team: bool = True, **settings: Any) -> Iterator[Running]:
    """Start an application on a lake that holds nothing."""
    app = create_app(
        ServiceSettings(
            lake=folder / "lake", home=folder / "home", database_url=database_url, is_team=is_team,
            requests_a_minute=100_000, workers=0, **settings,
        )
    )  # fmt: skip
    with TestClient(app, base_url=ORIGIN, follow_redirects=False) as client:
        yield Running(client, app.state.service.state)
