"""Elasticities of substitution, against the source's rows and in every revision."""

from __future__ import annotations

import csv

import pytest
from demo_lake import SHARED

from stopgap.codes.commodities import REVISIONS, subheadings
from stopgap.codes.elasticities import elasticity_of

SOURCE = SHARED / "reference" / "trade-elasticities" / "ProTEE_0_1.csv"


def test_a_figure_by_hand() -> None:
    # Ball bearings: a trade elasticity of -6.9277 is an elasticity of substitution of 7.9277.
    assert elasticity_of("848210", "HS2017") == (7.9277, "own")
    assert elasticity_of("854231", "HS2022").sigma_from == "heading"
    assert elasticity_of("999999", "HS2017").sigma_from == "overall"
    assert elasticity_of("848210", "HS2007") == elasticity_of("848210", "HS2022")


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_code_has_one_above_1(revision: str) -> None:
    found = [elasticity_of(code, revision) for code in subheadings("", revision)]
    assert min(each.sigma for each in found) > 1
    assert {each.sigma_from for each in found} == {"own", "heading", "chapter", "overall"}
    assert sum(each.sigma_from == "overall" for each in found) < 0.01 * len(found)
    assert sum(each.sigma_from == "own" for each in found) > 0.5 * len(found)


@pytest.mark.skipif(not SOURCE.exists(), reason="the reference files are not beside the repository")
def test_own_figures_are_those_of_the_source() -> None:
    with SOURCE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    own = {
        row["HS6"]: 1 - float(row["sigma"])
        for row in rows
        if (row["zero"], row["positive"]) == ("0", "0") and row["sigma"]
    }
    kept = [code for code in subheadings("", "HS2017") if code in own]
    same = [code for code in kept if elasticity_of(code, "HS2017").sigma == pytest.approx(own[code], abs=1e-4)]
    assert len(kept) > 2500
    assert len(same) > 0.95 * len(kept)  # the others changed scope between HS2007 and HS2017
