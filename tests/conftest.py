"""Settings of every test: properties are asked of the same examples each time, and no example runs against a clock."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from hypothesis import settings

from examples import ALL

# Two workers on two cores: a library that took both for one of them would slow both.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

settings.register_profile("stopgap", deadline=None, derandomize=True)
settings.load_profile("stopgap")


@pytest.fixture(autouse=True)
def cheap_passphrases(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Private keys cost no time to lock; what they cost in earnest is tested with the key files."""
    if request.path.name != "test_key_files.py":
        from stopgap.evidence.keys import files as key_files

        monkeypatch.setattr(key_files, "_COST", 16)


ASKED_FOR = 200
"""Tests up to which a run is somebody's, of a file or a name: nothing is left out."""
THINNED = {
    "sources/test_mapped.py::test_pair_files": 2,
    "lake/test_import_faults.py::test_a_gzip_bomb_is_stopped_early": 2,
    "lake/test_import_faults.py::test_a_full_disk_changes_nothing": 2,
    "cli/test_watch_commands.py::test_a_watch_ends_cleanly_when_told": 2,
    "cli/test_marking_commands.py::test_a_kill_leaves_no_unmarked_rows": 2,
    "lake/test_query_run.py::test_a_statement_without_end_is_stopped": 2,
    "screening/test_names_quality.py::test_aliases_of_the_held_half_are_found": 2,
    "briefs/test_brief_files.py::test_the_same_model_gives_the_same_bytes": 2,
    "cli/test_hostile_outputs.py::test_a_brief": 2,
    "robust/test_unread.py::test_bytes_are_not_passed_over": 2,
    "briefs/test_coverage_map.py::test_the_picture_fits_its_frame": 3,
    "claims/test_draft_robust.py::test_odd_texts_are_answered": 8,
    "cli/test_commands.py::test_an_error_is_three_lines_or_one_object": 3,
    "cli/test_commands.py::test_every_format_says_the_same": 3,
    "cli/test_commands.py::test_help": 4,
    "cli/test_degenerate_lakes.py::test_a_lake_without_an_answer_says_so": 6,
    "cli/test_hostile_outputs.py::test_every_command": 4,
    "cli/test_marked_outputs.py::test_every_document_about_evidence_has_one": 4,
    "cli/test_markings_of_all.py::test_nothing_of_a_red_lake_is_below_red": 9,
    "cli/test_screen_command.py::test_what_cannot_be_answered_is_told": 4,
    "cli/test_watch_commands.py::test_diff_by_each_table_as_csv_and_parquet": 2,
    "evidence/test_comparing.py::test_parts_add_up_in_random_worlds_and_turn_round": 4,
    "lake/test_import_faults.py::test_a_bad_row_is_written_to_the_rejects_file_with_its_reason": 4,
    "lake/test_import_faults.py::test_half_a_file_is_refused_wherever_it_was_cut": 8,
    "lake/test_import_faults.py::test_what_is_no_table_is_named": 8,
    "lake/test_imports.py::test_a_newer_release_replaces_what_it_covers_and_the_old_vintage_reads_as_before": 2,
    "lake/test_imports.py::test_every_figure_of_a_file_arrives_once_and_in_its_place": 4,
    "lake/test_kill.py::test_a_kill_of_a_withdrawal": 4,
    "lake/test_kill.py::test_a_kill_of_an_import_into_another_table": 4,
    "lake/test_kill.py::test_a_kill_when": 4,
    "live/test_live_faults.py::test_a_passing_fault_is_asked_past": 4,
    "panel/test_engines.py::test_spark_gives_what_duckdb_gives": 16,
    "panel/test_exposure_stages.py::test_every_stage_gives_the_same_rows_on_spark": 5,
    "robust/test_archive_import.py::test_every_format_comes_out_of_an_archive_as_it_went_in": 5,
    "robust/test_damage.py::test_a_lake_works_in_a_folder_of_any_name": 3,
    "robust/test_disk.py::test_upkeep_on_a_full_disk_changes_nothing": 2,
    "robust/test_disk.py::test_upkeep_that_may_write_no_large_file_changes_nothing": 2,
    "robust/test_fuzz.py::test_a_mutated_file_keeps_its_promise": 8,
    "robust/test_heavy.py::test_a_heavy_file_is_answered_in_time_and_memory": 6,
    "robust/test_kill_withdraw.py::test_a_kill_of_a_withdrawal_when": 3,
    "simulate/test_written_worlds.py::test_each_kind_is_imported_whole_and_measured": 4,
    "sources/lists/test_mutations.py::test_any_damage_is_read_or_refused": 5,
    "sources/test_comtrade_layouts.py::test_frames_of_comtradr_keep_their_totals": 4,
    "sources/test_shared_mappings.py::test_each_command_does_what_the_table_says": 3,
    "sources/test_shared_mappings.py::test_sums_by_reporter_flow_and_period_agree_with_pandas": 2,
    "workflows/test_claim_testing.py::test_no_verdict_of_any_supplier_of_a_made_up_world_without_interval_and_coverage": 3,
    "workflows/test_claim_testing.py::test_no_verdict_of_the_bundled_figures_without_interval_and_coverage": 3,
    "workflows/test_list_kills.py::test_a_kill_of_an_import": 3,
    "workflows/test_lists.py::TestRefusals::test_a_file_cut_anywhere_leaves_the_list_as_it_was": 6,
    "workflows/test_pack_inbox.py::test_a_killed_run_is_taken_up_again_and_leaves_nothing_twice": 3,
    "workflows/test_pack_leaks.py::test_nothing_above_the_marking_gets_out": 3,
    "workflows/test_pack_receiving.py::test_a_kill_loses_nothing_and_leaves_nothing_half": 3,
    "workflows/test_pack_receiving.py::test_what_does_not_hold_leaves_no_trace": 3,
    "workflows/test_screen_file.py::test_a_killed_run_goes_on_and_gives_the_same_bytes": 3,
    "workflows/test_screen_index.py::test_a_damaged_index_is_built_again": 3,
    "workflows/test_traps_measured.py::test_a_measure_does_not_fall_into": 3,
    "workflows/test_watching.py::test_a_kill_neither_loses_nor_repeats_an_event": 5,
}
"""Long tests of which one case in so many is enough for every run; ``--others`` runs the rest (``make prove``)."""


WITH_PARTS = frozenset(
    [
        "panel/test_quality_stages.py::test_spark_gives_what_duckdb_gives",
        "robust/test_odd_imports.py::test_no_odd_import_is_a_fault",
        "workflows/test_pack_pages.py::test_every_change_of_a_trusted_signer_fails_by_name",
        "workflows/test_pack_pages.py::test_what_another_parser_finds_active_is_found",
        "lake/test_histories.py::test_random_histories_without_some_files_are_the_lakes_that_never_had_them",
        "lake/test_histories.py::test_views_without_some_files_are_what_the_rule_gives",
        "lake/test_kill.py::test_a_kill_at_a_random_moment",
        "lake/test_withdraw.py::test_withdrawals_leave_what_a_replay_without_them_gives",
        "panel/test_quality_stages.py::test_parts_add_up_to_their_wholes",
        "robust/test_kill_withdraw.py::test_kills_of_a_withdrawal_at_random_moments",
        "sources/test_comtrade_layouts.py::test_every_layout_gives_the_same_rows",
        "sources/test_comtrade_parts.py::test_nothing_is_lost_and_no_key_stands_twice",
        "sources/test_easycomext.py::test_every_shared_file",
        "sources/test_eurostat_figures.py::test_every_layout_reads_to_the_same_rows",
        "sources/test_registry.py::test_all_faults_are_ours",
        "workflows/test_differing.py::test_random_revisions_add_up_to_the_cent",
    ]
)
"""Long tests that do a part of their work in every run (``examples.py``), and all of it with ``--others``."""
ONLY_OTHERS = frozenset(
    [
        "cli/test_marking_oracle.py::test_no_label_is_below_what_the_answer_rests_on",
        "screening/test_names_quality.py::test_aliases_of_the_held_half_are_found",
        "workflows/test_briefing.py::test_the_demo_writes_the_same_bytes_twice",
    ]
)
"""Tests, or cases of them, beside which shorter ones test the parts."""


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--others"):
        os.environ[ALL] = "1"


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
        case = item.nodeid.removeprefix("tests/")
        name = case.split("[")[0]
        is_other = not ONLY_OTHERS.isdisjoint((name, case)) or seen[name] % THINNED.get(name, 1) != 0
        seen[name] += 1
        (kept if is_other == others or (others and name in WITH_PARTS) else left).append(item)
    if others or len(items) > ASKED_FOR:
        items[:] = kept
        config.hook.pytest_deselected(items=left)
