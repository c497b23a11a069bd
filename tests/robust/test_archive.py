"""Zip archives: the tables inside, and everything that an archive may hold to do harm."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from comtrade_files import comtrade_row, csv_bytes

from stopgap.base.errors import InputError
from stopgap.sources.files.archive import is_archive, open_archives

TABLE = csv_bytes([comtrade_row(cmdCode=f"8542{n}", primaryValue=f"{n}.5") for n in range(31, 40)])
OTHER = csv_bytes([comtrade_row(cmdCode=f"8471{n}", primaryValue=f"{n}.5") for n in range(31, 40)])
CODES = b"country_code,country_name\r\n156,China\r\n643,Russian Federation\r\n"


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these files."""
    sink = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names that stand twice are the point of a test
        with zipfile.ZipFile(sink, "w", packing) as archive:
            for name, content in entries:
                archive.writestr(name, content)
    return sink.getvalue()


def entry(name: str, mode: int) -> zipfile.ZipInfo:
    """An entry with the mode of a file on Unix."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def patched(content: bytes, **fields: int) -> bytes:
    """An archive whose headers say otherwise: flags, and the size that comes out."""
    changed = bytearray(content)
    local, central = 0, content.index(b"PK\x01\x02")
    if "flags" in fields:
        struct.pack_into("<H", changed, local + 6, fields["flags"])
        struct.pack_into("<H", changed, central + 8, fields["flags"])
    if "packing" in fields:
        struct.pack_into("<H", changed, local + 8, fields["packing"])
        struct.pack_into("<H", changed, central + 10, fields["packing"])
    if "size" in fields:
        struct.pack_into("<I", changed, local + 22, fields["size"])
        struct.pack_into("<I", changed, central + 24, fields["size"])
    return bytes(changed)


def opened(folder: Path, content: bytes, **options):
    """What is found in an archive, and that nothing was put anywhere else."""
    path = folder / "figures.zip"
    path.write_bytes(content)
    before = set(folder.rglob("*"))
    try:
        return open_archives([path], folder / "inner", **options)
    finally:
        outside = {made for made in set(folder.rglob("*")) - before if folder / "inner" not in (made, *made.parents)}  # fmt: skip
        assert not outside
        assert not any(made.is_symlink() for made in (folder / "inner").rglob("*"))


def test_one_table_is_taken_whatever_it_is(tmp_path):
    found = opened(tmp_path, zipped(("some/folder/data.csv", b"a;b\n1;2\n")))
    [path] = found.files
    assert path.name == "figures - data.csv"
    assert path.read_bytes() == b"a;b\n1;2\n"
    assert found.warnings == ()


def test_several_tables_of_one_format_are_taken_and_others_named(tmp_path):
    found = opened(
        tmp_path,
        zipped(("y2021.csv", TABLE), ("y2022.csv", OTHER), ("codes.csv", CODES), ("__MACOSX/._y2021.csv", b"x")),
    )  # fmt: skip
    assert [path.read_bytes() for path in found.files] == [TABLE, OTHER]
    assert found.warnings == (
        "figures.zip: left out, being of no known format: codes.csv",
        "figures.zip: left out, being of a file manager: __MACOSX/._y2021.csv",
    )


def test_with_a_mapping_every_file_is_taken(tmp_path):
    found = opened(tmp_path, zipped(("a.csv", CODES), ("b.csv", TABLE)), takes_all=True)
    assert [path.read_bytes() for path in found.files] == [CODES, TABLE]


def test_other_files_and_workbooks_stay_as_they_are(tmp_path):
    table, book = tmp_path / "a.csv", tmp_path / "b.xlsx"
    table.write_bytes(TABLE)
    book.write_bytes(zipped(("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>")))
    found = open_archives([table, book, tmp_path / "none"], tmp_path / "inner")
    assert found.files == (table, book, tmp_path / "none")
    assert not is_archive(book)


CANONICAL = (
    b"period,frequency,reporter,partner,flow,good,revision,value_usd,valuation,source\n"
    b"2021-01-01,A,CHN,RUS,X,854231,HS2017,5,FOB,me\n"
)


@cache
def bomb() -> bytes:
    """A few bytes that come out as 300 million; made when a test first asks for them."""
    return zipped(("data.csv", bytes(300_000_000)))


HARMFUL: dict[str, tuple[bytes | Callable[[], bytes], str]] = {
    "empty": (zipped(), "holds no files"),
    "folders alone": (zipped((entry("folder/", stat.S_IFDIR | 0o755), b"")), "holds no files"),
    "up and out": (zipped(("../../data.csv", TABLE)), "leads out"),
    "up and out in the middle": (zipped(("a/../../data.csv", TABLE)), "leads out"),
    "absolute": (zipped(("/data.csv", TABLE)), "leads out"),
    "of Windows": (zipped(("..\\..\\data.csv", TABLE)), "leads out"),
    "a drive": (zipped(("C:\\data.csv", TABLE)), "leads out"),
    "a control character": (zipped(("da\x1bta.csv", TABLE)), "leads out"),
    "a link": (zipped((entry("data.csv", stat.S_IFLNK | 0o777), b"/etc/passwd")), "a link"),
    "one name twice": (zipped(("data.csv", TABLE), ("data.csv", OTHER)), "two files of one name"),
    "encrypted": (patched(zipped(("data.csv", TABLE)), flags=1), "encrypted"),
    "another packing": (zipped(("data.csv", TABLE), packing=zipfile.ZIP_LZMA), "packed in a way"),
    "an unknown packing": (patched(zipped(("data.csv", TABLE)), packing=97), "packed in a way"),
    "another archive": (zipped(("data.zip", zipped(("data.csv", TABLE)))), "another archive"),
    "gzip inside": (zipped(("data.csv.gz", b"\x1f\x8b\x08" + bytes(40))), "another archive"),
    "too many files": (zipped(*((f"{n}.csv", b"x") for n in range(1001))), "1,001 files"),
    "several formats": (zipped(("a.csv", TABLE), ("b.csv", CANONICAL)), "several formats: canonical, comtrade"),
    "no table": (zipped(("a.txt", b"hello\n"), ("b.txt", b"you\n")), "none of the 2 files"),
    "an empty table among others": (zipped(("a.csv", TABLE), ("b.csv", b"")), "the file is empty"),
    "cut off": (zipped(("data.csv", TABLE))[:-30], "damaged or cut off"),
    "the front alone": (zipped(("data.csv", TABLE))[:300], "damaged or cut off"),
    "noise": (b"PK\x03\x04" + bytes(range(256)) * 4, "damaged or cut off"),
    "a bomb": (bomb, "300 times its size"),
    "a bomb that says it is small": (
        lambda: patched(bomb(), size=1000), "damaged or cut off|300 times",
    ),
}  # fmt: skip


@pytest.mark.parametrize("harm", HARMFUL)
def test_an_archive_that_may_do_harm_is_refused(tmp_path, harm):
    content, says = HARMFUL[harm]
    with pytest.raises(InputError, match=says) as caught:
        opened(tmp_path, content() if callable(content) else content)
    assert caught.value.where.startswith("figures")
    assert caught.value.fix
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 100_000_000


def test_a_flipped_byte_is_noticed(tmp_path):
    content = bytearray(zipped(("data.csv", TABLE), packing=zipfile.ZIP_STORED))
    content[len(TABLE) // 2] ^= 1
    with pytest.raises(InputError, match="damaged or cut off"):
        opened(tmp_path, bytes(content))


def test_files_that_overlap_are_not_unpacked_twice(tmp_path):
    # Two entries of the list that point at the same bytes: how the worst bombs are made.
    content = zipped(("a.csv", TABLE), ("b.csv", OTHER))
    changed = bytearray(content)
    second = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", changed, second + 42, 0)
    with pytest.raises(InputError, match="damaged or cut off"):
        opened(tmp_path, bytes(changed))
