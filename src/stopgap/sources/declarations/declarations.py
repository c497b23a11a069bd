"""Customs declarations and bills of lading, read line by line through a mapping.

Names are those of the file, in any script; nothing in this package names a person
or a firm. What a document does not state is NULL, counted and told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stopgap.base.errors import UsageError
from stopgap.sources.base import Reading, Source, Staging, count, make_rejects
from stopgap.sources.declarations.columns import DECLARATION_COLUMNS
from stopgap.sources.files.limits import reject_outside
from stopgap.sources.mappings.areas import look_up_areas
from stopgap.sources.mappings.rates import convert
from stopgap.sources.mappings.raw_table import load_given, reject_errors
from stopgap.sources.mappings.tabular import apply_where

if TYPE_CHECKING:
    import duckdb

    from stopgap.sources.declarations.spec import DeclarationSpec
    from stopgap.sources.files.file_head import FileHead

SHOWN = 5
"""Spellings of unknown economies that a warning shows."""


class Declarations(Source):
    """Tables of declarations, with a mapping that names ``table: declarations``."""

    name = "declarations"
    title = "customs declarations or bills of lading as any table, read through a mapping (--map MAPPING.yml)"
    how = "a mapping file with table: declarations (docs/how-to/declarations.md)"
    terms = "as the mapping says"
    parser = "declarations/1"

    def recognises(self, head: FileHead) -> bool:
        """Never: which mapping fits is for the user to say."""
        return False

    def parse(self, con: duckdb.DuckDBPyConnection, reading: Reading) -> Staging:
        """Reads one line of ``staged`` for each line of the file.

        Raises:
            UsageError: No mapping for declarations was given.
            InputError: A column or an exchange rate is absent, or the file cannot be read.
        """
        from stopgap.sources.declarations.row_sql import lines_sql
        from stopgap.sources.declarations.spec import DeclarationSpec
        from stopgap.sources.mappings.spec import AreaOf

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
        settled = _settle(con)
        warnings += _notes(con, spec, [name for name, area in areas.items() if area.column is not None])
        if settled.duplicate:
            warnings.append(f"{settled.duplicate:,} exact repetitions of lines were dropped")
        con.execute("DROP TABLE loaded")
        return Staging(
            source=spec.source,
            rows_read=settled.read,
            rows_missing=0,
            rows_duplicate=settled.duplicate,
            rows_rejected=count(con, "rejects"),
            warnings=tuple(warnings),
            parser=self.parser,
            terms="; ".join(part for part in (spec.terms, spec.url) if part),
            published=None,
            mapping=reading.mapping.sha256,
            table="declarations",
        )


@dataclass(frozen=True, slots=True)
class _Settled:
    read: int
    duplicate: int


def _settle(con: duckdb.DuckDBPyConnection) -> _Settled:
    """Turns ``loaded`` into ``staged`` with one row for each line that has a key."""
    read = count(con, "loaded")
    con.execute("UPDATE loaded SET is_missing = false")  # a line without a value is a line
    reject_outside(con, "loaded", DECLARATION_COLUMNS)
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE repeated AS
        SELECT line, count(DISTINCT same) AS versions FROM loaded WHERE reason IS NULL AND line IS NOT NULL
        GROUP BY line HAVING count(*) > 1
        """
    )
    con.execute(
        """
        UPDATE loaded SET reason = 'the key ' || left(line, 100) || ' stands in several rows with different values'
        WHERE reason IS NULL AND line IN (SELECT line FROM repeated WHERE versions > 1)
        """
    )
    con.execute("INSERT INTO rejects SELECT row, reason, content FROM loaded WHERE reason IS NOT NULL ORDER BY row")
    con.execute("DELETE FROM loaded WHERE reason IS NOT NULL")
    before = count(con, "loaded")
    con.execute(
        """
        DELETE FROM loaded WHERE line IN (SELECT line FROM repeated) AND row NOT IN (
            SELECT min(row) FROM loaded WHERE line IN (SELECT line FROM repeated) GROUP BY line
        )
        """
    )
    con.execute(f"CREATE TABLE staged AS SELECT {', '.join(DECLARATION_COLUMNS)} FROM loaded")
    return _Settled(read, before - count(con, "loaded"))


def _notes(con: duckdb.DuckDBPyConnection, spec: DeclarationSpec, economies: list[str]) -> list[str]:
    """What the lines do not say, counted."""
    sides = [name for name in ("exporter", "importer") if getattr(spec, name) is not None]
    amounts = [name for name in ("net_kg", "gross_kg", "quantity") if getattr(spec, name) is not None]
    tests = {
        "{n:,} lines state no value: value_usd is NULL": "value_usd IS NULL" if spec.value else "false",
        "{n:,} lines have no code of a good": "good IS NULL" if spec.good else "false",
        f"{{n:,}} lines do not name the {' nor the '.join(sides)}": " AND ".join(f"{name} IS NULL" for name in sides),
        "{n:,} lines have a weight or quantity of 0, which is read as not stated": " OR ".join(
            f"{name}_number = 0" for name in amounts
        )
        or "false",
        "{n:,} lines have a number of a vessel that is not an IMO number; it is left out": "imo_text IS NOT NULL AND imo IS NULL"
        if spec.imo
        else "false",
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
        spellings = con.execute(
            f"""
            SELECT trim({name}_text), count(*) AS n FROM loaded
            WHERE {name} IS NULL AND trim({name}_text) <> '' GROUP BY 1 ORDER BY n DESC, 1
            """
        ).fetchall()
        if spellings:
            shown = ", ".join(repr(text[:40]) for text, _ in spellings[:SHOWN])
            lines = sum(number for _, number in spellings)
            found.append(f"{lines:,} lines have a {name} that is not known and is left out: {shown}")
    return found
