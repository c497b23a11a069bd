"""Answer requests for pages: ask the lake as the person who looks, draw the page, and give its charts as files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from stopgap.answers.documents import settled_marking
from stopgap.api import Lake
from stopgap.base.errors import NotFoundError, StopgapError
from stopgap.base.marking import CLEAR, Marking, strictest
from stopgap.base.read_ledger import open_ledger
from stopgap.evidence.markings.reads import EVERYTHING
from stopgap.pages.amounts import AmountUnit, amounts_in
from stopgap.pages.charts.figures import FIGURE_FORMS, figures_file
from stopgap.pages.drawing import Frame, draw_page, draw_part
from stopgap.pages.languages.catalogs import ENGLISH, LANGUAGES
from stopgap.pages.site import ServiceSite
from stopgap.pages.views import ChartView, PageContent
from stopgap.service.access import service_of, signed_in
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.problems import NotSignedInError
from stopgap.service.rest.endpoints import without_folders
from stopgap.service.rest.forms import AnswerForm
from stopgap.service.security.cookies import PLAIN_NAME, SECURE_NAME
from stopgap.service.security.same_origin import csrf_token

MARKING_HEADER = "X-Stopgap-Marking"
FILE_TYPES = {
    "png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf",
    **{form: AnswerForm(form).media_type for form, _ in FIGURE_FORMS},
}  # fmt: skip
CHART_WIDTH = 920
UNIT_COOKIE = "stopgap-unit"
"""Name of the cookie that keeps the unit of amounts in a browser."""
LANGUAGE_COOKIE = "stopgap-language"
"""Name of the cookie that keeps the language of menus in a browser."""
NOT_OPTIONS = ("chart", "form", "part")
"""Parameters that choose a form of a page, and are no options of it."""

Work = Callable[[Lake], PageContent]

Result = TypeVar("Result")


def answer_page(request: Request, work: Work, *, status: int = 200) -> Response:
    """Return a page, or one of its charts as a file where the request asks for it (``?chart=KEY&form=png``).

    Args:
        request: The request.
        work: Makes the content from the lake; in its turn it sees what the person may see.
        status: Status of the answer.

    Raises:
        NotSignedInError: Nobody is signed in.
        StopgapError: Of `work`.
    """
    principal = signed_in(request)
    content, marking = ask_for(request, principal, work)
    chart, form = request.query_params.get("chart"), request.query_params.get("form")
    if chart is not None and form in FILE_TYPES:
        return chart_file(content, marking, chart, form)
    return drawn(request, content, marking, status=status)


def ask_for(request: Request, principal: Principal, work: Work) -> tuple[PageContent, Marking]:
    """Return the content of a page and the marking of all that was read for it."""
    found = asked(request, principal, marked_work(work))
    return found.content, found.marking


def asked(request: Request, principal: Principal, work: Callable[[Lake], Result]) -> Result:
    """Do work on the lake as a person sees it; an error names no folder of the server.

    Raises:
        StopgapError: Of `work`.
    """
    service = service_of(request)
    try:
        with amounts_in(unit_of(request)):
            return service.ask(principal, work)
    except StopgapError as error:
        hidden = (service.settings.lake, service.settings.home)
        error.what, error.where, error.fix = without_folders((error.what, error.where, error.fix), hidden)
        raise


def unit_of(request: Request) -> AmountUnit:
    """Return the unit of amounts that was chosen in the browser that asks."""
    chosen = request.cookies.get(UNIT_COOKIE, "")
    return AmountUnit(chosen) if chosen in set(AmountUnit) else AmountUnit.MILLION


def language_of(request: Request) -> str:
    """Return the code of the language that was chosen in the browser that asks."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, ENGLISH)
    return chosen if chosen in LANGUAGES else ENGLISH


def marked_work(work: Work) -> Callable[[Lake], MarkedContent]:
    """Return work that gives the content of a page with the marking of all that was read for it."""

    def within(lake: Lake) -> MarkedContent:
        with open_ledger(lake.path):
            content = work(lake)
            marking = settled_marking(content.marking, EVERYTHING if content.marking is not None else ()) or CLEAR
            return MarkedContent(content, strictest([marking, content.marking or CLEAR]))

    return within


@dataclass(frozen=True)
class MarkedContent:
    """Content of a page, and the marking of all that was read for it."""

    content: PageContent
    marking: Marking


def drawn(request: Request, content: PageContent, marking: Marking, *, status: int = 200) -> Response:
    """Return content as a whole page, or as a part where htmx or ``?part`` asks for one."""
    frame = frame_of(request, marking)
    is_part = request.headers.get("hx-request") == "true" or "part" in request.query_params
    text = draw_part(content, frame) if is_part else draw_page(content, frame)
    return HTMLResponse(text, status, {MARKING_HEADER: marking.label, "Vary": "HX-Request, Cookie, Authorization"})


def told(request: Request, found: Work | StopgapError) -> Response:
    """Return content that was asked for on a page, or the error in its place, with what, where and fix."""
    if not isinstance(found, StopgapError):
        try:
            return answer_page(request, found)
        except StopgapError as error:
            found = error
    marking = found.marking if isinstance(found.marking, Marking) else CLEAR
    return drawn(request, PageContent("told.html", "This cannot be done", _said(found)), marking)


def _said(error: StopgapError) -> dict[str, Any]:
    return {"what": f"{error.what[:1].upper()}{error.what[1:]}.", "where": error.where, "fix": error.fix}


def frame_of(request: Request, marking: Marking) -> Frame:
    """Return what stands around the content of a page for the person who asks."""
    principal: Principal | None = getattr(request.state, "principal", None)
    request.state.uses_nonce = True
    session = request.cookies.get(SECURE_NAME) or request.cookies.get(PLAIN_NAME) or ""
    return Frame(
        ServiceSite(),
        marking,
        person=principal.name if principal else "",
        csrf=csrf_token(session) if session else "",
        nonce=getattr(request.state, "nonce", ""),
        is_admin=principal is not None and principal.role is PersonRole.ADMIN,
        role=str(principal.role.value) if principal else "",
        language=language_of(request),
        extra={"here": here(request)},
    )


def here(request: Request) -> str:
    """Return the permanent address of the page that is asked for."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in NOT_OPTIONS]
    return f"{quote(request.url.path)}?{urlencode(kept)}" if kept else quote(request.url.path)


def problem_page(request: Request, error: StopgapError) -> Response | None:
    """Return an error as a page, where a browser asked for one; someone who is not signed in is sent to sign in."""
    if not wants_page(request):
        return None
    if isinstance(error, NotSignedInError):
        return RedirectResponse("/sign-in", 303)
    marking = error.marking if isinstance(error.marking, Marking) else CLEAR
    title = "Not found" if error.http_status == 404 else "This cannot be shown"
    is_option = error.http_status in (400, 422) and request.method == "GET" and bool(request.query_params)
    values = {**_said(error), "without_options": request.url.path if is_option else ""}
    if not isinstance(error, NotFoundError) and error.http_status == 404:
        values |= {"what": "There is no page at this address.", "fix": "check the address, or search for what you need"}
    return drawn(request, PageContent("problem.html", title, values, nav=""), marking, status=error.http_status)


def wants_page(request: Request) -> bool:
    """Whether an error is shown as a page: to a browser, or a part of one, at an address that is not of an API."""
    is_page = "text/html" in request.headers.get("accept", "") or request.headers.get("hx-request") == "true"
    return is_page and not request.url.path.startswith(("/api/", "/mcp", "/match", "/docs"))


def chart_file(content: PageContent, marking: Marking, key: str, form: str) -> Response:
    """Return a chart of a page as a file.

    Args:
        content: The page.
        marking: Its marking.
        key: Name of the chart.
        form: One of :data:`FILE_TYPES`.

    Raises:
        NotFoundError: The page has no such chart, or not in this form.
    """
    chart = content.chart(key)
    if chart is None:
        raise NotFoundError(
            f"there is no chart {key[:60]!r} on this page",
            where="query: chart",
            fix="open the page and take the link below its chart",
        )
    if form in dict(FIGURE_FORMS):
        if not chart.figures:
            raise NotFoundError(
                "the figures of this chart have addresses of their own",
                where="query: form",
                fix="open the page and take the link CSV, Parquet or JSON below its chart",
            )
        body = figures_file(chart, form, marking)
    else:
        from stopgap.pages.charts.vega import drawn_on_server

        body = drawn_on_server(chart.specification, form, width=CHART_WIDTH, title=_lines_above(chart, marking))
    name = f"{content.nav.strip('/') or 'episode'}-{key}_{marking.tlp.slug}.{form}"
    headers = {MARKING_HEADER: marking.label, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=FILE_TYPES[form], headers=headers)


def _lines_above(chart: ChartView, marking: Marking) -> list[str]:
    import textwrap

    return [chart.title, *textwrap.wrap(chart.subtitle, 125), *textwrap.wrap(chart.basis, 125), marking.label]
