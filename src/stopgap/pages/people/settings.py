"""Settings of a person: looks, units, language, sessions, tokens and keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stopgap.api import Lake
from stopgap.base.errors import StopgapError
from stopgap.evidence.keys.names import spoken
from stopgap.pages.amounts import AmountUnit, amount_unit
from stopgap.pages.jobs.view import moment
from stopgap.pages.languages.catalogs import LANGUAGES
from stopgap.pages.views import Cell, PageContent, Tab, TableColumn, TableView

UNITS = (
    (AmountUnit.MILLION, "USD million in tables; USD 24.7 bn or USD 856 m elsewhere"),
    (AmountUnit.THOUSAND, "USD thousand"),
    (AmountUnit.DOLLAR, "US dollars in full"),
)
"""Units of amounts, and what is said of each."""

THEMES = (("system", "As the system has it"), ("light", "Light"), ("dark", "Dark"))


@dataclass(frozen=True)
class OneSelf:
    """Who looks at the own settings.

    Attributes:
        facts: Name, role and clearance, each with its term.
        sessions: Own sessions, as JSON.
        tokens: Own tokens, as JSON.
        here: Id of the session in use; ``None`` without one.
        may_make_tokens: Whether a token can be made: by one of the people, who did not sign in with one.
        why_no_tokens: Why not, where it cannot.
        roles: Roles that a token may have.
        levels: Levels that a token may see: name and words.
    """

    facts: tuple[tuple[str, str], ...]
    sessions: Sequence[Mapping[str, Any]] = ()
    tokens: Sequence[Mapping[str, Any]] = ()
    here: int | None = None
    may_make_tokens: bool = True
    why_no_tokens: str = ""
    roles: tuple[str, ...] = ()
    levels: tuple[tuple[str, str], ...] = ()


def settings_page(lake: Lake, own: OneSelf, *, language: str, tabs: tuple[Tab, ...]) -> PageContent:
    """Return the settings of the person who looks, with the menus in a language."""
    return PageContent(
        template="people/settings.html",
        title="Settings",
        nav="/me",
        tabs=tabs,
        values={
            "own": own,
            "themes": THEMES,
            "units": UNITS,
            "unit": amount_unit(),
            "languages": LANGUAGES,
            "language": language,
            "keys": keys_table(lake),
            "moment": moment,
        },
    )


def keys_table(lake: Lake) -> TableView:
    """Return the keys of the service, and those of partners that it trusts."""
    columns = ("Key", "Whose", "State", "Holds from", "Holds until", "Fingerprint, to be read aloud")
    try:
        views = lake.keys.list().keys
    except StopgapError as error:
        return TableView("keys", "", (), (), empty=f"The keys cannot be read: {error.what}.")
    rows = tuple(
        (
            Cell(view.found.name),
            Cell("of the service" if view.found.is_own else "a partner’s"),
            Cell(view.state, tag="good" if view.state in ("own", "trusted") else "warn"),
            Cell(view.found.key.valid_from),
            Cell(view.found.key.valid_to),
            Cell(spoken(view.found.key.fingerprint)),
        )
        for view in views
    )
    empty = "There is no key yet. Whoever runs the service makes one: stopgap keys new NAME; partners’ keys: stopgap keys trust FILE."
    return TableView(
        "keys",
        "Keys that sign packs here, and keys of partners that are trusted",
        tuple(map(TableColumn, columns)),
        rows,
        empty=empty,
    )
