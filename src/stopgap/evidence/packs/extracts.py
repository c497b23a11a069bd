"""Extracts: numbers of released findings whose rows are withheld, as linear functions of these rows.

A release lets the numbers of one finding be disclosed further than its rows. An extract lists sums and ratios of sums,
no text and no query; and only those from which nothing can be derived that was not released
(:mod:`stopgap.evidence.disclosure.selection`).
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypedDict

from stopgap.base.errors import StopgapError
from stopgap.base.marking import Marking
from stopgap.base.vocab import Frequency, Report
from stopgap.codes.goods import load_goods
from stopgap.evidence.disclosure.graph import AggregateRelease, Atom, Derived, Item, LinearNumber
from stopgap.evidence.disclosure.selection import Selection
from stopgap.evidence.markings.changes import stored_finding
from stopgap.evidence.markings.effective import EffectiveMarkings, inputs_of_finding, open_markings
from stopgap.evidence.packs.documents import fields_of, finding_title
from stopgap.evidence.packs.items import receipt_entry, released_by
from stopgap.evidence.packs.payload import Payload
from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.lake.schema import TRADE
from stopgap.lake.snapshot import connect, kept_stages, take_snapshot
from stopgap.measures.backfill.contribution_stage import contributions
from stopgap.panel.episodes import Window, load_episode
from stopgap.panel.prepare import MeasureOptions, prepare

KEY = ("receipt", "vintage", "period", "reporter", "partner", "flow", "good", "revision", "source")
"""Columns that identify a row of trade."""


@dataclass(frozen=True)
class Linear:
    """A finding (its JSON) with its figures as linear functions of rows of trade.

    Attributes:
        item: Its node in the evidence graph.
        receipts: Items of the files whose rows contribute to it.
        atoms: Those rows.
        numbers: Its sums over the rows.
        derived: Ratios of these sums.
        names: Id of a sum or ratio -> name in the finding, value, unit and denominator.
    """

    finding: Mapping[str, Any]
    item: Item
    receipts: tuple[Item, ...]
    atoms: tuple[Atom, ...]
    numbers: tuple[LinearNumber, ...]
    derived: tuple[Derived, ...]
    names: Mapping[str, tuple[str, float | None, str, str | None]] = field(repr=False)


class Contribution(TypedDict):
    """A row of trade that contributes to a finding, and its weight."""

    receipt: str
    vintage: str
    period: dt.date
    reporter: str
    partner: str
    flow: str
    good: str
    revision: str
    source: str
    supplier: str
    part: str
    value_usd: float
    weight: float
    after_periods: int
    season_after: int
    season_baseline: int


def atom_id(row: Contribution) -> str:
    """Return the id of a row of trade: its key columns, joined by ``|``."""
    return "|".join(str(fields_of(row)[name]) for name in KEY)


def linear(
    lake: Path,
    finding: Mapping[str, Any],
    markings: EffectiveMarkings,
    *,
    release: AggregateRelease | None = None,
    first: int = 0,
    withheld: frozenset[str] = frozenset(),
) -> Linear | None:
    """Express a finding as linear functions of rows; ``None`` if the lake does not reproduce its figures.

    ``release`` is the decision to disclose its numbers (``None``: they are protected), ``first`` the priority of its
    first number, ``withheld`` the receipts that it was measured without.
    """
    try:
        rows = _contributions(lake, finding, withheld)
    except StopgapError:
        return None
    per_year = Frequency(finding["frequency"]).periods_per_year
    weights = [(row, _weight(row, per_year)) for row in rows]
    names = {atom_id(row): row for row in rows}
    # the hash of a finding is one of all its figures: it does not leave where they do not
    id = f"finding:{finding['finding_id']}" if release is None else f"extract:{release.id}"
    files = {
        receipt.receipt: receipt_entry(receipt, vintage, TRADE.name, markings)
        for receipt, vintage in take_snapshot(lake, as_of=finding["as_of"]).receipts
        if receipt.receipt in {row["receipt"] for row in rows}
    }
    item = Item(
        id,
        "finding" if release is None else "extract",
        finding_title(finding.get("loss_kind"), finding["goods"]),
        own=markings.own(f"finding:{finding['finding_id']}"),
        inputs=tuple(sorted(each.id for each in files.values())),
        release=release,
        is_aggregate=True,
    )
    atoms = tuple(
        Atom(name, files[row["receipt"]].id, row["reporter"], row["value_usd"]) for name, row in sorted(names.items())
    )
    numbers, derived, said = _figures(finding, id, weights, first)
    if not _agrees(numbers, names):
        return None
    return Linear(finding, item, tuple(files.values()), atoms, numbers, derived, said)


def _contributions(lake: Path, finding: Mapping[str, Any], withheld: frozenset[str]) -> list[Contribution]:
    """Return the rows of trade that contribute to a finding."""
    is_reported = (finding["report"] == "exporter") == (finding["direction"] == "exports-to-target")
    report = Report.REPORTED if is_reported else Report.MIRROR
    windows = finding["windows"]
    options = MeasureOptions(
        goods=finding["goods"],
        baseline=Window(*windows["baseline"]),
        after=Window(*windows["after"]),
        as_of=finding["as_of"],
        frequency=Frequency(finding["frequency"]),
        report=report,
        keep_unstable=finding.get("coverage", {}).get("unstable_kept") is not None,
    )
    snapshot = take_snapshot(lake, as_of=finding["as_of"]).without(withheld)
    with contextlib.closing(connect(snapshot)) as con:
        engine = DuckDBEngine(con, kept=kept_stages(con, snapshot))
        prepared = prepare(engine, snapshot, load_episode(finding["episode"]), load_goods(finding["goods"]), options)
        table = engine.run(contributions(report), tables=prepared.tables, params=prepared.params)
    return list(table.to_pylist())


def _weight(row: Contribution, per_year: int) -> Fraction:
    """Return the weight of a row's US dollars in its cell, which is a mean per year."""
    weight = Fraction(row["weight"]) * Fraction(per_year, row["after_periods"])
    if row["part"] == "baseline":
        weight *= Fraction(row["season_after"], row["season_baseline"])
    return weight


Weighed = Sequence[tuple[Contribution, Fraction]]


def _figures(
    finding: Mapping[str, Any], id: str, weights: Weighed, first: int
) -> tuple[tuple[LinearNumber, ...], tuple[Derived, ...], dict[str, tuple[str, float | None, str, str | None]]]:
    """Return sums of a finding (headline first), their ratios, and name, value, unit and denominator of each figure."""
    numbers: list[LinearNumber] = []
    derived: list[Derived] = []
    said: dict[str, tuple[str, float | None, str, str | None]] = {}
    unit = finding["unit"]

    def add(name: str, suppliers: frozenset[str], part: str | None, sign: int, value: float | None) -> None:
        parts: dict[str, Fraction] = {}
        for row, weight in weights:
            if row["supplier"] not in suppliers or part not in (None, row["part"]):
                continue
            # both windows: after less before, or the other way round
            factor = weight if part else weight * (sign if row["part"] == "after" else -sign)
            parts[atom_id(row)] = parts.get(atom_id(row), Fraction(0)) + factor
        number = f"{id}#{name}"
        numbers.append(LinearNumber(number, id, parts, value, priority=first + len(numbers)))
        said[number] = (name, value, unit, None)

    def ratio(name: str, above: str, below: str, value: float | None) -> None:
        if value is not None:
            derived.append(Derived(f"{id}#{name}", id, (f"{id}#{above}", f"{id}#{below}")))
            said[f"{id}#{name}"] = (name, value, "ratio", below)

    members = frozenset(row["supplier"] for row in finding["members"])
    others = frozenset(row["supplier"] for row in finding["suppliers"])
    lost = finding["suspended"]
    add("suspended.baseline_usd", members, "baseline", 1, lost["baseline_usd"])
    add("suspended.after_usd", members, "after", 1, lost["after_usd"])
    add("suspended.loss_usd", members, None, -1, lost["loss_usd"])
    add("backfill.gain_usd", others, None, 1, sum(row["gain_usd"] for row in finding["suppliers"]))
    ratio("suspended.loss_share", "suspended.loss_usd", "suspended.baseline_usd", lost["loss_share"])
    ratio("backfill.gross_ratio", "backfill.gain_usd", "suspended.loss_usd", finding["backfill"]["gross_ratio"])
    for kind, rows, change in (
        ("suppliers", finding["suppliers"], "gain_usd"),
        ("members", finding["members"], "change_usd"),
    ):
        for row in rows:
            name, own = f"{kind}.{row['supplier']}", frozenset([row["supplier"]])
            add(f"{name}.baseline_usd", own, "baseline", 1, row["baseline_usd"])
            add(f"{name}.after_usd", own, "after", 1, row["after_usd"])
            add(f"{name}.{change}", own, None, 1, row[change])
            if kind == "suppliers":
                ratio(f"{name}.share_of_loss", f"{name}.gain_usd", "suspended.loss_usd", row["share_of_loss"])
    return tuple(numbers), tuple(derived), said


def _agrees(numbers: Sequence[LinearNumber], rows: Mapping[str, Contribution]) -> bool:
    """Whether the rows reproduce the numbers; if not, the finding was computed from other rows."""
    for number in numbers:
        total = float(sum(weight * Fraction(rows[name]["value_usd"]) for name, weight in number.parts.items()))
        if number.value is None or abs(total - number.value) > max(1.0, 1e-6 * abs(number.value)):
            return False
    return True


@dataclass(frozen=True)
class Beside:
    """Findings other than those of the pack: released ones, and protected ones that the pack must not reveal.

    Attributes:
        released: Each is disclosed as an extract.
        protected: Marked above the pack by their own marking: none of their numbers may be derivable from it.
        unknown: Ids of protected findings that the lake does not reproduce, so what reveals them cannot be determined.
    """

    released: tuple[Linear, ...] = ()
    protected: tuple[Linear, ...] = ()
    unknown: tuple[str, ...] = ()


def findings_beside(
    lake: Path,
    episode: str,
    markings: EffectiveMarkings,
    audience: Marking,
    *,
    measured: frozenset[str],
    released: bool,
) -> Beside:
    """Find the released and the protected findings of a lake, beyond those that a pack already has.

    Args:
        episode: Episode whose released findings are disclosed.
        measured: Ids of findings that the pack already has, from rows that may be disclosed.
        released: Whether to look for released findings.
    """
    found: list[Linear] = []
    protected: list[Linear] = []
    unknown: list[str] = []
    names = sorted(name for name in {*markings.book.in_force, *markings.releases()} if name.startswith("finding:"))
    opened = open_markings(lake) if names else None
    for name in names:
        assert opened is not None
        id, own = name.removeprefix("finding:"), markings.own(name)
        is_protected = own is not None and not own.fits(audience)
        try:
            finding = stored_finding(lake, id)
        except StopgapError:  # one that is not kept, or damaged, cannot go; whether it is given away nobody can tell
            unknown += [id] if is_protected else []
            continue
        release = released_by(markings, name, inputs_of_finding(opened, finding))
        if released and release is not None and release.marking.fits(audience):
            if finding["episode"] == episode and id not in measured:
                moved = replace(release, item=f"extract:{release.id}")
                made = linear(lake, finding, markings, release=moved, first=1000 * len(found))
                found += [] if made is None else [made]
        elif is_protected:
            made = linear(lake, finding, markings)
            if made is None:
                unknown.append(id)
            else:
                protected.append(made)
    return Beside(tuple(found), tuple(protected), tuple(unknown))


def extract_files(payload: Payload, marking: Marking, made: Linear, selection: Selection) -> list[str]:
    """Write a released finding into the payload: the numbers disclosed, and how many are withheld; return its path."""
    finding = made.finding
    goes = [each.id for each in made.numbers if each.id in selection.numbers]
    goes += [each.id for each in made.derived if each.id in selection.derived]
    numbers = [
        {"name": name, "value": value, "unit": unit, "denominator": denominator}
        for name, value, unit, denominator in (made.names[id] for id in goes)
    ]
    names = "episode target direction goods goods_version as_of valuation frequency windows unit route report"
    document = {
        **{name: finding[name] for name in names.split()},
        "says": "numbers of a finding that were released; the rows behind them may not leave, so they are given as they "
        "were measured and cannot be made again here",
        "coverage": {"share_of_baseline_reported": finding["coverage"]["share_of_baseline_reported"]},
        "numbers": numbers,
        "numbers_withheld": len(made.numbers) + len(made.derived) - len(numbers),
    }
    stem = f"{finding['goods']}_{made.item.id.removeprefix('extract:')}"
    return [payload.json("extracts", stem, document, marking)]
