"""Answer requests: read their parameters, ask the lake, and give the answer in the form that was asked for."""

from __future__ import annotations

import re
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import Response, StreamingResponse

from stopgap.api import Lake
from stopgap.base.errors import StopgapError, UsageError
from stopgap.base.marking import Marking, Tlp
from stopgap.service.access import Service, SignedIn
from stopgap.service.context import ServiceContext
from stopgap.service.matching.noting import noted_screening
from stopgap.service.principal import Principal
from stopgap.service.rest.answering import answered, asked_of, sources_of
from stopgap.service.rest.forms import AnswerForm, accepted_form, split_ending
from stopgap.service.rest.names import bare_file_name, check_episode, check_subject
from stopgap.service.rest.operation import Asked, RestOperation, RestsOn, Shaped
from stopgap.service.rest.pages import CURSOR, RowPage, address_of, page_of
from stopgap.service.rest.parameters import from_json, read_values
from stopgap.service.rest.rendering import BATCH, AnsweredFigure, written
from stopgap.service.rest.state import etag_of, is_known, state_of
from stopgap.service.security.limits import TooLargeError

MARKING_HEADER = "X-Stopgap-Marking"
ROWS_HEADER = "X-Total-Rows"
CURSOR_HEADER = "X-Next-Cursor"
VARY = "Accept, Authorization, Cookie"
CLEAR_LABEL = "TLP:CLEAR"

Result = TypeVar("Result")
MOST_UPLOAD = 64 << 20
"""Bytes of the files of one request that is answered at once; larger ones are imported by jobs."""

_KEPT_ANSWERS = 32
_KEPT_BYTES = 8 << 20  # of the table of an answer that is kept
_KEPT_LABELS = 20_000


@dataclass
class RecentAnswers:
    """Answers that were worked out lately, and the markings of what was answered, for those who have it already.

    Both are keyed by what state, options and clearance hash to, so that nobody finds what another clearance was answered.
    """

    _kept: OrderedDict[str, Shaped] = field(default_factory=OrderedDict)
    _labels: OrderedDict[str, str] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: str) -> Shaped | None:
        """Return an answer that is kept."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def keep(self, key: str, shaped: Shaped) -> None:
        """Keep an answer, and let go of the one that was asked for longest ago."""
        if shaped.table.nbytes > _KEPT_BYTES:
            return
        with self._lock:
            self._kept[key] = shaped
            while len(self._kept) > _KEPT_ANSWERS:
                self._kept.popitem(last=False)

    def label(self, etag: str) -> str | None:
        """Return the marking of the answer with an ETag, as its header says it; ``None`` where it is not known any more."""
        with self._lock:
            found = self._labels.get(etag)
            if found is not None:
                self._labels.move_to_end(etag)
            return found

    def keep_label(self, etag: str, label: str) -> None:
        """Keep the marking of an answer, and let go of the one that was asked for longest ago."""
        with self._lock:
            self._labels[etag] = label
            self._labels.move_to_end(etag)
            while len(self._labels) > _KEPT_LABELS:
                self._labels.popitem(last=False)


def read_endpoint(operation: RestOperation, answers: RecentAnswers) -> Callable[..., Response]:
    """Return the function that answers a GET of an operation."""

    def read(request: Request, service: Service, person: SignedIn) -> Response:
        path, ending = _path_of(operation, request.path_params)
        form = ending or accepted_form(request.headers.get("accept"))
        asked, limit, cursor = _query_of(operation, path, request)
        options = [operation.name, path, str(asked.request), sorted(asked.extra.items()), limit]

        def work(lake: Lake) -> _Worked:
            state = _state(lake, operation, person, options[:-1])
            etag = etag_of(state, limit, cursor, form)
            if is_known(etag, request.headers.get("if-none-match")):
                label = answers.label(etag)
                if label is not None:
                    return _Worked(etag, label=label)
            page = page_of(limit, cursor, state)
            shaped = answers.get(state) if operation.is_kept else None
            if shaped is None:
                shaped = answered(lake, operation, asked)
                if RestsOn.RECEIVED in operation.rests_on:
                    shaped = replace(shaped, document=without_folders(shaped.document, [lake.path]))
                if operation.is_kept:
                    answers.keep(state, shaped)
            sources = sources_of(lake, shaped) if form in (AnswerForm.METADATA, AnswerForm.ZIP) else ()
            answers.keep_label(etag, _label(shaped))
            return _Worked(etag, shaped, page, sources)

        worked = _ask(service, person, work)
        if worked.shaped is None:
            headers = {"ETag": worked.etag, "Vary": VARY, MARKING_HEADER: worked.label}
            return Response(status_code=304, headers=headers)
        return _given(operation, request, worked, form)

    return read


def _state(lake: Lake, operation: RestOperation, person: Principal, options: Sequence[Any]) -> str:
    """Return a hash of what an answer rests on, for who asks, with its options."""
    return etag_of(
        version("stopgap"),
        state_of(lake.path, operation.rests_on, clearance=person.clearance),
        "all" if person.clearance is None else person.clearance.label,
        options,
    )


@dataclass(frozen=True)
class _Worked:
    """What was worked out for a GET; where the client has the answer, its marking alone."""

    etag: str
    shaped: Shaped | None = None
    page: RowPage | None = None
    sources: tuple[dict[str, Any], ...] = ()
    label: str = ""

    @property
    def marking(self) -> Marking | None:
        return None if self.shaped is None else self.shaped.marking


def _given(operation: RestOperation, request: Request, worked: _Worked, form: AnswerForm) -> Response:
    """Return the response to a GET."""
    assert worked.shaped is not None
    assert worked.page is not None
    shaped, page = worked.shaped, worked.page
    rows = shaped.table.num_rows
    path = quote(request.scope["path"])
    headers = {**_headers(shaped, rows), "ETag": worked.etag}
    cursor = page.next_cursor(rows)
    following = None
    if cursor is not None:
        following = address_of(path, request.query_params.multi_items(), cursor)
        headers["Link"] = f'<{following}>; rel="next"'
    if not page.is_whole:
        shaped = _cut(shaped, page, following, rows)
    address = split_ending(path)[0] + (f"?{request.url.query}" if request.url.query else "")
    figure = AnsweredFigure(shaped, address, operation.summary, worked.sources, operation.page)
    if form not in (AnswerForm.JSON, AnswerForm.METADATA):
        name = "-".join(part for part in path.split("/")[3:] if part).partition(".")[0]
        headers["Content-Disposition"] = _attached(f"{name}.{form}", shaped.marking)
    return _sent(figure, form, headers)


def _attached(name: str, marking: Marking | None) -> str:
    """Return the header that names a download; the name says its marking, as those of written files do."""
    safe = (
        "".join(each for each in name if each.isascii() and (each.isalnum() or each in "-_.")).lstrip(".") or "answer"
    )
    marked = safe if marking is None or marking.tlp is Tlp.CLEAR else f"{marking.tlp.slug}_{safe}"
    return f'attachment; filename="{marked}"'


def _sent(figure: AnsweredFigure, form: AnswerForm, headers: dict[str, str]) -> Response:
    """Return an answer as a response: long tables are sent while they are written."""
    pieces = written(figure, form)
    is_long = figure.shaped.table.num_rows > BATCH
    if is_long and (
        form in (AnswerForm.CSV, AnswerForm.ARROW) or (form is AnswerForm.JSON and not figure.shaped.has_rows)
    ):
        return StreamingResponse(pieces, media_type=form.media_type, headers=headers)
    return Response(b"".join(pieces), media_type=form.media_type, headers=headers)


def _cut(shaped: Shaped, page: RowPage, following: str | None, rows: int) -> Shaped:
    """Return a page of an answer: its rows of the table, and of the document, which says where the next page is."""
    table = shaped.table.slice(page.first, page.limit)
    document = shaped.document
    if shaped.cut is not None:
        document = shaped.cut(document, page.first, rows if page.limit is None else page.first + page.limit)
    elif shaped.rows_at is not None and len(document[shaped.rows_at]) == rows:
        end = None if page.limit is None else page.first + page.limit
        document = {**document, shaped.rows_at: document[shaped.rows_at][page.first : end]}
    return replace(shaped, table=table, document={**document, "total_rows": rows, "next": following})


def _headers(shaped: Shaped, rows: int) -> dict[str, str]:
    return {ROWS_HEADER: str(rows), MARKING_HEADER: _label(shaped), "Vary": VARY}


def _label(shaped: Shaped) -> str:
    return CLEAR_LABEL if shaped.marking is None else shaped.marking.label


def write_endpoint(operation: RestOperation) -> Callable[..., Any]:
    """Return the function that answers a POST of an operation."""

    def write(request: Request, service: Service, person: SignedIn, body: _Posted) -> Response:
        try:
            path, _ = _path_of(operation, request.path_params, has_ending=False)
            form = AnswerForm.JSON if operation.file_types else accepted_form(request.headers.get("accept"))
            asked, limit, cursor = _body_of(operation, path, body)
            folders = [] if body.folder is None else [body.folder]
            pages: list[RowPage] = []

            def work(lake: Lake) -> Shaped:
                if operation.has_pages:
                    options = [operation.name, path, str(asked.request), sorted(asked.extra.items())]
                    pages.append(page_of(limit, cursor, _state(lake, operation, person, options), where="body"))
                return answered(lake, operation, asked)

            noted = (request.url.path, asked.request) if operation.is_screening else None
            shaped = _ask(service, person, work, *folders, screening=noted)
            hidden = (*folders, service.settings.lake)
            shaped = replace(shaped, document=without_folders(shaped.document, hidden))
        finally:
            body.close()
        headers = _headers(shaped, shaped.table.num_rows)
        if shaped.file is not None:
            headers["Content-Disposition"] = _attached(shaped.file.name, shaped.marking)
            return Response(shaped.file.content, media_type=shaped.file.media_type, headers=headers)
        for page in pages:
            rows = shaped.table.num_rows
            following = page.next_cursor(rows)
            if following is not None:
                headers[CURSOR_HEADER] = following
            if not page.is_whole:
                shaped = _cut(shaped, page, following, rows)
        figure = AnsweredFigure(shaped, quote(request.scope["path"]), operation.summary)
        if form is AnswerForm.ZIP:
            form = AnswerForm.JSON
        return _sent(figure, form, headers)

    write.__annotations__["body"] = Annotated[_Posted, Depends(_reader(operation))]
    write.__annotations__ |= {"request": Request, "service": Service, "person": SignedIn, "return": Response}
    return write


def _ask(
    service: ServiceContext,
    person: Principal,
    work: Callable[[Lake], Result],
    *folders: Path,
    screening: tuple[str, Any] | None = None,
) -> Result:
    """Ask the lake; an error names no folder of the server. A screening, at an address with a request, is logged."""
    try:
        if screening is None:
            return service.ask(person, work)
        address, request = screening
        return noted_screening(service, person, address, work, found_in=lambda answer: _screened_in(answer, request))[0]
    except StopgapError as error:
        hidden = (*folders, service.settings.lake)
        error.what, error.where, error.fix, error.details = without_folders(
            (error.what, error.where, error.fix, error.details), hidden
        )
        raise


def _screened_in(shaped: Any, request: Any) -> tuple[Any, Any, Marking | None]:
    return shaped.screened, request, shaped.marking


def without_folders(value: Any, folders: Sequence[Path]) -> Any:
    """Return a value without folders of the server: uploads have the names that they came by, files of the lake those in it.

    Args:
        value: A JSON document, or a text.
        folders: The folders.
    """
    if isinstance(value, str):
        for folder in folders:
            if str(folder) in value:
                value = re.sub(rf"{re.escape(str(folder))}(/\d+(?=/))?/?", "", value)
        return value
    if isinstance(value, dict):
        return {name: without_folders(inner, folders) for name, inner in value.items()}
    return [without_folders(inner, folders) for inner in value] if isinstance(value, list | tuple) else value


@dataclass
class _Posted:
    """The body of a request: fields, and files in a folder that is gone once they were read."""

    fields: dict[str, list[Any]] = field(default_factory=dict)
    files: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    kept: tempfile.TemporaryDirectory[str] | None = None

    @property
    def folder(self) -> Path | None:
        return None if self.kept is None else Path(self.kept.name)

    def close(self) -> None:
        if self.kept is not None:
            self.kept.cleanup()


def _reader(operation: RestOperation) -> Callable[[Request], Any]:
    """Return what reads the body of a request: JSON, or a form with files."""

    async def body_of(request: Request) -> _Posted:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "multipart/form-data" and operation.uploads:
            return await _form(operation, request)
        if operation.uploads and kind != "application/json":
            raise UsageError(
                f"the body is {kind[:80] or 'nothing'}",
                where="Content-Type",
                fix="send a form with files (multipart/form-data)",
            )
        content = await request.body()
        if not content.strip():
            return _Posted()
        if kind not in ("application/json", ""):
            raise UsageError(f"the body is {kind[:80]}", where="Content-Type", fix="send JSON (application/json)")
        return _Posted(fields=from_json(_json(content)))

    return body_of


def _json(content: bytes) -> dict[str, Any]:
    from stopgap.base import strict_json

    try:
        found = strict_json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise UsageError(
            "the body is no JSON", where=f"body: {str(error)[:150]}", fix="send a JSON object in UTF-8"
        ) from error
    if not isinstance(found, dict):
        raise UsageError("the body is no JSON object", where="body", fix='send an object such as {"name": "…"}')
    return found


async def _form(operation: RestOperation, request: Request) -> _Posted:
    """Read a form, with its files into a folder."""
    most = sum(each.most for each in operation.uploads)
    try:
        form = await request.form(max_files=most, max_fields=100, max_part_size=1 << 20)
    except Exception as error:  # what a parser of foreign bytes raises is the client's fault
        raise UsageError(
            "the form cannot be read",
            where=f"body: {str(getattr(error, 'detail', error))[:150]}",
            fix="send multipart/form-data",
        ) from error
    posted = _Posted(kept=tempfile.TemporaryDirectory(prefix="stopgap-upload-"))
    try:
        await run_in_threadpool(_keep, operation, form.multi_items(), posted)
    except BaseException:
        posted.close()
        raise
    finally:
        await form.close()
    return posted


def _keep(operation: RestOperation, parts: Sequence[tuple[str, Any]], posted: _Posted) -> None:
    assert posted.folder is not None
    known = {each.name for each in operation.uploads}
    total = 0
    for number, (name, value) in enumerate(parts):
        if not isinstance(value, UploadFile):
            posted.fields.setdefault(name, []).append(value)
            continue
        if name not in known:
            raise UsageError(
                f"{name[:80]!r} is no file of this address", where="body", fix=f"it takes {', '.join(sorted(known))}"
            )
        folder = posted.folder / f"{number}"
        folder.mkdir()
        path = folder / bare_file_name(value.filename)
        with path.open("wb") as file:
            while piece := value.file.read(1 << 20):
                total += len(piece)
                if total > MOST_UPLOAD:
                    raise TooLargeError(
                        f"the files have more than {MOST_UPLOAD >> 20} MB",
                        where="body",
                        fix="send smaller ones, or import them",
                    )
                file.write(piece)
        posted.files[name] = (*posted.files.get(name, ()), path)


def _path_of(
    operation: RestOperation, given: Mapping[str, Any], *, has_ending: bool = True
) -> tuple[dict[str, str], AnswerForm | None]:
    """Return what stands in the path, and the form by its ending."""
    path = {name: str(value) for name, value in given.items() if name != "form"}
    form: AnswerForm | None = None
    ending = given.get("form")
    last = operation.path.rsplit("/", 1)[-1]
    if last.startswith("{") and has_ending:  # the ending may be part of the name
        name = last.strip("{}")
        whole = path[name] if ending is None else f"{path[name]}.{ending}"
        path[name], form = _named_pack(whole) if name == "pack" else split_ending(whole)
    elif ending is not None:
        _, form = split_ending(f"x.{ending}")
        if form is None:
            from stopgap.base.errors import NotFoundError

            raise NotFoundError(
                f"there is no form {str(ending)[:40]!r}",
                where="path",
                fix=f"end the address in .{', .'.join(AnswerForm)}",
            )
    for name, value in path.items():
        check_subject(value, f"path: {name}")
        if name == "episode":
            check_episode(value, "path: episode")
    return path, form


def _named_pack(whole: str) -> tuple[str, AnswerForm | None]:
    """Return the name of a pack, which mostly ends in .zip itself, and the form."""
    name, form = split_ending(whole)
    is_part = form is AnswerForm.ZIP and not name.endswith(".zip") and not set(name) <= set("0123456789abcdef")
    return (whole, None) if is_part else (name, form)


def _query_of(
    operation: RestOperation, path: Mapping[str, str], request: Request
) -> tuple[Asked, int | None, str | None]:
    """Return the request of a GET, and which page of it was asked for."""
    given: dict[str, list[Any]] = {}
    for name, value in request.query_params.multi_items():
        given.setdefault(name, []).append(value)
    pages = (operation.page_rows, CURSOR) if operation.has_pages else ()
    values = read_values((*operation.parameters, *pages), given, where="query")
    limit = values.pop(operation.page_rows.name, None) if operation.has_pages else None
    cursor = values.pop(CURSOR.name, None)
    return asked_of(operation, path, values), limit, cursor


def _body_of(
    operation: RestOperation, path: Mapping[str, str], posted: _Posted
) -> tuple[Asked, int | None, str | None]:
    """Return the request of a POST, and which page of it was asked for."""
    pages = (operation.page_rows, CURSOR) if operation.has_pages else ()
    values = read_values((*operation.parameters, *pages), posted.fields, where="body", also=operation.body)
    limit = values.pop(operation.page_rows.name, None) if operation.has_pages else None
    cursor = values.pop(CURSOR.name, None) if operation.has_pages else None
    for upload in operation.uploads:
        files = posted.files.get(upload.name, ())
        if upload.is_needed and not files:
            raise UsageError(f"the file {upload.name} is missing", where=f"body: {upload.name}", fix=upload.help)
        if len(files) > upload.most:
            raise UsageError(
                f"{len(files)} files are sent as {upload.name}",
                where=f"body: {upload.name}",
                fix=f"send {upload.most} at most",
            )
    body = {name: posted.fields[name][0] for name in operation.body if posted.fields.get(name)}
    return asked_of(operation, path, values, files=posted.files, body=body), limit, cursor
