"""Write a site into its folder: only what changed, and nothing that is not the site's own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stopgap.base.atomic_files import write_whole
from stopgap.base.errors import RefusedError

MANIFEST = "site.json"
"""File that lists the site's files and their hashes."""


@dataclass(frozen=True)
class WrittenSite:
    """What was done to the folder.

    Attributes:
        written: Files that are new or changed.
        unchanged: Files that were as they should be.
        removed: Files of the site before that it no longer has.
    """

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]


def write_site(folder: Path, files: Mapping[str, bytes], about: Mapping[str, str]) -> WrittenSite:
    """Write the files of a site.

    Args:
        folder: New or empty folder, or one that a site was written to before.
        files: Content by name, from the top of the folder.
        about: What the site is, kept in :data:`MANIFEST`.

    Raises:
        RefusedError: The folder holds files that no site put there, or another site, or cannot be written.
    """
    before = listed_before(folder, about["episode"])
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    written, unchanged = [], []
    try:
        for name, content in sorted(files.items()):
            path = folder / name
            if (
                before.get(name) == hashes[name]
                and path.is_file()
                and hashlib.sha256(path.read_bytes()).hexdigest() == hashes[name]
            ):
                unchanged.append(name)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
            written.append(name)
        removed = [name for name in sorted(before) if name not in files]
        for name in removed:
            (folder / name).unlink(missing_ok=True)
        if written or removed or not (folder / MANIFEST).is_file():
            document = {**about, "files": hashes}
            write_whole(folder / MANIFEST, (json.dumps(document, indent=1, sort_keys=True) + "\n").encode())
    except OSError as error:
        raise RefusedError(
            f"the site cannot be written: {error.strerror or error}",
            where=str(folder),
            fix="choose a folder that can be written",
        ) from error
    return WrittenSite(tuple(written), tuple(unchanged), tuple(removed))


def listed_before(folder: Path, episode: str) -> dict[str, str]:
    """Return the files that the site before wrote, with their hashes, by name; none in a folder that is new or empty.

    Raises:
        RefusedError: The folder holds files that no site put there, or the site of another episode.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return {}
    try:
        found = json.loads((folder / MANIFEST).read_text("utf-8"))
        files = {str(name): str(digest) for name, digest in found["files"].items()}
        of = found["episode"]
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        raise RefusedError(
            "the folder holds files that no published site put there",
            where=str(folder),
            fix="choose a new or an empty folder",
        ) from None
    if of != episode:
        raise RefusedError(
            f"the folder holds the site of {str(of)[:60]}",
            where=str(folder),
            fix="choose a folder of its own for each episode",
        )
    if any(name.startswith("/") or ".." in Path(name).parts for name in files):
        raise RefusedError(
            "the list of the site's files names others",
            where=str(folder / MANIFEST),
            fix="choose a new or an empty folder",
        )
    return files
