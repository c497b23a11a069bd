"""The bag: the files that the bagit library writes, and every way in which they can be wrong."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import bagit
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sealed_samples import PAYLOAD, resigned, sealed

from stopgap.evidence.archives.reading import read_archive
from stopgap.evidence.archives.writing import name_fault, names_faults, write_archive_to
from stopgap.evidence.packs.bag import TAG_FILES, check_bag, digest_of, in_walk_order, library_faults, tag_files

DAY, INFO = "2026-07-01", {"Source-Organization": "Ministry of Tests", "External-Identifier": "russia-2022"}
PARTS = st.text(alphabet="abZ_-. 1Ü文", min_size=1, max_size=5)
PATHS = st.lists(PARTS, min_size=1, max_size=3).map("/".join).filter(lambda name: name_fault(name) is None)


def bagged(payload, *, info):
    """A bag of a payload: its files below ``data/``, and the tag files."""
    digests = {name: digest_of(content) for name, content in payload.items()}
    return {f"data/{name}": content for name, content in payload.items()} | tag_files(digests, day=DAY, info=info)


def library_bag(folder: Path, payload):
    """The tag files as the library makes them."""
    for name, content in payload.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    made = bagit.make_bag(str(folder), {**INFO, "Bagging-Date": DAY, "Bag-Software-Agent": "s 1"}, checksums=["sha256"])
    made.validate()
    return {name: (folder / name).read_bytes() for name in TAG_FILES}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=st.dictionaries(PATHS, st.binary(max_size=20), min_size=1, max_size=6))
def test_tag_files_are_those_of_the_library_byte_for_byte(tmp_path_factory, payload):
    if list(names_faults(payload)):
        return
    theirs = library_bag(tmp_path_factory.mktemp("bag"), payload)
    ours = bagged(payload, info={**INFO, "Bag-Software-Agent": "s 1"})
    for name in TAG_FILES[:3]:
        assert ours[name] == theirs[name]
    # The library lists tag files in the order of the file system, which is another on every machine.
    assert sorted(ours[TAG_FILES[3]].splitlines()) == sorted(theirs[TAG_FILES[3]].splitlines())
    assert {name: ours[f"data/{name}"] for name in payload} == payload


def test_tag_files_by_hand():
    made = bagged({"b/x": b"123", "a": b"4", "c": b""}, info={"Note": " two\n lines\u2028", "Empty": " "})
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in {"a": b"4", "b/x": b"123", "c": b""}.items()}
    assert made["manifest-sha256.txt"].decode() == (
        f"{sums['a']}  data/a\n{sums['c']}  data/c\n{sums['b/x']}  data/b/x\n"
    )
    assert made["bag-info.txt"].decode() == "Bagging-Date: 2026-07-01\nNote: two lines\nPayload-Oxum: 4.3\n"
    first = hashlib.sha256(made["bag-info.txt"]).hexdigest()
    assert made["tagmanifest-sha256.txt"].decode().splitlines()[0] == f"{first} bag-info.txt"


def test_contents_may_stand_in_files(tmp_path):
    (tmp_path / "x").write_bytes(b"123")
    assert (
        bagged({"x": tmp_path / "x"}, info={})["manifest-sha256.txt"]
        == (bagged({"x": b"123"}, info={})["manifest-sha256.txt"])
    )
    assert digest_of(tmp_path / "x") == digest_of(b"123")


def test_files_of_a_folder_come_before_its_folders():
    assert in_walk_order(["b/c/d", "z", "b/e", "a/x", "b.txt"]) == ["b.txt", "z", "a/x", "b/e", "b/c/d"]


@pytest.fixture
def opened(tmp_path):
    def opening(files):
        write_archive_to(files, tmp_path / "pack.zip")
        return read_archive(tmp_path / "pack.zip")

    return opening


def test_a_sound_bag_has_no_faults(opened):
    archive = opened(sealed())
    check = check_bag(archive)
    assert (check.layout, check.files, check.hashes, check.is_listed) == ((), (), (), True)
    assert library_faults(archive) == []


NAME = f"data/{list(PAYLOAD)[3]}"


def tag_changed(name, old, new):
    def change(files):
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)

    return change


def reversed_lines(name):
    def change(files):
        files[name] = b"".join(reversed(files[name].splitlines(keepends=True)))

    return change


def put(name, content):
    return lambda files: files.update({name: content})


WRONG = {
    "another version": (tag_changed("bagit.txt", b"0.97", b"1.0"), "layout", "does not declare"),
    "another encoding": (tag_changed("bagit.txt", b"UTF-8", b"UTF-7"), "layout", "does not declare"),
    "CRLF": (tag_changed("bagit.txt", b"\n", b"\r\n"), "layout", "does not declare"),
    "manifest reversed": (reversed_lines("manifest-sha256.txt"), "layout", "not in their order"),
    "tag manifest reversed": (reversed_lines("tagmanifest-sha256.txt"), "layout", "does not list"),
    "comment in the manifest": (tag_changed("manifest-sha256.txt", b"\n", b"\n# hi\n"), "layout", "not a manifest"),
    "upper case": (put("manifest-sha256.txt", b"A" * 64 + b"  data/x\n"), "layout", "not a manifest"),
    "no UTF-8": (put("manifest-sha256.txt", b"a" * 64 + b"  data/\xff\n"), "layout", "not a manifest"),
    "empty manifest": (put("manifest-sha256.txt", b""), "layout", "not a manifest"),
    "BOM": (tag_changed("manifest-sha256.txt", b"", b"\xef\xbb\xbf"), "layout", "not a manifest"),
    "outside": (put("manifest-sha256.txt", b"a" * 64 + b"  ../x\n"), "layout", "outside"),
    "doubled line": (
        lambda files: files.update({"manifest-sha256.txt": files["manifest-sha256.txt"] * 2}), "layout", "not a manifest"
    ),
    "info not sorted": (reversed_lines("bag-info.txt"), "layout", "lines by name"),
    "info without a size": (tag_changed("bag-info.txt", b"Payload-Oxum", b"Payload-Size"), "layout", "lines by name"),
    "folded info": (tag_changed("bag-info.txt", b"Ministry of", b"Ministry\n of"), "layout", "lines by name"),
    "info no UTF-8": (tag_changed("bag-info.txt", b"Ministry", b"\xff"), "layout", "lines by name"),
    "tag file missing": (lambda files: files.pop("tagmanifest-sha256.txt"), "layout", "is missing"),
    "payload missing": (lambda files: files.pop(NAME), "files", "is missing"),
    "payload added": (put("data/new", b""), "files", "was added"),
    "payload changed": (put(NAME, b"good,value_usd\n854231,12.6\n"), "hashes", "its hash is another"),
    "number of files": (tag_changed("bag-info.txt", b".7\n", b".8\n"), "files", "says 8 files, there are 7"),
    "number of bytes": (tag_changed("bag-info.txt", b"Payload-Oxum: ", b"Payload-Oxum: 1"), "hashes", "bytes, there are"),
    "tag file changed": (tag_changed("bag-info.txt", b"Ministry", b"Ministrx"), "hashes", "tagmanifest-sha256.txt lists"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_with_a_bag_is_named(opened, kind):
    change, where, says = WRONG[kind]
    files = sealed()
    change(files)
    faults = getattr(check_bag(opened(files)), where)
    assert any(says in fault for fault in faults), faults


def test_the_library_sees_what_it_validates_too(opened):
    """So it is asked at all: without our own checks it still refuses what is changed, added or gone."""
    files = sealed()
    for changed in ({NAME: b"x"}, {"data/new": b""}, {"bag-info.txt": b"Payload-Oxum: 1.1\n"}):
        (fault,) = library_faults(opened(resigned({**files, **changed})))
        assert "the bagit library does not accept the bag" in fault
    (fault,) = library_faults(opened({name: content for name, content in files.items() if name != NAME}))
    assert tempfile.gettempdir() not in fault


def test_unpacking_leaves_nothing_behind(opened, tmp_path, monkeypatch):
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    assert library_faults(opened(sealed())) == []
    assert list(private.iterdir()) == []
