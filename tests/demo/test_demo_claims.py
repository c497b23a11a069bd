"""The statements in the package on the bundled figures: registered once, tested with interval and coverage."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from demo_lake import SHARED, make_demo_lake
from demo_statements import demo_statements

from stopgap.base.errors import InputError
from stopgap.claims.register.register import withdraw_claim
from stopgap.claims.register.texts import read_register
from stopgap.claims.testing.layers.facts import Layer
from stopgap.claims.testing.results import Verdict
from stopgap.demo.claims import EXAMPLES, NEEDS, DemoClaims, example_claims, with_examples

REPORT = SHARED / "statements" / "seed-article-2024-04-09.txt"
WHEN = "2026-11-25T12:00:00+00:00"


@pytest.fixture(scope="module")
def lake() -> Path:
    """The lake with the statements; tests only read it."""
    return demo_statements()[0]


@pytest.fixture(scope="module")
def made() -> DemoClaims:
    return demo_statements()[1]


VERDICTS = {
    "miller-backfill": (Verdict.PARTLY, Layer.SHARE),
    "miller-components": (Verdict.SUPPORTED, Layer.SHIPPED),
    "blinken-assistance": (Verdict.SUPPORTED, Layer.SHIPPED),
    "yellen-warning": (Verdict.SUPPORTED, Layer.HAPPENED),
    "state-department-confirms": (Verdict.PARTLY, Layer.SHIPPED),
    "mao-ning-answer": (Verdict.NOT_TESTABLE, None),
}


def test_each_statement_has_its_verdict_at_the_layer_that_its_words_assert(made: DemoClaims) -> None:
    found = dict(zip(EXAMPLES, made.tested, strict=True))
    assert {name: (tested.verdict, tested.asserted) for name, tested in found.items()} == VERDICTS
    assert all(tested.because for tested in found.values())


def test_each_figure_is_an_interval_a_fact_or_a_share_or_is_not_testable(made: DemoClaims) -> None:
    for tested in made.tested:
        ids = [each.id for each in tested.hypotheses]
        assert len(ids) == len(set(ids)), tested.claim_id
        for hypothesis in tested.hypotheses:
            rests = hypothesis.facts is not None or (hypothesis.ci95 is not None and hypothesis.coverage is not None)
            assert rests or hypothesis.verdict is Verdict.NOT_TESTABLE, (tested.claim_id, hypothesis.id)
        assert {one for part in tested.parts for one in part.hypotheses} == set(ids)


def test_backfill_is_held_against_figures_of_before_it_was_said(made: DemoClaims) -> None:
    first = made.tested[0]
    [deciding] = [each for each in first.hypotheses if each.decides]
    assert deciding.goods == "machinery-electronics"
    assert deciding.windows is not None
    assert deciding.windows["after"][1] <= "2024-03"
    low, high = deciding.ci95 or (1.0, 0.0)
    assert 0 < low < 0.25 < high
    assert first.verdict is Verdict.PARTLY
    assert deciding.finding_id in first.finding_ids


def test_a_line_for_each_statement_and_what_would_make_the_rest_testable(made: DemoClaims) -> None:
    *lines, coarse, needs = made.lines()
    assert len(lines) == len(EXAMPLES)
    for line, tested in zip(lines, made.tested, strict=True):
        assert line.startswith(f"{tested.claim_id} ")
        assert tested.because in line
        assert ("Coverage" in line) is (tested.coverage is not None)
    assert (coarse, needs) == NEEDS
    assert "HS6" in needs


def test_pages_are_written_for_all(made: DemoClaims) -> None:
    page = made.pages["html"].read_text("utf-8")
    assert page.count("<article") == len(EXAMPLES)
    assert made.pages["pdf"].read_bytes().startswith(b"%PDF-")


@pytest.mark.prove_only
def test_a_second_run_changes_nothing_and_leaves_what_a_person_withdrew(
    lake: Path, made: DemoClaims, tmp_path: Path
) -> None:
    copy = tmp_path / "lake"
    shutil.copytree(lake, copy)
    before = read_register(copy)
    again = with_examples(copy, tmp_path / "pages", when="2027-01-01T00:00:00+00:00")
    assert read_register(copy) == before
    for ending, path in again.pages.items():
        assert path.read_bytes() == made.pages[ending].read_bytes(), ending
    gone = str(example_claims()["yellen-warning"].id)
    withdraw_claim(copy, gone, who="ann", when=WHEN, why="not ours")
    with_examples(copy, tmp_path / "pages", when=WHEN)
    assert read_register(copy).claims[gone].status == "withdrawn"


def test_another_text_than_the_report_is_refused(lake: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("Another text, of other words.", "utf-8")
    with pytest.raises(InputError, match="not the text"):
        with_examples(lake, tmp_path, when=WHEN, text=other)
    assert not list(tmp_path.glob("*claims.html"))


@pytest.mark.prove_only
@pytest.mark.skipif(not REPORT.exists(), reason="../shared/data is not here")
def test_with_the_report_at_hand_its_own_words_are_shown(tmp_path: Path) -> None:
    made = with_examples(make_demo_lake(tmp_path / "lake"), tmp_path, when=WHEN, text=REPORT)
    text = REPORT.read_text("utf-8")
    words = example_claims()["miller-components"].words
    page = made.pages["html"].read_text("utf-8")
    assert text[words.start : words.end] in page
    assert words.text.replace("'", "&#39;") in page
