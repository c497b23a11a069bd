"""The encoder as files: fitted weights into an ONNX graph, the vocabulary into a tokenizer, and the weights back out again.

    python packages/drafting/tools/encoder_files.py ARRAYS.npz

writes ``encoder.onnx`` and ``tokenizer.json`` beside the other data of the package from arrays as ``fit_draft_network.py`` has them. The graph
stores matrices in whole numbers of eight bits and word embeddings in four, each row with a scale of its own; onnxruntime widens
the matrices to 32-bit floats once, when it loads the graph, and works with floats from there on. Needs the package
``onnx``, which only this tool asks for.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DATA = Path(__file__).resolve().parents[1] / "src" / "stopgap_drafting" / "data"
ENCODER, TOKENIZER = DATA / "encoder.onnx", DATA / "tokenizer.json"
OPSET, IR_VERSION = 20, 10
HEADS = 12
EPSILON = 1e-12
"""Added to variances before the root is taken."""
NOT_WEIGHTS = ("layers", "vocabulary", "answers")
"""Arrays that are no weights: they become the graph's shape, the tokenizer and the graph's metadata."""
_HAN = "\\u3400-\\u9fff\\uf900-\\ufaff"
_BLANK = "\\s\\x1c-\\x1f"
_WORD = f"[{_HAN}]|(?:(?![{_HAN}])[\\p{{L}}\\p{{N}}])+|[^\\p{{L}}\\p{{N}}{_BLANK}]"
"""A Chinese character, a run of other letters and digits, or one mark."""
_LONGEST_WORD = 100
Arrays = Mapping[str, Any]


class _Graph:
    """Nodes and weights of a graph in the making."""

    def __init__(self, arrays: Arrays) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights = [
            numpy_helper.from_array(np.ascontiguousarray(array), name)
            for name, array in arrays.items()
            if name not in NOT_WEIGHTS
        ]

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """A node; returns the name of its output."""
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, value: Any, kind: Any = np.int64) -> str:
        """A constant; returns its name."""
        name = f"constant_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.array(value, kind), name))
        return name

    def linear(self, state: str, name: str) -> str:
        """``state @ matrix.T + bias``; the matrix is widened to floats, a constant that is worked out when the graph is loaded."""
        scale = self.add("Unsqueeze", f"{name}.scale", self.constant([1]))
        whole = self.add("Mul", self.add("Cast", name, to=TensorProto.FLOAT), scale)
        return self.add("Gemm", state, whole, f"{name}.bias", transB=1)

    def norm(self, state: str, name: str) -> str:
        """Layer normalisation."""
        return self.add("LayerNormalization", state, f"{name}.gain", f"{name}.bias", axis=-1, epsilon=EPSILON)

    def words(self) -> str:
        """Word embeddings: two halves of a byte are two numbers from -8 to 7, the low one first."""
        packed = self.add("Gather", "words", "pieces")
        low = self.add("BitwiseAnd", packed, self.constant(15, np.uint8))
        high = self.add("BitShift", packed, self.constant(4, np.uint8), direction="RIGHT")
        both = [self.add("Unsqueeze", half, self.constant([2])) for half in (low, high)]
        flat = self.add("Reshape", self.add("Concat", *both, axis=2), self.constant([0, -1]))
        centred = self.add("Sub", self.add("Cast", flat, to=TensorProto.FLOAT), self.constant(8, np.float32))
        scale = self.add("Unsqueeze", self.add("Gather", "words.scale", "pieces"), self.constant([1]))
        return self.add("Mul", centred, scale)

    def layer(self, state: str, number: int, width: int) -> str:
        """Self-attention and the feed-forward part, each added to what came in and normalised."""
        at = f"{number}."
        heads = self.constant([-1, 3, HEADS, width // HEADS])
        looked = self.add("Reshape", self.linear(state, at + "look"), heads)
        parts = [
            self.add("Squeeze", part, self.constant([1]))
            for part in self._split(self.add("Transpose", looked, perm=[2, 1, 0, 3]))
        ]
        query, key, value = parts
        scores = self.add("MatMul", query, self.add("Transpose", key, perm=[0, 2, 1]))
        seen = self.add("MatMul", self.add("Softmax", scores, axis=-1), value)
        flat = self.add("Reshape", self.add("Transpose", seen, perm=[1, 0, 2]), self.constant([-1, width]))
        state = self.norm(self.add("Add", state, self.linear(flat, at + "seen")), at + "norm1")
        up = self.add("Gelu", self.linear(state, at + "up"), approximate="tanh")
        return self.norm(self.add("Add", state, self.linear(up, at + "down")), at + "norm2")

    def _split(self, stacked: str) -> list[str]:
        names = [f"{part}_{len(self.nodes)}" for part in ("query", "key", "value")]
        self.nodes.append(
            helper.make_node("Split", [stacked], names, name=f"split_{len(self.nodes)}", axis=1, num_outputs=3)
        )
        return names


def graph_of(arrays: Arrays) -> onnx.ModelProto:
    """The graph: ``pieces`` and ``parts`` (0: what stands before, 1: the sentence) in; ``answers`` and ``points`` out.

    Args:
        arrays: By name, as ``fit_draft_network.py`` has them.

    Returns:
        A model whose answers are one row for the sentence, and whose points are one row for each piece.
    """
    width = int(arrays["parts"].shape[1])
    graph = _Graph(arrays)
    count = graph.add("Shape", "pieces")
    order = graph.add("Range", graph.constant(0), graph.add("Squeeze", count), graph.constant(1))
    state = graph.add("Add", graph.words(), graph.add("Gather", "places", order))
    state = graph.norm(graph.add("Add", state, graph.add("Gather", "parts", "segments")), "norm")
    for number in range(int(arrays["layers"])):
        state = graph.layer(state, number, width)
    own = graph.add("Unsqueeze", graph.add("Cast", "segments", to=TensorProto.FLOAT), graph.constant([1]))
    total = graph.add("ReduceSum", graph.add("Mul", state, own), graph.constant([0]), keepdims=0)
    mean = graph.add("Div", total, graph.add("ReduceSum", own, graph.constant([0, 1]), keepdims=0))
    first = graph.add("Gather", state, graph.constant(0), axis=0)
    pooled = graph.add("Concat", first, mean, axis=0)
    head = graph.add("Transpose", "head", perm=[1, 0])
    answers = graph.add("Add", graph.add("MatMul", pooled, head), "head.bias")
    points = graph.add("MatMul", state, graph.add("Transpose", "point", perm=[1, 0]))
    graph.nodes += [
        helper.make_node("Identity", [answers], ["answers"]),
        helper.make_node("Identity", [points], ["points"]),
    ]
    made = helper.make_graph(
        graph.nodes,
        "encoder",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["count"]) for name in ("pieces", "segments")],
        [
            helper.make_tensor_value_info("answers", TensorProto.FLOAT, [int(arrays["head"].shape[0])]),
            helper.make_tensor_value_info("points", TensorProto.FLOAT, ["count", int(arrays["point"].shape[0])]),
        ],
        graph.weights,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    helper.set_model_props(model, {"answers": text_of(arrays["answers"])})
    onnx.checker.check_model(model, full_check=True)
    return model


def tokenizer_of(vocabulary: Sequence[str]) -> dict[str, Any]:
    """The tokenizer as the package ``tokenizers`` reads it: WordPiece on small letters without accents.

    Args:
        vocabulary: Pieces in order of their numbers; those that go on within a word begin with ``##``.
    """
    keep = {"type": "Split", "pattern": {"Regex": _WORD}, "behavior": "Removed", "invert": True}
    small = [
        {"type": "Lowercase"},
        {"type": "NFD"},
        {"type": "Replace", "pattern": {"Regex": f"[\\p{{Mn}}\\p{{Cc}}\\p{{Cf}}&&[^{_BLANK}]]"}, "content": ""},
    ]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Sequence", "normalizers": small},
        "pre_tokenizer": keep,
        "post_processor": None,
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": _LONGEST_WORD,
            "vocab": {piece: number for number, piece in enumerate(vocabulary)},
        },
    }


def write_encoder(arrays: Arrays, encoder: Path = ENCODER, tokenizer: Path = TOKENIZER) -> None:
    """Write both files.

    Args:
        arrays: By name, as ``fit_draft_network.py`` has them.
        encoder: Where the graph goes.
        tokenizer: Where the tokenizer goes.
    """
    encoder.write_bytes(graph_of(arrays).SerializeToString(deterministic=True))
    pieces = text_of(arrays["vocabulary"]).split("\n")
    tokenizer.write_text(json.dumps(tokenizer_of(pieces), ensure_ascii=False) + "\n", "utf-8")


def read_encoder(encoder: Path = ENCODER) -> dict[str, Any]:
    """The weights of a written graph by name, for fitting them further."""
    return {
        each.name: numpy_helper.to_array(each)
        for each in onnx.load(encoder).graph.initializer
        if not each.name.startswith("constant_")
    }


def text_of(letters: np.ndarray[Any, Any]) -> str:
    """Text that is kept as an array of bytes."""
    return letters.tobytes().decode("utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("arrays", type=Path)
    write_encoder(dict(np.load(parser.parse_args().arrays, allow_pickle=False)))
    for path in (ENCODER, TOKENIZER):
        print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
