"""Words of pages: the place of an error."""

from __future__ import annotations

import pytest

from stopgap.pages.words import place_words


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("--threshold", "threshold"),
        ("--other-file", "other-file"),
        ("query: month", "month"),
        ("body: list, entity", "list, entity"),
        ("form: name_column", "name column"),
        ("names_2024.csv, line 3", "names_2024.csv, line 3"),
        ("/companies/log", "/companies/log"),
    ],
)
def test_a_place_is_named_as_a_person_knows_it(where: str, said: str) -> None:
    assert place_words(where) == said
