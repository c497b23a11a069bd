"""Replies that repeat the key in some spelling, replies that do not, and addresses: what the fetch makes of them.

    python bench/prove_fetch_keys.py 12000

Each reply that repeats a random key must be found, however it is cut into parts; no
ordinary reply may be taken for one; and a message must not show the key or six of its
characters in a row. Every address that the rule lets through must be the one that the
client connects to: encrypted, or this machine.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter

from measured import ROOT, heading, table

sys.path.insert(0, str(ROOT / "tests" / "helpers"))

import hostile_addresses
import key_echoes


def echoes(cases: int, seed: int) -> list[str]:
    """Replies that repeat a key, by spelling."""
    met, missed, wrong = Counter[str](), Counter[str](), []
    for number in range(cases):
        chance = random.Random(seed * 1_000_003 + number)
        echo = key_echoes.random_echo(chance)
        met[echo.spelling] += 1
        if not key_echoes.is_found(echo, chance):
            missed[echo.spelling] += 1
            wrong.append(f"{number}: {echo.kind}, {echo.spelling}, {echo.frame}: not found")
    rows: list[list[object]] = [[name, met[name], missed[name]] for name in sorted(met)]
    table(["the key, spelled", "replies", "not found"], [*rows, ["all", cases, sum(missed.values())]])
    return wrong


def ordinary(cases: int, seed: int) -> list[str]:
    """Replies without the key, by kind of key."""
    met, taken, wrong = Counter[str](), Counter[str](), []
    for number in range(cases):
        chance = random.Random(seed * 1_000_003 + number)
        kind = list(key_echoes.KEYS)[number % len(key_echoes.KEYS)]
        key = key_echoes.random_key(kind, chance)
        met[kind] += 1
        if key_echoes.is_found(key_echoes.Echo(kind, "none", "none", key, key_echoes.normal_reply(chance)), chance):
            taken[kind] += 1
            wrong.append(f"{number}: {kind}: an ordinary reply is taken for one that repeats the key")
    rows: list[list[object]] = [[kind, met[kind], taken[kind]] for kind in met]
    table(["key", "ordinary replies", "taken for an echo"], [*rows, ["all", cases, sum(taken.values())]])
    return wrong


def addresses(cases: int, seed: int) -> list[str]:
    """Addresses through the rule, against what the client connects to."""
    met, wrong = Counter[tuple[str, str]](), []
    for number in range(cases):
        judged = hostile_addresses.judge(hostile_addresses.random_address(random.Random(seed * 1_000_003 + number)))
        met[judged.outcome, judged.connected] += 1
        if judged.fault is not None:
            wrong.append(f"{number}: {judged.text!r}: {judged.fault}")
    rows: list[list[object]] = [[outcome, where, count] for (outcome, where), count in sorted(met.items())]
    table(["the rule", "the client connects to", "addresses"], [*rows, ["all", "", cases]])
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cases", type=int, nargs="?", default=12_000, help="of each")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    heading(f"{given.cases:,} replies that repeat a key, as many that do not, as many addresses")
    started = time.perf_counter()
    wrong = []
    for proof in (echoes, ordinary, addresses):
        wrong += proof(given.cases, given.seed)
        print()
    print(f"{time.perf_counter() - started:.0f} s. Promise: nothing in the columns of faults; {len(wrong)} found.")
    for line in wrong[:50]:
        print(f"- {line}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
