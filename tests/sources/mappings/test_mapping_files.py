"""Mapping files: faults are named with line and field; the saved ones are whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from stopgap.base.errors import InputError, NotFoundError
from stopgap.sources.mapping import load_mapping, mapping_names

WHOLE = """\
source: customs
frequency: M
period: {column: month}
reporter: {value: DEU}
partner: {column: partner, scheme: iso3}
flow: {value: X}
good: {column: code}
revision: {value: HS2022}
value: {column: value, currency: EUR, zero: reported}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "mapping.yml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", mapping_names())
def test_saved_mappings_are_whole(name: str) -> None:
    mapping = load_mapping(name)
    assert mapping.spec.title
    assert mapping.spec.url or name.endswith("-example")  # an example is for files of the user's own
    assert len(mapping.sha256) == 64


def test_the_hash_is_of_the_bytes(tmp_path: Path) -> None:
    first = load_mapping(write(tmp_path, WHOLE))
    assert load_mapping(write(tmp_path, WHOLE)).sha256 == first.sha256
    assert load_mapping(write(tmp_path, WHOLE + "# remark\n")).sha256 != first.sha256


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("frequency: M", "frequency: W", 2, "frequency"),
        ("frequency: M\n", "", 1, "frequency: is needed"),
        ("source: customs", "source: Customs Office", 1, "source"),
        ("reporter: {value: DEU}", "reporter: {value: DEU, column: r}", 4, "reporter: give exactly one of column, value"),
        ("scheme: iso3", "scheme: iso4", 5, "partner.scheme"),
        ("value: {column: value, ", "value: {column: value, unit: t, ", 9, "value.unit: no such field"),
        ("zero: reported", "zero: perhaps", 9, "value.zero"),
        (", zero: reported", "", 9, "value.zero: is needed"),
        ("currency: EUR", "currency: euro", 9, "value.currency"),
        ("currency: EUR", "scale: -1", 9, "value.scale"),
        ("period: {column: month}", "period:\n  column: month\n  format: [YYYYMM, YY]", 5, "period.format.1"),
        ("flow: {value: X}\n", "", 1, "missing: flow"),
        ("flow: {value: X}", "flow: {value: X}\nsource: again", 7, "source stands twice"),
        ("flow: {value: X}", "flow: {value: X", 7, "is not YAML"),
        ("flow: {value: X}", "where: [{column: a, equals: b, in: [c]}]\nflow: {value: X}", 6, "give exactly one of equals"),
        ("flow: {value: X}", "colour: red\nflow: {value: X}", 6, "colour: no such field"),
    ],
)  # fmt: skip
def test_faults_name_line_and_field(tmp_path: Path, old: str, new: str, line: int, what: str) -> None:
    text = WHOLE.replace(old, new, 1)
    assert text != WHOLE
    with pytest.raises(InputError) as raised:
        load_mapping(write(tmp_path, text))
    assert what in raised.value.what
    assert raised.value.where == f"mapping.yml, line {line}"


def test_all_faults_are_in_the_details(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="and 1 more") as raised:
        load_mapping(write(tmp_path, WHOLE.replace("frequency: M", "frequency: W").replace("iso3", "iso4")))
    faults = raised.value.details["faults"]
    assert isinstance(faults, list)
    assert [fault["line"] for fault in faults] == [2, 5]


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just text"])
def test_no_mapping_at_all(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="no fields"):
        load_mapping(write(tmp_path, text))


def test_an_unknown_name_lists_the_saved_ones() -> None:
    with pytest.raises(NotFoundError) as raised:
        load_mapping("comtrade-pears")
    assert "comtrade-pairs-84-85" in raised.value.fix


def test_wide_files_need_both_sides(tmp_path: Path) -> None:
    text = """\
source: wide
frequency: A
good: {value: "26"}
revision: {value: HS}
value: {zero: missing}
wide: [{columns: "y{period}", flow: X, reporter: {column: a}}]
"""
    with pytest.raises(InputError, match=r"missing: wide\[0\].partner"):
        load_mapping(write(tmp_path, text))
