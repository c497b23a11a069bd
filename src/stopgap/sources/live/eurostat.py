"""Live service of Eurostat: Comext's table DS-045409 as SDMX-CSV, sent immediately or after waiting in a queue."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

from stopgap.base.errors import StopgapError, UsageError
from stopgap.codes.areas import areas
from stopgap.sources.live.key import Key
from stopgap.sources.live.outcomes import Elsewhere, GoodReply, HttpReply, Outcome, Passing, Request
from stopgap.sources.live.pieces import Piece, Query, chunks, fitted, whole
from stopgap.sources.live.service import START, LiveService, changed, html_fault, judged_rows, no_code

CELLS = 400_000
"""Most cells of one request that is answered immediately (the service's own limit is 500,000)."""
PERIODS = 120
CODES = 100
PARTNERS = 280
REPORTERS = 28
INDICATORS = ("VALUE_IN_EUROS", "QUANTITY_IN_100KG", "SUPPLEMENTARY_QUANTITY")
FLOWS = {"M": "1", "X": "2"}
OWN_LETTERS = {"GRC": "GR", "GBR": "GB", "SRB": "XS", "W00": "WORLD"}
NEEDED = ("freq", "reporter", "partner", "product", "flow", "indicators", "TIME_PERIOD", "OBS_VALUE")
QUEUE_WAIT_S = 5.0

_ID = re.compile(r"<(?:\w+:)?id>\s*([A-Za-z0-9-]{1,64})\s*</")
_STATUS = re.compile(r"<(?:\w+:)?status>\s*([A-Z_]{3,40})\s*</")
_FAULT = re.compile(r"<(?:\w+:)?(?:faultstring|Text)[^>]*>\s*([^<]{1,400})")


class LiveEurostat(LiveService):
    """Live service: the dissemination API of Comext, which needs no key."""

    name = "eurostat"
    title = "Eurostat Comext API, DS-045409 (ec.europa.eu)"
    base_url = "https://ec.europa.eu/eurostat/api/comext/dissemination"
    pace_s = 0.5
    suffix = ".csv"

    def pieces(self, query: Query, *, has_key: bool) -> list[Piece]:
        """Divide the query into pieces that are answered immediately, by number of cells as the service counts them."""
        parts = [part for block in chunks(whole(query), "periods", PERIODS) for part in chunks(block, "codes", CODES)]
        return fitted(parts, lambda piece: _cells(piece) <= CELLS, self.order)

    def request(self, piece: Piece, query: Query, *, has_key: bool) -> Request:
        """Return the request ``…/DS-045409/M.DE+FR.RU.854231.1+2.VALUE_IN_EUROS+…``."""
        dimensions = (
            (query.frequency.value,),
            tuple(letters(code) for code in piece.reporters),
            tuple(letters(code) for code in piece.partners),
            piece.codes,
            tuple(_flow(flow) for flow in piece.flows),
            INDICATORS,
        )
        key = ".".join("+".join(values) for values in dimensions)
        return Request(
            f"sdmx/2.1/data/DS-045409/{key}",
            (("startPeriod", piece.periods[0]), ("endPeriod", piece.periods[-1]), ("format", "SDMX-CSV")),
        )

    def read(self, reply: Path, piece: Piece, query: Query, *, has_key: bool) -> Outcome:
        """Count the rows, and check that each was requested and that the last is complete."""
        with reply.open("rb") as opened:
            start = opened.read(START)
            opened.seek(max(0, reply.stat().st_size - 1))
            last = opened.read()
        if fault := html_fault(start):
            return fault
        if start.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<"):
            return self._queued(start.decode("utf-8", "replace"))
        if last != b"\n":
            return Passing("the reply is cut: its last row has no end")
        with reply.open(encoding="utf-8-sig", newline="", errors="replace") as text:
            rows = csv.reader(text)
            header = next(rows, [])
            lacking = [name for name in NEEDED if name not in header]
            if lacking:
                raise changed(self, f"its table lacks {', '.join(lacking)}", ", ".join(header)[:200])
            asked = {
                "reporter": {letters(code) for code in piece.reporters},
                "partner": {letters(code) for code in piece.partners},
                "product": set(piece.codes),
                "flow": {_flow(flow) for flow in piece.flows},
                "TIME_PERIOD": set(piece.periods),
            }
            places = [(header.index(name), values) for name, values in asked.items() if values]
            count, stray = 0, None
            for row in rows:
                count += 1
                if len(row) != len(header):
                    raise changed(self, f"row {count + 1} has {len(row)} columns, not {len(header)}", str(row)[:200])
                outside = (place for place, values in places if row[place].split(":")[0] not in values)
                if stray is None and (place := next(outside, None)) is not None:
                    stray = f"{header[place]} {row[place][:20]}"
        return judged_rows(count, stray, None)

    def _queued(self, text: str) -> Outcome:
        """Interpret a reply in XML: the state of a queued request, or a fault."""
        status = found.group(1) if (found := _STATUS.search(text)) else ""
        job = found.group(1) if (found := _ID.search(text)) else ""
        if job and status in ("SUBMITTED", "PROCESSING", "DATA_NOT_YET_AVAILABLE"):
            return Elsewhere(Request(f"1.0/async/status/{job}"), QUEUE_WAIT_S)
        if job and status == "AVAILABLE":
            return Elsewhere(Request(f"1.0/async/data/{job}", (("format", "SDMX-CSV"),)), 0.0)
        if status == "NO_RESULTS":
            return GoodReply(0)
        if status in ("EXPIRED", "UNKNOWN_REQUEST", "ERROR"):
            return Passing(f"the service's queue lost the request ({status})")
        message = found.group(1).strip() if (found := _FAULT.search(text)) else "XML where a table was due"
        raise self.refusal(200, message[:300])

    def judge(self, answer: HttpReply, key: Key | None, now: Any) -> Outcome:
        """Classify a reply of another status than 200: 413 means too many cells (divide), 404 may mean no figures."""
        if answer.status == 413:
            return GoodReply(0, is_cut=True)
        if answer.status == 404 and re.search(r"no.?results|no records|<\w*:?faultcode>100<", answer.text, re.I):
            return GoodReply(0)
        return super().judge(answer, key, now)

    def message(self, answer: HttpReply, key: Key | None) -> str:
        """Return the text of the XML fault where the reply has one, else as for every service."""
        if found := _FAULT.search(answer.text):
            return super().message(HttpReply(answer.status, answer.headers, text=found.group(1)), key)
        return super().message(answer, key)

    def refusal(self, status: int, message: str) -> StopgapError:
        """Return the error as for every service; for status 400 it adds that one unknown code fails the request."""
        found = super().refusal(status, message)
        if status == 400:
            found.fix = f"a code that the table does not have fails the request: {found.fix}"
        return found


def letters(code: str) -> str:
    """Return Comext's letter code of an economy; UsageError where it has none."""
    found = OWN_LETTERS.get(code) or areas()[code].iso2
    if found is None:
        raise no_code(code, "Eurostat")
    return found


def _flow(flow: str) -> str:
    if flow not in FLOWS:
        raise UsageError(f"Eurostat does not report flow {flow} apart", where="--flow", fix="ask for X, M or both")
    return FLOWS[flow]


def _cells(piece: Piece) -> int:
    sides = (len(piece.reporters) or REPORTERS) * (len(piece.partners) or PARTNERS)
    return len(piece.periods) * len(piece.codes) * len(piece.flows) * sides * len(INDICATORS)
