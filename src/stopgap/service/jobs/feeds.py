"""Progress of jobs for those who listen: one look at the database for all of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from stopgap.base.errors import UnreachableError
from stopgap.service.jobs.job import Job, JobEvent, JobState
from stopgap.service.jobs.queue import JobQueue

LOOK_S = 0.5
"""Seconds between two looks while somebody listens."""


@dataclass
class _Feed:
    """What is known of a job that somebody listens to."""

    job: Job
    events: list[JobEvent] = field(default_factory=list)
    state: JobState = JobState.QUEUED
    listeners: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True)
class Pause:
    """Nothing happened for a while."""


@dataclass(frozen=True)
class Ended:
    """The job has ended."""

    state: JobState


class EventFeeds:
    """Events of jobs as they come. All of it runs in the event loop of the service."""

    def __init__(self, queue: JobQueue) -> None:
        self.queue = queue
        self._feeds: dict[str, _Feed] = {}
        self._looking: asyncio.Task[None] | None = None

    @property
    def is_looking(self) -> bool:
        """Whether the database is looked at."""
        return self._looking is not None and not self._looking.done()

    async def listen(self, job: Job, *, after: int, pause_s: float) -> AsyncIterator[JobEvent | Pause | Ended]:
        """Yield the events of a job behind the one with a number, then those that come, and last that it ended.

        Args:
            job: The job.
            after: Number of the last event that the listener has.
            pause_s: Seconds of silence after which a :class:`Pause` is yielded.
        """
        feed = self._feeds.setdefault(job.id, _Feed(job))
        feed.listeners += 1
        if not self.is_looking:
            self._looking = asyncio.get_running_loop().create_task(self._look())
        try:
            while True:
                changed = feed.changed
                state = feed.state
                new = [event for event in feed.events if event.number > after]
                for event in new:
                    yield event
                    after = event.number
                if new:
                    continue
                if state.is_final:
                    yield Ended(state)
                    return
                try:
                    await asyncio.wait_for(changed.wait(), pause_s)
                except TimeoutError:
                    yield Pause()
        finally:
            feed.listeners -= 1
            if feed.listeners == 0 and self._feeds.get(job.id) is feed:
                del self._feeds[job.id]

    async def _look(self) -> None:
        """Look for what is new, as long as somebody listens."""
        while self._feeds:
            for id, state, events in await run_in_threadpool(self._news, dict(self._feeds)):
                feed = self._feeds.get(id)
                if feed is not None:
                    feed.events.extend(event for event in events if event.number > _last(feed))
                    feed.state = state
                    changed, feed.changed = feed.changed, asyncio.Event()
                    changed.set()
            await asyncio.sleep(LOOK_S)

    def _news(self, feeds: dict[str, _Feed]) -> list[tuple[str, JobState, list[JobEvent]]]:
        """Return state and further events of the jobs that changed; none while the database does not answer."""
        found = []
        with contextlib.suppress(UnreachableError):
            for id, (state, last) in self.queue.standing(list(feeds)).items():
                feed = feeds[id]
                known = _last(feed)
                if last > known or state is not feed.state:
                    found.append((id, state, self.queue.events(feed.job, after=known)))
        return found


def _last(feed: _Feed) -> int:
    return feed.events[-1].number if feed.events else 0
