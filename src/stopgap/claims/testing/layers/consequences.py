"""Test a claim of consequences on the lists in the lake: what happened, and whether more than before."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from stopgap.claims.claim import Action, Claim
from stopgap.claims.testing import explanations as say
from stopgap.claims.testing.figures import DIRECT
from stopgap.claims.testing.hypotheses import PRC, TestPlan
from stopgap.claims.testing.layers import words
from stopgap.claims.testing.layers.facts import Layer, ListingFacts
from stopgap.claims.testing.layers.listing_tests import (
    LEAST_MONTHS,
    DatedListing,
    happened_verdict,
    listing_facts,
    more_verdict,
)
from stopgap.claims.testing.results import Hypothesis, Verdict
from stopgap.codes.groups import members
from stopgap.panel.episodes import Episode
from stopgap.screening.lists.listings import ORGANISATIONS, ListingInForce, listings
from stopgap.screening.lists.run import list_states

NO_LISTS = "the lake holds no list of organisations under programmes tied to {target}"
_AUTHORITIES = {"EU": "the EU", "US": "the United States", "UK": "the United Kingdom", "UN": "the UN"}
IMPORT_LISTS = "the lists of the authorities would test it (stopgap import LIST, docs/how-to/lists.md)"


def rests_on_lists(claim: Claim) -> bool:
    """Whether any part of a claim is tested on lists of companies."""
    return Action.CONSEQUENCE in (claim.action, *claim.also)


def consequence_hypotheses(
    lake: Path | None, claim: Claim, plan: TestPlan, episode: Episode | None, *, as_of: str | None = None
) -> tuple[Hypothesis, ...]:
    """Test the layers *happened* and *more than before* on the lists of a lake.

    Args:
        episode: Episode whose coalition is none of third countries; ``None`` where none has the claim's target.
        as_of: Vintage of the lists; the newest if ``None``.
    """
    facts, sources = read_listings(lake, claim, plan, episode, as_of=as_of) if lake is not None else (None, ())
    if facts is None:
        reason = say.sentence(NO_LISTS.format(target=say.name_of(claim.target)))
        made = [
            _hypothesis(claim, plan, layer, Verdict.NOT_TESTABLE, reason)
            for layer in (Layer.HAPPENED, Layer.MORE_THAN_BEFORE)
        ]
        return tuple(replace(each, fix=IMPORT_LISTS) for each in made)
    who = _who(claim, plan)
    happened = _hypothesis(
        claim, plan, Layer.HAPPENED, happened_verdict(facts), happened_because(facts, who, claim.target)
    )
    more = _hypothesis(claim, plan, Layer.MORE_THAN_BEFORE, more_verdict(facts), more_because(facts, who))
    query = f"SELECT * FROM listed WHERE list IN ({', '.join(f'{chr(39)}{name}{chr(39)}' for name in sources)})"
    window = {"after": (claim.said_on[:7], facts.until[:7])}
    gain = None
    if facts.share_before is not None and facts.share_after is not None:
        gain = facts.share_after - facts.share_before
    return (
        replace(happened, estimate=float(facts.after), unit="organisations", facts=facts, windows=window, queries=(query,)),
        replace(
            more, estimate=gain, facts=facts, windows=window, queries=(query,), placebo_rank=facts.date_rank,
            fix=_what_would_test(facts) if more.verdict is Verdict.NOT_TESTABLE else None,
        ),
    )  # fmt: skip


def _what_would_test(facts: ListingFacts) -> str:
    """What would test whether listings are more than before."""
    if facts.share_before is None and facts.before and facts.after:
        return "a claim of one economy or one group would have a share that can be tested"
    return "a longer record of listings with their days would test it"


def read_listings(
    lake: Path, claim: Claim, plan: TestPlan, episode: Episode | None, *, as_of: str | None
) -> tuple[ListingFacts | None, tuple[str, ...]]:
    """Return the facts on listings and the names of the lists that they rest on; ``None`` without any such list."""
    tied = [
        each
        for each in listings(lake, as_of=as_of, schemas=ORGANISATIONS)
        if claim.target in each.targets and each.authority is not None
    ]
    if not tied:
        return None, ()
    names = tuple(sorted({each.list for each in tied}))
    days = [state.list_date for state in list_states(lake, as_of) if state.list in names and state.list_date]
    known = [each.listed_on for each in tied if each.listed_on]
    until = max([*days, *known], default=dt.date.min.isoformat())
    own = frozenset(plan.economies or ())
    prc = members(PRC.lower(), on=dt.date.fromisoformat(claim.said_on))
    beside: Collection[str] = prc if own & prc else ()
    home = {claim.target, *(episode.members() if episode else ())} - own
    undated = sum(1 for each in tied if each.listed_on is None and own & set(each.economies))
    facts = listing_facts(
        [_dated(each) for each in tied if each.listed_on],
        said_on=claim.said_on,
        until=until,
        actor=own,
        beside=beside,
        home=home,
        undated=undated,
    )
    return facts, names


def _who(claim: Claim, plan: TestPlan) -> str:
    """Name the economies whose organisations are counted."""
    return "third countries" if plan.economies is None else say.actor_name(claim, plan)


def act_words(act: str | None, annex: str | None) -> str | None:
    """Name an act of the EU as lawyers do: ``Regulation 269/2014, Annex I``; other acts as they are named."""
    if not act:
        return None
    named = f"Regulation {act}" if re.fullmatch(r"\d+/\d+", act) else act
    if not annex:
        return named
    number, _, section = annex.partition(".")
    within = f", part {section}" if len(section) == 1 else ""
    return f"{named}, Annex {number}{within}"


def _programme(act: str | None, programme: str) -> str:
    """Name a programme by its act and what it does: ``Regulation 833/2014, Annex IV: export control``."""
    if act is None:
        return programme
    _, _, measure = programme.partition(": ")
    return f"{act}: {measure[:1].lower()}{measure[1:]}" if measure else act


def _dated(each: ListingInForce) -> DatedListing:
    act = act_words(each.act, each.annex)
    return DatedListing(
        each.name,
        frozenset(each.economies),
        each.list,
        _programme(act, each.programme) or each.list,
        str(each.authority),
        act or each.programme or each.list,
        str(each.listed_on),
    )


def _hypothesis(claim: Claim, plan: TestPlan, layer: Layer, verdict: Verdict, because: str) -> Hypothesis:
    who, target = _who(claim, plan), say.name_of(claim.target)
    statements = {
        Layer.HAPPENED: f"organisations of {who} were listed under programmes tied to {target} after {words.day_words(claim.said_on)}",
        Layer.MORE_THAN_BEFORE: f"organisations of {who} are a larger share of listings of third countries after {words.day_words(claim.said_on)}",
    }
    return Hypothesis(
        id=str(layer),
        statement=say.sentence(statements[layer]),
        measure="organisations" if layer is Layer.HAPPENED else "share_of_listings",
        estimate=None,
        ci95=None,
        gross=None,
        threshold=0.0,
        thresholds=(),
        verdict=verdict,
        because=because,
        goods=None,
        goods_version=None,
        breadth=None,
        route=DIRECT,
        decides=False,
        layer=layer,
    )


def happened_because(facts: ListingFacts, who: str, target: str) -> str:
    """One sentence on the organisations that were listed."""
    name = say.name_of(target)
    if facts.after == 0:
        return say.sentence(
            f"no organisation of {who} was listed under programmes tied to {name} after {words.day_words(facts.said_on)}, by lists up to "
            f"{words.day_words(facts.until)} ({facts.before} before)"
        )
    authorities = [_AUTHORITIES.get(name, name) for name in sorted({each.authority for each in facts.acts})]
    days = len({each.day for each in facts.acts})
    many = "organisations" if facts.after > 1 else "organisation"
    return say.sentence(
        f"{facts.after:,} {many} of {who} {'were' if facts.after > 1 else 'was'} listed under programmes tied to {name} from "
        f"{words.day_words(facts.acts[0].day)} to {words.day_words(facts.acts[-1].day)}, on {days} day{'s' * (days > 1)}, by {', '.join(authorities)} "
        f"({facts.before:,} up to {words.day_words(facts.said_on)}); a listing is not a finding of guilt"
    )


def more_because(facts: ListingFacts, who: str) -> str:
    """One sentence on the actor's share of listings before and after."""
    if facts.share_before is None or facts.share_after is None:
        if facts.before and facts.after:
            whole = "all third countries together have no share of third-country listings to compare"
            return say.sentence(f"{whole}; more than before is tested for one economy or group")
        return say.sentence(
            f"no organisation of a third country is listed on one side of {words.day_words(facts.said_on)}: there is no share to compare"
        )
    text = (
        f"organisations of {who} are {say.percent(facts.share_after)} of the third-country organisations listed after "
        f"{words.day_words(facts.said_on)}, and {say.percent(facts.share_before)} of those before"
    )
    if facts.p_value is None:
        return say.sentence(f"{text}; not tested: too few actions on one side")
    text += f" (p = {facts.p_value:.3f} for a step beyond a trend, over actions"
    if facts.date_rank is None or facts.date_rank[1] <= LEAST_MONTHS:
        return say.sentence(
            f"{text}); whether it is more than a trend is not tested: the record of listings is too short"
        )
    rank, of = facts.date_rank
    return say.sentence(f"{text}; its month ranks {rank} of {of})")
