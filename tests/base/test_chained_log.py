"""A chain of lines: every kind of damage is seen, and named by its line."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stopgap.base.chained_log import ChainedLog, chained
from stopgap.base.errors import InputError, RefusedError

LOG = ChainedLog(folder="things", title="log of things", fields={"thing": ("number",)})
EVENTS = 6


def thing(number):
    return {"event": "thing", "number": number, "text": 'Ünïcode "hash":"x"'}


def lines(count=EVENTS, first=0, before=None):
    found, before = [], before or LOG.genesis()
    for number in range(first, first + count):
        line, before = chained({"format": 1, **thing(number)}, before)
        found.append(line)
    return found


def content(made):
    return b"".join(line + b"\n" for line in made)


def test_a_lake_without_a_log_has_no_events(tmp_path):
    assert LOG.read(tmp_path) == []
    check = LOG.check(LOG.content(tmp_path))
    assert (check.holds, check.events, check.head) == (True, 0, hashlib.sha256(b"stopgap things 1").hexdigest())


def test_hashes_can_be_taken_by_hand(tmp_path):
    with LOG.writing(tmp_path) as log:
        log.append([thing(0)])
        log.append([thing(1), thing(2)])
    before = hashlib.sha256(b"stopgap things 1").hexdigest()
    for line in LOG.path(tmp_path).read_text("utf-8").splitlines():
        body, _, own = line.rpartition(',"hash":"')
        assert json.loads(line)["previous"] == before
        before = hashlib.sha256((body + "}").encode()).hexdigest()
        assert own == before + '"}'
    assert [event["number"] for event in LOG.read(tmp_path)] == [0, 1, 2]


def damaged(kind, made):
    """The lines with one kind of damage at line 3, and the first line that cannot hold."""
    third = made[2]
    if kind == "changed":
        return [*made[:2], third.replace(b'"number":2', b'"number":9'), *made[3:]], 3
    if kind == "reformatted":
        return [*made[:2], json.dumps(json.loads(third)).encode(), *made[3:]], 3
    if kind == "taken out":
        return [*made[:2], *made[3:]], 3
    if kind == "put in":
        return [*made[:2], chained({"format": 1, **thing(7)}, LOG.genesis())[0], *made[2:]], 3
    if kind == "put in with the right hash before":
        before = json.loads(made[1])["hash"]
        return [*made[:2], chained({"format": 1, **thing(7)}, before)[0], *made[2:]], 4
    if kind == "doubled":
        return [*made[:3], third, *made[3:]], 4
    if kind == "swapped":
        return [*made[:2], made[3], made[2], *made[4:]], 3
    if kind == "blank":
        return [*made[:2], b"", *made[2:]], 3
    if kind == "beginning cut":
        return made[1:], 1
    return [*made[:5], made[5].replace(b'"number":5', b'"number":4')], 6  # the last line changed


KINDS = (
    "changed", "reformatted", "taken out", "put in", "put in with the right hash before", "doubled", "swapped", "blank",
    "beginning cut", "last changed",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_line_that_does_not_hold_is_named(tmp_path, kind):
    wrong, line = damaged(kind, lines())
    check = LOG.check(content(wrong))
    assert (check.holds, check.line, check.events) == (False, line, line - 1)
    LOG.path(tmp_path).parent.mkdir()
    LOG.path(tmp_path).write_bytes(content(wrong))
    with pytest.raises(RefusedError, match="not as it was written") as caught:
        LOG.read(tmp_path)
    assert f"line {line}" in caught.value.where


def test_a_swap_and_a_gap_are_told_apart():
    assert "swapped" in LOG.check(content(damaged("swapped", lines())[0])).fault
    assert "taken out" in LOG.check(content(damaged("taken out", lines())[0])).fault
    assert "put in" in LOG.check(content(damaged("doubled", lines())[0])).fault


def test_lines_cut_off_the_end_are_seen_against_a_head():
    made = lines()
    head = LOG.check(content(made)).head
    assert LOG.check(content(made), head=head).after_head == 0
    cut = content(made[:4])
    assert LOG.check(cut).holds
    check = LOG.check(cut, head=head)
    assert (check.holds, check.line, check.events) == (False, 5, 4)
    early = LOG.check(cut).head
    assert LOG.check(content(made), head=early).after_head == 2
    assert LOG.check(content(made), head=LOG.genesis()).after_head == 6


def test_a_log_written_anew_is_seen_against_a_head():
    head = LOG.check(content(lines())).head
    other = content(lines(first=1))
    assert LOG.check(other).holds
    assert not LOG.check(other, head=head).holds


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_no_bit_can_be_turned(place, bit):
    whole = bytearray(content(lines()))
    place %= len(whole)
    whole[place] ^= 1 << bit
    check = LOG.check(bytes(whole), head=LOG.check(content(lines())).head)
    assert not check.holds


def test_a_torn_end_is_no_event_and_the_next_writer_removes_it(tmp_path):
    with LOG.writing(tmp_path) as log:
        log.append([thing(0), thing(1)])
    with LOG.path(tmp_path).open("ab") as file:
        file.write(lines()[2][:50])
    check = LOG.check(LOG.content(tmp_path))
    assert (check.holds, check.events, check.torn_bytes) == (True, 2, 50)
    with LOG.writing(tmp_path) as log:
        log.append([thing(2)])
    assert [event["number"] for event in LOG.read(tmp_path)] == [0, 1, 2]
    assert LOG.check(LOG.content(tmp_path)).torn_bytes == 0


def test_nothing_is_put_behind_a_line_that_was_changed(tmp_path):
    LOG.path(tmp_path).parent.mkdir()
    LOG.path(tmp_path).write_bytes(content(damaged("last changed", lines())[0]))
    before = LOG.content(tmp_path)
    with LOG.writing(tmp_path) as log, pytest.raises(RefusedError, match="not as it was written"):
        log.append([thing(9)])
    assert LOG.content(tmp_path) == before


def test_a_line_of_a_later_format_is_refused(tmp_path):
    LOG.path(tmp_path).parent.mkdir()
    LOG.path(tmp_path).write_bytes(chained({"format": 2, **thing(0)}, LOG.genesis())[0] + b"\n")
    with pytest.raises(InputError, match="log of things is damaged"):
        LOG.read(tmp_path)


def test_not_a_number_is_never_written(tmp_path):
    with LOG.writing(tmp_path) as log, pytest.raises(ValueError, match="Out of range"):
        log.append([{**thing(0), "score": float("nan")}])
    assert LOG.read(tmp_path) == []


def test_a_long_last_line_is_found(tmp_path):
    with LOG.writing(tmp_path) as log:
        log.append([{**thing(0), "text": "x" * 20_000}])
        log.append([thing(1)])
    assert [event["number"] for event in LOG.read(tmp_path)] == [0, 1]
