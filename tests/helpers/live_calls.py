"""A clock that waits for nothing, and fetches against the loopback server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loopback import Loopback

from stopgap.intake import fetching
from stopgap.intake.fetch_request import KeyedAskRequest
from stopgap.intake.fetching import FetchResult, Means, make_query
from stopgap.lake.importing.importer import ImportResult
from stopgap.sources.live.clock import Clock
from stopgap.sources.live.transport import Bounds

DAY = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
KEY = "canary-7f3a91c2d4e5b6-key/with+odd&characters"
KEY_ENV = "STOPGAP_TEST_KEY"
SMALL = Bounds(connect_s=20.0, read_s=20.0, reply_s=60.0, reply_bytes=3_000_000)
HASTY = Bounds(connect_s=20.0, read_s=0.2, reply_s=60.0, reply_bytes=3_000_000)
"""For a service that falls silent: a busy machine would be taken for one elsewhere."""


def bounds_for(fault: str) -> Bounds:
    """The bounds with which a fault is soon met."""
    return HASTY if fault == "stall" else SMALL


class StillClock(Clock):
    """Every sleep is over at once, and noted."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> dt.datetime:
        return DAY + dt.timedelta(seconds=sum(self.slept))

    def monotonic(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def jitter(self) -> float:
        return 0.5


def not_loaded(lake: Path, files: Sequence[Path], source: str, day: str, progress: Any) -> ImportResult:
    """Stands for the import where a test is about the asking; ``files`` tells how many."""
    names = tuple(path.name for path in files)
    assert all(path.stat().st_size for path in files)
    return ImportResult(source, "v1", (), names, 0, 0, 0, 0, 0, 0, 0, None, False, ())


def chips(service: str = "comtrade", **changes: Any) -> Any:
    """Two years (or months) of two codes between Germany and Russia, both flows, unless changed."""
    wanted: dict[str, Any] = {"codes": ["854231", "854232"], "first": "2022-01", "last": "2022-02"}
    if service == "comtrade":
        wanted |= {"first": "2022", "last": "2023"}
    if service in ("comtrade", "eurostat"):
        wanted |= {"reporters": ["DEU"], "partners": ["RUS"]}
    return make_query(service, **(wanted | changes))


def fetched(server: Loopback, lake: Path, query: Any, service: str = "comtrade", **more: Any) -> FetchResult:
    """A fetch from the loopback server, without waiting."""
    more.setdefault("clock", StillClock())
    more.setdefault("bounds", SMALL)
    return fetch(lake, service, query, base_url=server.url, **more)


def fetch(lake: Path, service: str, query: Any, **more: Any) -> FetchResult:
    """A fetch, with what is asked and what it is done with given in one."""
    means = {name: more.pop(name) for name in ("bounds", "patience", "clock", "load") if name in more}
    progress = more.pop("progress", None)
    how = KeyedAskRequest(**more)
    return fetching.fetch(lake, service, query, how, means=Means(**means), progress=progress)


def left_in(lake: Path) -> dict[str, str]:
    """What stands in the folders of fetches: name to content."""
    folder = lake / "fetches"
    return {
        str(path.relative_to(folder)): path.read_text("utf-8", errors="replace")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }
