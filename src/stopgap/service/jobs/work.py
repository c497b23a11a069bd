"""What each kind of job does: the same calls of the Python API as everywhere, in the name of who asked."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from stopgap.api import Lake
from stopgap.base.atomic_files import make_durable, sync_folder
from stopgap.base.clearance import whole_lake
from stopgap.base.errors import InputError, NotFoundError, RefusedError, StopgapError
from stopgap.base.marking import CLEAR, Marking
from stopgap.base.progress import Progress
from stopgap.base.spreadsheets import finite, plain
from stopgap.evidence.markings.reads import ABOVE, marking_of_all
from stopgap.service.jobs.folders import JobFolders
from stopgap.service.jobs.job import Job, JobFile, JobKind, JobOutcome
from stopgap.service.jobs.secrets import passphrase_of
from stopgap.service.matching.noting import note_file, note_refused
from stopgap.service.principal import Principal
from stopgap.service.settings import ServiceSettings

REFUSED_SHOWN = 50
"""Refused rows that a job which failed for them tells of."""

Answer = TypeVar("Answer")

SCREENINGS = "/api/v1/screenings"
"""Address at which files of names are sent, as the log of screenings has it."""


class Asks(Protocol):
    """How the lake is asked: :meth:`stopgap.service.context.ServiceContext.ask`."""

    def __call__(
        self, principal: Principal, work: Callable[[Lake], Answer], *, progress: Progress | None = None
    ) -> Answer: ...


def do_job(
    job: Job, person: Principal, asks: Asks, folders: JobFolders, progress: Progress, settings: ServiceSettings
) -> JobOutcome:
    """Do a job and return what it leaves; files are on the disk then.

    Args:
        job: The job.
        person: Who asked, with role and clearance as they are now.
        asks: How the lake is asked.
        folders: Folders of the job.
        progress: Told what is done.
        settings: Settings of the service, in whose folder the log of screenings stands.

    Raises:
        StopgapError: What was asked for cannot be done; its texts name no path.
    """
    if job.kind is not JobKind.SCREENING:
        shutil.rmtree(folders.output, ignore_errors=True)  # of an attempt that a stop of the service cut
    _need_uploads(job, folders)
    folders.output.mkdir(parents=True, exist_ok=True)
    options = dict(job.request["options"])
    work = _WORK[job.kind]

    def done(lake: Lake) -> Any:
        return work(lake, job.request, options, folders)

    try:
        if job.kind is JobKind.ALERTS:
            need_whole_lake(person, asks)
        found = asks(person, done, progress=progress)
    except StopgapError as error:
        if job.kind is JobKind.SCREENING:
            note_refused(settings, person, SCREENINGS, error)
        error.what, error.where, error.fix = map(folders.without_paths, (error.what, error.where, error.fix))
        kept = {name: value for name, value in error.details.items() if name != "rejects"}
        error.details = json.loads(json.dumps(finite(folders.without_paths(kept)), default=plain))
        raise
    document = json.loads(json.dumps(finite(found.as_dict()), default=plain))
    for name in ("file", "output", "rejects"):
        if isinstance(document.get(name), str):
            document[name] = Path(document[name]).name
    marking = found.marking or CLEAR
    files = _files_in(folders.output)
    if job.kind is JobKind.SCREENING:
        [file] = job.request["files"]
        answers = [each.as_dict() for each in files]
        note_file(
            settings,
            person,
            SCREENINGS,
            job=job.id,
            is_retry=job.attempts > 1,
            file=file,
            summary=found,
            answers=answers,
        )
    return JobOutcome({**folders.without_paths(document), "marking": marking.as_dict()}, marking, files)


def _need_uploads(job: Job, folders: JobFolders) -> None:
    """Refuse a job whose uploads are gone, as after a restore: backups do not hold them.

    Raises:
        NotFoundError: They are.
    """
    if not job.request.get("files") or folders.inputs.is_dir():
        return
    raise NotFoundError(
        "the uploaded files are no longer kept",
        where=f"job {job.id}",
        fix="submit the job again with its files; a backup of the service does not hold them",
    )


def need_whole_lake(person: Principal, asks: Asks) -> None:
    """Refuse those who do not see all of the lake, for work whose result depends on all of it.

    Raises:
        RefusedError: The clearance does not admit all of the lake.
    """
    if person.clearance is None or asks(person, lambda lake: _sees_all(lake, person.clearance)):
        return
    raise RefusedError(
        "alerts are run on the whole lake, and your clearance does not admit all of it",
        where=f"signed in as {person.name}",
        fix="ask someone whose clearance admits the whole lake to run them",
    )


def _sees_all(lake: Lake, clearance: Marking | None) -> bool:
    if clearance is None:
        return True
    with whole_lake():
        return marking_of_all(lake.path).fits(clearance)


@dataclass(frozen=True)
class WithheldImport:
    """An import that is in the lake, and whose answer is above the clearance of who made it.

    Attributes:
        marking: Marking of the answer that is shown, which says no more than this.
    """

    marking: Marking = CLEAR

    def as_dict(self) -> dict[str, Any]:
        """Return the answer."""
        return {
            "imported": True,
            "withheld": "the files are in the lake; what the import says of them is above your clearance",
        }


def _import(lake: Lake, request: Mapping[str, Any], options: dict[str, Any], folders: JobFolders) -> Any:
    try:
        done = _or_withheld(lambda: lake.import_files(folders.uploaded, **options))
    except InputError as error:
        if isinstance(path := error.details.get("rejects"), str):
            error.details["refused_rows"] = _first_rows(Path(path))
        raise
    if getattr(done, "rejects", None):
        shutil.copyfile(done.rejects, folders.output / "rejects.csv")
    return done


def _first_rows(rejects: Path) -> list[dict[str, str]]:
    """Return the first of the rows that an import refused, each with its reason."""
    with rejects.open(encoding="utf-8", newline="") as file:
        rows = islice(csv.DictReader(file), REFUSED_SHOWN)
        return [{name: str(value)[:300] for name, value in row.items() if name} for row in rows]


def _fetch(lake: Lake, request: Mapping[str, Any], options: dict[str, Any], folders: JobFolders) -> Any:
    return _or_withheld(lambda: lake.fetch(request["service"], **options))


def _or_withheld(load: Callable[[], Any]) -> Any:
    try:
        return load()
    except RefusedError as error:
        if error.what == ABOVE:  # refused is the answer alone: it is made once the rows are in the lake
            return WithheldImport()
        raise


def _brief(lake: Lake, request: Mapping[str, Any], options: dict[str, Any], folders: JobFolders) -> Any:
    name = f"{request['episode']}-brief.{options.pop('format')}"
    return lake.brief(request["episode"], output=folders.output / name, **options)


def _pack(lake: Lake, request: Mapping[str, Any], options: dict[str, Any], folders: JobFolders) -> Any:
    if (passphrase := passphrase_of(folders.inputs, folders.seal)) is not None:
        options = {**options, "passphrase": passphrase}
    return lake.packs.create(request["episode"], output=folders.output, **_tuples(options))


def _screening(lake: Lake, request: Mapping[str, Any], options: dict[str, Any], folders: JobFolders) -> Any:
    [names] = folders.uploaded
    form = options.pop("format")
    output = folders.output / f"{names.stem}-screened.{form}"
    asked = {**_tuples(options), "output": output, "format": form}
    has_begun = any(folders.output.iterdir())
    try:
        return lake.screen_file(names, **asked)
    except RefusedError:
        if not has_begun:
            raise
        return lake.screen_file(names, **asked, restart=True)  # lists or decisions changed since the earlier attempt


def _alerts(lake: Lake, request: Mapping[str, Any], options: dict[str, Any], folders: JobFolders) -> Any:
    return lake.alerts.run(request["episode"], **options)


_WORK: Mapping[JobKind, Callable[[Lake, Mapping[str, Any], dict[str, Any], JobFolders], Any]] = {
    JobKind.IMPORT: _import,
    JobKind.FETCH: _fetch,
    JobKind.BRIEF: _brief,
    JobKind.PACK: _pack,
    JobKind.SCREENING: _screening,
    JobKind.ALERTS: _alerts,
}


def _tuples(options: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}


def _files_in(folder: Path) -> tuple[JobFile, ...]:
    """Return the files that were written, after they are on the disk."""
    found = []
    for path in sorted(folder.iterdir()):
        if not path.is_file() or path.name.startswith("."):
            continue
        make_durable(path)
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        found.append(JobFile(path.name, path.stat().st_size, sha256, folder.name))
    sync_folder(folder)
    sync_folder(folder.parent)
    return tuple(found)
