"""The stages with their tables and the worlds that they run on, made once."""

from __future__ import annotations

import lint_stages
import pytest
from examples import examples
from stage_calls import LAKES, record
from stage_cases import Bench, cases_of, made_worlds, plain_world
from whole_lake import home

from stopgap.evidence.keys import files as key_files


@pytest.fixture(scope="session")
def stage_bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Every stage as the measures call it, and worlds to run it on."""
    folder = tmp_path_factory.mktemp("engines")
    with home(folder / "home"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_files, "_COST", 16)  # keys cost no time
        (folder / "lakes").mkdir()
        whole, calls = record(folder / "lakes")
    cases = cases_of(calls, lint_stages.all_stages().values())
    plain = plain_world(folder / "plain", [whole.folder / name for name in LAKES])
    return Bench(cases, (plain, *made_worlds(folder / "made", plain, cases, examples(10))), whole)
