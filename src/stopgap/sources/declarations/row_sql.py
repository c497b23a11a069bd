"""The SQL that reads the rows of a file as lines of declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stopgap.base.sql import quoted
from stopgap.sources.declarations.columns import DECLARATION_COLUMNS
from stopgap.sources.declarations.spec import DeclarationSpec, TextOf
from stopgap.sources.mappings.areas import fixed_area, lookup_field
from stopgap.sources.mappings.fields import MappedColumns, through
from stopgap.sources.mappings.spec import AmountOf, AreaOf
from stopgap.sources.trade.staging import content_sql

if TYPE_CHECKING:
    from stopgap.sources.mappings.raw_table import Given

NAME_LIMIT = 1_000
"""Longest name, address or number in characters."""

DESCRIPTION_LIMIT = 20_000
"""Longest description in characters."""

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


def lines_sql(spec: DeclarationSpec, given: Given) -> str:
    """The query for the rows of ``loaded``: typed columns, ``reason``, ``same``, ``content``, and texts as given."""
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
        **{name: _area(name, area) for name, area in areas.items()},
        "imo": r"nullif(regexp_extract(imo_text, '^(?:IMO)?[ .:]*(\d{7})$', 1), '')" if "imo" in texts else "NULL",
        "line": "NULL",
    }
    columns = ", ".join(f"({typed.get(name, 'NULL')})::{kind} AS {name}" for name, kind in DECLARATION_COLUMNS.items())
    is_zero_missing = value is not None and value.zero == "missing"
    joins = " ".join(
        f"LEFT JOIN area_lookup AS {name} ON {name}.field = {quoted(lookup_field(area))} AND {name}.value = b.{name}_text"
        for name, area in areas.items()
        if area.column is not None
    )
    found = "".join(f", {name}.code AS {name}_code" for name, area in areas.items() if area.column is not None)
    return f"""
        SELECT * REPLACE ({_line(spec)} AS line), {_reason(spec, list(texts), list(amounts))} AS reason,
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


def _area(name: str, area: AreaOf) -> str:
    return quoted(fixed_area(area, name)) if area.value is not None else f"{name}_code"


def _day(spec: DeclarationSpec) -> str:
    """The day; NULL when the text is in none of the formats."""
    day = f"regexp_replace(date_text, {quoted(_TIME)}, '')"
    cases = " ".join(
        f"WHEN regexp_full_match({day}, {quoted(FORMATS[name][0])}) THEN try_strptime({day}, {quoted(FORMATS[name][1])})"
        for name in spec.date.format
    )
    return f"CASE {cases} END"


def _line(spec: DeclarationSpec) -> str:
    """What a line is known by in its source: its key, or the whole of it where repetitions are dropped."""
    if spec.key:
        complete = " AND ".join(f"{name} IS NOT NULL" for name in spec.key)
        return f"CASE WHEN {complete} THEN to_json([{', '.join(f'{name}::VARCHAR' for name in spec.key)}])::VARCHAR END"
    return "whole"


def _reason(spec: DeclarationSpec, texts: list[str], amounts: list[str]) -> str:
    """Why a row is refused; NULL where it is sound."""

    def says(column: str, what: str, name: str) -> str:
        return f"concat('{name} ', coalesce('''' || left({column}, 60) || '''', 'is empty; it'), ' {what}')"

    rules = {
        f"date IS NULL OR year(date) NOT BETWEEN {FIRST_YEAR} AND {LAST_YEAR}": says(
            "date_text", f"is not a day in the format {' or '.join(spec.date.format)}", "date"
        ),
        r"good IS NOT NULL AND NOT regexp_full_match(good, '\d{4,10}')": says(
            "good", "is not a code of 4 to 10 digits", "good"
        ),
        "flow_text IS NOT NULL AND flow IS NULL": says("flow_text", "is not in the map of the mapping", "flow"),
        "value_text IS NOT NULL AND value_number IS NULL": says("value_text", "is not a finite number", "value"),
        "value_number < 0": says("value_text", "is negative", "value"),
        "value_usd IS NOT NULL AND coalesce(NOT regexp_full_match(currency_text, '[A-Z]{3}'), true)": says(
            "currency_text", "is not a currency code", "currency"
        ),
        **{
            f"{name}_text IS NOT NULL AND coalesce({name}_number < 0, true)": says(
                f"{name}_text", "is not a weight or number", name
            )
            for name in amounts
        },
        **{
            f"length({name}_text) > {limit}": f"'{name} is longer than {limit:,} characters'"
            for name in texts
            for limit in [DESCRIPTION_LIMIT if name == "description" else NAME_LIMIT]
        },
    }
    cases = " ".join(f"WHEN {rule} THEN {reason}" for rule, reason in rules.items())
    return f"CASE {cases} END"
