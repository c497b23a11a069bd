"""Exchange formats of evidence packs, made from the released content alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stopgap.base.errors import UsageError

if TYPE_CHECKING:
    from stopgap.evidence.packs.view import PackView


@dataclass(frozen=True)
class ExchangeForm:
    """One form: the ending of its file names, its media type on the web, and what it is in one line."""

    ending: str
    media_type: str
    says: str


FORMS = {
    "stix": ExchangeForm(
        "json", "application/stix+json;version=2.1", "STIX 2.1 bundle, TLP 2.0 by the OASIS extension"
    ),
    "opencti": ExchangeForm("json", "application/stix+json;version=2.1", "STIX 2.1 bundle as OpenCTI imports it"),
    "misp": ExchangeForm("json", "application/json", "MISP event in the core format"),
    "ftm": ExchangeForm("ftm.json", "application/json+ftm", "FollowTheMoney entities, one JSON object a line"),
    "csv": ExchangeForm("csv", "text/csv", "every number as one long table"),
    "xlsx": ExchangeForm(
        "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "workbook, one sheet per table"
    ),
    "rss": ExchangeForm("xml", "application/rss+xml", "RSS 2.0 feed of the alerts"),
    "json-feed": ExchangeForm("json", "application/feed+json", "JSON Feed 1.1 of the alerts"),
}
"""Forms that a pack can be written in, by name."""


def export(view: PackView, form: str) -> bytes:
    """A pack in another form, one of :data:`FORMS`; the same pack gives the same bytes.

    Nothing is read but the view of a pack that passed selection (:func:`stopgap.evidence.packs.view.view_pack`).

    Raises:
        UsageError: The form is not known.
        InputError: A document of the pack cannot be read, or a table has more rows than a sheet.
        NotFoundError: A file that the pack names is not in it.
        RefusedError: A document is marked more strictly than its item.
    """
    if form not in FORMS:
        raise UsageError(f"{form[:40]!r} is no form", where="--as", fix=f"use one of {', '.join(FORMS)}")
    # only the libraries of the form that is asked for are loaded
    if form == "stix":
        from stopgap.evidence.exchange.stix import stix as write
    elif form == "opencti":
        from stopgap.evidence.exchange.opencti import opencti as write
    elif form == "misp":
        from stopgap.evidence.exchange.misp import misp as write
    elif form == "ftm":
        from stopgap.evidence.exchange.ftm import ftm as write
    elif form == "csv":
        from stopgap.evidence.exchange.tables import numbers_csv as write
    elif form == "xlsx":
        from stopgap.evidence.exchange.tables import workbook as write
    elif form == "rss":
        from stopgap.evidence.exchange.feeds import rss as write
    else:
        from stopgap.evidence.exchange.feeds import json_feed as write
    return write(view)
