"""The last report of each watch is read from the lake; those above the viewer's clearance are not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from whole_lake import Whole, said

import stopgap
from stopgap.base.clearance import whole_lake
from stopgap.base.errors import InputError
from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.markings.clearance import seen_with
from stopgap.watch.reports import reported_watches


@pytest.fixture
def lake(demo_lake: Path, tmp_path: Path) -> Path:
    """A lake without a watch."""
    import shutil

    return Path(shutil.copytree(demo_lake, tmp_path / "lake"))


@pytest.mark.prove_only
def test_the_last_report_is_that_of_the_round(lake: Path) -> None:
    assert not reported_watches(lake)
    assert said("watch", "russia-2022", "--once", "--no-fetch", "--lake", lake).code == 0
    assert said("watch", "russia-2022", "--once", "--no-fetch", "--lake", lake).code == 0
    [found] = stopgap.open(lake).watches()
    state = json.loads((lake / "watches" / "russia-2022.json").read_text("utf-8"))
    assert (found.watch, found.episode, found.goods) == ("russia-2022", "russia-2022", state["goods"])
    assert (found.run, found.later) == (state["runs"], state["last_vintage"])
    assert found.failures == ()


def test_a_report_above_the_clearance_is_not_there(whole: Whole, tmp_path: Path) -> None:
    lake = whole.copied(tmp_path / "lake")
    assert said("watch", whole.episode, "--once", "--no-fetch", "--lake", lake).code == 0
    [report] = (lake / "watches").glob("*/*.json")
    document = json.loads(report.read_text("utf-8"))
    document["marking"] = Marking(Tlp.RED).as_dict()
    report.unlink()
    (report.parent / f"TLP-RED_{report.name.split('_', 1)[1]}").write_text(json.dumps(document), "utf-8")
    with seen_with(lake, Marking(Tlp.AMBER)):
        assert not stopgap.open(lake).watches()
    with whole_lake():
        [found] = stopgap.open(lake).watches()
    assert found.marking == Marking(Tlp.RED)


@pytest.mark.prove_only
def test_a_report_that_cannot_be_read_is_told(lake: Path) -> None:
    said("watch", "russia-2022", "--once", "--no-fetch", "--lake", lake)
    [report] = (lake / "watches" / "russia-2022").glob("*.json")
    report.write_text("{}", "utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        reported_watches(lake)
