"""Outcomes of one request."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, without the key.

    Attributes:
        path: Path below the service's base URL.
        params: Query parameters, in order; a name may come more than once.
        headers: Further headers.
    """

    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class GoodReply:
    """A good reply.

    Attributes:
        rows: Rows it holds; 0 where the service says that it has none.
        is_cut: Whether the service may hold more than it sent: divide the piece and ask again.
    """

    rows: int
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Passing:
    """A fault that may pass: ask again.

    Attributes:
        what: The fault.
        wait_s: Seconds that the service asked to be left alone.
        is_offline: Whether nothing was reached at all.
    """

    what: str
    wait_s: float | None = None
    is_offline: bool = False


@dataclass(frozen=True, slots=True)
class QuotaUsed:
    """The service answers no more until its quota is renewed.

    Attributes:
        what: Its message.
        resets_in_s: Seconds until then, where it says.
    """

    what: str
    resets_in_s: float | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The reply is being prepared: what to ask next, after a while."""

    request: Request
    wait_s: float


@dataclass(frozen=True, slots=True)
class HttpReply:
    """An HTTP answer; the body of a good one is in a file, the start of any other in ``text``.

    Attributes:
        status: HTTP status.
        headers: Header names in lower case.
        size: Bytes of the body, decoded.
        sha256: Hash of the body, decoded.
        text: The first characters of a body that is no data.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    size: int = 0
    sha256: str = ""
    text: str = ""


Outcome = GoodReply | Passing | QuotaUsed | Elsewhere
