"""Receive a pack: copy, verify, compare with earlier ones, and file it under its origin; show received packs."""

from __future__ import annotations

import hashlib
import stat
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from stopgap.base.atomic_files import make_durable
from stopgap.base.errors import InputError, RefusedError, StopgapError, UsageError
from stopgap.base.marking import Markable, Marking, marking_of, strictest
from stopgap.evidence import checks
from stopgap.evidence.archives.reading import read_archive
from stopgap.evidence.archives.writing import CHUNK_BYTES, Limits
from stopgap.evidence.checks import PackCheck, checked, quoted
from stopgap.evidence.packs.documents import EvidenceDocument, fields_of
from stopgap.evidence.packs.verify import Trust, Verification, name_faults, verify_pack
from stopgap.evidence.packs.view import PackView, view_pack
from stopgap.lake.partner_evidence import (
    LOG,
    ReceivedPack,
    filing,
    find_pack,
    intact,
    read_received,
    scratch,
    stored_fault,
    stored_path,
)
from stopgap.lake.partner_views import packs_table

if TYPE_CHECKING:
    import pyarrow as pa

_LONGEST_NAME = 255


@dataclass(frozen=True)
class Arrival:
    """A file that arrived, with the name its sender chose, without folders; ``where`` is its place in messages."""

    name: str
    open: Callable[[], BinaryIO]
    where: str


@dataclass(frozen=True)
class Received(Markable):
    """A received pack that is filed in the lake.

    Attributes:
        already_received: The same bytes were filed before; nothing was added.
        is_restored: The stored file was missing or damaged, and has been restored.
        newer: A newer received pack of the same series; ``None`` if there is none.
    """

    pack: ReceivedPack
    path: Path
    already_received: bool = False
    is_restored: bool = False
    newer: ReceivedPack | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.pack.as_dict(),
            "file": str(self.path),
            "already_received": self.already_received,
            "restored": self.is_restored,
        }

    def lines(self) -> list[str]:
        """Return what the user must know, one sentence a line."""
        pack = self.pack
        if self.already_received:
            said = [f"{pack.name}: received already on {pack.when} by {pack.who}; nothing was added"]
        else:
            said = [
                f"{pack.name}: received from {pack.called or pack.origin}, {pack.marking.label}, all checks hold"
                + (" but pages" if pack.untrusted else "")
            ]
        if pack.untrusted:
            said.append(f"its pages are {pack.untrusted}; read the one that stopgap pack verify --page FILE makes")
        if self.is_restored:
            said.append("its stored file was missing or changed, and is whole again")
        if self.newer is not None:
            said.append(
                f"it is not the newest of its series: {self.newer.name} of {self.newer.made_at} was received "
                f"on {self.newer.when}"
            )
        return said

    def table(self) -> pa.Table:
        return packs_table((self.pack,))


@dataclass(frozen=True)
class PackRefusal:
    """A file that was refused for its content; a lake that cannot be written is not a refusal."""

    error: StopgapError


def receive_pack(
    lake: Path, path: Path, trust: Trust, *, on: str, when: str, who: str, older: bool = False
) -> Received:
    """Verify a pack and file it in the lake under its origin, separate from the user's own evidence.

    The file is first copied into the lake, and that copy is verified and filed, so changing the file in between has no
    effect. Receiving the same bytes under the same name again changes nothing.

    Args:
        on: Day on which the signer's key must hold (``YYYY-MM-DD``).
        when: This moment (UTC, ``YYYY-MM-DDTHH:MM:SSZ``).
        older: Accept a pack although a newer one of the same origin, episode and goods, or the same under another
            name, was received.

    Raises:
        RefusedError: A check fails (``details["failed"]``), and the lake is unchanged; or the lake cannot be written.
        InputError: The file cannot be read or is not a pack, or the log of received packs is damaged.
        UsageError: ``who`` is empty.
    """

    def opened() -> BinaryIO:
        # a pipe would be waited for without end
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError("it is no file", where=str(path), fix="give the path of a pack")
        return path.open("rb")

    arrival = Arrival(path.name, opened, str(path))
    taken = take_in(lake, arrival, trust, on=on, when=when, who=who, older=older)
    if isinstance(taken, PackRefusal):
        raise taken.error
    return taken


def take_in(
    lake: Path, arrival: Arrival, trust: Trust, *, on: str, when: str, who: str, older: bool
) -> Received | PackRefusal:
    """As :func:`receive_pack`, but return a refusal caused by the pack itself instead of raising it."""
    who = " ".join(who.split())
    if not who:
        raise UsageError("who receives it is missing", where="--by", fix="give a name")
    read_received(lake)  # a damaged log is no pack's fault
    with scratch(lake) as folder:
        copied = folder / "pack.zip"
        copy = _copied(arrival, copied)
        if isinstance(copy, PackRefusal):
            return copy
        sha256, size = copy
        try:
            verification, view = _examined(copied, arrival, trust, on=on, when=when)
        except StopgapError as error:
            where = error.where.replace(str(copied), arrival.where)
            refusal = type(error)(error.what, where=where, fix=error.fix, details=error.details)
            refusal.marking = error.marking
            return PackRefusal(refusal)
        pack = _described(verification, view, arrival, trust, sha256=sha256, size=size, who=who, when=when)
        return _filed(lake, copied, pack, verification, trust, older=older)


def _copied(arrival: Arrival, target: Path) -> tuple[str, int] | PackRefusal:
    """Copy and hash an arrival in one pass; return SHA-256 and size, or a refusal if it is too large."""
    most, hashed, size = Limits().file_bytes, hashlib.sha256(), 0
    try:
        reader = arrival.open()
    except OSError as error:
        raise _unreadable(arrival, error) from error
    try:
        with reader, target.open("xb") as writer:
            while piece := _piece(reader, arrival):
                size += len(piece)
                if size > most:  # before it fills the disk
                    says = f"check {checks.ARCHIVE}: it is longer than {most} bytes"
                    details: dict[str, object] = {"file": arrival.where, "failed": checks.ARCHIVE}
                    fix = "ask its maker for a smaller one"
                    return PackRefusal(RefusedError(says, where=arrival.where, fix=fix, details=details))
                hashed.update(piece)
                writer.write(piece)
        make_durable(target)
    except OSError as error:
        raise LOG.unwritable(target, error) from error
    return hashed.hexdigest(), size


def _piece(reader: BinaryIO, arrival: Arrival) -> bytes:
    try:
        return reader.read(CHUNK_BYTES)
    except OSError as error:
        raise _unreadable(arrival, error) from error


def _unreadable(arrival: Arrival, error: OSError) -> InputError:
    return InputError(
        f"the pack cannot be read: {error.strerror or error}",
        where=arrival.where,
        fix="check the path, and that you may read it",
    )


def _examined(copied: Path, arrival: Arrival, trust: Trust, *, on: str, when: str) -> tuple[Verification, PackView]:
    """Run every check on the copy, using the name under which it arrived; StopgapError if a check fails."""
    found = replace(verify_pack(copied, trust, on=on, reads_data=True), path=Path(arrival.where))
    own = next((each for each in found.checks if each.name == checks.NAME), None)
    if found.evidence is not None and own is not None and own.ran:
        faults = [] if own.holds else list(own.details)
        faults += [each for each in _came_by(arrival.name, found.evidence, when=when) if each not in faults]
        found = _renamed(found, checked(checks.NAME, faults, str(found.evidence["name"])))
    return found, found.view()


def _renamed(found: Verification, named: PackCheck) -> Verification:
    """Return the verification with its name check replaced."""
    return replace(found, checks=tuple(named if each.name == checks.NAME else each for each in found.checks))


def _came_by(name: str, evidence: EvidenceDocument, *, when: str) -> list[str]:
    """Return faults of the file name under which a pack arrived, and of its creation time (``made_at``)."""
    if not name or len(name) > _LONGEST_NAME or any(sign in name for sign in "/\\\0"):
        return [f"it came by {quoted(name)}, which is no name of a file"]
    faults = name_faults(Path(name), evidence)
    if evidence["made_at"][:10] > (date.fromisoformat(when[:10]) + timedelta(days=1)).isoformat():
        faults.append(f"it says that it is of {evidence['made_at']}, which is yet to come")
    return faults


def _described(
    verification: Verification, view: PackView, arrival: Arrival, trust: Trust,
    *, sha256: str, size: int, who: str, when: str,
) -> ReceivedPack:  # fmt: skip
    """Return the log entry of a pack that passed verification."""
    evidence = view.evidence
    origin, fingerprint = view.signer
    known = trust.store.find(fingerprint)
    return ReceivedPack(
        sha256=sha256,
        size_bytes=size,
        name=view.name,
        file_name=unicodedata.normalize("NFC", arrival.name.encode("utf-8", "backslashreplace").decode()),
        origin=origin,
        fingerprint=fingerprint,
        called=None if known is None else known.name,
        episode=str(evidence["episode"]),
        goods=headline_goods(view),
        as_of=str(evidence["as_of"]),
        made_at=str(evidence["made_at"]),
        marking=marking_of(evidence["marking"], where="evidence.json"),
        checks=tuple((check.name, check.says) for check in verification.checks),
        who=who,
        when=when,
    )


def headline_goods(view: PackView) -> str:
    """Return the goods list of the finding after which a pack is named."""
    wanted = view.name.split("_")[-2]
    for item in view.items("finding", "extract"):
        if item["id"].rpartition(":")[2].startswith(wanted):
            return str(view.document(item)["goods"])
    return "_".join(view.name.split("_")[1:-3])


def _filed(
    lake: Path, copied: Path, pack: ReceivedPack, verification: Verification, trust: Trust, *, older: bool
) -> Received | PackRefusal:
    """File a verified pack; refuse one received before under another name, or older than the newest received."""
    with filing(lake) as store:
        same = next((each for each in store.packs if each.sha256 == pack.sha256), None)
        if same is not None:
            if same.file_name != pack.file_name and not older:
                return PackRefusal(_replay(verification, pack, same, is_same=True))
            fault = stored_fault(lake, same)
            if fault is not None:
                store.put(copied, same)
            newer = next((each for each in store.packs if each.sha256 == same.superseded_by), None)
            return Received(same, stored_path(lake, same), True, fault is not None, newer)
        newest = newest_of_series(store.packs, pack, trust)
        if newest is not None and pack.age < newest.age:
            if not older:
                return PackRefusal(_replay(verification, pack, newest, is_same=False))
            pack = replace(pack, older_than=newest.sha256, superseded_by=newest.sha256)
            store.keep(copied, pack)
            return Received(pack, stored_path(lake, pack), newer=newest)
        pack = replace(pack, newer_than=None if newest is None else newest.sha256)
        store.keep(copied, pack)
        return Received(pack, stored_path(lake, pack))


def newest_of_series(packs: Iterable[ReceivedPack], pack: ReceivedPack, trust: Trust) -> ReceivedPack | None:
    """Return the newest pack of the same series as ``pack``; ``None`` if there is none.

    A series is all packs of one party on one episode and one goods list. A party is identified by its key and by every
    other key it had: keys that succeed one another, and keys to which the receiver gave the same name. Marking, windows
    and statements do not start another series, or an old pack could be replayed beside a newer one.
    """
    keys = same_party(trust, pack.fingerprint)
    series = [
        each for each in packs if each.fingerprint in keys and (each.episode, each.goods) == (pack.episode, pack.goods)
    ]
    return max(series, key=lambda each: each.age, default=None)


def same_party(trust: Trust, fingerprint: str) -> frozenset[str]:
    """Return the fingerprints of all keys known to belong to the same party as the given key."""
    kept = {key.fingerprint: key.key for key in trust.store.keys}
    pairs = [
        (key.fingerprint, key.succeeds.fingerprint)
        for key in (*kept.values(), *trust.given.values())
        if key.succeeds is not None
    ]
    pairs += [(key.fingerprint, key.replaced_by) for key in trust.store.keys if key.replaced_by is not None]
    couples = product(trust.store.keys, repeat=2)
    pairs += [(one.fingerprint, other.fingerprint) for one, other in couples if one.name == other.name]
    found = {fingerprint}
    while more := {each for pair in pairs if found & set(pair) for each in pair} - found:
        found |= more
    return frozenset(found)


def _replay(verification: Verification, pack: ReceivedPack, before: ReceivedPack, *, is_same: bool) -> RefusedError:
    """Return the error for a replayed pack: received before under another name, or older than one already received."""
    by = f"received on {before.when} by {before.who}"
    if is_same:
        says = f"replay of an old pack under a new name: it was {by}, as {quoted(before.file_name)}"
        fix = "nothing is missing: it is filed under the name that it came by first; ask who sent it again, and why"
    else:
        says = (
            f"replay of an old pack: it is of {pack.made_at} ({pack.as_of}), and {quoted(before.name)} of "
            f"{before.made_at} ({before.as_of}) was {by}"
        )
        fix = "ask its maker which one counts; --older files it all the same, as the older of both"
    details = _renamed(verification, checked(checks.NAME, [says], "")).as_dict()
    details["received_before"] = before.as_dict()
    refusal = RefusedError(f"check {checks.NAME}: {says}", where=str(verification.path), fix=fix, details=details)
    refusal.marking = strictest([pack.marking, before.marking])
    return refusal


@dataclass(frozen=True)
class ShownPack(Markable):
    """A received pack opened for reading: its log entry, the path of its stored file, and a view of its content."""

    pack: ReceivedPack
    path: Path
    view: PackView

    def as_dict(self) -> dict[str, Any]:
        names = ("id", "kind", "title", "marking")
        return {
            **self.pack.as_dict(),
            "file": str(self.path),
            "items": [{name: fields_of(item)[name] for name in names} for item in self.view.items()],
            "left_out": self.view.evidence["left_out"],
        }

    def table(self) -> pa.Table:
        """Return a table with one row per item."""
        import pyarrow as pa

        rows = [{**item, "marking": self.view.marking_of(item).label} for item in self.view.items()]
        columns = [(name, pa.string()) for name in ("kind", "title", "id", "marking")]
        return pa.Table.from_pylist(rows, schema=pa.schema(columns))


def show_received(lake: Path, wanted: str) -> ShownPack:
    """Open a received pack, given by its name, the file name it arrived under, or the first digits of its SHA-256.

    Raises:
        NotFoundError: No received pack matches.
        UsageError: Several received packs match.
        InputError: The stored file is missing or was changed.
        RefusedError: The log was changed after it was written.
    """
    pack = find_pack(read_received(lake), wanted, where="PACK")
    path = intact(lake, pack)
    return ShownPack(pack, path, view_pack(read_archive(path)))


def marking_of_packs(packs: Sequence[ReceivedPack]) -> Marking:
    """Return the strictest marking of some packs, which is the marking of a list of them."""
    return strictest(pack.marking for pack in packs)


def refuse_received(lake: Path, paths: Iterable[Path], audience: Marking) -> None:
    """Refuse files that are received packs or parts of one: a pack may not include evidence of other parties.

    A file that another party attached may come from anyone: it is refused only if that party's marking does not allow
    disclosure to ``audience``.

    Raises:
        RefusedError: One of the files is received evidence.
        InputError: A file or a stored pack cannot be read.
    """
    inside: dict[str, ReceivedPack] = {}
    for pack in read_received(lake):
        archive = read_archive(intact(lake, pack))
        free = pack.marking.fits(audience)
        inside |= {
            member.sha256: pack
            for name, member in archive.members.items()
            if name.startswith("data/") and not (free and name.startswith("data/attachments/"))
        }
        inside[pack.sha256] = pack
    for path in paths if inside else ():
        try:
            found = inside.get(hashlib.sha256(path.read_bytes()).hexdigest())
        except OSError as error:
            raise InputError(
                f"the file cannot be read: {error.strerror}", where=str(path), fix="check the path"
            ) from error
        if found is not None:
            raise RefusedError(
                f"the file is out of a pack that was received from {found.called or found.origin}: {found.name}",
                where=str(path),
                fix="leave it out; pass their own pack on as its marking allows",
            )
