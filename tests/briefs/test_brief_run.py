"""What a brief is built from: the series, legs and months around a finding, from the bundled figures."""

from dataclasses import replace

import pytest
from demo_lake import make_demo_lake

from stopgap.briefs.render import render
from stopgap.briefs.run import build_model, write_brief
from stopgap.demo.run import run_demo
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import load_episode
from stopgap.panel.prepare import MeasureOptions

EPISODE_FILE = """\
name: mine
title: A file of my own
target: RUS
direction: exports-to-target
event: 2022-02
coalition: [eu27, USA]
goods: [mine.csv]
baseline: {from: 2020-01, to: 2021-12}
after: {from: 2023-01}
"""


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    return make_demo_lake(tmp_path_factory.mktemp("demo") / "lake")


@pytest.fixture(scope="module")
def model(lake):
    with engine_on(lake, as_of=None) as (engine, snapshot):
        return build_model(engine, snapshot, load_episode("russia-2022"), MeasureOptions(goods="machinery-electronics"))


def test_the_series_tell_silence_from_zero(model):
    values = {(row.supplier, row.period): row.value_usd for row in model.series}
    assert values["CHN", "2022"] == pytest.approx(30_212e6, abs=1e6)
    assert values["eu27", "2020"] == pytest.approx(29_019e6, abs=1e6)
    assert values["ARE", "2024"] is None
    assert {row.period for row in model.series} == {"2020", "2021", "2022", "2023", "2024"}


def test_both_legs_past_kyrgyzstan_and_what_it_records_itself(model):
    """Coalition exports to it and its own exports to Russia; the first leg as the hub records it is far lower."""
    leg = next(leg for leg in model.legs if leg.hub == "KGZ")
    assert leg.into_hub_baseline_usd < 0.2 * leg.into_hub_after_usd
    assert leg.out_of_hub_after_usd == pytest.approx((234.7e6 + 208.4e6) / 2, rel=0.01)
    assert leg.into_hub_mirror_after_usd < 0.5 * leg.into_hub_after_usd


def test_months_show_the_collapse_and_the_neighbours_and_end_with_the_data(model):
    months = {(point.partner, point.month): point.value_usd for point in model.monthly}
    assert max(month for _, month in months) == "2022-11"
    assert months["RUS", "2022-11"] < 0.3 * months["RUS", "2021-11"]
    assert months["KGZ", "2022-11"] > 5 * months["KGZ", "2021-11"]


def test_armenia_is_the_hub_looked_at_closely(model):
    assert (model.hub_name, len(model.hub_case)) == ("Armenia", 26)
    assert sum(month.exports_to_target_usd for month in model.hub_case) > 400e6


def test_other_lists_are_measured_and_sources_are_named(model):
    assert {"chips", "ai-compute"} <= {finding.goods for finding in model.others}
    assert len(model.sources) >= 4
    assert all(note.terms and note.retrieved for note in model.sources)
    assert any(model.headline.finding_id in what for what, _ in model.reproduce)


def test_a_brief_built_again_is_the_same(lake, model, tmp_path):
    with engine_on(lake, as_of=None) as (engine, snapshot):
        again = build_model(
            engine, snapshot, load_episode("russia-2022"), MeasureOptions(goods="machinery-electronics")
        )
    pages = [render(each, tmp_path / f"{place}.md") for place, each in enumerate((model, again))]
    assert pages[0].read_bytes() == pages[1].read_bytes()


@pytest.mark.prove_only
def test_the_demo_writes_the_same_bytes_twice(tmp_path):
    first = run_demo(tmp_path / "one", tmp_path / "one/lake")
    second = run_demo(tmp_path / "two", tmp_path / "two/lake")
    assert set(first.briefs) == {"html", "pdf", "xlsx", "md"}
    for ending, path in first.briefs.items():
        assert path.read_bytes() == second.briefs[ending].read_bytes(), ending
    assert "30.9" in first.headline


def test_an_episode_and_a_list_of_ones_own(lake, tmp_path):
    (tmp_path / "mine.csv").write_text("code,description\n84,machinery\n85,electronics\n", encoding="utf-8")
    episode = tmp_path / "mine.yml"
    episode.write_text(EPISODE_FILE, encoding="utf-8")
    path, model = write_brief(lake, str(episode), MeasureOptions(), tmp_path / "brief.md")
    text = path.read_text("utf-8")
    assert "A file of my own" in text
    assert model.headline.finding_id in text
    assert f"--goods {tmp_path / 'mine.csv'}" in text


def test_directions_change_the_wording(lake, tmp_path):
    """The mirror of the headline: Russia's purchases as an import ban would see them."""
    episode = replace(load_episode("russia-2022"), target="TUR", hubs=())
    with engine_on(lake, as_of=None) as (engine, snapshot):
        model = build_model(engine, snapshot, episode, MeasureOptions(goods="machinery-electronics"))
    assert model.target_name == "Türkiye"
    assert model.legs == ()
