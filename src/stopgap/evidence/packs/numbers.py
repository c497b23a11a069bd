"""Numbers of a finding, each with the SQL that computes it from the pack's rows, and the files to recompute them.

The gross measure needs no model: every figure of it is a sum over the table ``cells`` (supplier × good, US dollars
a year in both windows), which one SQL statement computes from the rows. Net figures, intervals and ranks come from
models; their ``sql`` is ``None``, and verifying a pack measures them again.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from stopgap.base.errors import InputError
from stopgap.base.marking import Marking
from stopgap.base.progress import say
from stopgap.base.sql import listed, quoted
from stopgap.evidence.packs.documents import AskedOptions, NumberEntry, NumbersDocument, Recipe
from stopgap.evidence.packs.payload import Payload
from stopgap.evidence.packs.recording import RecordedStage, answered_by_rows, rows_engine
from stopgap.lake.engines.engine import Scalar
from stopgap.measures.backfill.results import Finding, MemberResult, SupplierResult
from stopgap.panel.episodes import Window
from stopgap.panel.prepare import MeasureOptions

if TYPE_CHECKING:
    from stopgap.evidence.packs.gathering import Gathered

RELATIVE_TOLERANCE = 1e-9
"""Tolerance, because sums of doubles may differ in their last digits between machines."""

ABSOLUTE_TOLERANCE_USD = 0.005
ROWS, REPORTED = "trade", "reported"
"""Names of the pack's tables: rows of trade, and who reported them."""


@dataclass(frozen=True)
class PackNumber:
    """One number of a finding.

    Attributes:
        name: Its path in the finding: ``suspended.loss_usd``, ``suppliers.CHN.gain_usd``.
        value: ``None`` where the finding has none.
        unit: ``USD per year``, ``ratio`` or ``rank``.
        denominator: Name of the number that a ratio is divided by; ``None`` for sums.
        sql: One SELECT over ``cells`` with one row and one column; ``None`` if the number comes from a model.
    """

    name: str
    value: float | None
    unit: str
    denominator: str | None
    sql: str | None

    def as_dict(self) -> NumberEntry:
        """Return the number as JSON."""
        return cast("NumberEntry", asdict(self))


def agrees(value: float | None, again: float | None) -> bool:
    """Whether two computations of a number agree within tolerance; ``None`` agrees only with ``None``."""
    if value is None or again is None:
        return value is again
    if not (math.isfinite(value) and math.isfinite(again)):
        return False
    return math.isclose(value, again, rel_tol=RELATIVE_TOLERANCE, abs_tol=RELATIVE_TOLERANCE)


def agrees_usd(value: float | None, again: float | None) -> bool:
    """As :func:`agrees`, but US dollars may also differ by up to half a cent, for sums whose terms cancel."""
    if value is None or again is None:
        return value is again
    return agrees(value, again) or abs(value - again) <= ABSOLUTE_TOLERANCE_USD


def figures_of(finding: Finding) -> list[PackNumber]:
    """Return all numbers of a finding, the headline first."""
    return [*_headline(finding), *_suppliers(finding), *_members(finding), *_modelled(finding)]


def _total(economies: Iterable[str], column: str) -> str:
    names = sorted(economies)
    where = f"supplier IN ({listed(names)})" if names else "false"
    return f"SELECT coalesce(sum({column}), 0) FROM cells WHERE {where}"


def _difference(economies: Iterable[str], first: str, second: str) -> str:
    return _total(economies, f"{first} - {second}")


def _ratio(above: str, below: str) -> str:
    return f"SELECT ({above}) / nullif(({below}), 0)"


def _headline(finding: Finding) -> Iterator[PackNumber]:
    members = [row.supplier for row in finding.members]
    others = [row.supplier for row in finding.suppliers]
    unit, lost = finding.unit, finding.suspended
    loss = _difference(members, "baseline_usd", "after_usd")
    base = _total(members, "baseline_usd")
    gain = _difference(others, "after_usd", "baseline_usd")
    yield PackNumber("suspended.baseline_usd", lost.baseline_usd, unit, None, base)
    yield PackNumber("suspended.after_usd", lost.after_usd, unit, None, _total(members, "after_usd"))
    yield PackNumber("suspended.loss_usd", lost.loss_usd, unit, None, loss)
    yield PackNumber("suspended.loss_share", lost.loss_share, "ratio", "suspended.baseline_usd", _ratio(loss, base))
    ratio = finding.backfill.gross_ratio
    yield PackNumber(
        "backfill.gross_ratio", ratio, "ratio", "suspended.loss_usd", None if ratio is None else _ratio(gain, loss)
    )


def _suppliers(finding: Finding) -> Iterator[PackNumber]:
    loss = _difference([row.supplier for row in finding.members], "baseline_usd", "after_usd")
    for row in finding.suppliers:
        name, own = f"suppliers.{row.supplier}", [row.supplier]
        gain = _difference(own, "after_usd", "baseline_usd")
        yield from _windows(name, row, finding.unit)
        yield PackNumber(f"{name}.gain_usd", row.gain_usd, finding.unit, None, gain)
        share = row.share_of_loss
        sql = None if share is None else _ratio(gain, loss)
        yield PackNumber(f"{name}.share_of_loss", share, "ratio", "suspended.loss_usd", sql)


def _members(finding: Finding) -> Iterator[PackNumber]:
    for row in finding.members:
        name, own = f"members.{row.supplier}", [row.supplier]
        change = _difference(own, "after_usd", "baseline_usd")
        yield from _windows(name, row, finding.unit)
        yield PackNumber(f"{name}.change_usd", row.change_usd, finding.unit, None, change)


def _windows(name: str, row: SupplierResult | MemberResult, unit: str) -> Iterator[PackNumber]:
    """Yield the sales of one economy in the baseline window and in the after window."""
    own = [row.supplier]
    yield PackNumber(f"{name}.baseline_usd", row.baseline_usd, unit, None, _total(own, "baseline_usd"))
    yield PackNumber(f"{name}.after_usd", row.after_usd, unit, None, _total(own, "after_usd"))


_SAID = re.compile(r"^(suspended\.(baseline|after|loss)_usd|suspended\.loss_share|backfill\.gross_ratio)$")
"""Names of the headline figures of the gross measure."""


def _modelled(finding: Finding) -> Iterator[PackNumber]:
    gross = {"suppliers", "members", "queries", "warnings", "windows", "coverage"}
    for path, number in leaves({key: each for key, each in finding.as_dict().items() if key not in gross}):
        if not _SAID.match(path):
            unit = "USD per year" if path.endswith("_usd") else "rank" if "rank" in path else "ratio"
            unit = "USD per unit" if path.endswith("_usd_per_unit") else unit
            yield PackNumber(path, number, unit, None, None)
    for row in finding.suppliers:
        name = f"suppliers.{row.supplier}"
        yield PackNumber(f"{name}.net_gain_usd", row.net_gain_usd, finding.unit, None, None)
        for end, value in zip(("low", "high"), row.ci95 or (None, None), strict=True):
            yield PackNumber(f"{name}.ci95.{end}", value, finding.unit, None, None)
        yield PackNumber(f"{name}.q_value", row.q_value, "probability", None, None)


def leaves(document: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Yield every number in a JSON document with its path (``counterfactual.spread.0``); booleans are skipped."""
    if isinstance(document, Mapping):
        for name, value in document.items():
            yield from leaves(value, f"{path}.{name}" if path else str(name))
    elif isinstance(document, list | tuple):
        for number, value in enumerate(document):
            yield from leaves(value, f"{path}.{number}")
    elif isinstance(document, int | float) and not isinstance(document, bool):
        yield path, float(document)


def literal(sql: str, params: Mapping[str, Scalar]) -> str:
    """Return a SQL statement with its parameters replaced by literals; InputError for an unsupported type."""

    def written(name: str) -> str:
        value = params[name]
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int):
            return str(value)
        if isinstance(value, float):
            return f"CAST({value!r} AS DOUBLE)"
        if isinstance(value, str):
            return quoted(value)
        raise InputError(f"the scalar {name} cannot be written", where=name, fix="use numbers, text or nothing")

    names = sorted(params, key=len, reverse=True)
    if not names:
        return sql
    return re.sub(r"\$(" + "|".join(map(re.escape, names)) + r")\b", lambda found: written(found[1]), sql)


def rows_files(payload: Payload, marking: Marking, gathered: Gathered) -> list[str]:
    """Write the rows behind the findings, and who reported, into the payload as Parquet and CSV; return the paths."""
    files = []
    for stem, table in ((ROWS, gathered.trade), (REPORTED, gathered.reported)):
        payload.places[stem] = payload.parquet("rows", stem, table, marking)
        files += [payload.places[stem], payload.csv("rows", stem, table, marking)]
    return files


def recipe_files(payload: Payload, marking: Marking, gathered: Gathered) -> list[str]:
    """Write the recorded queries, and those answers that the pack's rows do not reproduce; return the paths."""
    recorder = gathered.recorder
    say(f"asking {len(recorder.runs):,} statements again of the pack's own rows")
    by_rows = answered_by_rows(recorder, rows_engine(gathered.trade, gathered.reported))
    inputs = {
        found: payload.parquet("inputs", found[:12], table, marking) for found, table in sorted(recorder.given.items())
    }
    payload.places |= inputs
    answers = {
        key: payload.parquet("aggregates", f"{recorder.runs[key].stage}_{key[:12]}", recorder.answers[key], marking)
        for key in recorder.runs
        if key not in by_rows
    }
    document: Recipe = {
        "as_of": gathered.snapshot.vintage,
        "options": options_document(gathered.asked),
        "others": [each.goods for each in gathered.model.others],
        "findings": [each.finding_id for each in gathered.findings],
        "cells": gathered.cells,
        "runs": [
            {
                "key": run.key,
                "stage": run.stage,
                "sql": run.sql,
                "params": dict(run.params),
                "tables": {name: inputs[found] for name, found in run.tables.items()},
                "answer": answers.get(run.key),
                "answered_by": "stored sums" if run.key in answers else "rows",
            }
            for run in recorder.runs.values()
        ],
    }
    return [payload.json("aggregates", "recipe", document, marking), *inputs.values(), *answers.values()]


def finding_files(payload: Payload, marking: Marking, finding: Finding, gathered: Gathered) -> list[str]:
    """Write a finding, its numbers with their SQL, and the script that computes them; return the paths."""
    stem = f"{finding.goods}_{finding.finding_id.removeprefix('sha256:')[:8]}"
    figures = figures_of(finding)
    document = numbers_document(finding.finding_id, figures)
    files = [
        payload.json("findings", stem, finding.as_dict(), marking),
        payload.json("numbers", stem, document, marking),
        payload.csv("numbers", stem, numbers_table(document), marking),
    ]
    run = gathered.recorder.runs[gathered.cells[finding.finding_id]]
    if all(found in payload.places for found in (ROWS, REPORTED, *run.tables.values())):
        places = {name: payload.places[found] for name, found in run.tables.items()}
        views = {ROWS: payload.places[ROWS], REPORTED: payload.places[REPORTED], **places}
        text = finding_script(finding.as_dict(), figures, run, views, marking)
        files.append(payload.put("sql", stem, ".sql", text.encode(), marking))
    return files


def numbers_document(finding_id: str, figures: Sequence[PackNumber]) -> NumbersDocument:
    """Return the numbers of a finding one by one, as JSON."""
    return {
        "finding_id": finding_id,
        "says": "statements run over the table cells, which the script in sql/ makes from the rows",
        "numbers": [figure.as_dict() for figure in figures],
    }


def numbers_table(document: NumbersDocument) -> pa.Table:
    """Return the numbers of a finding as a table, one row each."""
    columns = [(name, pa.float64() if name == "value" else pa.string()) for name in NumberEntry.__annotations__]
    return pa.Table.from_pylist(document["numbers"], schema=pa.schema(columns))


def finding_script(
    finding: Mapping[str, Any],
    figures: Sequence[PackNumber],
    run: RecordedStage,
    views: Mapping[str, str],
    marking: Marking,
) -> str:
    """Return a DuckDB script that, in the pack's folder ``data``, creates ``cells`` and prints a finding's numbers.

    ``run`` is the stage that made the cells; ``views`` maps each relation to a Parquet file, relative to ``data``.
    Numbers from models are only named.
    """
    title = f"{finding['episode']}, {finding['goods']} ({finding['goods_version']}), vintage {finding['as_of']}"
    lines = [f"-- {marking.label}", f"-- {title}"]
    lines += ["-- run in the folder data of the pack: duckdb < sql/THIS_FILE", ""]
    lines += [f"CREATE VIEW {name} AS SELECT * FROM read_parquet({quoted(file)});" for name, file in views.items()]
    lines += ["", f"CREATE TABLE cells AS\n{literal(run.sql, run.params)};", ""]
    parts = [f"SELECT {quoted(each.name)} AS name, ({each.sql}) AS value" for each in figures if each.sql is not None]
    lines += ["\nUNION ALL ".join(parts) + ";", ""] if parts else []
    models = [each.name for each in figures if each.sql is None]
    lines += [f"-- from a model, measured again by stopgap pack verify: {name}" for name in models]
    return "\n".join(lines) + f"\n-- {marking.label}\n"


def options_document(options: MeasureOptions) -> AskedOptions:
    """Return the options of a measure as JSON, without the vintage, which is stored beside them."""

    def window(given: Window | None) -> list[str | None] | None:
        return None if given is None else [given.first, given.last]

    return {
        "goods": options.goods,
        "baseline": window(options.baseline),
        "after": window(options.after),
        "frequency": None if options.frequency is None else str(options.frequency),
        "report": str(options.report),
        "keep_unstable": options.keep_unstable,
    }
