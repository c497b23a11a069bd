"""A service on a lake with made-up lists, whose every request is made by a chosen person."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from starlette.testclient import TestClient

from stopgap.base.clearance import whole_lake
from stopgap.base.marking import Marking, Tlp
from stopgap.service.app import create_app
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.security.authorization import token_in
from stopgap.service.settings import ServeRequest, ServiceSettings, service_settings

ADMIN = Principal("ada", PersonRole.ADMIN, via="token")
ANALYST = Principal("ben", PersonRole.ANALYST, via="token")
GREEN = Principal("gus", PersonRole.ANALYST, Marking(Tlp.GREEN), via="token")

MORE = (
    "N1,Northwind Trading OOO,,Company,RUS,inn:7701234567",
    "N2,Silent Meridian Optics LLC,,Company,CHN,uscc:91110000MA00000001",
)
"""A second list, on which one entity of the first stands too."""


def settings_of(lake: Path, **more: object) -> ServiceSettings:
    """Settings of a service with a lake; without ``workers`` no job is taken up."""
    import dataclasses

    found = service_settings(lake, ServeRequest(allowed_hosts="testserver,127.0.0.1"))
    home = more.get("home", found.home)
    given = {"workers": 0, "database_url": f"sqlite:///{home}/service.sqlite", **more}
    return dataclasses.replace(found, **given)  # type: ignore[arg-type]


@contextlib.contextmanager
def asking(lake: Path, person: Principal | None = ADMIN, **settings: object) -> Iterator[TestClient]:
    """A client of a service, all of whose requests are made by one person; or by the one whose token is sent."""
    app = create_app(settings_of(lake, **settings))
    app.state.service.principal_of = lambda connection: person
    with TestClient(app) as client:
        yield client


@contextlib.contextmanager
def asking_with_tokens(lake: Path, people: dict[str, Principal]) -> Iterator[TestClient]:
    """A client of a service that knows people by their tokens."""
    app = create_app(settings_of(lake))
    app.state.service.principal_of = lambda connection: people.get(
        token_in(connection.headers.get("authorization")) or ""
    )
    with TestClient(app) as client:
        yield client


def elsewhere(work: Callable[[], object]) -> None:
    """Do what someone does at the command line of the lake while the service runs."""
    with whole_lake():
        work()


def asked(*names: str, schema: str = "Company", **properties: list[str]) -> dict[str, object]:
    """A body with a query for each name."""
    return {
        "queries": {
            f"q{number}": {"schema": schema, "properties": {"name": [name], **properties}}
            for number, name in enumerate(names)
        }
    }
