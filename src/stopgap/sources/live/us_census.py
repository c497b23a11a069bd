"""US Census Bureau: monthly exports and imports by HS code and partner, JSON rows under a header."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from stopgap.base.errors import StopgapError, UsageError
from stopgap.base.vocab import Frequency
from stopgap.sources.live.key import Key
from stopgap.sources.live.outcomes import GoodReply, HttpReply, Outcome, Passing, Request
from stopgap.sources.live.pieces import Axis, Piece, Query, chunks, fitted, whole
from stopgap.sources.live.service import START, LiveService, changed, html_fault, json_of, judged_rows, numbers

ROWS = 40_000
"""Rows that a piece is kept below, so that one reply stays small; the service states no limit."""
PERIODS = 12
CODES = 40
PARTNERS = 240

VALUES = {"X": "ALL_VAL_MO", "M": "GEN_CIF_MO"}
"""Exports free alongside ship; general imports with insurance and freight, as other sources value imports."""
GOODS = {"X": "E_COMMODITY", "M": "I_COMMODITY"}
FOLDERS = {"X": "exports", "M": "imports"}
QUANTITIES = {
    "X": ("QTY_1_MO", "UNIT_QY1", "QTY_2_MO", "UNIT_QY2"),
    "M": ("GEN_QY1_MO", "UNIT_QY1", "GEN_QY2_MO", "UNIT_QY2"),
}


class LiveUsCensus(LiveService):
    """The international trade series, with the Bureau's groups of partners and its total."""

    name = "us-census"
    title = "US Census Bureau, international trade API (api.census.gov)"
    base_url = "https://api.census.gov/data/timeseries/intltrade"
    key_env = "STOPGAP_CENSUS_KEY"
    key_from = "free at api.census.gov/data/key_signup.html"
    is_key_needed = True
    order: tuple[Axis, ...] = ("periods", "codes", "partners", "flows")
    frequencies = (Frequency.MONTHLY,)
    reporter = "USA"

    def pieces(self, query: Query, *, has_key: bool) -> list[Piece]:
        """One flow a piece: exports and imports are two tables."""
        parts = [
            part
            for flow in chunks(whole(query), "flows", 1)
            for block in chunks(flow, "periods", PERIODS)
            for few in chunks(block, "codes", CODES)
            for part in chunks(few, "partners", CODES)
        ]
        return fitted(parts, lambda piece: _most_rows(piece) <= ROWS, self.order)

    def check_query(self, query: Query) -> None:
        """As for every service; re-exports are refused (UsageError)."""
        super().check_query(query)
        odd = [flow.value for flow in query.flows if flow.value not in FOLDERS]
        if odd:
            raise UsageError(
                f"the Census Bureau does not report flow {odd[0]} apart here",
                where="--flow",
                fix="ask for X, M or both",
            )

    def request(self, piece: Piece, query: Query, *, has_key: bool) -> Request:
        """``exports/hs?get=…&time=from 2023-01 to 2023-12&E_COMMODITY=…``; what is filtered on comes back of itself."""
        [flow] = piece.flows
        partners = _numbers(piece)
        get = (*(() if partners else ("CTY_CODE",)), "CTY_NAME", VALUES[flow], *QUANTITIES[flow])
        first, last = piece.periods[0], piece.periods[-1]
        return Request(
            f"{FOLDERS[flow]}/hs",
            (
                ("get", ",".join(get)),
                ("time", first if first == last else f"from {first} to {last}"),
                *((GOODS[flow], code) for code in piece.codes),
                *(("CTY_CODE", number) for number in partners),
            ),
        )

    def with_key(self, request: Request, key: Key) -> Request:
        """The service takes the key in the address alone."""
        return replace(request, params=(*request.params, ("key", key.reveal())))

    def read(self, reply: Path, piece: Piece, query: Query, *, has_key: bool) -> Outcome:
        """Checks header and rows; every value is text."""
        content = reply.read_bytes()
        if html_fault(content[:START]) and b"key" in content[:START].lower():
            raise self.refusal(401, "it asks for a valid key")
        table = json_of(content)
        if isinstance(table, Passing):
            return table
        if isinstance(table, dict):
            raise self.refusal(200, str(table.get("error") or table.get("message") or "an object")[:300])
        [flow] = piece.flows
        header = table[0] if isinstance(table, list) and table and isinstance(table[0], list) else []
        needed = ("CTY_CODE", VALUES[flow], GOODS[flow], "time")
        lacking = [name for name in needed if name not in header]
        if lacking:
            raise changed(self, f"its table lacks {', '.join(lacking)}", ", ".join(map(str, header))[:200])
        places = [(header.index("time"), set(piece.periods)), (header.index(GOODS[flow]), set(piece.codes))]
        if partners := set(_numbers(piece)):
            places.append((header.index("CTY_CODE"), partners))
        stray = None
        seen: set[tuple[Any, ...]] = set()
        for number, row in enumerate(table[1:], 2):
            if not isinstance(row, list) or len(row) != len(header):
                raise changed(self, f"row {number} does not fit the header", str(row)[:200])
            outside = [f"{header[place]} {row[place]}" for place, asked in places if row[place] not in asked]
            stray = stray or (outside[0] if outside else None)
            seen.add(tuple(row))
        return judged_rows(len(table) - 1, stray, None, different=len(seen))

    def judge(self, answer: HttpReply, key: Key | None, now: Any) -> Outcome:
        """204: there are no figures. A redirect leads to the page about keys."""
        if answer.status == 204:
            return GoodReply(0)
        return super().judge(answer, key, now)

    def refusal(self, status: int, message: str) -> StopgapError:
        """As for every service; a redirect is how this one refuses a key."""
        if 300 <= status < 400 and "key" in message.lower():
            return super().refusal(401, "it asks for a valid key")
        return super().refusal(status, message)


def _numbers(piece: Piece) -> list[str]:
    found = [number for code in piece.partners for number in numbers("census", code, "the Census Bureau")]
    return [number.zfill(4) if number.isdigit() else number for number in found]


def _most_rows(piece: Piece) -> int:
    return len(piece.periods) * len(piece.codes) * (len(piece.partners) or PARTNERS)
