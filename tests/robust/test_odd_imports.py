"""Whatever path, option, value or type an import is given: an answer, or three lines and an exit code; never a fault."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from examples import examples
from odd_imports import NAMES, SOUND, Odd, _table, make_places, odd_import, owed

CASES = 120
"""bench/prove_import_fuzz.py takes thousands."""


@pytest.fixture(autouse=True)
def relative_paths_are_of_the_test(tmp_path, monkeypatch):
    """An odd path may be a relative one."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.in_parts
def test_no_odd_import_is_a_fault(tmp_path):
    make_places(tmp_path)
    broken = []
    for seed in range(examples(CASES)):
        odd = odd_import(seed, tmp_path)
        fault = owed(odd, tmp_path / "lake", as_json=bool(seed % 2))
        if fault:
            broken.append(f"{seed} {odd.what}: {fault}")
    assert not broken, "\n".join(broken)


@pytest.mark.one_in(12)
@pytest.mark.parametrize("name", [name for name in NAMES if "\0" not in name])
@pytest.mark.parametrize("as_json", [False, True])
def test_every_name_of_a_file(tmp_path, name, as_json):
    make_places(tmp_path)
    place = str(tmp_path / name) if name and not name.startswith(("/", "~")) else name
    odd = Odd(name, (place, "--map", str(tmp_path / "mapping.yml")))
    assert owed(odd, tmp_path / "lake", as_json=as_json) is None


@pytest.mark.skipif(sys.platform == "darwin", reason="names of files are UTF-8 there")
@pytest.mark.parametrize("form", [[], ["--format", "json"]])
def test_a_name_that_is_no_utf8_is_told_and_nothing_raises(tmp_path, form):
    import random

    make_places(tmp_path)
    name = os.fsencode(tmp_path) + b"/caf\xe9.csv"
    with open(name, "wb") as file:
        file.write(_table(random.Random(1), SOUND))
    command = [sys.executable, "-m", "stopgap", "import", name, "--map", str(tmp_path / "mapping.yml"), "--lake", str(tmp_path / "lake"), *form]  # fmt: skip
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 2
    said = (done.stdout if form else done.stderr).decode("utf-8")
    assert "is not UTF-8 text" in said
    assert "Traceback" not in said
    assert not (tmp_path / "lake").exists()
