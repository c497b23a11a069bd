"""A job as pages show it, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stopgap.base.marking import Marking
from stopgap.pages.site import REST, path_of
from stopgap.pages.views import Cell, PageContent, TableColumn, TableView

KINDS = {
    "import": "Import",
    "fetch": "Fetch",
    "brief": "Brief",
    "pack": "Pack",
    "screening": "Screening of a file",
    "alerts": "Run of alerts",
}
STATES = {
    "queued": ("waiting", "plain"),
    "running": ("running", "strong"),
    "done": ("done", "good"),
    "failed": ("failed", "bad"),
    "cancelled": ("cancelled", "warn"),
}
"""State -> word and kind of its label."""

FINAL = ("done", "failed", "cancelled")

_COUNTS = (
    ("rows_read", "Rows read"),
    ("rows_loaded", "Rows loaded"),
    ("rows_rejected", "Rows refused"),
    ("rows_missing", "Cells not reported, by the source’s rule"),
    ("rows_duplicate", "Exact repetitions left out"),
    ("rows_replaced", "Earlier rows replaced"),
    ("rows_withdrawn", "Earlier rows without a successor"),
)


@dataclass(frozen=True)
class FileView:
    """A file that a job wrote: its name, size in bytes and SHA-256, and whether it is still kept."""

    name: str
    bytes: int
    sha256: str
    kept: bool = True

    @property
    def size(self) -> str:
        """The size in words."""
        return size_text(self.bytes)


@dataclass(frozen=True)
class JobView:
    """A job.

    Attributes:
        id: Id in addresses.
        kind: ``import``, ``fetch``, ``brief``, ``pack``, ``screening`` or ``alerts``.
        state: ``queued``, ``running``, ``done``, ``failed`` or ``cancelled``.
        request: What was asked for.
        by: Who asked.
        marking: Who may see the result; ``None`` before there is one.
        steps: Progress in words, the oldest first.
        share: Part that is done, 0 to 1, of the last step; ``None`` where it cannot be told.
        is_mine: Whether the one who looks asked for it.
    """

    id: str
    kind: str
    state: str
    request: Mapping[str, Any]
    by: str
    submitted_at: str
    ended_at: str | None = None
    marking: Marking | None = None
    files: tuple[FileView, ...] = ()
    result: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] | None = None
    steps: tuple[str, ...] = ()
    share: float | None = None
    is_mine: bool = True

    @property
    def is_final(self) -> bool:
        """Whether it has ended."""
        return self.state in FINAL

    @property
    def title(self) -> str:
        """What was asked for, in one line."""
        options = self.request.get("options", {})
        level = str(options.get("marking") or "").upper().removeprefix("TLP:")
        marking = f", TLP:{level}" if level else ""
        said = KINDS.get(self.kind, self.kind)
        if files := self.request.get("files"):
            names = [str(each["name"]) for each in files]
            more = f" and {len(names) - 2} more" if len(names) > 2 else ""
            return f"{said}: {', '.join(names[:2])}{more}{marking}"
        if self.kind == "fetch":
            return f"{said} from {self.request.get('service')}: {options.get('codes', '')}, {options.get('first')} to {options.get('last')}"
        return f"{said}: {self.request.get('episode', '')}{marking}"

    @property
    def page(self) -> str:
        """Path of its page."""
        return path_of("me", "jobs", self.id)

    @property
    def word(self) -> str:
        """Its state in a word."""
        return STATES[self.state][0]

    @property
    def tag(self) -> str:
        """Kind of the label of its state."""
        return STATES[self.state][1]

    @property
    def last_step(self) -> str:
        """What it is at."""
        return self.steps[-1] if self.steps else "waiting for its turn"

    def address(self, file: FileView) -> str:
        """Return the address of a file that it wrote."""
        return f"{REST}/jobs/{self.id}/files{path_of(file.name)}"

    @property
    def loaded(self) -> Mapping[str, Any]:
        """What was imported, of an import or a fetch; empty of others."""
        found = self.result.get("imported", self.result)
        return found if isinstance(found, Mapping) and "rows_loaded" in found else {}

    @property
    def counts(self) -> tuple[tuple[str, str], ...]:
        """Counts of what was imported, each with its term."""
        return tuple(
            (term, f"{self.loaded[name]:,}") for name, term in _COUNTS if isinstance(self.loaded.get(name), int)
        )

    @property
    def withheld(self) -> str:
        """Why what an import says of its files is not shown; empty where it is."""
        return str(self.result.get("withheld", ""))

    @property
    def left_out(self) -> Sequence[Mapping[str, Any]]:
        """What a pack withholds: counts by kind and reason."""
        return tuple(self.result.get("left_out") or ())

    @property
    def refused_rows(self) -> Sequence[Mapping[str, Any]]:
        """The first rows for which an import was refused, each with its reason."""
        return tuple((self.error or {}).get("refused_rows", ()))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings of its result."""
        return tuple(map(str, self.loaded.get("warnings", self.result.get("warnings", ())) or ()))


def job_page(job: JobView, rejects: TableView | None = None) -> PageContent:
    """Return the page of a job; it is asked for anew until the job has ended.

    Args:
        job: The job.
        rejects: Rows that its import refused, where there are some.
    """
    return PageContent(
        template="jobs/job.html",
        title=job.title,
        kicker=f"{KINDS.get(job.kind, job.kind)} · asked for by {job.by} on {moment(job.submitted_at)}",
        marking=job.marking,
        nav="/me",
        values={"job": job, "rejects": rejects or _refused(job)},
    )


def _refused(job: JobView) -> TableView | None:
    """Return the rows for which an import was refused; ``None`` where it was not."""
    total = int((job.error or {}).get("rows_rejected", 0))
    return rejects_table(job.refused_rows, total) if job.refused_rows else None


def jobs_table(jobs: Sequence[JobView], *, key: str = "jobs", caption: str, empty: str) -> TableView:
    """Return jobs as a table, each with its state and a link to its page."""
    columns = ("Job", "State", "Asked on", "Ended on", "Marking")
    rows = tuple(
        (
            Cell(job.title, job.page),
            Cell(job.word, tag=job.tag),
            Cell(moment(job.submitted_at)),
            Cell(moment(job.ended_at)) if job.ended_at else Cell("", missing="not yet"),
            Cell(job.marking.label) if job.marking else Cell("", missing="no result"),
        )
        for job in jobs
    )
    return TableView(key, caption, tuple(map(TableColumn, columns)), rows, empty=empty)


def rejects_table(rows: Sequence[Mapping[str, str]], total: int) -> TableView:
    """Return refused rows with their reasons."""
    columns = (TableColumn("File"), TableColumn("Row", "number"), TableColumn("Reason"), TableColumn("Content"))
    cells = tuple(
        (Cell(row.get("file", "")), Cell(row.get("row", "")), Cell(row.get("reason", "")), Cell(row.get("content", "")))
        for row in rows
    )
    return TableView("rejects", "Refused rows, each with its reason", columns, cells, total=total)


def moment(text: str | None) -> str:
    """Return a moment of a log as day and minute, in UTC."""
    return "" if not text else f"{text[:10]} {text[11:16]} UTC"


def size_text(size: int) -> str:
    """Return a size in bytes as people read it."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= step:
            return f"{size / step:,.1f} {unit}"
    return f"{size} bytes"
