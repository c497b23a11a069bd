"""A statistics service on this machine: answers as the real ones do, and fails on request."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import itertools
import json
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import key_echoes

STALL_S = 30.0
BOMB = gzip.compress(b" " * 4_000_000)


@dataclass
class Reply:
    """What the server sends."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """One request as it came."""

    path: str
    params: list[tuple[str, str]]
    headers: dict[str, str]
    fault: str | None = None
    served: bool = False

    @property
    def query(self) -> dict[str, str]:
        """Parameters; of a repeated one the values with commas between."""
        found: dict[str, str] = {}
        for name, value in self.params:
            found[name] = f"{found[name]},{value}" if name in found else value
        return found

    @property
    def identity(self) -> str:
        """What was asked for, without the key."""
        kept = [pair for pair in self.params if pair[0] != "key"]
        return f"{self.path}?{kept}"


Answering = Callable[[Call], Reply]


@dataclass
class Loopback:
    """The server: its address, what it was asked, and how it fails.

    Attributes:
        answering: Makes the good reply for a call.
        faults: Chooses the fault of the n-th call (from 0), or None.
    """

    url: str
    answering: Answering
    faults: Callable[[int, Call], str | None] = lambda number, call: None
    calls: list[Call] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: threading.Event = field(default_factory=threading.Event)
    server: ThreadingHTTPServer | None = None

    def wrap(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        assert self.server is not None
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)

    def failing(self, *faults: str | None) -> Loopback:
        """The first calls fail so, in this order; the others are answered."""
        self.faults = lambda number, call: faults[number] if number < len(faults) else None
        return self

    def always(self, fault: str) -> Loopback:
        """Every call fails so."""
        self.faults = lambda number, call: fault
        return self

    @property
    def served(self) -> list[Call]:
        """Calls that were answered well, to the last byte."""
        return [call for call in self.calls if call.served]


@contextmanager
def serving(answering: Answering) -> Iterator[Loopback]:
    """A server on a free port of 127.0.0.1 until the block ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    loopback = Loopback(f"http://127.0.0.1:{server.server_address[1]}", answering)
    loopback.server = server
    server.loopback = loopback  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield loopback
    finally:
        loopback.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is none of the server's faults."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr."""

    def do_GET(self) -> None:
        loopback: Loopback = self.server.loopback  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        call = Call(
            parts.path.strip("/"),
            parse_qsl(parts.query, keep_blank_values=True),
            {name.lower(): value for name, value in self.headers.items()},
        )
        with loopback.lock:
            call.fault = loopback.faults(len(loopback.calls), call)
            loopback.calls.append(call)
        try:
            self._fail(call, loopback) if call.fault else self._send(loopback.answering(call))
            call.served = call.fault is None
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _send(self, reply: Reply, *, length: int | None = None) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(reply.body) if length is None else length))
        self.end_headers()
        self.wfile.write(reply.body)
        self.wfile.flush()

    def _fail(self, call: Call, loopback: Loopback) -> None:
        fault, _, more = (call.fault or "").partition(":")
        good = loopback.answering(call)
        body = good.body
        secret = call.headers.get("ocp-apim-subscription-key") or call.query.get("key") or "none"
        match fault:
            case "status":
                status, _, message = more.partition(" ")
                text = json.dumps({"statusCode": int(status), "message": message})
                self._send(Reply(int(status), text.encode()))
            case "retry-after":
                self._send(
                    Reply(429, b'{"statusCode": 429, "message": "Rate limit is exceeded."}', {"Retry-After": more})
                )
            case "stall":
                loopback.stopped.wait(STALL_S)
                self.close_connection = True
            case "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                self.connection.close()
            case "cut":  # fewer bytes than were promised
                self._send(Reply(200, body[: len(body) // 2]), length=len(body))
                self.close_connection = True
            case "cut-json":  # all bytes that were promised, and yet not all
                self._send(Reply(200, body[: int(len(body) * 0.6)]))
            case "cut-gzip":
                packed = gzip.compress(body)
                self._send(Reply(200, packed[: len(packed) // 2], {"Content-Encoding": "gzip"}))
            case "damaged-gzip":
                self._send(Reply(200, b"\x1f\x8b\x08" + body, {"Content-Encoding": "gzip"}))
            case "gzip":
                self._send(Reply(200, gzip.compress(body), {"Content-Encoding": "gzip"}))
            case "gzip-twice":  # two members, one behind the other
                half = len(body) // 2
                packed = gzip.compress(body[:half]) + gzip.compress(body[half:])
                self._send(Reply(200, packed, {"Content-Encoding": "gzip"}))
            case "bomb":
                self._send(Reply(200, BOMB, {"Content-Encoding": "gzip"}))
            case "html":
                self._send(Reply(200, b"<!DOCTYPE html><html><title>Sign in</title></html>"))
            case "redirect":
                self._send(Reply(302, b"", {"Location": f"https://elsewhere.example/sign-in?next={secret}"}))
            case "body":  # this very text, status 200
                self._send(Reply(200, more.encode()))
            case "replace":  # the good reply with one text put for another
                old, _, new = more.partition("=>")
                assert old.encode() in body
                self._send(Reply(200, body.replace(old.encode(), new.encode())))
            case "other-call":  # the reply to the first call of all
                self._send(loopback.answering(loopback.calls[0]))
            case "header":
                name, _, value = more.partition("=")
                self._send(Reply(200, body, {name: value}))
            case "echo":  # a refusal that repeats what it was sent
                self._send(Reply(400, json.dumps({"message": f"cannot read {self.path} with {secret}"}).encode()))
            case "echo-data":
                self._send(Reply(200, json.dumps({"data": [], "count": 0, "asked_with": secret}).encode()))
            case "echo-far":  # across the border of two chunks
                self._send(Reply(200, b" " * (65_536 - 7) + secret.encode() + b" " * 9_000))
            case "echo-error":
                self._send(Reply(200, json.dumps({"error": f"no access for {secret}"}).encode()))
            case "spelled" | "spelled-gzip" | "spelled-header":  # in a reply that is good otherwise
                spelled = key_echoes.spelled(secret, more)
                echo = body.replace(b'"0.1 secs"', b'"' + spelled + b'"')
                if fault == "spelled-gzip":
                    self._send(Reply(200, gzip.compress(echo), {"Content-Encoding": "gzip"}))
                elif fault == "spelled-header":
                    self._send(Reply(200, body, {"X-RateLimit-Remaining": spelled.decode("latin-1")}))
                else:
                    self._send(Reply(200, echo))
            case "spelled-refusal":
                self._send(Reply(400, b'{"message": "invalid key ' + key_echoes.spelled(secret, more) + b'"}'))
            case "shown-in-part":
                self._send(Reply(401, f'{{"message": "invalid key {secret[:9]}… ({secret[-8:]})"}}'.encode()))
            case "packed":  # compressed without a word about it
                self._send(Reply(200, gzip.compress(body + secret.encode())))
            case "odd-header":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nno colon here\r\n\r\n" % len(body))
                self.wfile.write(body)
                self.close_connection = True
            case "endless":
                self.send_response(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                while not loopback.stopped.is_set():
                    self.wfile.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
            case _:
                raise AssertionError(f"no fault {fault!r}")


def value_of(*parts: object) -> int:
    """A made-up figure that depends on what it stands for."""
    return int(hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:6], 16) + 1


def comtrade(call: Call) -> Reply:
    """Comtrade's layout; figures made up. Rows beyond ``maxRecords`` are left out, as the service does."""
    query = call.query
    frequency = call.path.split("/")[-2]
    axes = [query.get(name, "").split(",") for name in ("period", "reporterCode", "partnerCode", "flowCode", "cmdCode")]
    rows = [
        comtrade_row(frequency, *combination)
        for combination in itertools.product(*axes)
        if "" not in combination and combination[4] != "999999"
    ][: int(query["maxRecords"])]
    document = {"elapsedTime": "0.1 secs", "count": len(rows), "data": rows, "error": ""}
    return Reply(200, json.dumps(document).encode())


def comtrade_row(frequency: str, period: str, reporter: str, partner: str, flow: str, good: str) -> dict[str, Any]:
    value = float(value_of(period, reporter, partner, flow, good))
    return {
        "typeCode": "C", "freqCode": frequency, "refPeriodId": int(period.ljust(6, "0")[:6] + "01"),
        "refYear": int(period[:4]), "refMonth": int(period[4:] or 52), "period": period, "reporterCode": int(reporter),
        "reporterISO": None, "reporterDesc": None, "flowCode": flow, "flowDesc": None, "partnerCode": int(partner),
        "partnerISO": None, "partnerDesc": None, "partner2Code": 0, "partner2ISO": None, "partner2Desc": None,
        "classificationCode": "H6", "classificationSearchCode": "HS", "isOriginalClassification": True,
        "cmdCode": good, "cmdDesc": None, "aggrLevel": 6, "isLeaf": True, "customsCode": "C00", "customsDesc": None,
        "mosCode": "0", "motCode": 0, "motDesc": None, "qtyUnitCode": 8, "qtyUnitAbbr": None, "qty": value / 2,
        "isQtyEstimated": False, "altQtyUnitCode": -1, "altQtyUnitAbbr": None, "altQty": None,
        "isAltQtyEstimated": False, "netWgt": value / 2, "isNetWgtEstimated": False, "grossWgt": None,
        "isGrossWgtEstimated": False, "cifvalue": value if flow == "M" else None,
        "fobvalue": value if flow == "X" else None, "primaryValue": value, "legacyEstimationFlag": 0,
        "isReported": True, "isAggregate": False,
    }  # fmt: skip


def eurostat(call: Call) -> Reply:
    """SDMX-CSV of DS-045409; figures made up."""
    dimensions = [part.split("+") for part in call.path.rsplit("/", 1)[1].split(".")]
    periods = _months(call.query["startPeriod"], call.query["endPeriod"])
    sink = io.StringIO()
    table = csv.writer(sink, lineterminator="\n")
    names = ("freq", "reporter", "partner", "product", "flow", "indicators")
    table.writerow(["DATAFLOW", "LAST UPDATE", *names, "TIME_PERIOD", "OBS_VALUE"])
    for row in itertools.product(*dimensions, periods):
        if "" not in row and row[3] != "999999":
            table.writerow(["ESTAT:DS-045409(1.0)", "15/11/26 11:00:00", *row, value_of(*row)])
    return Reply(200, sink.getvalue().encode(), {"Content-Type": "text/csv"})


def us_census(call: Call) -> Reply:
    """Rows under a header, every value text; figures made up. No figures: status 204."""
    query = call.query
    good = "E_COMMODITY" if "E_COMMODITY" in query else "I_COMMODITY"
    bounds = re.findall(r"\d{4}-\d\d", query["time"])
    get = query["get"].split(",")
    rows = []
    partners = {"4621": "RUSSIA", "5700": "CHINA", "-": "TOTAL FOR ALL COUNTRIES"}
    asked = query["CTY_CODE"].split(",") if "CTY_CODE" in query else list(partners)
    for period, code, partner in itertools.product(_months(bounds[0], bounds[-1]), query[good].split(","), asked):
        known = {"CTY_CODE": partner, "CTY_NAME": partners[partner], "UNIT_QY1": "NO"}
        value = str(value_of(period, partner, good, code))
        rows.append([*(known.get(field, value) for field in get), period, code])
        if "CTY_CODE" in query:
            rows[-1].append(partner)
    rows = [row for row in rows if "999999" not in row]
    if not rows:
        return Reply(204)
    return Reply(
        200, json.dumps([[*get, "time", good, *(["CTY_CODE"] if "CTY_CODE" in query else [])], *rows]).encode()
    )


def hmrc(call: Call, *, page: int = 40_000) -> Reply:
    """OData rows; figures made up. Rows beyond a page are left to the next one."""
    text = call.query["$filter"]
    first, last = re.search(r"MonthId ge (\d+) and MonthId le (\d+)", text).groups()  # type: ignore[union-attr]
    months = [int(month.replace("-", "")) for month in _months(f"{first[:4]}-{first[4:]}", f"{last[:4]}-{last[4:]}")]
    types = [int(kind) for kind in re.findall(r"FlowTypeId eq (\d)", text)]
    ranges = re.findall(r"CommodityId ge (\d+) and CommodityId le (\d+)", text)
    goods = (85423110, 85423190, 85423990, 84713000)
    rows = [
        {
            "MonthId": month, "FlowTypeId": kind, "SuppressionIndex": 0, "CommodityId": good, "CommoditySitcId": 77631,
            "CountryId": 75, "PortId": port, "Value": float(value_of(month, kind, good, port)), "NetMass": 5.0,
            "SuppUnit": 0.0,
        }
        for month, kind, good, port in itertools.product(months, types, goods, (1, 2))
        if any(int(low) <= good <= int(high) for low, high in ranges)
    ]  # fmt: skip
    document: dict[str, Any] = {"@odata.context": "…/$metadata#OTS", "value": rows[:page]}
    if len(rows) > page:
        document["@odata.nextLink"] = f"https://api.uktradeinfo.com/OTS?$skip={page}"
    return Reply(200, json.dumps(document).encode())


def _months(first: str, last: str) -> list[str]:
    if len(first) == 4:
        return [str(year) for year in range(int(first), int(last) + 1)]
    start, end = (int(text[:4]) * 12 + int(text[5:]) - 1 for text in (first, last))
    return [f"{month // 12}-{month % 12 + 1:02d}" for month in range(start, end + 1)]
