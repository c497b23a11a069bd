"""Aggregates recognised by their names, and economies, also misspelt, that are not taken for any."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.codes import aggregate_names
from stopgap.codes.aggregate_names import named_aggregate, own_code
from stopgap.codes.aggregates import NAMED_UNIONS, AggregateKind, aggregate_kind, codes_of_kind
from stopgap.codes.areas import areas


@pytest.mark.parametrize(
    ("name", "code", "kind"),
    [
        ("World", "W00", "world"), ("All countries", "W00", "world"), ("Total", "W00", "world"), ("WELT", "W00", "world"),
        ("ASEAN", "R4", "union"), ("asean (10)", "R4", "union"), ("ASEAN countries", "R4", "union"),
        ("MERCOSUR", "MERCOSUR", "union"), ("G-7", "G7", "union"), ("OECD - Total", "OECD", "union"),
        ("Eurasian Economic Union", "EAEU", "union"), ("GCC countries", "GCC", "union"),
        ("EU27", "EU27_2020", "union"), ("EU 27 (from 2020)", "EU27_2020", "union"), ("EU-28", "EU28", "union"),
        ("EU15", "EU15", "union"), ("European Union", "EU", "union"), ("Extra-EU27", "EU_EXTRA", "union"), ("Euro area", "EA", "union"),
        ("Euro area (19)", "EA19", "union"),
        ("East Asia & Pacific", "EAST_ASIA_PACIFIC", "region"), ("EAS", "EAS", "region"), ("SSF", "SSF", "region"),
        ("Sub-Saharan Africa", "SUB_SAHARAN_AFRICA", "region"), ("Africa", "AFRICA", "region"), ("High income", "HIGH_INCOME", "region"),
        ("Other Polar Areas, nes", "OTHER_POLAR_AREAS_NES", "region"), ("Rest of the continent", "REST_OF_THE_CONTINENT", "region"),
        ("CIS (excl. Russia)", "CIS_EXCL_RUSSIA", "region"),
        ("Unspecified", "_X", "special"), ("Bunkers", "X1", "special"), ("Free Zones", "X2", "special"), ("Confidential", "QX", "special"),
    ],
)  # fmt: skip
def test_names_of_aggregates(name: str, code: str, kind: str) -> None:
    found = named_aggregate(name)
    assert found is not None
    assert (found.code, str(found.kind)) == (code, kind)


@pytest.mark.parametrize(
    "name",
    [
        "Germny", "Russian Federaton", "ZZZ", "DE1", "Atlantis", "South Afrika", "The South Africa", "Micronesa", "Republic of X",
        "Central African Republik", "", " ", "N/A", "12345", "Kaliningrad", "Gambia (other)",
    ],
)  # fmt: skip
def test_names_that_are_no_aggregates(name: str) -> None:
    assert named_aggregate(name) is None


@pytest.mark.parametrize(
    "area", [area for area in areas().values() if area.kind == "economy"], ids=lambda area: area.code
)
def test_no_economy_is_taken_for_an_aggregate(area: object) -> None:
    assert named_aggregate(area.code, area.name) is None  # type: ignore[attr-defined]
    assert named_aggregate(area.name) is None  # type: ignore[attr-defined]


def test_a_code_without_a_meaning_is_told_by_its_name() -> None:
    found = named_aggregate("10021", "South Asia")
    assert found is not None
    assert (found.code, found.kind) == ("SOUTH_ASIA", AggregateKind.REGION)
    found = named_aggregate("ASX", "South Asia")
    assert found is not None
    assert found.code == "ASX"


def test_named_unions_have_their_kind_in_the_views() -> None:
    assert set(aggregate_names._UNIONS) - set(areas()) <= NAMED_UNIONS
    assert set(codes_of_kind(AggregateKind.UNION)) >= NAMED_UNIONS
    assert {aggregate_kind(code) for code in NAMED_UNIONS} == {AggregateKind.UNION}


@given(st.text(max_size=200))
def test_any_text_gives_a_code_that_can_be_kept_or_none(text: str) -> None:
    found = named_aggregate(text)
    code = own_code(text) if found is None else found.code
    assert code
    assert len(code) <= 40
    assert code.isascii()
    assert code.isprintable()
