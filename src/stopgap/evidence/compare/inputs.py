"""Inputs of the gross figures of a pack's finding: rows, one SQL statement, and the small tables that it joins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import pyarrow as pa

from stopgap.base.errors import StopgapError
from stopgap.codes.goods import GoodsList, goods_from
from stopgap.evidence.packs.documents import GoodsDocument, Recipe, fields_of, read_as
from stopgap.evidence.packs.recording import RecordedStage, rows_engine, run_again
from stopgap.evidence.packs.view import PackView
from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.panel.episodes import read_episode

TABLES = ("wanted", "periods", "chosen")
"""Small tables: codes wanted, periods of both windows, and the source and reporter of each supplier."""


@dataclass(frozen=True)
class Codes:
    """Codes of one side's goods list; empty where the list is not in the pack.

    A list that both sides have (``is_shared``) cannot be the reason for a difference.
    """

    codes: frozenset[str] = frozenset()
    is_shared: bool = False

    def has(self, goods: Iterable[str]) -> bool:
        """Return whether the list has any of these goods, or is shared; for a sum (``84+85``), all of its goods."""
        return self.is_shared or any(self.codes.issuperset(good.split("+")) for good in goods)


@dataclass(frozen=True)
class Behind:
    """Inputs that reproduce one finding's cells: its recorded statement, small tables, an engine on the pack's rows.

    ``coalition`` holds the members named by the episode, ``None`` where the episode is not in the pack; ``codes`` are
    those of the finding's goods list.
    """

    run: RecordedStage
    tables: Mapping[str, pa.Table]
    rows: DuckDBEngine
    finding: Mapping[str, Any]
    coalition: frozenset[str] | None
    codes: Codes

    def figures(self, members: frozenset[str], **changed: pa.Table) -> dict[str, float | None]:
        """Return the gross figures by their paths, with some of the small tables replaced (``changed``)."""
        return gross_figures(run_again(self.run, {**self.tables, **changed}, self.rows), members)

    def members(self, beside: Behind) -> frozenset[str]:
        """Return the coalition's members: from the episode, else those named by this finding or the other one."""
        if self.coalition is not None:
            return self.coalition
        own, others = (frozenset(row["supplier"] for row in side.finding["members"]) for side in (self, beside))
        return own | (others - {row["supplier"] for row in self.finding["suppliers"]})

    @cached_property
    def wanted(self) -> dict[tuple[str, str, str], set[str]]:
        """Selected (source, revision, good) -> goods of the finding in which they are counted."""
        found: dict[tuple[str, str, str], set[str]] = {}
        for row in self.tables["wanted"].to_pylist():
            found.setdefault((row["source"], row["revision"], row["good"]), set()).add(row["panel_good"])
        return found

    @cached_property
    def periods(self) -> frozenset[Any]:
        """First days of the selected periods."""
        return frozenset(self.tables["periods"]["period"].to_pylist())

    @cached_property
    def sources(self) -> dict[str, str]:
        """Supplier -> source of its figures."""
        return {row["supplier"]: row["source"] for row in self.tables["chosen"].to_pylist()}


class RowsOf:
    """Rows of a pack with its recorded statements; each is opened once, on first use."""

    def __init__(self, view: PackView) -> None:
        self.view = view

    @cached_property
    def _recipe(self) -> Recipe:
        path = self._file("aggregates/", "_recipe.json")
        return read_as(Recipe, self.view.json_file(path), where=path)

    @cached_property
    def _coalition(self) -> frozenset[str] | None:
        lists: dict[str, GoodsList] = {}
        try:
            [item] = self.view.items("episode")
            path = item["files"][0]
            text = self.view.read(f"data/{path}").decode()
            for goods in self.view.items("goods"):
                document = read_as(GoodsDocument, self.view.document(goods), where=goods["files"][0])
                made = goods_from(fields_of(document), where=goods["id"])
                lists |= dict.fromkeys((document["name"], *document["called"]), made)
            return frozenset(read_episode(text, label=path, lists=lists).members())
        except (StopgapError, ValueError, KeyError, IndexError):
            return None

    @cached_property
    def _engine(self) -> DuckDBEngine:
        files = (self._file("rows/", ending) for ending in ("_trade.parquet", "_reported.parquet"))
        return rows_engine(*map(self.view.table, files))

    def _file(self, folder: str, ending: str) -> str:
        files = (path for item in self.view.items("rows") for path in item["files"])
        return str(next(path for path in files if path.startswith(folder) and path.endswith(ending)))

    def behind(self, finding: Mapping[str, Any], codes: Codes) -> Behind | str:
        """Return the inputs that reproduce a finding's cells, or the reason why the pack lacks them."""
        if "numbers" in finding:
            return "it holds an extract of the finding alone, without rows"
        try:
            key = self._recipe["cells"][finding["finding_id"]]
            entry = next(each for each in self._recipe["runs"] if each["key"] == key)
            if entry["answer"] is not None:
                return "it holds sums alone: the rows may not leave"
            tables = {name: self.view.table(path) for name, path in entry["tables"].items()}
            if not set(TABLES) <= set(tables):
                return "its statement is of another kind"
            run = RecordedStage(key, entry["stage"], entry["sql"], entry["params"], {})
            return Behind(run, tables, self._engine, finding, self._coalition, codes)
        except (StopgapError, StopIteration, KeyError, TypeError, pa.ArrowException, duckdb.Error):
            return "the rows behind the finding are not in it"


def gross_figures(cells: pa.Table, members: frozenset[str]) -> dict[str, float | None]:
    """Compute the figures that need no model from cells (supplier × good, US dollars a year), by path in a finding.

    A ratio is ``None`` where its denominator is not above 0. Suppliers without a cell are absent.
    """
    sums: dict[str, tuple[float, float]] = {}
    goods: dict[str, list[float]] = {}
    for row in cells.select(["supplier", "good", "baseline_usd", "after_usd"]).to_pylist():
        first, last = row["baseline_usd"], row["after_usd"]
        before = sums.get(row["supplier"], (0.0, 0.0))
        sums[row["supplier"]] = (before[0] + first, before[1] + last)
        good = goods.setdefault(row["good"], [0.0, 0.0, 0.0])
        if row["supplier"] in members:
            good[0] += first
            good[1] += last
        else:
            good[2] += last - first
    inside = {name: pair for name, pair in sums.items() if name in members}
    outside = {name: pair for name, pair in sums.items() if name not in members}
    baseline, after = (sum(pair[place] for pair in inside.values()) for place in (0, 1))
    loss = baseline - after
    gain = sum(pair[1] - pair[0] for pair in outside.values())
    found: dict[str, float | None] = {
        "suspended.baseline_usd": baseline,
        "suspended.after_usd": after,
        "suspended.loss_usd": loss,
        "suspended.loss_share": loss / baseline if baseline > 0 else None,
        "backfill.gross_ratio": gain / loss if loss > 0 else None,
    }
    for name, (first, last) in inside.items():
        found[f"members.{name}.baseline_usd"] = first
        found[f"members.{name}.after_usd"] = last
        found[f"members.{name}.change_usd"] = last - first
    for name, (first, last) in outside.items():
        found[f"suppliers.{name}.baseline_usd"] = first
        found[f"suppliers.{name}.after_usd"] = last
        found[f"suppliers.{name}.gain_usd"] = last - first
        found[f"suppliers.{name}.share_of_loss"] = (last - first) / loss if loss > 0 else None
    for name, (first, last, gained) in goods.items():
        found[f"by_good.{name}.baseline_usd"] = first
        found[f"by_good.{name}.after_usd"] = last
        found[f"by_good.{name}.loss_usd"] = first - last
        found[f"by_good.{name}.gain_usd"] = gained
    return found
