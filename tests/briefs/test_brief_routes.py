"""Hubs against chance: what counts, what does not, what cannot be told, and never a proof."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import brief_fixture as fixture
import openpyxl

from stopgap.briefs.formats.text import NBSP
from stopgap.briefs.render import render
from stopgap.briefs.routing import alerts_sentence, routing_sentences, routing_table, state_words
from stopgap.briefs.story import tell
from stopgap.measures.routes.results import HubRoute, RouteCoverage, RouteFinding, RouteSensitivity, RoutingTotal
from stopgap.panel.windows import Windows


def blank(kind: type, **given: Any) -> Any:
    """A record with what the brief does not read left empty."""
    empty = {"tuple": (), "int": 0, "str": ""}
    values = {field.name: empty.get(str(field.type).split("[")[0]) for field in fields(kind)}
    return kind(**{**values, **given})


def hub(code: str, match: float | None, threshold: float | None, counted: bool | None, why: str) -> HubRoute:
    net = match if counted else 0.0 if counted is False else None
    share = None if net is None else net / 30.8e9
    return blank(
        HubRoute,
        hub=code,
        match_usd=match,
        threshold_usd=threshold,
        counted=counted,
        because=why,
        net_usd=net,
        share_of_loss=share,
    )  # type: ignore[no-any-return]


def routing(**changes: object) -> RouteFinding:
    made: RouteFinding = blank(
        RouteFinding,
        episode="russia-2022",
        target="RUS",
        direction="exports-to-target",
        goods="machinery-electronics",
        goods_version="1",
        as_of=fixture.VINTAGE,
        valuation="FOB",
        frequency="M",
        windows=Windows(("2021-01", "2021-12"), ("2023-01", "2023-12")),
        leg1="coalition",
        report="hub",
        seed=0,
        loss_usd=30.8e9,
        coverage=blank(RouteCoverage),
        queries=("SELECT 1",),
        lags=3,
        draws=400,
        routing=RoutingTotal(2.9e9, 0.094, 1.2e9, 0.039, 0.5, 4, 1, "matches beyond chance"),
        hubs=(
            hub("ARM", 1.2e9, 0.3e9, True, "match exceeds the threshold"),
            hub("KAZ", 1.7e9, 1.9e9, False, "match within chance"),
            hub("GEO", 0.0, None, False, "no excess on both legs to match"),
            hub("ARE", None, None, None, "a leg is missing"),
        ),
        by_good=(),
        sensitivity=(
            RouteSensitivity(1.0, True, 2.9e9, 1.2e9, 0.039, 1),
            RouteSensitivity(1.3, True, 2.4e9, 0.9e9, 0.03, 1),
            RouteSensitivity(1.0, False, 2.9e9, None, None, 0),
        ),
        months=(),
        warnings=("a match of two legs is consistent with routing; trade figures do not show it",),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def says(found: RouteFinding | None, **changes: object) -> str:
    return " ".join(routing_sentences(fixture.model(routing=found, **changes))).replace(NBSP, " ")


def test_what_exceeds_chance_is_consistent_with_routing() -> None:
    assert says(routing()) == (
        "Of 4 hubs measured 1 had more trade on both legs, in the same goods and in time, than chance gives: Armenia. "
        "Together USD 1.2 bn a year, 4 % of the loss. Under other "
        "markups and growth assumptions: USD 900 m to USD 1.2 bn."
    )


def test_no_hub_beyond_chance() -> None:
    total = RoutingTotal(1.7e9, 0.05, 0.0, 0.0, 0.0, 4, 0, "every match is within chance")
    found = says(routing(routing=total))
    assert found.startswith("Of 4 hubs measured none has a match beyond chance: every match is within chance.")
    assert "USD 1.7 bn a year, a figure that is high by chance alone" in found


def test_what_cannot_be_told_is_not_a_zero() -> None:
    total = RoutingTotal(6.3e9, 0.2, None, None, None, 4, 0, "too few ordinary goods")
    assert says(routing(routing=total)).startswith("Too few ordinary goods. Before that test")
    assert says(None, routing_reason="no hub has figures") == (
        "Whether what passed the hubs exceeds chance was not measured: no hub has figures."
    )
    assert says(None) == ""


def test_the_table_says_of_each_hub_whether_it_counts() -> None:
    table = routing_table(fixture.model(routing=routing()))
    assert table is not None
    # in the order of the picture of the legs: by what went from hub to target
    assert [row[1] for row in table.rows] == ["ARE", "KAZ", "ARM", "GEO"]
    assert [row[4] for row in table.rows] == ["cannot be told", "not distinguishable from chance", "counts", "no match"]
    assert [row[5] for row in table.rows] == [None, 0.0, 1.2e9, 0.0]
    assert "400 draws, seed 0" in table.note
    assert routing_table(fixture.model()) is None
    assert state_words(hub("X", 0.0, None, None, "")) == "no match"


def test_hubs_stand_in_the_section_on_the_way_round(tmp_path: Path) -> None:
    model = fixture.model(routing=routing())
    section = next(s for s in tell(model).sections if s.key == "routes")
    assert [table.key for table in section.tables] == ["routes", "routing"]
    text = " ".join(section.paragraphs)
    assert "proof" in text
    assert "proves" not in text
    care = next(s for s in tell(model).sections if s.key == "care")
    warning = "A match of two legs is consistent with routing; trade figures do not show it"
    assert warning not in care.items  # the section on hubs says so
    assert "consistent with routing, and no proof of it" in text
    bare = tell(fixture.model(routing=routing(), legs=())).sections
    assert warning in next(s for s in bare if s.key == "care").items
    alone = next(s for s in tell(fixture.model(routing=routing(), legs=())).sections if s.key == "routes")
    assert alone.figure is None
    book = openpyxl.load_workbook(render(model, tmp_path / "a.xlsx"), data_only=True)
    rows = {row[0]: row for row in book["Hubs"].iter_rows(min_row=5, values_only=True)}
    assert rows["Armenia"][1:4] == ("ARM", 1.2e9, 0.3e9)
    assert rows["UAE"][2] == "n/a"


def test_alerts_are_counted_by_state() -> None:
    assert alerts_sentence(fixture.model()) == ""
    found = alerts_sentence(fixture.model(alerts=(("confirmed", 2), ("open", 5))))
    assert "7 (2 confirmed and 5 open)" in found
    assert "not a finding" in found
