"""Source for Stopgap's own table format, as CSV or Parquet: the lake's export and the bundled figures have it."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from stopgap.base.errors import InputError
from stopgap.base.sql import quoted
from stopgap.base.vocab import Flow, RowKind, Valuation
from stopgap.codes.aggregate_names import named_aggregate
from stopgap.codes.areas import area_table
from stopgap.sources.base import STAGED_COLUMNS, Reading, Source, Staging, count, make_rejects
from stopgap.sources.files.containers import check_parquet, unreadable_parquet
from stopgap.sources.files.csv_file import csv_shape, last_line, structure_fault
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.files.workbooks import is_error
from stopgap.sources.mappings.periods import FIRST_YEAR, LAST_YEAR
from stopgap.sources.mappings.unlisted_aggregates import Unlisted, counted_aggregates
from stopgap.sources.mappings.values import doubtful_points
from stopgap.sources.trade.staging import NO_GOOD, NO_REVISION, case_sql, content_sql, fault_sql, number_sql, settle

NEEDED = (
    "period", "frequency", "reporter", "partner", "flow", "good", "revision", "value_usd", "valuation", "source",
)  # fmt: skip
OPTIONAL = (
    "net_kg", "quantity", "quantity_unit", "is_estimated", "kind", "currency", "value_reported", "usd_per_unit",
)  # fmt: skip
IGNORED = ("vintage", "receipt")
CONVERTED = ("currency", "value_reported", "usd_per_unit")
"""If a file has all of these columns, value_usd may be absent: it is value_reported * usd_per_unit."""
MARKS = ("frequency", "reporter", "partner", "flow", "good")
"""Columns that together, under these names, occur only in Stopgap's own tables."""
NUMBERS = ("value_usd", "net_kg", "quantity", "value_reported", "usd_per_unit")

TEXT_LIMIT = 200
"""Maximum length of the name of a source or unit, in characters."""

TOLERANCE = 1e-6
"""Permitted relative difference of value_usd from value_reported * usd_per_unit, because CSV files are rounded."""


class Canonical(Source):
    """Source for tables with the columns of the lake's trade table."""

    name = "canonical"
    title = "Stopgap's own table: CSV (plain or gzip) or Parquet with the columns of the lake's trade table"
    how = "stopgap lake export, or your own script (docs/how-to/import.md lists the columns)"
    terms = "those of the sources named in the file"
    parser = "canonical/1"

    def recognises(self, head: FileHead) -> bool:
        """Recognise the file by the lake's column names; some may be missing, which ``parse`` reports."""
        return set(MARKS) <= set(head.columns) and len({*NEEDED, *OPTIONAL} & set(head.columns)) >= 8

    def parse(self, con: duckdb.DuckDBPyConnection, reading: Reading) -> Staging:
        """Parse rows that have the lake's columns and codes, checking each field; InputError if the columns differ."""
        make_rejects(con)
        warnings: list[str] = []
        if reading.head.container == "parquet":
            check_parquet(con, reading.path, reading.name)
            names = reading.head.columns
            columns = {name: f'"{name}"' for name in names}
            relation, first_row = f"read_parquet({quoted(str(reading.path))})", 1
            shape = None
        else:
            shape = csv_shape(reading.head)
            names = shape.columns
            columns = {name: f"c{position}" for position, name in enumerate(names)}
            relation, first_row = shape.relation(reading.path), 2
            if not last_line(reading.path, shape.is_gzip)[1]:
                warnings.append("the last row has no line end; check that the file is whole")
        _check_columns(names, reading.name)
        con.register("area_codes_given", area_table("iso3"))
        con.execute("CREATE OR REPLACE TEMP TABLE area_codes AS SELECT value, code, kind FROM area_codes_given")
        con.unregister("area_codes_given")
        try:
            con.execute(_loaded_sql(relation, columns, first_row))
            if told := _named_aggregates(con):
                con.execute("DROP TABLE loaded")
                con.execute(_loaded_sql(relation, columns, first_row))
                warnings.append(told)
        except duckdb.Error as error:
            if shape is not None:
                raise structure_fault(con, reading.path, reading.name, shape) from None
            raise unreadable_parquet(reading.name, error, fix="write the file again") from error
        zeros = count(con, "(FROM loaded WHERE is_zero_weight)")
        if zeros:
            warnings.append(f"{zeros:,} weights or quantities of 0 are read as not reported")
        values = "value_usd_text" if "value_usd" in columns else "value_reported_text"
        warnings += [note.text for note in doubtful_points(con, values)]
        counts = settle(con)
        found = con.execute("SELECT DISTINCT source FROM staged ORDER BY source LIMIT 2").fetchall()
        source = found[0][0] if len(found) == 1 else self.name
        return counts.staging(source, warnings, parser=self.parser, terms=self.terms)


def _named_aggregates(con: duckdb.DuckDBPyConnection) -> str | None:
    """Add to ``area_codes`` what the file names and no table lists, where its name is an aggregate's; a warning, if any."""
    found = []
    rows = con.execute("""
        SELECT text, count(*) FROM (SELECT row, unnest([reporter, partner]) AS text FROM loaded WHERE kind = 'economy')
        WHERE text IS NOT NULL AND text NOT IN (SELECT value FROM area_codes) GROUP BY 1 ORDER BY 1 LIMIT 500
    """).fetchall()
    for text, number in rows:
        named = named_aggregate(text)
        if named is not None:
            con.execute("INSERT INTO area_codes VALUES (?, ?, 'aggregate')", [text.upper(), named.code])
            found.append(Unlisted(text, named.code, named.kind, "by its name", number))
    return counted_aggregates(found) if found else None


def _check_columns(names: tuple[str, ...], name: str) -> None:
    needed = [column for column in NEEDED if column != "value_usd" or not set(CONVERTED) <= set(names)]
    lacking = [column for column in needed if column not in names]
    strange = [column for column in names if column not in (*NEEDED, *OPTIONAL, *IGNORED)]
    twice = sorted({column for column in names if names.count(column) > 1})
    for columns, what in (
        (lacking, "the header lacks"),
        (strange, "the header has columns that are not Stopgap's:"),
        (twice, "the header names a column twice:"),
    ):
        if columns:
            raise InputError(
                f"{what} {', '.join(columns)}",
                where=f"{name}, row 1",
                fix="write the columns of docs/how-to/import.md, or import the file with a mapping (--map MAPPING.yml)",
            )


def _loaded_sql(relation: str, columns: Mapping[str, str], first_row: int) -> str:
    def text(name: str) -> str:
        return f"nullif(trim({columns[name]}::VARCHAR), '')" if name in columns else "NULL::VARCHAR"

    texts = ", ".join(f"{text(name)} AS {name}_text" for name in STAGED_COLUMNS)
    numbers = ", ".join(f"{number_sql(f'{name}_text')} AS {name}_number" for name in NUMBERS)
    whole = list(columns.values())
    kind = f"coalesce(kind_text, CASE WHEN r.kind = '{RowKind.AGGREGATE}' OR p.kind = '{RowKind.AGGREGATE}' OR good_text = 'TOTAL' THEN '{RowKind.AGGREGATE}' ELSE '{RowKind.ECONOMY}' END)"
    staged = {
        "period": "coalesce(try_strptime(period_text, ['%Y-%m-%d', '%Y-%m-%d %H:%M:%S', '%Y-%m', '%Y']))::DATE",
        "frequency": "frequency_text",
        "reporter": "coalesce(r.code, reporter_text)",
        "partner": "coalesce(p.code, partner_text)",
        "flow": "flow_text",
        "good": "good_text",
        "revision": "revision_text",
        "value_usd": "value_usd_number" if "value_usd" in columns else "value_reported_number * usd_per_unit_number",
        "net_kg": "nullif(net_kg_number, 0)",
        "quantity": "nullif(quantity_number, 0)",
        "quantity_unit": "quantity_unit_text",
        "valuation": "valuation_text",
        "is_estimated": "coalesce(lower(is_estimated_text) IN ('true', 't', '1'), false)",
        "source": "source_text",
        "kind": kind,
        "currency": "coalesce(currency_text, 'USD')",
        "value_reported": "coalesce(value_reported_number, value_usd_number)",
        "usd_per_unit": "coalesce(usd_per_unit_number, 1)",
    }
    typed = ", ".join(f"({sql})::{STAGED_COLUMNS[name]} AS {name}" for name, sql in staged.items())
    return f"""
        CREATE OR REPLACE TABLE loaded AS
        SELECT *, false AS is_missing, {_reason()} AS reason FROM (
            SELECT row, {typed}, same, content, * LIKE '%_text', * LIKE '%_number', r.kind AS reporter_kind, p.kind AS partner_kind,
                coalesce(net_kg_number = 0, false) OR coalesce(quantity_number = 0, false) AS is_zero_weight
            FROM (
                SELECT *, {numbers} FROM (
                    SELECT row_number() OVER () + {first_row - 1} AS row, {texts},
                        hash({", ".join(whole)}) AS same, {content_sql(whole)} AS content
                    FROM {relation}
                )
            )
            LEFT JOIN area_codes AS r ON r.value = upper(reporter_text)
            LEFT JOIN area_codes AS p ON p.value = upper(partner_text)
        ) ORDER BY row
    """


def _reason() -> str:
    flows, kinds, valuations = (tuple(str(each) for each in of) for of in (Flow, RowKind, Valuation))
    is_economy = f"kind = '{RowKind.ECONOMY}'"
    texts = ("source", "quantity_unit")

    def says(column: str, what: str) -> str:
        return fault_sql(column, f"{column}_text", what, most=40)

    rules = {
        "period IS NULL": says("period", "is not a date (YYYY-MM-DD)"),
        f"year(period) NOT BETWEEN {FIRST_YEAR} AND {LAST_YEAR}": says(
            "period", f"is not of the years {FIRST_YEAR} to {LAST_YEAR}"
        ),
        "frequency IS NULL OR frequency NOT IN ('A', 'M')": says("frequency", "is not A or M"),
        "day(period) <> 1 OR (frequency = 'A' AND month(period) <> 1)": says(
            "period", "is not the first day of its year or month"
        ),
        f"kind NOT IN {kinds}": says("kind", "is not economy, aggregate or breakdown"),
        f"reporter IS NULL OR (reporter_kind IS NULL AND {is_economy})": says("reporter", "is not known"),
        f"partner IS NULL OR (partner_kind IS NULL AND {is_economy})": says("partner", "is not known"),
        f"{is_economy} AND reporter_kind = 'aggregate'": says("reporter", "is an aggregate, not an economy"),
        f"{is_economy} AND partner_kind = 'aggregate'": says("partner", "is an aggregate, not an economy"),
        f"flow IS NULL OR (flow NOT IN {flows} AND kind <> 'breakdown')": says("flow", "is not X, M, RX or RM"),
        NO_GOOD: says("good", "is not a code"),
        NO_REVISION: says("revision", "is not HS, HS2022 or CN2022"),
        **{f"{n}_number IS NULL AND {n}_text IS NOT NULL": says(n, "is not a finite number") for n in NUMBERS},
        **{f"{name}_number < 0": says(name, "is negative") for name in NUMBERS},
        "value_usd IS NULL": says("value_usd", "is not a finite number"),
        f"valuation IS NULL OR valuation NOT IN {valuations}": says("valuation", "is not FOB or CIF"),
        "is_estimated_text IS NOT NULL AND lower(is_estimated_text) NOT IN ('true', 't', '1', 'false', 'f', '0')": says(
            "is_estimated", "is not true or false"
        ),
        "source IS NULL": says("source", "is needed"),
        **{
            f"length({name}) > {TEXT_LIMIT} OR regexp_matches({name}, '[[:cntrl:]]')": says(
                name, f"is longer than {TEXT_LIMIT} characters, or holds characters that are not printed"
            )
            for name in texts
        },
        **{is_error(f"{name}_text"): says(name, "is the error of a spreadsheet") for name in texts},
        "NOT regexp_full_match(currency, '[A-Z]{3}')": says("currency", "is not a currency code"),
        f"abs(value_usd - value_reported * usd_per_unit) > {TOLERANCE} * greatest(abs(value_usd), 1)": says(
            "value_usd", "is not value_reported times usd_per_unit"
        ),
    }
    return case_sql(rules)
