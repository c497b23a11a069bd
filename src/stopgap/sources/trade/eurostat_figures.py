"""What the layouts of Eurostat's trade figures share: cells of one indicator each, put together as rows.

A layout gives the table ``cells``: ``row`` (place in the file), ``indicator``, ``value``
and ``flags``, and each of ``KEY`` as text. One row of ``given`` is one figure: what was
traded, its weight and its quantity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import duckdb

from stopgap.base.errors import InputError
from stopgap.base.sql import quoted
from stopgap.sources.base import count
from stopgap.sources.mappings.raw_table import Given
from stopgap.sources.trade.eurostat_labels import area_of, code_of, code_sql

if TYPE_CHECKING:
    from stopgap.sources.mappings.spec import Spec

TERMS = "Eurostat; reuse with acknowledgement of the source (CC BY 4.0)"
TERMS_URL = "https://ec.europa.eu/eurostat/web/main/help/copyright-notice"

KEY = ("reporter", "partner", "product", "flow", "period", "procedure")
"""What a figure is about; ``procedure`` is empty where the layout does not split figures."""

CELL_COLUMNS = ("row", *KEY, "indicator", "value", "flags")

VALUES = ("VALUE_IN_EUROS", "VALUE_IN_EUR", "VALUE_EUR")
WEIGHTS = {"QUANTITY_KG": 1, "QUANTITY_IN_KG": 1, "QUANTITY_IN_100KG": 100}
"""Indicators of weight, and what makes kilograms of them; the first that a figure has counts."""

QUANTITIES = ("SUPPLEMENTARY_QUANTITY", "SUP_QUANTITY", "QUANTITY_SUPPL_UNIT")

FLOWS = {"1": "M", "2": "X"} | {
    spelling: flow
    for name, flow in (("import", "M"), ("export", "X"))
    for word in (name, f"{name}s")
    for spelling in (word, word.upper(), word.capitalize())
}
ALL_PROCEDURES = ["Total", "TOTAL", "T", "0", "4"]

FLAGS = "bcdefimnprsuz"
"""Letters of flags behind a figure; anything else there makes it no figure."""

ESTIMATES = "es"
"""Flags of figures that Eurostat or the reporter estimated."""

FOREIGN = {
    "DS-018995": "SITC",
    "DS-059331": "SITC",
    "DS-032655": "BEC",
    "DS-059328": "BEC",
    "DS-059329": "BEC",
    "DS-056120": "PRODCOM",
    "DS-056121": "PRODCOM",
}
"""Datasets of the family whose goods are not those of the HS or the CN."""


def figures_spec() -> Spec:
    """The mapping for the table that :func:`put_together` makes."""
    from stopgap.sources.mappings.spec import Spec

    return Spec.model_validate(
        {
            "source": "eurostat",
            "terms": TERMS,
            "url": TERMS_URL,
            "frequency": "by_period",
            "period": {"column": "period"},
            "reporter": {"column": "reporter"},
            "partner": {"column": "partner"},
            "flow": {"column": "flow", "map": FLOWS},
            "good": {"column": "product", "map": {"Total": "TOTAL", "total": "TOTAL"}, "pad": "even"},
            "revision": {"by_year": "CN"},
            # A colon says that there is no figure, so a zero is one: less than half a euro.
            "value": {"column": "value", "currency": "EUR", "zero": "reported"},
            "valuation": {"by_flow": {"X": "FOB", "M": "CIF"}},
            "net_kg": {"column": "net_kg"},
            "quantity": {"column": "quantity"},
            "is_estimated": {"columns": "is_estimated"},
            "totals": {"procedure": ALL_PROCEDURES},
        }
    )


def cell_sql(text: str) -> tuple[str, str]:
    """SQL for the figure and for the flags in a cell such as ``123 p``, ``:``, ``: c`` or ``:c``."""
    plain = f"trim(coalesce({text}, ''))"
    pattern = f"'^([^ ]*) ?([{FLAGS}]{{0,4}})$'"
    is_missing = f"starts_with({plain}, ':')"
    value = f"CASE WHEN {is_missing} OR {plain} = '' THEN NULL ELSE coalesce(nullif(regexp_extract({plain}, {pattern}, 1), ''), {plain}) END"
    flags = f"CASE WHEN {is_missing} THEN trim({plain}[2:6]) ELSE regexp_extract({plain}, {pattern}, 2) END"
    return value, flags


def refuse_foreign(dataset: str, name: str) -> None:
    """Refuses a dataset whose goods would be taken for other goods.

    Raises:
        InputError: Its goods are not those of the HS or the CN.
    """
    scheme = next((scheme for code, scheme in FOREIGN.items() if code in dataset.upper()), None)
    if scheme is not None:
        raise InputError(
            f"the dataset counts goods by {scheme}, not by HS or CN",
            where=f"{name}: {dataset[:80]}",
            fix="take the dataset by HS and CN (DS-045409) or by HS (DS-059341)",
        )


def refuse_twice(columns: Iterable[str], name: str) -> None:
    """Refuses a table in which a column stands twice: nothing says which of them counts.

    Raises:
        InputError: One does.
    """
    twice = [column for column, number in Counter(columns).items() if number > 1 and column]
    if twice:
        raise InputError(
            f"the column {twice[0]!r} stands more than once",
            where=f"{name}, header",
            fix="download the file again, or take one of the columns out",
        )


def put_together(con: duckdb.DuckDBPyConnection, name: str, warnings: tuple[str, ...] = ()) -> Given:
    """Makes ``given`` of ``cells``, and drops these.

    A figure whose value is missing stays, and is counted as missing; so does one flagged
    confidential whose value is given as 0. Two values for one figure make two rows.

    Raises:
        InputError: There are no cells, or none that holds a value.
    """
    if count(con, "cells") == 0:
        raise InputError(
            "the file has a header and no data rows",
            where=name,
            fix="check the selection that the file was made with: it matched nothing",
        )
    notes = [*warnings]
    indicator = _one_name(f"upper({code_sql('indicator')})")
    con.execute(f"UPDATE cells SET indicator = {indicator}")
    notes += _other_indicators(con, name)
    key = ", ".join(KEY)
    repeated = con.execute(
        f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM cells GROUP BY {key}, indicator) WHERE n > 1"
    ).fetchall()[0][0]
    number = "1"
    if repeated:
        number = f"dense_rank() OVER (PARTITION BY {key}, indicator ORDER BY value, flags)"
        notes += _repetitions(con)
    value = _of(VALUES[0], "value")
    confidential = f"bool_or(contains(lower(flags), 'c')) FILTER (indicator = {quoted(VALUES[0])})"
    net = [f"{_scaled(_of(name, 'value'), factor)}" for name, factor in WEIGHTS.items()]
    con.execute(
        f"""
        CREATE OR REPLACE TABLE given AS
        SELECT min(row) AS row, reporter AS c0, partner AS c1, {code_sql("product")} AS c2,
            {code_sql("flow")} AS c3, {_period_sql()} AS c4, {code_sql("procedure")} AS c5,
            CASE WHEN {confidential} AND try_cast({value} AS DOUBLE) = 0 THEN NULL ELSE {value} END AS c6,
            coalesce({", ".join(net)}) AS c7, {_of(QUANTITIES[0], "value")} AS c8,
            CASE WHEN bool_or(regexp_matches(lower(flags), '[{ESTIMATES}]')) THEN 'true' ELSE 'false' END AS c9
        FROM (SELECT *, {number} AS number FROM cells) GROUP BY {key}, number ORDER BY row, c4
        """
    )
    con.execute("DROP TABLE cells")
    notes += kingdom_in_parts(con, "c1")
    _resolve_areas(con)
    columns = (*KEY, "value", "net_kg", "quantity", "is_estimated")
    return Given(name, columns, tuple(notes))


def kingdom_in_parts(con: duckdb.DuckDBPyConnection, column: str) -> list[str]:
    """A warning where ``given`` has parts of the United Kingdom as partners, and not the whole."""
    texts = {text for (text,) in con.execute(f"SELECT DISTINCT {column} FROM given").fetchall() if text}
    codes = {code for text in texts if (code := area_of(text)) in ("XI", "XU", "GBR")}
    if not codes or "GBR" in codes:
        return []
    return [
        f"the United Kingdom is there in parts only ({', '.join(sorted(codes))}), kept in trade_aggregates; "
        "trade has no figures with it as partner: select GB too"
    ]


def _one_name(indicator: str) -> str:
    """SQL for the name under which an indicator is known here, whichever of its names the file has."""
    names = dict.fromkeys(VALUES, VALUES[0]) | dict.fromkeys(QUANTITIES, QUANTITIES[0])
    cases = " ".join(f"WHEN {quoted(name)} THEN {quoted(one)}" for name, one in names.items())
    return f"CASE {indicator} {cases} ELSE {indicator} END"


def _of(indicator: str, column: str) -> str:
    return f"max({column}) FILTER (indicator = {quoted(indicator)})"


def _scaled(text: str, factor: int) -> str:
    """A weight in kilograms, exactly; a text that is no number stays, and is named where it is refused."""
    if factor == 1:
        return text
    exact = f"(try_cast({text} AS DECIMAL(24, 6)) * {factor})::DECIMAL(30, 6)::VARCHAR"
    return f"CASE WHEN contains({text}, '_') THEN {text} ELSE coalesce({exact}, {text}) END"


def _period_sql() -> str:
    """SQL for the period without its label: ``201952-Jan.-Dec. 2019`` is 201952."""
    code = code_sql("period", joined=False)
    annual = rf"regexp_extract({code}, '^Jan\.?-Dec\.? (\d{{4}})$', 1)"
    return f"coalesce(nullif(regexp_extract({code}, '^(\\d{{6}})-[A-Za-z]', 1), ''), nullif({annual}, ''), {code})"


def _other_indicators(con: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """Takes out the cells of indicators that are not read, and names them.

    Raises:
        InputError: No cell holds a value.
    """
    listed = ", ".join(quoted(code) for code in (VALUES[0], *WEIGHTS, QUANTITIES[0]))
    found = con.execute(
        f"SELECT indicator, count(*) FROM cells WHERE indicator NOT IN ({listed}) OR indicator IS NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    con.execute(f"DELETE FROM cells WHERE indicator NOT IN ({listed}) OR indicator IS NULL")
    if not con.execute(f"SELECT 1 FROM cells WHERE indicator = {quoted(VALUES[0])} LIMIT 1").fetchall():
        raise InputError(
            "the file has no values in euro",
            where=f"{name}: indicators {', '.join(str(code) for code, _ in found)[:200] or 'of weight and quantity'}",
            fix=f"select the indicator {VALUES[0]} too",
        )
    return [f"{number:,} cells of the indicator {str(code)[:60]} are not read" for code, number in found]


def _repetitions(con: duckdb.DuckDBPyConnection) -> list[str]:
    same = ", ".join((*KEY, "indicator", "value", "flags"))
    repeated = con.execute(
        f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM cells GROUP BY {same})"
    ).fetchall()[0][0]
    return [f"{repeated:,} exact repetitions of cells were dropped"] if repeated else []


def _resolve_areas(con: duckdb.DuckDBPyConnection) -> None:
    """Puts codes in place of labels; what is not known stays as it is, and is named where it is refused."""
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
        con.execute(
            "CREATE OR REPLACE TEMP TABLE spelled AS SELECT unnest($1) AS text, unnest($2) AS code",
            [[text for text, _ in changed], [code for _, code in changed]],
        )
        con.execute(f"UPDATE given SET {column} = spelled.code FROM spelled WHERE spelled.text = given.{column}")
        con.execute("DROP TABLE spelled")
