"""Figures of a claim of consequences: organisations listed by list and economy, by day, and the share before and after."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from stopgap.briefs.claims import words as say
from stopgap.briefs.claims.ladder import PartHypotheses
from stopgap.briefs.claims.shipment_tables import MOST_ROWS
from stopgap.briefs.claims.year_chart import YearBars
from stopgap.briefs.formats.cells import BriefTable, Column, Typed, Value
from stopgap.briefs.formats.text import UNDEFINED, listing, number, one_line, ordinal
from stopgap.claims.testing.hypotheses import PRC
from stopgap.claims.testing.layers.facts import ListingFacts
from stopgap.codes.groups import members

NO_GUILT = "A listing is a decision of an authority, not a finding of guilt."


def listing_facts_of(tested: PartHypotheses) -> ListingFacts | None:
    """Return the facts on listings of a part; ``None`` where no list was read."""
    return next((each.facts for each in tested.hypotheses if isinstance(each.facts, ListingFacts)), None)


def _economies(facts: ListingFacts) -> list[str]:
    totals: Counter[str] = Counter()
    for row in facts.counts:
        totals[row.economy] += row.before + row.after
    return [economy for economy, _ in totals.most_common()]


def counts_table(facts: ListingFacts, own: frozenset[str], basis: str) -> BriefTable | None:
    """Table of entries by list and economy, up to the day of the statement, after it, and by year.

    ``own`` are the actor's economies; others of the same group stand beside. ``basis`` names vintage and queries.
    ``None`` where no economy is counted apart.
    """
    if not facts.counts:
        return None
    years = sorted({year for row in facts.counts for year, _ in row.by_year})
    ordered = sorted(facts.counts, key=lambda row: (row.economy not in own, row.economy, -(row.before + row.after)))

    def beside(economy: str) -> str:
        return say.economy_words(economy) + ("" if not own or economy in own else " (beside)")

    rows: list[tuple[Value, ...]] = [
        (
            beside(row.economy),
            one_line(row.programme),
            row.before,
            row.after,
            *(dict(row.by_year).get(year, 0) for year in years),
        )
        for row in ordered
    ]
    left = len(rows) - MOST_ROWS
    notes = [
        f"Entries, by the economy of the address; an organisation on two lists stands in two rows and counts once in the "
        f"total of {facts.after:,}. Lists up to {say.day_name(facts.until)}.",
        f"{facts.undated:,} of the actor's organisations have no known day and are left out." if facts.undated else "",
        f"{left} smaller rows are left out here." if left > 0 else "",
        _none_of(facts, own),
        basis,
        NO_GUILT,
    ]
    said = say.day_name(facts.said_on)
    return BriefTable(
        "listed",
        "Organisations listed under programmes tied to the target",
        (
            Column("Economy"),
            Column("List"),
            Column(f"to {said}", "count"),
            Column("after it", "count"),
            *(Column(year, "count") for year in years),
        ),
        tuple(rows[:MOST_ROWS]),
        note=" ".join(note for note in notes if note),
    )


def _none_of(facts: ListingFacts, own: frozenset[str]) -> str:
    """Name economies of the actor and of its group that have no entry."""
    group = members(PRC.lower(), on=dt.date.fromisoformat(facts.said_on))
    asked = own | (group if own & group else frozenset())
    missing = sorted(asked - {row.economy for row in facts.counts})
    return f"No entry of {listing(map(say.economy_words, missing))}." if missing else ""


def acts_table(facts: ListingFacts) -> BriefTable | None:
    """Table of the days after the statement on which organisations of the actor were listed; ``None`` without any."""
    if not facts.acts:
        return None
    shown = facts.acts[:MOST_ROWS]
    left = facts.acts[MOST_ROWS:]
    is_all = all(each.of_actor == each.of_third_countries for each in facts.acts) and facts.share_after is None
    whose = "organisations" if is_all else "of the actor's"
    rest = f"{len(left)} later days, with {sum(each.of_actor for each in left):,} {whose}, are left out here."
    return BriefTable(
        "acts",
        "Days of listing after the statement",
        (
            Column("Day"),
            Column("Authority"),
            Column("Act"),
            *(() if is_all else (Column("Of the actor", "count"),)),
            Column("Of all third countries", "count"),
        ),
        tuple(
            (
                say.day_name(each.day),
                one_line(each.authority),
                one_line(each.act),
                *(() if is_all else (each.of_actor,)),
                each.of_third_countries,
            )
            for each in shown
        ),
        note=rest if left else "",
    )


def share_table(facts: ListingFacts) -> BriefTable | None:
    """Table of the actor's share of listings before and after, with its two tests; ``None`` where it has no share."""
    if facts.share_before is None or facts.share_after is None:
        return None
    p_value = UNDEFINED if facts.p_value is None else number(facts.p_value, 3)
    rank = UNDEFINED
    if facts.date_rank is not None:
        rank = f"{ordinal(facts.date_rank[0])} of {facts.date_rank[1]}"
    return BriefTable(
        "share-of-listings",
        "Share of the actor in listings of third-country organisations",
        (
            Column(""),
            Column(f"to {say.day_name(facts.said_on)}", "share"),
            Column("after it", "share"),
            Column("p over actions", "count"),
            Column("Rank of the month", "count"),
        ),
        (("Share", facts.share_before, facts.share_after, Typed("text", p_value), Typed("text", rank)),),
        note="p: share of 4,999 permutations of the deviations from a trend, over actions (an authority on one day), with a step at the "
        "statement as large. Rank: of the step at the statement's month among those of every other month. Both must be at most 2.5 %.",
    )


def listing_panels(facts: ListingFacts) -> list[YearBars]:
    """Return a panel for each economy: entries on all lists by year of listing."""
    economies = _economies(facts)[:4]
    found: dict[str, Counter[str]] = {economy: Counter() for economy in economies}
    for row in facts.counts:
        if row.economy in found:
            found[row.economy].update(dict(row.by_year))
    known = [int(year) for each in found.values() for year in each]
    if not known:
        return []
    years = tuple(str(year) for year in range(min(known), int(facts.until[:4]) + 1))
    return [
        YearBars(
            say.economy_words(economy),
            "entries",
            years,
            tuple(float(by_year[year]) for year in years),
            frozenset(years),
        )
        for economy, by_year in found.items()
    ]
