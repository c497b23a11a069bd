"""Addresses of pages, of the data behind figures and of assets: on the service, and in a folder of files."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import quote, urlencode

REST = "/api/v1"

QueryValue = str | int | float | bool | None


class Site(Protocol):
    """Where things are; an empty address means that the site does not have it."""

    @property
    def is_static(self) -> bool:
        """Whether the pages are files without a server: no forms, and nothing is loaded later."""

    def page(self, path: str, **query: QueryValue) -> str:
        """Return the address of a page.

        Args:
            path: Its path on the service, such as ``/episodes/russia-2022``.
            query: Its options; those that are ``None`` are left out.
        """

    def data(self, path: str, form: str, **query: QueryValue) -> str:
        """Return the address of the data behind a figure.

        Args:
            path: Path under the REST root, such as ``/episodes/russia-2022/measure``.
            form: Ending of the form, such as ``csv``.
            query: Options.
        """

    def asset(self, name: str) -> str:
        """Return the address of a script, style sheet, font or map."""


class ServiceSite:
    """Addresses on the service."""

    is_static = False

    def page(self, path: str, **query: QueryValue) -> str:
        """Return the address of a page."""
        return with_query(path, query)

    def data(self, path: str, form: str, **query: QueryValue) -> str:
        """Return the address of the data behind a figure."""
        return with_query(f"{REST}{path}.{form}", query)

    def asset(self, name: str) -> str:
        """Return the address of an asset."""
        return f"/assets/{name}"


def path_of(*parts: str) -> str:
    """Return a path of parts, each quoted: ``/episodes/russia-2022``."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def with_query(path: str, query: dict[str, QueryValue]) -> str:
    """Return an address with its options; those that are ``None`` are left out, flags are ``true`` and ``false``."""
    given = [
        (name, str(value).lower() if isinstance(value, bool) else str(value))
        for name, value in query.items()
        if value is not None
    ]
    return f"{path}?{urlencode(given)}" if given else path
