"""Rows behind figures that were read a short while ago, so that a jump in a table reads nothing anew."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from stopgap.api import Lake
from stopgap.base.marking import Marking
from stopgap.pages.rows.query import RowsQuery
from stopgap.pages.rows.table import RowTable, read_rows
from stopgap.service.rest.operation import RestsOn
from stopgap.service.rest.state import state_of

MOST_BYTES = 512 * 2**20
"""Memory of all tables that are kept."""

KEPT_S = 900.0
"""Seconds after its last use that a table is dropped."""


@dataclass
class KeptRows:
    """Tables of rows by what was asked, by whom it may be seen, and by the state of the lake that it rests on.

    Attributes:
        most_bytes: Memory of all tables; the one used longest ago goes first, the newest stays always.
        clock: Seconds.
    """

    most_bytes: int = MOST_BYTES
    clock: Callable[[], float] = time.monotonic
    _tables: OrderedDict[object, tuple[RowTable, float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, lake: Lake, query: RowsQuery, clearance: Marking | None) -> RowTable:
        """Return the rows of a query, read at most once for a state of the lake and a clearance.

        Within :meth:`ServiceContext.ask` alone: what is read there is what the clearance allows.

        Raises:
            StopgapError: As :func:`read_rows`.
        """
        state = state_of(lake.path, (RestsOn.FIGURES,), clearance=clearance)
        key = (state, clearance, tuple(query.options.items()))
        with self._lock:
            found = self._tables.pop(key, None)
            if found is not None:
                self._tables[key] = (found[0], self.clock())
                return found[0]
        table = read_rows(lake, query)
        with self._lock:
            self._tables[key] = (table, self.clock())
            self._drop()
        return table

    def _drop(self) -> None:
        now = self.clock()
        for key in [key for key, (_, used) in self._tables.items() if now - used > KEPT_S]:
            del self._tables[key]
        while len(self._tables) > 1 and sum(table.table.nbytes for table, _ in self._tables.values()) > self.most_bytes:
            self._tables.popitem(last=False)
