"""SQL for Comtrade files: the intermediate table ``comtrade_rows``, the row checks, and the view ``staged``.

``comtrade_rows`` is narrow and keeps the file's codes; ``staged`` is a view that translates them into ours. So the file
is scanned once and little is written twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from stopgap.base.sql import quoted
from stopgap.codes.areas import area_table
from stopgap.codes.commodities import COMTRADE_REVISION
from stopgap.sources.base import STAGED_COLUMNS, count
from stopgap.sources.files.limits import is_outside, out_of_bounds
from stopgap.sources.files.workbooks import is_error, may_be_error
from stopgap.sources.trade.staging import number_sql

NEEDED = ("period", "reporterCode", "flowCode", "partnerCode", "classificationCode", "cmdCode", "primaryValue")
NUMBERS = ("primaryValue", "netWgt", "qty", "cifvalue", "fobvalue")
FLAGS = ("isQtyEstimated", "isNetWgtEstimated", "isAltQtyEstimated")
TOTAL_OF = {"motCode": "0", "customsCode": "C00", "mosCode": "0", "partner2Code": "0"}
"""Dimensions that split a total -> code of the total."""
OTHERS = ("typeCode", "freqCode", "qtyUnitCode", "legacyEstimationFlag")
READ = (*NEEDED, *NUMBERS[1:], *FLAGS, *TOTAL_OF, *OTHERS)

FLOWS = ("X", "M", "RX", "RM")
PART_FLOWS = ("DX", "FM", "MIP", "MOP", "XIP", "XOP")

QUANTITY_UNITS = {
    "2": "m²", "3": "1000 kWh", "4": "m", "5": "u", "6": "2u", "7": "l", "8": "kg", "9": "1000u",
    "10": "pack", "11": "12u", "12": "m³", "13": "carat", "14": "km", "15": "g", "16": "hive", "17": "1000 m³",
    "18": "TJ", "19": "BBL", "20": "1000 l", "21": "1000 kg", "22": "kWh", "23": "l alc 100%", "24": "head",
    "25": "kg/net eda", "26": "kg C5H14ClNO", "27": "kg P2O5", "28": "kg H2O2", "29": "kg met.am.", "30": "kg N",
    "31": "kg KOH", "32": "kg K2O", "33": "kg NaOH", "34": "kg 90% sdt", "35": "kg U", "36": "ct/l", "37": "Bq",
    "38": "gi F/S", "39": "GRT", "40": "GT", "41": "ce/el",
}  # fmt: skip

ROW_COLUMNS = (
    "period", "freq", "reporter", "partner", "flow", "cmd", "cls", "value", "net", "qty", "unit", "is_fob",
    "is_estimated", "part", "bad",
)  # fmt: skip
CODES = ("period", "freq", "reporter", "partner", "flow", "cmd", "cls")
"""Columns of ``comtrade_rows`` that form a row's key, with the file's own codes."""


TRUTHS = ("true", "false", "t", "f", "yes", "no", "y", "n", "1", "0", "1.0", "0.0", "")
"""Accepted texts of a flag, in lower case."""

YEAR_MONTHS = ("", "52", "99")
"""Suffixes of the year in the period of an annual figure: nothing, or a month number that does not exist."""

QUICK_TYPES = {
    **dict.fromkeys(NUMBERS, "DOUBLE"),
    **dict.fromkeys(FLAGS, "BOOLEAN"),
    **dict.fromkeys(("motCode", "mosCode", "partner2Code", "legacyEstimationFlag", "qtyUnitCode"), "INTEGER"),
    "period": "comtrade_period",
    **dict.fromkeys(("reporterCode", "partnerCode"), "comtrade_area"),
    "classificationCode": "comtrade_revision",
    "flowCode": "comtrade_flow",
    "freqCode": "comtrade_frequency",
}
"""DuckDB types of columns in the quick reading, which an unknown code makes fail; all other columns are text."""


def rows_sql(relation: str, columns: Mapping[str, str], *, careful: bool, files: int = 1) -> str:
    """Return the query for ``comtrade_rows`` from a relation and the SQL of each Comtrade column that the file has.

    A relation of several ``files`` has the column ``file``, the position of the row's file, as ``comtrade_rows`` then has.

    If ``careful``, all columns of the relation are text, and ``bad`` describes the first invalid number, flag or code
    of a row; otherwise they have the types of ``QUICK_TYPES``.
    """

    def text(name: str) -> str:
        return columns.get(name, "NULL::VARCHAR")

    def number(name: str) -> str:
        if name not in columns:
            return "NULL::DOUBLE"
        return number_sql(columns[name]) if careful else columns[name]

    def fault(name: str, test: str, what: str) -> str:
        return f"CASE WHEN {test} THEN concat('{name} ''', left({text(name)}, 40), ''' {what}') END"

    def is_true(name: str) -> str:
        if name not in columns:
            return "false"
        test = f"lower({columns[name]}) IN ('true', '1')" if careful else columns[name]
        return f"coalesce({test}, false)"

    legacy = f"coalesce({text('legacyEstimationFlag')} NOT IN ('0', '0.0', ''), false)"
    if "legacyEstimationFlag" in columns and not careful:
        legacy = f"coalesce({columns['legacyEstimationFlag']} <> 0, false)"
    dimensions = {
        name: f"trim({text(name)})" if careful or name not in QUICK_TYPES else text(name) for name in TOTAL_OF
    }
    total = " AND ".join(f"coalesce({sql} = '{TOTAL_OF[name]}', true)" for name, sql in dimensions.items())
    part = ", ".join(f"coalesce({sql}::VARCHAR, '{TOTAL_OF[name]}')" for name, sql in dimensions.items())
    checked = columns.keys() if careful else frozenset()
    codes = ("motCode", "mosCode", "partner2Code", "legacyEstimationFlag")
    faults = [
        fault("typeCode", f"{text('typeCode')} NOT IN ('C', '')", "is not ''C'', trade in goods"),
        *(
            fault(name, f"{text(name)} IS NOT NULL AND {number(name)} IS NULL", "is not a finite number")
            for name in NUMBERS
            if name in checked
        ),
        *(
            fault(
                name,
                f"{text(name)} NOT IN ('False', 'True') AND lower(trim({text(name)})) NOT IN {TRUTHS}",
                "is not true or false",
            )
            for name in FLAGS
            if name in checked
        ),
        *(
            fault(name, f"NOT regexp_full_match(trim({text(name)}), '[0-9]*(\\.0)?')", "is not a number")
            for name in codes
            if name in checked
        ),
        *([_errors(columns)] if careful else []),
    ]
    return f"""
        SELECT {text("period")} AS period, {text("freqCode")} AS freq, {text("reporterCode")} AS reporter,
            {text("partnerCode")} AS partner, {text("flowCode")} AS flow, {text("cmdCode")} AS cmd,
            {text("classificationCode")} AS cls, {number("primaryValue")} AS value, {number("netWgt")} AS net,
            {number("qty")} AS qty, {text("qtyUnitCode")} AS unit,
            coalesce({number("fobvalue")} = {number("primaryValue")}, false)
                AND NOT coalesce({number("cifvalue")} = {number("primaryValue")}, false) AS is_fob,
            {" OR ".join([legacy, *(is_true(name) for name in FLAGS)])} AS is_estimated,
            CASE WHEN NOT ({total}) THEN concat_ws('|', {part}) END AS part,
            coalesce({", ".join([*faults, "NULL"])}) AS bad{", file" if files > 1 else ""}
        FROM {relation}
    """


def _errors(columns: Mapping[str, str]) -> str:
    """Return SQL for a message on the column with a spreadsheet error; number columns are checked elsewhere."""
    texts = {name: sql for name, sql in columns.items() if name not in NUMBERS}
    if not texts:
        return "NULL"
    cases = " ".join(
        f"WHEN {is_error(sql)} THEN concat('{name} ''', left({sql}, 40), ''' is the error of a spreadsheet')"
        for name, sql in texts.items()
    )
    return f"CASE WHEN {may_be_error(texts.values())} THEN CASE {cases} END END"


def make_code_tables(con: duckdb.DuckDBPyConnection, *, has_isos: bool = False) -> None:
    """Create tables that map Comtrade's codes (with ``has_isos``, ISO codes too) to ours, and ENUM types of them."""
    con.register("comtrade_areas_given", area_table("comtrade"))
    con.execute("""
        CREATE OR REPLACE TABLE comtrade_area_codes AS
        SELECT value, code, kind FROM comtrade_areas_given
        UNION SELECT lpad(value, 3, '0'), code, kind FROM comtrade_areas_given WHERE length(value) < 3
    """)
    con.unregister("comtrade_areas_given")
    if has_isos:
        con.register("comtrade_isos_given", area_table("iso3"))
        con.execute("""
            INSERT INTO comtrade_area_codes SELECT value, code, kind FROM comtrade_isos_given
            WHERE value NOT IN (SELECT value FROM comtrade_area_codes)
        """)
        con.unregister("comtrade_isos_given")
    con.execute(f"""
        CREATE OR REPLACE TABLE comtrade_period_codes AS
        SELECT strftime(d, '%Y%m') AS value, d::DATE AS period, 'M' AS frequency
        FROM range(DATE '1962-01-01', DATE '2101-01-01', INTERVAL 1 MONTH) AS t(d)
        UNION ALL
        SELECT concat(strftime(d, '%Y'), month), d::DATE, 'A'
        FROM range(DATE '1962-01-01', DATE '2101-01-01', INTERVAL 1 YEAR) AS t(d), (VALUES {", ".join(f"({quoted(month)})" for month in YEAR_MONTHS)}) AS m(month)
    """)
    for table, pairs in {"comtrade_revision_codes": COMTRADE_REVISION, "comtrade_unit_codes": QUANTITY_UNITS}.items():
        rows = ", ".join(f"({quoted(value)}, {quoted(name)})" for value, name in pairs.items())
        con.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM (VALUES {rows}) AS t(value, name)")
    flows = ", ".join(quoted(flow) for flow in sorted(FLOWS + PART_FLOWS))
    values = {
        "comtrade_period": "SELECT value FROM comtrade_period_codes ORDER BY value",
        "comtrade_area": "SELECT value FROM comtrade_area_codes ORDER BY value",
        "comtrade_revision": "SELECT value FROM comtrade_revision_codes ORDER BY value",
        "comtrade_flow": flows,
        "comtrade_frequency": "'A', 'M'",
    }
    for name, listed in values.items():
        con.execute(f"CREATE TYPE {name} AS ENUM ({listed})")


def use_code_tables(con: duckdb.DuckDBPyConnection, *, careful: bool) -> None:
    """Copy the code tables with the column types of ``comtrade_rows``, so that joins need no casts."""
    for table, kind in {
        "comtrade_areas": "comtrade_area",
        "comtrade_periods": "comtrade_period",
        "comtrade_revisions": "comtrade_revision",
        "comtrade_units": "INTEGER",
    }.items():
        con.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT value::{'VARCHAR' if careful else kind} AS value, "
            f"* EXCLUDE (value) FROM {table.removesuffix('s')}_codes"
        )


IS_GOOD = "(f.cmd = 'TOTAL' OR regexp_full_match(f.cmd, '[0-9]{1,6}|[0-9]{4}[A-Z]{2}'))"

JOINS = """
    FROM comtrade_rows AS f
    LEFT JOIN comtrade_areas AS r ON r.value = f.reporter
    LEFT JOIN comtrade_areas AS p ON p.value = f.partner
    LEFT JOIN comtrade_periods AS t ON t.value = f.period
    LEFT JOIN comtrade_revisions AS v ON v.value = f.cls
"""

_KINDS = ("aggregate", "breakdown", "economy")


def _constant(text: str, of: Sequence[str]) -> str:
    """Return SQL for a constant of an ENUM type, which DuckDB stores as a number; ``of`` lists the ENUM's values."""
    return f"{quoted(text)}::ENUM({', '.join(quoted(name) for name in of)})"


_KIND = {kind: _constant(kind, _KINDS) for kind in _KINDS}
_AT = {at: _constant(at, ("CIF", "FOB")) for at in ("CIF", "FOB")}

_STAGED = {
    "period": "t.period",
    "frequency": "t.frequency",
    "reporter": "r.code",
    "partner": "p.code",
    "flow": "f.flow::comtrade_flow",
    "good": "f.cmd::staged_good",
    "revision": "v.name",
    "value_usd": "f.value",
    "net_kg": "nullif(f.net, 0)",
    "quantity": "CASE WHEN f.unit <> '-1' THEN nullif(f.qty, 0) END",
    "quantity_unit": "CASE WHEN f.unit <> '-1' AND f.qty <> 0 THEN u.name END",
    "valuation": f"CASE WHEN f.is_fob OR f.flow IN ('X', 'RX', 'DX', 'XIP', 'XOP') THEN {_AT['FOB']} ELSE {_AT['CIF']} END",
    "is_estimated": "f.is_estimated",
    "source": _constant("comtrade", ["comtrade"]),
    "kind": f"""CASE WHEN f.part IS NOT NULL OR f.flow NOT IN {FLOWS} THEN {_KIND["breakdown"]}
        WHEN r.kind = 'aggregate' OR p.kind = 'aggregate' OR f.cmd = 'TOTAL' THEN {_KIND["aggregate"]}
        ELSE {_KIND["economy"]} END""",
    "currency": _constant("USD", ["USD"]),
    "value_reported": "f.value",
    "usd_per_unit": "1.0::DOUBLE",
}


def make_staged(con: duckdb.DuckDBPyConnection, files: int = 1) -> None:
    """Create the view ``staged`` over ``comtrade_rows``, and ``staged_coded``: the same rows with texts as ENUMs."""
    named = {
        # What is not known keeps its code.
        "staged_areas": (
            "code, kind",
            """
            SELECT value, code, kind FROM comtrade_areas
            UNION ALL SELECT partner, partner::VARCHAR, 'aggregate' FROM (SELECT DISTINCT partner FROM comtrade_rows) AS f
            ANTI JOIN comtrade_areas AS p ON p.value = f.partner
            """,
        ),
        "staged_units": (
            "name",
            """
            SELECT value, name FROM comtrade_units
            UNION ALL SELECT unit, unit::VARCHAR FROM (SELECT DISTINCT unit FROM comtrade_rows WHERE unit IS NOT NULL) AS f
            ANTI JOIN comtrade_units AS u ON u.value = f.unit
            """,
        ),
        "staged_periods": ("frequency, period", "SELECT value, frequency, period FROM comtrade_periods"),
        "staged_revisions": ("name", "SELECT value, name FROM comtrade_revisions"),
    }
    for table, (columns, query) in named.items():
        text, *others = columns.split(", ")
        con.execute(f"CREATE OR REPLACE TEMP TABLE named AS {query}")
        con.execute(f"CREATE TYPE {table}_text AS ENUM (SELECT DISTINCT {text} FROM named ORDER BY {text})")
        con.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT value, {text}::{table}_text AS {text}"
            f"{''.join(f', {name}' for name in others)} FROM named"
        )
        # Then a join with it cannot make two rows of one.
        con.execute(f"CREATE UNIQUE INDEX {table}_value ON {table} (value)")
    con.execute("DROP TABLE named")
    con.execute("CREATE TYPE staged_good AS ENUM (SELECT cmd FROM comtrade_rows UNION SELECT 'TOTAL' ORDER BY cmd)")
    own = ", file" if files > 1 else ""
    con.execute(
        f"CREATE OR REPLACE VIEW staged_coded AS SELECT {', '.join(f'{sql} AS {name}' for name, sql in _STAGED.items())}{own} "
        f"{_STAGED_JOINS}"
    )
    columns = ", ".join(f"{name}::{kind} AS {name}" for name, kind in STAGED_COLUMNS.items())
    con.execute(f"CREATE OR REPLACE VIEW staged AS SELECT {columns}{own} FROM staged_coded")


_STAGED_JOINS = """
    FROM comtrade_rows AS f
    LEFT JOIN staged_areas AS r ON r.value = f.reporter
    LEFT JOIN staged_areas AS p ON p.value = f.partner
    LEFT JOIN staged_periods AS t ON t.value = f.period
    LEFT JOIN staged_revisions AS v ON v.value = f.cls
    LEFT JOIN staged_units AS u ON u.value = f.unit
"""

_BOUNDED = (
    ("value_usd", "value", "primaryValue"),
    ("value_reported", "value", "primaryValue"),
    ("net_kg", "net", "netWgt"),
    ("quantity", "qty", "qty"),
)
_OUTSIDE = " ".join(
    f"WHEN {is_outside(name, f'f.{column}')} THEN {out_of_bounds(name, f'f.{column}', shown)}"
    for name, column, shown in _BOUNDED
)

REASON = f"""
    CASE WHEN f.bad IS NOT NULL THEN f.bad
        WHEN f.value IS NULL THEN 'primaryValue is empty'
        WHEN NOT isfinite(f.value) THEN 'primaryValue is not a finite number'
        WHEN f.value < 0 THEN concat('primaryValue ', f.value, ' is negative')
        WHEN f.net < 0 OR NOT coalesce(isfinite(f.net), true) THEN concat('netWgt ', f.net, ' is not a weight')
        WHEN f.qty < 0 OR NOT coalesce(isfinite(f.qty), true) THEN concat('qty ', f.qty, ' is not a quantity')
        {_OUTSIDE}
        WHEN t.period IS NULL THEN concat('period ', coalesce(f.period, 'is empty; it'), ' is not a year or a month (YYYY or YYYYMM)')
        WHEN coalesce(f.freq, t.frequency) <> t.frequency THEN concat('freqCode ', f.freq, ' does not go with period ', f.period)
        WHEN f.reporter IS NULL THEN 'reporterCode is empty'
        WHEN r.code IS NULL THEN concat('reporter code ', f.reporter, ' is not known')
        WHEN f.partner IS NULL THEN 'partnerCode is empty'
        WHEN p.code IS NULL AND NOT regexp_full_match(f.partner, '[0-9]{{1,4}}') THEN concat('partner code ', f.partner, ' is not a number')
        WHEN f.flow IS NULL OR f.flow NOT IN {FLOWS + PART_FLOWS} THEN concat('flow ', coalesce(f.flow, 'is empty; it'), ' is not one of X, M, RX, RM or a part of them')
        WHEN v.name IS NULL THEN concat('classification ', coalesce(f.cls, 'is empty; it'), ' is not a revision of the HS')
        WHEN f.cmd IS NULL OR NOT {IS_GOOD} THEN concat('commodity code ', coalesce(f.cmd, 'is empty; it'), ' is not an HS code')
    END
"""

CONTENT = (
    "concat_ws(' ', 'period=' || f.period, 'reporter=' || f.reporter, 'flow=' || f.flow, "
    "'partner=' || f.partner, 'classification=' || f.cls, 'cmd=' || f.cmd, 'value=' || f.value, "
    "'part=' || f.part)"
)


def is_sound(con: duckdb.DuckDBPyConnection) -> bool:
    """Return whether all rows of ``comtrade_rows`` pass the checks of ``REASON``, tested on distinct codes.

    This is far cheaper than testing each row, and nearly all files have no faults.
    """
    numbers = " AND ".join(
        [
            "bad IS NULL AND value >= 0",
            *(f"({name} IS NULL OR {name} >= 0)" for name in ("net", "qty")),
            *(f"coalesce(NOT {is_outside(name, column)}, true)" for name, column, _ in _BOUNDED),
            "NOT contains(coalesce(part, ''), '#')",
        ]
    )
    faults = {
        "period, freq": "LEFT JOIN comtrade_periods AS t ON t.value = f.period "
        "WHERE t.period IS NULL OR coalesce(f.freq::VARCHAR, t.frequency) <> t.frequency",
        "reporter": "LEFT JOIN comtrade_areas AS r ON r.value = f.reporter WHERE r.code IS NULL",
        "partner": "LEFT JOIN comtrade_areas AS p ON p.value = f.partner "
        "WHERE f.partner IS NULL OR (p.code IS NULL AND NOT regexp_full_match(f.partner::VARCHAR, '[0-9]{1,4}'))",
        "flow": f"WHERE f.flow IS NULL OR f.flow NOT IN {FLOWS + PART_FLOWS}",
        "cls": "LEFT JOIN comtrade_revisions AS v ON v.value = f.cls WHERE v.name IS NULL",
        "cmd": f"WHERE f.cmd IS NULL OR NOT {IS_GOOD}",
    }
    if not con.execute(f"SELECT bool_and(coalesce({numbers}, false)) FROM comtrade_rows").fetchall()[0][0]:
        return count(con, "comtrade_rows") == 0
    for columns, fault in faults.items():
        # A table of its own, for the condition would else be asked of each row.
        con.execute(f"CREATE OR REPLACE TEMP TABLE given_codes AS SELECT DISTINCT {columns} FROM comtrade_rows")
        if con.execute(f"SELECT 1 FROM given_codes AS f {fault} LIMIT 1").fetchall():
            return False
    return True
