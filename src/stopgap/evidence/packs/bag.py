"""Create and check the tag files of the BagIt bag around a pack's payload.

The tag files are byte for byte those that the bagit library writes (tests compare). They are built here because the
library works in folders, changes the working directory of the process, and orders the lines of the tag manifest as the
file system lists files, which differs between systems. Bags that were read are validated by the library too.
"""

from __future__ import annotations

import hashlib
import logging
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stopgap.base.errors import InputError
from stopgap.evidence.archives.reading import Archive
from stopgap.evidence.archives.writing import Limits, pieces
from stopgap.evidence.checks import quoted

BAGIT, INFO, MANIFEST, TAGS = "bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"
TAG_FILES = (BAGIT, INFO, MANIFEST, TAGS)
SIGNATURE_FILE = "signature.dsse.json"
"""Signature of the pack; it stands beside the bag's tag files and in no manifest, because it covers their hashes."""
PAYLOAD = "data/"
DECLARATION = b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n"

_LISTED = (INFO, BAGIT, MANIFEST)
_OXUM = "Payload-Oxum"
# Without one, the library's warnings go to the terminal; what it finds is an error anyway.
_SILENT = logging.NullHandler()


@dataclass(frozen=True)
class Digest:
    """Size in bytes and SHA-256 (64 hex digits) of a content."""

    size: int
    sha256: str


def digest_of(content: bytes | Path) -> Digest:
    """Return size and hash of a content, or of the file at a path."""
    hashed, size = hashlib.sha256(), 0
    for piece in pieces(content):
        hashed.update(piece)
        size += len(piece)
    return Digest(size, hashed.hexdigest())


def tag_files(digests: Mapping[str, Digest], *, day: str, info: Mapping[str, str]) -> dict[str, bytes]:
    """Return the tag files of a bag, from the digests of its payload by path relative to ``data/``; ``day`` is ISO.

    ``info`` are further lines of ``bag-info.txt``; runs of white space become one space, and empty lines are omitted.
    """
    size = sum(digest.size for digest in digests.values())
    lines = {name: " ".join(text.split()) for name, text in info.items()}
    lines |= {"Bagging-Date": day, _OXUM: f"{size}.{len(digests)}"}
    files = {
        BAGIT: DECLARATION,
        INFO: "".join(f"{name}: {text}\n" for name, text in sorted(lines.items()) if text).encode(),
        MANIFEST: _lines("  ", {PAYLOAD + name: digests[name].sha256 for name in in_walk_order(digests)}),
    }
    files[TAGS] = _lines(" ", {name: hashlib.sha256(files[name]).hexdigest() for name in _LISTED})
    return files


def in_walk_order(names: Iterable[str]) -> list[str]:
    """Sort paths as the bagit library does: the files of a folder by name, then its folders by name."""
    return sorted(names, key=lambda name: [(True, part) for part in name.split("/")[:-1]] + [(False, name)])


def _lines(between: str, hashes: Mapping[str, str]) -> bytes:
    return "".join(f"{value}{between}{name}\n" for name, value in hashes.items()).encode()


@dataclass(frozen=True)
class BagCheck:
    """Faults found in a bag, one line each.

    Attributes:
        layout: Tag files that are missing or malformed.
        files: Files that are present but not listed, or listed but missing.
        hashes: Files whose size or hash differs from the one listed.
        is_listed: Whether there is a manifest to compare with.
    """

    layout: tuple[str, ...]
    files: tuple[str, ...]
    hashes: tuple[str, ...]
    is_listed: bool


def check_bag(archive: Archive, limits: Limits = Limits()) -> BagCheck:
    """Return the faults found in the bag of an archive, compared with the bag's own manifests and tag files."""
    layout: list[str] = []
    read = {name: read_whole(archive, name, limits, layout) for name in TAG_FILES}
    if read[BAGIT] not in (None, DECLARATION):
        layout.append(f"{BAGIT} does not declare a bag of version 0.97 in UTF-8")
    listed = _manifest(MANIFEST, read[MANIFEST], "  ", layout)
    tags = _manifest(TAGS, read[TAGS], " ", layout)
    if list(listed) != [PAYLOAD + name for name in in_walk_order(name[len(PAYLOAD) :] for name in listed)]:
        layout.append(f"{MANIFEST} lists files outside {PAYLOAD}, or not in their order")
    if tags and tuple(tags) != _LISTED:
        layout.append(f"{TAGS} does not list {', '.join(_LISTED)}")
    files: list[str] = []
    hashes: list[str] = []
    payload = [name for name in archive.names if name.startswith(PAYLOAD)]
    if listed:
        files += compared(MANIFEST, listed, payload)
    hashes += differing(MANIFEST, listed, archive) + differing(TAGS, tags, archive)
    oxum = _oxum(read[INFO], layout)
    if oxum is not None:
        if oxum[1] != len(payload):
            files.append(f"{INFO} says {oxum[1]} files, there are {len(payload)}")
        size = sum(archive.size(name) for name in payload)
        if oxum[0] != size:
            hashes.append(f"{INFO} says {oxum[0]} bytes, there are {size}")
    return BagCheck(tuple(layout), tuple(files), tuple(hashes), bool(listed))


def compared(source: str, listed: Iterable[str], there: Iterable[str]) -> list[str]:
    """Return one line for each file that is listed but missing, or present but not listed."""
    known, found = set(listed), set(there)
    return [f"{quoted(name)} is missing; {source} lists it" for name in sorted(known - found)] + [
        f"{quoted(name)} was added; {source} does not list it" for name in sorted(found - known)
    ]


def differing(source: str, listed: Mapping[str, str], archive: Archive) -> list[str]:
    """Return one line for each file whose hash differs from the one listed; :func:`compared` reports missing files."""
    return [
        f"{quoted(name)} is not the file that {source} lists: its hash is another"
        for name, value in listed.items()
        if name in archive and archive.sha256(name) != value
    ]


def read_whole(archive: Archive, name: str, limits: Limits, faults: list[str]) -> bytes | None:
    """Read a whole file; if it is missing or too long, return ``None`` and append a line to ``faults``."""
    if name not in archive:
        faults.append(f"{name} is missing")
    elif archive.size(name) > limits.document_bytes:
        faults.append(f"{name} is longer than {limits.document_bytes} bytes")
    else:
        return archive.read(name)
    return None


def _manifest(name: str, content: bytes | None, between: str, layout: list[str]) -> dict[str, str]:
    """Parse a manifest into hashes by file; empty where it is missing or malformed (then ``layout`` says so)."""
    if content is None:
        return {}
    found = re.findall(rb"([0-9a-f]{64})" + between.encode() + rb"([^\r\n]+)\n", content)
    try:
        hashes = {path.decode(): value.decode() for value, path in found}
    except UnicodeDecodeError:
        hashes = {}
    if not hashes or _lines(between, hashes) != content:
        layout.append(f"{name} is not a manifest as packs have them: a hash, {len(between)} space(s), a file")
        return {}
    return hashes


def _oxum(content: bytes | None, layout: list[str]) -> tuple[int, int] | None:
    """Parse size in bytes and number of files of the payload from ``bag-info.txt``; ``None`` if it is malformed."""
    if content is None:
        return None
    try:
        pairs = re.findall(r"([A-Za-z-]+): (\S[^\r\n]*)\n", content.decode())
    except UnicodeDecodeError:
        pairs = []
    lines = dict(pairs)
    written = "".join(f"{name}: {' '.join(text.split())}\n" for name, text in sorted(lines.items()))
    oxum = re.fullmatch(r"(0|[1-9][0-9]{0,15})\.(0|[1-9][0-9]{0,5})", lines.get(_OXUM, ""))
    if (
        written.encode() != content
        or oxum is None
        or not re.fullmatch(r"\d{4}-\d\d-\d\d", lines.get("Bagging-Date", ""))
    ):
        layout.append(f"{INFO} is not as packs have it: lines by name, with Bagging-Date and {_OXUM}")
        return None
    return int(oxum[1]), int(oxum[2])


def library_faults(archive: Archive) -> list[str]:
    """Return the faults that the bagit library finds in a bag, which is unpacked to a temporary folder.

    The archive must be known to be safe: :func:`stopgap.evidence.archives.reading.read_archive`.

    Raises:
        RefusedError: The archive was changed since it was read.
        InputError: The archive cannot be unpacked, for lack of disk space.
    """
    import bagit

    logging.getLogger(bagit.__name__).addHandler(_SILENT)
    with tempfile.TemporaryDirectory(prefix="stopgap-pack-") as folder:
        try:
            for name in archive.names:
                place = Path(folder, name)
                place.parent.mkdir(parents=True, exist_ok=True)
                with place.open("xb") as out:
                    out.writelines(archive.pieces(name))
        except OSError as error:
            raise InputError(
                f"the pack cannot be unpacked to validate it: {error.strerror or error}",
                where=f"{archive.path}, into {folder}",
                fix="make room there, or point TMPDIR to a folder with room",
            ) from None
        try:
            bagit.Bag(folder).validate(processes=1)
        except (bagit.BagError, ValueError) as error:
            return [f"the bagit library does not accept the bag: {quoted(str(error).replace(folder, ''))}"]
    return []
