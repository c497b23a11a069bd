"""The log of markings: the last mark is in force, nothing is erased, a release holds for what it was decided on."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.base.errors import InputError, RefusedError, UsageError
from stopgap.base.marking import CLEAR, Marking, Tlp, strictest
from stopgap.lake.marking_log import (
    KINDS,
    LOG,
    MarkingBook,
    MarkingRelease,
    ReceiptMark,
    book_of,
    lowers,
    mark_receipts,
    marked_event,
    parse_subject,
    read_book,
    released_event,
    withdrawn_event,
)

RECEIPT = "0123456789abcdef"
FINDING = "finding:sha256:" + "a" * 64
AMBER, GREEN, RED = (Marking(level) for level in (Tlp.AMBER, Tlp.GREEN, Tlp.RED))
SAID = {"who": "Jane Roe", "when": "2026-07-01T12:00:00Z", "why": "the sender asked for it"}

economies = st.none() | st.frozensets(st.sampled_from(["DEU", "FRA", "USA"]))
markings = st.builds(Marking, st.sampled_from(Tlp), economies)


def put(lake, *events):
    with LOG.writing(lake) as log:
        log.append(list(events))
    return read_book(lake)


def test_a_lake_without_a_log_has_no_marks(tmp_path):
    assert read_book(tmp_path) == MarkingBook()


def test_the_last_mark_is_in_force_and_the_first_is_kept(tmp_path):
    subject = f"receipt:{RECEIPT}"
    book = put(tmp_path, marked_event(subject, RED, **SAID), marked_event(subject, GREEN, **SAID))
    assert book.own(subject) == GREEN
    assert [(mark.marking, mark.before, mark.lowers) for mark in book.history(subject)] == [
        (RED, None, False),
        (GREEN, RED, True),
    ]
    assert book.own("source:comtrade") is None


def test_a_release_stands_until_it_is_taken_back(tmp_path):
    release = released_event(FINDING, GREEN, decided_on=AMBER, **SAID)
    book = put(tmp_path, release)
    assert book.releases[FINDING].marking == GREEN
    book = put(tmp_path, withdrawn_event(release["id"], who="John Doe", when=SAID["when"], why="an error"))
    assert book.releases == {}
    assert book.decided[0].withdrawn == ("John Doe", SAID["when"], "an error")
    assert len(LOG.read(tmp_path)) == 2


def test_an_earlier_release_is_back_when_the_later_one_is_taken_back(tmp_path):
    first = released_event(FINDING, GREEN, decided_on=AMBER, **SAID)
    second = released_event(FINDING, CLEAR, decided_on=GREEN, **SAID)
    assert put(tmp_path, first, second).releases[FINDING].marking == CLEAR
    assert put(tmp_path, withdrawn_event(second["id"], **SAID)).releases[FINDING].marking == GREEN


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (AMBER, GREEN, True),
        (AMBER, AMBER, False),
        (GREEN, AMBER, False),
        (Marking(Tlp.GREEN, frozenset({"DEU"})), GREEN, True),  # to everybody within the level
        (GREEN, Marking(Tlp.GREEN, frozenset({"DEU"})), False),
        (Marking(Tlp.GREEN, frozenset({"DEU"})), Marking(Tlp.GREEN, frozenset({"DEU", "FRA"})), True),
        (Marking(Tlp.GREEN, frozenset({"DEU", "FRA"})), Marking(Tlp.AMBER, frozenset({"DEU"})), False),
        (AMBER, Marking(Tlp.GREEN, frozenset({"DEU"})), True),  # to Germany at a level that it could not have
    ],
)
def test_what_lowers(before, after, expected):
    assert lowers(before, after) is expected


@given(markings, markings, markings)
def test_what_does_not_lower_opens_to_nobody(before, after, audience):
    if not lowers(before, after) and after.fits(audience):
        assert before.fits(audience)


@given(markings, markings)
def test_what_lowers_opens_to_somebody(before, after):
    assert lowers(before, after) == (after.fits(after) and not before.fits(after))


@given(markings, markings, markings)
def test_a_release_covers_nothing_stricter_than_what_it_was_decided_on(decided_on, inputs, audience):
    release = MarkingRelease("r-1", FINDING, CLEAR, decided_on, "who", "when", "why")
    if release.covers(inputs) and decided_on.fits(audience):
        assert inputs.fits(audience)
    assert release.covers(decided_on)
    if not decided_on.fits(strictest([decided_on, inputs])) or strictest([decided_on, inputs]) != decided_on:
        assert not release.covers(inputs)


@pytest.mark.parametrize(
    "text",
    [
        f"receipt:{RECEIPT}", "source:comtrade", "table:declarations", "claim:c-0123456789", "alert:a-0123456789",
        "decision:a-0123456789", "decision:d-0123456789ab", FINDING, "goods:machinery-electronics", "episode:russia-2022",
        "attachment:sha256:" + "0" * 64,
    ],
)  # fmt: skip
def test_subjects_are_taken_as_they_are_written(text):
    assert parse_subject(f" {text} ") == text
    assert text.partition(":")[0] in KINDS


@pytest.mark.parametrize(
    "text",
    ["", "receipt", "receipt:", "receipt:0123", "RECEIPT:" + RECEIPT, "table:prices", "finding:0123", "pack:x",
     "source:../x", "source:a b", "decision:x", "alert:d-0123456789ab"],
)  # fmt: skip
def test_what_is_no_subject_is_refused(text):
    with pytest.raises(UsageError):
        parse_subject(text)


@pytest.mark.parametrize("name", ["who", "why"])
@pytest.mark.parametrize("empty", ["", "  \n "])
def test_nothing_is_marked_or_released_without_who_and_why(name, empty):
    said = {**SAID, name: empty}
    for make in (
        lambda: marked_event("source:comtrade", RED, **said),
        lambda: released_event(FINDING, GREEN, decided_on=AMBER, **said),
        lambda: withdrawn_event("r-0123456789", **said),
    ):
        with pytest.raises(UsageError):
            make()


def test_files_are_marked_once(tmp_path):
    mark = ReceiptMark(AMBER, **SAID)
    mark_receipts(tmp_path, [RECEIPT, RECEIPT, "f" * 16], mark)
    mark_receipts(tmp_path, [RECEIPT], mark)
    assert [mark.subject for mark in read_book(tmp_path).marks] == [f"receipt:{RECEIPT}", "receipt:" + "f" * 16]


def test_an_import_lowers_no_mark(tmp_path):
    mark_receipts(tmp_path, [RECEIPT], ReceiptMark(AMBER, **SAID))
    with pytest.raises(RefusedError, match="would open it"):
        mark_receipts(tmp_path, ["f" * 16, RECEIPT], ReceiptMark(GREEN, **SAID))
    mark_receipts(tmp_path, [RECEIPT], ReceiptMark(RED, **SAID))
    book = read_book(tmp_path)
    assert (book.own(f"receipt:{RECEIPT}"), book.own("receipt:" + "f" * 16)) == (RED, None)


def test_a_log_that_was_changed_shows_nothing(tmp_path):
    put(tmp_path, marked_event(f"receipt:{RECEIPT}", RED, **SAID))
    path = LOG.path(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"TLP:RED", b"TLP:CLEAR"))
    with pytest.raises(RefusedError, match="not as it was written"):
        read_book(tmp_path)


@pytest.mark.parametrize(
    "event",
    [
        {"event": "marked", "subject": "source:x", "marking": {"tlp": "AMBER", "releasable_to": None}},
        {"event": "marked", "subject": "pack:x", "marking": {"tlp": "TLP:AMBER", "releasable_to": None}},
        {"event": "release-withdrawn", "id": "r-nothing"},
    ],
)
def test_an_event_that_says_no_marking_is_named_by_its_line(tmp_path, event):
    with pytest.raises(InputError) as told:
        put(tmp_path, marked_event("source:y", RED, **SAID), {**event, **SAID})
    assert "line 2" in told.value.where


def test_marks_are_written_as_documented(tmp_path):
    put(tmp_path, marked_event("source:comtrade", Marking(Tlp.AMBER, frozenset({"FRA", "DEU"})), **SAID))
    line = json.loads(LOG.path(tmp_path).read_text("utf-8"))
    assert line["marking"] == {"tlp": "TLP:AMBER", "releasable_to": ["DEU", "FRA"]}
    assert (line["event"], line["subject"], line["who"]) == ("marked", "source:comtrade", "Jane Roe")


def test_marks_and_releases_do_not_touch_each_other():
    events = [
        marked_event("source:x", RED, **SAID),
        released_event(FINDING, GREEN, decided_on=AMBER, **SAID),
        withdrawn_event(released_event(FINDING, GREEN, decided_on=AMBER, **SAID)["id"], **SAID),
    ]
    assert book_of(events, where="here").own("source:x") == RED
    assert book_of([events[1], events[2], events[0]], where="here").releases == {}
