"""Draft claims from files: read texts, ask the reader and a language model, map offsets to the file."""

from __future__ import annotations

import json
import shlex
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast, get_args

from stopgap.base.errors import InputError, UsageError
from stopgap.base.marking import Markable
from stopgap.base.progress import counted
from stopgap.claims.drafting.draft import Draft
from stopgap.claims.drafting.language_model import read_reply, request_for
from stopgap.claims.drafting.reader import DraftReader, ReaderName, load_reader
from stopgap.sources.texts import SourceText, read_texts, readable

READERS = ("auto", *get_args(ReaderName))
MOST_SECONDS = 600
"""Seconds after which a language model is stopped, for one text."""


@dataclass(frozen=True)
class DraftRun(Markable):
    """Drafts of the claims in some texts, in order of file and position.

    Attributes:
        reader: ``rules`` or ``network``.
        notes: Remarks on how a text was read, and on rejected records of a language model.
    """

    drafts: tuple[Draft, ...]
    texts: tuple[SourceText, ...]
    reader: str
    notes: tuple[str, ...]

    def as_records(self) -> list[dict[str, Any]]:
        """One record per draft, as ``claims draft --format json`` prints them."""
        return [draft.as_dict() for draft in self.drafts]


def draft_files(
    paths: list[Path], *, reader: str = "auto", language_model: str | None = None, least: float = 0.0
) -> DraftRun:
    """Propose the claims in files (plain, Markdown, HTML, PDF, JSON lines); nothing is registered.

    ``reader``: ``rules`` (rules and linear models only), ``network`` (with the encoder network) or ``auto``, which is
    ``network``. ``language_model`` is the command of a program that also proposes claims; drafts with a confidence
    below ``least`` are omitted.
    """
    if reader not in READERS:
        raise UsageError(f"no reader {reader!r}", where="--reader", fix=f"one of {', '.join(READERS)}")
    chosen: ReaderName = "network" if reader == "auto" else cast(ReaderName, reader)
    texts = tuple(text for path in paths for text in read_texts(path))
    drafts: list[Draft] = []
    notes: list[str] = []
    left_out: list[float] = []
    for text in counted(texts, "reading text"):
        notes += [f"{text.name}: {note}" for note in text.notes]
        found = draft_text(text, reader=chosen)
        if language_model is not None and text.text.strip():
            more, refused = _ask(language_model, text, found)
            notes += [f"{text.name}: {each}" for each in refused]
            found = _joined(found, more)
        drafts += [draft for draft in found if draft.confidence >= least]
        left_out += [draft.confidence for draft in found if draft.confidence < least]
    if not drafts:
        notes += _nothing_found(texts, left_out, least)
    return DraftRun(tuple(drafts), texts, chosen, tuple(notes))


def _nothing_found(texts: tuple[SourceText, ...], left_out: list[float], least: float) -> list[str]:
    """Return what was looked for, and what may have kept it from being found."""
    if left_out:
        return [f"{_counted(len(left_out), 'draft')} left out by --least {least:g}; the surest has {max(left_out):.2f}"]
    letters = sum(len(text.text) for text in texts)
    notes = [
        f"no statement was found in {letters:,} characters. Looked for: who said that an economy (or its firms) backfills, "
        "supplies, passes on, stops or buys goods of another, or tells of measures; in English and in Chinese"
    ]
    if not any(text.text.strip() for text in texts):
        return [
            *notes,
            "the text is empty: a PDF of pictures has none (stopgap claims texts import FILE shows what is read)",
        ]
    others = sorted({name for text in texts if (name := _script(text.text))})
    if others:
        return [*notes, f"much of it is in {' and '.join(others)} letters, which are not read: give a translation"]
    return [
        *notes,
        "a statement needs an economy by name, and words such as supply, export, sell, backfill, reroute; "
        "it can also be written by hand: stopgap claims register claim.yml",
    ]


def _script(text: str) -> str:
    """Return the script of a text that the reader does not know, if most of its letters are of it."""
    letters = [letter for letter in text[:20_000] if letter.isalpha()]
    for name, first, last in (
        ("Cyrillic", "\u0400", "\u04ff"),
        ("Arabic", "\u0600", "\u06ff"),
        ("Hangul", "\uac00", "\ud7a3"),
        ("Japanese", "\u3040", "\u30ff"),
        ("Greek", "\u0370", "\u03ff"),
        ("Hebrew", "\u0590", "\u05ff"),
    ):
        if sum(first <= letter <= last for letter in letters) * 4 > len(letters):
            return name
    return ""


def _counted(number: int, what: str) -> str:
    return f"{number} {what} is" if number == 1 else f"{number} {what}s are"


def draft_text(text: SourceText, *, reader: ReaderName = "network", propose: DraftReader | None = None) -> list[Draft]:
    """Draft the claims in one text with ``propose`` (default: the installed reader); offsets are in the stored text."""
    propose = load_reader() if propose is None else propose
    name = text.name if text.record is None else f"{text.name}#{text.record}"
    if text.kind not in ("html", "pdf"):
        return propose(text.text, name, text.meta, body_start=text.body_start, reader=reader)
    shown = readable(text.text, text.body_start)
    found = propose(shown.text, name, text.meta, reader=reader)
    return [_led_back(draft, shown.span) for draft in found]


def _led_back(draft: Draft, span: Any) -> Draft:
    start, end = span(draft.start, draft.end)
    evidence = dict(draft.evidence)
    for field, each in draft.evidence.items():
        if each.start is not None and each.end is not None:
            first, last = span(each.start, each.end)
            evidence[field] = replace(each, start=first, end=last)
    return replace(draft, start=start, end=end, evidence=evidence)


def _joined(found: list[Draft], more: tuple[Draft, ...]) -> list[Draft]:
    """Merge the reader's drafts with those of a language model that differ in content or position."""

    def is_same(one: Draft, other: Draft) -> bool:
        shared = min(one.end, other.end) - max(one.start, other.start)
        says = (one.actor, one.action, one.target) == (other.actor, other.action, other.target)
        return says and shared >= 0.5 * min(one.end - one.start, other.end - other.start)

    new = [draft for draft in more if not any(is_same(draft, other) for other in found)]
    return sorted([*found, *new], key=lambda draft: (draft.start, draft.end))


def _ask(command: str, text: SourceText, found: list[Draft]) -> tuple[tuple[Draft, ...], tuple[str, ...]]:
    try:
        arguments = shlex.split(command)
        answered = subprocess.run(
            arguments,
            input=json.dumps(request_for(text.text, text.name, text.meta, found), ensure_ascii=False),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=MOST_SECONDS,
            check=False,
        )
    except (OSError, ValueError, IndexError) as error:
        raise UsageError(
            f"the language model cannot be started: {error}",
            where=f"--language-model {command[:80]}",
            fix="name a program that reads a request on its standard input",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise InputError(
            f"the language model gave no answer within {MOST_SECONDS} seconds",
            where=text.name,
            fix="ask it about a shorter text",
        ) from error
    if answered.returncode != 0:
        raise InputError(
            f"the language model stopped with code {answered.returncode}",
            where=f"{text.name}: {answered.stderr.strip()[-200:]}",
            fix="run the program alone, with the request that docs/how-to/draft-claims.md shows",
        )
    reply = read_reply(answered.stdout, text.text, text.name)
    return reply.drafts, reply.refused
