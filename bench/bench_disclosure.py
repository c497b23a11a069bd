"""Time of selecting what may leave from a large graph: 200,000 open rows, 5,000 hidden ones, 300 numbers.

    python bench/bench_disclosure.py [--open N] [--hidden N] [--numbers N]

Twice: numbers over suppliers, goods and periods as findings have them; and over random halves of the rows, the worst case.
"""

from __future__ import annotations

import argparse
import random
import time
from fractions import Fraction

from measured import heading, table

from stopgap.base.marking import CLEAR, Marking, Tlp
from stopgap.evidence.disclosure.graph import AggregateRelease, Atom, EvidenceGraph, Item, LinearNumber
from stopgap.evidence.disclosure.selection import select

SUPPLIERS, GOODS, FINDINGS, PROTECTED = 20, 50, 10, 30


def large_graph(open_rows: int, hidden_rows: int, numbers: int, *, at_random: bool, seed: int = 1) -> EvidenceGraph:
    """Ten released findings over open and hidden rows, and one that is marked RED."""
    rng = random.Random(seed)
    releases = [
        AggregateRelease(f"r{n}", f"f{n}", CLEAR, "officer", "2026-01-01T00:00:00Z", "agreed") for n in range(FINDINGS)
    ]
    items = [
        Item("open", "receipt", "open", CLEAR),
        Item("hidden", "receipt", "hidden", Marking(Tlp.AMBER)),
        *(Item(each.item, "finding", "", None, ("open", "hidden"), each, True) for each in releases),
        Item("red", "finding", "", Marking(Tlp.RED), ("open", "hidden")),
    ]
    names = [f"o{n}" for n in range(open_rows)]
    atoms = [Atom(name, "open", f"C{rng.randrange(200)}", _value(rng)) for name in names]
    periods = max(hidden_rows // (SUPPLIERS * GOODS), 1)
    cells = [(s, g, p) for s in range(SUPPLIERS) for g in range(GOODS) for p in range(periods)]
    hidden = {cell: f"h{cell[0]}.{cell[1]}.{cell[2]}" for cell in cells}
    atoms += [Atom(name, "hidden", f"R{cell[0]}", _value(rng)) for cell, name in hidden.items()]
    made = []
    for n in range(numbers):
        suppliers = set(rng.sample(range(SUPPLIERS), rng.choice([3, 6, SUPPLIERS])))
        goods = set(rng.sample(range(GOODS), rng.choice([1, 5, 10, GOODS])))
        window = set(rng.sample(range(periods), rng.randint(1, periods)))
        parts = {
            name: Fraction(1)
            for (s, g, p), name in hidden.items()
            if (rng.random() < 0.5 if at_random else s in suppliers and g in goods and p in window)
        }
        start = rng.randrange(max(open_rows - 2000, 1))
        parts |= dict.fromkeys(names[start : start + 2000], Fraction(1))
        item = "red" if n < PROTECTED else f"f{n % FINDINGS}"
        made.append(LinearNumber(f"n{n}", item, parts, 1.0, rng.randrange(100)))
    return EvidenceGraph(tuple(items), tuple(atoms), tuple(made))


def _value(rng: random.Random) -> float | None:
    return None if rng.random() < 0.02 else round(rng.lognormvariate(10, 2), 2)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--open", type=int, default=200_000)
    parser.add_argument("--hidden", type=int, default=5_000)
    parser.add_argument("--numbers", type=int, default=300)
    options = parser.parse_args()
    heading("Selecting what may leave", "numpy")
    rows = []
    for kind, at_random in (("suppliers, goods, periods", False), ("random halves", True)):
        started = time.perf_counter()
        graph = large_graph(options.open, options.hidden, options.numbers, at_random=at_random)
        built = time.perf_counter()
        chosen = select(graph, Marking(Tlp.GREEN))
        rows.append(
            [
                kind,
                f"{built - started:.1f}",
                f"{time.perf_counter() - built:.1f}",
                len(chosen.numbers),
                len(chosen.numbers_withheld),
            ]
        )
    table(["numbers over", "s to build", "s to select", "numbers that go", "withheld"], rows)


if __name__ == "__main__":
    main()
