"""Settings of every test: properties are asked of the same examples each time, and no example runs against a clock."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from demo_lake import make_demo_lake
from examples import ALL
from hypothesis import settings

# Two workers on two cores: a library that took both for one of them would slow both.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

settings.register_profile("stopgap", deadline=None, derandomize=True)
settings.load_profile("stopgap")


@pytest.fixture(autouse=True)
def cheap_passphrases(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Private keys cost no time to lock; what they cost in earnest is tested with the key files."""
    if request.path.name != "test_key_files.py":
        from stopgap.evidence.keys import files as key_files

        monkeypatch.setattr(key_files, "_COST", 16)


@pytest.fixture(scope="session")
def demo_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake of the demo. Tests only read it; findings that a measure keeps do not matter."""
    return make_demo_lake(tmp_path_factory.mktemp("demo") / "lake")


ASKED_FOR = 200
"""Tests up to which a run is somebody's, of a file or a name: nothing is left out."""
# Tests of drafting have their markers here until they live in a distribution of their own; then this goes.
_FIGURES = "tests/claims/test_draft_quality.py::test_no_figure_falls_below_its_floor"
_DRAFTING_ONE_IN = {"tests/claims/test_draft_robust.py::test_odd_texts_are_answered": 8}
_DRAFTING_IN_PARTS = {
    "tests/claims/test_claim_scores.py::test_the_same_figures_as_the_scorer_of_the_guideline",
    "tests/claims/test_draft_robust.py::test_any_words_give_drafts_that_stand_in_the_text",
}
_DRAFTING_PROVE_ONLY = {
    "tests/claims/test_draft_quality.py::test_goods_that_only_the_context_tells_say_so",
    "tests/claims/test_draft_quality.py::test_reported_transcripts_keep_every_promise",
    "tests/claims/test_draft_quality.py::test_spacy_drafts_no_worse_than_the_network_alone",
    "tests/claims/test_draft_quality.py::test_the_network_drafts_better_than_the_rules_alone",
    *(
        f"{_FIGURES}[{labels}-{way}]"
        for labels in (
            "statements-tune",
            "made-up, hard-report",
            "made-up, plain-report",
            "made-up, transcripts-report",
            "made-up, latest transcripts-report",
            "made-up, plain transcripts-report",
            "made-up, Chinese-report",
        )
        for way in ("network", "rules")
    ),
}


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--others"):
        os.environ[ALL] = "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--others", action="store_true", help="run the cases of long tests that are else left out"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Every run takes what its markers say (pyproject.toml); ``--others`` (``make prove``) takes the rest."""
    seen: Counter[str] = Counter()
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    others = config.getoption("--others")
    for item in items:
        name = item.nodeid.split("[")[0]
        one_in = item.get_closest_marker("one_in")
        every = one_in.args[0] if one_in else _DRAFTING_ONE_IN.get(name, 1)
        in_parts = item.get_closest_marker("in_parts") is not None or name in _DRAFTING_IN_PARTS
        prove_only = item.get_closest_marker("prove_only") is not None
        prove_only |= not _DRAFTING_PROVE_ONLY.isdisjoint((name, item.nodeid))
        is_other = prove_only or seen[name] % every != 0
        seen[name] += 1
        (kept if is_other == others or (others and in_parts) else left).append(item)
    if others or len(items) > ASKED_FOR:
        items[:] = kept
        config.hook.pytest_deselected(items=left)
