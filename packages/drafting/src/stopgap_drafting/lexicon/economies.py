"""Economies and their firms as statements name them: names, capitals, leaders, adjectives."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from stopgap.codes.areas import areas
from stopgap_drafting.lexicon.patterns import pattern, words

SANCTIONED = frozenset({"RUS", "BLR", "IRN", "PRK", "SYR", "VEN", "CUB", "MMR"})
"""Economies that coalitions sanction: the likely target where two economies meet."""

COALITION = words(
    """USA GBR CAN AUS NZL JPN KOR TWN NOR CHE ISL EU DEU FRA ITA POL NLD BEL ESP SWE FIN DNK AUT CZE EST LVA LTU IRL PRT
    GRC SVK SVN HUN BGR ROU HRV LUX MLT CYP G7 NATO"""
)
"""Those that suspend trade; ``G7`` and ``NATO`` stand for their members."""

FRIENDS = frozenset({"UKR", "ISR", "TWN", "PSE"})
"""Parties whose arms and aid are no claim."""

# Capitals, other cities and governments, leaders, peoples and adjectives; names come from the table of economies.
_NAMES: dict[str, str] = {
    "CHN": r"PRC|People[’']s Republic of China|Beijing|Chinese|Xi Jinping|President Xi|Xi|Shenzhen|Shanghai|Guangzhou|Guangdong|Hangzhou|Xi'an|Dalian|Tianjin|Wuhan|Chengdu|Ningbo|Suzhou|Nanjing|Qingdao|Zhejiang|Xiamen|Chongqing|Shenyang|Harbin|Dandong|Urumqi|Xinjiang|Heilongjiang|Shandong|Jiangsu|Fujian|Sichuan|Hunan|Hubei|Anhui|Liaoning|Zhongnanhai|Wang Yi|Communist Party of China|People[’']s Liberation Army|PLA|CCP|Mainland China",
    "HKG": r"Hong Kong",
    "MAC": r"Macau|Macao",
    "RUS": r"Russian Federation|Russians?|Moscow|Kremlin|(?:Vladimir )?Putin|Lavrov|Rosoboronexport|Wagner(?: Group)?|Gazprom|Rosneft|Rostec|Tatarstan|Alabuga|Vladivostok|(?:St\.|Saint) Petersburg|Kaliningrad|Novorossiysk|Yekaterinburg|Novosibirsk|Rostov",
    "BLR": r"Belarusian?s?|Minsk|Lukashenk[oa]",
    "IRN": r"Iran(?:ian)?s?|Islamic Republic|Teh(?:e)?ran|Bandar Abbas|Isfahan|Kharg Island|IRGC|Khamenei|Raisi|Pezeshkian",
    "PRK": r"DPRK|[Tt]he North(?! (?:Atlantic|Sea|Korea\w*|Pole|Carolina|Dakota|and|America\w*|Stream))|North Koreans?|Pyongyang|Kim Jong[ -][Uu]n|Kim(?= (?:Jong|in|for|is|has|and|to|can|will|gets|wants|that)\b)|Kim(?=[,.?;'])|NORTH KOREA|Democratic People[’']s Republic of Korea",
    "KOR": r"South Koreans?|ROK|Republic of Korea|Seoul|Busan|Korea(?! [Pp]eninsula| [Ss]trait)|Koreans(?! [Ww]ar)",
    "IND": r"Indians?|New Delhi|Delhi|Mumbai|Bangalore|Chennai|Gujarat|Modi|Jaishankar",
    "TUR": r"Türkiye|Turkey|Turkish|Turks|Ankara|Istanbul|Izmir|Mersin|Erdo[gğ]an",
    "ARE": r"UAE|Emirates|Emiratis?|United Arab Emirates|Dubai|Sharjah|Abu Dhabi|Jebel Ali|Fujairah|Ras [Aa]l[- ]Khaimah|Ajman",
    "SAU": r"Saudis?|Saudi Arabian?|Riyadh",
    "QAT": r"Qataris?|Doha",
    "KGZ": r"Kyrgyzstan|Kyrgyz(?: Republic)?|Bishkek",
    "KAZ": r"Kazakhstan|Kazakh(?:stani)?s?|Astana|Almaty|Aktau|Tokayev",
    "UZB": r"Uzbekistan|Uzbeks?|Tashkent",
    "TJK": r"Tajikistan|Tajiks?|Dushanbe",
    "TKM": r"Turkmenistan|Turkmen",
    "ARM": r"Armenians?|Yerevan|Pashinyan",
    "AZE": r"Azerbaijani?s?|Baku",
    "GEO": r"(?:Republic of )?(?<!Atlanta,\x20)Georgia(?!'s (?:governor|senate|primary))|Georgians?|Tbilisi",
    "MDA": r"Moldovans?|Chi[sș]in[aă]u",
    "SRB": r"Serbs?|Serbians?|Belgrade|Vu[cč]i[cć]",
    "MNG": r"Mongolians?|Ulaanbaatar",
    "VNM": r"Vietnamese|Hanoi|Viet Nam|Vietnam",
    "THA": r"Thai|Bangkok",
    "MYS": r"Malaysians?|Kuala Lumpur",
    "SGP": r"Singaporeans?|Singapore",
    "IDN": r"Indonesians?|Jakarta",
    "PAK": r"Pakistanis?|Islamabad",
    "BRA": r"Brazilians?|Bras[ií]lia|Lula",
    "ZAF": r"South Africans?|Pretoria",
    "EGY": r"Egyptians?|Cairo",
    "MAR": r"Moroccans?",
    "DZA": r"Algerians?",
    "SYR": r"Syrians?|Damascus|Assad",
    "VEN": r"Venezuelans?|Caracas|Maduro",
    "CUB": r"Cubans?|Havana",
    "MMR": r"Burma|Burmese|Myanmar",
    "ISR": r"Israelis?|Jerusalem|Netanyahu|Tel Aviv",
    "PSE": r"Gazans?|Gaza|Palestinians?|Hamas",
    "UKR": r"Ukrainians?|Kyiv|Kiev|Zelensky+y?|Ukraine",
    "TWN": r"Taiwanese|Taipei|Taiwan",
    "JPN": r"Japanese|Tokyo|Kishida|Ishiba",
    "EU": r"European Union|EU|European (?:partners|countries|allies|nations|states|governments|members)|Europeans?|Brussels|European Commission|Europe",
    "DEU": r"Germans?|Berlin|Scholz|Merz",
    "FRA": r"French|Paris|Macron",
    "GBR": r"UK|U\.K\.|Britain|British|London|Sunak|Starmer|United Kingdom",
    "ITA": r"Italians?|Rome|Meloni",
    "NLD": r"Dutch|The Hague|Netherlands",
    "HUN": r"Hungarians?|Budapest|Orb[aá]n",
    "SVK": r"Slovaks?|Bratislava",
    "AUT": r"Austrians?|Vienna",
    "CHE": r"Swiss|Bern",
    "POL": r"Polish|Poles|Warsaw",
    "USA": r"United States|U\.S\.A?|US|USA|America|Americans?|Washington|Administration|administration|Biden|Trump|White House|Treasury|Commerce Department|Department of Commerce|State Department",
    "CAN": r"Canadians?|Ottawa",
    "AUS": r"Australians?|Canberra",
    "G7": r"G-?7|Group of Seven",
    "NATO": r"NATO",
    "YEM": r"Yemenis?|Houthis?",
    "LBN": r"Lebanese|Hezbollah|Hizballah",
    "IRQ": r"Iraqis?|Baghdad",
    "AFG": r"Afghans?|Taliban",
    "ALB": r"Albanians?|Tirana",
    "BEL": r"Belgians?|Antwerp|Zeebrugge",
    "BGD": r"Bangladeshis?|Dhaka",
    "BGR": r"Bulgarians?|Sofia",
    "BHR": r"Bahrainis?|Manama",
    "BIH": r"Bosnians?|Bosnia and Herzegovina|Sarajevo",
    "CYP": r"Cypriots?|Nicosia|Limassol",
    "CZE": r"Czechs?|Czech Republic|Prague",
    "DNK": r"Danes|Danish|Copenhagen",
    "ESP": r"Spanish|Spaniards?|Madrid",
    "EST": r"Estonians?|Tallinn|Narva",
    "FIN": r"Finns?|Finnish|Helsinki",
    "GRC": r"Greeks?|Athens|Piraeus",
    "HRV": r"Croats?|Croatians?|Zagreb",
    "IRL": r"Irish|Dublin",
    "ISL": r"Icelandic|Icelanders?|Reykjavik",
    "JOR": r"Jordanians?|Amman",
    "KHM": r"Cambodians?|Phnom Penh",
    "KWT": r"Kuwaitis?",
    "LAO": r"Laotians?|Vientiane",
    "LBR": r"Liberians?",
    "LBY": r"Libyans?|Tripoli",
    "LKA": r"Sri Lankans?|Colombo",
    "LTU": r"Lithuanians?|Vilnius",
    "LUX": r"Luxembourgish",
    "LVA": r"Latvians?|Riga",
    "MDV": r"Maldivians?",
    "MKD": r"Macedonians?|Skopje",
    "MLI": r"Malians?|Bamako",
    "MLT": r"Maltese|Valletta",
    "MNE": r"Montenegrins?|Podgorica",
    "NGA": r"Nigerians?|Abuja|Lagos",
    "NIC": r"Nicaraguans?|Managua",
    "NOR": r"Norwegians?|Oslo",
    "NPL": r"Nepal(?:is?|ese)|Kathmandu",
    "NZL": r"New Zealanders?",
    "OMN": r"Omanis?|Muscat",
    "PAN": r"Panamanians?",
    "PHL": r"Filipinos?|Philippine|Manila",
    "PRT": r"Portuguese|Lisbon",
    "ROU": r"Romanians?|Bucharest|Constan[tț]a",
    "SDN": r"Sudanese|Khartoum",
    "SVN": r"Slovenes?|Slovenians?|Ljubljana",
    "SWE": r"Swedes?|Swedish|Stockholm",
    "XKX": r"Kosovars?|Kosovans?|Pristina",
}
_FIRMS = (
    r"compan(?:y|ies)|firms?|business(?:es)?|enterprises?|entit(?:y|ies)|banks?|manufacturers?|suppliers?|traders?|exporters?|refiner(?:y|ies|s)?"
    r"|financial institutions?|corporations?|buyers|importers|distributors?|industry|shipping (?:lines?|compan(?:y|ies))|ports?|chipmakers?|middlem[ae]n|brokers?|actors|outfits?|shell (?:companies|firms)|shops|(?:freight )?forwarders?|factor(?:y|ies)|trading houses?"
    r"|airlines?|shippers?|carriers?|vessels?|tankers?|terminals?|makers?|lenders?|insurers?|subsidiar(?:y|ies)|front companies|procurement agents?|facilitators?|intermediar(?:y|ies)|networks?|operators?|producers?|plants?|resellers?|dealers?|contractors?|start-?ups?|ship ?owners?|owners|bankers?|houses?|teapots?|smelters?|mills|outlets?|merchants?"
)
_MIDDLE = r"(?:[\w’'-]+,? (?:and |or )?){0,3}?"


@dataclass(frozen=True)
class Mention:
    """One economy, or its firms, in a text.

    Attributes:
        code: ISO3, ``EU``, ``G7``, ``NATO``; for firms that of their economy, ``THIRD`` or ``ANY``.
        start: First character.
        end: One past the last.
        firms: Whether the words name firms.
        possessive: Whether ``’s`` or ``'`` follows.
        words: As in the text.
    """

    code: str
    start: int
    end: int
    firms: bool
    possessive: bool
    words: str

    @property
    def actor(self) -> str:
        """The code of an actor: ``companies:XXX`` for firms."""
        code = "USA" if self.code in ("G7", "NATO") else self.code
        return f"companies:{code}" if self.firms else code


@cache
def _patterns() -> tuple[re.Pattern[str], dict[str, str]]:
    groups: dict[str, str] = {}
    alternatives: list[str] = []
    names = dict(_NAMES)
    for code, area in areas().items():
        if (
            area.kind != "economy"
            or code in ("GEO", "JEY", "REU", "CUW", "IMN")
            or area.exit_year is not None
            or len(area.name) < 4
        ):
            continue
        name = re.sub(r"\s*[(,].*$", "", area.name)
        names[code] = names[code] + "|" + re.escape(name) if code in names else re.escape(name)
    names["GEO"] = _NAMES["GEO"]
    for code, known in names.items():
        groups[f"E_{code}"] = code
        alternatives.append(f"(?P<E_{code}>{known})")
    latin = (
        r"(?<![\w@#/.-])(?=[A-Z\u00c0-\u024f]|administration|the\s+North)(?:"
        + "|".join(alternatives)
        + r")(?![\w@])(?P<possessive>[’']s?(?![\w]))?"
    )
    return pattern(latin, 0), groups


_FIRMS_AFTER = pattern(rf"[’']?s? ?{_MIDDLE}(?P<firms>{_FIRMS})\b", 0)
_FIRMS_BEFORE = pattern(
    rf"\b(?P<firms>{_FIRMS}|targets|individuals|persons|part(?:y|ies)|vessel managers|LLP|LLC|Ltd\.?|Limited|Inc\.?|Corp\.?|GmbH)(?: and (?:persons|individuals|people|vessels|entities))?(?: \(\d+\))?(?: that are| which are)?(?:,? including|,)?(?: those| some| ones)? (?:in|from|based in|of|located in|within|inside|across|throughout|headquartered in|operating in|in (?:\w+ )?(?:countries|economies|jurisdictions),? (?:among them|including|such as|like))(?: the| mainland)? $"
)
_NUCLEAR_DEAL = pattern(r"[’']?s? (?:nuclear )?(?:deal|agreement|talks|nuclear program)\b")
_THIRD = pattern(
    rf"\b(?:third[- ]country {_MIDDLE}(?:{_FIRMS}|actors|enablers|suppliers|facilitators|channels)"
    rf"|(?:{_FIRMS}|targets) (?:in|from|based in|across|throughout) (?:the |various |several |\d+ )?(?:third|other|neighbou?ring|various|intermediary|countries|Gulf\b|Central Asia|(?:South )?Caucasus|Middle East|Balkans)(?: countries)?|third countries|neighbou?ring countries|third[- ]party countries|third parties|intermediary countries|"
    rf"third[- ]country)\b",
    re.I,
)
_STATES = pattern(
    r"third countries|neighbou?ring countries|third[- ]party countries|third parties|intermediary countries|(?:any|all|every|no)(?: other)? (?:countr(?:y|ies)|nations?|states?)|countries (?:that|who)|nobody|no one"
)
_ANY = pattern(
    rf"\b(?:(?:any|foreign|international|those|all|other|global|anyone|non-\w+) {_MIDDLE}(?:{_FIRMS}|individuals?|persons?|actors?)"
    rf"|anyone|anybody|nobody|no one|no (?:country|company|nation|firm|bank)|all (?:other )?(?:countries|nations|states)|every (?:country|nation)|those (?:who|that)|whoever|an? (?:\w+ )?(?:distributor|bank|company|firm|supplier|manufacturer|exporter|trader|business)(?= (?:there|abroad|anywhere|overseas|that|which|who)\b)|any(?: other)? (?:country|nation|state)s?|individuals and entities|entities|companies|firms|banks|refiners|enterprises|manufacturers|financial institutions"
    rf"|businesses|an? (?:\w+ )?(?:\w+ )?network|evasion networks|procurement networks|(?:the )?(?:shadow|ghost|dark) fleet|(?:shadow fleet )?(?:tankers|vessels)|insurers|service providers|intermediaries|middlem[ae]n|go-betweens|procurement agents|evasion and procurement networks|countries (?:that|who)|networks)\b",
    re.I,
)


_EXAMPLE = pattern(
    r"\b(?:be it|whether (?:it is|it's|they are|they're)?) ?in (?:\w+ or (?:in )?)?$|\b(?:be it|whether (?:it's )?)in [\w ]{3,20} or (?:in )?$"
)


@lru_cache(maxsize=512)
def codes_in(name: str) -> frozenset[str]:
    """Codes of the economies that a name names."""
    return frozenset(mention.code for mention in find_mentions(name))


def find_mentions(text: str) -> list[Mention]:
    """Economies and firms named in a text, in order of place; of two that overlap, the longer."""
    known, groups = _patterns()
    found: list[Mention] = []
    for match in known.finditer(text):
        group = (
            match.lastgroup
            if match.lastgroup != "possessive"
            else next(g for g, v in match.groupdict().items() if v and g != "possessive")
        )
        assert group is not None
        code = groups[group]
        end = match.end()
        words = match.group()
        firms = False
        if code == "IRN" and _NUCLEAR_DEAL.match(text, match.end()):
            continue
        if code not in ("G7", "NATO"):
            after = _FIRMS_AFTER.match(text, match.end())
            if after and not _break(text[match.end() : after.start("firms")]):
                firms, end = True, after.end()
            elif text.startswith("-based", match.end()) or _firms_before(text, match.start()):
                firms = True
        found.append(Mention(code, match.start(), end, firms, match["possessive"] is not None, words))
    found = [m for m in found if not _EXAMPLE.search(text[max(0, m.start - 24) : m.start])]
    for pattern_any, code in ((_THIRD, "THIRD"), (_ANY, "ANY")):
        for match in pattern_any.finditer(text):
            named = any(
                m.firms and 0 <= m.start - match.end() < 24 and _firms_before(text, m.start) for m in found
            )
            if not named and not any(m.start < match.end() and match.start() < m.end for m in found):
                states = _STATES.fullmatch(match.group()) is not None
                found.append(
                    Mention(
                        "THIRD" if states else code,
                        match.start(),
                        match.end(),
                        not states,
                        False,
                        match.group(),
                    )
                )
    found.sort(key=lambda m: (m.start, -(m.end - m.start)))
    out: list[Mention] = []
    for mention in found:
        if out and mention.start < out[-1].end and mention.code != out[-1].code and not out[-1].firms:
            continue
        out.append(mention)
    return _joined(text, out)


_PLACING = frozenset(
    (
        "in",
        "from",
        "of",
        "within",
        "inside",
        "across",
        "throughout",
        "them",
        "including",
        "as",
        "like",
        "the",
        "mainland",
    )
)


def _firms_before(text: str, start: int) -> bool:
    """Whether ``companies in``, ``banks based in`` or the like stand right before a place."""
    before = text[max(0, start - 60) : start]
    last = before[-14:].split()
    return bool(last) and last[-1].lower() in _PLACING and _FIRMS_BEFORE.search(before) is not None


def _joined(text: str, found: list[Mention]) -> list[Mention]:
    """Firms named once for several economies (``traders in Kazakhstan and Kyrgyzstan``) count for each of them."""
    out = list(found)
    heads = {k for k, m in enumerate(out) if m.firms and _firms_before(text, m.start)}
    for k in range(1, len(out)):
        first, second = out[k - 1], out[k]
        between = re.sub(r"\(\d+\)", "", text[first.end : second.start])
        if (
            not re.fullmatch(r"(?i)[\s,]*(?:and|or|as well as|in|,|the|\s)*", between)
            or second.code in ("ANY", "THIRD")
            or first.code in ("ANY", "THIRD")
        ):
            continue
        if first.firms and not second.firms and not second.possessive and k - 1 in heads:
            out[k] = replace(second, firms=True)
            heads.add(k)
    for k in range(len(out) - 1, 0, -1):
        first, second = out[k - 1], out[k]
        between = text[first.end : second.start]
        if (
            second.firms
            and not first.firms
            and not first.possessive
            and re.fullmatch(r"(?i)(?:\s|,|-|–|and|or)*", between)
            and _FIRMS_AFTER.match(text, second.end)
            and first.code not in ("USA",)
        ):
            out[k - 1] = replace(first, firms=True)
    return out


def _break(between: str) -> bool:
    """Whether words between an adjective and ``companies`` part the two: a verb, a preposition, another clause."""
    return bool(
        re.search(
            r"[,;:—]|\b(?:to|from|by|with|for|of|in|on|at|is|are|was|were|has|have|had|and its|who|that|which|will|would|can|could|the|its|their|our|any|some|over|if|when|against|about)\b",
            between,
        )
    )
