"""The lists that answers rest on: which, how many entries, of which day, and what to know of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from stopgap.screening.lists.run import ListState

OLD_DAYS = 30
"""Age in days above which an edition is reported as old."""

NAMED = 3
"""Publications that a line names; of more, it names the newest and the oldest."""


@dataclass(frozen=True)
class ListsInForce:
    """The lists used for answers, as of the day of the query (``today``, UTC) or of a requested day (``on``).

    ``persons`` is the number of entries that are persons and therefore not matched.
    """

    states: tuple[ListState, ...]
    today: dt.date
    on: str | None
    persons: int

    def only(self, names: frozenset[str] | None) -> ListsInForce:
        """Restrict to the lists of these names; all if ``None``."""
        if names is None:
            return self
        return replace(self, states=tuple(state for state in self.states if state.list in names))

    def says(self) -> str:
        """Return one line: how many lists were asked, how many entries they hold, and how old they are."""
        entries = sum(state.entities for state in self.states)
        asked = f"lists asked: {len(self.states)}, {entries:,} {'entry' if entries == 1 else 'entries'}"
        families = list(self._families().values())
        if len(families) <= NAMED:
            return f"{asked}: {', '.join(map(self._of_day, families))}"
        dated = sorted((state for state in families if state.list_date), key=lambda state: state.list_date or "")
        undated = [state.family for state in families if not state.list_date]
        parts = [f"newest {self._of_day(dated[-1])}", f"oldest {self._of_day(dated[0])}"] if len(dated) > 1 else []
        parts = parts or [self._of_day(state) for state in dated]
        if undated:
            more = f" and {len(undated) - NAMED} more" if len(undated) > NAMED else ""
            parts.append(f"without a day: {', '.join(undated[:NAMED])}{more}")
        return f"{asked}: {'; '.join(parts)}"

    def each(self) -> list[str]:
        """Return a line for each publication: its lists, entries, day and age."""
        lines = []
        for family, state in self._families().items():
            own = [each for each in self.states if each.family == family]
            lists = f" in {len(own)} lists" if len(own) > 1 else ""
            lines.append(f"{self._of_day(state)}: {sum(each.entities for each in own):,} entries{lists}")
        return lines

    def short_warnings(self) -> list[str]:
        """Return the warnings with all old lists in one line."""
        old = [state.family for state in self._families().values() if self._is_old(state)]
        said = [line for state in self._families().values() if (line := self._refusal(state))]
        if old:
            more = f" and {len(old) - NAMED} more" if len(old) > NAMED else ""
            said.append(
                f"more than {OLD_DAYS} days old: {', '.join(old[:NAMED])}{more}; see whether there are newer editions"
            )
        return [*said, *self._persons()]

    def _families(self) -> dict[str, ListState]:
        """Return a state of each family: its lists have one day."""
        return {state.family: state for state in self.states}

    def _of_day(self, state: ListState) -> str:
        if state.list_date:
            return f"{state.family} of {state.list_date} ({self._age(state)})"
        return f"{state.family} of a day that is not known, imported on {state.imported_on}"

    def warnings(self) -> list[str]:
        """Return warnings on old lists, lists whose last import was rejected, and persons that are not matched."""
        said = []
        for state in self._families().values():
            if refused := self._refusal(state):
                said.append(refused)
            if self._is_old(state):
                day = state.list_date or state.imported_on
                said.append(
                    f"{state.family}: the edition of {day} is {self._age(state)}; see whether there is a newer one"
                )
        return [*said, *self._persons()]

    def _refusal(self, state: ListState) -> str | None:
        if state.refused is None:
            return None
        return (
            f"{state.family}: its last import was refused on {state.refused.when[:10]} ({state.refused.what}); "
            f"the edition of {state.list_date or state.imported_on} stays in force"
        )

    def _is_old(self, state: ListState) -> bool:
        return self.on is None and state.age_days(self.today) > OLD_DAYS

    def _persons(self) -> list[str]:
        if not self.persons:
            return []
        count = "1 entry is a person" if self.persons == 1 else f"{self.persons:,} entries are persons"
        return [f"{count}: not matched, as the methods are for names of firms and vessels"]

    def _age(self, state: ListState) -> str:
        days = state.age_days(self.today)
        return "1 day old" if days == 1 else f"{days:,} days old"
