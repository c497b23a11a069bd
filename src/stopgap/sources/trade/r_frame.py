"""Read data frames saved by R (.rda, .rds) in a child process.

The reader is C code that parses untrusted files, so it runs in a child process with limits on memory and time, which
writes the frames as Parquet.
"""

from __future__ import annotations

import bz2
import json
import lzma
import subprocess
import sys
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import duckdb

from stopgap.base.errors import InputError, UsageError
from stopgap.base.sql import quoted
from stopgap.sources.base import Reading
from stopgap.sources.files.file_head import GZIP_MAGIC
from stopgap.sources.files.limits import COLUMN_LIMIT, refuse_columns

UNPACKED_LIMIT = 2 * 1024**3
"""Maximum unpacked size of a file, in bytes; a frame of ten million rows takes about this."""
MEMORY_LIMIT = 6 * 1024**3
TIME_LIMIT_S = 60
"""Time limit in seconds for any file; each 5 MB of its unpacked size adds one second."""
PIECE = 1024 * 1024

LACKING = 40
"""Exit code of the child process if the reader (pyreadr) is not installed."""


@dataclass(frozen=True, slots=True)
class RDataFrame:
    """One data frame of the file; ``name`` is its name in R, or empty; ``others`` names the file's unread objects."""

    name: str
    columns: tuple[str, ...]
    others: tuple[str, ...] = ()


def load_frame(con: duckdb.DuckDBPyConnection, reading: Reading, *, table: str) -> RDataFrame:
    """Load the file's data frame into a table of text columns ``c0``, ``c1`` ….

    Whole numbers are written without ".0", since R stores codes as numbers too.

    Raises:
        InputError: The file is damaged, too large, or does not hold exactly one data frame.
        UsageError: The reader is not installed.
    """
    patience_s = TIME_LIMIT_S + _unpacked_size(reading) // 5_000_000
    with tempfile.TemporaryDirectory(prefix="stopgap-r-") as folder:
        frames = _read(reading, Path(folder), patience_s)
        if len(frames) != 1:
            names = ", ".join(frame.name for frame in frames)
            raise InputError(
                f"the R file holds {len(frames)} data frames" if frames else "the R file holds no data frame",
                where=f"{reading.name}: {names[:200]}" if names else reading.name,
                fix="save the one that holds the figures in a file of its own",
            )
        path = quoted(Path(folder) / "0.parquet")
        kinds = con.execute(f"SELECT column_name, column_type FROM (DESCRIBE FROM read_parquet({path}))").fetchall()
        texts = ", ".join(
            f"CASE WHEN {name} = floor({name}) AND abs({name}) < 1e15 THEN {name}::BIGINT::VARCHAR ELSE {name}::VARCHAR END AS {name}"
            if kind == "DOUBLE"
            else f"{name}::VARCHAR AS {name}"
            for name, kind in kinds
        )
        con.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {texts} FROM read_parquet({path})")
    return frames[0]


def _unpacked_size(reading: Reading) -> int:
    """Return the unpacked size of the file in bytes, decompressing it in pieces; InputError if damaged or too large."""
    found = 0
    try:
        with reading.path.open("rb") as stream:
            magic = stream.read(6)
            stream.seek(0)
            unpacker: zlib._Decompress | bz2.BZ2Decompressor | lzma.LZMADecompressor
            if magic[:2] == GZIP_MAGIC:
                unpacker = zlib.decompressobj(wbits=31)
            elif magic[:3] == b"BZh":
                unpacker = bz2.BZ2Decompressor()
            elif magic[:4] == b"\xfd7zX":
                unpacker = lzma.LZMADecompressor(memlimit=1024**3)
            else:
                return reading.path.stat().st_size
            while not unpacker.eof and (piece := stream.read(PIECE)):
                while True:
                    found += len(unpacker.decompress(piece, PIECE))
                    if found > UNPACKED_LIMIT:
                        raise InputError(
                            f"the R file unpacks to more than {UNPACKED_LIMIT / 1024**3:.0f} GB",
                            where=reading.name,
                            fix="save it in parts, or as CSV",
                        )
                    if isinstance(unpacker, bz2.BZ2Decompressor | lzma.LZMADecompressor):
                        piece = b""
                        if unpacker.needs_input or unpacker.eof:
                            break
                    else:
                        piece = unpacker.unconsumed_tail
                        if not piece:
                            break
            is_whole = unpacker.eof
            rest = len(unpacker.unused_data) + len(stream.read(PIECE))
            if is_whole and rest and magic[:2] != GZIP_MAGIC:
                raise InputError(
                    "the R file goes on behind its end",
                    where=f"{reading.name}: {rest:,} bytes or more",
                    fix="save each file by itself; nothing was imported",
                )
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
        raise _damaged(reading, str(error)) from error
    if not is_whole:
        raise _damaged(reading, "it ends too early")
    return found


def _damaged(reading: Reading, why: str) -> InputError:
    return InputError(
        "the R file is damaged or cut off",
        where=f"{reading.name}: {' '.join(why.split())[:200]}",
        fix="download or save it again; figures in another form than a data frame are to be saved as CSV",
    )


def _read(reading: Reading, folder: Path, patience_s: int) -> list[RDataFrame]:
    """Run the child process, which writes the frames to ``0.parquet``, ``1.parquet`` … in the folder."""
    try:
        child = subprocess.run(
            [sys.executable, "-P", "-c", _CHILD, str(reading.path), str(folder), str(MEMORY_LIMIT)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=patience_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _damaged(reading, f"reading it took more than {patience_s} seconds") from error
    if child.returncode == LACKING:
        raise UsageError(
            "files of R need a reader that is not installed",
            where=reading.name,
            fix="pip install 'stopgap[r]', or save the data frame as CSV in R: write.csv(x, 'x.csv', row.names = FALSE)",
        )
    if child.returncode != 0:
        lines = child.stderr.decode("utf-8", errors="replace").strip().splitlines()
        raise _damaged(reading, lines[-1] if lines else f"the reader left with {child.returncode}")
    found, others = json.loads(child.stdout)
    for _, columns in found:
        refuse_columns(columns, reading.name)
    return [RDataFrame(name, tuple(columns), tuple(others)) for name, columns in found]


_CHILD = f"""
import json, sys, warnings
path, folder, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
except (ImportError, ValueError, OSError):
    pass  # not every system has it
try:
    import pandas, pyreadr
except ImportError:
    sys.exit({LACKING})
import pyarrow as pa
import pyarrow.parquet as pq
warnings.simplefilter("ignore")

def column(values):
    if values.dtype.kind in "biuf":
        return pa.array(values, from_pandas=True)
    return pa.array([None if pandas.isna(value) else str(value) for value in values], pa.string())

found, others = [], []
for name, frame in pyreadr.read_r(path).items():
    if not hasattr(frame, "columns"):
        others.append(str(name))
        continue
    found.append([name or "", [str(column) for column in frame.columns]])
    if frame.shape[1] > {COLUMN_LIMIT}:
        continue  # it is refused
    table = pa.table([column(frame.iloc[:, n]) for n in range(frame.shape[1])], [f"c{{n}}" for n in range(frame.shape[1])])
    pq.write_table(table, f"{{folder}}/{{len(found) - 1}}.parquet")
json.dump([found, others], sys.stdout)
"""
