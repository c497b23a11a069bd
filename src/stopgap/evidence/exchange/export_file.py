"""Export a verified pack to another format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.base.atomic_files import write_whole
from stopgap.base.errors import RefusedError
from stopgap.base.marking import Marking
from stopgap.evidence.exchange import FORMS, export
from stopgap.evidence.packs.verify import Trust, verify_pack


@dataclass(frozen=True)
class ExportedFile:
    """An exported file: its path, its format, the marking of its pack, and its size in bytes."""

    path: Path
    form: str
    marking: Marking
    size: int

    def as_dict(self) -> dict[str, Any]:
        """Return the exported file as a JSON object."""
        return {"file": str(self.path), "form": self.form, "says": FORMS[self.form].says, "size_bytes": self.size}


def export_pack(path: Path, form: str, output: Path, trust: Trust, *, on: str) -> ExportedFile:
    """Export a pack to another format (:data:`stopgap.evidence.exchange.FORMS`), without recomputing its numbers.

    Raises RefusedError if a check of the pack fails (keys are checked on the day ``on``), or writing the file fails.
    """
    found = verify_pack(path, trust, on=on, numbers=False, reads_data=True)
    failed = next((check for check in found.checks if check.ran and not check.holds), None)
    if failed is not None or found.archive is None:
        raise found.refusal()
    view = found.view()
    content = export(view, form)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        write_whole(output, content)
    except OSError as error:
        raise RefusedError(
            f"the file cannot be written: {error.strerror}", where=str(output), fix="choose another --output"
        ) from error
    return ExportedFile(output, form, view.marking, len(content))
