"""One table in every layout of Comtrade: the same rows come out; what stands for an absent column; totals of real files."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from comtrade_row import DEFAULTS, HEADER
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stopgap.base.errors import InputError
from stopgap.sources.base import STAGED_COLUMNS
from stopgap.sources.registry import read_file, recognise

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data"
TRADE = SHARED / "trade"
FRAMES = sorted((TRADE / "comtradr-vignettes").glob("vignette_data_*.rda"))
LEGACY = TRADE / "comtrade-legacy-layout" / "comtrade 2021-08-16.csv"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not here")

Row = dict[str, str]
Write = Callable[..., Path]
Read = Callable[..., list[tuple[Any, ...]]]

ISO = {"276": "DEU", "842": "USA", "156": "CHN", "643": "RUS", "490": "S19", "251": "FRA"}
WORLD_ISO = {**ISO, "0": "W00", "899": "_X "}
FLOWS = {"M": ("1", "Import"), "X": ("2", "Export"), "RX": ("3", "Re-Export"), "RM": ("4", "Re-Import")}

TABLE = [
    "Classification",
    "Year",
    "Period",
    "Period Desc.",
    "Aggregate Level",
    "Is Leaf Code",
    "Trade Flow Code",
    "Trade Flow",
    "Reporter Code",
    "Reporter",
    "Reporter ISO",
    "Partner Code",
    "Partner",
    "Partner ISO",
    "2nd Partner Code",
    "2nd Partner",
    "2nd Partner ISO",
    "Customs Proc. Code",
    "Customs",
    "Mode of Transport Code",
    "Mode of Transport",
    "Commodity Code",
    "Commodity",
    "Qty Unit Code",
    "Qty Unit",
    "Qty",
    "Alt Qty Unit Code",
    "Alt Qty Unit",
    "Alt Qty",
    "Netweight (kg)",
    "Gross weight (kg)",
    "Trade Value (US$)",
    "CIF Trade Value (US$)",
    "FOB Trade Value (US$)",
    "Flag",
]
API = [
    "pfCode",
    "yr",
    "period",
    "periodDesc",
    "aggrLevel",
    "IsLeaf",
    "rgCode",
    "rgDesc",
    "rtCode",
    "rtTitle",
    "rt3ISO",
    "ptCode",
    "ptTitle",
    "pt3ISO",
    "ptCode2",
    "ptTitle2",
    "pt3ISO2",
    "cstCode",
    "cstDesc",
    "motCode",
    "motDesc",
    "cmdCode",
    "cmdDescE",
    "qtCode",
    "qtDesc",
    "TradeQuantity",
    "qtAltCode",
    "qtAltDesc",
    "AltQuantity",
    "NetWeight",
    "GrossWeight",
    "TradeValue",
    "CIFValue",
    "FOBValue",
    "estCode",
]
BULK = [name for name in HEADER if not name.endswith(("Desc", "ISO", "Abbr")) and name not in ("aggrLevel", "isLeaf")]


def legacy_cells(row: Row) -> list[str]:
    """A row in the order of the 35 columns, which both old layouts share."""
    number, name = FLOWS[row["flowCode"]]
    part = {key: "" if row[key] in ("0", "C00") else row[key] for key in ("partner2Code", "customsCode", "motCode")}
    return [
        row["classificationCode"], row["period"][:4], row["period"], row["period"], "6", "1", number, name,
        row["reporterCode"], "R", ISO[row["reporterCode"]], row["partnerCode"], "Côte", WORLD_ISO[row["partnerCode"]],
        part["partner2Code"], "", "", part["customsCode"], "", part["motCode"], "", row["cmdCode"], "Goods; n.e.c., \"as such\"",
        {"-1": "1"}.get(row["qtyUnitCode"], row["qtyUnitCode"]), "", row["qty"], "", "", "", row["netWgt"], "",
        row["primaryValue"], row["cifvalue"], row["fobvalue"], row["legacyEstimationFlag"],
    ]  # fmt: skip


def written(header: list[str], cells: list[list[str]], *, delimiter: str = ",", quoting: int = 0) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n", quoting=quoting)
    writer.writerow(header)
    writer.writerows(cells)
    return stream.getvalue()


def cells_of(rows: list[Row], header: list[str]) -> list[list[str]]:
    return [[{**DEFAULTS, **row}[name] for name in header] for row in rows]


def snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


def current(rows: list[Row]) -> bytes:
    return written(HEADER, cells_of(rows, HEADER)).encode()


def bulk(rows: list[Row]) -> bytes:
    return written(BULK, cells_of(rows, BULK), delimiter="\t").encode()


def web(rows: list[Row]) -> bytes:
    """As the web interface gives it: all quoted, data rows one comma longer than the header, not UTF-8."""
    told = [{**row, "partnerDesc": "Côte d'Ivoire"} for row in rows]
    header, body = written(HEADER, cells_of(told, HEADER), quoting=csv.QUOTE_ALL).split("\n", 1)
    return (header + "\n" + body.replace("\n", ",\n")).encode("latin-1")


def reply(rows: list[Row]) -> bytes:
    texts = ("cmdCode", "customsCode", "flowCode", "classificationCode", "period", "freqCode", "typeCode")
    records = [
        {
            name: None if value == "" else value if name in texts else json.loads(value.lower())
            for name, value in {**DEFAULTS, **row}.items()
            if name in texts
            or value == ""
            or value.lower().replace(".", "").replace("-", "").isdigit()
            or value in ("True", "False")
        }
        for row in rows
    ]
    return json.dumps({"elapsedTime": "0.1 secs", "count": len(rows), "data": records, "error": ""}).encode()


def legacy_reply(rows: list[Row]) -> bytes:
    records = [dict(zip(API, legacy_cells(row), strict=True)) for row in rows]
    status = {"name": "Ok", "value": 0, "category": 0, "description": "", "helpUrl": ""}
    return json.dumps({"validation": {"status": status, "message": None}, "dataset": records}).encode()


def frame(rows: list[Row]) -> bytes:
    """Numbers as numbers, as R keeps them: codes lose the noughts before them."""
    import pandas as pd
    import pyreadr

    table = pd.DataFrame(cells_of(rows, HEADER), columns=[snake(name) for name in HEADER])
    numbers = ("reporter_code", "partner_code", "partner2_code", "mot_code", "qty_unit_code", "qty", "net_wgt", "cifvalue", "fobvalue", "primary_value", "legacy_estimation_flag")  # fmt: skip
    for name in numbers:
        table[name] = pd.to_numeric(table[name].replace("", None)).astype(float)
    path = Path(f"{id(rows)}.rda")
    pyreadr.write_rdata(str(path), table, df_name="figures")
    try:
        return path.read_bytes()
    finally:
        path.unlink()


LAYOUTS: dict[str, Callable[[list[Row]], bytes]] = {
    "current": current,
    "snake case": lambda rows: written([snake(name) for name in HEADER], cells_of(rows, HEADER)).encode(),
    "BOM": lambda rows: b"\xef\xbb\xbf" + current(rows),
    "bulk text": bulk,
    "bulk gzip": lambda rows: gzip.compress(bulk(rows)),
    "web interface": web,
    "reply": reply,
    "table of 35 columns": lambda rows: written(TABLE, [legacy_cells(row) for row in rows]).encode("latin-1"),
    "old API, CSV": lambda rows: written(API, [legacy_cells(row) for row in rows]).encode(),
    "old API, JSON": legacy_reply,
}


@st.composite
def tables(draw: st.DrawFn) -> list[Row]:
    """Rows with a key each: economies, World and areas not elsewhere specified, parts beside or without totals."""
    keys = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["2019", "2022", "202201", "202212"]), st.sampled_from(sorted(ISO)), st.sampled_from(sorted(WORLD_ISO)),
                st.sampled_from(sorted(FLOWS)), st.sampled_from(["010121", "8542", "85", "854231", "9999AA", "TOTAL"]),
                st.sampled_from(["0", "643"]), st.sampled_from(["C00", "C01"]), st.sampled_from(["0", "2100"]),
            ), min_size=4, max_size=20, unique=True,
        )
    )  # fmt: skip
    rows = []
    for period, reporter, partner, flow, good, second, customs, mode in keys:
        value = f"{draw(st.integers(0, 10**13)) / 100:.2f}"
        rows.append(
            {
                "freqCode": "A" if len(period) == 4 else "M", "period": period, "refYear": period[:4],
                "reporterCode": reporter, "partnerCode": partner, "flowCode": flow, "cmdCode": good,
                "partner2Code": second, "customsCode": customs, "motCode": mode, "primaryValue": value, "classificationCode": draw(st.sampled_from(["H4", "H6"])),
                "fobvalue": value if draw(st.booleans()) else "", "cifvalue": "",
                "netWgt": draw(st.sampled_from(["", "0.0", "12.5"])), "qty": draw(st.sampled_from(["", "0.0", "3.0"])),
                "qtyUnitCode": draw(st.sampled_from(["-1", "5", "8"])),
                "legacyEstimationFlag": draw(st.sampled_from(["0", "2", "6"])),
            }
        )  # fmt: skip
    return rows


def staged_rows(path: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as con:
        staging = read_file(con, path)
        assert staging.rows_rejected == 0, con.execute("FROM rejects").fetchall()
        return con.execute(f"SELECT {', '.join(STAGED_COLUMNS)} FROM staged ORDER BY ALL").fetchall()


@pytest.mark.in_parts
@settings(max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables())
def test_every_layout_gives_the_same_rows(tmp_path: Path, rows: list[Row]) -> None:
    path = tmp_path / "file"
    found = {}
    for name, layout in LAYOUTS.items():
        path.write_bytes(layout(rows))
        assert recognise(path).name == "comtrade"
        found[name] = staged_rows(path)
    for name, read in found.items():
        assert read == found["current"], name


@pytest.fixture
def few() -> list[Row]:
    """Rows of each kind, fixed: the reader of R is a process for each file."""
    found = []
    for number, (period, partner, good, mode) in enumerate(
        [("2019", "0", "010121", "0"), ("202201", "643", "TOTAL", "0"), ("202201", "490", "8542", "2100"), ("2022", "899", "9999AA", "0")]
    ):  # fmt: skip
        found.append(
            {
                "freqCode": "A" if len(period) == 4 else "M", "period": period, "partnerCode": partner, "cmdCode": good, "motCode": mode,
                "primaryValue": f"{number}234567890123.45", "fobvalue": "", "netWgt": "0.0", "qty": "3.0", "flowCode": "RX",
            }
        )  # fmt: skip
    return found


@pytest.mark.prove_only
def test_a_frame_of_r_gives_the_same_rows(tmp_path: Path, few: list[Row], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").write_bytes(current(few))
    (tmp_path / "b").write_bytes(frame(few))
    assert recognise(tmp_path / "b").name == "comtrade"
    assert staged_rows(tmp_path / "b") == staged_rows(tmp_path / "a")


def test_nine_columns_without_numbers(con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read) -> None:
    """What an analyst keeps of a reply: names, ISO codes, the year."""
    header = ["reporterISO", "reporterDesc", "flowDesc", "partnerISO", "partnerDesc", "cmdCode", "cmdDesc", "primaryValue", "refYear"]  # fmt: skip
    path = comtrade(
        {"partnerISO": "W00"}, {"partnerISO": "S19", "flowDesc": "Re-export"}, {"partnerISO": "X1 "}, header=header
    )  # fmt: skip
    staging = read_file(con, path)
    assert staged("reporter", "partner", "flow", "revision", "frequency", "kind") == [
        ("DEU", "TWN", "RX", "HS", "A", "economy"),
        ("DEU", "W00", "X", "HS", "A", "aggregate"),
        ("DEU", "X1", "X", "HS", "A", "aggregate"),
    ]
    assert staging.warnings[:4] == (
        "the period is read from the year: there is no column for it",
        "reporters and partners are read from ISO codes: there is no column of Comtrade's numbers",
        "the flow is read from its name: there is no column of flow codes",
        "no column says of which revision of the HS the codes are: they are imported as HS, revision not known",
    )


def test_an_iso_code_that_is_none_is_rejected(con: duckdb.DuckDBPyConnection, comtrade: Write, rejects: Read) -> None:
    header = [name for name in HEADER if name not in ("reporterCode", "partnerCode")]
    read_file(con, comtrade({"reporterISO": "QQQ"}, {"partnerISO": "QQQ"}, header=header))
    assert rejects() == [(2, "reporter code QQQ is not known"), (3, "partner code QQQ is not a number")]


@pytest.mark.parametrize("month", ["3", "12"])
def test_a_month_beside_the_year_is_a_month(
    con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read, month: str
) -> None:
    header = [name for name in HEADER if name not in ("period", "freqCode")]
    read_file(con, comtrade({"refMonth": month}, {"refMonth": "52", "refYear": "2021"}, header=header))
    assert [(frequency, period.isoformat()) for frequency, period in staged("frequency", "period")] == [
        ("A", "2021-01-01"),
        ("M", f"2023-{int(month):02d}-01"),
    ]


def test_the_old_api_says_why_it_gives_nothing(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    status = {"name": "ResultTooLarge", "value": 5003, "description": "The result is too large"}
    path = tmp_path / "reply.json"
    path.write_text(json.dumps({"validation": {"status": status, "message": None}, "dataset": []}))
    with pytest.raises(InputError, match="an error reply of the API: The result is too large"):
        read_file(con, path)


def test_letters_of_another_encoding_are_only_in_what_is_not_read(
    con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read
) -> None:
    path = comtrade({"partnerDesc": "Côte d'Ivoire"}, {"partnerCode": "156", "flowCode": "é"})
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    staging = read_file(con, path)
    assert staging.warnings[0] == "the file is not UTF-8; it was read as latin-1"
    assert con.execute("SELECT row, reason FROM rejects").fetchall() == [
        (3, "flow é is not one of X, M, RX, RM or a part of them")
    ]


def totals(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, int], float]:
    found = con.execute(
        "SELECT reporter, flow, year(period), sum(value_usd) FROM staged WHERE kind <> 'breakdown' GROUP BY ALL"
    ).fetchall()
    return {(reporter, flow, year): usd for reporter, flow, year, usd in found}


CENT = 0.01
"""To the cent: sums of doubles in another order differ in the last digits."""


@pytest.mark.prove_only
@needs_shared
@pytest.mark.parametrize("path", FRAMES, ids=lambda path: path.stem)
def test_frames_of_comtradr_keep_their_totals(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    import pyreadr

    from stopgap.codes.areas import find_area

    [table] = pyreadr.read_r(str(path)).values()
    staging = read_file(con, path)
    assert (staging.rows_read, staging.rows_rejected, staging.rows_duplicate, staging.rows_merged) == (
        len(table),
        0,
        0,
        0,
    )
    table["usd"] = table.primary_value.astype(float)
    flow = table.flow_code if "flow_code" in table else table.flow_desc.map({"Import": "M", "Export": "X"})
    reporter = table.reporter_code.astype(str) if "reporter_code" in table else table.reporter_iso
    expected = table.groupby([reporter, flow, table.ref_year.astype(int)]).usd.sum().to_dict()
    expected = {(find_area(str(code)).code, flow, int(year)): usd for (code, flow, year), usd in expected.items()}
    assert totals(con) == pytest.approx(expected, abs=CENT)


@needs_shared
def test_the_old_table_keeps_its_totals(con: duckdb.DuckDBPyConnection) -> None:
    import pandas as pd

    from stopgap.codes.areas import find_area

    table = pd.read_csv(LEGACY)
    staging = read_file(con, LEGACY)
    assert (staging.rows_read, staging.rows_rejected, staging.rows_duplicate, staging.rows_merged) == (2863, 0, 0, 0)
    sums = table.groupby(["Reporter Code", "Trade Flow Code", "Year"])["Trade Value (US$)"].sum().to_dict()
    flows = {1: "M", 2: "X", 3: "RX", 4: "RM"}
    expected = {(find_area(str(code)).code, flows[flow], int(year)): usd for (code, flow, year), usd in sums.items()}
    assert totals(con) == pytest.approx(expected, abs=CENT)
    estimated = con.execute("SELECT count(*) FROM staged WHERE is_estimated").fetchall()[0][0]
    assert estimated == (table.Flag != 0).sum()
    weight, units = con.execute("SELECT sum(net_kg), count(quantity_unit) FROM staged").fetchall()[0]
    assert weight == pytest.approx(table["Netweight (kg)"].sum(), abs=CENT)
    assert units == ((table["Qty Unit Code"] != 1) & (table.Qty > 0)).sum()


@needs_shared
def test_a_reply_of_the_api_keeps_its_totals(con: duckdb.DuckDBPyConnection) -> None:
    import pandas as pd

    path = TRADE / "comtradr-vignettes" / "tests" / "data_v1_get_C_A_HS-60a6ad.json"
    table = pd.DataFrame(json.loads(path.read_text())["data"])
    assert read_file(con, path).rows_read == len(table)
    sums = con.execute("SELECT flow, year(period), sum(value_usd) FROM staged GROUP BY ALL ORDER BY ALL").fetchall()
    assert {(flow, year): usd for flow, year, usd in sums} == pytest.approx(
        table.groupby(["flowCode", "refYear"]).primaryValue.sum().to_dict(), abs=CENT
    )


@needs_shared
@pytest.mark.parametrize(
    ("name", "says"),
    [("bulk_v1_get_C_A_HS-4f1d0f.json", "lists bulk files"), ("bulk_error_HS-a503f3.json", "holds no rows")],
)
def test_replies_without_figures_are_refused(con: duckdb.DuckDBPyConnection, name: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_file(con, TRADE / "comtradr-vignettes" / "tests" / name)
