"""Detect reporters without reports in a window, and whether they could hide trade."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from stopgap.base.notes import Effect, Note
from stopgap.codes.areas import areas
from stopgap.panel.basis import ReportedCount, choose_sources

PARTS = ("baseline", "after")
Reported = Mapping[str, Mapping[str, set[str]]]  # supplier -> window -> periods reported (YYYY-MM)
SHOWN = 12  # economies without trade that a sentence names; the others are counted
LISTED = 30  # suppliers that a warning names


@dataclass(frozen=True)
class Silence:
    """Economies that lack comparable figures in the baseline or the after-window.

    Attributes:
        unseen: Economies that reported the baseline without trade with the target, and did not report
            the after-window: whether they began to trade is unknown.
        baseline_shares: Share of known baseline trade of each in ``missing`` that reported the baseline.
        unknown_members: Members in ``missing`` of whose baseline trade nothing is known.
        members: Number of members.
    """

    missing: tuple[str, ...]  # all of them, sorted
    unseen: tuple[str, ...]
    uncommon: tuple[str, ...]  # of these, those that reported both windows and no month of the year in both
    baseline_shares: Mapping[str, float] = field(default_factory=dict)
    unknown_members: tuple[str, ...] = ()
    members: int = 0

    def note(self, text: str, names: Sequence[str], shown: int, short: str) -> Note:
        """Return a note that these economies are in neither window.

        Its effect is their share of baseline trade; of members whose baseline is not known, their part of the members.
        """
        first = sorted(names, key=lambda name: (-self.baseline_shares.get(name, 0.0), name))
        share = sum(self.baseline_shares.get(name, 0.0) for name in names)
        unknown = [name for name in self.unknown_members if name in names]
        size = f", {share:.1%} of baseline trade" if share > 0 else ""
        if unknown:
            size += f" ({len(unknown)} of {self.members} members)"
        part = len(unknown) / self.members if self.members else 0.0
        return Note(
            f"{text}: {some_of(names, shown)}",
            Effect.MISSING,
            share=max(share, part),
            short=f"{short}: {some_of(first, 5)}{size}",
        )


def windows_reported(
    counts: Iterable[ReportedCount], suppliers: Iterable[str], target: str
) -> dict[str, frozenset[str]]:
    """Return the windows reported by economies without trade in the goods, from the one source chosen for each.

    ``counts`` holds rows of the stage ``reported_counts``. The target is excluded.
    """
    economies = {code for code, area in areas().items() if area.kind == "economy"} - {*suppliers, target}
    others = [row for row in counts if row["reporter"] in economies]
    sources: dict[str, set[str]] = {}
    for row in others:
        sources.setdefault(row["reporter"], set()).add(row["source"])
    chosen = choose_sources(others, sources)
    found: dict[str, set[str]] = {reporter: set() for reporter in chosen}
    for row in others:
        if row["source"] == chosen[row["reporter"]] and row["periods"]:
            found[row["reporter"]].add(row["part"])
    return {reporter: frozenset(parts) for reporter, parts in found.items()}


def silence(
    reported: Reported,
    totals: Mapping[str, float],
    *,
    chosen: Iterable[str],
    members: Iterable[str],
    without_trade: Mapping[str, frozenset[str]],
) -> Silence:
    """Find the economies that lack comparable figures in the baseline or the after-window.

    Args:
        reported: Periods that each supplier reported, by window.
        totals: Baseline trade of each supplier with the target.
        chosen: Suppliers with trade in the goods at any time examined.
        members: Economies of the coalition.
        without_trade: Economies without trade in the goods, each with the windows it reported.
    """
    inside = set(members)
    of_suppliers = {name: reported.get(name, {}) for name in chosen}
    silent = {
        name
        for name, parts in of_suppliers.items()
        if not all(parts.get(part) for part in PARTS) and (name in totals or parts)
    }
    apart: dict[int, bool] = {}  # by the periods, which most suppliers share
    for name, parts in of_suppliers.items():
        if name not in silent and parts and id(parts) not in apart:
            apart[id(parts)] = not _seasons(parts["baseline"]) & _seasons(parts["after"])
    uncommon = {name for name, parts in of_suppliers.items() if apart.get(id(parts)) and name not in silent}
    others = {name for name, parts in without_trade.items() if len(parts) < len(PARTS)}
    absent = {name for name in inside if not reported.get(name) and not without_trade.get(name)}
    unseen = {name for name in others if "after" not in without_trade[name]} | {
        name
        for name in silent
        if not totals.get(name) and of_suppliers[name].get("baseline") and not of_suppliers[name].get("after")
    }
    missing = silent | uncommon | others | absent
    total = sum(value for value in totals.values() if value > 0)
    return Silence(
        tuple(sorted(missing)),
        tuple(sorted(unseen)),
        tuple(sorted(uncommon)),
        {name: totals[name] / total for name in sorted(missing) if totals.get(name, 0.0) > 0},
        tuple(sorted(name for name in missing & inside if name not in totals and name not in others)),
        len(inside),
    )


def silent_warnings(silent: Silence, *, is_sale: bool) -> list[str]:
    """Return one note per kind of silence; each names the first 30 economies (12 if unseen) and counts the rest.

    ``is_sale`` is true if suppliers sell to the target, false if they buy from it.
    """
    missing, unseen, uncommon = silent.missing, silent.unseen, silent.uncommon
    verb = "sold" if is_sale else "bought"
    found: list[str] = []
    if plain := [name for name in missing if name not in {*unseen, *uncommon}]:
        text = "silent in a window, so in neither window and not zero"
        found.append(silent.note(text, plain, LISTED, "silent in a window, so not counted"))
    if uncommon:
        text = "reported no month of the year in both windows, so in neither window"
        found.append(silent.note(text, uncommon, LISTED, "reported no month of the year in both windows"))
    if unseen:
        text = f"silent after the event, and {verb} nothing before: a newcomer among them would not be seen"
        short = f"silent after the event, {verb} nothing before: {some_of(unseen, 5)}; a newcomer would not be seen"
        found.append(Note(f"{text}: {some_of(unseen)}", short=short))
    return found


def some_of(names: Sequence[str], shown: int = SHOWN) -> str:
    """Join the first ``shown`` names and the count of the rest."""
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more} more" if more > 0 else "")


def _seasons(periods: Iterable[str]) -> set[str]:
    return {period[5:7] for period in periods}
