"""What one address does: how it is asked, which method of the Python API answers, and what the answer is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.base.marking import Marking
from stopgap.base.request import Completes, RequestField, request_fields
from stopgap.evidence.markings.reads import EVERYTHING
from stopgap.lake.engines.engine_options import EngineRequest
from stopgap.service.principal import PersonRole
from stopgap.service.rest.pages import LIMIT, ROWS

if TYPE_CHECKING:
    import pyarrow as pa

    from stopgap.api import Lake


class RestsOn:
    """What answers rest on, for their ETags; markings count for every answer."""

    FIGURES = "figures"  # all imported files: trade, declarations, lists
    ALERTS = "alerts"
    CLAIMS = "claims"
    DECISIONS = "decisions"
    RECEIVED = "received"
    LISTS = "lists"  # refused states of lists
    DAY = "day"  # what says how old something is


@dataclass(frozen=True)
class MadeFile:
    """A file that an answer is, in place of its document.

    Attributes:
        name: Its name.
        media_type: Its media type.
    """

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Shaped:
    """An answer, ready for every form.

    Attributes:
        document: The JSON document, without its marking.
        table: Its table, for the other forms.
        marking: Marking by its known inputs; ``None`` where it holds no evidence.
        covers: Kinds of reads that this marking accounts for.
        rows_at: Field of the document whose entries are the rows of the table; ``None`` where there is none.
        has_rows: Whether the document holds them; else they are read from the table while it is written.
        file: The file that is answered, in place of document and table.
        cut: Cuts the document to the rows of a page (document, first row, row behind the last), where its rows do not
            stand in one field.
        screened: Names that were looked up, for the log of screenings.
    """

    document: Any
    table: pa.Table
    marking: Marking | None = None
    covers: Sequence[str] = EVERYTHING
    rows_at: str | None = None
    has_rows: bool = True
    file: MadeFile | None = None
    cut: Callable[[Any, int, int], Any] | None = None
    screened: Any = None

    @property
    def marked(self) -> Any:
        """The document with its marking, as the command line prints it."""
        if self.marking is None:
            return self.document
        return {**self.document, "marking": self.marking.as_dict()}


@dataclass(frozen=True)
class Asked:
    """One request, read and checked.

    Attributes:
        path: What stands in the path, by name.
        request: Options of the capability; ``None`` where it has none.
        extra: Further parameters, by name.
        body: JSON object of the body, of operations that read it themselves.
        files: Files of an upload, by field.
    """

    path: Mapping[str, str]
    request: Any = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Upload:
    """A field of a form that takes files.

    Attributes:
        name: Name of the field.
        help: What the file is.
        is_needed: Whether one must be sent.
        most: How many may be sent.
    """

    name: str
    help: str
    is_needed: bool = True
    most: int = 1


@dataclass(frozen=True, kw_only=True)
class RestOperation:
    """One address.

    Attributes:
        method: ``GET`` or ``POST``.
        path: Path under the root; what stands in braces is a parameter.
        summary: What it answers, in one line.
        api: Method of the Python API, as it is reached from a lake: ``claims.list``.
        shape: Makes the answer of the method's result.
        request: Class of the options; its fields are the parameters.
        subject: Parameters of the path that the method takes before its options.
        extra: Further parameters that are keywords of the method, or choose a table.
        keywords: Names of the parameters in ``extra`` that the method takes.
        leaves_out: Fields of the request that REST does not have.
        ask: Asks the lake where the method is not simply called with subject and options.
        body: Schema of a JSON body that the operation reads itself; by field.
        uploads: Files that a form brings.
        role: Least role.
        what: What the operation does, for the refusal of those whose role is lower.
        rests_on: What the answer rests on.
        is_kept: Whether an answer may be kept for the next page and form.
        file_types: Media types of its answer, where that is a file.
        is_paged: Whether a POST comes in pages too.
        is_list: Whether the rows of its table are a list of its document, which pages cut.
        example: Query or JSON body that answers on the demonstration data, as documentation shows it.
        path_help: What stands in the path, by name.
        is_screening: Whether names are looked up, which the log of screenings keeps before there is an answer.
    """

    method: str
    path: str
    summary: str
    api: str
    shape: Callable[[Any, Asked], Shaped]
    request: type | None = None
    subject: tuple[str, ...] = ()
    extra: tuple[RequestField, ...] = ()
    keywords: tuple[str, ...] = ()
    leaves_out: frozenset[str] = frozenset()
    ask: Callable[[Lake, Asked], Any] | None = None
    body: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    uploads: tuple[Upload, ...] = ()
    role: PersonRole = PersonRole.VIEWER
    what: str = ""
    rests_on: tuple[str, ...] = ()
    is_kept: bool = False
    is_paged: bool = False
    is_list: bool = True
    file_types: tuple[str, ...] = ()
    example: Mapping[str, Any] = field(default_factory=dict)
    path_help: Mapping[str, str] = field(default_factory=dict)
    is_screening: bool = False

    @property
    def is_read(self) -> bool:
        """Whether it is a GET, which has forms, pages and an ETag."""
        return self.method == "GET"

    @property
    def name(self) -> str:
        """Name that is unique among the operations."""
        plain = self.path.replace("{", "").replace("}", "").strip("/").replace("/", "_").replace("-", "_")
        return f"{self.method.lower()}_{plain}"

    @property
    def page(self) -> str:
        """Page of the reference on what it answers."""
        part = self.api.partition(".")[0]
        return _PAGES.get(part, part)

    @property
    def parameters(self) -> tuple[RequestField, ...]:
        """Parameters of query or body: the fields of the request that REST has, and further ones."""
        own = () if self.request is None else tuple(each for each in request_fields(self.request) if self._has(each))
        return (*own, *self.extra)

    @property
    def has_pages(self) -> bool:
        """Whether pages cut its rows."""
        return (self.is_read or self.is_paged) and self.is_list

    @property
    def page_rows(self) -> RequestField:
        """The parameter that says how many rows a page has: ``limit``, or ``rows`` where the capability has a limit of its own."""
        has_limit = any(each.name == LIMIT.name for each in self.parameters)
        return ROWS if has_limit else LIMIT

    def answer(self, lake: Lake, asked: Asked) -> Shaped:
        """Ask a lake, and return the answer."""
        if self.ask is not None:
            return self.shape(self.ask(lake, asked), asked)
        given: list[Any] = [asked.path[name] for name in self.subject]
        if self.request is not None:
            given.append(asked.request)
        keywords = {name: asked.extra[name] for name in self.keywords if asked.extra.get(name) is not None}
        return self.shape(attrgetter(self.api)(lake)(*given, **keywords), asked)

    def _has(self, each: RequestField) -> bool:
        """Whether REST has a field: no file of the server, engine, passphrase, or name of a person other than who asks."""
        from stopgap.base.person import BY

        names_file = "Path" in str(each.kind) and each.option.completes is not Completes.GOODS
        is_engine = each.name in _ENGINE
        is_private = each.option is BY or each.option.in_python_only
        return not (names_file or is_engine or is_private or each.name in self.leaves_out)


_PAGES = {
    "claims": "claim-files",
    "diff": "lake",
    "ownership": "screening",
    "quality": "lake",
    "query": "lake",
    "screen": "screening",
    "sources": "lake",
    "vintages": "lake",
    "withdraw": "lake",
}
"""Page of the reference on a part of the Python API, where it has another name."""

_ENGINE = frozenset(each.name for each in request_fields(EngineRequest))
