"""Acts of the audit log in words."""

from __future__ import annotations

import pytest

from stopgap.pages.people.acts import act_words, outcome_words


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("POST /api/v1/imports", "imported files"),
        ("POST /claims/{id}/test", "tested a statement"),
        ("POST /data/files/{receipt}/withdraw", "took a file back"),
        ("people add", "added a person"),
        ("DELETE /api/v1/tokens/{id}", "DELETE /api/v1/tokens/{id}"),
        ("POST /new/act", "POST /new/act"),
    ],
)
def test_an_act_is_told_in_words_or_as_it_stands(what: str, said: str) -> None:
    assert act_words(what) == said


def test_an_outcome_says_whether_it_was_done() -> None:
    assert [outcome_words(each) for each in ("done", "202", "204", "403", "500")] == [
        "done", "done", "done", "refused (403)", "failed (500)"
    ]  # fmt: skip
