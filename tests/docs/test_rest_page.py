"""The page on REST has every address with its parameters, every form, and every error."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stopgap.service.rest.forms import AnswerForm
from stopgap.service.rest.openapi import ERRORS
from stopgap.service.rest.operation import RestOperation
from stopgap.service.rest.operations import OPERATIONS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "rest.md").read_text("utf-8")


def rows(title: str) -> list[list[str]]:
    """The rows of the table under a heading."""
    part = PAGE.partition(f"{title}\n")[2].partition("\n## ")[0].partition("\n### ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_address_stands_there_with_its_parameters(operation: RestOperation) -> None:
    [row] = [row for row in rows(f"### {operation.method}") if row[0] == f"`{operation.path.strip('/')}`"]
    named = re.findall(r"`(\w+)`", row[2])
    assert named == [
        *(each.name for each in operation.parameters), *operation.body, *(each.name for each in operation.uploads)
    ]  # fmt: skip
    assert row[1].startswith(operation.summary)


def test_there_are_no_others() -> None:
    assert len(rows("### GET")) + len(rows("### POST")) == len(OPERATIONS)


def test_every_form_and_every_error_stand_there() -> None:
    assert [row[0] for row in rows("## Forms")] == [f"`.{form}`" for form in AnswerForm]
    for row, form in zip(rows("## Forms"), AnswerForm, strict=True):
        assert form is AnswerForm.METADATA or row[1] == f"`{form.media_type.partition(';')[0]}`"
    said = {int(row[0]): row[1] for row in rows("## Errors")}
    assert said.keys() == ERRORS.keys() | {500}
