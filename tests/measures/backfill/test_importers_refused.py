"""What reads trade with the target alone refuses an episode of importers, before it reads anything."""

from pathlib import Path

import pytest
from lake_rows import put, trade_row
from pack_made import GREEN, key

import stopgap
from stopgap.base.errors import EpisodeError
from stopgap.evidence.packs.create import create_pack
from stopgap.evidence.packs.gathering import PackOptions
from stopgap.measures.quality.run import episode_scope
from stopgap.panel.episodes import load_episode
from stopgap.panel.prepare import MeasureOptions, prepare

ROLE = "us-china-tariffs-2018"
ASKED = {
    "routes": lambda lake, folder: lake.routes(ROLE),
    "mirror": lambda lake, folder: lake.mirror(ROLE),
    "prices": lambda lake, folder: lake.prices(ROLE),
    "nowcast": lambda lake, folder: lake.nowcast(ROLE),
    "levers": lambda lake, folder: lake.levers(ROLE),
    "counterfactual": lambda lake, folder: lake.counterfactual(ROLE),
    "diff": lambda lake, folder: lake.diff(ROLE, earlier="v1", later="v1"),
    "exposure": lambda lake, folder: lake.exposure(ROLE),
    "alerts": lambda lake, folder: lake.alerts.run(ROLE),
    "watch": lambda lake, folder: lake.watch(ROLE, from_dir=str(folder)),
    "pack": lambda lake, folder: create_pack(
        lake.path, ROLE, PackOptions(GREEN), signer=key().private, output=folder / "pack.zip"
    ),
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("importers")
    rows = [
        trade_row(period=f"{year}-01-01", reporter="USA", partner=seller, flow="M", valuation="CIF", value_usd=value)
        for year in (2016, 2017, 2019)
        for seller, value in (("CHN", 3e6), ("VNM", 1e6))
    ]
    put(folder / "lake", rows)
    return folder / "lake"


def test_the_lake_can_be_measured(lake):
    found = stopgap.open(lake).measure(ROLE).as_dict()
    assert (found["goods"], found["role"], found["suspended"]["baseline_usd"]) == (
        "machinery-electronics",
        "suppliers-to-coalition",
        3e6,
    )
    assert found["loss_kind"] == "trade lost"  # without a table of what was taxed nothing may be called suspended


@pytest.mark.parametrize("name", ASKED)
def test_it_is_refused_with_what_where_and_fix(lake, tmp_path, name):
    with pytest.raises(EpisodeError) as refused:
        ASKED[name](stopgap.open(lake), Path(tmp_path))
    assert "suppliers-to-coalition" in refused.value.what
    assert ROLE in refused.value.where
    assert "stopgap measure" in refused.value.fix


def test_a_measure_that_was_forgotten_gives_an_error_and_no_figure(lake):
    episode = load_episode(ROLE)
    with pytest.raises(EpisodeError, match="suppliers-to-coalition"):
        prepare(None, None, episode, episode.goods_list("microelectronics"), MeasureOptions())


def test_quality_covers_the_members_whose_reports_are_measured():
    assert "USA" in episode_scope(ROLE)[0]
    assert "DEU" in episode_scope("eu-energy-2022")[0]
    assert "DEU" not in episode_scope("russia-2022-energy")[0]
