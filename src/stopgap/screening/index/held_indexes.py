"""Indexes in memory, each once for all who search it: those used last, a few at most."""

from __future__ import annotations

import threading
from collections import OrderedDict

from stopgap.screening.index.build import ReadyIndex

MOST_HELD = 3
"""Number of indexes in memory; of 100,000 entities each takes about 300 MB."""


class HeldIndexes:
    """Indexes by the folder that keeps them and their fingerprint.

    Those that were not used for longest are released: who still refers to one opens it again from its folder. Two
    people for whom the same editions are in force share an index, whatever their clearances: it holds nothing but the
    entries of the files that both may see.
    """

    def __init__(self, most: int = MOST_HELD) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[object, str], ReadyIndex] = OrderedDict()

    def shared(self, ready: ReadyIndex) -> ReadyIndex:
        """Return the index that is already held under the fingerprint of another, else that one, which is then held."""
        if ready.folder is None:  # it is kept by nobody, so it cannot be released
            return ready
        key = (ready.folder, ready.fingerprint)
        with self._lock:
            found = self._held.setdefault(key, ready)
            self._held.move_to_end(key)
            old = [self._held.popitem(last=False)[1] for _ in range(len(self._held) - self._most)]
        for each in old:
            each.release()
        return found

    def used(self, ready: ReadyIndex) -> None:
        """Note that an index is searched: it is the last to be released."""
        self.shared(ready)


HELD = HeldIndexes()
"""The indexes of this process."""
