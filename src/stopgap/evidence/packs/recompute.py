"""Recompute a pack's numbers from its own content."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import pyarrow as pa

from stopgap.base.documents import json_bytes
from stopgap.base.errors import InputError, StopgapError
from stopgap.base.spreadsheets import plain
from stopgap.base.vocab import Frequency, Report
from stopgap.claims.claim_file import claim_from
from stopgap.claims.register.goods_snapshot import fixed_from
from stopgap.claims.testing.cases import Findings
from stopgap.claims.testing.run import ClaimTestOptions, verdict_on
from stopgap.codes.goods import GoodsList, goods_from
from stopgap.evidence.checks import quoted
from stopgap.evidence.packs.documents import (
    FindingHead,
    GoodsDocument,
    ItemEntry,
    NumbersDocument,
    PackedClaim,
    Recipe,
    RunEntry,
    VerdictHead,
    fields_of,
    is_same_software,
    read_as,
)
from stopgap.evidence.packs.numbers import agrees, agrees_usd, figures_of, leaves, numbers_document
from stopgap.evidence.packs.recording import (
    RecordedStage,
    ReplayEngine,
    bare_snapshot,
    digest,
    each_asked,
    rows_engine,
    run_again,
    run_key,
)
from stopgap.evidence.packs.view import PackView
from stopgap.lake.engine_bars import without_bar
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.run import measure_on
from stopgap.panel.episodes import Episode, Window, read_episode
from stopgap.panel.prepare import MeasureOptions

SECONDS = 120.0
"""Time limit, in seconds, for running a pack's own SQL statements."""


@dataclass(frozen=True)
class Again:
    """Result of recomputing the numbers of a pack.

    Attributes:
        by_statement: Count of numbers recomputed from the rows by their own SQL.
        by_measure: Count of numbers recomputed by measuring findings again.
        by_test: Count of numbers recomputed by testing verdicts again.
        faults: Numbers that differ or cannot be recomputed, one line each.
        notes: What could not be checked without being a fault.
    """

    by_statement: int
    by_measure: int
    by_test: int
    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """The three counts in one line."""
        return (
            f"{self.by_statement} numbers by their statements from the rows, {self.by_measure} of findings measured again, "
            f"{self.by_test} of verdicts tested again"
        )


class Kitchen:
    """A pack opened for recomputing its numbers; InputError if a file is not what its path states."""

    def __init__(self, view: PackView) -> None:
        self.view = view

    @property
    def has_recipe(self) -> bool:
        """Whether the pack holds its recipe: the recorded queries on the lake."""
        return any(path.endswith("_recipe.json") for item in self.view.items("rows") for path in item["files"])

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe: every recorded query on the lake."""
        path = self._one("aggregates/", "_recipe.json")
        return read_as(Recipe, self.view.json_file(path), where=path)

    @cached_property
    def rows(self) -> Any:
        """An engine on the pack's rows."""
        return rows_engine(self.view.table(self.rows_file("trade")), self.view.table(self.rows_file("reported")))

    def rows_file(self, stem: str) -> str:
        """Path of the table ``trade`` or ``reported``."""
        return self._one("rows/", f"_{stem}.parquet")

    def _one(self, folder: str, ending: str) -> str:
        paths = [path for item in self.view.items("rows") for path in item["files"]]
        found = [path for path in paths if path.startswith(folder) and path.endswith(ending)]
        if len(found) != 1:
            raise InputError(
                f"the pack has {len(found)} files {folder}…{ending}, and should have one",
                where="evidence.json",
                fix="ask its maker for another",
            )
        return found[0]

    @cached_property
    def runs(self) -> dict[str, RecordedStage]:
        """Recorded stages by key."""
        return {
            entry["key"]: RecordedStage(entry["key"], entry["stage"], entry["sql"], entry["params"], entry["tables"])
            for entry in self.recipe["runs"]
        }

    @cached_property
    def episode(self) -> Episode:
        """The episode, as stored in the pack."""
        [item] = self.view.items("episode")
        path = item["files"][0]
        return read_episode(self.view.read(f"data/{path}").decode(), label=path, lists=self.lists)

    @cached_property
    def lists(self) -> dict[str, GoodsList]:
        """Goods lists by every name that the episode uses for them."""
        found: dict[str, GoodsList] = {}
        for item in self.view.items("goods"):
            document = read_as(GoodsDocument, self.view.document(item), where=item["files"][0])
            goods = goods_from(fields_of(document), where=item["files"][0])
            found |= dict.fromkeys((goods.name, *document["called"]), goods)
        return found

    @cached_property
    def replay(self) -> ReplayEngine:
        """An engine that answers recorded stages from the pack."""
        stored = {
            entry["key"]: self.view.table(entry["answer"])
            for entry in self.recipe["runs"]
            if entry["answer"] is not None
        }
        return ReplayEngine(self.rows, stored, frozenset(set(self.runs) - set(stored)))

    @cached_property
    def options(self) -> MeasureOptions:
        """Options with which the headline finding was measured."""
        given = self.recipe["options"]

        def window(ends: list[str | None] | None) -> Window | None:
            return None if ends is None else Window(*ends)

        return MeasureOptions(
            goods=given["goods"],
            baseline=window(given["baseline"]),
            after=window(given["after"]),
            frequency=None if given["frequency"] is None else Frequency(given["frequency"]),
            report=Report(given["report"]),
            keep_unstable=given.get("keep_unstable", False),
        )

    def findings(self) -> list[Finding]:
        """Measure the findings again and return them, the headline first."""
        snapshot, asked = bare_snapshot(self.recipe["as_of"]), each_asked(self.options, self.recipe["others"])
        return [measure_on(self.replay, snapshot, self.episode, each) for each in asked]

    def cells(self, finding_id: str) -> pa.Table:
        """Return the cells of a finding: computed from the rows, or the stored answer if the pack has one."""
        key = self.recipe["cells"][finding_id]
        if key in self.replay.stored:
            return self.replay.stored[key]
        run = self.runs[key]
        return run_again(run, {name: self.view.table(path) for name, path in run.tables.items()}, self.rows)


def make_again(view: PackView, *, limit_s: float = SECONDS) -> Again:
    """Recompute and compare every number of a pack, whose signature must be verified because its SQL is run."""
    try:
        return _made_again(view, limit_s)
    except Exception as error:  # the files are another's: whatever measuring stumbles over is their fault
        what = error.what if isinstance(error, StopgapError) else f"{type(error).__name__}: {error}"
        return Again(0, 0, 0, (f"the numbers cannot be made again: {' '.join(what.split())[:300]}",))


def _made_again(view: PackView, limit_s: float) -> Again:
    kitchen = Kitchen(view)
    if not view.items("finding") or not kitchen.has_recipe:
        return Again(
            0, 0, 0, tuple(_by_arithmetic(view)),
            ("the rows and sums of the findings may not be in the pack, so they are not measured again",),
        )  # fmt: skip
    faults_recipe = recipe_faults(view, kitchen.recipe)
    faults_sql, count_sql = _by_statement(kitchen, limit_s)
    faults_measured, count_measured = _by_measure(kitchen)
    faults_tested, count_tested = _by_test(kitchen)
    faults = (*faults_recipe, *faults_sql, *faults_measured, *faults_tested, *_by_arithmetic(view))
    return Again(count_sql, count_measured, count_tested, faults)


def _by_arithmetic(view: PackView) -> Iterator[str]:
    """Yield numbers of extracts that contradict each other; their rows are not in the pack."""
    for item in view.items("extract"):
        document = view.document(item)
        values = {each["name"]: each["value"] for each in document["numbers"]}
        for each in document["numbers"]:
            name, value = each["name"], each["value"]
            base, _, leaf = name.rpartition(".")
            before, after = values.get(f"{base}.baseline_usd"), values.get(f"{base}.after_usd")
            if leaf in ("gain_usd", "change_usd", "loss_usd") and before is not None and after is not None:
                expected = before - after if leaf == "loss_usd" else after - before
            elif each["denominator"] in values and each["unit"] == "ratio":
                above = {"loss_share": "loss_usd", "share_of_loss": "gain_usd", "gross_ratio": "gain_usd"}[leaf]
                if f"{base}.{above}" not in values:
                    continue
                expected = values[f"{base}.{above}"] / values[each["denominator"]]
            else:
                continue
            if not _same(name, value, expected):
                yield f"{item['id']}: {name} is {value}, the numbers beside it give {expected}"


def _by_statement(kitchen: Kitchen, limit_s: float) -> tuple[list[str], int]:
    """Recompute numbers by their own SQL over the cells; return faults and the count of numbers."""
    faults, count = [], 0
    for item in kitchen.view.items("finding"):
        finding = finding_head(kitchen.view, item)
        path, document = numbers_of(kitchen.view, item)
        said = {each["name"]: each for each in document["numbers"]}
        if document["finding_id"] != finding["finding_id"]:
            faults.append(f"{path} is of another finding")
            continue
        statements = {name: each["sql"] for name, each in said.items() if each["sql"]}
        with _cells_connection(kitchen.cells(finding["finding_id"])) as con:
            answers = _answers(con, statements, limit_s)
        count += len(answers)
        faults += [
            f"{finding['goods']}: {name} is {said[name]['value']}, its rows give {value}"
            for name, value in answers.items()
            if not _same(name, said[name]["value"], value)
        ]
    return faults, count


def numbers_of(view: PackView, item: ItemEntry) -> tuple[str, NumbersDocument]:
    """Return path and content of the file that lists a finding's numbers one by one."""
    path = next(path for path in item["files"] if path.startswith("numbers/") and path.endswith(".json"))
    return path, read_as(NumbersDocument, view.json_file(path), where=path)


def _cells_connection(cells: pa.Table) -> duckdb.DuckDBPyConnection:
    from stopgap.lake.snapshot import lock_down_memory

    con = duckdb.connect(":memory:")
    without_bar(con)
    con.execute("SET memory_limit = '1GB'")
    con.register("given_cells", cells)
    con.execute("CREATE TABLE cells AS SELECT * FROM given_cells")
    con.unregister("given_cells")
    lock_down_memory(con)
    return con


def _answers(con: duckdb.DuckDBPyConnection, figures: Mapping[str, str], limit_s: float) -> dict[str, float | None]:
    """Return the value of each SQL statement; InputError unless it is one SELECT of one value, or after a timeout."""
    from threading import Timer

    timer = Timer(limit_s, con.interrupt)
    timer.start()
    try:
        found = {}
        for name, sql in figures.items():
            statements = con.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise InputError(
                    f"the statement of {name} is not a single SELECT",
                    where="numbers/",
                    fix="do not run it; ask the pack's maker",
                )
            rows = con.execute(sql).fetchmany(2)
            if len(rows) != 1 or len(rows[0]) != 1:
                raise InputError(
                    f"the statement of {name} does not give one value", where="numbers/", fix="ask the pack's maker"
                )
            found[name] = rows[0][0]
        return found
    except duckdb.InterruptException as error:
        raise InputError(
            f"the statements of the numbers take more than {limit_s:.0f} s",
            where="numbers/",
            fix="ask the pack's maker",
        ) from error
    finally:
        timer.cancel()


def _by_measure(kitchen: Kitchen) -> tuple[list[str], int]:
    """Measure the findings again and compare them; return faults and the count of numbers compared."""
    items = {finding_head(kitchen.view, item)["finding_id"]: item for item in kitchen.view.items("finding")}
    faults, count = [], 0
    seen = set()
    for id, finding in zip(kitchen.recipe["findings"], kitchen.findings(), strict=True):
        if id not in items:
            continue
        seen.add(id)
        said = kitchen.view.document(items[id])
        found, compared = _differing(said, finding.as_dict(), f"{said['goods']}: ")
        count += compared
        faults += found
        if finding.finding_id != said["finding_id"] and not found:
            faults.append(f"{said['goods']}: measured again it says something else, though its numbers agree")
        faults += _unsaid(kitchen, items[id], finding)
        faults += [] if found else worded(said, finding.as_dict(), f"{said['goods']}: ")
    faults += [f"{id} is in no recipe" for id in items if id not in seen]
    return faults, count


def _unsaid(kitchen: Kitchen, item: ItemEntry, finding: Finding) -> Iterator[str]:
    """Yield the entries in ``numbers/`` that differ from the numbers of the recomputed finding."""
    path, document = numbers_of(kitchen.view, item)
    said = {each["name"]: each for each in document["numbers"]}
    own = {figure.name: figure for figure in figures_of(finding)}
    for name in sorted(set(said) ^ set(own)):
        yield f"{path}: {name} is {'not in' if name not in said else 'not of'} the finding"
    for name, figure in own.items():
        if name in said and not _same(name, said[name]["value"], figure.value):
            yield f"{path}: {name} is {said[name]['value']}, measured again {figure.value}"
        elif name in said and {**said[name], "value": None} != {**figure.as_dict(), "value": None}:
            yield f"{path}: the statement, unit or denominator of {name} is not the finding's"
    bare = {key: each for key, each in {**document, "numbers": []}.items() if key != "marking"}
    if bare != numbers_document(finding.finding_id, []):
        yield f"{path} says more than the numbers of the finding"


def _by_test(kitchen: Kitchen) -> tuple[list[str], int]:
    """Test the verdicts again and compare them; return faults and the count of numbers compared."""
    verdicts = kitchen.view.items("verdict")
    if not verdicts:
        return [], 0
    claims = {item["id"].removeprefix("claim:"): item for item in kitchen.view.items("claim")}
    faults: list[str] = []
    count = 0
    findings = Findings(kitchen.replay, bare_snapshot(kitchen.recipe["as_of"]), None)
    for verdict in verdicts:
        said = kitchen.view.document(verdict)
        head = read_as(VerdictHead, said, where=verdict["files"][0])
        claim = claims[head["claim_id"]]
        document = read_as(PackedClaim, kitchen.view.document(claim), where=claim["files"][0])
        tested = verdict_on(
            findings,
            claim_from(document["claim"], where=head["claim_id"], is_registered=True),
            ClaimTestOptions(kept=tuple(fixed_from(each) for each in document["goods_fixed"]), keep=False),
            on=kitchen.episode,
        )
        again = tested.as_dict()
        found, compared = _differing(said, again, f"{said['claim_id']}: ")
        count += compared
        faults += found
        if said["verdict"] != again["verdict"]:
            faults.append(f"{said['claim_id']}: the verdict is {said['verdict']!r}, tested again {again['verdict']!r}")
        elif not found and is_same_software(kitchen.view.evidence):  # another version may word it otherwise
            faults += worded(said, {**again, "version": document["version"]}, f"{said['claim_id']}: ")
    return faults, count


def _differing(said: Mapping[str, Any], again: Mapping[str, Any], label: str) -> tuple[list[str], int]:
    """Return the numbers that differ between a stored and a recomputed document, and how many were compared."""
    left = {name for name in said if name not in again}
    one = dict(leaves({name: value for name, value in said.items() if name not in left}))
    other = dict(leaves(again))
    faults = [
        f"{label}{name} is {one.get(name, 'missing')}, made again {other.get(name, 'missing')}"
        for name in sorted(set(one) | set(other))
        if not _same(name, one.get(name), other.get(name))
    ]
    return faults, len(other)


def _same(name: str, one: float | None, other: float | None) -> bool:
    return agrees_usd(one, other) if "_usd" in name else agrees(one, other)


def finding_head(view: PackView, item: ItemEntry) -> FindingHead:
    """Return the fields of a pack's finding that are read; InputError if one is missing or of another type."""
    return read_as(FindingHead, view.document(item), where=item["files"][0])


def worded(said: Mapping[str, Any], again: Mapping[str, Any], label: str) -> list[str]:
    """Return where a document differs from the recomputed one other than in numbers; markings are not compared."""
    other = json.loads(json_bytes(again, default=plain))
    return [
        f"{label}{place} is {quoted(str(one), 80)}, made again {quoted(str(two), 80)}"
        for place, one, two in _reworded({name: each for name, each in said.items() if name != "marking"}, other, "")
    ]


_MISSING = "(missing)"


def _reworded(one: Any, other: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield path and values of leaves that differ; numbers are compared elsewhere, within their tolerance."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in sorted(set(one) | set(other)):
            yield from _reworded(one.get(name, _MISSING), other.get(name, _MISSING), f"{place}.{name}".lstrip("."))
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            yield place, f"{len(one)} entries", f"{len(other)} entries"
        for number, (first, second) in enumerate(zip(one, other, strict=False)):
            yield from _reworded(first, second, f"{place}.{number}")
    else:
        are_numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (one, other))
        if not are_numbers and (type(one), one) != (type(other), other):
            yield place, one, other


def recipe_faults(view: PackView, recipe: Recipe) -> list[str]:
    """Return the faults of a recipe, one line each: wrong fields, runs unlike their hash, files that no run names."""
    faults = []
    named: set[str | None] = set()
    fields = {*Recipe.__annotations__, "marking"}
    if set(recipe) != fields:
        faults.append(f"the recipe does not have the fields {', '.join(sorted(fields))}, and no other")
    for run in recipe["runs"]:
        if set(run) != set(RunEntry.__annotations__):
            faults.append(f"the run {quoted(str(run.get('stage')))} has other fields than runs have")
        digests = {name: digest(view.table(path)) for name, path in run["tables"].items()}
        if run_key(run["stage"], run["sql"], run["params"], digests) != run["key"]:
            faults.append(f"the run {quoted(run['stage'])} is not the one of its hash")
        named |= {*run["tables"].values(), run["answer"]}
    faults += [
        f"{quoted(path)} is named by no run of the recipe"
        for item in view.items("rows")
        for path in item["files"]
        if path.startswith(("inputs/", "aggregates/")) and path.endswith(".parquet") and path not in named
    ]
    return faults
