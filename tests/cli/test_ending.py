"""Signals that end long work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from stopgap.cli.terminal.ending import Ending, ended_by_signals

MANY = """
import os, signal, sys
from stopgap.cli.terminal.ending import Ending

ending = Ending()
signal.signal(signal.SIGALRM, lambda number, frame: ending.set())
for _ in range(3000):
    ending = Ending()
    signal.setitimer(signal.ITIMER_REAL, 0.00003)
    while not ending.wait(0.00002):
        pass
    ending.close()
print("heard")
"""


def test_a_signal_is_heard_at_any_moment_of_a_wait():
    done = subprocess.run(
        [sys.executable, "-c", MANY], capture_output=True, text=True, timeout=60, env=dict(os.environ)
    )
    assert (done.stdout, done.stderr) == ("heard\n", "")


def test_a_wait_ends_when_told_and_stays_ended():
    ending = Ending()
    assert not ending.wait(0)
    assert not ending.wait(-1)
    for _ in range(100_000):  # more than fits
        ending.set()
    start = time.monotonic()
    assert ending.wait(60)
    assert ending.wait(60)
    assert time.monotonic() - start < 30
    ending.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_second_signal_breaks_the_work_off(number):
    before = signal.getsignal(number)
    with ended_by_signals() as ending:
        signal.raise_signal(number)
        assert ending.wait(60)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_breaks_off_what_may_be_stopped_anywhere(number):
    with ended_by_signals() as ending:
        with pytest.raises(KeyboardInterrupt), ending.breaking_off():
            signal.raise_signal(number)
        assert ending.wait(0)
        done = []
        with pytest.raises(KeyboardInterrupt), ending.breaking_off():  # told before it began
            done.append(1)
        assert not done


STUCK = """
import contextlib, hashlib
from stopgap.cli.terminal.ending import ended_by_signals, left_in_time

with ended_by_signals() as ending, left_in_time("left for good", exit_code=7, seconds=0.1), ending.breaking_off():
    while True:
        with contextlib.suppress(KeyboardInterrupt):
            print("begun", flush=True)
            hashlib.pbkdf2_hmac("sha512", b"", b"", 2**31 - 1)  # C code that no signal interrupts
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_that_does_not_end_is_left_for_good(number):
    stuck = subprocess.Popen(
        [sys.executable, "-c", STUCK], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert stuck.stdout is not None
    assert stuck.stdout.readline() == "begun\n"
    stuck.send_signal(number)
    _, said = stuck.communicate(timeout=60)
    assert (stuck.returncode, said) == (7, "left for good\n")
