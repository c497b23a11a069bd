"""Words for each role of an episode (who backfills), names of economies, and names of the coalition.

The coalition of a finding is who has figures: a group is named by its name where all with figures belong to it, a
single member by its own, and where some members have none the number of those that have is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from stopgap.base.vocab import Direction, EpisodeRole
from stopgap.briefs.formats.text import listing, one_line, sentence_case, window_name
from stopgap.codes.groups import members
from stopgap.measures.backfill.results import Finding
from stopgap.panel.episodes import month_start

Members = Mapping[str, str | None] | None
"""All members of a coalition, each with its group; ``None`` where they are not known."""

GROSS_CHANGE = "gross change"
"""Name of a supplier's signed change in dollars; what the allocation assigns to it is `filled`, not its change."""
NET_CHANGE = "net change"
"""Name of a supplier's change beyond what it would have traded anyway."""

_GROUPS = {"eu27": "EU27", "eu": "EU", "g7": "G7", "cis": "CIS", "eaeu": "EAEU", "euro-area": "euro area"}
_WITH_ARTICLE = {"Netherlands", "Philippines", "Bahamas", "Maldives", "Comoros", "Seychelles"}
_OF_BUYERS = tuple(
    (re.compile(rf"\b{before}\b"), after)
    for before, after in (
        ("supplier", "buyer"), ("suppliers", "buyers"), ("Supplier", "Buyer"), ("Suppliers", "Buyers"), ("sold", "bought"),
        ("sales", "purchases"), ("destination", "origin"), ("destinations", "origins"), ("demand", "exports"),
    )
)  # fmt: skip
_NAMED = 6
_FEW = 4  # members that are named one by one


@dataclass(frozen=True)
class DirectionWords:
    """Words for one role, such as ``supplier`` and ``sold``.

    ``actor`` to ``places`` are of those that may backfill, ``member_traded`` to ``member_preposition`` of the
    coalition's trade with the target. ``turn`` is what turns at the market beside the event.
    """

    actor: str
    actors: str
    traded: str
    trade: str
    filled: str
    not_filled: str
    took: str
    preposition: str
    backfilled: str
    participle: str
    places: str
    member_traded: str
    member_trade: str
    member_preposition: str
    outside: str
    turn: str


_SUPPLIERS = DirectionWords(
    actor="supplier",
    actors="suppliers",
    traded="sold",
    trade="sales",
    filled="filled",
    not_filled="not filled",
    took="filled",
    preposition="to",
    backfilled="backfilled",
    participle="backfilled",
    places="destinations",
    member_traded="sold",
    member_trade="sales",
    member_preposition="to",
    outside="outside the coalition",
    turn="demand",
)
_BUYERS = DirectionWords(
    actor="buyer",
    actors="buyers",
    traded="bought",
    trade="purchases",
    filled="taken up",
    not_filled="not taken up",
    took="took up",
    preposition="from",
    backfilled="took up",
    participle="taken up",
    places="origins",
    member_traded="bought",
    member_trade="purchases",
    member_preposition="from",
    outside="outside the coalition",
    turn="exports",
)
_SUBSTITUTES = replace(
    _SUPPLIERS,
    member_traded="bought",
    member_trade="purchases",
    member_preposition="from",
    outside="other than the target",
)
_BY_ROLE = {
    EpisodeRole.SUPPLIERS_TO_TARGET: _SUPPLIERS,
    EpisodeRole.BUYERS_FROM_TARGET: _BUYERS,
    EpisodeRole.SUPPLIERS_TO_COALITION: _SUBSTITUTES,
}


def words_for(direction: str, role: str = "") -> DirectionWords:
    """Words for a direction (``exports-to-target``, ``imports-from-target``) and a role; by default its plain role."""
    plain = EpisodeRole.of(Direction(direction))
    named = EpisodeRole(role) if role else plain
    return _BY_ROLE[named if named.direction is plain.direction else plain]


def words_of(finding: Finding) -> DirectionWords:
    """Words for the role of a finding."""
    return words_for(finding.direction, finding.role)


def is_substitution(finding: Finding) -> bool:
    """Whether a finding is about other suppliers to the coalition (role ``suppliers-to-coalition``)."""
    return words_of(finding) is _SUBSTITUTES


def is_purchase(finding: Finding) -> bool:
    """Whether a finding is about other buyers from the target (role ``buyers-from-target``)."""
    return words_of(finding) is _BUYERS


def is_loss_known(finding: Finding) -> bool:
    """Whether any member of the coalition has figures in both windows; without, the loss of 0 is no figure."""
    silent = set(finding.coverage.missing_reporters)
    return any(row.supplier not in silent for row in finding.members)


def name_of(code: str, names: Mapping[str, str]) -> str:
    """Short English name of an economy; its code where there is none."""
    return one_line(names.get(code, code)) or code


def in_sentence(name: str) -> str:
    """Return a name as it stands within a sentence: ``the United States``, ``China``."""
    return f"the {name}" if name.startswith("United ") or name in _WITH_ARTICLE else name


def possessive(noun: str) -> str:
    """Return the possessive of a noun: ``the coalition’s``, ``the United States’``."""
    return f"{noun}’" if noun.endswith("s") else f"{noun}’s"


@dataclass(frozen=True)
class NamedCoalition:
    """Who stands for the coalition in a text.

    Attributes:
        subject: At the start of a sentence: ``Coalition members``, ``22 of 38 coalition members``, ``The EU27``.
        noun: Within one: ``the coalition``, ``the members with figures``, ``the EU27``, ``the United States``.
        head: In a heading or label: ``Coalition``, ``EU27``, ``United States``.
        pronoun: ``they`` or ``it``.
        counted: Who has figures, of how many: ``22 of 38 members with figures: EU27 (20 of 27), Japan and Norway``.
    """

    subject: str
    noun: str
    head: str
    pronoun: str
    counted: str


def party_of(
    codes: tuple[str, ...], names: Mapping[str, str], known: Members, on: str, groups: tuple[str, ...] = ()
) -> NamedCoalition:
    """Name those members of a coalition that have figures.

    Args:
        codes: Members with figures.
        names: Short English names by code.
        known: All members of the coalition with their groups.
        on: Month (``YYYY-MM``) at which groups are taken.
        groups: Groups of the coalition, for members that are not known.
    """
    whole = known is None or len(codes) >= len(known)
    sizes = _groups_of(codes, known, on, groups)
    counted = _counted(codes, names, known, sizes)
    if len(codes) == 1:
        name = name_of(codes[0], names)
        noun = in_sentence(name)
        return NamedCoalition(sentence_case(noun), noun, name, "it", counted)
    alone = next((group for group, inside in sizes.items() if len(inside) == len(codes)), None)
    if alone is not None:
        label, size = _GROUPS[alone], len(members(alone, on=month_start(on)))
        if len(codes) == size:
            return NamedCoalition(f"The {label}", f"the {label}", label, "it", counted)
        some = f"{len(codes)} of {size} {label} members"
        return NamedCoalition(sentence_case(some), f"the {label} members with figures", some, "they", counted)
    if known is not None and whole and 1 < len(codes) < _FEW:
        noun = listing(in_sentence(name_of(code, names)) for code in codes)
        return NamedCoalition(sentence_case(noun), noun, "Coalition", "they", counted)
    if not whole and codes:
        subject = f"{len(codes)} of {len(known or ())} coalition members"
        return NamedCoalition(subject, "the members with figures", "Members with figures", "they", counted)
    return NamedCoalition("Coalition members", "the coalition", "Coalition", "they", counted)


def coalition_of(finding: Finding, names: Mapping[str, str], known: Members = None) -> NamedCoalition:
    """Name the members of the coalition that a finding has figures of."""
    codes = tuple(sorted(row.supplier for row in finding.members))
    return party_of(
        codes, names, known, finding.windows.after[0], tuple(group.group for group in finding.member_groups)
    )


def market_of(finding: Finding, names: Mapping[str, str], known: Members = None) -> str:
    """Name the market that others trade with: the target, or the coalition that turned away from it."""
    if is_substitution(finding):
        return coalition_of(finding, names, known).noun
    return target_of(finding, names)


def target_of(finding: Finding, names: Mapping[str, str]) -> str:
    """Name the target within a sentence."""
    return in_sentence(name_of(finding.target, names))


def outside_words(finding: Finding, names: Mapping[str, str]) -> str:
    """Words that follow ``supplier``: ``outside the coalition``, ``other than China``."""
    if is_substitution(finding):
        return f"other than {target_of(finding, names)}"
    return words_of(finding).outside


def told(text: str, finding: Finding, names: Mapping[str, str] | None = None) -> str:
    """Return a sentence of the measure in the words of the role, with names for the codes of economies.

    The measure speaks of suppliers and of destinations; where the target sells, they are buyers and origins.
    """
    text = one_line(text)
    if is_purchase(finding):
        for pattern, word in _OF_BUYERS:
            text = pattern.sub(word, text)
    text = re.sub(r"\b([Nn])et gain", r"\1et change", text)
    known = names or {}
    return re.sub(r"\b[A-Z]{3}\b", lambda found: name_of(found.group(), known), text)


def windows_named(finding: Finding) -> tuple[str, str]:
    """Names of the baseline and the after-window: years of annual figures, months of monthly ones."""
    both = finding.windows
    return window_name(both.baseline, finding.frequency), window_name(both.after, finding.frequency)


def _groups_of(codes: tuple[str, ...], known: Members, on: str, groups: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the members with figures of each named group that the coalition is made of; none overlap."""
    found: dict[str, list[str]] = {}
    if known is not None:
        for code in codes:
            if (group := known.get(code)) in _GROUPS:
                found.setdefault(str(group), []).append(code)
        return found
    for group in groups:
        inside = members(group, on=month_start(on)) if group in _GROUPS else frozenset()
        if len(codes) > 1 and inside.issuperset(codes):
            found[group] = list(codes)
            break
    return found


def _counted(codes: tuple[str, ...], names: Mapping[str, str], known: Members, groups: Mapping[str, list[str]]) -> str:
    if not codes:
        return "no member with figures"
    if len(codes) == 1 and known is not None and len(known) == 1:
        return f"{name_of(codes[0], names)} alone"
    of_groups = {code for inside in groups.values() for code in inside}
    parts = []
    for group, inside in groups.items():
        whole = sum(own == group for own in (known or {}).values()) or len(inside)
        label = _GROUPS[group]
        parts.append(label if len(inside) == whole else f"{label} ({len(inside)} of {whole})")
    single = sorted(name_of(code, names) for code in codes if code not in of_groups)
    more = len(single) - _NAMED
    parts += [*single[:_NAMED], f"{more} more"] if more > 1 else single
    total = f" of {len(known)}" if known is not None else ""
    members_word = "member" if len(codes) == 1 and not total else "members"
    return f"{len(codes)}{total} {members_word} with figures: {listing(parts)}"
