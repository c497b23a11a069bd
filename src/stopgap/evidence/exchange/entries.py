"""Entries of a pack for exchange formats: one per finding, claim, verdict, alert and decision, and the pack in words.

The texts are composed here from the fields of the documents, so that a note in STIX, an annotation in MISP and a feed
item have the same wording, each figure with its denominator, goods list, windows and vintage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stopgap.base.marking import Marking
from stopgap.base.vocab import LossKind
from stopgap.evidence.exchange.companies import Named, named_in
from stopgap.evidence.exchange.figures import coverage_of, goods_text, windows_text
from stopgap.evidence.exchange.texts import dict_of, economy, economy_name, list_of, name, number, plain, text_of
from stopgap.evidence.packs.documents import ItemEntry
from stopgap.evidence.packs.view import Document, PackView

KINDS = ("finding", "extract", "exposure", "claim", "verdict", "alert", "decision")
"""Kinds of items that become entries; the other kinds are their inputs."""

MOST_SUPPLIERS = 10
"""Maximum number of suppliers in a text; the tables list all of them."""


@dataclass(frozen=True)
class ExportedItem:
    """One item of a pack as text: a title of one line and a text of several, with the item's own marking.

    ``authors`` are the speakers of a claim; other items have none. ``economies`` are ISO3 codes, each once. ``persons``
    counts its names of natural persons, which no format contains. ``inputs`` are the ids of its input items.
    """

    id: str
    kind: str
    title: str
    text: str
    marking: Marking
    authors: tuple[str, ...]
    economies: tuple[str, ...]
    companies: tuple[Named, ...]
    persons: int
    inputs: tuple[str, ...]


def entries_of(view: PackView) -> list[ExportedItem]:
    """Return the entries of a pack, in the order of its items; raises as :func:`stopgap.evidence.exchange.export`."""
    return [_entry(view, item) for item in view.items(*KINDS)]


def pack_lines(view: PackView, entries: list[ExportedItem]) -> list[str]:
    """Describe the pack in text lines for the STIX report, the MISP event and the first sheet of the workbook.

    They state its signer, its vintage, and the number of withheld items.
    """
    signer, fingerprint = view.signer
    persons = sum(entry.persons for entry in entries)
    left_out = (each for each in list_of(view.evidence, "left_out") if isinstance(each, dict))
    return [
        f"Evidence pack {name(view.name)}, marked {view.marking.label}, of vintage {name(view.evidence['as_of'])}.",
        f"Signed by {name(signer)}, key {name(fingerprint)}: this form is not signed, the pack is.",
        f"{len(entries)} items of evidence.",
        *(
            f"Left out of the pack: {name(each.get('count', '?'))} of kind {name(each.get('kind', '?'))} "
            f"({name(each.get('reason', '?'))})."
            for each in left_out
        ),
        *([f"Not carried here: names of natural persons who trade ({persons})."] if persons else []),
    ]


def _entry(view: PackView, item: ItemEntry) -> ExportedItem:
    document, kind = view.document(item), str(item["kind"])
    if kind == "claim":  # as registered, the claim itself stands in a part of its own
        document = dict_of(document, "claim") or document
    companies, persons = named_in(document)
    lines = [*_WORDS.get(kind, _finding)(document), *_measured(document), *_listed("Warning", document, "warnings")]
    found = dict.fromkeys(code for code in _codes(document) if economy(code) is not None)
    return ExportedItem(
        id=str(item["id"]),
        kind=kind,
        title=name(item["title"]),
        text=plain("\n".join(lines) or item["title"]),
        marking=view.marking_of(item),
        authors=_authors(document) if kind == "claim" else (),
        economies=tuple(found),
        companies=companies,
        persons=persons,
        inputs=tuple(item["inputs"]),
    )


def _codes(document: Document) -> Iterator[str]:
    """Yield the economy codes of a document, its main subjects (target, actor …) first."""
    for key in ("target", "actor", "supplier", "destination"):
        yield text_of(document, key)
    for key, field in (("suppliers", "supplier"), ("members", "supplier"), ("hubs", "hub")):
        for part in list_of(document, key):
            if isinstance(part, dict):
                yield text_of(part, field)
    for each in list_of(document, "audience"):
        yield str(each)


def _finding(document: Document) -> Iterator[str]:
    unit = text_of(document, "unit") or "USD"
    if "suspended" in document:
        yield from _suspended(document, unit)
    elif "companies" in document and "total" in document:
        total = dict_of(document, "total")
        yield (
            f"Companies behind the goods, as declarations name them (target {economy_name(document.get('target'))}): "
            f"{number(total.get('value_usd'), unit)} in {number(total.get('lines'))} lines, "
            f"{number(total.get('lines_without_value'))} of them without a value; "
            f"{len(list_of(document, 'companies'))} rows of companies."
        )
    else:
        said = [text_of(document, key) for key in ("episode", "direction", "measure")]
        yield f"Finding: {', '.join(name(each) for each in said if each) or 'see its numbers'}."
    rows = [row for row in list_of(document, "suppliers") if isinstance(row, dict)]
    for row in rows[:MOST_SUPPLIERS]:
        yield (
            f"Supplier {economy_name(row.get('supplier'))}: change {number(row.get('gain_usd'), unit)}, "
            f"{number(row.get('share_of_loss'))} of the loss."
        )
    if len(rows) > MOST_SUPPLIERS:
        yield f"{len(rows) - MOST_SUPPLIERS} more suppliers stand in the pack."


def _suspended(document: Document, unit: str) -> Iterator[str]:
    lost = dict_of(document, "suspended")
    target, direction = economy_name(document.get("target")), text_of(document, "direction") or "trade"
    yield (
        f"{LossKind.of(document.get('loss_kind')).noun} ({name(direction)}, target {target}): {number(lost.get('baseline_usd'), unit)} in the baseline, "
        f"{number(lost.get('after_usd'), unit)} after; loss {number(lost.get('loss_usd'), unit)}, "
        f"{number(lost.get('loss_share'))} of the baseline{_interval(lost.get('ci95'))}."
    )
    filled, loss = dict_of(document, "backfill"), number(lost.get("loss_usd"), unit)
    reason = text_of(dict_of(document, "counterfactual"), "reason")
    yield (
        f"Backfill by all suppliers outside the coalition: gross ratio {number(filled.get('gross_ratio'))} of the loss "
        f"({loss}); net ratio {number(filled.get('net_ratio'))} of the same loss{_interval(filled.get('net_ci95'))}"
        f"{f' ({name(reason)})' if reason and filled.get('net_ratio') is None else ''}."
    )
    rank = filled.get("placebo_rank")
    if isinstance(rank, list) and len(rank) == 2:
        yield f"Rank of the target among placebo destinations: {rank[0]} of {rank[1]}."


def _claim(document: Document) -> Iterator[str]:
    words = document.get("words")
    said = text_of(words, "text") if isinstance(words, dict) else text_of(document, "words")
    if said:
        quoted = dict_of(document, "source").get("quoted", True) is True
        yield f"{'As said' if quoted else 'In other words than were said'}: {plain(said)}"
    said_by = document.get("said_by")
    office = text_of(said_by, "office") if isinstance(said_by, dict) else ""
    speaker = f"{(_authors(document) or ('?',))[0]}{f', {name(office)}' if office else ''}"
    yield f"Said by {speaker} on {name(document.get('said_on', '?'))}."
    chain = [text_of(each, "source") if isinstance(each, dict) else str(each) for each in list_of(document, "chain")]
    if chain:
        yield f"Chain of sources, nearest first: {', '.join(map(name, chain))}."
    yield (
        f"In terms that figures can meet: {name(document.get('stance', '?'))}; actor {economy_name(document.get('actor', '?'))}; "
        f"action {name(document.get('action', '?'))}; target {economy_name(document.get('target', '?'))}."
    )
    if text_of(document, "note"):
        yield f"Note: {plain(document['note'])}"


def _authors(document: Document) -> tuple[str, ...]:
    said = document.get("said_by")
    speaker = text_of(said, "name") if isinstance(said, dict) else text_of(document, "said_by")
    return (name(speaker),) if speaker else ()


def _verdict(document: Document) -> Iterator[str]:
    yield f"Verdict on the claim {name(document.get('claim_id', '?'))}: {name(document.get('verdict', '?'))}."
    if text_of(document, "because"):
        yield plain(document["because"])
    for part in list_of(document, "hypotheses"):
        if isinstance(part, dict):
            yield _hypothesis(part)
    if text_of(document, "since"):
        yield f"By date: {plain(document['since'])}."
    yield from _listed("Would change it", document, "would_change")
    yield from _listed("Cannot be tested", document, "cannot")


def _hypothesis(part: Document) -> str:
    unit = text_of(part, "unit")
    placed = "; ".join(
        each
        for each in (
            f"goods {name(goods_text(part))}" if goods_text(part) else "",
            f"route {name(part['route'])}" if text_of(part, "route") else "",
            f"windows {name(windows_text(part))}" if windows_text(part) else "",
            f"valuation {name(part['valuation'])}" if text_of(part, "valuation") else "",
            f"coverage {number(coverage_of(part))} of baseline trade",
        )
        if each
    )
    return (
        f"{plain(part.get('statement', '?'))}: {name(part.get('measure', 'estimate'))} {number(part.get('estimate'), unit)}"
        f"{_interval(part.get('ci95'), unit)}, held against {number(part.get('threshold'), unit)}"
        f" ({name(unit) if unit else 'no unit told'}): {name(part.get('verdict', '?'))}. {plain(part.get('because', ''))} [{placed}]"
    )


def _alert(document: Document) -> Iterator[str]:
    if text_of(document, "explanation"):
        yield plain(document["explanation"])
    unit = text_of(document, "unit") or "USD"
    yield (
        f"{name(document.get('kind', '?'))}: {economy_name(document.get('supplier', '?'))} to "
        f"{economy_name(document.get('destination', '?'))}, good {name(document.get('good', '?'))}, "
        f"month {name(document.get('month', '?'))}: {number(document.get('value_usd'), unit)} reported, "
        f"{number(document.get('expected_usd'), unit)} expected, {number(document.get('ratio'))} of what was expected; "
        f"p {number(document.get('p_value'))}, q {number(document.get('q_value'))}."
    )
    if text_of(document, "status"):
        yield f"Status: {name(document['status'])}."


def _decision(document: Document) -> Iterator[str]:
    """Yield the text of a screening decision. The listed entry is cited by id, since it may be a person."""
    listed = text_of(document, "list")
    about = f" on entry {name(document.get('entity_id', '?'))} of {name(listed)}" if listed else ""
    yield (
        f"Decided{about}: {name(document.get('as', '?'))}, by {name(document.get('who', '?'))}, "
        f"{name(document.get('when', '?'))}."
    )
    if text_of(document, "why"):
        yield f"Because: {plain(document['why'])}"


_WORDS = {"claim": _claim, "verdict": _verdict, "alert": _alert, "decision": _decision}


def _measured(document: Document) -> Iterator[str]:
    """Yield a line for each known property of the figures: goods list, windows, route, valuation and so on."""
    goods, windows, coverage = goods_text(document), windows_text(document), coverage_of(document)
    if goods:
        yield f"Goods list: {name(goods)}."
    if windows:
        yield f"Windows: {name(windows)}."
    for key, words in (("route", "Route"), ("valuation", "Valuation"), ("report", "Report used")):
        if text_of(document, key):
            yield f"{words}: {name(document[key])}."
    vintage = text_of(document, "as_of") or text_of(document, "vintage")
    if vintage:
        yield f"Vintage: {name(vintage)}."
    if coverage is not None:
        yield f"Coverage: {number(coverage)} of baseline trade is of economies that also report after."


def _listed(word: str, document: Mapping[str, Any], key: str) -> Iterator[str]:
    for each in list_of(document, key):
        yield f"{word}: {plain(each)}"


def _interval(ends: object, unit: str = "") -> str:
    if isinstance(ends, list) and len(ends) == 2:
        return f" (95 % interval {number(ends[0], unit)} to {number(ends[1], unit)})"
    return ""
