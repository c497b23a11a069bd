"""Files that no source can read say what they are, where the fault is and how to fix it."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from itertools import product
from pathlib import Path

import duckdb
import pytest
from examples import some

from stopgap.base.errors import IdentityError, InputError, NotFoundError, StopgapError
from stopgap.sources.base import Staging
from stopgap.sources.lists.kinds import LIST_SOURCES
from stopgap.sources.registry import BUILT_IN, CopiedFile, get_source, is_list, read_file, recognise, sources

Write = Callable[..., Path]


def test_every_source_says_what_it_is() -> None:
    names = [source.name for source in sources()]
    assert len(set(names)) == len(names)
    assert {"comtrade", "canonical", "mapping"} <= set(names)
    for source in sources():
        assert source.title
        assert source.how
        assert source.terms
        assert source.parser.startswith(f"{source.name}/")
        assert get_source(source.name) is source
    live = {source.name for source in sources() if source.request() is not None}
    assert live == {"comtrade", "eurostat", "us-census", "hmrc"}


def test_built_in_sources_stand_under_their_names() -> None:
    assert [get_source(name).name for name in BUILT_IN] == list(BUILT_IN)
    assert [name for name in BUILT_IN if is_list(name)] == [kind.name for kind in LIST_SOURCES]


def test_an_unknown_source() -> None:
    with pytest.raises(NotFoundError) as raised:
        get_source("comtrad")
    assert "comtrade, canonical, " in raised.value.fix


def test_counts_must_add_up(con: duckdb.DuckDBPyConnection, comtrade: Write) -> None:
    staging = read_file(con, comtrade({}))
    wrong = Staging(**{**{name: getattr(staging, name) for name in Staging.__slots__}, "rows_read": 2})
    with pytest.raises(IdentityError, match="2 rows were read but 1 are accounted for"):
        get_source("comtrade").finish(con, wrong)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "the file is empty"),
        (b"\n\n  \n", "the file is empty"),
        (b"<!DOCTYPE html><html><body>Sign in to continue</body></html>", "web page or XML.*Sign in"),
        (b"\xef\xbb\xbf  <html>", "web page or XML"),
        (b"<?xml version='1.0'?><a/>", "web page or XML"),
        ("period,a\n".encode("utf-16"), "UTF-16"),
        (b"colour,size\nred,3\n", "the format of the file is not known"),
        (b'{"answer": 42}', "the format of the file is not known"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "NUL byte"),
        (gzip.compress(b"", mtime=0), "the file is empty"),
        (b"\x1f\x8b\x08\x00" + b"\xff" * 50, "gzip file"),
    ],
)
def test_what_is_no_table(con: duckdb.DuckDBPyConnection, tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=what) as raised:
        read_file(con, path)
    assert "file.csv" in raised.value.where
    assert raised.value.fix


def test_the_name_that_the_user_knows(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (tmp_path / "0a1b").write_bytes(b"<html>")
    with pytest.raises(InputError) as raised:
        read_file(con, tmp_path / "0a1b", copied=CopiedFile("trade.csv"))
    assert raised.value.where == "trade.csv"


def test_a_file_that_is_not_there(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: no file at"):
        read_file(con, tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read_file(con, tmp_path)


def test_an_archive_is_to_be_unpacked(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "f.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "a,b\n")
    with pytest.raises(InputError, match="zip archive"):
        read_file(con, path)


@pytest.mark.parametrize(
    ("column", "stand_in"),
    [
        ("period", "refYear"),
        ("reporterCode", "reporterISO"),
        ("partnerCode", "partnerISO"),
        ("flowCode", "flowDesc"),
        ("cmdCode", "cmdDesc"),
        ("primaryValue", "isReported"),
    ],
)
def test_a_header_without_a_needed_column(
    con: duckdb.DuckDBPyConnection, comtrade: Write, column: str, stand_in: str
) -> None:
    path = comtrade({})
    header, rows = path.read_text().split("\n", 1)
    names = ["other" if name in (column, stand_in) else name for name in header.split(",")]
    path.write_text(",".join(names) + "\n" + rows)
    with pytest.raises(InputError, match=f"the header lacks the column {column}") as raised:
        read_file(con, path)
    assert "row 1" in raised.value.where


def test_a_header_and_no_rows(con: duckdb.DuckDBPyConnection, comtrade: Write) -> None:
    with pytest.raises(InputError, match="a header and no data rows"):
        read_file(con, comtrade())


CHINA, JAPAN = {"partnerCode": "156"}, {"partnerCode": "392"}


@pytest.mark.parametrize("keep", [-200, -100, -30, -14, -8, -3, -2])
def test_half_a_file(con: duckdb.DuckDBPyConnection, comtrade: Write, keep: int) -> None:
    path = comtrade(CHINA, JAPAN, {})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"ends in the middle|left open") as raised:
        read_file(con, path)
    assert "download" in raised.value.fix


def test_a_file_cut_to_its_header_and_part_of_a_row(con: duckdb.DuckDBPyConnection, comtrade: Write) -> None:
    path = comtrade({})
    header = path.read_bytes().index(b"\n")
    path.write_bytes(path.read_bytes()[: header + 40])
    with pytest.raises(InputError, match="the file ends in the middle of row 2"):
        read_file(con, path)


def test_a_last_row_without_line_end_is_read(con: duckdb.DuckDBPyConnection, comtrade: Write) -> None:
    path = comtrade(CHINA, JAPAN)
    path.write_bytes(path.read_bytes()[:-1])
    assert read_file(con, path).rows_read == 2


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("C,A,2023", "row 3 has too few columns: 3 instead of 47"),
        (",".join(["1"] * 49), "row 3 has too many columns: 48 or more instead of 47"),
        ('C,A,"2023', "a quotation mark in row 3 is left open"),
        ("x" * 1_200_000, "row 3 is longer than 1 MB"),
        ('"' + "x" * 1_200_000 + '"' + ",1" * 46, "row 3 is longer than 1 MB"),
    ],
)
def test_rows_of_another_shape(con: duckdb.DuckDBPyConnection, comtrade: Write, row: str, what: str) -> None:
    path = comtrade(CHINA, JAPAN, {})
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:2], row + "\n", *lines[2:]]))
    with pytest.raises(InputError, match=what) as raised:
        read_file(con, path)
    assert "comtrade.csv, row 3" in raised.value.where


def test_rows_that_end_in_different_ways(con: duckdb.DuckDBPyConnection, comtrade: Write) -> None:
    path = comtrade(CHINA, JAPAN, {})
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(lines[0] + b"\n" + lines[1] + b"\r\n" + b"\n".join(lines[2:]))
    with pytest.raises(InputError, match="end in different ways"):
        read_file(con, path)


@pytest.mark.parametrize("is_gzip", [False, True])
def test_a_wrong_encoding_in_a_column_that_is_not_read(
    con: duckdb.DuckDBPyConnection, comtrade: Write, is_gzip: bool
) -> None:
    path = comtrade({}, {"partnerCode": "384", "partnerDesc": "Côte d'Ivoire"})
    data = path.read_text(encoding="utf-8").encode("latin-1")
    path.write_bytes(gzip.compress(data) if is_gzip else data)
    staging = read_file(con, path)
    assert staging.rows_read == 2
    assert staging.warnings == ("the file is not UTF-8; it was read as latin-1",)


def test_a_header_that_never_ends(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{number}" for number in range(10_001)) + "\n1\n")
    with pytest.raises(InputError, match="10,001 columns"):
        read_file(con, path)
    path.write_text("x" * 2_000_000)
    with pytest.raises(InputError, match="the first line is longer than 1 MB"):
        recognise(path)


def test_a_parquet_file_cut_off(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    duckdb.connect().execute(f"COPY (SELECT 1 AS period, 'A' AS frequency) TO '{path}'")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="cut off"):
        read_file(con, path)


@pytest.mark.in_parts
def test_all_faults_are_ours(con: duckdb.DuckDBPyConnection, comtrade: Write) -> None:
    """Whatever a row holds, the answer is rows, rejects or one of our errors."""
    texts = ('"', '""', '"a"b', "\x01", "\\", "'; DROP TABLE staged; --", "=1+1", "9" * 400, "1e999", "٣", "𝟛")
    columns = ("period", "reporterCode", "cmdCode", "primaryValue", "cmdDesc", "motCode", "isQtyEstimated")
    cases = some(list(product(texts, columns)), every=4)
    assert {text for text, _ in cases} == set(texts)
    assert {column for _, column in cases} == set(columns)
    for text, column in cases:
        path = comtrade(CHINA, {})
        lines = path.read_text().splitlines()
        cells = ["0"] * 47
        cells[lines[0].split(",").index(column)] = text
        path.write_text("\n".join([*lines, ",".join(cells)]) + "\n", encoding="utf-8")
        with duckdb.connect() as fresh:
            try:
                staging = read_file(fresh, path)
            except StopgapError:
                continue
            assert staging.rows_read == 3
