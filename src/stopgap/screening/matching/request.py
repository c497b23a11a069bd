"""Options of the ``stopgap screen`` command: names or a file of names, lists, and day or vintage."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from stopgap.base.request import AS_OF, Completes, Option
from stopgap.lake.engines.engine_options import EngineRequest

MATCHES = 5
"""Default maximum number of matches shown per query."""

NAME_COLUMN = Option("Screen a file: the column of names.", metavar="COLUMN")
RESTART = Option("Begin a file anew, whatever an interrupted run has left.")


class AnswersForm(StrEnum):
    """Formats of a file of answers."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


@dataclass(frozen=True, kw_only=True)
class LookUpRequest:
    """Options of a look-up: the lists to search, and the matches to show."""

    schema: Annotated[
        str | None,
        Option(
            "What it is: company, vessel, organization, public body. Other kinds count against a match.", metavar="KIND"
        ),
    ] = None
    lists: Annotated[
        tuple[str, ...],
        Option(
            "Only this list, or family of lists; may be given several times.",
            metavar="NAME",
            flag="--list",
            completes=Completes.LISTED,
        ),
    ] = ()
    limit: Annotated[int, Option("Matches of a name, at most.", metavar="N")] = MATCHES
    threshold: Annotated[
        float | None,
        Option(
            "Show matches of at least this probability alone; 0 shows all. Default: those that reach the documented "
            "threshold; where none does and the first is not far, the best, as not alerting.",
            metavar="P",
        ),
    ] = None
    explain: Annotated[bool, Option("Say why each match is one.")] = False
    no_decisions: Annotated[bool, Option("Leave out what was decided on matches.")] = False
    on: Annotated[str | None, Option("The lists as they stood on a day (2024-06-01).", metavar="DAY")] = None
    as_of: Annotated[str | None, AS_OF] = None


@dataclass(frozen=True, kw_only=True)
class ScreenRequest(LookUpRequest):
    """Options for screening names given as text: known countries, identifiers and address, and the look-up options.

    A country is an ISO3 code, or any spelling that ``stopgap economies`` knows.
    """

    countries: Annotated[
        tuple[str, ...],
        Option(
            "Its country; weighs for and against; may be given several times.",
            metavar="ISO3",
            flag="--country",
            completes=Completes.ECONOMY,
        ),
    ] = ()
    identifiers: Annotated[
        tuple[str, ...],
        Option(
            "A number of a register (inn:7701234567, imo:9074729, lei:…); may be given several times.",
            metavar="KIND:VALUE",
            flag="--id",
        ),
    ] = ()
    address: Annotated[str | None, Option("Its address.", metavar="TEXT")] = None


@dataclass(frozen=True, kw_only=True)
class NamesFileOptions(EngineRequest):
    """Options for reading a file of names, and for what searches its rows."""

    country_column: Annotated[str | None, Option("Column of countries.", metavar="COLUMN")] = None
    schema_column: Annotated[str | None, Option("Column of kinds: company, vessel ….", metavar="COLUMN")] = None
    id_columns: Annotated[
        tuple[str, ...],
        Option(
            "Column of numbers of a register, with their kind; may be given several times.",
            metavar="COLUMN:KIND",
            flag="--id-column",
        ),
    ] = ()
    address_column: Annotated[str | None, Option("Column of addresses.", metavar="COLUMN")] = None
    encoding: Annotated[str | None, Option("Encoding of the file (default: UTF-8).", metavar="NAME")] = None
    jobs: Annotated[
        int | None, Option("Processes for a file (default: as many as cores and memory allow).", metavar="N", least=1)
    ] = None


@dataclass(frozen=True, kw_only=True)
class ScreenRowsRequest(NamesFileOptions, LookUpRequest):
    """Options for screening a file of names: how to read it, and the look-up options."""

    name_column: Annotated[str, NAME_COLUMN]


@dataclass(frozen=True, kw_only=True)
class ScreenFileRequest(ScreenRowsRequest):
    """Options of :class:`ScreenRowsRequest`, and the output file: CSV unless its extension or ``format`` differs."""

    output: Annotated[str | Path, Option("Write the answers to FILE.", metavar="FILE")]
    format: Annotated[
        str | None, Option("How the answers are written (default: by the file's name).", choices=AnswersForm)
    ] = None
    restart: Annotated[bool, RESTART] = False
