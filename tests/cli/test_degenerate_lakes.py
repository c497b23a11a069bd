"""Lakes without an answer: every measure gives a defined one or says why not; no NaN, no warning of a library."""

import itertools
import math
import warnings
from functools import cache
from typing import Any

import pytest
from lake_rows import put, trade_row
from measure_names import MEASURES

EPISODE = """
name: degenerate
title: A made-up suspension
target: RUS
direction: exports-to-target
event: 2021-03
coalition: [DEU, FRA]
goods: [goods.csv]
baseline: {{from: 2019-01, to: 2020-12, min_months: 1}}
after: {{from: {after}, to: 2021-12}}
hubs: [TUR]
placebo_targets: auto
"""
GOODS = ("854231", "854232", "940310", "940320", "940330", "940340", "940350")  # two listed, five ordinary
SUPPLIERS = ("DEU", "FRA", "CHN", "VNM", "TUR")
DESTINATIONS = ("RUS", "TUR", "IND", "BRA", "EGY", "USA")
MONTHS = [f"{year}-{month:02d}-01" for year in (2019, 2020, 2021) for month in range(1, 13)]


def usual(supplier, destination, good, month):
    """Dollars of one cell: uneven, so that nothing is a perfect fit by accident."""
    level = 1e5 * (1 + (hash_of(supplier, destination, good) % 50))
    unrest = 0.7 + (hash_of(supplier, destination, good, month) % 61) / 100
    fall = 0.3 if supplier in ("DEU", "FRA") and destination == "RUS" and month > "2021-03" else 1.0
    return round(level * unrest * fall, 2)


def hash_of(*parts):
    """A number that is the same in every run."""
    total = 7
    for letter in "|".join(parts):
        total = (total * 31 + ord(letter)) % 1_000_003
    return total


def rows(suppliers=SUPPLIERS, destinations=DESTINATIONS, value=usual, months=MONTHS):
    made = []
    for supplier, destination, good, month in itertools.product(suppliers, destinations, GOODS, months):
        usd = value(supplier, destination, good, month)
        if supplier != destination and usd is not None:
            made.append(
                trade_row(
                    period=month, frequency="M", reporter=supplier, partner=destination, good=good, value_usd=usd,
                    net_kg=usd / 20 if usd else None,
                )
            )  # fmt: skip
    return made


def zero(*_):
    return 0.0


def nothing_after(supplier, destination, good, month):
    return None if month > "2021-03" and destination == "RUS" else usual(supplier, destination, good, month)


def nothing_before(supplier, destination, good, month):
    return None if month < "2021-03" and destination == "RUS" else usual(supplier, destination, good, month)


def never_exported(supplier, destination, good, month):
    return None if (supplier, destination) == ("FRA", "RUS") else usual(supplier, destination, good, month)


def separated(supplier, destination, good, month):
    """Everyone sells the target ordinary goods before the event, and listed goods after it, alone."""
    listed = good.startswith("85")
    if destination == "RUS" and listed != (month > "2021-03"):
        return None
    return usual(supplier, destination, good, month)


LAKES: dict[str, dict[str, Any]] = {
    "one supplier": {"suppliers": ("DEU", "CHN")},
    "members alone": {"suppliers": ("DEU", "FRA")},
    "no member": {"suppliers": ("CHN", "VNM")},
    "the target alone": {"destinations": ("RUS",)},
    "a single placebo": {"destinations": ("RUS", "TUR", "IND")},
    "all zeros": {"value": zero},
    "nothing after": {"value": nothing_after},
    "no baseline": {"value": nothing_before},
    "a member that never exported": {"value": never_exported},
    "separated cells": {"value": separated},
    "one month each": {"months": ["2020-06-01", "2021-06-01"]},
}
"""What of each lake is unlike the usual one."""
COMMANDS: dict[str, tuple[str, ...]] = dict.fromkeys(MEASURES, ()) | {"alerts run": ("--month", "2021-12")}


@pytest.fixture(scope="module")
def lake_of(tmp_path_factory):
    """A lake by its name, made when it is first asked for."""

    @cache
    def made(name):
        lake = tmp_path_factory.mktemp("lake") / "lake"
        put(lake, rows(**LAKES[name]))
        return lake

    return made


@pytest.fixture(scope="module")
def episode(tmp_path_factory):
    folder = tmp_path_factory.mktemp("episode")
    (folder / "goods.csv").write_text("code,description\n854231,Processors\n854232,Memories\n")
    (folder / "episode.yml").write_text(EPISODE.format(after="2021-04"))
    return folder / "episode.yml"


def not_finite(value, path=""):
    """Paths of numbers that are not finite."""
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in not_finite(item, f"{path}.{key}")]
    if isinstance(value, list):
        return [found for at, item in enumerate(value) for found in not_finite(item, f"{path}[{at}]")]
    return [path] if isinstance(value, float) and not math.isfinite(value) else []


@pytest.mark.one_in(54)
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", LAKES)
def test_a_lake_without_an_answer_says_so(name, command, lake_of, episode, stopgap_run):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ran = stopgap_run(*command.split(), episode, *COMMANDS[command], "--lake", lake_of(name), "--format", "json")
    assert ran.code in (0, 3, 4), ran.out[-500:]
    document = ran.document
    if ran.code:
        assert all(document["error"][part] for part in ("what", "where", "fix")), document
        return
    assert not_finite(document) == []
    assert "Warning" not in ran.err


@pytest.mark.prove_only
def test_what_is_undefined_is_null_with_a_reason(lake_of, episode, stopgap_run):
    finding = stopgap_run("measure", episode, "--lake", lake_of("members alone"), "--format", "json").document
    assert finding["backfill"]["net_ratio"] is None
    assert any("net backfill is not estimated" in warning for warning in finding["warnings"])
    finding = stopgap_run("measure", episode, "--lake", lake_of("a single placebo"), "--format", "json").document
    assert finding["backfill"]["net_ratio"] is not None
    assert finding["backfill"]["net_ci95"] is None
    assert any("net figures have no interval: 1 placebo destination" in warning for warning in finding["warnings"])
    finding = stopgap_run("measure", episode, "--lake", lake_of("nothing after"), "--format", "json").document
    assert finding["suspended"]["loss_share"] == 1
    assert any("nothing is left after the event" in warning for warning in finding["warnings"])
