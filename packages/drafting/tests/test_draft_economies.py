"""Economies as texts name them."""

from __future__ import annotations

import pytest

from stopgap_drafting.lexicon.economies import find_mentions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Finns and the Emiratis", ["FIN", "ARE"]),
        ("Finnish firms and Greek tankers", ["companies:FIN", "companies:GRC"]),
        ("Korea came on board, and so did the Koreans' banks.", ["KOR", "companies:KOR"]),
        ("North Korea, the North Koreans, South Koreans and the Republic of Korea", ["PRK", "PRK", "KOR", "KOR"]),
        ("on the Korean Peninsula and in the Korea Strait", []),
        ("a street in Xiamen, a free zone at Jebel Ali", ["CHN", "ARE"]),
        ("Niger and Nigeria, Norwegian and Danish", ["NER", "NGA", "NOR", "DNK"]),
        ("Czechs, the Czech Republic and Czechia", ["CZE", "CZE", "CZE"]),
    ],
)  # fmt: skip
def test_economies_are_known_by_people_adjective_and_city(text: str, expected: list[str]) -> None:
    assert [mention.actor for mention in find_mentions(text)] == expected
