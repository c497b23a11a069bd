"""Addresses of drafts: read a text, and register a draft whose every field a person has confirmed."""

from __future__ import annotations

import base64
import binascii
import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from stopgap.api import Lake
from stopgap.base import strict_json
from stopgap.base.errors import InputError, StopgapError, UsageError
from stopgap.claims.register.request import RegisterRequest
from stopgap.claims.testing.request import ClaimTestRequest
from stopgap.pages.claims.draft import draft_page, drafts_part, fills_of, proposed, unconfirmed
from stopgap.pages.site import path_of
from stopgap.pages.views import PageContent
from stopgap.service.access import SignedIn, least
from stopgap.service.pages.answering import answer_page, asked, told
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.rest.names import bare_file_name
from stopgap.service.rest.posted import confirmed_draft
from stopgap.sources.texts import SourceText, read_texts

MOST_TEXT = 4_000_000
"""Bytes of a text that is drafted from."""

_PASTED = "pasted.md"

Analyst = Annotated[Principal, Depends(least(PersonRole.ANALYST, "register statements"))]


async def posted_form(request: Request) -> AsyncIterator[FormData]:
    """Yield the form of a request, whose texts may be long; its files are closed afterwards.

    Raises:
        UsageError: It is no form.
    """
    try:
        form = await request.form(max_files=1, max_fields=60, max_part_size=2 * MOST_TEXT)
    except Exception as error:  # what a parser of foreign bytes raises is the client's fault
        raise UsageError("the form cannot be read", where="body", fix="send it from the page") from error
    try:
        yield form
    finally:
        await form.close()


Form = Annotated[FormData, Depends(posted_form)]


def draft_pages() -> APIRouter:
    """Return the router of drafts."""
    router = APIRouter(include_in_schema=False)

    @router.get("/claims/draft")
    def page(request: Request) -> Response:
        return answer_page(request, lambda lake: draft_page())

    @router.post("/claims/draft")
    def read(request: Request, person: SignedIn, form: Form) -> Response:
        def work(lake: Lake) -> PageContent:
            name, content = _given(form)
            with _file(name, content) as path:
                run = lake.claims.draft([path])
            _one(run.texts)
            return drafts_part(lake, run, base64.b64encode(content).decode(), name)

        return told(request, work)

    @router.post("/claims")
    def register(request: Request, person: Analyst, form: Form) -> Response:
        try:
            id = asked(request, person, lambda lake: _registered(lake, form)).id
        except StopgapError as error:
            return told(request, error)
        return Response(status_code=204, headers={"HX-Redirect": path_of("claims", id)})

    return router


@dataclass(frozen=True)
class _Registered:
    id: str


def _registered(lake: Lake, form: FormData) -> _Registered:
    """Register the draft of a form and test it; a test that fails leaves the statement registered."""
    record = _record(_text(form, "draft"))
    name = bare_file_name(_text(form, "file_name"))
    with _file(name, _content(_text(form, "file"))) as path:
        source = _one(tuple(read_texts(path)))
    given = {key: value for key, value in form.multi_items() if isinstance(value, str)}
    values = proposed(record, source)
    ticked = [value for key, value in form.multi_items() if key == "confirmed" and isinstance(value, str)]
    if open_fields := unconfirmed(values, given, ticked):
        raise UsageError(
            f"not confirmed yet: {', '.join(open_fields)}",
            where="draft",
            fix="look at the words of each field in the text, and tick it or correct it",
        )
    fills = fills_of(values, given)
    fills |= {key: given[key].strip() for key in ("episode", "title") if given.get(key, "").strip()}
    made = lake.claims.register(confirmed_draft(record, fills, source), RegisterRequest(yes=True))
    with contextlib.suppress(StopgapError):
        lake.claims.test(made.entry.id, ClaimTestRequest())
    return _Registered(made.entry.id)


def _given(form: FormData) -> tuple[str, bytes]:
    """Return name and content of the text of a form: a file, else what was pasted.

    Raises:
        UsageError: There is none, or it is too long.
    """
    file, pasted, date = form.get("file"), _text(form, "text").replace("\r\n", "\n"), _text(form, "date").strip()
    if isinstance(file, UploadFile) and file.filename:
        name, content = bare_file_name(file.filename), file.file.read(MOST_TEXT + 1)
    else:
        has_day = not date or pasted.startswith("---\n")
        name, content = (
            _PASTED,
            (pasted if has_day else f"---\ndate: {date[:10]}\n---\n{pasted}").encode("utf-8", "replace"),
        )
        if not pasted.strip():
            raise UsageError("there is no text", where="text", fix="paste one, or choose a file")
    if len(content) > MOST_TEXT:
        raise UsageError(
            f"the text is longer than {MOST_TEXT:,} bytes", where=name, fix="give the part that holds the statement"
        )
    return name, content


@contextlib.contextmanager
def _file(name: str, content: bytes) -> Iterator[Path]:
    """Yield a file with a content, which is gone afterwards; errors do not name its folder."""
    with tempfile.TemporaryDirectory(prefix="stopgap-draft-") as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            yield path
        except StopgapError as error:
            error.what, error.where = (text.replace(f"{folder}/", "") for text in (error.what, error.where))
            raise


def _one(texts: tuple[SourceText, ...]) -> SourceText:
    if len(texts) != 1:
        raise InputError(f"the file holds {len(texts)} texts", where="file", fix="give the one with the statement")
    return texts[0]


def _record(text: str) -> dict[str, object]:
    try:
        record = strict_json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError("the draft is damaged", where="draft", fix="read the text again") from error
    if not isinstance(record, dict):
        raise UsageError("the draft is damaged", where="draft", fix="read the text again")
    return record


def _content(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UsageError("the text is damaged", where="file", fix="read the text again") from error


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""
