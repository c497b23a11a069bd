"""Live service of UN Comtrade: totals by reporter, partner, flow, code and period; replies are cut at a row limit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from stopgap.base.errors import InputError
from stopgap.codes.areas import areas
from stopgap.sources.base import Reading
from stopgap.sources.files.file_head import read_head
from stopgap.sources.live.key import Key, scrubbed
from stopgap.sources.live.outcomes import Outcome, Passing, QuotaUsed, Request, wait_in_words
from stopgap.sources.live.pieces import Piece, Query, chunks, fitted, whole
from stopgap.sources.live.service import (
    LONG_WAIT_S,
    QUOTA_WORDS,
    LiveService,
    changed,
    html_fault,
    judged_rows,
    no_code,
)
from stopgap.sources.trade.comtrade_rows import NEEDED
from stopgap.sources.trade.json_reply import Reply

ROWS = 100_000
PREVIEW_ROWS = 500
PERIODS = 12
CODES_LENGTH = 1_500
"""Most characters of goods codes in one request, because the service refuses longer URLs."""
REPORTERS, PARTNERS = 220, 260
"""Number of economies assumed for "all", in the estimate of rows."""

OWN_NUMBERS = {"FRA": 251, "NOR": 579, "USA": 842, "CHE": 757, "IND": 699, "TWN": 490}
"""ISO3 -> number, where Comtrade's differs from M49."""

TOTALS = (("partner2Code", "0"), ("customsCode", "C00"), ("motCode", "0"))
WILD = ("AG", "ALL")


class LiveComtrade(LiveService):
    """Live service: the UN Comtrade API with a key, or its preview of 500 rows without one."""

    name = "comtrade"
    title = "UN Comtrade API (comtradeapi.un.org)"
    base_url = "https://comtradeapi.un.org"
    key_env = "STOPGAP_COMTRADE_KEY"
    key_from = "free at comtradedeveloper.un.org, product comtrade - v1"
    pace_s = 1.0

    def pieces(self, query: Query, *, has_key: bool) -> list[Piece]:
        """Divide the query into pieces of at most 12 periods (1 without a key) and estimated rows below the limit."""
        limit = ROWS if has_key else PREVIEW_ROWS
        cut = [
            part
            for block in chunks(whole(query), "periods", PERIODS if has_key else 1)
            for part in chunks(block, "codes", max(1, CODES_LENGTH // 7))
        ]
        return fitted(cut, lambda piece: _most_rows(piece) <= limit, self.order)

    def request(self, piece: Piece, query: Query, *, has_key: bool) -> Request:
        """Return the request ``/data/v1/get/C/A/HS`` with a key, ``/public/v1/preview/C/A/HS`` without."""
        way = "data/v1/get" if has_key else "public/v1/preview"
        params = [("period", ",".join(period.replace("-", "") for period in piece.periods))]
        for name, codes in (("reporterCode", piece.reporters), ("partnerCode", piece.partners)):
            if codes:
                params.append((name, ",".join(number(code) for code in codes)))
        params += [("cmdCode", ",".join(piece.codes)), ("flowCode", ",".join(piece.flows)), *TOTALS]
        params += [("maxRecords", str(ROWS if has_key else PREVIEW_ROWS)), ("format", "JSON"), ("includeDesc", "false")]
        return Request(f"{way}/C/{query.frequency.value}/HS", tuple(params))

    def with_key(self, request: Request, key: Key) -> Request:
        """Add the key as a header."""
        return replace(request, headers=(*request.headers, ("Ocp-Apim-Subscription-Key", key.reveal())))

    def read(self, reply: Path, piece: Piece, query: Query, *, has_key: bool) -> Outcome:
        """Count the rows, and check that each was requested and that the reply states the same count."""
        head = read_head(reply)
        if fault := html_fault(head.start):
            return fault
        parsed = Reply(Reading(reply, "the reply", head, None, None, lambda text: None))
        asked = {
            "period": {period.replace("-", "") for period in piece.periods},
            "reporterCode": {number(code) for code in piece.reporters},
            "partnerCode": {number(code) for code in piece.partners},
            "flowCode": set(piece.flows),
            "cmdCode": set() if _is_wild(piece) else set(piece.codes),
        }
        rows = 0
        stray: str | None = None
        lacking: list[str] = []
        broken: str | None = None
        try:
            for row in parsed.rows():
                if not isinstance(row, dict):
                    lacking = ["fields"]
                    break
                if rows == 0 and (lacking := [name for name in NEEDED if name not in row]):
                    break
                rows += 1
                outside = (name for name, values in asked.items() if values and str(row.get(name)) not in values)
                if stray is None and (name := next(outside, None)):
                    stray = f"{name} {str(row.get(name))[:20]}"
        except (InputError, UnicodeDecodeError) as error:
            broken = error.what if isinstance(error, InputError) else "it is not UTF-8"
        if lacking:
            raise changed(self, f"its rows lack {', '.join(lacking)}", str(row)[:200])
        if broken is not None:
            return Passing(f"the reply is cut or damaged: {broken}")
        if (said := self._said(parsed.rest)) is not None:
            return said
        if parsed.rest.get("count") is None:
            raise changed(self, "the reply does not say how many rows it has", "field count")
        if parsed.rest["count"] != str(rows):
            return Passing(f"the reply says that it has {parsed.rest['count']} rows but holds {rows}")
        return judged_rows(rows, stray, ROWS if has_key else PREVIEW_ROWS)

    def _said(self, rest: dict[str, Any]) -> Outcome | None:
        """Return the error that a reply with status 200 reports, ``None`` if there is none; a final one is raised."""
        said = rest.get("error") or rest.get("message")
        if not said:
            return None
        message = str(said.get("message") or said) if isinstance(said, dict) else str(said)
        message = scrubbed(message, None)
        wait_s = wait_in_words(message)
        status = str(rest.get("statusCode", ""))
        if any(word in message.lower() for word in QUOTA_WORDS) or (wait_s or 0) > LONG_WAIT_S:
            return QuotaUsed(message, wait_s)
        if status in ("429", "500", "502", "503", "504"):
            return Passing(f"status {status} in the reply: {message}", wait_s)
        raise self.refusal(int(status) if status.isdigit() else 200, message)


def number(code: str) -> str:
    """Return Comtrade's number of an economy or aggregate; UsageError where it has none."""
    found = OWN_NUMBERS.get(code) or areas()[code].m49
    if found is None:
        raise no_code(code, "Comtrade")
    return str(found)


def _is_wild(piece: Piece) -> bool:
    return any(code.startswith(WILD) for code in piece.codes)


def _most_rows(piece: Piece) -> int:
    codes = 5_000 if _is_wild(piece) else len(piece.codes)
    sides = (len(piece.reporters) or REPORTERS) * (len(piece.partners) or PARTNERS)
    # Estimates are high: few reporters trade every code with every partner.
    share = 1 if piece.partners and piece.reporters else 2
    return len(piece.periods) * codes * len(piece.flows) * sides // share
