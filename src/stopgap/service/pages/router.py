"""All pages of the service."""

from __future__ import annotations

from fastapi import APIRouter

from stopgap.service.pages.alerts import alert_pages
from stopgap.service.pages.assets import assets_router
from stopgap.service.pages.companies import company_pages
from stopgap.service.pages.company_entities import entity_pages
from stopgap.service.pages.company_log import log_pages
from stopgap.service.pages.episodes import episode_pages


def pages_router() -> APIRouter:
    """Return the router of all pages and their assets."""
    router = APIRouter()
    router.include_router(assets_router())
    router.include_router(episode_pages())
    router.include_router(company_pages())
    router.include_router(log_pages())
    router.include_router(entity_pages())
    router.include_router(alert_pages())
    return router
