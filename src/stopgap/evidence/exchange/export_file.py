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
    """A file that was written: its form, the marking of the pack that it was made of, and its size in bytes."""

    path: Path
    form: str
    marking: Marking
    size: int

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"file": str(self.path), "form": self.form, "says": FORMS[self.form].says, "size_bytes": self.size}


def export_pack(path: Path, form: str, output: Path, trust: Trust, *, on: str) -> ExportedFile:
    """Write a pack in another form (:data:`stopgap.evidence.exchange.FORMS`); its numbers are not made again for that.

    Refuses (RefusedError) a pack of which a check does not hold (keys on the day ``on``), and a file that cannot be
    written.
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
