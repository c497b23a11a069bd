"""The log of alerts: appended to, whole after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stopgap.base.errors import InputError, RefusedError
from stopgap.measures.alerts.log import log_path, read_events, writing_log

SOURCE = Path(__file__).resolve().parents[3] / "src"


def ran(number):
    return {"event": "ran", "episode": "made-up", "number": number}


def append(lake, *numbers):
    with writing_log(lake) as log:
        log.append([ran(number) for number in numbers])


def numbers(lake):
    return [event["number"] for event in read_events(lake)]


def test_a_lake_without_alerts_has_no_events(tmp_path):
    assert read_events(tmp_path) == []
    assert not log_path(tmp_path).exists()


def test_events_are_kept_in_their_order(tmp_path):
    append(tmp_path, 1, 2)
    append(tmp_path, 3)
    assert numbers(tmp_path) == [1, 2, 3]


@pytest.mark.parametrize("torn", [b"{", b'{"format": 1, "event": "ran", "number": 9}', b"\xff\xfe", b"x" * 9000])
def test_a_torn_last_line_is_no_event_and_the_next_writer_removes_it(tmp_path, torn):
    append(tmp_path, 1)
    with log_path(tmp_path).open("ab") as log:
        log.write(torn)
    assert numbers(tmp_path) == [1]
    append(tmp_path, 2)
    assert numbers(tmp_path) == [1, 2]
    assert len(log_path(tmp_path).read_bytes().splitlines()) == 2


def test_a_log_that_is_one_torn_line_starts_anew(tmp_path):
    log_path(tmp_path).parent.mkdir()
    log_path(tmp_path).write_bytes(b'{"event": "ra')
    append(tmp_path, 1)
    assert numbers(tmp_path) == [1]


@pytest.mark.parametrize(
    "line", ["not JSON", "[]", '{"event": "other", "format": 1}', '{"event": "raised", "format": 1}']
)
def test_a_damaged_line_is_named(tmp_path, line):
    append(tmp_path, 1)
    with log_path(tmp_path).open("a") as log:
        log.write(line + "\n")
    append(tmp_path, 2)
    with pytest.raises(InputError, match="log of alerts is damaged") as caught:
        read_events(tmp_path)
    assert "line 2" in caught.value.where


def test_not_a_number_is_never_written(tmp_path):
    with writing_log(tmp_path) as log, pytest.raises(ValueError, match="Out of range"):
        log.append([{**ran(1), "q_value": float("nan")}])
    assert read_events(tmp_path) == []


def test_writers_take_turns(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: append(tmp_path, number), range(12)))
    assert sorted(numbers(tmp_path)) == list(range(12))


WRITER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from stopgap.measures.alerts.log import writing_log
    for number in range(100000):
        with writing_log(Path(sys.argv[1])) as log:
            log.append([{"event": "ran", "number": number, "part": part, "text": "x" * 3000} for part in range(3)])
        print(number, flush=True)
    """
)


@pytest.mark.parametrize("after", [1, 4, 9])
def test_a_kill_loses_nothing_that_was_reported(tmp_path, after):
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert child.stdout is not None
    told = [int(child.stdout.readline()) for _ in range(after)]
    child.send_signal(signal.SIGKILL)
    told += [int(line) for line in child.stdout.read().split()]
    child.wait()
    child.stdout.close()
    kept = [event["number"] for event in read_events(tmp_path)]
    assert all(kept.count(number) == 3 for number in told)
    append(tmp_path, -1)
    assert numbers(tmp_path)[-1] == -1
    assert all(json.loads(line) for line in log_path(tmp_path).read_text().splitlines())


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_lake_that_cannot_be_written_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(RefusedError, match="log of alerts cannot be kept"):
            append(tmp_path, 1)
    finally:
        tmp_path.chmod(0o700)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "alerts").write_text("")
    with pytest.raises(RefusedError, match="log of alerts cannot be kept"):
        append(tmp_path, 1)
