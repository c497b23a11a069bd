"""Layers around the application, the innermost first."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from stopgap.service.context import ServiceContext
from stopgap.service.operation.logs import AccessLog
from stopgap.service.security.audit_layer import AuditLayer
from stopgap.service.security.cookies import PLAIN_NAME, SECURE_NAME
from stopgap.service.security.headers import SecurityHeaders
from stopgap.service.security.limits import BodyLimits, RateLimit
from stopgap.service.security.same_origin import SameOrigin
from stopgap.service.security.sign_in import SignIn

UPLOADS = (
    "/api/v1/imports",
    "/api/v1/packs/",
    "/api/v1/screenings",
    "/packs/",
    "/companies/file",
    "/companies/ownership",
)
"""Beginnings of the addresses that take files."""


def add_security(app: FastAPI, service: ServiceContext) -> None:
    """Add the layers to an application."""
    settings = service.settings
    app.add_middleware(
        BodyLimits, most_bytes=settings.most_bytes, most_upload_bytes=settings.most_upload_bytes, uploads=UPLOADS
    )
    app.add_middleware(SameOrigin, cookies=(SECURE_NAME, PLAIN_NAME), without_token=("/sign-in",))
    app.add_middleware(RateLimit, a_minute=settings.requests_a_minute)
    app.add_middleware(AuditLayer, service=service)
    app.add_middleware(SignIn, service=service)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(settings.allowed_hosts), www_redirect=False)
    app.add_middleware(SecurityHeaders, is_https=settings.is_https)
    app.add_middleware(AccessLog, metrics=service.metrics)
