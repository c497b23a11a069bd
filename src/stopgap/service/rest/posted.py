"""Statements that come in the body of a request: read as claim files are, without reading any file of the server."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.base.errors import InputError, UsageError
from stopgap.base.near_names import did_you_mean
from stopgap.service.rest.names import bare_file_name, check_episode

if TYPE_CHECKING:
    from stopgap.claims.claim import Claim
    from stopgap.claims.register.statement_files import ReadClaim
    from stopgap.sources.texts import SourceText


def posted_statement(body: Mapping[str, Any], fills: tuple[str, ...]) -> ReadClaim:
    """Read the statement of a body: a claim, or a draft with what a person fills in, and its source text.

    Args:
        body: ``claim`` or ``draft``, an object; ``text``, the source text, and ``text_name``.
        fills: ``FIELD=VALUE``, of a draft.

    Raises:
        UsageError: Neither or both are given, or a field has another type.
        InputError: A field or the words do not hold.
        NotFoundError: No goods list or episode has a name that the statement gives.
    """
    from stopgap.claims.claim_file import claim_from
    from stopgap.claims.register.statement_files import ReadClaim

    given = [name for name in ("claim", "draft") if body.get(name) is not None]
    if len(given) != 1:
        raise UsageError("a statement or a draft is registered", where="body: claim, draft", fix="send one of the two")
    [kind] = given
    record = body[kind]
    if not isinstance(record, dict):
        raise UsageError(f"{kind} is no object", where=f"body: {kind}", fix="send the fields of a claim file")
    source = _source(body)
    if kind == "claim":
        if fills:
            raise UsageError(
                "a statement is sent whole", where="body: fills", fix="change its fields; fills is of a draft"
            )
        claim = claim_from(_as_file(record), where="body: claim")
        _check_names(claim)
        return ReadClaim(claim, source, None)
    return confirmed_draft(record, _filled(fills), source)


def confirmed_draft(record: dict[str, Any], fills: Mapping[str, str], source: SourceText | None) -> ReadClaim:
    """Read the statement of a draft with what a person filled in.

    Args:
        record: The draft.
        fills: Value by field.
        source: The text that it was drafted from.

    Raises:
        InputError: A field or the words do not hold.
        NotFoundError: No goods list or episode has a name that the statement gives.
    """
    from stopgap.claims.register.statement_files import ReadClaim, claim_of_draft

    claim = claim_of_draft(record, fills, source, where="body: draft")
    _check_names(claim)
    return ReadClaim(claim, source, record)


def _as_file(record: dict[str, Any]) -> Mapping[str, Any]:
    """Return the fields as a claim file has them, with every scalar as text."""
    from stopgap.claims.claim_file import read_document

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "claim.yml"
        path.write_text(json.dumps(record, allow_nan=False), "utf-8")
        return read_document(path)


def _check_names(claim: Claim) -> None:
    """Refuse names of goods and episodes that could be paths.

    Families of goods, such as ``space-equipment``, are names too; they were checked when the statement was read.
    """
    from stopgap.base.errors import NotFoundError
    from stopgap.base.paths import is_path_text

    for goods in claim.goods:
        if is_path_text(goods.name):
            raise NotFoundError(
                f"no goods list is called {goods.name[:80]!r}", where="body: goods", fix="GET goods lists them"
            )
    if claim.episode is not None:
        check_episode(claim.episode, "body: episode")


def _source(body: Mapping[str, Any]) -> SourceText | None:
    """Return the source text of a body; ``None`` without one."""
    from stopgap.sources.texts import read_texts

    text, name = body.get("text"), body.get("text_name") or "text.txt"
    if text is None:
        return None
    if not isinstance(text, str) or not isinstance(name, str):
        raise UsageError("the source text is no text", where="body: text, text_name", fix="send both as text")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / bare_file_name(name)
        path.write_text(text, "utf-8")
        found = read_texts(path)
    if len(found) != 1:
        raise InputError(f"the source holds {len(found)} texts", where="body: text", fix="send the one with the words")
    return found[0]


def _filled(fills: tuple[str, ...]) -> dict[str, str]:
    """Return what a person fills in, by field."""
    from stopgap.claims.register.statement_files import SETTABLE

    known = ("name", "office", *SETTABLE)
    found = {}
    for each in fills:
        field, sign, value = each.partition("=")
        if not sign or field not in known:
            hint = did_you_mean(field, known)
            raise UsageError(
                f"{each[:80]!r} does not fill in a field", where="body: fills", fix=f"{hint} write FIELD=VALUE".strip()
            )
        found[field] = value
    return found
