"""Short names of target, coalition, suppliers and goods, as a title and a sentence use them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from stopgap.briefs.formats.text import listing, one_line
from stopgap.briefs.vocabulary import Members, coalition_of, is_loss_known, is_substitution, name_of
from stopgap.briefs.wording import by_filled, filled_usd
from stopgap.measures.backfill.results import ActorResult, Finding, SupplierResult

_SHORT = {"USA": "the US", "GBR": "the UK", "ARE": "the UAE"}
_ARTICLE = re.compile(
    r"United |Netherlands|Philippines|Bahamas|Gambia|Maldives|.* (Islands|Republic)$|European (Union|Communit)"
)
_MOST_WORDS, _MOST_LETTERS = 3, 32
_GROUPS = {"the EU27": "the EU", "the EU": "the EU", "the G7": "the G7"}

_GOODS = {
    "machinery and electronics": "machinery",
    "mineral fuels": "energy",
    "mineral fuels by heading": "energy",
    "chips basket": "chips",
    "ai-compute basket": "AI hardware",
    "common high priority list": "high-priority goods",
    "chip-making machines and what measures wafers": "chip-making machines",
    "critical minerals under export licence in china": "critical minerals",
    "potash and fertilisers that hold it": "potash",
    "wood and articles of wood": "wood",
    "all goods": "goods",
    "australian goods that china restricted from 2020": "restricted goods",
}
"""Short names of goods by the head of a list's title, in lower case."""
_NAMED_LIST = "listed goods"


def short_goods(title: str) -> str:
    """Name goods in at most two words for a title: ``machinery``, ``optical goods``; ``listed goods`` for other lists."""
    plain = re.sub(r" *\([^)]*\)", "", one_line(title))
    head = re.split(r"[,:;]", plain)[0].strip()
    if head.lower() in _GOODS:
        return _GOODS[head.lower()]
    words = head.split()
    if not words or len(words) > 2 or len(head) > _MOST_LETTERS or any(char.isdigit() for char in head):
        return _NAMED_LIST
    is_name = any(char.isupper() for char in words[0][1:])
    return head if is_name else head[0].lower() + head[1:]


def long_goods(title: str) -> str:
    """Name goods for a sentence, without codes in brackets: ``machinery and electronics``; a list's name is quoted."""
    plain = one_line(re.sub(r" *\([^)]*\)", "", one_line(title)))
    head = re.split(r"[:;]", plain)[0].strip()
    if not head or len(head) > 2 * _MOST_LETTERS or head.endswith(" basket"):
        return short_goods(title)
    is_name = any(char.isupper() for char in head[1:]) or any(char.isdigit() for char in head)
    return f"goods of the list “{head}”" if is_name else head[0].lower() + head[1:]


def economy(code: str, names: Mapping[str, str]) -> str:
    """Name an economy within a sentence, with its article; a name of over three words gives way to the code."""
    if code in _SHORT:
        return _SHORT[code]
    name = name_of(code, names)
    if len(name.split()) > _MOST_WORDS or len(name) > _MOST_LETTERS:
        return one_line(code)
    return f"the {name}" if _ARTICLE.match(name) else name


def possessive(name: str) -> str:
    """Name whose trade it is: ``the coalition’s``, ``Japan’s``; ``EU`` and ``US`` stand before the trade as they are."""
    plain = name.removeprefix("the ")
    if plain == name and name.endswith("members"):
        return f"{name}’"
    if plain != name and plain.isupper():
        return plain
    return f"{name}’" if plain != name and name.endswith("s") else f"{name}’s"


@dataclass(frozen=True)
class Parties:
    """Who lost trade with whom, in which goods, as names within a sentence.

    ``coalition`` is one member's name where one alone has figures, ``the EU`` where the members are its members, and
    ``coalition members`` where some have none. ``counted`` is the same with the number: ``5 of 36 coalition members``.
    ``market`` is whom others trade with: the target, or the coalition where others replaced the target.
    """

    target: str
    coalition: str
    counted: str
    market: str
    goods: str
    goods_in_full: str


def parties(
    finding: Finding, names: Mapping[str, str], goods_titles: Mapping[str, str], members: Members = None
) -> Parties:
    """Name the parties of a finding; `members` are all of the coalition, of whom some may have no figures."""
    title, shown = goods_titles.get(finding.goods, finding.goods), finding.members
    coalition, counted, party = "the coalition", "", coalition_of(finding, names, members)
    if len(shown) == 1:
        coalition = economy(shown[0].supplier, names)
    elif party.noun in _GROUPS:
        coalition = _GROUPS[party.noun]
    elif party.subject[:1].isdigit():
        coalition, counted = "EU members" if "EU27" in party.subject else "coalition members", party.subject
    target = economy(finding.target, names)
    market = coalition if is_substitution(finding) else target
    return Parties(target, coalition, counted or coalition, market, short_goods(title), long_goods(title))


def group_of(finding: Finding, supplier: str) -> ActorResult | None:
    """The actor of several suppliers (such as China with Hong Kong) that a supplier belongs to; ``None`` without."""
    return next((each for each in finding.actors if supplier in each.suppliers and len(each.suppliers) > 1), None)


def leaders(finding: Finding) -> list[SupplierResult]:
    """Suppliers to name, the one that filled most first; empty where none filled any.

    A second is named where it filled at least half as much, or belongs to the same group as the first and filled a tenth
    of what both did. A supplier whose trade fell over all goods is not named. Where the loss is not known, the one with
    the largest rise.
    """
    rows = [row for row in by_filled(finding) if row.gain_usd > 0]
    if not is_loss_known(finding):
        return sorted(
            (row for row in finding.suppliers if row.gain_usd > 0), key=lambda row: (-row.gain_usd, row.supplier)
        )[:1]
    if len(rows) < 2:
        return rows
    first, group = rows[0], group_of(finding, rows[0].supplier)
    mates = [row for row in rows[1:] if group is not None and row.supplier in group.suppliers]
    if mates:
        both = filled_usd(first) + filled_usd(mates[0])
        return [first, mates[0]] if filled_usd(mates[0]) >= both / 10 else [first]
    return rows[:2] if filled_usd(rows[1]) >= filled_usd(first) / 2 else [first]


def named(rows: list[SupplierResult], names: Mapping[str, str]) -> str:
    """Names of suppliers, joined: ``China and Hong Kong``."""
    return listing(economy(row.supplier, names) for row in rows)
