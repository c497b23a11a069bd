"""Search from anywhere: what is meant stands first, nothing above a clearance is found, and texts stay texts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stopgap.api import Lake
from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.markings.changes import set_marking
from stopgap.evidence.markings.clearance import seen_with
from stopgap.pages.find.matching import BEGINS, NONE, WHOLE, WITHIN, WORDS, plain, score_of
from stopgap.pages.find.search import LONGEST, MOST, companies_part, find_page


@pytest.mark.parametrize(
    ("query", "texts", "score"),
    [
        ("China", ("China",), WHOLE), ("china!", ("China",), WHOLE), ("chin", ("China",), BEGINS), ("tools machine", ("Machine tools",), WORDS),
        ("hine too", ("Machine tools",), WITHIN), ("machine russia", ("Machine tools", "Russia 2022"), WITHIN), ("zzz", ("China",), NONE),
        ("", ("China",), NONE), ("cote d ivoire", ("Côte d’Ivoire",), WHOLE), ("🚢", ("China",), NONE), ("russia 2023", ("Russia 2022",), NONE),
    ],
)  # fmt: skip
def test_how_well_a_text_answers(query: str, texts: tuple[str, ...], score: float) -> None:
    assert score_of(query, *texts) == score


def test_case_accents_and_signs_do_not_count() -> None:
    assert plain("  Türkiye — İzmir, (A.B.) ") == "turkiye izmir a b"


def groups(lake: Lake, text: str) -> list[tuple[str, str]]:
    """Title of each group and of its best entry, in order."""
    return [(group.title.split(" (")[0], group.entries[0].title) for group in find_page(lake, text).values["groups"]]


def test_what_is_meant_stands_first(claims_lake: Lake) -> None:
    lake = claims_lake
    claim = lake.claims.list()[0]
    assert groups(lake, "KGZ")[0] == ("Economies", "Kyrgyzstan")
    assert groups(lake, "kyrgyzstan")[0] == ("Economies", "Kyrgyzstan")
    assert groups(lake, claim.id)[0] == ("Claims", claim.claim.title)
    assert groups(lake, claim.id[:6])[0] == ("Claims", claim.claim.title)
    assert groups(lake, "russia-2022")[0][0] == "Episodes"
    first = groups(lake, "854231")[0]
    assert first[0] == "Codes of the Harmonized System"
    assert first[1].startswith("854231 ")
    assert groups(lake, "v1")[0][0] == "Files and vintages"
    assert any(kind == "Goods lists" for kind, _ in groups(lake, "machine tools"))


def test_an_economy_leads_to_its_trade_and_to_its_part_in_episodes(demo_lake: Path) -> None:
    [group] = [each for each in find_page(Lake(demo_lake), "Russia").values["groups"] if each.title == "Economies"]
    [russia] = [entry for entry in group.entries if entry.title == "Russia"]
    assert (russia.page, russia.query) == ("/explore", {"reporters": "RUS"})
    assert "/episodes/russia-2022" in {link.page for link in russia.more}
    assert "/episodes/russia-2022/suppliers/RUS" not in {link.page for link in russia.parts}


def test_groups_show_a_few_and_count_all(demo_lake: Path) -> None:
    [codes] = [
        each for each in find_page(Lake(demo_lake), "machines").values["groups"] if each.title.startswith("Codes")
    ]
    assert len(codes.entries) == MOST
    assert codes.total > MOST
    scores = [group.score for group in find_page(Lake(demo_lake), "china").values["groups"]]
    assert scores == sorted(scores, reverse=True)


def test_no_search_and_one_that_finds_nothing_are_empty(demo_lake: Path) -> None:
    lake = Lake(demo_lake)
    assert find_page(lake, "   ").values == {"text": "", "groups": ()}
    assert find_page(lake, "zzzz <script> 🚢").values["groups"] == ()
    assert len(find_page(lake, "x" * 5000).values["text"]) == LONGEST


def test_a_name_on_a_list_is_found_with_its_score(demo_lake: Path) -> None:
    lake = Lake(demo_lake)
    name = lake.query(
        "SELECT name FROM listed WHERE list = 'eu-269-2014-I.ENTITIES' ORDER BY length(name) DESC LIMIT 1"
    ).arrow.to_pylist()[0]["name"]
    group = companies_part(lake, name).values["group"]
    screened = lake.screen(name, limit=MOST)[0].matches
    assert [(entry.title, entry.score) for entry in group.entries] == [
        (each.match.name, each.match.score) for each in screened
    ]
    assert group.entries[0].query == {"name": screened[0].match.name}


def test_nothing_above_the_clearance_is_found(claims_lake: Lake, tmp_path: Path) -> None:
    path = Path(shutil.copytree(claims_lake.path, tmp_path / "lake"))
    hidden = Lake(path).claims.list()[0]
    set_marking(path, f"claim:{hidden.id}", Marking(Tlp.RED), who="Jane Roe", when="2026-12-02T00:00:00Z", why="a test")
    assert find_page(Lake(path), hidden.id).marking is not None
    with seen_with(path, Marking(Tlp.GREEN)):
        assert find_page(Lake(path), hidden.id).values["groups"] == ()
        assert hidden.claim.title not in str(find_page(Lake(path), hidden.claim.title).values["groups"])
