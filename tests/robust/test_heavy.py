"""Files made to take memory or time without end: refused or read, in bounds, and the lake as it was."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from comtrade_files import comtrade_row, csv_bytes
from heavy import HEAVY, archive_bomb
from lake_state import faults, lake_state
from promises import broken_promise, put, read
from reader_process import MEMORY_LIMIT_MIB, ReaderProcess

from stopgap.intake.importing import import_paths

TIME_LIMIT_S = 30.0


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> Path:
    """A lake of one vintage; what is imported into it is taken out again by a copy."""
    folder = tmp_path_factory.mktemp("heavy")
    path = folder / "first.csv"
    path.write_bytes(csv_bytes([comtrade_row()]))
    import_paths(folder / "lake", [path])
    return folder / "lake"


@pytest.mark.one_in(36)
@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_file_is_answered_in_time_and_memory(tmp_path, lake, reader, sound, name):
    sample, mutated = HEAVY[name]()
    _, whole = sound(sample.name)
    path, mapping = put(tmp_path / "file", sample, mutated)
    del mutated
    used = tmp_path / "lake"
    shutil.copytree(lake, used)
    before = lake_state(used)
    started = time.perf_counter()
    found = read(reader, sample, path, mapping, lake=used, time_limit_s=TIME_LIMIT_S)
    assert time.perf_counter() - started < TIME_LIMIT_S
    _, promised = HEAVY[name]() if found.kind == "loaded" else (None, None)
    if promised is not None:
        assert broken_promise(whole, promised, found) is None
    else:
        assert found.kind == "refused", found.error
        assert found.peak_mib < MEMORY_LIMIT_MIB
        assert lake_state(used) == before
    assert faults(used) == []


@pytest.mark.one_in(6)
@pytest.mark.parametrize("levels", [4, 1, 2])
def test_archives_in_archives_are_not_followed(tmp_path, lake, levels):
    path = tmp_path / "bomb.zip"
    path.write_bytes(archive_bomb(levels))
    before = lake_state(lake)
    process = ReaderProcess()
    try:
        found = process.read(path, lake=lake)
    finally:
        process.close()
    assert found.kind == "refused", found.error
    assert "archive" in found.error or "NUL" in found.error
    assert found.peak_mib < MEMORY_LIMIT_MIB
    assert lake_state(lake) == before
