"""Write a large file past the page cache of the system: new pages for it can cost more than a quick disk does."""

from __future__ import annotations

import errno
import mmap
import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

DIRECT: int = getattr(os, "O_DIRECT", 0)
"""The flag of such files; 0 where the system has none."""

BLOCK = 8 << 20
"""Bytes written at once."""
TRIED = 8
"""Blocks after which the disk is known to be quick or slow."""
SLOWEST = 300e6
"""Bytes a second below which a disk is slow: the rest goes through the page cache, and to the disk while other work is done."""


class DirectFile(AbstractContextManager["DirectFile"]):
    """A new file that is written from its start to its end, past the page cache while the disk is quick.

    Raises:
        OSError: The file system has no such files, or the disk is full; what was written is to be thrown away.
    """

    def __init__(self, path: Path) -> None:
        with ExitStack() as opened:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | DIRECT, 0o666)
            opened.callback(os.close, self._file)
            # pages of their own, as such a file is written from whole ones; one is filled while the other is written
            self._blocks = [opened.enter_context(mmap.mmap(-1, BLOCK)) for _ in range(2)]
            self._beside = opened.enter_context(ThreadPoolExecutor(1))
            self._opened = opened.pop_all()
        self._writing: Future[None] | None = None
        self._filled = 0
        self._written = 0
        self._spent = 0.0
        self._is_direct = True

    def write(self, chunk: bytes | bytearray) -> None:
        """Write the next bytes."""
        start = 0
        while start < len(chunk):
            part = chunk[start : start + BLOCK - self._filled]
            self._blocks[0][self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            start += len(part)
            if self._filled == BLOCK:
                self._hand_over()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._opened:
            if kind is None:
                self._wait()
                self._through_page_cache()  # the rest is no whole number of the disk's blocks
                self._write(self._blocks[0], self._filled)
            elif self._writing is not None:
                self._writing.cancel()

    def _hand_over(self) -> None:
        """Have the full block written, and go on with the other."""
        self._wait()
        if self._is_direct and self._written == TRIED * BLOCK and self._written < SLOWEST * self._spent:
            self._through_page_cache()
        self._writing = self._beside.submit(self._write, self._blocks[0], BLOCK)
        self._blocks.reverse()
        self._filled = 0

    def _wait(self) -> None:
        if self._writing is not None:
            self._writing.result()

    def _through_page_cache(self) -> None:
        import fcntl  # not everywhere, as such files are not

        fcntl.fcntl(self._file, fcntl.F_SETFL, fcntl.fcntl(self._file, fcntl.F_GETFL) & ~DIRECT)
        self._is_direct = False

    def _write(self, block: mmap.mmap, size: int) -> None:
        started = time.perf_counter()
        with memoryview(block) as whole:
            at = 0
            while at < size:
                try:
                    with whole[at:size] as left:
                        at += os.write(self._file, left)
                except OSError as error:
                    if not self._is_direct or error.errno != errno.EINVAL:
                        raise
                    self._through_page_cache()  # of another kind of disk, or almost full: what is left is no whole block of it
        self._written += size
        self._spent += time.perf_counter() - started
