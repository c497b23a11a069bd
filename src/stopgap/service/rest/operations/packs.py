"""Addresses of evidence packs: received ones, verification, comparison, receipt."""

from __future__ import annotations

import tempfile
from dataclasses import MISSING
from pathlib import Path
from typing import Any

import pyarrow as pa

from stopgap.answers.documents import listed, verification_document, verification_table
from stopgap.base.request import Completes, Option, RequestField
from stopgap.evidence.exchange import FORMS
from stopgap.evidence.exchange.request import ExportRequest, FormName
from stopgap.evidence.packs.request import PreviewRequest, ReceiveRequest, TrustRequest, VerifyRequest
from stopgap.service.principal import PersonRole
from stopgap.service.rest.operation import Asked, MadeFile, RestOperation, RestsOn, Shaped, Upload
from stopgap.service.rest.shapes import own_table, result

_PACK_HELP = {"pack": "Name of a received pack, or the first digits of its SHA-256."}
_TRUST = Upload("trust", "Public key of a signer, beside the keys that the service trusts.", is_needed=False, most=20)


def _received(found: Any, asked: Asked) -> Shaped:
    from stopgap.lake.partner_views import packs_table

    marking = found.marking if found else None
    return Shaped(listed("packs", found), packs_table(tuple(found)), marking, rows_at="packs")


def _verified(found: Any, asked: Asked) -> Shaped:
    return Shaped(verification_document(found), verification_table(found), found.marking, covers=(), rows_at="checks")


def _compared(lake: Any, asked: Asked) -> Any:
    """Compare two packs: sent files, or received ones by name, never a path."""
    sent = list(asked.files.get("pack", ()))
    named = [lake.packs.received(name).pack.sha256 for name in asked.extra.get("received", ())]
    both = [*map(str, sent), *named]
    if len(both) != 2:
        from stopgap.base.errors import UsageError

        raise UsageError(
            f"{len(both)} packs are named, and two are compared", where="pack, received", fix="send or name two packs"
        )
    return lake.packs.compare(both[0], both[1], trust=asked.request.trust, on=asked.request.on)


def _pack(lake: Any, asked: Asked) -> Any:
    return asked.files["pack"][0]


def _exported(lake: Any, asked: Asked) -> Any:
    form = asked.extra["as_form"]
    with tempfile.TemporaryDirectory(prefix="stopgap-export-") as folder:
        request = ExportRequest(
            as_form=form, output=Path(folder) / "export", trust=asked.request.trust, on=asked.request.on
        )
        made = lake.packs.export(_pack(lake, asked), request)
        return made, made.path.read_bytes()


def _export(found: Any, asked: Asked) -> Shaped:
    made, content = found
    form = FORMS[made.form]
    row = {"form": made.form, "size_bytes": made.size}
    file = MadeFile(f"{asked.files['pack'][0].stem}.{form.ending}", form.media_type, content)
    return Shaped(row, pa.Table.from_pylist([row]), made.marking, file=file)


_EPISODE = RequestField(
    "episode", str, Option("Name of a built-in episode.", metavar="EPISODE", completes=Completes.EPISODE), MISSING
)  # fmt: skip

PACKS = (
    RestOperation(
        method="GET", path="/packs", summary="Packs that were received.", api="packs.received", shape=_received,
        rests_on=(RestsOn.RECEIVED,),
    ),
    RestOperation(
        method="GET", path="/packs/{pack}", summary="What is in a received pack.", api="packs.received", subject=("pack",), is_list=False,
        shape=result(own_table), rests_on=(RestsOn.RECEIVED,), path_help=_PACK_HELP,
    ),
    RestOperation(
        method="POST", path="/packs/verify", summary="Check a pack, each check by name; nothing is kept.", api="packs.verify",
        request=VerifyRequest, uploads=(Upload("pack", "The pack."), _TRUST), shape=_verified,
        ask=lambda lake, asked: lake.packs.verify(_pack(lake, asked), asked.request),
    ),
    RestOperation(
        method="POST", path="/packs/preview", summary="What a pack would hold at a marking, what would be withheld and why; nothing is made.",
        api="packs.preview", request=PreviewRequest, shape=result(own_table), extra=(_EPISODE,),
        ask=lambda lake, asked: lake.packs.preview(asked.extra["episode"], asked.request),
        example={"episode": "russia-2022", "marking": "TLP:GREEN"},
    ),
    RestOperation(
        method="POST", path="/packs/compare", summary="Where the figures of two packs differ, and why.", api="packs.compare",
        request=TrustRequest, uploads=(Upload("pack", "A pack.", is_needed=False, most=2), _TRUST), shape=result(own_table),
        extra=(RequestField("received", tuple[str, ...], Option(_PACK_HELP["pack"] + " In place of a file.", metavar="PACK"), ()),),
        ask=_compared,
    ),
    RestOperation(
        method="POST", path="/packs/export", summary="What a pack holds, in the form of another programme; it is verified first.",
        api="packs.export", request=TrustRequest, uploads=(Upload("pack", "The pack."), _TRUST), shape=_export, ask=_exported,
        extra=(RequestField("as_form", str, Option("The form of another programme.", flag="--as", choices=FormName), MISSING),),
        file_types=tuple(sorted({form.media_type.partition(";")[0] for form in FORMS.values()})),
    ),
    RestOperation(
        method="POST", path="/packs/receive", summary="Verify a partner's pack and file it beside one's own evidence.",
        api="packs.receive", request=ReceiveRequest, uploads=(Upload("pack", "The pack."), _TRUST), shape=result(own_table),
        ask=lambda lake, asked: lake.packs.receive(_pack(lake, asked), asked.request), role=PersonRole.ANALYST,
        what="receive packs",
    ),
)  # fmt: skip
