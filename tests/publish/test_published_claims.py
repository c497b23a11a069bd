"""Statements of a published site: the verdicts of the register, their figures, and nobody's name who worked on them."""

from __future__ import annotations

from pathlib import Path

import pytest
from claims_demo import HOSTILE, WHO, claims_demo

from stopgap.api import Lake
from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.markings.changes import set_marking
from stopgap.publish import plan
from stopgap.publish.request import PublishRequest
from stopgap.publish.run import publish

pytestmark = pytest.mark.prove_only


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, Path, str]:
    """The lake, the site, and the id of a statement that is above its marking."""
    folder = tmp_path_factory.mktemp("published-claims")
    lake = Lake(claims_demo(folder / "lake"))
    [hidden] = [entry.id for entry in lake.claims.list() if "consequences" in entry.claim.title]
    set_marking(
        lake.path, f"claim:{hidden}", Marking(Tlp.AMBER), who="Jane Roe", when="2026-12-02T00:00:00Z", why="a test"
    )
    with pytest.MonkeyPatch.context() as patch:  # pages of suppliers are not what is asked for here
        patch.setattr(plan, "published_suppliers", lambda finding: [])
        patch.setattr(plan, "_TABS", {"/claims": plan._TABS["/claims"]})
        publish(lake.path, "russia-2022", PublishRequest(marking="CLEAR"), folder / "site")
    return lake, folder / "site", hidden


def test_each_statement_tested_on_the_episode_has_a_page_with_its_verdict(published: tuple[Lake, Path, str]) -> None:
    lake, site, hidden = published
    shown = [entry for entry in lake.claims.list() if entry.tests and entry.id != hidden]
    assert sorted(path.stem for path in (site / "claims").iterdir()) == sorted(entry.id for entry in shown)
    listed = (site / "claims.html").read_text("utf-8")
    for entry in shown:
        page = (site / "claims" / f"{entry.id}.html").read_text("utf-8")
        because = entry.tests[-1]["because"].replace("'", "&#39;")
        assert because in page
        assert because in listed
        assert f'href="claims/{entry.id}.html"' in listed
        assert "What would change the verdict" in page
        assert "hx-get" not in page


def test_nothing_tells_of_what_is_above_the_marking_or_of_who_worked_on_it(published: tuple[Lake, Path, str]) -> None:
    _, site, hidden = published
    for path in [*site.rglob("*.html"), *site.rglob("*.json")]:
        text = path.read_text("utf-8")
        assert hidden not in text, path
        assert "may face consequences" not in text, path
        assert WHO not in text, path
        assert HOSTILE not in text, path
