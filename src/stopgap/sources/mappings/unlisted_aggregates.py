"""Keep reporters and partners apart that no table lists, where the file itself shows that they are aggregates.

A file shows it by a name (``ASEAN``, ``East Asia & Pacific``), by a column that marks groups, or by figures that are the
sum of those of other economies. Anything else that is not known stays an error: it may be an economy, misspelt.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stopgap.codes.aggregate_names import NamedAggregate, named_aggregate, own_code
from stopgap.codes.aggregates import WORLD, AggregateKind, aggregate_kind
from stopgap.codes.areas import areas, find_area_code
from stopgap.sources.mappings.areas import lookup_field

if TYPE_CHECKING:
    import duckdb

    from stopgap.sources.mappings.raw_table import Given
    from stopgap.sources.mappings.spec import AreaOf, Spec

_MOST = 500  # unknown texts of a side that are looked at: more of them are a wrong column
_CELLS = 3  # cells, at least, in which a sum must hold
_NEAR = 0.001  # of a sum: rounding of its parts
_SHOWN = 8
_FLAG = re.compile(
    r"(is)?(reporter|partner|country|economy|area|geo|exporter|importer)?(is)?(group|aggregate|agg|region|grouping)(flag|ind|indicator|yn)?"
)
_TYPE = re.compile(r"(reporter|partner|country|economy|area|geo|exporter|importer)?(type|kind|level|class|category)")
_YES = frozenset({"1", "y", "yes", "true", "t", "x", "group", "aggregate", "1.0"})
_AGGREGATE_TYPES = frozenset(
    {"group", "groups", "aggregate", "aggregates", "region", "regions", "country group", "economic group", "continent", "world", "total", "union", "bloc", "income group"}
)  # fmt: skip
_OTHER_SIDE = {"reporter": ("partner", "importer"), "partner": ("reporter", "exporter")}


@dataclass(frozen=True, slots=True)
class Unlisted:
    """An aggregate of a file that no table lists.

    Attributes:
        text: As the file has it.
        code: Code in the lake.
        why: What in the file shows it.
        rows: Rows of the file with it.
    """

    text: str
    code: str
    kind: AggregateKind
    why: str
    rows: int


def learn_aggregates(con: duckdb.DuckDBPyConnection, spec: Spec, given: Given) -> list[str]:
    """Add the unlisted aggregates of a file to ``area_lookup``; return a warning that counts them, if there are any.

    Reads ``given`` and ``loaded``, which must be made again afterwards where a warning is returned.
    """
    found: list[Unlisted] = []
    if not has_unlisted(con):
        return []
    for side in ("reporter", "partner"):
        area = spec.reporter if side == "reporter" else spec.partner
        if area is None or area.column is None:
            continue
        field = lookup_field(area)
        taken = {code for (code,) in con.execute("SELECT code FROM area_lookup WHERE field = ?", [field]).fetchall()}
        for each in _of_side(con, given, side, area):
            code = each.code if each.code not in taken else own_code(each.text)
            if code in taken:
                continue
            taken.add(code)
            con.execute("INSERT INTO area_lookup VALUES (?, ?, ?, 'aggregate')", [field, each.text, code])
            found.append(each)
    return [counted_aggregates(found)] if found else []


def has_unlisted(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a row of ``loaded`` names a reporter or partner that no table lists."""
    con.execute("SELECT 1 FROM loaded WHERE (reporter IS NULL OR partner IS NULL) AND NOT is_missing LIMIT 1")
    return bool(con.fetchall())


def counted_aggregates(found: list[Unlisted]) -> str:
    """Return the warning that counts the rows of unlisted aggregates, and says of each what shows it."""
    told: dict[tuple[str, str], int] = {}
    for each in found:
        key = (
            each.text.strip() if each.text.strip() == each.code else f"{each.text.strip()} as {each.code}",
            f"{each.kind}, {each.why}",
        )
        told[key] = told.get(key, 0) + each.rows
    names = [f"{name} ({about})" for name, about in told]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    rows = sum(told.values())
    return (
        f"{rows:,} rows of aggregates are kept apart (trade_aggregates), in no sum: {', '.join(names[:_SHOWN])}{more}"
    )


def _of_side(con: duckdb.DuckDBPyConnection, given: Given, side: str, area: AreaOf) -> Iterator[Unlisted]:
    """Yield the texts of a side that are not known and that the file shows to be aggregates."""
    rows = con.execute(f"""
        SELECT {side}_text, count(DISTINCT row) FROM loaded
        WHERE {side} IS NULL AND {side}_text IS NOT NULL AND NOT is_missing GROUP BY 1 ORDER BY 1 LIMIT {_MOST + 1}
    """).fetchall()
    if not rows or len(rows) > _MOST:
        return
    names = _names_beside(con, given, area)
    flagged = _flagged(con, given, side, area)
    sums: dict[str, str] | None = None
    for text, count in rows:
        name = names.get(text, "")
        known = find_area_code(name) if name else None
        found = named_aggregate(text, name)
        if found is not None:
            yield Unlisted(
                text, found.code, found.kind, "by its name" if not name else f"by its name {name.strip()[:40]!r}", count
            )
            continue
        if known is not None:
            continue  # an economy by its name: its code is at fault
        if text in flagged:
            code = own_code(text)
            yield Unlisted(text, code, aggregate_kind(code), f"as the column {flagged[text]} says", count)
            continue
        if area.scheme == "iso3" and _is_other_kind(text, name):
            yield Unlisted(
                text, own_code(text), AggregateKind.REGION, f"no ISO3 code, named {name.strip()[:40]!r}", count
            )
            continue
        sums = _sums(con, side) if sums is None else sums
        if text in sums:
            whole = sums[text] == _ALL
            found = (
                NamedAggregate(WORLD, AggregateKind.WORLD)
                if whole
                else NamedAggregate(own_code(text), AggregateKind.REGION)
            )
            yield Unlisted(text, found.code, found.kind, f"the sum of {sums[text]}", count)


def _is_other_kind(text: str, name: str) -> bool:
    """Return whether a text in a column of ISO3 codes has another form, and a name that is like no economy's."""
    if not name.strip() or re.fullmatch(r"[A-Za-z]{2,3}", text.strip()):
        return False
    economies = [area.name for area in areas().values() if area.kind == "economy"]
    return not difflib.get_close_matches(
        name.strip().casefold(), [each.casefold() for each in economies], n=1, cutoff=0.75
    )


def _names_beside(con: duckdb.DuckDBPyConnection, given: Given, area: AreaOf) -> dict[str, str]:
    """Return text -> the one name that stands beside it in a column of names, if the file has such a column."""
    assert area.column is not None
    column = given.column(area.column, "reporter or partner")
    own = _letters(area.column)
    stem = re.sub(r"(iso\d?a?\d?|code|id|m49|num(ber)?)$", "", own)
    for position, other in enumerate(given.columns):
        letters = _letters(other)
        is_name = re.search(r"(name|desc|description|label|title|text)(en|english)?$", letters) or letters == stem
        if letters == own or not is_name or len(stem) < 3 or not letters.startswith(stem):
            continue
        pairs = con.execute(f"""
            SELECT {column}, min(c{position}) FROM given WHERE {column} IS NOT NULL AND c{position} IS NOT NULL
            GROUP BY 1 HAVING count(DISTINCT c{position}) = 1
        """).fetchall()
        return dict(pairs)
    return {}


def _flagged(con: duckdb.DuckDBPyConnection, given: Given, side: str, area: AreaOf) -> dict[str, str]:
    """Return text -> the column that marks all of its rows as a group's, and hardly one of the other economies."""
    assert area.column is not None
    column = given.column(area.column, "reporter or partner")
    found: dict[str, str] = {}
    for position, other in enumerate(given.columns):
        letters = _letters(other)
        is_flag, is_type = bool(_FLAG.fullmatch(letters)), bool(_TYPE.fullmatch(letters))
        if not (is_flag or is_type) or any(word in letters for word in _OTHER_SIDE[side]):
            continue
        marks = sorted(_AGGREGATE_TYPES | (_YES if is_flag else frozenset()))
        rows = con.execute(
            f"""
            SELECT {column}, bool_and(coalesce(list_contains(?, lower(trim(c{position}))), false)), any_value(l.kind)
            FROM given LEFT JOIN area_lookup AS l ON l.value = {column} AND l.field = ? WHERE {column} IS NOT NULL GROUP BY 1
            """,
            [marks, lookup_field(area)],
        ).fetchall()
        economies = [is_marked for _, is_marked, kind in rows if kind == "economy"]
        if not economies or sum(economies) > len(economies) // 10:  # it marks something else, such as goods
            continue
        found |= {text: other for text, is_marked, kind in rows if is_marked and kind is None and text not in found}
    return found


_ALL = "all others in the file"


def _sums(con: duckdb.DuckDBPyConnection, side: str) -> dict[str, str]:
    """Return text -> those whose sum it is: of all others, or of some, in each of three cells or more."""
    other = "partner" if side == "reporter" else "reporter"
    rows = con.execute(f"""
        WITH figures AS (
            SELECT coalesce({side}, '?' || {side}_text) AS who, {side} IS NULL AS is_unknown,
                concat_ws('|', {other}_text, {other}, flow, good, revision, period, frequency) AS cell, sum(value_number) AS usd
            FROM loaded WHERE NOT is_missing AND value_number IS NOT NULL
                AND ({side} IS NULL OR {side} NOT IN (SELECT code FROM area_lookup WHERE kind = 'aggregate'))
            GROUP BY ALL
        )
        SELECT who, is_unknown, cell, usd FROM figures WHERE cell IN (SELECT cell FROM figures WHERE is_unknown)
        ORDER BY cell, who LIMIT 200000
    """).fetchall()
    cells: dict[str, dict[str, float]] = {}
    unknown: dict[str, set[str]] = {}
    for who, is_unknown, cell, usd in rows:
        cells.setdefault(cell, {})[who] = usd
        if is_unknown:
            unknown.setdefault(who, set()).add(cell)
    found: dict[str, str] = {}
    for who, where in unknown.items():
        held = [cells[cell] for cell in sorted(where)]
        parts = [{name: usd for name, usd in cell.items() if not name.startswith("?")} for cell in held]
        wholes = [cell[who] for cell in held]
        members = _members(parts, wholes)
        if members is not None:
            found[who[1:]] = members
    return found


def _members(parts: list[dict[str, float]], wholes: list[float]) -> str | None:
    """Return whose sum the wholes are in all cells: all others, or two or more of them, by name; ``None`` if none's."""
    told = [(part, whole) for part, whole in zip(parts, wholes, strict=True) if whole > 0 and len(part) >= 2]
    if len(told) < _CELLS or len(told) < len([whole for whole in wholes if whole > 0]):
        return None
    if all(_is_near(sum(part.values()), whole) for part, whole in told):
        return _ALL
    names = sorted({name for part, _ in told for name in part})
    if not 2 <= len(names) <= min(len(told), 200):
        return None
    import numpy as np

    matrix = np.array([[part.get(name, 0.0) for name in names] for part, _ in told])
    size = np.linalg.norm(matrix, axis=0)
    if np.linalg.matrix_rank(matrix / size) < len(names):
        return None
    weights = np.linalg.lstsq(matrix / size, np.array([whole for _, whole in told]), rcond=None)[0] / size
    chosen = [name for name, weight in zip(names, weights, strict=True) if abs(weight - 1) < 0.01]
    if len(chosen) < 2 or any(min(abs(weight), abs(weight - 1)) >= 0.01 for weight in weights):
        return None
    if not all(_is_near(sum(part.get(name, 0.0) for name in chosen), whole) for part, whole in told):
        return None
    return f"{', '.join(chosen[:6])}{f' and {len(chosen) - 6} more' if len(chosen) > 6 else ''}"


def _is_near(total: float, whole: float) -> bool:
    return abs(total - whole) <= _NEAR * max(abs(whole), 1.0)


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())
