"""Which layer the words of a claim assert: a table, fixed before any figures are looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType

from stopgap.claims.claim import Action, Claim
from stopgap.claims.testing.layers.facts import Layer

OF_ACTION = MappingProxyType(
    {
        Action.BACKFILL: Layer.SHARE,
        Action.SUPPLY: Layer.SHIPPED,
        Action.FILL_COMPONENTS: Layer.SHIPPED,
        Action.BUY_ENERGY: Layer.SHIPPED,
        Action.ROUTE_THROUGH: Layer.ROUTED,
        Action.STOP: Layer.FELL,
        Action.CONSEQUENCE: Layer.HAPPENED,
    }
)
"""Layer that an action asserts, whatever its words; other actions assert nothing that figures can test."""

_MEASURES = r"(?:the |western |our )?(?:sanctions|suspension|ban|export controls|controls)"
_LISTED = (
    r"(?:sanctions?|listings?|designations?|measures|penalties|restrictions|companies|firms|entities|banks)"
    r"(?! (?:risks?|exposure|pressure|threats?))"
)
_GROWS = (
    r"(?:growing|grow[ns]?|grew|increas(?:e[sd]?|ing(?:ly)?)|rising|rise[sn]?|rose|deepen\w*|expand(?:s|ed|ing)?|expansion|"
    r"(?:step|ramp)(?:s|ed|ped|ing|ping)? up|intensif\w+|accelerat\w+|boost\w*|escalat\w+)"
)
_FEELING = (
    r"(?:concern|worr|alarm|anx|tension|pressure|fear|clear|obvious|evident|evidence|awareness|attention|criticism)\w*"
)
_NO_TRADE = (
    r"(?:scrutiny|threat|partnership|relationship|friendship|cooperation|alignment|ties|econom|isolat|sanction|enforcement|effort|"
    r"engagement|vigilan|costs?|prices?|diploma|dialogue|controls|restrictions|penalt|conflict|war|attacks|strikes|aggression|hostilit|violence|assertive|difficult|risk|"
    r"aid to ukraine|support (?:for|to) ukraine)\w*"
)

WORDS: tuple[tuple[Layer, tuple[str, ...]], ...] = (
    (
        Layer.SHARE,
        (
            r"back-?fill\w*",
            r"replac(?:e[sd]?|ing|ement)",
            r"substitut\w+",
            r"(?:mak(?:e|es|ing)|made) up for",
            r"compensat\w+ for",
            r"fill(?:s|ed|ing)? (?:the|a|this|that|any) (?:\w+ )?(?:gap|void|hole|vacuum)s?",
            r"(?:tak(?:e|es|en|ing)|took) (?:over (?:the )?trade|the place of)",
            r"step(?:s|ped|ping)? in(?:to the (?:gap|breach|void)| for)",
            r"in place of",
            r"offset\w* (?:the |its |their )?loss\w*",
        ),
    ),
    (
        Layer.NET,
        (
            r"beyond what (?:it|they|growth|trends?|is normal|was normal)",
            r"more than (?:it|they) (?:otherwise )?would",
            rf"because of {_MEASURES}",
            rf"in response to {_MEASURES}",
        ),
    ),
    (
        Layer.ROSE,
        (
            r"increas\w*|grow(?:s|n|ing|th)?|grew|ris(?:e[sn]?|ing)|rose|climb(?:s|ed|ing)?|jump(?:s|ed|ing)?|upticks?",
            r"(?:ramp|step)(?:s|ed|ped|ing|ping)? up|(?:up)?surg(?:e[sd]?|ing)|soar\w*|skyrocket\w*|spik(?:e[sd]?|ing)",
            r"doubl(?:e[sd]?|ing)|tripl(?:e[sd]?|ing)|quadrupl\w+|(?:two|three|four|five|six|seven|eight|nine|ten|\d+)-?fold",
            r"expand(?:s|ed|ing)?|expansion|accelerat\w+|intensif\w+|boost(?:s|ed|ing)?|escalat\w+",
            r"up (?:by )?\d[\d.]* ?(?:%|per ?cent)",
            r"more and more|ever more|more than ever|higher than ever|dramatically more",
            r"record (?:levels?|highs?|volumes?|quantit\w+|amounts?)",
            r"rebuild\w*|reconstitut\w*|enabl\w*|prop(?:s|ped|ping)? up",
            r"critical to (?:the|its|their|his|russia\w*|moscow\w*)",
        ),
    ),
    (
        Layer.INFLOW_SHARE,
        (
            r"(?:main|largest|biggest|top|principal|dominant|leading|primary|number one|most important) (?:\w+ )?"
            r"(?:supplier|source (?:of|for)|provider|buyer|customer|importer)",
            r"(?:\d[\d.,]* ?)?(?:per ?cent|%) of|majority of|bulk of|most of (?:its|their|the|russia)|the lion.s share",
            r"(?:nearly|almost) (?:all|entirely|exclusively)",
            r"(?:two|three)[- ](?:thirds|quarters) of|(?:half|a third|a quarter) of (?:its|their|russia|all)",
            r"(?:rel(?:y|ies|ied|ying)|depend(?:s|ed|ent|ing)?) (?:\w+ )?on",
        ),
    ),
)
"""Words in the order in which they are looked for; the first found raises a claim of supply from *shipped*."""

MORE_THAN_BEFORE = (
    rf"(?:more|further) (?:\w+ ){{0,2}}{_LISTED}",
    rf"(?:increas\w*|(?:step|ramp)(?:s|ed|ped|ing|ping)? up|escalat\w*|expand\w*) (?:\w+ ){{0,3}}{_LISTED}",
)
"""Words by which a claim of consequences asserts more of them than before."""

FEELINGS = (
    rf"{_GROWS} (?:(?:our|its|their|the|of|more|very) ){{0,2}}(?:\w+ )?{_FEELING}",
    rf"(?:{_FEELING}|prices|costs) (?:(?:is|are|has|have|had|was|were|been) ){{0,2}}(?:growing|grown|grew|increas\w+|rising|risen|rose)",
    rf"{_FEELING} (?:about|over|at) (?:[\w’'-]+ ){{1,4}}?(?:is|are|was|were|has been|have been) (?:growing|increasing|rising)",
    r"escalation (?:of|in) the (?:war|conflict)",
)
"""Phrases that use these words of what is felt or known: they are passed over in every claim."""

ASIDE = (
    rf"{_GROWS} (?:(?:our|its|their|the|of|more|very) ){{0,2}}(?:\w+ )?{_NO_TRADE}",
    r"(?:replacement|substitute) (?:parts?|components?|spares?)",
    r"replac\w+ (?:the |its |his |her )?(?:former |previous )?(?:minister|ambassador|secretary|president|spokes\w+)",
    r"doubl(?:e[sd]?|ing) down",
    r"(?:rise|rises|rose|rising) to (?:the|say|speak|answer|ask)|g[ia]ves? rise to",
    r"(?:majority|most|half|bulk|per ?cent|%) of (?:\w+ ){0,2}(?:experts|members|allies|analysts|respondents|countries|"
    r"observers|people|gdp|year|time|day|week|month|war|world)",
    r"(?:almost|nearly) (?:all|entirely) (?:of )?(?:the )?(?:experts|members|allies|analysts|countries|day|year|of us)",
    r"made? up for lost time|mak(?:es|ing) up for lost time",
)
"""Phrases that use these words of something else than trade: they are passed over in claims of supply."""


def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)")


_WORDS = tuple((layer, _any_of(patterns)) for layer, patterns in WORDS)
_MORE = _any_of(MORE_THAN_BEFORE)
_FEELINGS = _any_of(FEELINGS)
_ASIDE = _any_of(ASIDE)
_RAISED = frozenset({Action.SUPPLY, Action.FILL_COMPONENTS, Action.BUY_ENERGY})


@dataclass(frozen=True)
class Asserted:
    """Layer that a claim asserts; ``words`` are those that decided, ``None`` where the action did."""

    layer: Layer | None
    words: str | None = None


def _of_its_own(layer: Layer, words: str) -> bool:
    """Whether words of a purchase are about what the buyer buys ("most of its gas"), not about what the target sells."""
    return layer is Layer.INFLOW_SHARE and not re.search(r"buyer|customer|importer|market|purchaser", words)


_FRACTIONS = {"two-thirds": 2 / 3, "two thirds": 2 / 3, "three-quarters": 0.75, "three quarters": 0.75,
              "a third": 1 / 3, "a quarter": 0.25}  # fmt: skip


def share_in(words: str | None) -> float | None:
    """Return the share that words of a share of inflow name ("70 percent of", "two-thirds of"); ``None`` without one."""
    if words is None:
        return None
    if found := re.match(r"(\d+(?:[.,]\d+)?) ?(?:per ?cent|%)", words):
        share = float(found[1].replace(",", ".")) / 100
        return share if 0 < share < 1 else None
    return next((share for name, share in _FRACTIONS.items() if words.startswith(name)), None)


def asserted_layer(claim: Claim) -> Asserted:
    """Return the layer that a claim asserts: its own ``layer``, else by its words, else by its action."""
    if claim.layer is not None:
        return Asserted(Layer(claim.layer.replace("-", "_")))
    layer = OF_ACTION.get(claim.action)
    said = " ".join(part for part in (claim.words.text, claim.degree) if part)
    text = _FEELINGS.sub(" ", " ".join(said.lower().split()))
    if claim.action in _RAISED:
        text = _ASIDE.sub(" ", text)
        for raised, patterns in _WORDS:
            found = patterns.search(text)
            if found is None or (claim.action is Action.BUY_ENERGY and _of_its_own(raised, found.group())):
                continue
            return Asserted(raised, found.group())
    if claim.action is Action.CONSEQUENCE and (found := _MORE.search(text)):
        return Asserted(Layer.MORE_THAN_BEFORE, found.group())
    return Asserted(layer)
