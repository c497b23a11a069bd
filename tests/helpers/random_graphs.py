"""Random graphs of evidence with random markings, and canaries in all that could leak. Seeded: a seed is a graph.

Receipts hold rows; findings sum rows up in totals, subtotals, totals without one row and differences, and share rows with each
other; extracts, claims, verdicts, alerts, decisions, briefs and attachments rest on those, several levels deep. Some are
marked themselves, some aggregates are released, and some releases have no effect.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from stopgap.base.marking import CLEAR, Marking, Tlp
from stopgap.evidence.disclosure.graph import AggregateRelease, Atom, Derived, EvidenceGraph, Item, LinearNumber

ECONOMIES = ("DEU", "FRA", "JPN", "USA")
LEVELS = tuple(Tlp)


@dataclass(frozen=True)
class Case:
    """A graph, whom a pack of it is for, and what the world calls things.

    Attributes:
        graph: The evidence.
        audience: Marking of the pack.
        texts: Text of each item, by id; a canary of its own in each.
        names: Name of the company in each row, by atom.
        files: File name of each item.
    """

    graph: EvidenceGraph
    audience: Marking
    texts: Mapping[str, str]
    names: Mapping[str, str]
    files: Mapping[str, str]


def random_case(seed: int) -> Case:
    """The graph of a seed."""
    return _Maker(random.Random(seed)).case()


@dataclass
class _Maker:
    rng: random.Random
    items: list[Item] = field(default_factory=list)
    atoms: list[Atom] = field(default_factory=list)
    numbers: list[LinearNumber] = field(default_factory=list)
    derived: list[Derived] = field(default_factory=list)
    rows_of: dict[str, list[str]] = field(default_factory=dict)
    most_rows: int = 12

    def case(self) -> Case:
        self.most_rows = self.rng.choice((6, 12, 12, 30))
        contributors = [self.word("who") for _ in range(self.rng.randint(3, 15))]
        for _ in range(self.rng.randint(1, 5)):
            self.add_receipt(contributors)
        for _ in range(self.rng.randint(1, 5)):
            self.add_finding([item for item in self.items if item.kind == "rows"])
        if self.rng.random() < 0.4:  # a finding that rests on findings, and sums their rows up once more
            self.add_finding([item for item in self.items if item.kind == "finding"])
        for _ in range(self.rng.randint(0, 2)):
            self.add_extract()
        for kind in ("claim", "verdict", "alert", "decision", "attachment", "brief"):
            for _ in range(self.rng.randint(0, 2)):
                self.add_other(kind)
        graph = EvidenceGraph(
            tuple(self.shuffled(self.items)), tuple(self.atoms), tuple(self.numbers), tuple(self.derived)
        )
        return Case(
            graph,
            self.marking(listed=0.5),
            {item.id: f"{item.title} says {self.word('text')}" for item in self.items},
            {atom.id: self.word("company") for atom in self.atoms},
            {item.id: f"{self.word('file')}.json" for item in self.items},
        )

    def add_receipt(self, contributors: Sequence[str]) -> None:
        receipt = self.add("receipt", own=self.marking())
        rows = self.add("rows", inputs=(receipt.id,), own=self.some_marking(0.1))
        self.rows_of[rows.id] = []
        mine = self.rng.sample(contributors, self.rng.randint(1, len(contributors)))
        for _ in range(self.rng.randint(0, self.most_rows)):
            atom = Atom(self.word("row"), rows.id, self.rng.choice(mine), self.value())
            self.atoms.append(atom)
            self.rows_of[rows.id].append(atom.id)

    def add_finding(self, below: Sequence[Item]) -> None:
        inputs = self.rng.sample(below, self.rng.randint(1, len(below)))
        finding = self.add(
            "finding",
            inputs=tuple(item.id for item in inputs),
            own=self.some_marking(0.25),
            release=0.6,
            is_aggregate=self.rng.random() < 0.95,
        )
        rows = sorted({name for item in inputs for name in self.rows_of[item.id]})
        self.rows_of[finding.id] = rows
        if rows:
            self.add_numbers(finding, rows)

    def add_numbers(self, item: Item, rows: list[str]) -> None:
        chosen = self.rng.sample(rows, self.rng.choice((len(rows), self.rng.randint(1, len(rows)))))
        weight = self.rng.choice([Fraction(1), Fraction(1), Fraction(1), Fraction(1, 12), Fraction(2)])
        total = dict.fromkeys(chosen, weight)
        made = [total]
        for _ in range(self.rng.randint(0, 4)):
            shape = self.rng.choice(("subtotal", "without one", "without some", "difference", "all"))
            part = self.rng.sample(chosen, self.rng.randint(1, len(chosen)))
            if shape == "subtotal":
                made.append(dict.fromkeys(part, weight))
            elif shape == "without one":
                made.append({name: weight for name in chosen if name != part[0]})
            elif shape == "without some":
                made.append({name: weight for name in chosen if name not in part[:2]})
            elif shape == "difference":
                made.append({name: -weight if name in part else weight for name in chosen})
            else:
                made.append(dict.fromkeys(rows, Fraction(1)))
        ids = [self.add_number(item, parts) for parts in made if parts]
        if len(ids) > 1 and self.rng.random() < 0.5:
            self.derived.append(Derived(self.word("share"), item.id, tuple(self.rng.sample(ids, 2))))

    def add_number(self, item: Item, parts: Mapping[str, Fraction]) -> str:
        known = {atom.id: atom.value for atom in self.atoms}
        value = sum(weight * Fraction(known[name] or 0) for name, weight in parts.items())
        number = LinearNumber(self.word("number"), item.id, parts, float(value), self.rng.randint(0, 9))
        self.numbers.append(number)
        return number.id

    def add_extract(self) -> None:
        """Some numbers of a finding again, with a release of their own."""
        finding = self.rng.choice([item for item in self.items if item.kind == "finding"])
        extract = self.add("extract", inputs=(finding.id,), release=0.8, is_aggregate=True)
        for number in [each for each in self.numbers if each.item == finding.id]:
            if self.rng.random() < 0.7:
                self.add_number(extract, number.parts)

    def add_other(self, kind: str) -> None:
        inputs = self.rng.sample(self.items, min(len(self.items), self.rng.randint(0, 3)))
        if kind != "attachment" and self.rng.random() < 0.7:
            inputs = [item for item in inputs if item.kind not in ("receipt", "rows")]
        item = self.add(
            kind,
            inputs=tuple(each.id for each in inputs),
            own=self.some_marking(0.3),
            release=0.15,
            is_aggregate=self.rng.random() < 0.7,
            whole=kind in ("brief", "alert"),
        )
        below = {name for each in inputs for name in self.rows_of.get(each.id, [])}
        self.rows_of[item.id] = sorted(below)
        if below and kind in ("verdict", "brief", "claim") and self.rng.random() < 0.5:
            self.add_numbers(item, sorted(below))

    def add(
        self,
        kind: str,
        *,
        inputs: tuple[str, ...] = (),
        own: Marking | None = None,
        release: float = 0.0,
        is_aggregate: bool = False,
        whole: bool = False,
    ) -> Item:
        id = f"{kind}:{self.rng.getrandbits(64):016x}"
        decision = self.release(id) if self.rng.random() < release else None
        item = Item(id, kind, self.word("title"), own, inputs, decision, is_aggregate, whole)
        self.items.append(item)
        return item

    def release(self, id: str) -> AggregateRelease:
        marking = self.rng.choice([CLEAR, CLEAR, Marking(Tlp.GREEN), self.marking()])
        why = "" if self.rng.random() < 0.1 else self.word("why")
        about = "finding:another" if self.rng.random() < 0.05 else id
        return AggregateRelease(self.word("release"), about, marking, self.word("officer"), "2026-01-01T00:00:00Z", why)

    def marking(self, listed: float = 0.25) -> Marking:
        level = self.rng.choices(LEVELS, weights=(4, 3, 3, 1, 2))[0]
        if self.rng.random() >= listed:
            return Marking(level)
        return Marking(level, frozenset(self.rng.sample(ECONOMIES, self.rng.randint(0, 3))))

    def some_marking(self, chance: float) -> Marking | None:
        return self.marking() if self.rng.random() < chance else None

    def value(self) -> float | None:
        """Enough digits that no two are alike by chance; some missing, some 0, some negative."""
        kind = self.rng.random()
        if kind < 0.06:
            return None
        if kind < 0.1:
            return 0.0
        size = round(self.rng.lognormvariate(11, 1.0) + 1000, 3) + self.rng.randrange(1, 1000) / 1_000_000
        return round(-size if kind < 0.13 else size, 6)

    def word(self, kind: str) -> str:
        return f"{kind}-{self.rng.getrandbits(64):016x}"

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        return self.rng.sample(items, len(items))
