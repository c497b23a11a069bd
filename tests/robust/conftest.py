"""What the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from promises import put, read
from reader_process import Outcome, ReaderProcess
from samples import Sample, samples


@pytest.fixture(scope="module")
def reader() -> Iterator[ReaderProcess]:
    """A process that reads files."""
    process = ReaderProcess()
    yield process
    process.close()


@pytest.fixture(scope="module")
def sound(reader, tmp_path_factory):
    """What a sample gives when nothing has befallen it; its total is that of the figures put in."""
    known: dict[str, Outcome] = {}

    def of(name: str) -> tuple[Sample, Outcome]:
        sample = samples()[name]
        if name not in known:
            found = read(reader, sample, *put(tmp_path_factory.mktemp("sound"), sample))
            assert found.kind == "loaded", found.error
            assert found.rejected == 0
            assert found.total == pytest.approx(sample.total, rel=1e-12)
            if sample.rows >= 0:
                assert len(found.rows) == sample.rows
            known[name] = found
        return sample, known[name]

    return of
