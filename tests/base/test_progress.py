"""Who listens is told what long work is at."""

from __future__ import annotations

import pytest

from stopgap.base.errors import UsageError
from stopgap.base.progress import counted, say, told


def test_counted_steps_tell_their_number_and_what_is_done_in_them() -> None:
    heard: list[tuple[str, float | None]] = []
    with told(lambda text, share: heard.append((text, share))):
        for name in counted(("a", "b"), "goods list"):
            say(f"measuring {name}")
            assert list(counted((1, 2), "hub")) == [1, 2]  # within a step counts do not show
        say("writing", 0.5)
    say("nobody listens")
    assert list(counted((1, 2), "hub")) == [1, 2]
    assert heard == [
        ("goods list 1 of 2", 0.0),
        ("goods list 1 of 2: measuring a", 0.0),
        ("goods list 2 of 2", 0.5),
        ("goods list 2 of 2: measuring b", 0.5),
        ("writing", 0.5),
    ]


def test_a_step_that_fails_leaves_no_count_behind() -> None:
    heard: list[str] = []

    def fails() -> None:
        for _ in counted((1, 2), "step"):
            raise UsageError("no", where="here", fix="do")

    with told(lambda text, share: heard.append(text)):
        with pytest.raises(UsageError):
            fails()
        say("after")
    with told(lambda text, share: heard.append(text)):
        say("again")
    assert heard[-1] == "again"
