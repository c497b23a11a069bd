"""Screen names of firms and vessels against the lists in the lake."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from stopgap.base.display.displayed import table_display
from stopgap.base.errors import InputError, UsageError
from stopgap.base.listing import Listing
from stopgap.base.progress import Progress
from stopgap.codes.named_table import names_of_economies
from stopgap.screening.decisions.log import screened_query, standings
from stopgap.screening.decisions.states import Standings
from stopgap.screening.entities import ListedEntity
from stopgap.screening.index.build import ReadyIndex, is_ready, model_version, no_lists, ready_index
from stopgap.screening.index.build_aside import build_aside
from stopgap.screening.index.name_index import THRESHOLD
from stopgap.screening.lists.run import choose_lists, list_states
from stopgap.screening.matching.asked_lists import ListsInForce
from stopgap.screening.matching.language_warning import unheld_language
from stopgap.screening.matching.match_listing import MatchListing, match_listing
from stopgap.screening.matching.match_selection import FLOOR, ScreenAnswer, ScreenOptions, with_decisions
from stopgap.screening.matching.output import matches_table
from stopgap.screening.matching.request import MATCHES, LookUpRequest, ScreenRequest
from stopgap.screening.matching.results import Match, ScreenQuery
from stopgap.screening.matching.rows import checked_query
from stopgap.screening.matching.worker import search

if TYPE_CHECKING:
    import pyarrow as pa

    from stopgap.base.display.forms import Display

BATCH = 1_000
"""Number of rows of a file that are searched and saved per batch."""

ASIDE = 5_000
"""Number of entries from which an index is built by a process of its own; fewer take less time than its start."""


@dataclass(frozen=True)
class Screener:
    """Lists in force, opened once for many queries; ``known`` (decisions) is ``None`` if decisions are disabled."""

    lake: Path
    ready: ReadyIndex
    lists: ListsInForce
    known: Standings | None

    def entity(self, name: str, entity_id: str) -> ListedEntity | None:
        """Return an entity of a list; ``None`` if the list does not hold it, or it is not matched."""
        entries = self.ready.entries
        try:
            return entries.entity(entries.number(name, entity_id))
        except KeyError:
            return None

    def screen(self, queries: Iterable[ScreenQuery], wanted: ScreenOptions | None = None) -> list[ScreenAnswer]:
        """Search the lists for each query and apply decisions.

        Raises:
            InputError: A name is empty, too long, not Unicode text, or without a letter or digit.
            UsageError: A query is for a person.
        """
        asked = [checked_query(query) for query in queries]
        wanted = wanted or screen_wanted()
        found = search(self.ready.index, asked, wanted)
        return [self.answered(query, matches, wanted) for query, matches in zip(asked, found, strict=True)]

    def answered(self, query: ScreenQuery, matches: Sequence[Match], wanted: ScreenOptions) -> ScreenAnswer:
        """Return the answer to a query from its matches: with listings, decisions and a warning on its language."""
        unheld = unheld_language(query.name, self._held(wanted.lists))
        return with_decisions(
            query, matches, self.known, listings_of=partial(self.listings_of, lists=wanted.lists), unheld=unheld
        )

    def listings_of(self, match: Match, *, lists: frozenset[str] | None = None) -> tuple[MatchListing, ...]:
        """Return every listing of the entity of a match on the lists of these names, that of the match first."""
        entries = self.ready.entries
        own = entries.number(match.list, match.entity_id)
        members = (own, *(each for each in entries.members(own) if each != own))
        return tuple(
            match_listing(entity, self.ready.formats.get(entity.list, ""), entries.remarks(number))
            for number in members
            for entity in (entries.entity(number),)
            if lists is None or entity.list in lists
        )

    @cached_property
    def _held_by(self) -> dict[frozenset[str] | None, Counter[str]]:
        return {}

    def _held(self, lists: frozenset[str] | None) -> Counter[str]:
        """Return the number of names of some lists, all if ``None``, by script and language."""
        if lists not in self._held_by:
            found: Counter[str] = Counter()
            for name, counts in self.ready.tongues.items():
                if lists is None or name in lists:
                    found.update(counts)
            self._held_by[lists] = found
        return self._held_by[lists]

    def restricted(self, wanted: ScreenOptions, names: Sequence[str] | None) -> ScreenOptions:
        """Restrict options to the lists of these names; raise NotFoundError for an unknown list."""
        chosen = choose_lists(self.lists.states, names)
        return wanted if chosen is None else replace(wanted, lists=frozenset(chosen))


def screen_wanted(*, threshold: float | None = None, limit: int = MATCHES, explain: bool = False) -> ScreenOptions:
    """Build search options, with the documented threshold if none is given.

    Matches alert, and are shown, from the threshold. If it is ``None``, the documented threshold alerts, and if none
    alerts, the best matches are shown anyway if the first reaches :data:`FLOOR`. A threshold that is not a probability,
    or a limit below 1, raises UsageError.
    """
    if threshold is not None and not 0 <= threshold <= 1:
        raise UsageError(f"{threshold} is no probability", where="--threshold", fix="give 0 to 1; 0 shows all")
    if limit < 1:
        raise UsageError(f"{limit} matches cannot be shown", where="--limit", fix="give 1 or more")
    if threshold is None:
        return ScreenOptions(THRESHOLD, limit, FLOOR, explain)
    return ScreenOptions(threshold, limit, None, explain)


def open_screener(
    lake: Path,
    *,
    as_of: str | None = None,
    on: str | None = None,
    decisions: bool = True,
    withheld: frozenset[str] = frozenset(),
    progress: Progress | None = None,
    aside: bool = False,
) -> Screener:
    """Open the lists in force (``as_of`` a vintage or day, ``on`` a day), with the decisions unless these are disabled.

    Files whose receipts are in ``withheld`` are treated as never imported. With ``aside``, an index that is not there
    yet is built by a process of its own.

    Raises:
        MissingDataError: The lake holds no lists.
        InputError: ``on`` is not a valid day.
        RefusedError: The log of decisions was altered.
    """
    try:
        if on is not None:
            dt.date.fromisoformat(on)
    except ValueError as error:
        raise InputError(f"{on!r} is no day", where="--on", fix="write it as 2024-06-01") from error
    states = list_states(lake, as_of, on=on, withheld=withheld)
    if not states:
        raise no_lists(lake)
    if aside and sum(state.entities for state in states) >= ASIDE and not is_ready(lake, as_of=as_of, on=on):
        build_aside(lake, as_of=as_of, on=on)
    ready = ready_index(lake, as_of=as_of, on=on, withheld=withheld, progress=progress)
    lists = ListsInForce(states, dt.datetime.now(dt.UTC).date(), on or as_of, ready.persons)
    return Screener(lake, ready, lists, standings(lake, withheld=withheld) if decisions else None)


def about(screener: Screener, wanted: ScreenOptions) -> dict[str, Any]:
    """Return the inputs of answers as a dict: lists, threshold, model, index and warnings."""
    lists = screener.lists.only(wanted.lists)
    return {
        "threshold": wanted.threshold,
        "limit": wanted.limit,
        "model": model_version(),
        "index": screener.ready.fingerprint,
        "on": lists.on,
        "lists": [state.as_dict(lists.today) for state in lists.states],
        "warnings": lists.warnings(),
    }


_COLUMNS = (
    "query", "rank", "score", "alerts", "name", "kind", "economy", "list_name", "programme", "listed_on", "decision",
)  # fmt: skip
_NOTES = 4


@dataclass(frozen=True)
class ScreenedNames(Listing[ScreenAnswer]):
    """Answers to several names.

    Attributes:
        lists: The lists that were searched.
        about: Lists, threshold and model, as returned by :func:`about`.
        rests_on: Index, model, vintage and editions, with which the answers can be given again; set when the result is
            returned, and no part of its content.
    """

    rests_on: ClassVar[Mapping[str, Any]] = MappingProxyType({})

    lists: ListsInForce
    about: dict[str, Any] = field(repr=False)

    def table(self) -> pa.Table:
        """Return a table with one row per name and matching entity."""
        return matches_table(enumerate(self, start=1))

    def to_pandas(self) -> Any:
        """Return the table as a pandas data frame."""
        return self.table().to_pandas()

    def _display(self) -> Display:
        matches = sum(len(answer.matches) for answer in self)
        names = self[0].query.name if len(self) == 1 else f"{len(self):,} names"
        alerts = sum(answer.alerts for answer in self)
        alerting = ("alerts" if alerts else "no alert") if len(self) == 1 else f"{alerts:,} alert"
        title = f"{names}: {matches:,} {'match' if matches == 1 else 'matches'}, {alerting}"
        warnings = [warning for answer in self for warning in answer.warnings]
        searched = f"{len(self.lists.states)} lists searched, threshold {self.about['threshold']}"
        notes = [searched, *dict.fromkeys([*warnings, *self.about["warnings"]])]
        shown = table_display(
            title, self.table(), names_of_economies(), columns=_COLUMNS if len(self) > 1 else _COLUMNS[1:],
            notes=notes[:_NOTES], more=max(len(notes) - _NOTES, 0), marking=self.marking.label if self.marking else "",
        )  # fmt: skip
        return replace(shown, rest=".as_dict()['warnings']")

    def as_dict(self) -> dict[str, Any]:
        """Return what ``stopgap screen NAME --format json`` prints; several names have ``answers``, not ``matches``."""
        if len(self) == 1:
            warnings = [*self[0].warnings, *self.about["warnings"]]
            return {**self[0].as_dict(), **self.about, "warnings": warnings}
        return {"answers": [answer.as_dict() for answer in self], **self.about}


def wanted_of(request: LookUpRequest) -> ScreenOptions:
    """Return the search options of a request; see :func:`screen_wanted`."""
    return screen_wanted(threshold=request.threshold, limit=request.limit, explain=request.explain)


def screened(
    screener: Screener, names: Iterable[str | ScreenQuery], request: ScreenRequest, wanted: ScreenOptions
) -> ScreenedNames:
    """Look up names, given as text to which the request adds country, identifiers and address, or as queries.

    Raises:
        InputError: A name or an identifier is invalid.
        NotFoundError: A country is unknown.
        UsageError: A query is for a person.
    """
    queries = []
    for name in names:
        if isinstance(name, ScreenQuery):
            queries.append(name)
        else:
            query = screened_query(name, request.countries, request.identifiers)
            queries.append(replace(query, address=request.address, schema=request.schema))
    answers = screener.screen(queries, wanted)
    return ScreenedNames(tuple(answers), screener.lists.only(wanted.lists), about(screener, wanted))
