"""Random histories of a lake, played with and without some of their files.

A history is imports of trade, declarations and lists (whole releases, partial ones, refused rows, corrections, the same
bytes read anew, several files at once), withdrawals and compactions. A seed gives a history. The lake that a history
without some files gives is the truth that a view without them is held against.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from declared import declared_line, lines_bytes

from stopgap.base.errors import MissingDataError, RefusedError, StopgapError
from stopgap.lake.compacting import compact
from stopgap.lake.history import read_log, vintages
from stopgap.lake.importing.importer import import_files
from stopgap.lake.importing.options import ImportOptions
from stopgap.lake.snapshot import Snapshot, connect, receipts_table, take_snapshot
from stopgap.lake.withdraw import withdraw
from stopgap.sources.base import Told
from stopgap.sources.mapping import load_mapping

HEADER = "period,frequency,reporter,partner,flow,good,revision,value_usd,valuation,source"
REPORTERS, PARTNERS, GOODS, YEARS = ("CHN", "TUR"), ("RUS", "KAZ", "W00"), ("8542", "8471"), (2021, 2023)
RELATIONS = ("trade_rows", "reported", "declaration_rows", "listed_fact_rows", "listed_state", "listed")


@dataclass(frozen=True)
class Step:
    """One thing that was done to a lake.

    Attributes:
        kind: ``trade``, ``declarations``, ``list``, ``withdraw`` or ``compact``.
        files: Names of the files imported together, or of the one withdrawn.
        options: Of the import; ``replaces`` names an earlier file.
    """

    kind: str
    files: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)


@dataclass
class History:
    """What was done, and the files it was done with."""

    steps: list[Step]
    contents: dict[str, bytes]

    @property
    def files(self) -> list[str]:
        """Names of all files."""
        return list(self.contents)


def random_history(seed: int) -> History:
    """The history of a seed: three to seven steps."""
    return _Maker(random.Random(seed)).history()


@dataclass
class _Maker:
    rng: random.Random
    contents: dict[str, bytes] = field(default_factory=dict)
    by_kind: dict[str, list[str]] = field(default_factory=dict)
    value: int = 0

    def history(self) -> History:
        kinds = self.rng.choice(
            [("trade",), ("trade",), ("trade", "declarations", "list"), ("declarations",), ("list",)]
        )
        steps = [self.imported(kinds[0])]
        for _ in range(self.rng.randint(2, 6)):
            draw = self.rng.random()
            if draw < 0.12:
                steps.append(Step("withdraw", (self.rng.choice(list(self.contents)),)))
            elif draw < 0.22:
                steps.append(Step("compact"))
            else:
                steps.append(self.imported(self.rng.choice(kinds)))
        return History(steps, self.contents)

    def imported(self, kind: str) -> Step:
        earlier = self.by_kind.setdefault(kind, [])
        options: dict[str, Any] = {}
        if earlier and self.rng.random() < 0.12:  # the same bytes once more, in the same reading or another
            again = self.rng.choice(earlier)
            return Step(kind, (again,), {"encoding": self.rng.choice([None, "latin-1"])})
        names = [self.file(kind) for _ in range(self.rng.choice((1, 1, 1, 2, 3)))]
        if kind == "trade":
            options["complete"] = self.rng.random() < 0.2
            for name in names:
                if self.rng.random() < 0.12:
                    self.contents[name] += b"2021-01-01,A,CHN,RUS,X,8542,HS,not a number,FOB,one\n"
            if len(names) > 1 and self.rng.random() < 0.3:  # a row that stands in two of the files
                line = self.contents[names[0]].splitlines(keepends=True)[1]
                self.contents[names[1]] += line
        if earlier and self.rng.random() < 0.15:
            options["replaces"] = self.rng.choice(earlier)
        earlier += names
        return Step(kind, tuple(names), options)

    def file(self, kind: str) -> str:
        name = f"{kind}-{len(self.contents)}.csv"
        self.contents[name] = {"trade": self.trade, "declarations": self.lines, "list": self.entries}[kind]()
        return name

    def number(self) -> int:
        self.value += 1
        return self.value

    def trade(self) -> bytes:
        keys = [
            (year, reporter, partner, good)
            for year in YEARS for reporter in REPORTERS for partner in PARTNERS for good in GOODS
        ]  # fmt: skip
        some = self.rng.sample(keys, self.rng.randint(1, 8))
        source = self.rng.choice(("one", "one", "one", "two"))
        rows = [
            f"{year}-01-01,A,{reporter},{partner},X,{good},HS,{1000 + self.number()},FOB,{source}"
            for year, reporter, partner, good in some
        ]
        return "\n".join([HEADER, *rows, ""]).encode()

    def lines(self) -> bytes:
        numbers = self.rng.sample(range(1, 9), self.rng.randint(1, 5))
        return lines_bytes([declared_line(number, net_weight_kg=f"{self.number()}.5") for number in numbers])

    def entries(self) -> bytes:
        ids = self.rng.sample("abcdef", self.rng.randint(1, 5))
        is_delta = self.rng.random() < 0.3
        rows = [f"{each},Firm {each} {self.number()}" for each in ids]
        if not is_delta:
            return "\n".join(["entity_id,name", *rows, ""]).encode()
        rows = [f"{row},{self.rng.choice(('set', 'add', 'remove'))}" for row in rows]
        return "\n".join(["entity_id,name,operation", *rows, ""]).encode()


def play(lake: Path, folder: Path, history: History, *, absent: frozenset[str] = frozenset()) -> list[str | None]:
    """Play a history into a lake as if some files had never been there.

    Returns:
        For each step the vintage that it made; ``None`` where it made none, was refused, or there was nothing to do.
    """
    made: list[str | None] = []
    receipts: dict[str, str] = {}
    for place, step in enumerate(history.steps):
        files = tuple(name for name in step.files if name not in absent)
        if step.kind == "compact":
            compact(lake)
            made.append(None)
            continue
        if not files:
            made.append(None)
            continue
        try:
            if step.kind == "withdraw":
                made.append(withdraw(lake, receipts[files[0]], "not wanted", who="tester").vintage)
            else:
                done = import_files(
                    lake, [_put(folder, name, history) for name in files], _options(step, place, receipts, absent)
                )
                receipts |= dict(zip(files, done.receipts, strict=False))
                made.append(None if done.already_loaded else done.vintage)
        except (StopgapError, KeyError):
            made.append(None)
    return made


def _put(folder: Path, name: str, history: History) -> Path:
    path = folder / name
    if not path.exists():
        path.write_bytes(history.contents[name])
    return path


def _options(step: Step, place: int, receipts: dict[str, str], absent: frozenset[str]) -> ImportOptions:
    replaced = step.options.get("replaces")
    return ImportOptions(
        source={"trade": "canonical", "list": "list"}.get(step.kind),
        mapping=load_mapping("customs-declarations-example") if step.kind == "declarations" else None,
        encoding=step.options.get("encoding"),
        complete=step.options.get("complete", False),
        allow_rejects=True,
        allow_shrink=True,
        replaces=(receipts[replaced],) if replaced in receipts and replaced not in absent else (),
        told=Told(list="watched", list_date=f"2024-01-{10 + place % 3}") if step.kind == "list" else None,
    )


def receipts_of(lake: Path, folder: Path, history: History) -> dict[str, str]:
    """File -> its receipt, of those that were imported."""
    from stopgap.lake.receipts import hash_file, receipt_id

    known = {receipt.receipt for commit in vintages(read_log(lake)) for receipt in commit.receipts}
    ids = {name: receipt_id(hash_file(folder / name)) for name in history.files if (folder / name).exists()}
    return {name: id for name, id in ids.items() if id in known}


def state(snapshot: Snapshot) -> dict[str, Any]:
    """All that a view of a lake shows, its vintages by their place among those shown.

    ``back`` is how many rows of trade are in force that are not in the whole lake.
    """
    order = {vintage: place for place, vintage in enumerate(snapshot.moments, start=1)}
    found: dict[str, Any] = {"vintage": order[snapshot.vintage], "vintages": len(order)}
    with closing(connect(snapshot, native=False)) as con:
        for relation in RELATIONS:
            rows = con.sql(f"FROM {relation}").to_arrow_table().to_pylist()
            found[relation] = sorted((_placed(row, order) for row in rows), key=repr)
        if snapshot.withheld:
            [(found["back"],)] = con.execute("SELECT count(*) FROM back_in_trade").fetchall()
    found["receipts"] = sorted((_placed(row, order) for row in receipts_table(snapshot).to_pylist()), key=repr)
    return found


def _placed(row: dict[str, Any], order: dict[str, int]) -> dict[str, Any]:
    return {name: order[value] if name in ("vintage", "withdrawn") and value else value for name, value in row.items()}


@dataclass
class Compared:
    """One view of one lake against the lake that never had the files.

    Attributes:
        absent: The files.
        outcome: ``same``, ``nothing`` (neither holds anything), ``refused`` or ``differs``.
        says: The first difference, or why it was refused.
        back: Rows of trade in force in the view that are not in the whole lake.
    """

    absent: frozenset[str]
    outcome: str
    says: str = ""
    back: int = 0


def compared(folder: Path, seed: int, *, subsets: int = 3) -> Iterator[Compared]:
    """Each vintage of a history seen without some random subsets of its files, against lakes that never had them."""
    rng = random.Random(f"subsets {seed}")
    history = random_history(seed)
    files = folder / "files"
    files.mkdir(parents=True)
    lake = folder / "lake"
    made = play(lake, files, history)
    receipts = receipts_of(lake, files, history)
    if not receipts:
        return
    wholes = {own: take_snapshot(lake, as_of=own) for own in made if own is not None}
    for number in range(subsets):
        absent = frozenset(rng.sample(sorted(receipts), rng.randint(1, max(1, len(receipts) - 1))))
        twin = folder / f"twin-{number}"
        made_twin = play(twin, files, history, absent=absent)
        withheld = frozenset(receipts[name] for name in absent)
        truths = {other: state(take_snapshot(twin, as_of=other)) for other in made_twin if other is not None}
        newest: str | None = None
        for own, other in zip(made, made_twin, strict=True):
            newest = other or newest
            if own is not None:
                yield _one(wholes[own], truths[newest] if newest else None, absent, withheld)


def _one(whole: Snapshot, truth: dict[str, Any] | None, absent: frozenset[str], withheld: frozenset[str]) -> Compared:
    try:
        shown = state(whole.without(withheld))
    except RefusedError as error:
        return Compared(absent, "refused", error.what)
    except MissingDataError:
        return Compared(absent, "nothing" if truth is None else "differs", "the view holds nothing")
    if truth is None:
        return Compared(absent, "differs", "the view holds something, and the lake nothing")
    for name, value in truth.items():
        if shown[name] != value:
            says = f"{whole.vintage} without {sorted(absent)}: {name}: {_first(shown[name], value)}"
            return Compared(absent, "differs", says)
    return Compared(absent, "same", back=shown.get("back", 0))


def _first(shown: Any, truth: Any) -> str:
    if not isinstance(shown, list):
        return f"{shown!r} is not {truth!r}"
    more = [row for row in shown if row not in truth][:1]
    less = [row for row in truth if row not in shown][:1]
    return f"{len(shown)} rows and {len(truth)}; too many {more}; lacking {less}"
