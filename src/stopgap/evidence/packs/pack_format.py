"""Container format of a pack: build it around a payload, and check it in five named steps.

``archive``: safe and canonical, so that the other checks cover every byte. ``layout``: a BagIt bag with an RO-Crate and
a table of contents, each in canonical form. ``files``: the files present are those that the signer, the bag, the crate
and the table of contents list. ``hashes``: their hashes are those listed. ``signature``: the statement is signed by the
key it names, and agrees with ``evidence.json``. If ``archive`` fails the others are not run; otherwise each of the four
checks as much as it can.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from stopgap.base.documents import json_bytes
from stopgap.base.errors import InputError, RefusedError, UsageError
from stopgap.base.marking import marking_of
from stopgap.evidence import checks
from stopgap.evidence.archives.reading import Archive, read_archive
from stopgap.evidence.archives.writing import Limits, in_order, name_fault
from stopgap.evidence.checks import CONTAINER_CHECKS, PackCheck, checked, not_run, quoted
from stopgap.evidence.packs.bag import (
    PAYLOAD,
    SIGNATURE_FILE,
    TAG_FILES,
    BagCheck,
    check_bag,
    compared,
    differing,
    digest_of,
    library_faults,
    read_whole,
    tag_files,
)
from stopgap.evidence.packs.crate import CRATE_FILE, EVIDENCE_FILE, crate_faults, crate_metadata, described_files
from stopgap.evidence.packs.documents import EvidenceDocument, fields_of
from stopgap.evidence.packs.statement import PREDICATE_FIELDS, Envelope, Signer, Verifier, read_envelope, sign_statement

FORMAT = "stopgap-pack/1"
EVIDENCE_FIELDS = (*PREDICATE_FIELDS, "items", "left_out", "releases")
ITEM_FIELDS = ("id", "kind", "title", "marking", "own_marking", "inputs", "files", "release")

_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_EVIDENCE, _CRATE = PAYLOAD + EVIDENCE_FILE, PAYLOAD + CRATE_FILE


@dataclass(frozen=True)
class ContainerResult:
    """Result of checking the container of a pack.

    Attributes:
        checks: The five of :data:`stopgap.evidence.checks.CONTAINER_CHECKS`, in order.
        archive: The archive; ``None`` if it is not safe to read.
        envelope: Statement and signature; ``None`` if they are missing or malformed.
        evidence: Content of ``evidence.json``; ``None`` if it is missing or malformed.
    """

    checks: tuple[PackCheck, ...]
    archive: Archive | None = None
    envelope: Envelope | None = None
    evidence: EvidenceDocument | None = None

    @property
    def holds(self) -> bool:
        return all(check.holds for check in self.checks)


def evidence_bytes(evidence: EvidenceDocument) -> bytes:
    """Return ``evidence.json`` in canonical form; ValueError if a number is not finite or text is not Unicode."""
    return json_bytes(evidence)


def sealed_pack(
    payload: Mapping[str, bytes | Path], evidence: EvidenceDocument, *, signer: Signer
) -> dict[str, bytes | Path]:
    """Build and sign all files of a pack; name in the archive -> content, in the archive's order.

    Args:
        payload: Content, or the file that holds it, by path relative to ``data/``; without ``evidence.json`` and
            ``ro-crate-metadata.json``, which are made here.
        evidence: The table of contents.
        signer: The key, which must be the one that ``evidence["origin"]`` names.

    Raises:
        UsageError: The table of contents is malformed, or names a missing file or another key.
        OSError: A file cannot be read.
    """
    faults = evidence_faults(evidence)
    if not faults:
        faults += [f"{quoted(name)} is made here" for name in (EVIDENCE_FILE, CRATE_FILE) if name in payload]
        listed = {name for item in evidence["items"] for name in item["files"]}
        faults += [f"{quoted(name)} is listed and not there" for name in sorted(listed - set(payload))]
        if evidence["origin"] != {"name": signer.name, "fingerprint": signer.fingerprint}:
            faults.append("its origin is not the key that signs")
    if faults:
        raise UsageError(
            f"the pack cannot be put together: {faults[0]}", where=EVIDENCE_FILE, fix="correct the table of contents"
        )
    inside: dict[str, bytes | Path] = {**payload, EVIDENCE_FILE: evidence_bytes(evidence)}
    digests = {name: digest_of(content) for name, content in inside.items()}
    inside[CRATE_FILE] = crate_metadata(evidence, digests)
    digests[CRATE_FILE] = digest_of(inside[CRATE_FILE])
    tags = tag_files(digests, day=evidence["made_at"][:10], info=bag_info(evidence))
    subjects = {PAYLOAD + name: digest.sha256 for name, digest in digests.items()}
    subjects |= {name: digest_of(content).sha256 for name, content in tags.items()}
    predicate = {field: fields_of(evidence)[field] for field in PREDICATE_FIELDS}
    signature = sign_statement(subjects, predicate, sign=signer.sign, keyid=signer.fingerprint)
    files = {**{PAYLOAD + name: content for name, content in inside.items()}, **tags, SIGNATURE_FILE: signature}
    return {name: files[name] for name in in_order(files)}


def bag_info(evidence: EvidenceDocument) -> dict[str, str]:
    """Return the lines of ``bag-info.txt`` that are derived from the table of contents."""
    software = evidence["software"]
    return {
        "Source-Organization": evidence["origin"]["name"],
        "External-Identifier": evidence["name"],
        "External-Description": f"Evidence pack, {marking_of(evidence['marking'], where=EVIDENCE_FILE).label}",
        "Bag-Software-Agent": f"{software['name']} {software['version']}",
    }


def container_checks(
    path: Path, *, public_key_for: Callable[[str], Verifier | None], limits: Limits = Limits()
) -> ContainerResult:
    """Check the container of a pack in five steps.

    If ``public_key_for`` returns ``None`` for the key's fingerprint, the signature check is not run.

    Raises:
        InputError: The file cannot be read or is not a pack.
    """
    try:
        return _checked(read_archive(path, limits), public_key_for, limits)
    except RefusedError as error:
        return _unsafe(error)
    except OSError as error:
        raise InputError(
            f"the pack cannot be read: {error.strerror or error}", where=str(path), fix="copy it to a place that stays"
        ) from None


def _unsafe(error: RefusedError) -> ContainerResult:
    faults = error.details.get("faults")
    archive = checked(checks.ARCHIVE, [error.what] if not isinstance(faults, list) else faults, "")
    rest = [not_run(name, "the archive is not safe to read") for name in CONTAINER_CHECKS[1:]]
    return ContainerResult((archive, *rest))


@dataclass(frozen=True)
class _Documents:
    """Documents parsed from an archive, each ``None`` if missing or malformed, and the faults found on the way."""

    archive: Archive
    bag: BagCheck
    crate: bytes | None
    evidence: EvidenceDocument | None
    envelope: Envelope | None
    layout: tuple[str, ...]
    unsigned: str | None


def _checked(archive: Archive, public_key_for: Callable[[str], Verifier | None], limits: Limits) -> ContainerResult:
    read = _documents(archive, limits)
    layout = [*read.layout, *read.bag.layout]
    files = _files_faults(read)
    hashes = _hashes_faults(read)
    if not (layout or files or hashes):
        layout += library_faults(archive)
    count = len(archive.names)
    found = (
        checked(checks.ARCHIVE, [], f"safe and canonical, {count} files"),
        checked(checks.LAYOUT, layout, "a BagIt bag that holds an RO-Crate"),
        _listed(checks.FILES, files, f"none of {count} added, none missing", read),
        _listed(checks.HASHES, hashes, f"{count} files are those that are listed", read),
        _signature(read, public_key_for),
    )
    return ContainerResult(found, archive, read.envelope, read.evidence)


def _listed(name: str, faults: list[str], good: str, read: _Documents) -> PackCheck:
    """Return the result of a check against lists of files; it is not run if there is no list."""
    if not faults and read.envelope is None and not read.bag.is_listed:
        return not_run(name, "there is neither a statement nor a manifest to compare with")
    return checked(name, faults, good)


def _documents(archive: Archive, limits: Limits) -> _Documents:
    layout: list[str] = []
    data = {name: read_whole(archive, name, limits, layout) for name in (_EVIDENCE, _CRATE)}
    evidence = crate = None
    if (content := data[_EVIDENCE]) is not None:
        evidence = _read_evidence(content)
        faults = [f"{_EVIDENCE} is not JSON in its one form"] if evidence is None else evidence_faults(evidence)
        evidence = None if faults else evidence
        layout += faults
    if (content := data[_CRATE]) is not None:
        faults = crate_faults(content)
        crate = None if faults else content
        layout += faults
    layout += [
        f"{quoted(name)} stands beside the bag, where packs have nothing"
        for name in archive.names
        if not name.startswith(PAYLOAD) and name not in (*TAG_FILES, SIGNATURE_FILE)
    ]
    envelope, unsigned = _envelope(archive, limits)
    return _Documents(archive, check_bag(archive, limits), crate, evidence, envelope, tuple(layout), unsigned)


def _envelope(archive: Archive, limits: Limits) -> tuple[Envelope | None, str | None]:
    """Read the envelope; if it is missing or malformed, return ``None`` and the reason."""
    faults: list[str] = []
    content = read_whole(archive, SIGNATURE_FILE, limits, faults)
    if content is None:
        return None, f"the pack is not signed: {faults[0]}"
    try:
        return read_envelope(content), None
    except InputError as error:
        return None, f"{SIGNATURE_FILE} is not as packs have it: {error.what}"


def _read_evidence(content: bytes) -> EvidenceDocument | None:
    try:
        document = json.loads(content.decode("utf-8"))
        is_one_form = isinstance(document, dict) and json_bytes(document) == content
        return cast("EvidenceDocument", document) if is_one_form else None
    except (ValueError, RecursionError):
        return None


def evidence_faults(contents: Mapping[str, object]) -> list[str]:
    """Return why a table of contents is malformed, one line each; whether it is true is checked elsewhere."""
    evidence = fields_of(contents)
    if set(evidence) != set(EVIDENCE_FIELDS):
        return [f"{EVIDENCE_FILE} does not have {', '.join(EVIDENCE_FIELDS)}, and nothing else"]
    if evidence["format"] != FORMAT:
        return [f"{EVIDENCE_FILE} is not of the format {FORMAT}"]
    faults = [
        f"{EVIDENCE_FILE}: {field} is not {says}"
        for field, says, fits in (
            *((field, "a text", isinstance(evidence[field], str)) for field in ("name", "episode", "as_of")),
            ("made_at", "a moment in UTC, to the second", _is_moment(evidence["made_at"])),
            ("marking", "a marking of TLP 2.0", _is_marking(evidence["marking"])),
            ("origin", "a name and a fingerprint", _has_texts(evidence["origin"], ("name", "fingerprint"))),
            ("software", "name, version and lock_sha256", _has_texts(evidence["software"], ("name", "version", "lock_sha256"))),
            ("items", "a list of items", _is_list(evidence["items"], _is_item)),
            ("left_out", "a list of kind, reason and count", _is_list(evidence["left_out"], _is_left_out)),
            ("releases", "a list of releases", _is_list(evidence["releases"], _is_release)),
        )
        if not fits
    ]  # fmt: skip
    if not faults and len({item["id"] for item in evidence["items"]}) != len(evidence["items"]):
        faults.append(f"{EVIDENCE_FILE}: two items have the same id")
    return faults


def _is_moment(value: Any) -> bool:
    try:
        return bool(dt.datetime.strptime(value, _MOMENT).strftime(_MOMENT) == value)
    except (TypeError, ValueError):
        return False


def _is_marking(value: Any) -> bool:
    try:
        marking_of(value, where=EVIDENCE_FILE)
    except UsageError:
        return False
    return True


def _has_texts(value: Any, fields: tuple[str, ...]) -> bool:
    return isinstance(value, dict) and set(value) == set(fields) and _is_list(list(value.values()), _is_text)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_list(value: Any, fits: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(map(fits, value))


def _is_item(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == set(ITEM_FIELDS)
        and all(isinstance(value[field], str) and value[field] for field in ("id", "kind", "title"))
        and _is_marking(value["marking"])
        and (value["own_marking"] is None or _is_marking(value["own_marking"]))
        and _is_list(value["inputs"], _is_text)
        and _is_list(value["files"], lambda name: isinstance(name, str) and name_fault(name) is None)
        and (value["release"] is None or _is_release(value["release"]))
    )


def _is_release(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"id", "item", "marking", "why", "who", "when"}
        and all(isinstance(value[field], str) for field in ("id", "item", "why", "who", "when"))
    )


def _is_left_out(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"kind", "reason", "count"}
        and _is_list([value["kind"], value["reason"]], _is_text)
        and type(value["count"]) is int
    )


def _files_faults(read: _Documents) -> list[str]:
    names = read.archive.names
    faults = [f"{quoted(name)} is missing" for name in (*TAG_FILES, SIGNATURE_FILE) if name not in read.archive]
    if read.envelope is not None:
        signed = [name for name in names if name != SIGNATURE_FILE]
        faults += compared("the signed statement", read.envelope.statement.subjects, signed)
    faults += read.bag.files
    if read.crate is not None:
        described = {PAYLOAD + name for name in described_files(read.crate)}
        inside = {name for name in names if name.startswith(PAYLOAD)} - {_CRATE}
        faults += compared(CRATE_FILE, described, inside)
    if read.evidence is not None:
        listed = {PAYLOAD + name for item in read.evidence["items"] for name in item["files"]}
        faults += [f"{quoted(name)} is missing; {EVIDENCE_FILE} lists it" for name in sorted(listed - set(names))]
    return faults


def _hashes_faults(read: _Documents) -> list[str]:
    faults: list[str] = []
    if read.envelope is not None:
        faults += differing("the signed statement", read.envelope.statement.subjects, read.archive)
    faults += read.bag.hashes
    if read.crate is not None:
        faults += [
            f"{quoted(name)} is not the file that {CRATE_FILE} describes"
            for name, said in described_files(read.crate).items()
            if (place := PAYLOAD + name) in read.archive
            and said != (str(read.archive.size(place)), read.archive.sha256(place))
        ]
    return faults


def _signature(read: _Documents, public_key_for: Callable[[str], Verifier | None]) -> PackCheck:
    envelope = read.envelope
    if envelope is None:
        return checked(checks.SIGNATURE, [read.unsigned or ""], "")
    key = public_key_for(envelope.keyid)
    faults = []
    if key is not None and not envelope.is_signed_by(key):
        faults.append(f"it is not a signature by the key {envelope.keyid}")
    predicate = envelope.statement.predicate
    if read.evidence is not None:
        faults += [
            f"{EVIDENCE_FILE} says another {field} than was signed"
            for field in PREDICATE_FIELDS
            if predicate[field] != fields_of(read.evidence)[field]
        ]
    origin = predicate["origin"]
    if not isinstance(origin, dict) or origin.get("fingerprint") != envelope.keyid:
        faults.append("the pack's origin is not the key that the signature names")
    if key is None and not faults:
        return not_run(checks.SIGNATURE, f"the key {envelope.keyid} is not known here")
    return checked(checks.SIGNATURE, faults, f"by the key {envelope.keyid}")
