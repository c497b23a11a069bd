"""Settings of every test: properties are asked of the same examples each time, and no example runs against a clock."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import settings

settings.register_profile("stopgap", deadline=None, derandomize=True)
settings.load_profile("stopgap")


@pytest.fixture(autouse=True)
def cheap_passphrases(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Private keys cost no time to lock; what they cost in earnest is tested with the key files."""
    if request.path.name != "test_key_files.py":
        from stopgap.evidence import key_files

        monkeypatch.setattr(key_files, "_COST", 16)


ASKED_FOR = 200
"""Tests up to which a run is somebody's, of a file or a name: nothing is left out."""
THINNED = {
    "cli/test_degenerate_lakes.py::test_a_lake_without_an_answer_says_so": 6,
    "evidence/test_comparing.py::test_parts_add_up_in_random_worlds_and_turn_round": 2,
    "lake/test_import_faults.py::test_a_bad_row_is_written_to_the_rejects_file_with_its_reason": 4,
    "lake/test_import_faults.py::test_half_a_file_is_refused_wherever_it_was_cut": 8,
    "lake/test_import_faults.py::test_what_is_no_table_is_named": 4,
    "lake/test_imports.py::test_every_figure_of_a_file_arrives_once_and_in_its_place": 4,
    "lake/test_kill.py::test_a_kill_of_a_withdrawal": 2,
    "lake/test_kill.py::test_a_kill_of_an_import_into_another_table": 3,
    "lake/test_kill.py::test_a_kill_when": 3,
    "panel/test_engines.py::test_spark_gives_what_duckdb_gives": 3,
    "panel/test_exposure_stages.py::test_every_stage_gives_the_same_rows_on_spark": 3,
    "robust/test_archive_import.py::test_every_format_comes_out_of_an_archive_as_it_went_in": 5,
    "robust/test_damage.py::test_a_lake_works_in_a_folder_of_any_name": 3,
    "robust/test_fuzz.py::test_a_mutated_file_keeps_its_promise": 6,
    "robust/test_heavy.py::test_a_heavy_file_is_answered_in_time_and_memory": 6,
    "robust/test_kill_withdraw.py::test_a_kill_of_a_withdrawal_when": 2,
    "simulate/test_written_worlds.py::test_each_kind_is_imported_whole_and_measured": 2,
    "sources/lists/test_mutations.py::test_any_damage_is_read_or_refused": 5,
    "workflows/test_list_kills.py::test_a_kill_of_an_import": 3,
    "workflows/test_lists.py::TestRefusals::test_a_file_cut_anywhere_leaves_the_list_as_it_was": 6,
    "workflows/test_pack_inbox.py::test_a_killed_run_is_taken_up_again_and_leaves_nothing_twice": 3,
    "workflows/test_pack_receiving.py::test_a_kill_loses_nothing_and_leaves_nothing_half": 3,
    "workflows/test_screen_file.py::test_a_killed_run_goes_on_and_gives_the_same_bytes": 3,
    "workflows/test_watching.py::test_a_kill_neither_loses_nor_repeats_an_event": 3,
}
"""Long tests of which one case in so many is enough for every run; ``--others`` runs the rest (``make prove``)."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--others", action="store_true", help="run the cases of long tests that are else left out"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    seen: Counter[str] = Counter()
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    others = config.getoption("--others")
    for item in items:
        name = item.nodeid.removeprefix("tests/").split("[")[0]
        is_other = seen[name] % THINNED.get(name, 1) != 0
        seen[name] += 1
        (kept if is_other == others else left).append(item)
    if others or len(items) > ASKED_FOR:
        items[:] = kept
        config.hook.pytest_deselected(items=left)
