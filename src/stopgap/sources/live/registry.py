"""Registry of the live services."""

from __future__ import annotations

from functools import cache

from stopgap.base.errors import NotFoundError
from stopgap.sources.live.service import LiveService

NAMES = ("comtrade", "eurostat", "us-census", "hmrc")


@cache
def services() -> dict[str, LiveService]:
    """Return every live service, keyed by name."""
    from stopgap.sources.live.comtrade import LiveComtrade
    from stopgap.sources.live.eurostat import LiveEurostat
    from stopgap.sources.live.hmrc import LiveHmrc
    from stopgap.sources.live.us_census import LiveUsCensus

    found: tuple[LiveService, ...] = (LiveComtrade(), LiveEurostat(), LiveUsCensus(), LiveHmrc())
    return {service.name: service for service in found}


def get_service(name: str) -> LiveService:
    """Return the live service with this name; NotFoundError where there is none."""
    if name not in NAMES:
        raise NotFoundError(f"no live service is called {name!r}", where="fetch", fix=f"use one of {', '.join(NAMES)}")
    return services()[name]
