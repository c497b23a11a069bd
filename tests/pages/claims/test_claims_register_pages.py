"""Pages of the register on the lake of the demo: the same verdicts as the register has, and nothing written by looking."""

from __future__ import annotations

import pytest
from claims_demo import TEXT, WORDS

from stopgap.api import Lake
from stopgap.base.errors import NotFoundError
from stopgap.claims.register.events import RegisteredClaim
from stopgap.claims.testing.request import ClaimTestRequest
from stopgap.pages.claims.claim import claim_page, text_page
from stopgap.pages.claims.figures import claim_figures, newest_vintage
from stopgap.pages.claims.listing import NOT_TESTED, ClaimsQuery, claims_page, episode_claims
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.views import PageContent


def said(lake: Lake, words: str) -> RegisteredClaim:
    """The statement with these words in its title."""
    [entry] = [entry for entry in lake.claims.list() if words in entry.claim.title]
    return entry


def ids(content: PageContent) -> list[str]:
    return [row.id for row in content.values["rows"]]


def test_the_list_says_the_last_verdict_of_each_statement_and_its_reason(claims_lake: Lake) -> None:
    entries = {entry.id: entry for entry in claims_lake.claims.list()}
    rows = claims_page(claims_lake, ClaimsQuery()).values["rows"]
    assert [row.id for row in rows] == list(entries)
    assert [row.id for row in rows if row.verdict == NOT_TESTED] == [
        id for id, entry in entries.items() if not entry.tests
    ]
    for row in [row for row in rows if row.verdict != NOT_TESTED]:
        last = entries[row.id].tests[-1]
        assert (row.verdict, row.because) == (last["verdict"], last["because"])
        assert last["as_of"] in row.basis
        assert last["episode"] in row.basis


def test_the_chain_leads_from_the_nearest_source_to_the_speaker(claims_lake: Lake) -> None:
    [row] = [row for row in claims_page(claims_lake, ClaimsQuery()).values["rows"] if "optics" in row.title]
    assert [source for source, _ in row.chain] == [
        "European Pravda",
        "Financial Times",
        "officials who are not named",
        "Antony Blinken",
    ]


def test_each_filter_keeps_what_has_its_value_and_all_values_together_keep_all(claims_lake: Lake) -> None:
    every = claims_page(claims_lake, ClaimsQuery())
    for name in ("verdict", "month"):
        kept = [
            set(ids(claims_page(claims_lake, ClaimsQuery(**{name: value}))))
            for value, _ in every.values["choices"][name]
        ]
        assert set().union(*kept) == set(ids(every))
        assert all(kept)
    verdicts = [row.verdict for row in every.values["rows"]]
    assert dict(every.values["counts"]) == {name: verdicts.count(name) for name in set(verdicts)}
    assert ids(claims_page(claims_lake, ClaimsQuery(speaker="yellen"))) == [
        entry.id for entry in claims_lake.claims.list(speaker="yellen")
    ]


def test_data_are_offered_only_where_their_address_says_the_same_filter(claims_lake: Lake) -> None:
    assert (
        claims_page(claims_lake, ClaimsQuery(episode="russia-2022")).values["source"].path
        == "/episodes/russia-2022/claims"
    )
    assert claims_page(claims_lake, ClaimsQuery(speaker="Miller")).values["source"].query["speaker"] == "Miller"
    assert claims_page(claims_lake, ClaimsQuery(verdict="supported")).values["source"] is None


def test_an_episode_shows_the_statements_tested_on_it(claims_lake: Lake) -> None:
    assert ids(episode_claims(claims_lake, EpisodeQuery("russia-2022"))) == [
        entry.id for entry in claims_lake.claims.list() if entry.tests
    ]
    other = episode_claims(claims_lake, EpisodeQuery("qatar-2017"))
    assert ids(other) == []
    assert [tab.text for tab in other.tabs if tab.is_here] == ["Claims"]


@pytest.mark.prove_only
def test_looking_at_the_figures_writes_no_test_and_says_what_a_test_says(claims_lake: Lake) -> None:
    entry = said(claims_lake, "optics")
    log = claims_lake.path / "claims" / "log.jsonl"
    before = log.read_bytes()
    content = claim_figures(claims_lake, entry.id)
    assert log.read_bytes() == before
    tested = claims_lake.claims.test(entry.id, ClaimTestRequest(as_of=newest_vintage(claims_lake)))
    [ladder] = content.values["ladders"]
    assert list(ladder.heads) == ["Optical goods", "Propellants", "Space equipment"]
    by_layer = {rung.name: [cell.verdict for cell in rung.cells] for rung in ladder.rungs}
    assert by_layer["Shipped"] == [part.verdict for part in tested.parts]
    assert [rung.name for rung in ladder.rungs if rung.is_asserted] == ["Shipped"]
    assert content.values["differs"] == ""
    shipped = [
        each.facts.value_usd for each in tested.hypotheses if each.layer == "shipped" and each.breadth == "narrow"
    ]
    assert len(shipped) == 3
    assert all(chart.table.rows and chart.description for chart in content.charts)


def test_the_estimate_of_a_chart_is_that_of_the_hypothesis(claims_lake: Lake) -> None:
    entry = said(claims_lake, "makes up")
    content = claim_figures(claims_lake, entry.id)
    tested = claims_lake.claims.test(entry.id, ClaimTestRequest(as_of=newest_vintage(claims_lake)))
    [share] = [each for each in tested.hypotheses if each.decides]
    [chart] = [chart for chart in content.charts if chart.title.startswith("Share of what the coalition lost")]
    row = chart.table.rows[0]
    assert row[1].text.replace("\xa0", " ") == f"{share.estimate:.0%}".replace("%", " %")
    assert f'"estimate":{share.estimate / 0.01!r}' in chart.specification


def test_the_page_has_the_words_the_parts_and_every_test_and_version(claims_lake: Lake) -> None:
    entry = said(claims_lake, "optics")
    content = claim_page(claims_lake, entry.id)
    assert content.values["said"].text == entry.claim.words.text
    assert [name for name, *_ in content.values["parts"]] == ["Optical goods", "Propellants", "Space equipment"]
    assert len(content.values["tests"].rows) == len(entry.tests)
    assert len(content.values["versions"].rows) == len(entry.history())
    titles = {entry.claim.title for entry in claims_lake.claims.list()}
    assert {linked.title for linked, _ in content.values["linked"]} < titles
    for linked, page in content.values["linked"]:
        assert claim_page(claims_lake, page.removeprefix("/claims/")).title == linked.title


def test_the_whole_text_is_the_stored_one_with_the_words_marked(claims_lake: Lake) -> None:
    content = text_page(claims_lake, said(claims_lake, "<script>").id)
    assert content.values["before"] + content.values["words"] + content.values["after"] == TEXT
    assert content.values["words"] == WORDS
    with pytest.raises(NotFoundError, match="not stored"):
        text_page(claims_lake, said(claims_lake, "optics").id)
