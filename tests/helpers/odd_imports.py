"""Imports of odd paths, options, values and types, drawn by a seed; and what every one of them owes its user."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MAPPING = """
source: made-up
frequency: A
period: {column: year}
reporter: {value: CHN}
partner: {column: partner, scheme: iso3}
flow: {value: X}
good: {column: hs}
revision: {value: HS2017}
value: {column: usd, zero: reported}
net_kg: {column: kg}
"""
COLUMNS = ("hs", "kg", "usd", "partner", "year")
CANONICAL = (
    "period,frequency,reporter,partner,flow,good,revision,value_usd,net_kg,quantity,quantity_unit,valuation,is_estimated,source"
)  # fmt: skip
SOUND = ("854231", "1.5", "100", "RUS", "2021")
TIME_LIMIT_S = 300

NAMES = (
    "plain.csv", "new\nline.csv", "ship🚢.csv", "rtl\u202egnp.csv", "tab\t.csv", "-dash.csv", "a*b?[1].csv", "q'uo\"te.csv",
    "per%41cent.csv", "bell\a.csv", "caf\udce9.csv", "\udcff\udcfe", " ", "x" * 250 + ".csv", "x" * 300, "x/" * 3000 + "y.csv", "",
    ".", "..", "/", "nul\0.csv", "~nobody/x", "/dev/null", "/dev/zero", "fifo", "folder", "loop", "dangling", "closed.csv", "plain.csv/x",
    "CON", "a" * 6000, "\u0301.csv", "\ufeff.csv",
)  # fmt: skip
VALUES = (
    "NaN", "nan", "inf", "-inf", "Infinity", "1e308", "1.7e308", "-1.7e308", "1e400", "1e-300", "5e-324", "-0.0", "-5", "9" * 30, "9" * 400,
    "1e15", "1.1e15", "0x10", "1_000", "٣", "１２", "+5", "1e5", "5e", "1,5", "∞", "TRUE", "", " ", "\u202e5", "5\u200b", "\x1b[31m5",
    "#DIV/0!", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#WERT!", "Err:502", "x" * 6001, "x" * 200_000,
    "0000", "0001", "9999", "10000", "-1", "2021-13", "infinity", "-infinity", "epoch", "294247-01-01", "5881580-07-11", "null", "None",
)  # fmt: skip
TEXTS = (
    "", " ", "x" * 6001, "x" * 200_000, "caf\udce9", "a\0b", "a\nb", "\u202etxet", "🚢", "0000-01-01", "10000-01-01", "9999-12-31", "0001-01-01",
    "２０２１-01-01", "2021-02-30", "-", "--", "RED", "TLP:BLACK", "GREEN", "null", "[]", "{}", "1e999", "../../x", "X", "HS9999", "2021-13",
)  # fmt: skip
ENCODINGS = (
    "utf-8", "UTF8", "utf-16", "utf-32", "latin-1", "cp037", "idna", "base64", "rot13", "hex", "zlib", "bz2", "uu", "quopri", "utf-7", "punycode",
    "undefined", "mbcs", "unicode_escape", "raw_unicode_escape", "gb18030", "hz", "utf-8\0", "../x", "utf_8_sig", "oem", *TEXTS[:8],
)  # fmt: skip
OPTIONS = (
    "--source", "--map", "--encoding", "--rates", "--retrieved", "--published", "--terms", "--replaces", "--flow", "--period", "--revision",
    "--list", "--list-date", "--marking", "--releasable-to", "--lake",
)  # fmt: skip
JSON_VALUES: tuple[str, ...] = (
    "null", "true", "[]", "{}", "[1,[2]]", '{"a":{"b":1}}', '"\\ud800"', '"\\u0000"', '"\\ud83d\\ude00"', "NaN", "Infinity", "-Infinity", "1e999", "9" * 5000,
    "-0", "1E5", '"x\\ny"', "[" * 70 + "]" * 70, "[" * 100_000, '{"a":' * 5000, '"' + "x" * 10_001 + '"', '{"a":1,"a":2}', "1 2", "'x'", "01", "",
)  # fmt: skip


@dataclass(frozen=True)
class Odd:
    """One import: what is odd of it, and its command."""

    what: str
    arguments: tuple[str, ...]


def make_places(folder: Path) -> None:
    """Files and things that are none, made once."""
    (folder / "mapping.yml").write_text(MAPPING, "utf-8")
    (folder / "json.yml").write_text(MAPPING + "format: json\n", "utf-8")
    (folder / "folder").mkdir()
    os.mkfifo(folder / "fifo")
    (folder / "loop").symlink_to("loop")
    (folder / "dangling").symlink_to("nowhere")
    closed = folder / "closed.csv"
    closed.write_text("hs\n1\n")
    closed.chmod(0)


def odd_import(seed: int, folder: Path) -> Odd:
    """An import with one odd thing; its file is written to the folder."""
    draw = random.Random(seed)
    kind: Callable[[random.Random, Path], Odd] = draw.choice((_path, _option, _value, _value, _canonical, _json, _json, _parquet, _workbook))  # fmt: skip
    return kind(draw, folder)


def _table(draw: random.Random, cells: tuple[str, ...] = SOUND) -> bytes:
    text = ",".join(COLUMNS) + "\n" + ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"
    extra = f'"854231","1","{draw.randint(1, 10**9)}","KAZ","2020"\n'
    return (text + extra).encode("utf-8", "surrogateescape")


def _mapped(folder: Path, name: str) -> tuple[str, ...]:
    return (str(folder / name), "--map", str(folder / "mapping.yml"))


def _path(draw: random.Random, folder: Path) -> Odd:
    name = draw.choice(NAMES)
    place = folder / name if not name.startswith(("/", "~")) and name else Path(name)
    is_made = name not in ("fifo", "folder", "loop", "dangling", "closed.csv", "", ".", "..") and not name.startswith(
        "/"
    )
    if is_made and draw.random() < 0.8:
        with contextlib.suppress(OSError, ValueError):
            place.write_bytes(_table(draw))
    given = str(place)
    if (role := draw.choice(("file", "file", "map", "rates"))) == "file":
        return Odd(f"file {name[:40]!r}", (given, "--map", str(folder / "mapping.yml")))
    (folder / "sound.csv").write_bytes(_table(draw))
    if role == "map":
        return Odd(f"map {name[:40]!r}", (str(folder / "sound.csv"), "--map", given))
    return Odd(f"rates {name[:40]!r}", (*_mapped(folder, "sound.csv"), "--rates", given))


def _option(draw: random.Random, folder: Path) -> Odd:
    (folder / "sound.csv").write_bytes(_table(draw))
    option = draw.choice(OPTIONS)
    value = draw.choice(ENCODINGS if option == "--encoding" else TEXTS)
    base = (str(folder / "sound.csv"),) if option == "--map" else _mapped(folder, "sound.csv")
    if option == "--lake":
        value = str(folder / "lakes" / value) if value.strip("/. ") else value
    return Odd(f"{option} {value[:40]!r}", (*base, option, value))


def _value(draw: random.Random, folder: Path) -> Odd:
    place, value = draw.randrange(len(COLUMNS)), draw.choice(VALUES)
    cells = tuple(value if n == place else cell for n, cell in enumerate(SOUND))
    (folder / "value.csv").write_bytes(_table(draw, cells))
    more = draw.choice(((), ("--allow-rejects",)))
    return Odd(f"{COLUMNS[place]} = {value[:40]!r}", (*_mapped(folder, "value.csv"), *more))


def _canonical(draw: random.Random, folder: Path) -> Odd:
    cells = ["2021-01-01", "A", "CHN", "RUS", "X", "854231", "HS2017", "5", "1", "2", "kg", "FOB", "false", "made-up"]
    place, value = draw.randrange(len(cells)), draw.choice(VALUES)
    cells[place] = value
    text = CANONICAL + "\n" + ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"
    (folder / "canonical.csv").write_text(text, "utf-8")
    return Odd(f"{CANONICAL.split(',')[place]} = {value[:40]!r}", (str(folder / "canonical.csv"),))


def _json(draw: random.Random, folder: Path) -> Odd:
    place, value = draw.randrange(len(COLUMNS) + 1), draw.choice(JSON_VALUES)
    fields = [f'"{name}": "{cell}"' for name, cell in zip(COLUMNS, SOUND, strict=True)]
    where = (*COLUMNS, "other")[place]
    fields[place:place + 1] = [f'"{where}": {value}']  # fmt: skip
    whole = draw.choice(("[{%s}]", "[{%s}]", "[{%s}]\n[]", "{%s}", "[%s]", "[{%s},]", '{"data": [{%s}], "data": []}'))
    (folder / "value.json").write_text(whole % ", ".join(fields), "utf-8")
    arguments = (str(folder / "value.json"), "--map", str(folder / "json.yml")) if draw.random() < 0.8 else (str(folder / "value.json"),)  # fmt: skip
    return Odd(f"json {where} = {value[:40]!r} in {whole!r}", arguments)


def _parquet(draw: random.Random, folder: Path) -> Odd:
    import datetime as dt
    import decimal

    import pyarrow as pa
    import pyarrow.parquet as pq

    odd: dict[str, object] = {
        "a huge day": pa.array([2**31 - 1], pa.int32()).cast(pa.date32()),
        "a day before all": pa.array([-(2**31)], pa.int32()).cast(pa.date32()),
        "a huge moment": pa.array([2**63 - 1], pa.int64()).cast(pa.timestamp("us")),
        "a moment of time": pa.array([dt.time(1)]),
        "nan": pa.array([float("nan")]),
        "inf": pa.array([float("inf")]),
        "1.7e308": pa.array([1.7e308]),
        "uint64": pa.array([2**64 - 1], pa.uint64()),
        "decimal": pa.array([decimal.Decimal(10**37)], pa.decimal128(38, 0)),
        "bytes": pa.array([b"\xff\xfe"], pa.binary()),
        "a list": pa.array([["a"]]),
        "a struct": pa.array([{"a": 1}]),
        "nothing": pa.nulls(1),
        "a boolean": pa.array([True]),
        "NUL": pa.array(["a\0b"]),
        "a dictionary": pa.array(["made-up"]).dictionary_encode(),
        "a long text": pa.array(["x" * 300_000]),
    }
    cells = dict(zip(CANONICAL.split(","), ["2021-01-01", "A", "CHN", "RUS", "X", "854231", "HS2017", 5.0, 1.0, 2.0, "kg", "FOB", False, "made-up"], strict=True))  # fmt: skip
    name, what = draw.choice(list(cells)), draw.choice(list(odd))
    columns = {column: odd[what] if column == name else pa.array([cell]) for column, cell in cells.items()}
    if draw.random() < 0.1:
        columns[draw.choice(("", "x" * 70_000, "\ufeff", 'q"uote'))] = pa.array([1])
    pq.write_table(pa.table(columns), folder / "value.parquet")
    return Odd(f"parquet {name} is {what}", (str(folder / "value.parquet"),))


def _workbook(draw: random.Random, folder: Path) -> Odd:
    import xlsxwriter

    what = draw.choice(("empty", "header only", "no cells but formats", "an error", "a formula", "a date", "a long text", "a link", "a boolean", "far away", "merged"))  # fmt: skip
    path = folder / "value.xlsx"
    place = draw.randrange(len(COLUMNS))
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        if what not in ("empty", "no cells but formats"):
            sheet.write_row(0, 0, COLUMNS)
        if what not in ("empty", "header only", "no cells but formats"):
            sheet.write_row(1, 0, SOUND)
            if what == "an error":
                sheet.write_formula(1, place, "=1/0", None, draw.choice(("#DIV/0!", "#N/A", "#REF!", "#NAME?")))
            elif what == "a formula":
                sheet.write_formula(1, place, "=1+1", None, draw.choice(("", 2)))
            elif what == "a date":
                sheet.write_number(1, place, 2**31, book.add_format({"num_format": "yyyy-mm-dd"}))
            elif what == "a long text":
                sheet.write_string(1, place, "x" * 32_767)
            elif what == "a link":
                sheet.write_url(1, place, "https://example.org")
            elif what == "a boolean":
                sheet.write_boolean(1, place, True)
            elif what == "far away":
                sheet.write_string(1_000_000, 16_000, "x")
            elif what == "merged":
                sheet.merge_range(1, 0, 3, 4, "854231")
    return Odd(f"workbook: {what} in {COLUMNS[place]}", _mapped(folder, "value.xlsx"))


def lake_files(lake: Path) -> dict[str, tuple[int, int]]:
    """What a refused import may not change: all files but rejects, the lock, and the log of refusals."""
    return {
        str(path.relative_to(lake)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in lake.rglob("*")
        if path.is_file() and path.parent.name != "rejects" and path.name != ".lock" and "refus" not in path.name
    }


def owed(odd: Odd, lake: Path, *, as_json: bool) -> str | None:
    """What an import failed to give its user; None when it gave all: an exit code, three lines, the lake as it was."""
    from stopgap.cli.main import run

    arguments = ["import", *odd.arguments, *([] if "--lake" in odd.arguments else ["--lake", str(lake)])]
    arguments += ["--format", "json"] if as_json else []
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", errors="strict")
    err = io.TextIOWrapper(io.BytesIO(), "utf-8", errors="strict")
    before = lake_files(lake)

    def late(*_: object) -> None:
        raise TimeoutError(f"no answer in {TIME_LIMIT_S} s")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(TIME_LIMIT_S)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(arguments)
    except BaseException as error:  # the very thing that is looked for
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"{type(error).__name__}: {str(error)[:300]}"
    finally:
        signal.alarm(0)
    out.flush()
    err.flush()
    printed, said = out.buffer.getvalue().decode(), err.buffer.getvalue().decode()
    if code not in (0, 2, 3, 4, 5):
        return f"exit code {code}: {(printed + said)[:300]}"
    if code == 0:
        return None
    if lake_files(lake) != before:
        return "the lake is not as it was"
    if as_json:
        told = json.loads(printed)["error"]
        return None if told["what"] and told["where"] and told["fix"] else f"not what, where and fix: {printed[:300]}"
    told_of = said.rstrip("\n").split("\n")
    if told_of[-1].startswith("marking: "):  # what was read of a lake that is marked
        told_of.pop()
    lines = told_of[-3:]
    is_whole = len(lines) == 3 and lines[1].startswith("  where: ") and lines[2].startswith("  fix:   ")
    return None if is_whole and "Traceback" not in said else f"not three lines: {said[-300:]}"
