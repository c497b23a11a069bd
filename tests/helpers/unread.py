"""Bytes put into a sample, taken out of it, or appended: whether the reader says anything of them.

``passed_over`` is the judge: a file that says something else than the sample must be refused, or give other rows,
counts or warnings. What it says is told by ``reader_samples``, by the standard library alone.
"""

from __future__ import annotations

import contextlib
import random
import tempfile
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from reader_samples import ReaderSample

JUNK = (
    b"\x00", b"\xff", b"\xc2\xa0", b" ", b"\n", b"\r\n", b"\n\n", b"\t", b"\x1a", b'"', b'""', b"'", b",", b";", b"|", b"x", b"#", b"0",
    b"7", b"-", b".", b"e9", b"_", b"<", b">", b"<!-- x -->", b"<x/>", b"<x>y</x>", b"&amp;", b"]]>", b"{", b"}", b"[", b"]", b"{}", b"[]",
    b"null", b":", b'"x": 1,', b',"x": 1', b"{}\n", b"\\", b"//", b"#N/A", b"junk", b"a,b,c\n", b"PK\x03\x04", b"\x1f\x8b", b"PAR1",
    b"\xe2\x80\xae", b"\xef\xbb\xbf", b"9" * 40, b"\n# end\n", b"<?x y?>",
)  # fmt: skip
"""What is put in."""

KINDS = ("append", "prepend", "insert", "cut", "cut the end", "repeat", "append itself", "overwrite")


@dataclass(frozen=True)
class Read:
    """What a reader said of a file: the error, or rows, counts and warnings.

    Attributes:
        error: The error's three lines; None where the file was read.
        fault: What no reader may do: another exception, or an error without where or fix.
        said: Rows, counts and warnings, comparable.
    """

    error: str | None = None
    fault: str | None = None
    said: object = None


def mutated(sample: ReaderSample, kind: str, seed: int) -> bytes:
    """The sample's bytes with one change; the same seed gives the same bytes."""
    draw = random.Random(zlib.crc32(f"{sample.name}|{kind}|{seed}".encode()))
    content, junk = sample.content, draw.choice(JUNK)
    at = draw.randrange(len(content) + 1)
    length = draw.choice((1, 1, 2, 5, 20, draw.randint(1, len(content))))
    match kind:
        case "append":
            return content + junk * draw.choice((1, 1, 1, 3))
        case "prepend":
            return junk + content
        case "insert":
            return content[:at] + junk + content[at:]
        case "cut":
            return content[:at] + content[at + length :]
        case "cut the end":
            return content[: max(1, len(content) - length)]
        case "repeat":
            return content[: at + length] + content[at:]
        case "append itself":
            return content + draw.choice((b"", b"\n", b" ")) + content[draw.choice((0, 0, at)) :]
        case _:
            return content[:at] + junk + content[at + len(junk) :]


def read(sample: ReaderSample, content: bytes, folder: Path) -> Read:
    """What the reader of a sample's source makes of other bytes under its name."""
    from stopgap.base.errors import StopgapError

    path = folder / sample.file_name
    path.write_bytes(content)
    try:
        return Read(said=_said(sample, path, folder))
    except StopgapError as error:
        is_whole = error.what.strip() and error.where.strip() and error.fix.strip() and error.exit_code in (2, 3)
        return Read(error=str(error), fault=None if is_whole else f"an error of code {error.exit_code}: {error}")
    except BaseException as error:  # the very thing that is looked for
        if isinstance(error, KeyboardInterrupt):
            raise
        return Read(fault=f"{type(error).__name__}: {str(error)[:300]}")


def _said(sample: ReaderSample, path: Path, folder: Path) -> object:
    from stopgap.lake.store import staging_connection
    from stopgap.sources.base import Told
    from stopgap.sources.files.archive import open_archives
    from stopgap.sources.mapping import load_mapping
    from stopgap.sources.registry import read_file

    mapping = None
    if sample.mapping is not None:
        given = sample.mapping
        if "\n" in given:
            file = folder / "mapping.yml"
            file.write_text(given, "utf-8")
            given = str(file)
        mapping = load_mapping(given)
    said: list[object] = []
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        opened = open_archives([path], Path(scratch) / "unpacked", takes_all=False)
        said.append(opened.warnings)
        for file in opened.files:
            with contextlib.closing(staging_connection(Path(scratch))) as con:
                done = read_file(con, file, mapping=mapping, told=Told(**sample.told))
                rows = Counter(map(repr, con.execute("SELECT * FROM staged").fetchall()))
                said.append(
                    (
                        rows,
                        done.source,
                        done.rows_read,
                        done.rows_rejected,
                        done.rows_missing,
                        done.rows_duplicate,
                        done.published,
                    )
                )
                said.append(tuple(done.warnings))
    return said


def passed_over(sample: ReaderSample, content: bytes, sound: Read, found: Read) -> str | None:
    """What is wrong with what a reader said; None when nothing is."""
    if found.fault is not None:
        return found.fault
    if found.error is not None or found.said != sound.said:
        return None
    try:
        meaning = sample.meaning(content)
    except Exception as error:  # what the standard library cannot read is no sample's meaning
        return f"read as the sample, and the standard library says: {type(error).__name__}: {str(error)[:100]}"
    if meaning != sample.meaning(sample.content):
        return "read as the sample, without a word"
    return None
