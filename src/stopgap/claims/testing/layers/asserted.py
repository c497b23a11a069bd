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

WORDS: tuple[tuple[Layer, str], ...] = (
    (Layer.SHARE, r"back-?fill\w*|replac(?:e[sd]?|ing|ement)|substitut\w+|mak(?:e|es|ing) up for|made up for"
        r"|fill(?:s|ed|ing)? (?:the|a|this|that) (?:gap|void|hole)|tak(?:e|es|en|ing) over (?:the )?trade"),
    (Layer.NET, r"beyond what|because of (?:the )?(?:sanctions|suspension|ban|controls)|more than (?:it|they) would"
        r"|in response to (?:the )?(?:sanctions|ban|controls)"),
    (Layer.ROSE, r"increas\w*|ramp(?:s|ed|ing)? up|step(?:s|ped|ping)? up|surg(?:e[sd]?|ing)|soar\w*|grow(?:s|n|ing|th)?|grew"
        r"|ris(?:e[sn]?|ing)|rose|jump(?:s|ed|ing)?|doubl(?:e[sd]?|ing)|tripl(?:e[sd]?|ing)|expand(?:s|ed|ing)?|more and more"
        r"|rebuild\w*|reconstitut\w*|enabl\w*|critical to|rely(?:ing)? on|relies on|propping up|dramatic\w*|significant uptick"),
    (Layer.INFLOW_SHARE, r"(?:main|largest|biggest|top|principal|dominant|leading|primary|number one) (?:supplier|source|provider|buyer)"
        r"|per ?cent of|\d ?% of|majority of|most of (?:its|their|russia)|bulk of|nearly all|almost all|vast majority|the lion.s share"),
)  # fmt: skip
"""Words in the order in which they are looked for; the first found raises a claim of supply from *shipped*."""

MORE_THAN_BEFORE = (
    r"more (?:companies|firms|entities|listings|designations|sanctions)|increas\w*|step(?:s|ped|ping)? up|escalat\w*"
)
"""Words by which a claim of consequences asserts more of them than before."""

_FEELINGS = re.compile(
    r"\b(?:growing|increasing(?:ly)?|rising|grow\w*)\s+(?:\w+\s+)?(?:concern|worr|alarm|tension|pressure|fear)\w*"
)
_RAISED = frozenset({Action.SUPPLY, Action.FILL_COMPONENTS, Action.BUY_ENERGY})


@dataclass(frozen=True)
class Asserted:
    """Layer that a claim asserts; ``words`` are those that decided, ``None`` where the action did."""

    layer: Layer | None
    words: str | None = None


def asserted_layer(claim: Claim) -> Asserted:
    """Return the layer that a claim asserts: its own ``layer``, else by its words, else by its action."""
    if claim.layer is not None:
        return Asserted(Layer(claim.layer.replace("-", "_")))
    layer = OF_ACTION.get(claim.action)
    text = _FEELINGS.sub("", " ".join(part for part in (claim.words.text, claim.degree) if part).lower())
    if claim.action in _RAISED:
        for raised, pattern in WORDS:
            if claim.action is Action.BUY_ENERGY and raised is Layer.INFLOW_SHARE:
                continue  # "most of its gas" is a share of what the buyer buys, not of what the target sells
            if found := re.search(rf"\b(?:{pattern})(?!\w)", text):
                return Asserted(raised, found.group())
    if claim.action is Action.CONSEQUENCE and (found := re.search(rf"\b(?:{MORE_THAN_BEFORE})(?!\w)", text)):
        return Asserted(Layer.MORE_THAN_BEFORE, found.group())
    return Asserted(layer)
