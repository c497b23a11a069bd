"""Live service of the US Census Bureau: monthly exports and imports by HS code and partner, as JSON rows."""

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
"""Most rows planned for a piece, so that one reply stays small; the service states no limit."""
PERIODS = 12
CODES = 40
PARTNERS = 240

VALUES = {"X": "ALL_VAL_MO", "M": "GEN_CIF_MO"}
"""Flow -> value field: exports free alongside ship (FAS); general imports CIF, as other sources value imports."""
GOODS = {"X": "E_COMMODITY", "M": "I_COMMODITY"}
FOLDERS = {"X": "exports", "M": "imports"}
QUANTITIES = {
    "X": ("QTY_1_MO", "UNIT_QY1", "QTY_2_MO", "UNIT_QY2"),
    "M": ("GEN_QY1_MO", "UNIT_QY1", "GEN_QY2_MO", "UNIT_QY2"),
}


class LiveUsCensus(LiveService):
    """Live service: the international trade API, including the Bureau's groups of partners and its total."""

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
        """Divide the query into pieces of one flow each, because exports and imports are two tables."""
        parts = [
            part
            for flow in chunks(whole(query), "flows", 1)
            for block in chunks(flow, "periods", PERIODS)
            for few in chunks(block, "codes", CODES)
            for part in chunks(few, "partners", CODES)
        ]
        return fitted(parts, lambda piece: _most_rows(piece) <= ROWS, self.order)

    def check_query(self, query: Query) -> None:
        """Validate the query as for every service; re-exports are rejected too (UsageError)."""
        super().check_query(query)
        odd = [flow.value for flow in query.flows if flow.value not in FOLDERS]
        if odd:
            raise UsageError(
                f"the Census Bureau does not report flow {odd[0]} apart here",
                where="--flow",
                fix="ask for X, M or both",
            )

    def request(self, piece: Piece, query: Query, *, has_key: bool) -> Request:
        """Return ``exports/hs?get=…&time=from 2023-01 to 2023-12&E_COMMODITY=…``; filter fields return as columns."""
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
        """Add the key to the URL's parameters, the only place where the service accepts it."""
        return replace(request, params=(*request.params, ("key", key.reveal())))

    def read(self, reply: Path, piece: Piece, query: Query, *, has_key: bool) -> Outcome:
        """Check the header and the rows of a reply, whose values are all text."""
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
        """Classify a reply of another status than 200: 204 means that there are no figures."""
        if answer.status == 204:
            return GoodReply(0)
        return super().judge(answer, key, now)

    def refusal(self, status: int, message: str) -> StopgapError:
        """Return the error as for every service; a redirect to the page about keys is a refused key."""
        if 300 <= status < 400 and "key" in message.lower():
            return super().refusal(401, "it asks for a valid key")
        return super().refusal(status, message)


def _numbers(piece: Piece) -> list[str]:
    found = [number for code in piece.partners for number in numbers("census", code, "the Census Bureau")]
    return [number.zfill(4) if number.isdigit() else number for number in found]


def _most_rows(piece: Piece) -> int:
    return len(piece.periods) * len(piece.codes) * (len(piece.partners) or PARTNERS)
