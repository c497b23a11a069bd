"""Files to which something has happened: read rightly or refused, never wrongly, never without an answer."""

from __future__ import annotations

import pytest
from mutations import MUTATIONS
from promises import broken_promise, put, read, trial
from samples import samples

SEEDS = 1
"""Trials of each mutation and format; bench/prove_fuzz.py takes many."""


ALWAYS = (
    "cut", "cut_in_the_last_row", "shuffled_columns", "duplicated_value_column", "national_numbers", "odd_value",
    "points_between_thousands",
)  # fmt: skip
"""Those after which a wrong total would be read most easily; of the others each format meets half."""


@pytest.mark.one_in(32)
@pytest.mark.parametrize("name", samples())
def test_a_mutated_file_keeps_its_promise(tmp_path, reader, sound, name):
    sample, whole = sound(name)
    broken = []
    for place, mutation in enumerate(MUTATIONS):
        if mutation not in ALWAYS and (place + len(name)) % 2:
            continue
        for seed in range(SEEDS):
            mutated = trial(sample, mutation, seed)
            if mutated is None:
                continue
            path, mapping = put(tmp_path / f"{mutation}-{seed}", sample, mutated)
            fault = broken_promise(whole, mutated, read(reader, sample, path, mapping))
            if fault:
                broken.append(f"{mutation} {seed}: {fault}")
    assert not broken, "\n".join(broken)


def test_the_promises_can_be_broken(sound):
    """What is checked is seen: another value, a row too many, a row lost, too much memory, a death."""
    from dataclasses import replace

    from mutations import ACCOUNTED, REFUSED, SAME, Mutated

    _, whole = sound("canonical csv")
    other = {**whole.rows[0], "value_usd": 1.0, "value_reported": 1.0}
    new = {**whole.rows[0], "partner": "UZB"}
    assert broken_promise(whole, Mutated(b"", SAME), whole) is None
    for promise, found in (
        (SAME, replace(whole, rows=(other, *whole.rows[1:]))),
        (SAME, replace(whole, rows=(new, *whole.rows))),
        (SAME, replace(whole, rows=whole.rows[1:])),
        (ACCOUNTED, replace(whole, rows=whole.rows[1:])),
        (REFUSED, whole),
        (SAME, replace(whole, peak_mib=2000.0)),
        (SAME, replace(whole, kind="died")),
        (SAME, replace(whole, kind="hung")),
        (SAME, replace(whole, kind="bug")),
    ):
        assert broken_promise(whole, Mutated(b"", promise), found) is not None
