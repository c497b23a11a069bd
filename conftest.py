"""What every test run does: properties are asked of the same examples each time, and long tests do as their markers say."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections import Counter

import pytest
from examples import ALL
from hypothesis import settings
from made_once import FOLDER

# Two workers on two cores: a library that took both for one of them would slow both.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# No example runs against a clock.
settings.register_profile("stopgap", deadline=None, derandomize=True)
settings.load_profile("stopgap")

ASKED_FOR = 200
"""Tests up to which a run is somebody's, of a file or a name: nothing is left out."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--others", action="store_true", help="run the cases of long tests that are else left out")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--others"):
        os.environ[ALL] = "1"
    if FOLDER not in os.environ:  # a worker takes that of the run
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="stopgap-made-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ.pop(FOLDER), ignore_errors=True))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Every run takes what its markers say (pyproject.toml); ``--others`` (``make prove``) takes the rest."""
    seen: Counter[str] = Counter()
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    others = config.getoption("--others")
    for item in items:
        name = item.nodeid.split("[")[0]
        one_in = item.get_closest_marker("one_in")
        every = one_in.args[0] if one_in else 1
        is_other = item.get_closest_marker("prove_only") is not None or seen[name] % every != 0
        seen[name] += 1
        in_parts = item.get_closest_marker("in_parts") is not None
        (kept if is_other == others or (others and in_parts) else left).append(item)
    if others or len(items) > ASKED_FOR:
        items[:] = kept
        config.hook.pytest_deselected(items=left)


def pytest_collection_finish() -> None:
    """What was collected stays to the end, and the garbage collector need not go through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
