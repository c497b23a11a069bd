"""Whose words they are: nested sources, nearest first, as reporting verbs and phrases tell them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stopgap.claims.drafting.attribution_zh import chinese_sources
from stopgap.claims.drafting.economies import find_mentions
from stopgap.claims.drafting.patterns import pattern, words

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
_WHO = (
    rf"(?P<media>{_MEDIA})|(?P<person>{_TITLE},? {_NAME}|(?:Antony|Tony|Janet|Jake|John|Matthew|Jens|Mark|Ursula|Joe|Kamala|Volodymyr|Wally|Daleep|Gina|Lloyd|Linda|William|Bill|Avril|Wang|Mao|Lin|Sergey|Dmitry) [A-Z][\w'’-]+|(?:Jake|Tony|Janet|Daleep|Wally|Gina)(?= (?:has|had|also|just|conveyed|said|made|raised|told|warned|laid|was|outlined|communicated)\b)|Blinken|Yellen|Sullivan|Kirby|Stoltenberg|Rutte|Burns|Austin|Raimondo|Zelensky+y?|Scholz|Macron|Xi|Putin|Modi|Lavrov|Wang Yi|Adeyemo|Miller|Haines|Borrell|von der Leyen|Rubio|Bessent|Waltz|Kellogg)"
    r"|(?P<president>(?:[A-Z]\w+'s|[Tt]he (?:Chinese|Iranian|Russian|Turkish|Indian|German|British|French|Israeli|Ukrainian|North Korean|South Korean|Kazakh|European|NATO)) (?i:embassy|foreign ministry|government|president|prime minister|foreign minister|defen[cs]e minister(?:ry)?|(?:intelligence|spy|military intelligence) (?:chief|head)|energy minister|oil minister|military|army|supreme leader|ambassador|side|secretary general|ministry)|(?:[Tt]he )?(?:US |U\.S\. )?(?:Department of (?:State|Commerce|Defense|the Treasury)|(?:State|Treasury|Commerce|Defense) Department)|(?:(?:the|The|our|my) )?President(?: of the United States)?|[Tt]he Vice President|[Tt]he (?:NATO )?(?i:secretary[- ]general)(?: of NATO)?|[Tt]he Secretary|[Tt]he Prime Minister|[Tt]he (?i:(?:foreign |defen[cs]e |finance |prime |deputy )?minister)|[Tt]he (?:State Department|Pentagon|White House|Treasury(?: Department)?|Commerce Department|Kremlin|Ministry|Foreign Ministry|spokesperson|spokesman|spokeswoman|National Security Advisor|Chancellor|director|envoy|Commission|European Commission|readout|department|embassy|Department of \w+)|(?:the )?(?:US |U\.S\. )?Department of (?:State|Commerce|Defense|the Treasury)|NATO|[Tt]he (?:EU|bloc|U\.S\.|US|United States|Ukrainians|Chinese|Russians|Iranians|Americans|Germans|Europeans|Indians|Turks|North Koreans|South Koreans|British|UK)|[Tt]he G-?7(?: leaders)?|Congress|Kyiv|Beijing|Moscow|Tehran|Pyongyang|Seoul|Tokyo|New Delhi|Ankara|China|Ukraine|Russia|Iran)"
    r"|(?P<group>(?i:(?:(?:some|several|many|two|three|four|multiple|other|senior|unnamed|anonymous|U\.S\.|US|American|European|Ukrainian|Western|Israeli|Chinese|Russian|Iranian|British|German|French|Israeli|local|South Korean|Japanese|Turkish|Indian|Dutch|Polish|EU|NATO|administration|government|intelligence|Treasury|Commerce|defense|military|foreign|trade|current|former|State Department|and|the|certain|of|your|own|customs|independent|allied|congressional|Republican|Democratic|bipartisan|a|another|G7|Kyrgyz|Kazakh) ){0,6}(?:officials?|diplomats?|sources?|lawmakers|senators|experts?|analysts|researchers|economists|critics|intelligence people|people (?:familiar|close|briefed)(?: with [\w ]{1,30}?)?|intelligence(?= (?:suggests|indicates|shows|assesses|says|has)\b)|intelligence (?:agencies|community|services|reports?|assessments?)|agencies|think tanks?|investigators|spokes(?:person|man|woman)|reporters|monitors|services|inspectors|readout|report|reports|reporting|allies|capitals|magazine|newspapers?|papers?|outlets?|website))(?: (?:in|out of|from|at|close to) (?:the )?[A-Z]\w+)?)(?:, (?P<named>[A-Z][\w’-]+ [A-Z][\w’-]+),)?"
    r"|(?P<someone>[Hh]e|[Ss]he|[Tt]hey|[Ii]t)"
)
_SAY = (
    r"(?:repeated|reaffirmed|defended|criticized|criticised|assured|assures|promised|promises|pledged|pledges|vowed|reminds|reminded|complained|complains|complain|dismissed|dismisses|contends?|contended|predicted|hinted|asserts?|asserted|uncovered|posted|tweeted|boasted|remarked|"
    r"said|says|say|saying|told|tell|tells|telling|confirmed|confirms|confirm|warned|warns|warning|warn|reported|reports|report|reporting|claimed|claims|claim|claiming|announced|announces|stated|states|testified|indicated|indicates|suggested|suggests|suggest|disclosed"
    r"|revealed|reveals|assess(?:ed|es)?|allege[sd]?|accused|accuses|accusing|argued|argues|declared|noted|notes|expressed|expresses|raised|raises|underscored|underscores|emphasized|reiterated|stressed|conveyed|convey|conveys|described|described|detailed|outlined|laid out|made (?:it )?(?:very |quite |abundantly |absolutely |crystal )?clear|makes clear|make clear|made plain|(?:very |quite |crystal |absolutely |perfectly |pretty |pretty darn )*clear (?:with|that|to|about)|(?:very )?direct (?:with|about)|pointed out|mentioned|spoke (?:to|about|of)|spoken (?:to|about|of)|speak to|talked about|asked|believe[sd]?|complained|denied|denies|deny|rejected|rejects|insisted|insists|voiced|cautioned|signaled|concluded|estimates?|estimated|put it|called(?: on| out)?|calls(?: on)?|urged|charged|describes|published|wrote|writes|added|answered|replied|responded|countered|put it out|had a (?:story|report) that|has a (?:story|report) that|put out a statement saying|acknowledged|acknowledges|admitted|admits|conceded|(?:maintains|maintained)(?= (?:that|it|they|he|she)\b|,)|shows|show|showed|found|finds)"
)
_NOUNS = (
    r"(?:authorities|governments?|regulators|ministry|ministries|embassy|mission|side|leaders|leadership|delegation|parliament|intelligence|military|army|police|customs|press|figures|data|statistics|records|prosecutors|panel|commission|agency|bureau|"
    r"office|institute|consultancy|think tank|watchdog|newspaper|broadcaster|journalists?|refiners|traders|counterparts?|interlocutors?|friends|colleagues?|hosts|negotiators|consulate|officials?|manager|trader|executive|lawyer|banker|economist|minister|spokes(?:person|man|woman)|lawmaker|envoy|chief|head|commissioner|ambassador|advis[eo]r|czar|premier|leader|declaration|communiqu[eé]|statement|assessment|study|report|services?|council)"
)
_CAPITAL = r"[A-Z\u00c0-\u024f][\w’'&-]*\.?"
_PROPER = (
    rf"(?P<proper>(?:(?:(?:[Tt]he|[Aa]n?|[Oo]ur|[Yy]our|[Tt]heir|[Ss]ome|[Ss]everal|[Tt]wo|[Tt]hree|[Mm]any) )?(?:(?:{_CAPITAL}|[a-z][\w-]+) ){{0,3}}?{_NOUNS}"
    rf"|(?:[Tt]he )?{_CAPITAL}(?: (?:of |for |the |and )?{_CAPITAL}){{0,5}})(?: (?:in|of|at|from|for|on|there)(?: the)?(?: {_CAPITAL})*)?)"
)
_SUBJECT = pattern(rf"(?<![\w-])(?:{_WHO}|{_PROPER})\s*$", 0)
_VERB = pattern(rf"(?<![\w-])(?P<verb>{_SAY})\b(?! (?:the truth|lies|time|stories|us apart))", 0)
_BETWEEN = pattern(
    r"(?:(?:,? ?(?<![\w-])(?:has|have|had|is|are|was|were|be|been|will|to|also|just|already|again|then|once|too|both|all|alike|now|himself|herself|itself|themselves|today|yesterday|tonight|earlier|later|of course|openly|publicly|recently|repeatedly|reportedly|rightly|first|[a-z]+ly)(?![\w-]),? ?)+)$",
    0,
)
_NOT = pattern(r"\b(?:did|has|have|does|do|had)(?: not|n't) $", 0)
_ASIDE = pattern(
    r",? (?:in|on|at|during|after|before|from|over|with|for|to|by|this|last|earlier|late|out|while)(?: [^\s,;:.!?“”\"]+){1,5}?,? ?$",
    0,
)
_APPOSITION = pattern(r", (?P<apposed>(?:[^,;:.!?“”\"]|(?<=[A-Z])\.){3,110}), ?$", 0)
_FOR_WHOM = pattern(
    r"(?:the |an? )?(?:\w+ ){0,3}?(?:spokes\w+|advis[eo]r|secretary|minister|head|chief|director|official|envoy|coordinator) "
)
_FIRST_SUBJECT = pattern(
    rf"^[“\"’' ]*(?:(?:today|yesterday|meanwhile|separately|earlier|later|on \w+|in \w+(?: \w+)?|and|but|so),? )?(?:{_WHO}|{_PROPER})(?![\w-])",
    0,
)
_PAPER = pattern(
    rf"(?:the )?(?:{_MEDIA})(?:'s)?|(?:the )?[\w ]*(?:newspaper|broadcaster|news agency|magazine)"
)
_PLACE = pattern(
    r"\b(?:Sea|Peninsula|Strait|House|Department|Nations|Council|Union|States|Street|List|Act|Order|Force|Base|Asia|East|West|Post|Journal|Times|Committee|Ministry|Institute|Gulf|Air|Bank|Treasury|Commerce|Fleet|Army|Party|Group|Agency|Center|Congress|Summit)\b",
    0,
)
_NOUN_LIKE = pattern(r"^(?:report|claim|estimate|story|complain)$")
_AS_ADJECTIVE = pattern(r"reported|alleged|claimed|stated|announced|expressed|suggested|estimated")
_OWN = pattern(
    r"^(?:our|my|this|the (?:administration|data|figures|statistics|records|officials)$|data|figures|statistics|records|these|those|any|no)\b"
)
_RELATIVE = pattern(r",? (?:who|which|that) ?$", 0)
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
    rf"(?:[Aa]ccording to|[Pp]er|[Cc]iting|[Ii]n the words of|in (?:a|the) (?:report|statement|assessment|briefing|article|letter|interview) (?:by|from|in)|[Aa]s reported by|reported by|(?:a|the|that|this|new|some|recent|today's|yesterday's) (?:[\w ]{{0,20}})?(?:reports?|reporting|claim|story|article|assessment|scoop|analysis|investigation) (?:by|in|from|out of)|from|(?:heard|hear|hearing|learned|learnt|know|information|intelligence|word) from) (?:a |an |new |recent |the )?(?:{_WHO}|{_PROPER})",
    0,
)
_UNNAMED = pattern(
    r"\b(?:it (?:was|has been|is being|'s been|is) reported|reportedly|there(?:'s| is| was) (?:a|an|some) (?:\w+ ){0,2}(?:report|story|article)|there (?:are|were|have been|'s been|has been) (?:\w+ ){0,3}(?:reports?|reporting|allegations|stories|accounts|suggestions)|reports? (?:that|of|suggest\w*|indicat\w*|say|are|saying|today|overnight|have|claim\w*)|(?:the|this|that|new|recent) (?:\w+ )?reporting (?:that|about|on)|the reports? that|media reports?|press reports?|new reporting|we(?:'ve| have| are)? (?:heard|seen|seeing|hearing) (?:\w+ ){0,3}reports?|based on reports|is said to|are said to|rumou?rs|some say|allegedly|we had a story)"
)


_OPENING = pattern(
    r"^[“\"’' ]*(?:(?:[Aa]nd|[Bb]ut|[Nn]ow|[Ss]o|[Ll]ast week|[Tt]his morning|[Yy]esterday|[Tt]oday),? )?"
    r"(?P<np>(?:[Tt]he|[Aa]n?|[Tt]heir|[Hh]is|[Oo]ur|[Yy]our|[Ss]ome|[Ss]everal|[Oo]ne of the|[Tt]wo of the|[A-Z][\w-]+'s|Local|Foreign)(?: [\w'’&-]+){0,4}? "
    r"(?:representatives?|press|ministers?|ministry|directors?|spokes\w+|services|journalists|ambassadors?|draft|communiqu[eé]|report|capitals|officials?|diplomats?|traders?|importers|exporters|analysts|envoys?|panel|manager|agency|consultancy|institute|newspaper|commissioner|minister|presidency|chancellery|side|readout)"
    r"(?: (?:of|in|at|from|on|for) (?:the )?[\w'’-]+(?: [A-Z][\w'’-]+)*)?(?: seen by \w+)?)"
    r"(?:, [^,]{3,60},)? (?:(?:has|have|had|also|now|already|again) ){0,2}"
    r"(?P<verb>said|says?|told|tells?|writes?|wrote|complains?|complained|reports?|reported|claims?|claimed|shown|showed|put the|puts the|denied|denies|warned|warns|insists?|insisted|found|finds|counted|counts)\b",
    0,
)
_ADDRESSED = pattern(
    r"\b(?:told|tell|telling|warn(?:ed|ing)?|ask(?:ed|ing)?|urg\w+|press\w*|with|to|met|meet(?:ing)?|call\w*|visit\w*|of|by|for|from|against) (?:the )?$"
)
_PERSONS = pattern(rf"(?:{_TITLE},? {_NAME})|\b[Tt]he President\b(?! (?:of|Xi|Putin))", 0)


@dataclass(frozen=True)
class Attribution:
    """A source named in a sentence.

    Attributes:
        name: As in the text; ``unnamed reports`` where none is named.
        kind: ``media``, ``person``, ``group`` (unnamed officials), ``office``, ``pronoun`` or ``reports``.
        verb: The verb of reporting; empty after ``according to``.
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
    out += [Attribution(*one) for one in chinese_sources(text)]
    for found in _ACCORDING.finditer(text):
        kind, name = _named(found)
        if kind == "proper":
            name = _bare(name)
            if not name or not found.group().lower().startswith(
                ("according", "heard", "hear", "learn", "citing", "per ")
            ):
                continue
            kind = "person" if _NAMED.fullmatch(name) and not find_mentions(name) else "group"
        if kind == "pronoun" or (found.group().lower().startswith("from") and kind in ("president",)):
            continue
        if found.group().startswith("from") and kind != "media":
            continue
        out.append(Attribution(name, kind, "", found.start(), found.end()))
    if not any(a.kind != "pronoun" for a in out):
        opening = _OPENING.match(text)
        if opening is not None and not find_firms(opening["np"]):
            name = " ".join(opening["np"].split())
            out.append(
                Attribution(name, "group", opening["verb"].lower(), opening.start("np"), opening.end())
            )
    if not any(a.kind in ("media", "group", "person") for a in out):
        for found in _UNNAMED.finditer(text):
            out.append(Attribution("unnamed reports", "reports", "", found.start(), found.end()))
            break
    out.sort(key=lambda a: a.start)
    kept: list[Attribution] = []
    for one in out:
        if kept and one.start < kept[-1].end and one.name == kept[-1].name:
            continue
        kept.append(one)
    return kept


def find_firms(words: str) -> bool:
    """Whether a noun phrase is of firms, which speak less often than they are spoken of."""
    return any(mention.firms for mention in find_mentions(words))


def _said_by(text: str, verb: re.Match[str]) -> Attribution | None:
    """Whose verb of saying it is: the noun phrase that ends before it, asides and appositions left out."""
    low = max(0, verb.start() - 220)
    before = text[low : verb.start()]
    is_denied = False
    said = " ".join(verb["verb"].split()).lower()
    for _ in range(7):
        if denied := _NOT.search(before):
            is_denied, before = True, before[: denied.start()] + " "
            continue
        between = _BETWEEN.search(before)
        if between and between.start() > 0 and between.group().startswith(", "):
            aside = _APPOSITION.search(before[: between.start()] + ", ")
            if aside is not None and _FOR_WHOM.match(aside["apposed"]):
                before = before[: aside.start()]
                continue
        if between and between.start() > 0:
            before = before[: between.start()] + (" " if before[between.start() - 1].isalnum() else "")
            continue
        relative = _RELATIVE.search(before)
        if relative:
            before = before[: relative.start()]
            continue
        apposition = _APPOSITION.search(before)
        if apposition is not None:
            apposed = " ".join(apposition["apposed"].split())
            if _NAMED.fullmatch(apposed) and not find_mentions(apposed):
                return Attribution(apposed, "person", said, low + apposition.start("apposed"), verb.end())
            before = before[: apposition.start()]
            continue
        if said.endswith("ing") and (before.rstrip().endswith(",") or not _SUBJECT.search(before)):
            found = _FIRST_SUBJECT.search(text)
        else:
            found = _SUBJECT.search(before)
            if found and _is_inside(before, found.start()):
                found = None
        if found is None and before.rstrip().endswith(" and"):
            found = _FIRST_SUBJECT.search(text)
        if found:
            return _attributed(
                found, said, low if found.string is before else 0, verb.end(), is_denied=is_denied
            )
        aside = _ASIDE.search(before)
        if aside is None:
            return None
        before = before[: aside.start()]
    return None


def _attributed(
    found: re.Match[str], said: str, low: int, end: int, *, is_denied: bool
) -> Attribution | None:
    kind, name = _named(found)
    if _AS_ADJECTIVE.fullmatch(said) and name.endswith(("’s", "'s", "s’", "s'")):
        return None
    if kind != "pronoun":
        name = _bare(name)
        if not name or _OWN.match(name) or (_NOUN_LIKE.match(said) and not name.rstrip("’'").endswith("s")):
            return None
    if kind == "proper" and _PAPER.fullmatch(name):
        kind = "media"
    if kind == "proper":
        kind = "person" if _NAMED.fullmatch(name) and not find_mentions(name) else "president"
    if is_denied and kind not in ("person", "president", "pronoun"):
        return None
    at = max(0, found.group().find(name.split()[0])) if kind != "pronoun" else 0
    return Attribution(name, kind, said, low + found.start() + at, end)


def _is_inside(before: str, start: int) -> bool:
    """Whether a noun phrase hangs on a preposition or on a verb of telling, so that it is no subject."""
    return (
        re.search(
            r"(?i)(?<![\w-])(?:in|on|at|of|from|to|with|for|by|about|against|into|between|among|through|via|than|like|told|tell|telling|asked|warned|urged|met|visit\w*|near|over)(?:\s+(?:the|his|her|its|their|our|both))?\s+$",
            before[:start],
        )
        is not None
    )


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


def _named(found: re.Match[str]) -> tuple[str, str]:
    groups = found.groupdict()
    for kind in ("media", "person", "president", "group", "proper"):
        if groups.get(kind):
            return (
                ("person", " ".join(groups["named"].split()))
                if kind == "group" and groups.get("named")
                else (kind, " ".join(groups[kind].split()))
            )
    return "pronoun", groups["someone"] or ""


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
            and not find_mentions(name)
            and not any(a < named.end() and named.start() < b for a, b in taken)
        ):
            found.append((named.start(), name))
    found.sort()
    addressed = [name for at, name in found if _ADDRESSED.search(text[max(0, at - 24) : at])]
    return addressed + [name for at, name in found if not _ADDRESSED.search(text[max(0, at - 24) : at])]
