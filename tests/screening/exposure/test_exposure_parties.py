"""Which declared names are one company: by number, by equal names, by likeness; never over a conflict."""

from __future__ import annotations

import pytest
from exposure_lake import stand
from hypothesis import given
from hypothesis import strategies as st

from stopgap.screening.exposure.parties import (
    NAMES_OF_ONE_NUMBER,
    DeclaredParty,
    Resolution,
    folded,
    number_of,
    resolve,
)
from stopgap.screening.exposure.request import Merge


def party(name: str | None, number: str | None = None, economy: str | None = "RUS", lines: int = 1) -> DeclaredParty:
    return DeclaredParty(name, number, economy, lines, 10.0 * lines)


def names(found: Resolution) -> set[frozenset[str]]:
    return {frozenset(name.name for name in company.names) for company in found.companies.values()}


def test_one_number_is_one_company_in_any_script() -> None:
    found = resolve(
        [
            party("ООО «Лоримена»", "9100000001", lines=3),
            party("LORIMENA LLC", "91 000 000 01"),
            party("洛里梅纳", "9100000001"),
        ]
    )
    [company] = found.companies.values()
    assert company.name == "ООО «Лоримена»"
    assert company.identifiers == ("9100000001",)
    assert {name.by for name in company.names} == {"itself", "identifier"}
    assert company.merged_by == "identifier"


def test_two_numbers_are_two_companies_however_alike_their_names() -> None:
    found = resolve([party("Vagadote Ltd", "9100000001"), party("Vagadote Ltd", "9100000022")], build=stand)
    assert len(found.companies) == 2


def test_a_name_without_a_number_joins_the_only_company_that_bears_it() -> None:
    found = resolve([party("Vagadote Ltd", "9100000001", lines=2), party("VAGADOTE, LTD.")], merge=Merge.NAME)
    [company] = found.companies.values()
    assert [(name.name, name.by) for name in company.names] == [("Vagadote Ltd", "itself"), ("VAGADOTE, LTD.", "name")]


def test_a_name_that_fits_two_numbers_is_left_apart_and_counted() -> None:
    found = resolve(
        [party("Vagadote Ltd", "9100000001"), party("Vagadote Ltd", "9100000022"), party("vagadote ltd")],
        merge=Merge.NAME,
    )
    assert len(found.companies) == 3
    assert found.merging.ambiguous == 1


def test_economies_stay_apart_and_one_that_is_not_stated_joins_the_only_one() -> None:
    apart = resolve([party("Vagadote Ltd", economy="CHN"), party("Vagadote Ltd", economy="ARE")])
    assert len(apart.companies) == 2
    joined = resolve([party("Vagadote Ltd", economy="CHN"), party("Vagadote Ltd", economy=None)])
    assert len(joined.companies) == 1
    [number] = resolve([party("A b c d", "9100000001"), party("Other", "9100000001", None)]).companies.values()
    assert number.economy == "RUS"


def test_the_same_number_in_two_economies_is_two_companies() -> None:
    found = resolve([party("Vagadote", "9100000001", "CHN"), party("Lorimena", "9100000001", "RUS")])
    assert len(found.companies) == 2


def test_likeness_joins_those_without_a_number_and_says_how_surely() -> None:
    rows = [party("Vagadote Electronics Ltd", "9100000001", lines=5), party("ООО Vagadote"), party("Lorimena")]
    found = resolve(rows, build=stand)
    assert names(found) == {frozenset({"Vagadote Electronics Ltd", "ООО Vagadote"}), frozenset({"Lorimena"})}
    company = found.companies[found.of_party[rows[1].key]]
    assert company.merged_by == "similar"
    assert company.least_score == 0.97
    assert found.merging.score is not None
    assert len(resolve(rows, build=stand, merge=Merge.NAME).companies) == 3
    assert len(resolve(rows, build=stand, score=0.98).companies) == 3


def test_likeness_to_two_companies_with_numbers_joins_neither() -> None:
    rows = [party("Vagadote One", "9100000001"), party("Vagadote Two", "9100000022"), party("Vagadote")]
    found = resolve(rows, build=stand)
    assert len(found.companies) == 3
    assert found.merging.ambiguous == 1


def test_only_those_with_the_most_dollars_are_asked_about_and_the_rest_counted() -> None:
    rows = [party("Vagadote One", lines=9), party("Vagadote", lines=1), party("Lorimena", lines=2)]
    found = resolve(rows, build=stand, most_matched=1)
    assert found.merging.not_matched == 2


def test_without_merging_every_spelling_stands_for_itself() -> None:
    rows = [party("A co", "9100000001"), party("B co", "9100000001"), party("b CO")]
    found = resolve(rows, merge=Merge.NONE, build=stand)
    assert len(found.companies) == 3
    assert all(company.merged_by == "none" for company in found.companies.values())


@pytest.mark.parametrize(
    "number", [None, "", "0000000000", "-", "1111111", "12", "NONE", "0000000001", "UNKNOWN", "n/a"]
)
def test_placeholders_are_no_numbers(number: str | None) -> None:
    assert number_of(number) is None
    found = resolve([party("Vagadote", number), party("Lorimena", number)])
    assert len(found.companies) == 2


def test_of_several_numbers_the_first_counts() -> None:
    assert number_of("9100000001/770001001") == "9100000001"
    assert number_of("-; 9100000001") == "9100000001"
    assert number_of("77 000 000 00") == "7700000000"


def test_a_number_beside_too_many_names_merges_nothing() -> None:
    rows = [party(f"Name {number:03}", "9100000001") for number in range(NAMES_OF_ONE_NUMBER + 1)]
    found = resolve(rows)
    assert len(found.companies) == NAMES_OF_ONE_NUMBER + 1
    assert found.merging.crowded_numbers == 1
    assert len(resolve(rows[:-1]).companies) == 1


def test_lines_that_name_nobody_have_no_company() -> None:
    found = resolve([party(None, None), party("", ""), party(None, "9100000001")])
    assert len(found.companies) == 1
    assert set(found.of_party) == {("", "9100000001", "RUS")}


@pytest.mark.parametrize("name", ["🚢", "—", "\u202e\u200b", "x" * 100_000, "ﾃｽﾄ", "שלום", "\x00"])
def test_strange_names_stand_for_themselves(name: str) -> None:
    found = resolve([party(name), party("Vagadote")], build=stand)
    assert len(found.companies) == 2
    assert len(folded(name)) <= 1000


PARTIES = st.builds(
    DeclaredParty,
    st.sampled_from([None, "Vagadote Ltd", "vagadote ltd", "Vagadote", "Lorimena", "Лоримена", "🚢"]),
    st.sampled_from([None, "9100000001", "9100000022", "0000"]),
    st.sampled_from([None, "RUS", "CHN"]),
    st.integers(1, 5),
    st.floats(0, 1e6),
)


@given(st.lists(PARTIES, max_size=12, unique_by=lambda row: row.key), st.sampled_from(list(Merge)), st.randoms())
def test_what_holds_of_any_names(rows: list[DeclaredParty], merge: Merge, draw: object) -> None:
    found = resolve(rows, merge=merge, build=stand)
    named = [row for row in rows if row.name or row.identifier]
    assert set(found.of_party) == {row.key for row in named}
    assert set(found.of_party.values()) == set(found.companies)
    if merge is not Merge.NONE:
        for company in found.companies.values():
            assert len(company.identifiers) <= 1
            assert len(company.economies) <= 1
    # The order of the rows does not matter, nor does merging less ever make fewer companies.
    draw.shuffle(rows)  # type: ignore[attr-defined]
    again = resolve(rows, merge=merge, build=stand)
    assert again.of_party == found.of_party
    assert len(resolve(rows, merge=Merge.NONE).companies) >= len(found.companies)
