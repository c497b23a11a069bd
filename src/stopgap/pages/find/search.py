"""Search from anywhere: what answers it, in groups, the best first; names on lists are a part that comes later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stopgap.api import Lake
from stopgap.base.errors import MissingDataError, StopgapError
from stopgap.base.marking import CLEAR, Marking, strictest
from stopgap.briefs.claims.words import economy_words
from stopgap.briefs.formats.text import one_line, percent, shorten
from stopgap.codes.areas import areas, find_area_code
from stopgap.codes.commodities import REVISIONS
from stopgap.codes.goods_search import packaged_lists, search_codes, search_lists
from stopgap.pages.claims.listing import ClaimRow, claim_row
from stopgap.pages.find.matching import BEGINS, NONE, WHOLE, WITHIN, WORDS, score_of
from stopgap.pages.site import QueryValue, path_of
from stopgap.pages.views import PageContent
from stopgap.panel.episodes import episode_names, load_episode
from stopgap.screening.matching.match_selection import ScreenedMatch

MOST = 8
"""Entries of a group that are shown."""

LONGEST = 500
"""Characters of a search that are read."""

Query = Mapping[str, QueryValue]


@dataclass(frozen=True)
class FoundLink:
    """A further page on what was found."""

    text: str
    page: str
    query: Query = field(default_factory=dict)


@dataclass(frozen=True)
class FoundEntry:
    """One thing that a search found.

    Attributes:
        title: Its title.
        page: Path of its page.
        query: Options of the page.
        note: What it is, in one line.
        more: Further pages on it.
        parts: Pages on its part in episodes, which are folded.
        tag: Label, in words, and its kind.
        score: How well it answers the search, 0 to 1.
    """

    title: str
    page: str
    query: Query = field(default_factory=dict)
    note: str = ""
    more: tuple[FoundLink, ...] = ()
    parts: tuple[FoundLink, ...] = ()
    tag: tuple[str, str] = ("", "")
    score: float = NONE


@dataclass(frozen=True)
class FoundGroup:
    """What was found of one kind, the best first.

    Attributes:
        title: What they are.
        entries: Those that are shown.
        total: How many there are.
        all_at: The page that shows all; ``None`` where there is none.
    """

    title: str
    entries: tuple[FoundEntry, ...]
    total: int
    all_at: FoundLink | None = None

    @property
    def score(self) -> float:
        """Score of the best."""
        return max((entry.score for entry in self.entries), default=NONE)


def find_page(lake: Lake, text: str) -> PageContent:
    """Return what answers a search; without one the page says what can be looked for.

    Args:
        lake: The lake, as the person sees it.
        text: What is looked for: words, a code, an id.
    """
    wanted = " ".join(text[:LONGEST].split())
    groups: list[FoundGroup] = []
    markings: list[Marking] = [CLEAR]
    if wanted:
        for search in (_claims, _files):
            found, marking = search(lake, wanted)
            groups.append(found)
            markings.append(marking)
        groups += [_episodes(wanted), _economies(wanted), _lists(wanted), _codes(wanted)]
    shown = sorted((group for group in groups if group.entries), key=lambda group: -group.score)
    title = f"Search: {wanted}" if wanted else "Search"
    return PageContent("find/page.html", title, {"text": wanted, "groups": tuple(shown)}, strictest(markings), nav="")


def companies_part(lake: Lake, text: str) -> PageContent:
    """Return names on lists that are like a text, as far as the person sees them; `found` is what the log keeps of it."""
    wanted = " ".join(text[:LONGEST].split())
    everything = FoundLink("look it up, with reasons", "/companies", {"name": wanted})
    entries: tuple[FoundEntry, ...] = ()
    marking, why, found = CLEAR, "", None
    try:
        found = lake.screen(wanted, limit=MOST)
        marking = found.marking or CLEAR
        entries = tuple(_match_entry(each) for result in found for each in result.matches)
    except MissingDataError:
        why = "The lake holds no lists."
    except StopgapError as error:
        marking = error.marking if isinstance(error.marking, Marking) else CLEAR
        why = f"{error.what[:1].upper()}{error.what[1:]}."
    group = FoundGroup("Companies and vessels on lists", entries, len(entries), everything)
    return PageContent(
        "find/companies.html",
        "Companies",
        {"group": group, "why": why, "text": wanted, "found": found},
        marking,
        nav="",
    )


def _match_entry(found: ScreenedMatch) -> FoundEntry:
    match = found.match
    listed = found.listings[0].list_name if found.listings else match.list
    day = f", edition of {match.list_date}" if match.list_date else ""
    alike = f"; like “{one_line(match.matched_name)}”" if match.matched_name != match.name else ""
    note = f"{one_line(listed)}{day}{alike}; {percent(match.score)} likely the same"
    tag = ("alerts", "warn") if match.alerts else ("", "")
    return FoundEntry(one_line(match.name), "/companies", {"name": match.name}, note=note, score=match.score, tag=tag)


def _group(
    title: str, entries: Iterable[FoundEntry], *, all_at: FoundLink | None = None, total: int | None = None
) -> FoundGroup:
    ranked = sorted((entry for entry in entries if entry.score > NONE), key=lambda entry: -entry.score)
    return FoundGroup(title, tuple(ranked[:MOST]), len(ranked) if total is None else total, all_at)


def _episodes(text: str) -> FoundGroup:
    code = find_area_code(text)
    entries = []
    for name in episode_names():
        episode = load_episode(name)
        target = economy_words(episode.target)
        score = max(score_of(text, episode.title, name), min(WORDS, score_of(text, target, *episode.goods)))
        if code is not None and code == episode.target:
            score = max(score, WORDS)
        entries.append(
            FoundEntry(episode.title, path_of("episodes", name), note=f"{target}, since {episode.event}", score=score)
        )
    return _group("Episodes", entries, all_at=FoundLink("all episodes", "/"))


def _economies(text: str) -> FoundGroup:
    meant = find_area_code(text)
    entries = []
    for code, area in areas().items():
        if area.kind != "economy":
            continue
        score = WHOLE if code == meant else score_of(text, area.name, code) if len(text) > 1 else NONE
        if score <= NONE or (score < BEGINS and code != meant and len(text) < 3):
            continue
        entries.append(
            FoundEntry(
                area.name,
                "/explore",
                {"reporters": code},
                note=f"{code}: its trade with others, as it reports it",
                more=_more(code),
                parts=_parts(code),
                score=score,
            )
        )
    return _group("Economies", entries)


def _more(code: str) -> tuple[FoundLink, ...]:
    """Return the episodes of which an economy is the target or a hub, and what others report of it."""
    links = []
    for name in episode_names():
        episode = load_episode(name)
        if episode.target == code:
            links.append(FoundLink(f"target of: {episode.title}", path_of("episodes", name)))
        elif code in episode.hubs:
            links.append(FoundLink(f"is it a hub? {episode.title}", path_of("episodes", name, "suppliers", code)))
    return (*links, FoundLink("what others report of it", "/explore", {"partners": code}))


def _parts(code: str) -> tuple[FoundLink, ...]:
    """Return the pages of an economy as a supplier, in the episodes of which it is neither target nor member."""
    found = [(name, load_episode(name)) for name in episode_names()]
    others = [(name, each) for name, each in found if each.target != code and code not in each.members()]
    return tuple(FoundLink(each.title, path_of("episodes", name, "suppliers", code)) for name, each in others)


def _lists(text: str) -> FoundGroup:
    named = {goods.name for goods in search_lists(text)}
    entries = []
    for name, goods in packaged_lists().items():
        score = score_of(text, name, goods.title)
        score = max(score, WITHIN) if name in named else score
        note = f"{name}: {len(goods.items)} codes, {goods.revision}"
        entries.append(FoundEntry(goods.title, path_of("goods", name), note=note, score=score))
    return _group("Goods lists", entries, all_at=FoundLink("all lists", "/goods", {"q": text}))


def _codes(text: str) -> FoundGroup:
    found, total = search_codes(text, most=MOST)
    entries = []
    for each in found:
        score = (
            WHOLE
            if each.code == text
            else BEGINS
            if text.isdigit()
            else min(WORDS, max(WITHIN, score_of(text, each.description)))
        )
        in_lists = f"; in {', '.join(each.lists[:4])}" if each.lists else ""
        note = (
            f"{each.revisions[0]} to {each.revisions[-1]}{in_lists}"
            if len(each.revisions) > 1
            else f"{each.revisions[0]}{in_lists}"
        )
        entries.append(
            FoundEntry(
                f"{each.code} {shorten(each.description, 110)}", path_of("goods", each.text), note=note, score=score
            )
        )
    return _group(
        f"Codes of the Harmonized System ({REVISIONS[0]} to {REVISIONS[-1]})",
        entries,
        all_at=FoundLink("all codes", "/goods", {"q": text}),
        total=total,
    )


def _claims(lake: Lake, text: str) -> tuple[FoundGroup, Marking]:
    found = lake.claims.list()
    entries = []
    for entry in found:
        row, claim = claim_row(entry), entry.claim
        score = (
            WHOLE
            if entry.id == text
            else BEGINS
            if len(text) > 3 and entry.id.startswith(text)
            else _of_claim(text, row, claim.words.text)
        )
        entries.append(FoundEntry(row.title, row.page, note=row.said, tag=(row.verdict_words, row.tag), score=score))
    return _group("Claims", entries, all_at=FoundLink("all claims", "/claims")), found.marking


def _of_claim(text: str, row: ClaimRow, words: str) -> float:
    return max(
        score_of(text, row.title, row.said), min(WITHIN, score_of(text, words, *(source for source, _ in row.chain)))
    )


def _files(lake: Lake, text: str) -> tuple[FoundGroup, Marking]:
    found = lake.vintages()
    entries = []
    for row in found.to_pylist():
        files, vintage = one_line(str(row["files"] or "")), str(row["vintage"])
        score = WHOLE if vintage == text.lower() else score_of(text, files, str(row["source"] or ""))
        note = f"{vintage}, {str(row['committed'])[:10]}, {row['change']} of {row['source'] or row['table']}: {row['rows_added']:,} rows"
        entries.append(
            FoundEntry(shorten(files, 110) or vintage, path_of("data", "vintages", vintage), note=note, score=score)
        )
    return _group("Files and vintages", entries, all_at=FoundLink("all files", "/data")), found.marking
