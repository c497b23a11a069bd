"""Limit of failed sign-ins by address: after a few, an address waits."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import HTTPConnection

from stopgap.service.problems import TooManyError

A_MINUTE = 10
"""Failed sign-ins of an address in a minute, after which it waits."""


def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())


@dataclass(frozen=True)
class FailedSignIns:
    """Failed sign-ins of the last minute."""

    limiter: MovingWindowRateLimiter = field(default_factory=_limiter)
    limit: RateLimitItemPerMinute = field(default_factory=lambda: RateLimitItemPerMinute(A_MINUTE))

    def need_few(self, connection: HTTPConnection) -> None:
        """Refuse an address with too many failed sign-ins.

        Raises:
            TooManyError: It has too many; ``details`` has the seconds until it may try again.
        """
        if self.limiter.test(self.limit, _address(connection)):
            return
        reset = self.limiter.get_window_stats(self.limit, _address(connection)).reset_time
        seconds = max(1, round(reset - time.time()))
        raise TooManyError(
            "too many sign-ins from this address failed",
            where=connection.url.path,
            fix=f"wait {seconds} s; a token or link that was mistyped is shown by nobody again: ask for a new one",
            details={"retry_after_s": seconds},
        )

    def note(self, connection: HTTPConnection) -> None:
        """Count a sign-in that failed."""
        self.limiter.hit(self.limit, _address(connection))


def _address(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else "-"
