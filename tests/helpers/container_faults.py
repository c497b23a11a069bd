"""Everything that may be wrong with the container of a pack, made on purpose; each with the check that must name it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from raw_zip import Entry, entries_of, raw_zip
from sealed_samples import CLEAR, FINDING, OTHER, OURS, PAYLOAD, evidence, item, known, resigned, sealed

from stopgap.base.errors import InputError
from stopgap.evidence.archives.writing import in_order
from stopgap.evidence.packs.bag import SIGNATURE_FILE, digest_of, tag_files
from stopgap.evidence.packs.pack_format import PREDICATE_FIELDS, container_checks, evidence_bytes

NO_PACK = "no pack"
"""Instead of a check: what is given is refused as no pack at all."""
FILES = sealed()
CRATE, EVIDENCE = "data/ro-crate-metadata.json", "data/evidence.json"


@dataclass(frozen=True)
class Fault:
    """One pack that is not as it was made.

    Attributes:
        kind: For the table.
        data: The file.
        check: The check that must fail, or :data:`NO_PACK`.
        alone: Whether no other check may fail.
        keys: Public keys that are known, by fingerprint.
    """

    kind: str
    data: bytes
    check: str
    alone: bool = False
    keys: object = known(OURS, OTHER)


def ordered(files):
    return {name: files[name] for name in in_order(files)}


def packed(files):
    """As the archive of a pack, without any look at what it holds."""
    return raw_zip(entries_of(ordered(files)))


GOOD = packed(FILES)


def rebagged(files, key=OURS, **signing):
    """Crate, bag and signature made to fit whatever the payload is: only what the payload says can be wrong."""
    payload = {name[5:]: content for name, content in files.items() if name.startswith("data/")}
    crate = json.loads(FILES[CRATE])
    for entity in crate["@graph"]:
        if entity["@id"] in payload:
            digest = digest_of(payload[entity["@id"]])
            entity |= {"contentSize": str(digest.size), "sha256": digest.sha256}
    if files[CRATE] == FILES[CRATE]:
        payload["ro-crate-metadata.json"] = json.dumps(crate, ensure_ascii=False).encode()
    digests = {name: digest_of(content) for name, content in payload.items()}
    tags = tag_files(digests, day="2026-07-01", info={})
    return resigned({**{f"data/{name}": content for name, content in payload.items()}, **tags}, key, **signing)


def byte_changes(step=1) -> Iterator[Fault]:
    """Every byte of the file, changed in three ways."""
    for place in range(0, len(GOOD), step):
        for other in (GOOD[place] ^ 1, GOOD[place] ^ 0x80, (GOOD[place] + 0x1F) & 0xFF):
            changed = GOOD[:place] + bytes([other]) + GOOD[place + 1 :]
            yield Fault("a byte of the file changed", changed, "archive", alone=True)


def truncations(step=1) -> Iterator[Fault]:
    """The file cut off at every length."""
    for length in range(0, len(GOOD), step):
        yield Fault("cut off", GOOD[:length], "archive" if length >= 4 else NO_PACK)


def content_changes(step=1) -> Iterator[Fault]:
    """Every byte of every file in the pack, changed in two ways, and the archive made anew around it."""
    for name, content in FILES.items():
        check = "signature" if name == SIGNATURE_FILE else "hashes"
        for place in range(0, len(content), step):
            for flip in (0x01, 0x20):
                changed = content[:place] + bytes([content[place] ^ flip]) + content[place + 1 :]
                yield Fault("a byte of a file changed, archived anew", packed({**FILES, name: changed}), check)


def files_moved() -> Iterator[Fault]:
    """Files added, removed, renamed, swapped; the archive made anew."""
    for name in (
        "data/new.json",
        "note.txt",
        "fetch.txt",
        "tagmanifest-md5.txt",
        "data/findings/x/y.json",
        "ro-crate-metadata.json",
    ):
        yield Fault("a file added", packed({**FILES, name: b"{}"}), "files")
    yield Fault("a pack added to the pack", packed({**FILES, "data/nested.zip": GOOD}), "files")
    for name in FILES:
        rest = {other: content for other, content in FILES.items() if other != name}
        yield Fault("a file removed", packed(rest), "files")
        yield Fault("a file renamed", packed({**rest, name + "2": FILES[name]}), "files")
    yield Fault("the signature removed", packed({n: c for n, c in FILES.items() if n != SIGNATURE_FILE}), "signature")
    names = [name for name in FILES if name != SIGNATURE_FILE]
    for number, one in enumerate(names):
        for other in names[number + 1 :]:
            yield Fault("two files swapped", packed({**FILES, one: FILES[other], other: FILES[one]}), "hashes")


def archives() -> Iterator[Fault]:
    """The right files in another archive."""
    good = entries_of(FILES)
    for place in range(len(good) - 1):
        order = [*good[:place], good[place + 1], good[place], *good[place + 2 :]]
        yield Fault("two files in another order", raw_zip(order), "archive")
    for place, entry in enumerate(good):
        for copy in (entry, replace(entry, content=b"other")):
            yield Fault("a file twice", raw_zip([*good[: place + 1], copy, *good[place + 1 :]]), "archive")
        twin = replace(entry, name=str(entry.name).swapcase())
        yield Fault("names that differ in case", raw_zip(sorted([*good, twin], key=lambda each: each.name)), "archive")
        for changed in (
            {"time": 1}, {"date": 0x5C21}, {"made_by": 0x0014}, {"made_by": 0x031E}, {"needs": 10}, {"needs": 45},
            {"flags": 0}, {"flags": 0x808}, {"external": 0o100600 << 16}, {"external": 0o100755 << 16}, {"external": 0},
            {"external": (0o100644 << 16) | 1}, {"internal": 1}, {"extra": b"\xff\xff\0\0"}, {"comment": b" "}, {"disk": 1},
        ):  # fmt: skip
            other = raw_zip([*good[:place], replace(entry, **changed), *good[place + 1 :]])
            yield Fault("other attributes, times, flags or fields", other, "archive")
        for mode, kind in ((0o120777, "a link"), (0o040755, "a folder"), (0o010644, "a pipe"), (0o020644, "a device")):
            special = raw_zip([*good[:place], replace(entry, external=mode << 16), *good[place + 1 :]])
            yield Fault(f"a file as {kind}", special, "archive")
        encrypted = raw_zip([*good[:place], replace(entry, flags=0x801), *good[place + 1 :]])
        yield Fault("encrypted", encrypted, "archive")
    link = Entry("data/zz", b"/etc/passwd", external=0o120777 << 16)
    yield Fault("a link added", raw_zip([*good[:-3], link, *good[-3:]]), "archive")
    for folder in ("data/", "data/findings/", "empty/"):
        yield Fault("a folder entry", raw_zip(sorted([*good, Entry(folder)], key=lambda each: each.name)), "archive")
    for size in (1, 100, 65_535):
        yield Fault("bytes before (self-extracting)", raw_zip(good, prefix=b"M" * size), "archive")
        yield Fault("bytes before (self-extracting)", raw_zip(good, prefix=b"M" * size, shift=size), "archive")
        yield Fault("bytes between", raw_zip(good, between=b"\0" * size), "archive")
        yield Fault("a comment", raw_zip(good, comment=b"c" * size), "archive")
        yield Fault("bytes behind", raw_zip(good, suffix=b"\0" * size), "archive")
    yield Fault("a second archive behind", GOOD + GOOD, "archive")
    yield Fault("a second archive behind", GOOD + raw_zip([]), "archive")


SLIPS = (
    "../evil", "../../etc/cron.d/evil", "data/../../evil", "/etc/passwd", "//server/share", "C:\\evil", "C:/evil", "c:evil",
    "data\\..\\..\\evil", "..\\evil", "data/./evil", "data//evil", ".", "..", "", "data/evil\0.json", "data/\nevil",
    "data/evil.", "data/evil ", "data/CON", "data/nul.txt", "data/com1.json", "data/a:b", "data/\u202etxt.exe",
    "data/\u200bevil", "data/A\u030a", "data/" + "x" * 300, "~/evil\x1b[2J", "data/%2e%2e/evil",
)  # fmt: skip


def unsafe_names() -> Iterator[Fault]:
    """Names that lead out, or are not the same everywhere."""
    for name in SLIPS:
        yield Fault("unsafe names (zip slip)", raw_zip([*entries_of(FILES), Entry(name, b"evil")]), "archive")
        yield Fault("unsafe names, and no pack otherwise", raw_zip([Entry(name, b"evil")]), "archive")


def by_zipfile(files, **options) -> bytes:
    """As Python's own library writes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **options) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def rezipped() -> Iterator[Fault]:
    """The right files, packed by another program; and a pack in a zip."""
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield Fault("packed by zipfile", by_zipfile(FILES, compression=method), "archive")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in FILES.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o100644 << 16
            made.writestr(info, content)
    yield Fault("packed by zipfile", out.getvalue(), "archive")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in FILES.items():
            with made.open(name, "w", force_zip64=True) as member:
                member.write(content)
    yield Fault("zip64", out.getvalue(), "archive")
    for end in ({3: 0xFFFF, 4: 0xFFFF}, {5: 0xFFFFFFFF}, {6: 0xFFFFFFFF}):
        yield Fault("zip64", raw_zip(entries_of(FILES), end=end), "archive")
    yield Fault("a pack in a zip", raw_zip([Entry("pack.zip", GOOD)]), NO_PACK)
    yield Fault("a zip of something else", by_zipfile({"word/document.xml": b"x"}), NO_PACK)
    yield Fault("no zip", b"%PDF-1.7\n" + bytes(5000), NO_PACK)


def bombs(zeros: int, many: int) -> Iterator[Fault]:
    """A few bytes that claim to be many.

    Args:
        zeros: Bytes of the deflated bomb.
        many: Files of the other.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for name, content in FILES.items():
            made.writestr(name, content)
        with made.open("data/zeros", "w") as member:
            for _ in range(zeros >> 20):
                member.write(bytes(1 << 20))
    yield Fault("a deflated bomb", out.getvalue(), "archive")
    good = entries_of(FILES)
    shared = [Entry(f"data/z{number:05}", b"x" * 99, is_there=False) for number in range(9_000)]
    yield Fault("9,000 files that share one content", raw_zip([*good, *shared]), "archive")
    big = [Entry(f"data/z{n:03}", packed=1 << 30, size=1 << 30) for n in range(99)]
    yield Fault("99 GB claimed", raw_zip([*good, *big]), "archive")
    yield Fault(
        "a file of 4 GB claimed", raw_zip([*good, Entry("data/z", packed=0xFFFFFFFE, size=0xFFFFFFFE)]), "archive"
    )
    yield Fault("too many files", by_zipfile({**FILES, **{f"data/z{n}": b"" for n in range(10_001)}}), "archive")
    yield Fault("100,000 files", by_zipfile({**FILES, **{f"data/z{n}": b"" for n in range(many)}}), "archive")
    claimed = raw_zip(good, end={3: 9_999, 4: 9_999})
    yield Fault("more files claimed than there are", claimed, "archive")


def signatures() -> Iterator[Fault]:
    """The right files, signed by the wrong key, or for something else."""
    changed = evidence(name="other", episode="iran-2012")
    other = sealed(name="other", episode="iran-2012")
    yield Fault("statement of another pack", packed({**FILES, SIGNATURE_FILE: other[SIGNATURE_FILE]}), "signature")
    renamed = {**FILES, EVIDENCE: evidence_bytes(changed)}
    yield Fault("renamed inside, not signed again", packed(renamed), "signature")
    lower = {**FILES, EVIDENCE: evidence_bytes(evidence(marking=CLEAR))}
    yield Fault("marking lowered, not signed again", packed(lower), "signature")
    rebag = {**rebagged(lower), SIGNATURE_FILE: FILES[SIGNATURE_FILE]}
    yield Fault("marking lowered, bag made anew, not signed again", packed(rebag), "signature")
    yield Fault("marking lowered, bag made anew, not signed again", packed(rebag), "hashes")
    yield Fault(
        "signed by another key, under ours",
        packed(resigned(FILES, OTHER, keyid=OURS.fingerprint, predicate=said())),
        "signature",
        alone=True,
    )
    yield Fault(
        "signed by another key, for us", packed(resigned(FILES, OTHER, predicate=said())), "signature", alone=True
    )
    yield Fault("another key is known under the fingerprint", GOOD, "signature", True, {OURS.fingerprint: OTHER}.get)
    for field in PREDICATE_FIELDS:
        value = {"tlp": "TLP:CLEAR", "releasable_to": None} if field == "marking" else "other"
        yield Fault(
            "what is signed is not what evidence.json says",
            packed(resigned(FILES, predicate={**said(), field: value})),
            "signature",
            alone=True,
        )
    short = {n: c for n, c in FILES.items() if n != "data/index.html"}
    yield Fault(
        "a statement that leaves a file out",
        packed({**FILES, SIGNATURE_FILE: resigned(short)[SIGNATURE_FILE]}),
        "files",
        alone=True,
    )
    yield Fault("a signature that is empty", packed({**FILES, SIGNATURE_FILE: b""}), "signature", alone=True)


def said():
    return {field: evidence()[field] for field in PREDICATE_FIELDS}


def layouts() -> Iterator[Fault]:
    """Signed by the right key, but not laid out as packs are."""

    def with_evidence(kind, content, check="layout"):
        data = content if isinstance(content, bytes) else evidence_bytes(content)
        return Fault(kind, packed(rebagged({**FILES, EVIDENCE: data})), check, alone=True)

    good = evidence()
    compact = json.dumps(good, sort_keys=True).encode()
    for content in (
        b"",
        b"{",
        b"[]",
        b"null",
        b"[" * 100_000,
        compact,
        evidence_bytes(good)[:-1],
        b'{"a":1,"a":1}',
        b"\xff",
    ):
        yield with_evidence("evidence.json not in its one form", content)
    for field in good:
        yield with_evidence(
            "evidence.json without a field", {key: value for key, value in good.items() if key != field}
        )
    for changed in (
        {"more": 1}, {"format": "stopgap-pack/2"}, {"as_of": 3}, {"made_at": "2026-07-01"}, {"made_at": "2026-02-30T00:00:00Z"},
        {"marking": "TLP:GREEN"}, {"marking": {"tlp": "TLP:WHITE", "releasable_to": None}}, {"software": {"name": "x"}},
        {"items": {}}, {"items": [1]}, {"items": [item("", "finding")]}, {"items": [item("a", "finding")] * 2},
        {"items": [{**item("a", "finding"), "more": 1}]}, {"items": [item("a", "finding", files=["../x"])]},
        {"items": [item("a", "finding", marking="TLP:RED")]}, {"items": [item("a", "finding", inputs=[1])]},
        {"left_out": [1]}, {"releases": None}, {"name": ["a"]}, {"made_at": None},
    ):  # fmt: skip
        content = {**good, **changed}
        fault = with_evidence("evidence.json with a wrong field", content)
        statement = {field: content[field] for field in PREDICATE_FIELDS}
        yield replace(fault, data=packed(rebagged({**FILES, EVIDENCE: evidence_bytes(content)}, predicate=statement)))
    gone = [item(FINDING, "finding", files=["findings/TLP-GREEN_gone.json"])]
    yield with_evidence("evidence.json lists a file that is not there", {**good, "items": gone}, "files")
    crate = json.loads(FILES[CRATE])
    graph = crate["@graph"]
    for content in (
        b"", b"[]", b"[" * 100_000, {"@graph": graph}, {**crate, "@graph": {}}, {**crate, "@graph": [1]}, {**crate, "@context": "x"},
        {**crate, "@context": crate["@context"][0]}, {**crate, "@graph": graph[1:]}, {**crate, "@graph": [*graph, graph[1]]},
        {**crate, "@graph": [*graph, {"@id": "#x"}]}, {**crate, "@graph": [*graph, {"@type": "Thing"}]},
        {**crate, "@graph": [{**graph[0], "about": {"@id": "#gone"}}, *graph[1:]]},
        {**crate, "@graph": [graph[0], {**graph[1], "hasPart": [7]}, *graph[2:]]},
        {**crate, "@graph": [graph[0], {**graph[1], "hasPart": []}, *graph[2:]]}, {**crate, "more": 1},
    ):  # fmt: skip
        data = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
        yield Fault("not an RO-Crate", packed(rebagged({**FILES, CRATE: data})), "layout", alone=True)
    for entity, check in (({"@id": "data-gone.json", "@type": "File", "sha256": "x"}, "files"), (None, "hashes")):
        parts = [*graph[1]["hasPart"], {"@id": "data-gone.json"}] if entity else graph[1]["hasPart"]
        rest = [
            {**each, "sha256": "0" * 64} if each["@id"] == "index.html" and not entity else each for each in graph[2:]
        ]
        other = {**crate, "@graph": [graph[0], {**graph[1], "hasPart": parts}, *rest, *([entity] if entity else [])]}
        described = {**FILES, CRATE: json.dumps(other, ensure_ascii=False).encode()}
        yield Fault("an RO-Crate that describes other files", packed(rebagged(described)), check, alone=True)
    reverse = b"".join(reversed(FILES["manifest-sha256.txt"].splitlines(keepends=True)))
    shuffled = {**FILES, "manifest-sha256.txt": reverse}
    old = hashlib.sha256(FILES["manifest-sha256.txt"]).hexdigest().encode()
    new = hashlib.sha256(reverse).hexdigest().encode()
    shuffled["tagmanifest-sha256.txt"] = FILES["tagmanifest-sha256.txt"].replace(old, new)
    yield Fault("a manifest in another order, signed", packed(resigned(shuffled)), "layout", alone=True)
    yield Fault("a file beside the bag, signed", packed(resigned({**FILES, "fetch.txt": b""})), "layout", alone=True)
    bare = {name: content for name, content in FILES.items() if name.startswith("data/")}
    yield Fault("no bag around the payload, signed", packed(resigned(bare)), "layout")


def few() -> Iterator[Fault]:
    """One of each but the single bytes and the bombs."""
    for kinds in (files_moved, archives, unsafe_names, rezipped, signatures, layouts):
        yield from kinds()


def found(fault: Fault, path: Path):
    """What verification says of a fault, which is written to ``path``."""
    path.write_bytes(fault.data)
    return verified(fault, path)


def verified(fault: Fault, path: Path):
    """What verification says of a file: the result, and which of the checks that ran do not hold."""
    try:
        result = container_checks(path, public_key_for=fault.keys)
    except InputError:
        return None, [NO_PACK]
    return result, [check.name for check in result.checks if check.ran and not check.holds]


def missed(fault: Fault, failed: list[str]) -> bool:
    """Whether the check that should name a fault does not, or another does as well that should not."""
    return failed != [fault.check] if fault.alone or fault.check == NO_PACK else fault.check not in failed


_watching: list[str] | None = None


def _audit(event, arguments):
    if _watching is None:
        return
    if event == "open" and isinstance(arguments[0], str) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        _watching.append(os.path.abspath(arguments[0]))
    elif event in ("os.mkdir", "os.symlink", "os.link", "os.rename", "os.truncate"):
        _watching.append(
            os.path.abspath(os.fsdecode(arguments[1 if event in ("os.symlink", "os.link", "os.rename") else 0]))
        )


@contextmanager
def watched(folder: Path):
    """Everything that Python writes, makes or renames while the block runs; temporary folders are made in ``folder``."""
    global _watching
    if not getattr(sys, "_stopgap_watched", False):
        sys.addaudithook(_audit)
        sys._stopgap_watched = True
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    _watching = []
    try:
        yield _watching
    finally:
        _watching, tempfile.tempdir = None, before


assert set(PAYLOAD) == {name[5:] for name in FILES if name.startswith("data/")} - {EVIDENCE[5:], CRATE[5:]}
