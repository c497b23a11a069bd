"""Stance of a clause by rules: assertion, denial, warning or question."""

from __future__ import annotations

import re

from stopgap.claims.claim import Action, Stance
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.lexicon.word_lists import word_list

_NEGATION = pattern(
    r"(?:\b(?:not|never|no longer|neither|nor|nothing|none|without|hasn't|haven't|didn't|doesn't|don't|isn't|aren't|wasn't|weren't|won't|cannot)\b|n't\b|\bno (?:evidence|indications?|signs?|proof|information|confirmation|intention|plans?|intelligence|basis|such|weapons|lethal|military|arms|Chinese|credible|reason|dual-use|supplies|sales|support|assistance)\b)"
)
_NOT_NEGATION = pattern(word_list("negation that negates nothing"))
_DENY = pattern(word_list("denial"))
_CONDITION = pattern(
    r"\b(?:if|should (?:they|it|he|China|Beijing|any|you)|in the event|unless|were (?:China|they|it|he|Beijing|Tehran) to|those who|anyone|any (?:\w+ ){0,3}(?:that|who|which|caught|found|helping|doing|engag\w+|facilitat\w+|supporting|providing|involved)|whoever|when they|would|could|may|might|will|risk\w*|can expect|prepared to|stand ready|ready to|going to)\b"
)
_TAKEN = pattern(word_list("measure taken"))
_FEAR = pattern(
    r"\b(?:concern(?:ed|s)?|worr(?:y|ied|ies)|fear(?:s|ed)?|watching|alarm(?:ed)?|danger|risk)\b(?:(?! not | about the fact).){0,100}?\b(?:(?:may|might|could)(?! (?:well |already |still )?(?:be \w+ing|have)\b)|would|going to|will)\b"
)
_CALL_NOT_TO_BEGIN = pattern(
    r"\b(?:not to|should not|shouldn't|must not|refrain from|avoid|against|n't want (?:them|China|it|Iran|anyone)|don't) (?:\w+ ){0,2}?(?:provid\w+|send\w*|suppl\w+|sell\w*|giv\w+|help\w*|aid\w*|support\w*|assist\w*|ship\w*|transfer\w*|move|moving|go\w*|start\w*|enter\w*|becom\w+|backfill\w*|fill\w*)"
)
_MEASURE = pattern(
    r"(?:sanctioned|designated|imposed|blacklisted|listed|targeted|levied|added|cracked down|went after|announced|issued|new sanctions|sanctions on|sanctioning)\b"
)
_ANNOUNCED = pattern(r"\b(?:announced|imposed|signed|adopted|unveiled|issued|rolled out)\b")
_ALSO_CONTROLS = pattern(
    r"(?:,|\band) (?:(?:has|have|and|it|also|always|\w+ly) ){0,3}(?=(?:control|exercis|restrict|manag|kept|keep|impos|regulat|tighten)\w*\b)"
)
_MODAL = pattern(
    r"\b(?:if|would|could|will|may|might|can|shall|should|unless|whether|going to|about to|prepared to|ready to|threat\w*|warn\w*|consider\w*|risk\w*|to be|be)\b"
)
_SPARED = pattern(
    r"\b(?:no|not|never|without|nor)\b(?! (?:only|just|hesitate|specific))(?! (?:\w+ ){0,2}(?:outlin|specif|detail|lay|laid|preview|be allowed|be able))(?: \w+){0,3}\s*$|n't (?:\w+ ){0,3}$"
)
_NOT_SPARED = pattern(
    r"hesitate|tolerate|stand by|without (?:a )?(?:price|cost|consequence|this|that)|not be allowed|(?:can ?not|can't) (?:[\w’'-]+ ){1,14}?without|not outlined|haven't outlined|n't (?:let|allow)|not (?:let|allow)"
)
_WHOEVER = pattern(
    r"\b(?:any(?:one|body)?|every|whoever|those (?:who|that)|(?:a|an) (?:\w+ ){0,2}(?:bank|firm|company|distributor|refiner|trader|country|institution|insurer)(?:,[^,]{2,40},)?(?: \w+){0,3}? (?:that|which|who|caught|found|helping)|(?:companies|firms|banks|countries|institutions|refiners|traders|operators|distributors)(?: and \w+)?(?: \w+){0,3}? (?:that|which|who))\b"
)
_HELD_OUT = pattern(
    r"\b(?:can|could|may|might|must|should|ought to|will|would|going to|prepared to|ready to|have to|'ll|'d)\b|\b(?:expect|at risk|risk|playing with|price|in trouble|be next|be well advised|think twice|on notice|warn\w*|threat\w*)\b|\b(?:cannot|can't) (?:[\w’'-]+ ){1,14}?without\b"
)
_CALL_TO_KEEP_OUT = pattern(
    r"\b(?:ensur\w+|mak(?:e|es|ing) sure|see to it|seeing to it|guarantee\w*|ask\w*(?: is| for)?|expect\w*|insist\w*|want\w*|request\w*|demand\w*|urg\w+) (?:is )?(?:that )?(?!us\b)(?:[\w’']+ ){0,5}?(?:do not|does not|don't|doesn't|is not|isn't|are not|aren't|not become|not to|to \w+ no|no (?:\w+ ){0,8}?(?:provides?|suppl(?:y|ies)|sends?|sells?|helps?))\b(?! only)"
)
_BARRED = pattern(
    r"\b(?:may|can|could|must|will|would|shall)(?: no longer| not|not)\b|\b(?:won't|can't|couldn't|wouldn't)\b|\bno longer\b"
)
_IF_THEY = pattern(
    r"\b(?:if|should|in the event) (?:that )?(?!not|you|we\b)(?:[\w'’-]+ ){1,4}$|\b(?:would|do|does|did)(?: not|n't) want (?:\w+ ){1,4}to (?:\w+ ){0,5}$"
)
_ABOUT_TO = pattern(word_list("about to be done"))
_AFTER = pattern(
    r"\b(?:never|not|n't|nor|neither|no one|nobody) (?:\w+ ){0,2}?(?:provid|suppl|sell|sold|sent|send|giv|gave|export|deliver|transfer|ship|made that|made the|seen|see (?:that|any|it|them)|moved)\w*|\b(?:no one|nobody) has (?:yet )?(?:shown|proved|proven|demonstrated|established)\b|\b(?:don't|do not) see (?:that|any|evidence|it)\b"
)
_QUESTION = pattern(
    r"^(?:[^?]{0,80}[,.;:—-] )?(?:and |but |so |or |then |okay,? |also,? |just |well,? |now,? |jake,? |john,? )*(?:do|does|did|is|are|was|were|has|have|had|can|could|would|will|should|what|who|why|how|when|where|which|whether|isn't|aren't|don't|doesn't|didn't|wouldn't|hasn't|haven't|any)\b"
)
_ASKS = pattern(
    r"\b(?:I (?:wanted to|want to|was going to|'d like to|wonder|am wondering|just wanted to|was wondering)|I(?:'m|'d| would) (?:just )?(?:wonder\w*|curious|like to (?:ask|know))|curious (?:if|whether|what|how)|can you|could you|do you|does the|did the|is there|are you|what's your|what is your|your (?:reaction|response|comment)|was asked|asked (?:whether|if|about|what|why|how))\b"
)
_WEIGHING = re.compile(r"(?i)\b(?:looking at|considering|weighing|exploring)\b")
_WARNED = re.compile(
    r"(?i)\b(?:if|warn\w*|those who|anyone|would|consequences|risk\w*|could|might|prepared to|hesitate|will (?:face|be|pay|not|continue|have|target|go|impose|hold|sanction|act|take))\b|(?:would|will|could|may|might|be) subject to"
)
_URGED_NOT_TO = re.compile(
    r"(?i)\b(?:urg|call|ask|press|warn|tell|told|implor)\w* (?:[\w’]+ ){1,6}?not to\b|\b(?:watch|monitor)\w* (?:\w+ ){0,4}?(?:whether|if)\b"
)
_NOT_WITHOUT = re.compile(r"(?i)\b(?:cannot|can[’']t) (?:\w+ ){1,12}?without\b")
_NOBODY_SHOULD = re.compile(
    r"(?i)\b(?:nobody|no one|no (?:country|company|nation|firm)) (?:should|ought|can|may)\b|\b(?:will not|won[’']t|not going to) (?:allow|let|permit)\b|\b(?:don[’']t|do not) (?:think|believe) (?:\w+ ){1,3}should\b|\b(?:in|not in) (?:\w+[’']?s?|their|its|his) (?:own )?(?:best )?interests? to\b"
)
_WILL_STOP = re.compile(r"(?i)\b(?:will|would) (?:\w+ )?(?:face|impose|be|deny|cut|see)\b")
_WARNS = re.compile(r"(?i)\bwarn(?:ed|s|ing)? (?:\w+ ){0,4}(?:not|against|of|that)\b")
_IF_SUPPLIERS = re.compile(
    r"(?i)\b(?:if|should|were) (?:China|Beijing|they|it|he|Iran|Tehran|India|Pyongyang|the PRC|North Korea|Turkey|the Chinese)\b"
)
_ANSWERED = re.compile(r"(?i)\b(?:would|will|mistake|consequence\w*|respond|response|price|cost)\b")
_WOULD_BE_GRAVE = re.compile(
    r"(?i)\bwould (?:be|represent|constitute|mark) (?:a )?(?:\w+ )?(?:mistake|escalat\w+|problem|step|unacceptable|game.changer)"
)


def stance_of(text: str, at: int, action: Action, *, is_asked: bool, whole: str | None = None) -> tuple[Stance, float]:
    """Stance of a clause to what it says at a place, and how sure that is.

    Args:
        text: The clause.
        at: Where what is said stands in it (start of the trigger).
        action: What is said to be done.
        is_asked: Whether a questioner speaks.
        whole: The sentence the clause is part of.
    """
    sentence = (whole or text).strip()
    mark = sentence.rstrip("\"”’')]* ").endswith(("?", "？"))
    if is_asked:
        if mark or (_QUESTION.match(sentence) and not sentence.endswith(".")) or _ASKS.search(sentence):
            return Stance.QUESTION, 0.9 if mark else 0.7
    elif (mark and _QUESTION.match(sentence)) or re.search(r"\bwas asked\b|\basked (?:about|whether|if)\b", sentence):
        return Stance.QUESTION, 0.6
    if action == Action.OTHER:
        return Stance.ASSERTION, 0.6
    if action == Action.CONSEQUENCE:
        return _stance_of_consequence(text, at)
    if _URGED_NOT_TO.search(text[: at + 4]):
        return Stance.WARNING, 0.6
    if _NOT_WITHOUT.search(text):
        return Stance.WARNING, 0.55
    if _NOBODY_SHOULD.search(text) or _CALL_TO_KEEP_OUT.search(text):
        return Stance.WARNING, 0.6
    if action not in (Action.STOP, Action.BUY_ENERGY) and _IF_THEY.search(text[:at]):
        return Stance.WARNING, 0.6
    if action == Action.STOP:
        if _ANNOUNCED.search(text[:at]):
            return Stance.ASSERTION, 0.7
        cuts = [found.end() for found in _ALSO_CONTROLS.finditer(text) if found.end() <= at + 12]
        if cuts and is_negated(text, at):
            text, at = text[cuts[-1] :], max(0, at - cuts[-1])
        if _BARRED.search(text[max(0, at - 40) : at + 40]):
            return Stance.ASSERTION, 0.6
    if is_negated(text, at) or (action not in (Action.STOP, Action.BUY_ENERGY) and is_denied_after(text, at)):
        return Stance.DENIAL, 0.85
    return _warned_of(text, at, action) or (Stance.ASSERTION, 0.8)


def _stance_of_consequence(text: str, at: int) -> tuple[Stance, float]:
    """Stance of a clause to a consequence at a place, and how sure that is: held out, taken, or spared."""
    if _SPARED.search(text[max(0, at - 40) : at + 4]) and not _NOT_SPARED.search(text):
        return Stance.DENIAL, 0.6
    if _MEASURE.match(text, at) and not _MODAL.search(text[max(0, at - 45) : at]):
        return Stance.ASSERTION, 0.75
    if _WEIGHING.search(text[max(0, at - 70) : at]):
        return Stance.WARNING, 0.6
    taken, warned = _TAKEN.search(text), _WARNED.search(text)
    if taken and (warned is None or warned.group().lower() == "consequences"):
        return Stance.ASSERTION, 0.8
    if taken and taken.start() < at + 5 and not re.search(r"(?i)\bif\b|would|warn", text):
        return Stance.ASSERTION, 0.6
    if warned or _CONDITION.search(text) or _WHOEVER.search(text) or _HELD_OUT.search(text):
        return Stance.WARNING, 0.85
    return Stance.ASSERTION, 0.5


def _warned_of(text: str, at: int, action: Action) -> tuple[Stance, float] | None:
    """A warning of what has not begun, and how sure that is; ``None`` where there is none."""
    if action != Action.STOP and _ABOUT_TO.search(text):
        return Stance.WARNING, 0.55
    if action == Action.STOP and _WILL_STOP.search(text):
        return Stance.WARNING, 0.6
    if _WARNS.search(text) or _CALL_NOT_TO_BEGIN.search(text):
        return Stance.WARNING, 0.7
    if _IF_SUPPLIERS.search(text[:at]) and _ANSWERED.search(text):
        return Stance.WARNING, 0.7
    helps = (Action.SUPPLY, Action.BACKFILL, Action.FILL_COMPONENTS, Action.ROUTE_THROUGH)
    if action in helps and _FEAR.search(text):
        return Stance.WARNING, 0.55
    return (Stance.WARNING, 0.6) if _WOULD_BE_GRAVE.search(text) else None


def is_denied_after(text: str, at: int) -> bool:
    """Whether what stands at a place is denied by a verb after it in its clause (``on arms exports, it has never sold …``)."""
    after = re.split(r"[;:]|\s[—–-]\s|,? but\b|\bif\b", text[at:])[0][:150]
    masked = _NOT_NEGATION.sub(lambda m: "_" * len(m.group()), after)
    return _AFTER.search(masked) is not None and not re.search(r"[?]\s*$", text)


def is_negated(text: str, at: int) -> bool:
    """Whether what stands at a place is denied: a negation or a verb of denial before it in its clause."""
    before = text[max(0, at - 140) : at]
    # A new clause begins anew.
    cut = 0
    for found in re.finditer(
        r"[;:]|\s[—–-]\s|,? but\b|, (?:they|we|he|it|she) |, and (?:we|they|it|that|he|so)\b| and (?:they|we|he|it|she) (?:still|also|are|have|will|keep|continue)\b|, (?:so|while|though|although)\b|\bbecause\b",
        before,
    ):
        cut = found.end()
    clause = before[cut:]
    masked = _NOT_NEGATION.sub(lambda m: "_" * len(m.group()), clause + text[at : at + 30])
    if _NEGATION.search(masked[: len(clause) + 4]):
        return True
    if _DENY.search(clause):
        return True
    tail = text[at : at + 160]
    return bool(
        re.search(
            r"(?i)\bno basis in (?:fact|reality)\b|\bgroundless\b|\bbaseless\b|\b(?:do|does|did) not correspond to\b|\bfairy tales?\b|\binvent(?:ed|ions?)\b",
            tail,
        )
        or re.search(
            r"(?i)^[^.;]{0,160}\b(?:is|are|was|were|be) (?:\w+ ){0,3}(?:false|untrue|groundless|baseless|unfounded|not true|fabricated|pure fabrication|invented|not the case|disinformation)\b",
            tail,
        )
    )
