"""Text as a brief prints it."""

from __future__ import annotations

import pytest

from stopgap.briefs.formats.text import NBSP, one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [("a  b\n\nc ", "a b c"), (f"USD{NBSP}30.9{NBSP}bn", f"USD{NBSP}30.9{NBSP}bn"), ("a\tb\r\nc", "a b c"), ("", "")],
)
def test_runs_of_spaces_and_line_breaks_become_one_space(text: str, line: str) -> None:
    assert one_line(text) == line
