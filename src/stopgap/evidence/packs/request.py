"""Options of the ``stopgap pack`` commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from stopgap.base.errors import UsageError
from stopgap.base.marking import parse_marking
from stopgap.base.marking_options import MARKING, RELEASABLE_TO
from stopgap.base.person import BY
from stopgap.base.request import Completes, Option
from stopgap.evidence.keys.names import is_day
from stopgap.evidence.keys.request import OpenRequest
from stopgap.panel.request import MeasureRequest


class PackPart(StrEnum):
    """What a pack can hold beside findings."""

    CLAIMS = "claims"
    ALERTS = "alerts"
    EXPOSURE = "exposure"
    BRIEF = "brief"
    DECISIONS = "decisions"


USUAL_PARTS = (PackPart.CLAIMS, PackPart.ALERTS, PackPart.EXPOSURE, PackPart.BRIEF)
"""Default parts of a pack."""

_WithParts = Annotated[
    tuple[str, ...], Option("Also put this in: decisions on alerts.", flag="--with", choices=PackPart)
]
_Without = Annotated[tuple[str, ...], Option("Leave this out: claims, alerts, exposure, brief.", choices=PackPart)]
_OneClaim = Annotated[
    tuple[str, ...],
    Option(
        "Of the statements this one alone (default: all that are tested on the episode).",
        metavar="ID",
        completes=Completes.CLAIM,
    ),
]
_Redact = Annotated[bool, Option("Leave out what is above the marking, and say so in the pack.")]


@dataclass(frozen=True, kw_only=True)
class PackRequest(MeasureRequest, OpenRequest):
    """Options of ``stopgap pack create``; UsageError if the marking is invalid or a part is unknown."""

    marking: Annotated[str, MARKING]
    key: Annotated[str, Option("Your key that signs it.", metavar="NAME", completes=Completes.KEY)]
    output: Annotated[
        str | Path, Option("The pack; in a folder it gets the name that says what it is.", metavar="FILE")
    ]
    releasable_to: Annotated[str | Sequence[str] | None, RELEASABLE_TO] = None
    with_parts: _WithParts = ()
    without: _Without = ()
    claim: _OneClaim = ()
    attach: Annotated[tuple[str | Path, ...], Option("Also put in a file of your own.", metavar="FILE")] = ()
    redact: _Redact = False
    parts: Annotated[Sequence[str] | None, Option("These parts, in place of the usual ones.", in_python_only=True)] = (
        None
    )
    home: Annotated[str | Path | None, Option("Folder of the keys (default: the user's own).", in_python_only=True)] = (
        None
    )

    def __post_init__(self) -> None:
        parse_marking(self.marking, self.releasable_to)
        for part in (*self.with_parts, *self.without, *(self.parts or ())):
            if part not in list(PackPart):
                raise UsageError(
                    f"{part[:40]!r} is no part of a pack", where="--with, --without", fix=f"use {', '.join(PackPart)}"
                )


@dataclass(frozen=True, kw_only=True)
class PreviewRequest(MeasureRequest):
    """Options of a preview of a pack: those of the pack that say what goes in; refuses as :class:`PackRequest` does."""

    marking: Annotated[str, MARKING]
    releasable_to: Annotated[str | Sequence[str] | None, RELEASABLE_TO] = None
    with_parts: _WithParts = ()
    without: _Without = ()
    claim: _OneClaim = ()
    redact: _Redact = False

    def __post_init__(self) -> None:
        self.of_pack()

    def of_pack(self) -> PackRequest:
        """Return the request of the pack that would be made."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        return PackRequest(key="-", output="-", **given)


@dataclass(frozen=True, kw_only=True)
class TrustRequest:
    """Options that choose the keys by which a pack is verified; UsageError if the day is invalid."""

    trust: Annotated[
        tuple[str | Path, ...],
        Option("Public key of the signer; several may be given (default: the keys that you trust).", metavar="KEYFILE"),
    ] = ()
    on: Annotated[
        str | None, Option("Day on which the signer's key must hold (default: today, UTC).", metavar="DAY")
    ] = None

    def __post_init__(self) -> None:
        if self.on is not None and not is_day(self.on):
            raise UsageError(f"{self.on[:20]!r} is no day", where="--on", fix="give it as YYYY-MM-DD")


@dataclass(frozen=True, kw_only=True)
class VerifyRequest(TrustRequest):
    """Options of ``stopgap pack verify``.

    Where a ``page`` is written, pages in the pack that another version of Stopgap made do not fail the verification.
    """

    no_numbers: Annotated[bool, Option("Do not make the numbers again from their rows.")] = False
    page: Annotated[
        str | Path | None,
        Option(
            "Write the page of the pack, made here from its data: read it in place of the pack's own.", metavar="FILE"
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class ReceiveRequest(TrustRequest):
    """Options of receiving one pack from a partner."""

    older: Annotated[bool, Option("Take it although a newer one, or the same under another name, is there.")] = False
    by: Annotated[str | None, BY] = None


@dataclass(frozen=True, kw_only=True)
class FolderRequest(ReceiveRequest):
    """Options of ``stopgap pack receive``, which can receive all packs in a folder."""

    settle: Annotated[
        float, Option("Time in which a file in the folder must not grow.", metavar="SECONDS", least=0)
    ] = 2.0
