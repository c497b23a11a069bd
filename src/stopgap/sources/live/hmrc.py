"""Live service of HMRC: monthly UK trade by CN8 code, partner and port; a page holds 40,000 rows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from stopgap.base.errors import UsageError
from stopgap.base.vocab import Frequency
from stopgap.sources.live.outcomes import Outcome, Passing, Request
from stopgap.sources.live.pieces import Axis, Piece, Query, chunks, divided, fitted, whole
from stopgap.sources.live.service import LiveService, changed, json_of, judged_rows, numbers

ROWS = 40_000
PERIODS = 12
CODES = 30
PARTNERS = 40
CN8 = 8
ROWS_OF_CODE = {1: 60_000, 2: 20_000, 3: 8_000, 4: 3_000, 5: 1_200, 6: 600, 7: 300, 8: 200}
"""Number of digits of a code -> most rows expected per month and flow, over all partners and ports."""
FLOW_TYPES = {"M": (1, 3), "X": (2, 4)}
"""Flow -> HMRC's flow types, for trade with the EU and with other countries."""
NEEDED = ("MonthId", "FlowTypeId", "CommodityId", "CountryId", "Value")


class LiveHmrc(LiveService):
    """Live service: the API of UK Trade Info, which needs no key.

    Pages are not followed: a page boundary may fall between the ports of one figure.
    A piece that does not fit one page is divided until each part does.
    """

    name = "hmrc"
    title = "HMRC UK Trade Info API (api.uktradeinfo.com)"
    base_url = "https://api.uktradeinfo.com"
    pace_s = 1.0
    order: tuple[Axis, ...] = ("periods", "codes", "partners", "flows")
    frequencies = (Frequency.MONTHLY,)
    reporter = "GBR"
    lacks = frozenset({"W00"})

    def check_query(self, query: Query) -> None:
        """Validate the query as for every service; totals and re-exports are rejected too (UsageError)."""
        super().check_query(query)
        odd = [code for code in query.codes if not re.fullmatch(r"\d{2,8}", code)]
        odd += [flow.value for flow in query.flows if flow.value not in FLOW_TYPES]
        if odd:
            raise UsageError(
                f"HMRC has no rows for {odd[0]}", where="codes and flow", fix="ask for codes of 2 to 8 digits, X or M"
            )

    def pieces(self, query: Query, *, has_key: bool) -> list[Piece]:
        """Divide the query into pieces that fit one page of rows, as far as can be estimated from the code lengths."""
        parts = [
            part
            for block in chunks(whole(query), "periods", PERIODS)
            for few in chunks(block, "codes", CODES)
            for part in chunks(few, "partners", PARTNERS)
        ]
        return fitted(parts, lambda piece: _most_rows(piece) <= ROWS, self.order)

    def parts(self, piece: Piece) -> tuple[Piece, ...]:
        """Divide a piece in half; a single code is divided into the ten codes with one more digit."""
        if halves := divided(piece, ("periods", "codes")):
            return halves
        [code] = piece.codes
        if len(code) < CN8:
            return tuple(piece.having("codes", (code + digit,)) for digit in "0123456789")
        return divided(piece, ("partners", "flows"))

    def request(self, piece: Piece, query: Query, *, has_key: bool) -> Request:
        """Return the request ``OTS?$filter=…``."""
        months = [period.replace("-", "") for period in piece.periods]
        types = [kind for flow in piece.flows for kind in FLOW_TYPES[flow]]
        terms = [
            f"MonthId ge {months[0]} and MonthId le {months[-1]}",
            _either(f"FlowTypeId eq {kind}" for kind in sorted(types)),
            _either(f"(CommodityId ge {low} and CommodityId le {high})" for low, high in map(_range, piece.codes)),
        ]
        if piece.partners:
            terms.append(_either(f"CountryId eq {number}" for number in _numbers(piece)))
        return Request("OTS", (("$filter", " and ".join(terms)),))

    def read(self, reply: Path, piece: Piece, query: Query, *, has_key: bool) -> Outcome:
        """Check the rows of a reply; a page with a link to a next one is cut: it does not hold the whole piece."""
        document = json_of(reply.read_bytes())
        if isinstance(document, Passing):
            return document
        if not isinstance(document, dict):
            raise changed(self, "it is no object", str(document)[:100])
        if error := document.get("error"):
            message = error.get("message") if isinstance(error, dict) else error
            raise self.refusal(200, str(message)[:300])
        rows = document.get("value")
        if not isinstance(rows, list):
            raise changed(self, "it holds no list of rows", ", ".join(document)[:200])
        return self._counted(rows, piece, has_next=bool(document.get("@odata.nextLink")))

    def _counted(self, rows: list[Any], piece: Piece, *, has_next: bool) -> Outcome:
        months = {int(period.replace("-", "")) for period in piece.periods}
        types = {kind for flow in piece.flows for kind in FLOW_TYPES[flow]}
        ranges = [_range(code) for code in piece.codes]
        partners = {int(number) for number in _numbers(piece)}
        stray = None
        seen: set[str] = set()
        for number, row in enumerate(rows, 1):
            lacking = [name for name in NEEDED if not isinstance(row, dict) or name not in row]
            if lacking:
                raise changed(self, f"row {number} lacks {', '.join(lacking)}", str(row)[:200])
            seen.add(json.dumps(row, sort_keys=True))
            if stray is None:
                good = row["CommodityId"]
                if row["MonthId"] not in months:
                    stray = f"MonthId {row['MonthId']}"
                elif row["FlowTypeId"] not in types:
                    stray = f"FlowTypeId {row['FlowTypeId']}"
                elif partners and row["CountryId"] not in partners:
                    stray = f"CountryId {row['CountryId']}"
                elif not any(low <= good <= high for low, high in ranges):
                    stray = f"CommodityId {good}"
        return judged_rows(len(rows), stray, ROWS, is_cut=has_next, different=len(seen))


def _range(code: str) -> tuple[int, int]:
    """Return the first and last CN8 number that begin with a code."""
    return int(code.ljust(CN8, "0")), int(code.ljust(CN8, "9"))


def _either(terms: Any) -> str:
    found = list(terms)
    return found[0] if len(found) == 1 else f"({' or '.join(found)})"


def _numbers(piece: Piece) -> list[str]:
    return [number for code in piece.partners for number in numbers("geonom", code, "HMRC")]


def _most_rows(piece: Piece) -> int:
    goods = sum(ROWS_OF_CODE.get(len(code), 200) for code in piece.codes)
    share = min(1.0, len(piece.partners) / 20) if piece.partners else 1.0
    return round(len(piece.periods) * len(piece.flows) * goods * share)
