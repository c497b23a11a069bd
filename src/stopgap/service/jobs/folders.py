"""Folders of jobs in the service's folder: what was uploaded, and what a job wrote."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stopgap.service.jobs.job import Job, JobKind, JobState


@dataclass(frozen=True)
class JobFolders:
    """Folders of one job.

    Attributes:
        root: Folder of the job.
        inputs: Files that were uploaded, each in a numbered folder.
        output: Files that this attempt writes.
        named: Further folders of the machine, each with what stands for it in texts.
        seal: Key that opens the passphrase that came with the job.
    """

    root: Path
    inputs: Path
    output: Path
    named: tuple[tuple[Path, str], ...] = ()
    seal: bytes = field(default=b"", repr=False)

    @property
    def uploaded(self) -> list[Path]:
        """The uploaded files, in their order."""
        return [file for folder in sorted(self.inputs.iterdir()) for file in folder.iterdir()]

    def without_paths(self, said: Any) -> Any:
        """Return text, or a JSON document, in which files stand by their names, without folders of the machine."""
        if isinstance(said, str):
            shown = re.sub(re.escape(str(self.inputs)) + r"/\d+/", "", said)
            shown = shown.replace(f"{self.output}/", "").replace(f"{self.root}/", "")
            for folder, name in self.named:
                shown = shown.replace(str(folder), name)
            return shown
        if isinstance(said, Mapping):
            return {name: self.without_paths(value) for name, value in said.items()}
        if isinstance(said, list | tuple):
            return [self.without_paths(value) for value in said]
        return said


def job_folders(home: Path, job: Job, named: Sequence[tuple[Path, str]] = (), seal: bytes = b"") -> JobFolders:
    """Return the folders of a job; a screening goes on where an earlier attempt stopped, the others begin anew.

    Args:
        home: Folder of the service.
        job: The job.
        named: Further folders that no text may name, each with what stands for it.
        seal: Key that opens the passphrase that came with the job.
    """
    root = folder_of(home, job.id)
    output = "out" if job.kind is JobKind.SCREENING else f"out-{job.attempts}"
    return JobFolders(root, root / "inputs", root / output, tuple(named), seal)


def jobs_home(home: Path) -> Path:
    """Return the folder of all jobs in the service's folder."""
    return home / "jobs"


def folder_of(home: Path, id: str) -> Path:
    """Return the folder of a job in the service's folder."""
    return jobs_home(home) / id


def clear_after(home: Path, job: Job) -> None:
    """Remove what was uploaded for a job that has ended, and what earlier attempts wrote."""
    folders = job_folders(home, job)
    for folder in [folders.inputs, *folders.root.glob("out-*")]:
        if folder != folders.output:
            shutil.rmtree(folder, ignore_errors=True)


def tidy(home: Path, standing: Callable[[Sequence[str]], Mapping[str, tuple[JobState, int]]]) -> int | None:
    """Remove the folders of uploads that never became jobs, and the uploads of jobs that have ended.

    Args:
        home: Folder of the service.
        standing: Returns the state of jobs by id.

    Returns:
        Handle of the lock on the folder, to be closed by a service that ends; ``None`` if another service keeps jobs in
        the same folder, and nothing was done.
    """
    root = jobs_home(home)
    root.mkdir(parents=True, exist_ok=True)
    handle = os.open(root / ".service.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    folders = [folder for folder in root.iterdir() if re.fullmatch("[0-9a-f]{32}", folder.name)]
    known = standing([folder.name for folder in folders])
    for folder in folders:
        if folder.name not in known:
            shutil.rmtree(folder, ignore_errors=True)
        elif known[folder.name][0].is_final:
            shutil.rmtree(folder / "inputs", ignore_errors=True)
    return handle
