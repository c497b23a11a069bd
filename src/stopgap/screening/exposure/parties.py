"""Merge declared names into companies: by identifier, equal name, then name matching.

Nothing is merged against a conflict: two different numbers in one economy are two companies, however similar their
names are. Each company records which spellings were merged, by which criterion and with which score.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from stopgap.screening.entities import ListedEntity, ListedName, NameKind, clean
from stopgap.screening.exposure.request import Merge
from stopgap.screening.exposure.results import Merging, Spelled
from stopgap.screening.matching.match_selection import name_fault
from stopgap.screening.matching.results import Match, ScreenQuery


class Searcher(Protocol):
    """Interface of a name search, such as :class:`stopgap.screening.index.name_index.NameIndex`."""

    def search(self, queries: Sequence[ScreenQuery], *, limit: int = 5) -> list[tuple[Match, ...]]:
        """Return the best matches of each query, best first."""
        ...


BuildIndex = Callable[[Iterable[ListedEntity]], Searcher]

MERGE_SCORE = 0.9
"""Probability of "the same company" from which the matcher merges two declared names."""

MARGIN = 0.02
"""Minimum lead of the best score over that of a second company with an identifier; below it, neither is merged."""

MATCHED_NAMES = 10_000
"""Maximum number of companies without an identifier that the matcher looks up, largest first."""

NAMES_OF_ONE_NUMBER = 60
"""Maximum number of names per identifier; one with more counts as a broker's or a placeholder, and merges nothing."""

INDEXED_NAMES = 6
"""Maximum number of spellings per company in the matcher's index, most common first."""

WEAKNESS = {"itself": -1, "identifier": 0, "name": 1, "similar": 2}
"""Criterion by which a spelling was merged into a company -> its weakness."""


@dataclass(frozen=True, slots=True)
class DeclaredParty:
    """A party as declared: name, identifier and economy, with its lines and dollars.

    ``name`` is ``None`` if the line has only a number; ``identifier`` is the register number as declared; ``value_usd``
    excludes lines without a value.
    """

    name: str | None
    identifier: str | None
    economy: str | None
    lines: int
    value_usd: float

    @property
    def key(self) -> tuple[str, str, str]:
        return self.name or "", self.identifier or "", self.economy or ""


@dataclass(frozen=True, slots=True)
class DeclaredCompany:
    """Declared names merged into one company; names and economies (ISO3) are sorted by frequency, most common first.

    ``company`` is an id, a hash of its number, or of its names if it has none: the same for the same rows. ``economy``
    is ``None`` if no line states one; ``identifiers`` are normalised.
    """

    company: str
    name: str
    economy: str | None
    economies: tuple[str, ...]
    identifiers: tuple[str, ...]
    names: tuple[Spelled, ...]

    @property
    def merged_by(self) -> str:
        """Weakest criterion by which a spelling was merged: ``none``, ``identifier``, ``name`` or ``similar``."""
        grounds = {name.by for name in self.names}
        return next((by for by in ("similar", "name", "identifier") if by in grounds), "none")

    @property
    def least_score(self) -> float | None:
        """Return the lowest matcher score by which a spelling was merged; ``None`` if the matcher merged none."""
        return min((name.score for name in self.names if name.score is not None), default=None)


@dataclass(frozen=True)
class Resolution:
    """Result of merging declared names: companies by id, and the company id of each (name, identifier, economy)."""

    companies: dict[str, DeclaredCompany]
    of_party: dict[tuple[str, str, str], str]
    merging: Merging


@dataclass
class Group:
    """Parties merged into one company so far."""

    members: list[int]
    number: str | None
    economies: set[str]
    lines: int
    value_usd: float
    by: dict[int, tuple[str, float | None]] = field(default_factory=dict)


class Groups:
    """Union-find structure of groups of parties; groups can be joined but not split."""

    def __init__(self, parties: Sequence[DeclaredParty], numbers: Sequence[str | None]) -> None:
        self.parent = list(range(len(parties)))
        self.groups = {
            place: Group(
                [place], numbers[place], {party.economy} if party.economy else set(), party.lines, party.value_usd
            )
            for place, party in enumerate(parties)
        }

    def root(self, place: int) -> int:
        while self.parent[place] != place:
            self.parent[place] = self.parent[self.parent[place]]
            place = self.parent[place]
        return place

    def join(self, kept: int, other: int, by: str, score: float | None = None) -> None:
        """Merge the group of ``other`` into that of ``kept``; if only one has an identifier, that group is kept."""
        kept, other = self.root(kept), self.root(other)
        if kept == other:
            return
        a, b = self.groups[kept], self.groups[other]
        if a.number is None and b.number is not None:
            kept, other, a, b = other, kept, b, a
        self.parent[other] = kept
        for member in b.members:
            before = b.by.get(member)
            weaker = before if before is not None and WEAKNESS[before[0]] >= WEAKNESS[by] else (by, score)
            a.by[member] = weaker
        a.members += b.members
        a.economies |= b.economies
        a.lines += b.lines
        a.value_usd += b.value_usd
        del self.groups[other]

    def may_join(self, one: int, other: int) -> bool:
        """Whether two groups may be merged: neither their identifiers nor their economies conflict."""
        a, b = self.groups[self.root(one)], self.groups[self.root(other)]
        if a.number is not None and b.number is not None and a.number != b.number:
            return False
        return not (a.economies and b.economies) or bool(a.economies & b.economies)


def folded(name: str) -> str:
    """Case-fold a name and keep only letters and digits; equal results mean the same name. May be empty."""
    text = unicodedata.normalize("NFKC", name[:1000]).casefold()
    return "".join(letter for letter in text if letter.isalnum())


def number_of(text: str | None) -> str | None:
    """Normalise a register number, the first of several; return ``None`` for a placeholder."""
    first = next((part for part in re.split(r"[/;,|]", text[:200]) if len(part.strip()) >= 5), "") if text else ""
    found = clean("id", first)
    core = found.value.lstrip("0") if found else ""
    if found is None or len(core) < 5 or len(set(core)) < 2 or not any(sign.isdigit() for sign in core):
        return None
    return found.value


def resolve(
    parties: Sequence[DeclaredParty],
    *,
    merge: Merge = Merge.SIMILAR,
    build: BuildIndex | None = None,
    score: float = MERGE_SCORE,
    most_matched: int = MATCHED_NAMES,
) -> Resolution:
    """Merge declared parties into companies; parties without name and identifier are omitted.

    ``build`` creates the index that the matcher searches; without it, names are merged up to ``name``. Names that the
    matcher scores at ``score`` or more are one company; at most ``most_matched`` companies without an identifier are
    looked up. Ids do not depend on the order of the parties.
    """
    parties = sorted((party for party in parties if party.name or party.identifier), key=lambda party: party.key)
    numbers = [number_of(party.identifier) for party in parties]
    placeholders = len(
        {party.identifier for party, number in zip(parties, numbers, strict=True) if party.identifier and not number}
    )
    folds = [folded(party.name) if party.name else "" for party in parties]
    names_of: dict[str, set[str]] = defaultdict(set)
    for number, fold in zip(numbers, folds, strict=True):
        if number is not None:
            names_of[number].add(fold)
    crowded = {number for number, found in names_of.items() if len(found) > NAMES_OF_ONE_NUMBER}
    numbers = [None if number in crowded else number for number in numbers]
    groups = Groups(parties, numbers)
    ambiguous = not_matched = 0
    if merge is not Merge.NONE:
        _by_number(parties, numbers, groups)
    if merge in (Merge.NAME, Merge.SIMILAR):
        ambiguous = _by_name(parties, folds, groups)
    if merge is Merge.SIMILAR and build is not None:
        more, not_matched = _by_matcher(parties, groups, build, score, most_matched)
        ambiguous += more
    companies = list(_companies(parties, numbers, groups, apart=merge is Merge.NONE))
    of_party = {parties[member].key: company.company for company, members in companies for member in members}
    by_id = {company.company: company for company, _ in companies}
    merging = Merging(
        merge=str(merge),
        declared_names=len(of_party),
        companies=len(by_id),
        ambiguous=ambiguous,
        crowded_numbers=len(crowded),
        placeholder_numbers=placeholders,
        not_matched=not_matched,
        score=score if merge is Merge.SIMILAR and build is not None else None,
    )
    return Resolution(by_id, of_party, merging)


def _by_number(parties: Sequence[DeclaredParty], numbers: Sequence[str | None], groups: Groups) -> None:
    """Join parties with the same identifier and economy; a party without economy joins the only economy that has it."""
    places: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, number in enumerate(numbers):
        if number is not None:
            places[number][parties[place].economy or ""].append(place)
    for by_economy in places.values():
        for members in by_economy.values():
            for member in members[1:]:
                groups.join(members[0], member, "identifier")
        nowhere = by_economy.pop("", [])
        if nowhere and len(by_economy) == 1:
            [(first, *_)] = by_economy.values()
            groups.join(first, nowhere[0], "identifier")


def _by_name(parties: Sequence[DeclaredParty], folds: Sequence[str], groups: Groups) -> int:
    """Join parties with equal names in one economy, unless several identifiers have the name; return how many do."""
    same: dict[tuple[str, str], list[int]] = defaultdict(list)
    anywhere: dict[str, list[int]] = defaultdict(list)
    for place, fold in enumerate(folds):
        if fold:
            same[(fold, parties[place].economy or "")].append(place)
            anywhere[fold].append(place)
    ambiguous = 0
    for (_, economy), members in sorted(same.items()):
        if economy:
            ambiguous += _join_equal(members, groups)
    for (fold, economy), members in sorted(same.items()):
        if not economy:
            ambiguous += _join_equal(anywhere[fold], groups, only=members)
    return ambiguous


def _join_equal(members: Sequence[int], groups: Groups, *, only: Sequence[int] | None = None) -> int:
    """Join members without identifier to the only group with one, or to each other; return 1 if several have one."""
    bare = [
        member for member in (members if only is None else only) if groups.groups[groups.root(member)].number is None
    ]
    if not bare:
        return 0
    others = [member for member in members if member not in set(bare)] if only is not None else members
    roots = {groups.root(member) for member in others if groups.groups[groups.root(member)].number is not None}
    if only is not None and not roots:
        roots = {groups.root(member) for member in others}
    for member in bare[1:]:
        groups.join(bare[0], member, "name")
    if len(roots) == 1:
        groups.join(next(iter(roots)), bare[0], "name")
    return int(len(roots) > 1)


def _by_matcher(
    parties: Sequence[DeclaredParty], groups: Groups, build: BuildIndex, score: float, most: int
) -> tuple[int, int]:
    """Join groups without identifier to groups that the matcher finds identical.

    Returns the number of ambiguous groups, and of groups not looked up because of the maximum.
    """
    roots = sorted(groups.groups)
    names = {
        root: [name for name in _spellings(parties, groups.groups[root].members) if name_fault(name) is None]
        for root in roots
    }
    roots = [root for root in roots if names[root]]
    bare = [root for root in roots if groups.groups[root].number is None]
    bare.sort(key=lambda root: (-groups.groups[root].value_usd, -groups.groups[root].lines, root))
    asked, left = bare[:most], max(0, len(bare) - most)
    if not asked or len(roots) < 2:
        return 0, left
    index = build(
        ListedEntity(
            entity_id=str(root),
            list="declared",
            list_date=None,
            schema="Company",
            names=tuple(
                ListedName(text, NameKind.NAME if place == 0 else NameKind.ALIAS)
                for place, text in enumerate(names[root][:INDEXED_NAMES])
            ),
            countries=tuple(sorted(groups.groups[root].economies)),
        )
        for root in roots
    )
    queries = [
        ScreenQuery(names[root][0], tuple(sorted(groups.groups[root].economies)), schema="Company") for root in asked
    ]
    found: list[tuple[float, int, int]] = []
    ambiguous = 0
    for root, matches in zip(asked, index.search(queries, limit=6), strict=True):
        fits = [
            (match.score, int(match.entity_id))
            for match in matches
            if match.score >= score and int(match.entity_id) != root and groups.may_join(root, int(match.entity_id))
        ]
        fits.sort(key=lambda fit: (-fit[0], fit[1]))
        numbered = [fit for fit in fits if groups.groups[fit[1]].number is not None]
        if len(numbered) > 1 and numbered[0][0] - numbered[1][0] < MARGIN:
            ambiguous += 1
            fits = [fit for fit in fits if groups.groups[fit[1]].number is None]
        found += [(value, root, other) for value, other in fits]
    for value, root, other in sorted(found, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if groups.may_join(root, other):
            groups.join(other, root, "similar", value)
    return ambiguous, left


def _spellings(parties: Sequence[DeclaredParty], members: Sequence[int]) -> list[str]:
    """Return the names of parties, most common first."""
    counted: Counter[str] = Counter()
    for member in members:
        if name := parties[member].name:
            counted[name] += parties[member].lines
    return [name for name, _ in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))]


def _companies(
    parties: Sequence[DeclaredParty], numbers: Sequence[str | None], groups: Groups, *, apart: bool
) -> Iterator[tuple[DeclaredCompany, list[int]]]:
    """Yield each company with the positions of its parties."""
    for group in groups.groups.values():
        members = sorted(group.members)
        own = sorted({number for member in members if (number := numbers[member])})
        lines: Counter[str] = Counter()
        grounds: dict[str, tuple[str, float | None]] = {}
        for member in members:
            name = parties[member].name or parties[member].identifier or ""
            lines[name] += parties[member].lines
            ground = group.by.get(member, ("itself", None))
            kept = grounds.get(name)
            if kept is None or WEAKNESS[ground[0]] < WEAKNESS[kept[0]]:
                grounds[name] = ground
        ordered = sorted(lines, key=lambda name: (-lines[name], name))
        at: Counter[str] = Counter()
        for member in members:
            if economy := parties[member].economy:
                at[economy] += parties[member].lines
        economies = sorted(at, key=lambda code: (-at[code], code))
        named = tuple(Spelled(name, *grounds[name], lines[name]) for name in ordered)
        label = (
            f"{group.number}|{economies[0] if economies else ''}"
            if group.number and not apart
            else "|".join("/".join(parties[member].key) for member in members)
        )
        code = "co-" + hashlib.sha256(label.encode()).hexdigest()[:12]
        economy = economies[0] if economies else None
        yield DeclaredCompany(code, ordered[0], economy, tuple(economies), tuple(own), named), members
