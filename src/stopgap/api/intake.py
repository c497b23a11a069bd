"""Live services of the Python API: fetch once, or watch in rounds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from stopgap.api.asked import asked_of
from stopgap.api.reader import LakeReader
from stopgap.api.results import marked
from stopgap.intake.fetch_request import FetchRequest
from stopgap.watch.request import WatchRequest

if TYPE_CHECKING:
    from stopgap.intake.fetching import FetchPlan, FetchResult
    from stopgap.watch.reports import ReportedWatches
    from stopgap.watch.watching import Round


class Intake(LakeReader):
    """What brings new figures into the lake.

    Attributes:
        pause: Waits between two attempts of a watch to tell someone, for so many seconds.
    """

    pause: Callable[[float], object] = time.sleep

    @asked_of(FetchRequest)
    def fetch(self, service: str, request: FetchRequest) -> FetchResult:
        """Fetch figures from a live service and import them as one vintage; an interrupted fetch goes on where it stopped.

        Args:
            service: ``comtrade``, ``eurostat``, ``us-census`` or ``hmrc``.

        Raises:
            UnreachableError: The service cannot be reached, gives no good reply, or its quota is used up.
            RefusedError: The place would be asked by plain HTTP, the key is refused, or the same fetch is running.
            InputError: The service refused the request or answered in another layout, or the import failed.
            NotFoundError: Unknown service, economy or goods list, or the service has no figures for the request.
            UsageError: A period, code, flow or address that is none.
        """
        from stopgap.evidence.markings.provenance import marking_of_receipts
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.intake.fetching import fetch

        with self._reading():
            query = request.query(service)
            result = fetch(self.path, service, query, request, progress=self.progress)
            return marked(result, with_reads(marking_of_receipts(self.path, result.imported.receipts)))

    @asked_of(FetchRequest)
    def fetch_plan(self, service: str, request: FetchRequest) -> FetchPlan:
        """Say what a fetch would ask for; nothing is asked.

        Args:
            service: ``comtrade``, ``eurostat``, ``us-census`` or ``hmrc``.

        Raises:
            RefusedError: The place would be asked by plain HTTP.
            NotFoundError: Unknown service, economy or goods list.
            UsageError: A period, code, flow or address that is none.
        """
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.intake.fetching import plan

        with self._reading():
            return marked(plan(service, request.query(service), request), with_reads())

    @asked_of(WatchRequest)
    def watch(self, episode: str, request: WatchRequest) -> Round:
        """Do one round of a watch: take in new figures, measure, tell what changed since the last round.

        What went wrong in it is in ``failures``.

        Args:
            episode: Built-in name, or path of an episode file.

        Raises:
            NotFoundError: Unknown episode, goods list or service.
            RefusedError: The same watch is running, the lake cannot be written, or something would go in the clear.
            InputError: The watch's state cannot be read, or the report cannot be written.
            UsageError: An address, window or frequency that is none.
        """
        from stopgap.watch.run import asked_round

        with self._reading():
            return asked_round(self.path, episode, request, pause=self.pause, progress=self.progress)

    def watches(self) -> ReportedWatches:
        """List the watches of the lake with what each reported last.

        Raises:
            InputError: The state or the report of a watch cannot be read.
        """
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.watch.reports import reported_watches

        with self._reading():
            found = reported_watches(self.path)
            return marked(found, with_reads(found.strictest))


def watch_warnings(request: WatchRequest) -> list[str]:
    """What to know before the first round of a watch, such as that the report can be read on its way.

    Raises:
        NotFoundError: There is no such service.
        UsageError: An address, window or frequency that is none.
        RefusedError: Another machine would be asked or told in the clear.
    """
    from stopgap.watch.run import watch_warnings

    return watch_warnings(request)
