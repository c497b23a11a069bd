"""Lakes with made-up lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.intake.vintage_summary import DescribedImport
from stopgap.screening.lists.run import entities_in_force


def load(
    folder: Path, content: str | bytes | dict[str, str], name: str = "mine.csv", **options: Any
) -> DescribedImport:
    """Import one file, or several of one import (name -> content), into the lake of a folder."""
    files = content if isinstance(content, dict) else {name: content}
    paths = []
    for file, text in files.items():
        path = folder / "files" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        paths.append(path)
    return import_paths(folder / "lake", paths, ImportRequest(**options))


def on_list(folder: Path, **options: Any) -> set[tuple[str, str]]:
    """(list, id) of who is in force."""
    return {(entity.list, entity.entity_id) for entity in entities_in_force(folder / "lake", **options)}


def ids(folder: Path, **options: Any) -> set[str]:
    """Ids of who is in force."""
    return {entity_id for _, entity_id in on_list(folder, **options)}
