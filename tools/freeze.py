"""Record what Stopgap answers, and compare: what a change of the code must not change.

    python tools/freeze.py record [--part help ...] [--to FILE]
    python tools/freeze.py compare [--part help ...] [--with FILE] [--show]

Parts: ``help`` (the help of every command), ``known`` (what is known without a lake: goods, episodes, economies, sources),
``commands`` (every command on a lake that holds some of everything, as JSON and CSV, in answers and errors), ``worlds`` (the
measures on three simulated worlds), ``demo`` (all files of the demo: lake's rows, brief, claims, pack), ``drafts`` (drafts of
all labelled texts). Each answer is kept as a hash. The clock stands still and random bytes follow a seed. ``help`` and
``known`` hold no computed figures and are the same on any machine; the others may differ in the last digit of a figure on
another processor, so record them on the machine that compares.

``--show`` writes the answers themselves into a folder beside the record, so that two records can be laid side by side.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import re
import secrets
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

if TYPE_CHECKING:
    from whole_lake import Said

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "tools" / "freeze.json"
PORTABLE = ("help", "known")
MOMENT = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
WORLDS = (("basic", 1), ("alerts", 2), ("routing", 3))
Answers = Iterator[tuple[str, bytes]]


def main() -> None:
    """Record or compare; comparing leaves with 1 where an answer differs."""
    chosen = arguments()
    sys.path[:0] = [str(ROOT / "tests" / "helpers"), str(ROOT / "bench")]
    parts = chosen.part or list(PARTS)
    place = chosen.file
    record = json.loads(place.read_text("utf-8")) if place.exists() else {}
    if chosen.do == "compare" and not record:
        raise SystemExit(f"{place.name}: nothing is recorded; run `python tools/freeze.py record` first")
    differing = 0
    for part in parts:
        begun = time.perf_counter()
        found = hashes(part, place.with_suffix(".shown") / part if chosen.show else None)
        took = f"{time.perf_counter() - begun:.0f} s"
        if chosen.do == "record":
            record[part] = found
            place.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", "utf-8")
            print(f"{part:10} {len(found):6} answers recorded, {took}")
        else:
            differs = differences(record.get(part, {}), found)
            differing += len(differs)
            print(f"{part:10} {len(found):6} answers, {len(differs)} differ, {took}")
            for line in differs[:40]:
                print(f"  {line}")
    raise SystemExit(differing > 0)


def arguments() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("do", choices=("record", "compare"))
    asked.add_argument("--part", action="append", choices=list(PARTS))
    asked.add_argument("--to", "--with", dest="file", type=Path, default=RECORD)
    asked.add_argument("--show", action="store_true")
    return asked.parse_args()


def hashes(part: str, folder: Path | None) -> dict[str, str]:
    """Name of each answer of a part -> the first 16 digits of its SHA-256.

    Args:
        part: One of ``PARTS``.
        folder: Where the answers themselves are written, if they shall be.
    """
    found: dict[str, str] = {}
    with still(), placed(part) as place:
        os.environ["STOPGAP_HOME"] = str(place / "home")
        os.environ["STOPGAP_LAKE"] = str(place / "no-lake")
        for name, answer in PARTS[part](place):
            content = plain(name, answer.replace(str(ROOT).encode(), b"ROOT"))
            if name in found:
                raise SystemExit(f"{part}: two answers are called {name!r}")
            found[name] = hashlib.sha256(content).hexdigest()[:16]
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / re.sub(r"[^\w.-]+", "_", name)[:150]).write_bytes(content)
    return found


@contextlib.contextmanager
def placed(part: str) -> Iterator[Path]:
    """An empty folder of one name for all runs: hashes of packs and claims cover paths."""
    place = Path(tempfile.gettempdir()) / f"stopgap-freeze-{part}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def plain(name: str, answer: bytes) -> bytes:
    """An answer without what differs from run to run: the hash of the code in an index of names, and digits behind the
    fifth of errors that pyfixest's threads add up in any order."""
    answer = re.sub(rb'("index": )"[0-9a-f]{64}"', rb'\1"INDEX"', answer)
    if "counterfactual" in name.split():
        answer = re.sub(rb"\d+\.\d{5,}", lambda found: b"%.5g" % float(found[0]), answer)
    return answer


@contextlib.contextmanager
def still() -> Iterator[None]:
    """The clock stands still, and random bytes follow a seed."""
    import time_machine

    drawn, named = random.Random(1), random.Random(2)
    os.environ.update(COLUMNS="100", NO_COLOR="1", TERM="dumb")

    def token(size: int = 32) -> bytes:
        return drawn.randbytes(size)

    def unique() -> uuid.UUID:
        return uuid.UUID(int=named.getrandbits(128), version=4)

    with (
        time_machine.travel(MOMENT, tick=False),
        mock.patch.object(secrets, "token_bytes", token),
        mock.patch.object(uuid, "uuid4", unique),
    ):
        yield


def differences(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """Which answers are others, new or gone."""
    return [
        *(f"other: {name}" for name in now if name in before and before[name] != now[name]),
        *(f"new: {name}" for name in now if name not in before),
        *(f"gone: {name}" for name in before if name not in now),
    ]


def helps(place: Path) -> Answers:
    """The help of every command and group."""
    import typer
    from whole_lake import said

    from stopgap.cli.app import app

    def walk(command: object, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield words
        for name, below in sorted(getattr(command, "commands", {}).items()):
            yield from walk(below, (*words, name))

    for words in walk(typer.main.get_command(app), ()):
        yield " ".join((*words, "--help")), said(*words, "--help").out


def known(place: Path) -> Answers:
    """What is known without a lake."""
    from whole_lake import said

    def rows(*words: str) -> list[dict[str, str]]:
        document = json.loads(said(*words, "--format", "json").out)
        return next(value for value in document.values() if isinstance(value, list))

    for kind in ("sources", "episodes", "goods", "economies"):
        for form in ("json", "csv", "table"):
            yield f"{kind} {form}", answer(kind, "--format", form)
        key = "iso3" if kind == "economies" else "name"
        names = sorted({row.get(key) or next(iter(row.values())) for row in rows(kind)})
        for name in names if kind != "economies" else names[::20]:
            yield f"{kind} show {name}", answer(kind, "show", name, "--format", "json")


def answer(*words: object) -> bytes:
    """What a command says: its exit code, standard output and standard error."""
    from whole_lake import said

    return shown(said(*words))


def shown(done: Said) -> bytes:
    """What a command said, as one text."""
    return f"exit {done.code}\n".encode() + done.out + b"\n-- stderr\n" + done.err.encode()


def commands(place: Path) -> Answers:
    """Every command on a lake that holds some of everything."""
    from marking_cases import cases_of
    from marking_oracle import Oracle
    from whole_lake import extra_files, make_whole_lake

    whole = make_whole_lake(place / "whole")
    extra_files(whole)
    oracle = Oracle(place, whole)
    for name, cases in cases_of(whole, place / "out").items():
        for number, case in enumerate(cases):
            if name == "doctor":
                continue  # says what this machine has
            for form in case.formats:
                if form in ("json", "csv", "table"):
                    content = shown(oracle.run(case, form).done)
                    yield f"{name} {number} {form}: {case.name}", re.sub(rb"fresh-\d+", b"fresh", content)


def worlds(place: Path) -> Answers:
    """The measures on three simulated worlds."""
    from measure_names import MEASURES

    for kind, seed in WORLDS:
        folder, lake = place / kind, place / f"{kind}-lake"
        yield (
            f"{kind} simulate",
            answer(
                "simulate", "--output", folder, "--seed", seed, "--rows", 60_000, "--kind", kind, "--format", "json"
            ),
        )
        for path in sorted(folder.iterdir()):
            if path.is_file():
                yield f"{kind} {path.name}", path.read_bytes()
        yield f"{kind} import", answer("import", folder / "trade.csv", "--lake", lake, "--format", "json")
        for measure in MEASURES:
            for form in ("json", "csv"):
                yield (
                    f"{kind} {measure} {form}",
                    answer(measure, folder / "episode.yml", "--lake", lake, "--format", form),
                )


def demo(place: Path) -> Answers:
    """All files of the demo, and its rows."""
    from measure_names import MEASURES

    yield ("demo json", answer("demo", "--output", place / "demo", "--lake", place / "lake", "--format", "json"))
    for path in sorted((place / "demo").rglob("*")):
        if path.is_file() and (place / "lake") not in path.parents:
            yield path.relative_to(place).as_posix(), path.read_bytes()
    lake = ("--lake", place / "lake")
    for relation in ("trade", "receipts", "findings"):
        sql = f"SELECT * FROM {relation} ORDER BY ALL LIMIT 20000"
        yield f"rows of {relation}", answer("query", sql, *lake, "--format", "csv")
    for measure in MEASURES:
        for goods in ("machinery-electronics", "chips"):
            yield (f"{measure} {goods}", answer(measure, "russia-2022", "--goods", goods, *lake, "--format", "json"))


def drafts(place: Path) -> Answers:
    """Drafts of all labelled texts."""
    for path in sorted((ROOT / "packages" / "drafting" / "labels" / "made_up" / "texts").iterdir()):
        yield f"draft {path.name}", answer("claims", "draft", path)


PARTS: dict[str, Callable[[Path], Answers]] = {
    "help": helps,
    "known": known,
    "commands": commands,
    "worlds": worlds,
    "demo": demo,
    "drafts": drafts,
}


if __name__ == "__main__":
    main()
