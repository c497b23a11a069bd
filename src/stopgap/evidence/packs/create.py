"""Create a signed pack."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from stopgap.base.errors import MissingDataError, RefusedError
from stopgap.base.marking import CLEAR, Markable, Marking, says_marking
from stopgap.briefs.model import BriefModel
from stopgap.evidence.archives.writing import write_archive_to
from stopgap.evidence.disclosure.complementary_suppression import Reason
from stopgap.evidence.disclosure.graph import EvidenceGraph
from stopgap.evidence.markings.effective import EffectiveMarkings, read_markings
from stopgap.evidence.packs.documents import EvidenceDocument, ItemEntry, ReleaseEntry, fields_of, lock_sha256
from stopgap.evidence.packs.gathering import BRIEF, EXPOSURE, Gathered, PackOptions, brief_model, gather
from stopgap.evidence.packs.items import Thing
from stopgap.evidence.packs.pack_format import FORMAT, sealed_pack
from stopgap.evidence.packs.payload import Payload, safe_stem
from stopgap.evidence.packs.receive import refuse_received
from stopgap.evidence.packs.release_selection import Weighed, weigh
from stopgap.evidence.packs.statement import Signer
from stopgap.lake.partner_evidence import MADE_AT_IS
from stopgap.lake.receipts import Receipt
from stopgap.lake.snapshot import take_snapshot

Say = Callable[[str, float | None], None]

_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True)
class MadePack(Markable):
    """A pack that was written: its path, table of contents, size in bytes, and warnings for the user (``notes``)."""

    path: Path
    evidence: EvidenceDocument
    size: int
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        evidence = fields_of(self.evidence)
        return {
            "file": str(self.path),
            "size_bytes": self.size,
            **{name: evidence[name] for name in ("name", "episode", "as_of", "made_at", "marking", "origin")},
            "made_at_is": MADE_AT_IS,
            "items": [
                {name: fields_of(item)[name] for name in ("id", "kind", "title", "marking")}
                for item in evidence["items"]
            ],
            "left_out": evidence["left_out"],
            "warnings": list(self.notes),
        }


def create_pack(
    lake: Path,
    named: str,
    options: PackOptions,
    *,
    signer: Signer,
    output: Path,
    progress: Say | None = None,
    model: BriefModel | None = None,
) -> MadePack:
    """Create a signed pack of the evidence on an episode, given by its name or path.

    ``output`` is a file, or a folder in which the pack gets its own descriptive name; ``model`` is the brief's data
    model, without alerts and statements, if it was just built from the whole lake.

    Raises:
        RefusedError: Requested evidence is above the marking and ``redact`` is not set; or no finding is left.
        NotFoundError: Unknown episode, goods list, vintage or claim.
        MissingDataError: The lake lacks the figures.
        InputError: An attachment cannot be read.
    """
    say = progress or (lambda text, share: None)
    markings = read_markings(lake)
    if options.attachments:
        refuse_received(lake, options.attachments, options.audience)
    gathered = gathered_for(lake, named, options, markings, say, model)
    say("weighing what may leave", None)
    weighed = weigh(lake, gathered, markings, options)
    if not options.redact and weighed.is_short:
        raise too_high(weighed, options.audience)
    if not weighed.has_findings:
        raise _nothing_left(options.audience)
    say("writing the pack", None)
    # where the pack was not to be redacted, nothing that was asked for rests on files above the marking
    not_looked_at = {receipt.receipt for receipt, _ in gathered.withheld} if options.redact else ()
    payload = Payload(weighed.goes)
    items = [_entry(thing, weighed.graph, payload) for thing in weighed.things]
    evidence: EvidenceDocument = {
        "format": FORMAT,
        "name": named_pack(gathered, weighed, options.audience),
        "episode": gathered.episode.name,
        "as_of": gathered.snapshot.vintage,
        "made_at": made_at(gathered, weighed),
        "marking": options.audience.as_dict(),
        "origin": {"name": signer.name, "fingerprint": signer.fingerprint},
        "software": {"name": "stopgap", "version": version("stopgap"), "lock_sha256": lock_sha256()},
        "items": sorted(items, key=lambda item: item["id"]),
        "left_out": weighed.left_out(len(not_looked_at)),
        "releases": [item["release"] for item in items if item["release"] is not None],
    }
    from stopgap.briefs.pack_page import pack_page

    payload.files["index.html"] = pack_page(evidence, payload.files).encode()
    files = sealed_pack(payload.files, evidence, signer=signer)
    is_folder = output.is_dir() or (not output.suffix and not output.exists())
    if is_folder:
        output.mkdir(parents=True, exist_ok=True)
    path = output / f"{evidence['name']}.zip" if is_folder else output
    write_archive_to(files, path)
    return MadePack(path, evidence, path.stat().st_size, tuple(_notes(path, evidence, options)))


def gathered_for(
    lake: Path, named: str, options: PackOptions, markings: EffectiveMarkings, say: Say, model: BriefModel | None = None
) -> Gathered:
    """Gather the evidence of a pack, measured without files marked above the pack's level.

    Raises:
        RefusedError: Those files affect the requested evidence and ``redact`` is not set, or no figures remain.
    """
    snapshot = take_snapshot(lake, as_of=options.measure.as_of)
    withheld = {
        receipt.receipt: receipt
        for receipt, _ in snapshot.receipts
        if not markings.of_receipt(receipt).fits(options.audience)
    }
    left = [each for each in snapshot.receipts if each[0].receipt in withheld]
    say("measuring", None)
    try:
        seen = snapshot.without(frozenset(withheld))
        found = gather(seen, named, options, markings, left=left, model=None if withheld else model)
    except MissingDataError as error:
        if not withheld:
            raise
        if not options.redact:
            raise _files_too_high(withheld.values(), markings, options.audience) from error
        raise _nothing_left(options.audience) from error
    if withheld and not options.redact:
        say("measuring with what is above the marking, to see whether it matters", None)
        # the name of a vintage that nothing else made is no difference
        whole = gather(replace(snapshot, vintage=seen.vintage), named, options, markings)
        if _says(whole, options) != _says(found, options):
            behind = {receipt.receipt for receipt, _, _ in whole.receipts}
            matter = [receipt for name, receipt in withheld.items() if name in behind]
            raise _files_too_high(matter or withheld.values(), markings, options.audience)
    return found


def _says(gathered: Gathered, options: PackOptions) -> tuple[Any, ...]:
    """Return the content of the requested evidence, without the list of files, to compare two measurements."""
    bare = replace(brief_model(gathered, marking=CLEAR, claims=frozenset()), sources=())
    return (
        gathered.findings,
        [tested.as_dict() for _, tested in gathered.verdicts],
        bare if BRIEF in options.parts else None,
        bare.exposure if EXPOSURE in options.parts else None,
    )


def _entry(thing: Thing, graph: EvidenceGraph, payload: Payload) -> ItemEntry:
    item, marking = thing.item, graph.effective[thing.item.id]
    release = item.release if graph.is_released(item.id) else None
    released: ReleaseEntry | None = None
    if release is not None:
        released = {
            "id": release.id, "item": release.item, "marking": release.marking.as_dict(), "why": release.why,
            "who": release.who, "when": release.when,
        }  # fmt: skip
    return {
        "id": item.id,
        "kind": item.kind,
        "title": item.title,
        "marking": marking.as_dict(),
        "own_marking": None if item.own is None else item.own.as_dict(),
        "inputs": [name for name in item.inputs if name in payload.goes],
        "files": thing.build(payload, marking),
        "release": released,
    }


def named_pack(gathered: Gathered, weighed: Weighed, audience: Marking) -> str:
    """Return the name of a pack: episode, goods, vintage and id of the first finding included, and marking."""
    goods, as_of, id = next(
        (finding.goods, finding.as_of, finding.finding_id)
        for finding in gathered.findings
        if f"finding:{finding.finding_id}" in weighed.goes
    )
    parts = (gathered.episode.name, goods, as_of, id.removeprefix("sha256:")[:8])
    return "_".join([*(safe_stem(part) for part in parts), audience.tlp.slug])


def made_at(gathered: Gathered, weighed: Weighed) -> str:
    """Return the latest time in the evidence itself, never the clock's, so that the same input gives identical bytes.

    A file counts with the day it was published or retrieved, or if neither is known, with the time of its import; a
    statement with the day it was made; decisions and releases with their time.
    """
    goes = weighed.goes
    moments = []
    for receipt, vintage, _ in gathered.receipts:
        days = [day for day in (receipt.retrieved, receipt.published) if day and _DAY.fullmatch(day)]
        moments.append(max(days, default=gathered.snapshot.moments[vintage]))
    moments += [entry.claim.said_on for entry, _ in gathered.verdicts if f"claim:{entry.id}" in goes]
    moments += [
        decision["when"]
        for case in gathered.alerts
        for number, decision in enumerate(case.decisions, start=1)
        if f"decision:{case.id}#{number}" in goes
    ]
    moments += [item.release.when for item in weighed.graph.items if item.release is not None and item.id in goes]
    return max(map(_moment, moments)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _notes(path: Path, evidence: EvidenceDocument, options: PackOptions) -> list[str]:
    notes = []
    if options.audience.tlp and not says_marking(path.name.replace(":", "-"), options.audience):
        notes.append(
            f"the file's name does not show its marking, {options.audience.label}: call it {evidence['name']}.zip"
        )
    left = sum(each["count"] for each in evidence["left_out"])
    if left:
        notes.append(f"{left} pieces of evidence were withheld; the pack says how many of which kind, and why")
    return notes


def too_high(weighed: Weighed, audience: Marking) -> RefusedError:
    """Return the error that lists all requested evidence that may not be disclosed, with its markings."""
    item, effective = weighed.graph.item, weighed.graph.effective
    lacking = sorted(weighed.lacking.items())
    return _refusal(audience, [(id, item[id].kind, item[id].title, effective[id], why) for id, why in lacking])


def _files_too_high(receipts: Iterable[Receipt], markings: EffectiveMarkings, audience: Marking) -> RefusedError:
    found = []
    for receipt in sorted(receipts, key=lambda each: each.receipt):
        marking = markings.of_receipt(receipt)
        why = Reason.ABOVE if marking.tlp > audience.tlp else Reason.OUTSIDE
        found.append((f"receipt:{receipt.receipt}", "receipt", receipt.file_name, marking, why))
    return _refusal(audience, found)


def _refusal(audience: Marking, found: Sequence[tuple[str, str, str, Marking, Reason]]) -> RefusedError:
    """Return the error for pieces of evidence, each given as id, kind, title, marking and reason."""
    shown = "; ".join(f"{kind} {title} ({marking.label})" for _, kind, title, marking, _ in found[:5])
    more = f"; and {len(found) - 5} more" if len(found) > 5 else ""
    return RefusedError(
        f"{len(found)} pieces of evidence may not go into a pack marked {audience.label}: {shown}{more}",
        where="--marking, --releasable-to (stopgap markings show ID says what brings a marking)",
        fix="raise the pack's marking, leave parts out (--without), add --redact, or release an aggregate (stopgap markings release)",
        details={
            "too_high": [
                {"id": id, "kind": kind, "title": title, "marking": marking.label, "reason": why.value}
                for id, kind, title, marking, why in found
            ]
        },
    )


def _nothing_left(audience: Marking) -> RefusedError:
    return RefusedError(
        f"without what is above {audience.label}, or would give it away, no finding is left",
        where="--marking",
        fix="raise the pack's marking, or release a finding (stopgap markings release)",
    )
