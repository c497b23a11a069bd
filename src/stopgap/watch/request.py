"""Options of `stopgap watch`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from stopgap.base.errors import UsageError
from stopgap.base.request import Completes, Option
from stopgap.panel.request import ReportedRequest

REVISION_MONTHS = 6
"""Number of newest months that are fetched again: most revisions come soon after the first release."""


class Tls(StrEnum):
    """How the way to the mail server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class IntakeRequest:
    """Options for the intake of new figures; refuses (UsageError) a folder together with ``no_fetch``."""

    fetch: Annotated[
        str, Option("Live service to fetch from (stopgap fetch).", metavar="SERVICE", completes=Completes.SERVICE)
    ] = "comtrade"
    from_dir: Annotated[
        str | Path | None, Option("Import new files of a folder instead of fetching.", metavar="DIR")
    ] = None
    no_fetch: Annotated[bool, Option("Take nothing in: watch a lake that others feed.")] = False
    mapping: Annotated[
        str | None,
        Option(
            "Mapping for files of another layout in --from-dir.",
            metavar="MAPPING",
            flag="--map",
            completes=Completes.MAPPING,
        ),
    ] = None
    revision_months: Annotated[
        int, Option("Months that are fetched again, for their revisions.", metavar="N", least=0, most=600)
    ] = REVISION_MONTHS
    base_url: Annotated[str | None, Option("Another place of the live service.", metavar="URL")] = None
    key_env: Annotated[str | None, Option("Environment variable that holds the service's key.", metavar="NAME")] = None
    allow_http: Annotated[
        bool, Option("Let --base-url and --webhook be plain HTTP to another machine: it can be read on the way.")
    ] = False

    def __post_init__(self) -> None:
        if self.from_dir and self.no_fetch:
            raise UsageError(
                "--from-dir and --no-fetch exclude each other", where="stopgap watch", fix="give one of them"
            )


@dataclass(frozen=True, kw_only=True)
class TellRequest:
    """Options for notifications of changes by webhook and e-mail."""

    webhook: Annotated[str | None, Option("POST the report here when something changed.", metavar="URL")] = None
    webhook_key_env: Annotated[
        str | None,
        Option(
            "Environment variable with the key of the signature (default: STOPGAP_WEBHOOK_KEY, if set).", metavar="NAME"
        ),
    ] = None
    mail_to: Annotated[str | None, Option("Send the report here when something changed.", metavar="ADDRESS")] = None
    mail_from: Annotated[str | None, Option("Sender (default: the receiver).", metavar="ADDRESS")] = None
    smtp: Annotated[str | None, Option("Mail server.", metavar="HOST[:PORT]")] = None
    smtp_tls: Annotated[str, Option("How the way to the mail server is encrypted.", choices=Tls)] = Tls.STARTTLS


@dataclass(frozen=True, kw_only=True)
class WatchRequest(TellRequest, IntakeRequest, ReportedRequest):
    """All options of `stopgap watch`."""

    missing_after: Annotated[
        int | None,
        Option(
            "Periods behind its habit from which on a reporter is missing (default: 3 months or 1 year).",
            metavar="N",
            least=1,
        ),
    ] = None
    output: Annotated[
        str | Path | None, Option("Folder for the reports (default: watches/ in the lake).", metavar="DIR")
    ] = None
