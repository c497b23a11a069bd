"""Shared code for the layouts of Eurostat's trade figures: parse labels, and pivot cells of one indicator into rows.

The parser of a layout fills the table ``cells``: ``row`` (row number in the file), ``indicator``, ``value`` and
``flags``, and each column of ``KEY`` as text. One row of ``given`` is one figure: value, weight and quantity for one
key. Examples of labels are "France (incl. …)", "RU: Russian Federation" and "Chips [854231]".
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import duckdb

from stopgap.base.errors import InputError
from stopgap.base.sql import listed, quoted
from stopgap.sources.base import Reading
from stopgap.sources.bundle import FILE, FileNote, counted_notes, counts_by_file, values_by_file
from stopgap.sources.files.csv_file import no_rows
from stopgap.sources.mappings.areas import area_code
from stopgap.sources.mappings.raw_table import Given
from stopgap.sources.mappings.row_sql import through
from stopgap.sources.mappings.spec import Spec
from stopgap.sources.mappings.tabular import Tabular

TERMS = "Eurostat; reuse with acknowledgement of the source (CC BY 4.0)"
TERMS_URL = "https://ec.europa.eu/eurostat/web/main/help/copyright-notice"

KEY = ("reporter", "partner", "product", "flow", "period", "procedure")
"""Columns that identify a figure; ``procedure`` is empty if the layout does not split figures."""

CELL_COLUMNS = ("row", *KEY, "indicator", "value", "flags")

VALUES = ("VALUE_IN_EUROS", "VALUE_IN_EUR", "VALUE_EUR")
WEIGHTS = {"QUANTITY_KG": 1, "QUANTITY_IN_KG": 1, "QUANTITY_IN_100KG": 100}
"""Indicator of weight -> factor to kilograms; the first indicator that a figure has is used."""

QUANTITIES = ("SUPPLEMENTARY_QUANTITY", "SUP_QUANTITY", "QUANTITY_SUPPL_UNIT")

FLOWS = {"1": "M", "2": "X"} | {
    spelling: flow
    for name, flow in (("import", "M"), ("export", "X"))
    for word in (name, f"{name}s")
    for spelling in (word, word.upper(), word.capitalize())
}
ALL_PROCEDURES = ["Total", "TOTAL", "T", "0", "4"]

FLAGS = "bcdefimnprsuz"
"""Letters permitted as flags after a figure; with other letters the cell is not a valid figure."""

ESTIMATES = "es"
"""Flags that mark estimates by Eurostat or the reporter."""

FOREIGN = {
    "SITC": ("DS-018995", "DS-059331"),
    "BEC": ("DS-032655", "DS-059328", "DS-059329"),
    "PRODCOM": ("DS-056120", "DS-056121"),
}
"""Classification -> Eurostat trade datasets whose goods codes are of it, not of the HS or CN."""


_IN_FRONT = re.compile(r"([A-Z0-9_]{1,32}): .+", re.DOTALL)
_JOINED = re.compile(r"([A-Z0-9_]{1,20})-[^0-9].*", re.DOTALL)
_BEHIND = re.compile(r".+\[([A-Za-z0-9_-]{1,32})\]", re.DOTALL)
_NOTICE = re.compile(r"incl\. .*'[A-Z]{2}'.*", re.DOTALL)
_MEMBER = r"[A-Z]{2}(-\d{2}/\d{4}(->\d{2}/\d{4})?)?"
_MEMBERS = re.compile(rf"{_MEMBER}(, {_MEMBER})+")
LABEL_LIMIT = 2_000
"""Maximum characters of a label that are parsed; the longest label lists the members of the Union."""


class EurostatTable(Tabular):
    """Base class of the sources for Eurostat's trade figures, with their common mapping."""

    terms = TERMS

    def spec(self, reading: Reading) -> Spec:
        """Return the mapping for the table that :func:`put_together` creates."""
        return self.spec_of(
            source="eurostat",
            url=TERMS_URL,
            frequency="by_period",
            period={"column": "period"},
            reporter={"column": "reporter"},
            partner={"column": "partner"},
            flow={"column": "flow", "map": FLOWS},
            good={"column": "product", "map": {"Total": "TOTAL", "total": "TOTAL"}, "pad": "even"},
            revision={"by_year": "CN"},
            # A colon says that there is no figure, so a zero is one: less than half a euro.
            value={"column": "value", "currency": "EUR", "zero": "reported"},
            valuation={"by_flow": {"X": "FOB", "M": "CIF"}},
            net_kg={"column": "net_kg"},
            quantity={"column": "quantity"},
            is_estimated={"columns": "is_estimated"},
            totals={"procedure": ALL_PROCEDURES},
        )


def cell_sql(text: str) -> tuple[str, str]:
    """Return SQL for the figure (NULL for ``:``) and for the flags in a cell such as ``123 p``, ``: c`` or ``:c``."""
    plain = f"trim(coalesce({text}, ''))"
    pattern = f"'^([^ ]*) ?([{FLAGS}]{{0,4}})$'"
    is_missing = f"starts_with({plain}, ':')"
    value = f"CASE WHEN {is_missing} OR {plain} = '' THEN NULL ELSE coalesce(nullif(regexp_extract({plain}, {pattern}, 1), ''), {plain}) END"
    flags = f"CASE WHEN {is_missing} THEN trim({plain}[2:6]) ELSE regexp_extract({plain}, {pattern}, 2) END"
    return value, flags


def refuse_foreign(dataset: str, name: str) -> None:
    """Raise InputError if a dataset's goods codes are not of the HS or CN: they would be mistaken for other goods."""
    scheme = next((kind for kind, codes in FOREIGN.items() if any(code in dataset.upper() for code in codes)), None)
    if scheme is not None:
        raise InputError(
            f"the dataset counts goods by {scheme}, not by HS or CN",
            where=f"{name}: {dataset[:80]}",
            fix="take the dataset by HS and CN (DS-045409) or by HS (DS-059341)",
        )


def refuse_twice(columns: Iterable[str], name: str) -> None:
    """Raise InputError if a table has a column more than once: which of them to read is unknown."""
    twice = [column for column, number in Counter(columns).items() if number > 1 and column]
    if twice:
        raise InputError(
            f"the column {twice[0]!r} stands more than once",
            where=f"{name}, header",
            fix="download the file again, or take one of the columns out",
        )


def figures_of(con: duckdb.DuckDBPyConnection, raw: Given, query: str, files: int = 1) -> Given:
    """Create ``given``, one row for each figure, from a query for the cells over the table ``raw``.

    ``raw`` is the renamed ``given`` that holds the file's rows; see :func:`put_together`.
    """
    con.execute("DROP TABLE IF EXISTS raw; ALTER TABLE given RENAME TO raw")
    con.execute(f"CREATE OR REPLACE TABLE cells AS SELECT {', '.join(CELL_COLUMNS)} FROM ({query})")
    con.execute("DROP TABLE raw")
    given = put_together(con, raw.name, files)
    return replace(given, notes=(*raw.notes, *given.notes))


def put_together(con: duckdb.DuckDBPyConnection, name: str, files: int = 1) -> Given:
    """Pivot ``cells`` into ``given``, one row for each figure of a file, and drop ``cells``.

    A figure without a value is kept and counted as missing, as is one flagged confidential with the value 0. Two
    values for one figure become two rows.

    Raises:
        InputError: There are no cells, or none of the indicator of values in euro.
    """
    if not all(counts_by_file(con, "cells", files)):
        raise no_rows(name)
    indicator = f"upper({code_sql('indicator')})"
    # The name under which an indicator is known here, whichever of its names the file has.
    names = dict.fromkeys(VALUES, VALUES[0]) | dict.fromkeys(QUANTITIES, QUANTITIES[0])
    con.execute(f"UPDATE cells SET indicator = {through(indicator, names, keep=True)}")
    notes = _other_indicators(con, name, files)
    key = ", ".join([*KEY, *([FILE] if files > 1 else [])])
    number = "1"
    if any(_repeated(con, (key, "indicator"), files)):
        number = f"dense_rank() OVER (PARTITION BY {key}, indicator ORDER BY value, flags)"
        repeated = _repeated(con, (key, "indicator", "value", "flags"), files)
        notes += counted_notes(repeated, "exact repetitions of cells were dropped")
    value = _of(VALUES[0])
    confidential = f"bool_or(contains(lower(flags), 'c')) FILTER (indicator = {quoted(VALUES[0])})"
    net = [_scaled(_of(name), factor) for name, factor in WEIGHTS.items()]
    con.execute(f"""
        CREATE OR REPLACE TABLE given AS
        SELECT min(row) AS row, reporter AS c0, partner AS c1, {code_sql("product")} AS c2,
            {code_sql("flow")} AS c3, {_period_sql()} AS c4, {code_sql("procedure")} AS c5,
            CASE WHEN {confidential} AND try_cast({value} AS DOUBLE) = 0 THEN NULL ELSE {value} END AS c6,
            coalesce({", ".join(net)}) AS c7, {_of(QUANTITIES[0])} AS c8,
            CASE WHEN bool_or(regexp_matches(lower(flags), '[{ESTIMATES}]')) THEN 'true' ELSE 'false' END AS c9
        FROM (SELECT *, {number} AS number FROM cells) GROUP BY {key}, number ORDER BY row, c4
    """)
    con.execute("DROP TABLE cells")
    notes += kingdom_in_parts(con, "c1", files)
    _resolve_areas(con)
    columns = (*KEY, "value", "net_kg", "quantity", "is_estimated")
    return Given(name, columns, notes=tuple(notes))


def kingdom_in_parts(con: duckdb.DuckDBPyConnection, column: str, files: int = 1) -> list[FileNote]:
    """Return a note on each file that has parts of the United Kingdom as partners in ``given``, but not the whole."""
    found = con.execute(f"SELECT DISTINCT {FILE if files > 1 else 0}, {column} FROM given").fetchall()
    kingdom = {text: code for _, text in found if text and (code := area_of(text)) in ("XI", "XU", "GBR")}
    codes: dict[int, set[str]] = defaultdict(set)
    for file, text in found:
        if text in kingdom:
            codes[file].add(kingdom[text])
    return [
        FileNote(
            f"the United Kingdom is there in parts only ({', '.join(sorted(parts))}), kept in trade_aggregates; "
            "trade has no figures with it as partner: select GB too",
            file,
        )
        for file, parts in sorted(codes.items())
        if "GBR" not in parts
    ]


def _of(indicator: str) -> str:
    return f"max(value) FILTER (indicator = {quoted(indicator)})"


def _scaled(text: str, factor: int) -> str:
    """Return SQL for the exact weight in kilograms; a text that is not a number is kept for the rejection's message."""
    if factor == 1:
        return text
    exact = f"(try_cast({text} AS DECIMAL(24, 6)) * {factor})::DECIMAL(30, 6)::VARCHAR"
    return f"CASE WHEN contains({text}, '_') THEN {text} ELSE coalesce({exact}, {text}) END"


def _period_sql() -> str:
    """Return SQL for the period without its label: ``201952-Jan.-Dec. 2019`` becomes 201952."""
    code = code_sql("period", joined=False)
    annual = rf"regexp_extract({code}, '^Jan\.?-Dec\.? (\d{{4}})$', 1)"
    return f"coalesce(nullif(regexp_extract({code}, '^(\\d{{6}})-[A-Za-z]', 1), ''), nullif({annual}, ''), {code})"


def _other_indicators(con: duckdb.DuckDBPyConnection, name: str, files: int) -> list[FileNote]:
    """Delete the cells of indicators that are not read, and return notes that name them.

    Raises:
        InputError: No cell of a file is of the indicator of values in euro.
    """
    is_other = f"indicator NOT IN ({listed((VALUES[0], *WEIGHTS, QUANTITIES[0]))}) OR indicator IS NULL"
    file = FILE if files > 1 else "0"
    found = con.execute(
        f"SELECT {file}, indicator, count(*) FROM cells WHERE {is_other} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    con.execute(f"DELETE FROM cells WHERE {is_other}")
    if not all(counts_by_file(con, "cells", files, f"indicator = {quoted(VALUES[0])}")):
        raise InputError(
            "the file has no values in euro",
            where=f"{name}: indicators {', '.join(str(code) for _, code, _ in found)[:200] or 'of weight and quantity'}",
            fix=f"select the indicator {VALUES[0]} too",
        )
    return [
        FileNote(f"{number:,} cells of the indicator {str(code)[:60]} are not read", position)
        for position, code, number in found
    ]


def _repeated(con: duckdb.DuckDBPyConnection, columns: Sequence[str], files: int) -> list[int]:
    """Return the number of rows of ``cells`` that repeat another row in all these columns, for each file.

    Of several files, the columns include the file.
    """
    file = FILE if files > 1 else "0"
    groups = f"SELECT {file} AS file, count(*) AS n FROM cells GROUP BY {', '.join(columns)}"
    found = con.execute(f"SELECT file, sum(n - 1) FROM ({groups}) GROUP BY 1").fetchall()
    return values_by_file(found, files)


def _resolve_areas(con: duckdb.DuckDBPyConnection) -> None:
    """Replace labels of areas in ``given`` by codes; unknown labels are kept for the rejection's message."""
    for column in ("c0", "c1"):
        texts = con.execute(f"SELECT DISTINCT {column} FROM given WHERE {column} IS NOT NULL").fetchall()
        pairs = [
            [text, code if len(code := code_of(text)) <= 2 else known]
            for (text,) in texts
            if (known := area_of(text)) is not None
        ]
        # A code of two letters stays, for some were given to another economy in the course of time.
        changed = [pair for pair in pairs if pair[0] != pair[1]]
        if not changed:
            continue
        spelled = "CREATE OR REPLACE TEMP TABLE spelled AS SELECT unnest($1) AS text, unnest($2) AS code"
        con.execute(spelled, [list(texts) for texts in zip(*changed, strict=True)])
        con.execute(f"UPDATE given SET {column} = spelled.code FROM spelled WHERE spelled.text = given.{column}")
        con.execute("DROP TABLE spelled")


def code_of(text: str) -> str:
    """Return the code in ``RU: Russia``, ``Russia [RU]`` or ``RU-Russia``; return other texts stripped."""
    plain = text.strip()
    found = _JOINED.fullmatch(plain) or _IN_FRONT.fullmatch(plain) or _BEHIND.fullmatch(plain)
    return found[1] if found else plain


def code_sql(text: str, *, joined: bool = True) -> str:
    """Return SQL for :func:`code_of`; without ``joined``, for periods, ``RU-Russia`` is not split (nor 2024-Q1)."""
    patterns = [r"^([A-Z0-9_]{1,20})-[^0-9].*$"] if joined else []
    patterns += [r"^([A-Z0-9_]{1,32}): .+$", r"^.+\[([A-Za-z0-9_-]{1,32})\]$"]
    found = ", ".join(f"nullif(regexp_extract(trim({text}), '(?s){pattern}', 1), '')" for pattern in patterns)
    return f"coalesce({found}, trim({text}))"


def area_of(text: str) -> str | None:
    """Return the economy or aggregate for one of Eurostat's codes or labels; None if it is unknown.

    A text in brackets is removed only if it does not change the meaning: a note on other codes that the economy's
    includes ("incl. … 'DD' from 1991"), the members of a union, or a second name of the same economy. "Congo
    (Kinshasa)" is never read as "Congo".
    """
    code = code_of(text[:LABEL_LIMIT])
    known = area_code(code, "iso2") or area_code(code, "name")
    if known is not None:
        return known
    parts = _brackets(code)
    if parts is None:
        return None
    name, inside = parts
    if _MEMBERS.fullmatch(inside):
        return _union(name, inside)
    if _NOTICE.fullmatch(inside):
        return area_of(name)
    first, second = area_of(name), area_of(inside)
    return first if first == second else None


def _brackets(text: str) -> tuple[str, str] | None:
    """Return the text before the last pair of brackets, and the text inside; None if no such pair ends the text."""
    if not text.endswith(")"):
        return None
    depth = 0
    for place in range(len(text) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(text[place], 0)
        if depth == 0:
            name = text[:place].strip()
            return (name, text[place + 1 : -1].strip()) if name else None
    return None


def _union(name: str, inside: str) -> str | None:
    """Return the aggregate for the EU or the euro area from its name and list of members; None for other names.

    A list without dates gives the composition with these members (None if unknown); one with dates, the changing
    composition (``EU``, ``EA``).
    """
    family = {"european union": "EU", "euro area": "EA"}.get(re.split(r" - | \d", name.lower())[0].strip())
    if family is None or "-" in inside:
        return family
    members = set(inside.split(", "))
    if family == "EA":
        return {19: "EA19", 20: "EA20", 21: "EA21"}.get(len(members))
    return {(27, False): "EU27_2020", (27, True): "EU27_2007", (28, True): "EU28"}.get((len(members), "GB" in members))
