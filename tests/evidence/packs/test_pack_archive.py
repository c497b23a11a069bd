"""The archive: its bytes follow from names and contents alone, and nothing else is read as one."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import struct
import subprocess
import sys
import unicodedata
import zipfile
import zlib
from pathlib import Path

import pytest
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_zip import Entry, raw_zip

from stopgap.base.errors import InputError, RefusedError
from stopgap.evidence.archives.reading import read_archive
from stopgap.evidence.archives.writing import (
    Limits,
    in_order,
    name_fault,
    names_faults,
    write_archive,
    write_archive_to,
)

FILES = {"bagit.txt": b"BagIt", "a/b.txt": b"\0" * 5, "Zebra": b"", "data/Ü": b"PK\x03\x04" * 9}
NAMES = st.lists(
    st.text(alphabet="abcÜé文 -_1", min_size=1, max_size=6), min_size=1, max_size=3
).map("/".join)  # fmt: skip


def written(tmp_path, data, name="pack.zip"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def faults_of(tmp_path, data, limits=Limits()):
    """What is found wrong; the archive must be refused."""
    with pytest.raises(RefusedError) as refused:
        read_archive(written(tmp_path, data), limits)
    assert refused.value.exit_code == 5
    return refused.value.details["faults"]


def test_the_bytes_are_those_that_the_format_says_by_hand():
    content, name = b"hi", b"bagit.txt"
    crc = struct.pack("<I", zlib.crc32(content))
    common = bytes.fromhex("1400 0008 0000 0000 2100") + crc + bytes.fromhex("02000000 02000000 0900 0000")
    local = b"PK\x03\x04" + common + name + content
    central = b"PK\x01\x02" + bytes.fromhex("1403") + common + bytes.fromhex("0000 0000 0000 0000a481 00000000") + name
    end = b"PK\x05\x06" + bytes.fromhex("0000 0000 0100 0100") + struct.pack("<II", len(central), len(local)) + b"\0\0"
    assert write_archive({"bagit.txt": content}) == local + central + end


def test_other_readers_of_zips_find_the_same():
    with zipfile.ZipFile(io.BytesIO(write_archive(FILES))) as read:
        assert read.testzip() is None
        assert {name: read.read(name) for name in read.namelist()} == FILES
        assert read.namelist() == ["bagit.txt", "Zebra", "a/b.txt", "data/Ü"]
        assert {info.date_time for info in read.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.external_attr >> 16 for info in read.infolist()} == {stat.S_IFREG | 0o644}


def test_written_to_a_file_from_files_it_is_the_same(tmp_path):
    paths = {name: written(tmp_path, content, f"{number}") for number, (name, content) in enumerate(FILES.items())}
    target = tmp_path / "made" / "pack.zip"
    target.parent.mkdir()
    target.write_bytes(b"what was there before")
    write_archive_to(paths, target)
    assert target.read_bytes() == write_archive(FILES)
    assert os.listdir(target.parent) == ["pack.zip"]


def test_nothing_is_left_of_an_archive_that_cannot_be_written(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_archive_to({"bagit.txt": b"", "data/gone": tmp_path / "gone"}, tmp_path / "pack.zip")
    assert os.listdir(tmp_path) == []


def test_what_was_read_is_what_was_written(tmp_path):
    archive = read_archive(written(tmp_path, write_archive(FILES)))
    assert archive.names == tuple(in_order(FILES))
    for name, content in FILES.items():
        assert archive.read(name) == content
        assert archive.size(name) == len(content)
        assert archive.sha256(name) == hashlib.sha256(content).hexdigest()
        with archive.open(name) as part:
            assert part.read(3) == content[:3]
            assert (part.seek(-2, os.SEEK_END), part.read()) == (max(0, len(content) - 2), content[-2:])
    assert "a/b.txt" in archive
    assert "a" not in archive


def test_a_file_of_several_pieces_is_read_whole(tmp_path):
    content = bytes(range(256)) * 10_000
    archive = read_archive(written(tmp_path, write_archive({"bagit.txt": content})))
    assert len(list(archive.pieces("bagit.txt"))) == 3
    assert archive.read("bagit.txt") == content


def test_an_archive_that_is_changed_after_it_was_read_is_refused(tmp_path):
    path = written(tmp_path, write_archive(FILES))
    archive = read_archive(path)
    path.write_bytes(write_archive({**FILES, "a/b.txt": b"other"}))
    with pytest.raises(RefusedError, match="changed while it was read"):
        archive.read("a/b.txt")


@pytest.mark.in_parts
@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.dictionaries(NAMES, st.binary(max_size=40), max_size=5), seen=st.data())
def test_whatever_is_changed_what_is_read_would_be_written_the_same(tmp_path, files, seen):
    """The property that makes an archive canonical: read, and written again, it is the file that was read."""
    names = dict.fromkeys(["bagit.txt", *files])
    if next(names_faults(names), None):
        with pytest.raises(RefusedError):
            write_archive(dict.fromkeys(names, b""))
        return
    data = bytearray(write_archive({"bagit.txt": b"x", **files}))
    for _ in range(seen.draw(st.integers(0, 2))):
        place = seen.draw(st.integers(0, len(data) - 1))
        kind = seen.draw(st.sampled_from(["change", "cut", "insert"]))
        if kind == "change":
            data[place] = seen.draw(st.integers(0, 255))
        elif kind == "cut":
            del data[place : place + seen.draw(st.integers(1, 9))]
        else:
            data[place:place] = seen.draw(st.binary(min_size=1, max_size=9))
        if not data:
            return
    path = written(tmp_path, bytes(data))
    try:
        archive = read_archive(path)
    except (RefusedError, InputError):
        return
    assert write_archive({name: archive.read(name) for name in archive.names}) == bytes(data)


UNSAFE = {
    "/etc/passwd": "is absolute",
    "../up": "leads out",
    "data/../../up": "leads out",
    "data/./a": "part '.'",
    "data//a": "empty part",
    "data/": "empty part",
    "": "is empty",
    "C:/windows": "drive letter",
    "c:a": "drive letter",
    "data\\a": "holds",
    "data/a:stream": "holds",
    "data/a%2e": "holds",
    "data/a?": "holds",
    "data/a\nb": "U+000A",
    "data/a\0": "U+0000",
    "data/a\x7f": "U+007F",
    "data/a\x85": "U+0085",
    "data/a\u2028b": "U+2028",
    "data/a\u00a0b": "U+00A0",
    "data/a\u202egpj.exe": "invisible sign U+202E",
    "data/a\u2066b": "invisible sign U+2066",
    "data/a\u200bb": "invisible sign U+200B",
    "data/\ufeffa": "invisible sign U+FEFF",
    "data/\ue000": "U+E000",
    "data/\U000e0fff": "U+E0FFF",
    unicodedata.normalize("NFD", "data/Ü"): "normal form C",
    "data/\u212a": "normal form C",
    "data/a.": "dot or a space",
    "data/a ": "dot or a space",
    "data /a": "dot or a space",
    "data/ a": "starts with a space",
    "data/CON": "device",
    "data/nul.txt": "device",
    "data/Aux.tar.gz": "device",
    "com1/a": "device",
    "data/LPT9.": "dot or a space",
    "data/com¹.txt": "device",
    "data/con .txt": "device",
    "data/CONIN$": "device",
    "data/" + "a" * 236: "longer than 240 bytes",
    "data/\ud800": "not Unicode",
}


@pytest.mark.parametrize("name", UNSAFE)
def test_names_that_are_not_safe_are_neither_written_nor_read(tmp_path, name):
    assert UNSAFE[name] in (name_fault(name) or "")
    with pytest.raises(RefusedError):
        write_archive({"bagit.txt": b"", name: b""})
    raw = name.encode("utf-8", "surrogatepass")
    faults = faults_of(tmp_path, raw_zip([Entry("bagit.txt"), Entry(raw)]))
    assert any(UNSAFE[name] in fault for fault in faults)


@pytest.mark.parametrize(
    "name", ["a", "data/Übersicht.txt", "data/文件.json", "data/console", "data/com10", "a b/c-d_e.f", "data/.x"]
)
def test_names_that_are_safe(name):
    assert name_fault(name) is None


BESIDE = {
    ("data/a", "data/A"): "differ only in case",
    ("data/straße", "data/STRASSE"): "differ only in case",
    ("data/a", "Data/b"): "differ only in case",
    ("data/x/a", "data/X/b"): "differ only in case",
    ("data/a", "data/a/b"): "is a file and a folder",
    ("data/A", "data/a/b"): "is a file and a folder",
}


@pytest.mark.parametrize("names", BESIDE)
def test_names_that_fall_together_on_some_systems(tmp_path, names):
    with pytest.raises(RefusedError, match=BESIDE[names]):
        write_archive(dict.fromkeys(names, b""))
    entries = [Entry("bagit.txt"), *map(Entry, sorted(names))]
    assert BESIDE[names] in faults_of(tmp_path, raw_zip(entries))[0]


def test_a_name_that_is_no_utf8_is_refused(tmp_path):
    assert "is not Unicode" in faults_of(tmp_path, raw_zip([Entry("bagit.txt"), Entry(b"data/\xff")]))[0]


GOOD = [Entry("bagit.txt", b"1"), Entry("data/a", b"22"), Entry("data/b", b"333")]


def test_an_archive_written_field_by_field_is_the_same(tmp_path):
    made = raw_zip(GOOD)
    assert made == write_archive({"bagit.txt": b"1", "data/b": b"333", "data/a": b"22"})
    assert read_archive(written(tmp_path, made)).read("data/b") == b"333"


def last(**changed):
    """The good archive with other fields in its last member."""
    return raw_zip([*GOOD[:2], Entry(**{"name": "data/b", "content": b"333", **changed})])


DAMAGE = {
    "encrypted": (last(flags=0x801), "is encrypted"),
    "AES": (last(method=99), "is encrypted"),
    "deflate": (last(method=8), "is compressed (deflate)"),
    "unknown method": (last(method=77), "is compressed (method 77)"),
    "link": (last(external=0o120777 << 16), "is a link"),
    "pipe": (last(external=0o010644 << 16), "is a pipe"),
    "device": (last(external=0o060644 << 16), "is a device"),
    "folder by mode": (last(external=0o040755 << 16), "is a folder"),
    "folder by name": (last(name="data/c/", content=b""), "is a folder"),
    "folder by DOS": (last(external=(0o100644 << 16) | 0x10), "is a folder"),
    "executable": (last(external=0o100755 << 16), "other attributes"),
    "set-uid": (last(external=0o104644 << 16), "other attributes"),
    "no mode": (last(external=0), "other attributes"),
    "made on DOS": (last(made_by=20), "other attributes"),
    "newer zip": (last(needs=21), "other attributes"),
    "no UTF-8 flag": (last(flags=0), "other attributes"),
    "data descriptor": (last(flags=0x808), "other attributes"),
    "text attribute": (last(internal=1), "other attributes"),
    "another disk": (last(disk=1), "other attributes"),
    "sizes differ": (last(packed=2), "other attributes"),
    "time": (last(time=1), "has a time"),
    "date": (last(date=0x22), "has a time"),
    "extra field": (last(extra=b"UT\1\0x"), "extra field"),
    "extra field in the directory alone": (last(extra=b"UT\1\0x", local={"extra": b""}), "extra field"),
    "extra field in the header alone": (last(local={"extra": b"UT\1\0x"}), "5 bytes stand before the directory"),
    "comment of a file": (last(comment=b"hi"), "comment"),
    "comment": (raw_zip(GOOD, comment=b"hi"), "2 bytes stand behind"),
    "bytes before": (raw_zip(GOOD, prefix=b"#!/bin/sh\n"), "10 bytes stand before"),
    "bytes before, offsets adjusted": (raw_zip(GOOD, prefix=b"MZ" * 5, shift=10), "10 bytes stand before"),
    "bytes behind": (raw_zip(GOOD, suffix=b"\0"), "1 bytes stand behind"),
    "bytes before the directory": (raw_zip(GOOD, between=b"hidden"), "6 bytes stand before the directory"),
    "other name in the header": (last(local={"name": b"data/c"}), "not what the directory says"),
    "other size in the header": (last(local={"size": 4}), "not what the directory says"),
    "other method in the header": (last(local={"method": 8}), "not what the directory says"),
    "encrypted in the header": (last(local={"flags": 0x801}), "not what the directory says"),
    "checksum": (last(crc=1), "checksum is another"),
    "zip64 entry": (last(needs=45), "zip64"),
    "zip64 size": (last(size=0xFFFFFFFF), "zip64"),
    "zip64 end": (raw_zip(GOOD, end={3: 0xFFFF, 4: 0xFFFF}), "zip64"),
    "zip64 locator": (raw_zip(GOOD, suffix=b"PK\x06\x07" + bytes(16) + raw_zip([])), "zip64"),
    "twice": (raw_zip([*GOOD, GOOD[2]]), "is there twice"),
    "into the directory": (raw_zip([*GOOD, Entry("data/c", size=9, packed=9)]), "overlaps the directory"),
    "overlapping": (raw_zip([*GOOD[:2], Entry("data/b", b"22", is_there=False)]), "overlaps the file before it"),
    "gap": (raw_zip([GOOD[0], Entry("data/a", b"22", offset=41)]), "belong to no file"),
    "out of order": (raw_zip([GOOD[0], GOOD[2], GOOD[1]]), "not in their order"),
    "bagit.txt is not first": (raw_zip([GOOD[1], GOOD[0], GOOD[2]]), "not in their order"),
    "one member less in the end record": (raw_zip(GOOD, end={3: 2, 4: 2}), "directory at its end is damaged"),
    "one member more in the end record": (raw_zip(GOOD, end={3: 4, 4: 4}), "directory at its end is damaged"),
    "members differ": (raw_zip(GOOD, end={3: 2}), "end record is damaged"),
    "two disks": (raw_zip(GOOD, end={1: 1}), "end record is damaged"),
    "cut": (raw_zip(GOOD)[:-1], "cut off"),
    "a directory before the start": (raw_zip(GOOD, end={6: 0x7FFFFFFF}), "bytes are missing"),
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGE)
def test_what_is_not_as_packs_are_written_is_named(tmp_path, kind):
    data, says = DAMAGE[kind]
    faults = faults_of(tmp_path, data)
    assert any(says in fault for fault in faults), faults


@pytest.mark.parametrize("size", [0, 1, 3, 5000])
def test_what_is_no_zip_is_no_pack(tmp_path, size):
    with pytest.raises(InputError, match="it is no zip") as refused:
        read_archive(written(tmp_path, b"x" * size))
    assert refused.value.exit_code == 3


def test_a_zip_of_something_else_is_no_pack(tmp_path):
    for made in (raw_zip([]), raw_zip([Entry("word/document.xml", b"x", date=0x5000)])):
        with pytest.raises(InputError, match="holds none of"):
            read_archive(written(tmp_path, made))
    assert "leads out" in faults_of(tmp_path, raw_zip([Entry("../x")]))[0]


def test_folders_pipes_and_what_is_not_there_are_no_packs(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "gone", tmp_path / "gone" / "a"):
        with pytest.raises(InputError):
            read_archive(path)


def test_limits_hold_before_anything_is_read(tmp_path):
    data = raw_zip(GOOD)
    assert "more than 2" in faults_of(tmp_path, data, Limits(members=2))[0]
    assert "more than 2" in faults_of(tmp_path, data, Limits(member_bytes=2))[0]
    assert f"{len(data)} bytes long" in faults_of(tmp_path, data, Limits(file_bytes=len(data) - 1))[0]
    assert "longer than 8 bytes" in faults_of(tmp_path, data, Limits(name_bytes=8))[0]
    read_archive(written(tmp_path, data), Limits(len(data), 3, 3, 9))
    huge = tmp_path / "huge.zip"
    with huge.open("wb") as out:
        out.truncate(3 << 30)
        out.seek(0, os.SEEK_END)
        out.write(data[-22:])
    with pytest.raises(RefusedError, match="more than 2147483648"):
        read_archive(huge)


def test_more_files_than_allowed_are_neither_written_nor_read(tmp_path):
    many = {f"data/{number}": b"" for number in range(10_000)} | {"bagit.txt": b""}
    with pytest.raises(RefusedError, match="10001 files"):
        write_archive(many)
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as made:
        for name in many:
            made.writestr(name, b"")
    with pytest.raises(RefusedError, match="10001 files"):
        read_archive(tmp_path / "many.zip")


MAKE = """
import hashlib, os, sys
os.umask(int(sys.argv[1], 8))
sys.path[:0] = sys.argv[2:4]
from pathlib import Path
from sealed_samples import sealed
from stopgap.evidence.archives.writing import write_archive, write_archive_to
path = Path(sys.argv[4])
write_archive_to(sealed(), path)
assert path.read_bytes() == write_archive(sealed())
print(hashlib.sha256(path.read_bytes()).hexdigest())
"""


def test_a_pack_made_elsewhere_is_the_same_byte_for_byte(tmp_path):
    root = Path(__file__).resolve().parents[3]
    here, source = root / "tests" / "helpers", root / "src"
    found = set()
    for number, (seed, zone, locale, umask) in enumerate(
        [
            ("0", "UTC", "C", "022"),
            ("1", "Pacific/Kiritimati", "C.utf8", "077"),
            ("77", "America/St_Johns", "de_DE.UTF-8", "000"),
        ]
    ):
        environment = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "LANG": locale, "PATH": os.environ["PATH"]}
        run = subprocess.run(
            [sys.executable, "-c", MAKE, umask, str(here), str(source), str(tmp_path / f"{number}.zip")],
            env=environment, cwd=tmp_path, capture_output=True, text=True, check=True,
        )  # fmt: skip
        found.add(run.stdout)
    assert len(found) == 1
