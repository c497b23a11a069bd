"""Effective markings: the strictest of what a thing rests on, conservative, lowered by a release alone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lake_rows import put, trade_row

from stopgap.base.errors import NotFoundError, RefusedError, UsageError
from stopgap.base.marking import CLEAR, Marking, Tlp, parse_marking, strictest
from stopgap.claims.claim import Action, Claim, ClaimWords, SourceLink, Speaker, Stance
from stopgap.claims.register.register import register_claim
from stopgap.evidence.markings.changes import check_log, release, set_marking, withdraw_release
from stopgap.evidence.markings.effective import (
    DEFAULTS,
    EffectiveMarkings,
    finding_basis,
    marking_of_finding,
    open_markings,
    read_markings,
)
from stopgap.evidence.markings.provenance import marking_of_claims
from stopgap.evidence.markings.reads import marking_of_all
from stopgap.evidence.markings.shown import list_markings, show_marking
from stopgap.intake.querying import query_lake
from stopgap.lake.history import read_log
from stopgap.lake.marking_log import LOG, Mark, MarkingBook, ReceiptMark, mark_receipts
from stopgap.lake.receipts import Receipt

ANNUAL, MONTHLY, OTHER = "a" * 16, "b" * 16, "c" * 16
GREEN, AMBER, STRICT, RED = (Marking(level) for level in list(Tlp)[1:])
SAID = {"who": "Jane Roe", "when": "2026-07-01T12:00:00Z", "why": "the sender asked for it"}

markings = st.builds(Marking, st.sampled_from(Tlp), st.none() | st.frozensets(st.sampled_from(["DEU", "FRA", "USA"])))


@pytest.fixture
def lake(tmp_path):
    """Annual figures of one source, then monthly ones of another: two files, two vintages."""
    folder = tmp_path / "lake"
    put(folder, [trade_row(receipt=ANNUAL)], name=ANNUAL)
    put(folder, [trade_row(receipt=MONTHLY, frequency="M", source="eurostat")], name=MONTHLY)
    return folder


def mark(lake, subject, marking):
    return set_marking(lake, subject, marking, **SAID)


def found(**changes):
    """A finding's JSON, as far as markings read it."""
    return {
        "finding_id": "sha256:" + "1" * 64, "as_of": "v2", "frequency": "A", "goods": "chips", "episode": "russia-2022",
        "suspended": {}, **changes,
    }  # fmt: skip


def keep(lake, **changes):
    finding = found(**changes)
    path = lake / "findings" / f"{finding['finding_id'].removeprefix('sha256:')}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(finding))
    return finding


def receipt_of(lake, name):
    return next(each for commit in read_log(lake) for each in commit.receipts if each.receipt == name)


def test_defaults_are_those_of_the_kinds(lake):
    read = read_markings(lake)
    assert read.of_receipt(receipt_of(lake, ANNUAL)) == CLEAR
    assert read.of_receipt(receipt_of(lake, ANNUAL), "declarations") == AMBER
    assert read.of_receipt(replace(receipt_of(lake, ANNUAL), receipt="f" * 16)) == AMBER  # of no table that is known
    assert (read.of_decision("d-0123456789ab"), read.of_subject("attachment:sha256:" + "0" * 64)) == (AMBER, AMBER)
    assert (read.of_subject("goods:chips"), read.of_subject("episode:russia-2022")) == (CLEAR, CLEAR)


@pytest.mark.parametrize(
    ("marks", "table", "expected"),
    [
        ({}, "trade", CLEAR),
        ({}, "declarations", AMBER),
        ({"receipt:R": GREEN}, "declarations", GREEN),  # a file's own mark stands in for the default
        ({"receipt:R": GREEN, "source:S": RED}, "declarations", RED),  # never for a mark of its source
        ({"source:S": GREEN}, "declarations", AMBER),  # the strictest, where the file has none
        ({"source:S": GREEN}, "trade", GREEN),
        ({"table:declarations": GREEN}, "declarations", GREEN),
        ({"table:declarations": RED, "receipt:R": AMBER}, "declarations", AMBER),
        ({"table:trade": RED}, "declarations", AMBER),
        ({"receipt:R": parse_marking("GREEN", "DEU,FRA"), "source:S": parse_marking("CLEAR", "FRA,USA")}, "trade",
         parse_marking("GREEN", "FRA")),
    ],
)  # fmt: skip
def test_rows_of_a_file(lake, marks, table, expected):
    names = {"receipt:R": f"receipt:{ANNUAL}", "source:S": "source:comtrade"}
    for subject, marking in marks.items():
        mark(lake, names.get(subject, subject), marking)
    assert read_markings(lake).of_receipt(receipt_of(lake, ANNUAL), table) == expected


@given(st.dictionaries(st.sampled_from([f"receipt:{ANNUAL}", "source:s", "table:trade"]), markings))
def test_a_file_is_never_below_its_own_mark_or_its_source(marks):
    book = MarkingBook(tuple(Mark(subject, marking, None, "", "", "") for subject, marking in marks.items()))
    receipt = Receipt(ANNUAL, "", "", 0, "s", "", None, "", None, None, 0, 0, 0, 0, 0)
    effective = EffectiveMarkings(book, {}).of_receipt(receipt, "trade")
    for subject in (f"receipt:{ANNUAL}", "source:s"):
        if subject in marks:
            assert strictest([effective, marks[subject]]) == effective


def files_behind(lake, finding):
    return [receipt.receipt for receipt, _ in open_markings(lake).receipts(finding_basis(finding))]


def test_a_finding_rests_on_every_file_of_its_frequency_in_force(lake):
    assert files_behind(lake, found()) == [ANNUAL, MONTHLY]  # both alike: no need to look
    mark(lake, f"receipt:{MONTHLY}", RED)
    assert files_behind(lake, found()) == [ANNUAL]
    assert files_behind(lake, found(frequency="M")) == [MONTHLY]
    assert marking_of_finding(lake, found()) == CLEAR
    assert marking_of_finding(lake, found(frequency="M")) == RED
    assert marking_of_finding(lake, found(frequency="M", as_of="v1")) == CLEAR  # before that file came


def test_a_file_of_another_source_counts_all_the_same(lake):
    put(lake, [trade_row(receipt=OTHER, source="eurostat", reporter="TUR")], name=OTHER)
    mark(lake, f"receipt:{OTHER}", AMBER)
    assert marking_of_finding(lake, found(as_of="v3")) == AMBER
    assert marking_of_finding(lake, found()) == CLEAR


@pytest.mark.parametrize("subject", ["goods:chips", "episode:russia-2022", "finding:sha256:" + "1" * 64])
def test_a_finding_inherits_what_it_is_about(lake, subject):
    keep(lake)
    mark(lake, subject, STRICT)
    assert marking_of_finding(lake, found()) == STRICT


def test_the_marking_stands_beside_the_finding_and_not_in_its_id(lake):
    before = keep(lake)
    mark(lake, f"receipt:{ANNUAL}", RED)
    assert marking_of_finding(lake, before) == RED
    assert found()["finding_id"] == before["finding_id"]


def test_a_release_lowers_a_finding_and_nothing_that_it_rests_on(lake):
    keep(lake)
    mark(lake, f"receipt:{ANNUAL}", AMBER)
    made = release(lake, "sha256:11111111", GREEN, **SAID)
    assert (made.item, made.decided_on, made.marking) == ("finding:sha256:" + "1" * 64, AMBER, GREEN)
    assert marking_of_finding(lake, found()) == GREEN
    assert read_markings(lake).of_receipt(receipt_of(lake, ANNUAL)) == AMBER
    assert marking_of_finding(lake, found(finding_id="sha256:" + "2" * 64)) == AMBER


def test_a_release_falls_away_when_what_is_behind_becomes_stricter(lake):
    keep(lake)
    mark(lake, f"receipt:{ANNUAL}", AMBER)
    release(lake, "finding:sha256:11111111", GREEN, **SAID)
    mark(lake, f"receipt:{ANNUAL}", STRICT)
    assert marking_of_finding(lake, found()) == STRICT
    shown = show_marking(lake, "sha256:11111111")
    assert (shown.effective, shown.holds) == (STRICT, False)
    mark(lake, f"receipt:{ANNUAL}", AMBER)
    assert marking_of_finding(lake, found()) == GREEN


def test_a_release_that_is_taken_back_holds_no_longer(lake):
    keep(lake)
    mark(lake, f"receipt:{ANNUAL}", AMBER)
    made = release(lake, "11111111", GREEN, **SAID)
    withdraw_release(lake, made.id, **SAID)
    assert marking_of_finding(lake, found()) == AMBER
    assert read_markings(lake).releases() == {}
    with pytest.raises(RefusedError, match="taken back already"):
        withdraw_release(lake, made.id, **SAID)
    with pytest.raises(NotFoundError):
        withdraw_release(lake, "r-0000000000", **SAID)


@pytest.mark.parametrize("marking", [AMBER, RED, parse_marking("AMBER", "DEU")])
def test_a_release_that_would_not_lower_is_refused(lake, marking):
    keep(lake)
    mark(lake, f"receipt:{ANNUAL}", AMBER)
    with pytest.raises(RefusedError, match="does not lower"):
        release(lake, "11111111", marking, **SAID)
    assert read_markings(lake).releases() == {}


@pytest.mark.parametrize("wanted", [f"receipt:{ANNUAL}", "source:comtrade", "claim:c-0123456789", "decision:a-0123456789",
                                    "alert:a-0123456789"])  # fmt: skip
def test_nothing_but_a_sum_is_released(lake, wanted):
    with pytest.raises(RefusedError, match="no finding and no verdict"):
        release(lake, wanted, CLEAR, **SAID)


def test_a_release_needs_a_reason_and_a_finding_that_is_there(lake):
    keep(lake)
    mark(lake, f"receipt:{ANNUAL}", AMBER)
    with pytest.raises(UsageError):
        release(lake, "11111111", GREEN, **{**SAID, "why": " "})
    with pytest.raises(NotFoundError):
        release(lake, "22222222", GREEN, **SAID)
    with pytest.raises(UsageError):
        release(lake, "1111", GREEN, **SAID)
    keep(lake, finding_id="sha256:" + "1" * 63 + "2")
    with pytest.raises(NotFoundError, match="2 findings begin"):
        release(lake, "11111111", GREEN, **SAID)


def test_a_findings_own_mark_never_goes_below_what_it_rests_on(lake):
    finding = keep(lake)
    mark(lake, f"receipt:{ANNUAL}", AMBER)
    subject = f"finding:{finding['finding_id']}"
    with pytest.raises(RefusedError, match="would lower it"):
        mark(lake, subject, GREEN)
    mark(lake, subject, RED)
    with pytest.raises(RefusedError, match="would lower it"):
        mark(lake, subject, AMBER)
    assert marking_of_finding(lake, finding) == RED


def test_files_are_marked_lower_with_a_reason_and_it_shows(lake):
    mark(lake, f"receipt:{ANNUAL}", RED)
    done = mark(lake, f"receipt:{ANNUAL}", GREEN)
    assert (done.mark.lowers, done.mark.before) == (True, RED)
    assert "closed" in done.notes[0]
    [row] = [row for row in list_markings(lake) if row.kind == "mark"]
    assert (row.state, row.marked, row.about) == ("lowered", GREEN, f"{ANNUAL}.csv")
    assert [each.marking for each in show_marking(lake, f"receipt:{ANNUAL}").history] == [RED, GREEN]


@pytest.mark.parametrize("subject", ["receipt:" + "f" * 16, "claim:c-0123456789", "alert:a-0123456789",
                                     "decision:d-0123456789ab", "finding:sha256:" + "f" * 64])  # fmt: skip
def test_what_the_lake_does_not_hold_is_not_marked(lake, subject):
    with pytest.raises(NotFoundError):
        mark(lake, subject, RED)
    assert not LOG.path(lake).exists()


def test_a_mark_of_a_source_waits_for_its_files(lake):
    assert mark(lake, "source:not-there", RED).notes
    assert not mark(lake, "source:comtrade", RED).notes


def claim(*forms, **fields):
    chain = tuple(SourceLink(f"source {number}", form) for number, form in enumerate(forms))
    return Claim(
        id=None, title="China backfills", said_by=Speaker("Jane Roe"), said_on="2024-04-08",
        words=ClaimWords("China backfills", quoted=False), stance=Stance.ASSERTION, actor="CHN", action=Action.BACKFILL,
        target="RUS", chain=chain, **fields,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        (("report",), CLEAR),
        (("report", "briefing"), CLEAR),  # it was published
        (("report", "unnamed-officials"), CLEAR),
        (("transcript", "briefing"), CLEAR),
        (("statement", "speech"), CLEAR),
        (("statement", "report"), CLEAR),
        (("briefing",), AMBER),
        (("briefing", "report"), AMBER),  # we have it from the briefing
        (("unnamed-officials",), AMBER),
        (("statement", "unnamed-officials"), AMBER),
        (("call",), AMBER),
        (("quoted",), AMBER),
        ((None,), AMBER),
        ((), AMBER),
    ],
)
def test_statements_are_public_as_their_chain_is(forms, expected):
    assert EffectiveMarkings().default_of_claim(claim(*forms)) == expected


def test_a_statement_is_marked_and_carries_its_verdict(lake):
    entry = register_claim(lake, claim("report"), who="ann", when="2024-05-01T00:00:00Z").entry
    assert marking_of_claims(lake, [entry]) == CLEAR
    mark(lake, f"claim:{entry.id}", STRICT)
    assert read_markings(lake).of_claim(entry) == STRICT
    assert marking_of_claims(lake, [entry]) == STRICT
    assert marking_of_all(lake) == STRICT
    assert show_marking(lake, f"verdict:{entry.id}").effective == STRICT


def test_a_query_is_as_strict_as_the_files_of_its_tables(lake):
    mark(lake, f"receipt:{MONTHLY}", RED)
    assert query_lake(lake, "FROM trade").marking == RED
    assert query_lake(lake, "FROM trade", as_of="v1").marking == CLEAR
    assert query_lake(lake, "FROM declarations").marking == CLEAR  # there are none
    assert query_lake(lake, "FROM receipts", as_of="v1").marking == RED  # conservative: all files, of all vintages
    assert query_lake(lake, "FROM findings", as_of="v1").marking == RED
    assert query_lake(lake, "SELECT 42").marking == CLEAR


def test_a_file_marked_before_its_import_is_never_there_unmarked(tmp_path):
    mark_receipts(tmp_path, [ANNUAL], ReceiptMark(RED, **SAID))
    put(tmp_path, [trade_row(receipt=ANNUAL)], name=ANNUAL)
    assert read_markings(tmp_path).of_receipt(receipt_of(tmp_path, ANNUAL)) == RED


def test_every_default_is_listed_until_somebody_marks_it(lake):
    mark(lake, "table:declarations", RED)
    rows = {row.subject: row.kind for row in list_markings(lake)}
    assert rows == {**dict.fromkeys(DEFAULTS, "default"), "table:declarations": "mark"}


def test_show_names_what_brings_a_marking(lake):
    mark(lake, "source:comtrade", AMBER)
    shown = show_marking(lake, f"receipt:{ANNUAL}")
    assert shown.behind == (("table:trade", CLEAR), ("source:comtrade", AMBER))
    assert (shown.own, shown.effective) == (None, AMBER)
    keep(lake)
    shown = show_marking(lake, "sha256:11111111")
    assert dict(shown.behind)[f"receipt:{ANNUAL}"] == AMBER
    assert shown.effective == AMBER


def test_a_log_cut_at_its_end_is_seen_by_its_head(lake):
    mark(lake, "source:comtrade", RED)
    head = check_log(lake).head
    assert check_log(lake, head=head).after_head == 0
    LOG.path(lake).write_bytes(b"")
    assert check_log(lake).holds
    assert not check_log(lake, head=head).holds
    with pytest.raises(UsageError):
        check_log(lake, head="head")


def test_a_broken_log_stops_every_answer(lake):
    mark(lake, "source:comtrade", RED)
    path = LOG.path(lake)
    path.write_bytes(path.read_bytes().replace(b"RED", b"CLEAR"))
    for ask in (
        lambda: read_markings(lake),
        lambda: marking_of_finding(lake, found()),
        lambda: query_lake(lake, "SELECT 1").marking,
    ):
        with pytest.raises(RefusedError):
            ask()
