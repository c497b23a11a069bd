"""Codes of goods and their levels."""

from __future__ import annotations

import pytest

from stopgap.base.errors import NotFoundError, UsageError
from stopgap.codes.commodities import (
    COMTRADE_REVISION,
    REVISIONS,
    heading_of,
    is_composite,
    level_of,
    revision_in_force,
    subheadings,
)
from stopgap.codes.goods import composite_codes, describe, is_known


@pytest.mark.parametrize(
    ("good", "level", "heading"),
    [
        ("84", "HS2", "84"),
        ("8542", "HS4", "8542"),
        ("854231", "HS6", "8542"),
        ("85423111", "CN8", "8542"),
        ("TOTAL", "TOTAL", "TOTAL"),
        ("84+85", "composite", "84+85"),
        ("basket:chips", "composite", "basket:chips"),
        ("9999AA", "other", "9999AA"),
        ("101", "other", "101"),
        ("", "other", ""),
        ("８４", "other", "８４"),
    ],
)
def test_level_and_heading(good: str, level: str, heading: str) -> None:
    assert (level_of(good), heading_of(good)) == (level, heading)


def test_composites() -> None:
    assert composite_codes("84+85") == ("84", "85")
    assert composite_codes("854231") == ("854231",)
    assert len(composite_codes("basket:chips")) == 16
    assert composite_codes("basket:ai-compute") == ("847150", "847180", "847330")
    assert is_composite("84+85")
    assert not is_composite("854231")
    with pytest.raises(NotFoundError, match="nothing"):
        composite_codes("basket:nothing")


def test_size_of_the_nomenclatures() -> None:
    assert {revision: len(subheadings("", revision)) for revision in REVISIONS} == {
        "HS2012": 5206,
        "HS2017": 5388,
        "HS2022": 5613,
    }
    assert subheadings("8542", "HS2022") == ("854231", "854232", "854233", "854239", "854290")


@pytest.mark.parametrize("code", ["852589", "854149", "854151", "854159", "854800", "880730"])
def test_six_codes_of_the_priority_list_exist_only_in_hs2022(code: str) -> None:
    assert is_known(code, "HS2022")
    assert not is_known(code, "HS2017")
    assert not is_known(code, "HS2012")


def test_what_is_known_and_how_it_is_described() -> None:
    assert is_known("01", "HS2022")
    assert is_known("TOTAL", "HS2022")
    assert is_known("84+85", "HS2017")
    assert not is_known("84+77", "HS2017"), "chapter 77 is reserved"
    assert not is_known("9999AA", "HS2022")
    assert "memories" in (describe("854232", "HS2017") or "")
    assert (describe("85423211", "HS2022") or "").endswith("(part of HS 854232)")
    assert describe("854151", "HS2017") is None
    assert describe("84+77", "HS2017") is None
    assert describe("basket:ai-compute", "HS2012") is not None


def test_a_revision_that_is_not_here() -> None:
    with pytest.raises(UsageError, match="HS2007"):
        describe("854231", "HS2007")


@pytest.mark.parametrize(
    ("year", "revision"),
    [
        (2001, "HS1996"),
        (2011, "HS2007"),
        (2012, "HS2012"),
        (2016, "HS2012"),
        (2017, "HS2017"),
        (2021, "HS2017"),
        (2022, "HS2022"),
        (2026, "HS2022"),
    ],
)
def test_revision_in_force(year: int, revision: str) -> None:
    assert revision_in_force(year) == revision


def test_comtrades_names_of_the_revisions() -> None:
    assert [COMTRADE_REVISION[h] for h in ("H4", "H5", "H6")] == list(REVISIONS)
    assert COMTRADE_REVISION["HS"] == "HS"
