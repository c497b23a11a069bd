"""Files from which a pack's numbers are recomputed: rows, sums, recipe, statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from stopgap.base.marking import Marking
from stopgap.evidence.packs.documents import AskedOptions, NumbersDocument, Recipe
from stopgap.evidence.packs.gathering import Gathered
from stopgap.evidence.packs.numbers import PackNumber, figures_of, literal, script
from stopgap.evidence.packs.payload import Payload
from stopgap.evidence.packs.recording import RecordedStage, answered_by_rows, rows_engine, runs_document
from stopgap.measures.backfill.results import Finding
from stopgap.panel.episodes import Window
from stopgap.panel.prepare import MeasureOptions

RECIPE = "recipe"
ROWS, REPORTED = "trade", "reported"


def rows_files(payload: Payload, marking: Marking, gathered: Gathered) -> list[str]:
    """The rows behind the findings and who reported, as Parquet and CSV."""
    files = []
    for stem, table in ((ROWS, gathered.trade), (REPORTED, gathered.reported)):
        payload.places[stem] = payload.parquet("rows", stem, table, marking)
        files += [payload.places[stem], payload.csv("rows", stem, table, marking)]
    return files


def recipe_files(payload: Payload, marking: Marking, gathered: Gathered) -> list[str]:
    """What was asked of the lake, and the sums that the rows of the pack do not give.

    Args:
        payload: Takes the files.
        marking: Of them.
        gathered: What was measured.
    """
    recorder = gathered.recorder
    by_rows = answered_by_rows(recorder, rows_engine(gathered.trade, gathered.reported))
    stored = [key for key in recorder.runs if key not in by_rows]
    inputs = {
        found: payload.parquet("inputs", found[:12], table, marking) for found, table in sorted(recorder.given.items())
    }
    payload.places |= inputs
    answers = {
        key: payload.parquet("aggregates", f"{recorder.runs[key].stage}_{key[:12]}", recorder.answers[key], marking)
        for key in stored
    }
    document: Recipe = {
        "as_of": gathered.snapshot.vintage,
        "options": options_document(gathered.asked),
        "others": [each.goods for each in gathered.model.others],
        "findings": [each.finding_id for each in gathered.findings],
        "cells": gathered.cells,
        "runs": runs_document(recorder.runs.values(), inputs=inputs, answers=answers),
    }
    return [payload.json("aggregates", RECIPE, document, marking), *inputs.values(), *answers.values()]


def finding_files(payload: Payload, marking: Marking, finding: Finding, gathered: Gathered) -> list[str]:
    """A finding, its numbers with their statements, and the script that gives them."""
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
    """The numbers of a finding one by one, as JSON."""
    return {
        "finding_id": finding_id,
        "says": "statements run over the table cells, which the script in sql/ makes from the rows",
        "numbers": [figure.as_dict() for figure in figures],
    }


def numbers_table(document: NumbersDocument) -> pa.Table:
    """The same as a table."""
    return pa.Table.from_pylist(
        document["numbers"],
        schema=pa.schema(
            [("name", pa.string()), ("value", pa.float64())]
            + [(name, pa.string()) for name in ("unit", "denominator", "sql")]
        ),
    )


def finding_script(
    finding: Mapping[str, Any],
    figures: Sequence[PackNumber],
    run: RecordedStage,
    views: Mapping[str, str],
    marking: Marking,
) -> str:
    """The script that gives the numbers of a finding to DuckDB alone.

    Args:
        finding: As JSON.
        figures: Its numbers.
        run: That made its cells.
        views: Relation -> Parquet file of the pack.
        marking: Of the finding.
    """
    return script(
        title=f"{finding['episode']}, {finding['goods']} ({finding['goods_version']}), vintage {finding['as_of']}",
        marking=marking.label,
        views=views,
        cells=literal(run.sql, run.params),
        figures=figures,
    )


def options_document(options: MeasureOptions) -> AskedOptions:
    """Options of a measure as JSON; the vintage stands beside."""

    def window(given: Window | None) -> list[str | None] | None:
        return None if given is None else [given.first, given.last]

    return {
        "goods": options.goods,
        "baseline": window(options.baseline),
        "after": window(options.after),
        "frequency": None if options.frequency is None else str(options.frequency),
        "report": str(options.report),
    }
