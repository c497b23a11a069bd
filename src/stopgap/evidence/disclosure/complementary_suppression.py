"""Complementary suppression: withhold rows and numbers from which protected ones could be computed.

Rows are decided first, then numbers by priority: each is published only if nothing protected can be computed from it
and everything published before. Method and proof: docs/methods/disclosure.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from stopgap.evidence.disclosure.graph import EvidenceGraph, LinearNumber
from stopgap.evidence.disclosure.linear_algebra import CellRule, Intruder, Trial
from stopgap.evidence.disclosure.modular_rank import Residues


class Reason(StrEnum):
    """Reason why something is withheld, in the wording of the pack."""

    ABOVE = "above the marking"
    OUTSIDE = "outside releasability"
    RESTS = "rests on what is left out"
    SUBTRACTION = "would reveal by subtraction"
    SMALL = "small cell"


@dataclass(frozen=True)
class Withheld:
    """Rows and numbers (id to reason) that are withheld although their item's marking allows their release."""

    atoms: Mapping[str, Reason]
    numbers: Mapping[str, Reason]


def withheld(graph: EvidenceGraph, fits: Mapping[str, bool], rule: CellRule) -> Withheld:
    """Determine the rows and numbers of a graph to withhold; ``fits``: whether each item's marking allows release."""
    return _Withholding(graph, fits, rule).run()


class _Withholding:
    def __init__(self, graph: EvidenceGraph, fits: Mapping[str, bool], rule: CellRule) -> None:
        self._graph, self._rule = graph, rule
        self._hidden = frozenset(atom.id for atom in graph.atoms if not fits[atom.item])
        candidates = [number for number in graph.numbers if fits[number.item]]
        protected = _protected_numbers(graph, fits)
        self._atoms = _rows_to_withhold(graph, self._hidden, protected)
        unknown = self._hidden | self._atoms
        self._parts = {
            number.id: _whole({name: weight for name, weight in number.parts.items() if name in unknown})
            for number in [*candidates, *protected]
        }
        self._values = _whole({name: Fraction(value) for name in self._hidden if (value := graph.atom[name].value)})
        self._small = frozenset(number.id for number in candidates if self._is_small_cell(number.id))
        self._protected = [number.id for number in protected] + sorted(self._small)
        self._inherits = frozenset(
            number.id
            for number in candidates
            if not graph.is_released(number.item) and not self._hidden.isdisjoint(self._parts[number.id])
        )
        self._blocks = self._in_blocks(candidates)
        self._readers = self._make_readers(unknown)

    def run(self) -> Withheld:
        """Publish numbers one by one; restart with further protected cells if small cells can still be computed."""
        cells: list[list[Residues]] = [[] for _ in self._readers]
        while True:
            for reader, more in zip(self._readers, cells, strict=True):
                reader.forget([*(reader.figures[name].vector for name in self._protected), *more])
            reasons: dict[str, Reason] = {}
            found = self._publish_all(reasons)
            if not any(found):
                return Withheld(dict.fromkeys(sorted(self._atoms), Reason.SUBTRACTION), reasons)
            for known, new in zip(cells, found, strict=True):
                known.extend(new)

    def _publish_all(self, reasons: dict[str, Reason]) -> list[list[Residues]]:
        """Publish all numbers that may be, and record in ``reasons`` why others may not.

        Returns, for each reader, the small cells that can be computed from what was published.
        """
        for block in self._blocks:
            states = [reader.state() for reader in self._readers] if len(block) > 1 else []
            for number in block:
                trials = [reader.trial(number.id) for reader in self._readers]
                told = [list(trial.small) if trial.adds_nothing else [] for trial in trials]
                if any(told):
                    return told
                reason = self._reason(number.id, trials)
                if reason is not None:
                    reasons.update(dict.fromkeys((other.id for other in block), Reason.RESTS))
                    reasons[number.id] = reason
                    for reader, state in zip(self._readers, states, strict=False):
                        reader.restore(state)
                    for reader, trial in zip(self._readers, trials, strict=True):
                        reader.protect(trial.small)
                    break
                for reader, trial in zip(self._readers, trials, strict=True):
                    reader.publish(number.id, trial)
        return [reader.small_cells() for reader in self._readers]

    def _reason(self, number: str, trials: Sequence[Trial]) -> Reason | None:
        """Return why a number cannot be published in addition to those already published; ``None`` if it can."""
        if number in self._small:
            return Reason.SMALL
        if number in self._inherits and not all(trial.adds_nothing for trial in trials):
            return Reason.RESTS
        if any(trial.reveals for trial in trials):
            return Reason.SUBTRACTION
        return Reason.SMALL if any(trial.small for trial in trials) else None

    def _is_small_cell(self, number: str) -> bool:
        """Return whether the hidden rows in a number form too small a cell, assuming all other rows are known."""
        nets: dict[str, int] = {}
        hidden = [name for name in self._parts[number] if name in self._hidden]
        for name in hidden:
            part = self._parts[number][name] * self._values.get(name, 0)
            contributor = self._graph.atom[name].contributor
            nets[contributor] = nets.get(contributor, 0) + part
        return bool(hidden) and self._rule.is_small(nets.values())

    def _in_blocks(self, numbers: Iterable[LinearNumber]) -> list[list[LinearNumber]]:
        """Return the numbers in order of publication, as blocks: an item that cannot be shown in part is one block.

        Numbers that only inherit a release come last: they may be published if they follow from released ones.
        """
        blocks: dict[str, list[LinearNumber]] = {}
        for number in sorted(numbers, key=lambda each: (each.priority, each.id)):
            whole = self._graph.item[number.item].whole
            blocks.setdefault(f"item {number.item}" if whole else f"number {number.id}", []).append(number)
        return sorted(blocks.values(), key=lambda block: any(each.id in self._inherits for each in block))

    def _make_readers(self, unknown: frozenset[str]) -> list[Intruder]:
        """Return the readers against whom protection must hold.

        The first has the pack only. The second also knows where a value is missing or 0. The third also has every row
        whose marking allows release, for example from its source. The more a reader knows, the less can be protected.
        """
        atoms = [atom for atom in self._graph.atoms if atom.id in unknown]
        valued = [atom for atom in atoms if atom.value]
        hidden = [atom for atom in valued if atom.id in self._hidden]
        groups = [atoms]
        for group in (valued, hidden):
            if len(group) < len(groups[-1]):
                groups.append(group)
        return [Intruder(group, self._hidden, self._parts, self._rule) for group in groups]


def _protected_numbers(graph: EvidenceGraph, fits: Mapping[str, bool]) -> list[LinearNumber]:
    """Return the numbers that must not be computable: those of items that may not be released, except released ones.

    A derived figure that may not be released is protected by protecting one of its numbers.
    """
    released = {item.id for item in graph.items if fits[item.id] and graph.is_released(item.id)}
    let_go = {name: graph.rests_on(name) for name in {each.item for each in graph.numbers} & released}
    below = frozenset[str]().union(*let_go.values())
    stated = [number for number in graph.numbers if number.item in let_go]

    def is_let_go(item: str, parts: Mapping[str, Fraction]) -> bool:
        return item in below and any(item in let_go[other.item] and parts == other.parts for other in stated)

    protected = {
        number.id: number
        for number in graph.numbers
        if not fits[number.item] and not is_let_go(number.item, number.parts)
    }
    for each in graph.derived:
        of = [graph.number[name] for name in each.of]
        if fits[each.item] or any(number.id in protected for number in of):
            continue
        kept = [number for number in of if not is_let_go(each.item, number.parts)]
        if kept:
            last = max(kept, key=lambda number: (number.priority, number.id))
            protected[last.id] = last
    return list(protected.values())


def _rows_to_withhold(
    graph: EvidenceGraph, hidden: frozenset[str], protected: Iterable[LinearNumber]
) -> frozenset[str]:
    """Return, for each protected number whose rows may all be released, its largest row, which hides the most.

    Rows that are missing or 0 hide nothing, so they do not count, unless all rows of a number are.
    """
    found: set[str] = set()
    supports = []
    for number in protected:
        support = [name for name, weight in number.parts.items() if weight]
        supports.append([name for name in support if graph.atom[name].value] or support)
    for support in sorted(supports, key=len):
        if support and hidden.isdisjoint(support) and found.isdisjoint(support):
            values = {name: graph.atom[name].value for name in support}
            sizes = {name: -1.0 if value is None else abs(value) for name, value in values.items()}
            found.add(max((size, name) for name, size in sizes.items())[1])
    return frozenset(found)


def _whole(parts: Mapping[str, Fraction]) -> dict[str, int]:
    """Scale weights to integers by their common denominator; weights of 0 are omitted."""
    scale = math.lcm(1, *{weight.denominator for weight in parts.values()})
    return {name: weight.numerator * (scale // weight.denominator) for name, weight in parts.items() if weight}
