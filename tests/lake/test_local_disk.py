"""Whether a file is on a disk of this machine is told from the table of mounts, and is no where it cannot be told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stopgap.lake.engines import local_disk
from stopgap.lake.engines.local_disk import is_on_local_disk


def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *types: str) -> Path:
    """A table of mounts in which the device of the folder has these types."""
    device = os.stat(tmp_path).st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    lines = ["22 27 0:4242 / /proc rw,relatime - proc proc rw"]
    lines += [f"30 27 {number} / /some\\040place rw,relatime shared:1 - {kind} server:/export rw" for kind in types]
    table = tmp_path / "mountinfo"
    table.write_text("\n".join(lines) + "\n", "utf-8")
    monkeypatch.setattr(local_disk, "_MOUNTS", table)
    return tmp_path


@pytest.mark.parametrize(
    ("types", "expected"),
    [(["ext4"], True), (["xfs", "xfs"], True), (["nfs4"], False), (["ext4", "cifs"], False), (["fuse.sshfs"], False), ([], False)],
)  # fmt: skip
def test_by_the_type_of_the_file_system(tmp_path, monkeypatch, types, expected):
    assert is_on_local_disk(mounts(tmp_path, monkeypatch, *types)) is expected


def test_what_is_not_there_or_has_no_table_is_not_known_to_be_local(tmp_path, monkeypatch):
    assert not is_on_local_disk(mounts(tmp_path, monkeypatch, "ext4") / "gone")
    monkeypatch.setattr(local_disk, "_MOUNTS", tmp_path / "no-table")
    assert not is_on_local_disk(tmp_path)
