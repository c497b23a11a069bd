"""Random histories of trade whose every state is also told by the rule as it is documented, without the lake's code.

Cheaper than lakes played twice (``random_histories.py``): one lake, and as many of its files taken away as wanted.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from lake_rows import _ARROW, receipt, trade_row

from stopgap.base.errors import MissingDataError
from stopgap.lake.compacting import compact
from stopgap.lake.schema import TRADE_COLUMNS
from stopgap.lake.snapshot import Snapshot, connect, take_snapshot
from stopgap.lake.store import commit_staged, staging_connection, writing
from stopgap.lake.supersession import Replaces
from stopgap.lake.withdraw import withdraw

REPORTERS, PARTNERS, GOODS = ("CHN", "TUR"), ("RUS", "KAZ", "W00"), ("854231", "847150", "901380")
MODES = (Replaces.BOX, Replaces.BOX, Replaces.FIGURES, Replaces.COMPLETE)

Key = tuple[str, str, str]
Figures = dict[Key, float]


@dataclass
class Imported:
    """One import: what its files hold, how much it replaced, which earlier files it replaced whole."""

    files: dict[str, Figures]
    mode: Replaces
    corrects: tuple[str, ...] = ()


@dataclass
class Ruled:
    """A lake with its history; ``steps`` hold one entry a vintage: an import, or the file that was withdrawn."""

    lake: Path
    steps: list[Imported | str] = field(default_factory=list)

    @property
    def files(self) -> list[str]:
        """Names of all files."""
        return [name for step in self.steps if isinstance(step, Imported) for name in step.files]


def ruled_history(folder: Path, seed: int) -> Ruled:
    """The history of a seed: five to nine vintages, with compactions between them."""
    rng = random.Random(f"ruled {seed}")
    made = Ruled(folder / "lake")
    for _ in range(rng.randint(5, 9)):
        standing = _standing(made.steps)
        if len(standing) > 1 and rng.random() < 0.15:
            gone = rng.choice(sorted(standing))
            withdraw(made.lake, gone, "not wanted", who="tester")
            made.steps.append(gone)
        else:
            corrects = (rng.choice(sorted(standing)),) if standing and rng.random() < 0.15 else ()
            step = _import(rng, len(made.steps) + 1, corrects)
            _commit(made, step)
            made.steps.append(step)
        if rng.random() < 0.15:
            compact(made.lake)
    return made


def _standing(steps: list[Imported | str]) -> set[str]:
    names = {name for step in steps if isinstance(step, Imported) for name in step.files}
    return names - {step for step in steps if isinstance(step, str)}


def _import(rng: random.Random, number: int, corrects: tuple[str, ...]) -> Imported:
    keys = [(reporter, partner, good) for reporter in REPORTERS for partner in PARTNERS for good in GOODS]
    some = rng.sample(keys, rng.randint(1, 9))
    files: dict[str, Figures] = {f"r{number}{letter}": {} for letter in "ab"[: rng.choice((1, 1, 2))]}
    for place, key in enumerate(some):
        files[rng.choice(list(files))][key] = 100.0 * number + place
    return Imported({name: held for name, held in files.items() if held}, rng.choice(MODES), corrects)


def _commit(made: Ruled, step: Imported) -> None:
    rows = [
        trade_row(reporter=reporter, partner=partner, good=good, value_usd=value, receipt=name)
        for name, figures in step.files.items()
        for (reporter, partner, good), value in figures.items()
    ]
    kinds = {column: kind for column, kind in TRADE_COLUMNS.items() if column != "vintage"}
    given = pa.table({name: pa.array([row[name] for row in rows], _ARROW[kind]) for name, kind in kinds.items()})
    loads = [(name, f"v{made.steps.index(_of(made, name)) + 1}") for name in step.corrects]
    with writing(made.lake) as scratch, contextlib.closing(staging_connection(scratch)) as con:
        con.register("rows_given", given)
        casts = ", ".join(f"{column}::{kind} AS {column}" for column, kind in kinds.items())
        con.execute(f"CREATE TABLE staged AS SELECT {casts} FROM rows_given")
        con.unregister("rows_given")
        receipts = [receipt(name, len(step.files[name])) for name in step.files]
        commit_staged(con, made.lake, receipts, replaces=step.mode, corrects=loads)


def _of(made: Ruled, name: str) -> Imported:
    return next(step for step in made.steps if isinstance(step, Imported) and name in step.files)


def by_rule(steps: list[Imported | str], absent: frozenset[str]) -> Mapping[Key, float]:
    """The figures in force after some steps, as if some files had never been there."""
    standing = _standing(steps) - absent
    held: dict[Key, tuple[float, str]] = {}
    for step in steps:
        if isinstance(step, str):
            continue
        brought = {
            key: (value, name) for name in step.files if name in standing for key, value in step.files[name].items()
        }
        if not brought:
            continue
        reporters = {reporter for reporter, _, _ in brought}
        partners, goods = {partner for _, partner, _ in brought}, {good for _, _, good in brought}
        for key, (_, name) in list(held.items()):
            reporter, partner, good = key
            if step.mode is Replaces.FIGURES:
                gone = key in brought
            elif step.mode is Replaces.COMPLETE:
                gone = reporter in reporters
            else:
                world = (reporter, "W00", good) in brought
                gone = reporter in reporters and good in goods and (partner in partners or world)
            if gone or name in step.corrects:
                del held[key]
        held |= brought
    return {key: value for key, (value, _) in held.items()}


def figures_of(snapshot: Snapshot) -> dict[Key, float]:
    """The figures that a view of a lake shows."""
    with contextlib.closing(connect(snapshot, native=False)) as con:
        rows = con.execute("SELECT reporter, partner, good, value_usd FROM trade_rows").fetchall()
    found = {(reporter, partner, good): value for reporter, partner, good, value in rows}
    assert len(found) == len(rows), "a figure stands twice"
    return found


def held_against_rule(folder: Path, seed: int, *, views: int = 100) -> Iterator[tuple[str, bool]]:
    """Random vintages seen without random files: what differs from the rule, empty where nothing; whether rows came back."""
    rng = random.Random(f"views {seed}")
    made = ruled_history(folder, seed)
    for _ in range(views):
        number = rng.randint(1, len(made.steps))
        steps = made.steps[:number]
        absent = frozenset(rng.sample(made.files, rng.randint(1, min(4, len(made.files)))))
        truth = by_rule(steps, absent)
        try:
            shown = figures_of(take_snapshot(made.lake, as_of=f"v{number}").without(absent))
        except MissingDataError:
            shown = {}
        whole = by_rule(steps, frozenset())
        says = "" if shown == truth else f"seed {seed}, v{number} without {sorted(absent)}: {shown} is not {truth}"
        yield says, any(whole.get(key) != value for key, value in truth.items())
