"""Parse customs declarations and bills of lading through a mapping, one row for each line of the file.

Names are kept as the file spells them, in any script; this package itself contains no name of a person or firm. Fields
that a document does not state are NULL, and the warnings count them.
"""

from __future__ import annotations

import duckdb

from stopgap.base.errors import UsageError
from stopgap.base.sql import quoted
from stopgap.sources.base import Reading, Source, Staging, count, make_rejects
from stopgap.sources.declarations.columns import DECLARATION_COLUMNS
from stopgap.sources.declarations.spec import DeclarationSpec, TextOf
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.files.limits import reject_outside
from stopgap.sources.mappings.areas import fixed_area, look_up_areas, lookup_field
from stopgap.sources.mappings.raw_table import Given, load_given, reject_errors
from stopgap.sources.mappings.row_sql import MappedColumns, through
from stopgap.sources.mappings.spec import AmountOf, AreaOf
from stopgap.sources.mappings.tabular import apply_where
from stopgap.sources.mappings.values import convert
from stopgap.sources.trade.staging import case_sql, content_sql, fault_sql

NAME_LIMIT, DESCRIPTION_LIMIT = 1_000, 20_000
"""Maximum length of a name, address or number, and of a description, in characters."""

FIRST_YEAR, LAST_YEAR = 1990, 2100

FORMATS = {
    "YYYY-MM-DD": (r"\d{4}-\d{2}-\d{2}", "%Y-%m-%d"),
    "DD.MM.YYYY": (r"\d{1,2}\.\d{1,2}\.\d{4}", "%d.%m.%Y"),
    "DD/MM/YYYY": (r"\d{1,2}/\d{1,2}/\d{4}", "%d/%m/%Y"),
    "MM/DD/YYYY": (r"\d{1,2}/\d{1,2}/\d{4}", "%m/%d/%Y"),
    "DD-MM-YYYY": (r"\d{1,2}-\d{1,2}-\d{4}", "%d-%m-%Y"),
    "YYYYMMDD": (r"\d{8}", "%Y%m%d"),
    "YYYY/MM/DD": (r"\d{4}/\d{1,2}/\d{1,2}", "%Y/%m/%d"),
    "DD-Mon-YYYY": (r"\d{1,2}-[A-Za-z]{3}-\d{4}", "%d-%b-%Y"),
}
_TIME = r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$"


class Declarations(Source):
    """Source for tables of declarations, read through a mapping with ``table: declarations``."""

    name = "declarations"
    title = "customs declarations or bills of lading as any table, read through a mapping (--map MAPPING.yml)"
    how = "a mapping file with table: declarations (docs/how-to/declarations.md)"
    terms = "as the mapping says"
    parser = "declarations/1"

    def recognises(self, head: FileHead) -> bool:
        """Return False for every file: the user has to name the mapping."""
        return False

    def parse(self, con: duckdb.DuckDBPyConnection, reading: Reading) -> Staging:
        """Parse each line of the file into one row of ``staged``; UsageError without a mapping for declarations."""
        if reading.mapping is None or not isinstance(reading.mapping.spec, DeclarationSpec):
            raise UsageError(
                "source declarations needs a mapping with table: declarations",
                where=reading.name,
                fix="add --map MAPPING.yml (docs/how-to/declarations.md shows one)",
            )
        spec = reading.mapping.spec
        make_rejects(con)
        given = load_given(con, reading, spec)
        warnings = list(given.warnings)
        left_out = apply_where(con, spec, given)
        if left_out:
            warnings.append(f"{left_out:,} rows were left out, as the mapping's where says")
        areas = spec.of_kind(AreaOf)
        look_up_areas(con, areas.values(), given, "an economy")
        con.execute(f"CREATE OR REPLACE TABLE loaded AS {lines_sql(spec, given)}")
        reject_errors(con, given, spec.missing)
        if spec.value is not None:
            convert(con, spec.value.currency, reading)
        con.execute("DROP TABLE given; DROP TABLE area_lookup")
        read, duplicate = _settle(con)
        warnings += _notes(con, spec, [name for name, area in areas.items() if area.column is not None])
        if duplicate:
            warnings.append(f"{duplicate:,} exact repetitions of lines were dropped")
        con.execute("DROP TABLE loaded")
        return Staging(
            source=spec.source,
            rows_read=read,
            rows_missing=0,
            rows_duplicate=duplicate,
            rows_rejected=count(con, "rejects"),
            warnings=tuple(warnings),
            parser=self.parser,
            terms="; ".join(part for part in (spec.terms, spec.url) if part),
            mapping=reading.mapping.sha256,
            table="declarations",
        )


def _settle(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Turn ``loaded`` into ``staged``, with each line key once; return the rows read and the repetitions dropped."""
    read = count(con, "loaded")
    con.execute("UPDATE loaded SET is_missing = false")  # a line without a value is a line
    reject_outside(con, "loaded", DECLARATION_COLUMNS)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE repeated AS
        SELECT line, count(DISTINCT same) AS versions FROM loaded WHERE reason IS NULL AND line IS NOT NULL
        GROUP BY line HAVING count(*) > 1
    """)
    con.execute("""
        UPDATE loaded SET reason = 'the key ' || left(line, 100) || ' stands in several rows with different values'
        WHERE reason IS NULL AND line IN (SELECT line FROM repeated WHERE versions > 1)
    """)
    con.execute("INSERT INTO rejects SELECT row, reason, content FROM loaded WHERE reason IS NOT NULL ORDER BY row")
    con.execute("DELETE FROM loaded WHERE reason IS NOT NULL")
    before = count(con, "loaded")
    con.execute("""
        DELETE FROM loaded WHERE line IN (SELECT line FROM repeated) AND row NOT IN (
            SELECT min(row) FROM loaded WHERE line IN (SELECT line FROM repeated) GROUP BY line
        )
    """)
    con.execute(f"CREATE TABLE staged AS SELECT {', '.join(DECLARATION_COLUMNS)} FROM loaded")
    return read, before - count(con, "loaded")


def _notes(con: duckdb.DuckDBPyConnection, spec: DeclarationSpec, economies: list[str]) -> list[str]:
    """Return warnings that count the lines in which fields are absent, zero or not recognised."""
    sides = [name for name in ("exporter", "importer") if getattr(spec, name) is not None]
    amounts = [name for name in ("net_kg", "gross_kg", "quantity") if getattr(spec, name) is not None]
    are_zero = " OR ".join(f"{name}_number = 0" for name in amounts)
    is_odd_imo = "imo_text IS NOT NULL AND imo IS NULL" if spec.imo else "false"
    tests = {
        "{n:,} lines state no value: value_usd is NULL": "value_usd IS NULL" if spec.value else "false",
        "{n:,} lines have no code of a good": "good IS NULL" if spec.good else "false",
        f"{{n:,}} lines do not name the {' nor the '.join(sides)}": " AND ".join(f"{name} IS NULL" for name in sides),
        "{n:,} lines have a weight or quantity of 0, which is read as not stated": are_zero or "false",
        "{n:,} lines have a number of a vessel that is not an IMO number; it is left out": is_odd_imo,
        "{n:,} lines lack a part of the key, so a later file never replaces them": "line IS NULL"
        if spec.key
        else "false",
    }
    counts = con.execute(
        f"SELECT {', '.join(f'count(*) FILTER ({test})' for test in tests.values())} FROM loaded"
    ).fetchall()[0]
    found = [text.format(n=number) for text, number in zip(tests, counts, strict=True) if number]
    if spec.value is None:
        found.append("the mapping gives no value: value_usd is NULL throughout")
    if not spec.key and spec.duplicates == "keep":
        [(repeated,)] = con.execute("SELECT count(*) - count(DISTINCT same) FROM loaded").fetchall()
        if repeated:
            found.append(f"{repeated:,} lines repeat another exactly and are kept (duplicates: keep)")
    for name in economies:
        spellings = con.execute(f"""
            SELECT trim({name}_text), count(*) AS n FROM loaded
            WHERE {name} IS NULL AND trim({name}_text) <> '' GROUP BY 1 ORDER BY n DESC, 1
        """).fetchall()
        if spellings:
            shown = ", ".join(repr(text[:40]) for text, _ in spellings[:5])
            lines = sum(number for _, number in spellings)
            found.append(f"{lines:,} lines have a {name} that is not known and is left out: {shown}")
    return found


def lines_sql(spec: DeclarationSpec, given: Given) -> str:
    """Return the SQL query for ``loaded``: typed columns, ``reason``, ``same``, ``content``, and the original texts."""
    fields = MappedColumns(spec, given)
    texts, amounts, areas = spec.of_kind(TextOf), spec.of_kind(AmountOf), spec.of_kind(AreaOf)
    value = spec.value
    is_whole_key = not spec.key and spec.duplicates == "drop"
    value_text = fields.text(value.column or "", "value") if value else "NULL::VARCHAR"
    whole = [f"c{position}" for position in range(len(given.columns))]
    first = {
        "date_text": fields.text(spec.date.column, "date"),
        "flow_text": fields.flow_text(spec.flow) if spec.flow else "NULL::VARCHAR",
        "good_text": fields.good(spec.good) if spec.good else "NULL::VARCHAR",
        "value_text": value_text,
        "value_number": f"{fields.number(value_text)} * {fields.scale(value)}" if value else "NULL::DOUBLE",
        "currency_text": fields.currency(value.currency) if value else "NULL::VARCHAR",
        "unit_text": fields.unit(spec.quantity_unit),
        "same": f"hash({', '.join(whole)})",
        "whole": f"md5(to_json([{', '.join(whole)}])::VARCHAR)" if is_whole_key else "NULL::VARCHAR",
        "content": content_sql(whole),
        **{f"{name}_text": _text(fields, name, text) for name, text in texts.items()},
        **{f"{name}_text": fields.amount_text(amount, name) for name, amount in amounts.items()},
        **{f"{name}_number": fields.amount(amount, name) for name, amount in amounts.items()},
        **{f"{name}_text": fields.area_text(area, name) for name, area in areas.items()},
    }
    typed = {
        "date": _day(spec),
        "document": quoted(spec.document),
        "flow": through("flow_text", spec.flow.map) if spec.flow else "NULL",
        "good": "good_text",
        "value_usd": "value_usd",
        "value_reported": "value_usd",
        "currency": "CASE WHEN value_usd IS NOT NULL THEN currency_text END",
        "usd_per_unit": "CASE WHEN value_usd IS NOT NULL THEN 1.0 END",
        "quantity_unit": "unit_text",
        "source": quoted(spec.source),
        **{name: f"{name}_text" for name in texts},
        **{name: f"nullif({name}_number, 0)" for name in amounts},
        **{
            name: f"{name}_code" if area.value is None else quoted(fixed_area(area, name))
            for name, area in areas.items()
        },
        "imo": r"nullif(regexp_extract(imo_text, '^(?:IMO)?[ .:]*(\d{7})$', 1), '')" if "imo" in texts else "NULL",
        "line": "NULL",
    }
    columns = ", ".join(f"({typed.get(name, 'NULL')})::{kind} AS {name}" for name, kind in DECLARATION_COLUMNS.items())
    # A line is known in its source by its key, or by the whole of it where repetitions are dropped.
    complete = " AND ".join(f"{name} IS NOT NULL" for name in spec.key)
    key = f"to_json([{', '.join(f'{name}::VARCHAR' for name in spec.key)}])::VARCHAR"
    line = f"CASE WHEN {complete} THEN {key} END" if spec.key else "whole"
    is_zero_missing = value is not None and value.zero == "missing"
    joins = " ".join(
        f"LEFT JOIN area_lookup AS {name} ON {name}.field = {quoted(lookup_field(area))} AND {name}.value = b.{name}_text"
        for name, area in areas.items()
        if area.column is not None
    )
    found = "".join(f", {name}.code AS {name}_code" for name, area in areas.items() if area.column is not None)
    return f"""
        SELECT * REPLACE ({line} AS line), {_reason(spec, list(texts), list(amounts))} AS reason,
            'M' AS frequency, date AS period, value_usd IS NULL AS is_missing
        FROM (
            SELECT row, {columns}, same, whole, content,
                {", ".join(name for name in first if name not in ("same", "whole", "content"))}
            FROM (
                SELECT b.*, {"nullif(value_number, 0)" if is_zero_missing else "value_number"} AS value_usd{found}
                FROM (SELECT row, {", ".join(f"{sql} AS {name}" for name, sql in first.items())} FROM given) AS b
                {joins}
            )
        )
    """


def _text(fields: MappedColumns, name: str, text: TextOf) -> str:
    if text.value is not None:
        return quoted(text.value)
    if text.columns is not None:
        return f"nullif(concat_ws(' ', {', '.join(fields.text(column, name) for column in text.columns)}), '')"
    return fields.text(text.column or "", name)


def _day(spec: DeclarationSpec) -> str:
    """Return SQL for the date; NULL if the text has none of the mapping's formats."""
    day = f"regexp_replace(date_text, {quoted(_TIME)}, '')"
    return case_sql(
        (f"regexp_full_match({day}, {quoted(pattern)})", f"try_strptime({day}, {quoted(form)})")
        for pattern, form in map(FORMATS.__getitem__, spec.date.format)
    )


def _reason(spec: DeclarationSpec, texts: list[str], amounts: list[str]) -> str:
    """Return SQL for the reason why a row is rejected; NULL if it is valid."""
    days = " or ".join(spec.date.format)
    rules = {
        f"date IS NULL OR year(date) NOT BETWEEN {FIRST_YEAR} AND {LAST_YEAR}": fault_sql(
            "date", "date_text", f"is not a day in the format {days}"
        ),
        r"good IS NOT NULL AND NOT regexp_full_match(good, '\d{4,10}')": fault_sql(
            "good", "good", "is not a code of 4 to 10 digits"
        ),
        "flow_text IS NOT NULL AND flow IS NULL": fault_sql("flow", "flow_text", "is not in the map of the mapping"),
        "value_text IS NOT NULL AND value_number IS NULL": fault_sql("value", "value_text", "is not a finite number"),
        "value_number < 0": fault_sql("value", "value_text", "is negative"),
        "value_usd IS NOT NULL AND coalesce(NOT regexp_full_match(currency_text, '[A-Z]{3}'), true)": fault_sql(
            "currency", "currency_text", "is not a currency code"
        ),
    }
    for name in amounts:
        test = f"{name}_text IS NOT NULL AND coalesce({name}_number < 0, true)"
        rules[test] = fault_sql(name, f"{name}_text", "is not a weight or number")
    for name in texts:
        limit = DESCRIPTION_LIMIT if name == "description" else NAME_LIMIT
        rules[f"length({name}_text) > {limit}"] = f"'{name} is longer than {limit:,} characters'"
    return case_sql(rules)
