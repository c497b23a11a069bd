"""Whether an economy is a hub, in one sentence: every state of its figures has its own words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stopgap.api import Lake
from stopgap.base.errors import NotFoundError
from stopgap.measures.routes.results import HubCandidate, HubRoute
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.hubs.measured import HubsMeasured, measured_hubs
from stopgap.pages.hubs.supplier_page import supplier_page
from stopgap.pages.hubs.supplier_words import check_economy, economy_in, hub_sentence, trade_sentence

COUNTS = HubRoute(
    "KGZ", match_usd=3e8, threshold_usd=1e8, counted=True, because="the match exceeds chance", net_usd=2.5e8, share_of_loss=0.08
)  # fmt: skip


@pytest.fixture(scope="module")
def found(demo_lake: Path) -> HubsMeasured:
    return measured_hubs(Lake(demo_lake), EpisodeQuery("russia-2022"), hubs=("KGZ",))


def _sentence(found: HubsMeasured, code: str = "KGZ", **changes: object) -> str:
    return hub_sentence(replace(economy_in(found, code), **changes), found)  # type: ignore[arg-type]


def test_the_demo_says_that_chance_cannot_be_told(found: HubsMeasured) -> None:
    text = _sentence(found)
    assert text.startswith(
        "Kyrgyzstan is a hub by the episode’s list, and up to USD\u00a0211\u00a0m a year match on both legs"
    )
    assert "whether that is more than chance cannot be told: fewer than 5 ordinary goods" in text


def test_a_match_beyond_chance_is_consistent_with_routing(found: HubsMeasured) -> None:
    text = _sentence(found, hub=COUNTS)
    assert "USD\u00a0250\u00a0m a year is consistent with routing, 8\u00a0% of the loss of the coalition" in text
    assert "up to USD\u00a0300\u00a0m a year match on both legs; chance gives up to USD\u00a0100\u00a0m" in text
    assert "prove" not in text


def test_a_match_that_chance_reaches_is_not_borne_out(found: HubsMeasured) -> None:
    text = _sentence(found, hub=replace(COUNTS, counted=False, match_usd=8e7))
    assert "its figures do not bear it out" in text
    assert "which chance alone reaches (USD\u00a0100\u00a0m)" in text


def test_no_match_and_no_figures_are_told_apart(found: HubsMeasured) -> None:
    assert "no excess on both legs to match" in _sentence(
        found, hub=HubRoute("KGZ", match_usd=0.0, counted=False, because="no excess on both legs to match")
    )
    text = _sentence(
        found, hub=HubRoute("KGZ", because="no KGZ-RUS trade (hub's report) in both windows: missing, not zero")
    )
    assert "nothing can be said of what passed it: no Kyrgyzstan-Russia trade" in text
    assert "missing, not zero" in text


def test_hubs_by_rule_and_economies_that_are_none(found: HubsMeasured) -> None:
    row = HubCandidate(
        "VNM", "found", "a hub by rule: its purchases rose with its sales", 5e8, 1e8, 4e8, 4e8, 0.01, "coalition"
    )
    assert "Vietnam is a hub by rule, though no list names it: it sold USD\u00a0500\u00a0m a year more" in _sentence(
        found, "VNM", candidate=row
    )
    unknown = replace(row, status="cover unknown", because="imports not in the lake, so cover cannot be checked")
    assert "Whether Vietnam is a hub cannot be told" in _sentence(found, "VNM", candidate=unknown)
    assert "China is not a hub, by list or by rule" in _sentence(found, "CHN")
    assert _sentence(found, "DEU") == "Germany is a member of the coalition, and no hub."
    assert "Brazil is not a hub: no list names it" in _sentence(found, "BRA")


def test_routes_that_were_not_measured_are_not_a_no(found: HubsMeasured) -> None:
    unmeasured = replace(found, routing=None, reason="no hub has figures on both legs")
    assert "was not measured: no hub has figures on both legs" in _sentence(unmeasured)
    assert "the rule that finds others was not applied" in _sentence(unmeasured, "CHN")


def test_trade_is_told_with_its_windows_and_silence_is_not_zero(found: HubsMeasured) -> None:
    said = trade_sentence(economy_in(found, "KGZ"), found.finding, found.names)
    assert said.startswith(
        "Its sales to Russia rose from USD\u00a07.9\u00a0m to USD\u00a0222\u00a0m a year, 2020–21 to 2023–24"
    )
    assert "missing is not zero" in trade_sentence(economy_in(found, "NPL"), found.finding, found.names)


@pytest.mark.parametrize("code", ["<script>", "../../etc/passwd", "kgz", "", "Kyrgyzstan"])
def test_a_page_is_of_a_code_alone(code: str) -> None:
    with pytest.raises(NotFoundError):
        check_economy(code, "russia-2022")


def test_the_target_is_no_supplier_of_itself(demo_lake: Path) -> None:
    with pytest.raises(NotFoundError, match="is the target"):
        supplier_page(Lake(demo_lake), EpisodeQuery("russia-2022"), "RUS")
