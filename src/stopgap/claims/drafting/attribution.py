"""Whose words they are: nested sources, nearest first, as reporting verbs and phrases tell them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stopgap.claims.drafting.patterns import pattern

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
    r"(?:said|says|say|saying|told|tell|tells|telling|confirmed|confirms|confirm|warned|warns|warning|warn|reported|reports|report|reporting|claimed|claims|claim|claiming|announced|announces|stated|states|testified|indicated|indicates|suggested|suggests|suggest|disclosed"
    r"|revealed|reveals|assess(?:ed|es)?|allege[sd]?|accused|accuses|accusing|argued|argues|declared|noted|notes|expressed|expresses|raised|raises|underscored|underscores|emphasized|reiterated|stressed|conveyed|convey|conveys|described|described|detailed|outlined|laid out|made (?:it )?(?:very |quite |abundantly |absolutely |crystal )?clear|makes clear|make clear|made plain|(?:very |quite |crystal |absolutely |perfectly |pretty |pretty darn )*clear (?:with|that|to|about)|(?:very )?direct (?:with|about)|pointed out|mentioned|spoke (?:to|about|of)|spoken (?:to|about|of)|speak to|talked about|asked|believe[sd]?|complained|denied|denies|deny|rejected|rejects|insisted|insists|voiced|cautioned|signaled|concluded|estimates?|estimated|put it|called (?:on|out)|urged|charged|describes|published|wrote|writes|added|answered|replied|responded|countered|put it out|had a (?:story|report) that|has a (?:story|report) that|put out a statement saying|acknowledged|acknowledges|admitted|admits|conceded|maintains|maintained|shows|show|showed|found|finds)"
)
_CLAUSE = pattern(
    rf"(?<![\w])(?:{_WHO})(?:, [^,;.]{{3,80}},)?(?:,? (?:[\w'’.,-]+ ){{0,5}}?| that )?? ?(?P<not>did not |didn't |has not |have not |hasn't |haven't |does not |doesn't )?(?:has |have |had |to |also |just |already |again |reportedly |repeatedly |then |had just |has also |himself |herself |today |yesterday |recently |publicly |rightly |actually |obviously |both |clearly |directly |openly |is |are |was |were |be |been |then |of course,? )*(?P<verb>{_SAY})\b",
    0,
)
_ACCORDING = pattern(
    rf"(?:[Aa]ccording to|[Pp]er|[Cc]iting|[Ii]n the words of|in (?:a|the) (?:report|statement|assessment|briefing|article|letter|interview) (?:by|from|in)|[Aa]s reported by|reported by|(?:a|the|that|this|new|some|recent|today's|yesterday's) (?:[\w ]{{0,20}})?(?:reports?|reporting|claim|story|article|assessment|scoop|analysis|investigation) (?:by|in|from|out of)|from) (?:a |an |new |recent )?(?:{_WHO})",
    0,
)
_UNNAMED = pattern(
    r"\b(?:it (?:was|has been|is being|'s been|is) reported|reportedly|there(?:'s| is| was) (?:a|an|some) (?:\w+ ){0,2}(?:report|story|article)|there (?:are|were|have been|'s been|has been) (?:\w+ ){0,3}(?:reports?|reporting|allegations|stories|accounts|suggestions)|reports? (?:that|of|suggest\w*|indicat\w*|say|are|saying|today|overnight|have|claim\w*)|(?:the|this|that|new|recent) (?:\w+ )?reporting (?:that|about|on)|the reports? that|media reports?|press reports?|new reporting|we(?:'ve| have| are)? (?:heard|seen|seeing|hearing) (?:\w+ ){0,3}reports?|based on reports|is said to|are said to|rumou?rs|some say|allegedly|we had a story)"
)


_PERSONS = pattern(rf"(?:{_TITLE},? {_NAME})|\b[Tt]he President\b(?! (?:of|Xi|Putin))", 0)
_CHINESE = re.compile(
    r"(?P<name>(?:[\u4e00-\u9fffA-Za-z·]{0,12}(?:国务卿|财政部|财长|总统|部长|秘书长|官员|媒体|政府|白宫|发言人|情报机构|总理|外长|商务部|国防部|国务院|外交部|领导人|主席|对外行动署)"
    r"(?:[\u4e00-\u9fff]{2,4}(?=(?:昨天|今天|日前|近日|再次|此前|又)?(?:称|表示|说|指责|宣布|警告)))?|《[^》]{2,16}》|[\u4e00-\u9fff]{2,6}社|[美欧英日俄乌韩]方|欧盟|北约|七国集团))"
    r"(?:援引[^，]{2,16})?(?:昨天|今天|日前|近日|再次|此前|又|一份报告)?(?:有报告)?(?P<verb>称|表示|说|指责|报道|宣布|警告|声称|透露|认为)"
)


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
    for found in _CLAUSE.finditer(text):
        kind, name = _named(found)
        start = found.start()
        if kind in ("person", "president"):
            persons = [
                p for p in _PERSONS.finditer(found.group()) if p.end() < found.end() - len(found["verb"]) + 1
            ]
            if len(persons) > 1 and "," in found.group()[persons[0].end() : persons[-1].start()]:
                kind, name = "person", " ".join(persons[-1].group().split())
                start = found.start() + persons[-1].start()
        if found["not"] and kind not in ("person", "president", "pronoun"):
            continue
        out.append(Attribution(name, kind, " ".join(found["verb"].split()).lower(), start, found.end()))
    for found in _CHINESE.finditer(text):
        kind = "media" if "《" in found["name"] or found["name"].endswith("社") else "person"
        name = re.sub(r"(?:昨天|今天|日前|近日|此前|再次)$", "", found["name"].strip("据"))
        out.append(Attribution(name, kind, found["verb"], found.start(), found.end()))
    for found in _ACCORDING.finditer(text):
        kind, name = _named(found)
        if kind == "pronoun" or (found.group().lower().startswith("from") and kind in ("president",)):
            continue
        if found.group().startswith("from") and kind != "media":
            continue
        out.append(Attribution(name, kind, "", found.start(), found.end()))
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


def _named(found: re.Match[str]) -> tuple[str, str]:
    groups = found.groupdict()
    for kind in ("media", "person", "president", "group"):
        if groups.get(kind):
            return (
                ("person", " ".join(groups["named"].split()))
                if kind == "group" and groups.get("named")
                else (kind, " ".join(groups[kind].split()))
            )
    return "pronoun", groups["someone"]


def person_names(text: str) -> list[str]:
    """Persons named with a title, and the President, in order of place."""
    return [" ".join(found.group().split()) for found in _PERSONS.finditer(text)]
