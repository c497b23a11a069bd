"""The service as one person sees it: a client whose every request is made by that principal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from stopgap.base.marking import Marking
from stopgap.service.app import create_app
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.settings import ServiceSettings

ADDRESS = "http://localhost:8765"


def someone(role: PersonRole = PersonRole.ADMIN, clearance: Marking | None = None, name: str = "ann") -> Principal:
    """A person who signed in by a token."""
    return Principal(name, role, clearance, via="token", session="test")


def service_settings_of(lake: Path, **settings: Any) -> ServiceSettings:
    """Settings of a service on a lake; its own folder stands beside the lake. Without ``workers`` no job is taken up."""
    home = settings.pop("home", lake.parent / f"{lake.name}-service")
    given = {"database_url": f"sqlite:///{home / 'service.sqlite'}", "requests_a_minute": 1_000_000, "workers": 0,
             **settings}  # fmt: skip
    return ServiceSettings(lake=lake, home=home, **given)


def service_app(lake: Path, principal: Principal | None, **settings: Any) -> Any:
    """The application, with every request made by one principal; ``None`` for one who is not signed in."""
    app = create_app(service_settings_of(lake, **settings))
    app.state.service.principal_of = lambda connection: principal
    return app


@contextlib.contextmanager
def service_client(lake: Path, principal: Principal | None = None, **settings: Any) -> Iterator[TestClient]:
    """A client of a running application; without a principal an admin with every clearance asks."""
    app = service_app(lake, principal or someone(), **settings)
    with TestClient(app, base_url=ADDRESS, raise_server_exceptions=False) as client:
        yield client
