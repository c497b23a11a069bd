"""Read and write claim files (YAML) without loss; docs/reference/claim-files.md describes the format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from stopgap.base import strict_yaml
from stopgap.base.documents import yaml_text
from stopgap.base.errors import InputError
from stopgap.base.paths import no_file
from stopgap.claims.claim import Action, Claim, ClaimLink, ClaimWords, NamedGoods, Relation, SourceLink, Speaker, Stance
from stopgap.claims.claim_values import ClaimFields
from stopgap.codes.goods import FILE_SUFFIXES

FIELDS = (
    "id", "title", "said_by", "uttered_by", "said_on", "said_at", "chain", "audience", "stance", "actor", "action",
    "target", "goods", "period", "threshold", "episode", "degree", "words", "source", "links", "note", "draft",
    "layer", "also",
)  # fmt: skip
FORMS = (
    "briefing", "report", "unnamed-officials", "interview", "statement", "readout", "speech", "quoted", "transcript",
    "call", "letter", "fact-sheet",
)  # fmt: skip
LAYERS = ("shipped", "inflow-share", "rose", "net", "share", "happened", "more-than-before")
"""Layers that a claim file can name, as spelled there."""
_WORDS = ("text", "start", "end")
_SOURCE = ("file", "sha256", "start", "end", "language", "quoted")
SIZE_LIMIT = 1_000_000
"""Maximum size of a claim file, in bytes."""


def read_claim(path: Path) -> Claim:
    """Read the claim in a YAML file; an InputError's ``where`` names the file and the invalid field."""
    claim = claim_from(read_document(path), where=path.name)
    return replace(claim, goods=tuple(_beside(path, goods) for goods in claim.goods))


def _beside(path: Path, goods: NamedGoods) -> NamedGoods:
    """Resolve the path of a goods list that lies beside the claim file and is named relative to it."""
    if not goods.name.lower().endswith(FILE_SUFFIXES) or Path(goods.name).is_file():
        return goods
    beside = path.parent / goods.name
    return replace(goods, name=str(beside)) if beside.is_file() else goods


def read_document(path: Path) -> Mapping[str, Any]:
    """Read the fields of a claim file, every value as text; InputError if it is not a YAML mapping."""
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise InputError(
                "the file is too large for a claim",
                where=str(path),
                fix="give the claim file; texts are imported with stopgap claims texts import",
            )
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise no_file(path, "a claim", suffixes=(".yml", ".yaml")) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise InputError(
            f"the claim file cannot be read: {reason}", where=str(path), fix="save it as a UTF-8 text file"
        ) from error
    # Every scalar stays text: a day stays a day, and NO is no refusal but Norway's two letters.
    try:
        document, _ = strict_yaml.loads(text)
    except strict_yaml.YamlFault as error:
        raise InputError(
            f"the claim file {'cannot be read' if error.is_yaml else 'is not YAML'}: {error.what}",
            where=error.at(path.name),
            fix="fix the line; put quotes around a text that holds a colon and a blank",
        ) from error
    if not isinstance(document, Mapping):
        raise InputError(
            "the file is not a claim", where=path.name, fix="begin it with said_by:, said_on:, actor:, words:"
        )
    return document


def claim_from(document: Mapping[str, Any], *, where: str = "claim", is_registered: bool = False) -> Claim:
    """Parse a claim from a document in the format of a claim file; ``where`` names the document in messages.

    In the register (``is_registered``) names of goods lists need no longer be known: they mean the lists as recorded.
    InputError if a required field is absent, or a field is unknown or invalid.
    """
    top = ClaimFields(document, where, knows_goods=not is_registered)
    top.check_names(FIELDS)
    actor = top.actor("actor", top.text("actor", needed="CHN (ISO3, EU, THIRD, ANY, or companies:CHN)") or "")
    action = Action(top.one_of("action", list(Action), top.text("action", needed="backfill")) or "")
    target = top.economy("target", top.text("target", needed="RUS (ISO3)") or "")
    speaker = _speaker(top)
    said_on = top.day("said_on", top.text("said_on", needed="2024-04-08") or "")
    goods = tuple(_goods(top, entry) for entry in top.entries("goods"))
    first, last = _period(top)
    stance = Stance(top.one_of("stance", list(Stance), top.text("stance")) or Stance.ASSERTION)
    named = f" ({', '.join(each.phrase or each.name for each in goods)})" if goods else ""
    return Claim(
        id=top.text("id"),
        title=top.text("title") or f"{speaker.name}, {stance}: {actor} {action} {target}{named}",
        said_by=speaker,
        said_on=said_on,
        words=_words(top),
        stance=stance,
        actor=actor,
        action=action,
        target=target,
        said_at=top.text("said_at"),
        chain=tuple(_chain_link(top, entry) for entry in top.entries("chain")),
        audience=tuple(_audience(top, entry) for entry in top.entries("audience")),
        goods=goods,
        period_from=first,
        period_to=last,
        threshold=_threshold(top),
        episode=top.text("episode"),
        degree=top.text("degree"),
        links=tuple(_link(top, entry) for entry in top.entries("links")),
        note=str(top.get("note")).strip() or None if top.text("note") else None,  # with its line ends
        layer=top.one_of("layer", LAYERS, top.text("layer")),
        also=tuple(Action(str(top.one_of("also", list(Action), str(entry)))) for entry in top.entries("also")),
    )


def claim_document(claim: Claim) -> dict[str, Any]:
    """Convert a claim to a document in claim-file format, without empty fields; :func:`claim_from` reads it back."""
    words = claim.words
    source = {
        "file": words.source,
        "sha256": words.sha256,
        "language": words.language if words.language != "en" else None,
        "quoted": None if words.quoted else False,
    }
    document = {
        "id": claim.id,
        "title": claim.title,
        "said_by": _filled({"name": claim.said_by.name, "office": claim.said_by.office}),
        "uttered_by": claim.said_by.uttered_by,
        "said_on": claim.said_on,
        "said_at": claim.said_at,
        "chain": [_filled(asdict(each)) for each in claim.chain],
        "audience": list(claim.audience),
        "stance": str(claim.stance),
        "actor": claim.actor,
        "action": str(claim.action),
        "target": claim.target,
        "goods": [goods["name"] if len(goods) == 1 else goods for goods in map(_filled, map(asdict, claim.goods))],
        "period": _filled({"from": claim.period_from, "to": claim.period_to}),
        "threshold": {"share_of_loss": claim.threshold} if claim.threshold is not None else None,
        "episode": claim.episode,
        "degree": claim.degree,
        "words": words.text if words.start is None else {"text": words.text, "start": words.start, "end": words.end},
        "source": _filled(source),
        "links": [{"relation": str(link.relation), "claim": link.claim} for link in claim.links],
        "note": claim.note,
        "layer": claim.layer,
        "also": [str(each) for each in claim.also],
    }
    return {name: value for name, value in document.items() if value not in (None, [], {})}


def claim_yaml(claim: Claim) -> str:
    """Convert a claim to the YAML text of a claim file."""
    return yaml_text(claim_document(claim), width=100)


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _speaker(top: ClaimFields) -> Speaker:
    given = top.get("said_by")
    if isinstance(given, str):
        return Speaker(" ".join(given.split()), None, top.text("uttered_by"))
    if given is None:
        top.fail("said_by", "the claim has no said_by", "add said_by: {name: …, office: …}")
    part = top.part("said_by", given)
    part.check_names(("name", "office", "uttered_by"))
    return Speaker(
        part.text("name", needed="who said it") or "",
        part.text("office"),
        top.text("uttered_by") or part.text("uttered_by"),
    )


def _chain_link(top: ClaimFields, entry: Any) -> SourceLink:
    if isinstance(entry, str):
        return SourceLink(" ".join(entry.split()))
    part = top.part("chain", entry)
    part.check_names(("source", "form"))
    form = part.one_of("form", FORMS, part.text("form"))
    return SourceLink(part.text("source", needed="a person, an office, a newspaper") or "", form)


def _audience(top: ClaimFields, entry: Any) -> str:
    if isinstance(entry, Mapping | list):
        top.fail("audience", "an audience is a text", "write audience: [partner-states, press]")
    return " ".join(str(entry).split())


def _goods(top: ClaimFields, entry: Any) -> NamedGoods:
    if isinstance(entry, str):
        return NamedGoods(top.goods_name("goods", entry.strip()))
    part = top.part("goods", entry)
    part.check_names(("name", "phrase", "version", "group"))
    name = part.text("name") or part.text("group") or part.text("name", needed="optical") or ""
    return NamedGoods(part.goods_name("name", name), part.text("phrase"), part.text("version"))


def _period(top: ClaimFields) -> tuple[str | None, str | None]:
    given = top.get("period")
    if given is None:
        return None, None
    part = top.part("period", given)
    part.check_names(("from", "to"))
    first, last = (
        part.month(name, value) if (value := part.text(name)) is not None else None for name in ("from", "to")
    )
    if first and last and first > last:
        part.fail("to", f"the period ends ({last}) before it begins ({first})", f"write from: {last}, to: {first}")
    return first, last


def _threshold(top: ClaimFields) -> float | None:
    given = top.get("threshold")
    if given is None:
        return None
    part = top.part("threshold", given)
    part.check_names(("share_of_loss",))
    return part.share("share_of_loss")


def _words(top: ClaimFields) -> ClaimWords:
    given = top.get("words")
    if given is None:
        top.fail("words", "the claim has no words", 'add words: "…", as said')
    if isinstance(given, Mapping):
        own = top.part("words", given)
        own.check_names(_WORDS)
    else:
        own = ClaimFields({"text": given}, top.file, "words.")
    source = top.part("source", top.get("source") or {})
    source.check_names(_SOURCE)
    start, end = (_same(own, source, name) for name in ("start", "end"))
    text = "" if isinstance(own.get("text"), Mapping | list) else str(own.get("text") or "")
    if not text.strip():
        own.fail("text", "the claim's words are blank", 'write words: "…", as said')
    if (start is None) != (end is None):
        lacking = "end" if end is None else "start"
        own.fail(lacking, f"the words have no {lacking}", "give both start and end, or neither")
    if start is not None and end is not None and end <= start:
        own.fail("end", f"the words end ({end}) before they begin ({start})", f"write end: {start + len(text)}")
    return ClaimWords(
        text=text,
        start=start,
        end=end,
        source=source.text("file"),
        sha256=source.sha256("sha256"),
        language=(source.text("language") or "en").lower(),
        quoted=source.truth("quoted", default=True),
    )


def _same(words: ClaimFields, source: ClaimFields, field: str) -> int | None:
    """Offset that may be given with the words or with their source; both must agree."""
    one, other = words.offset(field), source.offset(field)
    if one is not None and other is not None and one != other:
        source.fail(field, f"words and source give different offsets: {one} and {other}", "keep one of them")
    return other if one is None else one


def _link(top: ClaimFields, entry: Any) -> ClaimLink:
    part = top.part("links", entry)
    part.check_names(("relation", "claim"))
    relation = part.one_of("relation", list(Relation), part.text("relation", needed="denies"))
    return ClaimLink(Relation(relation or ""), part.text("claim", needed="id of a claim (c-…)") or "")
