"""A small network that reads a sentence with what stands before it, and tells what it takes it to say.

The layers of all-MiniLM-L6-v2 (MiniLM: Wang et al. 2020), fitted further on the labels that may be tuned on by
``tools/fit_draft_network.py``; numpy alone works it out (docs/adr/0018-network.md). ``network.npz`` holds its weights in whole
numbers of eight bits (of four for words), each row with a scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from stopgap.claims.drafting.word_pieces import END, START, WordPieces

MOST_BEFORE = 60
"""Pieces before a sentence that are read, the last ones."""
SENTENCE, MOST_SENTENCE = 900, 96
"""Characters and pieces of the sentence, the first ones."""
HEADS = 12
_LEAST_VARIANCE = 1e-12
_DECIMALS = 3
"""Of what is told, so that the order of sums in a library changes nothing that matters."""

Floats = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Told:
    """What the network takes a sentence for.

    Attributes:
        claim: Log odds that it makes a claim.
        action: Log likelihood of each action, were it one.
        stance: Of each stance.
        actor: Of each economy that is often meant, ``ANY``, ``THIRD``, and ``OTHER`` for all else.
        firms: Log odds that firms are the actor.
        target: Log likelihood of each target, and ``OTHER``.
        passed_on: Log odds that another's words are passed on.
        goods: Log odds of each group of goods.
    """

    claim: float
    action: Mapping[str, float]
    stance: Mapping[str, float]
    actor: Mapping[str, float]
    firms: float
    target: Mapping[str, float]
    passed_on: float
    goods: Mapping[str, float]


@lru_cache(maxsize=2048)
def tell(before: str, sentence: str) -> Told:
    """What the network takes a sentence for; it knows English.

    Args:
        before: What stands before it in the text; its end is read.
        sentence: Its words.
    """
    return _network().tell(before, sentence)


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
        self._answers: list[tuple[str, list[str]]] = []
        for line in _text(arrays["answers"]).split("\n"):
            name, _, answers = line.partition(" ")
            self._answers.append((name, answers.split()))
        self.pieces = WordPieces(_text(arrays["vocabulary"]).split("\n"))

    def tell(self, before: str, sentence: str) -> Told:
        """As :func:`tell`."""
        lead = [START, *self.pieces(before)[-MOST_BEFORE:], END]
        read = [*self.pieces(sentence[:SENTENCE])[:MOST_SENTENCE], END]
        values = self._values(lead, read)
        told: dict[str, Any] = {}
        at = 0
        for name, answers in self._answers:
            here = values[at : at + max(1, len(answers))]
            at += len(here)
            if not answers:
                told[name] = round(float(here[0]), _DECIMALS)
                continue
            if name != "goods":
                here = here - here.max()
                here = here - np.log(np.exp(here).sum())
            told[name] = {answer: round(float(v), _DECIMALS) for answer, v in zip(answers, here, strict=True)}
        return Told(**told)

    def _values(self, lead: list[int], read: list[int]) -> Floats:
        """The last layer's answers: of the first piece, and of the sentence's pieces on average."""
        pieces = np.array([*lead, *read])
        packed = self._words[pieces]
        words = np.empty((len(pieces), 2 * packed.shape[1]), np.float32)
        words[:, 0::2] = (packed & 15).astype(np.int8) - 8
        words[:, 1::2] = (packed >> 4).astype(np.int8) - 8
        words *= self._word_scales[pieces][:, None]
        parts = np.repeat(self._parts, [len(lead), len(read)], axis=0)
        state = _normed(words + self._places[: len(pieces)] + parts, *self._norm)
        for layer in self._layers:
            state = layer(state)
        pooled = np.concatenate([state[0], state[len(lead) :].mean(axis=0)])
        values: Floats = pooled @ self._head + self._head_bias
        return values


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
    with (files("stopgap.claims.drafting") / "network.npz").open("rb") as file:
        return Network(dict(np.load(file, allow_pickle=False)))
