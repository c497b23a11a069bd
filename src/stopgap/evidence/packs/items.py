"""Items of a pack: their nodes in the evidence graph, and the functions that write their files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from stopgap.base.errors import InputError, RefusedError
from stopgap.base.marking import Marking
from stopgap.base.paths import unreadable_file
from stopgap.claims.claim_file import claim_document
from stopgap.codes.goods import goods_document
from stopgap.evidence.active.attachments import attachment_faults
from stopgap.evidence.disclosure.graph import AggregateRelease as ItemRelease
from stopgap.evidence.disclosure.graph import Item
from stopgap.evidence.markings.effective import EffectiveMarkings
from stopgap.evidence.packs.documents import PackedClaim, finding_title
from stopgap.evidence.packs.gathering import BRIEF, DECISIONS, EXPOSURE, Gathered, PackOptions, brief_model
from stopgap.evidence.packs.numbers import finding_files
from stopgap.evidence.packs.payload import Payload
from stopgap.lake.receipts import Receipt
from stopgap.lake.schema import TRADE
from stopgap.measures.alerts.results import AlertKind
from stopgap.panel.episodes import episode_text

Build = Callable[[Payload, Marking], list[str]]
"""Writes an item's files into the payload with a marking; returns their paths, the main one first."""

LARGEST_ATTACHMENT = 64 * 2**20


@dataclass(frozen=True)
class Thing:
    """A piece of evidence: its node in the evidence graph, and the function that writes its files."""

    item: Item
    build: Build


def receipt_item(receipt: Receipt, vintage: str, table: str) -> str:
    """Return the item id of an imported file in a vintage and table."""
    return f"receipt:{receipt.receipt}@{vintage}/{table}"


def receipt_entry(receipt: Receipt, vintage: str, table: str, markings: EffectiveMarkings) -> Item:
    """Return the graph item of an imported file in a vintage and table."""
    id, title = receipt_item(receipt, vintage, table), f"{receipt.source}: {receipt.file_name}"
    return Item(id, "receipt", title, own=markings.of_receipt(receipt, table))


def things_of(gathered: Gathered, markings: EffectiveMarkings, options: PackOptions) -> list[Thing]:
    """Return all evidence that a pack may hold except its page, briefs and rows."""
    return [
        *_receipts(gathered, markings),
        *_references(gathered, markings),
        *_findings(gathered, markings),
        *_exposure(gathered, options),
        *_claims(gathered, markings),
        *_alerts(gathered, markings, options),
        *_attachments(options, markings),
    ]


def withheld_items(gathered: Gathered, markings: EffectiveMarkings) -> list[Item]:
    """Return the trade files excluded from measuring, as items: results from the whole lake depend on them."""
    return [
        receipt_entry(receipt, vintage, TRADE.name, markings)
        for receipt, vintage in gathered.withheld
        if TRADE.name in markings.tables.get(receipt.receipt, ())
    ]


def trade_inputs(gathered: Gathered) -> tuple[str, ...]:
    """Return the item ids of the trade files behind the evidence."""
    return tuple(receipt_item(*each) for each in gathered.receipts if each[2] == TRADE.name)


def reference_inputs(gathered: Gathered) -> tuple[str, ...]:
    """Return the item ids of the episode and its goods lists."""
    return (
        f"episode:{gathered.episode.name}",
        *dict.fromkeys(f"goods:{each.name}" for each in gathered.episode.lists.values()),
    )


def released_by(markings: EffectiveMarkings, item: str, inputs: Marking) -> ItemRelease | None:
    """Return the release in force for an item (``finding:sha256:…``, ``verdict:…``), as the evidence graph has it.

    ``None`` without a release, or where it has lapsed because ``inputs``, the item's marking without the release, has
    become stricter since.
    """
    found = markings.releases().get(item)
    if found is None or not found.covers(inputs):
        return None
    return ItemRelease(found.id, item, found.marking, found.who, found.when, found.why)


def _json(folder: str, stem: str, document: Mapping[str, Any]) -> Build:
    """Return a function that writes one document into the payload."""
    return lambda payload, marking: [payload.json(folder, stem, document, marking)]


def _receipts(gathered: Gathered, markings: EffectiveMarkings) -> Iterator[Thing]:
    for receipt, vintage, table in gathered.receipts:
        document = {**receipt.as_dict(), "vintage": vintage, "table": table}
        build = _json("receipts", f"{receipt.receipt}_{vintage}_{table}", document)
        yield Thing(receipt_entry(receipt, vintage, table, markings), build)


def _references(gathered: Gathered, markings: EffectiveMarkings) -> Iterator[Thing]:
    episode = gathered.episode

    def build(payload: Payload, marking: Marking) -> list[str]:
        return [payload.put("episode", episode.name, ".yml", episode_text(episode, marking).encode(), marking)]

    name = f"episode:{episode.name}"
    yield Thing(Item(name, "episode", episode.title, own=markings.of_subject(name)), build)
    for goods in {each.name: each for each in episode.lists.values()}.values():
        called = sorted(name for name, each in episode.lists.items() if each == goods and name != goods.name)
        document = {**goods_document(goods), "called": called}
        name = f"goods:{goods.name}"
        item = Item(name, "goods", goods.title, own=markings.of_subject(name))
        yield Thing(item, _json("goods", f"{goods.name}_{goods.sha256[:8]}", document))


def _findings(gathered: Gathered, markings: EffectiveMarkings) -> Iterator[Thing]:
    for finding in gathered.findings:
        id = f"finding:{finding.finding_id}"
        item = Item(
            id,
            "finding",
            finding_title(finding.loss_kind, finding.goods),
            own=markings.own(id),
            inputs=(*trade_inputs(gathered), *reference_inputs(gathered)),
            is_aggregate=True,
            whole=True,
        )
        yield Thing(item, partial(finding_files, finding=finding, gathered=gathered))


def _exposure(gathered: Gathered, options: PackOptions) -> Iterator[Thing]:
    """Yield the companies named in declarations of the headline's goods; nothing if not requested."""
    found = gathered.model.exposure
    if found is None or EXPOSURE not in options.parts:
        return
    inputs = (*(receipt_item(*each) for each in gathered.receipts), *reference_inputs(gathered))
    title = f"Companies that declarations name, {found.goods}"
    stem = f"{found.goods}_{found.finding_id.removeprefix('sha256:')[:8]}"
    item = Item(f"exposure:{found.finding_id}", "exposure", title, None, inputs)
    yield Thing(item, _json("exposure", stem, found.as_dict()))


def _claims(gathered: Gathered, markings: EffectiveMarkings) -> Iterator[Thing]:
    for entry, tested in gathered.verdicts:
        claim: PackedClaim = {
            "id": entry.id,
            "title": entry.claim.title,
            "version": entry.current.number,
            "claim": claim_document(entry.claim),
            "goods_fixed": list(entry.current.lists),
        }

        def build(payload: Payload, marking: Marking, document: PackedClaim = claim) -> list[str]:
            claim = document["claim"]
            # a statement that does not go is not named by one that does
            links = [each for each in claim.get("links", ()) if f"claim:{each['claim']}" in payload.goes]
            claim = {**claim, "links": links} if links else {k: v for k, v in claim.items() if k != "links"}
            return [payload.json("claims", document["id"], {**document, "claim": claim}, marking)]

        claim_id, verdict_id = f"claim:{entry.id}", f"verdict:{entry.id}"
        yield Thing(Item(claim_id, "claim", entry.claim.title, own=markings.of_claim(entry)), build)
        inputs = (claim_id, *trade_inputs(gathered), *reference_inputs(gathered))
        title = f"{tested.verdict}: {entry.claim.title}"
        verdict = {**tested.as_dict(), "version": entry.current.number}
        item = Item(verdict_id, "verdict", title, markings.own(verdict_id), inputs)
        yield Thing(item, _json("verdicts", entry.id, verdict))


def _alerts(gathered: Gathered, markings: EffectiveMarkings, options: PackOptions) -> Iterator[Thing]:
    # alerts were raised on the whole lake
    withheld = [item.id for item in withheld_items(gathered, markings)]
    inputs = (*trade_inputs(gathered), *withheld, *reference_inputs(gathered))
    for case in gathered.alerts:
        name = f"alert:{case.id}"
        claim = (f"claim:{case.alert['good']}",) if case.alert["kind"] == AlertKind.VERDICT else ()
        title = f"{case.alert['supplier']} to {case.alert['destination']}, {case.alert['good']}, {case.first_month}"
        # what people made of it is a piece of evidence of its own
        document = {key: each for key, each in case.as_dict().items() if key not in ("decisions", "status")}
        item = Item(name, "alert", title, markings.own(name), (*inputs, *claim))
        yield Thing(item, _json("alerts", case.id, document))
        for number, decision in enumerate(case.decisions if DECISIONS in options.parts else (), start=1):
            item = Item(
                f"decision:{case.id}#{number}",
                "decision",
                f"{decision['as']}: alert {case.id}",
                own=markings.of_decision(case.id),
                inputs=(name,),
            )
            yield Thing(item, _json("decisions", f"{case.id}-{number}", {"alert": case.id, **decision}))


def _attachments(options: PackOptions, markings: EffectiveMarkings) -> Iterator[Thing]:
    for path in options.attachments:
        content = _attached(path)
        name = f"attachment:sha256:{hashlib.sha256(content).hexdigest()}"

        def build(payload: Payload, marking: Marking, path: Path = path, content: bytes = content) -> list[str]:
            return [payload.put("attachments", path.stem, path.suffix.lower()[:12], content, marking)]

        yield Thing(Item(name, "attachment", path.name, own=markings.of_subject(name)), build)


def _attached(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_ATTACHMENT:
            raise InputError(
                f"the attachment is larger than {LARGEST_ATTACHMENT // 2**20} MB",
                where=str(path),
                fix="attach an extract of it",
            )
        content = path.read_bytes()
    except FileNotFoundError:
        raise unreadable_file(path, "the attachment") from None
    except OSError as error:
        raise InputError(
            f"the attachment cannot be read: {error.strerror}", where=str(path), fix="check the path"
        ) from error
    faults = attachment_faults(path.name, content)
    if faults:
        raise RefusedError(
            f"the attachment may do something when it is opened: {faults[0]}",
            where=str(path),
            fix="print it to PDF, or attach a picture, plain text (UTF-8), or an xlsx, docx or pptx file without macros and links",
            details={"faults": faults},
        )
    return content


def brief_thing(gathered: Gathered, options: PackOptions, claims: frozenset[str]) -> Iterator[Thing]:
    """Yield the brief in all formats, with the statements (``claims``) included; nothing if it was not requested."""
    if BRIEF not in options.parts:
        return

    def build(payload: Payload, marking: Marking) -> list[str]:
        from stopgap.evidence.packs.briefs import brief_files

        files = brief_files(brief_model(gathered, marking=marking, claims=claims))
        return [
            payload.put("brief", f"{gathered.episode.name}-brief", f".{ending}", files[ending], marking)
            for ending in sorted(files)
        ]

    inputs = (
        *(f"finding:{each.finding_id}" for each in gathered.findings),
        *(receipt_item(*each) for each in gathered.receipts),
        *(f"{kind}:{id}" for id in sorted(claims) for kind in ("claim", "verdict")),
    )
    yield Thing(Item("brief:" + gathered.episode.name, "brief", gathered.model.title, None, inputs), build)
