"""``stopgap markings``, and files that are marked as they are imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli_calls import RELEASE, Run, comtrade_file
from killing import die_at

from stopgap.base.marking import Tlp, parse_marking
from stopgap.evidence.markings.effective import open_markings
from stopgap.lake.marking_log import LOG

AMBER = {"tlp": "TLP:AMBER", "releasable_to": ["DEU", "FRA"]}
CLEAR = {"tlp": "TLP:CLEAR", "releasable_to": None}


@pytest.fixture
def call(stopgap_run: Run, small_lake: Path) -> Any:
    """A command on a lake of two releases; its exit code and document."""

    def made(*words: object) -> tuple[int, Any]:
        ran = stopgap_run(*words, "--lake", small_lake, "--format", "json")
        return ran.code, ran.document

    return made


def receipts(call: Any) -> list[str]:
    return [row["receipt"] for row in call("query", "SELECT receipt FROM receipts ORDER BY vintage")[1]["rows"]]


def measured(call: Any, processors: Path) -> Any:
    words = ("--goods", processors, "--baseline", "2021-01:2021-12", "--after", "2023-01:2023-12")
    return call("measure", "russia-2022", *words)[1]


def test_setting_showing_and_listing(call: Any) -> None:
    subject = f"receipt:{receipts(call)[0]}"
    code, done = call("markings", "set", subject, "--marking", "amber", "--releasable-to", "fra,DEU", "--why", "asked for",
                      "--by", "Jane Roe")  # fmt: skip
    assert (code, done["subject"], done["marked"], done["before"], done["who"]) == (0, subject, AMBER, None, "Jane Roe")
    _, shown = call("markings", "show", subject)
    assert (shown["effective"], shown["own"], shown["rests_on"]) == (AMBER, AMBER, [{"what": subject, "marked": AMBER}])
    assert [each["why"] for each in shown["history"]] == ["asked for"]
    _, listed = call("markings", "list")
    assert [row["subject"] for row in listed["markings"] if row["kind"] == "mark"] == [subject]
    assert listed["marking"]["tlp"] == "TLP:AMBER"  # who and why


def test_a_list_without_marks_is_of_defaults(call: Any) -> None:
    _, listed = call("markings", "list")
    assert {row["kind"] for row in listed["markings"]} == {"default"}
    assert listed["marking"] == CLEAR


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("set", "receipt:" + "f" * 16, "--marking", "RED", "--why", "x"), 4),
        (("set", "nothing:x", "--marking", "RED", "--why", "x"), 2),
        (("set", "source:comtrade", "--marking", "WHITE", "--why", "x"), 2),
        (("set", "source:comtrade", "--marking", "RED", "--releasable-to", "Germany", "--why", "x"), 2),
        (("set", "source:comtrade", "--marking", "RED"), 2),
        (("set", "source:comtrade", "--marking", "RED", "--why", " "), 2),
        (("release", "source:comtrade", "--marking", "CLEAR", "--why", "x"), 5),
        (("release", "0123456789", "--marking", "CLEAR", "--why", "x"), 4),
        (("withdraw", "r-0123456789", "--why", "x"), 4),
        (("show", "alert:a-0123456789"), 4),
        (("check", "--head", "x"), 2),
    ],
)  # fmt: skip
def test_what_is_refused(call: Any, small_lake: Path, words: tuple[object, ...], code: int) -> None:
    answered, document = call("markings", *words)
    assert (answered, document["error"]["code"]) == (code, code)
    assert "marking" not in document
    assert not LOG.path(small_lake).exists()


def test_a_finding_is_released_and_the_release_taken_back(call: Any, processors: Path) -> None:
    call("markings", "set", "source:comtrade", "--marking", "AMBER", "--releasable-to", "DEU,FRA", "--why", "terms")
    finding = measured(call, processors)
    assert finding["marking"] == AMBER
    code, released = call("markings", "release", finding["finding_id"], "--marking", "GREEN", "--why", "sums")
    assert (code, released["item"], released["from"]) == (0, f"finding:{finding['finding_id']}", AMBER)
    again = measured(call, processors)
    assert again["marking"] == {"tlp": "TLP:GREEN", "releasable_to": None}
    assert again["finding_id"] == finding["finding_id"]
    _, shown = call("markings", "show", finding["finding_id"][:20])
    assert (shown["release"]["id"], shown["release"]["holds"]) == (released["id"], True)
    code, withdrawn = call("markings", "withdraw", released["id"], "--why", "one firm", "--by", "John Doe")
    assert (code, withdrawn["withdrawn"]["who"]) == (0, "John Doe")
    assert measured(call, processors)["marking"] == AMBER
    assert call("markings", "check")[1]["events"] == 3


def test_a_second_release_that_does_not_lower_is_refused(call: Any, processors: Path) -> None:
    call("markings", "set", "source:comtrade", "--marking", "RED", "--why", "terms")
    finding = measured(call, processors)["finding_id"]
    assert call("markings", "release", finding, "--marking", "GREEN", "--why", "sums")[0] == 0
    code, document = call("markings", "release", finding, "--marking", "AMBER", "--why", "sums")
    assert code == 5
    assert "TLP:GREEN" in document["error"]["what"]


def test_a_changed_log_is_named_and_stops_answers(call: Any, small_lake: Path) -> None:
    call("markings", "set", "source:comtrade", "--marking", "RED", "--why", "terms")
    path = LOG.path(small_lake)
    path.write_bytes(path.read_bytes().replace(b"TLP:RED", b"TLP:CLEAR"))
    code, document = call("markings", "check")
    assert (code, document["holds"], document["line"]) == (5, False, 1)
    assert call("query", "SELECT 1")[0] == 5
    checks = {row["check"]: row["passed"] for row in call("lake", "check")[1]["checks"]}
    assert [name for name, passed in checks.items() if not passed] == ["markings"]


def test_a_table_shows_what_a_mark_opens(stopgap_run: Run, small_lake: Path) -> None:
    for level in ("RED", "GREEN"):
        ran = stopgap_run(
            "markings", "set", "source:comtrade", "--marking", level, "--why", "terms", "--lake", small_lake
        )
    assert "source:comtrade is TLP:GREEN" in ran.out
    assert "was TLP:RED: TLP:GREEN opens it" in ran.out


def test_a_file_is_marked_as_it_is_loaded(stopgap_run: Run, tmp_path: Path) -> None:
    file, lake = comtrade_file(tmp_path / "release.csv", list(RELEASE)), tmp_path / "lake"
    words = ("import", file, "--lake", lake, "--format", "json")
    done = stopgap_run(*words, "--marking", "TLP:AMBER", "--releasable-to", "DEU,FRA").document
    assert done["marking"] == AMBER
    again = stopgap_run(*words).document
    assert (again["already_loaded"], again["marking"]) == (True, AMBER)
    lowered = stopgap_run(*words, "--marking", "CLEAR")
    assert (lowered.code, lowered.document["error"]["code"]) == (5, 5)
    assert stopgap_run(*words, "--marking", "RED").code == 5  # others than both economies could have it then
    raised = stopgap_run(*words, "--marking", "RED", "--releasable-to", "DEU").document
    assert (raised["already_loaded"], raised["marking"]["tlp"]) == (True, "TLP:RED")


def test_economies_without_a_level_are_wrong_usage(stopgap_run: Run, tmp_path: Path) -> None:
    file = comtrade_file(tmp_path / "release.csv", list(RELEASE))
    ran = stopgap_run("import", file, "--releasable-to", "DEU", "--lake", tmp_path / "lake")
    assert ran.code == 2
    assert not (tmp_path / "lake").exists()


def test_python_marks_files_too(tmp_path: Path) -> None:
    import stopgap as package

    file, lake = comtrade_file(tmp_path / "release.csv", list(RELEASE)), package.open(tmp_path / "lake")
    lake.import_files([file], marking="TLP:AMBER", releasable_to=["DEU", "FRA"], marked_by="Jane Roe")
    opened = open_markings(lake.path)
    [receipt] = [receipt for commit in opened.commits for receipt in commit.receipts]
    assert opened.markings.of_receipt(receipt) == parse_marking("AMBER", "DEU,FRA")
    mark = opened.markings.book.in_force.get(f"receipt:{receipt.receipt}")
    assert mark is not None
    assert (mark.who, mark.why) == ("Jane Roe", "given with the import of release.csv")


@pytest.mark.one_in(8)
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
@pytest.mark.parametrize(
    ("place", "when"),
    [
        ("stopgap.lake.importing.importer:keep_raw", "before"),
        ("stopgap.lake.importing.importer:commit_staged", "before"),
        ("stopgap.lake.store:write_sorted", "after"),
        ("deltalake.table/DeltaTable:create_write_transaction", "after"),
    ],
)
def test_a_kill_leaves_no_unmarked_rows(tmp_path: Path, place: str, when: str) -> None:
    """From the moment that raw bytes are kept, whatever is in the lake is marked."""
    file, lake = comtrade_file(tmp_path / "release.csv", list(RELEASE)), tmp_path / "lake"
    die_at(lake, place, when, "import", file, "--marking", "RED")
    opened = open_markings(lake)
    rows = [opened.markings.of_receipt(receipt).tlp for commit in opened.commits for receipt in commit.receipts]
    assert rows == [Tlp.RED] * len(rows)
    assert [mark.marking.tlp for mark in opened.markings.book.marks] == [Tlp.RED]
    assert (place.endswith("transaction")) == bool(rows)


def test_help_loads_nothing_heavy() -> None:
    code = "import sys\nfrom stopgap.cli.main import run\nrun(['markings', '--help'])\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines())
    assert "stopgap.cli.marking_commands" in loaded
    assert not loaded & {"duckdb", "pyarrow", "filelock", "stopgap.evidence.markings.effective"}
