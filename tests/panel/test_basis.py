"""Which figures a measure rests on: frequency, level, revision, source."""

from stopgap.base.vocab import Frequency
from stopgap.codes.goods import load_goods
from stopgap.panel.basis import Code, choose_basis, choose_sources, hs_revision

MACHINERY = load_goods("machinery-electronics")
CHPL = load_goods("chpl-2024-02")
CHIPS = load_goods("chips")


def code(good, *, value=100.0, frequency="A", source="comtrade", revision="HS2017", periods=4):
    return Code(frequency, source, revision, good, periods, value)


def test_the_finest_complete_level_is_taken():
    basis = choose_basis([code("84"), code("8471", value=99.0), code("847150", value=96.0)], MACHINERY)
    assert (basis.level, [match.good for match in basis.matches]) == ("HS6", ["847150"])
    basis = choose_basis([code("84"), code("8471", value=99.0), code("847150", value=90.0)], MACHINERY)
    assert (basis.level, [match.good for match in basis.matches]) == ("HS4", ["8471"])
    assert {match.good for match in basis.passed_over} == {"84", "847150"}


def test_months_are_taken_where_both_frequencies_hold_the_trade():
    monthly = code("847150", frequency="M", value=200.0, periods=24)  # 100 a year
    assert choose_basis([code("847150", value=400.0), monthly], MACHINERY).frequency is Frequency.MONTHLY
    assert choose_basis([code("847150", value=600.0), monthly], MACHINERY).frequency is Frequency.ANNUAL
    assert (
        choose_basis([code("847150", value=600.0), monthly], MACHINERY, frequency=Frequency.MONTHLY).frequency
        is Frequency.MONTHLY
    )
    assert choose_basis([code("847150")], MACHINERY, frequency=Frequency.MONTHLY) is None


def test_a_published_sum_matches_the_list_it_sums_and_no_other():
    assert choose_basis([code("84+85", revision="HS")], MACHINERY).level == "composite"
    assert choose_basis([code("basket:chips", revision="HS2012")], CHIPS).level == "composite"
    assert choose_basis([code("basket:chips", revision="HS2012")], MACHINERY) is None
    assert choose_basis([code("84+85", revision="HS")], CHPL) is None


def test_eight_digits_count_as_six_unless_the_source_has_six_itself():
    basis = choose_basis([code("84715000", revision="CN2021")], MACHINERY)
    assert [(match.good, match.panel_good) for match in basis.matches] == [("84715000", "847150")]
    both = choose_basis([code("84715000", revision="CN2021"), code("847150", revision="HS2017")], MACHINERY)
    assert [match.good for match in both.matches] == ["847150"]


def test_national_codes_of_eight_or_ten_digits_count_as_six():
    """China's eight digits and the United States' ten, in the HS revision of the year."""
    national = [
        code("84715010", source="china-customs", revision="HS2022"),
        code("8471500150", source="us-census", revision="HS2022"),
    ]
    basis = choose_basis(national, MACHINERY)
    assert (basis.level, {match.panel_good for match in basis.matches}) == ("HS6", {"847150"})
    assert {match.good for match in basis.matches} == {"84715010", "8471500150"}


def test_newer_codes_join_into_the_older_revision():
    # 854231 is in both; 851713 exists only since HS2022 and came from 851712.
    basis = choose_basis([code("851712"), code("851713", revision="HS2022")], MACHINERY)
    assert basis.revision == "HS2017"
    assert {match.panel_good for match in basis.matches} == {"851712"}


def test_a_code_outside_the_list_is_not_counted():
    basis = choose_basis([code("854231"), code("100199")], CHPL)
    assert {match.good for match in basis.matches} == {"854231"}
    assert len(basis.unmatched) > 0
    assert choose_basis([code("100199")], CHPL) is None


def test_the_source_with_more_periods_in_the_scarcer_window_is_taken():
    counts = [
        {"source": "a", "reporter": "CHN", "part": "baseline", "periods": 24},
        {"source": "a", "reporter": "CHN", "part": "after", "periods": 2},
        {"source": "b", "reporter": "CHN", "part": "baseline", "periods": 12},
        {"source": "b", "reporter": "CHN", "part": "after", "periods": 12},
    ]
    assert choose_sources(counts, {"CHN": {"a", "b"}, "TUR": {"a"}}) == {"CHN": "b", "TUR": "a"}


def test_cn_codes_belong_to_the_revision_of_their_year():
    assert [hs_revision(revision) for revision in ("CN2021", "CN2022", "HS2012")] == ["HS2017", "HS2022", "HS2012"]
