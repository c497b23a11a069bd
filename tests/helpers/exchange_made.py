"""A pack made up for tests of what is written from it: every name, number and company is made up."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from exposure_made import company, exposed

from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.packs.view import PackView, view_pack

CLEAR, GREEN = Marking(Tlp.CLEAR), Marking(Tlp.GREEN)
AMBER = Marking(Tlp.AMBER, frozenset({"DEU", "FRA"}))
FINGERPRINT = "sha256:" + "ab" * 32
MADE_AT = "2026-07-01T12:00:00Z"
SQL = "SELECT coalesce(sum(baseline_usd - after_usd), 0) FROM cells WHERE supplier IN ('DEU')"

FINDING: dict[str, Any] = {
    "finding_id": "sha256:" + "1" * 64,
    "episode": "russia-2022",
    "target": "RUS",
    "direction": "exports-to-target",
    "goods": "machinery",
    "goods_version": "1+abc",
    "as_of": "v3",
    "valuation": "FOB",
    "frequency": "monthly",
    "unit": "USD per year",
    "route": "direct",
    "report": "exporter",
    "windows": {"baseline": ["2021-01", "2021-12"], "after": ["2023-01", "2023-12"]},
    "suspended": {"baseline_usd": 1000.0, "after_usd": 200.0, "loss_usd": 800.0, "loss_share": 0.8, "ci95": [0.7, 0.9]},
    "backfill": {"gross_ratio": 0.75, "net_ratio": None, "net_ci95": None, "placebo_rank": [2, 40], "defined": True},
    "counterfactual": {"method": None, "reason": "no placebo destination reports"},
    "suppliers": [
        {"supplier": "CHN", "kind": "other", "baseline_usd": 100.0, "after_usd": 600.0, "gain_usd": 500.0,
         "share_of_loss": 0.625, "net_gain_usd": None, "ci95": None, "q_value": None},
        {"supplier": "TUR", "kind": "hub", "baseline_usd": 50.0, "after_usd": 150.0, "gain_usd": 100.0,
         "share_of_loss": 0.125, "net_gain_usd": None, "ci95": None, "q_value": None},
    ],
    "members": [{"supplier": "DEU", "baseline_usd": 1000.0, "after_usd": 200.0, "change_usd": -800.0}],
    "coverage": {"share_of_baseline_reported": 0.95, "missing_reporters": ["KAZ"], "goods_listed": 10},
    "warnings": ["KAZ is silent in the after-window"],
    "queries": ["SELECT 1"],
}  # fmt: skip

CLAIM: dict[str, Any] = {
    "id": "c-one",
    "title": "China backfills machinery",
    "version": 1,
    "goods_fixed": [],
    "claim": {
        "said_by": {"name": "Jane Roe", "office": "Spokesperson"},
        "said_on": "2024-04-08",
        "words": {"text": "They have filled the gap.", "start": 10, "end": 35},
        "stance": "assertion",
        "actor": "CHN",
        "action": "backfill",
        "target": "RUS",
        "audience": ["press"],
    },
}

VERDICT: dict[str, Any] = {
    "claim_id": "c-one",
    "verdict": "partly",
    "because": "The gross share reaches the threshold, the net share cannot be had.",
    "actor": "CHN",
    "target": "RUS",
    "episode": "russia-2022",
    "as_of": "v3",
    "coverage": 0.95,
    "hypotheses": [
        {"id": "share", "statement": "China made up a tenth of the loss", "measure": "share_of_loss", "estimate": 0.625,
         "ci95": [0.5, 0.7], "threshold": 0.1, "unit": "ratio", "goods": "machinery", "goods_version": "1+abc",
         "route": "direct", "valuation": "FOB", "coverage": 0.95, "verdict": "borne out", "because": "0.625 > 0.1",
         "windows": {"baseline": ["2021-01", "2021-12"], "after": ["2023-01", "2023-12"]}, "queries": []},
    ],
    "since": "borne out since 2023-01",
    "would_change": ["Reports of Kazakhstan"],
    "cannot": [],
    "warnings": [],
}  # fmt: skip


def alert_document(**changes: object) -> dict[str, Any]:
    made = {
        "id": "a-1", "kind": "one-month", "episode": "russia-2022", "target": "RUS", "goods": "machinery",
        "goods_version": "1+abc", "role": "hub", "route": "direct", "supplier": "TUR", "destination": "RUS",
        "good": "847130", "month": "2023-05", "last_month": "2023-06", "began": "2023-05", "value_usd": 90.0,
        "expected_usd": 30.0, "ratio": 3.0, "p_value": 0.001, "q_value": 0.01, "value_at_stake_usd": 60.0,
        "explanation": "Türkiye sold three times what was expected.", "unit": "USD per month", "vintage": "v3",
        "signals": [], "queries": [],
    }  # fmt: skip
    return {**made, **changes}


DECISION = {"alert": "a-1", "as": "watch", "who": "A. Analyst", "when": "2026-06-30T09:00:00Z", "why": "one month"}

RECEIPT = {
    "receipt": "0123456789abcdef", "sha256": "c" * 64, "file_name": "trade.csv", "source": "comtrade",
    "parser": "comtrade/1", "terms": "free with attribution", "retrieved": "2026-06-01", "published": None,
    "rows_loaded": 12, "vintage": "v3", "table": "trade",
}  # fmt: skip

NUMBERS = {
    "finding_id": FINDING["finding_id"],
    "numbers": [
        {"name": "suspended.loss_usd", "value": 800.0, "unit": "USD per year", "denominator": None, "sql": SQL},
        {"name": "backfill.gross_ratio", "value": 0.75, "unit": "ratio", "denominator": "suspended.loss_usd", "sql": None},
        {"name": "backfill.net_ratio", "value": None, "unit": "ratio", "denominator": "suspended.loss_usd", "sql": None},
    ],
}  # fmt: skip


class Made:
    """A pack in the making: items one by one, then the members of the archive."""

    def __init__(self, marking: Marking = AMBER, **evidence: object) -> None:
        self.members: dict[str, bytes] = {"bagit.txt": b"BagIt-Version: 1.0\n"}
        self.items: list[dict[str, Any]] = []
        self.evidence: dict[str, Any] = {
            "format": "stopgap-pack/1",
            "name": "russia-2022",
            "episode": "russia-2022",
            "as_of": "v3",
            "made_at": MADE_AT,
            "marking": marking.as_dict(),
            "origin": {"name": "Ministry of Example", "fingerprint": FINGERPRINT},
            "software": {"name": "stopgap", "version": "0.1.0", "lock_sha256": "0" * 64},
            "left_out": [{"kind": "alert", "reason": "above the marking", "count": 2}],
            "releases": [],
            **evidence,
        }

    def put(self, name: str, content: bytes) -> str:
        self.members[f"data/{name}"] = content
        return name

    def add(self, kind: str, id: str, marking: Marking, document: dict[str, Any], **more: Any) -> Made:
        slug = f"{marking.tlp.slug}_{len(self.items)}"
        files = [self.put(f"{kind}s/{slug}.json", json.dumps({**document, "marking": marking.as_dict()}).encode())]
        numbers = more.pop("numbers", None)
        if numbers is not None:
            files.append(self.put(f"numbers/{slug}.json", json.dumps(numbers).encode()))
        item = {
            "id": id, "kind": kind, "title": f"A {kind}", "marking": marking.as_dict(), "own_marking": None,
            "inputs": [], "files": files, "release": None,
        }  # fmt: skip
        self.items.append({**item, **more})
        return self

    def done(self) -> dict[str, bytes]:
        content = json.dumps({**self.evidence, "items": self.items}).encode()
        return {**self.members, "data/evidence.json": content}

    def view(self) -> PackView:
        return view_pack(self.done())


def made_pack() -> Made:
    """One item of each kind, at three markings; the pack is AMBER and releasable to two states."""
    made = Made()
    made.put("rows/TLP-CLEAR_trade.parquet", parquet(pa.table({"reporter": ["DEU"], "value_usd": [1000.0]})))
    exposure = exposed(companies=(*exposed().companies, company(9, name="ИП Иванов", spellings=()))).as_dict()
    finding = f"finding:{FINDING['finding_id']}"
    return (
        made.add("receipt", "receipt:0123456789abcdef@v3/trade", CLEAR, RECEIPT)
        .add("finding", finding, CLEAR, FINDING, numbers=NUMBERS, title="Suspended trade and backfill, machinery")
        .add("finding", "finding:exposure", AMBER, exposure, title="Companies behind the goods")
        .add("claim", "claim:c-one", GREEN, CLAIM, title="China backfills machinery")
        .add(
            "verdict", "verdict:c-one", GREEN, VERDICT, inputs=["claim:c-one", finding], title="partly: China backfills"
        )
        .add("alert", "alert:a-1", CLEAR, alert_document(), title="TUR to RUS, 847130, 2023-05")
        .add("alert", "alert:a-2", AMBER, alert_document(id="a-2", supplier="ARE"), title="ARE to RUS, 847130, 2023-05")
        .add("decision", "decision:a-1#1", AMBER, DECISION, inputs=["alert:a-1"], title="watch: alert a-1")
    )


def made_view() -> PackView:
    return made_pack().view()


def one_alert(title: str = "an alert", explanation: str = "why", marking: Marking = AMBER) -> PackView:
    """A pack with one alert in the given words."""
    document = alert_document(explanation=explanation)
    return Made(marking).add("alert", "alert:x", marking, document, title=title).view()


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


HOSTILE = {
    "html": "<script>alert('x')</script><b>Trading & Co</b>",
    "formula": "=HYPERLINK(\"http://example.org\",\"click\")",
    "at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "control": "Trading\x00\x07\x0b\x1b Ltd",
    "direction": "Trading \u202egnp.exe\u202c Ltd",
    "emoji": "Trading 🚢 Ltd",
    "surrogate": "Trading \ud800 Ltd",
    "noncharacter": "Trading \uffff\ufffe Ltd",
    "line ends": "one\r\ntwo\rthree\nfour",
    "cdata": "]]>&amp;<!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
    "long": "x" * 10_000_000,
}  # fmt: skip
"""What a name or a text may hold."""


def hostile_views() -> Iterator[tuple[str, PackView]]:
    """A pack for each hostile text, which stands in every field that is written out."""
    for label, text in HOSTILE.items():
        made = Made(AMBER, origin={"name": text, "fingerprint": FINGERPRINT}, name=text)
        made.add("finding", "finding:1", AMBER, {**FINDING, "goods": text, "warnings": [text]}, title=text)
        named = exposed(companies=(company(1, name=text, identifiers=(text,), spellings=()),), pairs=()).as_dict()
        made.add("finding", "finding:2", AMBER, named, title=text)
        claim = {**CLAIM["claim"], "said_by": {"name": text, "office": text}, "words": text}
        made.add("claim", "claim:1", AMBER, {**CLAIM, "claim": claim}, title=text)
        made.add("verdict", "verdict:1", AMBER, {**VERDICT, "because": text}, title=text)
        made.add("alert", "alert:1", AMBER, alert_document(explanation=text, supplier=text, good=text), title=text)
        made.add("decision", "decision:1", AMBER, {**DECISION, "why": text, "who": text}, title=text)
        made.add("receipt", "receipt:1", AMBER, {**RECEIPT, "file_name": text, "terms": text}, title=text)
        yield label, made.view()
