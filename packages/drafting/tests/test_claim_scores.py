"""Scores of drafts: sums by hand, and the same figures as the guideline's own scorer where it is present."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from claim_baseline import baseline_drafts
from claim_labels import ROOT, made_up
from claim_names import same_link, same_name, same_phrase, without_publisher
from claim_scores import EXACT, Scores, agreement, score_texts, total, touch
from examples import some

SCORER = ROOT.parent / "shared" / "tools" / "score_claims.py"
THEIR_KINDS = {"extra": "extra on a claim", "nonclaim": "on a non-claim"}


def row(start, end, **fields):
    """A label or draft in one text."""
    return {"file": "a.txt", "start": start, "end": end, **fields}


def claim(start, end, **changes):
    """A label with fields, changed as given."""
    fields = {
        "stance": "assertion", "speaker": "MR. ROE", "uttered_by": "MR. ROE", "chain": ["Jan Roe"],
        "actor": "CHN", "action": "supply", "target": "RUS", "goods": [{"phrase": "chips", "group": "microelectronics"}],
        "period": None, "degree": None, "audience": None, "office": None,
    }  # fmt: skip
    return row(start, end, **{**fields, **changes})


def scored(claims, drafts, nonclaims=(), ambiguous=()):
    return total(score_texts(claims, nonclaims, ambiguous, drafts).values())


def test_the_sum_by_hand():
    claims = [claim(0, 100), claim(200, 300, speaker="U.S. officials", stance="reported", period="last year")]
    drafts = [
        claim(10, 90, stance="denial", goods=[{"phrase": "chips", "group": "weapons"}]),  # pairs; stance and goods wrong
        claim(0, 50),  # agrees more: takes the pair, and the one above is extra
        claim(260, 340),  # 40 of 80 characters: half of the shorter one, so it pairs; passed on, speaker wrong
        row(400, 450),  # on a sentence that is none
        row(500, 550),  # ambiguous
        row(600, 650),  # nobody labelled it
        row(0, 2000),  # too long
    ]  # fmt: skip
    got = scored(claims, drafts, [row(390, 470)], [row(500, 560)])
    assert dict(got.kinds) == {
        "paired": 2, "extra": 1, "nonclaim": 1, "ambiguous": 1, "unjudged": 1, "too long": 1,
    }  # fmt: skip
    shares = got.shares()
    assert shares["is a claim, precision (judged)"] == (3, 5)
    assert shares["is a claim, precision (strict)"] == (3, 6)
    assert shares["is a claim, recall (spans)"] == (2, 2)
    assert shares["is a claim, recall (records)"] == (2, 2)
    assert shares["stance"] == (1, 2)
    assert shares["actor"] == (2, 2)
    assert shares["speaker"] == (1, 2)
    assert shares["speaker where passed on"] == (0, 1)
    assert shares["goods group, precision"] == (2, 2)
    assert shares["period, precision"] == (0, 0)
    assert shares["period, recall"] == (0, 1)
    assert shares["speaker, stance, actor, action, target all right, of claims"] == (1, 2)


def test_spans_touch_by_half_of_the_shorter_one():
    assert touch(row(0, 100), row(95, 105))
    assert not touch(row(0, 100), row(96, 106))
    assert not touch(row(0, 100), row(100, 101))


def test_fields_decide_before_spans_do():
    tight = agreement(claim(0, 100), claim(0, 100, target="IRN"))
    loose = agreement(claim(0, 100), claim(40, 120))
    assert loose > tight


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("MR. KIRBY", "John Kirby", True),
        ("Q", None, True),
        ("an unnamed reporter", "QUESTION", True),
        ("Q", "MR. KIRBY", False),
        ("President Biden", "the President", False),
        ("the President", "President", True),
        ("U.S. officials", "US officials’", True),
        ("外交部发言人毛宁", "毛宁", True),
        ("毛宁", "Mao Ning", False),
    ],
)
def test_names(one, other, same):
    assert same_name(one, other) is same
    assert same_name(other, one) is same


def test_phrases_and_links():
    assert same_phrase(None, "")
    assert not same_phrase("last year", None)
    assert same_phrase("since the spring of 2023", "spring 2023")
    assert not same_phrase("oil", "gas")
    assert same_link("Jan Roe, spokesman", "MR. ROE")
    assert without_publisher(["White House transcript", "Jan Roe"]) == ["Jan Roe"]
    assert without_publisher(["White House"]) == ["White House"]
    assert without_publisher(["White House officials", "Jan Roe"])[0] == "White House officials"


@pytest.mark.prove_only
def test_labels_against_themselves_are_right_in_everything():
    labels = made_up()
    got = total(score_texts(labels.claims, labels.nonclaims, labels.ambiguous, labels.claims).values())
    assert got.claims > 100
    assert {name: (right, of) for name, (right, of) in got.shares().items() if right != of} == {}
    assert scored(labels.claims, []).shares()["is a claim, recall (spans)"] == (0, len(labels.claims))
    unsure = score_texts(labels.claims, labels.nonclaims, labels.ambiguous, labels.ambiguous)
    assert set(total(unsure.values()).kinds) <= {"ambiguous", "nonclaim", "paired", "extra"}


@pytest.mark.prove_only
def test_sums_of_texts_are_those_of_all():
    labels = made_up("report")
    by_text = labels.scores(lambda path: baseline_drafts(path.read_text("utf-8"), path.name))
    names = sorted(by_text)
    halves = [total(by_text[name] for name in names[at::2]) for at in (0, 1)]
    assert halves[0] + halves[1] == total(by_text.values())
    assert total([]) == Scores()


def drafts_for_comparison(labels):
    """Drafts of every kind: the baseline's, and labels shifted, cut, split, stripped of fields, too long."""
    seed = random.Random(5)
    drafts = [draft for path in labels.texts.values() for draft in baseline_drafts(path.read_text("utf-8"), path.name)]
    for label in (*labels.claims, *labels.nonclaims[::3], *labels.ambiguous):
        draft = {
            name: value for name, value in label.items() if seed.random() < 0.85 or name in ("file", "start", "end")
        }
        length = label["end"] - label["start"]
        draft["start"] = max(0, draft["start"] + seed.randint(-length, length))
        draft["end"] = draft["start"] + max(1, int(length * seed.choice([0.3, 0.8, 1, 1.4, 30])))
        if seed.random() < 0.3:
            draft |= {
                name: seed.choice(labels.claims)[name] for name in (*EXACT, "speaker", "chain", "goods", "degree")
            }
        drafts.append(draft)
    seed.shuffle(drafts)
    return drafts


@pytest.mark.prove_only
@pytest.mark.in_parts
@pytest.mark.skipif(not SCORER.exists(), reason="../shared/tools/score_claims.py is not here")
def test_the_same_figures_as_the_scorer_of_the_guideline(tmp_path: Path):
    labels = made_up()
    sets = some(sorted({str(row["set"]) for row in labels.described}), every=4)
    labels = labels.only(set(sets), "compared")
    for kind in ("claims", "nonclaims", "ambiguous"):
        rows = "".join(json.dumps(row) + "\n" for row in getattr(labels, kind))
        (tmp_path / f"{kind}.jsonl").write_text(rows, "utf-8")
    drafts = drafts_for_comparison(labels)
    (tmp_path / "drafts.jsonl").write_text("".join(json.dumps(each) + "\n" for each in drafts), "utf-8")
    command = [SCORER, "--gold", tmp_path, "--drafts", tmp_path / "drafts.jsonl", "--json", tmp_path / "figures.json"]
    subprocess.run([sys.executable, *map(str, command)], check=True, capture_output=True, timeout=60)
    theirs = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    ours = total(score_texts(labels.claims, labels.nonclaims, labels.ambiguous, drafts).values())
    shares = {name: right / of for name, (right, of) in ours.shares().items() if of}

    assert {THEIR_KINDS.get(name, name): count for name, count in ours.kinds.items()} == theirs["kinds"]
    assert len(ours.kinds) == 6, "each kind of draft is among those compared"
    detection, records = theirs["detection"], theirs["records"]
    assert shares["is a claim, precision (judged)"] == detection["precision_judged"]
    assert shares["is a claim, precision (strict)"] == detection["precision_strict"]
    assert shares["is a claim, recall (spans)"] == detection["recall_of_spans"]
    assert shares["is a claim, recall (records)"] == records["recall"]
    assert theirs["overall"]["claims_right_in_speaker_stance_actor_action_target"] == ours.whole
    for name, tally in ours.fields.items():
        found = theirs["fields"][name]
        counts = (found["correct"], found["given"], found["in_paired_gold"], found["in_all_gold"])
        assert (name, tally.correct, tally.given, tally.paired, tally.present) == (name, *counts)
    assert set(theirs["fields"]) == set(ours.fields)
    assert shares["speaker where passed on"] == theirs["speaker"]["accuracy_where_words_are_passed_on"]
    assert ours.uttered / ours.pairs == theirs["speaker"]["accuracy_counting_who_uttered_it"]
