"""Sentences of a claim's page: who said what to whom, and what each verdict means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from stopgap.base.vocab import Frequency
from stopgap.briefs.formats.text import (
    NBSP,
    UNDEFINED,
    listing,
    month_name,
    one_line,
    percent,
    sentence_case,
    usd,
    window_name,
)
from stopgap.briefs.net.words import usd_interval
from stopgap.claims.claim import Action, Claim, GoodsGroup, NamedGoods, Stance
from stopgap.claims.testing.economy_names import name_of
from stopgap.claims.testing.layers.facts import CONSEQUENCE_LADDER, Layer, ShippedFacts
from stopgap.claims.testing.layers.shipped import TRACES_USD
from stopgap.claims.testing.layers.words import NAMES, question, window_words
from stopgap.claims.testing.results import NO_GOODS, ClaimPart, Hypothesis, TestedClaim, Verdict
from stopgap.codes.areas import areas
from stopgap.measures.backfill.results import Interval

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ps", "yi", "dv", "ckb", "sd", "ug"})
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_LANGUAGES = {
    "ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fa": "Persian", "fr": "French", "he": "Hebrew",
    "ja": "Japanese", "ko": "Korean", "ru": "Russian", "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip
_ACTORS = {
    "EU": "the European Union",
    "PRC": "China with Hong Kong and Macao",
    "THIRD": "third countries",
    "ANY": "anyone",
}
STANCES = {
    Stance.ASSERTION: "asserted",
    Stance.DENIAL: "denied",
    Stance.WARNING: "a warning",
    Stance.QUESTION: "a question",
    Stance.REPORTED: "another's assertion, passed on",
}
FORMS = {
    "briefing": "briefing on record",
    "unnamed-officials": "officials who are not named",
    "quoted": "quoted in it",
    "call": "telephone call",
}
_CLAIMED = {
    Action.BACKFILL: "{actor} {verb:make} up for trade with {target} that others suspended{goods}",
    Action.SUPPLY: "{actor} {verb:supply} {target}{goods}",
    Action.ROUTE_THROUGH: "goods of others reach {target} through {actor}{goods}",
    Action.STOP: "{actor} {verb:stop} trade with {target}{goods}",
    Action.FILL_COMPONENTS: "{actor} {verb:provide} {target} with components{goods}",
    Action.BUY_ENERGY: "{actor} {verb:buy} energy from {target}{goods}",
    Action.CONSEQUENCE: "{actor} may face consequences over help for {target}{goods}",
    Action.OTHER: "something other than trade, of {actor} and {target}{goods}",
}
_PLURAL = ("companies", "third countries")
VERDICTS = {
    Verdict.SUPPORTED: "Supported",
    Verdict.PARTLY: "Partly supported",
    Verdict.NOT_SUPPORTED: "Not supported",
    Verdict.NOT_TESTABLE: "Not testable",
}
_OF_WHAT = {
    Stance.QUESTION: "what is asked",
    Stance.WARNING: "what the warning is about",
    Stance.REPORTED: "what is passed on",
}
_OF_STANCE = {
    Stance.DENIAL: "The words are a denial. The layers state what is denied; the verdict is the denial's own.",
    Stance.QUESTION: "The words are a question, which asserts nothing. The verdict is of what it asks.",
    Stance.WARNING: "The words are a warning. The verdict is of whether what it warns of came about.",
    Stance.REPORTED: "The words pass on what another said. The verdict is of what was said, not of whether it was said.",
}
_ACTS = {
    Action.BACKFILL: "makes up for trade that others suspended",
    Action.SUPPLY: "supplies the target",
    Action.FILL_COMPONENTS: "provides components",
    Action.BUY_ENERGY: "buys energy",
    Action.ROUTE_THROUGH: "lets goods pass through",
    Action.STOP: "stopped trade",
    Action.CONSEQUENCE: "may face consequences",
}
_RAISED = (Action.SUPPLY, Action.FILL_COMPONENTS, Action.BUY_ENERGY, Action.CONSEQUENCE)
_INTERVAL = (
    "supported where the whole 95 % interval lies above {at}; partly where it lies above 0 alone; not supported where it "
    "ends below {at} and is not above 0"
)
_RULES = {
    Layer.SHIPPED: "a fact from declarations, without an interval: supported above {at}; at or below it, or in one period alone, "
    "it counts as traces and is partly supported; not supported where reporters that cover the period report none",
    Layer.INFLOW_SHARE: "supported where the share lies above {at} by the reports of both sides, as far as they are known; not "
    "supported where it lies below",
    Layer.ROSE: "supported where the quantity rose more than at all but 2.5 % of at least 39 other destinations; a rise of value "
    "without known quantities is partly supported, for prices may have risen",
    Layer.NET: _INTERVAL,
    Layer.SHARE: _INTERVAL,
    Layer.ROUTED: _INTERVAL,
    Layer.FELL: _INTERVAL,
    Layer.HAPPENED: "a fact from the lists: supported where organisations were listed after the statement",
    Layer.MORE_THAN_BEFORE: "supported where the share of listings rose beyond chance over actions and beyond a trend over months",
}
MEASURES = {
    "share_of_loss": "share of what the coalition lost",
    "net_gain_usd": "net gain a year",
    "gain_by_baseline": "net gain by the own baseline",
    "loss_share": "fall against the baseline",
    "routed_share": "share of the loss that passed through hubs",
    "value_usd": "reported trade",
    "share_of_inflow": "share of the whole inflow",
    "growth": "rise",
    "organisations": "organisations listed",
    "share_of_listings": "share of listings",
}
_SAME = {"routed_share": "share_of_loss"}
_DENOMINATORS = {
    "share_of_loss": "what the coalition traded less with the target in these goods than its own growth elsewhere would have "
    "given, USD a year",
    "net_gain_usd": "none; USD a year beyond the actor's own growth elsewhere",
    "gain_by_baseline": "the actor's own mean trade a year with the target in the baseline",
    "loss_share": "the mean trade a year with the target in the baseline",
    "value_usd": "none; USD and tonnes in total over the years judged",
    "share_of_inflow": "what all economies with figures traded with the target in these goods",
    "growth": "the actor's own mean a year in the baseline",
    "organisations": "none; organisations, each counted once",
    "share_of_listings": "organisations of all third countries listed in the same time",
}


def day_name(day: str) -> str:
    """Format ``2024-04-08`` as ``8 April 2024``; text that is not a date is kept, on one line."""
    found = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", day)
    if found is None or not 1 <= int(found[2]) <= 12:
        return one_line(day)
    return f"{int(found[3])} {_MONTHS[int(found[2]) - 1]} {found[1]}"


def language_name(code: str) -> str:
    """English name of a language; its code where unknown."""
    return _LANGUAGES.get(code, code)


def economy_words(code: str) -> str:
    """Name of an actor: an economy, a union, firms of either, or an unnamed group such as third countries."""
    firms, sign, name = code.partition(":")
    if not sign:
        return _ACTORS.get(code, areas()[code].name if code in areas() else code)
    if name in ("THIRD", "ANY"):
        return f"{firms} of third countries" if name == "THIRD" else f"{firms} anywhere"
    return f"{firms} of {economy_words(name)}"


def claimed(claim: Claim) -> str:
    """State what is claimed in one sentence of our own words."""
    actor = economy_words(claim.actor) if claim.actor in _ACTORS or ":" in claim.actor else name_of(claim.actor)
    many = actor.startswith(_PLURAL)
    phrases = [goods_phrase(goods) for goods in claim.goods if goods.phrase or goods.name != GoodsGroup.UNSPECIFIED]
    named = [phrase for phrase in phrases if phrase not in _CLAIMED[claim.action]]
    goods = f": {listing(named)}" if named else ""

    def verb(found: re.Match[str]) -> str:
        word = found[1]
        if many:
            return word
        return f"{word[:-1]}ies" if word == "supply" else f"{word}s"

    template = re.sub(r"\{verb:(\w+)\}", verb, _CLAIMED[claim.action])
    text = template.format(actor=actor, target=name_of(claim.target), goods=goods)
    lead = {Stance.DENIAL: "Denied is that ", Stance.QUESTION: "Asked is whether "}.get(claim.stance, "")
    return f"{sentence_case(lead + text)}."


def goods_phrase(goods: NamedGoods) -> str:
    """Goods of a claim in its own words, else in those of their family (``optical goods``); the name alone of a list's file."""
    family: dict[str, str] = {GoodsGroup.OPTICAL: "optical goods", GoodsGroup.DUAL_USE: "dual-use goods"}
    path = PurePath(str(goods.name))
    name = path.stem if len(path.parts) > 1 or path.suffix == ".csv" else goods.name
    return one_line(goods.phrase or family.get(name) or name.replace("-", " "))


def title_of(claim: Claim) -> str:
    """Title of a claim; one that was made from its fields, as of a draft, in a sentence without codes."""
    made = f"{claim.said_by.name}, {claim.stance}: {claim.actor} {claim.action} {claim.target}"
    if not claim.title.startswith(made):
        return one_line(claim.title)
    return f"{one_line(claim.said_by.name)}: {claimed(claim).rstrip('.')}"


def audience_words(claim: Claim) -> str:
    return listing(
        areas()[each].name if each in areas() else one_line(each.replace("-", " ")) for each in claim.audience
    )


def period_words(claim: Claim, *, has_episode: bool = True) -> str:
    first, last = claim.period_from, claim.period_to
    if first is None and last is None:
        return (
            ""
            if claim.action is Action.CONSEQUENCE
            else f"none of its own{'; the windows of the episode' * has_episode}"
        )
    if first is None or last is None:
        return f"from {month_name(first)}" if first else f"to {month_name(str(last))}"
    return f"{month_name(first)} to {month_name(last)}"


def threshold_words(claim: Claim) -> str:
    if claim.threshold is None:
        return ""
    return f"{percent(claim.threshold)}, set with the claim"


def verdict_words(stance: Stance, verdict: Verdict) -> str:
    """Verdict in words, with its subject where the words assert nothing: ``Partly supported, of what is asked``."""
    of_what = _OF_WHAT.get(stance) if verdict != Verdict.NOT_TESTABLE else None
    return VERDICTS[verdict] + (f", of {of_what}" if of_what else "")


def parts_words(tested: TestedClaim) -> str:
    """``2 of 3 parts supported``; empty for a claim of one part."""
    return tested.parts_supported if len(tested.parts) > 1 else ""


def judged_words(tested: TestedClaim) -> str:
    """Sentence on the layer at which a claim is judged, and on the words or the action that assert it."""
    layer, claim = tested.asserted, tested.claim
    if layer is None:
        return ""
    by = f"The claim is that its actor {_ACTS[claim.action]}" if claim.action in _ACTS else "The claim"
    if tested.asserted_by:
        said = one_line(tested.asserted_by)
        how = f"“{said}” asserts it" if " " not in said else f"The words “{said}” assert it"
    elif claim.layer is not None:
        how = "Whoever recorded the claim set it, before any figure was looked at"
    elif claim.action in _RAISED:
        how = f"{by}; none of its words asserts more"
    else:
        how = f"{by}, which asserts it"
    asked = question(layer, buys=is_of_purchases(tested.hypotheses))
    several = len({part.layer for part in tested.parts if part.layer is not None}) > 1
    lead = f"{sentence_case(one_line(tested.parts[0].name))} is judged" if several else "Judged"
    return f"{lead} at the layer “{NAMES[layer]}”: {asked} {how}."


def is_of_purchases(hypotheses: Sequence[Hypothesis]) -> bool:
    """Whether the trade tested is what others buy from the target."""
    return any(each.statement.startswith("Purchases of ") for each in hypotheses)


def scale_words(claim: Claim) -> str:
    """Sentence on words of scale, which are no number; empty where the claim has none."""
    if not claim.degree or re.search(r"\d", claim.degree):
        return ""
    return f"“{one_line(claim.degree)}” is no number: the layers show what is known, and the scale is the reader's."


def rule_words(part: ClaimPart, hypotheses: Sequence[Hypothesis]) -> str:
    """Rule of the layer at which a part is judged, with the threshold that it was held against."""
    if part.layer is None:
        return ""
    decided = next((each for each in hypotheses if each.id in part.hypotheses and each.layer is part.layer), None)
    at = f"USD{NBSP}{TRACES_USD:,.0f}" if part.layer is Layer.SHIPPED else "0"
    if decided is not None and isinstance(decided.facts, ShippedFacts):
        at = f"USD{NBSP}{decided.facts.traces_usd:,.0f}"
    elif decided is not None and decided.threshold and part.layer is not Layer.SHIPPED:
        at = show_figure(decided.threshold, decided.unit)
    return f"How {NAMES[part.layer].lower()} is judged: {_RULES[part.layer].format(at=at)}."


def verdict_notes(tested: TestedClaim) -> list[str]:
    """Notes that explain the verdict of a claim: the stance of the words, and the rule of each asserted layer."""
    stance = tested.claim.stance
    notes = [f"{sentence_case(one_line(each))}." for each in tested.warnings if each.startswith(NO_GOODS)]
    notes += [_OF_STANCE[stance]] if tested.parts and stance in _OF_STANCE else []
    notes += [rule_words(part, tested.hypotheses) for part in tested.parts]
    if is_of_purchases(tested.hypotheses):
        notes = [note.replace("39 other destinations", "39 other suppliers") for note in notes]
    if tested.verdict is Verdict.NOT_TESTABLE:
        notes.append("Not testable speaks neither for nor against the claim.")
    return [note for note in dict.fromkeys(notes) if note]


def no_change_words(tested: TestedClaim) -> str:
    """Sentence on what would change a verdict for which the test names nothing: facts change with their records alone."""
    if tested.asserted is None or not tested.parts:
        return "Nothing that trade figures could bring."
    if tested.asserted in CONSEQUENCE_LADDER:
        return "Other lists, or corrected days of listing: what the lists hold is a fact."
    return "Revised figures of the years judged, or another goods list: a fact has no interval that more figures would narrow."


def layer_name(hypothesis: Hypothesis) -> str:
    """Name of the layer that a hypothesis tests; of what is shown beside the ladder, what it is."""
    if hypothesis.layer is not None:
        return NAMES[hypothesis.layer]
    return "Through hubs" if hypothesis.measure == "routed_share" else "Fall of the whole coalition"


def window_text(window: tuple[str, str], frequency: str | None) -> str:
    """Name a window in the units of the figures: calendar years of annual ones, else months."""
    return window_words(window, frequency) if frequency == Frequency.ANNUAL else window_name(window)


def show_figure(value: float | None, unit: str) -> str:
    """Format a hypothesis's figure for a sentence: a percentage for a ratio, else US dollars."""
    if value is None:
        return UNDEFINED
    return percent(value) if unit == "ratio" else usd(value)


def show_interval(interval: Interval, unit: str) -> str:
    """Format an interval: ``7 to 76 %``, ``USD 2.3 to 23.5 bn``, or ``no interval``."""
    if interval is None:
        return "no interval"
    if unit != "ratio":
        return f"USD{NBSP}{usd_interval(interval)}"
    low, high = (percent(end) for end in interval)
    return f"{low.removesuffix(f'{NBSP}%')} to {high}"


def estimate_words(hypothesis: Hypothesis) -> str:
    """Format an estimate with its interval: ``42 % (7 to 95 %)``; dollars are a year."""
    unit = hypothesis.unit
    a_year = "" if unit == "ratio" else " a year"
    return f"{show_figure(hypothesis.estimate, unit)}{a_year} ({show_interval(hypothesis.ci95, unit)})"


def denominators(hypotheses: Sequence[Hypothesis]) -> list[str]:
    """Denominator of each kind of figure, in words."""
    kinds = dict.fromkeys(_SAME.get(each.measure, each.measure) for each in hypotheses if each.estimate is not None)
    return [f"{sentence_case(MEASURES[kind])}: {_DENOMINATORS[kind]}" for kind in kinds if kind in _DENOMINATORS]
