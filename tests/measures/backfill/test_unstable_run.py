"""Codes that moved, measured on lakes: out of both windows, named, with the full list beside."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from demo_lake import SHARED
from lake_rows import put, trade_row
from simulated_lake import simulated_lake

from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.measures.backfill.run import Extent, measure, measure_list_on
from stopgap.panel.all_destinations import world_of
from stopgap.panel.prepare import MeasureOptions, measure_options, prepare
from stopgap.simulate.spec import world_spec
from stopgap.simulate.worlds import make_world

BACI = SHARED / "trade/baci-china-russia/baci_russia_china_processed_2017_2023.csv"
SANCTIONED = ("854231", "854232", "854233")
ORDINARY = tuple(f"8501{number}" for number in ("10", "20", "31", "32", "33", "34", "40", "51", "52", "53"))
EPISODE = """
name: made
title: Made
target: RUS
direction: exports-to-target
event: 2022-02
coalition: [DEU]
goods: [LIST]
baseline: {from: 2021-01, to: 2021-12, min_months: 12}
after: {from: 2023-01, to: 2023-12}
hubs: []
"""
LIST = """
name: mine
version: "1"
title: Mine
revision: HS2017
codes: [CODES]
"""
WINDOWS = {"baseline": "2021-01:2021-12", "after": "2023-01:2023-12"}


def write(folder, codes=SANCTIONED, more=""):
    text = LIST.replace("CODES", ", ".join(f'"{code}"' for code in codes)) + more
    (folder / "mine.yml").write_text(text, "utf-8")
    (folder / "made.yml").write_text(EPISODE.replace("LIST", str(folder / "mine.yml")), "utf-8")
    return str(folder / "made.yml")


def rows(*, elsewhere=True, moved=("854232",), factor=0.1, goods=(*SANCTIONED, *ORDINARY), **changes):
    """Yearly exports of Germany, China and Turkey: to Russia, and to three others; ``moved`` fall with everyone in 2022.

    To Russia: Germany 1,000 before and 200 after in each good, China 100 and 400, Turkey 50 and 150.
    """
    to_russia = {"DEU": (1000.0, 200.0), "CHN": (100.0, 400.0), "TUR": (50.0, 150.0)}
    found = []
    for supplier, (before, after) in to_russia.items():
        for good in goods:
            for year in (2020, 2021, 2022, 2023):
                scale = factor if good in moved and year >= 2022 else 1.0
                cell = {"reporter": supplier, "good": good, "period": f"{year}-01-01", **changes}
                if good in SANCTIONED or elsewhere:
                    value = (before if year < 2022 else after) * scale
                    found += [trade_row(value_usd=value, **cell)] if value else []
                for place, partner in enumerate(("USA", "JPN", "BRA") if elsewhere else ()):
                    value = 5000.0 * (1 + place + len(good) % 3) * scale
                    found += [trade_row(value_usd=value, partner=partner, **cell)] if value else []
    return found


def measured(tmp_path, given, *, codes=SANCTIONED, more="", **options):
    put(tmp_path / "lake", given)
    return measure(tmp_path / "lake", write(tmp_path, codes, more), measure_options(**WINDOWS | options))


def test_a_code_that_moved_is_out_of_both_windows_and_named(tmp_path):
    finding = measured(tmp_path, rows())
    # Two of three goods: 2,000 before, 400 after; with the third 3,000 and 400 + 20.
    assert (finding.suspended.baseline_usd, finding.suspended.after_usd) == pytest.approx((2000.0, 400.0))
    assert {row.good for row in finding.by_good} == {"854231", "854233"}
    assert finding.backfill.gross_ratio == pytest.approx((2 * 300 + 2 * 100) / 1600)
    [code] = finding.coverage.unstable_codes
    assert (code.code, code.from_revision, code.to_revision, code.by) == ("854232", "HS2017", "HS2022", "figures")
    assert code.move == pytest.approx(0.1)
    assert (code.baseline_usd, code.after_usd) == pytest.approx((1150.0, 75.0))
    assert finding.coverage.unstable_unchecked is None
    full = finding.full_list
    assert (full.baseline_usd, full.after_usd, full.loss_usd) == pytest.approx((3000.0, 420.0, 2580.0))
    assert full.loss_share == pytest.approx(0.86)
    assert full.gain_usd == pytest.approx(800.0 + (40 - 100) + (15 - 50))
    assert full.gross_ratio == pytest.approx(full.gain_usd / 2580.0)
    assert "goods moved between codes: 854232 (" in full.because
    assert any(full.because in warning for warning in finding.warnings)
    assert not any("no figures" in warning for warning in finding.warnings)
    document = json.loads(json.dumps(finding.as_dict()))
    assert document["coverage"]["unstable_codes"][0]["from"] == "HS2017"
    assert document["coverage"]["unstable_codes"][0]["to"] == "HS2022"


def test_the_full_list_can_be_asked_for(tmp_path):
    finding = measured(tmp_path, rows(), keep_unstable=True)
    assert (finding.suspended.baseline_usd, finding.suspended.after_usd) == pytest.approx((3000.0, 420.0))
    assert [code.code for code in finding.coverage.unstable_codes] == ["854232"]
    assert "--keep-unstable" in finding.coverage.unstable_kept
    assert finding.full_list is None
    assert any("the figures hold them" in warning for warning in finding.warnings)


def test_ordinary_goods_that_moved_or_appeared_are_no_controls(tmp_path):
    gone = [row for row in rows(moved=("850110", "850120")) if row["good"] != "850131" or row["period"] >= "2022"]
    finding = measured(tmp_path, gone)
    assert [row.code for row in finding.coverage.unstable_codes] == ["850110", "850120", "850131"]
    assert all(row.is_ordinary and row.baseline_usd is None for row in finding.coverage.unstable_codes)
    assert finding.full_list is None
    assert finding.counterfactual.ordinary_goods == len(ORDINARY) - 3


def test_without_moves_nothing_is_left_out(tmp_path):
    finding = measured(tmp_path, rows(moved=()))
    assert finding.coverage.unstable_codes == ()
    assert finding.counterfactual.ordinary_goods == len(ORDINARY)
    assert (finding.full_list, finding.coverage.unstable_kept, finding.coverage.unstable_unchecked) == (
        None,
        None,
        None,
    )


def test_windows_on_one_side_of_the_change_are_not_checked(tmp_path):
    more = 'unstable: [{code: "854231", from: HS2017, to: HS2022, reason: cut}]\n'
    finding = measured(tmp_path, rows(), more=more, baseline="2020-01:2020-12", after="2021-01:2021-12")
    assert finding.suspended.baseline_usd == pytest.approx(3000.0)
    assert (finding.coverage.unstable_codes, finding.coverage.unstable_unchecked) == ((), None)


def test_the_list_names_a_code_where_figures_cannot_tell(tmp_path):
    more = 'unstable: [{code: "854231", from: HS2017, to: HS2022, reason: cut in two}]\n'
    finding = measured(tmp_path, rows(elsewhere=False, moved=()), more=more)
    [code] = finding.coverage.unstable_codes
    assert (code.code, code.by, code.move, code.reason) == ("854231", "list", None, "cut in two")
    assert finding.suspended.baseline_usd == pytest.approx(2000.0)
    assert finding.full_list.baseline_usd == pytest.approx(3000.0)
    assert "with no other destination" in finding.coverage.unstable_unchecked
    assert any("could not be checked" in warning for warning in finding.warnings)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("partners", [("USA",), ("USA", "JPN")])
def test_a_destination_or_two_are_not_the_world(tmp_path, partners):
    finding = measured(tmp_path, [row for row in rows() if row["partner"] in ("RUS", *partners)])
    assert finding.coverage.unstable_codes == ()
    assert f"{len(partners)} other destination" in finding.coverage.unstable_unchecked


def test_a_code_that_one_buyer_alone_stopped_buying_did_not_move(tmp_path):
    given = rows(moved=())
    for row in given:
        if row["good"] == "854232" and row["partner"] == "BRA":
            row["value_usd"] = row["value_reported"] = 90_000.0 if row["period"] < "2022" else 0.1
    assert measured(tmp_path, given).coverage.unstable_codes == ()


@pytest.mark.prove_only
def test_a_code_that_the_list_names_under_unstable_alone_is_in_the_full_list_alone(tmp_path):
    more = 'unstable: [{code: "854232", from: HS2017, to: HS2022, reason: cut}]\n'
    finding = measured(tmp_path, rows(), codes=("854231", "854233"), more=more)
    assert (finding.suspended.baseline_usd, finding.suspended.after_usd) == pytest.approx((2000.0, 400.0))
    assert (finding.full_list.baseline_usd, finding.full_list.after_usd) == pytest.approx((3000.0, 420.0))
    assert finding.coverage.goods_listed == finding.coverage.goods_found == 2
    assert finding.coverage.unstable_codes[0].move == pytest.approx(0.1)
    early = {"baseline": "2020-01:2020-12", "after": "2021-01:2021-12"}
    before = measure(tmp_path / "lake", str(tmp_path / "made.yml"), measure_options(**early))
    assert before.suspended.baseline_usd == pytest.approx(2000.0)
    assert before.full_list is None


def test_where_every_code_moved_the_figures_hold_them_and_say_so(tmp_path):
    finding = measured(tmp_path, rows(moved=SANCTIONED))
    assert finding.suspended.baseline_usd == pytest.approx(3000.0)
    assert len(finding.coverage.unstable_codes) == 3
    assert finding.coverage.unstable_kept == "every code with figures moved"


def test_a_heading_that_holds_an_unstable_code_cannot_be_cut(tmp_path):
    more = 'unstable: [{code: "854231", from: HS2017, to: HS2022, reason: cut}]\n'
    finding = measured(tmp_path, rows(goods=("8542", "8501"), moved=()), codes=("8542",), more=more)
    assert finding.coverage.level == "HS4"
    assert [code.code for code in finding.coverage.unstable_codes] == ["8542"]
    assert "854231 is part of it" in finding.coverage.unstable_codes[0].reason
    assert "HS4" in finding.coverage.unstable_kept


def test_a_change_that_the_rows_show_later_counts_too(tmp_path):
    """Reporters take up HS2022 in 2023 alone, and the code moves then."""
    given = rows(moved=())
    for row in given:
        if row["period"] >= "2023":
            row["revision"] = "HS2022"
            if row["good"] == "854232":
                row["value_usd"] = row["value_reported"] = row["value_usd"] * 0.05
    finding = measured(tmp_path, given)
    [code] = finding.coverage.unstable_codes
    assert (code.code, code.move) == ("854232", pytest.approx(0.05))
    assert "2023-01" in code.reason


def planted(kind, seed):
    """A world that ends in 2023 in which two listed and two ordinary goods lose 85 to 97 %, and one appears."""
    world = make_world(world_spec(kind, seed=seed, baseline_months=60, economies=24))
    rng, listed, goods = np.random.default_rng(seed), world.spec.sanctioned_goods, world.spec.goods
    start = 5 if world.spec.annual else 60  # January 2022
    inside = rng.permutation(listed)[:2].tolist()
    outside = (listed + rng.permutation(goods - listed)[:3]).tolist()
    value, kilograms = world.value_usd.copy(), world.net_kg.copy()
    for good in (*inside, *outside[:2]):
        left = 1 - rng.uniform(0.85, 0.97)
        value[:, :, good, start:] *= left
        kilograms[:, :, good, start:] *= left
    value[:, :, outside[2], :start] = 0.0
    reports = world.reports & (value > 0).any(axis=(1, 2))
    return replace(world, value_usd=value, net_kg=kilograms, reports=reports), inside, outside


@pytest.mark.one_in(3)
@pytest.mark.parametrize("kind", ["basic", "annual", "shocks"])
def test_every_planted_code_is_named_and_none_changes_the_sign(kind):
    world, inside, outside = planted(kind, 11)
    names = world.plan.names.goods
    with simulated_lake(world) as lake:
        options = MeasureOptions()
        prepared = prepare(lake.engine, lake.snapshot, lake.episode, lake.goods, options)
        assert prepared.unstable.codes == {names[good] for good in (*inside, *outside)}
        around = world_of(lake.engine, lake.episode, prepared, lake.goods)
        assert around.ordinary_goods.isdisjoint(names[good] for good in outside)
        finding = measure_list_on(lake.engine, lake.snapshot, lake.episode, lake.goods, options, extent=Extent.BRIEF)
    named = {row.is_ordinary: set() for row in finding.coverage.unstable_codes}
    for row in finding.coverage.unstable_codes:
        named[row.is_ordinary].add(row.code)
    assert named == {False: {names[good] for good in inside}, True: {names[good] for good in outside}}
    assert finding.backfill.net_ratio is not None
    assert finding.backfill.net_ratio > 0


@pytest.mark.prove_only
@pytest.mark.skipif(not BACI.exists(), reason="../shared/data is not here")
@pytest.mark.parametrize(
    ("goods", "rise", "full", "code"), [("optical", 2.322, -0.225, "901380"), ("chpl-2024-02", 0.202, -0.024, "901380")]
)
def test_goods_that_fell_by_the_revision_alone_rise(tmp_path, goods, rise, full, code):
    import_paths(tmp_path / "lake", [BACI], ImportRequest(revision="HS2017"))
    text = EPISODE.replace("[DEU]", "[CHN]").replace("LIST", goods)
    (tmp_path / "pair.yml").write_text(text, "utf-8")
    finding = measure(tmp_path / "lake", str(tmp_path / "pair.yml"), measure_options(**WINDOWS))
    assert -finding.suspended.loss_share == pytest.approx(rise, abs=0.001)
    assert -finding.full_list.loss_share == pytest.approx(full, abs=0.001)
    assert code in {row.code for row in finding.coverage.unstable_codes}
    assert "liquid crystal modules" in finding.full_list.because
    assert finding.full_list.because.count(". ") == 0
