"""Statements of registers made into one share for each owner and asset, and chains that say why."""

from __future__ import annotations

import pytest
from ownership_made import coverage_of, table_of

from stopgap.base.errors import InputError
from stopgap.screening.ownership.paths import chain_text, explain
from stopgap.screening.ownership.request import OwnershipMethod
from stopgap.screening.ownership.rule import RULES, OwnershipRule, Status
from stopgap.screening.ownership.shares import WHOLE

OFAC = RULES["ofac"]
EFFECTIVE = OwnershipRule("effective", method=OwnershipMethod.EFFECTIVE)


def shares(rows, as_of=None):
    table = table_of(rows, as_of=as_of)
    return {
        (table.ids[table.owner[n]], table.ids[table.asset[n]]): (table.low[n] / WHOLE, table.high[n] / WHOLE)
        for n in range(len(table.owner))
    }, table.notes


def test_the_latest_statement_stands():
    rows = [("X", "A", 60, "r", "2022-01-01"), ("X", "A", 40, "r", "2023-05-01"), ("X", "A", 70, "r", None)]
    assert shares(rows)[0] == {("X", "A"): (0.4, 0.4)}
    assert shares(rows)[1].superseded == 2
    found, notes = shares(rows, as_of="2022-12-31")
    assert (found, notes.later, notes.superseded) == ({("X", "A"): (0.6, 0.6)}, 1, 1)
    assert shares(rows, as_of="2021-01-01")[0] == {("X", "A"): (0.7, 0.7)}


def test_a_share_that_was_sold_is_none():
    rows = [("X", "A", 60, "r", "2022-01-01"), ("X", "A", 0, "r", "2023-01-01")]
    assert shares(rows)[0] == {("X", "A"): (0, 0)}


@pytest.mark.parametrize(
    ("until", "day", "holds"),
    [("2023-03-31", "2023-03-31", True), ("2023-03-31", "2023-04-01", False), ("2023-03", "2023-03-15", True),
     ("2023", "2023-12-31", True), ("2023", "2024-01-01", False), (None, "2030-01-01", True)],
)  # fmt: skip
def test_a_share_holds_until_its_last_day(until, day, holds):
    found, notes = shares([("X", "A", 60, "r", "2020", until), ("Z", "B", 1)], as_of=day)
    assert (("X", "A") in found, notes.ended) == (holds, 0 if holds else 1)


def test_the_same_said_twice_counts_once():
    found, notes = shares([("X", "A", 30, "r", "2022"), ("X", "A", "30 %", "r", "2022"), ("X", "A", 30, "r", "2022")])
    assert (found, notes.repeated, notes.differing) == ({("X", "A"): (0.3, 0.3)}, 2, 0)


def test_sources_that_differ_are_a_range_and_classes_of_shares_may_add_up():
    found, notes = shares([("X", "A", 30, "one", "2022"), ("X", "A", 45, "two", "2022")])
    assert (found, notes.differing, notes.examples["differing"]) == ({("X", "A"): (0.3, 0.45)}, 1, ("X in A",))
    assert shares([("X", "A", 30, "one", "2022"), ("X", "A", 25, "one", "2022")])[0] == {("X", "A"): (0.25, 0.55)}
    table = table_of([("X", "A", 30, "one", "2022"), ("X", "A", 45, "two", "2022")])
    assert [(each.text, each.source) for each in table.stated(0)] == [("30", "one"), ("45", "two")]


def test_what_became_of_each_statement_is_counted():
    rows = [("A", "A", 10), ("X", "A", ""), ("X", "B", "some"), ("X", "C", "10-20"), ("X", "D", 90), ("Y", "D", 90)]
    _, notes = shares(rows)
    counted = (notes.read, notes.own_shares, notes.unknown, notes.unread, notes.contradicting)
    assert counted == (6, 1, 1, 1, 1)
    said = " ".join(notes.sentences())
    assert all(
        words in said
        for words in ("owns itself (A)", "not stated", "not understood: 0 to 100 % (some)", "more than 100 %")
    )
    assert shares([("X", "A", 50)])[1].sentences() == []


def test_a_share_that_cannot_be_is_named():
    with pytest.raises(InputError, match="more than the whole") as caught:
        table_of([("X", "A", 50), ("X", "B", 120)])
    assert caught.value.details["row"] == 2


def test_nothing_that_holds_is_an_empty_table():
    table = table_of([("X", "A", 50, "r", "2024")], as_of="2020-01-01")
    assert (len(table.owner), table.notes.later) == (0, 1)


def test_a_chain_says_share_source_and_day():
    rows = [("X", "A", 60, "register", "2024-01-01"), ("A", "B", "50-75", "report", None), ("Z", "B", 20)]
    found = explain((coverage := coverage_of(rows, "X", OFAC)), coverage.table.index["B"])
    assert (found.status, found.low, found.high, found.owners) == (Status.COVERED, 0.5, 0.75, ("X",))
    assert [chain_text(chain) for chain in found.chains] == [
        "X 60 % (register, 2024-01-01) > A 50 to 75 % (report) > B"
    ]
    assert [holding.owner for holding in found.holders] == ["A"]


def test_every_listed_owner_and_every_chain_is_shown():
    rows = [("X", "A", 30), ("Y", "A", 30), ("A", "B", 60), ("X", "B", 10), ("B", "A", 10), ("Z", "B", 20)]
    coverage = coverage_of(rows, "X Y", OFAC)
    found = explain(coverage, coverage.table.index["B"])
    assert found.owners == ("X", "Y")
    assert found.says == ("X 10 % > B", "X 30 % > A 60 % > B", "Y 30 % > A 60 % > B")
    assert [holding.owner for holding in found.holders] == ["A", "X"]


def test_what_is_not_covered_shows_what_is_held_of_it():
    coverage = coverage_of([("X", "A", 30), ("Z", "A", 70), ("A", "B", 100)], "X", OFAC)
    found = explain(coverage, coverage.table.index["A"])
    assert (found.status, found.low, found.says) == (Status.NOT_COVERED, 0.3, ("X 30 % > A",))
    below = explain(coverage, coverage.table.index["B"])
    assert (below.status, below.low, below.chains, below.owners) == (Status.NOT_COVERED, 0.0, (), ())
    effective = coverage_of([("X", "A", 30), ("A", "B", 100)], "X", EFFECTIVE)
    assert explain(effective, effective.table.index["B"]).says == ("X 30 % > A 100 % > B",)


def test_a_listed_party_is_listed():
    coverage = coverage_of([("X", "Y", 60)], "X Y", OFAC)
    found = explain(coverage, coverage.table.index["Y"])
    assert (found.status, found.low) == (Status.LISTED, 1.0)


def test_many_chains_are_cut_and_no_owner_is_lost():
    rows = [
        *((f"X{n}", "A", 1) for n in range(60)),
        *(("A", f"M{n}", 60) for n in range(5)),
        *((f"M{n}", "B", 20) for n in range(5)),
    ]
    coverage = coverage_of(rows, " ".join(f"X{n}" for n in range(60)), OFAC)
    found = explain(coverage, coverage.table.index["B"])
    assert (len(found.chains), found.has_more, len(found.owners)) == (20, True, 60)
    circle = coverage_of([("A", "B", 50), ("B", "A", 50), ("X", "A", 50), ("X", "B", 50)], "X", EFFECTIVE)
    assert explain(circle, circle.table.index["A"]).says == ("X 50 % > A", "X 50 % > B 50 % > A")
