"""Allow-list of attachment types, each with a check that finds active content in a file of that type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

from stopgap.evidence.active.office import office_faults
from stopgap.evidence.active.pdf import pdf_faults
from stopgap.evidence.active.text import markdown_faults, table_faults, text_faults

_Faults = Callable[[bytes], Iterable[str]]


def _picture(*begins: bytes) -> _Faults:
    def faults(content: bytes) -> Iterator[str]:
        if not content.startswith(begins):
            yield "it is not the kind of picture that its name says"

    return faults


def parquet_faults(content: bytes) -> Iterator[str]:
    """Yield a fault unless the content begins and ends with the marker bytes of a Parquet file."""
    if len(content) < 12 or not (content.startswith(b"PAR1") and content.endswith(b"PAR1")):
        yield "it is no Parquet file"


KINDS: dict[str, _Faults] = {
    **dict.fromkeys((".txt", ".log", ".json", ".geojson", ".jsonl", ".yml", ".yaml"), text_faults),
    ".md": markdown_faults,
    ".csv": lambda content: table_faults(content, ","),
    ".tsv": lambda content: table_faults(content, "\t"),
    ".pdf": pdf_faults,
    ".png": _picture(b"\x89PNG\r\n\x1a\n"),
    **dict.fromkeys((".jpg", ".jpeg"), _picture(b"\xff\xd8\xff")),
    ".gif": _picture(b"GIF87a", b"GIF89a"),
    **dict.fromkeys((".tif", ".tiff"), _picture(b"II*\0", b"MM\0*")),
    ".webp": _picture(b"RIFF"),
    ".parquet": parquet_faults,
    ".xlsx": lambda content: office_faults(content, ".xlsx"),
    ".docx": lambda content: office_faults(content, ".docx"),
    ".pptx": lambda content: office_faults(content, ".pptx"),
}
"""File extension -> check that gives the faults of such a file. Files with other extensions are rejected."""


def attachment_faults(name: str, content: bytes) -> list[str]:
    """Return why a file may not be attached, one line each; its type is that of its extension, as for programs."""
    ending = PurePosixPath(name).suffix.lower()
    if ending not in KINDS:
        return [f"files that end in {ending or 'nothing'} may run, or cannot be looked into"]
    return list(KINDS[ending](content))
