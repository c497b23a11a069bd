"""Two packs compared: files that are verified first, or packs that were received."""

from __future__ import annotations

from pathlib import Path

from stopgap.base.errors import NotFoundError
from stopgap.evidence.compare.findings import compare_packs
from stopgap.evidence.compare.results import Comparison
from stopgap.evidence.packs.received import show_received
from stopgap.evidence.packs.verify import Trust, verify_pack
from stopgap.evidence.packs.view import PackView


def compare(lake: Path, one: str, other: str, trust: Trust, *, on: str) -> Comparison:
    """Where two packs differ, and why.

    Args:
        lake: Folder of the lake, for packs that were received.
        one: Path of a pack; or name, name it came by, or first digits of the SHA-256 of a received one.
        other: Likewise.
        trust: Whom one trusts; received packs were verified when they came.
        on: Day on which the signers' keys must hold.

    Raises:
        RefusedError: A check does not hold.
        NotFoundError: There is no such file and no such received pack.
        UsageError: Several received packs go by the name.
        InputError: A file is no pack, or a stored pack is damaged.
    """
    return compare_packs(*(pack_to_compare(lake, each, trust, on=on) for each in (one, other)))


def pack_to_compare(lake: Path, wanted: str, trust: Trust, *, on: str) -> PackView:
    """A pack to compare: a file that is verified, or one that was received; a file goes first.

    Raises:
        RefusedError: A check does not hold.
        NotFoundError: There is no such file and no such received pack.
        InputError: The file is no pack, or the stored pack is damaged.
    """
    path = Path(wanted)
    if path.exists():
        return verify_pack(path, trust, on=on, reads_data=True).view()
    try:
        return show_received(lake, wanted).view
    except NotFoundError as error:
        raise NotFoundError(
            f"there is no file and no received pack {wanted[:120]!r}",
            where="PACK",
            fix="give the path of a pack, or one of those that stopgap pack received lists",
        ) from error
