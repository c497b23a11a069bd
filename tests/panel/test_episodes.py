"""Episode files: the built-in ones, and faults named by line and field."""

import pytest

from stopgap.base.errors import EpisodeError, NotFoundError
from stopgap.base.vocab import Direction
from stopgap.panel.episodes import (
    DeclaredTests,
    Window,
    add_months,
    episode_names,
    load_episode,
    parse_window,
    read_episode,
)

GOOD = """\
name: wood
title: A ban on wood
target: RUS
direction: imports-from-target
event: 2022-04
coalition: [eu27, CHE]
goods: [wood]
baseline: {from: 2018-01, to: 2021-12, min_months: 24}
after: {from: 2023-01}
hubs: [TUR]
placebo_targets: auto
"""


def test_an_episode_reads_as_written():
    episode = read_episode(GOOD, label="wood.yml")
    assert episode.direction is Direction.IMPORTS_FROM_TARGET
    assert (episode.baseline, episode.after) == (Window("2018-01", "2021-12"), Window("2023-01", None))
    members = episode.members()
    assert len(members) == 28
    assert (members["DEU"], members["CHE"]) == ("eu27", None)
    assert "GBR" not in members


def test_the_built_in_episodes_hold_together():
    assert {"russia-2022", "russia-2022-energy", "eu-wood-2022", "us-china-tariffs-2018"} <= set(episode_names())
    for name in episode_names():
        episode = load_episode(name)
        assert episode.name == name
        assert episode.needs
        assert episode.members()
    russia = load_episode("russia-2022")
    assert set(russia.members()) >= {"DEU", "USA", "GBR", "JPN", "KOR", "TWN", "CAN", "AUS", "NZL", "NOR", "CHE", "ISL"}
    assert len(russia.members()) == 27 + 11


@pytest.mark.parametrize(
    ("change", "line", "field", "says"),
    [
        (("target: RUS", "target: XXX"), 3, "target", "not an economy"),
        (("target: RUS", "target: W00"), 3, "target", "not an economy"),
        (("imports-from-target", "sideways"), 4, "direction", "direction is not known"),
        (("event: 2022-04", "event: 2022-13"), 5, "event", "'2022-13' is not a month"),
        (("[eu27, CHE]", "[eu27, Atlantis]"), 6, "coalition.1", "neither a group nor an economy"),
        (("[eu27, CHE]", "[eu27, RUS]"), 6, "coalition", "the target RUS is in the coalition"),
        (("[eu27, CHE]", "[]"), 6, "coalition", "the coalition is empty"),
        (("[eu27, CHE]", "[eu27, NO]"), 6, "coalition", "Norway is NOR"),
        (("[wood]", "[woood]"), 7, "goods.0", "goods list 'woood'"),
        (("to: 2021-12", "to: 2017-12"), 8, "baseline", "ends before it starts"),
        (("min_months: 24", "min_months: many"), 8, "baseline.min_months", "not a whole number"),
        (("min_months: 24", "months: 24"), 8, "baseline.months", "no field 'months'"),
        (("{from: 2023-01}", "{from: 2021-06}"), 9, "after.from", "starts within the baseline"),
        (("hubs: [TUR]", "hubs: [DEU]"), 10, "hubs.0", "member of the coalition"),
        (("placebo_targets: auto", "colour: red"), 11, "colour", "no field 'colour'"),
        (("title: A ban on wood\n", ""), 1, "title", "title is missing"),
        (("placebo_targets: auto", "tests: [supplier]"), 11, "tests", "not a declaration"),
        (("placebo_targets: auto", "tests: {family: cell}"), 11, "tests.family", "family 'cell' is not known"),
        (("placebo_targets: auto", "tests: {fdr: 10}"), 11, "tests.fdr", "not a rate between 0 and 1"),
        (("placebo_targets: auto", "tests: {fdr: yes}"), 11, "tests.fdr", "not a rate between 0 and 1"),
        (("placebo_targets: auto", "tests: {rate: 0.1}"), 11, "tests.rate", "no field 'rate'"),
    ],
)
def test_faults_are_named_by_line_and_field(change, line, field, says):
    with pytest.raises(EpisodeError) as caught:
        read_episode(GOOD.replace(*change), label="wood.yml")
    assert says in caught.value.what
    assert caught.value.where == f"wood.yml, line {line}, field {field}"
    assert caught.value.fix


def test_the_family_of_tests_is_declared_or_the_suppliers():
    assert read_episode(GOOD, label="wood.yml").tests == DeclaredTests("supplier", 0.10)
    declared = read_episode(GOOD + "tests: {family: supplier-good, fdr: 0.05}\n", label="wood.yml").tests
    assert declared == DeclaredTests("supplier-good", 0.05)


def test_a_file_that_is_no_yaml_names_its_line():
    with pytest.raises(EpisodeError, match="not YAML") as caught:
        read_episode("name: [\ntitle: x\n", label="x.yml")
    assert "line" in caught.value.where
    with pytest.raises(EpisodeError, match="not an episode"):
        read_episode("just words", label="x.yml")


def test_files_and_names(tmp_path):
    path = tmp_path / "wood.yml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_episode(str(path)).path == str(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EpisodeError, match="UTF-8"):
        load_episode(str(path))
    with pytest.raises(NotFoundError, match="no file at"):
        load_episode(str(tmp_path / "nothing.yml"))


def test_windows_from_text():
    assert parse_window("2021-01:2021-12", option="--baseline") == Window("2021-01", "2021-12")
    assert parse_window("2020:2021", option="--baseline") == Window("2020-01", "2021-12")
    for wrong in ("21", "2021-13:2022-01", "2022-01:2021-01", "a:b", "2021-01:2021-02:2021-03"):
        with pytest.raises(EpisodeError, match="is not a window"):
            parse_window(wrong, option="--baseline")


def test_months_add_across_years():
    assert add_months("2022-01", -1) == "2021-12"
    assert add_months("2021-12", 14) == "2023-02"
