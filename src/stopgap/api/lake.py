"""Open a lake."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from stopgap.api.data import Data
from stopgap.api.intake import Intake
from stopgap.api.measures import Measures
from stopgap.api.screening import Screening
from stopgap.base.settings import load_settings

if TYPE_CHECKING:
    from stopgap.api.alerts import Alerts
    from stopgap.api.catalogue import Economies, Episodes, Goods, Sources
    from stopgap.api.claims import Claims
    from stopgap.api.decisions import Decisions
    from stopgap.api.keys import Keys
    from stopgap.api.lists import Lists
    from stopgap.api.markings import Markings
    from stopgap.api.ownership import Ownership
    from stopgap.api.packs import Packs


class Lake(Measures, Data, Intake, Screening):
    """A lake of trade figures. Each result, and each error that is raised after evidence was read, has a ``marking``."""

    @cached_property
    def alerts(self) -> Alerts:
        """Months that stand out as first released: found, listed, decided on."""
        from stopgap.api.alerts import Alerts

        return Alerts(self.path, self.progress)

    @cached_property
    def claims(self) -> Claims:
        """Statements: the register, drafts, and what the figures say to them."""
        from stopgap.api.claims import Claims

        return Claims(self.path, self.progress)

    @cached_property
    def decisions(self) -> Decisions:
        """Decisions on matches, kept in a chained log."""
        from stopgap.api.decisions import Decisions

        return Decisions(self.path, self.progress)

    @cached_property
    def keys(self) -> Keys:
        """Own keys, and keys of others that are trusted."""
        from stopgap.api.keys import Keys

        return Keys(self.path, self.progress)

    @cached_property
    def lists(self) -> Lists:
        """Lists of companies, vessels and organisations: which, how old, who is on them, and since when."""
        from stopgap.api.lists import Lists

        return Lists(self.path, self.progress)

    @cached_property
    def markings(self) -> Markings:
        """Who may see which file, finding, statement or alert."""
        from stopgap.api.markings import Markings

        return Markings(self.path, self.progress)

    @cached_property
    def ownership(self) -> Ownership:
        """What counts as owned by those who are listed, and through which chains."""
        from stopgap.api.ownership import Ownership

        return Ownership(self.path, self.progress)

    @cached_property
    def packs(self) -> Packs:
        """Evidence packs: made, checked, exported, received, compared."""
        from stopgap.api.packs import Packs

        return Packs(self.path, self.progress)

    @cached_property
    def economies(self) -> Economies:
        """Economies and aggregates, with their codes and groups."""
        from stopgap.api.catalogue import Economies

        return Economies()

    @cached_property
    def episodes(self) -> Episodes:
        """Who stopped which trade with whom, and when."""
        from stopgap.api.catalogue import Episodes

        return Episodes()

    @cached_property
    def goods(self) -> Goods:
        """Lists of goods, each with its version, hash and source."""
        from stopgap.api.catalogue import Goods

        return Goods()

    @cached_property
    def sources(self) -> Sources:
        """What files can be imported, and where to get them."""
        from stopgap.api.catalogue import Sources

        return Sources()


def open_lake(path: str | Path | None = None) -> Lake:
    """The lake in a folder (default: ``STOPGAP_LAKE``, else the user's data folder)."""
    return Lake(load_settings(lake=Path(path) if path else None).lake)
