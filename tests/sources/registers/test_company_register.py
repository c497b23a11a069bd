"""Registers with days of foundation: what is read, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from stopgap.base.errors import InputError, NotFoundError
from stopgap.sources.registers.company_register import read_register


def read(folder: Path, content: bytes) -> object:
    path = folder / "register.csv"
    path.write_bytes(content)
    return read_register(path)


def test_rows_with_a_day_are_kept_and_the_others_counted(tmp_path: Path) -> None:
    content = "\ufeffname,other,founded_on,identifier\n«Пример» 🚢,x,2022-03-01,12345\n,x,2020-01-31,9\nA,,,\n".encode()
    found = read(tmp_path, content)
    assert found.rows == (("12345", "«Пример» 🚢", "2022-03-01"), ("9", None, "2020-01-31"))  # type: ignore[attr-defined]
    assert found.without_day == 1  # type: ignore[attr-defined]


def test_one_of_number_and_name_will_do(tmp_path: Path) -> None:
    assert read(tmp_path, b"name,founded_on\nA,2022-03-01\n").rows == ((None, "A", "2022-03-01"),)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("content", "what", "where"),
    [
        (b"", "lacks a column", "line 1"),
        (b"name,day\nA,2022-03-01\n", "lacks a column", "line 1"),
        (b"founded_on\n2022-03-01\n", "lacks a column", "line 1"),
        (b"name,founded_on\nA,01.03.2022\n", "is not a day", "line 2"),
        (b"name,founded_on\nA,2022-13-01\n", "is not a day", "line 2"),
        (b"name,founded_on\nA,2022-03-01\nB\n", "cut short", "line 3"),
        (b"name,founded_on\nA,2022-03-01,more\n", "cut short", "line 2"),
        (b'name,founded_on\n"A,2022-03-01\n', "not CSV", "line"),
        (b"name,founded_on\n" + b"x" * 2000 + b",2022-03-01\n", "cut short", "line 2"),
        (b"<!DOCTYPE html><p>busy", "not a CSV", "register.csv"),
        (b"PK\x03\x04\x00\x00", "not a CSV", "register.csv"),
        ("name,founded_on\nПример,2022-03-01\n".encode("cp1251"), "not UTF-8", "byte"),
    ],
)
def test_what_is_no_register_is_refused(content: bytes, what: str, where: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, content)
    assert what in caught.value.what
    assert where in str(caught.value.where)
    assert caught.value.fix


def test_a_name_of_ten_million_letters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read(tmp_path, b"name,founded_on\n" + b"x" * 10_000_000 + b",2022-03-01\n")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_register(tmp_path / "none.csv")
