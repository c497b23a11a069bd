"""Comtrade's API replies: recorded ones, error replies, cut and swollen ones."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from stopgap.base.errors import InputError
from stopgap.sources.registry import read_file, recognise
from stopgap.sources.trade.json_reply import PIECE

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data"
RECORDED = SHARED / "trade" / "comtradr-vignettes" / "tests"
needs_shared = pytest.mark.skipif(not RECORDED.exists(), reason="../shared/data is not here")

ROW: dict[str, Any] = {
    "typeCode": "C", "freqCode": "M", "period": "202203", "reporterCode": 276, "flowCode": "X", "partnerCode": 643,
    "partner2Code": 0, "classificationCode": "H6", "cmdCode": "854231", "customsCode": "C00", "mosCode": "0",
    "motCode": 0, "qtyUnitCode": 5, "qty": 3.0, "isQtyEstimated": False, "isAltQtyEstimated": False, "netWgt": None,
    "isNetWgtEstimated": True, "cifvalue": None, "fobvalue": 12.5, "primaryValue": 12.5, "legacyEstimationFlag": 0,
}  # fmt: skip


def reply(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"elapsedTime": "0.1 secs", "count": len(rows), "data": list(rows), "error": "", **more}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(content: Any, *, name: str = "reply.json") -> Path:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write


Write = Callable[..., Path]
Read = Callable[..., list[tuple[Any, ...]]]


@needs_shared
def test_a_recorded_reply_keeps_its_sums(con: duckdb.DuckDBPyConnection) -> None:
    path = RECORDED / "data_v1_get_C_A_HS-60a6ad.json"
    staging = read_file(con, path)
    rows = json.loads(path.read_text())["data"]
    sums = dict(con.execute("SELECT flow, sum(value_usd) FROM staged GROUP BY flow").fetchall())
    wanted = {flow: sum(row["primaryValue"] for row in rows if row["flowCode"] == flow) for flow in ("X", "M")}
    assert sums == pytest.approx(wanted, abs=0.01)
    assert staging.rows_read == len(rows) == 4
    assert {row[0] for row in con.execute("SELECT kind FROM staged").fetchall()} == {"aggregate"}  # all of TOTAL


@needs_shared
@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("bulk_error_HS-a503f3.json", "the reply holds no rows"),
        ("bulk_v1_get_C_A_HS-4f1d0f.json", "this reply lists bulk files; it holds no trade figures"),
    ],
)
def test_recorded_replies_without_trade(con: duckdb.DuckDBPyConnection, name: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read_file(con, RECORDED / name)


def test_a_row(con: duckdb.DuckDBPyConnection, write: Write, staged: Read) -> None:
    staging = read_file(con, write(reply(ROW)))
    assert staged("period::VARCHAR", "reporter", "partner", "value_usd", "net_kg", "quantity", "valuation", "is_estimated") == [
        ("2022-03-01", "DEU", "RUS", 12.5, None, 3.0, "FOB", True)
    ]  # fmt: skip
    assert staging.warnings == ()


def test_a_plain_array_and_gzip(con: duckdb.DuckDBPyConnection, tmp_path: Path, staged: Read) -> None:
    path = tmp_path / "rows.json.gz"
    path.write_bytes(gzip.compress(json.dumps([ROW, {**ROW, "partnerCode": 156}]).encode()))
    read_file(con, path, source="comtrade")
    assert staged("partner") == [("CHN",), ("RUS",)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"statusCode": 401, "message": "Access denied due to invalid subscription key."},
            r"status 401.*Access denied",
        ),
        (reply(error="Data not available, code 12 is invalid"), "code 12 is invalid"),
        ({"statusCode": 429, "message": "Rate limit is exceeded. Try again in 1 seconds."}, "Rate limit is exceeded"),
        ({"error": {"code": "Unauthorized", "message": "sign in first"}}, "sign in first"),
    ],
)
def test_an_error_reply_shows_its_message(
    con: duckdb.DuckDBPyConnection, write: Write, content: dict[str, Any], message: str
) -> None:
    path = write(content, name="reply.csv")
    with pytest.raises(InputError, match=message):
        read_file(con, path)


@pytest.mark.parametrize("keep", [30, 60, 200, -1, -20, -40])
def test_a_cut_reply(con: duckdb.DuckDBPyConnection, write: Write, keep: int) -> None:
    text = json.dumps(reply(ROW, {**ROW, "partnerCode": 156}))
    with pytest.raises(InputError, match="ends in the middle") as raised:
        read_file(con, write(text[:keep]), source="comtrade")
    assert "download" in raised.value.fix


def test_rows_without_needed_fields(con: duckdb.DuckDBPyConnection, write: Write) -> None:
    row = {key: value for key, value in ROW.items() if key != "primaryValue"}
    with pytest.raises(InputError, match="lack primaryValue"):
        read_file(con, write(reply(row)))


def test_a_reply_at_a_limit_of_the_api_is_doubted(con: duckdb.DuckDBPyConnection, write: Write) -> None:
    rows = [{**ROW, "cmdCode": f"{code:06}"} for code in range(10_000, 10_500)]
    staging = read_file(con, write(reply(*rows)))
    assert staging.rows_read == 500
    assert "probably cut" in staging.warnings[0]


def test_a_count_that_does_not_agree_is_said(con: duckdb.DuckDBPyConnection, write: Write) -> None:
    staging = read_file(con, write(reply(ROW, count=7)))
    assert staging.warnings == ("the reply says it has 7 rows but holds 1",)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", '"12a"'])
def test_no_number_is_rejected(
    con: duckdb.DuckDBPyConnection, write: Write, rejects: Callable[[], list[tuple[int, str]]], constant: str
) -> None:
    text = json.dumps(reply(ROW, {**ROW, "partnerCode": 156})).replace(
        '"primaryValue": 12.5', f'"primaryValue": {constant}', 1
    )
    read_file(con, write(text))
    ((row, reason),) = rejects()
    assert row == 2
    assert "is not a finite number" in reason


def test_long_replies_are_read_across_pieces(con: duckdb.DuckDBPyConnection, write: Write, staged: Read) -> None:
    rows = [{**ROW, "cmdCode": f"{code:06}", "cmdDesc": "é" * 300} for code in range(10_000, 13_000)]
    path = write(json.dumps(reply(*rows), ensure_ascii=False))
    assert path.stat().st_size > 2 * PIECE
    assert read_file(con, path).rows_read == 3_000
    assert staged("sum(value_usd)") == [(37_500.0,)]


def test_recognised_by_content(write: Write) -> None:
    assert recognise(write(reply(ROW), name="anything.txt")).name == "comtrade"


@pytest.mark.parametrize("first", [True, False])
def test_a_field_that_one_record_lacks_is_told_of_wherever_the_record_stands(
    con: duckdb.DuckDBPyConnection, write: Write, first: bool
) -> None:
    lacking = {name: value for name, value in ROW.items() if name != "netWgt"} | {"partnerCode": 156}
    rows = [lacking, ROW] if first else [ROW, lacking]
    staging = read_file(con, write(reply(*rows)))
    assert "1 of 2 records lack the field netWgt, which others have" in staging.warnings
