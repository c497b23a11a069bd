"""Propose the claims in a text: the entry point of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stopgap.claims.drafting.draft import Draft
from stopgap.claims.drafting.reader import ReaderName
from stopgap_drafting.annotate import annotate_sentence
from stopgap_drafting.drafter import Drafter
from stopgap_drafting.sources.presidents import President
from stopgap_drafting.sources.speakers import find_voices
from stopgap_drafting.text.aligned_gloss import AlignedGloss
from stopgap_drafting.text.segments import sentences, turns


def propose(
    text: str,
    file: str,
    meta: Mapping[str, str] | None = None,
    *,
    body_start: int = 0,
    reader: ReaderName = "rules",
    holders: tuple[President, ...] | None = None,
) -> list[Draft]:
    """Drafts of the claims in a text, in order of place.

    Args:
        text: The text as stored; offsets of drafts count its characters.
        file: Name of the text, carried by each draft.
        meta: What the file says of itself: ``title``, ``date``, ``source_url`` ….
        body_start: Where the body begins.
        reader: ``rules``; ``network``: the network of the package reads likely sentences as well.
        holders: Who held the Presidency of the United States when; ``None``: by the table of the package.

    Returns:
        Drafts; several may share a span (several suppliers in one sentence). Fields that the text leaves open are
        ``None``. Empty where nothing is claimed.

    Method: ours; docs/methods/drafting.md. What is a claim follows the labelling guideline stated there.
    """
    return drafter_of(text, file, meta, body_start=body_start, reader=reader, holders=holders).run()


def drafter_of(
    text: str,
    file: str,
    meta: Mapping[str, str] | None = None,
    *,
    body_start: int = 0,
    reader: ReaderName = "rules",
    holders: tuple[President, ...] | None = None,
) -> Drafter:
    """The drafter of a text, which tells its candidates; arguments as for :func:`propose`."""
    meta = meta or {}
    parts = turns(text, body_start)
    voices = find_voices(text[body_start:], meta, parts, holders)
    glossed = AlignedGloss(text)
    parts = [replace(part, start=glossed.at(part.start), end=glossed.at(part.end)) for part in parts]
    pieces = [
        replace(piece, is_glossed=glossed.has_gloss(piece.start, piece.end)) for piece in sentences(glossed.text, parts)
    ]
    reads = [annotate_sentence(piece) for piece in pieces]
    title = AlignedGloss(" ".join((meta.get("title") or "").split())).text
    return Drafter(glossed, file, title, parts, voices, reads, has_network=reader != "rules")
