"""Time, degree and audience, as the words around a claim give them."""

from __future__ import annotations

from stopgap_drafting.lexicon.economies import COALITION, Mention
from stopgap_drafting.lexicon.patterns import pattern

_PERIOD = pattern(
    r"\b(?:since (?:the )?(?:outset|beginning|start|invasion|full-scale|very|early|late|last|then|day|\d{4}|January|February|March|April|May|June|July|August|September|October|November|December|that)\b(?: [\w'’-]+){0,5}?(?= (?:about|and|that|we|they|China|Russia|the PRC)\b|[,.;:?]|$)"
    r"|(?:over|in|during|for|within) (?:the )?(?:(?:course of )?(?:the )?)?(?:last|past|recent|previous|coming|next|first|final) (?:\w+ )?(?:days?|weeks?|months?|years?|quarters?|decade)|in recent (?:days|weeks|months|years)|recently|of late|lately|right now|at this (?:point|stage|moment)|after the invasion|before the invasion|prior to the invasion|in the event of (?:an )?invasion|this (?:week|month|year|morning|spring|summer|fall|winter)|last (?:week|month|year|night|fall|spring|summer)|earlier this (?:week|month|year)"
    r"|(?:in|by|until|through|throughout|since|during|from) (?:early |late |mid-?)?(?:January|February|March|April|June|July|August|September|October|November|December|the (?:first|second|third|fourth) (?:half|quarter) of|20\d\d)(?: (?:of )?20\d\d)?|so far|for (?:the )?(?:\w+ )?(?:months|years|weeks) (?:now|that [\w ]+)?|during an? [\w-]+ visit to \w+|over the (?:last|past|course)[\w ]{0,25}?(?:months|years|weeks|days|war)|as of (?:now|today)|to date|today|yesterday|in the (?:coming|last|past) [\w ]+?(?:months|weeks|years|days))\b"
)
_DEGREE = pattern(
    r"(?:\bat (?:a |an )?(?:\w+ ){0,2}(?:concerning |alarming |significant |industrial |massive |unprecedented |large |greater |growing |record )(?:scale|levels?|rate|pace|volumes?|discount)|\bto (?:a|an) (?:\w+ ){0,2}(?:degree|extent)|\b(?:nearly |almost |roughly |about |around |some |more than |over |up to |at least |as much as |an estimated |fully )?\d[\d,.]* ?(?:percent|per cent|%)(?: of)?|\b(?:more than|over|at least|nearly|about|around|some|up to|roughly|as many as|an estimated) (?:a )?(?:\d[\d,.]*|dozens?|hundreds?|thousands?|million|billion|half|third)(?: (?:million|billion|thousand|of))?"
    r"|\b(?:massive(?:ly)?|significant(?:ly)?|substantial(?:ly)?|sharply|sharp|dramatic(?:ally)?|huge|enormous|vast|large-scale|large|major|serious|seriously|severe|considerabl[ye]|extensive(?:ly)?|deeply concern\w*|deep concern|grave(?:ly)? concern\w*|especially concerned|very concerned|particularly concerned|profoundly concerned|increas(?:ed|ing|ingly)|growing|critical|key|vital|essential|decisive|crucial|sweeping|unprecedented|record|dozens|hundreds|thousands|millions|billions|vast majority|majority|most|bulk|lion's share|half|doubled|tripled|soared|surged|skyrocketed|limited|small|concern(?:ed|s|ing)?|strong(?:ly)?|direct(?:ly)?|started|essentially|effectively|escalatory|additional))\b"
)
_AUDIENCE = pattern(
    r"\b(?:in (?:conversations?|communications?|talks|discussions|contact|meetings?|calls?) with|told|tell|telling|spoke (?:\w+ )?(?:to|with)|spoken (?:\w+ )?(?:to|with|about this with)|convey(?:ed|ing)? (?:\w+ )?(?:directly )?to|(?:made|make|making|been) (?:it |that |this )?(?:very |quite |abundantly |crystal |perfectly )?clear (?:\w+ )?to|warn(?:ed|ing|s)?|communicat(?:e|ed|ing) (?:\w+ )?(?:directly )?(?:to|with)|raised? (?:\w+ ){0,4}(?:directly )?with|shared (?:\w+ ){0,4}with|call(?:ed|ing|s)? (?:up)?on|urg(?:e|ed|ing|es)|message to|signal(?:ed|ing)? to|directly to|say(?:ing)? to|said to|reiterated to|emphasized to) (?:the |our |its |his |their |US |U\.S\. |both |all |NATO |President )*(?P<who>allies and partners|partners and allies|allies|partners|partner states|counterparts(?: in [\w ,]+?(?= that|[,.;]|$))?|Chinese(?: \w+)?|China|PRC|Beijing|Xi Jinping|Xi|Tehran|Iran(?:ians)?|North Koreans?|Pyongyang|India|New Delhi|Turkey|Ankara|Turkish \w+|companies|banks|industry|business(?:es)?|G7|EU|NATO|Congress|reporters|Kazakhstan|UAE|Hong Kong|Modi|financial institutions)"
)
_AUDIENCE_CODES = (
    (pattern(r"^(?:Chinese|China|PRC|Beijing|Xi)"), "CHN"),
    (pattern(r"^(?:North Korea|Pyongyang)"), "PRK"),
)


def period_of(text: str) -> tuple[str, int, int] | None:
    """The words of time in a clause, with their place."""
    found = _PERIOD.search(text)
    return (" ".join(found.group().split()), found.start(), found.end()) if found else None


def degree_of(text: str) -> tuple[str, int, int] | None:
    """The words of scale in a clause, with their place."""
    found = _DEGREE.search(text)
    return (" ".join(found.group().split()), found.start(), found.end()) if found else None


def audience_of(text: str, mentions: list[Mention]) -> tuple[str, int, int] | None:
    """Whom the words are said to be addressed to: a code for China, North Korea and the USA, else the words."""
    found = _AUDIENCE.search(text)
    if not found:
        return None
    who = " ".join(found["who"].split())
    for form, code in _AUDIENCE_CODES:
        if form.search(who):
            return code, found.start("who"), found.end("who")
    if any(m.start == found.start("who") and m.code in COALITION and m.code == "USA" for m in mentions):
        return "USA", found.start("who"), found.end("who")
    return who, found.start("who"), found.end("who")
