"""What the package carries, and what it is installed with, names its source, its day and its terms."""

from __future__ import annotations

import csv
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from check_licences import COPYLEFT, LOCK, LOCKS, NOTICE, faults, is_copyleft, locked  # noqa: E402

SOURCES = [ROOT / "src" / "stopgap", ROOT / "packages" / "drafting" / "src" / "stopgap_drafting"]
TABLES = [path for source in SOURCES for path in sorted(source.rglob("SOURCES.csv"))]
NO_TERMS = ("none", "not stated", "unknown", "n/a", "?", "-")


def test_there_are_tables_of_sources() -> None:
    assert {f"{path.parents[1].name}/{path.parent.name}" for path in TABLES} == {
        "claims/examples", "codes/data", "demo/data", "docs_files/swagger", "pages/assets", "panel/measures_data",
        "screening/data",
        "stopgap_drafting/data",
    }  # fmt: skip


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.parent.as_posix()[-20:])
def test_every_row_has_source_day_and_terms_and_every_file_its_row(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows
    for row in rows:
        for field in ("file", "what", "source", "terms", "retrieved" if "retrieved" in row else "date"):
            assert row[field].strip(), (row["file"], field)
        assert not row["terms"].strip().lower().startswith(NO_TERMS), (row["file"], row["terms"])
    inside = [each for each in path.parent.rglob("*") if each.is_file() and each.suffix not in (".py", ".pyc")]
    data = {each.relative_to(path.parent).as_posix() for each in inside}
    assert {row["file"] for row in rows} == data - {"SOURCES.csv"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_notice_names_every_dependency_that_asks_for_more_than_a_notice(lock: Path) -> None:
    assert list(faults(lock.read_text("utf-8"), LOCKS[lock].read_text("utf-8"))) == []


def test_the_lock_of_the_reader_is_made_of_what_it_depends_on() -> None:
    """Its input repeats the dependencies of packages/drafting but Stopgap itself, which no index has while it is made."""
    settings = tomllib.loads((ROOT / "packages" / "drafting" / "pyproject.toml").read_text("utf-8"))
    asked = (ROOT / "requirements" / "drafting.in").read_text("utf-8").split()
    assert [each for each in settings["project"]["dependencies"] if not each.startswith("stopgap==")] == asked


def test_one_that_is_not_named_is_found() -> None:
    lock, notice = LOCK.read_text("utf-8"), NOTICE.read_text("utf-8")
    assert "python-stdnum" in locked(lock)
    [fault] = faults(lock, notice.replace("python-stdnum", "something"))
    assert "python-stdnum" in fault
    assert COPYLEFT.search(fault)


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", False),
        ("LGPL", True),
        ("GNU Lesser General Public License v2 or later (LGPLv2+)", True),
        ("Apache-2.0 OR GPL-2.0-only", False),
        ("MPL-1.1 OR GPL-2.0-only OR LGPL-2.1-or-later", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("(MPL-2.0 AND MIT) OR BSD-3-Clause", False),
        ("Python Software Foundation License", False),
    ],
)
def test_licences(licence: str, expected: bool) -> None:
    assert is_copyleft(licence) is expected
