"""Clock, sleep and randomness in one object, so that tests can replace them and need not wait."""

from __future__ import annotations

import datetime as dt
import random
import time


class Clock:
    """The system clock, its sleep, and the random jitter of a back-off."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def jitter(self) -> float:
        """Return a random number from 0 up to 1, for the back-off."""
        return random.random()
