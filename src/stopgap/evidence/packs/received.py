"""Views of received packs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.base.errors import InputError, RefusedError
from stopgap.base.marking import Markable, Marking, strictest
from stopgap.evidence.archives.reading import read_archive
from stopgap.evidence.packs.documents import fields_of
from stopgap.evidence.packs.view import PackView, view_pack
from stopgap.lake.partner_evidence import ReceivedPack, find_pack, intact, read_received

if TYPE_CHECKING:
    import pyarrow as pa


def list_received(lake: Path) -> tuple[ReceivedPack, ...]:
    """Every pack that was received, in the order in which they came.

    Raises:
        RefusedError: The log is not as it was written.
        InputError: It is damaged.
    """
    return read_received(lake)


@dataclass(frozen=True)
class ShownPack(Markable):
    """A received pack, looked into.

    Attributes:
        pack: What the log says of it.
        path: Its file, whose bytes are those that were received.
        view: What it holds.
    """

    pack: ReceivedPack
    path: Path
    view: PackView

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        names = ("id", "kind", "title", "marking")
        return {
            **self.pack.as_dict(),
            "file": str(self.path),
            "items": [{name: fields_of(item)[name] for name in names} for item in self.view.items()],
            "left_out": self.view.evidence["left_out"],
        }

    def table(self) -> pa.Table:
        """One row an item."""
        import pyarrow as pa

        rows = [
            {
                "kind": item["kind"],
                "title": item["title"],
                "id": item["id"],
                "marking": self.view.marking_of(item).label,
            }
            for item in self.view.items()
        ]
        return pa.Table.from_pylist(
            rows, schema=pa.schema([(name, pa.string()) for name in ("kind", "title", "id", "marking")])
        )


def show_received(lake: Path, wanted: str) -> ShownPack:
    """A received pack, looked into.

    Args:
        lake: Folder of the lake.
        wanted: Its name, the name it came by, or the first digits of its SHA-256.

    Raises:
        NotFoundError: There is none of this name.
        UsageError: There are several.
        InputError: Its stored file is missing or was changed.
        RefusedError: The log is not as it was written.
    """
    pack = find_pack(read_received(lake), wanted, where="PACK")
    path = intact(lake, pack)
    return ShownPack(pack, path, view_pack(read_archive(path)))


def marking_of_packs(packs: Sequence[ReceivedPack]) -> Marking:
    """The strictest marking of some packs: of what a list of them is marked."""
    return strictest(pack.marking for pack in packs)


def refuse_received(lake: Path, paths: Iterable[Path], audience: Marking) -> None:
    """Refuse files that are received packs, or out of one: evidence of others goes into no pack of one's own.

    What a party attached may be anybody's file: it is refused where the party's marking does not let it go.

    Args:
        lake: Folder of the lake.
        paths: Files that a user wants in a pack.
        audience: Marking of that pack.

    Raises:
        RefusedError: One of them is received evidence.
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
