"""All pages of the service."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter

from stopgap.service.pages.alerts import alert_pages
from stopgap.service.pages.assets import assets_router
from stopgap.service.pages.claims import claim_pages
from stopgap.service.pages.companies import company_pages
from stopgap.service.pages.company_entities import entity_pages
from stopgap.service.pages.company_log import log_pages
from stopgap.service.pages.data import data_pages
from stopgap.service.pages.drafts import draft_pages
from stopgap.service.pages.episodes import episode_pages
from stopgap.service.pages.explore import explore_pages
from stopgap.service.pages.files import file_pages
from stopgap.service.pages.find import find_pages
from stopgap.service.pages.goods import goods_pages
from stopgap.service.pages.home import home_pages
from stopgap.service.pages.hubs import hub_pages
from stopgap.service.pages.jobs import job_pages
from stopgap.service.pages.me import me_pages
from stopgap.service.pages.packs import pack_pages
from stopgap.service.pages.people import people_pages
from stopgap.service.pages.query import query_pages
from stopgap.service.pages.rows import row_pages


@cache
def pages_router() -> APIRouter:
    """Return the router of all pages and their assets, made once: it knows nothing of a service before it is asked."""
    router = APIRouter()
    router.include_router(assets_router())
    router.include_router(home_pages())
    router.include_router(episode_pages())
    router.include_router(draft_pages())
    router.include_router(claim_pages())
    router.include_router(query_pages())
    router.include_router(hub_pages())
    router.include_router(file_pages())
    router.include_router(find_pages())
    router.include_router(job_pages())
    router.include_router(pack_pages())
    router.include_router(data_pages())
    router.include_router(me_pages())
    router.include_router(people_pages())
    router.include_router(explore_pages())
    router.include_router(goods_pages())
    router.include_router(row_pages())
    router.include_router(company_pages())
    router.include_router(log_pages())
    router.include_router(entity_pages())
    router.include_router(alert_pages())
    return router
