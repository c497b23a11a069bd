"""The news report that Stopgap starts from: its claims are drafted with speaker, chain and stance."""

from __future__ import annotations

from pathlib import Path

import pytest

from stopgap.claims.drafting.draft import Draft
from stopgap.claims.drafting.run import draft_text
from stopgap.sources.texts import read_texts

SEED = Path(__file__).parents[4] / "shared" / "data" / "statements" / "seed-article-2024-04-09.txt"


@pytest.fixture(scope="module", params=["rules", "network"])
def found(request: pytest.FixtureRequest) -> list[Draft]:
    if not SEED.exists():
        pytest.skip("the news report of April 2024 is not beside the checkout")
    return draft_text(read_texts(SEED)[0], reader=request.param)


def of(found: list[Draft], action: str, actor: str = "CHN", **goods: bool) -> list[Draft]:
    del goods
    return [d for d in found if d.action.value == action and d.actor == actor]


def test_backfilling_is_asserted_by_the_spokesman(found: list[Draft]) -> None:
    (draft,) = of(found, "backfill")
    assert (draft.stance.value, draft.target) == ("assertion", "RUS")
    assert draft.speaker == "Matthew Miller"
    assert draft.chain[-1] == "Matthew Miller"


def test_components_are_provided(found: list[Draft]) -> None:
    (draft,) = of(found, "fill-components")
    assert (draft.stance.value, draft.speaker, draft.target) == ("assertion", "Matthew Miller", "RUS")
    assert {g.group.value for g in draft.goods} == {"components"}


def test_the_scale_is_reported_through_the_whole_chain(found: list[Draft]) -> None:
    draft = next(d for d in found if any(g.group.value == "propellants" for g in d.goods))
    assert {g.group.value for g in draft.goods} == {"optical", "propellants", "space-equipment"}
    assert draft.stance.value == "reported"
    assert draft.speaker is not None
    assert draft.speaker.endswith("Antony Blinken")
    assert [link.removeprefix("the ") for link in draft.chain[-3:-1]] == ["Financial Times", "unnamed officials"]
    assert draft.degree == "at a concerning scale"


def test_the_warning_is_the_secretarys(found: list[Draft]) -> None:
    (draft,) = of(found, "consequence", "companies:CHN")
    assert (draft.stance.value, draft.speaker, draft.target) == ("warning", "Janet Yellen", "RUS")
    assert draft.audience == ("CHN",)


def test_the_confirmation_passes_on_what_the_secretary_said(found: list[Draft]) -> None:
    draft = next(d for d in found if "confirmed" in d.words)
    assert draft.stance.value == "reported"
    assert draft.chain[-2:] == ("US Department of State", "Secretary of State Antony Blinken")
    assert draft.actor == "CHN"
