"""Logs that leave a lake and come into another, whole or not at all."""

from __future__ import annotations

import csv
import io

import pytest
from decision_lists import verdict

from stopgap.base.errors import InputError, NotFoundError, RefusedError
from stopgap.screening.decisions.exchange import CSV_COLUMNS, export_csv, export_lines, replay, verify
from stopgap.screening.decisions.log import LOG, decide, read_book
from stopgap.screening.decisions.request import ReplayRequest

WHEN = "2024-06-02T00:00:00Z"


@pytest.fixture
def lake(tmp_path):
    """A lake with three decisions on two pairs."""
    lake = tmp_path / "lake"
    decide(lake, [verdict("Acme"), verdict("=SUM(1)", 2, "undecided", score=0.4, model="m1")], who="ann", when=WHEN)
    decide(lake, [verdict("ACME", 1, "true")], who="bob", when="2024-06-03T00:00:00Z")
    return lake


@pytest.fixture
def exported(lake, tmp_path):
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(export_lines(lake))
    return path


def answers(lake):
    return {each.key: (each.decided, each.who, each.when, each.why, each.score) for each in read_book(lake)}


def take(lake, path, **options):
    return replay(lake, path, ReplayRequest(**options), who="eve", when="2024-09-01T00:00:00Z")


@pytest.mark.parametrize("form", ["json", "csv", "csv with mark"])
def test_a_replayed_log_gives_the_same_answers_and_the_same_head(lake, tmp_path, form):
    path = tmp_path / "log"
    content = export_lines(lake) if form == "json" else export_csv(lake).encode()
    path.write_bytes((b"\xef\xbb\xbf" if "mark" in form else b"") + content)
    done = take(tmp_path / "other", path)
    assert (done.taken, done.head, done.events) == (3, verify(lake).head, 3)
    assert answers(tmp_path / "other") == answers(lake)
    assert export_lines(tmp_path / "other") == export_lines(lake)
    again = take(tmp_path / "other", path)
    assert (again.taken, again.plan.known, again.head) == (0, 3, done.head)


def test_the_csv_is_safe_in_a_spreadsheet_and_holds_what_was_decided(lake):
    rows = list(csv.DictReader(io.StringIO(export_csv(lake))))
    assert [tuple(rows[0]), len(rows)] == [CSV_COLUMNS, 3]
    assert [rows[1][name] for name in ("line", "as", "who", "query", "score")] == [
        "2",
        "undecided",
        "ann",
        "'=SUM(1)",
        "0.4",
    ]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_a_dry_run_says_it_and_does_nothing(lake, exported, tmp_path):
    done = take(tmp_path / "other", exported, dry_run=True)
    assert (done.taken, len(done.plan.events), done.plan.read) == (0, 3, 3)
    assert not (tmp_path / "other").exists()


def test_two_lakes_that_exchange_logs_agree_and_say_where_they_did_not(lake, exported, tmp_path):
    other = tmp_path / "other"
    decide(other, [verdict("Acme", 1, "false"), verdict("Gamma", 3)], who="zoe", when="2024-06-01T00:00:00Z")
    done = take(other, exported)
    [conflict] = [each.as_dict() for each in done.plan.conflicts]
    assert (conflict["own"]["as"], conflict["theirs"]["as"], conflict["in_force"]) == ("false", "true", "theirs")
    back = tmp_path / "back.jsonl"
    back.write_bytes(export_lines(other))
    assert take(lake, back).taken == 2
    assert answers(lake) == answers(other)
    assert len(answers(lake)) == 3
    assert verify(lake).holds
    assert verify(other).holds


@pytest.mark.parametrize("damage", ["changed", "taken out", "swapped", "cut against a head"])
def test_a_broken_log_is_refused_and_leaves_the_lake_as_it_was(lake, exported, tmp_path, damage):
    lines, head = exported.read_bytes().splitlines(keepends=True), None
    if damage == "changed":
        lines[1] = lines[1].replace(b"undecided", b"true")
    elif damage == "taken out":
        del lines[1]
    elif damage == "swapped":
        lines[1:] = lines[:0:-1]
    else:
        head, lines = verify(lake).head, lines[:2]
    exported.write_bytes(b"".join(lines))
    other = tmp_path / "other"
    with pytest.raises(RefusedError, match="nothing of it was taken") as caught:
        take(other, exported, head=head)
    assert caught.value.exit_code == 5
    assert caught.value.details["line"] == (3 if head else 2)
    assert not other.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"<html><body>Not found</body></html>", b"{}", b'{"a": 1}\n', b"\xff\xfe{\x00", b"\x00" * 500, b"line,id,as,x\n1,2,3,4\n",
     b'line,id,as,event\n1,2,3,"{'],
)  # fmt: skip
def test_what_is_no_log_is_bad_input(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        take(tmp_path / "other", path)
    assert caught.value.exit_code == 3
    assert not (tmp_path / "other").exists()


def test_a_csv_cut_in_a_row_is_bad_input(lake, tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes(export_csv(lake).encode()[:-200])
    with pytest.raises(InputError, match="damaged"):
        take(tmp_path / "other", path)


def test_a_file_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(NotFoundError):
        take(tmp_path / "other", tmp_path / "nothing")


def test_half_a_line_at_the_end_is_told_and_not_read(lake, exported, tmp_path):
    exported.write_bytes(exported.read_bytes()[:-10])
    done = take(tmp_path / "other", exported)
    assert (done.taken, done.torn_bytes > 0) == (2, True)


def test_ones_own_broken_log_is_not_exported(lake):
    LOG.path(lake).write_bytes(LOG.path(lake).read_bytes().replace(b"bob", b"eve"))
    with pytest.raises(RefusedError):
        export_lines(lake)
