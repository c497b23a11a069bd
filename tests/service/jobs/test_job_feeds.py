"""Many listen to the progress of jobs: one look at the database for all of them, each hears every event once."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from stopgap.base.marking import CLEAR
from stopgap.service.jobs import feeds as module
from stopgap.service.jobs.feeds import Ended, EventFeeds, Pause
from stopgap.service.jobs.job import Job, JobEvent, JobKind, JobOutcome, JobState
from stopgap.service.jobs.queue import JobQueue, NewJob, new_id
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.state.database import Database

ANN = Principal("ann", PersonRole.ANALYST)


class CountingQueue(JobQueue):
    """A queue that counts what is read for those who listen."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.reads: Counter[str] = Counter()

    def standing(self, ids: Any) -> Any:
        self.reads["standing"] += 1
        return super().standing(ids)

    def events(self, job: Job, *, after: int = 0) -> list[JobEvent]:
        self.reads["events"] += 1
        return super().events(job, after=after)


@pytest.fixture
def queue(database: Database, monkeypatch: pytest.MonkeyPatch) -> CountingQueue:
    monkeypatch.setattr(module, "LOOK_S", 0.02)
    return CountingQueue(database)


def submitted(queue: JobQueue) -> Job:
    return queue.submit(NewJob(new_id(), JobKind.BRIEF, {"options": {}}), ANN)[0]


async def heard(feeds: EventFeeds, job: Job, after: int = 0) -> list[int | JobState]:
    """Numbers of the events that a listener hears, and the state at the end."""
    found: list[int | JobState] = []
    async for said in feeds.listen(job, after=after, pause_s=10.0):
        match said:
            case JobEvent():
                found.append(said.number)
            case Ended(state):
                found.append(state)
    return found


async def ended(feeds: EventFeeds) -> None:
    """Wait until the look at the database that was under way has ended."""
    while feeds.is_looking:
        await asyncio.sleep(0.01)


@pytest.mark.one_in(2)
def test_each_of_many_hears_all_and_the_database_is_asked_once_for_all(queue: CountingQueue) -> None:
    job = submitted(queue)

    async def play() -> list[list[int | JobState]]:
        feeds = EventFeeds(queue)
        listeners = [asyncio.create_task(heard(feeds, job, after)) for after in [0] * 60 + [2] * 20]
        taken = await asyncio.to_thread(queue.claim, "w")
        assert taken is not None
        for number in range(3):
            await asyncio.to_thread(queue.say, taken, f"step {number}")
            await asyncio.sleep(0.05)
        await asyncio.to_thread(queue.finish, taken, JobOutcome({}, CLEAR))
        found = await asyncio.gather(*listeners)
        await ended(feeds)
        return found

    found = asyncio.run(play())
    assert found == [[1, 2, 3, 4, 5, JobState.DONE]] * 60 + [[3, 4, 5, JobState.DONE]] * 20
    assert queue.reads["events"] <= 6


def test_nothing_is_read_while_nobody_listens(queue: CountingQueue) -> None:
    job, waiting = submitted(queue), submitted(queue)
    assert queue.cancel(job)

    async def play() -> int:
        feeds = EventFeeds(queue)
        assert await heard(feeds, job) == [1, JobState.CANCELLED]
        gone = asyncio.create_task(heard(feeds, waiting))
        await asyncio.sleep(0.1)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        await asyncio.sleep(0.1)
        before = queue.reads["standing"]
        await asyncio.sleep(0.2)
        await ended(feeds)
        return queue.reads["standing"] - before

    assert asyncio.run(play()) == 0


def test_a_listener_hears_that_nothing_happens(queue: CountingQueue) -> None:
    job = submitted(queue)

    async def play() -> Any:
        feeds = EventFeeds(queue)
        listening = feeds.listen(job, after=0, pause_s=0.05)
        said = await anext(listening)
        await listening.aclose()  # type: ignore[attr-defined]
        await ended(feeds)
        return said

    assert asyncio.run(play()) == Pause()
