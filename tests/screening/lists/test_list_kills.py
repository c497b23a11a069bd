"""kill -9 while a list is imported: the edition before stands whole, or the new one does."""

from __future__ import annotations

import sys

import pytest
from killing import die_at, stopgap
from list_files import plain
from list_lake import load

from stopgap.lake.lists.refusal_log import LIST_LOG
from stopgap.maintenance.upkeep import check_lake
from stopgap.screening.lists.run import list_states, lists_fingerprint

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")

TEN = [(f"A{n}", f"Gadget {n}") for n in range(10)]
STORE, TABLE = "stopgap.lake.store", "deltalake.table/DeltaTable"


@pytest.mark.one_in(6)
@pytest.mark.parametrize(
    ("place", "when", "is_new"),
    [
        ("stopgap.lake.importing.importer:commit_staged", "before", False),
        (f"{STORE}:write_sorted", "after", False),
        (f"{TABLE}:create_write_transaction", "after", True),
        ("stopgap.intake.vintage_summary:imported_lists", "before", True),
    ],
)
def test_a_kill_of_an_import(tmp_path, place, when, is_new):
    lake = tmp_path / "lake"
    load(tmp_path, plain(*TEN), list_date="2024-01-01")
    old = lists_fingerprint(lake)
    newer = tmp_path / "files" / "mine.csv"
    newer.write_text(plain(*TEN[1:]), "utf-8")
    die_at(lake, place, when, "import", newer, "--list-date", "2024-01-02")
    [state] = list_states(lake)
    assert (state.list_date, state.entities) == (("2024-01-02", 9) if is_new else ("2024-01-01", 10))
    assert (lists_fingerprint(lake) != old) is is_new
    assert stopgap(lake, "import", newer, "--list-date", "2024-01-02")["already_loaded"] is is_new
    assert list_states(lake)[0].entities == 9
    assert all(check["passed"] for check in check_lake(lake).to_pylist())


@pytest.mark.prove_only
def test_a_kill_before_a_refusal_is_kept(tmp_path):
    lake = tmp_path / "lake"
    load(tmp_path, plain(*TEN), list_date="2024-01-01")
    old = lists_fingerprint(lake)
    newer = tmp_path / "files" / "mine.csv"
    newer.write_text(plain(*TEN[:2]), "utf-8")
    die_at(lake, "stopgap.screening.lists.imports:keep_refusals", "before", "import", newer)
    assert lists_fingerprint(lake) == old
    assert LIST_LOG.read(lake) == []
