"""What goes and what does not: cases done by hand, and random graphs packed, unpacked, searched and solved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pack_judge import Findings, Judge
from prove_packs import Key, prove
from random_graphs import random_case

from stopgap.base.errors import UsageError
from stopgap.base.marking import CLEAR, Marking, Tlp
from stopgap.evidence.disclosure.complementary_suppression import Reason
from stopgap.evidence.disclosure.graph import AggregateRelease, Atom, Derived, EvidenceGraph, Item, LinearNumber
from stopgap.evidence.disclosure.selection import Selection, select

GREEN, AMBER, RED = Marking(Tlp.GREEN), Marking(Tlp.AMBER), Marking(Tlp.RED)
ONE = Fraction(1)


def released(id: str, *inputs: str, kind: str = "finding", whole: bool = False) -> Item:
    """An aggregate that may go to anybody, whatever it rests on."""
    decision = AggregateRelease(f"r-{id}", id, CLEAR, "an officer", "2026-01-01T00:00:00Z", "agreed")
    return Item(id, kind, id, None, inputs, decision, True, whole)


def rows(item: str, *values: float | None, who: str = "") -> tuple[Atom, ...]:
    """Rows ``item0``, ``item1`` … of contributors ``A``, ``B`` …, or of those named letter by letter."""
    letters = who or "ABCDEFGHIJ"
    return tuple(Atom(f"{item}{n}", item, letters[n], value) for n, value in enumerate(values))


def number(id: str, item: str, parts: Iterable[str], priority: int = 0) -> LinearNumber:
    return LinearNumber(id, item, dict.fromkeys(parts, ONE), 1.0, priority)


SECRET, OPEN = Item("s", "receipt", "secret", AMBER), Item("o", "receipt", "open", CLEAR)


def graph(
    items: Iterable[Item], atoms: Iterable[Atom], *numbers: LinearNumber, derived: Iterable[Derived] = ()
) -> EvidenceGraph:
    return EvidenceGraph((SECRET, OPEN, *items), tuple(atoms), numbers, tuple(derived))


def test_what_is_too_high_and_what_rests_on_it_is_left_out_with_its_reason() -> None:
    case = EvidenceGraph(
        (
            Item("red", "receipt", "", RED),
            Item("fra", "receipt", "", Marking(Tlp.CLEAR, frozenset({"FRA"}))),
            Item("open", "receipt", "", CLEAR),
            Item("f-red", "finding", "", None, ("red", "open")),
            Item("f-fra", "finding", "", None, ("fra",)),
            Item("f-open", "finding", "", None, ("open",)),
            Item("c-own", "claim", "", RED, ("f-open",)),
            Item("c", "claim", "", None, ("f-red",)),
        )
    )
    chosen = select(case, Marking(Tlp.GREEN, frozenset({"DEU"})))
    assert chosen.items == ("open", "f-open")
    assert chosen.items_left_out == {
        "red": Reason.ABOVE,
        "fra": Reason.OUTSIDE,
        "f-red": Reason.RESTS,
        "f-fra": Reason.RESTS,
        "c-own": Reason.ABOVE,
        "c": Reason.RESTS,
    }
    assert chosen.left_out_summary() == [
        {"kind": "claim", "reason": "above the marking", "count": 1},
        {"kind": "claim", "reason": "rests on what is left out", "count": 1},
        {"kind": "finding", "reason": "rests on what is left out", "count": 2},
        {"kind": "receipt", "reason": "above the marking", "count": 1},
        {"kind": "receipt", "reason": "outside releasability", "count": 1},
    ]


def test_a_released_total_goes_and_the_subtotal_that_would_complete_it_does_not() -> None:
    atoms = rows("s", 10, 11, 12, 13, 14)
    case = graph(
        [released("f", "s")],
        atoms,
        number("all", "f", ["s0", "s1", "s2", "s3", "s4"], 0),
        number("four", "f", ["s0", "s1", "s2", "s3"], 1),
    )
    chosen = select(case, GREEN)
    assert chosen.numbers == {"all"}
    assert chosen.numbers_withheld == {"four": Reason.SUBTRACTION}
    assert chosen.partial == {"f"}
    assert chosen.atoms == frozenset()
    first = select(replace(case, numbers=(case.numbers[0], replace(case.numbers[1], priority=-1))), GREEN)
    assert first.numbers == {"four"}, "the one of lower priority stays"


def test_the_complement_counts_what_is_open() -> None:
    atoms = (*rows("s", 10, 11, 12, 13), *rows("o", 5, 6, 7))
    names = [atom.id for atom in atoms]
    case = graph([released("f", "s", "o")], atoms, number("all", "f", names), number("one", "f", ["o0", "o1", "s3"]))
    chosen = select(case, GREEN)
    assert chosen.numbers == {"all"}
    assert chosen.numbers_withheld == {"one": Reason.SMALL}
    assert chosen.atoms == {"o0", "o1", "o2"}


@pytest.mark.parametrize(
    ("values", "who", "goes"),
    [
        ((10, 11, 12), "ABC", True),
        ((10, 11, 12), "ABA", False),
        ((10, 11, None), "ABC", False),  # a missing value hides nobody
        ((10, 11, 0), "ABC", False),
        ((0, 0, 0), "ABC", False),  # their sum shows each
        ((84, 10, 6), "ABC", True),
        ((86, 10, 4), "ABC", False),
        ((43, 10, 4, 43), "ABCA", False),
    ],
)
def test_small_cells(values: tuple[float | None, ...], who: str, goes: bool) -> None:
    atoms = rows("s", *values, who=who)
    case = graph([released("f", "s")], atoms, number("all", "f", [atom.id for atom in atoms]))
    chosen = select(case, GREEN)
    assert (chosen.numbers == {"all"}) is goes
    if not goes:
        assert chosen.numbers_withheld == {"all": Reason.SMALL}
        assert chosen.items_left_out["f"] == Reason.SMALL


def test_a_difference_of_two_contributors_does_not_follow() -> None:
    atoms = rows("s", 10, 11, 12, 13, 14)
    names = [atom.id for atom in atoms]
    case = graph([released("f", "s")], atoms, number("all", "f", names), number("three", "f", names[:3], 1))
    chosen = select(case, GREEN)
    assert chosen.numbers_withheld == {"three": Reason.SMALL}
    looser = select(case, GREEN, min_contributors=2)
    assert looser.numbers == {"all", "three"}


def test_an_open_row_is_withheld_where_a_finding_above_it_would_follow() -> None:
    atoms = rows("o", 10, 30, 20)
    case = graph(
        [Item("f", "finding", "", AMBER, ("o",)), Item("g", "finding", "", None, ("o",))],
        atoms,
        number("hidden", "f", ["o0", "o1", "o2"]),
        number("same", "g", ["o0", "o1", "o2"]),
        number("part", "g", ["o0", "o2"]),
    )
    chosen = select(case, GREEN)
    assert chosen.atoms == {"o0", "o2"}
    assert chosen.atoms_withheld == {"o1": Reason.SUBTRACTION}, "the largest hides the most"
    assert chosen.numbers == {"part"}
    assert chosen.numbers_withheld == {"same": Reason.SUBTRACTION}
    assert select(case, AMBER).atoms == {"o0", "o1", "o2"}


def test_a_missing_row_hides_nothing() -> None:
    """The number is the open row's value, whatever is missing beside it."""
    case = graph(
        [Item("f", "finding", "", AMBER, ("s", "o"))],
        (Atom("o0", "o", "A", 10.0), Atom("s0", "s", "B", None)),
        number("hidden", "f", ["o0", "s0"]),
    )
    assert select(case, GREEN).atoms == frozenset()


def test_an_extract_lets_go_what_it_repeats_and_nothing_else() -> None:
    atoms = rows("s", 10, 11, 12, 13, 14, 15)
    names = [atom.id for atom in atoms]
    finding = Item("f", "finding", "", None, ("s",))
    case = graph(
        [finding, released("x", "f", kind="extract")],
        atoms,
        number("all", "f", names),
        number("half", "f", names[:3]),
        number("all-x", "x", names),
    )
    chosen = select(case, GREEN)
    assert chosen.items == ("o", "x")
    assert chosen.numbers == {"all-x"}
    # a finding that the extract does not rest on keeps its number to itself
    apart = graph(
        [finding, replace(finding, id="h"), released("x", "f", kind="extract")],
        atoms,
        number("all-h", "h", names),
        number("all-x", "x", names),
    )
    assert select(apart, GREEN).numbers_withheld == {"all-x": Reason.SUBTRACTION}


def test_what_inherits_a_release_may_repeat_it_and_add_nothing() -> None:
    atoms = rows("s", 10, 11, 12, 13, 14, 15)
    names = [atom.id for atom in atoms]
    case = graph(
        [released("f", "s"), Item("c", "claim", "", None, ("f",))],
        atoms,
        number("all", "f", names, 9),
        number("again", "c", names),
        number("half", "c", names[:3]),
    )
    chosen = select(case, GREEN)
    assert chosen.numbers == {"all", "again"}
    assert chosen.numbers_withheld == {"half": Reason.RESTS}
    assert "c" in chosen.partial


def test_what_goes_whole_goes_with_all_its_numbers_or_not_at_all() -> None:
    atoms = rows("s", 10, 11, 12, 13, 14)
    names = [atom.id for atom in atoms]
    case = graph(
        [released("f", "s", whole=True), Item("b", "brief", "", None, ("f",), whole=True)],
        atoms,
        number("all", "f", names),
        number("four", "f", names[:4]),
    )
    chosen = select(case, GREEN)
    assert chosen.items == ("o",)
    assert chosen.items_left_out["f"] == Reason.SUBTRACTION
    assert chosen.items_left_out["b"] == Reason.RESTS
    assert chosen.numbers_withheld == {"all": Reason.RESTS, "four": Reason.SUBTRACTION}


def test_a_whole_page_does_not_go_where_a_number_it_shows_is_withheld() -> None:
    atoms = rows("s", 10, 11, 12, 13, 14)
    names = [atom.id for atom in atoms]
    case = graph(
        [released("f", "s"), Item("b", "brief", "", None, ("f",), whole=True), Item("c", "claim", "", None, ("f",))],
        atoms,
        number("all", "f", names),
        number("four", "f", names[:4], 1),
    )
    chosen = select(case, GREEN)
    assert set(chosen.items) == {"o", "f", "c"}
    assert chosen.items_left_out["b"] == Reason.RESTS


def test_a_share_goes_only_with_its_numbers_and_a_hidden_one_hides_one_of_them() -> None:
    atoms = rows("s", 10, 11, 12, 13, 14, 15)
    names = [atom.id for atom in atoms]
    case = graph(
        [released("f", "s")],
        atoms,
        number("all", "f", names),
        number("half", "f", names[:3], 1),
        number("five", "f", names[:5], 2),
        derived=[Derived("share", "f", ("half", "all")), Derived("most", "f", ("five", "all"))],
    )
    chosen = select(case, GREEN)
    assert chosen.derived == {"share"}
    assert chosen.derived_withheld == {"most": Reason.RESTS}
    hidden = graph(
        [released("f", "s"), Item("v", "verdict", "", RED, ("f",))],
        atoms,
        number("all", "f", names),
        number("half", "f", names[:3], 1),
        derived=[Derived("share", "v", ("half", "all"))],
    )
    assert select(hidden, GREEN).numbers_withheld == {"half": Reason.SUBTRACTION}


@pytest.mark.parametrize("rule", [{"min_contributors": 0}, {"dominance": Fraction(0)}, {"dominance": Fraction(2)}])
def test_a_rule_that_is_none_is_refused(rule: dict[str, Fraction]) -> None:
    with pytest.raises(UsageError, match="no rule of small cells"):
        select(graph([], ()), GREEN, **rule)  # type: ignore[arg-type]


def test_one_who_is_cleared_for_all_gets_all() -> None:
    for seed in range(300):
        case = random_case(seed)
        bare = EvidenceGraph(
            tuple(replace(item, own=CLEAR if item.own else None, release=None) for item in case.graph.items),
            case.graph.atoms,
            case.graph.numbers,
            case.graph.derived,
        )
        chosen = select(bare, CLEAR)
        assert len(chosen.items) == len(bare.items)
        assert len(chosen.atoms) == len(bare.atoms)
        assert len(chosen.numbers) == len(bare.numbers)
        assert len(chosen.derived) == len(bare.derived)
        assert chosen.left_out_summary() == []


@pytest.mark.prove_only
@settings(max_examples=100)
@example(235)
@given(st.integers(0, 100_000))
def test_the_order_of_the_parts_changes_nothing(seed: int) -> None:
    case = random_case(seed)
    other = EvidenceGraph(
        case.graph.items[::-1], case.graph.atoms[::-1], case.graph.numbers[::-1], case.graph.derived[::-1]
    )
    one, two = select(case.graph, case.audience), select(other, case.audience)
    assert (one.atoms, one.numbers, one.derived) == (two.atoms, two.numbers, two.derived)
    assert one.items_left_out == two.items_left_out
    assert one.left_out_summary() == two.left_out_summary()


@settings(max_examples=100)
@given(st.integers(0, 100_000))
def test_every_part_goes_or_has_a_reason(seed: int) -> None:
    case = random_case(seed)
    chosen, judge = select(case.graph, case.audience), Judge(case)
    assert set(chosen.items) | chosen.items_left_out.keys() == set(case.graph.item)
    assert not set(chosen.items) & chosen.items_left_out.keys()
    for each in case.graph.numbers:
        if judge.may(each.item):
            assert (each.id in chosen.numbers) != (each.id in chosen.numbers_withheld)
    for atom in case.graph.atoms:
        if judge.may(atom.item):
            assert (atom.id in chosen.atoms) != (atom.id in chosen.atoms_withheld)
    told = Counter(chosen.items_left_out.values()) + Counter(chosen.numbers_withheld.values())
    assert sum(told.values()) <= sum(int(str(entry["count"])) for entry in chosen.left_out_summary())


SEEDS = (1, 20_000, 30_000, 40_000)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("first", SEEDS)
def test_nothing_gets_out_of_packs_of_random_graphs(first: int) -> None:
    found, key = Findings(), Key()
    for seed in range(first, first + 60):
        prove(random_case(seed), found, key, label=f"seed {seed}")
    assert found.faults == []
    assert found.counts["canaries searched"] > 3000
    assert found.counts["protected values solved for"] > 2000
    assert found.counts["numbers kept"] > 100
    assert len(found.needless) <= found.counts["withheld for what would follow"] / 10


Broken = Callable[[EvidenceGraph, Selection, Marking], Selection]


def without_subtraction(graph: EvidenceGraph, chosen: Selection, audience: Marking) -> Selection:
    return _with_numbers(graph, chosen, Reason.SUBTRACTION)


def without_small_cells(graph: EvidenceGraph, chosen: Selection, audience: Marking) -> Selection:
    return _with_numbers(graph, chosen, Reason.SMALL)


def without_withheld_rows(graph: EvidenceGraph, chosen: Selection, audience: Marking) -> Selection:
    back = {name for name in chosen.atoms_withheld if graph.atom[name].item in chosen.items}
    return replace(chosen, atoms=chosen.atoms | back)


def without_releasability(graph: EvidenceGraph, chosen: Selection, audience: Marking) -> Selection:
    back = tuple(name for name, why in chosen.items_left_out.items() if why == Reason.OUTSIDE)
    return replace(chosen, items=chosen.items + back)


def one_level_higher(graph: EvidenceGraph, chosen: Selection, audience: Marking) -> Selection:
    return select(graph, Marking(Tlp(min(audience.tlp + 1, Tlp.RED)), audience.releasable_to))


def _with_numbers(graph: EvidenceGraph, chosen: Selection, reason: Reason) -> Selection:
    back = {
        name
        for name, why in chosen.numbers_withheld.items()
        if why == reason and graph.number[name].item in chosen.items
    }
    return replace(chosen, numbers=chosen.numbers | back)


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (without_subtraction, "follows from"),
        (without_small_cells, "value of a number"),
        (without_withheld_rows, "is a sum of rows in the pack"),
        (without_releasability, "title"),
        (one_level_higher, "value of a row"),
    ],
)
def test_the_proof_finds_what_a_broken_selection_lets_out(broken: Broken, words: str) -> None:
    found, key = Findings(), Key()
    for seed in range(1, 61):
        prove(
            random_case(seed),
            found,
            key,
            lambda graph, audience: broken(graph, select(graph, audience), audience),
            label=f"seed {seed}",
        )
    assert any(words in fault for fault in found.faults), found.faults[:5]
