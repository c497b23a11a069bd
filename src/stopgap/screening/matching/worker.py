"""Worker process that opens a name index and answers batches of queries, one after another.

:mod:`stopgap.screening.matching.pool` starts it and is its only client: pickled batches arrive on standard input,
pickled answers go to standard output, and the process ends when its input ends.
"""

from __future__ import annotations

import contextlib
import gc
import pickle
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from stopgap.base.errors import StopgapError
from stopgap.screening.index.name_index import NameIndex
from stopgap.screening.matching.match_selection import ScreenOptions, choose
from stopgap.screening.matching.results import Match, ScreenQuery

Found = list[tuple[Match, ...]]


def search(index: NameIndex, queries: Sequence[ScreenQuery], wanted: ScreenOptions) -> Found:
    """Return the matches to show for each query; identical queries are searched once."""
    unique = list(dict.fromkeys(queries))
    found = index.searched(unique, limit=wanted.limit, lists=wanted.lists, grouped=True)
    chosen = [choose(matches, wanted) for matches in found.matches]
    if wanted.explain:
        explained = iter(found.explained([(number, one) for number, each in enumerate(chosen) for one in each]))
        chosen = [tuple(next(explained) for _ in each) for each in chosen]
    of_query = dict(zip(unique, chosen, strict=True))
    return [of_query[query] for query in queries]


def serve(folder: Path, received: BinaryIO, sent: BinaryIO) -> None:
    """Answer batches until the input ends, each with the matches of every query, or with the error that occurred."""
    gc.disable()
    try:
        index = NameIndex.open(folder)
    except StopgapError as error:
        _send(sent, error)
        return
    gc.freeze()  # the index stays: no search for cycles goes through it
    gc.enable()
    while True:
        try:
            queries, wanted = pickle.load(received)
        except EOFError:
            return
        try:
            _send(sent, search(index, queries, wanted))
        except StopgapError as error:
            _send(sent, error)
        except Exception as error:
            what = f"a fault in Stopgap: {type(error).__name__}: {str(error)[:300]}"
            _send(sent, StopgapError(what, where="a searching process", fix="report it with this line"))


def _send(sent: BinaryIO, answer: Found | StopgapError) -> None:
    pickle.dump(answer, sent, protocol=pickle.HIGHEST_PROTOCOL)
    sent.flush()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started it
    sent = sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing else gets between the answers
    with contextlib.suppress(BrokenPipeError):  # who asked has ended: nobody waits for the answer
        serve(Path(sys.argv[1]), sys.stdin.buffer, sent)


if __name__ == "__main__":
    main()
