"""Select the gathered evidence that may be released in a pack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pyarrow as pa

from stopgap.base.errors import RefusedError
from stopgap.base.marking import CLEAR, Marking
from stopgap.evidence.disclosure.complementary_suppression import Reason
from stopgap.evidence.disclosure.graph import Atom, Derived, EvidenceGraph, Item, LinearNumber
from stopgap.evidence.disclosure.selection import Selection, select
from stopgap.evidence.markings.effective import EffectiveMarkings
from stopgap.evidence.packs.documents import LeftOutEntry
from stopgap.evidence.packs.extracts import KEY, Beside, Linear, extract_files, findings_beside, linear
from stopgap.evidence.packs.gathering import Gathered, PackOptions
from stopgap.evidence.packs.items import Thing, brief_thing, reference_inputs, things_of, trade_inputs, withheld_items
from stopgap.evidence.packs.numbers import recipe_files, rows_files

ROWS_ITEM, RECIPE_ITEM = "rows:trade", "rows:recipe"

FOLLOWING = ("verdict", "alert", "exposure", "brief")
"""Kinds of items with figures from the same rows that the evidence graph does not hold one by one."""


@dataclass(frozen=True)
class Weighed:
    """Result of selecting evidence: what is disclosed in the pack and what is withheld.

    Attributes:
        graph: The evidence, with markings.
        things: Evidence that is disclosed, rows first, because later files refer to theirs.
        lacking: Id -> reason, of requested evidence that is withheld.
        withheld: Rows and numbers that are withheld although their items are disclosed: (kind, reason) -> count.
    """

    graph: EvidenceGraph
    things: tuple[Thing, ...]
    lacking: dict[str, Reason]
    withheld: Counter[tuple[str, str]]
    has_findings: bool

    @property
    def goes(self) -> frozenset[str]:
        """Ids of the items that are disclosed."""
        return frozenset(thing.item.id for thing in self.things)

    @property
    def is_short(self) -> bool:
        """Whether anything that was requested is withheld."""
        return bool(self.lacking or self.withheld)

    def left_out(self, files: int) -> list[LeftOutEntry]:
        """Count the withheld evidence by kind and reason, without names; adds ``files`` that were excluded unread."""
        counts = Counter(self.withheld)
        counts.update((self.graph.item[name].kind, reason.value) for name, reason in self.lacking.items())
        if files:
            counts["receipt", Reason.ABOVE.value] += files
        return [{"kind": kind, "reason": reason, "count": count} for (kind, reason), count in sorted(counts.items())]


def weigh(lake: Path, gathered: Gathered, markings: EffectiveMarkings, options: PackOptions) -> Weighed:
    """Select the gathered evidence that may be disclosed.

    Raises:
        RefusedError: A finding that is marked above the pack cannot be measured again, so it cannot be determined
            whether the pack reveals it.
    """
    audience = options.audience
    measured = frozenset(each.finding_id for each in gathered.findings)
    beside = findings_beside(
        lake, gathered.episode.name, markings, audience, measured=measured, released=bool(gathered.withheld)
    )
    if beside.unknown:
        raise _cannot_tell(beside.unknown[0], audience)
    own = _own_numbers(lake, gathered, markings) if beside.protected else ()
    things = _things(gathered, markings, options)
    graph = _graph(gathered, markings, things, beside, own)
    selection = select(graph, audience)
    asked = [thing.item.id for thing in things]
    lacking = {name: selection.items_left_out[name] for name in asked if name in selection.items_left_out}
    if selection.atoms_withheld or Reason.SUBTRACTION in lacking.values():
        for thing in things:
            if thing.item.kind in FOLLOWING or thing.item.id == RECIPE_ITEM:
                lacking.setdefault(thing.item.id, Reason.SUBTRACTION)
    withheld = Counter(("row", Reason.SUBTRACTION.value) for _ in selection.atoms_withheld)
    withheld.update(
        ("number", selection.numbers_withheld[each.id].value)
        for made in beside.released
        for each in made.numbers
        if each.id in selection.numbers_withheld
    )
    extracts = [
        Thing(made.item, partial(extract_files, made=made, selection=selection))
        for made in beside.released
        if made.item.id not in selection.items_left_out
    ]
    kept_rows = _rows_thing(_without_rows(gathered, selection))
    chosen = [kept_rows if thing.item.id == ROWS_ITEM else thing for thing in things if thing.item.id not in lacking]
    return Weighed(
        graph,
        tuple(sorted([*chosen, *extracts], key=lambda thing: (thing.item.kind != "rows", thing.item.id))),
        lacking,
        withheld,
        any(thing.item.kind == "finding" for thing in chosen),
    )


def _things(gathered: Gathered, markings: EffectiveMarkings, options: PackOptions) -> list[Thing]:
    """Return all evidence that was requested."""
    things = things_of(gathered, markings, options)
    title = "What was asked of the lake, and sums of rows that are not here"
    recipe = Item(RECIPE_ITEM, "rows", title, None, (*trade_inputs(gathered), *reference_inputs(gathered)))
    things += [_rows_thing(gathered), Thing(recipe, partial(recipe_files, gathered=gathered))]
    # a brief for an audience names the statements that may go themselves
    claims = frozenset(
        entry.id
        for entry, _ in gathered.verdicts
        if markings.of_claim(entry).fits(options.audience)
        and (markings.own(f"verdict:{entry.id}") or CLEAR).fits(options.audience)
    )
    return [*things, *brief_thing(gathered, options, claims)]


def _rows_thing(gathered: Gathered) -> Thing:
    """Return the rows of trade that were gathered, as one piece of evidence."""
    item = Item(ROWS_ITEM, "rows", "Rows of trade behind the findings", None, trade_inputs(gathered))
    return Thing(item, partial(rows_files, gathered=gathered))


def _own_numbers(lake: Path, gathered: Gathered, markings: EffectiveMarkings) -> tuple[Linear, ...]:
    """Express the pack's own findings as linear functions of rows, to check that they reveal nothing protected."""
    withheld = frozenset(receipt.receipt for receipt, _ in gathered.withheld)
    made = []
    for number, finding in enumerate(gathered.findings):
        each = linear(lake, finding.as_dict(), markings, first=100_000 + 1000 * number, withheld=withheld)
        if each is None:
            raise _cannot_tell(gathered.model.headline.finding_id, None)
        made.append(each)
    return tuple(made)


def _graph(
    gathered: Gathered, markings: EffectiveMarkings, things: Sequence[Thing], beside: Beside, own: Sequence[Linear]
) -> EvidenceGraph:
    """Build the evidence graph of what was requested, and of what it may not reveal."""
    items = {thing.item.id: thing.item for thing in things}
    used = {name for thing in things for name in thing.item.inputs}
    for item in withheld_items(gathered, markings):
        if item.id in used:
            items.setdefault(item.id, item)
    atoms: dict[str, Atom] = {}
    numbers: dict[str, LinearNumber] = {}
    derived: dict[str, Derived] = {}
    for made in (*beside.released, *beside.protected, *own):
        for item in (*made.receipts, made.item):
            items.setdefault(item.id, item)
        # a finding that was asked for rests on its files already
        item = items[made.item.id]
        items[item.id] = replace(item, inputs=tuple(dict.fromkeys((*item.inputs, *made.item.inputs))))
        atoms |= {atom.id: atom for atom in made.atoms}
        numbers |= {number.id: number for number in made.numbers}
        if made.item.kind == "extract":
            derived |= {each.id: each for each in made.derived}
    return EvidenceGraph(tuple(items.values()), tuple(atoms.values()), tuple(numbers.values()), tuple(derived.values()))


def _without_rows(gathered: Gathered, selection: Selection) -> Gathered:
    """Return the gathered evidence without the rows that would reveal something withheld."""
    if not selection.atoms_withheld:
        return gathered
    ids = ["|".join(map(str, row)) for row in zip(*(gathered.trade[name].to_pylist() for name in KEY), strict=True)]
    kept = pa.array([id not in selection.atoms_withheld for id in ids])
    return replace(gathered, trade=gathered.trade.filter(kept))


def _cannot_tell(id: str, audience: Marking | None) -> RefusedError:
    marked = f", marked above {audience.label}," if audience else ""
    return RefusedError(
        f"the finding {id}{marked} cannot be measured again here, so nobody can tell whether the pack gives it away",
        where="stopgap markings list",
        fix="bring back the episode and goods files that it was measured with, or mark it anew",
    )
