"""Layers around the application, the outermost last."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from stopgap.service.context import ServiceContext
from stopgap.service.security.headers import SecurityHeaders
from stopgap.service.security.sign_in import SignIn


def add_security(app: FastAPI, service: ServiceContext) -> None:
    """Add the layers to an application."""
    settings = service.settings
    app.add_middleware(SignIn, service=service)
    app.add_middleware(SecurityHeaders, is_https=settings.is_https)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(settings.allowed_hosts), www_redirect=False)
