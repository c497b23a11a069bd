"""Markers of long tests, which the collection of Stopgap's tests acts on, and settings of properties."""

import os

import pytest
from hypothesis import settings

# Two workers on two cores: a library that took both for one of them would slow both.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

settings.register_profile("stopgap", deadline=None, derandomize=True)
settings.load_profile("stopgap")


def pytest_configure(config: pytest.Config) -> None:
    for marker in (
        "one_in(n): long; every run takes one case in n",
        "in_parts: long; every run does a part of the work",
        "prove_only: long; `make prove` alone runs it",
    ):
        config.addinivalue_line("markers", marker)
