"""Files that a page sends, in a folder that is gone once they were read."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from fastapi import UploadFile

from stopgap.base.errors import StopgapError, UsageError
from stopgap.service.rest.endpoints import without_folders
from stopgap.service.rest.names import bare_file_name


@contextlib.contextmanager
def kept_files(files: Sequence[UploadFile | None]) -> Iterator[list[Path | None]]:
    """Write files to a folder under their own names; errors name them without the folder.

    Args:
        files: The files; ``None``, or one without a name, where none was chosen.
    """
    with tempfile.TemporaryDirectory(prefix="stopgap-upload-") as folder:
        paths: list[Path | None] = []
        for number, file in enumerate(files):
            if file is None or not file.filename:
                paths.append(None)
                continue
            own = Path(folder) / str(number)
            own.mkdir()
            path = own / bare_file_name(file.filename)
            with path.open("xb") as target:
                shutil.copyfileobj(file.file, target)
            paths.append(path)
        try:
            yield paths
        except StopgapError as error:
            error.what, error.where, error.fix, error.details = without_folders(
                (error.what, error.where, error.fix, error.details), (Path(folder),)
            )
            raise


def need_file(path: Path | None, what: str) -> Path:
    """Return a file that was sent.

    Raises:
        UsageError: None was chosen.
    """
    if path is None:
        raise UsageError(f"{what} is not given", where="file", fix="drag it onto the page, or choose it")
    return path
