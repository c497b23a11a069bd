"""Statements made at random that fail on the rows they read, and values in those rows that no error may show."""

from __future__ import annotations

import random
from pathlib import Path

from lake_rows import put, trade_row

from stopgap.base.errors import StopgapError
from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.markings.changes import set_marking

WORD, NUMBER, DAY = "CANARYQX7", 987654321.125, "1987-03-21"
CANARIES = ("canaryqx7", "987654321", "9.87654321", "987,654,321", "1987-03-21", "1987", "naryq")
"""No error of a statement over the rows holds one of these, in whatever case."""

_TEXT = ("partner", "reporter || partner", "upper(partner)", "'x' || partner", "partner || '}'", "repeat(partner, 2)", "md5(partner) || partner",
         "substr(partner, 1, 7)", "value_usd::VARCHAR", "period::VARCHAR", "to_json(t)::VARCHAR", "string_split(partner, 'Q')[1] || 'Q'")  # fmt: skip
_NUMBERS = (
    "value_usd",
    "value_usd * 1e300",
    "-value_usd",
    "value_usd::DECIMAL(18, 3)",
    "length(partner) + value_usd",
    "value_usd::BIGINT",
)
_OF_TEXT = (
    "({})::INT", "CAST({} AS DATE)", "({})::DOUBLE", "({})::BOOLEAN", "({})::TIMESTAMP", "({})::TIME", "({})::INTERVAL", "({})::UUID",
    "({})::JSON", "json_extract({}, '$.a')", "({})::INT[]", "({})::STRUCT(a INT)", "({})::MAP(INT, INT)", "({})::BIT", "({})::BLOB",
    "({})::HUGEINT", "({})::DECIMAL(4, 2)", "({})::ENUM('a', 'b')", "error({})", "regexp_matches('a', '(' || {})", "strptime({}, '%Y')",
    "from_json({}, '{{\"a\":\"INT\"}}')", "from_base64({})", "unhex({})", "chr(length({})::INT * -1)", "date_trunc({}, DATE '2020-01-01')",
    "date_part({}, DATE '2020-01-01')", "regexp_extract('a', {} || '[')", "url_decode('%' || {})", "list_aggregate([1], {})",
    "strftime(DATE '2020-01-01', {})", "json_transform({}, '{{\"a\":\"INT\"}}')", "printf({} || '%d', 1)", "format({} || '{{}}')",
    "({})::UTINYINT", "({})::TIMESTAMPTZ", "({})::TIMETZ", "({})::GEOMETRY", "({})::BIGNUM", "to_timestamp({}::DOUBLE)",
    "timezone({}, TIMESTAMP '2020-01-01')", "struct_extract({{'a': 1}}, {})", "array_value(1, 2)::VARCHAR::INT[3]", "json_contains({}, '1')",
    "map_from_entries([({}, 1), ({}, 2)])", "map([{0}, {0}], [1, 2])", "decode({}::BLOB)", "('\\x' || {})::BLOB", "from_hex({})", "from_binary({})",
)  # fmt: skip
_OF_NUMBERS = (
    "({})::TINYINT", "({})::INT * 1000000000::INT", "({})::UTINYINT", "({})::DECIMAL(4, 1)", "sqrt(-({}))", "ln(-abs({}))", "log(-({}), 1)",
    "({})::BIGINT * 9223372036854775807", "factorial(({})::INT)", "make_date(({})::BIGINT, 1, 1)", "make_timestamp(1, 1, 1, 1, 1, {})",
    "to_timestamp({} * 1e9)", "DATE '2020-01-01' + ({})::INT * 100", "chr(({})::INT)", "range(({})::BIGINT * 1000000000)", "acos({})",
    "({})::SMALLINT::BIT", "[1, 2]::INT[({})::INT]", "({})::INT::SMALLINT", "bin(({})::HUGEINT)::INT", "repeat('x', ({})::BIGINT * 1000000000)",
    "to_days(({})::INT * 10000)", "make_time(({})::INT, 1, 1)", "(1 << ({})::INT)", "round({}, ({})::INT)::TINYINT", "gamma(-({}) * 1e9)::INT",
    "(({})::BIGINT::VARCHAR)::DATE", "list_resize([1], ({})::BIGINT * 100000000000)", "error(({})::VARCHAR)", "bar({}, 0, 0)", "set_bit('1'::BIT, ({})::INT, 1)",
)  # fmt: skip
_AROUND = (
    "SELECT {e} AS v FROM trade AS t",
    "SELECT count(*) AS n FROM trade AS t WHERE ({e}) IS NOT NULL",
    "SELECT max(({e})::VARCHAR) AS v FROM trade AS t",
    "SELECT count(*) AS n FROM trade AS t GROUP BY {e}",
    "SELECT value_usd FROM trade AS t ORDER BY {e}",
    "WITH c AS (SELECT {e} AS v FROM trade AS t) SELECT v, v AS w FROM c",
    "SELECT (SELECT {e} FROM trade AS t LIMIT 1) AS v",
    "SELECT list_transform([partner], lambda z: ({e})::VARCHAR) AS v FROM trade AS t",
    "SELECT a.good FROM trade AS a JOIN trade AS t ON (({e})::VARCHAR) = a.partner",
    "SELECT row_number() OVER (ORDER BY {e}) AS v FROM trade AS t",
    "SELECT list(({e})) AS v FROM trade AS t",
    "SELECT {{'k': {e}}} AS v FROM trade AS t UNION ALL SELECT {{'k': {e}}} FROM trade AS t",
    "SELECT v FROM (SELECT DISTINCT {e} AS v FROM trade AS t) QUALIFY count(*) OVER () > 0",
    "SELECT coalesce(NULL, {e}) AS v FROM trade AS t LIMIT 3",
    "SELECT t.good, s.v FROM trade AS t, LATERAL (SELECT {e} AS v) AS s",
    "SELECT unnest([{e}]) AS v FROM trade AS t",
    "FROM (SUMMARIZE SELECT {e} AS v FROM trade AS t)",
)  # fmt: skip
_WHOLE = (
    "SELECT (SELECT partner FROM trade) AS v", "SELECT good FROM trade WHERE partner = (SELECT partner FROM trade)",
    "SELECT 1 AS v FROM trade LIMIT (SELECT max(-value_usd)::BIGINT FROM trade)", "SELECT sum(v) AS s FROM (SELECT 9223372036854775807::HUGEINT * 9223372036854775807 * value_usd::BIGINT AS v FROM trade)",
    "SELECT quantile_cont(value_usd, (SELECT max(value_usd) FROM trade)) AS v FROM trade", "SELECT string_agg(partner, ',')::INT AS v FROM trade",
    "SELECT partner FROM trade UNION ALL SELECT 1::INT", "SELECT CASE WHEN true THEN partner::INT ELSE 1 END AS v FROM trade",
    "SELECT count(*) AS n FROM range((SELECT max(value_usd)::BIGINT FROM trade))", "SELECT lag(partner, value_usd::INT, 'x') OVER ()::INT AS v FROM trade",
    "SELECT ntile((SELECT max(-value_usd)::INT FROM trade)) OVER () AS v FROM trade", "SELECT nosuch FROM trade", "SELECT sum(partner) AS s FROM trade",
    "SELECT * FROM trade WHERE partner", "SELECT period + partner FROM trade", "SELECT value_usd.x FROM trade", "PIVOT trade ON partner::INT IN (1) USING count(*)",
    "SELECT partner[1]::INT AS v FROM trade", "SELECT {'CANARY': 1}.nosuch AS v FROM trade", "SELECT * FROM trade AS t(v) WHERE v::INT = 1",
)  # fmt: skip


def failing_statement(seed: int) -> str:
    """A statement that probably fails while rows are read."""
    chance = random.Random(seed)
    if chance.random() < 0.05:
        return chance.choice(_WHOLE)
    expressions, values = chance.choice(((_OF_TEXT, _TEXT), (_OF_NUMBERS, _NUMBERS)))
    value = chance.choice(values)
    expression = chance.choice(expressions)
    return chance.choice(_AROUND).format(e=expression.format(value, value))


def canary_lake(folder: Path) -> Path:
    """A lake whose trade is RED, and holds values that no error may show."""
    rows = [trade_row(partner=f"{WORD}{n}", good=f"85423{n}", value_usd=NUMBER + n, period=DAY) for n in range(4)]
    put(folder, rows, name="a" * 16)
    set_marking(folder, "table:trade", Marking(Tlp.RED), who="Jane Roe", when="2026-07-01T12:00:00Z", why="a test")  # fmt: skip
    return folder


def shown_canaries(error: StopgapError) -> list[str]:
    """Values of the rows that an error shows."""
    text = f"{error} {error.as_dict()} {error.args}".lower()
    return [canary for canary in CANARIES if canary in text]
