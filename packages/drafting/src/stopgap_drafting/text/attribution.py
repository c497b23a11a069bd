"""Whose words they are: nested sources, nearest first, as reporting verbs and phrases tell them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stopgap_drafting.lexicon.economies import codes_in
from stopgap_drafting.lexicon.patterns import pattern, words
from stopgap_drafting.text.noun_phrases import first_phrase, phrase_at, subject_of

_MEDIA = (
    r"(?:the )?(?:New York Times|Wall Street Journal|Washington Post|Financial Times|Times of London|Reuters|Bloomberg(?: News)?|Associated Press|AP|CNN|NBC(?: News)?|ABC News|CBS(?: News)?|Fox News"
    r"|Politico|POLITICO|Axios|Der Spiegel|Spiegel|BBC|AFP|Nikkei(?: Asia)?|Economist|Guardian|Telegraph|Kyodo|Yonhap|Bild|Die Welt|Le Monde|Sky News|Moscow Times|European Pravda|Global Times|Xinhua"
    r"|Kyiv Independent|Insider|Semafor|NPR|South China Morning Post|Radio Free Europe|Daily Mail|USA Today|Los Angeles Times|Journal|FT)(?:'s)?"
)
_TITLE = (
    r"(?:(?:the |former |U\.S\. |US |British |German |Chinese |Russian |Ukrainian |Iranian |Turkish |Indian |Israeli |Japanese |South Korean |French |EU |Treasury |Commerce |Defense |State |Foreign |Finance |Prime |Deputy |Assistant |Vice |National Security |CIA |FBI |Senior |White House |Press |NATO )*"
    r"(?:President|Secretary(?:[- ]General(?: of NATO)?| of State| of Defense| of the Treasury| of Commerce)?|Minister|Chancellor|Ambassador|General|Admiral|Senator|Adviser|Advisor|Director|Commissioner|Premier|Spokesperson|Spokesman|Spokeswoman|Envoy|Representative|Undersecretary|Under Secretary|Congressman|Congresswoman|Chairman|Leader|Mr\.|Ms\.|Mrs\.|Dr\.))"
)
_NAME = r"(?:[A-Z][\w'’-]+(?: (?:[A-Z]\.|[A-Z][\w'’-]+|von|van|der|de|al-\w+)){0,3})"
_SAY = (
    r"(?:shown|denying|insisting|promising|condemn(?:s|ed|ing)?|threaten(?:s|ed|ing)?|boast(?:s|ing)?|brag(?:s|ged|ging)?|inform(?:s|ed)|ha[sd] it(?= (?:that|at)\b)|pressed|presses|pointed (?:us|me)|put(?:s|ting)? (?:[\w’]+ ){1,8}?on notice|put(?:s|ting)? out (?:guidance|word)|lodged|floated|posted|calculate[ds]?|counted|counts|grip(?:es|ing|ed)|put(?:s|ting)? out (?:a|an|this|that|its|their) (?:\w+ ){0,2}(?:statement|thing|note|report|readout|notice|release|list)|(?:has|have|had) (?:told|said)|promise|pledge|vows?|swears|guessed|figures?|reckons?|thinks?|explain|told|insists?|argues?|admit|acknowledge|concede|rejects?|dismiss|describe|explain(?:s|ed)?|maintain|promise|assure|allege|accuse|counters?|stress(?:es)?|emphasize|notes?|signals?|concludes?|judge[ds]?|calculates?|swears?|swore|dispute[sd]?|flagged|flags|briefed (?:us|reporters|allies)|let (?:us|me) know|repeated|reaffirmed|defended|criticized|criticised|assured|assures|promised|promises|pledged|pledges|vowed|reminds|reminded|complained|complains|complain|dismissed|dismisses|contends?|contended|predicted|hinted|asserts?|asserted|uncovered|posted|tweeted|boasted|remarked|"
    r"said|says|say|saying|told|tell|tells|telling|confirmed|confirms|confirm|warned|warns|warning|warn|reported|reports|report|reporting|claimed|claims|claim|claiming|announced|announces|stated|states|testified|indicated|indicates|suggested|suggests|suggest|disclosed"
    r"|revealed|reveals|assess(?:ed|es)?|allege[sd]?|accused|accuses|accusing|argued|argues|declared|noted|notes|expressed|expresses|raised|raises|underscored|underscores|emphasized|reiterated|stressed|conveyed|convey|conveys|described|described|detailed|outlined|laid out|made (?:it )?(?:very |quite |abundantly |absolutely |crystal )?clear|makes clear|make clear|made plain|(?:very |quite |crystal |absolutely |perfectly |pretty |pretty darn )*clear (?:with|that|to|about)|(?:very )?direct (?:with|about)|pointed out|mentioned|spoke (?:to|about|of)|spoken (?:to|about|of)|speak to|talked about|asked|believe[sd]?|complained|denied|denies|deny|rejected|rejects|insisted|insists|voiced|cautioned|signaled|concluded|estimates?|estimated|put it|called(?: on| out)?|calls(?: on)?|urged|charged|describes|published|wrote|writes|added|answered|replied|responded|countered|put it out|had a (?:story|report) that|has a (?:story|report) that|put out a statement saying|acknowledged|acknowledges|admitted|admits|conceded|(?:maintains|maintained)(?= (?:that|it|they|he|she)\b|,)|shows|show|showed|found|finds)"
)
_VERB = pattern(rf"(?<![\w-])(?P<verb>{_SAY})\b(?! (?:the truth|lies|time|stories|us apart))", 0)
_AS_ADJECTIVE = pattern(
    r"(?:reported|alleged|claimed|stated|announced|expressed|suggested|estimated)\b(?! (?:that|it|they|he|she|the|a)\b)"
)
_OWNERS = ("’s", "'s", "s’", "s'")
_NOT = pattern(r"\b(?:did|has|have|does|do|had)(?: not|n't) $", 0)
_PAPER = pattern(
    rf"(?:the )?(?:{_MEDIA})(?:'s)?|(?:the )?[\w ]*(?:newspaper|broadcaster|news agency|magazine)"
)
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
_NO_NAMES = words(
    "And But So If When What That This It We I You There As In On At Those These Yes No Well Look Today Yesterday Our His Their Her My "
    "Nobody Everyone Everybody People Everything Nothing Something Which Who Whoever Anyone Whether Because While Then Now Also Not One "
    "First Second Third Finally Such Another Other Others Most Many Some All Both Each Every Let Or Nor Yet Still Okay Sure Right Thank Thanks "
    "Matt Mr Ms Q A An To For From With By Of How Why Where Here Just Like Only Even Since After Before During Under Over Until Though Although "
    "However Meanwhile Moreover Again Had Has Have Is Are Was Were Do Does Did Can Could Will Would Should May Might Must"
)


_ACCORDING = pattern(
    r"(?:\baccording to|\bper|\bciting|\bin the words of|\bin (?:an? |the )?(?:report|statement|assessment|briefing|article|letter|interview|call|meeting)s? (?:by|from|in)|\breported by|\bquoted by"
    r"|\b(?:reports?|reporting|claims?|stor(?:y|ies)|articles?|assessments?|scoop|analysis|investigation|statement) (?:by|in|from|out of)|\b(?:heard|hear|hearing|learned|learnt|know|information|intelligence|word) from|\b(?:we|I)(?:'ve| have)? (?:read|saw|seen) in) "
)


_LINE = pattern(
    r"(?P<owner>(?:the |an? |our |their |your |his |her |my )?[\w.’'&-]+(?: [\w.’'&-]+){0,5}?)(?:'s?) (?:own |official |public |latest |standard |best |initial |first )?"
    r"(?:line|answer|position|view|read|claim|account|count|estimates?|figures?|numbers|data|story|explanation|response|message|words?|judg(?:e)?ment|assessment|reply|argument|statement|report|post|tweet|testimony|letter|conclusion|defen[cs]e|excuse|assurances?)"
    r"(?= (?:is|was|has been|remains|still|had been|says?|said)\b|,? that\b|:|,|\.|$)"
)
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
_UNNAMED = pattern(
    r"\b(?:it (?:was|has been|is being|'s been|is) reported|reportedly|there(?:'s| is| was) (?:a|an|some) (?:\w+ ){0,2}(?:report|story|article)|there (?:are|were|have been|'s been|has been) (?:\w+ ){0,3}(?:reports?|reporting|allegations|stories|accounts|suggestions)|reports? (?:that|of|suggest\w*|indicat\w*|say|are|saying|today|overnight|have|claim\w*)|(?:the|this|that|new|recent) (?:\w+ )?reporting (?:that|about|on)|the reports? that|media reports?|press reports?|new reporting|we(?:'ve| have| are)? (?:heard|seen|seeing|hearing) (?:\w+ ){0,3}reports?|based on reports|is said to|are said to|rumou?rs|some say|allegedly|we had a story)"
)


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
            out.append(
                Attribution(name, kind, found["verb"].split()[0].lower(), found.start("who"), found.end())
            )
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
        re.split("[’']", parts[0].strip(".,"))[0] in _NO_NAMES
        or parts[0] in ("and", "but", "that", "to", "as", "or")
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
    if re.match(
        r"(?i)(?:that|he|she|they|it|this|there|we|i|you|no|yes|in|on|to|so|at|for|how|what|if|as)\b", bare
    ):
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
