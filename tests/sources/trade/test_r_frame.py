"""Files of R: how they are packed, what is no table of figures, and that a damaged one does no harm."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from comtrade_row import DEFAULTS

from stopgap.base.errors import InputError, UsageError
from stopgap.sources.registry import read_file, recognise
from stopgap.sources.trade import r_frame as rframe

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data"
CODES = sorted((SHARED / "trade" / "comtradr-vignettes").glob("ref_*.rds"))

Frame = Callable[..., bytes]


@pytest.fixture
def figures(tmp_path: Path) -> bytes:
    """A file of R with one row of Comtrade's, not packed."""
    import pandas as pd
    import pyreadr

    path = tmp_path / "made.rda"
    pyreadr.write_rdata(str(path), pd.DataFrame([DEFAULTS]), df_name="figures")
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, bz2.compress, lzma.compress], ids=["plain", "gzip", "bzip2", "xz"]
)
def test_every_packing_of_r(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, figures: bytes, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "figures.rda"
    path.write_bytes(pack(figures))
    assert recognise(path).name == "comtrade"
    assert read_file(con, path).rows_read == 1
    assert con.execute("SELECT reporter, good, value_usd FROM staged").fetchall() == [("DEU", "854231", 100.0)]


def test_without_the_reader_the_mend_is_named(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, figures: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "pyreadr.py").write_text("raise ImportError('hidden')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "hidden"))
    path = tmp_path / "figures.rda"
    path.write_bytes(figures)
    with pytest.raises(UsageError, match="files of R need a reader") as raised:
        read_file(con, path)
    assert "pip install 'stopgap[r]'" in raised.value.fix


@pytest.mark.prove_only
@pytest.mark.skipif(not CODES, reason="../shared/data is not here")
def test_tables_of_codes_are_refused(con: duckdb.DuckDBPyConnection) -> None:
    for path in CODES[:3]:
        with pytest.raises(InputError, match="no figures of Comtrade: it is a table of codes"):
            read_file(con, path)


@pytest.mark.prove_only
def test_several_frames_are_refused(con: duckdb.DuckDBPyConnection, tmp_path: Path, figures: bytes) -> None:
    # An .rda is a list of pairs; its end is one marker, so the pairs of two files make one.
    start, end = figures[: figures.index(b"X\n") + 2], figures[-4:]
    body = figures.removeprefix(start).removesuffix(end)
    pairs = body[12:] if body[:3] == b"\x00\x00\x00" else body
    path = tmp_path / "two.rda"
    path.write_bytes(start + body + pairs.replace(b"figures", b"figure2") + end)
    with pytest.raises(InputError, match="holds 2 data frames"):
        read_file(con, path)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("kept", [0.3, 0.9])
@pytest.mark.parametrize("is_packed", [True, False])
def test_a_file_cut_off(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, figures: bytes, kept: float, is_packed: bool
) -> None:
    whole = bz2.compress(figures) if is_packed else figures
    path = tmp_path / "figures.rda"
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(InputError, match="damaged or cut off"):
        read_file(con, path)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("at", [40, 60, 200])
def test_lengths_that_cannot_be(con: duckdb.DuckDBPyConnection, tmp_path: Path, figures: bytes, at: int) -> None:
    path = tmp_path / "figures.rda"
    path.write_bytes(figures[:at] + b"\x7f\xff\xff\xff" + figures[at + 4 :])
    with pytest.raises(InputError):
        read_file(con, path)


def test_a_reader_that_hangs_is_ended(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, figures: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rframe, "_CHILD", "import time\ntime.sleep(60)")
    monkeypatch.setattr(rframe, "TIME_LIMIT_S", 1)
    path = tmp_path / "figures.rda"
    path.write_bytes(figures)
    with pytest.raises(InputError, match="damaged or cut off") as raised:
        read_file(con, path)
    assert "more than 1 seconds" in raised.value.where


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress, gzip.compress])
def test_a_bomb_is_not_unpacked(
    con: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    figures: bytes,
    pack: Callable[[bytes], bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rframe, "UNPACKED_LIMIT", 3_000_000)
    path = tmp_path / "figures.rda"
    path.write_bytes(pack(figures + bytes(8_000_000)))
    with pytest.raises(InputError, match="unpacks to more than"):
        read_file(con, path)


@pytest.mark.prove_only
def test_a_frame_of_something_else(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    import pandas as pd
    import pyreadr

    path = tmp_path / "cars.rds"
    pyreadr.write_rds(str(path), pd.DataFrame({"speed": [4.0, 7.0], "dist": [2.0, 4.0]}))
    with pytest.raises(InputError, match="the data frame holds no figures of Comtrade") as raised:
        read_file(con, path)
    assert "speed, dist" in raised.value.where


@pytest.mark.prove_only
def test_a_frame_of_too_many_columns_is_refused(tmp_path):
    pandas = pytest.importorskip("pandas")
    pyreadr = pytest.importorskip("pyreadr")
    import duckdb

    from stopgap.base.errors import InputError
    from stopgap.sources.files.limits import COLUMN_LIMIT
    from stopgap.sources.registry import read_file

    path = tmp_path / "wide.rds"
    pyreadr.write_rds(str(path), pandas.DataFrame([[1.0] * (COLUMN_LIMIT + 1)], columns=[f"c{n}" for n in range(COLUMN_LIMIT + 1)]))  # fmt: skip
    with duckdb.connect() as con, pytest.raises(InputError, match="columns or more"):
        read_file(con, path)
