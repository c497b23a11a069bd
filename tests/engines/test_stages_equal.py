"""Every stage of the package on DuckDB, Spark and Sail: keys and counts the same, sums to the ninth digit."""

from __future__ import annotations

import os

import lint_stages
import pytest
from examples import ALL, some
from sail_engine import ABSENT, PYTHON, sail_engine
from spark_cluster import why_no_cluster
from stage_calls import is_of_the_native_copy
from stage_cases import Bench, compared, covering, local_spark

WITHOUT_ROWS = {
    "exposure_crowded": "no key of the simulated declarations is shared by so many parties",
    "mirror_reexports": "no simulated world reports re-exports apart",
    "unit_revision": "the units of the target's own reports, whose codes are in one revision in these worlds",
}
"""Stages that have no rows in any world, and why."""


def test_every_stage_of_the_package_is_among_the_cases_and_read_alike_by_all_engines(stage_bench: Bench) -> None:
    held = {(stage.name, stage.sql): stage for case in stage_bench.cases for stage in case.stage.ordered()}
    left_out = {key: stage for key, stage in lint_stages.all_stages().items() if key not in held}
    # DuckDB alone has the native copy; the stages that read it are faster ways to what other stages give
    assert [name for (name, _), stage in left_out.items() if not is_of_the_native_copy(stage)] == []
    # stages that are built by what is asked for are linted too
    faults = {stage.name: found for stage in held.values() if (found := lint_stages.faults_of(stage.sql))}
    assert faults == {}


def test_the_cases_that_cover_all_stages_hold_each_of_them(stage_bench: Bench) -> None:
    def parts(cases: object) -> set[tuple[str, str]]:
        return {(stage.name, stage.sql) for case in cases for stage in case.stage.ordered()}  # type: ignore[attr-defined]

    chosen = covering(stage_bench.cases)
    assert parts(chosen) == parts(stage_bench.cases)
    assert len(chosen) < len(stage_bench.cases)


@pytest.mark.in_parts
@pytest.mark.skipif(not PYTHON.exists(), reason=ABSENT)
def test_sail_gives_what_duckdb_gives(stage_bench: Bench) -> None:
    # bench/prove_engines.py takes all worlds; every run takes each sixteenth of the cases that hold all stages, on two of them
    cases = stage_bench.cases if os.environ.get(ALL) else some(covering(stage_bench.cases), every=16)
    with sail_engine() as sail:
        with_rows: set[str] = set()
        worlds = (stage_bench.worlds[0], *stage_bench.worlds[-2:])
        for world in worlds if os.environ.get(ALL) else worlds[:2]:
            sail.read(*world.files)
            found = compared(world, sail, cases)
            assert {name: each.differs for name, each in found.items() if each.differs} == {}, world.name
            with_rows |= {each.stage for each in found.values() if each.rows}
    names = {case.stage.name for case in cases}
    assert len(names) > 5
    assert sorted(names - with_rows) == sorted(names & set(WITHOUT_ROWS)), "a stage without rows compares nothing"


@pytest.mark.prove_only
@pytest.mark.spark
@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(why_no_cluster() is not None, reason=why_no_cluster() or "")
def test_spark_gives_what_duckdb_gives(stage_bench: Bench) -> None:
    # the world of hypothesis with the most changes; bench/prove_engines.py runs all cases on all worlds
    world = stage_bench.worlds[1]
    with local_spark(*world.files) as spark:
        found = compared(world, spark, some(covering(stage_bench.cases), every=8))
    assert {name: each.differs for name, each in found.items() if each.differs} == {}
    assert sum(each.rows > 0 for each in found.values()) > 0.85 * len(found)
