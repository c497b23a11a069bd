"""The parts of a listed name that a query has too are marked, in any script; nothing of the name is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.screening.matching.highlight import name_parts


def _marked(query: str, name: str) -> str:
    return "".join(f"[{part.text}]" if part.is_found else part.text for part in name_parts(query, name))


@pytest.mark.parametrize(
    ("query", "name", "marked"),
    [
        ("Northwind Trading", "Northwind Trading OOO", "[Northwind] [Trading] OOO"),
        ("Northwind Trading OOO", "Southwind «Trading» OOO", "Southwind «[Trading]» [OOO]"),
        ("Nortwind", "NORTHWIND, Ltd.", "[NORTHWIND], Ltd."),
        ("Northern Wind", "АО Северный ветер", "АО [Северный] ветер"),
        ("Blue Harbour", "Quiet Orchard", "Quiet Orchard"),
    ],
)
def test_words_of_the_query_are_marked(query: str, name: str, marked: str) -> None:
    assert _marked(query, name) == marked


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_parts_are_the_name(query: str, name: str) -> None:
    assert "".join(part.text for part in name_parts(query, name)) == name
