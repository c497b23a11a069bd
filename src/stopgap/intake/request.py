"""Options of ``stopgap import`` and ``stopgap lake rows``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from stopgap.base.marking import Marking
from stopgap.base.marking_options import RELEASABLE_TO
from stopgap.base.request import Completes, Option
from stopgap.lake.engines.engine_options import EngineRequest


@dataclass(frozen=True, kw_only=True)
class ImportRequest(EngineRequest):
    """Options of one import, given by the user for all of its files."""

    source: Annotated[
        str | None,
        Option("Source of the files (default: recognised by content).", metavar="NAME", completes=Completes.SOURCE),
    ] = None
    mapping: Annotated[
        str | None,
        Option(
            "Mapping for the general source: a saved one by name, or a YAML file.",
            metavar="MAPPING",
            flag="--map",
            completes=Completes.MAPPING,
        ),
    ] = None
    encoding: Annotated[
        str | None, Option("Text encoding where it is not UTF-8 (latin-1, gb18030).", metavar="NAME")
    ] = None
    rates: Annotated[
        Path | None, Option("Exchange rates of your own: CSV currency,month,usd_per_unit.", metavar="FILE")
    ] = None
    complete: Annotated[
        bool,
        Option(
            "The files are the whole release of each reporter, period and flow in them: figures they no longer hold are dropped."
        ),
    ] = False
    allow_rejects: Annotated[bool, Option("Import the good rows where some are refused (default: import none).")] = (
        False
    )
    retrieved: Annotated[str | None, Option("Day you took the files from the publisher.", metavar="DATE")] = None
    published: Annotated[str | None, Option("Day the publisher released them.", metavar="DATE")] = None
    terms: Annotated[
        str | None, Option("Terms of use of the figures, for the receipt (default: the source's).", metavar="TEXT")
    ] = None
    replaces: Annotated[
        Sequence[str],
        Option("Receipt of an earlier file that these replace whole; may be given several times.", metavar="RECEIPT"),
    ] = ()
    flow: Annotated[str | None, Option("Flow of files that do not say it (China's customs).", metavar="X|M|RX|RM")] = (
        None
    )
    period: Annotated[
        str | None, Option("Month or year of files that do not say it (China's customs).", metavar="YYYY-MM")
    ] = None
    revision: Annotated[
        str | None,
        Option(
            "Nomenclature of files that do not say it (BACI under another name, WITS).",
            metavar="HSYYYY",
            completes=Completes.REVISION,
        ),
    ] = None
    list_name: Annotated[
        str | None,
        Option(
            "Name of a list of companies (default: as its format or file is called).", metavar="NAME", flag="--list"
        ),
    ] = None
    list_date: Annotated[
        str | None, Option("Day of a list's edition, where its file does not say.", metavar="DATE")
    ] = None
    allow_shrink: Annotated[
        bool, Option("Import a list that holds fewer than 80 % of the entries in force (default: refuse it).")
    ] = False
    marking: Annotated[
        Marking | str | None,
        Option(
            "Marking of the files, such as TLP:AMBER (default: that of their table, stopgap markings list).",
            metavar="MARKING",
            completes=Completes.MARKING,
        ),
    ] = None
    releasable_to: Annotated[str | Sequence[str] | None, RELEASABLE_TO] = None
    marked_by: Annotated[str | None, Option("Who marks them (default: the system's user).", in_python_only=True)] = None


@dataclass(frozen=True, kw_only=True)
class SourceRowsRequest:
    """What a row of an imported file is found by; what is not given is not looked at."""

    good: Annotated[str | None, Option("Code of the good, as the lake has it.", metavar="CODE")] = None
    period: Annotated[str | None, Option("Year, month or day of the figure.", metavar="PERIOD")] = None
    reporter: Annotated[
        str | None, Option("Economy that reports it (ISO3).", metavar="ECONOMY", completes=Completes.ECONOMY)
    ] = None
    partner: Annotated[str | None, Option("Its partner (ISO3).", metavar="ECONOMY", completes=Completes.ECONOMY)] = None
    value: Annotated[
        str | None,
        Option("The amount, in dollars or in the reported currency; several with commas between.", metavar="AMOUNT"),
    ] = None

    def amounts(self) -> list[float]:
        """Return the amounts.

        Raises:
            UsageError: One is no number.
        """
        from stopgap.base.errors import UsageError

        found = []
        for part in (self.value or "").split(","):
            if not part.strip():
                continue
            try:
                amount = float(part)
            except ValueError:
                amount = float("nan")
            if not abs(amount) < 1e300:
                raise UsageError(f"{part[:40]!r} is no amount", where="--value", fix="give a number, such as 315500.0")
            found.append(amount)
        return found
