"""Select the evidence that may be released to an audience."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from operator import attrgetter

from stopgap.base.errors import UsageError
from stopgap.base.marking import Marking
from stopgap.evidence.disclosure.complementary_suppression import Reason, Withheld, withheld
from stopgap.evidence.disclosure.graph import EvidenceGraph, Item
from stopgap.evidence.disclosure.linear_algebra import CellRule

DATA = frozenset({"receipt", "rows"})
"""Kinds of items that contain rows: results computed from them can be understood without them."""


@dataclass(frozen=True)
class Selection:
    """Items, rows and numbers that are disclosed or withheld, by id.

    Of the withheld ones only :meth:`left_out_summary` may be shown. ``items`` are disclosed, each after its inputs;
    ``partial`` are those disclosed without some of their rows, numbers or derived figures. The ``*_withheld`` fields
    hold the reason for each part withheld from an item that is disclosed, or could be by its marking. ``kinds`` holds
    the kind of each withheld item.
    """

    items: tuple[str, ...]
    items_left_out: Mapping[str, Reason]
    partial: frozenset[str]
    atoms: frozenset[str]
    atoms_withheld: Mapping[str, Reason]
    numbers: frozenset[str]
    numbers_withheld: Mapping[str, Reason]
    derived: frozenset[str]
    derived_withheld: Mapping[str, Reason]
    kinds: Mapping[str, str]

    def left_out_summary(self) -> list[dict[str, object]]:
        """Return the list ``left_out`` of evidence.json: kind, reason and count, never an id, a name or a hash.

        Parts withheld from items that could be disclosed are counted as kinds ``row``, ``number`` and ``derived``.
        """
        counts: Counter[tuple[str, Reason]] = Counter(
            (self.kinds[name], reason) for name, reason in self.items_left_out.items()
        )
        withheld_parts = {"row": self.atoms_withheld, "number": self.numbers_withheld, "derived": self.derived_withheld}
        for kind, reasons in withheld_parts.items():
            counts.update((kind, reason) for reason in reasons.values())
        return [
            {"kind": kind, "reason": reason.value, "count": count} for (kind, reason), count in sorted(counts.items())
        ]


def select(
    graph: EvidenceGraph, audience: Marking, *, min_contributors: int = 3, dominance: Fraction = Fraction(17, 20)
) -> Selection:
    """Select the evidence releasable to an audience, and withhold more where protected figures could be computed.

    ``audience`` is the pack's level and the economies that receive it. A number may sum hidden rows of at least
    ``min_contributors`` contributors, none of which has a share above ``dominance``.

    Raises:
        UsageError: ``min_contributors`` is below 1, or ``dominance`` is not above 0 or is above 1.

    Method: docs/methods/disclosure.md.
    """
    if min_contributors < 1 or not 0 < dominance <= 1:
        raise UsageError(
            f"no rule of small cells: {min_contributors} contributors, dominance {dominance}",
            where="disclosure control",
            fix="ask for at least 1 contributor, and a share above 0 and up to 1",
        )
    graph = _in_one_order(graph)
    fits = {item.id: graph.effective[item.id].fits(audience) for item in graph.items}
    held = withheld(graph, fits, CellRule(min_contributors, dominance))
    left_out = _items_left_out(graph, audience, held)
    goes = {item.id for item in graph.items} - left_out.keys()
    numbers_withheld = dict(held.numbers)
    for number in graph.numbers:
        if fits[number.item] and number.item not in goes:
            numbers_withheld.setdefault(number.id, Reason.RESTS)
    going = (number.id for number in graph.numbers if number.item in goes)
    numbers = frozenset(going) - numbers_withheld.keys()
    stated = [each for each in graph.derived if each.item in goes]
    derived = frozenset(each.id for each in stated if numbers.issuperset(each.of))
    derived_withheld = {each.id: Reason.RESTS for each in stated if each.id not in derived}
    partial = (
        {graph.atom[name].item for name in held.atoms}
        | {graph.number[name].item for name in numbers_withheld}
        | {each.item for each in stated if each.id in derived_withheld}
    ) & goes
    return Selection(
        items=tuple(item.id for item in graph.in_order if item.id in goes),
        items_left_out=left_out,
        partial=frozenset(partial),
        atoms=frozenset(atom.id for atom in graph.atoms if atom.item in goes and atom.id not in held.atoms),
        atoms_withheld=held.atoms,
        numbers=numbers,
        numbers_withheld=numbers_withheld,
        derived=derived,
        derived_withheld=derived_withheld,
        kinds={name: graph.item[name].kind for name in left_out},
    )


def _in_one_order(graph: EvidenceGraph) -> EvidenceGraph:
    """Return the graph with its parts sorted by id, since the choice of what to withhold depends on their order."""
    by_id = attrgetter("id")
    return EvidenceGraph(
        tuple(replace(item, inputs=tuple(sorted(item.inputs))) for item in sorted(graph.items, key=by_id)),
        tuple(sorted(graph.atoms, key=by_id)),
        tuple(replace(number, parts=dict(sorted(number.parts.items()))) for number in sorted(graph.numbers, key=by_id)),
        tuple(replace(each, of=tuple(sorted(each.of))) for each in sorted(graph.derived, key=by_id)),
    )


def _items_left_out(graph: EvidenceGraph, audience: Marking, held: Withheld) -> dict[str, Reason]:
    """Return the withheld items, each with its reason; an item is decided after its inputs."""
    contents = _contents(graph, held)
    reasons: dict[str, Reason] = {}
    incomplete: set[str] = set()
    for item in graph.in_order:
        content = contents.get(item.id, [])
        reason = _marking_reason(graph, item, audience) or _content_reason(item, content)
        if reason is None and _lacks_input(graph, item, audience, reasons, incomplete):
            reason = Reason.RESTS
        if reason is not None:
            reasons[item.id] = reason
        elif any(each is not None for each in content):
            incomplete.add(item.id)
    return reasons


def _contents(graph: EvidenceGraph, held: Withheld) -> dict[str, list[Reason | None]]:
    """Return, for each item, one entry per row, number and derived figure: the reason if withheld, else ``None``."""
    contents: dict[str, list[Reason | None]] = {}
    for atom in graph.atoms:
        contents.setdefault(atom.item, []).append(held.atoms.get(atom.id))
    for number in graph.numbers:
        contents.setdefault(number.item, []).append(held.numbers.get(number.id))
    for each in graph.derived:
        lacks = any(name in held.numbers for name in each.of)
        contents.setdefault(each.item, []).append(Reason.RESTS if lacks else None)
    return contents


def _marking_reason(graph: EvidenceGraph, item: Item, audience: Marking) -> Reason | None:
    effective = graph.effective[item.id]
    if effective.fits(audience):
        return None
    alone = effective if graph.is_released(item.id) or not item.inputs else item.own
    if alone is None or alone.fits(audience):
        return Reason.RESTS
    return Reason.ABOVE if alone.tlp > audience.tlp else Reason.OUTSIDE


def _content_reason(item: Item, content: list[Reason | None]) -> Reason | None:
    """Return why all parts of an item are withheld (any part, if it is ``whole``); ``None`` if they are not."""
    reasons = [reason for reason in content if reason is not None]
    if not reasons or (len(reasons) < len(content) and not item.whole):
        return None
    told = [reason for reason in (Reason.SUBTRACTION, Reason.SMALL) if reason in reasons]
    return told[0] if told else Reason.RESTS


def _lacks_input(
    graph: EvidenceGraph, item: Item, audience: Marking, reasons: Mapping[str, Reason], incomplete: set[str]
) -> bool:
    """Return whether an input without which an item cannot be understood is withheld although its marking fits.

    Rows do not count: a figure can be understood without them. Nor do inputs whose marking does not fit: without those,
    an item is disclosed only by a release.
    """
    for name in item.inputs:
        one = graph.item[name]
        if not graph.effective[name].fits(audience) or one.kind in DATA:
            continue
        if name in reasons or (item.whole and name in incomplete):
            return True
    return False
