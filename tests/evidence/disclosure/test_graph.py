"""Effective markings: inherited from the strictest input, lowered by a release and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_graphs import random_case

from stopgap.base.errors import InputError
from stopgap.base.marking import CLEAR, Marking, Tlp, strictest
from stopgap.evidence.disclosure.graph import AggregateRelease, Atom, Derived, EvidenceGraph, Item, LinearNumber

GREEN, AMBER, RED = Marking(Tlp.GREEN), Marking(Tlp.AMBER), Marking(Tlp.RED)


def listed(tlp: Tlp, *economies: str) -> Marking:
    return Marking(tlp, frozenset(economies))


def release(item: str, marking: Marking = CLEAR, why: str = "agreed with the source") -> AggregateRelease:
    return AggregateRelease("r1", item, marking, "an officer", "2026-01-01T00:00:00Z", why)


def test_the_strictest_input_decides_however_far_down() -> None:
    graph = EvidenceGraph(
        (
            Item("brief", "brief", "", None, ("claim",)),
            Item("claim", "claim", "", GREEN, ("finding",)),
            Item("finding", "finding", "", None, ("open", "secret")),
            Item("open", "receipt", "", listed(Tlp.CLEAR, "DEU", "FRA")),
            Item("secret", "receipt", "", listed(Tlp.AMBER, "FRA", "USA")),
        )
    )
    assert graph.effective == {
        "open": listed(Tlp.CLEAR, "DEU", "FRA"),
        "secret": listed(Tlp.AMBER, "FRA", "USA"),
        "finding": listed(Tlp.AMBER, "FRA"),
        "claim": listed(Tlp.AMBER, "FRA"),
        "brief": listed(Tlp.AMBER, "FRA"),
    }
    assert [item.id for item in graph.in_order][-3:] == ["finding", "claim", "brief"]


def test_what_rests_on_a_released_aggregate_inherits_the_released_marking() -> None:
    graph = EvidenceGraph(
        (
            Item("secret", "receipt", "", RED),
            Item("finding", "finding", "", None, ("secret",), release("finding", GREEN), True),
            Item("claim", "claim", "", None, ("finding",)),
            Item("note", "decision", "", AMBER, ("claim",)),
            Item("both", "claim", "", None, ("finding", "secret")),
        )
    )
    assert graph.effective["claim"] == GREEN
    assert graph.effective["note"] == AMBER
    assert graph.effective["both"] == RED
    assert graph.is_released("finding")
    assert graph.refused_releases == ()


@pytest.mark.parametrize("kind", ["receipt", "rows", "claim", "decision", "attachment", "alert", "brief"])
def test_only_aggregates_are_released(kind: str) -> None:
    graph = EvidenceGraph((Item("a", kind, "", RED, (), release("a"), True),))
    assert graph.effective["a"] == RED
    assert not graph.is_released("a")
    assert "only aggregates can" in graph.refused_releases[0].why


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (Item("a", "finding", "", RED, (), release("a", why="  "), True), "gives no reason"),
        (Item("a", "finding", "", RED, (), release("a"), False), "is no aggregate"),
        (Item("a", "finding", "", RED, (), release("b"), True), "is about b"),
        (Item("a", "finding", "", GREEN, (), release("a", AMBER), True), "from TLP:GREEN to TLP:AMBER"),
        (
            Item("a", "finding", "", listed(Tlp.RED, "DEU", "FRA"), (), release("a", listed(Tlp.RED, "DEU")), True),
            "would raise",
        ),
        (
            Item("a", "finding", "", listed(Tlp.RED, "DEU"), (), release("a", listed(Tlp.GREEN, "FRA")), True),
            "would raise",
        ),
        (Item("a", "finding", "", GREEN, (), release("a", listed(Tlp.GREEN, "DEU")), True), "would raise"),
    ],
)
def test_a_release_without_effect_says_why(item: Item, words: str) -> None:
    graph = EvidenceGraph((item,))
    assert graph.effective["a"] == item.own
    assert words in graph.refused_releases[0].why


@pytest.mark.parametrize(
    ("own", "to"),
    [
        (RED, GREEN),
        (RED, listed(Tlp.GREEN, "DEU")),
        (listed(Tlp.AMBER, "DEU"), listed(Tlp.AMBER, "DEU", "FRA")),
        (listed(Tlp.AMBER, "DEU"), Marking(Tlp.AMBER)),
        (listed(Tlp.AMBER), listed(Tlp.CLEAR, "JPN")),
    ],
)
def test_a_release_lowers_the_level_or_widens_the_list(own: Marking, to: Marking) -> None:
    graph = EvidenceGraph((Item("a", "verdict", "", own, (), release("a", to), True),))
    assert graph.effective["a"] == to


@given(st.integers(0, 10_000))
def test_without_releases_nothing_is_below_what_it_rests_on(seed: int) -> None:
    graph = random_case(seed).graph
    bare = EvidenceGraph(tuple(replace(item, release=None) for item in graph.items))
    for item in bare.items:
        below = [bare.item[name].own for name in bare.rests_on(item.id)]
        assert bare.effective[item.id] == strictest(each for each in below if each is not None)


ROW = Item("rows", "rows", "", GREEN)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"items": (ROW, ROW)}, "item rows is there twice"),
        ({"items": (Item("a", "claim", "", None, ("b",)),)}, "item b is not in the graph"),
        ({"items": (Item("a", "claim", "", None, ("b",)), Item("b", "claim", "", None, ("a",)))}, "in a circle"),
        ({"items": (ROW,), "atoms": (Atom("x", "none", "w", 1.0),)}, "item none is not in the graph"),
        ({"items": (ROW,), "atoms": (Atom("x", "rows", "w", float("nan")),)}, "not finite"),
        ({"items": (ROW,), "numbers": (LinearNumber("n", "rows", {"x": Fraction(1)}, 1.0),)}, "row x is not in"),
        ({"items": (ROW,), "derived": (Derived("d", "rows", ("n",)),)}, "number n is not in the graph"),
        (
            {
                "items": (ROW, Item("f", "finding", "")),
                "atoms": (Atom("x", "rows", "w", 1.0),),
                "numbers": (LinearNumber("n", "f", {"x": Fraction(1)}, 1.0),),
            },
            "which f does not rest on",
        ),
    ],
)
def test_what_does_not_hold_together_is_refused(parts: dict[str, tuple[object, ...]], words: str) -> None:
    with pytest.raises(InputError, match=words):
        EvidenceGraph(**parts)  # type: ignore[arg-type]
