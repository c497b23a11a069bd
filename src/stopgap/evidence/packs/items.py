"""Items of a pack: their place in the dependency graph, and the files that they become."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopgap.base.errors import InputError, RefusedError
from stopgap.base.marking import Marking
from stopgap.claims.claim_file import claim_document
from stopgap.codes.goods import goods_document
from stopgap.evidence.active.attachments import attachment_faults
from stopgap.evidence.disclosure.graph import AggregateRelease as ItemRelease
from stopgap.evidence.disclosure.graph import Item
from stopgap.evidence.markings.effective import EffectiveMarkings
from stopgap.evidence.packs.documents import PackedClaim
from stopgap.evidence.packs.gathering import BRIEF, DECISIONS, EXPOSURE, Gathered, PackOptions
from stopgap.evidence.packs.payload import Payload
from stopgap.lake.receipts import Receipt
from stopgap.lake.schema import TRADE
from stopgap.measures.alerts.cases import AlertCase, CaseDecision
from stopgap.measures.alerts.results import AlertKind
from stopgap.panel.episode_document import episode_text

Build = Callable[[Payload, Marking], list[str]]
"""Puts an item's files into the payload, marked; their paths, the main one first."""

LARGEST_ATTACHMENT = 64 * 2**20


@dataclass(frozen=True)
class Thing:
    """A piece of evidence.

    Attributes:
        item: Its place in the graph.
        build: Makes its files.
    """

    item: Item
    build: Build


def receipt_item(receipt: Receipt, vintage: str, table: str) -> str:
    """Id of a file in a vintage and table."""
    return f"receipt:{receipt.receipt}@{vintage}/{table}"


def things_of(gathered: Gathered, markings: EffectiveMarkings, options: PackOptions) -> list[Thing]:
    """All that a pack may hold but its page, briefs and rows."""
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
    """Files of trade that are not looked at: what was made of the whole lake rests on them."""
    return [
        Item(
            receipt_item(receipt, vintage, TRADE.name),
            "receipt",
            f"{receipt.source}: {receipt.file_name}",
            own=markings.of_receipt(receipt, TRADE.name),
        )
        for receipt, vintage in gathered.withheld
        if TRADE.name in markings.tables.get(receipt.receipt, ())
    ]


def trade_inputs(gathered: Gathered) -> tuple[str, ...]:
    """Ids of the files of trade behind the evidence."""
    return tuple(receipt_item(*each) for each in gathered.receipts if each[2] == TRADE.name)


def reference_inputs(gathered: Gathered) -> tuple[str, ...]:
    """Ids of the episode and the goods lists."""
    return (
        f"episode:{gathered.episode.name}",
        *dict.fromkeys(f"goods:{each.name}" for each in gathered.episode.lists.values()),
    )


def released_by(markings: EffectiveMarkings, item: str, inputs: Marking) -> ItemRelease | None:
    """The decision to release an item, as the graph knows it; ``None`` where there is none, or it has lapsed.

    Args:
        markings: The lake's markings.
        item: ``finding:sha256:…`` or ``verdict:…``.
        inputs: What the item is marked without it: stricter than when it was decided, and the decision has lapsed.
    """
    found = markings.releases().get(item)
    if found is None or not found.covers(inputs):
        return None
    return ItemRelease(found.id, item, found.marking, found.who, found.when, found.why)


def _receipts(gathered: Gathered, markings: EffectiveMarkings) -> Iterator[Thing]:
    for receipt, vintage, table in gathered.receipts:
        document = {**receipt.as_dict(), "vintage": vintage, "table": table}

        def build(
            payload: Payload,
            marking: Marking,
            document: dict[str, Any] = document,
            stem: str = f"{receipt.receipt}_{vintage}_{table}",
        ) -> list[str]:
            return [payload.json("receipts", stem, document, marking)]

        item = Item(
            receipt_item(receipt, vintage, table),
            "receipt",
            f"{receipt.source}: {receipt.file_name}",
            own=markings.of_receipt(receipt, table),
        )
        yield Thing(item, build)


def _references(gathered: Gathered, markings: EffectiveMarkings) -> Iterator[Thing]:
    def episode(payload: Payload, marking: Marking) -> list[str]:
        text = episode_text(gathered.episode, marking)
        return [payload.put("episode", gathered.episode.name, ".yml", text.encode(), marking)]

    name = f"episode:{gathered.episode.name}"
    yield Thing(Item(name, "episode", gathered.episode.title, own=markings.of_subject(name)), episode)
    for goods in {each.name: each for each in gathered.episode.lists.values()}.values():
        called = sorted(name for name, each in gathered.episode.lists.items() if each == goods and name != goods.name)

        def build(payload: Payload, marking: Marking, goods: Any = goods, called: list[str] = called) -> list[str]:
            document = {**goods_document(goods), "called": called}
            return [payload.json("goods", f"{goods.name}_{goods.sha256[:8]}", document, marking)]

        name = f"goods:{goods.name}"
        yield Thing(Item(name, "goods", goods.title, own=markings.of_subject(name)), build)


def _findings(gathered: Gathered, markings: EffectiveMarkings) -> Iterator[Thing]:
    from stopgap.evidence.packs.number_files import finding_files

    for finding in gathered.findings:
        id = f"finding:{finding.finding_id}"

        def build(payload: Payload, marking: Marking, finding: Any = finding) -> list[str]:
            return finding_files(payload, marking, finding, gathered)

        item = Item(
            id,
            "finding",
            f"Suspended trade and backfill, {finding.goods}",
            own=markings.own(id),
            inputs=(*trade_inputs(gathered), *reference_inputs(gathered)),
            is_aggregate=True,
            whole=True,
        )
        yield Thing(item, build)


def _exposure(gathered: Gathered, options: PackOptions) -> Iterator[Thing]:
    """Companies that declarations name behind the headline's goods."""
    found = gathered.model.exposure
    if found is None or EXPOSURE not in options.parts:
        return

    def build(payload: Payload, marking: Marking) -> list[str]:
        stem = f"{found.goods}_{found.finding_id.removeprefix('sha256:')[:8]}"
        return [payload.json("exposure", stem, found.as_dict(), marking)]

    inputs = (*(receipt_item(*each) for each in gathered.receipts), *reference_inputs(gathered))
    title = f"Companies that declarations name, {found.goods}"
    yield Thing(Item(f"exposure:{found.finding_id}", "exposure", title, None, inputs), build)


def _claims(gathered: Gathered, markings: EffectiveMarkings) -> Iterator[Thing]:
    for entry, tested in gathered.verdicts:
        claim: PackedClaim = {
            "id": entry.id,
            "title": entry.claim.title,
            "version": entry.current.number,
            "claim": claim_document(entry.claim),
            "goods_fixed": list(entry.current.lists),
        }
        verdict = {**tested.as_dict(), "version": entry.current.number}

        def build_claim(payload: Payload, marking: Marking, document: PackedClaim = claim) -> list[str]:
            claim = document["claim"]
            # a statement that does not go is not named by one that does
            links = [each for each in claim.get("links", ()) if f"claim:{each['claim']}" in payload.goes]
            claim = {**claim, "links": links} if links else {k: v for k, v in claim.items() if k != "links"}
            return [payload.json("claims", document["id"], {**document, "claim": claim}, marking)]

        def build_verdict(
            payload: Payload, marking: Marking, document: dict[str, Any] = verdict, stem: str = entry.id
        ) -> list[str]:
            return [payload.json("verdicts", stem, document, marking)]

        claim_id, verdict_id = f"claim:{entry.id}", f"verdict:{entry.id}"
        yield Thing(Item(claim_id, "claim", entry.claim.title, own=markings.of_claim(entry)), build_claim)
        inputs = (claim_id, *trade_inputs(gathered), *reference_inputs(gathered))
        yield Thing(
            Item(verdict_id, "verdict", f"{tested.verdict}: {entry.claim.title}", markings.own(verdict_id), inputs),
            build_verdict,
        )


def _alerts(gathered: Gathered, markings: EffectiveMarkings, options: PackOptions) -> Iterator[Thing]:
    # alerts were raised on the whole lake
    inputs = (
        *trade_inputs(gathered),
        *(item.id for item in withheld_items(gathered, markings)),
        *reference_inputs(gathered),
    )
    for case in gathered.alerts:
        name = f"alert:{case.id}"
        claim = (f"claim:{case.alert['good']}",) if case.alert["kind"] == AlertKind.VERDICT else ()

        def build(payload: Payload, marking: Marking, case: AlertCase = case) -> list[str]:
            document = case.as_dict()
            # what people made of it is a piece of evidence of its own
            for field in ("decisions", "status"):
                document.pop(field)
            return [payload.json("alerts", case.id, document, marking)]

        title = f"{case.alert['supplier']} to {case.alert['destination']}, {case.alert['good']}, {case.first_month}"
        yield Thing(Item(name, "alert", title, markings.own(name), (*inputs, *claim)), build)
        if DECISIONS in options.parts:
            for number, decision in enumerate(case.decisions, start=1):
                yield _decision(case, number, decision, markings)


def _decision(case: AlertCase, number: int, decision: CaseDecision, markings: EffectiveMarkings) -> Thing:
    def build(payload: Payload, marking: Marking) -> list[str]:
        return [payload.json("decisions", f"{case.id}-{number}", {"alert": case.id, **decision}, marking)]

    item = Item(
        f"decision:{case.id}#{number}",
        "decision",
        f"{decision['as']}: alert {case.id}",
        own=markings.of_decision(case.id),
        inputs=(f"alert:{case.id}",),
    )
    return Thing(item, build)


def _attachments(options: PackOptions, markings: EffectiveMarkings) -> Iterator[Thing]:
    for path in options.attachments:
        content = _attached(path)
        sha256 = hashlib.sha256(content).hexdigest()
        name = f"attachment:sha256:{sha256}"

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


def brief_thing(
    gathered: Gathered, options: PackOptions, shown: Sequence[str], write: Callable[[Marking], dict[str, bytes]]
) -> list[Thing]:
    """The brief in all its forms; none where none is asked for.

    Args:
        gathered: What the brief is made from.
        options: Whether it is asked for.
        shown: Ids of the verdicts that it shows.
        write: Gives its files by ending, once it is known that it may leave.
    """
    if BRIEF not in options.parts:
        return []

    def build(payload: Payload, marking: Marking) -> list[str]:
        files = write(marking)
        return [
            payload.put("brief", f"{gathered.episode.name}-brief", f".{ending}", files[ending], marking)
            for ending in sorted(files)
        ]

    inputs = (
        *(f"finding:{each.finding_id}" for each in gathered.findings),
        *(receipt_item(*each) for each in gathered.receipts),
        *shown,
    )
    return [Thing(Item("brief:" + gathered.episode.name, "brief", gathered.model.title, None, inputs), build)]
