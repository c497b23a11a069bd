"""Made-up worlds as files: imported and measured for real, they say what the truth says."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from simulated_lake import simulated_lake

from stopgap.base.errors import UsageError
from stopgap.intake.importing import import_paths
from stopgap.lake.query.statement import run_query
from stopgap.measures.backfill.run import measure, measure_on
from stopgap.panel.all_destinations import open_world
from stopgap.panel.prepare import MeasureOptions
from stopgap.panel.world_stages import WORLD_CELLS, WORLD_FLOWS
from stopgap.simulate import writing
from stopgap.simulate.rows import COLUMNS
from stopgap.simulate.spec import KINDS, WorldSpec, world_spec
from stopgap.simulate.tables import world_cells, world_flows
from stopgap.simulate.worlds import earlier_figures, make_world
from stopgap.simulate.writing import WrittenWorld, count_releases, release_of, write_world

SMALL = {"economies": 9, "goods": 4, "baseline_months": 12, "after_months": 6}


def spec_of(kind: str, **changes: object) -> WorldSpec:
    months = {"baseline_months": 24, "after_months": 12} if kind == "annual" else {}
    if kind in ("revisions", "mixed"):  # a file for each month
        months = {"after_months": 2}
    return world_spec(kind, 6, **{**SMALL, **months, **changes})


def loaded(written: WrittenWorld, lake: Path) -> list[Any]:
    """Imports as the world's README says: releases one after another, parts together."""
    groups = [[path] for path in written.files] if written.truth["spec"]["revision_sd"] else [written.files]
    return [import_paths(lake, list(group)) for group in groups]


def rows_of(lake: Path, sql: str, **given: str) -> list[dict[str, Any]]:
    return list(run_query(lake, sql, **given)[0].to_pylist())


@pytest.mark.one_in(32)
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_imported_whole_and_measured(kind: str, tmp_path: Path) -> None:
    written = write_world(spec_of(kind), tmp_path / "world")
    results = loaded(written, tmp_path / "lake")
    assert all(result.rows_rejected == 0 and not result.warnings for result in results)
    assert sum(result.rows_read for result in results) == written.rows
    finding = measure(tmp_path / "lake", str(written.episode), MeasureOptions(), keep=False)
    loss = written.truth["loss"]
    # Both add cents: only the order of the additions differs.
    assert finding.suspended.baseline_usd == pytest.approx(loss["baseline_usd"], rel=1e-9)
    assert finding.suspended.after_usd == pytest.approx(loss["after_usd"], rel=1e-9)
    measured = {row.supplier: row for row in finding.suppliers}
    suppliers = written.truth["backfill"]["suppliers"]
    for row in suppliers:
        if row["after_usd"] or row["baseline_usd"]:
            assert measured[row["supplier"]].after_usd == pytest.approx(row["after_usd"], rel=1e-9)
            assert measured[row["supplier"]].baseline_usd == pytest.approx(row["baseline_usd"], rel=1e-9)
    assert set(measured) <= {row["supplier"] for row in suppliers}


@pytest.mark.one_in(3)
@pytest.mark.parametrize("kind", ["basic", "sparse", "mixed"])
def test_planted_dollars_are_what_the_rows_say(kind: str, tmp_path: Path) -> None:
    """The same world without planting: the difference between the two lakes is what the truth says was planted."""
    sums, truths = [], []
    for name, changes in (("with", {}), ("without", {"backfill_ratio": 0.0, "routing_share": 0.0})):
        written = write_world(spec_of(kind, **changes, revision_sd=0.0, gap_rate=0.0), tmp_path / name)
        loaded(written, tmp_path / f"lake-{name}")
        episode = written.truth["episode"]
        first, last = episode["after"]
        goods = ", ".join(f"'{good}'" for good in episode["goods"])
        members = ", ".join(f"'{member}'" for member in episode["members"])
        sql = (
            f"SELECT sum(value_usd) AS usd FROM trade WHERE flow = 'X' AND partner = '{episode['target']}' "
            f"AND good IN ({goods}) AND reporter NOT IN ({members}) "
            f"AND period BETWEEN DATE '{first}-01' AND DATE '{last}-01'"
        )
        sums.append(rows_of(tmp_path / f"lake-{name}", sql)[0]["usd"] or 0.0)
        truths.append(written.truth["backfill"]["planted_usd"] * written.truth["spec"]["after_months"] / 12)
    assert truths[0] > 0
    assert truths[1] == 0
    assert sums[0] - sums[1] == pytest.approx(truths[0], abs=0.01)


def test_the_rows_with_the_world_are_sums(tmp_path: Path) -> None:
    written = write_world(spec_of("gaps"), tmp_path / "world")
    loaded(written, tmp_path / "lake")
    by = "reporter, flow, good, period"
    [row] = rows_of(
        tmp_path / "lake",
        f"""
        WITH s AS (SELECT {by}, sum(value_usd) AS usd FROM trade GROUP BY ALL)
        SELECT count(*) AS n, count(a.value_usd) AS held, max(abs(a.value_usd - s.usd)) AS apart,
            (SELECT count(*) FROM trade_aggregates) AS aggregates
        FROM s LEFT JOIN trade_aggregates AS a USING ({by})
        """,
    )
    assert row["n"] == row["held"] == row["aggregates"] > 500
    assert row["apart"] < 0.011


def test_silence_is_silent(tmp_path: Path) -> None:
    written = write_world(spec_of("gaps", economies=14, gap_rate=0.1), tmp_path / "world")
    loaded(written, tmp_path / "lake")
    reporting, episode = written.truth["reporting"], written.truth["episode"]
    seen = {
        (row["reporter"], f"{row['period']:%Y-%m}")
        for row in rows_of(tmp_path / "lake", "SELECT DISTINCT reporter, period FROM trade WHERE flow = 'X'")
    }
    assert len(reporting["missing_periods"]) > 5
    assert not seen & {(row["reporter"], row["period"]) for row in reporting["missing_periods"]}
    assert not [pair for pair in seen if pair[0] in reporting["silent_after"] and pair[1] >= episode["event"]]
    months = 12 + 3 + 6
    missing = len(reporting["missing_periods"]) + len(reporting["silent_after"]) * 7
    assert len(seen) == 14 * months - missing
    imports = rows_of(
        tmp_path / "lake",
        f"SELECT max(period) AS last FROM trade WHERE flow = 'M' AND reporter = '{episode['target']}'",
    )
    assert f"{imports[0]['last']:%Y-%m}" < episode["event"]
    finding = measure(tmp_path / "lake", str(written.episode), MeasureOptions(), keep=False)
    assert set(reporting["silent_after"]) <= set(finding.coverage.missing_reporters)


@pytest.mark.prove_only
def test_releases_bring_a_month_each_and_end_in_the_last_figures(tmp_path: Path) -> None:
    spec = spec_of("revisions", late_share=0.0)
    world = make_world(spec)
    written = write_world(spec, tmp_path / "world")
    assert [path.name for path in written.files] == [f"release-{n:02d}.csv" for n in range(1, 6)]
    loaded(written, tmp_path / "lake")
    target, supplier = world.plan.names.economies[0], world.plan.names.economies[1]
    first, second = earlier_figures(world.plan, 1, world.value_usd[1])

    def held(vintage: str | None) -> dict[str, float]:
        sql = (
            f"SELECT period, sum(value_usd) AS usd FROM trade WHERE reporter = '{supplier}' "
            f"AND partner = '{target}' AND flow = 'X' GROUP BY ALL"
        )
        given = {"as_of": vintage} if vintage else {}
        return {row["period"].isoformat(): row["usd"] for row in rows_of(tmp_path / "lake", sql, **given)}

    def drawn(figures: np.ndarray, period: int) -> float:
        return float(figures[0, :, period].sum())

    dates = [day.isoformat() for day in world.plan.names.periods]
    event = spec.event
    assert max(held("v1")) == dates[event]
    assert held("v1")[dates[event]] == pytest.approx(drawn(first, event))
    assert held("v2")[dates[event]] == pytest.approx(drawn(second, event))
    assert held("v2")[dates[event + 1]] == pytest.approx(drawn(first, event + 1))
    last = held(None)
    assert last == pytest.approx({day: drawn(world.value_usd[1], t) for t, day in enumerate(dates)})
    assert not np.array_equal(first[..., event], world.value_usd[1][..., event])


def test_each_figure_is_new_once_and_ends_final() -> None:
    plan = make_world(spec_of("revisions", economies=20, late_share=0.5)).plan
    assert set(plan.delay.tolist()) == {0, 1, 2}
    for reporter in range(20):
        releases = [release_of(plan, reporter, number) for number in range(count_releases(plan))]
        assert (sum(release.is_new.astype(int) for release in releases) == 1).all()
        states = np.stack([release.figures for release in releases])  # (releases, 3, periods)
        assert (states[:, 2].sum(axis=0) == 1).all()
        last_seen = np.where(states.any(axis=0), states.cumsum(axis=0).argmax(axis=0), -1)
        assert (last_seen[2] > np.maximum(last_seen[0], last_seen[1])).all()
        newest = plan.spec.event + 1
        first = next(n for n, release in enumerate(releases) if release.is_new[newest])
        assert first == 1 + plan.delay[reporter]


def test_the_same_seed_is_the_same_bytes_in_files_of_any_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = spec_of("mixed", revision_sd=0.0)
    one, again = (write_world(spec, tmp_path / name) for name in ("one", "again"))
    for path in sorted(one.folder.iterdir()):
        assert path.read_bytes() == (again.folder / path.name).read_bytes(), path.name
    monkeypatch.setattr(writing, "PLAIN_ROWS", 10)
    monkeypatch.setattr(writing, "ROWS_PER_FILE", 2_000)
    parts, parts_again = (write_world(spec, tmp_path / name) for name in ("parts", "parts-again"))
    assert len(parts.files) > 2
    assert [p.read_bytes() for p in parts.files] == [p.read_bytes() for p in parts_again.files]
    lines = [line for path in parts.files for line in gzip.decompress(path.read_bytes()).splitlines()[1:]]
    assert lines == one.files[0].read_bytes().splitlines()[1:]
    assert {key: value for key, value in parts.truth.items() if key != "files"} == {
        key: value for key, value in one.truth.items() if key != "files"
    }
    assert import_paths(tmp_path / "lake", list(parts.files)).rows_rejected == 0


def test_the_layout_is_comtrades(tmp_path: Path) -> None:
    from comtrade_row import HEADER

    written = write_world(spec_of("basic"), tmp_path / "world")
    header, line = written.files[0].read_text().splitlines()[:2]
    assert header.split(",") == HEADER == list(COLUMNS)
    row = dict(zip(HEADER, line.split(","), strict=True))
    assert (row["typeCode"], row["freqCode"], row["aggrLevel"]) == ("C", "M", "6")
    assert row["primaryValue"] == row["fobvalue"] != ""
    assert row["cifvalue"] == ""


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        write_world(spec_of("basic"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("kind", ["gaps", "annual", "mixed", "sparse"])
def test_arrays_tables_and_stages_say_the_same(kind: str) -> None:
    world = make_world(spec_of(kind))
    with simulated_lake(world, with_imports=True) as lake:
        finding = measure_on(lake.engine, lake.snapshot, lake.episode, MeasureOptions())
        assert finding.suspended.loss_usd == pytest.approx(world.truth["loss"]["loss_usd"], rel=1e-9)
        around = open_world(lake.engine, lake.snapshot, lake.episode, lake.goods, MeasureOptions())
        for stage, mine in ((WORLD_CELLS, world_cells(world)), (WORLD_FLOWS, world_flows(world))):
            found = lake.engine.run(stage, tables=around.tables, params=around.params)
            assert found.schema.names == mine.schema.names
            assert found.num_rows == mine.num_rows > 0
            keys = [name for name in mine.schema.names if not name.endswith(("_usd", "_kg"))]
            same = " AND ".join(f"a.{key} IS NOT DISTINCT FROM b.{key}" for key in keys)
            figures = [name for name in mine.schema.names if name not in keys]
            apart = ", ".join(f"max(abs(coalesce(a.{name}, -1) - coalesce(b.{name}, -1)))" for name in figures)
            with duckdb.connect() as con:
                con.register("a", found)
                con.register("b", mine)
                [row] = con.execute(f"SELECT count(*), {apart} FROM a JOIN b ON {same}").fetchall()
            assert row[0] == mine.num_rows
            assert max(row[1:]) < 1e-3


def test_the_tables_are_the_rows_of_the_files(tmp_path: Path) -> None:
    """What the lake holds of the files, and what the arrays give without them, row by row."""
    spec = spec_of("phantom")
    written = write_world(spec, tmp_path / "world")
    loaded(written, tmp_path / "lake")
    order = "ORDER BY flow, reporter, partner, good, period"
    columns = "period, frequency, reporter, partner, flow, good, revision, value_usd, net_kg, quantity, quantity_unit, valuation, source"
    with simulated_lake(make_world(spec), with_imports=True) as lake:
        for view in ("trade", "trade_aggregates"):
            sql = f"SELECT {columns} FROM {view} {order}"
            found = lake.engine.con.execute(sql).fetchall()
            assert found == [tuple(row.values()) for row in rows_of(tmp_path / "lake", sql)]


def test_truth_on_disk_is_the_truth(tmp_path: Path) -> None:
    spec = spec_of("routing")
    written = write_world(spec, tmp_path / "world")
    on_disk = json.loads((written.folder / "truth.json").read_text("utf-8"))
    assert on_disk == written.truth
    rows, files = on_disk.pop("rows"), on_disk.pop("files")
    assert (rows, files) == (written.rows, ["trade.csv"])
    assert on_disk == make_world(spec).truth
