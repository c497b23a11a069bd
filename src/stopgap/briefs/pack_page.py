"""The index page of an evidence pack, readable without Stopgap."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from stopgap.base.marking import marking_of
from stopgap.base.vocab import LossKind
from stopgap.briefs.formats.html import filled
from stopgap.briefs.formats.text import percent, usd_millions, window_name
from stopgap.evidence.keys.names import spoken

KINDS = {
    "brief": ("Briefs", "the evidence for readers"),
    "finding": ("Findings", "trade lost or suspended, and backfill, with every number and the statement that gives it"),
    "extract": ("Extracts", "released numbers of findings whose rows may not leave"),
    "exposure": ("Companies", "that customs declarations name, as they were measured: they are not made again here"),
    "verdict": ("Verdicts", "statements held against the figures"),
    "claim": ("Statements", "who said what, to whom, by which chain of sources"),
    "alert": ("Alerts", "months that stood out when they were first released"),
    "decision": ("Decisions", "what was made of alerts"),
    "rows": ("Rows and sums", "with which the numbers are made again"),
    "receipt": ("Sources", "files that the rows came from: hash, terms, day"),
    "goods": ("Goods lists", "codes, version and hash"),
    "episode": ("Episode", "who stopped which trade with whom, and when"),
    "attachment": ("Attachments", "files of the maker's own"),
}
"""Kind of item -> heading and description, in the order of the page."""

_FILES_SHOWN = 12


def pack_page(evidence: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    """Render the index page of a pack from its evidence and its files by path; all text of the evidence is escaped."""
    marking = marking_of(evidence["marking"], where="evidence.json")
    return filled(
        "pack.html.j2",
        ["brief.css", "pack.css"],
        evidence=evidence,
        marking=marking,
        allows=marking.tlp.allows,
        spoken=spoken(evidence["origin"]["fingerprint"]),
        findings=[_finding(files[path]) for path in _documents(evidence, "finding")],
        verdicts=[json.loads(files[path]) for path in _documents(evidence, "verdict")],
        sections=[_section(evidence, kind) for kind in KINDS if _of(evidence, kind)],
        scripts=sorted(path for path in files if path.startswith("sql/")),
    )


def _of(evidence: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return [item for item in evidence["items"] if item["kind"] == kind]


def _documents(evidence: Mapping[str, Any], kind: str) -> list[str]:
    """Path of the main JSON file of each item of a kind."""
    found = (next((path for path in item["files"] if path.endswith(".json")), None) for item in _of(evidence, kind))
    return [path for path in found if path is not None]


def _section(evidence: Mapping[str, Any], kind: str) -> dict[str, Any]:
    heading, says = KINDS[kind]
    items = [
        {
            "title": item["title"],
            "id": item["id"],
            "marking": marking_of(item["marking"], where=item["id"]).label,
            "files": item["files"][:_FILES_SHOWN],
            "more": max(0, len(item["files"]) - _FILES_SHOWN),
            "release": item["release"],
        }
        for item in _of(evidence, kind)
    ]
    return {"kind": kind, "heading": heading, "says": says, "items": items}


def _symmetric(lost: dict[str, Any], fill: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the rows of the counterfactual loss and the ratio to it; empty in packs made before there was one."""
    ratio, interval = fill.get("symmetric_ratio"), fill.get("symmetric_ci95")
    if ratio is None:
        return []
    ends = f", 95 % interval {percent(interval[0])} to {percent(interval[1])}" if interval else ""
    return [
        ("Counterfactual loss", f"USD {usd_millions(lost['counterfactual_loss_usd'])} million a year"),
        ("Net backfill by it", f"{percent(ratio)}{ends}"),
    ]


def _finding(content: bytes) -> dict[str, Any]:
    """Headline figures of a finding with their basis: goods, windows, report, vintage, coverage and id."""
    finding = json.loads(content)
    lost, fill, coverage = finding["suspended"], finding["backfill"], finding["coverage"]
    interval = fill["net_ci95"]
    rows = [
        ("Coalition's trade before", f"USD {usd_millions(lost['baseline_usd'])} million a year"),
        ("after", f"USD {usd_millions(lost['after_usd'])} million a year"),
        ("Loss", f"USD {usd_millions(lost['loss_usd'])} million a year, {percent(lost['loss_share'])} of the trade before"),
        ("Gross backfill", f"{percent(fill['gross_ratio'])} of the loss"),
        *_symmetric(lost, fill),
        (
            "Net backfill",
            "cannot be had (see the warnings)"
            if fill["net_ratio"] is None
            else f"{percent(fill['net_ratio'])} of the loss"
            + (f", 95 % interval {percent(interval[0])} to {percent(interval[1])}" if interval else ""),
        ),
    ]  # fmt: skip
    basis = [
        ("Goods", f"{finding['goods']} ({finding['goods_version']})"),
        ("Windows", " against ".join(window_name(tuple(finding["windows"][part]), finding["frequency"]) for part in ("baseline", "after"))),
        ("Report, valuation, route", f"{finding['report']}'s, {finding['valuation']}, {finding['route']}"),
        ("Vintage", finding["as_of"]),
        ("Coverage", f"{percent(coverage['share_of_baseline_reported'])} of the trade before is reported after; sources {', '.join(coverage['sources'])}"),
        ("Finding", finding["finding_id"]),
    ]  # fmt: skip
    title = f"{LossKind.of(finding.get('loss_kind')).noun} and backfill"
    return {"title": title, "goods": finding["goods"], "rows": rows, "basis": basis, "warnings": finding["warnings"]}
