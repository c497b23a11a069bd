"""Imports of what is not a sound Comtrade file: an error with its fix or a rejects file, and the lake as before."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from comtrade_files import HEADER, comtrade_row, csv_bytes, make_file, put_file
from lake_state import faults, lake_state

from stopgap.base.errors import InputError, NotFoundError, StopgapError
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.lake.query.statement import run_query

HTML = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><p>502 Bad Gateway</p></body></html>\n"
SOUND = csv_bytes(
    comtrade_row(cmdCode=f"8542{n}", partnerCode=p, primaryValue=f"{n}.5")
    for n in range(31, 40)
    for p in ("643", "398")
)
LINES = SOUND.split(b"\r\n")


@pytest.fixture(scope="module")
def first_lake(tmp_path_factory) -> Path:
    """A lake that holds one vintage, made once; tests take copies."""
    folder = tmp_path_factory.mktemp("first")
    import_paths(folder / "lake", [put_file(folder, csv_bytes(make_file(1, figures=20).rows), "first.csv")])
    return folder / "lake"


@pytest.fixture
def lake(first_lake, tmp_path) -> Path:
    """A lake that holds one vintage."""
    return shutil.copytree(first_lake, tmp_path / "lake")


def refused(lake: Path, path: Path, **options: object) -> StopgapError:
    """The error of an import that must leave the lake as it was."""
    before = lake_state(lake)
    with pytest.raises(StopgapError) as caught:
        import_paths(lake, [path], ImportRequest(**options))
    error = caught.value
    assert error.exit_code == 3
    assert all("\n" not in line and line.strip() for line in (error.what, error.where, error.fix))
    assert lake_state(lake) == before
    assert faults(lake) == []
    return error


def without(column: str) -> bytes:
    """The sound file without one column."""
    rows = [comtrade_row(cmdCode=f"8542{n}") for n in range(31, 40)]
    return csv_bytes(rows, columns=[name for name in HEADER if name != column])


def one_bad(**changes: object) -> list[dict[str, object]]:
    """Twelve rows, the eighth of which is changed."""
    rows = [comtrade_row(cmdCode=f"8542{n}", primaryValue=f"{n}.5") for n in range(31, 43)]
    return [*rows[:7], rows[7] | changes, *rows[8:]]


NOT_A_TABLE = {
    "empty": (b"", "empty"),
    "blank": (b"\r\n  \r\n", "empty"),
    "web page": (HTML, "web page"),
    "web page after a blank line": (b"\n\n  " + HTML, "web page"),
    "XML": (b'<?xml version="1.0"?><error>no</error>', "web page or XML"),
    "JSON error of the gateway": (b'{"statusCode": 429, "message": "Rate limit is exceeded. Try again in 1 seconds."}', "429|[Rr]ate limit"),
    "JSON error of the service": (b'{"elapsedTime":"0.02 secs","count":0,"data":[],"error":"Too many records"}', "Too many records"),
    "JSON without rows": (b'{"elapsedTime":"0.02 secs","count":0,"data":[],"error":""}', "no|empty"),
    "half a JSON reply": (b'{"elapsedTime":"0.02 secs","count":1,"data":[{"typeCode":"C","fre', "ends in the middle"),
    "prose": (b"Dear colleague,\r\nplease find the figures attached.\r\n", "not known"),
    "another table": (b"year;country;usd\r\n2021;Russia;5\r\n", "not known"),
    "header alone": (LINES[0] + b"\r\n", "no data rows"),
    "header without a line end": (LINES[0], "no data rows"),
    "half a header": (LINES[0][:300], "no data rows|lacks"),
    "no header": (b"\r\n".join(LINES[1:]), "not known|lacks"),
    "NUL bytes in a row": (SOUND[:2000] + b"\0\0\0" + SOUND[2003:], "NUL"),
    "zeros for the second half": (SOUND[:2000] + bytes(3000), "NUL"),
    "random bytes": (random.Random(1).randbytes(5000), "NUL|not UTF-8|not known"),
    "UTF-16": (SOUND.decode().encode("utf-16"), "UTF-16"),
    "UTF-16 without a mark": (SOUND.decode().encode("utf-16-le"), "NUL|UTF-16"),
    "a zip archive": (b"PK\x03\x04" + bytes(100), "zip|NUL"),
    "half a Parquet file": (b"PAR1" + bytes(100), "Parquet|NUL"),
    "rows with a column too many": (LINES[0] + b"\r\n" + LINES[1] + b"\r\n" + LINES[2] + b",1\r\n", "columns"),
    "rows with a column too few": (b"\r\n".join([*LINES[:3], LINES[3].rsplit(b",", 1)[0], *LINES[4:]]), "columns"),
    "a quotation mark left open": (SOUND.replace(b"Circuits", b'"Circuits', 1), "quotation|columns|longer"),
    "a row of another table": (b"\r\n".join([*LINES[:3], b"Error: timeout", *LINES[3:]]), "columns"),
    "a web page after the rows": (SOUND + HTML.replace(b"\n", b"\r\n"), "columns"),
    "a million columns": (b",".join(b"c%d" % n for n in range(1_000_000)) + b"\r\n1\r\n", "columns|longer"),
    "a million cells in a row": (LINES[0] + b"\r\n" + b"1," * 1_000_000 + b"\r\n", "columns|longer"),
    "a cell of 10 MB": (SOUND.replace(b"Circuits", b"x" * 10_000_000, 1), "longer"),
    "a quoted cell of 10 MB": (SOUND.replace(b"Circuits", b'"' + b"x\n" * 5_000_000 + b'"', 1), "longer|quotation|line"),
    "a first line of 10 MB": (b"x" * 10_000_000, "longer|not known"),
}  # fmt: skip


@pytest.mark.one_in(32)
@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
@pytest.mark.parametrize("fault", NOT_A_TABLE)
def test_what_is_no_table_is_named(tmp_path, lake, fault, ending):
    content, says = NOT_A_TABLE[fault]
    path = put_file(tmp_path, content, f"bad.{ending}")
    error = refused(lake, path)
    assert_says(error, says)
    refused(lake, path, source="comtrade")
    refused(lake, path, allow_rejects=True)


def assert_says(error: StopgapError, pattern: str) -> None:
    """The error names the fault."""
    import re

    assert re.search(pattern, f"{error.what} {error.where}"), str(error)


@pytest.mark.parametrize("column", ["cmdCode", "primaryValue"])
def test_a_needed_column_that_is_not_there_is_named(tmp_path, lake, column):
    assert_says(refused(lake, put_file(tmp_path, without(column))), f"lacks the column {column}")


@pytest.mark.one_in(5)
@pytest.mark.parametrize("column", ["period", "reporterCode", "flowCode", "partnerCode", "classificationCode"])
def test_another_column_stands_for_a_needed_one(tmp_path, column):
    sql = "SELECT reporter, partner, flow, period, good, value_usd FROM trade ORDER BY ALL"
    found = []
    for number, content in enumerate(
        (csv_bytes(comtrade_row(cmdCode=f"8542{n}") for n in range(31, 40)), without(column))
    ):
        place = tmp_path / str(number)
        import_paths(place, [put_file(tmp_path, content, f"{number}.csv")])
        found.append(run_query(place, sql)[0].to_pylist())
    assert len(found[0]) == 9
    assert found[0] == found[1]


def test_columns_that_are_not_needed_may_be_absent(tmp_path, lake):
    done = import_paths(lake, [put_file(tmp_path, without("cmdDesc"))])
    assert done.rows_loaded == 9


BAD_ROWS = {
    "letters in a value": ({"primaryValue": "12x4.5"}, "primaryValue '12x4.5' is not a finite number"),
    "a decimal comma": ({"primaryValue": "12,5"}, "primaryValue '12,5' is not a finite number"),
    "digits in groups": ({"primaryValue": "1_000"}, "primaryValue '1_000' is not a finite number"),
    "NaN": ({"primaryValue": "NaN"}, "primaryValue 'NaN' is not a finite number"),
    "infinity": ({"primaryValue": "-inf"}, "primaryValue '-inf' is not a finite number"),
    "too large for a number": ({"primaryValue": "1e999"}, "primaryValue '1e999' is not a finite number"),
    "an empty value": ({"primaryValue": ""}, "primaryValue is empty"),
    "a negative value": ({"primaryValue": "-4.0"}, "primaryValue -4.0 is negative"),
    "a negative weight": ({"netWgt": "-1.0"}, "netWgt -1.0 is not a weight"),
    "letters in a weight": ({"netWgt": "n/a"}, "netWgt 'n/a' is not a finite number"),
    "month 13": ({"period": "202413"}, "period 202413 is not a year or a month"),
    "month 0": ({"period": "202400"}, "period 202400 is not a year or a month"),
    "no period": ({"period": ""}, "period is empty"),
    "a month among annual rows": ({"period": "202403"}, "freqCode A does not go with period 202403"),
    "an unknown reporter": ({"reporterCode": "4711"}, "reporter code 4711 is not known"),
    "a partner in letters": ({"partnerCode": "RUS"}, "partner code RUS is not a number"),
    "an unknown flow": ({"flowCode": "Z"}, "flow Z is not one of"),
    "another classification": ({"classificationCode": "S3"}, "classification S3 is not a revision of the HS"),
    "a good that is none": ({"cmdCode": "85x2"}, "commodity code 85x2 is not an HS code"),
    "services": ({"typeCode": "S"}, "services"),
}


@pytest.mark.one_in(24)
@pytest.mark.parametrize("fault", BAD_ROWS)
def test_a_bad_row_is_written_to_the_rejects_file_with_its_reason(tmp_path, lake, fault):
    changes, reason = BAD_ROWS[fault]
    rows = one_bad(**changes)
    path = put_file(tmp_path, csv_bytes(rows), "bad.csv.gz")
    error = refused(lake, path)
    assert error.what.startswith("1 of 12 rows cannot be imported")
    assert error.details["rows_rejected"] == 1
    with Path(str(error.details["rejects"])).open(newline="", encoding="utf-8") as table:
        [reject] = csv.DictReader(table)
    assert (reject["file"], reject["row"]) == ("bad.csv.gz", "9")  # the header is row 1
    assert reason in reject["reason"]
    done = import_paths(lake, [path], ImportRequest(allow_rejects=True))
    assert (done.vintage, done.rows_read, done.rows_loaded, done.rows_rejected) == ("v2", 12, 11, 1)
    assert Path(str(done.rejects)).exists()
    sums = run_query(lake, "SELECT sum(value_usd) AS usd, count(*) AS n FROM trade WHERE vintage = 'v2'")[0].to_pylist()
    assert sums == [{"usd": sum(float(row["primaryValue"]) for row in rows[:7] + rows[8:]), "n": 11}]
    assert faults(lake) == []


def test_every_bad_row_is_listed_and_no_other(tmp_path, lake):
    draw = random.Random(4)
    rows = [comtrade_row(cmdCode=f"{100000 + n}", primaryValue=f"{n}.25") for n in range(3000)]
    bad = sorted(draw.sample(range(3000), 40))
    for place in bad:
        rows[place] = rows[place] | draw.choice([changes for changes, _ in BAD_ROWS.values()])
    error = refused(lake, put_file(tmp_path, csv_bytes(rows)))
    with Path(str(error.details["rejects"])).open(newline="", encoding="utf-8") as table:
        assert [int(reject["row"]) for reject in csv.DictReader(table)] == [place + 2 for place in bad]


def test_contradicting_rows_are_both_rejected(tmp_path, lake):
    rows = one_bad()
    rows.append(rows[3] | {"primaryValue": "999.0", "fobvalue": "999.0"})
    error = refused(lake, put_file(tmp_path, csv_bytes(rows)))
    assert error.details["rows_rejected"] == 2
    done = import_paths(lake, [tmp_path / "TradeData.csv"], ImportRequest(allow_rejects=True))
    assert (done.rows_loaded, done.rows_rejected) == (11, 2)


@pytest.mark.prove_only
def test_a_file_of_bad_rows_alone_loads_nothing(tmp_path, lake):
    rows = [comtrade_row(cmdCode=f"8542{n}", period="202413") for n in range(31, 40)]
    refused(lake, put_file(tmp_path, csv_bytes(rows)))
    refused(lake, put_file(tmp_path, csv_bytes(rows)), allow_rejects=True)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("name", ["Côte d'Ivoire", "Türkiye"])
def test_latin_1_is_read_and_told_of(tmp_path, lake, name):
    path = put_file(tmp_path, csv_bytes(one_bad(partnerDesc=name), encoding="latin-1"))
    done = import_paths(lake, [path])
    assert done.rows_loaded == 12
    assert any("not UTF-8" in warning and "latin-1" in warning for warning in done.warnings)
    assert import_paths(lake, [path], ImportRequest(encoding="latin-1")).already_loaded


def test_utf_16_is_read_when_named(tmp_path, lake):
    path = put_file(tmp_path, SOUND.decode().encode("utf-16"))
    assert import_paths(lake, [path], ImportRequest(encoding="utf-16")).rows_loaded == 18


CUT = csv_bytes(
    [
        comtrade_row(cmdCode=f"8542{n}", cmdDesc='Machines; "as such", n.e.c.', primaryValue=f"{n}.5")
        for n in range(31, 40)
    ]
)
CUT_LINES = CUT.split(b"\r\n")


def cut_places() -> list[int]:
    """Bytes to cut after: a spread, each of the last row's, and around quotation marks and line ends."""
    last = len(CUT) - len(CUT_LINES[-2]) - 2
    tail = range(len(CUT) - 12, len(CUT))
    quotes = [CUT.index(b'"', last) + n for n in (0, 1, 9, 12, 20, 29, 30)]
    spread = random.Random(2).sample(range(1, last), 14)
    ends = [last - n for n in (0, 1, 2, 3)]
    return sorted({*tail, *quotes, *spread, *ends, last + 1, last + 5, last + 200})


@pytest.mark.one_in(32)
@pytest.mark.parametrize("place", cut_places())
def test_half_a_file_is_refused_wherever_it_was_cut(tmp_path, lake, place):
    path = put_file(tmp_path, CUT[:place])
    lines = [line.rstrip(b"\r") for line in CUT[:place].split(b"\r\n")[1:]]
    whole_rows = [line for line in lines if line and line in CUT_LINES]
    is_between_rows = len(whole_rows) == sum(map(bool, lines)) > 0
    if not is_between_rows:
        refused(lake, path)
        refused(lake, path, allow_rejects=True)
        return
    # Cut exactly between two rows it is a sound file of fewer rows: all of those, and no other.
    done = import_paths(lake, [path])
    assert done.rows_loaded == len(whole_rows)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9, 0.99, -1, -4, -8, -9])
def test_half_a_gzip_file_is_refused_wherever_it_was_cut(tmp_path, lake, share):
    content = gzip.compress(csv_bytes(make_file(6, figures=200).rows), mtime=0)
    place = int(len(content) * share) if share > 0 else len(content) + int(share)
    path = tmp_path / "half.csv.gz"
    path.write_bytes(content[:place])
    assert_says(refused(lake, path), "gzip")


def test_a_damaged_gzip_file_is_refused(tmp_path, lake):
    content = bytearray(gzip.compress(csv_bytes(make_file(6, figures=200).rows), mtime=0))
    content[len(content) // 2] ^= 0xFF
    path = tmp_path / "damaged.csv.gz"
    path.write_bytes(content)
    refused(lake, path)


def test_bytes_after_the_gzip_data_are_refused_or_nothing(tmp_path, lake):
    path = tmp_path / "tail.csv.gz"
    path.write_bytes(gzip.compress(SOUND, mtime=0) + b"garbage")
    refused(lake, path)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("piece", [b"0" * 1_048_576, b"1,2,3,4,5,6,7,8\r\n" * 65_536, bytes(1_048_576)])
def test_a_gzip_bomb_is_stopped_early(tmp_path, lake, piece):
    import zlib

    path = tmp_path / "bomb.csv.gz"
    packer = zlib.compressobj(9, wbits=31)
    with path.open("wb") as file:
        file.write(packer.compress(LINES[0] + b"\r\n"))
        for _ in range(300):
            file.write(packer.compress(piece))
        file.write(packer.flush())
    assert path.stat().st_size < 2_000_000
    refused(lake, path)


def test_files_that_are_not_there(tmp_path, lake):
    before = lake_state(lake)
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(NotFoundError, match="no file"):
            import_paths(lake, [path])
    assert lake_state(lake) == before


def test_a_fault_in_an_empty_folder_makes_no_vintage(tmp_path):
    place = tmp_path / "fresh"
    with pytest.raises(InputError):
        import_paths(place, [put_file(tmp_path, HTML)])
    assert lake_state(place)["vintages"] == []
    assert faults(place) == []


def command(
    *arguments: object, lake: Path, check: int, files_of_at_most: int | None = None
) -> subprocess.CompletedProcess[str]:
    """A real command in a process of its own, whose exit code and manners are checked."""
    import resource

    def limit() -> None:
        if files_of_at_most is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (files_of_at_most, files_of_at_most))

    done = subprocess.run(
        [sys.executable, "-m", "stopgap", *map(str, arguments), "--lake", str(lake)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )
    assert "Traceback" not in done.stderr + done.stdout
    assert done.returncode == check, done.stderr + done.stdout
    return done


@pytest.mark.prove_only
def test_the_command_answers_with_three_lines_and_3(tmp_path, lake):
    path = put_file(tmp_path, csv_bytes(one_bad(period="202413")))
    before = lake_state(lake)
    lines = command("import", path, lake=lake, check=3).stderr.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("1 of 12 rows cannot be imported")
    assert lines[1].startswith("  where: ")
    assert lines[2].startswith("  fix:   ")
    answer = json.loads(command("import", path, "--format", "json", lake=lake, check=3).stdout)
    assert answer["error"]["code"] == 3
    assert Path(answer["error"]["rejects"]).exists()
    assert lake_state(lake) == before
    loaded = json.loads(command("import", path, "--allow-rejects", "--format", "json", lake=lake, check=0).stdout)
    assert (loaded["rows_loaded"], loaded["rows_rejected"], loaded["vintage"]) == (11, 1, "v2")
    command("lake", "check", lake=lake, check=0)


@pytest.mark.one_in(3)
@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
@pytest.mark.parametrize("limit", [1000, 20_000, 100_000])
def test_a_full_disk_changes_nothing(tmp_path, lake, limit):
    path = put_file(tmp_path, csv_bytes(make_file(8, figures=200).rows))
    before = lake_state(lake)
    lines = command("import", path, lake=lake, check=5, files_of_at_most=limit).stderr.splitlines()
    assert lines[0].startswith("the lake cannot be written")
    assert lake_state(lake) | {"strays": [], "receipts": []} == before | {"strays": [], "receipts": []}
    command("import", path, lake=lake, check=0)
    assert lake_state(lake)["strays"] == []
    assert faults(lake) == []
