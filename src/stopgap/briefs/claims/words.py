"""Sentences of a claim's page: who said what to whom, and what each verdict means."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stopgap.briefs.formats.text import listing, month_name, one_line, percent, sentence_case
from stopgap.claims.claim import Action, Claim, Stance
from stopgap.claims.testing.results import Hypothesis, TestedClaim, Verdict
from stopgap.codes.areas import areas

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
    Stance.WARNING: "the trade that it warns of",
    Stance.REPORTED: "what is passed on",
}
_OF_STANCE = {
    Stance.DENIAL: "The words are a denial. The hypotheses state what is denied; the verdict is the denial's own.",
    Stance.QUESTION: "The words are a question, which asserts nothing. The verdict is of what it asks.",
    Stance.WARNING: "The words are a warning. The verdict is of the trade that it speaks of, not of the consequences.",
    Stance.REPORTED: "The words pass on what another said. The verdict is of what was said, not of whether it was said.",
}
_MEANS = {
    Verdict.SUPPORTED: "The whole 95 % interval lies above the threshold.",
    Verdict.PARTLY: "The 95 % interval lies above 0, but not wholly above the threshold.",
    Verdict.NOT_SUPPORTED: "The 95 % interval ends below the threshold and is not above 0.",
    Verdict.NOT_TESTABLE: "No figure with an interval and enough coverage decides it; that speaks neither for nor against it.",
}
_MEANS_DENIED = {
    Verdict.SUPPORTED: "The 95 % interval of what is denied ends below the threshold and is not above 0.",
    Verdict.PARTLY: "The 95 % interval of what is denied lies above 0, but not wholly above the threshold.",
    Verdict.NOT_SUPPORTED: "The whole 95 % interval of what is denied lies above the threshold.",
    Verdict.NOT_TESTABLE: _MEANS[Verdict.NOT_TESTABLE],
}
MEASURES = {
    "share_of_loss": "share of what the coalition lost",
    "net_gain_usd": "net gain a year",
    "gain_by_baseline": "net gain by the own baseline",
    "loss_share": "fall against the baseline",
}
_SAME = {"routed_share": "share_of_loss"}
_DENOMINATORS = {
    "share_of_loss": "what the coalition traded less with the target in each good, summed, USD a year",
    "net_gain_usd": "none; USD a year",
    "gain_by_baseline": "the actor's own mean trade a year with the target in the baseline",
    "loss_share": "the mean trade a year with the target in the baseline",
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
    actor = economy_words(claim.actor)
    many = actor.startswith(_PLURAL)
    phrases = [one_line(goods.phrase or goods.name.replace("-", " ")) for goods in claim.goods]
    named = [phrase for phrase in phrases if phrase not in _CLAIMED[claim.action]]
    goods = f": {listing(named)}" if named else ""

    def verb(found: re.Match[str]) -> str:
        word = found[1]
        if many:
            return word
        return f"{word[:-1]}ies" if word == "supply" else f"{word}s"

    template = re.sub(r"\{verb:(\w+)\}", verb, _CLAIMED[claim.action])
    text = template.format(actor=actor, target=economy_words(claim.target), goods=goods)
    lead = {Stance.DENIAL: "Denied is that ", Stance.QUESTION: "Asked is whether "}.get(claim.stance, "")
    return f"{sentence_case(lead + text)}."


def audience_words(claim: Claim) -> str:
    return listing(
        areas()[each].name if each in areas() else one_line(each.replace("-", " ")) for each in claim.audience
    )


def period_words(claim: Claim) -> str:
    first, last = claim.period_from, claim.period_to
    if first is None and last is None:
        return "none of its own; the windows of the episode"
    if first is None or last is None:
        return f"from {month_name(first)}" if first else f"to {month_name(str(last))}"
    return f"{month_name(first)} to {month_name(last)}"


def threshold_words(claim: Claim) -> str:
    if claim.threshold is None:
        return "none set by the claim: 25 % decides, as fixed for all claims; 10 % and 50 % are shown beside"
    return f"{percent(claim.threshold)} of what the coalition lost, set with the claim"


def verdict_words(stance: Stance, verdict: Verdict) -> str:
    """Verdict in words, with its subject where the words assert nothing: ``Partly supported, of what is asked``."""
    of_what = _OF_WHAT.get(stance) if verdict != Verdict.NOT_TESTABLE else None
    return VERDICTS[verdict] + (f", of {of_what}" if of_what else "")


def verdict_notes(tested: TestedClaim) -> list[str]:
    """Notes that explain the verdict of a claim: its meaning, the stance of the words, and the worst testable part."""
    stance = tested.claim.stance
    notes = [(_MEANS_DENIED if stance is Stance.DENIAL else _MEANS)[tested.verdict]]
    if tested.hypotheses and stance in _OF_STANCE:
        notes.append(_OF_STANCE[stance])
    return notes


def denominators(hypotheses: Sequence[Hypothesis]) -> list[str]:
    """Denominator of each kind of figure, in words."""
    kinds = dict.fromkeys(_SAME.get(each.measure, each.measure) for each in hypotheses if each.estimate is not None)
    return [f"{sentence_case(MEASURES[kind])}: {_DENOMINATORS[kind]}" for kind in kinds if kind in _DENOMINATORS]
