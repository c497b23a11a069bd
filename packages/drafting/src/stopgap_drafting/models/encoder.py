"""A small network that reads a sentence with what stands before it, and tells what it takes it to say.

The layers of all-MiniLM-L6-v2 (MiniLM: Wang et al. 2020), fitted further on the labels that may be tuned on by
``tools/fit_draft_network.py``; numpy alone works it out (docs/adr/0018-network.md). ``network.npz`` holds its weights in whole
numbers of eight bits (of four for words), each row with a scale.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from stopgap_drafting.models.encoder_input import Passage, Place
from stopgap_drafting.models.word_pieces import END, START, WordPieces

MOST_BEFORE = 80
"""Pieces before a sentence that are read, the last ones."""
SENTENCE, MOST_SENTENCE = 900, 96
"""Characters and pieces of the sentence, the first ones."""
HEADS = 12
_LEAST_VARIANCE = 1e-12
_DECIMALS = 3
"""Of what is told, so that the order of sums in a library changes nothing that matters."""

Floats = np.ndarray[Any, np.dtype[Any]]
Piece = tuple[int, int, int]
"""Number of a piece, and from where to where its word stands."""


@dataclass(frozen=True)
class Told:
    """What the network takes a sentence for.

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


def mark_after_kind(lead: Sequence[Piece]) -> int:
    """Number of the mark after what says who speaks."""
    return next(at for at, (number, *_) in enumerate(lead) if number == END)


def _least_one(likelihoods: Sequence[float], which: Sequence[int]) -> float:
    most = max(likelihoods[number] for number in which)
    return most + math.log(sum(math.exp(likelihoods[number] - most) for number in which))


@lru_cache(maxsize=2048)
def tell(passage: Passage) -> Told:
    """What the network takes a sentence for; it knows English."""
    return _network().tell(passage)


class Network:
    """The network and its words.

    Args:
        arrays: By name, as ``tools/fit_draft_network.py`` writes them.
    """

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self._words, self._word_scales = arrays["words"], arrays["words.scale"]
        self._places, self._parts = arrays["places"], arrays["parts"]
        self._norm = (arrays["norm.gain"], arrays["norm.bias"])
        self._layers = [_Layer(arrays, f"{number}.") for number in range(int(arrays["layers"]))]
        self._head, self._head_bias = arrays["head"].T.copy(), arrays["head.bias"]
        self._point = arrays["point"].T.copy()
        self._answers: list[tuple[str, list[str]]] = []
        for line in _text(arrays["answers"]).split("\n"):
            name, _, answers = line.partition(" ")
            self._answers.append((name, answers.split()))
        self.pieces = WordPieces(_text(arrays["vocabulary"]).split("\n"))

    def tell(self, passage: Passage) -> Told:
        """As :func:`tell`."""
        lead, own = read(passage, self.pieces)
        state = self._state([number for number, *_ in lead], [number for number, *_ in own])
        pooled = np.concatenate([state[0], state[len(lead) :].mean(axis=0)])
        values = pooled @ self._head + self._head_bias
        told: dict[str, Any] = {}
        at = 0
        for name, answers in self._answers:
            here = values[at : at + max(1, len(answers))]
            at += len(here)
            if not answers:
                told[name] = round(float(here[0]), _DECIMALS)
                continue
            told[name] = dict(zip(answers, _rounded(here if name == "goods" else _logs(here)), strict=True))
        actor_at, source_at = (_rounded(_logs(each)) for each in (state @ self._point).T)
        places = tuple((start, end) for _, start, end in (*lead, *own))
        return Told(
            **told, places=places, actor_at=actor_at, source_at=source_at, elsewhere=mark_after_kind(lead)
        )

    def _state(self, lead: list[int], own: list[int]) -> Floats:
        """What the last layer makes of each piece."""
        pieces = np.array([*lead, *own])
        packed = self._words[pieces]
        words = np.empty((len(pieces), 2 * packed.shape[1]), np.float32)
        words[:, 0::2] = (packed & 15).astype(np.int8) - 8
        words[:, 1::2] = (packed >> 4).astype(np.int8) - 8
        words *= self._word_scales[pieces][:, None]
        parts = np.repeat(self._parts, [len(lead), len(own)], axis=0)
        state = _normed(words + self._places[: len(pieces)] + parts, *self._norm)
        for layer in self._layers:
            state = layer(state)
        return state


def read(passage: Passage, pieces: WordPieces) -> tuple[list[Piece], list[Piece]]:
    """Pieces of what stands before a sentence, and of itself, with their marks; each with where it stands."""
    first = passage.start - len(passage.before)
    kind = [(number, 0, 0) for number in pieces(passage.kind)]
    before = pieces.placed(passage.before, first)[-MOST_BEFORE:]
    own = pieces.placed(passage.sentence[:SENTENCE], passage.start)[:MOST_SENTENCE]
    end = (END, 0, 0)
    return [(START, 0, 0), *kind, end, *before, end], [*own, end]


def _logs(values: Floats) -> Floats:
    """Log likelihoods of log odds."""
    off = values - values.max()
    out: Floats = off - np.log(np.exp(off).sum())
    return out


def _rounded(values: Floats) -> tuple[float, ...]:
    return tuple(round(float(value), _DECIMALS) for value in values)


class _Layer:
    """One layer: each piece looks at the others, then is worked on by itself."""

    def __init__(self, arrays: Mapping[str, Any], prefix: str) -> None:
        def matrix(name: str) -> tuple[Floats, Floats]:
            whole = arrays[prefix + name].astype(np.float32) * arrays[prefix + name + ".scale"][:, None]
            return np.ascontiguousarray(whole.T), arrays[prefix + name + ".bias"]

        self._look, self._seen = matrix("look"), matrix("seen")
        self._up, self._down = matrix("up"), matrix("down")
        self._norms = [(arrays[f"{prefix}{n}.gain"], arrays[f"{prefix}{n}.bias"]) for n in ("norm1", "norm2")]

    def __call__(self, state: Floats) -> Floats:
        count, width = state.shape
        looked = (state @ self._look[0] + self._look[1]).reshape(count, 3, HEADS, width // HEADS)
        asking, answering, giving = looked.transpose(1, 2, 0, 3)
        weights = asking @ answering.transpose(0, 2, 1)
        weights -= weights.max(axis=-1, keepdims=True)
        np.exp(weights, out=weights)
        weights /= weights.sum(axis=-1, keepdims=True)
        seen = (weights @ giving).transpose(1, 0, 2).reshape(count, width)
        state = _normed(state + seen @ self._seen[0] + self._seen[1], *self._norms[0])
        up = state @ self._up[0] + self._up[1]
        up *= 0.5 * (1 + np.tanh(0.7978845608 * (up + 0.044715 * up * up * up)))
        return _normed(state + up @ self._down[0] + self._down[1], *self._norms[1])


def _normed(state: Floats, gain: Floats, bias: Floats) -> Floats:
    off = state - state.mean(axis=-1, keepdims=True)
    spread = np.sqrt((off * off).mean(axis=-1, keepdims=True) + np.float32(_LEAST_VARIANCE))
    out: Floats = off / spread * gain + bias
    return out


def _text(letters: np.ndarray[Any, Any]) -> str:
    return letters.tobytes().decode("utf-8")


@cache
def _network() -> Network:
    with (files("stopgap_drafting") / "data" / "network.npz").open("rb") as file:
        return Network(dict(np.load(file, allow_pickle=False)))
