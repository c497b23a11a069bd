"""Write the files of a brief or a page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stopgap.base.errors import RefusedError


def write_files(made: Mapping[Path, bytes]) -> None:
    """Write each content to its file, creating missing folders; RefusedError if one cannot be written."""
    for path, content in made.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise RefusedError(
                f"the file cannot be written: {error.strerror or error}",
                where=str(path),
                fix="give another file, or free the folder",
            ) from error
