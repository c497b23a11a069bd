"""Addresses of the pages of imported files."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from stopgap.intake.request import SourceRowsRequest
from stopgap.pages.files.rows import file_rows
from stopgap.service.pages.answering import answer_page


def file_pages() -> APIRouter:
    """Return the router of the pages of imported files."""
    router = APIRouter(include_in_schema=False)

    @router.get("/files/{receipt}/rows")
    def rows(
        request: Request,
        receipt: str,
        good: str | None = None,
        period: str | None = None,
        reporter: str | None = None,
        partner: str | None = None,
        value: str | None = None,
    ) -> Response:
        wanted = SourceRowsRequest(good=good, period=period, reporter=reporter, partner=partner, value=value)
        return answer_page(request, lambda lake: file_rows(lake, receipt, wanted))

    return router
