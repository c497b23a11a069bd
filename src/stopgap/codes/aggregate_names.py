"""Recognise aggregates that Stopgap's tables do not list by their names: unions, regions, remainders, totals."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from stopgap.codes.aggregates import WORLD, AggregateKind, aggregate_kind
from stopgap.codes.areas import areas, find_area_code

_LONGEST = 120  # characters of a name that are read


@dataclass(frozen=True, slots=True)
class NamedAggregate:
    """An aggregate recognised by its name: code in the lake, and kind."""

    code: str
    kind: AggregateKind


_WORLD = re.compile(
    r"(the )?(whole )?(world|total|grand total|all|all (countries|partners|economies|reporters|origins|destinations|areas)|"
    r"world total|total world|total trade|monde|welt|mundo|mondo|insgesamt|gesamt|tous (les )?pays|todos)"
)
_MEMBERS = r"( (countries|economies|members|member states|group|area|total|\d{1,2}))*"
_WITHOUT = re.compile(r"(.+?) (excl|excluding|except|without|minus|less|ex|plus|incl|including|and) .+")
_UNIONS = {
    "R4": r"asean( \d+)?|association of south ?east asian nations",
    "MERCOSUR": r"mercosur|mercosul|southern common market",
    "NAFTA": r"nafta|usmca|t mec|north american free trade (agreement|area)",
    "EFTA": r"efta|european free trade association",
    "CIS": r"cis|gus|commonwealth of independent states",
    "EAEU": r"eaeu|eeu|eurasian economic union|eurasec",
    "BRICS": r"brics?( plus)?",
    "GCC": r"gcc|gulf co ?operation council",
    "OPEC": r"opec( plus)?|organi[sz]ation of the petroleum exporting countries",
    "OECD": r"oecd( total)?|organi[sz]ation for economic co ?operation and development",
    "APEC": r"apec|asia pacific economic co ?operation",
    "G7": r"g ?7", "G8": r"g ?8", "G20": r"g ?20", "G77": r"g ?77",
    "ACP": r"acp( countries)?", "SADC": r"sadc|southern african development community",
    "ECOWAS": r"ecowas|cedeao|economic community of west african states",
    "COMESA": r"comesa|common market for eastern and southern africa",
    "CARICOM": r"caricom|caribbean community", "CACM": r"cacm|central american common market",
    "ANDEAN": r"andean( community| pact| group)?( of nations)?",
    "SAARC": r"saarc|safta|sapta|south asian association for regional co ?operation",
    "SACU": r"sacu|southern african customs union", "EAC": r"eac|east african community", "CEMAC": r"cemac",
    "WAEMU": r"waemu|uemoa", "AMU": r"amu|arab maghreb union", "PAFTA": r"g?pafta|gafta",
    "ARAB_LEAGUE": r"arab league|league of arab states", "LAIA": r"laia|aladi",
    "RCEP": r"rcep", "CPTPP": r"cptpp|tpp", "SCO": r"sco|shanghai co ?operation organi[sz]ation",
    "OIC": r"oic", "COMMONWEALTH": r"commonwealth( of nations)?", "NATO": r"nato|north atlantic treaty organi[sz]ation",
    "EEA": r"eea|european economic area", "AFCFTA": r"afcfta", "VISEGRAD": r"visegrad( 4| group)?|v4", "BENELUX": r"benelux",
    "EU15": r"(eu|european union|ue) ?15", "EU25": r"(eu|european union|ue) ?25", "EU12": r"(eu|european union|ue) ?12",
    "EU_EXTRA": r"extra ?(eu|ue|european union)( ?\d\d)?( ?\d{4})?|(eu|european union)( ?\d\d)?( ?\d{4})? extra|non ?eu( countries)?",
    "EU_INTRA": r"intra ?(eu|ue|european union)( ?\d\d)?( ?\d{4})?|(eu|european union)( ?\d\d)?( ?\d{4})? intra",
    "EU27_2007": r"(eu|european union|ue) ?27 ?2007( .*)?",
    "EU27_2020": r"(eu|european union|ue) ?27( ?2020| from 2020.*)?", "EU28": r"(eu|european union|ue) ?28( 2013.*)?",
    "EU": r"(the )?(eu|european union|union europeenne|ue|europaische union)( (of )?(total|members|member states|countries))?",
    "EA19": r"(euro ?(area|zone)|ea) ?19( .*)?", "EA20": r"(euro ?(area|zone)|ea) ?20( .*)?", "EA21": r"(euro ?(area|zone)|ea) ?21( .*)?",
    "EA": r"(the )?(euro ?(area|zone)|ea)",
}  # fmt: skip
# Compiled when a name is first looked at, which few files need: re keeps what it compiled.
_NAMES = {code: f"({pattern}){_MEMBERS}" for code, pattern in _UNIONS.items()}
_SPECIAL = {
    "X1": r"bunkers?( and stores| stores)?|ship( and aircraft)? (bunkers|stores)",
    "X2": r"free zones?|free (trade|economic) zones?",
    "XX": r"special categor(y|ies)|special (countries|code|codes|territories)",
    "QQ": r"stores and provisions|(ships?|ship) ?stores|provisions",
    "QX": r"confidential|secret( countries)?|suppressed|military",
    "_X": r"(areas?|countries|country|partners?|origin|destination|economies and territories)? ?(unspecified|not specified|unknown|not known|undeclared|unallocated|not allocated|undisclosed|undetermined)( areas?| countries| country| partners?)?",
}  # fmt: skip
_SPECIAL_NAMES = {code: f"({pattern}){_MEMBERS}" for code, pattern in _SPECIAL.items()}
_REMAINDER = re.compile(
    r".*\b(nes|n e s|nei|n e i|nie|n i e|not elsewhere (specified|classified|included|stated))\b.*|"
    r"(all )?others?( .*)?|rest of .*|row|remaining .*|remainder.*|various .*|residual.*"
)
_REGION_CODES = frozenset(
    [
        "EAS",
        "EAP",
        "ECS",
        "ECA",
        "LCN",
        "LAC",
        "MEA",
        "MNA",
        "NAC",
        "SAS",
        "SSF",
        "SSA",
        "AFE",
        "AFW",
        "TEA",
        "TEC",
        "TLA",
        "TMN",
        "TSA",
        "TSS",
        "HIC",
        "LIC",
        "LMC",
        "UMC",
        "LMY",
        "MIC",
        "NOC",
        "OEC",
        "LDC",
        "HPC",
        "IBD",
        "IBT",
        "IDA",
        "IDB",
        "IDX",
        "CEB",
        "EMU",
        "OED",
        "OEC",
        "ARB",
        "CSS",
        "FCS",
        "OSS",
        "PSS",
        "PST",
        "SST",
        "LTE",
        "EAR",
        "PRE",
        "CEA",
        "EUU",
    ]
)
"""Codes of the World Bank's regions and income groups, which WITS takes over; none is an ISO3 code."""
_GROUND = frozenset(
    {
        "africa", "america", "americas", "asia", "europe", "eurasia", "oceania", "caribbean", "pacific", "australasia", "maghreb", "levant",
        "balkans", "scandinavia", "mena", "antarctica", "melanesia", "polynesia", "economies", "countries", "income", "markets",
        "orient",
    }
)  # fmt: skip
_BESIDE = frozenset(
    {
        "north", "south", "east", "west", "northern", "southern", "eastern", "western", "central", "middle", "near", "far",
        "sub", "saharan", "subsaharan", "latin", "and", "the", "of", "in", "to", "arab", "high", "low", "upper", "lower", "developing", "developed",
        "least", "transition", "emerging", "advanced", "industrial", "industrialised", "industrialized", "excluding", "incl",
        "excl", "including", "non", "southeast", "northeast", "northwest", "southwest", "landlocked", "island", "small",
        "states", "region", "total", "oil", "exporting", "importing", "major", "all", "gulf", "baltic", "nordic", "mediterranean",
        "european", "african", "asian", "american",
    }
)  # fmt: skip
_SOUTH_AFRICA = frozenset({"south", "africa"})
_ARTICLES = frozenset({"the", "of"})
_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,39}")


def named_aggregate(*texts: str | None) -> NamedAggregate | None:
    """Recognise an aggregate by its code or its name, each tried in turn; ``None`` where none of them says one.

    A name that is an economy's is none. What the tables list has the code that they give it; another union has the code of
    :data:`NAMED_UNIONS`; a region or remainder keeps its code, or its name as one (``EAST_ASIA_PACIFIC``).
    """
    given = [text for text in texts if text and text.strip()]
    for text in given:
        code = find_area_code(text)
        if code is not None:
            return NamedAggregate(code, aggregate_kind(code)) if areas()[code].kind == "aggregate" else None
    own = next((text.strip().upper() for text in given if _CODE.fullmatch(text.strip().upper())), "")
    for text in given:
        found = _by_pattern(_plain(text), own or _slug(text), text.strip().upper())
        if found is not None:
            return found
    return None


def _by_pattern(plain: str, own: str, code: str) -> NamedAggregate | None:
    if _WORLD.fullmatch(plain):
        return NamedAggregate(WORLD, AggregateKind.WORLD)
    for name, pattern in _NAMES.items():
        if re.fullmatch(pattern, plain):
            return NamedAggregate(name, AggregateKind.UNION)
    for name, pattern in _SPECIAL_NAMES.items():
        if re.fullmatch(pattern, plain):
            return NamedAggregate(name, AggregateKind.SPECIAL)
    if (partly := _WITHOUT.fullmatch(plain)) and any(re.fullmatch(pattern, partly[1]) for pattern in _NAMES.values()):
        return NamedAggregate(own, AggregateKind.REGION)
    words = tuple(plain.split())
    is_region = bool(_GROUND.intersection(words)) and set(words) <= _GROUND | _BESIDE
    is_region = is_region and set(words) - _ARTICLES != _SOUTH_AFRICA
    if code in _REGION_CODES or is_region or _REMAINDER.fullmatch(plain):
        return NamedAggregate(own, AggregateKind.REGION)
    return None


def own_code(text: str) -> str:
    """Return the code under which an aggregate is kept that no table lists: its own, or its name in capitals."""
    code = text.strip().upper()
    return code if _CODE.fullmatch(code) or code.isdigit() else _slug(text)


def _slug(text: str) -> str:
    """Return a name as a code: capitals and digits with underscores between, at most 40 characters."""
    return (
        "_".join(re.findall(r"[A-Z0-9]+", _plain(text).upper()))[:40].strip("_")
        or f"AGGREGATE_{hashlib.sha256(text.encode()).hexdigest()[:8].upper()}"
    )


def _plain(text: str) -> str:
    """Return a name in lower case, without accents, with one blank for each run of other signs than letters and digits."""
    letters = unicodedata.normalize("NFKD", text[:_LONGEST]).casefold()
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", kept.replace("_", " ")))
