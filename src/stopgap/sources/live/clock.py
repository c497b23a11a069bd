"""Time and randomness as one argument, for tests without waiting."""

from __future__ import annotations

import datetime as dt
import random
import time


class Clock:
    """The machine's clock, its sleep, and the jitter of a back-off."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def jitter(self) -> float:
        """A number from 0 up to 1."""
        return random.random()
