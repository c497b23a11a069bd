"""The network that reads likely sentences: its words, its arithmetic, and its part in a draft."""

from __future__ import annotations

import json
import math
from importlib.resources import files
from pathlib import Path

import numpy as np
import onnx
import pytest
from encoder_files import HEADS, graph_of, read_encoder, tokenizer_of, write_encoder

from stopgap.claims.drafting.run import draft_files
from stopgap_drafting.annotate import annotate_sentence
from stopgap_drafting.models import ensemble
from stopgap_drafting.models.encoder import MOST_BEFORE, Encoder, EncoderOutput, WordPieces, tell
from stopgap_drafting.models.encoder_input import EncoderInput, encoder_input_of
from stopgap_drafting.propose import propose
from stopgap_drafting.text.segments import sentences, turns

VOCABULARY = [f"[{number}]" for number in range(100)] + [
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "china",
    "drone",
    "##s",
    "send",
    "##ing",
    "e",
    "[",
    "中",
    ".",
]
UNKNOWN = VOCABULARY.index("[UNK]")
BRIEFING = "MR. KORBY:  We have seen China give Russia the machine tools that it needs for its tanks.\n"


def small_pieces() -> WordPieces:
    return WordPieces(json.dumps(tokenizer_of(VOCABULARY)))


def test_words_are_the_longest_pieces_that_are_known() -> None:
    pieces = small_pieces()
    assert [VOCABULARY[n] for n in pieces("China  sending\nDrones.")] == ["china", "send", "##ing", "drone", "##s", "."]
    assert pieces("é") == pieces("E\u0301") == [VOCABULARY.index("e")]
    assert pieces("中中") == [VOCABULARY.index("中")] * 2
    assert pieces("sendy " + "send" * 100) == [UNKNOWN, UNKNOWN]
    assert pieces("") == pieces(" \u200b\x00 ") == []


def small_encoder(seed: int) -> Encoder:
    arrays = small_network(seed)
    return Encoder(graph_of(arrays).SerializeToString(), json.dumps(tokenizer_of(VOCABULARY)))


def small_network(seed: int, width: int = 24, wide: int = 40) -> dict[str, np.ndarray]:
    """Arrays of a network of two layers, as the tool that fits one writes them."""
    draw = np.random.default_rng(seed)

    def numbers(*shape: int) -> np.ndarray:
        return draw.normal(0, 0.5, shape).astype(np.float32)

    answers = "claim\naction a b\nstance s t\nactor X OTHER\ntarget Y OTHER\npassed_on\ngoods g h"
    out = {
        "layers": np.array(2), "words": draw.integers(0, 256, (len(VOCABULARY), width // 2), dtype=np.uint8),
        "words.scale": np.abs(numbers(len(VOCABULARY))), "places": numbers(200, width), "parts": numbers(2, width),
        "norm.gain": numbers(width), "norm.bias": numbers(width), "head": numbers(12, 2 * width), "head.bias": numbers(12),
        "point": numbers(2, width),
        "vocabulary": np.frombuffer("\n".join(VOCABULARY).encode(), np.uint8), "answers": np.frombuffer(answers.encode(), np.uint8),
    }  # fmt: skip
    for layer in range(2):
        for name, rows, columns in (("look", 3 * width, width), ("seen", width, width), ("up", wide, width), ("down", width, wide)):  # fmt: skip
            out[f"{layer}.{name}"] = draw.integers(-127, 128, (rows, columns), dtype=np.int8)
            out[f"{layer}.{name}.scale"] = np.abs(numbers(rows)) / 100
            out[f"{layer}.{name}.bias"] = numbers(rows)
        for norm in ("norm1", "norm2"):
            out[f"{layer}.{norm}.gain"], out[f"{layer}.{norm}.bias"] = numbers(width), numbers(width)
    return out


def worked_out(
    arrays: dict[str, np.ndarray], lead: list[int], read: list[int]
) -> tuple[list[float], list[list[float]]]:
    """Answers, and what points at each piece, by the definitions, piece by piece in floats of Python."""
    width = arrays["parts"].shape[1]

    def normed(vector: list[float], name: str) -> list[float]:
        mean = sum(vector) / width
        spread = math.sqrt(sum((v - mean) ** 2 for v in vector) / width + 1e-12)
        gain, bias = arrays[f"{name}.gain"].tolist(), arrays[f"{name}.bias"].tolist()
        return [(v - mean) / spread * g + b for v, g, b in zip(vector, gain, bias, strict=True)]

    def linear(vector: list[float], name: str) -> list[float]:
        rows, scales, bias = (arrays[name + end].tolist() for end in ("", ".scale", ".bias"))
        return [
            scale * math.fsum(w * v for w, v in zip(row, vector, strict=True)) + b
            for row, scale, b in zip(rows, scales, bias, strict=True)
        ]

    def added(*vectors: list[float]) -> list[float]:
        return [sum(each) for each in zip(*vectors, strict=True)]

    state = []
    for place, piece in enumerate([*lead, *read]):
        packed = arrays["words"][piece].tolist()
        word = [arrays["words.scale"][piece].item() * (half - 8) for both in packed for half in (both & 15, both >> 4)]
        part = arrays["parts"][int(place >= len(lead))].tolist()
        state.append(normed(added(word, arrays["places"][place].tolist(), part), "norm"))
    size = width // HEADS
    for layer in range(2):
        looked = [linear(vector, f"{layer}.look") for vector in state]
        after = []
        for one, vector in zip(looked, state, strict=True):
            seen: list[float] = []
            for head in range(HEADS):
                asking = one[head * size : (head + 1) * size]
                raised = [
                    math.exp(math.fsum(a * b for a, b in zip(asking, other[width + head * size :][:size], strict=True)))
                    for other in looked
                ]
                seen += [
                    math.fsum(w * other[2 * width + head * size + k] for w, other in zip(raised, looked, strict=True))
                    / sum(raised)
                    for k in range(size)
                ]
            vector = normed(added(vector, linear(seen, f"{layer}.seen")), f"{layer}.norm1")
            up = linear(vector, f"{layer}.up")
            up = [u * 0.5 * (1 + math.tanh(math.sqrt(2 / math.pi) * (u + 0.044715 * u**3))) for u in up]
            after.append(normed(added(vector, linear(up, f"{layer}.down")), f"{layer}.norm2"))
        state = after
    own = state[len(lead) :]
    pooled = [*state[0], *(sum(each) / len(own) for each in zip(*own, strict=True))]
    answers = [
        math.fsum(w * v for w, v in zip(row, pooled, strict=True)) + b
        for row, b in zip(arrays["head"].tolist(), arrays["head.bias"].tolist(), strict=True)
    ]
    points = [
        [math.fsum(w * v for w, v in zip(row, each, strict=True)) for each in state] for row in arrays["point"].tolist()
    ]
    return answers, points


@pytest.mark.parametrize("seed", range(4))
def test_it_tells_what_its_definition_gives(seed: int) -> None:
    arrays = small_network(seed)
    told = small_encoder(seed).tell(EncoderInput("e", "China. 中", "sending drones.", 8))
    pieces = small_pieces()
    lead, read = [101, *pieces("e"), 102, *pieces("China. 中"), 102], [*pieces("sending drones."), 102]
    values, points = worked_out(arrays, lead, read)
    assert told.claim == pytest.approx(values[0], abs=2e-3)
    assert told.passed_on == pytest.approx(values[9], abs=2e-3)
    assert list(told.goods.values()) == pytest.approx(values[10:], abs=2e-3)
    assert told.action["a"] - told.action["b"] == pytest.approx(values[1] - values[2], abs=3e-3)
    for chances in (told.action, told.stance, told.actor, told.target):
        assert sum(map(math.exp, chances.values())) == pytest.approx(1, abs=2e-3)
    for found, given in zip((told.actor_at, told.source_at), points, strict=True):
        whole = math.log(math.fsum(map(math.exp, given)))
        assert found == pytest.approx([each - whole for each in given], abs=3e-3)
    assert told.elsewhere == 2
    assert told.actor_named([(8, 15), (16, 22)]) == pytest.approx(
        math.log(sum(math.exp(told.actor_at[at]) for at in (7, 8, 9, 10))), abs=1e-6
    )


def test_the_files_give_back_the_weights_they_were_made_of(tmp_path: Path) -> None:
    arrays = small_network(3)
    write_encoder(arrays, tmp_path / "encoder.onnx", tmp_path / "tokenizer.json")
    found = read_encoder(tmp_path / "encoder.onnx")
    weights = set(arrays) - {"layers", "vocabulary", "answers"}
    assert set(found) == weights
    assert all((found[name] == arrays[name]).all() for name in weights)
    again = Encoder((tmp_path / "encoder.onnx").read_bytes(), (tmp_path / "tokenizer.json").read_text("utf-8"))
    passage = EncoderInput("e", "China. 中", "sending drones.", 8)
    assert again.tell(passage) == small_encoder(3).tell(passage)


def test_the_stored_encoder_is_small_and_whole() -> None:
    data = files("stopgap_drafting") / "data"
    assert len((data / "encoder.onnx").read_bytes()) < 18e6
    kinds = {
        each.data_type
        for each in onnx.load_from_string((data / "encoder.onnx").read_bytes()).graph.initializer
        if len(each.dims) == 2 and each.dims[0] > 200
    }
    assert kinds == {onnx.TensorProto.INT8, onnx.TensorProto.UINT8}, "large matrices are whole numbers"


def test_what_names_nobody_points_at_marks() -> None:
    told = small_encoder(1).tell(EncoderInput("e", "China. 中", "sending drones.", 8))
    assert told.actor_named([]) == told.actor_named([(400, 405)]) == told.actor_at[0]
    assert told.source_named(None) == told.source_named((400, 405)) == told.source_at[told.elsewhere]
    assert told.source_named((0, 5)) == pytest.approx(told.source_at[3])


def test_pieces_know_where_their_words_stand() -> None:
    pieces = small_pieces()
    text = "China–sending\n Drones. E\u0301中"
    placed = pieces.placed(text, 10)
    assert [number for number, *_ in placed] == pieces(text)
    assert [text[start - 10 : end - 10] for _, start, end in placed] == [
        "China", "–", "sending", "sending", "Drones", "Drones", ".", "E", "中",
    ]  # fmt: skip


def test_a_passage_tells_where_economies_are_named() -> None:
    text = "Beijing and Tehran help Moscow.  Is it true that the Chinese do?"
    reads = [annotate_sentence(piece) for piece in sentences(text, turns(text, 0))]
    passage = encoder_input_of(text, reads, 1, "Question")
    assert passage.before + passage.sentence == text
    assert [text[start:end] for start, end in passage.places("CHN")] == ["Chinese", "Beijing"]
    assert passage.places("IND") == []
    assert encoder_input_of(text, reads, 0, "Answer").places("RUS") == [(24, 30)]


def test_it_reads_the_end_of_what_stands_before() -> None:
    words = "The President spoke with his friends. " * 30
    sentence = "China has given Russia chips."

    def claim(before: str) -> float:
        return tell(EncoderInput("Answer", before, sentence, len(before))).claim

    assert claim("Iran and drones. " + words) == claim(words)
    assert claim(words + "Iran has drones.") != claim(words)
    assert len(words.split()) > MOST_BEFORE


def of_briefing(sentence: str) -> EncoderOutput:
    return tell(EncoderInput("Answer", "MR. KORBY:  ", sentence, 12))


def test_it_knows_a_claim_when_it_reads_one() -> None:
    claim = of_briefing("China is giving Russia machine tools and chips that it puts into missiles.")
    other = of_briefing("The President will travel to Ohio on Friday to speak of schools.")
    assert claim.claim > 2 > -2 > other.claim
    assert max(claim.actor, key=claim.actor.__getitem__) == "CHN"
    assert max(claim.target, key=claim.target.__getitem__) == "RUS"
    assert claim.goods["machine-tools"] > 0 > claim.goods["energy"]


def test_a_draft_says_what_the_network_says() -> None:
    by_rules, with_network = (propose(BRIEFING, "b.md", {}, reader=reader) for reader in ("rules", "network"))
    assert "network" not in by_rules[0].evidence["claim"].words
    assert "network +" in with_network[0].evidence["claim"].words


def test_it_reads_so_many_sentences_of_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stopgap_drafting.drafter.MOST_READ", 2)
    text = "".join(f"China sent {number} drones to Russia. " for number in range(1, 6))
    found = propose(text, "b.md", {}, reader="network")
    assert ["network" in draft.evidence["claim"].words for draft in found] == [True, True, False, False, False]


def test_the_network_reads_the_gloss_of_chinese() -> None:
    text = "俄罗斯从中国进口机床。中方向俄罗斯提供无人机零部件。\n"
    found = propose(text, "zh.txt", {}, reader="network")
    assert found
    assert all("network" in draft.evidence["claim"].words for draft in found)


def test_the_network_reads_unless_another_is_asked_for(tmp_path) -> None:
    path = tmp_path / "briefing.md"
    path.write_text(BRIEFING, "utf-8")
    assert [draft_files([path], reader=reader).reader for reader in ("auto", "rules")] == ["network", "rules"]
    assert draft_files([path]).drafts == draft_files([path], reader="network").drafts


def test_likelihoods_are_joined_and_sum_to_one() -> None:
    told = of_briefing("China has not given Russia any weapons.")
    joined = ensemble.answers({"assertion": 0.6, "denial": 0.4}, told.stance)
    assert sum(joined.values()) == pytest.approx(1)
    assert joined["denial"] > 0.4
    assert ensemble.answers({"assertion": 0.6, "denial": 0.4}, None) == {"assertion": 0.6, "denial": 0.4}
    assert ensemble.claim(0.3, None) == 0.3
    assert ensemble.actor("CHN", 1.0, told, [(12, 17)]) > ensemble.actor("IRN", 1.0, told, [])
    assert ensemble.actor("CHN", 1.0, told, [(12, 17)]) > ensemble.actor("companies:CHN", 1.0, told, [(12, 17)])


def test_who_gives_is_not_turned_round_by_the_rules() -> None:
    text = (
        "Press Briefing, September 12, 2024\n\nMS. PASKO:  According to assessments of the Republic of Korea, Russian specialists gave technical help with "
        "the rocket that carried a DPRK satellite into space in May. We have at this time no confirmation that Russia has provided the DPRK with "
        "assistance for its nuclear program.\n"
    )
    found = propose(text, "briefing.md", {}, reader="network")
    assert [(d.actor, d.target) for d in found] == [("RUS", "PRK"), ("RUS", "PRK")]


def test_goods_that_no_words_near_name_are_known_from_the_network() -> None:
    said = EncoderOutput(0.0, {}, {}, {}, {}, 0.0, {"weapons": 2.0, "energy": 0.5}, (), (), (), 0)
    assert ensemble.goods_alone(said) == {"weapons"}
    assert ensemble.goods_alone(None) == set()
