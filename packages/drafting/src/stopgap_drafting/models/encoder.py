"""The encoder: a small transformer that reads a sentence with what stands before it, and scores what it may say.

The layers of all-MiniLM-L6-v2 (MiniLM: Wang et al. 2020), fitted further on the labels that may be tuned on by
``tools/fit_draft_network.py``. ``encoder.onnx`` holds its weights in whole numbers of eight bits (of four for words), each row
with a scale; onnxruntime works it out, and ``tokenizers`` cuts words into the pieces of ``tokenizer.json`` (docs/adr/0023-drafting-package.md).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import Any, cast

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from stopgap_drafting.models.encoder_input import EncoderInput, Place

MOST_BEFORE = 80
"""Pieces before a sentence that are read, the last ones."""
SENTENCE, MOST_SENTENCE = 900, 96
"""Characters and pieces of the sentence, the first ones."""
START, END = "[CLS]", "[SEP]"
"""Pieces that mark the start of what is read, and the end of each of its parts."""
_DECIMALS = 3
"""Of each score, so that the order of sums on another processor changes nothing that matters."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_ERRORS_ALONE = 3
"""Of onnxruntime's levels of messages."""

THREADS = 1
"""That work out one sentence: it is so short that a second one gains little and keeps a core busy with waiting."""

Floats = np.ndarray[Any, np.dtype[Any]]
Piece = tuple[int, int, int]
"""Number of a piece, and from where to where its word stands."""


@dataclass(frozen=True)
class EncoderOutput:
    """What the encoder takes a sentence for.

    Attributes:
        claim: Log odds that it makes a claim.
        action: Log likelihood of each action, were it one.
        stance: Of each stance.
        actor: Of each actor that is often meant, as claims code it; ``OTHER`` and ``companies:OTHER`` for all else.
        target: Of each target, and ``OTHER``.
        passed_on: Log odds that another's words are passed on.
        goods: Log odds of each group of goods.
        places: Where the words of each piece that was read stand; of marks nowhere.
        actor_at: Log likelihood that a piece is of the name of the actor; the first: that nothing names it.
        source_at: Of the words for whoever says so; the first: whose turn it is; that of :attr:`elsewhere`: one who is named further back.
        elsewhere: Number of the mark after what says who speaks.
    """

    claim: float
    action: Mapping[str, float]
    stance: Mapping[str, float]
    actor: Mapping[str, float]
    target: Mapping[str, float]
    passed_on: float
    goods: Mapping[str, float]
    places: tuple[Place, ...]
    actor_at: tuple[float, ...]
    source_at: tuple[float, ...]
    elsewhere: int

    def actor_named(self, places: Sequence[Place]) -> float:
        """Log likelihood that the actor is named at one of some places; if none was read, that nothing names it."""
        return _least_one(self.actor_at, pieces_at(self.places, places) or [0])

    def source_named(self, place: Place | None) -> float:
        """Log likelihood that whoever says so is named at a place; if that was not read, further back."""
        found = [] if place is None else pieces_at(self.places, [place])
        return _least_one(self.source_at, found or [self.elsewhere])


def pieces_at(pieces: Sequence[Place], places: Sequence[Place]) -> list[int]:
    """Numbers of the pieces whose words stand at some places; marks stand nowhere."""
    return [
        number
        for number, (start, end) in enumerate(pieces)
        if any(start < last and first < end for first, last in places)
    ]


def mark_after_kind(lead: Sequence[Piece], end: int) -> int:
    """Number of the mark after what says who speaks.

    Args:
        lead: Pieces that stand before a sentence.
        end: Number of the piece that marks an end.
    """
    return next(at for at, (number, *_) in enumerate(lead) if number == end)


def _least_one(likelihoods: Sequence[float], which: Sequence[int]) -> float:
    most = max(likelihoods[number] for number in which)
    return most + math.log(sum(math.exp(likelihoods[number] - most) for number in which))


@lru_cache(maxsize=2048)
def tell(passage: EncoderInput) -> EncoderOutput:
    """What the encoder takes a sentence for; it knows English."""
    return _encoder().tell(passage)


class WordPieces:
    """Cuts text into the pieces that the encoder knows.

    Args:
        tokenizer: As ``tools/encoder_files.py`` writes it, in JSON.
    """

    def __init__(self, tokenizer: str) -> None:
        self._tokenizer = Tokenizer.from_str(tokenizer)
        self.start, self.end = (self._number_of(mark) for mark in (START, END))

    def _number_of(self, piece: str) -> int:
        number = self._tokenizer.token_to_id(piece)
        assert number is not None, f"{piece} is no piece"
        return number

    def __call__(self, text: str) -> list[int]:
        """Numbers of the pieces of a text in order."""
        return [number for number, *_ in self.placed(text)]

    def placed(self, text: str, start: int = 0) -> list[Piece]:
        """Numbers of the pieces, and from where to where the words that they are of stand.

        Args:
            text: The text.
            start: Of its first character.
        """
        cut = self._tokenizer.encode(_SURROGATE.sub("\ufffd", text), add_special_tokens=False)
        words = [word or 0 for word in cut.word_ids]  # None only for marks, which are not added here
        spans: dict[int, tuple[int, int]] = {}
        for word, (first, last) in zip(words, cut.offsets, strict=True):
            begun, ended = spans.get(word, (first, last))
            spans[word] = (min(begun, first), max(ended, last))
        return [
            (number, start + spans[word][0], start + spans[word][1])
            for number, word in zip(cut.ids, words, strict=True)
        ]


class Encoder:
    """The graph and its pieces.

    Args:
        graph: As ``tools/encoder_files.py`` writes it, or where it lies, which takes less memory.
        tokenizer: Likewise, in JSON.
    """

    def __init__(self, graph: bytes | str, tokenizer: str) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ERRORS_ALONE
        options.intra_op_num_threads = THREADS
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._answers: list[tuple[str, list[str]]] = []
        for line in self._session.get_modelmeta().custom_metadata_map["answers"].split("\n"):
            name, _, answers = line.partition(" ")
            self._answers.append((name, answers.split()))
        self.pieces = WordPieces(tokenizer)

    def tell(self, passage: EncoderInput) -> EncoderOutput:
        """As :func:`tell`."""
        lead, own = read(passage, self.pieces)
        values, points = self.scores([number for number, *_ in lead], [number for number, *_ in own])
        told: dict[str, Any] = {}
        at = 0
        for name, answers in self._answers:
            here = values[at : at + max(1, len(answers))]
            at += len(here)
            if not answers:
                told[name] = round(float(here[0]), _DECIMALS)
                continue
            told[name] = dict(zip(answers, _rounded(here if name == "goods" else _logs(here)), strict=True))
        actor_at, source_at = (_rounded(_logs(each)) for each in points.T)
        places = tuple((start, end) for _, start, end in (*lead, *own))
        elsewhere = mark_after_kind(lead, self.pieces.end)
        return EncoderOutput(**told, places=places, actor_at=actor_at, source_at=source_at, elsewhere=elsewhere)

    def scores(self, lead: Sequence[int], own: Sequence[int]) -> tuple[Floats, Floats]:
        """Log odds of each answer, and for each piece log odds that it is pointed at.

        Args:
            lead: Numbers of the pieces that stand before the sentence, with their marks.
            own: Of those of the sentence.

        Returns:
            Answers of shape ``(answers,)``, points of shape ``(pieces, 2)``.
        """
        given = {
            "pieces": np.array([*lead, *own], np.int64),
            "segments": np.repeat(np.array([0, 1], np.int64), [len(lead), len(own)]),
        }
        answers, points = self._session.run(("answers", "points"), given)
        return cast(Floats, answers), cast(Floats, points)


def read(passage: EncoderInput, pieces: WordPieces) -> tuple[list[Piece], list[Piece]]:
    """Pieces of what stands before a sentence, and of itself, with their marks; each with where it stands."""
    first = passage.start - len(passage.before)
    start, end = (pieces.start, 0, 0), (pieces.end, 0, 0)
    kind = [(number, 0, 0) for number in pieces(passage.kind)]
    before = pieces.placed(passage.before, first)[-MOST_BEFORE:]
    own = pieces.placed(passage.sentence[:SENTENCE], passage.start)[:MOST_SENTENCE]
    return [start, *kind, end, *before, end], [*own, end]


def _logs(values: Floats) -> Floats:
    """Log likelihoods of log odds."""
    off = values - values.max()
    out: Floats = off - np.log(np.exp(off).sum())
    return out


def _rounded(values: Floats) -> tuple[float, ...]:
    return tuple(round(float(value), _DECIMALS) for value in values)


@cache
def _encoder() -> Encoder:
    data = files("stopgap_drafting") / "data"
    with as_file(data / "encoder.onnx") as graph:
        return Encoder(str(graph), (data / "tokenizer.json").read_text("utf-8"))
