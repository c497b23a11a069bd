"""Reference data of the Python API, without a lake: sources, episodes, goods lists, economies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.api.results import Checks, ResultTable
from stopgap.base.paths import need_file

if TYPE_CHECKING:
    from stopgap.base.display.forms import Display


class CatalogueEntry(ResultTable):
    """One thing that is known.

    Attributes:
        document: What is known of it.
        title: One line.
    """

    def __init__(self, document: dict[str, Any], table: Any, title: str) -> None:
        super().__init__(table)
        self.document, self.title = document, title

    def _display(self) -> Display:
        return replace(super()._display(), title=self.title)

    def as_dict(self) -> dict[str, Any]:
        """What is known of it."""
        return self.document


class Catalogue:
    """Things of one kind. Called, it lists them."""

    kind = ""

    def list(self) -> ResultTable:
        """One row each."""
        return ResultTable(self._function("list")())

    def show(self, name: str) -> CatalogueEntry:
        """One of them.

        Args:
            name: Its name, or the path of a file of one.

        Raises:
            NotFoundError: There is none of that name.
        """
        return CatalogueEntry(*self._function("show")(name))

    def _function(self, verb: str) -> Callable[..., Any]:
        from stopgap import catalogue

        function: Callable[..., Any] = getattr(catalogue, f"{verb}_{self.kind}")
        return function

    __call__ = list


class Episodes(Catalogue):
    """Who stopped which trade with whom, and when. Called, it lists the built-in ones."""

    kind = "episodes"

    def check(self, file: str | Path) -> CatalogueEntry:
        """An episode file, checked; faults are named by line and field.

        Args:
            file: The file.

        Raises:
            EpisodeError: A fault.
        """
        return self.show(str(file))


class Goods(Catalogue):
    """Lists of goods, each with its version, hash and source. Called, it lists those in the package."""

    kind = "goods"

    def check(self, file: str | Path) -> CatalogueEntry:
        """A goods list (YAML, or CSV with ``code,description``), checked; faults are named by line.

        Args:
            file: The file.

        Raises:
            InputError: A fault.
        """
        return self.show(str(file))


class Economies(Catalogue):
    """Economies and aggregates, with their codes and groups. Called, it lists them."""

    kind = "economies"


class Sources(Catalogue):
    """What files can be imported, and where to get them. Called, it lists the sources."""

    kind = "sources"

    def check(self, name: str, file: str | Path, *, total: float | None = None) -> Checks:
        """Try a source on a sample file: every check that a source must pass.

        Args:
            name: Name of the source.
            file: The sample.
            total: Sum of the file's values in their own currency, as another tool adds them up.

        Raises:
            NotFoundError: No such source, or no such file.
        """
        from stopgap.catalogue import check_source_file

        sample = Path(file)
        need_file(sample, "a sample")
        checks, table = check_source_file(name, sample, total)
        return SourceChecks(table, checks)


class SourceChecks(Checks):
    """Checks of a source.

    Attributes:
        checks: Each with what was seen.
    """

    def __init__(self, table: Any, checks: Sequence[dict[str, Any]]) -> None:
        super().__init__(table)
        self.checks = checks

    @property
    def passed(self) -> bool:
        """Whether all hold."""
        return all(check["holds"] for check in self.checks)
