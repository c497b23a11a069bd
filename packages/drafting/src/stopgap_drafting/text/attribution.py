"""Find attributions: sources named by reporting verbs and phrases, nested, nearest first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stopgap_drafting.lexicon.economies import codes_in
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.lexicon.word_lists import word_list, word_set
from stopgap_drafting.text.noun_phrases import first_phrase, phrase_at, subject_of

_MEDIA = word_list("media")
_TITLE = word_list("titles")
_NAME = r"(?:[A-Z][\w'’-]+(?: (?:[A-Z]\.|[A-Z][\w'’-]+|von|van|der|de|al-\w+)){0,3})"
_SAY = word_list("saying verbs")
_VERB = pattern(rf"(?<![\w-])(?P<verb>{_SAY})\b(?! (?:the truth|lies|time|stories|us apart))", 0)
_AS_ADJECTIVE = pattern(
    r"(?:reported|alleged|claimed|stated|announced|expressed|suggested|estimated)\b(?! (?:that|it|they|he|she|the|a)\b)"
)
_OWNERS = ("’s", "'s", "s’", "s'")
_NOT = pattern(r"\b(?:did|has|have|does|do|had)(?: not|n't) $", 0)
_PAPER = pattern(rf"(?:the )?(?:{_MEDIA})(?:'s)?|(?:the )?[\w ]*(?:newspaper|broadcaster|news agency|magazine)")
_PLACE = pattern(
    r"\b(?:Sea|Peninsula|Strait|House|Department|Nations|Council|Union|States|Street|List|Act|Order|Force|Base|Asia|East|West|Post|Journal|Times|Committee|Ministry|Institute|Gulf|Air|Bank|Treasury|Commerce|Fleet|Army|Party|Group|Agency|Center|Congress|Summit|Shoal|Canal|Island|Islands|River|Airport|Square)\b",
    0,
)
_NOUN_LIKE = pattern(r"^(?:report|claim|estimate|story|complain)$")
_CAPITAL = r"(?:(?:[A-Z]|Mr|Ms|Mrs|Dr|Gen|Sen|Rep|Lt|Col|Jr|Sr|St)\.|[A-Z\u00c0-\u024f][\w’'&-]*)"
_NAMED = re.compile(rf"(?:{_CAPITAL}\s+){{1,3}}{_CAPITAL}")
_SAID_WHO = pattern(
    r"(?:[”\",]|\bas) (?P<verb>said|says|writes|reports|reported|added|adds|noted|told (?:us|me|reporters)|argued|warned|insisted|wrote|explained|stated|put it) (?P<who>(?:the |an? )?[^,.;:“”\"]{3,110}?)(?= (?:in|on|at|during|when|as|after|before|this|last|of the) [a-z]| who\b|[,.;:“”\"]|$)",
    0,
)
_NAME_AT_END = pattern(r" (?:the )?[A-Z][\w’'&-]*(?: (?:of |for |the )?[A-Z][\w’'&-]*){0,5}[.,”\"’ ]*$", 0)
_WEEKDAY = pattern(r"(?: (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)+$", 0)
_NO_NAMES = word_set("words that begin no name")


_ACCORDING = pattern(word_list("according to"))


_LINE = pattern(word_list("whose line it is"))
_HEARD = pattern(
    rf"\b(?:(?:heard|hear|seen|saw|watched)(?: from)?|(?P<for>for)) (?P<who>(?:the |our )?(?:{_TITLE}(?: {_NAME})?|{_NAME}))(?:, [^,.;:?]{{1,60}}){{0,2}},?"
    r" (?(for)to )(?:(?:\w+ly|also|himself|herself|just) ){0,2}(?P<verb>say|speak to|talk about|lay out|outline|describe|warn|make (?:it )?(?:very |quite )?clear|convey|express|raise|underscore|announce|stress|tell|address|reiterate|deliver)\b",
    0,
)
"""``you’ve heard the Secretary, who is in Beijing, speak to …``; ``a chance for the President to convey …``."""
_MADE = pattern(
    rf"(?P<who>(?:\bthe |\bour )?(?:{_TITLE}(?: {_NAME})?|{_NAME}))(?: (?:today|yesterday|also|just|recently|himself|herself|has|have)){{0,2}} (?P<verb>ma(?:de|kes?)) (?:a|an|the|that|this|some) (?:\w+ )?(?:comments?|points?|case|remarks?|observation|argument|accusation|allegation|charge|statement)\b",
    0,
)
_OURS = pattern(
    r"\b(?P<owner>(?:our|the|their|his|her) (?:own )?(?:information|intelligence|assessment|judg(?:e)?ment|analysts|estimates?|understanding|intelligence community))(?: (?:does|now|still|also))*(?= (?:is|was|says?|shows?|suggests?|indicates?|tells?) )"
)
_THEIRS = pattern(
    r"\b(?P<owner>their|his|her|its) (?:own |official |public |latest |standard |usual |first )?(?:line|answer|position|view|message|response|reply|explanation|story|argument|account|excuse|defen[cs]e)"
    r"(?= (?:is|was|has been|remains|still|had been)\b|,? that\b)"
)
_OWNING = {"their": "they", "his": "he", "her": "she", "its": "it"}
_UNNAMED = pattern(word_list("unnamed source"))


_REPORTS = pattern(
    r"\b(?:an? |the |media |press )?(?:reports?|reporting|stor(?:y|ies)|articles?|rumou?rs?|allegations?|accounts?|suggestions?)\b"
)
_PERSON = pattern(rf"{_TITLE},? {_NAME}", 0)
_GROUP = pattern(
    r"(?:[\w.’'-]+ )*?(?:officials?|diplomats?|sources?|lawmakers|senators|experts?|analysts|researchers|economists|critics|people|agencies|investigators|reporters|monitors|services|inspectors|readout|reports?|allies|capitals|intelligence|community|traders|refiners|importers|exporters)(?: (?:in|of|at|from|close|familiar|briefed) .*)?"
)
_IS_PLURAL = pattern(r"s[’']?$|people$|police$|Chinese$|French$|British$|Dutch$")
_ADDRESSED = pattern(
    r"\b(?:told|tell|telling|warn(?:ed|ing)?|ask(?:ed|ing)?|urg\w+|press\w*|with|to|met|meet(?:ing)?|call\w*|visit\w*|of|by|for|from|against) (?:the )?$"
)
_PERSONS = pattern(rf"(?:{_TITLE},? {_NAME})|\b[Tt]he President\b(?! (?:of|Xi|Putin))", 0)


@dataclass(frozen=True)
class Attribution:
    """A source named in a sentence.

    Attributes:
        name: As in the text; ``unnamed reports`` where the text only says that something is reported, the pronoun for its possessive.
        kind: ``media``, ``person``, ``group`` (unnamed officials), ``president`` (an office, a body, a government), ``pronoun`` or ``reports``.
        verb: The verb of reporting; ``line`` where it is somebody's answer or count; empty after ``according to``.
        start: First character of the name.
        end: One past the verb.
    """

    name: str
    kind: str
    verb: str
    start: int
    end: int


def find_attributions(text: str) -> list[Attribution]:
    """Sources named in a sentence in order of place."""
    out: list[Attribution] = []
    for verb in _VERB.finditer(text):
        if text[: verb.start()].rstrip().endswith((",", "”", '"')) and _NAME_AT_END.match(text, verb.end()):
            continue
        said = _said_by(text, verb)
        if said is not None:
            out.append(said)
    for found in _SAID_WHO.finditer(text):
        name = _name_after(found["who"])
        if name is not None:
            kind = "person" if _NAMED.search(name) else "group"
            out.append(Attribution(name, kind, found["verb"].split()[0].lower(), found.start("who"), found.end()))
    for found in _ACCORDING.finditer(text):
        source = phrase_at(text, found.end())
        if source is not None:
            name = source.words
            out.append(Attribution(name, kind_of(name), "", source.start, source.end))
    for form, way in ((_HEARD, ""), (_MADE, "said")):
        for found in form.finditer(text):
            name = re.sub("^The (?=[A-Z])", "the ", " ".join(found["who"].split()))
            if not any(each.start <= found.start("who") < each.end for each in out):
                says = way or found["verb"].lower()
                out.append(Attribution(name, kind_of(name), says, found.start("who"), found.end()))
    is_owned = "'" in text or "’" in text  # without an apostrophe it is nobody's line
    for found in _LINE.finditer(text) if is_owned else ():
        name = _bare(found["owner"])
        if name and phrase_at(name, 0) is not None:
            out.append(Attribution(name, kind_of(name), "line", found.start("owner"), found.end()))
    out.extend(
        Attribution(found["owner"], "group", "line", found.start("owner"), found.end())
        for found in _OURS.finditer(text)
    )
    for found in _THEIRS.finditer(text):
        owner = _OWNING[found["owner"].lower()]
        out.append(Attribution(owner, "pronoun", "line", found.start("owner"), found.end()))
    if not any(a.kind in ("media", "group", "person") for a in out):
        for found in _UNNAMED.finditer(text):
            named = _REPORTS.search(found.group())
            name = named.group() if named else "unnamed reports"
            out.append(Attribution(name, "reports", "", found.start(), found.end()))
            break
    out.sort(key=lambda a: a.start)
    kept: list[Attribution] = []
    for one in out:
        if kept and one.start < kept[-1].end and one.name == kept[-1].name:
            continue
        kept.append(one)
    return kept


def _said_by(text: str, verb: re.Match[str]) -> Attribution | None:
    """Whose verb of saying it is: the noun phrase that ends before it, asides and appositions left out."""
    said = " ".join(verb["verb"].split()).lower()
    if _AS_ADJECTIVE.match(text, verb.start()) and text[: verb.start()].rstrip().endswith(_OWNERS):
        return None
    found = subject_of(text, verb.start())
    if found is None and said.endswith("ing") and text[: verb.start()].rstrip().endswith(","):
        found = first_phrase(text)
    if found is None:
        return None
    name = found.words
    if name.lower() in ("he", "she", "they", "it"):
        return Attribution(name, "pronoun", said, found.start, verb.end())
    if _NOUN_LIKE.match(said) and not _IS_PLURAL.search(name):
        return None
    name = _WEEKDAY.sub("", name)
    kind = kind_of(name)
    if _NOT.search(text[: verb.start()]) and kind not in ("person", "president"):
        return None
    return Attribution(name, kind, said, found.start, verb.end())


def saying_verbs(text: str) -> Iterator[re.Match[str]]:
    """Verbs of saying in a text, in order of place."""
    return _VERB.finditer(text)


def kind_of(name: str) -> str:
    """Which kind of source a name is."""
    if _PAPER.fullmatch(name):
        return "media"
    if _PERSON.fullmatch(name) or (_NAMED.fullmatch(name) and not codes_in(name) and not _PLACE.search(name)):
        return "person"
    if _GROUP.fullmatch(name):
        return "group"
    return "president"


def _bare(name: str) -> str:
    """A name without the words that only begin its sentence; empty where none is left."""
    parts = _WEEKDAY.sub("", name).split()
    while parts and (
        re.split("[’']", parts[0].strip(".,"))[0] in _NO_NAMES or parts[0] in ("and", "but", "that", "to", "as", "or")
    ):
        parts = parts[1:]
    if parts and parts[0] == "of":
        parts = ["one", *parts]
    while parts and parts[0].lower() == "according":
        parts = parts[2:]
    if parts and parts[0] in ("in", "on", "at", "by", "from", "with", "familiar", "for", "under"):
        return ""
    if not parts or (all(part[0].islower() for part in parts) and len(parts) < 2):
        return ""
    if len(parts) == 2 and parts[0].lower() in ("the", "a", "an") and parts[1] in _NO_NAMES:
        return ""
    return " ".join(parts)


def _name_after(who: str) -> str | None:
    """Who follows ``said``: the name after a title, else the words."""
    bare = " ".join(who.split())
    if re.match(r"(?i)(?:that|he|she|they|it|this|there|we|i|you|no|yes|in|on|to|so|at|for|how|what|if|as)\b", bare):
        return None
    names = list(_NAMED.finditer(bare))
    if names:
        last = names[-1].group().split()
        return " ".join(last[-2:])
    if len(bare.split()) > 9:
        return None
    return bare if re.match(r"(?:[Tt]he|[Aa]n?)\s|[A-Z]", bare) else None


def person_names(text: str) -> list[str]:
    """Persons named, and the President, in order of place; those who are addressed stand before the others."""
    found = [(p.start(), " ".join(p.group().split())) for p in _PERSONS.finditer(text)]
    taken = [(p.start(), p.end()) for p in _PERSONS.finditer(text)]
    for named in _NAMED.finditer(text):
        name = _bare(named.group())
        if (
            _NAMED.fullmatch(name)
            and not _PLACE.search(name)
            and not re.search(r"(?i)\b(?:the|a|an)\s+$", text[max(0, named.start() - 5) : named.start()])
            and not codes_in(name)
            and not any(a < named.end() and named.start() < b for a, b in taken)
        ):
            found.append((named.start(), name))
    found.sort()
    addressed = [name for at, name in found if _ADDRESSED.search(text[max(0, at - 24) : at])]
    return addressed + [name for at, name in found if not _ADDRESSED.search(text[max(0, at - 24) : at])]
