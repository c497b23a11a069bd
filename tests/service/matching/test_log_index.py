"""Pages of the log of screenings read only the lines that they show, and count what a person may read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from service_app import someone

from stopgap.base.errors import RefusedError
from stopgap.base.marking import CLEAR, Marking, Tlp
from stopgap.service.matching.records import ScreeningFilter, latest_readable, readable
from stopgap.service.matching.screening_log import LOG, ScreeningLog
from stopgap.service.principal import PersonRole, Principal

AMBER = Marking(Tlp.AMBER)
GREEN = Marking(Tlp.GREEN)
ANY = ScreeningFilter()


def _asked(number: int, who: str, marking: Marking = CLEAR) -> dict[str, Any]:
    return {
        "event": "asked", "id": f"s-{number}", "when": f"2026-01-{number // 24 + 1:02}T{number % 24:02}:00:00.000+00:00",
        "who": who, "address": "/companies", "index": "i", "vintage": "v1", "outcome": {}, "marking": marking.as_dict(),
        "queries": {"q0": {"schema": "Company", "properties": {"name": [f"name {number}"]}}},
    }  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> ScreeningLog:
    """Sixty screenings: two of three by ann, every fifth marked AMBER; each edition is noted before its first."""
    found = ScreeningLog(tmp_path)
    for number in range(60):
        marking = AMBER if number % 5 == 0 else CLEAR
        edition = {"index": "i", "model": "m", "vintage": f"v{number // 20}", "editions": []}
        found.add(_asked(number, "ann" if number % 3 else "ben", marking), edition)
    return found


@pytest.mark.parametrize(
    "person",
    [someone(), someone(clearance=GREEN), someone(PersonRole.ANALYST), someone(PersonRole.VIEWER, GREEN, "ben")],
)
@pytest.mark.parametrize(
    "wanted",
    [ANY, ScreeningFilter(who="ben"), ScreeningFilter(since="2026-01-02", until="2026-01-02"), ScreeningFilter(query="Name 7"),
     ScreeningFilter(until="2026-01-01T05:00:00"), ScreeningFilter(since="2027-01-01")],
)  # fmt: skip
def test_the_pages_of_the_log_are_the_log_from_its_end(
    log: ScreeningLog, person: Principal, wanted: ScreeningFilter
) -> None:
    whole = list(readable(log, person, wanted))[::-1]
    pages, start = [], 0
    while True:
        shown, total = latest_readable(log, person, wanted, start, 7)
        assert total == len(whole)
        if not shown:
            break
        pages += shown
        start += 7
    assert pages == whole


def test_a_page_follows_what_others_write_and_reads_no_other_line(
    log: ScreeningLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert latest_readable(log, someone(), ANY, 0, 5)[1] == 60
    ScreeningLog(LOG.path(Path(log._home)).parent.parent).add(_asked(60, "eve"))
    read: list[int] = []
    event = LOG.event
    monkeypatch.setattr(
        type(LOG), "event", lambda self, path, number, line: read.append(number) or event(path, number, line)
    )
    shown, total = latest_readable(log, someone(), ANY, 0, 5)
    assert (total, [each["id"] for each in shown]) == (61, ["s-60", "s-59", "s-58", "s-57", "s-56"])
    assert sorted(read) == [60, 61, 62, 63, 64, 64], "the new line is read and verified once, and each that is shown"


def test_a_line_that_is_being_written_does_not_count(log: ScreeningLog) -> None:
    with LOG.path(Path(log._home)).open("ab") as stream:
        stream.write(b'{"event":"asked"')
        stream.flush()
        assert latest_readable(log, someone(), ANY, 0, 5)[1] == 60


def test_a_log_that_was_changed_is_refused_and_one_brought_back_is_read(log: ScreeningLog) -> None:
    path = LOG.path(Path(log._home))
    latest_readable(log, someone(), ANY, 0, 5)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"name 58", b"name 85"))
    with pytest.raises(RefusedError, match="not as it was written"):
        latest_readable(log, someone(), ANY, 0, 5)
    path.write_bytes(content[: content.index(b'"id":"s-40"')].rpartition(b"\n")[0] + b"\n")
    assert latest_readable(log, someone(), ANY, 0, 5)[1] == 40
    path.write_bytes(content)
    assert latest_readable(log, someone(), ANY, 0, 5)[1] == 60
    path.unlink()
    assert latest_readable(log, someone(), ANY, 0, 5) == ([], 0)
