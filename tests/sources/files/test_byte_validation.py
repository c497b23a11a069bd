"""The one pass over a file's bytes."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stopgap.base.errors import InputError, UsageError
from stopgap.sources.files.byte_validation import EXPANSION_FREE, NO_TABLES, ByteCheck, check_bytes
from stopgap.sources.files.file_head import R_MAGIC, R_PACKINGS


def feed(path: Path, data: bytes, size: int, encoding: str | None = None) -> ByteCheck:
    path.write_bytes(data)
    check = ByteCheck(path, encoding)
    for start in range(0, len(data), size):
        check.feed(data[start : start + size])
    check.finish()
    return check


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("compress", [False, True])
def test_text_passes_however_it_is_cut_into_chunks(tmp_path: Path, size: int, compress: bool) -> None:
    data = "код,страна\n26,Кот-д’Ивуар 🚗\n".encode()
    feed(tmp_path / "f", gzip.compress(data) if compress else data, size)


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize("compress", [False, True])
def test_latin_1_is_named_with_byte_and_row(tmp_path: Path, size: int, compress: bool) -> None:
    data = b"a,b\n1,x\n2,C\xf4te d'Ivoire\n"
    with pytest.raises(InputError, match="byte 0xF4 at byte 11") as raised:
        feed(tmp_path / "f.csv", gzip.compress(data) if compress else data, size)
    assert raised.value.where == "f.csv, row 3, byte 11"
    assert "--encoding latin-1" in raised.value.fix


def test_latin_1_passes_when_named(tmp_path: Path) -> None:
    feed(tmp_path / "f", b"a,b\n2,C\xf4te d'Ivoire\n", 3, "latin-1")


def test_a_character_cut_at_the_end(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not UTF-8"):
        feed(tmp_path / "f", "a,é".encode()[:-1], 100)


@pytest.mark.parametrize("size", [2, 5, 1000])
def test_nul_bytes(tmp_path: Path, size: int) -> None:
    with pytest.raises(InputError, match="NUL byte at byte 6") as raised:
        feed(tmp_path / "f", b"a,b\n1,\x00\n", size)
    assert "row 2" in raised.value.where


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16(tmp_path: Path, encoding: str) -> None:
    data = "a,b\n1,2\n".encode(encoding)
    with pytest.raises(InputError, match="UTF-16"):
        feed(tmp_path / "f", data, 1000)
    feed(tmp_path / "f", data, 3, encoding)


@pytest.mark.parametrize("data", [b"", b" \n\r\n\t"])
@pytest.mark.parametrize("compress", [False, True])
def test_empty(tmp_path: Path, data: bytes, compress: bool) -> None:
    with pytest.raises(InputError, match="the file is empty"):
        feed(tmp_path / "f", gzip.compress(data) if compress else data, 1000)


@pytest.mark.parametrize("keep", [3, 15, 60, -1, -8])
def test_a_cut_gzip_file(tmp_path: Path, keep: int) -> None:
    data = gzip.compress(b"".join(b"%d,%d\n" % (number, number**7) for number in range(500)))
    with pytest.raises(InputError, match="before its data end"):
        feed(tmp_path / "f", data[:keep], 1000)


def test_a_damaged_gzip_file(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(b"a,b\n" * 5000))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(InputError, match=r"damaged|not UTF-8|NUL"):
        feed(tmp_path / "f", bytes(data), 1000)


def test_two_gzip_streams_one_after_the_other(tmp_path: Path) -> None:
    feed(tmp_path / "f", gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n"), 7)


def test_a_swollen_gzip_file(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with gzip.open(packed, "wb") as stream:
        for _ in range(EXPANSION_FREE // 1_000_000 + 10):
            stream.write(b"1" * 1_000_000)
    assert len(packed.getvalue()) < 200_000
    with pytest.raises(InputError, match="300 times its size"):
        feed(tmp_path / "f", packed.getvalue(), 65_536)


def test_a_cut_parquet_file(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "f.parquet"
    pq.write_table(pa.table({"a": [1, 2]}), path)
    check_bytes(path)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(InputError, match="cut off"):
        check_bytes(path)


def test_an_encoding_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'latin-99' is not an encoding"):
        ByteCheck(tmp_path / "f", "latin-99")


def test_the_last_byte_is_known(tmp_path: Path) -> None:
    assert feed(tmp_path / "f", b"a\n", 1).ends_in_line_end
    assert not feed(tmp_path / "f", b"a\nb", 2).ends_in_line_end


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=60), st.integers(1, 70))
def test_agrees_with_decoding_the_whole(tmp_path: Path, data: bytes, size: int) -> None:
    try:
        data.decode()
        expected = bool(data.strip()) and 0 not in data and data[:2] != b"\x1f\x8b" and data[:4] != b"PK\x03\x04"
    except UnicodeDecodeError:
        expected = False
    try:
        feed(tmp_path / "f", data, size)
        passed = True
    except InputError:
        passed = False
    # What begins as a file of another kind is checked by whoever reads that kind.
    assert passed == expected or data.startswith((b"PK\x03\x04", b"PAR1", *R_MAGIC, *R_PACKINGS, *NO_TABLES))
