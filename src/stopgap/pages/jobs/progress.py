"""A job as a part of a page: what it is at, and what it left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stopgap.pages.views import PageContent


@dataclass(frozen=True)
class JobProgress:
    """A job as a part shows it.

    Attributes:
        id: Its id.
        address: Address of this part.
        said: What it is at, or what came of it.
        is_final: Whether it has ended.
        lines: What it found.
        links: Text and address of what it left.
        error: ``what``, ``where`` and ``fix`` of a job that failed.
    """

    id: str
    address: str
    said: str
    is_final: bool
    lines: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    error: Mapping[str, str] | None = None


def progress_part(job: JobProgress) -> PageContent:
    """Return a job as a part of a page, which asks again until the job has ended."""
    return PageContent("jobs/progress.html", "Job", {"job": job})
