"""Large files are written past the page cache and parsed where they stand, and the lake is as with others."""

from __future__ import annotations

import gzip
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from comtrade_files import comtrade_row, csv_bytes
from lake_state import digests, faults, lake_state

from stopgap.base.errors import InputError
from stopgap.intake.importing import import_paths
from stopgap.lake.importing import direct_file, importer, original
from stopgap.lake.importing.direct_file import BLOCK, DIRECT, DirectFile
from stopgap.lake.receipts import copy_and_hash, hash_file, raw_path

pytestmark = pytest.mark.skipif(not DIRECT, reason="the system has no files that are written past its page cache")


@pytest.fixture(params=["quick", "slow"])
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is known to be quick, or slow, after the first block."""
    monkeypatch.setattr(direct_file, "TRIED", 1)
    monkeypatch.setattr(direct_file, "SLOWEST", {"quick": 0.0, "slow": 1e18}[request.param])


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 4097])
@pytest.mark.parametrize("chunk", [1 << 20, 999_983])
def test_a_copy_has_the_bytes_of_the_file(disk: None, tmp_path: Path, size: int, chunk: int) -> None:
    given = (bytes(range(256)) * (size // 256 + 1))[:size]
    with DirectFile(tmp_path / "copy") as writer:
        for start in range(0, size, chunk):
            writer.write(given[start : start + chunk])
    assert (tmp_path / "copy").read_bytes() == given


def test_its_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"some" * BLOCK)
    with DirectFile(tmp_path / "copy") as writer:
        sha256, size = copy_and_hash(tmp_path / "file", writer)
    assert (sha256, size) == (hash_file(tmp_path / "copy"), 4 * BLOCK)


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file may grow beyond a block and a half."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (BLOCK + BLOCK // 2 + 77, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told(small_disk: None, tmp_path: Path) -> None:
    def write() -> None:
        with DirectFile(tmp_path / "copy") as writer:
            for _ in range(4):
                writer.write(bytes(BLOCK))

    with pytest.raises(OSError, match="too large"):
        write()


def test_an_error_of_the_reader_is_told_and_the_file_is_closed(tmp_path: Path) -> None:
    def write() -> None:
        with DirectFile(tmp_path / "copy") as writer:
            writer.write(bytes(2 * BLOCK))
            raise ValueError("no text")

    with pytest.raises(ValueError, match="no text"):
        write()
    (tmp_path / "copy").unlink()


@pytest.fixture
def all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(original, "LARGE", 0)
    monkeypatch.setattr(original, "is_on_local_disk", lambda path: True)


def write_file(path: Path) -> Path:
    rows = [comtrade_row(cmdCode=f"{840000 + n}", primaryValue=f"{n}.25") for n in range(300)]
    whole = csv_bytes(rows)
    path.write_bytes(gzip.compress(whole) if path.suffix == ".gz" else whole)
    return path


@pytest.mark.parametrize("name", ["figures.csv", "fig*res [1]? ü'\".csv", "figures.csv.gz"])
def test_the_lake_is_as_with_a_small_file(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    file = write_file(tmp_path / name)
    small = import_paths(tmp_path / "small", [file])
    request.getfixturevalue("all_are_large")
    large = import_paths(tmp_path / "large", [file])
    assert large == small
    assert large.rows_loaded == 300
    of_large, of_small = lake_state(tmp_path / "large"), lake_state(tmp_path / "small")
    assert {**of_large, "vintages": ()} == {**of_small, "vintages": ()}  # they have their time
    assert faults(tmp_path / "large") == []
    assert raw_path(tmp_path / "large", hash_file(file)).read_bytes() == file.read_bytes()


def test_it_is_the_file_itself_that_is_parsed(
    all_are_large: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    unchanged = original.Original.need_unchanged
    monkeypatch.setattr(original.Original, "need_unchanged", lambda self: (asked.append(self.link), unchanged(self)))
    import_paths(tmp_path / "lake", [write_file(tmp_path / "figures.csv")])
    assert [link.suffix for link in asked] == [".csv"]


@pytest.mark.parametrize("what", ["longer", "replaced", "gone"])
def test_a_file_that_is_changed_meanwhile_is_refused_and_the_lake_is_as_before(
    all_are_large: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    lake = tmp_path / "lake"
    import_paths(lake, [write_file(tmp_path / "figures.csv")])
    before = digests(lake)
    file = tmp_path / "more.csv"
    file.write_bytes(csv_bytes([comtrade_row(cmdCode="851712", primaryValue="7.5")]))
    staged = importer.stage_files

    def changed(*given: object) -> object:
        found = staged(*given)  # type: ignore[arg-type]
        if what == "longer":
            with file.open("ab") as more:
                more.write(b"\n")
        else:
            file.unlink()
        if what == "replaced":
            file.write_bytes(csv_bytes([comtrade_row(cmdCode="851712", primaryValue="8.5")]))
        return found

    monkeypatch.setattr(importer, "stage_files", changed)
    with pytest.raises(InputError, match="was changed while it was read") as error:
        import_paths(lake, [file])
    assert "nothing was imported" in error.value.fix
    assert digests(lake) == before
