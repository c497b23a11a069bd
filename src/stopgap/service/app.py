"""Build the service: one ASGI application from its settings."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version

from fastapi import FastAPI

from stopgap.service.assistants.mount import mount_tools
from stopgap.service.context import ServiceContext
from stopgap.service.jobs.router import jobs_router
from stopgap.service.matching.router import matching_router
from stopgap.service.operation.health import health_router
from stopgap.service.pages.answering import problem_page
from stopgap.service.pages.router import pages_router
from stopgap.service.problems import add_problem_handlers
from stopgap.service.rest.docs_page import docs_router
from stopgap.service.rest.openapi import described
from stopgap.service.rest.router import ROOT, rest_router
from stopgap.service.security.layers import add_security
from stopgap.service.security.oidc import OidcProvider, oidc_settings
from stopgap.service.security.oidc_pages import oidc_pages
from stopgap.service.security.sign_in_pages import sign_in_pages
from stopgap.service.settings import ServiceSettings
from stopgap.service.state.router import state_router

DESCRIPTION = (
    "Who fills the gap when trade is stopped. Names, fields and units are those of the command line and of Python; "
    "money is current US dollars, months are YYYY-MM, economies are ISO3 codes. Every answer carries its marking."
)


def create_app(settings: ServiceSettings) -> FastAPI:
    """Return the application; it opens its database and starts its jobs when it is started."""
    service = ServiceContext(settings)

    @contextlib.asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        service.start()
        try:
            async with mount_tools(app, service):
                yield
        finally:
            service.stop()

    app = FastAPI(
        title="Stopgap", version=version("stopgap"), description=DESCRIPTION, lifespan=running, docs_url=None,
        redoc_url=None, openapi_url="/openapi.json",
    )  # fmt: skip
    app.state.service = service
    add_problem_handlers(app, problem_page)
    app.include_router(health_router())
    app.include_router(rest_router())
    app.include_router(jobs_router(ROOT))
    app.include_router(state_router())
    app.include_router(sign_in_pages())
    if (oidc := oidc_settings(settings)) is not None:
        app.include_router(oidc_pages(OidcProvider(oidc)))
    app.include_router(matching_router(service))
    app.include_router(docs_router())
    app.include_router(pages_router())
    app.openapi = described(app)  # type: ignore[method-assign]
    add_security(app, service)
    return app
