"""The models of drafting: their tables, and the second look held against LightGBM itself."""

import math
import random

import lightgbm
import numpy as np
import pytest
from draft_models import _fit_beside, fit
from scipy.sparse import csr_matrix

from stopgap.claims.claim import Action, Stance
from stopgap_drafting.features.argument_candidates import best_pair
from stopgap_drafting.models import linear_model, reranker
from stopgap_drafting.models.reranker import FEATURES, Look, features_of, likelihoods


def test_every_answer_of_the_tables_is_a_term_of_claims() -> None:
    models = linear_model.coefficients()
    glossed = {"claim", "action", "stance", "actor", "target", "source", "goods"}
    assert set(models) == {"relation"} | glossed | {name + linear_model.GLOSSED for name in glossed}
    for name in glossed:
        assert set(models[name]) == set(models[name + linear_model.GLOSSED]), name
    assert set(models["action"]) <= set(Action)
    assert set(models["stance"]) == set(Stance)
    assert all(linear_model.CONSTANT in of for model in models.values() for of in model.values())


def test_chances_are_a_softmax_and_likelihood_a_logistic_curve() -> None:
    signals = ["asked", "word ?", "cue question", "rule question sure", "no such signal"]
    chances = linear_model.chances("stance", signals)
    assert sum(chances.values()) == pytest.approx(1)
    assert max(chances, key=chances.__getitem__) == "question"
    each = {answer: linear_model.odds("stance", signals, answer) for answer in chances}
    assert math.log(chances["question"] / chances["denial"]) == pytest.approx(each["question"] - each["denial"])
    assert linear_model.likelihood([], "claim") == pytest.approx(1 / (1 + math.exp(-linear_model.odds("claim", []))))


def test_what_is_glossed_has_weights_of_its_own_beside_the_others() -> None:
    signals = ["asked", "word ?", "no such signal"]
    added = linear_model.coefficients()["claim glossed"][""]
    more = added[linear_model.CONSTANT] + sum(added.get(name, 0.0) for name in signals)
    plain, glossed = (linear_model.odds("claim", signals, is_glossed=each) for each in (False, True))
    assert glossed == pytest.approx(plain + more)
    assert linear_model.carried_by(signals, "claim", is_glossed=True) != linear_model.carried_by(signals, "claim")


def test_odds_do_not_hang_on_the_order_of_signals() -> None:
    """Sets of strings are ordered anew in each run; a last bit more or less would move drafts across a threshold."""
    signals = list(linear_model.coefficients()["claim"][""])[:600]
    draw = random.Random(3)
    found = set()
    for _ in range(50):
        draw.shuffle(signals)
        found.add(linear_model.odds("claim", signals))
    assert len(found) == 1


def some_looks(seed: int, count: int = 400) -> list[Look]:
    draw = random.Random(seed)
    names = ["asked", "refusal", "class @RUS", "class @CHN", "length 3", "answer 1 to @RUS", "cue denial", "rule open"]
    return [
        Look(draw.gauss(-2, 2), draw.choice([0.0, draw.random()]), frozenset(draw.sample(names, draw.randrange(6))))
        for _ in range(count)
    ]  # fmt: skip


def test_trees_are_read_as_lightgbm_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trees fitted here, written as the table has them, give LightGBM's own likelihoods."""
    looks = some_looks(1)
    numbers = np.array(features_of(looks))
    is_claim = (numbers[:, 0] + numbers[:, 5] > -3).astype(int)
    fitted = lightgbm.LGBMClassifier(num_leaves=7, n_estimators=20, min_child_samples=10, verbose=-1)
    fitted.fit(numbers, is_claim)

    def nodes(node: dict, out: list) -> int:
        at = len(out)
        out.append(None)
        if "leaf_value" in node:
            out[at] = reranker._Node(-1, 0.0, -1, -1, node["leaf_value"])
        else:
            sides = [nodes(node[side], out) for side in ("left_child", "right_child")]
            out[at] = reranker._Node(node["split_feature"], node["threshold"], *sides, 0.0)
        return at

    trees = []
    for tree in fitted.booster_.dump_model()["tree_info"]:
        trees.append([])
        nodes(tree["tree_structure"], trees[-1])
    monkeypatch.setattr(reranker, "trees", lambda: trees)
    fresh = some_looks(2)
    expected = fitted.predict_proba(np.array(features_of(fresh)))[:, 1]
    assert likelihoods(fresh) == pytest.approx(expected, abs=1e-9)


def test_the_table_of_trees_is_whole() -> None:
    for tree in reranker.trees():
        reached = {0}
        for node in tree:
            if node.below >= 0:
                assert 0 <= node.feature < len(FEATURES)
                reached |= {node.below, node.above}
        assert reached == set(range(len(tree)))


def test_a_sentence_is_likelier_beside_claims_than_alone() -> None:
    weak = Look(-0.3, 0.3, frozenset({"class @RUS"}))
    sure = Look(4.0, 0.95, frozenset({"class @RUS", "class @CHN"}))
    none = Look(-5.0, 0.0, frozenset())
    among = likelihoods([none] * 20 + [sure, sure, weak, sure] + [none] * 20)[22]
    alone = likelihoods([none] * 30 + [weak] + [none] * 30)[30]
    assert among > alone
    text = some_looks(4)
    assert likelihoods(text, [7, 250]) == [likelihoods(text)[7], likelihoods(text)[250]]
    assert likelihoods([weak, none]) == pytest.approx([1 / (1 + math.exp(0.3)), 1 / (1 + math.exp(5))])


def test_actor_and_target_are_two_economies() -> None:
    assert best_pair({"RUS": 3.0, "CHN": 1.0}, {"RUS": 2.0, "IRN": 0.5}) == ("RUS", "IRN")
    assert best_pair({"companies:RUS": 3.0, "CHN": 2.0}, {"RUS": 2.0, "IRN": 0.0}) == ("CHN", "RUS")
    assert best_pair({"RUS": 1.0}, {"RUS": 1.0}) == ("RUS", None)
    assert best_pair({}, {"RUS": 1.0}) == (None, None)


@pytest.mark.parametrize("answers", [1, 3])
def test_scikit_learn_finds_the_least_of_the_loss_that_is_stated(answers: int) -> None:
    """Held against a minimiser that is given the loss itself: counted log loss of shares, and a ridge on all but the constants."""
    draw = np.random.default_rng(answers)
    there = np.hstack([draw.integers(0, 2, (200, 6)), np.ones((200, 1), int)])
    right = draw.dirichlet([0.3] * answers, 200) if answers > 1 else draw.integers(0, 3, (200, 1)) / 2
    counts, none = draw.uniform(0.5, 2.5, 200), np.zeros((200, answers))
    found, stated = (each(csr_matrix(there), right, counts, 2.0, none, None) for each in (fit, _fit_beside))
    if answers > 1:  # of several answers only differences of the constants are told
        found, stated = (each - each.mean(axis=1, keepdims=True) for each in (found, stated))
    assert found == pytest.approx(stated, abs=2e-3)
    assert np.abs(found[:-1]).max() > 0.1
